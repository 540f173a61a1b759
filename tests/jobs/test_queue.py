"""The queue under kill -9, two workers, late reapers and a database that says no; on SQLite and on PostgreSQL.

Run as a program, this file is a worker: `python test_queue.py URL EXECUTOR [hang]`. With `hang` it never ends: it stops
in the midst of every job, and in `job_after` after our commit, before DBOS hears of it.
"""

import os
import secrets
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session

from expunct_server.jobs import queue
from expunct_server.jobs.queue import Queue, Worker, migrate, work

CANARY = "Wilhelmina Featherstonehaugh"


@pytest.fixture(scope="session")
def postgresql_server(postgresql: Any) -> Any:
    """The tests' server, with a template database of this file's own tables."""
    sql(postgresql.get_uri(driver="psycopg"), "CREATE DATABASE queue_prepared")
    prepare_tables(postgresql.get_uri(database="queue_prepared", driver="psycopg"))
    return postgresql


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        found = f"sqlite:///{tmp_path}/expunct.db"
        prepare_tables(found)
        return found
    server = request.getfixturevalue("postgresql_server")
    name = "test_" + secrets.token_hex(6)
    sql(server.get_uri(driver="psycopg"), f"CREATE DATABASE {name} TEMPLATE queue_prepared")
    return str(server.get_uri(database=name, driver="psycopg"))


def sql(url: str, statement: str) -> None:
    autocommitting = create_engine(url, isolation_level="AUTOCOMMIT")
    with autocommitting.connect() as connection:
        connection.exec_driver_sql(statement)
    autocommitting.dispose()


def prepare_tables(url: str) -> None:
    ours = engine(url)
    with ours.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE job (id VARCHAR(60) PRIMARY KEY, done INTEGER)")
        connection.exec_driver_sql("CREATE TABLE begun (id VARCHAR(60), executor VARCHAR(60))")
    ours.dispose()
    migrate(url)
    migrate(url)  # again is harmless


@pytest.fixture
def db(url: str) -> Iterator[Engine]:
    made = engine(url)
    yield made
    made.dispose()


@pytest.fixture
def jobs(url: str) -> Iterator[Queue]:
    made = Queue(url)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_worker_is_left() -> Iterator[None]:
    yield
    if Worker.current:
        Worker.current.stop(0)


def engine(url: str) -> Engine:
    """As the product opens it: one transaction at a time may write, and takes the lock when it begins."""
    if not url.startswith("sqlite"):
        return create_engine(url)
    made = create_engine(url, connect_args={"check_same_thread": False})

    @event.listens_for(made, "connect")
    def prepare(dbapi: sqlite3.Connection, record: Any) -> None:
        dbapi.isolation_level = None
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000"):
            dbapi.execute("PRAGMA " + pragma)

    @event.listens_for(made, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return made


def submit(db: Engine, jobs: Queue, *ids: str) -> None:
    with db.begin() as connection:
        for job in ids:
            connection.execute(text("INSERT INTO job VALUES (:id, 0)"), {"id": job})
            jobs.enqueue(connection, job, "tenant_" + job[-1])


def perform(db: Engine, executor: str, mode: str = "") -> Callable[[str], float | None]:
    """An idempotent `run`: looks at the row first, and marks the work and its end in transactions of their own."""

    def run(job: str) -> float | None:
        with db.begin() as connection:
            connection.execute(text("INSERT INTO begun VALUES (:id, :by)"), {"id": job, "by": executor})
        if mode == "hang" and job != "job_after":
            time.sleep(600)
        with db.begin() as connection:
            connection.execute(text("UPDATE job SET done = done + 1 WHERE id = :id AND done = 0"), {"id": job})
        if mode == "hang":
            time.sleep(600)
        return None

    return run


def rows(db: Engine, sql: str) -> list[Any]:
    with db.connect() as connection:
        return list(connection.exec_driver_sql(sql))


def done(db: Engine) -> set[str]:
    return {row.id for row in rows(db, "SELECT id FROM job WHERE done = 1")}


def begun(db: Engine) -> list[tuple[str, str]]:
    return [(row.id, row.executor) for row in rows(db, "SELECT id, executor FROM begun")]


def until(true: Callable[[], object]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.02)
    pytest.fail("it never came true")


def settled(jobs: Queue) -> bool:
    return all(found.status in ("SUCCESS", "CANCELLED") for found in jobs._client.list_workflows())


@contextmanager
def worker_process(url: str, executor: str, mode: str = "") -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, __file__, url, executor, mode]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def die(process: "subprocess.Popen[str]") -> str:
    """kill -9, and what it had said."""
    process.kill()
    return process.communicate()[1]


