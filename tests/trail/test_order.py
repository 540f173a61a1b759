"""Every combination of filters, orders and pins, against a model that looks at every row; pages cover exactly once."""

import random
from itertools import product
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from expunct_server.audit.models import AuditEntry, AuditEvent, AuditLog, AuditPending, AuditType, key_of
from expunct_server.db.session import Database
from expunct_server.publishing import sequencer
from expunct_server.trail import asked, query
from expunct_server.trail.cursor import Place
from tests.trail.helpers import ACTORS, BASE, in_order, model, record, sequence_all

SECOND = 1_000_000
CHOICES: dict[str, list[Any]] = {
    "event_type": [None, "policy.deleted", "policy.*,job.report_viewed", "batch.created"],
    "resource_type": [None, "policy", "job,api_key"],
    "resource_id": [None, "res_1"],
    "actor": [None, ACTORS[0]],
    "since": [None, BASE + 900 * SECOND],
    "until": [None, BASE + 1500 * SECOND],
}
COMBINATIONS = [
    {name: value for name, value in zip(CHOICES, values, strict=True) if value is not None}
    for values in product(*CHOICES.values())
]


def filter_of(given: dict[str, Any]) -> query.Filter:
    names = {name: given[name] for name in given if name not in ("since", "until")}
    return query.Filter("default", **asked.filters(names) | {k: given[k] for k in ("since", "until") if k in given})


def listing(database: Database, given: dict[str, Any], **span: Any) -> tuple[list[str], Place | None]:
    which = filter_of(given)
    with database.snapshot() as fetch:
        found = query.listed(fetch, which, query.Span(**span), query.read_head(fetch, "default"))
    return [row[0] for row in found.rows], found.resume


def total(database: Database, given: dict[str, Any], **span: Any) -> tuple[int, bool]:
    which = filter_of(given)
    with database.snapshot() as fetch:
        return query.count(fetch, which, query.Span(1, **span), query.read_head(fetch, "default"))


@pytest.fixture
def trail(database: Database) -> Database:
    """Two tenants; 600 events with an index, given in batches of odd sizes, and 25 without."""
    luck = random.Random(20260201)
    tenants = ("default", "default", "acme")
    for count, limit in ((200, 7), (150, 2000), (250, 33)):
        record(database, count, luck, tenants)
        sequence_all(database, limit)
    record(database, 25, luck, tenants)
    return database


def test_every_combination_gives_what_the_model_gives(trail: Database) -> None:
    found = in_order(trail)
    size = sum(row["seq"] is not None for row in found)
    assert 300 < size < len(found)
    some = 0
    for given, ascending, as_of in product(COMBINATIONS, (False, True), (None, 0, 301, size)):
        expected = model(found, given, ascending=ascending, as_of=as_of)
        pinned = {"ascending": ascending, "as_of": as_of}
        assert listing(trail, given, limit=500, **pinned)[0] == expected, (given, pinned)
        assert listing(trail, given, limit=40, offset=3, **pinned)[0] == expected[3:43], (given, pinned)
        assert total(trail, given, **pinned) == (len(expected), True), (given, pinned)
        some += bool(expected)
    assert some > 500  # the model was not agreed with by finding nothing


def test_pages_by_cursor_and_by_offset_cover_each_event_once(trail: Database) -> None:
    found = in_order(trail)
    for given, ascending in product(COMBINATIONS[::5], (False, True)):
        expected = model(found, given, ascending=ascending, as_of=None)
        by_cursor: list[str] = []
        by_offset: list[str] = []
        place: Place | None = None
        while True:
            page, place = listing(trail, given, limit=11, ascending=ascending, place=place)
            by_cursor += page
            by_offset += listing(trail, given, limit=11, ascending=ascending, offset=len(by_offset))[0]
            if len(page) < 11:
                break
        assert (by_cursor, by_offset) == (expected, expected), given


@pytest.mark.parametrize("limit", [3, 10])
def test_a_listing_goes_on_while_what_it_showed_gets_its_index_and_more_arrives(trail: Database, limit: int) -> None:
    luck = random.Random(7)
    before = model(in_order(trail), {}, ascending=False, as_of=None)
    seen, place = [], None
    for step in range(1000):
        page, place = listing(trail, {}, limit=limit, place=place)
        seen += page
        if len(page) < limit:
            break
        if step < 6:
            record(trail, 4, luck)
            for tenant in ("default", "acme"):
                sequencer.sequence(trail, tenant, 5)
    assert [each for each in seen if each in set(before)] == before
    assert len(seen) == len(set(seen)) == len(before)


def test_an_event_that_a_slow_sequencer_passed_over_is_still_seen_once(trail: Database) -> None:
    """An older event can get its index after a newer one, when it was committed while the newer was being taken."""
    record(trail, 3, random.Random(3))
    before = model(in_order(trail), {}, ascending=False, as_of=None)
    page, place = listing(trail, {}, limit=2)
    assert place is not None
    with trail.snapshot() as fetch:
        head = query.read_head(fetch, "default")
    pending = [row["position"] for row in in_order(trail) if row["seq"] is None]
    assert (place.seq, place.position, place.lowest) == (head.size, pending[1], pending[-1])
    _sequence_in(trail, [pending[0], pending[1], *pending[2:][::-1]])
    seen = list(page)
    while True:
        page, place = listing(trail, {}, limit=2, place=place)
        seen += page
        if len(page) < 2:
            break
    assert seen == before


def _sequence_in(database: Database, positions: list[int]) -> None:
    """Give indices in this very order, as a sequencer does that sees commits one by one."""
    with database.begin() as session:
        connection = session.connection()
        log = connection.execute(select(AuditLog.__table__).where(AuditLog.tenant_id == "default")).one()
        grown = update(AuditLog).where(AuditLog.number == log.number)
        connection.execute(grown.values(size=log.size + len(positions)))
        for seq, position in enumerate(positions, log.size):
            event = connection.execute(select(AuditEvent.__table__).where(AuditEvent.position == position)).one()
            kind = select(AuditType.number).where(AuditType.event_type == event.event_type)
            place = {"log": log.number, "seq": seq, "position": position, "created_at": event.created_at}
            place |= {"event_type": connection.scalar(kind), "actor": key_of(event.actor)}
            connection.execute(insert(AuditEntry), place | {"resource": key_of(event.resource_id)})
            connection.execute(delete(AuditPending).where(AuditPending.position == position))


def test_two_texts_with_one_key_are_told_apart(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sequencer, query):
        monkeypatch.setattr(module, "key_of", lambda text: 7)
    record(database, 120, random.Random(1))
    sequence_all(database)
    found = in_order(database)
    for given in ({"actor": ACTORS[0]}, {"resource_id": "res_1"}, {"actor": ACTORS[1], "resource_id": "res_2"}):
        expected = model(found, given, ascending=False, as_of=None)
        assert expected
        assert listing(database, given, limit=100)[0] == expected
        assert listing(database, given, limit=5, offset=2)[0] == expected[2:7]
        assert total(database, given) == (len(expected), True)
    assert listing(database, {"actor": "nobody"}, limit=100)[0] == []


def test_a_total_is_exact_up_to_its_bound_and_says_so(trail: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    found = in_order(trail)
    for given in COMBINATIONS[::3]:
        true = len(model(found, given, ascending=False, as_of=None))
        for bound in (true - 1, true, true + 1):
            if bound >= 0:
                monkeypatch.setattr(query, "COUNTED", bound)
                assert total(trail, given) == (min(true, bound), true <= bound), given
