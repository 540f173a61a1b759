"""What the witness remembers: for each log, the checkpoint that it cosigned last. One small file each.

Order of writes, so that dying at any line leaves the old checkpoint or the new one: the bytes go to a draft, are
synced, the draft takes the file's name, the folder is synced. Only then may anybody be told.

Nothing is ever removed, and a file that cannot be read is not taken for one that is not there: a witness that forgets
would cosign a second history.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from expunct_server.errors import Unavailable
from expunct_server.storage.folder import sync_folder, told
from expunct_server.tlog.checkpoint import Checkpoint, parse_checkpoint
from expunct_server.tlog.strict import Rejected, utf8_text

_PATIENCE_SECONDS = 5.0
_PAUSE_SECONDS = 0.005


class State:
    """The checkpoints below a folder. Several processes may share it, on one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def locked(self, origin: str) -> Iterator["Memory"]:
        """The log with this origin, for this thread alone. Raises `Unavailable` when others hold it for too long."""
        path = self._folder / hashlib.sha256(origin.encode()).hexdigest()
        with told():
            _make_folder(self._folder)
            # The lock is a file of its own, since the one it protects is replaced. The kernel frees that of the dead.
            descriptor = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _wait_for(descriptor)
            yield Memory(path, origin)
        finally:
            os.close(descriptor)


class Memory:
    """What is remembered of one log. Made by `State.locked` and used within it."""

    def __init__(self, path: Path, origin: str) -> None:
        self._path = path
        self._origin = origin

    def last(self) -> Checkpoint | None:
        """The checkpoint that was cosigned last; None when none ever was. Raises `Unavailable` for a damaged file."""
        try:
            with told():
                data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        try:
            found = parse_checkpoint(utf8_text(data))
        except Rejected:
            found = None
        if found is None or found.origin != self._origin:
            raise Unavailable(f"The file {self._path.name} of the witness is damaged.", code="bad_witness_state")
        return found

    def keep(self, checkpoint: Checkpoint) -> None:
        """Remember this one instead, durably. Raises `Unavailable` on a full disk."""
        draft = self._path.with_suffix(".draft")  # the lock is held, so what a dead process left may be overwritten
        with told():
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                file.write(checkpoint.encode().encode())
                file.flush()
                os.fsync(file.fileno())
            draft.rename(self._path)
            sync_folder(self._path.parent)

    def settle(self) -> None:
        """Make durable what `last` gave: who wrote it may have died before the name was."""
        with told():
            sync_folder(self._path.parent)


def _make_folder(folder: Path) -> None:
    """Make a folder, its name durable before anything stands in it."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)


def _wait_for(descriptor: int) -> None:
    patience = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > patience:
                raise Unavailable("The witness is busy with this log.", code="witness_busy") from None
        time.sleep(_PAUSE_SECONDS)
