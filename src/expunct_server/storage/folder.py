"""A store in a folder of this machine, or of a file system that several machines share.

Two uses. The server's own folder has `drafts`, where what is being written lies; it is made when it is missing. A
caller's folder, below what the operator allows, has none: drafts lie beside their target as `.name.xxxxxxxx.part`, are
never listed, and one that a crash left may be deleted by hand when it is an hour old.

Order of writes, so that dying at any line leaves either nothing or everything: the bytes go to the draft, are synced,
take their name, then the folder is synced.

Whatever is a link or becomes one meanwhile, nothing outside of the folder is reached: a key is resolved first
(symbolic links inside the folder work), must lie below the resolved root, and then each part is entered by the
descriptor of the one before without following links. Listing follows none: what a link names in the folder is listed
at its own place.

A key that cannot be text (names of files are bytes) is listed with U+FFFD in it and is `KeyUnsupported` else.
"""

import errno
import heapq
import io
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from expunct_server.storage.base import (
    BucketMissing,
    KeyUnsupported,
    NotAFile,
    NotAFolder,
    OutsideFolder,
    Stat,
    StoreChanged,
    StoreDenied,
    StoreError,
    StoreExists,
    StoreMissing,
    StoreUnavailable,
    require_key,
)
from expunct_server.storage.durable import make_folders, told

_PAGE = 20_000  # names of one folder that are held at a time
_DRAFT = re.compile(r"\..*\.[0-9a-f]{8}\.part\Z", re.DOTALL)
_ENTER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a pipe must not wait for a writer.
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_Sorted = tuple[bytes, str]  # how a name is sorted, how it is written
_Page = list[tuple[_Sorted, "Stat | str | None"]]
_MEANING: dict[int, type[StoreError]] = {
    errno.ENOENT: StoreMissing,
    errno.ENOTDIR: StoreMissing,
    errno.EACCES: StoreDenied,
    errno.EPERM: StoreDenied,
    errno.EROFS: StoreDenied,
    errno.ELOOP: OutsideFolder,  # a link that was put there after the key was resolved
    errno.EISDIR: NotAFile,
    errno.ENXIO: NotAFile,  # a socket
    errno.ENAMETOOLONG: KeyUnsupported,
    errno.EEXIST: StoreExists,
    errno.EIO: StoreUnavailable,
    errno.ESTALE: StoreUnavailable,
    errno.ETIMEDOUT: StoreUnavailable,
}


@contextmanager
def _plainly() -> Iterator[None]:
    """Say what the file system means in the words of a store; a full disk is `Unavailable`."""
    try:
        with told():
            yield
    except OSError as error:
        meaning = _MEANING.get(error.errno or 0)
        if meaning is None:
            raise
        raise meaning from None


@dataclass(frozen=True, slots=True)
class _Listing:
    folder: str
    resolved: tuple[str, ...]
    after: bytes


class FolderFile(io.BufferedReader):
    """A real file, read-only, with `stat`. One that is changed in its place while it is read is `StoreChanged`."""

    stat: Stat

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes; `StoreChanged` instead of an end that is not the one that was opened."""
        piece = super().read(size)
        if size is None or size < 0 or len(piece) < size:
            self._check()
        return piece

    def read1(self, size: int = -1, /) -> bytes:
        """As `read`."""
        piece = super().read1(size)
        if not piece:
            self._check()
        return piece

    def readinto(self, buffer, /) -> int:  # type: ignore[no-untyped-def]
        """As `read`."""
        length = super().readinto(buffer)
        if not length:
            self._check()
        return length

    def _check(self) -> None:
        if _etag(os.fstat(self.fileno())) != self.stat.etag:
            raise StoreChanged


class FolderDraft:
    """A file that becomes visible under its key when published."""

    def __init__(self, store: "FolderStore", key: str, file: BinaryIO, at: tuple[int, str]) -> None:
        self.file = file
        self._store, self._key = store, key
        self._folder, self._name = at

    def publish(self, *, if_absent: bool = False) -> Stat:
        """Sync the bytes, give them their name, sync the name. Raises `StoreExists` when another must not be there."""
        with _plainly():
            self.file.flush()
            os.fsync(self.file.fileno())
        with self._store.folder_of(self._key, make=True) as (folder, name), _plainly():
            if if_absent:
                os.link(self._name, name, src_dir_fd=self._folder, dst_dir_fd=folder, follow_symlinks=False)
            else:
                os.rename(self._name, name, src_dir_fd=self._folder, dst_dir_fd=folder)
            os.fsync(folder)
        return _stat(self._key, os.fstat(self.file.fileno()))


def own_folder(data: Path) -> "FolderStore":
    """The store in the server's own data folder."""
    return FolderStore(data, data / "drafts")


