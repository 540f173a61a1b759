"""The recorder: an event and its change are there together or not at all, complete, small and without personal data."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, insert, text, update
from sqlalchemy.exc import IntegrityError

from expunct_server import ids
from expunct_server.audit import recorder
from expunct_server.audit.catalog import (
    CATALOG,
    Counts,
    JobCompleted,
    JobReportViewed,
    PolicyCreated,
    RedactionPerformed,
)
from expunct_server.audit.codec import NotCanonical, canonical
from expunct_server.audit.models import AuditEvent
from expunct_server.audit.recorder import MAX_DETAILS_BYTES, Actor, Origin, origin, system_actor, writing
from expunct_server.audit.screen import screened
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from tests.audit.support import GUARDED, Act, acting, events, sample, state

ALICE = Actor("key_alice", "pk_live_f8a...c21", "default")
ORIGIN = Origin("req_1", "203.0.113.7", "curl/8.5")


@pytest.fixture
def database(shared: Database) -> Database:
    return shared


@pytest.fixture
def act(shared_act: Act) -> Act:
    return shared_act


# --- what an event holds ----------------------------------------------------------------------------------------------


def test_an_event_holds_who_did_what_when_and_from_where(database: Database) -> None:
    with writing(database, ALICE, ORIGIN) as unit:
        recorded = unit.record(PolicyCreated(name="Éclair", version=1), resource_id="pol_1")
    (found,) = events(database, id=recorded.id)

    assert found.pop("position") > 0 and type(found.pop("unit")) is int  # a hash on PostgreSQL: of either sign
    assert len(found.pop("salt")) == 16
    assert found == {
        "id": recorded.id,
        "tenant_id": "default",
        "event_type": "policy.created",
        "resource_type": "policy",
        "resource_id": "pol_1",
        "actor": "pk_live_f8a...c21",
        "actor_id": "key_alice",
        "outcome": "success",
        "details": '{"name":"Éclair","version":1}',
        "is_truncated": False,
        "schema_version": 1,
        "request_id": "req_1",
        "ip_address": "203.0.113.7",
        "user_agent": "curl/8.5",
        "created_at": recorded.created_at,
        "commitments": None,
        "erased_by": None,
    }


@pytest.mark.parametrize("name", list(CATALOG))
def test_every_type_is_written_as_its_class_says(database: Database, act: Act, name: str) -> None:
    cls = CATALOG[name]
    event = sample(cls)
    with act() as unit:
        recorded = unit.record(event, resource_id="red_1")
    (found,) = events(database, id=recorded.id)

    assert (found["event_type"], found["resource_type"], found["outcome"]) == (name, cls.resource_type, cls.outcome)
    assert found["schema_version"] == cls.schema_version
    assert found["details"].encode() == canonical({each.name: getattr(event, each.name) for each in fields(cls)})


def test_an_event_without_a_request_has_no_origin(database: Database, act: Act) -> None:
    with act() as unit:
        recorded = unit.record(JobReportViewed(), resource_id="job_1")
    (found,) = events(database, id=recorded.id)
    assert (found["request_id"], found["ip_address"], found["user_agent"], found["details"]) == (None, None, None, "{}")


def test_the_worker_acts_in_the_name_of_who_asked(database: Database) -> None:
    with writing(database, system_actor("worker")) as unit:
        theirs = unit.record(JobReportViewed(), resource_id="job_1", actor=ALICE)
        its_own = unit.record(JobReportViewed(), resource_id="job_1")
    found = [events(database, id=each.id)[0] for each in (theirs, its_own)]
    assert [(row["actor"], row["actor_id"], row["tenant_id"]) for row in found] == [
        ("pk_live_f8a...c21", "key_alice", "default"),
        ("system:worker", "system:worker", "system"),
    ]


def test_the_moment_can_be_given_and_is_told(database: Database, act: Act) -> None:
    with act() as unit:
        given_ = unit.record(JobReportViewed(), resource_id="job_1", at=1_800_000_001_234_567)
    assert given_.created_at == 1_800_000_001_234_567
    assert events(database, id=given_.id)[0]["created_at"] == 1_800_000_001_234_567


def test_events_of_a_unit_follow_each_other_and_share_its_number(database: Database, act: Act) -> None:
    with act() as unit:
        made = [unit.record(JobReportViewed(), resource_id=f"job_{n}").id for n in range(3)]
    with act() as unit:
        later = unit.record(JobReportViewed(), resource_id="job_4").id
    rows = {row["id"]: row for row in events(database)}
    assert [row for row in rows if row in {*made, later}] == [*made, later]
    assert len({rows[each]["unit"] for each in made}) == 1
    assert rows[later]["unit"] != rows[made[0]]["unit"]


# --- together or not at all -------------------------------------------------------------------------------------------


class Stumble(Exception):
    """Something goes wrong after an event was recorded."""


def _record_and_stumble(act: Act, row: dict[str, Any]) -> None:
    guarded = GUARDED["policy"]
    with act() as unit:
        row["audit_event_id"] = guarded.record(unit, row).id
        unit.session.execute(insert(guarded.table).values(row))
        raise Stumble


def test_an_exception_leaves_neither_event_nor_row(database: Database, act: Act) -> None:
    before = state(database)
    with pytest.raises(Stumble):
        _record_and_stumble(act, GUARDED["policy"].values(act))
    assert state(database) == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_neither_does_an_interruption(database: Database, act: Act, error: type[BaseException]) -> None:
    before = state(database)

    def interrupted() -> None:
        with act() as unit:
            unit.record(JobReportViewed(), resource_id="job_1")
            raise error

    with pytest.raises(error):
        interrupted()
    assert state(database) == before


def _fail_to_commit(act: Act) -> None:
    """A foreign key that is checked at COMMIT, broken by a row that looks well until then."""
    with act() as unit:
        unit.record(JobReportViewed(), resource_id="job_1")
        connection = unit.session.connection()
        connection.execute(text("INSERT INTO late_child (id, parent) VALUES (1, 99)"))


def test_neither_does_a_commit_that_fails(database: Database, act: Act) -> None:
    with act() as unit:
        unit.session.execute(text("CREATE TABLE IF NOT EXISTS late_parent (id INTEGER PRIMARY KEY)"))
        unit.session.execute(
            text(
                "CREATE TABLE IF NOT EXISTS late_child (id INTEGER PRIMARY KEY,"
                " parent INTEGER REFERENCES late_parent (id) DEFERRABLE INITIALLY DEFERRED)"
            )
        )
    before = state(database)
    with pytest.raises(IntegrityError):
        _fail_to_commit(act)
    assert state(database) == before
    with act() as unit:
        assert unit.session.scalar(text("SELECT count(*) FROM late_child")) == 0


def test_a_pending_row_without_an_event_fails_the_whole_unit(database: Database, act: Act) -> None:
    """Nothing was flushed when the block ended: the recorder flushes, and the guard speaks."""
    guarded = GUARDED["policy"]
    row = guarded.values(act) | {"audit_event_id": "evt_forgotten"}
    before = state(database)

    def forgetful() -> None:
        with act() as unit:
            unit.record(JobReportViewed(), resource_id="job_1")
            unit.session.add(guarded.model(**guarded.attributes(row)))

    with pytest.raises(IntegrityError, match="unrecorded change: INSERT on policy"):
        forgetful()
    assert state(database) == before


def test_an_error_never_shows_what_was_written(database: Database, act: Act) -> None:
    guarded = GUARDED["policy_version"]
    row = guarded.values(act) | {"audit_event_id": "evt_forgotten", "document": "Peregrine Ashdown"}

    def forgetful() -> None:
        with act() as unit:
            unit.session.add(guarded.model(**guarded.attributes(row)))

    with pytest.raises(IntegrityError) as error:
        forgetful()
    assert "Peregrine" not in str(error.value)
    assert "Peregrine" not in repr(error.value)


# --- out of reach -----------------------------------------------------------------------------------------------------


@contextmanager
def _locked(database: Database) -> Iterator[None]:
    """Another process holds what a writer needs."""
    if database.dialect == "sqlite":
        other = sqlite3.connect(database.url.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()
        return
    engine = create_engine(database.url)
    with engine.connect() as connection:
        connection.exec_driver_sql("LOCK TABLE audit_event IN EXCLUSIVE MODE")
        yield
    engine.dispose()


def test_a_locked_database_refuses_and_then_works_again(database: Database, act: Act) -> None:
    guarded = GUARDED["policy"]
    row = guarded.values(act)
    before = state(database)
    with _locked(database), pytest.raises(Unavailable) as refusal:
        _write(act, row)

    assert (refusal.value.code, refusal.value.status) == ("database_locked", 503)
    assert refusal.value.detail == "The database is busy. Nothing was changed; try again in a moment."
    assert state(database) == before
    _write(act, row)
    assert guarded.read(database, row) == row


def _write(act: Act, row: dict[str, Any]) -> None:
    guarded = GUARDED["policy"]
    with act() as unit:
        row["audit_event_id"] = guarded.record(unit, row).id
        unit.session.execute(insert(guarded.table).values(row))


def test_a_full_disk_refuses_and_then_works_again_on_sqlite(sqlite_database: Database) -> None:
    """No page more than there is: what does not fit is refused when it is written or when it is committed."""
    database = Database(sqlite_database.url, pool_size=1)
    with acting(database)() as unit:
        unit.record(JobReportViewed(), resource_id="job_1")
    before = state(database)
    pages = _pages(database, "max_page_count = 1")  # SQLite takes the present size when that is more

    with pytest.raises(Unavailable) as refusal:
        _record_many(database, 200)

    assert _pages(database, "max_page_count") == pages  # it was the pooled connection that was limited
    assert (refusal.value.code, refusal.value.status, refusal.value.retry_after) == ("storage_full", 503, 60)
    assert state(database) == before
    _pages(database, "max_page_count = 1000000")
    _record_many(database, 200)
    assert len(state(database)["audit_event"]) == len(before["audit_event"]) + 200
    database.close()


def _pages(database: Database, pragma: str) -> int:
    with database.write_engine.connect() as connection:
        return int(connection.connection.driver_connection.execute(f"PRAGMA {pragma}").fetchone()[0])  # type: ignore


def _record_many(database: Database, count: int) -> None:
    with acting(database)() as unit:
        for _ in range(count):
            unit.record(sample(PolicyCreated, name="n" * 1000), resource_id="pol_1")


@pytest.mark.parametrize(
    ("state_code", "code"),
    [
        ("53100", "storage_full"),
        ("55P03", "database_locked"),
        ("40P01", "database_locked"),
        ("40001", "database_locked"),
        ("57P01", "database_unavailable"),
    ],
)
def test_what_postgresql_cannot_do_now_is_said_by_its_code(
    postgresql_database: Database, state_code: str, code: str
) -> None:
    """By the code, for the message is in the server's own language."""
    act = acting(postgresql_database)
    before = state(postgresql_database)

    def fail() -> None:
        with act() as unit:
            unit.record(JobReportViewed(), resource_id="job_1")
            unit.session.execute(
                text(f"DO $$ BEGIN RAISE EXCEPTION 'Peregrine Ashdown' USING ERRCODE = '{state_code}'; END $$")
            )

    with pytest.raises(Unavailable) as refusal:
        fail()
    assert refusal.value.code == code
    assert "Peregrine" not in refusal.value.detail
    assert state(postgresql_database) == before


