"""The files of a bundle, in a folder or in a tar file, read without unpacking and without trusting who made them.

A hostile bundle may be slow to read, as large as it is; it makes nothing grow that is not as large itself: members are
plain files that lie in the tar file as they are (none that a few bytes expand to terabytes), there are a million at
most, and of their headers no more is read at once than a name needs.
"""

import io
import os
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, Protocol

from expunct_server.tlog.strict import Rejected

MAX_FILES: Final = 1 << 20  # a log of a hundred million entries
_MAX_HEADER: Final = 64 * 1024


class Files(Protocol):
    """The files of a bundle."""

    def names(self) -> frozenset[str]:
        """The paths of all files, with slashes."""

    def open(self, name: str) -> IO[bytes] | None:
        """A file to read; None where there is none."""


class FolderFiles:
    """A bundle, or a log, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> frozenset[str]:
        """The paths of all files; raises Rejected for what is neither file nor folder, and for too many."""
        found: set[str] = set()
        for folder, folders, files in os.walk(self._folder):
            for each in (Path(folder, name) for name in (*folders, *files)):
                if each.is_symlink() or not (each.is_file() or each.is_dir()):
                    raise Rejected("the folder holds something that is neither a file nor a folder")
            found.update(Path(folder, name).relative_to(self._folder).as_posix() for name in files)
            _check_number(len(found))
        return frozenset(found)

    def open(self, name: str) -> IO[bytes] | None:
        """A file to read; None where there is none. Raises Rejected for what is no file, such as a pipe."""
        try:  # a pipe that nobody writes to would never open
            descriptor = os.open(self._folder / name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            return None
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISREG(kind):
            return os.fdopen(descriptor, "rb")
        os.close(descriptor)
        if stat.S_ISDIR(kind):
            return None
        raise Rejected("the folder holds something that is neither a file nor a folder")


class TarFiles:
    """A bundle in an uncompressed tar file; raises Rejected for one that is damaged or holds other than plain files."""

    def __init__(self, path: Path) -> None:
        self._path, self._size = path, path.stat().st_size
        self._places: dict[str, tuple[int, int]] = {}  # of each file: where it begins, and its bytes
        for member in _members(path):
            start, size = member.offset_data, member.size
            if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
                raise Rejected("the tar file holds something that is not a plain file")
            if not (start >= 0 and size >= 0 and start + size <= self._size):
                raise Rejected("the tar file is damaged: a file in it goes beyond its end")
            if self._places.setdefault(member.name, (start, size)) != (start, size):
                raise Rejected("the tar file holds a file twice")
            _check_number(len(self._places))

    def names(self) -> frozenset[str]:
        """The paths of all files."""
        return frozenset(self._places)

    def open(self, name: str) -> IO[bytes] | None:
        """A file to read; None where there is none."""
        place = self._places.get(name)
        return None if place is None else io.BufferedReader(_Part(self._path.open("rb", buffering=0), *place))


def _check_number(count: int) -> None:
    if count > MAX_FILES:
        raise Rejected("the bundle holds more files than a bundle can")


def _members(path: Path) -> Iterator[tarfile.TarInfo]:
    """The members of a tar file, one at a time; raises Rejected for one that cannot be read."""
    with path.open("rb") as file:
        try:
            tar = tarfile.open(fileobj=_Headers(file), mode="r:")  # noqa: SIM115  (what it reads is closed here)
            while (member := tar.next()) is not None:
                yield member
                tar.members = []  # type: ignore[attr-defined]  # it would keep them all
        except (tarfile.TarError, ValueError, OverflowError, EOFError, IndexError):  # whatever a hostile header does
            raise Rejected("the file is not a tar file, or it is damaged") from None


class _Headers(io.BufferedIOBase):
    """What tarfile reads headers from: as much as they need, and forwards only."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= _MAX_HEADER:
            raise ValueError("a header is larger than any is")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


class _Part(io.RawIOBase):
    """Some bytes of a file, from `start` on."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._left = file, size
        file.seek(start)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._file.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


def files_of(path: Path) -> Files:
    """The files of a bundle at `path`; raises Rejected."""
    return FolderFiles(path) if path.is_dir() else TarFiles(path)
