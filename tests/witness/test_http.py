"""The witness on a real socket."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from expunct_server.tlog.witness import MAX_REQUEST, accepted_cosignatures
from tests.witness.support import CLASSIC, FORK, note, request, serving, witness


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with serving(witness(tmp_path), body_seconds=0.3) as prefix:
        yield f"{prefix}/add-checkpoint"


def test_the_answers_are_the_specifications(url: str) -> None:
    with httpx.Client() as client:
        first = client.post(url, content=request(0, 5))
        assert first.status_code == 200
        assert accepted_cosignatures(note(5), first.content, [CLASSIC.verifier_key])
        stale = client.post(url, content=request(0, 7))
        assert (stale.status_code, stale.content, stale.headers["content-type"]) == (409, b"5\n", "text/x.tlog.size")
        assert client.post(url, content=request(5, 7)).status_code == 200
        assert client.post(url, content=request(7, 9, FORK)).status_code == 422
        assert client.post(url, content=b"").status_code == 400


def test_nothing_else_is_served(url: str) -> None:
    assert httpx.get(url).status_code == 405
    assert httpx.post(url.replace("add-checkpoint", "anything")).status_code == 404


def test_a_body_without_end_is_refused(url: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(MAX_REQUEST // 65536 + 1):
            yield b"x" * 65536

    assert httpx.post(url, content=b"x" * (MAX_REQUEST + 1)).status_code == 413
    assert httpx.post(url, content=endless()).status_code == 413


def test_a_body_that_never_comes_is_given_up(url: str) -> None:
    port = int(url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nold")
        answer = b""
        while more := connection.recv(65536):  # until the witness closes it
            answer += more
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_damaged_memory_is_an_error_of_the_witness(url: str, tmp_path: Path) -> None:
    httpx.post(url, content=request(0, 5))
    for file in tmp_path.iterdir():
        file.write_bytes(b"x")
    assert httpx.post(url, content=request(5, 6)).status_code == 503


def test_many_at_once_leave_one_history(tmp_path: Path) -> None:
    """Two witnesses over one folder, as two processes are to each other: flock tells threads apart, too."""
    answers: list[tuple[int, str, int]] = []
    with serving(witness(tmp_path)) as one, serving(witness(tmp_path)) as other:

        def ask(prefix: str, old: int, new: int, history: str) -> None:
            with httpx.Client() as client:
                found = client.post(f"{prefix}/add-checkpoint", content=request(old, new, history))
                answers.append((new, history, found.status_code))

        for old, new in ((0, 8), (8, 9)):
            threads = [
                threading.Thread(target=ask, args=(prefix, old, new, history))
                for prefix in (one, other)
                for history in ("true", FORK)
                for _ in range(3)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    cosigned = {(size, history) for size, history, status in answers if status == 200}
    assert len({history for _, history in cosigned}) == 1
    assert {size for size, _ in cosigned} == {8, 9}
    assert {status for _, _, status in answers} <= {200, 409, 422}
