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
_OFTEN: Final = 8
"""How often they are asked about: what is taken out in one order brings together what stands around it in another."""


class Read(Protocol):
    """A text, and what to do about edits of it, which are in order."""

    @property
    def text(self) -> str: ...

    def take(self, edits: tuple[Edit, ...]) -> None: ...


class Line(NamedTuple):
    """One of the texts: the ways to read it, anew whenever it is asked about, with `WALL` for what was put into it;
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
    """Texts that are read one after the other, in their order, and those in cells also down their columns. Nothing
    happens in the first of two runs."""

    work: Work
    has_found: bool = False
    _lines: list[Line] = field(default_factory=list, repr=False)
    """The last ones that were asked about, and those that were not."""
    _columns: dict[Hashable, list[Line]] = field(default_factory=dict, repr=False)
    _ended: set[Hashable] = field(default_factory=set, repr=False)
    """Columns of tables that have ended."""
    _size: int = 0
    _enough: int = _ENOUGH

    def add(self, line: Line, column: Hashable = None) -> None:
        """Take in the next; what goes on in those so far is taken out once there are enough. `column` is that of the
        cell that it is in, unlike those of all other tables."""
        if self.work.surveying or not line.size:
            return
        self._lines.append(line)
        if column is not None:
            self._columns.setdefault(column, []).append(line)
        self._size += line.size
        if self._size >= self._enough:
            self.ask()

    def end_table(self) -> None:
        """The table has ended, with those around it."""
        self._ended.update(self._columns)

    def ask(self) -> None:
        """Take out what the document is known to lose where it goes on from one of them to the next."""
        if not self._size:
            return
        self.work.flush()
        columns = [line for lines in self._columns.values() for line in (*lines, STOP)]
        is_one_order = not columns and all(len(each.reads) == 1 for each in self._lines)
        for _ in range(1 if is_one_order else _OFTEN):
            found = [_ask_in_all_ways(self.work, each) for each in (self._lines, columns) if each]
            self.has_found |= any(found)
            if not any(found):
                break
        self._lines = _last(self._lines)
        self._columns = {key: _last(lines) for key, lines in self._columns.items() if key not in self._ended}
        # What is asked about again is never more than what is new, however many columns there are.
        again = sum(line.size for lines in self._columns.values() for line in lines)
        self._ended, self._size, self._enough = set(), 0, max(_ENOUGH, again)


def ask(work: Work, lines: Callable[[], Iterable[Line]]) -> None:
    """Take out what the document is known to lose where it goes on from one line to the next, in whatever orders."""
    for _ in range(_OFTEN):
        following = Following(work)
        for line in lines():
            following.add(line)
        following.ask()
        if not following.has_found:
            break


def _last(lines: list[Line]) -> list[Line]:
    """Those that what follows may go on from; fewer than all, but for one."""
    size, first = 0, len(lines)
    while first > 1 and size < _AGAIN:
        first -= 1
        size += lines[first].size
    return lines[first:] if first < len(lines) else lines[-1:]


def _ask_in_all_ways(work: Work, lines: Sequence[Line]) -> bool:
    """Ask about lines in each way to read them; whether something was found."""
    clean: set[str] = set()
    found = False
    for way in range(max(len(each.reads) for each in lines)):
        found |= _ask(work, [(each, each.reads[way if way < len(each.reads) else 0]()) for each in lines], clean)
    return found


def _ask(work: Work, read: Iterable[tuple[Line, Read]], clean: set[str]) -> bool:
    """Ask about texts, unless nothing was found in what they say together (`clean`); whether something was."""
    found = [each for each in read if each[1].text.strip()]
    texts = [each.text for _, each in found]
    if (text := "\n".join(texts)) in clean:
        return False
    starts = list(accumulate((len(each) + 1 for each in texts), initial=0))

    def locate(edit: Edit) -> str | None:
        at = _at(starts, edit.start)
        return found[at][0].locate(edit.moved(-starts[at]))

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
    return bool(taken)


def _at(starts: Sequence[int], position: int) -> int:
    return bisect_right(starts, position) - 1
