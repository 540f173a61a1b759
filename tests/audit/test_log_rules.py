"""What the tables of the log accept from whoever may add to them: nothing that spoils a log or stalls it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select, text, update

from expunct_server import ids
from expunct_server.audit.catalog import AuditErased, JobReportViewed, PolicyDeleted, TenantUpdated
from expunct_server.audit.models import (
    SUPER,
    AuditEntry,
    AuditEvent,
    AuditLog,
    AuditMark,
    AuditPending,
    AuditRoot,
    AuditType,
)
from expunct_server.audit.recorder import Unit
from expunct_server.db import log_rules
from expunct_server.db.session import Database
from expunct_server.publishing import sequencer
from expunct_server.tlog.merkle import EMPTY_ROOT
from tests.audit.support import ACCEPTED, Act, Attempt, events, outcome, outcomes
from tests.audit.test_append_only import event_row

LOG: Table = AuditEvent.__table__  # type: ignore[assignment]
SECONDS = 1_000_000
HOST = "log.example"
LARGEST_ID = "evt_" + "z" * 26


def refusal(table: str, why: str, verb: str = "INSERT") -> str:
    return f"append-only: {verb} on {table}: {why}"


def add(model: Any, **values: Any) -> Attempt:
    """An attempt to insert a row."""
    return lambda unit: unit.session.execute(insert(model.__table__).values(**values))


def record(act: Act, count: int = 1, tenant_id: str = "default") -> list[str]:
    with act(tenant_id) as unit:
        return [unit.record(JobReportViewed(), resource_id=f"job_{n}").id for n in range(count)]


def sequenced(database: Database, act: Act, count: int = 3, tenant_id: str = "default") -> sequencer.Head:
    """The tenant's log with that many further events, all in their places."""
    sequencer.ensure_log(database, tenant_id, f"{HOST}/{tenant_id}")
    record(act, count, tenant_id)
    while sequencer.sequence(database, tenant_id) is not None:
        pass
    found = sequencer.head(database, tenant_id)
    assert found is not None
    return found


def position(database: Database, event_id: str) -> int:
    return int(events(database, id=event_id)[0]["position"])


def positions(database: Database, model: Any) -> list[int]:
    with database.reading() as session:
        return list(session.scalars(select(model.position).order_by(model.position)))


def waiting(database: Database) -> list[int]:
    with database.reading() as session:
        pending = select(AuditPending.position).where(AuditPending.tenant_id == "default")
        return list(session.scalars(pending.order_by(AuditPending.position)))


# --- events -----------------------------------------------------------------------------------------------------------

FORMLESS: dict[str, dict[str, Any]] = {
    "no id": {"id": ""},
    "a word for an id": {"id": "nonsense"},
    "an id of another kind": {"id": ids.new("job")},
    "a short id": {"id": LARGEST_ID[:-1]},
    "a long id": {"id": LARGEST_ID + "z"},
    "an id with a letter that is none of an id": {"id": LARGEST_ID[:-1] + "u"},
    "an id in capitals": {"id": LARGEST_ID[:-1] + "Z"},
    "an id with a line break": {"id": LARGEST_ID[:-1] + "\n"},
    "no tenant": {"tenant_id": ""},
    "a tenant that is another folder": {"tenant_id": "../../outside"},
    "a tenant that begins with a dot": {"tenant_id": ".."},
    "a tenant with a slash": {"tenant_id": "default/x"},
    "a tenant with a line break": {"tenant_id": "default\n"},
    "a tenant with a letter that is none": {"tenant_id": "défault"},
    "the log of logs for a tenant": {"tenant_id": SUPER},
    "no type": {"event_type": ""},
    "no type of resource": {"resource_type": ""},
    "no resource": {"resource_id": ""},
    "no outcome": {"outcome": ""},
    "another outcome": {"outcome": "Success"},
    "version 0": {"schema_version": 0},
    "a version below": {"schema_version": -1},
    "before 2020": {"created_at": 1_577_836_800 * SECONDS - 1},
    "in 2100": {"created_at": 4_102_444_800 * SECONDS},
    "far ahead": {"created_at": 9 * 10**18},
    "metadata that is a list": {"details": "[]"},
    "metadata that is null": {"details": "null"},
}


def test_an_event_that_no_verifier_accepts_is_refused(database: Database, act: Act) -> None:
    before = positions(database, AuditEvent)
    found = outcomes(act, {way: add(AuditEvent, **event_row(**values)) for way, values in FORMLESS.items()})
    assert found == dict.fromkeys(FORMLESS, refusal("audit_event", "it has not the form of an event"))
    for details in ("not json", "", "{", '{"a":1}}'):
        assert outcome(act, add(AuditEvent, **event_row(details=details))) != ACCEPTED
    assert positions(database, AuditEvent) == before


