"""CSV and TSV: row by row; delimiters, quotes, ragged rows and line ends stay as they are, formulas are data."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any, Final

from expunct_server.redaction import hints
from expunct_server.redaction.formats import encoding
from expunct_server.redaction.formats.common import DocumentError, Job, Summary
from expunct_server.redaction.formats.delimiters import delimiter_of
from expunct_server.redaction.formats.headings import (
    MOST_ROWS,
    TABLE,
    Kind,
    Names,
    completed,
    is_usual,
    kind_of,
    names_in_row,
)
from expunct_server.redaction.formats.isolated.forms import Redacted, Text
from expunct_server.redaction.formats.slots import Slots

MAX_ROW: Final = 8 * 1024 * 1024
"""Code points of one row."""
MAX_QUOTED: Final = 1024 * 1024
"""Code points after which a quote that has not been closed is taken for a character of the cell."""
_HEAD: Final = 16_384

_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:[_.\-][a-z0-9]+)*|[a-z]+(?:[A-Z][a-z0-9]*)+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_SPACED = re.compile(r"[a-z][a-z0-9]*(?: [a-z0-9]+){1,3}")
_DATA = re.compile(r"@|://|^\W*[0-9]")
_SHOWN = re.compile(r"[\w .\-]{1,40}")


@dataclass(frozen=True, slots=True)
class Row:
    """Cells as they stand in the file, and what ends the row: a line end, or nothing at the end of the file."""

    cells: list[str] = field(repr=False)
    end: str


@dataclass(slots=True)
class Columns:
    """Names of the columns for context, and what locations call them.

    Locations are kept where no text of a document is: they show usual names alone, and none that held a finding.
    """

    names: list[str] = field(default_factory=list, repr=False)
    shown: list[str] = field(default_factory=list, repr=False)
    kind: Kind = TABLE

    def of(self, row: Row, *, is_first: bool) -> list[Names]:
        """What the cells of a row are called."""
        return names_in_row(list(map(value_of, row.cells)), self.names, self.kind, is_first=is_first)

    def location(self, row: int, index: int) -> str:
        shown = self.shown[index] if index < len(self.shown) else ""
        return f"row {row}, column {shown or index + 1}"

    def hide(self, index: int, redacted: Redacted) -> None:
        if redacted.edits:
            self.shown[index] = ""


def redact(job: Job) -> Summary:
    """Findings have offsets in the cell's value, without quotes; `location` counts rows from 1, the header included."""
    used = encoding.of(job.source)
    head = next(encoding.decoded(job.source, used, _HEAD), "")
    delimiter = delimiter_of(head, "\t" if job.media_type == "text/tab-separated-values" else ",")
    slots = Slots(encoding.writer(job.target, used), job, lambda _: job.progress(job.source.tell()))
    first = islice(rows(io.StringIO(head, newline="").read, delimiter), MOST_ROWS)
    columns = Columns(kind=kind_of([list(map(value_of, row.cells)) for row in first]))
    for number, row in enumerate(rows(encoding.reader(job.source, used), delimiter), start=1):
        heads = number == 1 and is_header([value_of(c) for c in row.cells])
        if heads:
            columns = replace(columns_of(row), kind=columns.kind)
        _add_row(slots, row, number, columns, delimiter, heads=heads)
    slots.flush()
    return job.tally.summary(job.media_type, used.name, job.plan)


def rows(read: Callable[[int], str], delimiter: str) -> Iterator[Row]:
    """The rows of a file; joined by the delimiter and with their ends they are the file."""
    cell = _cell_expression(delimiter)
    buffer, position, ended = "", 0, False
    while True:
        found = _row(cell, buffer, position, delimiter, ended) if position < len(buffer) else None
        if found:
            row, position = found
            yield row
        elif ended:
            return
        else:
            buffer, position = buffer[position:], 0
            if len(buffer) > MAX_ROW:
                raise DocumentError("too_large", f"A row may have {MAX_ROW:,} characters.")
            more = read(max(encoding.CHUNK, len(buffer)))
            buffer, ended = buffer + more, not more


