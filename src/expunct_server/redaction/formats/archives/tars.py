"""TAR (POSIX.1-2001, pax), plain or in gzip: files and folders in their order, with dates and permissions.

Owners are left out, with all that pax headers say beside names; so is what follows the end.
"""

import gzip
import tarfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import IO, BinaryIO, Final, cast

from expunct_server.redaction.formats.archives import reading
from expunct_server.redaction.formats.archives.members import Members
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work

_GZIP: Final = b"\x1f\x8b"
_DAMAGED: Final = ("unreadable", "The TAR archive is damaged or cut off.")
_OWNERS: Final = (
    "Who owns the members of the archive was left out, and what else is said about them beside their names."
)
_LEVEL: Final = 6
_LAST: Final = 8**11  # in the year 2242, the last one that a header of POSIX.1-1988 can say


def redact(work: Work) -> None:
    """Writes the archive anew. Findings are at "member 2, name" and "member 2, ...". Raises DocumentError."""
    size = work.source.seek(0, 2)
    work.source.seek(0)
    is_gzip = work.source.read(2) == _GZIP
    work.source.seek(0)
    if not size:
        return
    try:
        names = _names(work, is_gzip=is_gzip)
        work.source.seek(0)
        if is_gzip:
            with gzip.GzipFile("", "wb", _LEVEL, work.target, mtime=0) as packed:
                _members(work, Members(work, size), names, cast(BinaryIO, packed), is_gzip=True)
        else:
            _members(work, Members(work, size), names, work.target, is_gzip=False)
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError):
        raise DocumentError(*_DAMAGED) from None


def _open(work: Work, *, is_gzip: bool) -> tarfile.TarFile:
    if is_gzip:
        return tarfile.open(fileobj=work.source, mode="r|gz")
    return tarfile.open(fileobj=work.source, mode="r|")


def _names(work: Work, *, is_gzip: bool) -> list[str]:
    """What the members are called, without reading them."""
    names = []
    with _open(work, is_gzip=is_gzip) as source:
        unpacked = 0
        for member in source:
            names.append(member.name + ("/" if member.isdir() else ""))
            unpacked += member.size
            if len(names) > work.limits.members or unpacked > work.limits.unpacked:
                raise DocumentError("too_large", "The archive has more members, or larger ones, than one may have.")
    return names


def _members(work: Work, members: Members, names: list[str], target: BinaryIO, *, is_gzip: bool) -> None:
    made = members.names(names)
    with (
        _open(work, is_gzip=is_gzip) as source,
        tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as written,
    ):
        for members.count, (member, old, name) in enumerate(zip(source, names, made, strict=False), start=1):
            if members.is_cache(old):
                continue
            try:
                data = _redacted(source, member, old, members)
            except DocumentError as error:
                members.lose(error)
                continue
            _write(written, member, name, data)
            work.progress(min(work.source.tell(), members.size))
            if member.uname or member.gname or member.pax_headers:
                work.note(_OWNERS)
    members.tell()


def _redacted(source: tarfile.TarFile, member: tarfile.TarInfo, name: str, members: Members) -> bytes:
    """The current member as what it is. Raises DocumentError."""
    if not (member.isreg() or member.isdir()):
        raise members.refuse("a link or device")
    file = source.extractfile(member)
    data = members.take(cast(BinaryIO, file or BytesIO()), member.size if file else 0)
    return members.redacted(name, data)


def _write(target: tarfile.TarFile, member: tarfile.TarInfo, name: str, data: bytes) -> None:
    made = tarfile.TarInfo(name)
    made.type = tarfile.DIRTYPE if member.isdir() else tarfile.REGTYPE
    made.mode, made.mtime, made.size = member.mode, _moment(member), len(data)
    target.addfile(made, cast(IO[bytes], BytesIO(data)))


def _moment(member: tarfile.TarInfo) -> int:
    """When a member was changed, in seconds; none where that is no date that somebody has seen."""
    return int(member.mtime) if abs(member.mtime) < _LAST else 0


def texts(work: Work) -> Iterator[str]:
    """What its own blocks and its members say, read without the library that wrote it."""
    yield from reading.tar_texts(work.source.read(), work.limits.output)
