"""Requests to hosts that a caller named, against real servers that do their worst."""

import socket
import threading
import traceback
from collections.abc import Callable
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest

from expunct_server.outbound.addresses import AddressRefused, Rules
from expunct_server.outbound.client import OutboundError, ask, get, post
from tests.support.hostile import Authority, Behaviour, Conversation, Hostile, serving

LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))  # both are localhost
GOOD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
PATIENT, SHORT = 15.0, 0.25


def rules(*servers: Hostile, name: str = "localhost", networks: tuple[Any, ...] = LOOPBACK) -> Rules:
    return Rules(tuple(f"{name}:{server.port}" for server in servers), networks)


def fetch(server: Hostile, *, seconds: float = PATIENT, max_bytes: int = 1000, **more: Any) -> bytes:
    more = {"url": f"{server.url}/a", "rules": rules(server)} | more
    with get(more.pop("url"), seconds=seconds, max_bytes=max_bytes, **more) as response:
        assert response.status == 200
        return response.read()


def says(*pieces: bytes) -> Behaviour:
    return lambda talk: talk.say(*pieces)


def failure(attempt: Callable[[], object], kind: type[OutboundError | AddressRefused] = OutboundError) -> str:
    """The code of what `attempt` raises, which names no host in words that may be logged."""
    with pytest.raises(kind) as raised:
        attempt()
    assert raised.value.detail.endswith(".")
    words = [str(raised.value), raised.value.detail, *traceback.format_exception_only(raised.value)]
    assert not any(host in text for text in words for host in ("localhost", "nowhere.example", "127.0."))
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return raised.value.code


def to(*addresses: str) -> Callable[..., list[tuple[Any, ...]]]:
    """A resolver that knows one answer."""
    family = {False: socket.AF_INET, True: socket.AF_INET6}
    return lambda host, port, **_: [
        (family[":" in each], socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses
    ]


# --- answers ----------------------------------------------------------------------------------------------------------

ENDED = b"HTTP/1.1 200 OK\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [
        GOOD,
        b"HTTP/1.0 200 OK\r\ncontent-length:5\r\n\r\nhello",
        b"HTTP/1.1 200\nContent-Length: 5\n\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: identity\r\n\r\nhello and more",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + GOOD,
        ENDED + b"hello",
        CHUNKED + b"5\r\nhello\r\n0\r\n\r\n",
        CHUNKED + b"01;name=value\r\nh\r\n4 \r\nello\r\n0\r\nTrailer: 1\r\n\r\nHTTP/1.1 500 Not asked for\r\n",
    ],
    ids=range(8),
)
def test_an_answer_is_read(trusted: Authority, said: bytes) -> None:
    with serving(trusted.server("localhost"), says(*(bytes([each]) for each in said))) as server:
        assert fetch(server) == b"hello"
        assert fetch(server, max_bytes=5) == b"hello"


