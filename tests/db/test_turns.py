"""Group commit on SQLite: units share a commit, and each is durable, undone and guarded as if it had one of its own."""

import errno
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from expunct_server.audit.catalog import JobReportViewed, PolicyCreated
from expunct_server.audit.recorder import Unit, writing
from expunct_server.db.session import Database
from tests.audit.support import GUARDED, sample
from tests.db.turns_target import PATIENCE, TESTER, Together, act, opened, record
from tests.support.syscalls import Fault, Server

THREADS, UNITS = 16, 12


@pytest.fixture
def path(sqlite_template: Path, tmp_path: Path) -> Path:
    made = tmp_path / "db" / "expunct.db"
    made.parent.mkdir()
    shutil.copy(sqlite_template, made)
    return made


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    made = opened(path)
    yield made
    made.close()


def found(path: Path, query: str = "SELECT id FROM audit_event") -> list[Any]:
    """What another program sees that opens the file now."""
    with closing(sqlite3.connect(path, timeout=PATIENCE)) as connection:
        return [row[0] for row in connection.execute(query)]


# --- units that surely share a transaction ----------------------------------------------------------------------------


@pytest.fixture
def together(database: Database, monkeypatch: pytest.MonkeyPatch) -> Together:
    monkeypatch.setattr("expunct_server.db.turns._LONGEST", PATIENCE)  # or a slow machine would end the batch early
    return Together(database)


def test_units_that_wait_share_one_commit(path: Path, together: Together) -> None:
    futures = together.run(*(partial(record, together.database, f"job_{n}") for n in range(8)))
    assert together.commits == 1
    assert {each.result().id for each in futures} <= set(found(path))  # type: ignore[attr-defined]


def test_no_unit_returns_before_the_commit(path: Path, together: Together) -> None:
    """The last of the batch is held within its block: nobody else has returned by then, and nothing is there."""
    before = found(path)
    in_block, go = threading.Event(), threading.Event()
    returned: list[str] = []

    def unit(name: str, hold: bool) -> None:
        with writing(together.database, TESTER) as unit:
            unit.record(JobReportViewed(), resource_id=name)
            if hold:
                in_block.set()
                assert go.wait(PATIENCE)
        returned.append(name)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(together.run, partial(unit, "one", False), partial(unit, "two", True))
        assert in_block.wait(PATIENCE)
        assert (returned, found(path), together.commits) == ([], before, 0)
        go.set()
        for each in running.result():
            each.result()
    assert sorted(returned) == ["one", "two"]
    assert len(found(path)) == len(before) + 3


def test_a_unit_that_raises_takes_back_only_its_own(path: Path, together: Together) -> None:
    """By its own error, and by the database's: those before and after it in the same transaction stay."""

    def failing(name: str) -> None:
        with writing(together.database, TESTER) as unit:
            unit.record(JobReportViewed(), resource_id=name)
            raise LookupError(name)

    def forgetful(name: str) -> None:
        with writing(together.database, TESTER) as unit:
            unit.record(JobReportViewed(), resource_id=name)
            unit.session.execute(text("UPDATE tenant SET plan = 'x'"))

    good = partial(record, together.database)
    acts = (partial(good, "1"), partial(failing, "2"), partial(good, "3"), partial(forgetful, "4"), partial(good, "5"))
    futures = together.run(*acts)
    errors = [type(each.exception()) for each in futures]
    assert errors[1] is LookupError and issubclass(errors[3], DBAPIError)
    assert [errors[at] for at in (0, 2, 4)] == [type(None)] * 3
    assert together.commits == 1
    kept = set(found(path, "SELECT resource_id FROM audit_event"))
    assert kept >= {"1", "3", "5"} and not kept & {"2", "4"}


def test_a_first_unit_that_raises_leaves_the_others_a_fresh_transaction(path: Path, together: Together) -> None:
    with suppress(LookupError), ThreadPoolExecutor(1) as pool, writing(together.database, TESTER) as unit:
        unit.record(JobReportViewed(), resource_id="gone")
        following = pool.submit(record, together.database, "kept")
        together.wait_for(1)
        raise LookupError
    following.result()
    assert [each for each in found(path, "SELECT resource_id FROM audit_event") if each in ("gone", "kept")] == ["kept"]


