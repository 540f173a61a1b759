"""All that one XML part says: asked about, and replaced where it stands."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from expunct_server.redaction.formats.isolated import following
from expunct_server.redaction.formats.isolated.following import STOP, Line
from expunct_server.redaction.formats.isolated.work import Edit, Redacted, Text, Work
from expunct_server.redaction.formats.office import (
    changes,
    dates,
    fields,
    formulas,
    names,
    numbers,
    vocabulary,
    wording,
)
from expunct_server.redaction.formats.office.changes import Changes
from expunct_server.redaction.formats.office.markup import Element, declared, local, namespace, remove
from expunct_server.redaction.formats.office.names import Names
from expunct_server.redaction.formats.office.orders import UNPLACED, Places, Position, is_framed, orders
from expunct_server.redaction.formats.office.streams import TAKEN, Part, Slot, Stream, stream
from expunct_server.redaction.removed import WALL

_OFFICE: Final = f"{{{vocabulary.ODF}office:1.0}}"
_LONGEST_NAME: Final = 80


class Where(NamedTuple):
    """What people call the place of an element, and the names of its column."""

    place: str
    names: tuple[str, ...]


@dataclass(slots=True)
class _Paragraph:
    """What is read together: its text, the codes of its fields, and where it is."""

    place: str
    names: tuple[str, ...] = ()
    prose: bool = True
    parts: list[Part] = field(default_factory=list)
    codes: list[Part] = field(default_factory=list)
    mixed: bool = False  # whether text between elements counts
    odf: bool = False
    follows: bool = False  # whether it is read after the one before it
    position: Position = UNPLACED
    above: frozenset[str] = frozenset()  # what says that all of it was deleted or added
    shown: str = ""  # the number or date that it is, if it is written in another way


@dataclass(slots=True)
class Walk:
    """One part on its way. `place` is what people call it; `skip` are elements, and
    `skip_attribute` attributes, that somebody else has dealt with."""

    work: Work
    place: str
    skip: Callable[[Element], bool] = lambda _: False
    skip_attribute: Callable[[Element, str], bool] = lambda *_: False
    where: Callable[[Element], Where | None] = lambda _: None
    given: Names = field(default_factory=Names)
    """Of the whole document."""
    _paragraphs: list[_Paragraph] = field(default_factory=list)
    _runs: list[_Paragraph] = field(default_factory=list)
    _attributes: dict[tuple[str, bool], list[tuple[Element, str]]] = field(default_factory=dict)
    _columns: dict[Element, str] = field(default_factory=dict)
    _changes: Changes = field(default_factory=Changes)
    _places: Places = field(default_factory=Places)
    _count: int = 0
    namespaces: dict[str, str] = field(default_factory=dict)
    """Names of namespaces that held something, and what they are called now."""
    names_held_something: bool = False
    """Whether the name of an element or attribute did, which cannot be replaced."""

    def run(self, root: Element) -> None:
        """Redact a whole part."""
        self._visit(root, None, ())
        for paragraph in self._paragraphs:
            self._ask(paragraph, _read(paragraph), "")
            self._ask_codes(paragraph, stream(paragraph.codes))
        self._ask_attributes()
        self._ask_names(root)
        self.work.flush()
        for paragraph in self._paragraphs:
            self._ask_words(paragraph, stream(paragraph.codes, mask=TAKEN))
            self._ask_fonts(paragraph)
            for parts in changes.otherwise(paragraph.parts):
                self._ask_again(paragraph, stream(parts))
        self.work.flush()
        for paragraph in self._paragraphs:
            for parts in changes.whole(paragraph.parts):
                self._ask_again(paragraph, stream(parts, mask=TAKEN))
        for runs in self._runs:
            self._ask(runs, stream(runs.parts, mask=TAKEN), "")
        self.work.flush()
        touching = [paragraph for paragraph in self._paragraphs if changes.touch(paragraph.parts)]
        self._ask_alone(touching)
        following.ask(self.work, self._following)
        following.ask(self.work, lambda: _apart(touching))
        self._write()

    def _ask_alone(self, touching: Iterable[_Paragraph]) -> None:
        """Runs by themselves, which may be a number or an address, and with the next none."""
        for paragraph in touching:
            for slot in changes.alone(paragraph.parts):
                read = stream([slot], mask=TAKEN)
                self.work.add(Text(read.text, paragraph.names, prose=False), _taking(read), _at(paragraph.place))
        self.work.flush()

    def _following(self) -> Iterator[Line]:
        """Paragraphs as people read them, one after the other, in each order."""
        for order in orders([each for each in self._paragraphs if each.follows]):
            yield from map(_line, order)
            yield STOP

    def _ask_again(self, paragraph: _Paragraph, read: Stream) -> None:
        now = stream(changes.shown(paragraph.parts)).text
        if read.text != now:
            self._ask(paragraph, read, ", as it was" if now else "")

    # --- what is there ---

    def _visit(self, element: Element, paragraph: _Paragraph | None, above: tuple[str, ...]) -> None:
        """`above` are the names of elements that say whether a run is deleted or added."""
        if self.skip(element):
            return
        name, space = local(element), namespace(element)
        if name in changes.ABOVE:
            above = (*above, name)
        self._take_element(element, name, space, paragraph)
        inside = self._inside(element, name, space, paragraph, above)
        if inside is not paragraph:  # what is said of a whole paragraph divides nothing in it
            above = ()
        self._take_text(element, name, space, inside, above)
        count = len(self._paragraphs)
        self._places.start(space, name, element.attrib)
        for child in element:
            self._visit(child, inside, above)
            if child.tail and ((inside is not None and inside.mixed) or child.tail.strip()):
                self._slot(inside or self._paragraph(element, name), child, above, is_tail=True)
        self._places.end(space, name)
        if inside is None and len(element) > 1 and not vocabulary.is_vocabulary(space):
            self._take_runs(element, self._paragraphs[count:])
        if space == vocabulary.ODF_TEXT:
            made = (each.parts for each in self._paragraphs[count:] if each.odf)
            self._changes.take(element, name, None if inside is None else inside.parts, made)

    def _take_element(self, element: Element, name: str, space: str, paragraph: _Paragraph | None) -> None:
        """What an element says besides its text, of itself and of the paragraph that it is in."""
        self._take_attributes(element, name, space)
        if name == "dateGroupItem":
            self._take_day(element)
        if name in ("tbl", "table"):
            self._name_columns(element)
        if paragraph is not None and is_framed(name, element.attrib):
            paragraph.position = paragraph.position.beside()

    def _take_runs(self, element: Element, inner: list[_Paragraph]) -> None:
        """Read elements together that stand side by side in other XML, as runs of one text do: of one name, with text
        alone, and nothing between them."""
        leaves = [_leaf(child) for child in element]
        slots = [part for each in inner for part in each.parts if isinstance(part, Slot)]
        if (
            not element.text
            and len({child.tag for child in element}) == 1
            and not any(child.tail for child in element)
            and leaves == [slot.element for slot in slots]
        ):
            self._runs.append(_Paragraph(self.place, parts=list(slots)))

    def _inside(
        self, element: Element, name: str, space: str, outer: _Paragraph | None, above: tuple[str, ...]
    ) -> _Paragraph | None:
        """The paragraph that an element's text belongs to, if it is one or in one."""
        if vocabulary.is_paragraph(space, name):
            self._count += name in ("p", "h")
            made = self._paragraph(element, name)
            made.odf = made.mixed = space.startswith(vocabulary.ODF)
            made.follows = name in vocabulary.FOLLOWING
            made.above = frozenset(above) if outer is None else outer.above.union(above)
            return made
        if outer is not None and outer.odf:
            return outer if vocabulary.is_inline_odf(space, name) else None
        if outer is None and len(element) and _has_text(element):
            made = self._paragraph(element, name)
            made.mixed = True
            return made
        return outer

    def _paragraph(self, element: Element, name: str) -> _Paragraph:
        known = vocabulary.is_vocabulary(namespace(element))
        place = f"{self.place}, paragraph {self._count + (not self._count)}" if name in ("p", "h") else self.place
        names = self._names(element) if known else (name,)
        if (where := self.where(element)) is not None:
            place, names = where
        made = _Paragraph(place, names, position=self._places.position)
        self._paragraphs.append(made)
        return made

    def _take_text(
        self, element: Element, name: str, space: str, inside: _Paragraph | None, above: tuple[str, ...]
    ) -> None:
        if inside is not None and name in vocabulary.GLUE and vocabulary.is_vocabulary(space):
            inside.parts.append(vocabulary.glue(name, element.attrib.items()))
        if not element.text:
            return
        belongs = inside is not None and (inside.mixed or name in vocabulary.RUNS or name in vocabulary.CODES)
        if belongs and inside is not None:
            self._slot(inside, element, above, is_code=name in vocabulary.CODES)
        elif element.text.strip() and not vocabulary.is_measured(
            name, element.text, known=vocabulary.is_vocabulary(space)
        ):
            alone = self._paragraph(element, name)
            alone.prose = wording.is_prose(element)
            alone.shown = _otherwise(element)
            self._slot(alone, element, ())

    def _slot(
        self,
        paragraph: _Paragraph,
        element: Element,
        above: tuple[str, ...],
        *,
        is_tail: bool = False,
        is_code: bool = False,
    ) -> None:
        gone = any(each in vocabulary.GONE for each in above) or local(element) == "delText"
        added = self._changes.is_added or any(each in vocabulary.ADDED for each in above)
        is_sound = any(each in vocabulary.SOUND for each in above)
        keeps_space = local(element) in ("t", "delText", "instrText") and not namespace(element).endswith(
            "/drawingml/main"
        )
        made = Slot(element, is_tail, gone, added, is_sound, keeps_space)
        (paragraph.codes if is_code else paragraph.parts).append(made)

    # --- names of columns ---

    def _name_columns(self, table: Element) -> None:
        """Take the first row of a table for the names of its columns, if its cells look like that."""
        rows = [row for row in table.iter("{*}tr", "{*}table-row") if _table_of(row) is table]
        if len(rows) < 2:
            return
        heads = [" ".join("".join(cell.itertext()).split()) for cell in rows[0].iterchildren("{*}tc", "{*}table-cell")]
        if not heads or any(not may_be_name(head) for head in heads):
            return
        for row in rows[1:]:
            for head, cell in zip(heads, row.iterchildren("{*}tc", "{*}table-cell"), strict=False):
                self._columns[cell] = head

    def _names(self, element: Element) -> tuple[str, ...]:
        if not self._columns:
            return ()
        for cell in element.iterancestors("{*}tc", "{*}table-cell"):
            name = self._columns.get(cell)
            return (name,) if name else ()
        return ()

    # --- attributes and names ---

    def _take_attributes(self, element: Element, name: str, space: str) -> None:
        for key, value in element.attrib.items():
            attribute = str(key).rpartition("}")[2]
            known = vocabulary.is_vocabulary(space) and _is_known(str(key))
            if (
                not value
                or self.skip_attribute(element, str(key))
                or vocabulary.is_measure(name, attribute, str(value), known=known)
            ):
                continue
            if known and (name, attribute) == fields.ATTRIBUTE:
                self._paragraph(element, name).codes.append(Slot(element, key=str(key)))
                continue
            prose = wording.is_prose_attribute(element, attribute, str(value))
            text = unquote(str(value)) if attribute == "href" else numbers.plain(str(value))
            text = vocabulary.without_codes(str(key), text) if known else text
            if space.startswith(vocabulary.ODF) and names.is_one(element, str(key)):
                text = vocabulary.name_shown(text)
            self._attributes.setdefault((text, prose), []).append((element, str(key)))

    def _take_day(self, element: Element) -> None:
        if day := dates.group(*(element.get(each) for each in dates.PARTS)):
            self.work.add(Text(day, (), prose=False), lambda _: remove(element), _at(f"{self.place}, filter"))

    def _ask_attributes(self) -> None:
        for (value, prose), places in self._attributes.items():
            name = places[0][1].rpartition("}")[2]
            self.work.add(Text(value, (), prose), self._setting(value, places), _at(f"{self.place}, attribute {name}"))

    def _setting(self, value: str, places: list[tuple[Element, str]]) -> Callable[[Redacted], None]:
        def apply(redacted: Redacted) -> None:
            is_name = any(names.is_one(element, key) for element, key in places)
            text = self.given.of(value, redacted.text) if is_name else redacted.text
            for element, key in places:
                if key == vocabulary.FORMAT and vocabulary.is_vocabulary(namespace(element)):
                    element.set(key, formulas.formatted(str(element.get(key)), redacted.edits))
                    continue
                _set(element, key, text)

        return apply

    def _ask_names(self, root: Element) -> None:
        for uri in sorted(uri for uri in declared(root) if not vocabulary.is_vocabulary(uri)):
            self.work.add(Text(uri, (), prose=False), self._rename(uri), _at(f"{self.place}, namespace"))
        names = {local(each) for each in root.iter("*") if not vocabulary.is_vocabulary(namespace(each))}
        for each in root.iter("*"):
            names.update(str(k).rpartition("}")[2] for k in each.attrib if not _is_known(str(k)))
        for name in sorted(names):
            self.work.add(Text(name, (), prose=False), self._note_name, _at(f"{self.place}, name of an element"))

    def _rename(self, uri: str) -> Callable[[Redacted], None]:
        def apply(_: Redacted) -> None:
            self.namespaces[uri] = f"urn:removed:{len(self.namespaces) + 1}"

        return apply

    def _note_name(self, _: Redacted) -> None:
        self.names_held_something = True

    # --- asking and writing ---

    def _ask(self, paragraph: _Paragraph, read: Stream, suffix: str) -> None:
        place = f"{paragraph.place}{suffix}"
        prose = paragraph.prose and not wording.is_prompt(read.text)
        self.work.add(Text(read.text, paragraph.names, prose), _taking(read), _at(place))

    def _ask_codes(self, paragraph: _Paragraph, read: Stream) -> None:
        self.work.add(
            Text(read.text, paragraph.names, prose=False), self._taking_code(read, 0), _at(f"{paragraph.place}, field")
        )

    def _ask_words(self, paragraph: _Paragraph, read: Stream) -> None:
        """What people write in codes, each by itself, for models: they take instructions such as `HYPERLINK` for names,
        and a field would be none any more."""
        for start, text in fields.words(read.text):
            taking = self._taking_code(read, start)
            self.work.add(Text(text, paragraph.names), taking, _at(f"{paragraph.place}, field"))

    def _ask_fonts(self, paragraph: _Paragraph) -> None:
        """The names of fonts in the codes of headers, each by itself."""
        for slot in paragraph.parts:
            if isinstance(slot, Slot) and not slot.is_tail:
                read = stream([slot])
                for start, name in vocabulary.header_fonts(local(slot.element), slot.text):
                    self.work.add(Text(name, (), prose=False), _taking(read, start), _at(paragraph.place))

    def _taking_code(self, read: Stream, start: int) -> Callable[[Redacted], None]:
        def take(redacted: Redacted) -> None:
            read.take(fields.named(read.text, _moved(redacted.edits, start), self.given))

        return take

    def _write(self) -> None:
        for paragraph in self._paragraphs:
            changes.silence(paragraph.parts)
            for part in [*paragraph.parts, *paragraph.codes]:
                if isinstance(part, Slot) and part.edits:
                    _write(part)


