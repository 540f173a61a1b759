"""No listing reads more than its page can need: the plans of every combination of filters, on both databases."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from sqlalchemy import bindparam, select

from expunct_server.audit.models import AuditEvent
from expunct_server.audit.recorder import writing
from expunct_server.db.prepared import Prepared
from expunct_server.db.session import Database
from expunct_server.trail import query
from expunct_server.trail.cursor import Place, Zone
from tests.conftest import TESTER, run_sql
from tests.trail.helpers import BASE, KINDS, sequence_all
from tests.trail.test_order import COMBINATIONS, filter_of

ROWS = 20_000
LATER = 10 * 365 * 86_400 * 1_000_000  # behind what the fixtures record now: time steps back by no more than it does
# Of their own: in the template's tenant time steps back by months, and dates would say little about where to look.
TENANT = "plans"
RECORDER = replace(TESTER, tenant_id=TENANT)
LARGE = ("audit_event", "audit_entry")


@pytest.fixture
def large(database: Database) -> Database:
    """Enough rows that a planner knows better than to read them all, of many resources and times."""
    luck = random.Random(5)
    with writing(database, RECORDER) as unit:
        for n in range(ROWS):
            unit.record(luck.choice(KINDS)(), resource_id=f"res_{luck.randrange(60)}", at=BASE + LATER + n * 1_000_000)
    sequence_all(database)
    with writing(database, RECORDER) as unit:
        unit.record(KINDS[0](), resource_id="res_1")
    if database.dialect == "postgresql":
        run_sql(database.url, "ANALYZE")
    return database


def statements(database: Database, given: dict[str, Any]) -> Iterator[tuple[Prepared, Any]]:
    """What is run for a combination: pages of each kind, and the total."""
    ran: list[tuple[Prepared, Any]] = []
    which = filter_of({name: value + LATER if name in ("since", "until") else value for name, value in given.items()})
    spans = [
        query.Span(50),
        query.Span(50, 20),
        query.Span(50, ascending=True),
        query.Span(50, place=Place(Zone.SEQUENCED, ROWS // 2)),
        query.Span(50, place=Place(Zone.RECORDED, ROWS - 10, ROWS, ROWS - 10)),
    ]
    with database.snapshot() as fetch:

        def noting(prepared: Prepared, parameters: Any) -> Any:
            ran.append((prepared, parameters))
            return fetch(prepared, parameters)

        which, head = replace(filter_of(given), tenant_id=TENANT), query.read_head(noting, TENANT)
        for span in spans:
            query.listed(noting, which, span, head)
        query.count(noting, which, spans[0], head)
    yield from {id(prepared): (prepared, parameters) for prepared, parameters in ran}.values()


def complaints(database: Database, prepared: Prepared, parameters: Any) -> list[str]:
    """What of a statement's plan reads or sorts without bounds."""
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN (FORMAT JSON) "
    pooled = database.read_engine.raw_connection()
    try:
        cursor = pooled.cursor()
        cursor.execute(explain + prepared.text(database.dialect), parameters)
        found = cursor.fetchall()
    finally:
        pooled.close()
    return _of_sqlite(found) if database.dialect == "sqlite" else list(_of_postgresql(found[0][0][0]["Plan"], False))


def _of_sqlite(plan: list[Any]) -> list[str]:
    wrong = [detail for *_, detail in plan if any(detail.startswith(f"SCAN {table}") for table in LARGE)]
    for _, parent, _, detail in plan:
        if "TEMP B-TREE" in detail:  # fine over what was cut already
            loops = (each for _, beside, _, each in plan if beside == parent)
            first = next(each for each in loops if each.startswith(("SCAN", "SEARCH")))
            if not first.startswith(("SCAN picked", "SCAN merged", "SCAN branch_")):
                wrong.append(f"{detail} over {first}")
    return wrong


def _of_postgresql(node: Any, is_sorted: bool) -> Iterator[str]:
    kind = node["Node Type"]
    if node.get("Relation Name") in LARGE:
        if kind == "Seq Scan" or (kind.startswith("Index") and "Index Cond" not in node):
            yield f"{kind} of {node['Relation Name']}"
        elif is_sorted and node["Plan Rows"] > 500:
            yield f"sort of {node['Plan Rows']} rows of {node['Relation Name']}"
    is_sorted = (is_sorted or kind == "Sort") and kind != "Limit"
    for each in node.get("Plans", ()):
        yield from _of_postgresql(each, is_sorted)


def test_plans_have_bounds_for_every_combination_and_one_without_is_noticed(large: Database) -> None:
    ran = 0
    for given in COMBINATIONS:
        for prepared, parameters in statements(large, given):
            assert complaints(large, prepared, parameters) == [], (given, prepared.text(large.dialect))
            ran += 1
    assert ran > 800
    found = select(AuditEvent.id).where(AuditEvent.tenant_id == bindparam("tenant_id"))
    for column, name in product((AuditEvent.created_at, AuditEvent.position), ("actor", "resource_id")):
        naive = Prepared(found.where(getattr(AuditEvent, name) == bindparam(name)).order_by(column.desc()))
        assert complaints(large, naive, {"tenant_id": TENANT, "actor": TESTER.label, "resource_id": "res_1"})
