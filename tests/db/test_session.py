"""Sessions: reading cannot write and sees one state; writers at the same time lose nothing and double nothing."""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from expunct_server.audit.catalog import PolicyCreated
from expunct_server.audit.models import AuditEvent
from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database, ReadOnly
from expunct_server.errors import Unavailable
from expunct_server.tenants.models import Tenant
from tests.audit.support import GUARDED, acting, sample, state
from tests.conftest import TESTER

THREADS, UNITS = 16, 20
WRITES = {
    "an operational row": "INSERT INTO rate_window (key_id, minute, used) VALUES ('Peregrine', 1, 1)",
    "a guarded row": "INSERT INTO tenant (id, plan, created_at, audit_event_id) VALUES ('Peregrine', 'x', 1, 'x')",
    "a change": "UPDATE tenant SET plan = 'Peregrine'",
    "a removal": "DELETE FROM worker_process WHERE id <> 'Peregrine'",
    "a table": "CREATE TABLE peregrine (id INTEGER)",
}


@pytest.mark.parametrize("what", list(WRITES))
def test_a_reading_session_writes_nothing_and_says_why(database: Database, what: str) -> None:
    before = state(database)
    with pytest.raises(ReadOnly) as error, database.reading() as session:
        session.execute(text(WRITES[what]))
    assert str(error.value) == "This session only reads; what changes anything goes through audit.recorder.writing."
    assert error.value.__cause__ is None and error.value.__suppress_context__
    assert state(database) == before


def test_a_reading_session_does_not_write_through_the_orm_either(database: Database) -> None:
    before = state(database)

    def write() -> None:
        with database.reading() as session:
            session.add(Tenant(id="x", plan="x", created_at=1, audit_event_id="x"))
            session.commit()

    with pytest.raises(ReadOnly):
        write()
    assert state(database) == before


def test_a_reading_session_sees_one_state_throughout(database: Database, act: Callable[..., Any]) -> None:
    count = select(func.count()).select_from(AuditEvent)
    with database.reading() as session:
        first = session.scalar(count)
        with act() as unit:
            unit.record(sample(PolicyCreated), resource_id="pol_1")
        meanwhile = session.scalar(count)
    with database.reading() as session:
        after = session.scalar(count)
    assert (meanwhile, after) == (first, (first or 0) + 1)


def test_a_writing_session_sees_what_was_committed_before_it_began(database: Database, act: Callable[..., Any]) -> None:
    with act() as unit:
        known = unit.record(sample(PolicyCreated), resource_id="pol_1")
    with act() as unit:
        assert unit.session.scalar(select(AuditEvent.id).where(AuditEvent.id == known.id)) == known.id


def test_a_unit_on_sqlite_holds_the_write_lock_before_it_reads(sqlite_template: Path, tmp_path: Path) -> None:
    """What it read cannot have changed when it writes; were the lock taken later, it could fail half-way."""
    path = tmp_path / "expunct.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    with acting(database)(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("BEGIN IMMEDIATE")
    other.execute("BEGIN IMMEDIATE")
    other.close()
    database.close()


# --- many at once -----------------------------------------------------------------------------------------------------


@pytest.fixture
def patient(url: str) -> Iterator[Database]:
    """The test's database, for more writers than a slow machine serves within two seconds."""
    database = Database(url, busy_timeout_seconds=120, pool_size=THREADS)
    yield database
    database.close()


