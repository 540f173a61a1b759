"""The names of the cells of tables in texts and slides: what those of their first rows say, or labels beside them."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from expunct_server.redaction.formats.headings import Names, completed, kind_of, may_be_name, names_in_row
from expunct_server.redaction.formats.office.markup import Element

_MOST_TEXTS: Final = 50  # runs and the like of a cell; one with more is no name


@dataclass(slots=True)
class Heads:
    """Those of one part."""

    _names: dict[Element, Names] = field(default_factory=dict)
    """By cells."""

    def take(self, table: Element) -> None:
        """Take the first row of a table for the names of its columns, if its cells look like that; labels in its first
        column for those of what stands beside them."""
        rows = [row for row in table.iter("{*}tr", "{*}table-row") if _table_of(row) is table]
        cells = [list(row.iterchildren("{*}tc", "{*}table-cell")) for row in rows]
        said = [list(map(_said, row)) for row in cells]
        kind = kind_of(said)
        heads = completed(said[0]) if len(said) > 1 and all(map(may_be_name, said[0])) else []
        for number, (row, texts) in enumerate(zip(cells, said, strict=True)):
            names = names_in_row(texts, heads if number else [], kind, is_first=not number)
            self._names.update((cell, name) for cell, name in zip(row, names, strict=True) if name)

    def of(self, element: Element) -> Names:
        """What the cell is called that an element is in, if it is."""
        if not self._names:
            return ()
        for cell in element.iterancestors("{*}tc", "{*}table-cell"):
            return self._names.get(cell, ())
        return ()


def _said(cell: Element) -> str:
    """What a cell says, as far as it may be a name or label."""
    return " ".join("".join(islice(cell.itertext(), _MOST_TEXTS)).split())


def _table_of(row: Element) -> Element | None:
    return next(row.iterancestors("{*}tbl", "{*}table"), None)
