"""The database's own rules: an erasure leaves what the leaf needs, and nothing but an erasure passes, on both kinds."""

import hashlib
import hmac
import random
import sys
from collections.abc import Callable, Iterator
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select, text, update

from expunct_server.audit.catalog import AuditErased, JobReportViewed, PolicyDeleted
from expunct_server.audit.codec import canonical
from expunct_server.audit.entry import PARTS, part_salts, without
from expunct_server.audit.erasure import erase
from expunct_server.audit.models import AuditEntry, AuditEvent
from expunct_server.audit.recorder import Actor, Origin, Recorded, Unit, writing
from expunct_server.audit.stored import COLUMNS, Stored, commitments_of, entry_of, openings_of
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.publishing import sequencer
from tests.audit.support import ACCEPTED, acting, outcome, outcomes, state
from tests.conftest import TESTER

TABLE = AuditEvent.__table__
STAYS = "append-only: UPDATE on audit_event: events are never changed or removed"
NOWHERE = Origin()
NASTY = 'a"b\\c/d\b\f\n\r\t\x01\x1f\x7f\x80é\u2028\u2029\ufeff\uffff😀{}[],:'


def said(unit: Unit, *parts: str) -> Recorded:
    """An erasure of these parts is recorded in this unit."""
    event = AuditErased(parts=list(parts), selected_by=["actor"], event_count=1, job_count=0, reason="")
    return unit.record(event, resource_id="ers_1")


def read(database: Database, event_id: str) -> Stored:
    with database.reading() as session:
        return Stored._make(session.execute(select(*COLUMNS).where(AuditEvent.id == event_id)).one())


def recorded(database: Database, label: str = "pk_live_...abcd", origin: Origin = NOWHERE) -> Stored:
    with writing(database, Actor(f"id of {label}", label, "default"), origin) as unit:
        event = unit.record(PolicyDeleted(name=label, version=3), resource_id="pol_1")
    return read(database, event.id)


# --- the database makes what this program makes -----------------------------------------------------------------------