def test_a_unit_within_a_unit_is_refused_on_sqlite_and_does_not_hang(sqlite_database: Database) -> None:
    act = acting(sqlite_database)
    before = state(sqlite_database)

    def nested() -> None:
        with act() as outer:
            outer.record(JobReportViewed(), resource_id="job_1")
            with act() as inner:
                inner.record(JobReportViewed(), resource_id="job_1")

    with pytest.raises(Unavailable) as refusal:
        nested()
    assert refusal.value.code == "database_locked"
    assert state(sqlite_database) == before
    _write(act, GUARDED["policy"].values(act))


# --- small enough -----------------------------------------------------------------------------------------------------

_LONG: dict[Any, Any] = {
    str: "x" * 50_000,
    str | None: "\x01" * 50_000,  # six bytes each
    int: 2**53 - 1,
    int | None: 2**53 - 1,
    bool: True,
    list[str]: ["😂" * 5_000] * 500,
    Counts: {f"TYPE_{n:05}_{'X' * 40}": n for n in range(5_000)},
}


@pytest.mark.parametrize("name", [name for name in CATALOG if fields(CATALOG[name])])
def test_details_that_are_too_large_are_cut_and_say_so(name: str) -> None:
    cls = CATALOG[name]
    event = cls(**{each.name: _LONG[each.type] for each in fields(cls)})
    details, is_truncated = recorder._details(event)

    kept = json.loads(details)
    assert len(details.encode()) <= MAX_DETAILS_BYTES
    assert details.encode() == canonical(kept)
    assert set(kept) == {each.name for each in fields(cls)}
    assert {key: value for key, value in kept.items() if type(value) is int} == {
        each.name: 2**53 - 1 for each in fields(cls) if each.type in (int, int | None)
    }
    is_long = len(canonical({each.name: _LONG[each.type] for each in fields(cls)})) > MAX_DETAILS_BYTES
    assert is_truncated is is_long


