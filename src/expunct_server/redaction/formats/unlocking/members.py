"""Members of ZIP archives that are encrypted: in the old way of PKWARE (APPNOTE 6.1), and in WinZip's with AES."""

import io
import struct
import zipfile
import zlib
from typing import BinaryIO, Final, NamedTuple

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.unlocking import OPENED, refused, unknown

_METHOD: Final = 99  # stands for what an extra field says (winzip.com/en/support/aes-encryption)
_EXTRA: Final = 0x9901
_FIELD: Final = struct.Struct("<H2sBH")  # version, vendor, strength of the key, how the member is compressed
_LOCAL: Final = struct.Struct("<4s22x2H")  # a member's own header (APPNOTE 4.3.7): mark, length of its name, of extras
_OTHER: Final = 0x40 | 0x2000
"""Flags of PKWARE's strong encryption, which only its own programs write."""


class _Aes(NamedTuple):
    """What the extra field says: bytes of the key, and the method by which the member is compressed."""

    size: int
    method: int


def is_encrypted(info: zipfile.ZipInfo) -> bool:
    return bool(info.flag_bits & (1 | _OTHER))


def method(info: zipfile.ZipInfo) -> int:
    """How a member is compressed, whether it is encrypted or not. Raises DocumentError."""
    return _aes(info).method if is_encrypted(info) and info.compress_type == _METHOD else info.compress_type


def opened(work: Work, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    """What an encrypted member of `work.source` says, as a file. Raises DocumentError; and as zipfile and zlib do."""
    if info.flag_bits & _OTHER:
        raise unknown()
    if work.password is None:
        raise refused(work)
    password = work.password.encode("utf-8", "surrogatepass")
    most = min(info.file_size, work.limits.inner) + 1
    if info.compress_type == _METHOD:
        content = _by_aes(work, info, password, most)
    else:
        content = _of_old(work, archive, info, password, most)
    work.note(OPENED)
    return io.BytesIO(content)


def _of_old(work: Work, archive: zipfile.ZipFile, info: zipfile.ZipInfo, password: bytes, most: int) -> bytes:
    """One byte tells a wrong password: of 256 one goes on, to what cannot be unpacked or has another checksum."""
    try:
        with archive.open(info, pwd=password) as file:
            return file.read(most)
    except (RuntimeError, zipfile.BadZipFile, zlib.error, EOFError, OSError):
        raise refused(work) from None


def _by_aes(work: Work, info: zipfile.ZipInfo, password: bytes, most: int) -> bytes:
    from expunct_server.redaction.formats.unlocking import winzip  # needs what other archives do not

    size, packed = _aes(info)
    data = winzip.decrypted(_raw(work.source, info), size, password)
    if data is None:
        raise refused(work)
    if packed == zipfile.ZIP_STORED:
        return data
    if packed != zipfile.ZIP_DEFLATED:
        raise unknown()
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, most)


def _aes(info: zipfile.ZipInfo) -> _Aes:
    """Raises DocumentError."""
    at = 0
    while at + 4 + _FIELD.size <= len(info.extra):
        kind, size = struct.unpack_from("<2H", info.extra, at)
        if kind == _EXTRA:
            _, vendor, strength, packed = _FIELD.unpack_from(info.extra, at + 4)
            if vendor == b"AE" and strength in (1, 2, 3):
                return _Aes(8 + 8 * strength, packed)
        at += 4 + size
    raise unknown()


def _raw(source: BinaryIO, info: zipfile.ZipInfo) -> bytes:
    """A member as it stands in the archive."""
    source.seek(info.header_offset)
    head = source.read(_LOCAL.size)
    if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile
    _, name, extra = _LOCAL.unpack(head)
    source.seek(name + extra, io.SEEK_CUR)
    return source.read(info.compress_size)
