"""What a document's process and its parent say to each other: frames of JSON, with bytes after them where one says so.

JSON and not pickles, since the process has read what a stranger wrote: whatever becomes of it, it can only ask.
"""

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from expunct_server.redaction.formats.isolated.limits import Budget

_HEAD: Final = struct.Struct("!IQ")  # length of the JSON and of the bytes after it
_MOST_JSON: Final = 256 << 20


class Ended(Exception):
    """The other side has closed the connection, or sent what is no frame."""


class OutOfTime(Exception):
    """The other side said nothing within the time it had."""


class Wire:
    """One side of the connection. The other side's time is taken from the budget, where there is one."""

    def __init__(self, connection: socket.socket, budget: Budget | None = None, most_bytes: int = 1 << 31) -> None:
        self._connection = connection
        self._budget = budget
        self._most_bytes = most_bytes

    def send(self, message: dict[str, Any], data: bytes = b"") -> None:
        """Raises Ended and OutOfTime."""
        said = json.dumps(message).encode()
        with self._timed():
            self._connection.sendall(_HEAD.pack(len(said), len(data)) + said)
            if data:  # to send nothing fails too once the other side has read the rest, and gone
                self._connection.sendall(data)

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next message and its bytes. Raises Ended and OutOfTime."""
        length, more = _HEAD.unpack(self._read(_HEAD.size))
        if length > _MOST_JSON or more > self._most_bytes:
            raise Ended
        try:
            message = json.loads(self._read(length))
        except (ValueError, RecursionError):
            raise Ended from None
        if not isinstance(message, dict):
            raise Ended
        return message, self._read(more)

    def _read(self, length: int) -> bytes:
        parts: list[bytes] = []
        while length:
            with self._timed():
                part = self._connection.recv(min(length, 1 << 20))
            if not part:
                raise Ended
            parts.append(part)
            length -= len(part)
        return b"".join(parts)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began, budget = time.monotonic(), self._budget
        if budget is not None and budget.seconds <= 0:
            raise OutOfTime
        try:
            self._connection.settimeout(None if budget is None else budget.seconds)
            yield
        except TimeoutError:
            raise OutOfTime from None
        except OSError:
            raise Ended from None
        finally:
            if budget is not None:
                budget.seconds -= time.monotonic() - began

    def close(self) -> None:
        self._connection.close()
