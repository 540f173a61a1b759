"""Archives as they were written, read byte by byte: whatever is in them is shown, and nothing may be beside it."""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Final

from expunct_server.redaction.formats.archives.members import as_text

_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_BLOCK: Final = 512
_LZMA: Final = 4  # bytes of a version and a length before the properties (APPNOTE 5.8.8)


def zip_texts(data: bytes) -> Iterator[str]:
    """Raises ValueError where anything is in the archive that is no member, no entry of the directory and no end."""
    at = 0
    while data[at : at + 4] == b"PK\x03\x04":
        _, _, _, method, _, _, _, packed, _, name, extra = _LOCAL.unpack_from(data, at)
        at += _LOCAL.size
        yield _bytes(data[at : at + name])
        yield _bytes(data[at + name : at + name + extra])
        at += name + extra
        yield as_text(_UNPACK[method](data[at : at + packed]))
        at += packed
    while data[at : at + 4] == b"PK\x01\x02":
        fields = _CENTRAL.unpack_from(data, at)
        at += _CENTRAL.size
        for length in fields[10:13]:  # name, extra, comment
            yield _bytes(data[at : at + length])
            at += length
    if data:
        comment = _END.unpack_from(data, at)[7]
        yield _bytes(data[at + _END.size :])
        if data[at : at + 4] != b"PK\x05\x06" or at + _END.size + comment != len(data):
            raise ValueError("something is beside the members")


def tar_texts(data: bytes, most: int) -> Iterator[str]:
    """Raises ValueError where anything follows the end, or is no block. At most so many bytes are unpacked."""
    if data[:2] == b"\x1f\x8b":
        yield _bytes(data[:10])
        unpacking = zlib.decompressobj(wbits=31)
        data = unpacking.decompress(data, most)
        if unpacking.unused_data or not unpacking.eof:
            raise ValueError("something is beside the archive")
    at = 0
    while data[at : at + _BLOCK].strip(b"\0"):
        header = data[at : at + _BLOCK]
        size = int(header[124:136].strip(b"\0 ") or b"0", 8)
        yield "\n".join(_bytes(each) for each in header.split(b"\0") if each)
        at += _BLOCK
        content = data[at : at + size]
        yield _bytes(content) if header[156:157] in b"xg" else as_text(content)
        at += -(-size // _BLOCK) * _BLOCK
    if data[at:].strip(b"\0"):
        raise ValueError("something follows the end")


def _bytes(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _lzma(raw: bytes) -> bytes:
    size = struct.unpack_from("<H", raw, 2)[0]
    properties = raw[_LZMA : _LZMA + size]
    filters = [{"id": lzma.FILTER_LZMA1, **_properties(properties)}]
    return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=filters).decompress(raw[_LZMA + size :])


def _properties(raw: bytes) -> dict[str, int]:
    """How LZMA packed: one byte of three numbers, then the size of the dictionary."""
    packed, size = struct.unpack("<BL", raw)
    return {"lc": packed % 9, "lp": packed // 9 % 5, "pb": packed // 45, "dict_size": size}


_UNPACK: Final[dict[int, Callable[[bytes], bytes]]] = {
    0: bytes,
    8: lambda raw: zlib.decompress(raw, -15),
    12: bz2.decompress,
    14: _lzma,
}
