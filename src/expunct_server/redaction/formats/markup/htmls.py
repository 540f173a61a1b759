"""HTML: pages, and messages' bodies. Everything that was not redacted stays byte for byte.

Texts are joined over inline elements and divided by the others; a value of a cell has the names at the head of its row
and column. Comments that hold markup are read as markup, since conditional comments are shown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from expunct_server.redaction.formats.charsets import readings
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.grids import Grid
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.markup import charsets, tags
from expunct_server.redaction.formats.markup.carried import addresses
from expunct_server.redaction.formats.markup.elements import (
    ASIDE,
    BLOCKS,
    ELEMENTS,
    KNOWN,
    NO_NUMBER,
    RUBY,
    shown_without_namespaces,
)
from expunct_server.redaction.formats.markup.hidden import DIVIDING, IN_PARAGRAPHS, Shadow, of_page
from expunct_server.redaction.formats.markup.pieces import Joined, plain, referring, styled
from expunct_server.redaction.formats.markup.rewriting import (
    MAX,
    Rewriting,
    in_cdata,
    in_comment,
    in_declaration,
    in_name,
    in_raw,
    in_text,
    in_value,
)
from expunct_server.redaction.formats.markup.said import Page
from expunct_server.redaction.formats.markup.tables import Tables, follow
from expunct_server.redaction.formats.markup.tags import Attribute, Token
from expunct_server.redaction.removed import WALL

_MARKUP = re.compile(r"<[A-Za-z/]")
_DOCTYPE = re.compile(
    r"""doctype\s+(?:html|svg|math)(?:\s+(?:public\s+["']-//(?:w3c|ietf)//[\w\s./+-]*//[a-z]{2}["']|system))?"""
    rf"""(?:\s*["']{NO_NUMBER}(?:https?://www\.w3\.org/[\w./-]*|about:legacy-compat)["'])?\s*""",
    re.I,
)
_MARKS = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)|[\"']\s*/?>")
_DATA_TYPES: Final = frozenset({"application/json", "application/ld+json"})
_DEEPEST: Final = 3  # comments inside comments do not exist, but what is made of them may look like it


def redact(work: Work) -> None:
    """Rewrites the page. Findings are at "line 12", those in attributes and comments at "line 12, attribute title"."""
    data = work.source.read(MAX + 1)
    if len(data) > MAX:
        raise DocumentError("too_large", f"An HTML document may have {MAX:,} bytes: split it.")
    work.target.write(charsets.in_each_way(data, charsets.of_html(data), lambda source: _redacted(work, source)))


def _redacted(work: Work, source: str) -> str:
    page = Rewriting(work, source)
    page.names(_names(source, tags.html(source)))
    _Walk(page, Shadow(of_page(source))).all(tags.html(source))
    return page.finish()


def _names(source: str, tokens: Iterator[Token], depth: int = 0) -> Iterator[tuple[str, int]]:
    for token in tokens:
        if token.kind in ("start", "end") and not _is_words(source, token):
            held = [(source[token.low : token.high], token.low)]
            held += [(each.name, each.name_start) for each in token.attributes]
            for name, position in held:
                yield from ((part, position) for part in name.split(":") if part and part.lower() not in KNOWN)
        elif token.kind == "comment" and depth < _DEEPEST and _MARKUP.search(source, token.low, token.high):
            yield from _names(source, tags.html(source, token.low, token.high), depth + 1)


def _is_words(source: str, token: Token) -> bool:
    """Whether a tag is rather words between angle brackets: an address of mail, a name."""
    if source[token.low : token.high].lower() in ELEMENTS:
        return False
    return all(each.start < 0 for each in token.attributes)


@dataclass(slots=True)
class _Walk:
    page: Rewriting
    shadow: Shadow
    unit: Joined = field(default_factory=Joined)
    around: Joined | None = None  # the text in which a block is hidden
    opener: str = ""  # the block that began last, if none has ended since
    tables: Tables = field(default_factory=Tables)
    grid: Grid = field(default_factory=Grid)
    last: Token | None = None  # the last start tag, whose content a raw text is
    depth: int = 0
    aside: bool = False

    def all(self, tokens: Iterator[Token]) -> None:
        for token in tokens:
            _STEPS[token.kind](self, token)
            if token.kind == "start":
                self.last = token
        self._come_back()
        self._end_unit()

    def _text(self, token: Token) -> None:
        raw = self.page.source[token.low : token.high]
        piece = referring(token.low, raw, in_text, self.tables.names(raw), bare=True)
        piece.aside, piece.hidden = self.aside, bool(self.shadow.root)
        self.unit.pieces.append(piece)
        self.tables.said(piece.text)

    def _cdata(self, token: Token) -> None:
        raw = self.page.source[token.low : token.high]
        piece = plain(token.low, raw, in_cdata, self.tables.names(raw))
        piece.hidden = bool(self.shadow.root)
        self.unit.pieces.append(piece)

    def _end_unit(self) -> None:
        self.page.text_with_ruby(self.unit, self.grid.column, self.depth)
        self.unit = Joined()

    def _tag(self, token: Token) -> None:
        name = self._name(token)
        root = self.shadow.root
        starts = token.kind == "start" and not token.empty and self.shadow.starts(name, self._said_in(token))
        ends = token.kind == "end" and self.shadow.ends(name)
        if root and (starts or not self.shadow.root) and not (ends and name == root):
            self._come_back()  # what ends here did not say so
        if token.kind == "start" and self._is_beside(name):
            self.around, self.unit = self.unit, Joined()
        self._element(token, name)
        if ends:
            self._come_back()

    def _is_beside(self, name: str) -> bool:
        """Whether a block begins that is hidden, or in something hidden, and divides nothing of what is around that."""
        if not self.shadow.root or self.around is not None or name not in BLOCKS:
            return False
        is_in_paragraph = self.opener == "p" and name not in IN_PARAGRAPHS
        return self.shadow.root not in DIVIDING and not is_in_paragraph

    def _come_back(self) -> None:
        """Go on with the text in which a block was hidden."""
        if self.around is not None:
            self._end_unit()
            self.unit, self.around = self.around, None

    def _said_in(self, token: Token) -> dict[str, str]:
        """The attributes of a tag that may say that it is hidden; the first of each name counts."""
        return {
            each.name.lower(): self.page.source[each.start : each.end] if each.start >= 0 else ""
            for each in reversed(token.attributes)
        }

    def _element(self, token: Token, name: str) -> None:
        if name in RUBY:
            self.aside = token.kind == "start" and name in ASIDE
        if name in BLOCKS:
            self.aside = False
            self._end_unit()
            self._block(token, name)
        elif name == "br":
            self.unit.pieces.append(plain(token.end, "", in_text))
            self.unit.pieces[-1].text = "\n"
            self.unit.pieces[-1].hidden = bool(self.shadow.root) or self.shadow.hiding.hides(name, self._said_in(token))
        is_renamed = token.kind == "end" and any(part in self.page.renamed for part in self._raw_name(token).split(":"))
        if _is_words(self.page.source, token) and not is_renamed:
            self.page.stretch(token.low, token.end - 1, in_name, "tag")
            return
        self.page.rename(token)
        for attribute in token.attributes:
            self._attribute(token, attribute)

    def _block(self, token: Token, name: str) -> None:
        """A tag of a block element, behind the text before it."""
        self.opener = name if token.kind == "start" else ""
        self.tables.tag(name, opening=token.kind == "start")
        was_open = self.grid.is_open
        follow(self.grid, name, opening=token.kind == "start", attribute=partial(self._said_by, token))
        if was_open and not self.grid.is_open:
            self.page.end_table(self.depth)

    def _said_by(self, token: Token, name: str) -> str | None:
        """The first attribute of a name."""
        values = (self.page.source[each.start : each.end] for each in token.attributes if each.name.lower() == name)
        return next(values, None)

    def _attribute(self, token: Token, attribute: Attribute) -> None:
        place = f"attribute {self.page.new_name(attribute.name)}"
        if attribute.name.lower() == "srcdoc" and attribute.start >= 0:
            self._page_inside(attribute, place)
        else:
            self.page.value(attribute, self._names_of(token, attribute), place)

    def _names_of(self, token: Token, attribute: Attribute) -> tuple[str, ...]:
        """What the tag says that a value is: the name of a field, of an entry of `meta`, of data."""
        name = attribute.name.lower()
        if name in ("value", "content"):
            said = {each.name.lower(): self.page.source[each.start : each.end] for each in token.attributes}
            return tuple(said[key] for key in ("name", "property", "itemprop", "placeholder") if said.get(key))[:1]
        return (name.removeprefix("data-"),) if name.startswith("data-") else ()

    def _page_inside(self, attribute: Attribute, place: str) -> None:
        piece = referring(attribute.start, self.page.source[attribute.start : attribute.end], in_value)
        if not piece.text.strip():
            return
        data = piece.text.encode("utf-8", "surrogatepass")
        redacted = self.page.work.inner("inside.html", data, f"line {self.page.line(piece.start)}, {place}")
        if redacted != data:
            new = in_value(redacted.decode())
            self.page.put(attribute.start, attribute.end, new if attribute.quote else f'"{new}"')

    def _comment(self, token: Token) -> None:
        source = self.page.source
        if _MARKUP.search(source, token.low, token.high) and self.depth < _DEEPEST:
            _Walk(self.page, Shadow(self.shadow.hiding), depth=self.depth + 1).all(
                tags.html(source, token.low, token.high)
            )
        else:
            self.page.stretch(token.low, token.high, in_comment, "comment")

    def _declaration(self, token: Token) -> None:
        if not _DOCTYPE.fullmatch(self.page.source, token.low, token.high):
            self.page.stretch(token.low, token.high, in_declaration, "declaration")

    def _raw(self, token: Token) -> None:
        name = self._name(self.last) if self.last else "script"
        if name == "script" and self._type() in _DATA_TYPES and self._data(token):
            return
        made = styled if name == "style" else plain
        self.page.stretch(token.low, token.high, in_raw, name if name in ELEMENTS else "raw text", made=made)

    def _type(self) -> str:
        assert self.last is not None
        source = self.page.source
        return next(
            (source[a.start : a.end].strip().lower() for a in self.last.attributes if a.name.lower() == "type"), ""
        )

    def _data(self, token: Token) -> bool:
        """JSON in the page, as JSON. False where it is none."""
        raw = self.page.source[token.low : token.high]
        if not raw.strip():
            return True
        data = raw.encode("utf-8", "surrogatepass")
        try:
            redacted = self.page.work.inner("inside.json", data, f"line {self.page.line(token.low)}, script")
        except DocumentError:
            return False
        if redacted != data:
            self.page.put(token.low, token.high, redacted.decode().replace("</", "<\\/"))
        return True

    def _raw_name(self, token: Token) -> str:
        return self.page.source[token.low : token.high]

    def _name(self, token: Token) -> str:
        return self._raw_name(token).lower()


_STEPS: Final = {
    "text": _Walk._text,
    "start": _Walk._tag,
    "end": _Walk._tag,
    "cdata": _Walk._cdata,
    "comment": _Walk._comment,
    "declaration": _Walk._declaration,
    "raw": _Walk._raw,
}


# --- what was written, by another library -----------------------------------------------------------------------------


def texts(work: Work) -> Iterator[str]:
    """What lxml makes of the page, joined and apart, and the source itself without HTML's own names, in all
    charsets that it may be in."""
    data = work.source.read()
    for source in readings(data, charsets.declared(data)):
        yield from _read(source)


def _read(source: str) -> Iterator[str]:
    """The source and what lxml makes of it."""
    from lxml import etree, html

    yield _MARKS.sub(_told_apart, shown_without_namespaces(source, _DOCTYPE))
    yield from (each.decode("utf-8", "replace") for each in addresses(source))
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True)
    if not source.strip():
        return
    try:
        root = etree.fromstring(source.replace("\0", "").encode("utf-8", "surrogatepass"), parser)
    except (etree.ParserError, etree.XMLSyntaxError):  # nothing in it but marks; the source was shown
        return
    if root is not None:
        yield from Page(of_page(source)).said(root)


def _told_apart(mark: re.Match[str]) -> str:
    """What is told apart in a page is no one text in its source either."""
    name = (mark[1] or "").lower()
    if name in BLOCKS or not name:
        return f"{mark[0][:1]} {WALL} "
    return "<" if name in ELEMENTS else mark[0]
