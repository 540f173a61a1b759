"""One tenant's many jobs do not starve another's few, with one worker and with two; on SQLite and on PostgreSQL.

Run as a program, this file is a worker: `python test_fairness.py URL EXECUTOR FILE` runs a job by writing its name and
the worker's to the end of the file.
"""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from expunct_server.audit.recorder import system_actor, writing
from expunct_server.db.session import Database
from expunct_server.jobs.queue import Queue, Worker, work

MANY, FEW = 300, 10
POLL = 0.05


@pytest.fixture
def jobs(url: str) -> Iterator[Queue]:
    made = Queue(url)
    yield made
    made.close()
    if Worker.current:
        Worker.current.stop(0)


def submit(database: Database, jobs: Queue, tenant: str, count: int, after_seconds: float = 0) -> None:
    with writing(database, system_actor("tester")) as unit:
        for number in range(count):
            jobs.enqueue(unit.session, f"job_{tenant}_{number}", tenant, after_seconds)


def tenant_of(job: str) -> str:
    return job.split("_")[1]


def until(true: Callable[[], object]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.02)
    pytest.fail("it never came true")


def writing_down(order: Path, executor: str) -> Callable[[str], None]:
    """A `run` that adds a line to the file, in one piece whoever else writes."""

    def run(job: str) -> None:
        with order.open("a") as file:
            file.write(f"{job} {executor}\n")

    return run


def written(order: Path) -> list[tuple[str, str]]:
    """Jobs and who ran them, in the order in which they were done."""
    lines = order.read_text().splitlines() if order.exists() else []
    return [(line.split()[0], line.split()[1]) for line in lines]


def done_before_the_last_of_b(order: Path) -> Counter[str]:
    """How many jobs of each tenant."""
    tenants = [tenant_of(job) for job, _ in written(order)]
    return Counter(tenants[: max(n for n, tenant in enumerate(tenants) if tenant == "b")])


def test_ten_jobs_are_done_while_most_of_three_hundred_of_another_tenant_still_wait(
    url: str, database: Database, jobs: Queue, tmp_path: Path
) -> None:
    order = tmp_path / "order"
    submit(database, jobs, "a", MANY)
    submit(database, jobs, "b", FEW)
    work(url, "w", writing_down(order, "w"), concurrency=2, poll_seconds=POLL)
    until(lambda: sum(tenant_of(job) == "b" for job, _ in written(order)) == FEW)
    # Both of the jobs that a look takes may be a's, again and again; that it goes on so for fifty looks is no chance.
    assert done_before_the_last_of_b(order)["a"] < MANY // 3


def test_it_is_so_with_two_workers(url: str, database: Database, jobs: Queue, tmp_path: Path) -> None:
    order = tmp_path / "order"
    submit(database, jobs, "first", 1)
    with subprocess.Popen([sys.executable, __file__, url, "one", str(order)]) as other:
        try:
            until(lambda: written(order))  # the other worker is there
            submit(database, jobs, "a", MANY)
            submit(database, jobs, "b", FEW)
            work(url, "two", writing_down(order, "two"), concurrency=2, tenant_concurrency=1, poll_seconds=POLL)
            until(lambda: {who for _, who in written(order)} == {"one", "two"})
            until(lambda: sum(tenant_of(job) == "b" for job, _ in written(order)) == FEW)
        finally:
            other.kill()
    assert done_before_the_last_of_b(order)["a"] < MANY // 3
    assert len({job for job, _ in written(order)}) == len(written(order))


def test_no_tenant_has_more_jobs_in_hand_than_its_share(url: str, database: Database, jobs: Queue) -> None:
    release, lock = threading.Event(), threading.Lock()
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def run(job: str) -> None:
        tenant = tenant_of(job)
        with lock:
            running[tenant] += 1
            most[tenant] = max(most[tenant], running[tenant])
        release.wait(30)
        with lock:
            running[tenant] -= 1

    submit(database, jobs, "a", 6)
    work(url, "w", run, concurrency=3, tenant_concurrency=2, poll_seconds=POLL)
    until(lambda: running["a"] == 2)
    submit(database, jobs, "b", 3)
    until(lambda: running["b"] == 1)  # the third place was free, and a's jobs waited beside it
    assert running == {"a": 2, "b": 1}
    release.set()
    until(lambda: all(found.status == "SUCCESS" for found in jobs._client.list_workflows()))
    assert most["a"] == 2 and most["b"] <= 2


def test_what_was_queued_before_the_queue_had_partitions_is_run(url: str, database: Database, jobs: Queue) -> None:
    jobs._client.register_queue("jobs", worker_concurrency=2, polling_interval_sec=POLL)  # as the first release did
    submit(database, jobs, "a", 2)
    submit(database, jobs, "b", 1, after_seconds=0.1)
    done: list[str] = []
    work(url, "w", done.append, concurrency=2, tenant_concurrency=5, poll_seconds=POLL)
    until(lambda: len(done) == 3)
    assert sorted(done) == ["job_a_0", "job_a_1", "job_b_0"]


if __name__ == "__main__":
    runs = writing_down(Path(sys.argv[3]), sys.argv[2])
    work(sys.argv[1], sys.argv[2], runs, concurrency=2, tenant_concurrency=1, poll_seconds=POLL)
    while os.getppid() != 1:  # never outlive the test
        time.sleep(0.5)
    os._exit(0)
