"""A server that speaks just enough HTTP to lie: each connection is answered by the next of its scripts."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self

Script = Callable[[socket.socket], None]


class Liar:
    """`url`, and `asked`, the heads of the requests that came. The last script answers all later ones;
    without any it hangs.
    """

    def __init__(self, *scripts: Script) -> None:
        self._scripts = list(scripts) or [self.hang]
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self.asked: list[bytes] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._listen, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End, whoever waits for an answer; once is enough."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for each in self._threads:
            each.join(10)

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                self._threads.append(threading.Thread(target=self._answer, args=(connection, script), daemon=True))
                self._threads[-1].start()

    def _answer(self, connection: socket.socket, script: Script) -> None:
        with connection, suppress(OSError):
            connection.settimeout(10)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(1 << 16)
                if not piece:
                    return
                head += piece
            self.asked.append(head.partition(b"\r\n\r\n")[0])
            script(connection)

    def hang(self, connection: socket.socket) -> None:
        """Say nothing until the test ends."""
        self._ended.wait(60)


def says(status: str, body: bytes = b"", *headers: str, length: int | None = None) -> Script:
    """An answer; `length` is what it says of its body."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", "Connection: close", *headers]

    def script(connection: socket.socket) -> None:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return script


def resets(connection: socket.socket) -> None:
    """End the connection without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def drips(first: bytes, byte: bytes = b"x") -> Script:
    """`first` at once, then a byte now and then, until the other side has had enough; ten seconds at most."""

    def script(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(first)
        for _ in range(500):
            connection.sendall(byte)
            time.sleep(0.02)

    return script
