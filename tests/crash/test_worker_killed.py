"""kill -9 of workers, at every step of a job and at random: each job ends once, with a whole result or none."""

import random
import shutil
import signal
import time

import pytest

from expunct_server import ids
from expunct_server.jobs import workers
from tests.crash.program import WORKER_POINTS
from tests.crash.support import Deployment, wait_until

UNCLAIMED = {"before_claim"}
CLAIMED = {"after_claim", "reading", "writing", "published", "in_completion"}
COMPLETED = {"completed", "upload_removed"}


def test_the_steps_are_all_here() -> None:
    assert set(WORKER_POINTS) == UNCLAIMED | CLAIMED | COMPLETED


def test_killed_at_each_step_and_started_again(deployment: Deployment) -> None:
    """The next worker has the name of the killed one, and takes up what it held. Each step kills another worker."""
    jobs = {}
    for point in WORKER_POINTS:
        jobs[point] = job = deployment.submit()
        killed = deployment.worker(faults=[deployment.fault(point, "kill", job).said()], worker_lost_seconds=600)
        assert killed.wait() == -signal.SIGKILL, killed.log()
        assert (deployment.outcomes()[job] == "completed") == (point in COMPLETED)
    deployment.worker(worker_lost_seconds=600)
    deployment.wait_at_rest()
    assert deployment.stop_all() == [0]
    assert len(deployment.rows("SELECT id FROM worker_process")) == 1
    attempts = deployment.attempts()
    assert {point for point, job in jobs.items() if attempts[job] > 1} >= CLAIMED
    assert {attempts[jobs[point]] for point in COMPLETED} == {1}
    deployment.settled()


def test_killed_at_each_step_and_reaped_by_another(deployment: Deployment) -> None:
    """One worker stands at every step at once, with another job at each, and is killed. Its name does not come back.

    The next one has the same host name and a data folder that forgot who it was, as a container's is.
    """
    jobs = {point: ids.new("job") for point in WORKER_POINTS}
    faults = {point: deployment.fault(point, "hold", job) for point, job in jobs.items() if point != "in_completion"}
    last = deployment.fault("in_completion", "kill", jobs["in_completion"])
    killed = deployment.worker(faults=[each.said() for each in (*faults.values(), last)])
    for point, fault in faults.items():
        deployment.submit(job_id=jobs[point])
        fault.wait_hit()
    deployment.submit(job_id=jobs["in_completion"])  # the last one: it holds SQLite's only write lock
    assert killed.wait() == -signal.SIGKILL, killed.log()
    assert {point for point in jobs if deployment.outcomes()[jobs[point]]} == COMPLETED

    shutil.rmtree(deployment.data / "workers")
    deployment.worker(worker_lost_seconds=2)
    deployment.wait_at_rest()
    assert deployment.stop_all() == [0]
    names = [row.id.rsplit("-", 2) for row in deployment.rows("SELECT id FROM worker_process")]
    assert len({host for host, _, _ in names}) == 1 and len({folder for _, folder, _ in names}) == len(names) == 2
    attempts = deployment.attempts()
    assert {point: attempts[job] for point, job in jobs.items()} == {p: 1 + (p in CLAIMED) for p in jobs}
    deployment.settled()


def test_a_document_that_kills_its_worker_each_time_fails_alone(deployment: Deployment) -> None:
    """It ends after its retries, and takes with it none of those that were worked on at its side."""
    poison = ids.new("job")
    others = [ids.new("job") for _ in range(3)]
    # Whenever the poison is taken, the others are in the midst of their work: they die with it.
    holds = [deployment.fault("reading", "hold", job, always=True) for job in others]
    for job in (poison, *others):
        deployment.submit(job_id=job, max_retries=3)
    deaths = 0
    while poison in deployment.unended():
        for each in holds:
            each.marker.unlink(missing_ok=True)
        kill = deployment.fault("writing", "kill", poison, always=True)
        wait = deployment.fault("after_claim", "hold", poison, always=True)
        worker = deployment.worker(faults=[each.said() for each in (*holds, wait, kill)], worker_lost_seconds=600)
        if deaths < 2:
            for each in holds:
                each.wait_hit()
        else:
            for each in holds:
                each.release()
        wait.release()
        wait_until(lambda: worker.ended() or poison not in deployment.unended(), "the worker to die")  # noqa: B023
        deaths += worker.ended()
        assert deaths <= 4
    assert deaths == 4
    deployment.wait_at_rest()
    assert deployment.stop_all() == [0]
    deployment.settled(**{poison: "worker_lost"})


