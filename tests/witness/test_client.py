"""Asking witnesses: ours over a real socket, and others that misbehave."""

import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from expunct_server import ids
from expunct_server.errors import Invalid
from expunct_server.publishing.promised import Stopped
from expunct_server.publishing.witness_http import MAX_ANSWER, parse_address
from expunct_server.tlog.note import open_note
from expunct_server.tlog.signer import Ed25519Cosigner, add_signatures
from expunct_server.tlog.strict import Rejected
from expunct_server.tlog.witness import encode_cosignatures
from expunct_server.witness.service import Witness
from tests.witness.support import (
    CLASSIC,
    FORK,
    LOG,
    ORIGIN,
    QUANTUM,
    TIME,
    Clock,
    answering,
    checkpoint,
    cosign,
    cosigner,
    misbehaving,
    note,
    request,
    self_signed,
    serving,
    sizes,
    witness,
)

OTHER = Ed25519Cosigner("other.example/w", b"\x09" * 32, lambda: TIME + 1)


def test_a_log_that_grows_is_cosigned_with_both_keys(tmp_path: Path) -> None:
    with serving(witness(tmp_path)) as url:
        asking = cosigner(("classic", CLASSIC, url), ("quantum", QUANTUM, url), quorum="quantum")
        for size in (3, 8, 8, 21):
            signed = add_signatures(note(size), cosign(asking, size))
            opened = open_note(signed, [LOG.verifier_key, CLASSIC.verifier_key, QUANTUM.verifier_key])
            assert [at for _, at in opened.by] == [None, TIME, TIME]
    status, at = asking.status(), ids.iso(TIME * ids.SECOND)
    assert (status["quorum_met"], status["logs_without_quorum"]) == (True, 0)
    assert [(each["name"], each["last_size"], each["last_cosigned_at"]) for each in status["witnesses"]] == [
        ("classic", 21, at),
        ("quantum", 21, at),
    ]


def test_a_new_process_learns_what_the_witness_knows(tmp_path: Path) -> None:
    with serving(witness(tmp_path)) as url:
        for size in (5, 8, 13):
            assert len(cosign(cosigner(("w", CLASSIC, url)), size)) == 1


def test_two_processes_in_turns_learn_from_the_conflict(tmp_path: Path) -> None:
    with serving(witness(tmp_path)) as url:
        one, other = cosigner(("w", CLASSIC, url)), cosigner(("w", CLASSIC, url))
        for size in range(1, 12):
            assert len(cosign(one if size % 2 else other, size)) == 1


def test_only_a_round_of_requests_is_made(tmp_path: Path) -> None:
    """The first time one to learn the size and one to cosign, then one each: nothing is asked twice."""
    counted: list[bytes] = []

    class Counting(Witness):
        def add_checkpoint(self, body: bytes) -> object:  # type: ignore[override]
            counted.append(body.partition(b"\n")[0])
            return super().add_checkpoint(body)

    asked = witness(tmp_path)
    asked.__class__ = Counting
    with serving(asked) as url:
        asking = cosigner(("w", CLASSIC, url))
        for size in (3, 8):
            cosign(asking, size)
    assert counted == [b"old 0", b"old 0", b"old 3"]


# --- the rule for stopping --------------------------------------------------------------------------------------------


def test_a_witness_that_is_ahead_stops_the_log_and_is_shown_nothing(tmp_path: Path) -> None:
    ahead, fresh = witness(tmp_path / "ahead"), witness(tmp_path / "fresh", [OTHER])
    ahead.add_checkpoint(request(0, 8))
    with serving(ahead) as url, serving(fresh) as other_url:
        asking = cosigner(("good", CLASSIC, url), ("late", OTHER, other_url), quorum="late")
        with pytest.raises(Stopped, match=r"witness good knows a larger tree \(8\): this database, with 6 entries"):
            cosign(asking, 6, FORK)
        (said, _) = asking.status()["witnesses"]
        assert said["contradicted_logs"] == [ORIGIN]
        # The other one never saw the fork, so the right database is not contradicted for ever.
        assert [len(cosign(asking, size)) for size in (8, 9)] == [2, 2]
        assert asking.status()["witnesses"][0]["contradicted_logs"] == []


