"""The properties of a message, a recipient or an attachment (MS-OXMSG, 2.1 and 2.4), out of their streams and back.

What counts is what is there: a stream without an entry is a property too, since there are programs that show it.
"""

import re
import struct
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.compound.tree import Storage

STREAM: Final = "__properties_version1.0"
INT16, INT32, FLOAT, DOUBLE, CURRENCY, DATE, ERROR, BOOLEAN = 2, 3, 4, 5, 6, 7, 0xA, 0xB
OBJECT, INT64, STRING8, STRING, TIME, GUID, BINARY = 0xD, 0x14, 0x1E, 0x1F, 0x40, 0x48, 0x102
MANY: Final = 0x1000
"""In a type: several values."""
FIXED: Final = {INT16: 2, INT32: 4, FLOAT: 4, DOUBLE: 8, CURRENCY: 8, DATE: 8, ERROR: 4, BOOLEAN: 2, INT64: 8, TIME: 8}
"""Types of a length in bytes."""
STRINGS: Final = {STRING: b"\0\0", STRING8: b"\0"}
"""Types of texts, and what ends one."""
READABLE: Final = 6  # and writable
_FLAGS: Final = 7
_ENTRY: Final = struct.Struct("<2I8s")
_STREAM: Final = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})(?:-([0-9A-F]{8}))?", re.I)


@dataclass(slots=True)
class Property:
    """One property. `value` is a number, as many bytes as it has, or a stream; `values` are the streams of several
    texts; `storage` is an object's."""

    number: int
    type: int
    flags: int = READABLE
    value: bytes = field(default=b"", repr=False)
    values: list[bytes] | None = field(default=None, repr=False)
    storage: Storage | None = field(default=None, repr=False)

    @property
    def tag(self) -> int:
        return self.number << 16 | self.type

    def integer(self) -> int:
        return int.from_bytes(self.value, "little", signed=True)


Bag = dict[int, Property]
"""Properties by their tags."""


def bag_of(storage: Storage, head: int) -> Bag:
    """All properties; `head` is how many bytes of the stream come before the first entry."""
    bag: Bag = {}
    raw = storage.stream(STREAM)
    flags: dict[int, int] = {}
    for at in range(head, len(raw) - _ENTRY.size + 1, _ENTRY.size):
        tag, flag, value = _ENTRY.unpack_from(raw, at)
        flags[tag] = flag & _FLAGS
        if length := FIXED.get(tag & 0xFFFF):
            bag[tag] = Property(tag >> 16, tag & 0xFFFF, flag & _FLAGS, value[:length])
    for name in sorted(storage.entries):
        found = _STREAM.fullmatch(name)
        if found and int(found[2], 16) not in FIXED:
            _add(bag, storage, name, found)
    for tag, each in bag.items():
        each.flags = flags.get(tag, READABLE)
    return bag


def _add(bag: Bag, storage: Storage, name: str, found: "re.Match[str]") -> None:
    """One stream or storage; what is not as its type has it is none of a property."""
    number, kind = int(found[1], 16), int(found[2], 16)
    content = storage.entries[name]
    has_several = bool(kind & MANY) and kind & ~MANY in STRINGS
    if isinstance(content, Storage) != (kind == OBJECT) or (found[3] and not has_several):
        return
    each = bag.setdefault(number << 16 | kind, Property(number, kind))
    if isinstance(content, Storage):
        each.storage = content
    elif not has_several:
        each.value = content
    else:
        each.values = each.values or []
        if found[3]:
            each.values.append(content)


def written(bag: Bag, head: bytes, storage: Storage) -> None:
    """Put the properties into a storage."""
    entries = [head]
    for tag in sorted(bag):
        each = bag[tag]
        name = f"__substg1.0_{tag:08X}"
        if each.type in FIXED:
            entries.append(_ENTRY.pack(tag, each.flags, each.value.ljust(8, b"\0")))
            continue
        size, reserved = len(each.value) + len(STRINGS.get(each.type, b"")), 0
        if each.storage is not None:
            size, reserved = 0xFFFFFFFF, 1
            storage.entries[name] = each.storage
        elif each.values is not None:
            size = 4 * len(each.values)
            _write_many(each, name, storage)
        else:
            storage.entries[name] = each.value
        entries.append(_ENTRY.pack(tag, each.flags, struct.pack("<2I", size, reserved)))
    storage.entries[STREAM] = b"".join(entries)


def _write_many(each: Property, name: str, storage: Storage) -> None:
    """Several texts, each with what ends it, and their lengths (MS-OXMSG, 2.1.4.1)."""
    values = [value + STRINGS[each.type & ~MANY] for value in each.values or ()]
    storage.entries[name] = struct.pack(f"<{len(values)}I", *map(len, values))
    storage.entries |= {f"{name}-{i:08X}": value for i, value in enumerate(values)}
