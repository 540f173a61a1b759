"""What a document's process and its parent say to each other: frames of JSON, with bytes after them where one says so.

JSON and not pickles, since the process has read what a stranger wrote: whatever becomes of it, it can only ask.
"""

import json
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.limits import Budget

_HEAD: Final = struct.Struct("!IQ")  # length of the JSON and of the bytes after it
_MOST_ANSWER: Final = 1 << 31
_MOST_JSON: Final = 256 << 20
_STRUCTURE: Final = 16 << 20
"""Bytes of a frame beside what is in its strings: each can become sixty in memory, so they are bounded on their own."""
MOST_SEEN: Final = 100_000_000
"""Bytes of what is looked at: two views of the largest page (`pictures.looking`), however small files have to be."""
_SIGHT: Final = frozenset(("look", "seen"))
_ESCAPED: Final = 6  # bytes of JSON that one code point may take
# Linear whatever stands there: a string that does not end goes on to the end.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.S)


class Ended(Exception):
    """The other side has closed the connection, or sent what is no frame."""


class OutOfTime(Exception):
    """The other side said nothing within the time it had."""


class Wire:
    """One side of the connection. Where there is a budget, the other side is a reader's: its time is taken from that,
    and no frame is larger than the texts that may still be searched, nor made of more than texts need. `most_bytes` may
    come after one; after what is said of pictures to be looked at, MOST_SEEN."""

    def __init__(self, connection: socket.socket, budget: Budget | None = None, most_bytes: int = 1 << 31) -> None:
        self._connection = connection
        self._budget = budget
        self._most_bytes = most_bytes

    def send(self, message: dict[str, Any], data: bytes = b"") -> None:
        """Raises Ended and OutOfTime; DocumentError for a reader's text that is longer than the other side takes."""
        said = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if self._budget is None and len(said) > _MOST_JSON:
            raise DocumentError("too_large", "The document has a text that is longer than can be searched: split it.")
        with self._timed():
            self._connection.sendall(_HEAD.pack(len(said), len(data)) + said)
            if data:  # to send nothing fails too once the other side has read the rest, and gone
                self._connection.sendall(data)

    def receive(self) -> tuple[dict[str, Any], bytearray]:
        """The next message and its bytes, which may be cleared once they are used. Raises Ended and OutOfTime."""
        length, more = _HEAD.unpack(self._read(_HEAD.size))
        if length > self._most_json or more > max(self._most_bytes, MOST_SEEN):
            raise Ended
        said = self._read(length)
        if self._budget is not None and length > _STRUCTURE and len(_STRING.sub(b'""', said)) > _STRUCTURE:
            raise Ended
        try:
            message = json.loads(said)
        except (ValueError, RecursionError):
            raise Ended from None
        if not isinstance(message, dict):
            raise Ended
        if more > self._most_bytes and not _SIGHT & message.keys():
            raise Ended
        return message, self._read(more)

    @property
    def _most_json(self) -> int:
        if self._budget is None:
            return _MOST_ANSWER
        return min(_MOST_JSON, _STRUCTURE + _ESCAPED * max(self._budget.asked, 0))

    def _read(self, length: int) -> bytearray:
        data = bytearray()
        while len(data) < length:
            with self._timed():
                part = self._connection.recv(min(length - len(data), 1 << 20))
            if not part:
                raise Ended
            data += part
        return data

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