def test_the_edges_of_the_form_are_within_it(database: Database, act: Act) -> None:
    edges: dict[str, dict[str, Any]] = {
        "the largest id": {"id": LARGEST_ID},
        "the smallest id": {"id": "evt_" + "0" * 26},
        "a tenant of one letter": {"tenant_id": "x"},
        "a long tenant": {"tenant_id": "A" + "9_.-" * 15 + "abc"},
        "a failure": {"outcome": "failure"},
        "a refusal": {"outcome": "denied"},
        "the first moment of 2020": {"created_at": 1_577_836_800 * SECONDS},
        "the last of 2099": {"created_at": 4_102_444_800 * SECONDS - 1},
    }
    attempts = {way: add(AuditEvent, **event_row(**values)) for way, values in edges.items()}
    assert outcomes(act, attempts) == dict.fromkeys(edges, ACCEPTED)


# --- those that wait --------------------------------------------------------------------------------------------------


def test_nothing_waits_but_an_event_of_this_very_transaction(database: Database, act: Act) -> None:
    sequenced(database, act)
    [placed, *_] = positions(database, AuditEntry)
    event = position(database, record(act)[0])
    before = waiting(database)
    attempts: dict[str, Attempt] = {
        f"position {at}": add(AuditPending, tenant_id="default", position=at) for at in (-1, 0, 2**62, placed)
    }
    attempts["an event that waits"] = add(AuditPending, tenant_id="default", position=event)
    attempts["an event that waits, for another tenant"] = add(AuditPending, tenant_id="system", position=event)
    attempts["a new event, for another tenant"] = _waits_again("system")
    attempts["a new event that has its place"] = _waits_again("default", taken_off=True)
    found = outcomes(act, attempts)
    assert found == dict.fromkeys(attempts, refusal("audit_pending", "no such event of this transaction waits"))
    assert waiting(database) == before
    sequenced(database, act)  # and the log goes on
    assert waiting(database) == []


def _waits_again(tenant_id: str, *, taken_off: bool = False) -> Attempt:
    """A new event is put among those that wait once more, where asked after it was given a place."""

    def attempt(unit: Unit) -> None:
        session, event = unit.session, unit.record(JobReportViewed(), resource_id="job_1")
        at = session.scalars(select(AuditEvent.position).where(AuditEvent.id == event.id)).one()
        if taken_off:
            log = session.execute(select(AuditLog.__table__).where(AuditLog.tenant_id == "default")).one()
            grown = update(AuditLog.__table__).where(AuditLog.number == log.number)
            session.execute(grown.values(size=log.size + 1))
            entry = {"event_type": 1, "resource": 0, "created_at": 1}
            session.execute(insert(AuditEntry.__table__).values(log=log.number, seq=log.size, position=at, **entry))
            session.execute(delete(AuditPending.__table__).where(AuditPending.position == at))
        session.execute(insert(AuditPending.__table__).values(tenant_id=tenant_id, position=at))

    return attempt


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_what_was_placed_meanwhile_does_not_wait_again(database: Database, act: Act) -> None:
    """A transaction that began before sees it waiting still, without a place: twice placed, it would stall the log."""
    sequenced(database, act)
    event = position(database, record(act)[0])

    def attempt(unit: Unit) -> None:
        unit.session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        assert unit.session.scalar(text("SELECT count(*) FROM audit_pending WHERE tenant_id = 'default'")) == 1
        sequenced(database, act, 0)
        add(AuditPending, tenant_id="default", position=event)(unit)

    assert outcome(act, attempt) == refusal("audit_pending", "no such event of this transaction waits")
    assert waiting(database) == []


# --- places -----------------------------------------------------------------------------------------------------------


def test_no_place_is_given_that_the_log_does_not_reach(database: Database, act: Act) -> None:
    """Or its event could be taken off those that wait, and never stand in the log."""
    head = sequenced(database, act)
    at = position(database, record(act)[0])
    entry = {"log": head.number, "position": at, "event_type": 1, "resource": 0, "created_at": 1}
    attempts = {
        str(seq): add(AuditEntry, seq=seq, **entry) for seq in (head.size, head.size + 1, head.size + 10**6, 2**62, -1)
    }
    why = "no such event waits in this log, or the log has no such place"
    assert outcomes(act, attempts) == dict.fromkeys(attempts, refusal("audit_entry", why))
    assert waiting(database) == [at]
    assert sequenced(database, act, 0).size == head.size + 1