def _write(slot: Slot) -> None:
    """Carry out a slot's edits; what has to be a number or a date and is none any more goes, or becomes a string."""
    element = slot.element
    if local(element) in formulas.ELEMENTS and not formulas.is_sound(slot.text, slot.as_edits()):
        element.text = formulas.NOTHING
        return
    if local(element) == vocabulary.FORMAT:
        element.text = formulas.formatted(slot.text, slot.as_edits())
        return
    typed = vocabulary.DATE.fullmatch(slot.text.strip()) or _is_number(numbers.plain(slot.text.strip()))
    slot.write()
    if not slot.is_tail and namespace(element) == vocabulary.ODF_TEXT and local(element) in vocabulary.FIELDS_ODF:
        element.tag = f"{{{vocabulary.ODF_TEXT}}}span"
        element.attrib.clear()
        return
    if not typed or slot.is_tail:
        return
    space, name = namespace(element), local(element)
    parent = element.getparent()
    if space.endswith("/docPropsVTypes"):
        element.tag = f"{{{space}}}lpwstr"
    elif name == "v" and parent is not None and local(parent) == "pt" and local(parent.getparent()) != "strCache":
        remove(parent)
    elif name == "v" and parent is not None and local(parent) == "cell":  # of another workbook, 18.14.2
        parent.set("t", "str")
    elif name == "user-defined":
        element.attrib.pop(f"{{{space}}}value-type", None)
    elif name in ("created", "modified", "lastPrinted", "date", "creation-date", "print-date", "editing-duration"):
        remove(element)


