"""What repeats the values of events goes with them: answers that are kept, the write-ahead log, keys in indices."""

import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from expunct_server.audit.catalog import AuditErased, JobReportViewed
from expunct_server.audit.erasure import erase as erase_events
from expunct_server.audit.models import key_of
from expunct_server.audit.recorder import Origin, writing
from expunct_server.db.session import Database
from expunct_server.jobs import kept
from expunct_server.publishing.publisher import Publisher
from expunct_server.publishing.sequencer import ensure_log, sequence
from expunct_server.storage.folder import FolderStore
from expunct_server.tlog.note import parse_verifier_key
from expunct_server.verifying import fsck
from expunct_server.verifying.bundle import write_bundle
from expunct_server.verifying.verify import verify_receipt
from expunct_server.verifying.verify_bundle import verify_bundle
from tests.conftest import TESTER, Api
from tests.erasures.test_erasures import erase
from tests.trail.test_proofs import PLAIN
from tests.web.helpers import on_sqlite, operator, refused, rows

FILE = "planted-file-of-a-person.txt"
AGENT = "planted-agent/7.31"


@pytest.fixture
def eraser(api: Api) -> str:
    return api.make_key(scopes=frozenset({"audit:erase"}))


# --- answers to requests with an Idempotency-Key ----------------------------------------------------------------------


def _once(api: Api, path: str, header: str, **more: Any) -> Any:
    return api("POST", path, headers={"Idempotency-Key": header}, **more)


def test_an_erasure_blanks_the_answers_kept_for_its_tenant(api: Api, eraser: str) -> None:
    other = api.make_key("acme")
    for_acme = operator(api)
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("/policies", "a", {"json": {"name": FILE}}),
        ("/api-keys", "b", {"json": {"name": FILE}}),
        ("/policies", "c", {"json": {"name": FILE, "tenant_id": "default"}, "key": for_acme}),
    ]
    theirs = [
        ("/policies", "a", {"json": {"name": "p"}, "key": other}),
        ("/policies", "d", {"json": {"name": "p"}, "key": for_acme, "params": {"tenant_id": "acme"}}),
    ]
    first = [_once(api, path, header, **more) for path, header, more in (*asked, *theirs)]
    assert [each.status_code for each in first] == [201] * 5
    erase(api, eraser, event_ids=[api.events()[0]["id"]])
    before = {name: rows(api.database, name) for name in ("policy", "api_key", "audit_event")}

    for path, header, more in asked:
        told = refused(_once(api, path, header, **more), 409, "answer_erased")
        assert "carried out" in told["detail"]
    refused(_once(api, "/policies", "a", json={"name": "something else"}), 409, "answer_erased")
    again = [_once(api, path, header, **more) for path, header, more in theirs]

    assert [each.content for each in again] == [each.content for each in first[3:]]
    assert [each.headers["idempotency-replayed"] for each in again] == ["true", "true"]
    assert {name: rows(api.database, name) for name in ("policy", "audit_event")} == {
        name: before[name] for name in ("policy", "audit_event")
    }
    assert [row["id"] for row in rows(api.database, "api_key")] == [row["id"] for row in before["api_key"]]
    kept = [row for row in rows(api.database, "idempotent_answer") if row["erased_with"] == "default"]
    assert [(row["sealed_body"], row["request_hash"]) for row in kept] == [(b"", bytes(32))] * 3


def test_a_job_is_not_made_twice_after_its_answer_was_erased(api: Api, eraser: str) -> None:
    sent: dict[str, Any] = {"files": {"file": (FILE, b"Dear Sir")}}
    job = _once(api, "/redact", "one", **sent).json()
    api.work()
    erase(api, eraser, resource_id=job["id"])
    refused(_once(api, "/redact", "one", **sent), 409, "answer_erased")
    assert [row["id"] for row in rows(api.database, "job")] == [job["id"]]
    kept.sweep(api.database, FolderStore(api.settings.data), older_than_seconds=-1)
    assert [each for each in (api.settings.data / "uploads").rglob("*") if each.is_file()] == []


def test_what_an_erasure_was_answered_stays(api: Api, eraser: str) -> None:
    first, second = api.events()[:2]
    answers = [
        _once(api, "/audit/erasures", header, key=eraser, json={"event_ids": [each["id"]]})
        for header, each in (("one", first), ("two", second))
    ]
    again = [
        _once(api, "/audit/erasures", header, key=eraser, json={"event_ids": [each["id"]]})
        for header, each in (("one", first), ("two", second))
    ]
    assert [each.status_code for each in answers] == [201, 201]
    assert [each.content for each in again] == [each.content for each in answers]


# --- the write-ahead log of SQLite ------------------------------------------------------------------------------------


def _planted(api: Api, tmp_path: Path) -> list[str]:
    files = [each for each in tmp_path.rglob("*") if each.is_file() and not each.name.endswith("-shm")]
    return [each.name for each in files if AGENT.encode() in each.read_bytes()]


@on_sqlite
def test_a_reader_delays_what_the_next_sweep_then_does(api: Api, eraser: str, tmp_path: Path) -> None:
    with writing(api.database, TESTER, Origin("req_1", "192.0.2.77", AGENT)) as unit:
        event = unit.record(JobReportViewed(), resource_id="job_1")
    with api.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM audit_event WHERE user_agent = :a"), {"a": AGENT}) == 1
        erase(api, eraser, event_ids=[event.id])
        assert api.database.scrub(patience_seconds=0) is False
        assert _planted(api, tmp_path) != []  # in the state that is still being read
        with writing(api.database, TESTER) as unit:  # and nobody is kept from writing
            unit.record(JobReportViewed(), resource_id="job_2")
    assert api.database.scrub(patience_seconds=0) is True
    assert _planted(api, tmp_path) == []


