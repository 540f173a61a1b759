"""All that one XML part says: asked about, and replaced where it stands."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from expunct_server.redaction.formats.isolated import following
from expunct_server.redaction.formats.isolated.following import STOP, Line
from expunct_server.redaction.formats.isolated.work import Edit, Redacted, Text, Work, at
from expunct_server.redaction.formats.office import changes, fields, paragraphs, values, vocabulary, wording
from expunct_server.redaction.formats.office.attributes import Attributes
from expunct_server.redaction.formats.office.changes import Changes
from expunct_server.redaction.formats.office.foreign import Foreign
from expunct_server.redaction.formats.office.heads import Heads
from expunct_server.redaction.formats.office.markup import Element, local, namespace
from expunct_server.redaction.formats.office.names import Names
from expunct_server.redaction.formats.office.orders import Places, is_cap, is_framed, orders
from expunct_server.redaction.formats.office.paragraphs import Paragraph
from expunct_server.redaction.formats.office.streams import TAKEN, Slot, Stream, stream


class Where(NamedTuple):
    """What people call the place of an element, and the names of its column."""

    place: str
    names: tuple[str, ...]


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
    hidden: frozenset[str] = frozenset()
    """Both of the whole document: names, and the styles by which text is hidden."""
    _paragraphs: list[Paragraph] = field(default_factory=list)
    _runs: list[Paragraph] = field(default_factory=list)
    _changes: Changes = field(default_factory=Changes)
    _places: Places = field(default_factory=Places)
    _heads: Heads = field(default_factory=Heads)
    _caps: dict[Element | None, Paragraph] = field(default_factory=dict)
    """By the elements that they are in: first letters of the next paragraph there, if nothing else comes before it."""
    _count: int = 0
    foreign: Foreign = field(init=False)
    _attributes: Attributes = field(init=False)

    def __post_init__(self) -> None:
        self.foreign = Foreign(self.work, self.place)
        self._attributes = Attributes(self.work, self.place, self.skip_attribute, self.given)

    def run(self, root: Element) -> None:
        """Redact a whole part."""
        self._visit(root, None, ())
        for paragraph in self._paragraphs:
            self._ask(paragraph, paragraphs.read(paragraph), "")
            self._ask_codes(paragraph, stream(paragraph.codes))
        self._attributes.ask()
        self.foreign.ask(root)
        self.work.flush()
        for paragraph in self._paragraphs:
            self._ask_words(paragraph, stream(paragraph.codes, mask=TAKEN))
            self._ask_fonts(paragraph)
            for read in paragraphs.without_cap(paragraph):
                self._ask(paragraph, read, "")
            for parts in changes.otherwise(paragraph.parts):
                self._ask_again(paragraph, stream(parts), ", as it was")
            if changes.has_hidden(paragraph.parts):
                self._ask_again(paragraph, stream(changes.with_hidden(paragraph.parts)), "")
        self.work.flush()
        for paragraph in self._paragraphs:
            for parts in changes.whole(paragraph.parts):
                self._ask_again(paragraph, stream(parts, mask=TAKEN), ", as it was")
        for runs in self._runs:
            self._ask(runs, stream(runs.parts, mask=TAKEN), "")
        self.work.flush()
        touching = [paragraph for paragraph in self._paragraphs if changes.touch(paragraph.parts)]
        self._ask_alone(touching)
        following.ask(self.work, self._following)
        following.ask(self.work, lambda: paragraphs.apart(touching))
        self._write()

    def _ask_alone(self, touching: Iterable[Paragraph]) -> None:
        """Runs by themselves, which may be a number or an address, and with the next none."""
        for paragraph in touching:
            for slot in changes.alone(paragraph.parts):
                read = stream([slot], mask=TAKEN)
                self.work.add(Text(read.text, paragraph.names, prose=False), _taking(read), at(paragraph.place))
        self.work.flush()

    def _following(self) -> Iterator[Line]:
        """Paragraphs as people read them, one after the other, in each order."""
        for order in orders([each for each in self._paragraphs if each.follows]):
            yield from map(paragraphs.line, order)
            yield STOP

    def _ask_again(self, paragraph: Paragraph, read: Stream, suffix: str) -> None:
        now = stream(changes.shown(paragraph.parts)).text
        if read.text != now:
            self._ask(paragraph, read, suffix if now else "")

    # --- what is there ---

    def _visit(self, element: Element, paragraph: Paragraph | None, above: tuple[str, ...]) -> None:
        """`above` are the names of elements that say whether a run is deleted or added."""
        if self.skip(element):
            return
        name, space = local(element), namespace(element)
        hidden = (changes.HIDDEN,) if changes.hides(element, name, self.hidden) else ()
        above = (*above, *hidden, *((name,) if name in changes.ABOVE else ()))
        self._take_element(element, name, space, paragraph)
        cap = self._cap_before(element, name, space)
        inside = self._inside(element, name, space, paragraph, above)
        if cap is not None and inside is not None:
            paragraphs.begin_with(inside, cap)
        if inside is not paragraph:  # what is said of a whole paragraph divides nothing in it
            above = hidden
        self._take_text(element, name, space, inside, above)
        count = len(self._paragraphs)
        self._places.start(space, name, element.attrib)
        for child in element:
            self._visit(child, inside, above)
            if child.tail and ((inside is not None and inside.mixed) or child.tail.strip()):
                self._slot(inside or self._paragraph(element, name), child, above, is_tail=True)
        self._places.end(space, name)
        if inside is not None and inside is not paragraph and inside.is_cap:
            self._caps[element.getparent()] = inside
        if inside is None and len(element) > 1 and not vocabulary.is_vocabulary(space):
            self._take_runs(element, self._paragraphs[count:])
        if space == vocabulary.ODF_TEXT:
            made = (each.parts for each in self._paragraphs[count:] if each.odf)
            self._changes.take(element, name, None if inside is None else inside.parts, made)

    def _take_element(self, element: Element, name: str, space: str, paragraph: Paragraph | None) -> None:
        """What an element says besides its text, of itself and of the paragraph that it is in."""
        for key in self._attributes.take(element, name, space):
            self._paragraph(element, name).codes.append(Slot(element, key=key))
        if name in ("tbl", "table"):
            self._heads.take(element)
        if paragraph is not None and is_framed(name, element.attrib):
            paragraph.position = paragraph.position.beside()
        if paragraph is not None and is_cap(name, element.attrib):
            paragraph.is_cap = True

    def _take_runs(self, element: Element, inner: list[Paragraph]) -> None:
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
            self._runs.append(Paragraph(self.place, parts=list(slots)))

    def _inside(
        self, element: Element, name: str, space: str, outer: Paragraph | None, above: tuple[str, ...]
    ) -> Paragraph | None:
        """The paragraph that an element's text belongs to, if it is one or in one."""
        if vocabulary.is_paragraph(space, name):
            self._count += name in ("p", "h")
            made = self._paragraph(element, name)
            made.odf = made.mixed = vocabulary.is_mixed(space)
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

    def _cap_before(self, element: Element, name: str, space: str) -> Paragraph | None:
        """The first letters of a paragraph that begins. They wait beside marks that are empty, and for nothing else."""
        is_paragraph = vocabulary.is_paragraph(space, name)
        if not self._caps or not (is_paragraph or len(element)):
            return None
        cap = self._caps.pop(element.getparent(), None)
        return cap if is_paragraph else None

    def _paragraph(self, element: Element, name: str) -> Paragraph:
        known = vocabulary.is_vocabulary(namespace(element))
        place = f"{self.place}, paragraph {self._count + (not self._count)}" if name in ("p", "h") else self.place
        names = self._heads.of(element) if known else (name,)
        if (where := self.where(element)) is not None:
            place, names = where
        made = Paragraph(place, names, position=self._places.position)
        self._paragraphs.append(made)
        return made

    def _take_text(
        self, element: Element, name: str, space: str, inside: Paragraph | None, above: tuple[str, ...]
    ) -> None:
        if inside is not None and vocabulary.is_glue(space, name):
            said = vocabulary.glue(name, element.attrib.items())
            if changes.HIDDEN in above:
                self._slot(inside, element, above).symbol = said
            else:
                inside.parts.append(said)
        if inside is not None and name == "sym" and vocabulary.is_vocabulary(space):
            made = self._slot(inside, element, above)
            made.symbol, is_picture = vocabulary.symbol(element.attrib.items())
            made.is_hidden |= is_picture
        if not element.text:
            return
        belongs = inside is not None and (inside.mixed or vocabulary.is_run(space, name) or name in vocabulary.CODES)
        if belongs and inside is not None:
            self._slot(inside, element, above, is_code=name in vocabulary.CODES)
        elif element.text.strip() and not vocabulary.is_measured(
            name, element.text, known=vocabulary.is_vocabulary(space)
        ):
            alone = self._paragraph(element, name)
            alone.prose = wording.is_prose(element)
            alone.shown = values.shown(element)
            self._slot(alone, element, ())

    def _slot(
        self,
        paragraph: Paragraph,
        element: Element,
        above: tuple[str, ...],
        *,
        is_tail: bool = False,
        is_code: bool = False,
    ) -> Slot:
        gone = any(each in vocabulary.GONE for each in above) or local(element) == "delText"
        added = self._changes.is_added or any(each in vocabulary.ADDED for each in above)
        is_sound = any(each in vocabulary.SOUND for each in above)
        keeps_space = local(element) in ("t", "delText", "instrText") and not namespace(element).endswith(
            "/drawingml/main"
        )
        made = Slot(element, is_tail, gone, added, is_sound, keeps_space, is_hidden=changes.HIDDEN in above)
        (paragraph.codes if is_code else paragraph.parts).append(made)
        return made

    # --- asking and writing ---

    def _ask(self, paragraph: Paragraph, read: Stream, suffix: str) -> None:
        place = f"{paragraph.place}{suffix}"
        prose = paragraph.prose and not wording.is_prompt(read.text)
        self.work.add(Text(read.text, paragraph.names, prose), _taking(read), at(place))

    def _ask_codes(self, paragraph: Paragraph, read: Stream) -> None:
        self.work.add(
            Text(read.text, paragraph.names, prose=False), self._taking_code(read, 0), at(f"{paragraph.place}, field")
        )

    def _ask_words(self, paragraph: Paragraph, read: Stream) -> None:
        """What people write in codes, each by itself, for models: they take instructions such as `HYPERLINK` for names,
        and a field would be none any more."""
        for start, text in fields.words(read.text):
            taking = self._taking_code(read, start)
            self.work.add(Text(text, paragraph.names), taking, at(f"{paragraph.place}, field"))

    def _ask_fonts(self, paragraph: Paragraph) -> None:
        """The names of fonts in the codes of headers, each by itself."""
        for slot in paragraph.parts:
            if isinstance(slot, Slot) and not slot.is_tail:
                read = stream([slot])
                for start, name in vocabulary.header_fonts(local(slot.element), slot.text):
                    self.work.add(Text(name, (), prose=False), _taking(read, start), at(paragraph.place))

    def _taking_code(self, read: Stream, start: int) -> Callable[[Redacted], None]:
        def take(redacted: Redacted) -> None:
            read.take(fields.named(read.text, _moved(redacted.edits, start), self.given))

        return take

    def _write(self) -> None:
        for paragraph in self._paragraphs:
            changes.silence(paragraph.parts)
            for part in [*paragraph.parts, *paragraph.codes]:
                if isinstance(part, Slot) and part.edits:
                    values.write(part)


def _leaf(element: Element) -> Element:
    """The only element in one, and in that."""
    while len(element) == 1:
        element = element[0]
    return element


def _taking(read: Stream, start: int = 0) -> Callable[[Redacted], None]:
    """What was found in a part of a stream that begins at `start`."""
    return lambda redacted: read.take(_moved(redacted.edits, start))


def _moved(edits: Iterable[Edit], start: int) -> tuple[Edit, ...]:
    return tuple(edit.moved(start) for edit in edits)


def _has_text(element: Element) -> bool:
    """Whether text stands between an element's children."""
    return bool(element.text and element.text.strip()) or any(c.tail and c.tail.strip() for c in element)
