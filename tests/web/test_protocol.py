"""What comes before a body is bounded."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from expunct_server.web.protocol import MAX_HEAD_BYTES, BoundedHttp


class Impatient(BoundedHttp):
    head_seconds = 0.2


@contextmanager
def served(http: type[BoundedHttp]) -> Iterator[int]:
    async def size(request: Request) -> PlainTextResponse:
        return PlainTextResponse(str(len(await request.body())))

    listener = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[Route("/", size, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, http=http, log_config=None, lifespan="off", timeout_keep_alive=60))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with served(BoundedHttp) as found:
        yield found


@pytest.fixture(scope="module")
def impatient() -> Iterator[int]:
    with served(Impatient) as found:
        yield found


def exchange(port: int, *pieces: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except ConnectionError:
            pass  # it was closed on us: what it said is still to be read
        answer = b""
        try:
            while more := connection.recv(65536):
                answer += more
        except ConnectionResetError:
            pass
        return answer


@pytest.mark.parametrize(
    "head",
    [
        [b"GET / HTTP/1.1\r\n"] + [b"x-filler: y\r\n" * 1000] * 50,
        [b"GET / HTTP/1.1\r\nx-filler: "] + [b"y" * 10_000] * 50,
        [b"GET /"] + [b"y" * 10_000] * 50,
    ],
    ids=["many headers", "one long header", "a long path"],
)
def test_a_head_without_end_is_refused(port: int, head: list[bytes]) -> None:
    answer = exchange(port, *head)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert sum(map(len, head)) > MAX_HEAD_BYTES


def test_a_large_body_after_a_small_head_is_not_counted(port: int) -> None:
    size = 10 * MAX_HEAD_BYTES
    head = f"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {size}\r\n\r\n".encode()
    assert exchange(port, head + b"x" * 100, b"x" * (size - 100)).endswith(str(size).encode())


WHOLE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"


@pytest.mark.parametrize(
    ("pieces", "answers"),
    [([], 0), ([b"POST / HT"], 0), ([WHOLE], 1), ([WHOLE, b"\r\n"], 1), ([WHOLE, WHOLE, b"POST /"], 2)],
    ids=["nothing", "half a head", "nothing more", "an empty line", "half of the next"],
)
def test_who_brings_no_whole_head_is_not_waited_for(impatient: int, pieces: list[bytes], answers: int) -> None:
    """The connection is closed, or reading from it would time out; what was asked before is answered."""
    assert exchange(impatient, *pieces).count(b"HTTP/1.1 200 ") == answers


def test_a_body_and_its_answer_may_take_longer_than_a_head(impatient: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", impatient), timeout=20) as connection:
        connection.sendall(head + b"h")
        time.sleep(3 * Impatient.head_seconds)
        connection.sendall(b"i")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
