"""kill -9 of the whole `serve`: its workers end by themselves, and after a restart all jobs end. The real command."""

from collections.abc import Callable

import psutil

from tests.crash.support import Deployment, wait_until
from tests.support.server import Server


def workers_of(server: Server) -> list[psutil.Process]:
    assert server.process is not None
    children = psutil.Process(server.process.pid).children()
    return [each for each in children if "worker" in each.cmdline()]


def test_serve_is_killed_and_started_again(deployment: Deployment, serve: Callable[..., Server]) -> None:
    count = 1 if deployment.database.dialect == "sqlite" else 2
    for _ in range(30):
        deployment.submit()
    options = deployment.settings | {"worker_concurrency": "1"}
    server = serve(workers=count, **options)
    wait_until(lambda: len(deployment.unended()) < 30, "the first job to end")
    workers = workers_of(server)
    assert len(workers) == count
    server.kill()
    for _ in range(5):
        deployment.submit()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert alive == []
    assert deployment.unended() != set()

    server.start()
    deployment.wait_at_rest()
    workers = workers_of(server)
    assert server.stop() == 0
    assert not any(each.is_running() for each in workers)  # they were given the time to end in order, before it did
    assert deployment.rows("SELECT id FROM worker_process WHERE stopped_at IS NULL") == []
    assert set(deployment.attempts().values()) == {1}  # the workers drained: nothing was cut off
    deployment.settled()
