"""Tables as grids: which column a cell is in (HTML, 4.9.12; ECMA-376 part 1, 17.4; ISO/IEC 26300-3, 9.1)."""

from dataclasses import dataclass, field
from typing import Final

_WIDEST: Final = 1_000
"""Columns that one cell may take, as in HTML (4.9.11)."""
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
    _count: int = 0

    @property
    def column(self) -> tuple[int, int] | None:
        """The number of the innermost table and of the column of its cell that is open."""
        if not self._open or self._open[-1].column is None:
            return None
        return self._open[-1].number, self._open[-1].column

    def table(self) -> None:
        """A table begins."""
        self._count += 1
        self._open.append(_Table(self._count))

    def end_table(self) -> None:
        """It ends."""
        if self._open:
            self._open.pop()

    def row(self) -> None:
        """A row begins."""
        for table in self._open[-1:]:
            table.row, table.next, table.column = table.row + 1, 0, None

    def cell(self, width: int = 1, height: int = 1) -> None:
        """A cell begins, of so many columns and rows."""
        for table in self._open[-1:]:
            while table.last.get(table.next, 0) >= table.row > 0:
                table.next += 1
            table.column = table.next
            self.widen(width)
            for column in range(table.column, min(table.next, _REACHING) if height > 1 else 0):
                table.last[column] = table.row + height - 1

    def widen(self, width: int) -> None:
        """The cell that is open has so many columns; so many are left out before the first cell of a row."""
        for table in self._open[-1:]:
            table.next = (table.column or 0) + min(max(width, 0), _WIDEST)

    def end_cell(self) -> None:
        """The cell ends."""
        for table in self._open[-1:]:
            table.column = None