def test_concurrent_writers_lose_nothing_and_double_nothing(patient: Database) -> None:
    act = acting(patient)
    policies, keys = GUARDED["policy"], GUARDED["api_key"]
    key = keys.make(act)
    before = len(state(patient)["audit_event"])

    def work(thread: int) -> list[tuple[str, str]]:
        return [_unit(act, f"pol_{thread}_{number}", key["id"]) for number in range(UNITS)]

    with ThreadPoolExecutor(THREADS) as pool:
        made = [pair for pairs in pool.map(work, range(THREADS)) for pair in pairs]

    after = state(patient)
    added = after["audit_event"][before:]
    event_columns = {name: n for n, name in enumerate(AuditEvent.__table__.columns.keys())}
    recorded = [(row[event_columns["resource_id"]], row[event_columns["id"]]) for row in added]
    assert Counter(recorded) == Counter(made)
    assert len(made) == THREADS * UNITS
    assert len({row[event_columns["position"]] for row in added}) == len(added)
    assert len({row[event_columns["unit"]] for row in added}) == len(added)
    policy_columns = {name: n for n, name in enumerate(policies.table.columns.keys())}
    rows = [(row[policy_columns["id"]], row[policy_columns["audit_event_id"]]) for row in after["policy"]]
    assert Counter(rows) == Counter(made)
    assert keys.read(patient, key)["usage_count"] == key["usage_count"] + THREADS * UNITS


def _unit(act: Callable[..., Any], policy_id: str, key_id: str) -> tuple[str, str]:
    keys, policies = GUARDED["api_key"].table, GUARDED["policy"].table
    with act() as unit:
        event = unit.record(sample(PolicyCreated), resource_id=policy_id)
        row = {"id": policy_id, "tenant_id": "default", "version": 1, "is_default": False, "audit_event_id": event.id}
        unit.session.execute(insert(policies).values(row | {"created_at": 1, "updated_at": 1}))
        unit.session.execute(update(keys).where(keys.c.id == key_id).values(usage_count=keys.c.usage_count + 1))
    return policy_id, event.id


def test_a_writer_that_fails_does_not_keep_the_others_waiting(database: Database, act: Callable[..., Any]) -> None:
    def failing() -> None:
        with act() as unit:
            unit.session.execute(text("UPDATE tenant SET plan = 'x'"))

    for _ in range(20):  # more than the pool holds
        with pytest.raises(IntegrityError):
            failing()
    with act() as unit:
        unit.record(sample(PolicyCreated), resource_id="pol_1")


def test_a_new_file_that_another_writes_just_now_is_waited_for(tmp_path: Path) -> None:
    """SQLite waits for nobody when a file is to go into WAL mode: two first starts at once met "database is locked"."""
    path = tmp_path / "new.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE t (x)")
    database = Database(f"sqlite:///{path}", busy_timeout_seconds=10)
    with ThreadPoolExecutor(1) as thread:
        opened = thread.submit(database.version)
        with pytest.raises(TimeoutError):
            opened.result(timeout=0.3)
        other.execute("COMMIT")
        assert opened.result(timeout=10) is not None
    database.close()
    other.close()


class _Stop(Exception):
    """Ends the attempt to connect."""


def test_a_host_that_went_silent_is_noticed_unless_the_url_says_otherwise() -> None:
    """What libpq is told, without a server: it would take one that drops packets to see it work."""

    def said(url: str) -> dict[str, Any]:
        database = Database(url)
        found = [told_to(engine) for engine in (database.read_engine, database.write_engine)]
        database.close()
        assert found[0] == found[1]
        return found[0]

    def told_to(engine: Engine) -> dict[str, Any]:
        told: dict[str, Any] = {}

        def take(_: Any, __: Any, ___: Any, arguments: dict[str, Any]) -> None:
            told.update(arguments)
            raise _Stop

        event.listen(engine, "do_connect", take)
        with pytest.raises(_Stop):
            engine.raw_connection()
        names = ("connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")
        return {name: int(told[name]) for name in names}

    usual = {
        "connect_timeout": 10,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    assert said("postgresql+psycopg://example/db") == usual
    assert said("postgresql+psycopg://example/db?connect_timeout=3") == usual | {"connect_timeout": 3}


def test_a_database_that_is_away_is_a_refusal_without_its_address() -> None:
    database = Database("postgresql+psycopg://peregrine:ashdown@127.0.0.1:1/nowhere")
    with pytest.raises(Unavailable) as refusal, database.reading() as session:
        session.execute(text("SELECT 1"))
    with pytest.raises(Unavailable) as other, writing(database, TESTER):
        pass
    database.close()
    for each in (refusal.value, other.value):
        assert each.code == "database_unavailable"
        assert each.detail == "The database cannot be reached. Nothing was changed; try again."
