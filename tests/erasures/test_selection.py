"""Which events an erasure is about: against a model that looks at every row, and without looking at every row."""

import random
from dataclasses import replace
from itertools import chain, combinations
from typing import Any

import pytest
from sqlalchemy import event as sa_event
from sqlalchemy import text

from expunct_server.audit import selection
from expunct_server.audit.catalog import AuditErased
from expunct_server.audit.entry import PARTS, part_salts
from expunct_server.audit.erasure import erase
from expunct_server.audit.recorder import Origin, writing
from expunct_server.audit.selection import Criteria, candidates, confirmed
from expunct_server.db.session import Database
from expunct_server.erasures import service
from tests.conftest import TESTER, Api
from tests.erasures.test_erasures import erase as ask
from tests.trail.helpers import ACTORS, BASE, KINDS, sequence_all
from tests.web.helpers import on_sqlite, refused, rows

ADDRESSES = ("192.0.2.1", "192.0.2.2", None)
ALL = frozenset(PARTS)
EVERY = [frozenset(each) for each in chain.from_iterable(combinations(PARTS, n) for n in (1, 2, 3))]


def record(database: Database, count: int, luck: random.Random) -> None:
    """Events of two tenants; some actors are called as erased ones are shown."""
    for n in range(count):
        label = luck.choice((*ACTORS, "erased"))
        who = replace(TESTER, label=label, tenant_id=luck.choice(("default", "default", "system")))
        with writing(database, who, Origin("req_1", luck.choice(ADDRESSES), "tests")) as unit:
            unit.record(luck.choice(KINDS)(), resource_id=f"res_{luck.randrange(4)}", at=BASE + n - luck.randrange(9))


def erase_some(database: Database, luck: random.Random, times: int) -> None:
    events = [row for row in rows(database, "audit_event") if row["tenant_id"] == "default"]
    here = [row["position"] for row in events if row["event_type"] != "audit.erased"]
    for _ in range(times):
        parts = luck.choice(EVERY)
        with writing(database, TESTER) as unit:
            said = AuditErased(parts=sorted(parts), selected_by=["actor"], event_count=1, job_count=0, reason="")
            erase(unit.session, luck.sample(here, 9), parts, unit.record(said, resource_id="ers_1"))


@pytest.fixture
def trail(database: Database) -> Database:
    """A third has no index yet, and of both kinds some were erased, before or after they got it."""
    luck = random.Random(19)
    record(database, 120, luck)
    erase_some(database, luck, 3)
    sequence_all(database)
    erase_some(database, luck, 3)
    record(database, 60, luck)
    erase_some(database, luck, 3)
    return database


def model(database: Database, which: Criteria, parts: frozenset[str], tenant: str = "default") -> list[int]:
    """Positions of what must be found."""

    def is_wanted(row: dict[str, Any]) -> bool:
        left = part_salts(row["salt"]).keys() if row["salt"] is not None else set()
        return (
            row["tenant_id"] == tenant
            and row["event_type"] != "audit.erased"
            and bool(left & parts)
            and (not which.event_ids or row["id"] in which.event_ids)
            and (which.before is None or row["created_at"] < which.before)
            and all(getattr(which, name) in (None, row[name]) for name in ("resource_id", "actor", "ip_address"))
        )

    return sorted(row["position"] for row in rows(database, "audit_event") if is_wanted(row))


CRITERIA = [
    Criteria(resource_id=resource_id, actor=actor, ip_address=ip_address, before=before)
    for resource_id in (None, "res_1")
    for actor in (None, ACTORS[0], "erased")
    for ip_address in (None, ADDRESSES[0])
    for before in (None, BASE + 60)
]


@pytest.mark.parametrize("piece", [7, 10_000])
def test_what_matches_is_found_and_nothing_else(trail: Database, piece: int) -> None:
    found = {}
    for which in CRITERIA:
        for parts in EVERY:
            positions = candidates(trail, "default", which, parts, 1000, piece)
            assert positions == model(trail, which, parts), (which, parts)
            with trail.reading() as session:
                assert confirmed(session, "default", which, parts, positions) == positions
            found[which, parts] = len(positions)
    assert sum(count > 0 for count in found.values()) > 150
    for tenant in ("system", "nobody"):
        which = Criteria(actor=ACTORS[0])
        assert candidates(trail, tenant, which, ALL, 1000, piece) == model(trail, which, ALL, tenant)


def test_named_events_are_found_with_what_else_is_asked(trail: Database) -> None:
    some = tuple(row["id"] for row in rows(trail, "audit_event")[::3])
    for which in [replace(each, event_ids=some) for each in CRITERIA]:
        assert candidates(trail, "default", which, ALL, 1000) == model(trail, which, ALL), which


def test_no_more_are_found_than_are_asked_for(trail: Database) -> None:
    for which in (Criteria(actor=ACTORS[0]), Criteria(ip_address=ADDRESSES[0])):
        wanted = model(trail, which, ALL)
        found = candidates(trail, "default", which, ALL, 12, piece=5)
        assert len(found) == 12 < len(wanted) and set(found) < set(wanted) and found == sorted(found)


