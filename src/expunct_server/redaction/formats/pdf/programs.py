"""What font programs and colour profiles say of themselves: names are asked about and overwritten in their places.

Notices and the like go without being asked about: nobody reads them there. Nothing changes its length, so that the
tables stay where they are.

(OpenType 1.9: `name`, `post`; Adobe Technical Notes 5176: CFF; Adobe Type 1 Font Format; ICC.1:2022.)
"""

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from typing import Any, Final, NamedTuple

import pikepdf

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf.names import Names

_NAMING: Final = (1, 2, 4, 6, 16, 17, 25)  # of the `name` table: what the font is called
_SILENT: Final = ("meta", "DSIG", "SVG ", "Silf", "FFTM", "TTFA", "webf")
_KINDS: Final = (b"\0\1\0\0", b"true", b"OTTO", b"typ1")
_TYPE1: Final = re.compile(rb"/(FontName|FullName|FamilyName|Notice|Copyright)\s*(?:\(((?:\\.|[^\\)])*)\)|/(\S+))")
_NOTICE: Final = 64  # bytes; what is longer is called nothing
_POST: Final = 0x00020000


class _Spot(NamedTuple):
    """Text in a program; `codec` "" for what goes without being asked about."""

    start: int
    end: int
    codec: str


def redact(work: Work, stream: Any, names: Names, place: str) -> None:
    """Redact a font program or a colour profile; what is none stays for the second reader to judge."""
    try:
        data = bytearray(stream.read_bytes())
    except pikepdf.PdfError:
        return
    before = bytes(data)
    spots = [each for each in _spots(before) if each.start < each.end <= len(data)]
    told = [(each, before[each.start : each.end].decode(each.codec, "replace")) for each in spots if each.codec]
    names.ask(work, (text for _, text in told), place)
    for spot in (each for each in spots if not each.codec):
        data[spot.start : spot.end] = b" " * (spot.end - spot.start)
    for spot, text in told:
        new = names.renamed.get(text)
        if new is not None:
            raw = new.rjust(len(text), "x")[-len(text) :].encode(spot.codec, "replace")
            data[spot.start : spot.end] = raw[: spot.end - spot.start]
    if data != before:
        stream.write(bytes(data))


def _spots(data: bytes) -> list[_Spot]:
    with suppress(struct.error, IndexError, ValueError):  # damaged: what was found so far
        if data[:4] in _KINDS:
            return list(_sfnt(data))
        if data[36:40] == b"acsp":
            return list(_profile(data))
        if data[:2] == b"%!" or data[6:8] == b"%!":
            return list(_type1(data))
        if data[:1] == b"\1":
            return list(_compact(data, 0))
    return []


def _sfnt(data: bytes) -> Iterator[_Spot]:
    for tag, start, length in _tables(data):
        if tag == "name":
            yield from _name_table(data, start)
        elif tag == "post" and struct.unpack_from(">I", data, start)[0] == _POST:
            yield from _pascal(data, start + 34 + 2 * struct.unpack_from(">H", data, start + 32)[0], start + length)
        elif tag == "CFF ":
            yield from _compact(data, start)
        elif tag in _SILENT:
            yield _Spot(start, start + length, "")


def _tables(data: bytes) -> Iterator[tuple[str, int, int]]:
    for number in range(struct.unpack_from(">H", data, 4)[0]):
        tag, _, start, length = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        yield tag.decode("latin-1"), start, length


def _name_table(data: bytes, start: int) -> Iterator[_Spot]:
    _, count, storage = struct.unpack_from(">HHH", data, start)
    for number in range(count):
        platform, _, _, name, length, offset = struct.unpack_from(">HHHHHH", data, start + 6 + 12 * number)
        at = start + storage + offset
        codec = "" if name not in _NAMING else "latin-1" if platform == 1 else "utf-16-be"
        yield _Spot(at, at + length, codec)


def _pascal(data: bytes, at: int, end: int) -> Iterator[_Spot]:
    while at < min(end, len(data)):
        yield _Spot(at + 1, at + 1 + data[at], "latin-1")
        at += 1 + data[at]


def _compact(data: bytes, start: int) -> Iterator[_Spot]:
    """The names of a CFF font and of its glyphs."""
    called, at = _index(data, start + data[start + 2])
    _, at = _index(data, at)
    strings, _ = _index(data, at)
    for begin, end in called + strings:
        yield _Spot(begin, end, "latin-1" if end - begin <= _NOTICE else "")


def _index(data: bytes, at: int) -> tuple[list[tuple[int, int]], int]:
    """Where the parts of an INDEX are, and where it ends (Technical Note 5176, section 5)."""
    count = struct.unpack_from(">H", data, at)[0]
    if not count:
        return [], at + 2
    size = data[at + 2]
    if not 1 <= size <= 4:
        raise ValueError
    offsets = [int.from_bytes(data[at + 3 + size * i : at + 3 + size * (i + 1)], "big") for i in range(count + 1)]
    base = at + 2 + size * (count + 1)
    return [(base + a, base + b) for a, b in pairwise(offsets)], base + offsets[-1]


def _type1(data: bytes) -> Iterator[_Spot]:
    """In the part of a Type 1 font that is not encrypted."""
    for match in _TYPE1.finditer(data, 0, data.find(b"eexec")):
        said = 2 if match[2] is not None else 3
        yield _Spot(match.start(said), match.end(said), "" if match[1] in (b"Notice", b"Copyright") else "latin-1")


def _profile(data: bytes) -> Iterator[_Spot]:
    for number in range(struct.unpack_from(">I", data, 128)[0]):
        _, start, _ = struct.unpack_from(">4sII", data, 132 + 12 * number)
        kind = data[start : start + 4]
        if kind == b"text":
            yield _Spot(start + 8, data.index(b"\0", start + 8), "latin-1")
        elif kind == b"desc":
            length = struct.unpack_from(">I", data, start + 8)[0]
            yield _Spot(start + 12, start + 12 + max(length - 1, 0), "latin-1")
        elif kind == b"mluc":
            for each in range(struct.unpack_from(">I", data, start + 8)[0]):
                length, offset = struct.unpack_from(">II", data, start + 16 + 12 * each + 4)
                yield _Spot(start + offset, start + offset + length, "utf-16-be")
