"""What a written package says, by the standard library alone: each paragraph in one, each attribute, each name.

A second opinion: it does not ask what the writer takes for text, for now, or for a measure.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from expunct_server.redaction.formats.initials import is_initial
from expunct_server.redaction.formats.isolated.work import Part, Work
from expunct_server.redaction.formats.office import dates, hidden, measures, numbers, package, vocabulary
from expunct_server.redaction.formats.office.lines import HIDDEN, MARKS, Changes, Paragraph, in_order
from expunct_server.redaction.formats.office.orders import Places, is_cap, is_framed

_SHORT: Final = 100  # code points of a text that is remembered, so that it is not searched twice
_XML: Final = frozenset(("xml", "rels", "rdf", "vml"))
_FIXED: Final = frozenset(("[Content_Types].xml", "_rels/.rels", "mimetype", "META-INF/manifest.xml"))
"""Names that packages must have (ECMA-376 part 2, 6.2.3 and 6.5.2.2; ISO/IEC 26300-2, 3): they say nothing of one."""
_STYLE_NAME: Final = f"{vocabulary.ODF_TEXT} style-name"
_BEGINNINGS: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\0<")


def texts(work: Work, place_of: Callable[[str], str]) -> Iterator[str]:
    """What a package says, but for the documents inside it, which are checked on their own; `place_of` says what people
    call a part. Raises DocumentError."""
    said: set[str] = set()
    members = package.read(work)
    types = _types(members.get("[Content_Types].xml", b"<x/>"))
    styles = hidden.styles(data for name, data in members.items() if hidden.is_said_in(name, _type_of(name, types)))
    for name, data in members.items():
        yield Part(place_of(name))
        if name not in _FIXED:
            yield name
        if name == "mimetype":
            yield data.decode("utf-8", "replace")
        elif not _is_inside(name, types) and data.lstrip()[:4].startswith(_BEGINNINGS):
            reader = _Reader(styles)
            for text in reader.read(data):
                if text in said or not text.strip():
                    continue
                if len(text) <= _SHORT:  # the same few words and measures again and again
                    said.add(text)
                yield text
            yield from in_order(reader.paragraphs)


def _types(data: bytes) -> dict[str, str]:
    """Content types by names of parts and by extensions (ECMA-376 part 2, 6.2.3); none in OpenDocument."""
    found: dict[str, str] = {}

    def start(_: str, attributes: dict[str, str]) -> None:
        key = attributes.get("PartName") or attributes.get("Extension", "")
        found[key.lstrip("/")] = attributes.get("ContentType", "")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(data, True)
    return found


def _is_inside(name: str, types: dict[str, str]) -> bool:
    """Whether a part is a document of its own, such as SVG or HTML, and no XML of the package."""
    extension = name.rpartition(".")[2].lower()
    if extension == "svg" or extension in _XML:
        return extension == "svg"
    return not _type_of(name, types).endswith(("+xml", "/xml", ".vmlDrawing"))


def _type_of(name: str, types: dict[str, str]) -> str:
    return types.get(name) or types.get(name.rpartition(".")[2].lower(), "")


@dataclass(slots=True)
class _Open:
    """An element that has begun. `lines` are those of the paragraph it is in; `marks` are the elements around it in
    there that say whether it is read, `above` all of these."""

    name: str
    space: str
    lines: Paragraph | None
    is_paragraph: bool
    is_odf: bool
    marks: tuple[str, ...] = ()
    above: frozenset[str] = frozenset()
    text: list[str] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    children: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Reader:
    """One part. `hidden` are styles by which text is hidden."""

    hidden: frozenset[str] = frozenset()
    said: list[str] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    """Those that are read one after the other."""
    _open: list[_Open] = field(default_factory=list)
    _changes: Changes = field(default_factory=Changes)
    _places: Places = field(default_factory=Places)
    _cap: tuple[int, Paragraph] | None = None
    """The first letters of the next paragraph in so many elements."""
    _format: str = ""  # of the points of a chart
    _own_format: str = ""  # of one of them

    def read(self, data: bytes) -> list[str]:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartNamespaceDeclHandler = self._namespace
        parser.CommentHandler = self.said.append
        parser.ProcessingInstructionHandler = lambda target, rest: self.said.append(f"{target} {rest}")
        parser.StartDoctypeDeclHandler = self._refuse
        try:
            parser.Parse(data, True)
        except expat.ExpatError:
            raise package.damaged() from None
        return self.said

    def _refuse(self, *_: object) -> None:
        raise package.damaged()

    def _namespace(self, prefix: str | None, uri: str | None) -> None:
        self.said += [prefix or ""]
        if uri and not vocabulary.is_vocabulary(uri):
            self.said.append(uri)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, name = tag.rpartition(" ")
        known = vocabulary.is_vocabulary(space)
        if not known:
            self.said.append(name)
        outer = self._open[-1] if self._open else None
        if outer is not None:
            outer.children.add(name)
        self._say_attributes(name, known, attributes)
        made = self._made(name, space, outer)
        self._open.append(made)
        if made.lines is not None and is_framed(name, attributes):
            made.lines.position = made.lines.position.beside()
        if made.lines is not None and is_cap(name, attributes):
            made.lines.is_cap = True
        self._places.start(space, name, attributes)
        if space == vocabulary.ODF_TEXT:
            self._changes.start(name, attributes, made.lines)
        if made.lines is not None and vocabulary.is_glue(space, name):
            self._add(made, vocabulary.glue(name, attributes.items()))
        if name == "sym" and known:
            self._add_symbol(made, attributes)
        if (below := self._hidden_by(name, space, attributes)) is not None:
            below.marks = (*below.marks, HIDDEN)

    def _hidden_by(self, name: str, space: str, attributes: dict[str, str]) -> _Open | None:
        """The element whose text is hidden by the one that has just begun."""
        if space == vocabulary.ODF_TEXT and name in vocabulary.STYLED_ODF:
            return self._open[-1] if attributes.get(_STYLE_NAME) in self.hidden else None
        within = [each.name for each in self._open[-3:-1]]
        is_styled = not self.hidden.isdisjoint(attributes.values())
        if within == ["r", "rPr"] and (
            vocabulary.is_hiding(name, attributes.items()) or (is_styled and name == "rStyle")
        ):
            return self._open[-3]
        return self._open[-3] if within == ["p", "pPr"] and name == "pStyle" and is_styled else None

    def _add_symbol(self, made: _Open, attributes: dict[str, str]) -> None:
        shown, is_picture = vocabulary.symbol(attributes.items())
        if is_picture:
            made.marks = (*made.marks, made.name)
        if made.lines is not None:
            self._add(made, shown)

    def _say_attributes(self, name: str, known: bool, attributes: dict[str, str]) -> None:
        if name in ("numCache", "numLit", "lvl"):
            self._format = attributes.get("formatCode", "")
        elif name == "pt":
            self._own_format = attributes.get("formatCode", "")
        if day := dates.group(*(attributes.get(each) for each in dates.PARTS)):
            self.said.append(day)
        for key, value in attributes.items():
            uri, _, attribute = key.rpartition(" ")
            common = known and (not uri or vocabulary.is_vocabulary(uri))
            if uri and not vocabulary.is_vocabulary(uri):
                self.said.append(attribute)
            if not common:
                self.said.append(value)
            elif (seen := measures.seen(name, attribute, value)) and not vocabulary.is_vocabulary(value):
                shown = vocabulary.without_codes(key, seen)
                self.said += {seen, numbers.plain(seen), vocabulary.name_shown(seen), shown}

    def _made(self, name: str, space: str, outer: _Open | None) -> _Open:
        paragraph = vocabulary.is_paragraph(space, name)
        odf = vocabulary.is_mixed(space)
        lines: Paragraph | None = None
        marks: tuple[str, ...] = ()
        above = frozenset() if outer is None else outer.above
        if name in MARKS:
            above = above.union((name,))
        if paragraph:
            lines = self._begun(above)
            if name in vocabulary.FOLLOWING:
                self.paragraphs.append(lines)
        elif outer is not None and outer.lines is not None and (
            not outer.is_odf or vocabulary.is_inline_odf(space, name)
        ):  # fmt: skip
            lines, marks = outer.lines, outer.marks
        if lines is not None and name in MARKS:
            marks = (*marks, name)
        within = odf if paragraph or outer is None else outer.is_odf and lines is not None
        return _Open(name, space, lines, paragraph, within, marks, above)

    def _begun(self, above: frozenset[str]) -> Paragraph:
        """A paragraph that begins here, with its first letters, if they stand in one of their own."""
        made = Paragraph(self._places.position, above)
        if self._cap is not None and self._cap[0] == len(self._open):
            cap, self._cap = self._cap[1], None
            if cap.above == above and is_initial("".join(text for _, text in cap.parts)):
                made.parts, cap.parts = [each for each in cap.parts if each[1]], []
        return made

    def _text(self, data: str) -> None:
        if not self._open:
            return
        current = self._open[-1]
        current.text.append(data)
        current.whole.append(data)
        if current.lines is not None and (
            current.is_odf or vocabulary.is_run(current.space, current.name) or current.name in vocabulary.CODES
        ):
            self._add(current, data)

    def _add(self, current: _Open, data: str) -> None:
        assert current.lines is not None
        if current.name in vocabulary.CODES:
            current.lines.codes.append(data)
        else:
            current.lines.add((*current.marks, *self._changes.marks), data)

    def _shown(self, name: str, text: str) -> set[str]:
        """A number as people read it."""
        if name == "formatCode":
            self._format = text
        found = {numbers.plain(text)}
        if name in ("v", "pt") and dates.is_date(self._own_format or self._format):
            found.update(dates.shown(text, since_1904=each) or "" for each in (False, True))
        return found

    def _end(self, _: str) -> None:
        ended = self._open.pop()
        if self._cap is not None and len(self._open) < self._cap[0] + bool(ended.children):
            self._cap = None  # something else follows
        self._places.end(ended.space, ended.name)
        text = "".join(ended.text)
        if vocabulary.is_vocabulary(ended.space):
            text = measures.seen_content(ended.name, text)
        if text.strip():
            self.said += {text, vocabulary.without_codes(ended.name, text), *self._shown(ended.name, text.strip())}
        whole = "".join(ended.whole)
        is_of_runs = not ended.text and len(ended.children) == 1 and not vocabulary.is_vocabulary(ended.space)
        if ended.children and (ended.is_paragraph or (ended.lines is None and (text.strip() or is_of_runs))):
            self.said.append(whole)
        if self._open:
            self._open[-1].whole.append(whole)
        if ended.space == vocabulary.ODF_TEXT:
            self._changes.end(ended.name)
        if ended.is_paragraph and ended.lines is not None:
            self._changes.keep(ended.lines)
            self.said += ended.lines.readings()
            if ended.lines.is_cap:
                self._cap = len(self._open), ended.lines
