"""A document at an https:// address reads like one in a store, and what goes wrong has a name."""

import socket
from collections.abc import Callable
from functools import partial
from ipaddress import ip_network
from typing import NoReturn

import pytest

from expunct_server.outbound import client
from expunct_server.outbound.addresses import Rules
from expunct_server.storage.base import (
    StoreChanged,
    StoreDenied,
    StoreError,
    StoreMissing,
    StoreTimeout,
    StoreUnavailable,
)
from expunct_server.storage.web import WebDocument
from tests.support.hostile import Authority, Conversation, Hostile, serving

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
GOOD = b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: "a1"\r\n\r\nhello'


def document(server: Hostile, *, url: str = "", seconds: float = 15.0, max_bytes: int = 1000) -> WebDocument:
    rules = Rules((f"localhost:{server.port}", f"127.0.0.1:{server.port}"), LOOPBACK)
    return WebDocument(url or f"{server.url}/a.txt?signature=b", rules=rules, seconds=seconds, max_bytes=max_bytes)


def error(read: Callable[[], object]) -> StoreError:
    with pytest.raises(StoreError) as raised:
        read()
    assert raised.value.detail.endswith(".") and str(raised.value) == raised.value.detail
    assert not any(each in raised.value.detail for each in ("localhost", "127.", "signature"))
    return raised.value


def test_a_document_is_read_once_from_its_beginning(trusted: Authority) -> None:
    with serving(trusted.server("localhost"), lambda talk: talk.say(GOOD)) as server:
        reader = document(server).open("a.txt")
        assert (reader.stat.key, reader.stat.size, reader.stat.etag) == ("a.txt", 5, '"a1"')
        assert [reader.read(2), reader.read(), reader.read(1)] == [b"he", b"llo", b""]
        reader.close()
        assert document(server).stat("a.txt") == reader.stat
        assert all(each.startswith(b"GET /a.txt?signature=b HTTP/1.1\r\n") for each in server.requests)


def test_what_the_host_does_not_say_is_not_made_up(trusted: Authority) -> None:
    with serving(trusted.server("localhost"), lambda talk: talk.say(b"HTTP/1.1 200 OK\r\n\r\nhello")) as server:
        reader = document(server).open("a.txt")
        assert (reader.stat.size, reader.stat.etag, reader.stat.modified_at, reader.read()) == (-1, "", 0, b"hello")
        reader.close()


def test_another_state_than_the_one_asked_for_is_told(trusted: Authority) -> None:
    with serving(trusted.server("localhost"), lambda talk: talk.say(GOOD)) as server:
        reader = document(server).open("a.txt", etag='"a1"')
        assert reader.read() == b"hello"
        reader.close()
        assert isinstance(error(lambda: document(server).open("a.txt", etag='"a2"')), StoreChanged)


@pytest.mark.parametrize(
    ("status", "code", "kind", "is_passing"),
    [
        (404, "not_found", StoreMissing, False),
        (410, "not_found", StoreMissing, False),
        (401, "access_denied", StoreDenied, False),
        (403, "access_denied", StoreDenied, False),
        (429, "store_unavailable", StoreUnavailable, True),
        (500, "store_unavailable", StoreUnavailable, True),
        (503, "store_unavailable", StoreUnavailable, True),
        (599, "store_unavailable", StoreUnavailable, True),
        (101, "bad_response", StoreError, False),
        (204, "bad_response", StoreError, False),
        (206, "bad_response", StoreError, False),
        (304, "bad_response", StoreError, False),
        (400, "bad_response", StoreError, False),
        (600, "bad_response", StoreError, False),
    ],
)
def test_any_status_but_200_has_a_name(
    trusted: Authority, status: int, code: str, kind: type[StoreError], is_passing: bool
) -> None:
    said = b"HTTP/1.1 %d No\r\nContent-Encoding: gzip\r\nContent-Length: 9999\r\n\r\n" % status
    with serving(trusted.server("localhost"), lambda talk: talk.say(said)) as server:
        met = error(lambda: document(server).open("a.txt"))
        assert (met.code, met.passing) == (code, is_passing) and isinstance(met, kind)


@pytest.mark.parametrize(
    ("said", "code", "kind", "is_passing"),
    [
        (GOOD[:-1], "fetch_incomplete", StoreUnavailable, True),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"a" * 1001, "too_large", StoreError, False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", "bad_response", StoreError, False),
    ],
    ids=["short", "long", "garbled"],
)
def test_what_is_wrong_with_a_body_is_told_when_it_is_read(
    trusted: Authority, said: bytes, code: str, kind: type[StoreError], is_passing: bool
) -> None:
    with serving(trusted.server("localhost"), lambda talk: talk.say(said)) as server:
        reader = document(server).open("a.txt")
        met = error(reader.read)
        assert (met.code, met.passing) == (code, is_passing) and isinstance(met, kind)
        reader.close()


def test_a_body_that_never_ends_is_cut_off(trusted: Authority) -> None:
    def drip(talk: Conversation) -> None:
        talk.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        talk.drip(b"a")

    def read(server: Hostile) -> None:
        reader = document(server, seconds=0.5, max_bytes=1 << 20).open("a.txt")
        try:
            reader.read()
        finally:
            reader.close()

    with serving(trusted.server("localhost"), drip) as server:
        met = error(lambda: read(server))
        assert (met.code, met.passing) == ("fetch_timeout", True) and isinstance(met, StoreTimeout)


def test_what_is_not_allowed_or_not_reached_has_a_name(trusted: Authority) -> None:
    def leading_to(location: str) -> Callable[[Conversation], None]:
        return lambda talk: talk.say(f"HTTP/1.1 302 Found\r\nLocation: {location}\r\n\r\n".encode())

    def code(location: str) -> str:
        with serving(trusted.server("localhost"), leading_to(location)) as server:
            return error(lambda: document(server).open("a.txt")).code

    assert code("http://localhost/") == "url_not_allowed"
    assert code("https://a:b@localhost/") == "url_not_allowed"
    assert code("https://other.example/") == "host_not_allowed"
    assert code("/") == "too_many_redirects"
    with serving(trusted.server("localhost"), lambda talk: talk.say(GOOD)) as server:
        private = WebDocument(server.url, rules=Rules((f"localhost:{server.port}",), ()), seconds=15, max_bytes=10)
        assert error(lambda: private.stat("a.txt")).code == "address_not_allowed"
        assert error(lambda: document(server, url=f"https://127.0.0.1:{server.port}").stat("a")).code == "tls_failed"
        assert error(lambda: document(server, max_bytes=4).open("a.txt")).code == "too_large"
    gone = error(lambda: document(server).open("a.txt"))
    assert (gone.code, gone.passing) == ("connect_failed", True)


def test_a_name_that_does_not_resolve_may_resolve_later(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "nowhere.example")

    monkeypatch.setattr(client, "get", partial(client.get, resolver=fail))
    nowhere = WebDocument("https://nowhere.example", rules=Rules(("*",), ()), seconds=15, max_bytes=10)
    met = error(lambda: nowhere.open("a.txt"))
    assert (met.code, met.passing) == ("host_unresolved", True)
