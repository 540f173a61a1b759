"""Small files that are there whole or not at all, and locks that the kernel takes from a process that dies.

Order of writes, so that dying at any line leaves what was there or what is new: the folders that are missing are made,
each one's name synced before anything stands in it; the bytes go to a draft beside the file and are synced; the draft
takes the file's name; the folder is synced.
"""

import errno
import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from expunct_server.errors import Unavailable

_DISK_FULL = "The server's disk is full. Nothing was kept; tell its operator."
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_HELD = (errno.EAGAIN, errno.EACCES)
_ASK_AGAIN_SECONDS = 0.005


@contextmanager
def told() -> Iterator[None]:
    """Turn a full disk into a refusal that says so."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise disk_full() from None
        raise


def disk_full() -> Unavailable:
    """The refusal where there is no room."""
    return Unavailable(_DISK_FULL, code="storage_full", retry_after=60)


def require_space(folder: Path, wanted: int, reserve: int) -> None:
    """Raise `Unavailable` unless `wanted` more bytes in `folder` would leave `reserve` bytes of its disk free."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free - wanted < reserve:
        raise disk_full()


def sync_folder(folder: Path) -> None:
    """Make a rename or an unlink in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folders(folder: Path) -> None:
    """Make a folder and the parents that are missing, for this user alone, each name durable before the next."""
    if folder.is_dir():
        return
    make_folders(folder.parent)
    with suppress(FileExistsError):  # another process was first
        folder.mkdir(mode=0o700)
    sync_folder(folder.parent)


@contextmanager
def drafted(path: Path, data: bytes, mark: str | None = None) -> Iterator[Path]:
    """A durable file beside `path`, which may take its name; gone where the block fails.

    `mark` ends its name: of those who share one, one at a time may be here, and then it replaces what a dead process
    left. Without it the name is its own. Raises `Unavailable` on a full disk, also when the block meets one.
    """
    draft = path.with_name(f".{path.name}.{mark or secrets.token_hex(4)}")
    flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if mark else os.O_EXCL)
    with told():
        make_folders(path.parent)
        try:
            with os.fdopen(os.open(draft, flags, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield draft
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def write_durably(path: Path, data: bytes) -> None:
    """Make `data` the file's content, whatever it was. Whoever writes a file holds its lock.

    Raises `Unavailable` on a full disk.
    """
    with drafted(path, data, "draft") as draft:
        draft.rename(path)
    with told():
        sync_folder(path.parent)


def create_once(path: Path, data: bytes) -> None:
    """Make the file with `data` unless it is there: of several processes exactly one wins, and nobody sees half of it.

    Raises `Unavailable` on a full disk.
    """
    with drafted(path, data) as draft:
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    with told():
        sync_folder(path.parent)  # what is made with a key must not outlive it at a power cut


@contextmanager
def file_lock(path: Path, seconds: float, busy: Unavailable) -> Iterator[None]:
    """One holder at a time, thread or process. `path` is a file of its own, since what it protects may be replaced.

    Raises `busy` when another holds it for more than `seconds`, `Unavailable` on a full disk.
    """
    with told():
        make_folders(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _wait_for(descriptor, seconds, busy)
        yield
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, seconds: float, busy: Unavailable) -> None:
    patience = time.monotonic() + seconds
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _HELD:
                raise
        if time.monotonic() > patience:
            raise busy from None
        time.sleep(_ASK_AGAIN_SECONDS)