def _set(element: Element, key: str, text: str) -> None:
    """Give an attribute another value; one that has to be a date or a limit goes, a number becomes 0, and an item a
    string."""
    if (local(element), key) in vocabulary.NUMBERS:
        text = "0"
    elif vocabulary.is_item(local(element), key):
        element.tag = f"{{{namespace(element)}}}s"
    elif vocabulary.DATE.fullmatch(element.get(key, "")) or key in vocabulary.LIMITS:
        del element.attrib[key]
        return
    elif key == f"{_OFFICE}value":
        del element.attrib[key]
        element.set(f"{_OFFICE}value-type", "string")
        key = f"{_OFFICE}string-value"
    element.set(key, quote(text, safe=vocabulary.URI) if key.endswith("}href") else text)


def _read(paragraph: _Paragraph) -> Stream:
    read = stream(changes.shown(paragraph.parts))
    if not paragraph.shown:
        return read
    [slot] = (part for part in paragraph.parts if isinstance(part, Slot))
    return Stream(paragraph.shown, [(0, len(paragraph.shown), slot)], is_whole=True)


def _leaf(element: Element) -> Element:
    """The only element in one, and in that."""
    while len(element) == 1:
        element = element[0]
    return element


def _otherwise(element: Element) -> str:
    """The number or date that an element's text is for people, "" where they read it as it is."""
    text = element.text.strip()
    shown = dates.in_chart(element) or numbers.plain(text)
    return "" if shown == text else shown


