"""What a compound file holds, and what its parts have in common."""

import struct
from dataclasses import dataclass, field
from typing import Final

SIGNATURE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HEADER: Final = struct.Struct("<8s16s5H6s9I")
"""MS-CFB, 2.2, without the first 109 numbers of sectors of the FAT, which follow."""
FIRST: Final = 109
ENTRY: Final = struct.Struct("<64sH2B3I16sI2QIQ")
"""An entry of the directory (MS-CFB, 2.6.1): 128 bytes."""
NOTHING: Final = 0xFFFFFFFF
"""A free sector, or no entry."""
END: Final = 0xFFFFFFFE
"""The end of a chain."""
SECTOR_OF_FAT: Final = 0xFFFFFFFD
SECTOR_OF_DIFAT: Final = 0xFFFFFFFC
STORAGE, STREAM, ROOT = 1, 2, 5
"""Kinds of entries."""
MINI: Final = 64
"""Bytes of a sector of the mini stream."""
CUTOFF: Final = 4_096
"""Bytes from which on a stream has sectors of its own."""
LONGEST: Final = 31
"""Code units of UTF-16 of a name."""
_LAST: Final = 0xFFFF


@dataclass(slots=True)
class Storage:
    """What is in it, by name: bytes for a stream. `kind` is its class identifier (MS-CFB, 2.6.1)."""

    entries: dict[str, "bytes | Storage"] = field(default_factory=dict, repr=False)
    kind: bytes = bytes(16)

    def stream(self, name: str) -> bytes:
        """The bytes of a stream, none where there is none of the name."""
        found = self.entries.get(name)
        return found if isinstance(found, bytes) else b""

    def storages(self) -> dict[str, "Storage"]:
        return {name: each for name, each in self.entries.items() if isinstance(each, Storage)}


def order(name: str) -> tuple[int, list[int]]:
    """By what names are ordered in the directory: length, then code units in upper case (MS-CFB, 2.6.4)."""
    units = [_upper(each) for each in struct.unpack(f"<{len(raw(name)) // 2}H", raw(name))]
    return len(units), units


def raw(name: str) -> bytes:
    return name.encode("utf-16-le", "surrogatepass")


def _upper(unit: int) -> int:
    """Simple case conversion of Unicode, code unit by code unit; surrogates stay."""
    if 0xD800 <= unit <= 0xDFFF:
        return unit
    upper = chr(unit).upper()
    return ord(upper) if len(upper) == 1 and ord(upper) <= _LAST else unit