def _texts() -> Iterator[str]:
    """Every character there is but NUL, which PostgreSQL keeps in no text, and lone surrogates, which are none."""
    every = [chr(n) for n in range(1, sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF]
    yield from ("".join(every[start : start + 65_536]) for start in range(0, len(every), 65_536))
    yield from ("", "\\u0041", '"', "\\", "\\\\n", "e\u0301", NASTY)


def test_the_database_writes_a_text_as_the_canonical_form_does(database: Database) -> None:
    query = text("SELECT audit_json(:t)" if database.dialect == "sqlite" else "SELECT to_json(CAST(:t AS text))::text")
    with database.reading() as session:
        differing = [each[:20] for each in _texts() if session.scalar(query, {"t": each}).encode() != canonical(each)]
    assert differing == []


def test_the_database_makes_an_hmac_as_everyone_does(database: Database) -> None:
    luck = random.Random(4)
    keys = [bytes(16), b"\xff" * 32, *(luck.randbytes(size) for size in (1, 16, 31, 32, 32, 32))]
    data = [b"", b"{}", luck.randbytes(55), luck.randbytes(64), luck.randbytes(40_000)]
    query = text("SELECT audit_hmac(:key, :data)")
    with database.reading() as session:
        made = [bytes(session.scalar(query, {"key": key, "data": each})) for key in keys for each in data]
    assert made == [hmac.digest(key, each, hashlib.sha256) for key in keys for each in data]


@pytest.mark.parametrize("order", list(permutations(PARTS)), ids="-".join)
def test_each_part_goes_and_the_leaf_stays(database: Database, order: tuple[str, ...]) -> None:
    events = [
        recorded(database, NASTY, Origin(None, "192.0.2.1", NASTY)),
        recorded(database, "plain", Origin(None, None, "é")),
        recorded(database, "none", Origin()),
    ]
    for event in events:
        gone: frozenset[str] = frozenset()
        for part in order:
            gone |= {part}
            with writing(database, TESTER) as unit:
                changed = erase(unit.session, [event.position], frozenset({part}), said(unit, part))
            now = read(database, event.id)
            left = without(event.salt or b"", gone)
            assert [each.id for each in changed] == [event.id]
            assert now.salt == (left if any(left) else None)
            assert (commitments_of(now), entry_of(now)) == (commitments_of(event), entry_of(event))
            assert openings_of(now) == {k: v for k, v in openings_of(event).items() if k not in gone}
        with writing(database, TESTER) as unit:  # nothing is left to take
            assert erase(unit.session, [event.position], frozenset(PARTS), said(unit, *PARTS)) == []
        assert read(database, event.id) == now


# --- and lets nothing else pass ---------------------------------------------------------------------------------------


def _ways(event: Stored) -> dict[str, dict[str, Any]]:
    """Changes of an event that are no erasure of its actor; each differs from the one that is in what its name says."""
    salts = part_salts(event.salt or b"")
    three = [salts[part] for part in PARTS]
    zeros = bytes(32)
    commitments = [commitments_of(event)[part] for part in PARTS]
    other = b"\x01" * 32
    kept = {"actor": event.actor, "actor_id": event.actor_id}
    return {
        "another actor": {"actor": "somebody else"},
        "an actor that stays, without its salt": kept,
        "an actor's id that stays": {"actor_id": event.actor_id},
        "a salt that stays": {"salt": b"".join(three)},
        "the old salt": {"salt": event.salt},
        "no salt, with values left": {"salt": None},
        "another outcome": {"outcome": "denied"},
        "other metadata": {"details": '{"name":"other"}'},
        "metadata gone, with its salt left": {"details": "{}"},
        "another address": {"ip_address": "192.0.2.9"},
        "another agent": {"user_agent": "other"},
        "commitments of nothing": {"commitments": bytes(96)},
        "a wrong commitment of what goes": {"commitments": other + commitments[1] + commitments[2]},
        "a wrong commitment of what stays": {"commitments": commitments[0] + other + commitments[2]},
        "commitments in another order": {"commitments": commitments[0] + commitments[2] + commitments[1]},
        "short commitments": {"commitments": b"".join(commitments)[:95]},
        "long commitments": {"commitments": b"".join(commitments) + b"\0"},
        "no commitments": {"commitments": None},
        "salts exchanged": {"salt": zeros + three[2] + three[1]},
        "another salt of what stays": {"salt": zeros + other + three[2]},
        "a salt of what goes": {"salt": other + three[1] + three[2]},
        "a short salt": {"salt": (zeros + three[1] + three[2])[:95]},
        "a long salt": {"salt": zeros + three[1] + three[2] + b"\0"},
        "zeros for a salt": {"salt": bytes(96), "ip_address": None, "user_agent": None, "details": "{}"},
        "a part that the erasure does not name": {
            "salt": zeros + zeros + three[2],
            "ip_address": None,
            "user_agent": None,
        },
        "nothing erased": kept | {"salt": b"".join(three)},
        "no erasure": {"erased_by": None},
        "another event for an erasure": {"erased_by": event.id},
    }


def _change(event: Stored, values: dict[str, Any]) -> Callable[[Unit], object]:
    """In a unit that records an erasure of the actor: what such an erasure writes, but for these values."""
    commitments = b"".join(commitments_of(event)[part] for part in PARTS)
    right = {"actor": "erased", "actor_id": "erased", "commitments": commitments}
    right |= {"salt": without(event.salt or b"", frozenset({"actor"}))}

    def attempt(unit: Unit) -> None:
        changed = right | {"erased_by": said(unit, "actor").id} | values
        unit.session.execute(update(TABLE).where(TABLE.c.id == event.id).values(changed))

    return attempt


def test_an_erasure_permits_nothing_but_erasing(database: Database) -> None:
    event = recorded(database, origin=Origin(None, "192.0.2.1", "agent"))
    before = state(database)
    found = outcomes(acting(database), {way: _change(event, values) for way, values in _ways(event).items()})
    assert found == dict.fromkeys(_ways(event), STAYS)
    assert state(database) == before
    assert outcome(acting(database), _change(event, {})) == ACCEPTED  # it is the differences that were refused
    assert entry_of(read(database, event.id)) == entry_of(event)


def test_what_an_erasure_left_changes_no_more(database: Database) -> None:
    event = recorded(database, origin=Origin(None, "192.0.2.1", "agent"))
    assert outcome(acting(database), _change(event, {})) == ACCEPTED
    once = read(database, event.id)
    before = state(database)
    ways: dict[str, dict[str, Any]] = {
        "the same again, by another erasure": {},
        "an actor again": {"actor": event.actor, "actor_id": event.actor_id},
        "its salt again": {"salt": b"".join(part_salts(event.salt or b"").values())},
        "the first salt again": {"salt": event.salt},
        "other commitments": {"commitments": b"\x01" * 96},
        "all salts": {"salt": None},
    }
    found = outcomes(acting(database), {way: _change(event, values) for way, values in ways.items()})
    assert found == dict.fromkeys(ways, STAYS)
    assert (state(database), read(database, event.id)) == (before, once)


def test_an_older_erasure_or_one_of_another_tenant_permits_nothing(database: Database) -> None:
    event = recorded(database)
    with acting(database)() as unit:
        older = said(unit, "actor").id
    found = outcome(acting(database), _change(event, {"erased_by": older}))
    elsewhere = outcome(acting(database), _change(event, {}), "system")
    assert (found, elsewhere) == (STAYS, STAYS)
    assert read(database, event.id) == event


def test_what_tells_of_an_erasure_is_never_erased(database: Database) -> None:
    with acting(database)() as unit:
        first = said(unit, *PARTS).id
    event = read(database, first)
    parts = frozenset(PARTS)
    found = outcome(acting(database), lambda unit: erase(unit.session, [event.position], parts, said(unit, *PARTS)))
    itself = outcome(acting(database), _change(event, {}))
    assert (found, itself) == (STAYS, STAYS)
    assert read(database, first) == event


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite has one writer at a time
def test_no_log_begins_while_its_events_are_erased(database: Database, url: str) -> None:
    """Its first sequencing would write the actor's key, which nothing takes out again once the erasure commits."""
    event, impatient = recorded(database, "someone"), Database(url, busy_timeout_seconds=1)
    assert sequencer.head(database, "default") is None
    with acting(database)() as unit:
        erase(unit.session, [event.position], frozenset({"actor"}), said(unit, "actor"))
        with pytest.raises(Unavailable) as refused:
            sequencer.ensure_log(impatient, "default", "log.example/default")
        assert refused.value.code == "database_locked"
    impatient.close()
    sequencer.ensure_log(database, "default", "log.example/default")
    assert sequencer.sequence(database, "default") is not None
    with database.reading() as session:
        assert session.scalars(select(AuditEntry.actor).where(AuditEntry.position == event.position)).all() == [None]


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_function_of_postgresql_takes_what_is_there_and_no_more(database: Database) -> None:
    with acting(database)() as unit:
        event = unit.record(JobReportViewed(), resource_id="job_1")
    before = read(database, event.id)
    call = text("SELECT audit_erase(:at, CAST(:parts AS text[]), :by)")

    def calling(parts: list[str], at: int = before.position) -> bool | None:
        with acting(database)() as unit:
            answer: bool | None = unit.session.scalar(call, {"at": at, "parts": parts, "by": said(unit, *PARTS).id})
            return answer

    assert [calling([]), calling(["outcome"]), calling(["actor"], at=-1)] == [False, False, False]
    assert read(database, event.id) == before
    assert [calling(["actor"]), calling(["actor"]), calling(["actor", "client"])] == [True, False, True]
    assert read(database, event.id).salt == without(before.salt or b"", frozenset({"actor", "client"}))
