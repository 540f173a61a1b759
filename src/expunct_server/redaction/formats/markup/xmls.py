"""XML 1.0, and what is made of it: SVG, feeds, exports. Everything that was not redacted stays byte for byte.

The text of an element is one text with that of the elements inside it where both are mixed; a value has the names of
its elements and of its attribute. Declarations of entities are refused: what they say depends on who reads them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from expunct_server.redaction.formats.charsets import readings
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Lines, Work
from expunct_server.redaction.formats.markup import charsets, tags
from expunct_server.redaction.formats.markup.carried import addresses
from expunct_server.redaction.formats.markup.elements import BREAKS, LINES, NO_NUMBER, shown_without_namespaces
from expunct_server.redaction.formats.markup.pieces import Joined, Piece, plain, referring
from expunct_server.redaction.formats.markup.rewriting import (
    MAX,
    Rewriting,
    in_cdata,
    in_comment,
    in_declaration,
    in_instruction,
    in_text,
)
from expunct_server.redaction.formats.markup.tags import Attribute, Token

DEEPEST: Final = 250
"""Elements inside elements; libxml2 reads 256."""
_NEAREST: Final = 4
"""Elements above a value whose names may say what it is: those of all are searched with each value."""
_DECLARATION = re.compile(r"xml\s+version\s*=[\w\s.\"'=-]*")
_DOCTYPE = re.compile(
    r"""DOCTYPE\s+[A-Za-z][\w:.-]*(?:\s+(?:PUBLIC\s+["']-//(?:W3C|IETF|OASIS|Apple[ \w]*)//[\w\s./+-]*"""
    r"""//[A-Za-z]{2}["']|SYSTEM))?"""
    rf"""(?:\s*["']{NO_NUMBER}https?://(?:www\.w3\.org|www\.oasis-open\.org|www\.apple\.com)/[\w./-]*["'])?\s*"""
)


def redact(work: Work) -> None:
    """Rewrites the document. Findings are at "line 12, element people/person/name". Raises DocumentError."""
    data = work.source.read(MAX + 1)
    if len(data) > MAX:
        raise DocumentError("too_large", f"An XML document may have {MAX:,} bytes: split it.")
    if not data:
        return
    work.target.write(charsets.in_each_way(data, charsets.of_xml(data), lambda source: _redacted(work, source)))


def _redacted(work: Work, source: str) -> str:
    _check(source)
    document = Rewriting(work, source)
    document.names(_names(source))
    _Walk(document).all()
    written = document.finish()
    if written != source:
        _check(written)
    return written


def _check(source: str) -> None:
    """Raises DocumentError unless it is well-formed, declares no entity and is not too deep."""
    depth = 0

    def start(*_: object) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise DocumentError(
                "nested_too_deep", f"Elements of XML may be {DEEPEST} deep inside each other: divide the document."
            )

    def end(*_: object) -> None:
        nonlocal depth
        depth -= 1

    def entity(*_: object) -> None:
        raise DocumentError(
            "unreadable", "The XML document declares entities, which are not read; save it without them."
        )

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(source.encode(), True)
    except expat.ExpatError as error:
        raise DocumentError(
            "unreadable", f"The document is not well-formed XML at line {error.lineno}: mend it and send it again."
        ) from None
    except UnicodeEncodeError:
        raise DocumentError(
            "unreadable", "The document holds characters that XML does not have: take them out and send it again."
        ) from None


def _names(source: str) -> Iterator[tuple[str, int]]:
    for token in tags.xml(source):
        if token.kind == "start":
            yield from ((part, token.low) for part in source[token.low : token.high].split(":"))
            for attribute in token.attributes:
                yield from ((part, attribute.name_start) for part in attribute.name.split(":") if part != "xmlns")


@dataclass(slots=True)
class _Element:
    """An element: its name, what it holds in order, and whether that is text, with or without elements in it."""

    name: str
    shown: str
    end: int = 0  # of its start tag
    in_line: bool = False
    held: list["Piece | _Element"] = field(default_factory=list)
    has_text: bool = False

    @property
    def is_line(self) -> bool:
        return self.name.lower() in LINES

    def units(self) -> list[Joined]:
        """Its texts. What stands in text is read together with it, but elements that hold nothing but elements; in a
        line all is."""
        units = [Joined()]
        for each in self.held:
            if isinstance(each, Piece):
                units[-1].pieces += [each] if self._counts(each) else []
            elif each.in_line and not each.is_line and not each.held:
                units[-1].pieces += each.said()
            elif (self.has_text and each.has_text) or (each.in_line and not each.is_line):
                first, *others = each.units()
                units[-1].pieces += first.pieces
                units += others
            elif each.held:
                units += [*each.units(), Joined()]
        return units

    def _counts(self, piece: Piece) -> bool:
        """White space between the elements of a line is a blank, but where they are of a vocabulary of programs."""
        return self.has_text or (self.in_line and ":" not in self.shown and bool(piece.text))

    def said(self) -> list[Piece]:
        """What an element without content says in a line."""
        made = [plain(self.end, "", in_text)] if self.name in BREAKS else []
        for each in made:
            each.text = BREAKS[self.name]
        return made


@dataclass(slots=True)
class _Walk:
    document: Rewriting
    open: list[_Element] = field(default_factory=list)

    def all(self) -> None:
        for token in tags.xml(self.document.source):
            _STEPS[token.kind](self, token)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.open[-_NEAREST:])

    @property
    def place(self) -> str:
        return "element " + "/".join(each.shown for each in self.open)

    def _start(self, token: Token) -> None:
        name = self.document.source[token.low : token.high]
        self.document.rename(token)
        made = _Element(_local(name), self.document.new_name(name), token.end)
        made.in_line = made.is_line or bool(self.open and self.open[-1].in_line)
        self.open.append(made)
        for attribute in token.attributes:
            self._attribute(attribute)
        if token.empty:
            self._end(token)

    def _attribute(self, attribute: Attribute) -> None:
        place = f"{self.place}, attribute {self.document.new_name(attribute.name)}"
        self.document.value(attribute, (*self.names, _local(attribute.name)), place)

    def _end(self, token: Token) -> None:
        if token.kind == "end":
            self.document.rename(token)
        element = self.open.pop()
        if self.open:
            self.open[-1].held.append(element)
            return
        for unit in element.units():
            if unit.pieces:
                self.document.text(unit)

    def _hold(self, piece: Piece) -> None:
        if not self.open:
            return
        piece.place = self.place
        self.open[-1].held.append(piece)
        self.open[-1].has_text |= bool(piece.text.strip())

    def _text(self, token: Token) -> None:
        self._hold(referring(token.low, self.document.source[token.low : token.high], in_text, self.names))

    def _cdata(self, token: Token) -> None:
        self._hold(plain(token.low, self.document.source[token.low : token.high], in_cdata, self.names))

    def _comment(self, token: Token) -> None:
        self.document.stretch(token.low, token.high, in_comment, "comment")

    def _instruction(self, token: Token) -> None:
        if not _DECLARATION.fullmatch(self.document.source, token.low, token.high):
            self.document.stretch(token.low, token.high, in_instruction, "instruction")

    def _declaration(self, token: Token) -> None:
        if not _DOCTYPE.fullmatch(self.document.source, token.low, token.high):
            self.document.stretch(token.low, token.high, in_declaration, "declaration")


_STEPS: Final = {
    "text": _Walk._text,
    "start": _Walk._start,
    "end": _Walk._end,
    "cdata": _Walk._cdata,
    "comment": _Walk._comment,
    "instruction": _Walk._instruction,
    "declaration": _Walk._declaration,
}


def _local(name: str) -> str:
    return name.rpartition(":")[2]


# --- what was written, by another library -----------------------------------------------------------------------------


def texts(work: Work) -> Iterator[str]:
    """What lxml makes of the document, joined and apart, and the source itself in all charsets that it may be in."""
    from lxml import etree

    data = work.source.read()
    for source in readings(data, charsets.declared(data)):
        yield shown_without_namespaces(source, _DOCTYPE)
        yield from (each.decode("utf-8", "replace") for each in addresses(source))
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    root = etree.fromstring(data, parser)
    yield from _said(root)
    yield Lines("\n".join(map(str, root.itertext("*"))))


def _said(root: Any) -> Iterator[str]:
    for element in root.iter():
        yield element.text or ""
        yield element.tail or ""
        if not isinstance(element.tag, str):
            continue
        yield element.tag.rpartition("}")[2]
        for name, value in element.attrib.items():
            yield str(name).rpartition("}")[2]
            yield str(value)
        if len(element) and any(map(_is_said, (element.text, *(each.tail for each in element)))):
            yield "".join(map(str, element.itertext(with_tail=False)))
        if element.tag.rpartition("}")[2].lower() in LINES:
            yield from _in_all_ways(element)


def _in_all_ways(line: Any) -> Iterator[str]:
    """With what is between its elements, and without."""
    from lxml import etree

    parts: list[tuple[str, bool]] = []  # and whether an element says it by itself
    for event, element in etree.iterwalk(line, events=("start", "end")):
        if event == "start":
            said = BREAKS.get(element.tag.rpartition("}")[2], "") if isinstance(element.tag, str) else ""
            parts.append((said or element.text or "", bool(said)))
        elif element is not line:
            parts.append((element.tail or "", False))
    yield "".join(part for part, _ in parts)
    yield "".join(part for part, is_break in parts if is_break or part.strip())


def _is_said(text: str | None) -> bool:
    return bool(text and text.strip())