def test_kills_at_random(deployment: Deployment) -> None:
    """Two workers, forty jobs, and kill -9 to one or the other at any moment."""
    chance = random.Random(20261123)
    for _ in range(40):
        deployment.submit(max_retries=1000)
    pair = [deployment.worker(worker_lost_seconds=2, worker_concurrency=2) for _ in range(2)]
    for _ in range(8):
        time.sleep(chance.uniform(0.1, 0.5))
        victim = chance.randrange(2)
        pair[victim].kill()
        pair[victim] = deployment.worker(worker_lost_seconds=2, worker_concurrency=2)
    deployment.wait_at_rest()
    for each in pair:  # one that was started last may not have come to its signal handlers
        wait_until(lambda each=each: each.has_said("is ready"), "the worker to start")
    assert deployment.stop_all() == [0, 0]
    deployment.settled()


_UNPUBLISHED = "SELECT position FROM audit_pending UNION ALL SELECT size FROM audit_log WHERE published_size < size"


def test_a_paused_worker_that_comes_back_leaves_no_trace(deployment: Deployment) -> None:
    """Taken for dead and its jobs done by another, it goes on where it was: nothing of it may remain."""
    output = deployment.files / "out.txt"
    jobs = {point: ids.new("job") for point in ("before_claim", "after_claim", "reading", "writing", "published")}
    jobs["to a file"] = ids.new("job")
    faults = [
        deployment.fault("output_started" if point == "to a file" else point, "hold", job)
        for point, job in jobs.items()
    ]
    paused = deployment.worker(faults=[each.said() for each in faults], host="one")
    for point, job in jobs.items():
        if point == "to a file":
            deployment.submit_uri(output, job_id=job)
        else:
            deployment.submit(job_id=job)
    for each in faults:
        each.wait_hit()
    # Not while it publishes: who is paused within a transaction keeps SQLite's lock, and nobody can go on.
    wait_until(lambda: not deployment.rows(_UNPUBLISHED), "the log to be published")
    paused.signal(signal.SIGSTOP)

    deployment.worker(worker_lost_seconds=2, host="two")
    deployment.wait_at_rest()
    before = deployment.rows("SELECT id, outcome, result_key, audit_event_id, retry_count FROM job ORDER BY id")
    written = output.stat()
    for each in faults:
        each.release()
    paused.signal(signal.SIGCONT)
    alive = "SELECT 1 FROM worker_process WHERE id LIKE 'one-%-1' AND stopped_at IS NULL"
    wait_until(lambda: deployment.rows(alive), "it")
    assert deployment.stop_all() == [0, 0], paused.log()  # in order: so the late attempts have come to their ends

    after = deployment.rows("SELECT id, outcome, result_key, audit_event_id, retry_count FROM job ORDER BY id")
    assert after == before
    assert (output.stat().st_ino, output.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert deployment.stored("results") == {row.result_key for row in after if row.result_key}  # even before the sweep
    deployment.settled()


def test_killed_when_it_was_thought_to_have_stopped(deployment: Deployment) -> None:
    """Paused, taken for dead, marked as ended, back, and killed before it could say so: its job is found."""
    fault = deployment.fault("reading", "kill", deployment.submit())
    killed = deployment.worker(faults=[fault.said()], host="one")
    assert killed.wait() == -signal.SIGKILL, killed.log()
    [one] = deployment.rows("SELECT id FROM worker_process")
    workers.stopped(deployment.database, one.id)
    deployment.worker(host="two")
    deployment.wait_at_rest()
    assert deployment.stop_all() == [0]
    deployment.settled()


def test_a_worker_of_serve_ends_in_order_by_a_signal_too(deployment: Deployment) -> None:
    deployment.submit()
    worker = deployment.worker("--until-stdin-closes", stdin_open=True)
    deployment.wait_at_rest()
    assert worker.stop() == 0, worker.log()
    assert not worker.has_said("Fatal")
    deployment.settled()


def test_a_cancelled_job_writes_no_output(deployment: Deployment) -> None:
    """Cancelled while it is worked on: neither its result nor the file it was to write appears."""
    output, job = deployment.files / "out.txt", ids.new("job")
    fault = deployment.fault("writing", "hold", job)
    deployment.worker(faults=[fault.said()])
    deployment.submit_uri(output, job_id=job)
    fault.wait_hit()
    deployment.cancel(job)
    fault.release()
    wait_until(lambda: deployment.pending() == 0, "the attempt to end")
    assert deployment.stop_all() == [0]
    assert not output.exists()
    assert deployment.stored("results") == deployment.stored("drafts") == set()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_several_workers_share_the_work(deployment: Deployment) -> None:
    """Three processes, thirty jobs: each is done once, at the first attempt."""
    for _ in range(30):
        deployment.submit()
    for _ in range(3):
        deployment.worker(worker_concurrency=2)
    deployment.wait_at_rest()
    assert deployment.stop_all() == [0, 0, 0]
    assert set(deployment.attempts().values()) == {1}
    assert len(deployment.rows("SELECT id FROM worker_process")) == 3
    deployment.settled()
