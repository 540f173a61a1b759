"""Paragraphs of a part: what is read together, and the ways to read it after the one before."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from expunct_server.redaction.formats.initials import is_initial
from expunct_server.redaction.formats.isolated.following import STOP, Line
from expunct_server.redaction.formats.isolated.work import at
from expunct_server.redaction.formats.office import changes, vocabulary
from expunct_server.redaction.formats.office.orders import UNPLACED, Position
from expunct_server.redaction.formats.office.streams import TAKEN, Part, Slot, Stream, stream
from expunct_server.redaction.removed import WALL


@dataclass(slots=True)
class Paragraph:
    """What is read together: its text, the codes of its fields, and where it is."""

    place: str
    names: tuple[str, ...] = ()
    prose: bool = True
    parts: list[Part] = field(default_factory=list)
    codes: list[Part] = field(default_factory=list)
    mixed: bool = False  # whether text between elements counts
    odf: bool = False
    follows: bool = False  # whether it is read after the one before it
    is_cap: bool = False  # whether it is the first letters of the next one, which stand beside that
    position: Position = UNPLACED
    above: frozenset[str] = frozenset()  # what says that all of it was deleted or added
    shown: str = ""  # the number or date that it is, if it is written in another way


def begin_with(paragraph: Paragraph, cap: Paragraph) -> None:
    """Read the first letters of a paragraph with it, which stand in one of their own. What takes the place of a value
    goes into the paragraph: as an initial it would be as high as several lines. Whole words stay by themselves."""
    said = "".join(map(_text, cap.parts))
    if cap.above != paragraph.above or not is_initial(said):
        return
    for part in cap.parts:
        if isinstance(part, Slot):
            part.is_cap = True
    paragraph.parts[:0] = filter(_text, cap.parts)  # the few that say something: these may be first letters again
    cap.parts = []


def without_cap(paragraph: Paragraph) -> Iterator[Stream]:
    """The first letters of a paragraph by themselves, and the rest, where these stand in one of their own: they may be
    a word."""
    parts = changes.shown(paragraph.parts)
    first = [part for part in parts if isinstance(part, Slot) and part.is_cap]
    if first:
        yield stream(list(first), mask=TAKEN)
        yield stream([part for part in parts if isinstance(part, str) or not part.is_cap], mask=TAKEN)


def read(paragraph: Paragraph) -> Stream:
    """A paragraph as people read it."""
    if not paragraph.shown:
        return stream(changes.shown(paragraph.parts))
    [slot] = (part for part in paragraph.parts if isinstance(part, Slot))
    return Stream(paragraph.shown, [(0, len(paragraph.shown), slot)], is_whole=True)


def line(paragraph: Paragraph) -> Line:
    """A paragraph as it is read with all changes accepted, with all rejected, and with what is hidden."""
    ways = [_as_read(paragraph, changes.shown, vocabulary.GONE)]
    if paragraph.above or changes.are_in(paragraph.parts):
        ways.append(_as_read(paragraph, changes.before, vocabulary.ADDED))
    if changes.has_hidden(paragraph.parts):
        ways = [*ways, ways[0]][:2]  # what is hidden is always the third way
        ways.append(_as_read(paragraph, changes.with_hidden, vocabulary.GONE))
    return Line(ways, at(paragraph.place), _size(paragraph.parts))


def _as_read(
    paragraph: Paragraph, which: Callable[[list[Part]], list[Part]], without: frozenset[str]
) -> Callable[[], Stream]:
    is_read = not paragraph.above & without
    return lambda: stream(which(paragraph.parts) if is_read else [], mask=WALL)


def _size(parts: Iterable[Part]) -> int:
    return sum(len(_text(part)) for part in parts)


def _text(part: Part) -> str:
    return part if isinstance(part, str) else part.text


def _alone(place: str, part: Part) -> Line:
    return Line((lambda: stream([part], mask=WALL),), at(place), _size([part]))


def apart(touching: Iterable[Paragraph]) -> Iterator[Line]:
    """Each run of paragraphs by itself."""
    for paragraph in touching:
        yield STOP
        yield from (_alone(paragraph.place, part) for part in paragraph.parts)
