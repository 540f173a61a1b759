"""What data in a text is: a file, a text in some encoding, or bytes in which something can be read."""

import codecs
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final, NamedTuple

from expunct_server.redaction import escapes
from expunct_server.redaction.removed import inflated

# As much of a head as random bytes, such as a hash, do not have by chance.
_FILES = re.compile(
    rb"%PDF-|\x89PNG\r\n|\xff\xd8\xff[\xc0-\xfe]|GIF8[79]a|II\*\0|MM\0\*|\x1f\x8b\x08[\0-\x1f]|\xd0\xcf\x11\xe0\xa1\xb1|\{\\rtf"
    rb"|BZh[1-9]1AY|7z\xbc\xaf\x27|\xfd7zXZ|Rar!\x1a\x07|RIFF....(?:WEBP|WAVE|AVI )",
    re.DOTALL,
)
_PACKAGE: Final = b"PK\x03\x04"
_LEAST: Final = {
    b"%P": 64, b"\x89P": 57, b"\xff\xd8": 100, b"GI": 24, b"II": 26, b"MM": 26, b"\x1f\x8b": 18, b"\xd0\xcf": 512,
    b"{\\": 7, b"BZ": 14, b"7z": 32, b"\xfd7": 32, b"Ra": 20, b"RI": 20, b"PK": 98,
}  # fmt: skip
"""Bytes of the shortest file of a kind, by its first two: what is shorter is read as the bytes that it is."""
HEAD: Final = 65_536
"""Bytes in which data says what it is."""
_FRONT: Final = 64  # bytes before a package that is led in by something, as in [MS-QDEFF], 2.2
_RUN = re.compile(rb"[\x20-\x7e]{6,}")
_WIDEST: Final = 12  # bytes of the shortest run of wide letters
_WIDE_RUN = re.compile(rb"(?:[\x20-\x7e]\0){6,}+|(?:\0[\x20-\x7e]){6,}+")


Found = tuple[int, int, bytes, Callable[[bytes], str]]
"""Where in a text data stands, the data, and how that is written."""


class Carried(NamedTuple):
    """Data in a text from `start` to `end`: what it says if it is text, in a codec, or else what can be read in it.

    `is_file` data is a document of its own. `write` is the encoding, for data that may be written again.
    """

    start: int
    end: int
    data: bytes
    said: str
    codec: str
    is_file: bool
    write: Callable[[bytes], str]


def is_text(data: bytes) -> bool:
    """Whether data is a text."""
    made = read(0, 0, data, bytes.hex)
    return made is not None and bool(made.codec)


def says(data: bytes) -> bool:
    """Whether data is a file or a text."""
    made = read(0, 0, data, bytes.hex)
    return made is not None and (made.is_file or bool(made.codec) or bool(escapes.guessed(data)))


def read(
    start: int, end: int, data: bytes, write: Callable[[bytes], str], *, is_guessed: bool = False
) -> Carried | None:
    """What data says that stands in a text from `start` to `end`, written as `write` writes it; None for nothing."""
    if not data:
        return None
    if (plain := inflated(data)) is not None:
        made = _as_it_is(start, end, plain, _deflating(data, write))
        if made and (made.codec or made.is_file):
            return made
    return _as_it_is(start, end, data, write, is_guessed=is_guessed)


def begins(data: bytes) -> bool:
    """Whether data, of which no more is here than `HEAD` bytes, begins as a file or a text does."""
    with suppress(zlib.error):
        data = zlib.decompressobj().decompress(data, HEAD) or data
    return is_file(data) or any(_begins_as_text(data, codec) for codec in _codecs(data))


def begins_as_file(data: bytes) -> bool:
    """Whether these are the first bytes of a file."""
    return data.startswith(_PACKAGE) or _FILES.match(data) is not None


def is_across(before: bytes, after: bytes) -> bool:
    """Whether letters go on from some bytes to the next ones."""
    near, width = before[-_WIDEST:] + after[:_WIDEST], len(before[-_WIDEST:])
    return any(m.start() < width < m.end() for run in (_RUN, _WIDE_RUN) for m in run.finditer(near))


def _begins_as_text(data: bytes, codec: str) -> bool:
    try:
        return _is_printed(codecs.getincrementaldecoder(codec)().decode(data))
    except UnicodeDecodeError:
        return False


def _is_printed(said: str) -> bool:
    return all(each.isprintable() or each in "\r\n\t\ufeff" for each in said)


def is_file(data: bytes) -> bool:
    """Whether data is a document of its own."""
    at = 0 if _FILES.match(data) else data.find(_PACKAGE, 0, _FRONT + len(_PACKAGE))
    return at >= 0 and len(data) - at >= _LEAST[data[at : at + 2]]


def _as_it_is(
    start: int, end: int, data: bytes, write: Callable[[bytes], str], *, is_guessed: bool = False
) -> Carried | None:
    if is_file(data):
        return Carried(start, end, data, "", "", True, write)
    for codec in _codecs(data):
        with suppress(UnicodeDecodeError):
            said = data.decode(codec)
            if _is_printed(said):
                return Carried(start, end, data, said, codec, False, write)
    runs = [m[0] for m in _RUN.finditer(data)] + [m[0].replace(b"\0", b"") for m in _WIDE_RUN.finditer(data)]
    guessed = escapes.guessed(data) if is_guessed else []  # numbers are seldom texts
    said = "\n".join(guessed or (run.decode("ascii") for run in runs))
    return Carried(start, end, data, said, "", False, write) if said else None


def _deflating(data: bytes, write: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """Writes what was compressed, with a head (RFC 1950) where it had one."""
    bits = zlib.MAX_WBITS if data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0 else -zlib.MAX_WBITS

    def compressed(made: bytes) -> str:
        packing = zlib.compressobj(wbits=bits)
        return write(packing.compress(made) + packing.flush())

    return compressed


def _codecs(data: bytes) -> Iterator[str]:
    """What a text of these bytes may be in; every other byte of most texts in UTF-16 is 0, and of other data seldom."""
    yield "utf-8"
    for codec, high in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if high.count(0) * 2 > len(high):
            yield codec