@on_sqlite
def test_scrubbing_waits_for_a_reader_that_ends(api: Api, eraser: str, tmp_path: Path) -> None:
    with writing(api.database, TESTER, Origin("req_1", "192.0.2.77", AGENT)) as unit:
        event = unit.record(JobReportViewed(), resource_id="job_1")
    reading, done = threading.Event(), threading.Event()

    def read() -> None:
        with api.database.reading() as session:
            session.execute(text("SELECT 1 FROM audit_event")).all()
            reading.set()
            done.wait(0.3)

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait()
    erase(api, eraser, event_ids=[event.id])
    reader.join()
    assert _planted(api, tmp_path) == []


@on_sqlite
def test_an_empty_log_is_left_alone(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert api.database.scrub()
    monkeypatch.setattr(api.database.write_engine, "connect", lambda: pytest.fail("it has nothing to do"))
    assert api.database.scrub()


# --- the keys of actors in the log's indices --------------------------------------------------------------------------


def test_an_event_that_is_sequenced_while_it_is_erased_keeps_no_actor(database: Database) -> None:
    with writing(database, TESTER) as unit:
        unit.record(JobReportViewed(), resource_id="job_0")
    ensure_log(database, "default", "log.example/default")
    sequence(database, "default")
    with writing(database, TESTER) as unit:
        event = unit.record(JobReportViewed(), resource_id="job_1")
    [position] = [row["position"] for row in rows(database, "audit_event") if row["id"] == event.id]

    sequencing = threading.Thread(target=sequence, args=(database, "default"))
    with writing(database, TESTER) as unit:
        parts = ["actor"]
        said = AuditErased(parts=parts, selected_by=["actor"], event_count=1, job_count=0, reason="")
        erase_events(unit.session, [position], frozenset(parts), unit.record(said, resource_id="ers_1"))
        sequencing.start()
        sequencing.join(0.3)  # it waits for the log, or has read what is committed so far
    sequencing.join()

    placed = {row["position"]: row["actor"] for row in rows(database, "audit_entry")}
    assert placed[position] is None
    assert key_of(TESTER.label) in placed.values()


# --- all of it --------------------------------------------------------------------------------------------------------


def publish_all(api: Api) -> None:
    """The tenant's log, and what the log of logs says of it."""
    publisher = Publisher(api.settings, api.database)
    while publisher.step(now=True):
        pass


def test_after_an_erasure_everything_that_was_handed_out_still_verifies(
    api: Api, eraser: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Old proofs, receipts and bundles pass, fsck is content, and no file holds a byte of what was erased."""
    outside = tmp_path_factory.mktemp("outside")
    sent: dict[str, Any] = {"headers": {"User-Agent": AGENT, "Idempotency-Key": "one"}}
    job = api.redacted("Anna Smith lives here", filename=FILE, **sent)
    for _ in range(3):  # more jobs around it, and pages that split
        api.redacted("Anna Smith lives here " * 40, filename=FILE, headers={"User-Agent": AGENT})
    publish_all(api)
    opened = {"open": "actor,client,metadata"}
    paths = [f"/audit/{each['id']}/proof" for each in api.events(resource_id=job["id"])]
    kept = [api("GET", path, headers=PLAIN, params=opened).content for path in paths]
    kept.append(api("GET", f"/jobs/{job['id']}/receipt").content)
    key = parse_verifier_key(api("GET", "/audit/log/key").text.splitlines()[0])
    before = [verify_receipt(each, [key]) for each in kept]
    write_bundle(api.database, api.settings, "default", outside / "old", actor=TESTER, origin=Origin())
    salts = [row["salt"] for row in rows(api.database, "audit_event") if row["user_agent"] == AGENT]

    answers = [erase(api, eraser, resource_id=each["id"], reason="asked") for each in api("GET", "/jobs").json()]
    publish_all(api)
    write_bundle(api.database, api.settings, "default", outside / "new", actor=TESTER, origin=Origin())

    assert [each["job_count"] for each in answers] == [1] * 4
    assert fsck.check(api.database, api.settings).problems == []
    assert [verify_receipt(each, [key]) for each in kept] == before
    assert {each.opened["client"]["user_agent"] for each in before[:-1]} == {AGENT}
    for path, was in zip(paths, before, strict=False):  # the same leaf, of which nothing can be shown any more
        now = verify_receipt(api("GET", path, headers=PLAIN, params=opened).content, [key])
        assert (now.entry, now.index, now.opened) == (was.entry, was.index, {})
    sizes = [verify_bundle(outside / name, [key]).log.size for name in ("old", "new")]
    assert sizes[0] < sizes[1]
    texts = (outside / "old/events.ndjson").read_text(), (outside / "new/events.ndjson").read_text()
    assert [AGENT in each and FILE in each for each in texts] == [True, False]
    if api.database.dialect == "sqlite":
        assert _holding(outside / "old", [AGENT.encode()]) != []
        assert _holding(tmp_path, [AGENT.encode(), FILE.encode(), *salts]) == []


def _holding(folder: Path, planted: list[bytes]) -> list[str]:
    files = [each for each in folder.rglob("*") if each.is_file() and not each.name.endswith("-shm")]
    return [each.name for each in files for value in planted if value in each.read_bytes()]