def test_a_cut_event_is_written_and_marked(database: Database, act: Act) -> None:
    with act() as unit:
        recorded = unit.record(PolicyCreated(name="n" * 40_000, version=3), resource_id="pol_1")
    (found,) = events(database, id=recorded.id)
    assert json.loads(found["details"]) == {"name": "n" * 1024, "version": 3}
    assert found["is_truncated"] is True


def test_details_of_exactly_the_limit_are_whole() -> None:
    room = MAX_DETAILS_BYTES - len(canonical({"name": "", "version": 1}))
    whole = recorder._details(PolicyCreated(name="n" * room, version=1))
    cut = recorder._details(PolicyCreated(name="n" * (room + 1), version=1))
    assert (len(whole[0]), whole[1]) == (MAX_DETAILS_BYTES, False)
    assert (len(cut[0]) < MAX_DETAILS_BYTES, cut[1]) == (True, True)


def test_of_counts_the_largest_stay_and_no_two_names_become_one() -> None:
    counts = {f"{'T' * 2000}_{n}": 9_999 for n in range(20)} | {f"TYPE_{n}": n for n in range(4_000)}
    event = sample(RedactionPerformed, entity_counts=counts, entity_count=sum(counts.values()))
    kept = json.loads(recorder._details(event)[0])
    assert kept["entity_counts"] == {f"TYPE_{n}": n for n in range(3_900, 4_000)}
    assert kept["entity_count"] == sum(counts.values())


