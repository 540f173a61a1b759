"""The names of the columns of tables in texts and slides: what the cells of their first rows say."""

from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.office.markup import Element

_LONGEST: Final = 80


@dataclass(slots=True)
class Heads:
    """Those of one part."""

    _columns: dict[Element, str] = field(default_factory=dict)
    """By cells."""

    def take(self, table: Element) -> None:
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

    def of(self, element: Element) -> tuple[str, ...]:
        """The name of the column that an element is in, if it has one."""
        if not self._columns:
            return ()
        for cell in element.iterancestors("{*}tc", "{*}table-cell"):
            name = self._columns.get(cell)
            return (name,) if name else ()
        return ()


def may_be_name(head: str) -> bool:
    """Whether the text of a cell in a first row can be the name of its column."""
    return 0 < len(head) <= _LONGEST and "@" not in head and not any(c.isdigit() for c in head)


def _table_of(row: Element) -> Element | None:
    return next(row.iterancestors("{*}tbl", "{*}table"), None)
