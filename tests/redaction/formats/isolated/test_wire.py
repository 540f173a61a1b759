"""Frames: what one side says is what the other hears, and no reader fills the server's memory."""

import json
import socket
import struct
from collections.abc import Iterator
from typing import Any

import pytest

from expunct_server.redaction.formats import DocumentError
from expunct_server.redaction.formats.isolated import wire
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.redaction.formats.isolated.wire import Ended, Wire

HEAD = struct.Struct("!IQ")


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def server(ours: socket.socket, asked: int = 10_000) -> Wire:
    """The side that has a budget."""
    return Wire(ours, Limits(seconds=2, asked=asked).budget(), most_bytes=100)


def raw(json_: bytes, data: bytes = b"") -> bytes:
    return HEAD.pack(len(json_), len(data)) + json_ + data


@pytest.mark.parametrize(
    "message", [{}, {"note": 'a "quoted" \\ one\\'}, {"ask": [["é\ud800\U0001f600\n", [], True]]}, {"x": "[" * 5000}]
)
def test_what_is_said_is_what_is_heard(message: dict[str, Any], ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    Wire(theirs).send(message, b"abc")
    assert server(ours).receive() == (message, b"abc")
    server(ours).send(message)
    assert Wire(theirs).receive() == (message, b"")


def test_a_frame_of_more_structure_than_texts_need_is_not_parsed(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = ends
    monkeypatch.setattr(wire, "_STRUCTURE", 200)
    for said in (b'{"ask": [' + b"[]," * 100 + b"[]]}", b'{"a": [' + b'"",' * 100 + b'""]}', b"[" * 300):
        theirs.sendall(raw(said))
        with monkeypatch.context() as parsing:
            parsing.setattr(wire.json, "loads", None)
            with pytest.raises(Ended):
                server(ours).receive()
    long = {"note": "[]," * 1000, 'k"\\': '\\"' * 500}
    theirs.sendall(raw(json.dumps(long).encode()))
    assert server(ours).receive() == (long, b"")


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (b'{"' + b'\\"' * 200_000, b'{""'),
        (b'{"' + b"\\" * 400_001, b'{""'),
        (b'"' * 300_001, b'"' * 300_002),
        (b'"\\', b'""'),
        (b'["a\\\\", "b\\""]', b'["", ""]'),
    ],
)
def test_strings_are_passed_over_in_one_go_with_an_end_or_without(said: bytes, left: bytes) -> None:
    assert wire._STRING.sub(b'""', said) == left


def test_a_frame_is_no_longer_than_what_may_still_be_searched(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_STRUCTURE", 200)
    ours, theirs = ends
    said = json.dumps({"note": "x" * 300}).encode()
    theirs.sendall(raw(said))
    assert server(ours, asked=30).receive()[0] == {"note": "x" * 300}
    for frame in (HEAD.pack(len(said), 0), HEAD.pack(2, wire.MOST_SEEN + 1)):  # by its head: nothing is waited for
        theirs.sendall(frame)
        with pytest.raises(Ended):
            server(ours, asked=10).receive()


def test_pixels_have_a_bound_of_their_own_and_other_data_has_that_of_files(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "MOST_SEEN", 200)
    ours, theirs = ends
    for said in ({"look": "first"}, {"seen": True}):
        Wire(theirs).send(said, bytes(200))
        assert server(ours).receive() == (said, bytes(200))
    Wire(theirs).send({"inner": "a", "place": "look"}, bytes(100))
    assert server(ours).receive()[1] == bytes(100)
    for frame in (HEAD.pack(11, 101) + b'{"inner":1}', HEAD.pack(10, 201)):  # nothing more of it is waited for
        theirs.sendall(frame)
        with pytest.raises(Ended):
            server(ours).receive()


def test_a_reader_whose_text_is_too_long_to_be_taken_says_so(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_MOST_JSON", 100)
    with pytest.raises(DocumentError) as caught:
        Wire(ends[1]).send({"ask": "x" * 100})
    assert caught.value.code == "too_large"
    server(ends[0]).send({"redacted": "x" * 100})