_TEXTS = st.text(max_size=6) | st.builds(
    lambda piece, times: piece * times, st.text(min_size=1, max_size=3), st.integers(0, 40_000)
)
_NAMES = st.text("ABC_", min_size=1, max_size=4)
_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: _TEXTS,
    str | None: st.none() | _TEXTS,
    int: st.integers(0, 2**53 - 1),
    int | None: st.none() | st.integers(0, 2**53 - 1),
    bool: st.booleans(),
    list[str]: st.lists(_TEXTS, max_size=3)
    | st.builds(lambda text, n: [text] * n, st.text(max_size=99), st.integers(0, 3_000)),
    Counts: st.dictionaries(_NAMES, st.integers(0, 9), max_size=3)
    | st.builds(
        lambda name, wide, n: {f"{name * wide}{k}": k for k in range(n)},
        _NAMES,
        st.integers(1, 300),
        st.integers(0, 1_000),
    ),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.sampled_from([JobCompleted, *CATALOG.values()]), st.data())
def test_whatever_the_values_details_are_small_canonical_json(cls: Any, data: st.DataObject) -> None:
    event = cls(**{each.name: data.draw(_VALUES[each.type]) for each in fields(cls)})
    details, is_truncated = recorder._details(event)
    kept = json.loads(details)
    assert len(details.encode()) <= MAX_DETAILS_BYTES
    assert details.encode() == canonical(kept)
    assert set(kept) == {each.name for each in fields(cls)}
    if not is_truncated:
        free = recorder.free_text_fields(cls)
        assert {key: value for key, value in kept.items() if key not in free} == {
            each.name: getattr(event, each.name) for each in fields(cls) if each.name not in free
        }