def test_a_job_is_queued_with_its_transaction_or_not_at_all(url: str, db: Engine, jobs: Queue) -> None:
    submit(db, jobs, "job_a")
    with db.connect() as connection, connection.begin() as transaction:
        jobs.enqueue(connection, "job_b", "t")
        transaction.rollback()
    with Session(db) as session, session.begin():
        session.execute(text("INSERT INTO job VALUES ('job_c', 0)"))
        jobs.enqueue(session, "job_c", "t")
        jobs.enqueue(session, "job_c", "t")  # twice is once
    work(url, "w", perform(db, "w"), concurrency=2, poll_seconds=0.05)
    until(lambda: done(db) == {"job_a", "job_c"} and settled(jobs))
    assert sorted(begun(db)) == [("job_a", "w"), ("job_c", "w")]


def test_run_is_called_again_when_it_asks_and_when_it_raises_and_nothing_it_said_is_kept(
    url: str, db: Engine, jobs: Queue, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_LONGEST_PAUSE", 0.1)
    calls: Counter[str] = Counter()

    def run(job: str) -> float | None:
        calls[job] += 1
        if job == "job_asks":
            return 0.1 if calls[job] < 2 else None
        if calls[job] < 2:
            raise ValueError(CANARY)
        return None

    submit(db, jobs, "job_asks", "job_raises")
    work(url, "w", run, concurrency=2, poll_seconds=0.05)
    until(lambda: len(jobs._client.list_workflows()) == 4 and settled(jobs))
    assert calls == {"job_asks": 2, "job_raises": 2}
    kept = jobs._client.list_workflows()
    assert not [found for found in kept if found.output or found.error]
    assert "ValueError" in caplog.text
    assert CANARY not in caplog.text


def test_a_cancelled_job_is_not_run(url: str, db: Engine, jobs: Queue) -> None:
    submit(db, jobs, "job_a", "job_b")
    jobs.cancel("job_a")
    jobs.cancel("job_unknown")
    work(url, "w", perform(db, "w"), concurrency=2, poll_seconds=0.05)
    until(lambda: done(db) == {"job_b"} and settled(jobs))
    assert begun(db) == [("job_b", "w")]


def test_a_killed_worker_takes_its_jobs_up_when_it_returns(url: str, db: Engine, jobs: Queue) -> None:
    submit(db, jobs, "job_before", "job_after")
    with worker_process(url, "w", "hang") as first:
        until(lambda: len(begun(db)) == 2 and done(db) == {"job_after"})
        assert [c for c in psutil.Process(first.pid).net_connections("inet") if c.status == "LISTEN"] == []
        assert die(first) == ""
    work(url, "w", perform(db, "w"), concurrency=2, poll_seconds=0.05)
    until(lambda: done(db) == {"job_before", "job_after"} and settled(jobs))
    assert len(begun(db)) == 4


def test_a_killed_worker_is_reaped_and_no_job_is_run_twice_at_a_time(url: str, db: Engine, jobs: Queue) -> None:
    submit(db, jobs, "job_a")
    with worker_process(url, "dead", "hang") as first:
        until(lambda: begun(db))
        die(first)
    assert jobs.reap(["someone else"]) == 0
    assert jobs.reap([]) == 0
    assert jobs.reap(["dead"]) == 1

    release = threading.Event()
    perform_alive = perform(db, "alive")

    def run(job: str) -> float | None:
        perform_alive(job)
        release.wait(30)
        return None

    work(url, "alive", run, concurrency=2, poll_seconds=0.05)
    until(lambda: ("job_a", "alive") in begun(db))
    # A reaper that had read its list before the job changed hands comes late: nothing happens.
    assert jobs.reap(["dead"]) == 0
    assert not jobs._client._sys_db.reenqueue_for_recovery("job_a", ["dead"], "jobs")
    release.set()
    until(lambda: done(db) == {"job_a"} and settled(jobs))
    assert begun(db) == [("job_a", "dead"), ("job_a", "alive")]


def submit_together(db: Engine, jobs: Queue, *ids: str) -> None:
    with db.begin() as connection:
        for job in ids:
            connection.execute(text("INSERT INTO job VALUES (:id, 0)"), {"id": job})
        jobs.enqueue_together(connection, ids, "t")


def test_jobs_that_are_queued_together_are_run_one_after_the_other_in_one_slot(
    url: str, db: Engine, jobs: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one of them that asks to be called again is by itself from then on."""
    calls: list[str] = []
    inside = threading.Lock()

    def run(job: str) -> float | None:
        assert inside.acquire(blocking=False), "two at a time"
        calls.append(job)
        inside.release()
        return 0.1 if job == "job_b" and calls.count("job_b") == 1 else None

    submit_together(db, jobs, "job_a", "job_b", "job_c")
    work(url, "w", run, concurrency=4, poll_seconds=0.05)
    until(lambda: len(calls) == 4 and settled(jobs))
    assert calls == ["job_a", "job_b", "job_c", "job_b"]
    assert sorted(each.workflow_id for each in jobs._client.list_workflows()) == ["job_a+2", "job_b.2"]


def test_of_jobs_queued_together_a_killed_worker_loses_none(url: str, db: Engine, jobs: Queue) -> None:
    submit_together(db, jobs, "job_after", "job_b", "job_c")
    with worker_process(url, "dead", "hang") as first:  # it hangs in the first, which is done
        until(lambda: done(db) == {"job_after"})
        die(first)
    assert jobs.reap(["dead"]) == 1
    work(url, "alive", perform(db, "alive"), concurrency=2, poll_seconds=0.05)
    until(lambda: done(db) == {"job_after", "job_b", "job_c"} and settled(jobs))
    assert begun(db) == [("job_after", "dead"), ("job_after", "alive"), ("job_b", "alive"), ("job_c", "alive")]


def test_a_job_that_has_had_its_first_turn_is_passed_over_when_those_queued_with_it_are_run_again(
    url: str, db: Engine, jobs: Queue
) -> None:
    """Its second turn may be under way elsewhere, or have ended: either way nothing else may begin with it."""
    calls: list[str] = []

    def run(job: str) -> float | None:
        calls.append(job)
        if job == "job_a":
            return 300.0  # far away when the others are run again
        Worker.current._stopping.set()  # type: ignore[union-attr]
        return None

    submit_together(db, jobs, "job_a", "job_b", "job_c")
    worker = work(url, "w", run, concurrency=2, poll_seconds=0.05)
    until(lambda: len(calls) == 2 and not worker._running)
    assert worker.stop(0)
    assert jobs.reap(["w"]) in (0, 1)  # given back as it stopped, or now
    work(url, "w2", calls.append, concurrency=2, poll_seconds=0.05)
    until(lambda: {each.workflow_id: each.status for each in jobs._client.list_workflows()}["job_a+2"] == "SUCCESS")
    assert calls == ["job_a", "job_b", "job_b", "job_c"]
    assert {each.workflow_id: each.status for each in jobs._client.list_workflows()}["job_a.2"] == "DELAYED"


def test_a_worker_that_is_told_to_stop_leaves_the_rest_of_those_queued_together(
    url: str, db: Engine, jobs: Queue
) -> None:
    calls: list[str] = []

    def run(job: str) -> float | None:
        calls.append(job)
        Worker.current._stopping.set()  # type: ignore[union-attr]
        return None

    submit_together(db, jobs, "job_a", "job_b")
    worker = work(url, "w", run, concurrency=2, poll_seconds=0.05)
    until(lambda: calls and not worker._running)
    assert worker.stop(0)
    assert calls == ["job_a"]
    assert [found.status for found in jobs._client.list_workflows()] == ["ENQUEUED"]


def test_two_workers_share_the_jobs_and_each_is_run_once(url: str, db: Engine, jobs: Queue) -> None:
    names = {f"job_{n}" for n in range(50)}
    with worker_process(url, "one"):
        work(url, "two", perform(db, "two"), concurrency=2, poll_seconds=0.05)
        for name in names:
            submit(db, jobs, name)
        until(lambda: done(db) == names and settled(jobs))
    assert Counter(job for job, _ in begun(db)) == dict.fromkeys(names, 1)


def test_what_a_stopping_worker_has_claimed_is_given_back(url: str, db: Engine, jobs: Queue) -> None:
    submit(db, jobs, "job_a")
    worker = work(url, "w", perform(db, "w"), concurrency=2, poll_seconds=0.05)
    worker._stopping.set()  # as if it had claimed the job a moment before it was told to stop
    until(lambda: jobs._client.list_workflows(status="PENDING"))
    assert worker.stop(0)
    assert [found.status for found in jobs._client.list_workflows()] == ["ENQUEUED"]
    assert begun(db) == []


def test_a_job_whose_next_turn_could_not_be_queued_is_swept(
    url: str, db: Engine, jobs: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def run(job: str) -> float | None:
        calls.append(job)
        return 0.0 if len(calls) == 1 else None

    def refuse(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(queue, "_SUSPECT_AFTER", queue.timedelta(seconds=-60))
    submit(db, jobs, "job_a")
    worker = work(url, "w", run, concurrency=2, poll_seconds=0.05)
    with monkeypatch.context() as full_disk:
        full_disk.setattr(worker._queue, "enqueue_again", refuse)
        until(lambda: calls and not worker._running)
    assert worker.sweep() == 1
    until(lambda: settled(jobs))
    assert calls == ["job_a", "job_a"]
    assert worker.sweep() == 0


def test_a_process_has_one_worker(url: str, db: Engine) -> None:
    work(url, "w", perform(db, "w"), concurrency=1)
    with pytest.raises(RuntimeError, match="already has a worker"):
        work(url, "v", perform(db, "v"), concurrency=1)


def test_a_worker_refuses_a_database_without_the_tables_of_the_queue(tmp_path: Path) -> None:
    bare = f"sqlite:///{tmp_path}/bare.db"
    with pytest.raises(Exception, match="no such table"):
        work(bare, "w", lambda job: None, concurrency=1)
    assert Worker.current is None


if __name__ == "__main__":
    own = engine(sys.argv[1])
    work(sys.argv[1], sys.argv[2], perform(own, *sys.argv[2:]), concurrency=2, poll_seconds=0.05)
    while os.getppid() != 1:  # never outlive the test
        time.sleep(0.5)
    os._exit(0)
