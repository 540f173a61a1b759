"""The files of a bundle, in a folder or in a tar file, read without unpacking and without trusting who made them.

A hostile bundle may be slow to read, as large as it is; it makes nothing grow that is not as large itself: members are
plain files that lie in the tar file as they are (none that a few bytes expand to terabytes), there are a million at
most, and of headers one block is read at a time. Extended headers are refused, but for one that gives the size of a
file of 8 GiB or more: nothing else needs them in a bundle, and they may be chained, long and slow to parse.
"""

import io
import os
import re
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final, Protocol

from expunct_server.tlog.strict import Rejected

MAX_FILES: Final = 1 << 20  # a log of a hundred million entries
_BLOCK: Final = 512
_SIZE_RECORD: Final = re.compile(rb"([1-9][0-9]) size=([1-9][0-9]{9,17})\n")


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
        self._path = path
        self._places: dict[str, tuple[int, int]] = {}  # of each file: where it begins, and its bytes
        with path.open("rb") as file:
            for name, *place in _members(file, path.stat().st_size):
                if name in self._places:
                    raise Rejected("the tar file holds a file twice")
                self._places[name] = (place[0], place[1])
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


def _members(file: IO[bytes], end: int) -> Iterator[tuple[str, int, int]]:
    """Of each file in a tar file of `end` bytes: its name, where it begins, and its bytes; raises Rejected."""
    stated: int | None = None  # by an extended header, of the file that follows
    while (header := _header(file)) is not None:
        start, size = file.tell(), header.size if stated is None else stated
        if header.type == tarfile.XHDTYPE and stated is None and 0 < size <= _BLOCK:
            stated = _stated_size(file.read(_BLOCK)[:size])
            continue
        if header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise Rejected("the tar file holds something that is not a plain file")
        if not (size >= 0 and start + size <= end):
            raise Rejected("the tar file is damaged: a file in it goes beyond its end")
        yield header.name, start, size
        stated = None
        file.seek(start + -(-size // _BLOCK) * _BLOCK)


def _header(file: IO[bytes]) -> tarfile.TarInfo | None:
    """The next header, a block and no more; None for the block of zeros that ends a tar file. Raises Rejected."""
    block = file.read(_BLOCK)
    if block == bytes(_BLOCK):
        return None
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.TarError, ValueError):  # whatever a hostile header does; also none where one must be
        raise Rejected("the file is not a tar file, or it is damaged") from None


def _stated_size(records: bytes) -> int:
    """What an extended header says: of a file from 8 GiB on its size, which does not fit the plain header.

    Bundles are written with no other; raises Rejected for any.
    """
    said = _SIZE_RECORD.fullmatch(records)
    if said is None or int(said[1]) != len(records):
        raise Rejected("the tar file holds something that is not a plain file, or has an extended header")
    return int(said[2])


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
