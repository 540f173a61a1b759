"""A worker that is cut off from database and bucket without a word and comes back: by a proxy that falls silent.

Not found by itself, but by `make test-network`: in one run of five a transaction of the worker that was cut off
outlived PostgreSQL's limit for idle ones, and what it had locked with it.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from sqlalchemy import make_url

from tests.crash.machines import Fleet
from tests.crash.support import Deployment, wait_until
from tests.support.proxy import Proxy
from tests.support.seaweedfs import SeaweedFS

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
_TAKEN_OVER = "SELECT count(*) AS n FROM audit_event WHERE event_type = 'job.output_unresolved'"


@pytest.fixture
def fleet(deployment: Deployment, s3: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    return Fleet(deployment, s3, monkeypatch)


@pytest.fixture
def proxies(url: str, s3: SeaweedFS) -> Iterator[tuple[Proxy, Proxy]]:
    """Ways to PostgreSQL and to the bucket that can be cut."""
    parsed, server = make_url(url), urlsplit(s3.endpoint)
    assert server.hostname is not None and server.port is not None
    made = Proxy(f"{parsed.query['host']}/.s.PGSQL.5432"), Proxy((server.hostname, server.port))
    yield made
    for each in made:
        each.close()


def test_a_worker_is_cut_off_and_comes_back(fleet: Fleet, url: str, proxies: tuple[Proxy, Proxy]) -> None:
    """It holds documents that it reads, and one whose write is recorded; the others do them meanwhile.

    What it had locked is free when PostgreSQL ends its transactions, for which it asks by a limit of its own.
    """
    fleet.fill(200)
    database, bucket = proxies
    host, port = database.address
    here, there = fleet.machine("home", is_home=True), fleet.machine("other")
    far = fleet.machine(
        "far",
        url=make_url(url).set(host=host, port=port, query={}).render_as_string(hide_password=False),
        s3="http://{}:{}".format(*bucket.address),
    )
    client = fleet.api(here).client(fleet.deployment.key())
    connector = fleet.connector(client, credentials="shared")
    workers = fleet.workers(here)
    holds = [fleet.deployment.fault(each, "hold") for each in ("reading", "output_begun")]
    workers.append(fleet.worker(far, idle_seconds=2, faults=[each.said() for each in holds]))
    sync = client.post(f"/connectors/{connector}/sync").json()["id"]
    for each in holds:
        each.wait_hit()
    assert all(each.cut() for each in proxies)
    workers.append(fleet.worker(there))
    fleet.wait_completed(client, connector, sync)
    assert "far" not in fleet.alive()

    for proxy in proxies:
        proxy.mend()
    for each in holds:
        each.release()
    wait_until(lambda: "far" in fleet.alive(), "the worker to come back")
    fleet.settled(client, connector, sync)
    assert fleet.deployment.rows(_TAKEN_OVER)[0].n > 0
    fleet.stop(*workers)
