"""PostgreSQL goes away and comes back while the API and a worker run: clear answers, and no restart needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from expunct_server import ids
from tests.conftest import run_sql
from tests.crash.support import Deployment, wait_until
from tests.crash.test_no_room import Client, refused

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


class Outage:
    """Takes one database of the server away from everybody, as a restart would."""

    def __init__(self, server: Any, deployment: Deployment) -> None:
        self._admin = server.get_uri(driver="psycopg")
        self._name = make_url(deployment.url).database
        self._deployment = deployment

    def cut(self) -> int:
        """End all connections, and say how many; new ones are let in."""
        engine = create_engine(self._admin, isolation_level="AUTOCOMMIT")
        ending = f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{self._name}'"
        with engine.connect() as connection:
            ended = int(connection.exec_driver_sql(ending).scalar_one())
        engine.dispose()
        for ours in (self._deployment.database.read_engine, self._deployment.database.write_engine):
            ours.dispose()
        return ended

    @contextmanager
    def away(self) -> Iterator[None]:
        run_sql(self._admin, f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS false")
        self.cut()
        try:
            yield
        finally:
            run_sql(self._admin, f"ALTER DATABASE {self._name} ALLOW_CONNECTIONS true")


def until_taken(send: Client, kind: str, key: str) -> int:
    """Ask again and again with one key, and say how often."""
    for asked in range(1, 11):
        if not refused(send(kind, key), "database_unavailable"):
            return asked
    raise AssertionError("the database did not come back")


def test_away_for_a_while(deployment: Deployment, postgresql: Any) -> None:
    jobs = {point: ids.new("job") for point in ("before_claim", "reading", "published", "upload_removed")}
    holds = {point: deployment.fault(point, "hold", job) for point, job in jobs.items()}
    api, worker = deployment.api(), deployment.worker(faults=[each.said() for each in holds.values()])
    for point, job in jobs.items():
        deployment.submit(job_id=job, max_retries=20)
        holds[point].wait_hit()
    send = Client(deployment, api.url)
    assert send("upload").status_code == 202

    with Outage(postgresql, deployment).away():
        for each in holds.values():
            each.release()
        for _ in range(3):  # the first answers are those of connections that broke
            for kind in ("upload", "uri"):
                assert refused(send(kind, f"away-{kind}"), "database_unavailable")
            for path in ("/jobs", "/audit", "/health", f"/jobs/{jobs['published']}"):
                assert refused(send.get(path), "database_unavailable")
        wait_until(lambda: worker.has_said("attempt failed"), "the worker to meet the outage")
        wait_until(lambda: worker.has_said("beat failed"), "the heart to miss a beat")

    asked = 0
    for kind in ("upload", "uri"):
        asked += until_taken(send, kind, f"away-{kind}")
    assert asked <= 3  # a pooled connection that broke unused is noticed by the first who uses it
    deployment.wait_at_rest()
    assert not worker.ended() and not api.process.ended()
    wait_until(lambda: send.get("/health").json()["status"] == "ok", "the heart to beat again")
    assert deployment.stop_all() == [0, 0]
    assert len(deployment.inputs) == len(jobs) + 3
    deployment.settled()


def test_connections_break_again_and_again(deployment: Deployment, postgresql: Any) -> None:
    """Every client asks with a key until it gets its answer: there is one job for each."""
    outage = Outage(postgresql, deployment)
    api, worker = deployment.api(), deployment.worker()
    wait_until(lambda: worker.has_said("is ready"), "the worker to start")
    send = Client(deployment, api.url)
    ended = []
    for n in range(12):
        ended.append(outage.cut())
        until_taken(send, ("upload", "uri")[n % 2], f"cut-{n}")
    assert len(deployment.inputs) == 12
    assert all(ended), "nothing was cut"
    deployment.wait_at_rest()
    assert not worker.ended()
    assert deployment.stop_all() == [0, 0]
    deployment.settled()
