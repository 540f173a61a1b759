"""What goes on from one text to the next that is read after it: paragraphs, the cells of a row, those of a column."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple, Protocol

from expunct_server.redaction.formats.isolated.work import Edit, Locate, Work
from expunct_server.redaction.removed import WALL

_ENOUGH: Final = 50_000
"""Code points that are asked about together."""
_AGAIN: Final = 500
"""Code points at the end of them that are asked about again, with what follows."""


class Read(Protocol):
    """A text, and what to do about edits of it, which are in order."""

    @property
    def text(self) -> str: ...

    def take(self, edits: tuple[Edit, ...]) -> None: ...


class Line(NamedTuple):
    """One of the texts: the ways to read it, anew whenever it is asked about, with what was taken out of it as `WALL`;
    where an edit of it is; and how many code points it has, or had. Where another of the texts has more ways, this one
    is read in the first of its own."""

    reads: Sequence[Callable[[], Read]]
    locate: Locate
    size: int


class _Stop:
    text = WALL

    def take(self, edits: tuple[Edit, ...]) -> None:
        """It is nowhere."""


STOP: Final = Line((_Stop,), lambda _: None, 1)
"""Stands between two texts that are not read one after the other."""


@dataclass(slots=True)
class Following:
    """Texts that are read one after the other, in their order. Nothing happens in the first of two runs."""

    work: Work
    _lines: list[Line] = field(default_factory=list, repr=False)
    """The last ones that were asked about, and those that were not."""
    _size: int = 0

    def add(self, line: Line) -> None:
        """Take in the next; what goes on in those so far is taken out once there are enough."""
        if self.work.surveying or not line.size:
            return
        self._lines.append(line)
        self._size += line.size
        if self._size >= _ENOUGH:
            self.ask()

    def ask(self) -> None:
        """Take out what the document is known to lose where it goes on from one of them to the next."""
        if not self._size:
            return
        self.work.flush()
        clean: set[str] = set()
        for way in range(max(len(each.reads) for each in self._lines)):
            _ask(self.work, [(each, each.reads[way if way < len(each.reads) else 0]()) for each in self._lines], clean)
        self._lines, self._size = _last(self._lines), 0


@dataclass(slots=True)
class Columns:
    """The cells of one table after the other, each with its column."""

    work: Work
    _cells: dict[Hashable, list[Line]] = field(default_factory=dict, repr=False)
    _size: int = 0
    _enough: int = _ENOUGH

    def add(self, column: Hashable, line: Line) -> None:
        """Take in the next text of a column."""
        if self.work.surveying or not line.size:
            return
        self._cells.setdefault(column, []).append(line)
        self._size += line.size
        if self._size >= self._enough:
            self._ask()
            self._cells = {each: _last(lines) for each, lines in self._cells.items()}
            # What is asked about again is never more than what is new, however many columns there are.
            self._size, self._enough = 0, max(_ENOUGH, sum(line.size for each in self._cells.values() for line in each))

    def end(self) -> None:
        """The table has ended."""
        self._ask()
        self._cells, self._size, self._enough = {}, 0, _ENOUGH

    def _ask(self) -> None:
        ask(self.work, (line for lines in self._cells.values() for line in (*lines, STOP)))


def ask(work: Work, lines: Iterable[Line]) -> None:
    """Take out what the document is known to lose where it goes on from one line to the next."""
    following = Following(work)
    for line in lines:
        following.add(line)
    following.ask()


def _last(lines: list[Line]) -> list[Line]:
    """Those that what follows may go on from; fewer than all, but for one."""
    size, first = 0, len(lines)
    while first > 1 and size < _AGAIN:
        first -= 1
        size += lines[first].size
    return lines[first:] if first < len(lines) else lines[-1:]


def _ask(work: Work, read: Iterable[tuple[Line, Read]], clean: set[str]) -> None:
    """Ask about texts, unless nothing was found in what they say together (`clean`)."""
    found = [each for each in read if each[1].text.strip()]
    texts = [each.text for _, each in found]
    if (text := "\n".join(texts)) in clean:
        return
    starts = list(accumulate((len(each) + 1 for each in texts), initial=0))

    def locate(edit: Edit) -> str | None:
        at = _at(starts, edit.start)
        return found[at][0].locate(edit._replace(start=edit.start - starts[at], end=edit.end - starts[at]))

    answer = work.going_on(text, locate)
    if not answer.edits:
        clean.add(text)
    taken: dict[int, list[Edit]] = {}
    for edit in answer.edits:
        replacement = edit.replacement
        for number in range(_at(starts, edit.start), _at(starts, edit.end - 1) + 1):
            low, high = (min(max(at - starts[number], 0), len(texts[number])) for at in (edit.start, edit.end))
            if low < high:
                taken.setdefault(number, []).append(Edit(low, high, replacement, edit.entity_type, edit.method))
                replacement = ""
    for number, edits in taken.items():
        found[number][1].take(tuple(edits))


def _at(starts: Sequence[int], position: int) -> int:
    return bisect_right(starts, position) - 1
