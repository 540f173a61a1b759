"""No listing reads more than its page can need: the plans of every combination of filters, on both databases."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, literal_column, select

from expunct_server.audit.entry import ERASED
from expunct_server.audit.models import AuditEntry, AuditEvent
from expunct_server.audit.recorder import writing
from expunct_server.db.prepared import Prepared
from expunct_server.db.session import Database
from expunct_server.trail import query
from expunct_server.trail.cursor import Place, Zone
from tests.conftest import TESTER, fresh_url, run_sql
from tests.trail.helpers import ACTORS, BASE, KINDS, record, sequence_all
from tests.trail.test_order import COMBINATIONS, filter_of

ROWS = 20_000
LATER = 10 * 365 * 86_400 * 1_000_000  # behind what the fixtures record now: time steps back by no more than it does
# Of their own: in the template's tenant time steps back by months, and dates would say little about where to look.
TENANT = "plans"
RECORDER = replace(TESTER, tenant_id=TENANT)
LARGE = ("audit_event", "audit_entry")
Access = tuple[str, tuple[str, ...]]  # an index and what it is searched by: a column and = or <
MODE: Any = literal_column("current_setting('plan_cache_mode')")
ENTRIES = "SEARCH audit_entry"
ORDERED = ("log=", "resource=", "actor=", "event_type=", "seq=", "seq<", "position=")
# Rows of entries that were found already.
ROWS_OF = (("pk_audit_entry", ("log=", "seq=")), ("uq_audit_entry_position", ("position=",)))


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
    shifted = {name: value + LATER if name in ("since", "until") else value for name, value in given.items()}
    which = replace(filter_of(shifted), tenant_id=TENANT)
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

        head = query.read_head(noting, TENANT)
        for span in spans:
            query.listed(noting, which, span, head)
        query.count(noting, which, spans[0], head)
    yield from {id(prepared): (prepared, parameters) for prepared, parameters in ran}.values()


def wanted(given: dict[str, Any]) -> Access:
    """How the entries of a combination must be looked for, whatever else is asked of them."""
    for name, column in (("resource_id", "resource"), ("actor", "actor")):
        if name in given:
            return f"ix_audit_entry_{column}", ("log=", f"{column}=", "event_type=", "seq<")
    if "event_type" in given or "resource_type" in given:
        return "ix_audit_entry_type", ("log=", "event_type=", "seq<")
    return "pk_audit_entry", ("log=", "seq<")


def complaints(database: Database, given: dict[str, Any], prepared: Prepared, parameters: Any) -> list[str]:
    """What of a plan reads or sorts without bounds, or looks for entries by another index than is wanted."""
    if database.dialect == "sqlite":
        plan = run(database, "EXPLAIN QUERY PLAN " + prepared.text("sqlite"), parameters)
        wrong, accesses = _of_sqlite(plan), [_sqlite_access(detail) for *_, detail in plan if ENTRIES in detail]
    else:
        plan = run(database, "EXPLAIN (GENERIC_PLAN, FORMAT JSON) " + _numbered(prepared.text("postgresql")))
        nodes = list(_nodes(plan[0][0][0]["Plan"], False))
        wrong = [each for node, is_sorted in nodes for each in _of_postgresql(node, is_sorted)]
        accesses = [_postgresql_access(node) for node, _ in nodes if node.get("Relation Name") == "audit_entry"]
    return wrong + [f"{each} instead of {wanted(given)}" for each in accesses if each not in (wanted(given), *ROWS_OF)]


def run(database: Database, statement: str, parameters: Any = None) -> list[Any]:
    """By a connection that reads, with its settings."""
    pooled: Any = database.read_engine.raw_connection()
    how = {"prepare": False} if database.dialect == "postgresql" else {}
    try:
        found: list[Any] = pooled.cursor().execute(statement, parameters or (), **how).fetchall()
        return found
    finally:
        pooled.close()


def _of_sqlite(plan: list[Any]) -> list[str]:
    wrong = [detail for *_, detail in plan if any(detail.startswith(f"SCAN {table}") for table in LARGE)]
    for _, parent, _, detail in plan:
        if "TEMP B-TREE" in detail:  # fine over what was cut already
            loops = (each for _, beside, _, each in plan if beside == parent)
            first = next(each for each in loops if each.startswith(("SCAN", "SEARCH")))
            if not first.startswith(("SCAN picked", "SCAN merged", "SCAN branch_")):
                wrong.append(f"{detail} over {first}")
    return wrong


def _sqlite_access(detail: str) -> Access:
    name, _, conditions = detail.partition(" (")
    named = {"KEY": "pk_audit_entry", "sqlite_autoindex_audit_entry_2": "uq_audit_entry_position"}
    index = name.rsplit(" ", 1)[-1]
    return named.get(index, index), _searched_by(re.findall(r"(\w+)([=<>])", conditions))


def _searched_by(conditions: list[tuple[str, str]]) -> tuple[str, ...]:
    found = {column + ("=" if compared in ("=", "IS") else "<") for column, compared in conditions}
    return tuple(each for each in ORDERED if each in found)


def _numbered(statement: str) -> str:
    """With the parameters of a statement that is prepared: its plan is made without their values."""
    names: dict[str, int] = {}
    return re.sub(r"%\((\w+)\)s", lambda found: f"${names.setdefault(found[1], len(names) + 1)}", statement)


def _nodes(node: Any, is_sorted: bool) -> Iterator[tuple[Any, bool]]:
    """Every node, and whether all of its rows are sorted."""
    yield node, is_sorted
    is_sorted = (is_sorted or node["Node Type"] == "Sort") and node["Node Type"] != "Limit"
    for each in node.get("Plans", ()):
        yield from _nodes(each, is_sorted)


def _of_postgresql(node: Any, is_sorted: bool) -> Iterator[str]:
    kind = node["Node Type"]
    if node.get("Relation Name") in LARGE:
        if not kind.startswith("Index") or "Index Cond" not in node:
            yield f"{kind} of {node['Relation Name']}"
        elif is_sorted and node["Plan Rows"] > 500:
            yield f"sort of {node['Plan Rows']} rows of {node['Relation Name']}"


def _postgresql_access(node: Any) -> Access:
    conditions = re.findall(r"(\w+)\"? (=|<|>|IS)", node.get("Index Cond", ""))
    return node.get("Index Name", node["Node Type"]), _searched_by(conditions)


def test_plans_have_bounds_for_every_combination_and_one_without_is_noticed(large: Database) -> None:
    ran = 0
    for given in (*COMBINATIONS, {"actor": ERASED}, {"actor": ERASED, "event_type": "policy.*"}):
        for prepared, parameters in statements(large, given):
            assert complaints(large, given, prepared, parameters) == [], (given, prepared.text(large.dialect))
            ran += 1
    assert ran > 800
    found = select(AuditEvent.id).where(AuditEvent.tenant_id == bindparam("tenant_id"))
    for column, name in product((AuditEvent.created_at, AuditEvent.position), ("actor", "resource_id")):
        naive = Prepared(found.where(getattr(AuditEvent, name) == bindparam(name)).order_by(column.desc()))
        assert complaints(large, {}, naive, {"tenant_id": TENANT, "actor": TESTER.label, "resource_id": "res_1"})


def test_an_index_that_is_not_the_filters_own_is_noticed(large: Database) -> None:
    """Without a type SQLite takes the order of the log alone and reads all between two dates."""
    entries = select(AuditEntry.seq).where(AuditEntry.log == bindparam("log"), AuditEntry.actor == bindparam("actor"))
    within = Prepared(entries.where(AuditEntry.seq >= bindparam("low"), AuditEntry.seq < bindparam("high")))
    assert complaints(large, {"actor": "anyone"}, within, {"log": 1, "actor": 7, "low": 0, "high": 9})


def test_postgresql_plans_a_listing_once_for_good(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Planning costs more than reading; a number of whatever size is the same statement."""
    database = Database(fresh_url(request, "postgresql", tmp_path), pool_size=1)
    record(database, 40, random.Random(4))
    sequence_all(database)
    which = query.Filter("default", actor=ACTORS[0], since=0)
    with database.snapshot() as fetch:
        head = query.read_head(fetch, "default")
        for number in (1, 2, 40_000, 3_000_000_000):
            query.listed(fetch, replace(which, until=number), query.Span(50), head)
            query.listed(fetch, which, query.Span(50, 1 + number % 1_000_000), head)
    kept = run(database, "SELECT statement, generic_plans, custom_plans FROM pg_prepared_statements")
    database.close()
    assert [row[1:] for row in kept if "lateral" in row[0].lower()] == [(3, 0), (3, 0)]


def test_on_postgresql_only_snapshots_are_planned_without_values(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A rare status of jobs is found by another index than a common one."""
    database = Database(fresh_url(request, "postgresql", tmp_path), pool_size=1)
    asked, found = Prepared(select(MODE)), []
    for _ in range(2):  # and back: it is one connection
        with database.snapshot() as fetch:
            found += [row[0] for row in fetch(asked, {})]
        with database.reading() as session:
            found.append(session.scalar(select(MODE)))
    database.close()
    assert found == ["force_generic_plan", "force_custom_plan"] * 2
