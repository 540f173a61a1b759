"""RTF as messages keep it: out of its compression (MS-OXRTFCP), and back without, which is as valid and read by all."""

import re
import struct
import zlib
from typing import Final

from expunct_server.redaction.formats.common import DocumentError

MAX: Final = 64 * 1024 * 1024
"""Bytes of an RTF document."""
_HEAD: Final = struct.Struct("<2I4sI")
_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_COUNTED: Final = 12  # bytes of the head that count to the size in it
_WINDOW: Final = 4_096
_KNOWN: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    b"SymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the dictionary begins with (section 2.1.2.1)."""
_LABEL: Final = re.compile(rb"<([A-Z][A-Z0-9_]{1,60})>")
# Labels, behind what is no text of the page: each is found as a whole.
_APART: Final = re.compile(
    rb"\{\\\*\\m?htmltag\d* ?(?:[^{}\\]|\\.)*\}|\\htmlrtf(?!0).*?\\htmlrtf0|" + _LABEL.pattern, re.S
)
_DAMAGED: Final = (
    "unreadable",
    "The RTF body of the message is damaged: open the message, save it again, send that.",
)


def unpacked(data: bytes) -> bytes:
    """The RTF document. Raises DocumentError."""
    if len(data) < _HEAD.size:
        raise DocumentError(*_DAMAGED)
    packed, size, kind, check = _HEAD.unpack_from(data)
    held = data[_HEAD.size : packed + 4]
    if size > MAX:
        raise DocumentError("too_large", f"An RTF document may have {MAX:,} bytes.")
    if kind == _PLAIN and len(held) >= size:
        return held[:size]
    if kind != _COMPRESSED or len(held) != packed - _COUNTED or check != checksum(held):
        raise DocumentError(*_DAMAGED)
    return _decompressed(held, size)


def packed(document: bytes) -> bytes:
    """As a property holds it, not compressed (section 2.1.3.1.4: the check is 0)."""
    return _HEAD.pack(len(document) + _COUNTED, len(document), _PLAIN, 0) + document


def legible(before: bytes, after: bytes) -> bytes:
    """A redacted document, with its labels written as HTML has them where RTF carries a page of HTML (MS-OXRTFEX, 2.1):
    there a text is a part of the page, and `<PERSON>` would be an element, which nobody sees."""
    if b"\\fromhtml" not in after:
        return after
    new = set(_LABEL.findall(after)) - set(_LABEL.findall(before))

    def write(found: "re.Match[bytes]") -> bytes:
        if found[1] not in new:
            return found[0]
        left, right = (rb"{\*\htmltag84 &%s;}\htmlrtf %s\htmlrtf0 " % each for each in ((b"lt", b"<"), (b"gt", b">")))
        return left + found[1] + right

    return _APART.sub(write, after)


def checksum(data: bytes) -> int:
    """CRC-32 that begins with zero and is not inverted (section 2.1.3.2)."""
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def _decompressed(data: bytes, size: int) -> bytes:
    """Section 2.1.3.1.5, with a dictionary that is the end of what is said so far. Raises DocumentError."""
    made = bytearray(_KNOWN)
    stop = len(_KNOWN) + size
    at = 0
    while at < len(data) and len(made) < stop:
        control = data[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                made += data[at : at + 1]
                at += 1
                continue
            place, length = _reference(data[at : at + 2])
            at += 2
            back = (len(made) - place) % _WINDOW
            if not back:
                return bytes(made[len(_KNOWN) : stop])
            _repeat(made, back, length)
    return bytes(made[len(_KNOWN) : stop])  # without its end: what is there counts


def _reference(raw: bytes) -> tuple[int, int]:
    """A place in the dictionary and a length."""
    if len(raw) < 2:
        raise DocumentError(*_DAMAGED)
    said = int.from_bytes(raw, "big")
    return said >> 4, (said & 15) + 2


def _repeat(made: bytearray, back: int, length: int) -> None:
    """Say again what was said so many bytes ago, with what that makes; what was never said is zero."""
    for _ in range(length):
        made.append(made[-back] if back <= len(made) else 0)
