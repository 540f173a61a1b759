"""What the witness remembers: for each log, the checkpoint that it cosigned last. One small file each.

Order of writes, so that dying at any line leaves the old checkpoint or the new one: the bytes go to a draft, are
synced, the draft takes the file's name, the folder is synced. Only then may anybody be told.

Nothing is ever removed, and a file that cannot be read is not taken for one that is not there: a witness that forgets
would cosign a second history.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from expunct_server.errors import Unavailable
from expunct_server.storage.durable import file_lock, sync_folder, told, write_durably
from expunct_server.tlog.checkpoint import Checkpoint, parse_checkpoint
from expunct_server.tlog.strict import Rejected, utf8_text

_PATIENCE_SECONDS = 5.0


class State:
    """The checkpoints below a folder. Several processes may share it, on one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def locked(self, origin: str) -> Iterator["Memory"]:
        """The log with this origin, for this thread alone. Raises `Unavailable` when others hold it for too long."""
        path = self._folder / hashlib.sha256(origin.encode()).hexdigest()
        busy = Unavailable("The witness is busy with this log.", code="witness_busy")
        with file_lock(path.with_suffix(".lock"), _PATIENCE_SECONDS, busy):
            yield Memory(path, origin)


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
        write_durably(self._path, checkpoint.encode().encode())

    def settle(self) -> None:
        """Make durable what `last` gave: who wrote it may have died before the name was."""
        with told():
            sync_folder(self._path.parent)