def test_no_unit_can_use_anothers_event(path: Path, together: Together) -> None:
    """Two units of one transaction: each event bears its own unit's stamp, and the guard looks at that."""
    policies = GUARDED["policy"]
    events: list[str] = []

    def recording() -> None:
        with writing(together.database, TESTER) as unit:
            events.append(unit.record(sample(PolicyCreated), resource_id="pol_1").id)

    def borrowing() -> None:
        with writing(together.database, TESTER) as unit:
            _add_policy(unit, "pol_1", events[0])

    def own() -> None:
        with writing(together.database, TESTER) as unit:
            _add_policy(unit, "pol_2", unit.record(sample(PolicyCreated), resource_id="pol_2").id)

    first, second, third = together.run(recording, borrowing, own)
    assert first.exception() is None and third.exception() is None
    assert policies.needs in str(second.exception())
    assert together.commits == 1
    assert found(path, "SELECT id FROM policy") == ["pol_2"]
    stamps = found(path, "SELECT unit FROM audit_event ORDER BY position DESC LIMIT 3")
    assert len(set(stamps)) == 3


def _add_policy(unit: Unit, policy_id: str, event_id: str) -> None:
    row = {"id": policy_id, "tenant_id": "default", "version": 1, "is_default": False, "audit_event_id": event_id}
    unit.session.execute(insert(GUARDED["policy"].table).values(row | {"created_at": 1, "updated_at": 1}))


def test_a_unit_alone_shares_no_transaction(path: Path, together: Together) -> None:
    """Neither with those before it nor with those after it."""

    def alone() -> None:
        together.order.append(together.commits)
        with together.database.begin(alone=True) as session:
            together.order.append(together.commits)
            session.execute(text("UPDATE worker_process SET heartbeat_at = 1"))

    one, two = partial(record, together.database, "one"), partial(record, together.database, "two")
    for each in together.run(one, alone, two):
        each.result()
    assert together.order == [0, 1]  # it began to wait when nothing was committed, and worked after the first batch
    assert together.commits == 3


# --- many at once -----------------------------------------------------------------------------------------------------


def test_each_unit_is_durable_when_its_block_ends(path: Path, database: Database) -> None:
    """Sixteen threads, in any order: another connection sees the event at once, and no two units have one stamp."""

    def work(thread: int) -> None:
        with closing(sqlite3.connect(path, timeout=PATIENCE)) as other:
            for number in range(UNITS):
                made = record(database, f"job_{thread}_{number}")
                assert other.execute("SELECT 1 FROM audit_event WHERE id = ?", (made.id,)).fetchone()

    before = len(found(path))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    stamps = found(path, "SELECT unit FROM audit_event ORDER BY position")[before:]
    assert len(stamps) == len(set(stamps)) == THREADS * UNITS


def test_any_mixture_of_good_failing_and_long_units(path: Path, database: Database) -> None:
    """What returned is there, what raised is not, whatever its neighbours did."""

    def one(chance: random.Random, name: str) -> bool:
        fails, alone = chance.random() < 0.3, chance.random() < 0.2
        with suppress(LookupError):
            if alone:
                with database.begin(alone=True) as session:
                    session.execute(text("UPDATE worker_process SET heartbeat_at = 1"))
            with writing(database, TESTER) as unit:
                unit.record(JobReportViewed(), resource_id=name)
                if fails:
                    raise LookupError
        return not fails

    def work(thread: int) -> set[str]:
        chance = random.Random(thread)
        names = (f"job_{thread}_{number}" for number in range(UNITS))
        return {name for name in names if one(chance, name)}

    with ThreadPoolExecutor(THREADS) as pool:
        kept = set[str]().union(*pool.map(work, range(THREADS)))
    assert {each for each in found(path, "SELECT resource_id FROM audit_event") if each.startswith("job_")} == kept


# --- when it goes wrong -----------------------------------------------------------------------------------------------


