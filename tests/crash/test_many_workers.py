"""An API and three workers, as on machines that share PostgreSQL and a bucket alone, killed at random.

`make test-faults` has them sync 2,000 objects, by EXPUNCT_TEST_ALL_FAULTS. Without it there are fewer objects, and as
many kills.
"""

import os
import random

import pytest

from tests.crash.machines import Fleet
from tests.crash.support import Deployment
from tests.support.seaweedfs import SeaweedFS

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
_OBJECTS = 2000 if "EXPUNCT_TEST_ALL_FAULTS" in os.environ else 500
_KILLS = 12


@pytest.fixture
def fleet(deployment: Deployment, s3: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    return Fleet(deployment, s3, monkeypatch)


def test_workers_are_killed_at_random_while_a_bucket_is_synced(fleet: Fleet, s3: SeaweedFS) -> None:
    chance = random.Random(20261126)
    fleet.fill(_OBJECTS)
    machines = [fleet.machine("first", is_home=True), fleet.machine("second"), fleet.machine("third")]
    api = fleet.api(machines[0])
    client = api.client(fleet.deployment.key())
    connector = fleet.connector(client, endpoint=s3.endpoint, secret=s3.secret())
    workers = fleet.workers(*machines)
    sync = client.post(f"/connectors/{connector}/sync").json()["id"]
    for number in sorted(chance.sample(range(_OBJECTS), _KILLS)):
        fleet.wait_ended(number)
        victim = chance.randrange(3)
        workers[victim].kill()
        workers[victim] = fleet.worker(machines[victim])
    fleet.wait_completed(client, connector, sync)
    fleet.settled(client, connector, sync)
    fleet.stop(*workers)
