"""What the head of a table says of its cells: the names of a cell's column and row; and which column that is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.grids import Grid
from expunct_server.redaction.formats.headings import Following, Names, completed

_TALLEST: Final = 65_534
"""Rows that a cell may have (HTML, 4.9.11)."""
_LONGEST: Final = 200  # code points of a cell that may name others


@dataclass(slots=True)
class _Table:
    heads: dict[int, str] = field(default_factory=dict)
    row: list[str] = field(default_factory=list)  # heads of the row so far
    column: int = -1
    has_cells: bool = False
    cell: str = ""
    cells: Following = field(default_factory=Following)


@dataclass(slots=True)
class Tables:
    """Follows tags. A row of heads alone names the columns, a head beside cells its row; `dt` names its `dd`."""

    _open: list[_Table] = field(default_factory=list)
    _term: list[str] = field(default_factory=list)
    _in: str = ""

    def names(self, text: str) -> Names:
        """Those of a text that comes next."""
        if self._in == "dd":
            return tuple(filter(None, (" ".join("".join(self._term).split()),)))
        if self._in != "td" or not self._open:
            return ()
        table = self._open[-1]
        head = table.heads.get(table.column, "")
        return (*filter(None, (*table.row[-1:], head)),) if table.row else table.cells.names(text.strip(), head)

    def said(self, text: str) -> None:
        """A text at this place."""
        if self._in in ("td", "th") and self._open:
            table = self._open[-1]
            table.cell += text[: _LONGEST - len(table.cell)]
        elif self._in == "dt":
            self._term.append(text[:_LONGEST])

    def tag(self, name: str, *, opening: bool) -> None:
        """A tag of a block element."""
        if name == "table":
            self._table(opening=opening)
        elif name in ("dt", "dd"):
            self._in = name if opening else ""
            if name == "dt" and opening:
                self._term = []
        elif self._open and name in ("tr", "td", "th"):
            self._end_cell()
            if opening and name == "tr":
                self._end_row()
            elif opening:
                self._cell(name)

    def _table(self, *, opening: bool) -> None:
        self._in = ""
        if opening and len(self._open) < 100:
            self._open.append(_Table())
        elif not opening and self._open:
            self._open.pop()

    def _cell(self, name: str) -> None:
        table = self._open[-1]
        table.column += 1
        table.cell = ""
        table.has_cells |= name == "td"
        self._in = name

    def _end_cell(self) -> None:
        table = self._open[-1]
        said = " ".join(table.cell.split())
        if self._in in ("td", "th"):
            table.cells.end_cell(said)
        if self._in == "th":
            table.row.append(said)
            if not table.has_cells:
                table.heads[table.column] = said
        self._in = ""

    def _end_row(self) -> None:
        table = self._open[-1]
        if table.has_cells and table.row and len(table.row) == 1:
            table.heads.pop(0, None)  # it was the head of a row
        if not table.has_cells:
            table.heads = dict(zip(table.heads, completed(table.heads.values()), strict=True))
        table.row, table.column, table.has_cells = [], -1, False
        table.cells.end_row()


def follow(grid: Grid, name: str, *, opening: bool, attribute: Callable[[str], str | None]) -> None:
    """A tag in a grid of HTML."""
    if name == "table":
        (grid.table if opening else grid.end_table)()
    elif name == "tr" and opening:
        grid.row()
    elif name in ("td", "th") and opening:
        grid.cell(_span(attribute("colspan")) or 1, min(_span(attribute("rowspan")), _TALLEST) or _TALLEST)
    elif name in ("td", "th", "tr"):
        grid.end_cell()


def _span(value: str | None) -> int:
    said = "1" if value is None else value.strip()
    return int(said) if said.isdecimal() and len(said) < 9 else 1