class FolderStore:
    """The files below `root`. Keys are their relative paths. See `storage.base.Store` and above."""

    def __init__(self, root: Path, drafts: Path | None = None) -> None:
        self._root = root
        self._drafts = drafts

    def list(self, prefix: str = "", *, after: str = "") -> Iterator[Stat]:
        """Files below the folder `prefix`, in order. Raises `BucketMissing` when `root` is no folder."""
        folder = prefix.rstrip("/")
        if folder:
            require_key(folder)
        with self._entered(()):
            pass
        listing = _Listing(folder, self._resolved(folder) if folder else (), after.encode(errors="surrogatepass"))
        waiting = [self._entries(listing, f"{folder}/" if folder else "")]
        while waiting:
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
            elif isinstance(found, Stat):
                yield found
            else:
                waiting.append(self._entries(listing, found))

    def stat(self, key: str) -> Stat:
        """What is under the key. Raises `StoreMissing`, `NotAFile`."""
        with self.folder_of(key) as (folder, name), _plainly():
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        return _stat(key, found)

    def open(self, key: str, *, etag: str | None = None) -> FolderFile:
        """The file, as one that can be read from anywhere in it. Raises `StoreMissing`, `NotAFile`, `StoreChanged`."""
        with self.folder_of(key) as (folder, name), _plainly():
            descriptor = os.open(name, _READ, dir_fd=folder)
        try:
            found = _stat(key, os.fstat(descriptor))
            if etag is not None and found.etag != etag:
                raise StoreChanged
            file = FolderFile(io.FileIO(descriptor, "rb"))
        except BaseException:
            os.close(descriptor)
            raise
        file.stat = found
        return file

    def put(self, key: str, source: BinaryIO, *, if_absent: bool = False) -> Stat:
        """Copy `source` there. Raises `StoreExists`, `Unavailable` on a full disk."""
        with self.create(key) as draft:
            with _plainly():
                shutil.copyfileobj(source, draft.file, 1 << 20)
            return draft.publish(if_absent=if_absent)

    @contextmanager
    def create(self, key: str) -> Iterator[FolderDraft]:
        """A draft for `key`; removed when the block ends without `publish`. Raises `Unavailable` on a full disk."""
        with ExitStack() as held:
            at = held.enter_context(self._draft_of(key))
            with _plainly():
                descriptor = os.open(at[1], _WRITE, 0o600, dir_fd=at[0])
            held.callback(_forget, *at)
            with told(), os.fdopen(descriptor, "w+b") as file:
                yield FolderDraft(self, key, file, at)

    def remove(self, key: str) -> None:
        """Remove what is under `key`, if anything is. Raises `NotAFile` for a folder."""
        with suppress(StoreMissing), self.folder_of(key) as (folder, name), _plainly():
            os.unlink(name, dir_fd=folder)

    def sweep_drafts(self, older_than_seconds: float) -> int:
        """Remove drafts that a crash left behind; a live one is written to, so its age is near zero."""
        if self._drafts is None or not self._drafts.is_dir():
            return 0
        old, swept = time.time() - older_than_seconds, 0
        for draft in self._drafts.iterdir():
            with suppress(FileNotFoundError):  # published, or swept by another process, meanwhile
                if draft.stat().st_mtime < old:
                    draft.unlink()
                    swept += 1
        return swept

    # --- the way to a key ---

    @contextmanager
    def folder_of(self, key: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The folder where the file is or goes, held open, and its name in it. For this module.

        What is done by the descriptor stays in that folder, whatever is renamed or linked meanwhile.
        """
        *folders, name = self._parts(key)
        with self._entered(tuple(folders), make=make) as folder:
            yield folder, name

    def _parts(self, key: str) -> tuple[str, ...]:
        require_key(key)
        if _DRAFT.match(key.rpartition("/")[2]) or "\ufffd" in key or self._is_draft(Path(self._root, key)):
            raise KeyUnsupported
        return self._resolved(key)

    def _resolved(self, key: str) -> tuple[str, ...]:
        root = Path(os.path.realpath(self._root))
        path = Path(os.path.realpath(root / key))
        if path == root or not path.is_relative_to(root):
            raise OutsideFolder
        return path.relative_to(root).parts

    @contextmanager
    def _entered(self, folders: tuple[str, ...], *, make: bool = False) -> Iterator[int]:
        """A folder below the root, held open. Raises `BucketMissing`, `StoreMissing`, `NotAFile` where it cannot be."""
        descriptor = self._open_root()
        try:
            for name in folders:
                with _plainly():
                    inner = _enter(descriptor, name, make=make)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    def _open_root(self) -> int:
        if self._drafts is not None:
            with told():
                make_folders(self._root)
        try:
            with _plainly():
                return os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except StoreMissing:
            raise (NotAFolder if self._root.exists() else BucketMissing) from None

    def _is_draft(self, path: Path) -> bool:
        return self._drafts is not None and path.is_relative_to(self._drafts)

    @contextmanager
    def _draft_of(self, key: str) -> Iterator[tuple[int, str]]:
        """The folder in which a draft of `key` is made, held open, and the draft's name."""
        if self._drafts is None:
            with self.folder_of(key, make=True) as (folder, name):
                yield folder, f".{_short(name)}.{secrets.token_hex(4)}.part"
            return
        self._parts(key)  # a key that cannot be is refused before anything is written
        with _plainly():
            make_folders(self._drafts)
            descriptor = os.open(self._drafts, _ENTER)
        try:
            yield descriptor, secrets.token_hex(16)
        finally:
            os.close(descriptor)

    # --- listing ---

    def _entries(self, listing: "_Listing", folder: str) -> Iterator[Stat | str]:
        """Files of one folder and names of folders in it (with `/` at their end), in order, a page at a time."""
        last = (b"", "")
        while page := self._page(listing, folder, last):
            last = page[-1][0]
            yield from (found for _, found in page if found is not None)

    def _page(self, listing: "_Listing", folder: str, last: _Sorted) -> _Page:
        # What was found by listing is no link, so only the beginning had to be resolved.
        inner = tuple(folder[len(listing.folder) :].strip("/").split("/"))
        parts = listing.resolved + (inner if inner != ("",) else ())
        try:
            with self._entered(parts) as descriptor, _plainly():
                names = (each for each in self._names(descriptor, folder, listing.after) if each > last)
                return [(each, _found(descriptor, folder + each[1])) for each in heapq.nsmallest(_PAGE, names)]
        except StoreMissing:  # removed by another process meanwhile
            return []

    def _names(self, descriptor: int, folder: str, after: bytes) -> Iterator[_Sorted]:
        """Names of one folder that lead to keys beyond `after`."""
        outer = _bytes(folder)
        with os.scandir(descriptor) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if not self._is_draft(Path(self._root, folder, entry.name)):
                        inner = _bytes(entry.name) + b"/"
                        if outer + inner > after or after.startswith(outer + inner):
                            yield inner, entry.name + "/"
                elif entry.is_file(follow_symlinks=False) and not _DRAFT.match(entry.name):
                    name = _bytes(entry.name)
                    if outer + name > after:
                        yield name, entry.name


def _enter(folder: int, name: str, *, make: bool) -> int:
    """A folder in a folder, made when it is missing and may be, its name durable before anything stands in it."""
    try:
        return os.open(name, _ENTER, dir_fd=folder)
    except FileNotFoundError:
        if not make:
            raise
    except NotADirectoryError:
        if not make:
            raise
        raise NotAFile from None
    with suppress(FileExistsError):  # another process was first
        os.mkdir(name, 0o700, dir_fd=folder)
    os.fsync(folder)
    return os.open(name, _ENTER, dir_fd=folder)


def _forget(folder: int, draft: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(draft, dir_fd=folder)


def _found(descriptor: int, path: str) -> Stat | str | None:
    """What is said of an entry; None when it is no longer there."""
    if path.endswith("/"):
        return path
    with suppress(FileNotFoundError, NotAFile):
        name = path.rpartition("/")[2]
        return _stat(_bytes(path).decode(), os.stat(name, dir_fd=descriptor, follow_symlinks=False))
    return None


def _stat(key: str, found: os.stat_result) -> Stat:
    if not stat.S_ISREG(found.st_mode):
        raise NotAFile
    return Stat(key, found.st_size, _etag(found), found.st_mtime_ns // 1000)


def _etag(found: os.stat_result) -> str:
    return f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"


def _bytes(name: str) -> bytes:
    """A name of the file system as the UTF-8 of a text: what is none of it becomes U+FFFD."""
    return os.fsencode(name).decode(errors="replace").encode()


def _short(name: str) -> str:
    """So much of a name that a draft's is not too long."""
    return os.fsencode(name)[:200].decode(errors="ignore")