def test_two_texts_with_one_key_are_told_apart(trail: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    key = selection.key_of(ACTORS[0])
    monkeypatch.setattr(selection, "key_of", lambda _: key)
    assert candidates(trail, "default", Criteria(actor=ACTORS[0]), ALL, 1000) == model(
        trail, Criteria(actor=ACTORS[0]), ALL
    )
    found = candidates(trail, "default", Criteria(actor=ACTORS[1]), ALL, 1000)
    waiting = {row["position"] for row in rows(trail, "audit_pending")}
    assert set(found) == set(model(trail, Criteria(actor=ACTORS[1]), ALL)) & waiting  # its key is another's now


def test_an_event_that_gets_its_place_meanwhile_is_not_missed(database: Database) -> None:
    luck = random.Random(3)
    record(database, 40, luck)
    sequence_all(database)
    record(database, 40, luck)
    which = Criteria(ip_address=ADDRESSES[0])
    pieces = selection._found(database, "default", which, ALL, 1000, 5)
    found = set(next(pieces))
    sequence_all(database)  # what was found waiting moves into the log, behind what was looked at
    for some in pieces:
        found.update(some)
    assert sorted(found) == model(database, which, ALL)


def test_what_does_not_match_any_more_is_not_erased(trail: Database) -> None:
    which = Criteria(actor=ACTORS[0])
    found = service.look_for(trail, "default", which, frozenset({"actor"}))
    with writing(trail, TESTER) as unit:
        first = service.carry_out(unit, which, frozenset({"actor"}), "", found[:5])
    with writing(trail, TESTER) as unit:  # as another request that looked at the same time
        second = service.carry_out(unit, which, frozenset({"actor"}), "", found)
    assert (first.event_count, second.event_count) == (5, len(found) - 5)
    assert model(trail, which, frozenset({"actor"})) == []


def test_indices_are_asked_where_there_are_some(trail: Database) -> None:
    """No statement reads events or entries from end to end; PostgreSQL is asked not to where that is cheaper."""
    for which in (
        Criteria(resource_id="res_1"),
        Criteria(actor=ACTORS[0]),
        Criteria(actor="erased"),
        Criteria(actor=ACTORS[0], resource_id="res_1", ip_address=ADDRESSES[0], before=BASE + 60),
        Criteria(ip_address=ADDRESSES[0]),
    ):
        plans = _plans(trail, which)
        assert [line for line in plans if line.startswith("SCAN") or "Seq Scan on audit_e" in line] == [], which


def _plans(database: Database, which: Criteria) -> list[str]:
    ran: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if "audit_event" in statement:
            ran.append((statement, parameters))

    sa_event.listen(database.read_engine, "before_cursor_execute", note)
    candidates(database, "default", which, ALL, 1000)
    sa_event.remove(database.read_engine, "before_cursor_execute", note)
    assert ran
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    with database.reading() as session:
        connection = session.connection()
        if database.dialect == "postgresql":
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        return [str(row[-1]) for sql, values in ran for row in connection.exec_driver_sql(explain + sql, values)]


# --- over HTTP --------------------------------------------------------------------------------------------------------


@pytest.fixture
def eraser(api: Api) -> str:
    return api.make_key(scopes=frozenset({"audit:erase"}))


def test_more_are_erased_when_it_is_asked_again(api: Api, eraser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_EVENTS", 4)
    with writing(api.database, TESTER, Origin("req_1", "192.0.2.77", "agent")) as unit:
        for _ in range(10):
            unit.record(KINDS[0](), resource_id="res_9")
    for criterion, parts in (({"resource_id": "res_9"}, ["actor"]), ({"ip_address": "192.0.2.77"}, ["metadata"])):
        answers = [ask(api, eraser, parts=parts, **criterion) for _ in range(4)]
        assert [(each["event_count"], each["more"]) for each in answers] == [
            (4, True),
            (4, True),
            (2, False),
            (0, False),
        ]
    said = [each["metadata"]["event_count"] for each in api.events(event_type="audit.erased")]
    assert said == [4, 4, 2, 0] * 2


def test_what_tells_of_an_erasure_is_kept(api: Api, eraser: str) -> None:
    event = api.events()[-1]
    first = ask(api, eraser, event_ids=[event["id"]], reason="asked")
    said = api.events(fields="full", event_type="audit.erased")
    whole = api.events(fields="full")
    ids_ = [event["id"], first["audit_event_id"]]
    refused(api("POST", "/audit/erasures", key=eraser, json={"event_ids": ids_}), 409, "erasure_stays")
    assert api.events(fields="full") == whole
    for criterion in ({"actor": said[0]["actor"]}, {"resource_id": first["id"]}):
        assert ask(api, eraser, **criterion)["event_count"] == 0
    assert api.events(fields="full", event_type="audit.erased")[0] == said[0]


@on_sqlite
@pytest.mark.parametrize(
    "body", [{"actor": "a\0b"}, {"resource_id": "a\nb"}, {"ip_address": "\x01"}, {"actor": "x", "reason": "a\0b"}]
)
def test_control_characters_are_refused(api: Api, eraser: str, body: dict[str, Any]) -> None:
    refused(api("POST", "/audit/erasures", key=eraser, json=body), 422)
