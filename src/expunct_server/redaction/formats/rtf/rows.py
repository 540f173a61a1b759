"""Rows of tables: which column each of their cells is in, by where it begins (RTF 1.9.1, "Table Definitions").

A row may be defined before its cells or behind them, and one that says nothing is as the one before: so what is in it
waits for its end. Cells of rows that nobody defined go by their numbers.
"""

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

Column = tuple[int, bool, int]
"""Of a table: how many tables its cells are in, and where they begin in twips, or else their number in the row."""
_WIDEST: Final = 1_000
"""Cells of a row, and columns of a table, that are told apart by where they begin."""
_NEAR: Final = 400  # twips: cells that begin so near to each other are in one column, but for narrow ones
_MOST: Final = 100_000
"""Code points that wait."""
_DEEPEST: Final = 20
_Item = TypeVar("_Item")


def depth(number: int | None) -> int:
    """In how many tables something is that says so; still deeper ones are not told apart."""
    return min(max(number or 0, 0), _DEEPEST)


@dataclass(slots=True)
class _Definition:
    """The cells of a row: where each begins and ends, in twips; `next` is where the next one begins."""

    cells: list[tuple[int, int]] = field(default_factory=list)
    columns: dict[int, list[int]] = field(default_factory=dict)
    """By depth: where the columns of the first cells begin, of as many as were asked for. A cell is placed once: a row
    may say its cells one by one between those that it defines."""
    next: int = 0
    is_merged: bool = False

    def column(self, depth: int, number: int, starts: list[int]) -> int:
        """Where the column of a cell begins, of those of a table, to which new ones are added."""
        found = self.columns.setdefault(depth, [])
        for at in range(len(found), number + 1):
            start, end = self.cells[at]
            if at and start == self.cells[at - 1][0]:
                found.append(found[-1])
            else:
                near = min((end - start) // 2, _NEAR)
                found.append(_nearest(start, near, found[-1] if at else None, starts))
        return found[number]


@dataclass(slots=True)
class _Waiting(Generic[_Item]):
    item: _Item
    depth: int
    number: int
    column: Column | None = None


@dataclass(slots=True)
class Rows(Generic[_Item]):
    """Those of one text. Takes paragraphs, and gives them back in their order, each with its column."""

    _defined: _Definition = field(default_factory=_Definition)
    _around: _Definition | None = None  # of the row around one that is in its cells
    _numbers: dict[int, int] = field(default_factory=dict)  # by depth: that of the cell that is open
    _starts: dict[int, list[int]] = field(default_factory=dict)  # by depth: where the columns of a table begin
    _waiting: list[_Waiting[_Item]] = field(default_factory=list, repr=False)
    _open: dict[int, list[_Waiting[_Item]]] = field(default_factory=dict, repr=False)  # of rows that have not ended
    _size: int = 0

    def define(self, name: str, number: int | None) -> None:
        """Take in a control word that may define a row."""
        if name == "trowd":
            self._defined = _Definition()
        elif name == "nesttableprops":
            self._around = self._defined
        elif name == "trleft" and not self._defined.cells:
            self._defined.next = number or 0
        elif name == "clmrg":
            self._defined.is_merged = True
        elif name == "cellx":
            self._cell(number or 0)

    def _cell(self, end: int) -> None:
        defined = self._defined
        if len(defined.cells) < _WIDEST:
            is_merged = defined.is_merged and bool(defined.cells)
            defined.cells.append((defined.cells[-1][0] if is_merged else defined.next, end))
        defined.next, defined.is_merged = end, False

    def add(self, item: _Item, depth: int, size: int) -> list[tuple[_Item, Column]]:
        """Take in what is in the open cell of a table so deep, and has so many code points; returns what has waited,
        if that is too much."""
        made = _Waiting(item, depth, self._numbers.get(depth, 0))
        self._waiting.append(made)
        self._open.setdefault(depth, []).append(made)
        self._size += size + 1
        return self.end() if self._size > _MOST else []

    def end_cell(self, depth: int) -> None:
        """The open cell has ended, with the rows in it."""
        for each in [each for each in self._open if each > depth]:
            for waiting in self._open.pop(each):
                waiting.column = (each, False, waiting.number)
        self._numbers = {each: number for each, number in self._numbers.items() if each <= depth}
        self._numbers[depth] = self._numbers.get(depth, 0) + 1

    def end_row(self, depth: int) -> list[tuple[_Item, Column]]:
        """The row has ended; returns what was in it, if it is in no other."""
        for each in self._open.pop(depth, ()):
            each.column = self.column(depth, each.number)
        self._numbers = {each: number for each, number in self._numbers.items() if each < depth}
        if self._around is not None:
            self._defined, self._around = self._around, None
        return self.end() if depth == 1 else []

    def end_table(self) -> list[tuple[_Item, Column]]:
        """All tables have ended here; returns what was in a row without end."""
        made = self.end()
        self._numbers.clear()
        self._starts.clear()
        for each in (self._defined, self._around):
            if each is not None:
                each.columns.clear()
        return made

    def end(self) -> list[tuple[_Item, Column]]:
        """Returns all that waits, as far as the rows are defined by now."""
        made = [(each.item, each.column or self.column(each.depth, each.number)) for each in self._waiting]
        self._waiting.clear()
        self._open.clear()
        self._size = 0
        return made

    def column(self, depth: int, number: int | None = None) -> Column:
        """That of a cell, or of the open one, as the row is defined by now."""
        if number is None:
            number = self._numbers.get(depth, 0)
        if number >= len(self._defined.cells):
            return depth, False, number
        return depth, True, self._defined.column(depth, number, self._starts.setdefault(depth, []))


def _nearest(start: int, near: int, least: int | None, starts: list[int]) -> int:
    """The column that begins nearest, behind `least`; a new one where there is none so near."""
    at = bisect_left(starts, start)
    beside = [each for each in starts[max(at - 1, 0) : at + 1] if least is None or each > least]
    found = min(beside, key=lambda each: abs(each - start), default=None)
    if found is not None and abs(found - start) <= near:
        return found
    if len(starts) < _WIDEST:
        insort(starts, start)
    return start
