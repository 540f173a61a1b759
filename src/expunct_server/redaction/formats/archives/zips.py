"""ZIP (APPNOTE 6.3): members in their order, with dates and compression. What is outside of them is not copied."""

import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, cast

from expunct_server.redaction.formats.archives import reading
from expunct_server.redaction.formats.archives.members import Members
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Text, Work
from expunct_server.redaction.formats.unlocking import members as encrypted

_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA})
_MEMBER_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, NotImplementedError, OSError, ValueError,
)  # fmt: skip
_DAMAGED: Final = ("unreadable", "The ZIP archive is damaged or cut off.")


def redact(work: Work) -> None:
    """Writes the archive anew. Findings are at "member 2, name" and "member 2, ...". Raises DocumentError."""
    size = work.source.seek(0, 2)
    if not size:
        return
    work.source.seek(0)
    try:
        with zipfile.ZipFile(work.source) as source, zipfile.ZipFile(work.target, "w") as target:
            _members(work, source, target, Members(work, size))
            target.comment = _comment(work, source.comment, "comment")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError):
        raise DocumentError(*_DAMAGED) from None


def _members(work: Work, source: zipfile.ZipFile, target: zipfile.ZipFile, members: Members) -> None:
    infos = source.infolist()
    names = members.names([each.filename for each in infos])
    for members.count, (info, name) in enumerate(zip(infos, names, strict=True), start=1):
        if members.is_cache(info.filename):
            continue
        try:
            data = _taken(work, source, info, members)
            data = b"" if info.is_dir() else members.redacted(info.filename, data)
        except DocumentError as error:
            members.lose(error)
            continue
        made = zipfile.ZipInfo(name, info.date_time)
        made.compress_type, made.external_attr = encrypted.method(info), info.external_attr
        made.create_system = info.create_system
        made.comment = _comment(work, info.comment, f"member {members.count}, comment")
        target.writestr(made, data)
        work.progress(min(info.header_offset, members.size))
    members.tell()


def _taken(work: Work, source: zipfile.ZipFile, info: zipfile.ZipInfo, members: Members) -> bytes:
    """The bytes of the current member. Raises DocumentError."""
    _check(info, members)
    try:
        with _open(work, source, info) as file:
            return members.take(file, info.file_size)
    except _MEMBER_DAMAGED:
        raise DocumentError("unreadable", f"Member {members.count} of the archive is damaged.") from None


def _check(info: zipfile.ZipInfo, members: Members) -> None:
    if encrypted.method(info) not in _METHODS:
        raise members.refuse("compressed in a way")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.create_system == 3 and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise members.refuse("a link or device")


def _comment(work: Work, raw: bytes, place: str) -> bytes:
    if not raw:
        return raw
    text = _decoded(raw)
    [answer] = work.redacted([Text(text)], lambda *_: place)
    return answer.text.encode("utf-8", "replace")[:0xFFFF] if answer.edits else raw


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp437")


def _open(work: Work, source: zipfile.ZipFile, info: zipfile.ZipInfo) -> BinaryIO:
    return encrypted.opened(work, source, info) if encrypted.is_encrypted(info) else cast(BinaryIO, source.open(info))


def texts(work: Work) -> Iterator[str]:
    """What its own parts and its members say, read without the library that wrote it."""
    yield from reading.zip_texts(work.source.read())