@pytest.mark.parametrize(("size", "says"), [(8, "another tree of 8 entries than this one"), (9, "began with")])
def test_another_history_stops_the_log(tmp_path: Path, size: int, says: str) -> None:
    asked = witness(tmp_path)
    asked.add_checkpoint(request(0, 8))
    with serving(asked) as url:
        asking = cosigner(("w", CLASSIC, url))
        for _ in range(2):
            with pytest.raises(Stopped, match=says):
                cosign(asking, size, FORK)
        assert len(cosign(asking, 9)) == 1


def test_a_contradiction_stands_while_the_witness_is_away(tmp_path: Path) -> None:
    asked = witness(tmp_path)
    asked.add_checkpoint(request(0, 8))
    asking = None
    with serving(asked) as url:
        asking = cosigner(("w", CLASSIC, url))
        with pytest.raises(Stopped):
            cosign(asking, 6)
    for _ in range(2):
        with pytest.raises(Stopped):
            cosign(asking, 6)


def test_one_that_contradicts_outweighs_those_who_agree(tmp_path: Path) -> None:
    with serving(witness(tmp_path)) as good, misbehaving(sizes(50)) as (lying, _):
        asking = cosigner(("good", CLASSIC, good), ("lying", OTHER, lying), quorum="good")
        with pytest.raises(Stopped, match="lying"):
            cosign(asking, 6)


# --- witnesses that are down or misbehave -----------------------------------------------------------------------------


def drip(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b"x")