# --- outside the profile ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 1.5},
        {"version": 2**53},
        {"version": float("nan")},
        {"version": "\ud800"},
        {"version": b"1"},
        {"name": "Peregrine \ud800"},
    ],
)
def test_a_value_outside_the_profile_is_refused_and_nothing_is_written(
    database: Database, act: Act, wrong: dict[str, Any]
) -> None:
    guarded = GUARDED["tenant"]
    row = guarded.make(act)
    before = state(database)

    def attempt() -> None:
        with act(row["id"]) as unit:
            change = {"plan": "pro", "audit_event_id": guarded.record(unit, row).id}
            unit.session.execute(update(guarded.table).where(guarded.key(row)).values(change))
            unit.record(sample(PolicyCreated, **wrong), resource_id="pol_1")

    with pytest.raises(NotCanonical) as error:
        attempt()
    assert "Peregrine" not in str(error.value)
    assert state(database) == before


# --- without personal data --------------------------------------------------------------------------------------------

PERSONAL = {
    "512-45-6789.pdf": "512-45-6789",
    "statement 4111 1111 1111 1111.csv": "4111 1111 1111 1111",
    "card_5500005555555559.txt": "5500005555555559",
    "upload://peregrine.ashdown@mail.example/letter.txt": "peregrine.ashdown@mail.example",
    "for DE89 3704 0044 0532 0130 00": "DE89 3704 0044 0532 0130 00",
    "GB82WEST12345698765432.json": "GB82WEST12345698765432",
    "scan_512-45-6789_final.pdf": "512-45-6789",
    "iban_DE89370400440532013000_2026.csv": "DE89370400440532013000",
    "file:///in/peregrine.ashdown%40mail.example.txt": "peregrine.ashdown%40mail.example",
    "upload://form%20512%2D45%2D6789.pdf": "512%2D45%2D6789",
    "tel_+1-415-555-0132.wav": "415-555-0132",
    "pk_live_" + "0123456789abcdef" * 2 + ".txt": "pk_live_" + "0123456789abcdef" * 2,
    "AKIA" + "IOSFODNN7EXAMPLQ.log": "AKIA" + "IOSFODNN7EXAMPLQ",
    "ghp_" + "a1B2c3D4e5F6" * 3 + " token": "ghp_" + "a1B2c3D4e5F6" * 3,
}


@pytest.mark.parametrize("text_", list(PERSONAL))
def test_personal_data_in_free_text_never_reaches_the_table(database: Database, act: Act, text_: str) -> None:
    with writing(database, ALICE, origin("req_1", None, f"agent {text_}")) as unit:
        recorded = unit.record(sample(PolicyCreated, name=text_), resource_id="pol_1")
    (found,) = events(database, id=recorded.id)
    assert PERSONAL[text_] not in found["details"] + found["user_agent"]
    assert "<" in json.loads(found["details"])["name"]


@pytest.mark.parametrize("name", [name for name, cls in CATALOG.items() if recorder.free_text_fields(cls)])
def test_every_free_text_field_of_every_type_is_screened(name: str) -> None:
    cls = CATALOG[name]
    free = recorder.free_text_fields(cls)
    details = json.loads(recorder._details(sample(cls, **dict.fromkeys(free, "upload://512-45-6789.pdf")))[0])
    assert {key: details[key] for key in free} == dict.fromkeys(free, "upload://<US_SSN>.pdf")


