"""The archive of an office document: a ZIP file whose members are small enough to be held.

Read by its central directory alone, and written anew: comments, extra fields, times and what stands between members go.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import BinaryIO, Final

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.limits import MIB, Limits
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.unlocking import unknown

Members = dict[str, bytes]
"""Contents by names, in the archive's order. Directories are left out."""

_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RATIO: Final = 400  # XML of large tables comes to 100; deflate cannot do more than 1032
_RATIO_FROM: Final = 4 * MIB
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_BAD_ZIP: Final = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, OverflowError,
                   ValueError, RuntimeError, OSError, KeyError)  # fmt: skip
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OLD: Final = "The document is of an older kind than its name says: save it in the present one and send that."
DAMAGED: Final = "The document is damaged, or is not of the kind that it seems to be: save it again and send that."


def read(work: Work) -> Members:
    """All members of an archive. Raises DocumentError for what is damaged, encrypted, too large or made to mislead."""
    return of(_unlocked(work), work.limits)


def of(file: BinaryIO, limits: Limits) -> Members:
    """The same, of a file that is not encrypted."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = [each for each in archive.infolist() if not each.is_dir()]
            _check(entries, limits)
            return {each.filename: _content(archive, each) for each in entries}
    except _BAD_ZIP:
        raise damaged() from None


def is_empty(source: BinaryIO) -> bool:
    """Whether there is nothing at all; what is empty stays empty. Leaves the source at its start."""
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    return size == 0


def _unlocked(work: Work) -> BinaryIO:
    """The archive, which an encrypted document has inside a compound file. Raises DocumentError."""
    start = work.source.read(len(_COMPOUND))
    work.source.seek(0)
    if start != _COMPOUND:
        return work.source
    from expunct_server.redaction.formats.unlocking import packages  # needs what other documents do not

    package = packages.unlocked(work)
    if package is None:
        raise DocumentError("unsupported_format", _OLD)
    return io.BytesIO(package)


def damaged() -> DocumentError:
    return DocumentError("unreadable", DAMAGED)


def _check(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.members:
        raise DocumentError("too_large", f"The document has more than {limits.members:,} parts: split it.")
    if sum(each.file_size for each in entries) > limits.unpacked:
        raise DocumentError("too_large", f"The document unpacks to more than {limits.unpacked:,} bytes: split it.")
    if len({each.filename.casefold() for each in entries}) != len(entries):
        raise DocumentError("unreadable", "The document has two parts of one name: save it again and send that.")
    for each in entries:
        _check_entry(each)


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & 1:
        raise unknown()
    if entry.compress_type not in _METHODS:
        raise DocumentError(
            "unreadable",
            "The document is compressed in a way that its kind does not have: save it again and send that.",
        )
    if entry.file_size > _RATIO_FROM and entry.file_size > _RATIO * max(1, entry.compress_size):
        raise DocumentError("too_large", "A part of the document unpacks to far more than it should: split it.")
    name = entry.filename
    if not name or name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        raise DocumentError("unreadable", "A part of the document has a name that leads out of it.")


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as member:
        data = member.read(entry.file_size + 1)
    if len(data) != entry.file_size:
        raise damaged()
    return data


def write(members: Iterable[tuple[str, bytes]], target: BinaryIO) -> None:
    """Write an archive of these members, in this order. `mimetype` is stored (ISO/IEC 26300-3, 3.3)."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    target.write(held.getbuffer())
