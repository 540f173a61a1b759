"""Tables as grids: which column a cell is in (HTML, 4.9.12; ECMA-376 part 1, 17.4; ISO/IEC 26300-3, 9.1)."""

from dataclasses import dataclass, field
from typing import Final

_WIDEST: Final = 1_000
"""Columns that one cell may take, as in HTML (4.9.11)."""
_DEEPEST: Final = 100
"""Tables in tables; what is in deeper ones is in no column."""
_REACHING: Final = 100
"""Columns in which cells may reach into the rows below: each new cell asks for those beside it."""


@dataclass(slots=True)
class _Table:
    number: int
    row: int = 0
    next: int = 0  # where the next cell begins
    column: int | None = None  # of the cell that is open
    last: dict[int, int] = field(default_factory=dict)  # by columns: the last row into which a cell above reaches


@dataclass(slots=True)
class Grid:
    """Follows tables, rows and cells, with tables in cells."""

    _open: list[_Table] = field(default_factory=list)
    _beyond: int = 0  # tables that are deeper
    _count: int = 0

    @property
    def column(self) -> tuple[int, int] | None:
        """The number of the innermost table and of the column of its cell that is open."""
        table = self._innermost
        return None if table is None or table.column is None else (table.number, table.column)

    @property
    def is_open(self) -> bool:
        """Whether there is a table here."""
        return bool(self._open)

    def table(self) -> None:
        """A table begins."""
        self._count += 1
        if len(self._open) < _DEEPEST:
            self._open.append(_Table(self._count))
        else:
            self._beyond += 1

    def end_table(self) -> None:
        """It ends."""
        if self._beyond:
            self._beyond -= 1
        elif self._open:
            self._open.pop()

    def row(self) -> None:
        """A row begins."""
        if (table := self._innermost) is not None:
            table.row, table.next, table.column = table.row + 1, 0, None

    def cell(self, width: int = 1, height: int = 1) -> None:
        """A cell begins, of so many columns and rows."""
        if (table := self._innermost) is None:
            return
        while table.last.get(table.next, 0) >= table.row > 0:
            table.next += 1
        table.column = table.next
        self.widen(width)
        if height > 1:
            table.last.update(dict.fromkeys(range(table.column, min(table.next, _REACHING)), table.row + height - 1))

    def widen(self, width: int) -> None:
        """The cell that is open has so many columns; so many are left out before the first cell of a row."""
        if (table := self._innermost) is not None:
            table.next = (table.column or 0) + min(max(width, 0), _WIDEST)

    def end_cell(self) -> None:
        """The cell ends."""
        if (table := self._innermost) is not None:
            table.column = None

    @property
    def _innermost(self) -> _Table | None:
        return self._open[-1] if self._open and not self._beyond else None
