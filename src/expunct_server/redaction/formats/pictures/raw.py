"""The bytes of picture files, read by their own rules and by no library: what is not pixels is what may say something.

PNG: ISO/IEC 15948. JPEG: ITU-T T.81. WebP: RFC 9649. GIF: GIF89a. TIFF: revision 6.0. BMP has no blocks.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from typing import Final

from expunct_server.redaction.formats import jpegs, noise
from expunct_server.redaction.formats.jpegs import Block

PNG: Final = b"\x89PNG\r\n\x1a\n"
JPEG: Final = b"\xff\xd8"
_MOST_INFLATED: Final = 16 << 20
_MOST_ENTRIES: Final = 100_000
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_CODED: Final = ("scan", "DHT", "DQT", "VP8 ", "VP8L", "ALPH")
_SAID = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]{4,}")
_SAID_WIDE = re.compile(rb"(?:[\t\n\r\x20-\xff]\x00){4,}|(?:\x00[\t\n\r\x20-\xff]){4,}")


def said(data: bytes) -> Iterator[str]:
    """All that a file may say beside its pixels, also in wide characters and deflated."""
    for part in _beside_pixels(data):
        yield from _decoded(part)
        for inflated in _inflated(part):
            yield from _decoded(inflated)
    for part in _pixels(data):
        yield from noise.runs(part)


def _decoded(part: bytes) -> Iterator[str]:
    for run in _SAID.findall(part):
        yield run.decode("utf-8", "replace")
        yield run.decode("latin-1")
    for run in _SAID_WIDE.findall(part):
        yield run.decode("utf-16-be" if run[0] == 0 else "utf-16-le", "replace")


def _inflated(part: bytes) -> Iterator[bytes]:
    """Whatever in a part is a zlib stream (RFC 1950)."""
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", part):
        try:
            yield zlib.decompressobj().decompress(part[match.start() :], _MOST_INFLATED)
        except zlib.error:
            continue


def _pixels(data: bytes) -> Iterator[bytes]:
    """What is copied compressed, with the tables for it: it may have more in it than pixels."""
    if data.startswith(JPEG):
        yield from (each.inside for each in jpegs.blocks(data) if each.name in _CODED)
    elif data.startswith(b"RIFF"):
        yield from (each.inside for each in webp(data) if each.name in _CODED)


def _beside_pixels(data: bytes) -> Iterator[bytes]:
    if data.startswith(PNG):
        yield from (each.inside for each in png(data) if each.name != "IDAT")
    elif data.startswith(JPEG):
        yield from (each.inside for each in jpegs.blocks(data) if each.name not in _CODED)
    elif data.startswith(b"RIFF"):
        yield from (each.inside for each in webp(data) if each.name not in _CODED)
    elif data.startswith((b"II", b"MM")):
        yield from tiff(data)
    elif data.startswith(b"GIF"):
        yield from gif(data)
    else:
        yield data[:1_200]


def png(data: bytes) -> Iterator[Block]:
    """All chunks, and whatever comes after the last."""
    at = len(PNG)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = min(at + 12 + length, len(data))
        name = data[at + 4 : at + 8].decode("latin-1")
        yield Block(name, data[at:end], data[at + 8 : end - 4])
        at = end
        if name == "IEND":
            break
    yield Block("after", data[at:], data[at:])


def webp(data: bytes) -> Iterator[Block]:
    """All chunks, and whatever comes after the last."""
    at, end = 12, min(8 + int.from_bytes(data[4:8], "little"), len(data))
    while at + 8 <= end:
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        until = min(at + 8 + length + length % 2, end)
        yield Block(data[at : at + 4].decode("latin-1"), data[at:until], data[at + 8 : until])
        at = until
    yield Block("after", data[at:], data[at:])


def gif(data: bytes) -> Iterator[bytes]:
    """Everything but the compressed pixels."""
    at = 13 + _colours(data[10:11])
    yield data[:at]
    while at < len(data):
        kind = data[at]
        if kind == 0x2C:  # a picture: its head, its colours, the size of its codes, its blocks
            head = at + 10 + _colours(data[at + 9 : at + 10]) + 1
            yield data[at:head]
            at = _after_blocks(data, head)
        elif kind == 0x21:
            end = _after_blocks(data, at + 2)
            yield _unblocked(data[at + 2 : end])
            at = end
        else:
            break
    yield data[at:]


def _colours(flags: bytes) -> int:
    """Bytes of a table of colours that these flags announce."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1


def _unblocked(blocks: bytes) -> bytes:
    """The bytes of blocks without their lengths."""
    parts, at = [], 0
    while at < len(blocks) and blocks[at]:
        parts.append(blocks[at + 1 : at + 1 + blocks[at]])
        at += blocks[at] + 1
    return b"".join(parts)


def tiff(data: bytes) -> Iterator[bytes]:
    """Everything but strips and tiles, of all pages."""
    pixels = sorted(_pixels_of_tiff(data))
    at = 0
    for start, end in pixels:
        if start > at:
            yield data[at:start]
        at = max(at, end)
    yield data[at:]


def _pixels_of_tiff(data: bytes) -> Iterator[tuple[int, int]]:
    order = "<" if data.startswith(b"II") else ">"
    at = _number(data, 4, 4, order)
    seen: set[int] = set()
    while at and at not in seen and len(seen) < _MOST_ENTRIES:
        seen.add(at)
        count = _number(data, at, 2, order)
        tags = {
            _number(data, entry, 2, order): _values(data, entry, order)
            for entry in range(at + 2, min(at + 2 + count * 12, len(data)), 12)
        }
        for starts, lengths in ((273, 279), (324, 325)):
            pairs = zip(tags.get(starts, ()), tags.get(lengths, ()), strict=False)
            yield from ((start, start + length) for start, length in pairs)
        at = _number(data, at + 2 + count * 12, 4, order)


def _values(data: bytes, entry: int, order: str) -> tuple[int, ...]:
    """The whole numbers of an entry, if it has such."""
    size = _SIZES.get(_number(data, entry + 2, 2, order), 1)
    count = min(_number(data, entry + 4, 4, order), _MOST_ENTRIES)
    if size not in (2, 4):
        return ()
    at = entry + 8 if size * count <= 4 else _number(data, entry + 8, 4, order)
    return tuple(_number(data, at + i * size, size, order) for i in range(count) if at + i * size < len(data))


def _number(data: bytes, at: int, size: int, order: str) -> int:
    return int.from_bytes(data[at : at + size], "little" if order == "<" else "big")
