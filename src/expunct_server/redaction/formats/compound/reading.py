"""A compound file as a tree (MS-CFB). Nothing is believed: no sector belongs to two chains, no entry to two storages,
so that whatever is read is never more than the file has."""

import struct
from typing import Final, NamedTuple

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.compound.tree import (
    CUTOFF,
    END,
    ENTRY,
    FIRST,
    HEADER,
    MINI,
    NOTHING,
    ROOT,
    SIGNATURE,
    STORAGE,
    STREAM,
    Storage,
)

_VERSIONS: Final = {3: 9, 4: 12}  # the size of a sector, as a power of two
_ORDER: Final = 0xFFFE
_DEEPEST: Final = 200
_DAMAGED: Final = ("unreadable", "The compound file is damaged or cut off: open it, save it again, send that.")


class _Entry(NamedTuple):
    name: str
    kind: int
    left: int
    right: int
    child: int
    identifier: bytes
    start: int
    size: int


def tree(data: bytes) -> Storage:
    """What is in the file. Raises DocumentError."""
    try:
        return _Reader(data).tree()
    except (struct.error, IndexError):
        raise damaged() from None


def damaged() -> DocumentError:
    return DocumentError(*_DAMAGED)


class _Sectors:
    """Sectors of one size, chained by a table; each is taken once."""

    def __init__(self, data: bytes, size: int) -> None:
        self.table: tuple[int, ...] = ()
        self._data, self._size = data, size
        self._taken = bytearray(-(-len(data) // size))

    def one(self, number: int) -> bytes:
        """A sector, which then belongs to somebody."""
        if number >= len(self._taken) or self._taken[number]:
            raise damaged()
        self._taken[number] = 1
        return self._data[number * self._size : (number + 1) * self._size].ljust(self._size, b"\0")

    def chain(self, start: int, length: int | None = None) -> bytes:
        """The bytes of a chain: all, or so many, which it must have."""
        parts = []
        missing = len(self._data) + self._size if length is None else length
        while start != END and missing > 0:
            parts.append(self.one(start))
            missing -= self._size
            start = self.table[start]
        whole = b"".join(parts)
        if length is not None and len(whole) < length:
            raise damaged()
        return whole if length is None else whole[:length]


class _Reader:
    def __init__(self, data: bytes) -> None:
        signature, _, _, self._major, order, shift, mini_shift, *_ = head = HEADER.unpack_from(data)
        directory, _, cutoff, first_mini, _, more, _ = head[10:]
        if signature != SIGNATURE or (order, mini_shift, cutoff) != (_ORDER, 6, CUTOFF):
            raise damaged()
        if _VERSIONS.get(self._major) != shift:
            raise damaged()
        self._sectors = _Sectors(data[1 << shift :], 1 << shift)
        self._sectors.table = self._fat(struct.unpack_from(f"<{FIRST}I", data, HEADER.size), more)
        self._entries = self._directory(directory)
        root = self._entries[0]
        if root.kind != ROOT:
            raise damaged()
        self._mini = _Sectors(self._sectors.chain(root.start, root.size) if root.size else b"", MINI)
        self._mini.table = () if first_mini in (END, NOTHING) else _numbers(self._sectors.chain(first_mini))

    def _fat(self, first: tuple[int, ...], following: int) -> tuple[int, ...]:
        """The FAT, from its sectors, whose numbers are in the header and in a chain of sectors of their own."""
        places = list(first)
        while following not in (END, NOTHING):
            *more, following = _numbers(self._sectors.one(following))
            places += more
        parts = [self._sectors.one(each) for each in places if each not in (NOTHING, END)]
        return _numbers(b"".join(parts))

    def _directory(self, start: int) -> list[_Entry]:
        raw = self._sectors.chain(start)
        return [self._entry(raw, at) for at in range(0, len(raw), ENTRY.size)]

    def _entry(self, raw: bytes, at: int) -> _Entry:
        name, length, kind, _, left, right, child, identifier, *_, start, size = ENTRY.unpack_from(raw, at)
        said = name[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
        if self._major == 3:
            size &= 0xFFFFFFFF  # MS-CFB, 2.6.1: what older programs left above that means nothing
        return _Entry(said, kind, left, right, child, identifier, start, size)

    # --- the tree ---

    def tree(self) -> Storage:
        """Storage by storage; each entry is met once."""
        root = Storage(kind=self._entries[0].identifier)
        met = bytearray(len(self._entries))
        met[0] = 1
        pending = [(root, self._entries[0].child, 0)]
        while pending:
            storage, child, depth = pending.pop()
            if depth > _DEEPEST:
                raise damaged()
            for entry in self._siblings(child, met):
                if entry.name in storage.entries:
                    raise damaged()
                if entry.kind == STREAM:
                    storage.entries[entry.name] = self._stream(entry)
                elif entry.kind == STORAGE:
                    inner = storage.entries[entry.name] = Storage(kind=entry.identifier)
                    pending.append((inner, entry.child, depth + 1))
                else:
                    raise damaged()
        return root

    def _siblings(self, top: int, met: bytearray) -> list[_Entry]:
        """All entries of one storage, in whatever order their tree has them."""
        found = []
        pending = [top]
        while pending:
            number = pending.pop()
            if number == NOTHING:
                continue
            if met[number]:
                raise damaged()
            met[number] = 1
            entry = self._entries[number]
            found.append(entry)
            pending += [entry.left, entry.right]
        return found

    def _stream(self, entry: _Entry) -> bytes:
        if not entry.size:
            return b""
        return (self._mini if entry.size < CUTOFF else self._sectors).chain(entry.start, entry.size)


def _numbers(raw: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])