def test_no_mark_or_root_stands_beyond_the_log(database: Database, act: Act) -> None:
    head = sequenced(database, act)
    super_ = sequencer.ensure_log(database, SUPER, HOST)
    root = {"log": head.number, "size": 1, "entry": "x", "created_at": 1}
    attempts = {f"mark {n}": add(AuditMark, log=head.number, number=n, latest=0) for n in (1, 2**50, -1)}
    attempts |= {f"root {seq}": add(AuditRoot, seq=seq, **root) for seq in (1, 2**50, -1)}
    expected = {way: refusal("audit_mark", "the log has no such place") for way in attempts}
    expected |= {way: refusal("audit_root", "the log of logs has no such place") for way in attempts if "root" in way}
    if database.dialect == "postgresql":  # which can wait for the commit to see how large the log became
        attempts["the next root"] = add(AuditRoot, seq=super_.size, **root)
        expected["the next root"] = refusal("audit_root", "the log of logs has no such place")
    assert outcomes(act, attempts) == expected


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite knows no rule of the commit
@pytest.mark.parametrize("tenant_id", ["default", SUPER])
def test_a_log_has_an_entry_for_each_index_when_it_grows(database: Database, act: Act, tenant_id: str) -> None:
    sequenced(database, act)
    sequencer.ensure_log(database, SUPER, HOST)
    grown = update(AuditLog.__table__).where(AuditLog.tenant_id == tenant_id).values(size=AuditLog.size + 1)
    before = sequencer.heads(database)
    found = outcome(act, lambda unit: unit.session.execute(grown))
    assert found == refusal("audit_log", "it has not an entry for each index", "UPDATE")
    assert sequencer.heads(database) == before


# --- logs -------------------------------------------------------------------------------------------------------------


def _log(**values: Any) -> dict[str, Any]:
    fresh: dict[str, Any] = {"tenant_id": "acme", "origin": f"{HOST}/acme", "blind": bytes(32), "size": 0}
    fresh |= {"root": EMPTY_ROOT, "peaks": b"", "latest": 0, "regress": 0, "published_size": 0, "anchored_size": 0}
    return fresh | values


def test_a_new_log_is_its_tenants_and_empty(database: Database, act: Act) -> None:
    sequenced(database, act)
    taken = f"{HOST}/default"
    ways: dict[str, dict[str, Any]] = {
        "the origin of another tenant": {"origin": taken},
        "an origin that only ends alike": {"origin": f"{HOST}/x-acme"},
        "a name without a host": {"origin": "/acme"},
        "the name alone": {"origin": "acme"},
        "no origin": {"origin": ""},
        "no tenant": {"tenant_id": "", "origin": f"{HOST}/"},
        "a tenant that is another folder": {"tenant_id": "../x", "origin": f"{HOST}/../x"},
        "the origin of a tenant, for the log of logs": {"tenant_id": SUPER, "origin": taken},
        "no origin for the log of logs": {"tenant_id": SUPER, "origin": ""},
        "a log that has entries": {"size": 7},
        "a log that has peaks": {"peaks": bytes(32)},
        "a log with a date": {"latest": 1},
        "a log that steps back": {"regress": 1},
        "a published log": {"published_size": 1},
        "an anchored log": {"anchored_size": 1},
        "a log that was anchored": {"anchored_at": 1},
    }
    found = outcomes(act, {way: add(AuditLog, **_log(**values)) for way, values in ways.items()})
    assert [way for way, said in found.items() if said == ACCEPTED] == []
    assert all(
        said.startswith(("append-only: INSERT on audit_log: ", "CHECK ", "new row ", "dup")) for said in found.values()
    )
    assert outcome(act, add(AuditLog, **_log())) == ACCEPTED
    assert outcome(act, add(AuditLog, **_log(tenant_id=SUPER, origin=HOST))) == ACCEPTED


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite gives the next row id
def test_a_log_has_the_next_number_whatever_was_drawn_or_sent(database: Database, act: Act) -> None:
    """Numbers beyond 32 bits have no place in an entry: the logs of new tenants would stall."""
    number = sequenced(database, act).number
    drawn = "SELECT max(nextval(pg_get_serial_sequence('audit_log', 'number'))) FROM generate_series(1, 100)"
    assert outcome(act, lambda unit: unit.session.execute(text(drawn))) == ACCEPTED
    assert sequenced(database, act, 1, "acme").number == number + 1
    sent = _log(number=2**40, tenant_id="other", origin=f"{HOST}/other")
    assert outcome(act, add(AuditLog, **sent)) == ACCEPTED
    assert sequenced(database, act, 1, "other").number == number + 2


