"""Results that are read in no process of their own when they are redacted: lines of text, rows of tables, JSON.

Their findings are counted in the whole text, in the values of cells, or in those of JSON; separators are shown as well.
"""

from collections.abc import Callable, Iterator
from pathlib import PurePath
from typing import BinaryIO, Final

from expunct_server.redaction.formats import encoding, jsons, tabular
from expunct_server.redaction.formats.delimiters import delimiter_of
from expunct_server.redaction.formats.tokens import NotJson, tokens
from expunct_server.redaction.formats.views.pieces import Piece
from expunct_server.redaction.formats.views.viewing import Viewing, files_in

_Part = tuple[str, int, str]
"""A place, where in the text of that place it begins, and what stands there."""
_FILE: Final = "a file in the text"
_HEAD: Final = 16_384


def redact(work: Viewing) -> None:
    """Show what is in `work.source`, by the suffix of its name. Raises DocumentError."""
    read = _READERS.get(PurePath(work.name or "").suffix, _text)
    files: list[tuple[bytes, str]] = []
    for piece in _lines(read(work.source)):
        if piece.caption is not None:  # only then the line before has ended
            _show(work, files)
            files = []
        work.show([piece])
        files += [(each.data, piece.place or _FILE) for each in files_in(piece.text)]
    _show(work, files)


def _show(work: Viewing, files: list[tuple[bytes, str]]) -> None:
    for data, place in files:
        work.inner("carried", data, place)


def _lines(parts: Iterator[_Part]) -> Iterator[Piece]:
    """Pieces that begin where lines do, and tell their number."""
    number, fresh = 1, True
    for place, begins, said in parts:
        start = begins
        for line in said.splitlines(keepends=True) or [""] * bool(place):  # what was dropped left a place
            text = line.rstrip("\r\n")
            yield Piece(place, text, start, "", f"line {number}" if fresh else None)
            start += len(line)
            fresh = text != line
            number += fresh


def _text(source: BinaryIO) -> Iterator[_Part]:
    """Whole lines, but of very long ones."""
    start, rest = 0, ""
    for chunk in encoding.decoded(source, encoding.of(source)):
        whole, end, rest = (rest + chunk).rpartition("\n")
        if len(rest) > encoding.CHUNK:
            whole, end, rest = whole + end + rest, "", ""
        yield "", start, whole + end
        start += len(whole + end)
    yield "", start, rest


def _table(source: BinaryIO) -> Iterator[_Part]:
    """Cells, and what is between them."""
    used = encoding.of(source)
    delimiter = delimiter_of(next(encoding.decoded(source, used, _HEAD), ""), ",")
    columns = tabular.Columns()
    for number, row in enumerate(tabular.rows(encoding.reader(source, used), delimiter), start=1):
        if number == 1 and tabular.is_header([tabular.value_of(cell) for cell in row.cells]):
            columns = tabular.columns_of(row)
        for index, raw in enumerate(row.cells):
            yield "", 0, delimiter if index else ""
            yield columns.location(number, index), -1 if raw.startswith('"') else 0, raw
        yield "", 0, row.end


def _document(source: BinaryIO) -> Iterator[_Part]:
    yield from _json("".join(encoding.decoded(source, encoding.of(source))), "")


def _documents(source: BinaryIO) -> Iterator[_Part]:
    for number, line in enumerate(jsons.lines(encoding.reader(source, encoding.of(source))), start=1):
        yield from _json(line, f"line {number} ")


def _json(text: str, prefix: str) -> Iterator[_Part]:
    """Keys, strings and numbers, and what is between them. What is not JSON is shown as it stands there."""
    position = 0
    try:
        for token in tokens(text):
            yield "", 0, text[position : token.start]
            raw = text[token.start : token.end]
            yield jsons.location(prefix, token.step), -1 if raw.startswith('"') else 0, raw
            position = token.end
    except NotJson:
        pass
    yield "", 0, text[position:]


_READERS: Final[dict[str, Callable[[BinaryIO], Iterator[_Part]]]] = {
    ".csv": _table,
    ".tsv": _table,
    ".json": _document,
    ".jsonl": _documents,
}