def test_a_body_is_read_piece_by_piece(trusted: Authority) -> None:
    body = bytes(range(256)) * 2000
    said = b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: "a"\r\nVia: 1\r\nVia: 2\r\n\r\n' % len(body)
    with (
        serving(trusted.server("localhost"), says(said, body)) as server,
        get(server.url, rules=rules(server), seconds=PATIENT, max_bytes=len(body)) as response,
    ):
        assert response.size == len(body) and response.headers["etag"] == '"a"' and response.headers["via"] == "1, 2"
        assert response.read(0) == b""
        assert b"".join(iter(partial(response.read, 100_000), b"")) == body
        assert response.read(1) == b"" == response.read()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        # lengths that lie
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", "incomplete"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", "too_large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999999999\r\n\r\n", "too_large"),
        (ENDED + b"a" * 1001, "too_large"),
        (CHUNKED + b"3e9\r\n" + b"a" * 1001, "too_large"),
        (CHUNKED + b"64\r\n%b\r\n" % (b"a" * 100) * 11, "too_large"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "bad_response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\nhello", "bad_response"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", "bad_response"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "bad_response"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "bad_response"),
        *(
            (b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\nhello" % each, "bad_response")
            for each in (b"", b"-5", b"+5", b"5.0", b"0x5", b"1_0", b"5 5", b"\xb2", b"9" * 19)
        ),
        # chunks
        (CHUNKED, "incomplete"),
        (CHUNKED + b"5", "incomplete"),
        (CHUNKED + b"5\r\nhell", "incomplete"),
        (CHUNKED + b"5\r\nhello\r\n", "incomplete"),
        (CHUNKED + b"5\r\nhello\r\n0\r\n", "incomplete"),
        (CHUNKED + b"5\r\nhelloo\r\n0\r\n\r\n", "bad_response"),
        *(
            (CHUNKED + each + b"\r\nhello\r\n0\r\n\r\n", "bad_response")
            for each in (b"", b"-1", b"-5", b"+5", b"0x5", b"5_0", b" 5", b"z", b"f" * 16, b"5\r", b"5,5")
        ),
        # compression that nobody asked for
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", "bad_response"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: br\r\n\r\nhello", "bad_response"),
        # heads
        (b"", "incomplete"),
        (b"HTTP/1.1 200", "incomplete"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", "incomplete"),
        (b"\r\n" + GOOD, "bad_response"),
        (b"hello\r\n\r\n", "bad_response"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "bad_response"),
        (b"HTTP/2 200 OK\r\n\r\n", "bad_response"),
        (b"HTTP/1.1 099 OK\r\n\r\n", "bad_response"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "bad_response"),
        (b"HTTP/1.1 200 OK\rA: b\r\n\r\n", "bad_response"),
        *(
            (b"HTTP/1.1 200 OK\r\n%b\r\nContent-Length: 5\r\n\r\nhello" % each, "bad_response")
            for each in (
                b"A",
                b": b",
                b"A : b",
                b" A: b",
                b"A: b\r\n c",
                b"A: b\0",
                b"A: b\rC: d",
                b"\xe4: b",
                b"A: \x7f",
            )
        ),
        (b"HTTP/1.1 200 OK\r\nA: %b\r\n\r\n" % (b"a" * 65536), "bad_response"),
    ],
)
def test_an_answer_that_cannot_be_relied_on_is_none(trusted: Authority, said: bytes, code: str) -> None:
    with serving(trusted.server("localhost"), says(said)) as server:
        assert failure(lambda: fetch(server)) == code


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\n", ENDED + b"hello", CHUNKED, GOOD[:-1]], ids=range(5))
def test_a_connection_that_was_cut_off_is_no_end(trusted: Authority, said: bytes) -> None:
    with serving(trusted.server("localhost"), lambda talk: talk.break_off(said)) as server:
        assert failure(lambda: fetch(server)) == "incomplete"


