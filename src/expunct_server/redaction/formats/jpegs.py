"""JPEG files by their segments, and without all that is not their picture (ITU-T T.81, annex B).

Where a scan ends only a decoder can tell: what looks like text in it goes if the picture is the same without it.
"""

import hashlib
import io
import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from PIL import Image

_PRINTED: Final = re.compile(rb"[\x20-\x7e]{20,}|[A-Za-z0-9@.,_+ -]{16,}")  # in random bytes once in 400 million
_READABLE: Final = re.compile(rb"[\x20-\x7e]{6,}")
_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_SHORT: Final = 3  # letters: a tail that says nothing
_MOST_TRIES: Final = 100
_FRAMES: Final = frozenset(f"SOF{number}" for number in (0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15))


class Block(NamedTuple):
    """A chunk or segment: its name, all its bytes with those that frame it, and what is in it."""

    name: str
    whole: bytes
    inside: bytes


_ALONE: Final = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_NAMES: Final = {0xC4: "DHT", 0xDB: "DQT", 0xDA: "SOS", 0xDD: "DRI", 0xFE: "COM", 0xD9: "EOI", 0xD8: "SOI"} | {
    0xE0 + number: f"APP{number}" for number in range(16)
}


def blocks(data: bytes) -> Iterator[Block]:
    """All segments, what is between them, and whatever comes after the end. A scan is one, without its head (SOS)."""
    at = 0
    while at + 2 <= len(data):
        if data[at] != 0xFF or data[at + 1] in (0x00, 0xFF):
            start, at = at, _next_marker(data, at + 1)
            yield Block("between", data[start:at], data[start:at])
            continue
        code = data[at + 1]
        name = _NAMES.get(code, f"SOF{code - 0xC0}" if 0xC0 <= code <= 0xCF else f"{code:02X}")
        if code in _ALONE or code == 0xD9:
            yield Block(name, data[at : at + 2], b"")
            at += 2
        else:
            end = min(at + 2 + max(int.from_bytes(data[at + 2 : at + 4], "big"), 2), len(data))
            yield Block(name, data[at:end], data[at + 4 : end])
            at = end
        if name == "SOS":
            start, at = at, _scan_end(data, at)
            yield Block("scan", data[start:at], data[start:at])
        elif name == "EOI":
            break
    yield Block("after", data[at:], data[at:])


def _next_marker(data: bytes, at: int) -> int:
    found = data.find(b"\xff", at)
    return found if found >= 0 else len(data)


def _scan_end(data: bytes, at: int) -> int:
    """Where the first marker is that is neither a stuffed byte nor a restart."""
    while (at := _next_marker(data, at)) + 1 < len(data):
        if data[at + 1] and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2
    return len(data)


# --- without all else -------------------------------------------------------------------------------------------------


def bare(data: bytes, orientation: int = 1) -> bytes | None:
    """The same compressed pixels, with the tables that they need and how their colours are meant; None for what is
    damaged or has frames in each other. That the picture is the same is for the caller to see."""
    made = _Bare()
    try:
        parts = [part for block in blocks(data) for part in made.kept(block)]
    except (struct.error, IndexError):
        return None
    if made.frames != 1:
        return None
    if orientation != 1:
        parts.insert(0, _segment(0xE1, _exif(orientation)))
    return b"".join(_without_tails([_SOI, *parts, _EOI]))


def is_said_among_pixels(data: bytes) -> bool:
    """Whether there is text inside of what is compressed, where no decoder stumbles over it."""
    return any(each.name == "scan" and _PRINTED.search(each.inside) for each in blocks(data))


@dataclass(slots=True)
class _Bare:
    """Tables wait until a scan uses them: those that none does, and those that others replace before, never come."""

    frames: int = 0
    _quantizing: dict[int, bytes] = field(default_factory=dict)
    _huffman: dict[int, bytes] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)  # tables that the frame's components are quantized by

    def kept(self, block: Block) -> Iterator[bytes]:
        name, inside = block.name, block.inside
        if name == "DQT":
            self._quantizing.update(_quantizing_tables(inside))
        elif name == "DHT":
            self._huffman.update(_huffman_tables(inside))
        elif name in _FRAMES:
            self.frames += 1
            count = inside[5]
            self._used = set(inside[8 : 6 + 3 * count : 3])
            yield _segment(block.whole[1], inside[: 6 + 3 * count])
        elif name == "SOS":
            yield from self._tables(inside)
            yield _segment(0xDA, inside[: 4 + 2 * inside[0]])
        elif name == "DRI":
            yield _segment(0xDD, inside[:2])
        elif name == "scan" or name == "SOF12":  # the latter is how arithmetic coding is conditioned
            yield block.whole
        elif name == "APP0" and inside.startswith(b"JFIF\0") and len(inside) >= 12:
            yield _segment(0xE0, inside[:12] + b"\0\0")  # without its small picture
        elif name == "APP14" and inside.startswith(b"Adobe") and len(inside) >= 12:
            yield _segment(0xEE, b"Adobe\0\x64\0\0\0\0" + inside[11:12])  # how its colours are meant

    def _tables(self, scan: bytes) -> Iterator[bytes]:
        """Those that a scan needs and that are not written yet, by its head (B.2.3)."""
        count = scan[0]
        first, last = scan[1 + 2 * count], scan[2 + 2 * count]
        for number in sorted(self._used & self._quantizing.keys()):
            yield _segment(0xDB, self._quantizing.pop(number))
        chosen = scan[2 : 1 + 2 * count : 2]
        wanted = {each >> 4 for each in chosen if first == 0} | {0x10 | each & 15 for each in chosen if last > 0}
        for number in sorted(wanted & self._huffman.keys()):
            yield _segment(0xC4, self._huffman.pop(number))


def _quantizing_tables(inside: bytes) -> Iterator[tuple[int, bytes]]:
    """By their numbers (B.2.4.1)."""
    at = 0
    while at < len(inside):
        size = 65 + 64 * (inside[at] >> 4 > 0)
        yield inside[at] & 15, inside[at : at + size]
        at += size


def _huffman_tables(inside: bytes) -> Iterator[tuple[int, bytes]]:
    """By their classes and numbers (B.2.4.2)."""
    at = 0
    while at + 17 <= len(inside):
        size = 17 + sum(inside[at + 1 : at + 17])
        yield inside[at], inside[at : at + size]
        at += size


def _segment(code: int, inside: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(inside) + 2) + inside


def _exif(orientation: int) -> bytes:
    """Exif (2.32, section 4.5) that says which side is up, and nothing else."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


# --- tails ------------------------------------------------------------------------------------------------------------


def _without_tails(parts: list[bytes]) -> list[bytes]:
    """Without readable bytes at the ends of scans that no decoder asks for."""
    pixels: bytes | None = None
    tries = 0
    for i, part in enumerate(parts):
        if not i or not parts[i - 1].startswith(b"\xff\xda"):
            continue
        for match in reversed(list(_READABLE.finditer(part))):
            pixels = pixels or _pixels(parts)
            cut = part[: match.start() + _SHORT]
            tries += 1
            if tries > _MOST_TRIES or _pixels([*parts[:i], cut, *parts[i + 1 :]]) != pixels:
                break
            parts[i] = cut
    return parts


def _pixels(parts: Sequence[bytes]) -> bytes:
    """A fingerprint of what is shown; nothing for what is damaged."""
    with suppress(OSError, ValueError, SyntaxError), Image.open(io.BytesIO(b"".join(parts))) as image:
        return hashlib.blake2b(image.tobytes()).digest()
    return b""
