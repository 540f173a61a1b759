"""A tree as a compound file of version 3 (MS-CFB), the same for the same tree: nothing of another file is in it, and
what no stream needs is zero.

The directory comes first, its entries level by level, so that what a file is can be seen at its beginning. Then the
mini stream with its table, the other streams, and the FAT at the end.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.compound.tree import (
    CUTOFF,
    END,
    ENTRY,
    FIRST,
    HEADER,
    LONGEST,
    MINI,
    NOTHING,
    ROOT,
    SECTOR_OF_DIFAT,
    SECTOR_OF_FAT,
    SIGNATURE,
    STORAGE,
    STREAM,
    Storage,
    order,
    raw,
)

_SECTOR: Final = 512
_NUMBERS: Final = _SECTOR // 4
_RED, _BLACK = 0, 1
_FORBIDDEN: Final = frozenset("/\\:!")


@dataclass(slots=True)
class _Entry:
    """An entry of the directory on its way. `left`, `right` and `child` are numbers of others."""

    name: str
    content: bytes | Storage = field(repr=False)
    kind: int
    colour: int = _BLACK
    left: int = NOTHING
    right: int = NOTHING
    child: int = NOTHING
    start: int = END
    size: int = 0

    def __bytes__(self) -> bytes:
        name = raw(self.name) + b"\0\0"
        identifier = self.content.kind if isinstance(self.content, Storage) else bytes(16)
        return ENTRY.pack(
            name, len(name), self.kind, self.colour, self.left, self.right, self.child, identifier, 0, 0, 0,
            0 if self.kind == STORAGE else self.start, self.size,
        )  # fmt: skip


def written(root: Storage) -> bytes:
    """The file. Names have at most 31 code units, none of `/\\:!`. Raises ValueError for others."""
    entries = _directory(root)
    mini = b"".join(_padded(data, MINI) for _, data in _streams(entries, small=True))
    body = _Body()
    directory = body.reserve(-(-len(entries) * ENTRY.size // _SECTOR))
    first_mini = body.add(_mini_table(entries))
    entries[0].start, entries[0].size = body.add(mini), len(mini)
    for entry, data in _streams(entries, small=False):
        entry.start, entry.size = body.add(data), len(data)
    empty = ENTRY.pack(b"", 0, 0, 0, NOTHING, NOTHING, NOTHING, bytes(16), 0, 0, 0, 0, 0)
    said = b"".join(bytes(entry) for entry in entries)
    body.parts[0] = said + empty * (-len(entries) % (_SECTOR // ENTRY.size))
    return body.finished(directory, first_mini)


# --- the directory ----------------------------------------------------------------------------------------------------


def _directory(root: Storage) -> list[_Entry]:
    """All entries, level by level, in the order of their names."""
    entries = [_Entry("Root Entry", root, ROOT)]
    at = 0
    while at < len(entries):
        content = entries[at].content
        if isinstance(content, Storage):
            names = sorted(content.entries, key=order)
            first = len(entries)
            entries += [_entry(name, content.entries[name]) for name in names]
            entries[at].child = _balanced(entries, first, len(entries))
        at += 1
    return entries


def _entry(name: str, content: bytes | Storage) -> _Entry:
    if not 0 < len(raw(name)) // 2 <= LONGEST or _FORBIDDEN & set(name):
        raise ValueError("no name of an entry")
    return _Entry(name, content, STORAGE if isinstance(content, Storage) else STREAM)


def _balanced(entries: list[_Entry], first: int, stop: int) -> int:
    """Make the entries from `first` to `stop` a red-black tree (MS-CFB, 2.6.4); its top.

    Halved again and again, it has all its missing entries on two levels: with the lowest level red unless that is full,
    every way down passes as many black ones, and no red one is below another.
    """
    lowest = (stop - first).bit_length() - 1
    has_red = (stop - first + 1).bit_count() > 1

    def top(low: int, high: int, level: int) -> int:
        if low == high:
            return NOTHING
        middle = (low + high) // 2
        entries[middle].colour = _RED if has_red and level == lowest else _BLACK
        entries[middle].left, entries[middle].right = top(low, middle, level + 1), top(middle + 1, high, level + 1)
        return middle

    return top(first, stop, 0)


def _streams(entries: list[_Entry], *, small: bool) -> Iterator[tuple[_Entry, bytes]]:
    """Those that are in the mini stream, or those that are not; none that is empty."""
    for entry in entries:
        data = entry.content
        if isinstance(data, bytes) and data and (len(data) < CUTOFF) == small:
            yield entry, data


# --- sectors ----------------------------------------------------------------------------------------------------------


def _mini_table(entries: list[_Entry]) -> bytes:
    """The FAT of the mini stream; the streams in it get their places."""
    table: list[int] = []
    for entry, data in _streams(entries, small=True):
        entry.start, entry.size = len(table), len(data)
        table += _chain(len(table), -(-len(data) // MINI))
    table += [NOTHING] * (-len(table) % _NUMBERS)
    return _packed(table)


class _Body:
    """The sectors behind the header, and their table."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._table: list[int] = []

    def reserve(self, count: int) -> int:
        """So many sectors in a chain, to be filled later; the first."""
        start = len(self._table)
        self._table += _chain(start, count)
        self.parts.append(b"")
        return start

    def add(self, data: bytes) -> int:
        """A chain of sectors with this; its first, or the end of a chain for nothing."""
        if not data:
            return END
        start = self.reserve(-(-len(data) // _SECTOR))
        self.parts[-1] = _padded(data, _SECTOR)
        return start

    def finished(self, directory: int, first_mini: int) -> bytes:
        """The file, with the FAT and the sectors that say where the FAT is."""
        used = len(self._table)
        fats, difats = _table_sizes(used)
        places = list(range(used, used + fats))
        self._table += [SECTOR_OF_FAT] * fats + [SECTOR_OF_DIFAT] * difats
        self._table += [NOTHING] * (-len(self._table) % _NUMBERS)
        more = self._difat(places[FIRST:], used + fats, difats)
        minis = self._length(first_mini)
        first_difat = used + fats if difats else END
        header = HEADER.pack(
            SIGNATURE, bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6), 0, fats, directory, 0, CUTOFF, first_mini, minis,
            first_difat, difats,
        )  # fmt: skip
        head = _packed(places[:FIRST] + [NOTHING] * (FIRST - len(places)))
        return b"".join([header, head, *self.parts, _packed(self._table), *more])

    def _difat(self, places: list[int], start: int, count: int) -> Iterator[bytes]:
        """The sectors for what is not in the header; each ends with the number of the next."""
        step = _NUMBERS - 1
        for i in range(count):
            held = places[i * step : (i + 1) * step]
            following = start + i + 1 if i + 1 < count else END
            yield _packed([*held, *[NOTHING] * (step - len(held)), following])

    def _length(self, start: int) -> int:
        count = 0
        while start != END:
            count, start = count + 1, self._table[start]
        return count


def _table_sizes(used: int) -> tuple[int, int]:
    """Sectors that the FAT takes, and those that say where it is, which are in the FAT too."""
    fats = difats = 0
    while True:
        needed = -(-(used + fats + difats) // _NUMBERS)
        more = max(0, -(-(needed - FIRST) // (_NUMBERS - 1)))
        if (needed, more) == (fats, difats):
            return fats, difats
        fats, difats = needed, more


def _chain(start: int, count: int) -> list[int]:
    """The numbers in the table for sectors one after the other."""
    return [*range(start + 1, start + count), END]


def _packed(numbers: list[int]) -> bytes:
    return struct.pack(f"<{len(numbers)}I", *numbers)


def _padded(data: bytes, size: int) -> bytes:
    return data + bytes(-len(data) % size)