@pytest.mark.parametrize(
    ("said", "forever", "code"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n", "bad_response"),
        (b"HTTP/1.1 200 OK\r\nA: ", b"a", "bad_response"),
        (b"", b"a", "bad_response"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "bad_response"),
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", "bad_response"),
        (CHUNKED + b"0\r\n", b"A: b\r\n", "bad_response"),
        (CHUNKED + b"1;", b"a", "bad_response"),
        (CHUNKED, b"1;%b\r\na\r\n" % (b"b" * 2000), "bad_response"),
        (ENDED, b"a" * 1000, "too_large"),
    ],
    ids=range(9),
)
def test_what_never_ends_is_ended(trusted: Authority, said: bytes, forever: bytes, code: str) -> None:
    def behave(talk: Conversation) -> None:
        talk.connection.sendall(said)
        talk.repeat(forever * (4096 // len(forever) + 1))

    with serving(trusted.server("localhost"), behave) as server:
        assert failure(lambda: fetch(server, max_bytes=100_000)) == code


# --- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "behave",
    [
        lambda talk: talk.be_silent(),
        lambda talk: talk.drip(b"HTTP/1.1 200 OK\r\n"),
        lambda talk: (talk.connection.sendall(b"HTTP/1.1 200 OK\r\n"), talk.drip(b"A: b\r\n")),
        lambda talk: (talk.connection.sendall(ENDED), talk.drip(b"a")),
        lambda talk: (talk.connection.sendall(CHUNKED), talk.drip(b"1\r\na\r\n")),
        lambda talk: (talk.connection.sendall(GOOD[:-1]), talk.be_silent()),
        lambda talk: talk.drip(b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["silent", "status", "headers", "body", "chunks", "last byte", "interim"],
)
def test_the_time_bounds_all_of_it(trusted: Authority, behave: Behaviour) -> None:
    with serving(trusted.server("localhost"), behave) as server:
        assert failure(lambda: fetch(server, seconds=SHORT)) == "timeout"


@pytest.mark.parametrize("behave", [lambda talk: talk.be_silent(), lambda talk: talk.drip(b"\x16\x03\x03\x40\x00\x02")])
def test_the_time_bounds_the_handshake_of_tls(trusted: Authority, behave: Behaviour) -> None:
    with serving(None, behave) as server:
        assert failure(lambda: fetch(server, seconds=SHORT)) == "timeout"


def test_the_time_bounds_redirects_together(trusted: Authority) -> None:
    def behave(talk: Conversation) -> None:
        talk.over.wait(SHORT / 3)
        talk.say(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n")

    with serving(trusted.server("localhost"), behave) as server:
        assert failure(lambda: fetch(server, seconds=SHORT)) == "timeout"  # and not too_many_redirects


def test_the_time_bounds_a_look_up(trusted: Authority) -> None:
    over = threading.Event()

    def resolve(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        over.wait()
        return []

    assert failure(lambda: fetch(Hostile(443), seconds=SHORT, resolver=resolve)) == "timeout"
    over.set()


def test_the_time_bounds_a_body_that_is_not_taken(trusted: Authority) -> None:
    with serving(trusted.server("localhost"), lambda talk: talk.be_silent(), is_deaf=True) as server:
        assert failure(lambda: post(server.url, bytes(20 << 20), {}, rules=rules(server), seconds=SHORT)) == "timeout"


def test_the_time_bounds_a_body_that_is_taken_in_sips(trusted: Authority) -> None:
    taken: list[int] = []

    def sip(talk: Conversation) -> None:
        while sipped := len(talk.connection.recv(16384)):
            taken.append(sipped)
            talk.over.wait(0.005)

    with serving(trusted.server("localhost"), sip, is_deaf=True) as server:
        assert failure(lambda: post(server.url, bytes(20 << 20), {}, rules=rules(server), seconds=SHORT)) == "timeout"
    assert sum(taken) < 20 << 20


# --- redirects --------------------------------------------------------------------------------------------------------


def counting(talk: Conversation) -> None:
    """/5 leads to /4 and so on; /0 is there."""
    left = int(talk.request.split(b" ")[1].strip(b"/"))
    status = [301, 302, 303, 307, 308][left % 5]
    talk.say(GOOD if left == 0 else b"HTTP/1.1 %d Over\r\nSet-Cookie: a=b\r\nLocation: %d\r\n\r\n" % (status, left - 1))


def test_five_redirects_are_followed_and_not_six(trusted: Authority) -> None:
    with serving(trusted.server("localhost"), counting) as server:
        assert fetch(server, url=f"{server.url}/5") == b"hello"
        assert [each.split(b" ")[1] for each in server.requests] == [b"/5", b"/4", b"/3", b"/2", b"/1", b"/0"]
        assert failure(lambda: fetch(server, url=f"{server.url}/6")) == "too_many_redirects"
        assert failure(lambda: fetch(server, url=f"{server.url}/1", max_redirects=0)) == "too_many_redirects"


def test_nothing_is_told_but_what_is_asked_for(trusted: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with serving(trusted.server("localhost"), says(GOOD)) as second:
        said = b"HTTP/1.1 302 Found\r\nSet-Cookie: a=b\r\nLocation: %b/c?d\r\n\r\n" % second.url.encode()
        with serving(trusted.server("localhost"), says(said)) as first:
            assert fetch(first, rules=rules(first, second)) == b"hello"
    asked = "Connection: close\r\nAccept-Encoding: identity\r\nUser-Agent: expunct-server\r\n\r\n"
    assert first.requests == [f"GET /a HTTP/1.1\r\nHost: localhost:{first.port}\r\n{asked}".encode()]
    assert second.requests == [f"GET /c?d HTTP/1.1\r\nHost: localhost:{second.port}\r\n{asked}".encode()]


@pytest.mark.parametrize(
    ("location", "code"),
    [
        (b"http://localhost/", "scheme_not_allowed"),
        (b"file:///etc/passwd", "scheme_not_allowed"),
        (b"https://127.0.0.1/", "host_not_allowed"),
        (b"https://localhost/", "host_not_allowed"),
        (b"//other.example/", "host_not_allowed"),
        (b"https://169.254.169.254:8443/latest/", "address_not_allowed"),
        (b"https://[::ffff:169.254.169.254]:8443/", "address_not_allowed"),
        (b"https://a:b@localhost/", "url_malformed"),
        (b"/\\evil", "url_malformed"),
        (b"", "url_malformed"),
        (b"/" + b"a" * 9000, "url_malformed"),
        (b"/b\r\nLocation: /c", "url_malformed"),
    ],
)
def test_a_redirect_is_checked_as_if_it_were_asked_for(trusted: Authority, location: bytes, code: str) -> None:
    said = b"HTTP/1.1 302 Found\r\nLocation: %b\r\n\r\n" % location
    with serving(trusted.server("localhost"), says(said)) as server:
        allowed = Rules((f"localhost:{server.port}", "*:8443"), LOOPBACK)
        assert failure(lambda: fetch(server, rules=allowed), AddressRefused) == code
        assert len(server.requests) == 1


def test_other_answers_are_given_as_they_are(trusted: Authority) -> None:
    statuses = [101, 204, 206, 300, 304, 305, 404, 500]

    def behave(talk: Conversation) -> None:
        talk.say(b"HTTP/1.1 %b Other\r\nLocation: /b\r\n\r\n" % talk.request.split(b" ")[1][1:])

    with serving(trusted.server("localhost"), behave) as server:
        for status in statuses:
            url = f"{server.url}/{status}"
            with get(url, rules=rules(server), seconds=PATIENT, max_bytes=10) as response:
                assert response.status == status


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_is_not_waited_for(trusted: Authority, status: int) -> None:
    def behave(talk: Conversation) -> None:
        talk.connection.sendall(b"HTTP/1.1 %d Nothing\r\nContent-Length: 5\r\n\r\n" % status)
        talk.be_silent()

    with (
        serving(trusted.server("localhost"), behave) as server,
        get(server.url, rules=rules(server), seconds=PATIENT, max_bytes=10) as response,
    ):
        assert (response.size, response.read()) == (0, b"")


# --- names and addresses ----------------------------------------------------------------------------------------------


def test_a_name_that_changes_its_address_leads_nowhere_else(trusted: Authority) -> None:
    """The second look-up of the same name, for the redirect, gives a private address on which something listens."""
    answers, asked = [["127.0.0.1"], ["127.0.0.2"]], list[str]()

    def resolve(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return to(*answers.pop(0))(host, port, **options)

    with (
        serving(trusted.server("nowhere.example"), says(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n")) as public,
        serving(trusted.server("nowhere.example"), says(GOOD), host="127.0.0.2", port=public.port) as private,
    ):
        allowed = rules(public, name="nowhere.example", networks=(ip_network("127.0.0.1/32"),))
        url = f"https://nowhere.example:{public.port}/a"
        assert failure(lambda: fetch(public, url=url, rules=allowed, resolver=resolve), AddressRefused) == (
            "address_not_allowed"
        )
    assert asked == ["nowhere.example"] * 2
    assert len(public.requests) == 1 and private.connections == 0


def test_the_address_that_was_checked_is_connected_to_by_the_name(trusted: Authority) -> None:
    """The name has no address outside of this resolver, which is asked once: nobody else can have found the server."""
    asked: list[str] = []

    def resolve(host: str, port: int, **options: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        return to("127.0.0.7" if len(asked) == 1 else "127.0.0.1")(host, port, **options)

    with serving(trusted.server("nowhere.example"), says(GOOD), host="127.0.0.7") as server:
        allowed = rules(server, name="nowhere.example", networks=(ip_network("127.0.0.7/32"),))
        url = f"https://NOWHERE.example.:{server.port}/a"
        assert fetch(server, url=url, rules=allowed, resolver=resolve) == b"hello"
    assert asked == ["nowhere.example"] == server.names
    assert f"Host: nowhere.example:{server.port}".encode() in server.requests[0]


@pytest.mark.parametrize("other", ["10.0.0.1", "169.254.169.254", "::", "::ffff:127.0.0.1", "fe80::1%1", "0.0.0.0"])
def test_one_address_that_is_refused_refuses_the_host(trusted: Authority, other: str) -> None:
    with serving(trusted.server("localhost"), says(GOOD)) as server:
        for addresses in (["127.0.0.1", other], [other, "127.0.0.1"], ["8.8.8.8", other]):
            code = failure(lambda: fetch(server, resolver=to(*addresses)), AddressRefused)  # noqa: B023
            assert code == "address_not_allowed"
        assert server.connections == 0
        assert fetch(server, resolver=to("127.0.0.3", "127.0.0.1")) == b"hello"  # the first is not listened on
        many = to(*(f"127.0.1.{last}" for last in range(1, 7)), "127.0.0.1")
        assert failure(lambda: fetch(server, resolver=many)) == "connect_failed"


def test_a_name_without_an_address_is_told_from_a_host_that_is_away(trusted: Authority) -> None:
    def fail(*_: Any, **__: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "nowhere.example")

    nobody = Hostile(1)
    assert failure(lambda: fetch(nobody, resolver=fail)) == "host_unresolved"
    assert failure(lambda: fetch(nobody, resolver=to())) == "host_unresolved"
    assert failure(lambda: fetch(nobody)) == "connect_failed"
    assert failure(lambda: fetch(nobody, rules=Rules((), LOOPBACK)), AddressRefused) == "host_not_allowed"


# --- TLS --------------------------------------------------------------------------------------------------------------


def test_a_host_has_to_prove_its_name(trusted: Authority, authority: Authority) -> None:
    for context in (trusted.server("other.example"), trusted.server("127.0.0.1"), trusted.server("localhost", days=-1)):
        with serving(context, says(GOOD)) as server:
            assert failure(lambda: fetch(server)) == "tls_failed"
            assert server.requests == []
    with serving(trusted.server("127.0.0.1"), says(GOOD)) as server:
        assert fetch(server, url=f"https://127.0.0.1:{server.port}", rules=rules(server, name="127.0.0.1")) == b"hello"
        assert server.names == [None]


def test_a_certificate_of_an_unknown_authority_proves_nothing(authority: Authority) -> None:
    with serving(authority.server("localhost"), says(GOOD)) as server:
        assert failure(lambda: fetch(server)) == "tls_failed"
        assert server.requests == []


@pytest.mark.parametrize(
    ("behave", "code"),
    [(says(GOOD), "tls_failed"), (says(b"\x15\x03\x03\x00\x02\x02\x28"), "tls_failed"), (says(), "connect_failed")],
    ids=["plain", "alert", "nothing"],
)
def test_a_host_without_tls_is_none(trusted: Authority, behave: Behaviour, code: str) -> None:
    def hear_first(talk: Conversation) -> None:
        talk.connection.recv(65536)  # else closing it would reset the connection
        behave(talk)

    with serving(None, hear_first) as server:
        assert failure(lambda: fetch(server)) == code


# --- posts ------------------------------------------------------------------------------------------------------------


def test_a_post_gives_the_status_and_follows_nothing(trusted: Authority) -> None:
    for status in (200, 204, 302, 410, 503):
        said = b"HTTP/1.1 %d Said\r\nLocation: /b\r\nContent-Encoding: gzip\r\n\r\nx" % status
        with serving(trusted.server("localhost"), says(said)) as server:
            headers = {"Content-Type": "application/json", "User-Agent": "me/1"}
            assert post(f"{server.url}/a?b", b'{"a": 1}', headers, rules=rules(server), seconds=PATIENT) == status
        assert server.requests == [
            f"POST /a?b HTTP/1.1\r\nHost: localhost:{server.port}\r\nConnection: close\r\nAccept-Encoding: identity\r\n"
            'Content-Type: application/json\r\nUser-Agent: me/1\r\nContent-Length: 8\r\n\r\n{"a": 1}'.encode()
        ]


@pytest.mark.parametrize("behave", [lambda talk: talk.drip(b"a"), lambda talk: talk.repeat(bytes(4096))])
def test_what_an_endpoint_says_beyond_its_status_is_dropped(trusted: Authority, behave: Behaviour) -> None:
    def accept_first(talk: Conversation) -> None:
        talk.connection.sendall(b"HTTP/1.1 202 Accepted\r\n\r\n")
        behave(talk)

    with serving(trusted.server("localhost"), accept_first) as server:
        assert post(server.url, b"", {}, rules=rules(server), seconds=2.0) == 202


def test_a_post_keeps_to_the_same_rules(trusted: Authority) -> None:
    def code(url: str, allowed: Rules, **more: Any) -> str:
        return failure(lambda: post(url, b"", {}, rules=allowed, seconds=PATIENT, **more), AddressRefused)

    with serving(trusted.server("localhost"), says(GOOD)) as server:
        assert code(server.url, Rules(("*",), LOOPBACK)) == "host_not_allowed"
        assert code(server.url, rules(server, networks=())) == "address_not_allowed"
        assert code("http://localhost", Rules(("*",), LOOPBACK)) == "scheme_not_allowed"
        assert code(server.url, rules(server), resolver=to("127.0.0.1", "10.0.0.1")) == "address_not_allowed"
        assert server.connections == 0


def test_an_answer_to_a_question_is_read_within_its_bounds(trusted: Authority) -> None:
    def answer(server: Hostile, **more: Any) -> tuple[int, bytes]:
        options: dict[str, Any] = {"rules": rules(server), "seconds": PATIENT, "max_bytes": 5} | more
        with ask(f"{server.url}/a", b"{}", {"Authorization": "Bearer k"}, **options) as response:
            return response.status, response.read()

    with serving(trusted.server("localhost"), says(GOOD)) as server:
        assert answer(server) == (200, b"hello")
        assert b"\r\nAuthorization: Bearer k\r\n" in server.requests[0]
        assert failure(lambda: answer(server, max_bytes=4)) == "too_large"
        assert (
            failure(lambda: answer(server, rules=rules(server, networks=())), AddressRefused) == "address_not_allowed"
        )
    with serving(trusted.server("localhost"), says(b"HTTP/1.1 302 Found\r\nLocation: /b\r\n\r\n")) as server:
        assert answer(server) == (302, b"")
        assert len(server.requests) == 1
    with serving(trusted.server("localhost"), lambda talk: talk.drip(b"H")) as server:
        assert failure(lambda: answer(server, seconds=SHORT)) == "timeout"


def test_a_host_that_the_operator_named_without_tls() -> None:
    def hear_first(talk: Conversation) -> None:
        heard.append(talk.connection.recv(65536))
        talk.say(GOOD)

    heard: list[bytes] = []
    with serving(None, hear_first) as server:
        plain = Rules((f"localhost:{server.port}",), LOOPBACK, plain=True)
        url = f"http://localhost:{server.port}/v1"
        with ask(url, b"{}", {}, rules=plain, seconds=PATIENT, max_bytes=5) as response:
            assert response.read() == b"hello"
        public = partial(ask, url, b"{}", {}, rules=plain, seconds=PATIENT, max_bytes=5, resolver=to("8.8.8.8"))
        assert failure(public, AddressRefused) == "address_not_allowed"
    assert heard[0].startswith(f"POST /v1 HTTP/1.1\r\nHost: localhost:{server.port}\r\n".encode())
    assert server.connections == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("A\r\nB", "c"),
        ("A", "b\r\nC: d"),
        ("A", "b\n"),
        ("A", "ä"),
        ("A:", "b"),
        ("", "b"),
        ("Host", "b"),
        ("expect", "b"),
    ],
)
def test_a_header_that_would_say_more_than_it_seems_is_a_mistake(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="cannot be sent"):
        post("https://localhost", b"", {name: value}, rules=Rules(("*",), LOOPBACK), seconds=PATIENT)
