"""Whose turn it is to write to one SQLite file, among processes: the one that has waited.

SQLite itself makes a process that finds the file locked ask again, after up to a tenth of a second. One that commits
and begins again at once is then always there first: with 16 threads at work, another process got in once in two
seconds. So writers come through two locks of files beside the database. Who wants to write takes the gate, then the
lane, then leaves the gate; a process that waits for the lane holds the gate, and the one that has the lane cannot pass
the gate a second time before it.

The locks are `flock`'s: the kernel frees those of a process that dies. They are about fairness alone; that there is one
writer at a time is SQLite's own lock, which holds for other programs too. So where the files cannot be made, as on a
full disk, there is no lane, and SQLite says by itself what it can and cannot do there.
"""

import errno
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

_ASK_AGAIN_SECONDS = 0.0005


class Lane:
    """The way to write to one file, for one thread of this process at a time. Not to be carried across a fork."""

    def __init__(self, database: Path, patience_seconds: float, busy: Callable[[], Exception]) -> None:
        """The files `-gate` and `-lane` beside the database are made when first needed."""
        self._paths = [database.with_name(database.name + suffix) for suffix in ("-gate", "-lane")]
        self._patience = patience_seconds
        self._busy = busy
        self._descriptors: list[int] = []

    def enter(self) -> None:
        """Wait for the turn. Raises what `busy` gives when it takes too long."""
        if not self._opened():
            return
        gate, lane = self._descriptors
        patience = time.monotonic() + self._patience
        self._take(gate, patience)
        try:
            self._take(lane, patience)
        finally:
            fcntl.flock(gate, fcntl.LOCK_UN)

    def leave(self) -> None:
        """Let the next one in."""
        if self._descriptors:
            fcntl.flock(self._descriptors[1], fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the files; they stay, for others."""
        while self._descriptors:
            os.close(self._descriptors.pop())

    def _opened(self) -> bool:
        if not self._descriptors:
            try:
                for path in self._paths:
                    self._descriptors.append(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            except OSError:
                self.close()
        return bool(self._descriptors)

    def _take(self, descriptor: int, patience: float) -> None:
        while True:
            try:
                return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise
            if time.monotonic() > patience:
                raise self._busy()
            time.sleep(_ASK_AGAIN_SECONDS)