def test_who_waits_too_long_is_refused_and_the_queue_goes_on(path: Path) -> None:
    impatient = opened(path, patience=1)
    with closing_database(impatient), ThreadPoolExecutor(2) as pool:
        with writing(impatient, TESTER) as unit:
            unit.record(JobReportViewed(), resource_id="slow")
            refused = [pool.submit(record, impatient, f"late_{n}") for n in range(2)]
            errors = [each.exception(PATIENCE) for each in refused]
        record(impatient, "next")
    assert [getattr(each, "code", each) for each in errors] == ["database_locked"] * 2
    kept = found(path, "SELECT resource_id FROM audit_event")
    assert {"slow", "next"} <= set(kept) and not [each for each in kept if each.startswith("late")]


@contextmanager
def closing_database(database: Database) -> Iterator[None]:
    try:
        yield
    finally:
        database.close()


def test_a_database_locked_by_another_program_refuses_and_passes_the_turn_on(path: Path) -> None:
    impatient = opened(path, patience=1)
    with closing_database(impatient):
        with closing(sqlite3.connect(path, isolation_level=None)) as other, ThreadPoolExecutor(3) as pool:
            other.execute("BEGIN IMMEDIATE")
            errors = [each.exception() for each in [pool.submit(record, impatient, "late") for _ in range(3)]]
            other.execute("ROLLBACK")
        assert [getattr(each, "code", each) for each in errors] == ["database_locked"] * 3
        record(impatient, "next")


@pytest.fixture(scope="module")
def breaker() -> Iterator[Server]:
    with Server() as server:
        yield server


def _named(said: tuple[str, ...], what: str) -> set[str]:
    return {each.removeprefix(what) for each in said if each.startswith(what)}


def _copies(path: Path, tmp_path: Path) -> Callable[[], Path]:
    def copy() -> Path:
        shutil.rmtree(tmp_path / "broken", ignore_errors=True)
        shutil.copytree(path.parent, tmp_path / "broken")
        return tmp_path / "broken" / path.name

    return copy


def test_a_commit_that_fails_refuses_every_unit_of_its_batch(path: Path, tmp_path: Path, breaker: Server) -> None:
    """An error at each sync and at writes of the batch: all are refused and none is there, or all are done."""
    fresh = _copies(path, tmp_path)
    target = fresh()
    calls = breaker.run(partial(act, target), watch=[target.parent]).calls
    numbers = [call.number for call in calls if call.name == "fdatasync" or call.number % 11 == 0]
    refused = 0
    for number in numbers:
        target = fresh()
        fault = Fault(number, "fail", errno.ENOSPC if number % 2 else errno.EIO)
        outcome = breaker.run(partial(act, target), watch=[target.parent], fault=fault)
        assert (outcome.status, outcome.error) == (0, ""), calls[number - 1]
        batch = set(found(target, "SELECT resource_id FROM audit_event WHERE resource_id LIKE 'job\\__' ESCAPE '\\'"))
        done = _named(outcome.said, "done ")
        assert batch == done - {"after"}, (calls[number - 1], outcome.said)
        assert len(batch) in (0, 6)
        refused += len(_named(outcome.said, "storage_full ")) >= 6
    assert refused, "the commit of the batch itself was never broken"


def test_killed_in_mid_batch(path: Path, tmp_path: Path, breaker: Server) -> None:
    """kill -9 at writes and at each sync: what was acknowledged is there, and the file is whole."""
    fresh = _copies(path, tmp_path)
    target = fresh()
    outcome = breaker.run(partial(act, target), watch=[target.parent])
    assert len(_named(outcome.said, "done ")) == 7
    for fault in outcome.kills():
        if outcome.calls[fault.number - 1].name != "fdatasync" and fault.number % 11:
            continue
        target = fresh()
        killed = breaker.run(partial(act, target), watch=[target.parent], fault=fault)
        kept = set(found(target, "SELECT resource_id FROM audit_event"))
        assert _named(killed.said, "done ") <= kept, fault
        assert found(target, "PRAGMA integrity_check") == ["ok"]
        again = opened(target)
        record(again, "next")
        again.close()
