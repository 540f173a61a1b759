"""Streams of a PDF unpacked by plain code: by what they say that they are packed by, and by what they look like.

(ISO 32000-2, 7.4: Flate, LZW, ASCIIHex, ASCII85, RunLength. Whoever wrote the file leaves out predictors.)
"""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import chain
from typing import Final

from expunct_server.redaction.formats.common import DocumentError

MOST: Final = 400 << 20
"""Bytes of one stream unpacked; a picture of 100 million pixels has as many."""
_TOO_LARGE: Final = (
    "too_large",
    f"A part of the document unpacks to more than {MOST:,} bytes: take it out and save the document anew.",
)
_LAYERS: Final = 5
_FILTER: Final = re.compile(rb"/F(?:ilter)?\s*(?:\[([^\]]*)\]|(/\w+))")
_NAME: Final = re.compile(rb"/(\w+)")
_BLOCK: Final = 1 << 20
_NO_HEX: Final = re.compile(rb"[^0-9A-Fa-f]+")
_NO_85: Final = re.compile(rb"[^!-uz]+")
_RUNS_END: Final = 128
_LZW_CLEAR: Final = 256
_LZW_END: Final = 257
_LONGEST: Final = 12  # bits of a code

_Decoded = tuple[bytes | None, bytes]
"""What a layer says, None where it is none of its kind, and what is behind its end."""


def unpacked(data: bytes, start: int, head: bytes, closing: bytes) -> tuple[Iterator[bytes], int]:
    """What a stream that begins at `start` says in each layer that it is packed in, and where it ends: at `closing`,
    but not inside what is compressed. `head` is its dictionary. Raises DocumentError beyond `MOST`."""
    plain, behind = inflated(data, start)
    found = data.find(closing, behind)
    end = len(data) if found < 0 else found
    filters = filters_of(head)
    if plain is None:
        return _layers(data[start:end], filters), end
    return chain([data[behind:end]], _layers(plain, filters[1:])), end


def _layers(data: bytes, filters: list[str]) -> Iterator[bytes]:
    """What is behind the end of each layer, and the last one."""
    for name in [*filters, *[""] * _LAYERS][:_LAYERS]:
        decode = _DECODERS.get(name, _deflated)
        plain, behind = decode(data)
        if plain is None:
            break
        yield behind
        data = plain
    yield data


def filters_of(head: bytes) -> list[str]:
    """What a stream says that it is packed by, outermost first."""
    match = _FILTER.search(head)
    return [name.decode() for name in _NAME.findall(match[1] or match[2])] if match else []


# --- filters ----------------------------------------------------------------------------------------------------------


def is_deflated(data: bytes, start: int = 0) -> bool:
    """Whether something begins as compressed data does (RFC 1950, 2.2)."""
    return len(data) > start + 2 and data[start] & 0x8F == 8 and not int.from_bytes(data[start : start + 2], "big") % 31


def inflated(data: bytes, start: int) -> tuple[bytes | None, int]:
    """Compressed data from a place on, unpacked as far as it is sound, and where it ends; None for what is none."""
    if not is_deflated(data, start):
        return None, start
    unpacking, found, at = zlib.decompressobj(), bytearray(), start
    waiting = b""
    try:
        while not unpacking.eof and (waiting or at < len(data)):
            if not waiting:
                waiting, at = data[at : at + _BLOCK], at + _BLOCK
            found += unpacking.decompress(waiting, _BLOCK)
            waiting = unpacking.unconsumed_tail
            if len(found) > MOST:
                raise DocumentError(*_TOO_LARGE)
    except zlib.error:
        return (bytes(found), start) if found else (None, start)  # what is behind the damage is read as it is
    return bytes(found), min(at, len(data)) - len(unpacking.unused_data)


def _deflated(data: bytes) -> _Decoded:
    plain, end = inflated(data, 0)
    return plain, data[end:]


def _from_hex(data: bytes) -> _Decoded:
    said, _, behind = data.partition(b">")
    digits = _NO_HEX.sub(b"", said)
    return binascii.unhexlify(digits + b"0" * (len(digits) % 2)), behind


def _from_85(data: bytes) -> _Decoded:
    said, _, behind = data.partition(b"~")
    with suppress(ValueError):
        return base64.a85decode(_NO_85.sub(b"", said)), behind
    return None, b""


def _from_runs(data: bytes) -> _Decoded:
    parts, at = bytearray(), 0
    while at < len(data) and data[at] != _RUNS_END:
        length = data[at]
        is_literal = length < _RUNS_END
        parts += data[at + 1 : at + 2 + length] if is_literal else data[at + 1 : at + 2] * (257 - length)
        at += length + 2 if is_literal else 2
    return bytes(parts), data[at:]


def _from_lzw(data: bytes) -> _Decoded:
    """With codes that become longer one early, as is usual."""
    table = [bytes([each]) for each in range(256)] + [b"", b""]
    found, before = bytearray(), b""
    for code in _codes(data, table):
        if code == _LZW_END or code > len(table) or (code == len(table) and not before):
            break
        if code == _LZW_CLEAR:
            del table[_LZW_END + 1 :]
            before = b""
            continue
        part = table[code] if code < len(table) else before + before[:1]
        if before and len(table) < 1 << _LONGEST:
            table.append(before + part[:1])
        found += part
        before = part
        if len(found) > MOST:
            raise DocumentError(*_TOO_LARGE)
    return bytes(found), b""


def _codes(data: bytes, table: list[bytes]) -> Iterator[int]:
    """As long as the table wants them at each moment: it lacks what the writer had put in already."""
    held, bits = 0, 0
    for byte in data:
        held, bits = held << 8 | byte, bits + 8
        length = min(max((len(table) + 1).bit_length(), 9), _LONGEST)
        if bits >= length:
            bits -= length
            yield held >> bits
            held &= (1 << bits) - 1


_DECODERS: Final[dict[str, Callable[[bytes], _Decoded]]] = {
    "ASCIIHexDecode": _from_hex, "AHx": _from_hex, "ASCII85Decode": _from_85, "A85": _from_85,
    "RunLengthDecode": _from_runs, "RL": _from_runs, "LZWDecode": _from_lzw, "LZW": _from_lzw,
}  # fmt: skip