def continue_for_ever(connection: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


def endless(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while not over.is_set():
        connection.sendall(b"x" * 65536)


def silent(connection: socket.socket, over: threading.Event) -> None:
    over.wait(20)


def garbage(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(b"\x00\xff nothing like it \r\n\r\n" * 100)


WRONG_KEY = encode_cosignatures([OTHER.sign(checkpoint(6).encode())])
WRONG_TREE = encode_cosignatures([CLASSIC.sign(checkpoint(7).encode())])
MISBEHAVIOUR: dict[str, Callable[..., None]] = {
    "drips": drip,
    "continues for ever": continue_for_ever,
    "endless body": endless,
    "silent": silent,
    "garbage": garbage,
    "large body": answering("200 OK", b"x" * (MAX_ANSWER + 1)),
    "wrong key": answering("200 OK", WRONG_KEY),
    "other tree": answering("200 OK", WRONG_TREE),
    "the log's own signature": answering("200 OK", LOG.sign(checkpoint(6).encode()).line().encode()),
    "no lines": answering("200 OK", b""),
    "no text": answering("200 OK", b"\xff\xfe\n"),
    "conflict without size": answering("409 Conflict", b"6\n"),
    "conflict with a long size": answering("409 Conflict", b"9" * 5000, "text/x.tlog.size"),
    "a size it was asked with": sizes(3),
    "not found": answering("404 Not Found", b""),
    "broken": answering("500 Internal Server Error", b""),
}


@pytest.mark.parametrize("behave", MISBEHAVIOUR.values(), ids=MISBEHAVIOUR)
def test_what_a_witness_does_costs_its_cosignature_only(tmp_path: Path, behave: Callable[..., None]) -> None:
    clock = Clock()
    with serving(witness(tmp_path, [OTHER])) as good, misbehaving(behave) as (bad, heard):
        # Long enough for a good witness on a busy machine; shorter than what a silent one waits.
        asking = cosigner(("good", OTHER, good), ("bad", CLASSIC, bad), quorum="bad", timeout=15.0, clock=clock)
        assert [line.name for line in cosign(asking, 6)] == [OTHER.verifier_key.name]
        good_says, bad_says = asking.status()["witnesses"]
        assert (good_says["last_size"], good_says["last_error"]) == (6, None)
        assert bad_says["last_size"] is None and bad_says["last_error"]
        assert (asking.status()["quorum_met"], asking.status()["logs_without_quorum"]) == (False, 1)
        # It is left alone for a while.
        asked = len(heard)
        assert len(cosign(asking, 7)) == 1
        assert len(heard) == asked


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_no_redirect_is_followed(tmp_path: Path, status: str) -> None:
    with misbehaving(answering("200 OK", WRONG_TREE)) as (target, heard):
        redirect = answering(status, b"", more=f"Location: {target}/add-checkpoint\r\n")
        with misbehaving(redirect) as (url, _):
            assert cosign(cosigner(("w", CLASSIC, url)), 6) == []
    assert heard == []


def test_no_proxy_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with misbehaving(silent) as (proxy, heard), serving(witness(tmp_path)) as url:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("all_proxy", proxy)
        assert len(cosign(cosigner(("w", CLASSIC, url)), 6)) == 1
    assert heard == []


def test_one_signature_a_key_is_taken(tmp_path: Path) -> None:
    times = iter(range(1, 100))
    eager = Ed25519Cosigner(CLASSIC.verifier_key.name, b"\x02" * 32, lambda: next(times))
    lines = encode_cosignatures([eager.sign(checkpoint(6).encode()) for _ in range(90)])
    with misbehaving(answering("200 OK", lines)) as (url, _):
        assert len(cosign(cosigner(("w", CLASSIC, url)), 6)) == 1


def test_a_witness_that_was_down_is_left_alone_longer_each_time_and_taken_up_again(tmp_path: Path) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    listener.close()
    clock = Clock()
    asking = cosigner(("w", CLASSIC, f"http://127.0.0.1:{port}"), clock=clock)
    waits = []
    (member,) = asking._witnesses
    for _ in range(9):
        assert cosign(asking, 6) == []
        waits.append(member._back_off.until - clock.now)
        clock.now = member._back_off.until
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert "cannot be reached" in asking.status()["witnesses"][0]["last_error"]
    with serving(witness(tmp_path), port=port):
        assert len(cosign(asking, 6)) == 1
        assert asking.status()["witnesses"][0]["last_error"] is None


def test_a_log_that_a_witness_does_not_know_keeps_no_other_from_it(tmp_path: Path) -> None:
    with serving(witness(tmp_path)) as url:
        asking = cosigner(("w", CLASSIC, url))
        other = "log.example/unknown"
        assert asking(note(6, origin=other), checkpoint(6, origin=other), lambda _: []) == []
        assert "does not know this log" in asking.status()["witnesses"][0]["last_error"]
        assert len(cosign(asking, 6)) == 1


def test_a_missing_quorum_is_said_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with misbehaving(answering("500 No", b"")) as (url, _):
        asking = cosigner(("w", CLASSIC, url), quorum="w", clock=clock)
        with caplog.at_level(logging.WARNING, "expunct_server.publishing.witnesses"):
            for _ in range(7):
                cosign(asking, 6)
                clock.now += 10
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "without its quorum" in caplog.text


def test_many_threads_at_once(tmp_path: Path) -> None:
    with serving(witness(tmp_path)) as url:
        asking = cosigner(("w", CLASSIC, url))
        found: list[int] = []
        threads = [threading.Thread(target=lambda: found.append(len(cosign(asking, 6)))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [1] * 8


def test_a_certificate_that_is_not_trusted_is_refused(tmp_path: Path) -> None:
    with serving(witness(tmp_path), **self_signed(tmp_path)) as url:
        asking = cosigner(("w", CLASSIC, url.replace("http://127.0.0.1", "https://localhost")))
        assert cosign(asking, 6) == []
        assert "SSLCertVerificationError" in asking.status()["witnesses"][0]["last_error"]


def test_a_certificate_that_is_trusted_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", files["ssl_certfile"])
    with serving(witness(tmp_path / "state"), **files) as url:
        assert len(cosign(cosigner(("w", CLASSIC, url.replace("http://127.0.0.1", "https://localhost"))), 6)) == 1
        asking = cosigner(("w", CLASSIC, url.replace("http://", "https://")))  # the certificate has not this name
        assert cosign(asking, 7) == []


# --- addresses and policies -------------------------------------------------------------------------------------------


TAKEN = """
    https://w.example https://w.example:8443/a/b/ http://127.0.0.1:1 http://[::1]:80 http://witness:8010
    http://10.1.2.3 http://w.internal http://localhost/x
"""
REFUSED = """
    ftp://w.example w.example https:// http://w.example http://8.8.8.8 https://u:p@w.example https://w.example?x
    https://w.example/#x https://w.example:port https://w.exämple https://[::1
"""


@pytest.mark.parametrize("url", TAKEN.split())
def test_addresses_that_are_taken(url: str) -> None:
    assert parse_address(url.encode()).path.endswith("/add-checkpoint")


@pytest.mark.parametrize("url", REFUSED.split())
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(Rejected):
        parse_address(url.encode())


def test_a_policy_without_an_address_is_refused() -> None:
    with pytest.raises(Invalid):
        cosigner()
    with pytest.raises(Invalid):
        cosigner(("w", CLASSIC, "http://w.example"))
    with pytest.raises(Invalid):
        cosigner(("w", CLASSIC, ""))
