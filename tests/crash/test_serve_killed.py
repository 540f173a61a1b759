"""kill -9 of the whole `serve`: its workers end by themselves, and after a restart all jobs end."""

from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from tests.crash.support import Deployment, wait_until
from tests.support.server import Server


def workers_of(pid: int) -> list[psutil.Process]:
    return [each for each in psutil.Process(pid).children() if "worker" in each.cmdline()]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_serve_is_killed_and_started_again(deployment: Deployment) -> None:
    """The supervisor and its workers; no model is loaded into the API's side."""
    command = ("serve", "--port", "0", "--workers", "1", "--json")
    for _ in range(30):
        deployment.submit()
    killed = deployment.start(*command, worker_concurrency=1)
    wait_until(lambda: len(deployment.unended()) < 30, "the first job to end")
    workers = workers_of(killed.pid)
    assert len(workers) == 1
    killed.kill()
    for _ in range(5):
        deployment.submit()
    assert psutil.wait_procs(workers, timeout=60)[1] == []
    assert deployment.unended() != set()

    again = deployment.start(*command)
    deployment.wait_at_rest()
    in_order(deployment, workers_of(again.pid), again.stop())


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_the_real_serve_with_two_workers(deployment: Deployment, serve: Callable[..., Server]) -> None:
    for _ in range(30):
        deployment.submit()
    server = serve(workers=2, **deployment.settings | {"worker_concurrency": "1"})
    wait_until(lambda: len(deployment.rows("SELECT id FROM worker_process")) == 2, "both workers to start")
    assert server.process is not None
    family = psutil.Process(server.process.pid).children(recursive=True)
    workers = workers_of(server.process.pid)
    assert len(workers) == 2
    server.kill()
    assert psutil.wait_procs(workers, timeout=60)[1] == []
    for each in family:  # the process for texts, which does not end by itself
        with suppress(psutil.NoSuchProcess):
            each.kill()

    server.workers = 1
    deployment.submit()
    server.start()
    deployment.wait_at_rest()
    workers = workers_of(server.process.pid)
    in_order(deployment, workers, server.stop())


def in_order(deployment: Deployment, workers: list[psutil.Process], code: int) -> None:
    """`serve` ended after its workers, whom it gave time; and nothing was cut off in either life."""
    assert code == 0
    assert not any(each.is_running() for each in workers)
    assert deployment.rows("SELECT id FROM worker_process WHERE stopped_at IS NULL") == []
    assert set(deployment.attempts().values()) == {1}
    deployment.settled()
