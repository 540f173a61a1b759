"""A store in a folder of this machine, or of a file system that several machines share.

Order of writes, so that dying at any line leaves either nothing or everything: the bytes go to a file under `drafts/`,
are synced, then renamed into place, then the folder is synced. What a crash leaves in `drafts/` is swept.
"""

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from expunct_server.storage.base import Stat, StoreMissing
from expunct_server.storage.durable import disk_full, make_folders, sync_folder, told


class FolderDraft:
    """A file that becomes visible under its key when published."""

    def __init__(self, file: BinaryIO, draft: Path, target: Path) -> None:
        self.file = file
        self._draft = draft
        self._target = target

    def publish(self) -> Stat:
        """Sync the bytes, give them their name, sync the name."""
        self.file.flush()
        os.fsync(self.file.fileno())
        make_folders(self._target.parent)
        self._draft.rename(self._target)
        sync_folder(self._target.parent)
        found = os.fstat(self.file.fileno())
        etag = f"{found.st_ino}-{found.st_size}-{found.st_mtime_ns}"
        return Stat(str(self._target), found.st_size, etag, found.st_mtime_ns // 1000)


class FolderStore:
    """Keys are relative paths such as `results/job_01k8.a1b2`, made by this server and never by a caller."""

    def __init__(self, root: Path, drafts: Path | None = None) -> None:
        self._root = root

    @contextmanager
    def create(self, key: str) -> Iterator[FolderDraft]:
        """A draft for `key`; removed when the block ends without `publish`. Raises `Unavailable` on a full disk."""
        drafts = self._root / "drafts"
        draft = drafts / secrets.token_hex(16)
        with told():
            drafts.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with told(), os.fdopen(descriptor, "w+b") as file:
                yield FolderDraft(file, draft, self._path(key))
        finally:
            draft.unlink(missing_ok=True)

    def open(self, key: str) -> BinaryIO:
        """The bytes under `key`. Raises `StoreMissing`."""
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise StoreMissing from None

    def remove(self, key: str) -> None:
        """Remove what is under `key`, if anything is."""
        self._path(key).unlink(missing_ok=True)

    def keys(self, prefix: str) -> list[tuple[str, float]]:
        """Published keys below the folder `prefix` and their age in seconds."""
        now, found = time.time(), []
        for path in (self._root / prefix).glob("*"):
            with suppress(FileNotFoundError):  # removed by another process meanwhile
                found.append((f"{prefix}/{path.name}", now - path.stat().st_mtime))
        return found

    def require_space(self, wanted: int, reserve: int) -> None:
        """Raise `Unavailable` unless `wanted` more bytes would leave `reserve` bytes free."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self._root).free - wanted < reserve:
            raise disk_full()

    def sweep_drafts(self, older_than_seconds: float) -> int:
        """Remove drafts that a crash left behind; a live one is written to, so its age is near zero."""
        old = [key for key, age in self.keys("drafts") if age > older_than_seconds]
        for key in old:
            self.remove(key)
        return len(old)

    def _path(self, key: str) -> Path:
        path = self._root / key
        if ".." in path.parts or not path.is_relative_to(self._root):
            raise ValueError("a key must stay inside its store")
        return path
