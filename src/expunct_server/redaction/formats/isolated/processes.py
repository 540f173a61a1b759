"""Starts and ends documents' processes, by the program `starter`.

One process of the server has one of them, and for pictures, once there are any, another: that has loaded what reads
them, which takes longer than to read a small one.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Final

from expunct_server.redaction.formats.isolated.limits import MOST

_PROGRAM: Final = "expunct_server.redaction.formats.isolated.starter"
_KEPT: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "TZ")
"""Of the environment: settings, which may be secret, stay here."""


class Starter:
    """The program, started when it is first needed and again when it has died. Thread-safe.

    `warm` is a module that it loads and has make itself `ready`, before any document is there.
    """

    def __init__(self, warm: str = "") -> None:
        self.warm = warm
        self._lock = threading.Lock()
        self._program: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None

    @property
    def program(self) -> int | None:
        """The id of its process, None while it does not run."""
        return None if self._program is None else self._program.pid

    def start(self, module: str, files: tuple[int, int, int]) -> int:
        """Fork a process for a format's module. These are its files: the connection, the source, the target. Its id."""
        message = b"start %s" % module.encode()
        with self._lock:
            try:
                return int(self._asked(message, files))
            except (OSError, ValueError):
                self._close()
                return int(self._asked(message, files))

    def end(self, pid: int) -> int:
        """End the process; the number of the signal by which it ended before, 0 for none."""
        with self._lock:
            try:
                status = int(self._asked(b"end %d" % pid))
            except (OSError, ValueError):  # the program has died, and all of its processes with it
                self._close()
                return signal.SIGKILL
        return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0

    def _asked(self, message: bytes, files: tuple[int, ...] = ()) -> bytes:
        connection = self._running()
        if files:
            socket.send_fds(connection, [message], files)
        else:
            connection.send(message)
        answer = connection.recv(MOST)
        if not answer:
            raise ConnectionResetError
        return answer

    def _running(self) -> socket.socket:
        if self._connection is None:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._program = subprocess.Popen(
                    [sys.executable, "-P", "-m", _PROGRAM, self.warm],
                    stdin=theirs.fileno(),
                    env=_environment(),
                )
            self._connection = ours
        return self._connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._program is not None:
            self._program.wait()
        self._connection = self._program = None

    def close(self) -> None:
        """End the program, and with it all processes that it has started."""
        with self._lock:
            self._close()


def _environment() -> dict[str, str]:
    """What the readers need, and no setting of the server."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime tells its makers how it is used unless it is told not to
    }


STARTER: Final = Starter()
PICTURES: Final = Starter("expunct_server.redaction.formats.pictures")


def starter_for(module: str) -> Starter:
    """The program that forks the processes of a format's module."""
    return PICTURES if f"{module}.".startswith(f"{PICTURES.warm}.") else STARTER