def is_header(values: Sequence[str]) -> bool:
    """Whether a first row names its columns.

    At least half of its cells must look like names of columns, one of them made of words that such names usually have,
    and most where some cell could be a person or a place; or else all are identifiers. Cells that begin as numbers do,
    addresses and long texts are never above a table.
    """
    names = [name for value in values if (name := value.strip())]
    if not names or any(_DATA.search(name) or len(name) > hints.MAX_NAME for name in names):
        return False
    usual = sum(map(is_usual, names))
    alike = sum(is_usual(n) or _is_identifier(n) or _SPACED.fullmatch(n) is not None for n in names)
    if any(map(_is_name_like, names)):
        return usual * 2 > len(names)
    return (usual > 0 and alike * 2 >= len(names)) or all(map(_is_identifier, names))


def _is_identifier(name: str) -> bool:
    return _IDENTIFIER.fullmatch(name) is not None


def _is_name_like(name: str) -> bool:
    """Two capitalised words, as people, places and firms are written, that are no name of a column."""
    return sum(word.lstrip("\"'([")[:1].isupper() for word in name.split()) > 1 and not is_usual(name)


def value_of(raw: str) -> str:
    """What a cell holds: without its quotes, doubled quotes as one."""
    return raw[1:-1].replace('""', '"') if _is_quoted(raw) else raw


def columns_of(row: Row) -> Columns:
    names = [value_of(cell).strip() for cell in row.cells]
    return Columns(completed(names), [name if _SHOWN.fullmatch(name) and is_usual(name) else "" for name in names])


def _is_plain(name: str) -> bool:
    """Whether a cell of the header need not be read by models: nothing in it is written as a name would be."""
    return is_usual(name) or _is_identifier(name)


def _add_row(slots: Slots, row: Row, number: int, columns: Columns, delimiter: str, *, heads: bool) -> None:
    names = columns.of(row, is_first=number == 1)
    for index, raw in enumerate(row.cells):
        if index:
            slots.keep(delimiter)
        where = partial(columns.location, number, index)
        if heads:
            value = Text(value_of(raw), prose=not _is_plain(value_of(raw).strip()))
            slots.add(raw, value, _rewritten, where, partial(columns.hide, index))
        elif raw:
            slots.add(raw, Text(value_of(raw), names[index]), _rewritten, where)
    slots.keep(row.end)


def _rewritten(raw: str, redacted: Redacted) -> str:
    """The cell in the quotes it had. Renderings hold no quote, delimiter or line end, so none become needed."""
    if not _is_quoted(raw):
        return redacted.text
    return '"' + redacted.text.replace('"', '""') + '"'


def _is_quoted(raw: str) -> bool:
    return len(raw) > 1 and raw[0] == raw[-1] == '"' and '"' not in raw[1:-1].replace('""', "")


def _cell_expression(delimiter: str) -> re.Pattern[str]:
    """A quoted cell up to its delimiter or line end; or else everything up to there, quotes being characters."""
    stop = re.escape(delimiter) + r"\r\n"
    return re.compile(rf'("[^"]*+(?:""[^"]*+)*+"(?=[{stop}]|\Z))|[^{stop}]*+')


def _row(cell: Any, buffer: str, position: int, delimiter: str, ended: bool) -> tuple[Row, int] | None:
    """The row that begins at `position` and where the next one does; None when more text is needed to tell."""
    cells = []
    while True:
        match = cell.match(buffer, position)
        if not ended and _is_open(match, buffer):
            return None
        cells.append(match[0])
        position = match.end()
        if buffer[position : position + 1] != delimiter:
            break
        position += 1
    end = "\r\n" if buffer.startswith("\r\n", position) else buffer[position : position + 1]
    if end == "\r" and position + 1 == len(buffer) and not ended:
        return None
    return Row(cells, end), position + len(end)


def _is_open(match: Any, buffer: str) -> bool:
    """Whether more text could still change this cell."""
    if match.end() == len(buffer):
        return True
    opened = not match[1] and match[0].startswith('"')
    return bool(opened and len(buffer) - match.start() < MAX_QUOTED and _unclosed(buffer, match.start()))


def _unclosed(buffer: str, start: int) -> bool:
    """Whether the quote at `start` is still open at the end of the buffer."""
    closed = _CLOSED.match(buffer, start)
    return closed is None or closed.end() == len(buffer)


_CLOSED = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