def test_what_a_log_says_of_itself_has_bounds(database: Database, act: Act) -> None:
    """Else one update could keep it from being anchored, or from being found by date, for ever."""
    head = sequenced(database, act)
    ways: dict[str, dict[str, Any]] = {
        "anchored beyond its size": {"anchored_size": head.size + 1},
        "anchored in the year 287396": {"anchored_at": 9 * 10**18},
        "published in the year 287396": {"published_at": 9 * 10**18},
        "its latest date, without an entry": {"latest": AuditLog.latest + 1},
        "steps back, without an entry": {"regress": AuditLog.regress + 1},
        "its latest date beyond any": {"size": head.size + 1, "latest": 9 * 10**18},
        "steps back beyond any": {"size": head.size + 1, "regress": 9 * 10**18},
    }
    of_log = update(AuditLog.__table__).where(AuditLog.tenant_id == "default")

    def attempt(values: dict[str, Any]) -> Attempt:
        return lambda unit: unit.session.execute(of_log.values(**values))

    found = outcomes(act, {way: attempt(values) for way, values in ways.items()})
    assert found == dict.fromkeys(ways, refusal("audit_log", "the log only grows", "UPDATE"))


# --- numbers of types -------------------------------------------------------------------------------------------------


def test_a_type_has_the_next_number(database: Database, act: Act) -> None:
    sequenced(database, act)
    with database.reading() as session:
        numbers = session.scalars(select(AuditType.number).order_by(AuditType.number)).all()
    assert list(numbers) == list(range(1, len(numbers) + 1))
    attempts = {
        str(n): add(AuditType, number=n, event_type="z", resource_type="z") for n in (32767, len(numbers) + 2, 0, -1)
    }
    why = "it is not the next number, or there are too many types"
    assert outcomes(act, attempts) == dict.fromkeys(attempts, refusal("audit_type", why))


def test_an_event_of_one_type_too_many_is_refused_and_the_log_goes_on(database: Database, act: Act) -> None:
    head = sequenced(database, act)

    def flood(unit: Unit) -> None:
        for n in range(log_rules.MOST_TYPES):
            unit.session.execute(insert(LOG).values(event_row(event_type=f"flood.{n}")))

    why = "it is not the next number, or there are too many types"
    assert outcome(act, flood) == refusal("audit_type", why)

    def fill(unit: Unit) -> None:
        at = unit.session.scalar(text("SELECT max(number) FROM audit_type"))
        for n in range(at + 1, log_rules.MOST_TYPES + 1):
            add(AuditType, number=n, event_type=f"flood.{n}", resource_type="z")(unit)

    assert outcome(act, fill) == ACCEPTED
    assert outcome(act, add(AuditEvent, **event_row(event_type="other"))) == refusal("audit_type", why)
    assert sequenced(database, act).size == head.size + 3


# --- the stamp on PostgreSQL ------------------------------------------------------------------------------------------

_OLD = "UPDATE audit_event SET unit = pg_current_xact_id()::text::bigint WHERE id = :id"


@pytest.fixture
def as_if_restored(database: Database) -> Callable[[Unit, str], None]:
    """Gives an old event what its stamp was worth in another cluster: there its transaction had this one's number."""

    def restamp(unit: Unit, event_id: str) -> None:
        unit.session.execute(text("SET LOCAL session_replication_role = replica"))
        unit.session.execute(text(_OLD), {"id": event_id})
        unit.session.execute(text("SET LOCAL session_replication_role = origin"))

    return restamp


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_an_event_of_another_cluster_is_none_of_this_transaction(
    database: Database, act: Act, as_if_restored: Callable[[Unit, str], None]
) -> None:
    said = AuditErased(parts=["actor"], selected_by=["actor"], event_count=9, job_count=0, reason="")
    with act() as unit:
        erasure = unit.record(said, resource_id="ers_1").id
        changed = unit.record(TenantUpdated(from_plan="free", plan="pro"), resource_id="default").id
        known = unit.record(PolicyDeleted(name="x", version=1), resource_id="pol_1").id
    at = position(database, known)

    def erase(unit: Unit) -> None:
        as_if_restored(unit, erasure)
        unit.session.execute(text("SELECT audit_erase(:at, ARRAY['actor'], :by)"), {"at": at, "by": erasure})

    def change(unit: Unit) -> None:
        as_if_restored(unit, changed)
        unit.session.execute(
            text("UPDATE tenant SET plan = 'pro', audit_event_id = :by WHERE id = 'default'"), {"by": changed}
        )

    stays = "append-only: UPDATE on audit_event: events are never changed or removed"
    assert outcome(act, erase) == stays
    assert outcome(act, change).startswith("unrecorded change: UPDATE on tenant needs")


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_stamp_is_made_of_the_transaction_and_of_this_start_of_the_server(database: Database, act: Act) -> None:
    made = text(
        "SELECT audit_unit(), audit_unit(), hashtextextended(pg_current_xact_id()::text,"
        " hashfloat8extended(extract(epoch FROM pg_postmaster_start_time())::float8, 0))"
    )
    found = []
    for _ in range(2):
        with act() as unit:
            found.append(unit.session.execute(made).one())
    assert [len(set(each)) for each in found] == [1, 1] and found[0] != found[1]