ORDINARY = [
    "letter.txt",
    "upload://quarterly report 2026.csv",
    "upload://2026-01-31_minutes (final).md",
    "file:///srv/inbox/2026/01/31/batch-00017.jsonl",
    "Customer support, Europe",
    "GDPR strict v2.1",
    "Möbelhaus Süd – Rechnungen",
    "job_01k8z3m5v7c2d4e6f8g0h1j2k3",
    "pol_01k8z3m5v7c2d4e6f8g0h1j2k3",
    "s3://company-archive/hr/2025/",
    "550e8400-e29b-41d4-a716-446655440000.json",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "invoice-10023.txt",
    "scan_20260131_235959.txt",
    "build 1.20.300",
    "2026-01-31T23:59:59.000001Z",
    "10.0.0.0/8",
    "export-1769904000.csv",
    "export-1769904000123.csv",
    "IMG_20260131_120000123.txt",
    "2026_01_31_12_30_00.log",
    "export_1769904000_v2.csv",
    "file:///srv/in/R%C3%A9sum%C3%A9%20100%25.txt",
    "order_00017_of_00250.json",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "python-httpx/0.28.1",
    "",
]


@pytest.mark.parametrize("text_", ORDINARY)
def test_what_is_no_personal_data_is_left_alone(text_: str) -> None:
    assert screened(text_) == text_


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["evt", "job", "pol", "key", "tenant", "req"]))
def test_no_identifier_of_ours_is_taken_for_personal_data(prefix: Any) -> None:
    made = ids.new(prefix)
    assert screened(f"{made}.txt") == f"{made}.txt"


# --- the user agent ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("curl/8.5", "curl/8.5"),
        (None, None),
        ("", ""),
        ("a\r\nSet-Cookie: x\x00\x1b[31m", "aSet-Cookie: x[31m"),
        ("\ud800odd", "odd"),
        ("x" * 10_000, "x" * 256),
    ],
)
def test_a_user_agent_is_cleaned_and_cut(sent: str | None, kept: str | None) -> None:
    assert origin("req_1", "::1", sent) == Origin("req_1", "::1", kept)


def test_a_user_agent_that_grows_by_screening_is_still_recorded(database: Database) -> None:
    """Labels are longer than short addresses; the column is not. A refusal must not go unrecorded for that."""
    agent = "a@b.com " * 32
    with writing(database, ALICE, origin(None, None, agent)) as unit:
        recorded = unit.record(JobReportViewed(), resource_id="job_1")
    (found,) = events(database, id=recorded.id)
    assert found["user_agent"] == ("<EMAIL_ADDRESS> " * 32)[:256]


def test_a_secret_across_the_limit_does_not_stay_as_a_half() -> None:
    agent = "x" * 248 + " 512-45-6789 and more"
    assert "512" not in str(origin(None, None, agent).user_agent)


@given(st.text(max_size=2_000))
@settings(max_examples=60, deadline=None)
def test_a_user_agent_always_fits_its_column(agent: str) -> None:
    kept = origin(None, None, agent).user_agent
    assert kept is not None
    assert len(kept) <= (AuditEvent.__table__.c.user_agent.type.length or 0)
    assert kept.isprintable()


def test_an_origin_is_that_of_all_events_of_its_unit(database: Database) -> None:
    with writing(database, ALICE, ORIGIN) as unit:
        first = unit.record(JobReportViewed(), resource_id="job_1")
        second = unit.record(JobReportViewed(), resource_id="job_1", actor=replace(ALICE, label="other"))
    found = [events(database, id=each.id)[0] for each in (first, second)]
    assert [(row["request_id"], row["actor"]) for row in found] == [("req_1", ALICE.label), ("req_1", "other")]


@pytest.mark.parametrize("now", [0, 1_577_836_799_999_999, 4_102_444_800_000_000])
def test_a_clock_that_is_plainly_wrong_is_said_to_be(
    database: Database, now: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine without a battery that has just started. The database would refuse it without saying why."""
    before = state(database)
    monkeypatch.setattr(ids, "now", lambda: now)
    with pytest.raises(Unavailable, match="clock is wrong"), acting(database)() as unit:
        unit.record(sample(JobReportViewed), resource_id="job_1")
    assert state(database) == before