def _line(paragraph: _Paragraph) -> Line:
    """A paragraph as it is read with all changes accepted, and with all rejected."""
    ways = [_as_read(paragraph, changes.shown, vocabulary.GONE)]
    if paragraph.above or changes.are_in(paragraph.parts):
        ways.append(_as_read(paragraph, changes.before, vocabulary.ADDED))
    return Line(ways, _at(paragraph.place), _size(paragraph.parts))


def _as_read(
    paragraph: _Paragraph, which: Callable[[list[Part]], list[Part]], without: frozenset[str]
) -> Callable[[], Stream]:
    is_read = not paragraph.above & without
    return lambda: stream(which(paragraph.parts) if is_read else [], mask=WALL)


def _size(parts: Iterable[Part]) -> int:
    return sum(len(part if isinstance(part, str) else part.text) for part in parts)


def _alone(place: str, part: Part) -> Line:
    return Line((lambda: stream([part], mask=WALL),), _at(place), _size([part]))


def _apart(touching: Iterable[_Paragraph]) -> Iterator[Line]:
    """Each of their runs by itself."""
    for paragraph in touching:
        yield STOP
        yield from (_alone(paragraph.place, part) for part in paragraph.parts)


def _taking(read: Stream, start: int = 0) -> Callable[[Redacted], None]:
    """What was found in a part of a stream that begins at `start`."""
    return lambda redacted: read.take(_moved(redacted.edits, start))


def _moved(edits: Iterable[Edit], start: int) -> tuple[Edit, ...]:
    return tuple(edit.moved(start) for edit in edits)


def _at(place: str) -> Callable[[Edit], str]:
    return lambda _: place


def _has_text(element: Element) -> bool:
    """Whether text stands between an element's children."""
    return bool(element.text and element.text.strip()) or any(c.tail and c.tail.strip() for c in element)


def _is_number(text: str) -> bool:
    return not any(c.isalpha() for c in text)


def _is_known(key: str) -> bool:
    return not key.startswith("{") or vocabulary.is_vocabulary(key[1:].partition("}")[0])


def may_be_name(head: str) -> bool:
    """Whether the text of a cell in a first row can be the name of its column."""
    return 0 < len(head) <= _LONGEST_NAME and "@" not in head and not any(c.isdigit() for c in head)


def _table_of(row: Element) -> Element | None:
    return next(row.iterancestors("{*}tbl", "{*}table"), None)
