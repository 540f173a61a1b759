"""The master key of a deployment: one for all machines, or a process does not start."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete

from expunct_server.audit.catalog import ConnectorCreated, ConnectorUpdated, Event, RedactionPerformed, WebhookCreated
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.settings import Settings
from expunct_server.tenants import sealing
from expunct_server.tenants.models import Deployment
from tests.audit.support import Act
from tests.conftest import run_sql


def machine(settings: Settings, name: str, **more: str) -> Settings:
    folder = settings.data / name
    folder.mkdir()
    return replace(settings, data=folder, **more)


def key_file(settings: Settings) -> Path:
    return settings.data / "keys" / "master.key"


def refusal(settings: Settings, database: Database) -> Unavailable:
    with pytest.raises(Unavailable) as refused:
        sealing.checked_master_key(settings, database)
    return refused.value


def test_every_machine_has_the_same_key_or_is_told(settings: Settings, database: Database) -> None:
    one = machine(settings, "one")
    key = sealing.checked_master_key(one, database)
    assert sealing.checked_master_key(one, database) == key == sealing.master_key(one)

    two = machine(settings, "two")
    missing = refusal(two, database)
    assert missing.code == "no_master_key" and "keys/master.key" in missing.detail
    assert not key_file(two).exists(), "no key is made where the deployment has one"
    shutil.copytree(one.data / "keys", two.data / "keys")
    assert sealing.checked_master_key(two, database) == key

    wrong = refusal(machine(settings, "three", master_key="ab" * 32), database)
    assert wrong.code == "other_master_key" and "ab" * 4 not in wrong.detail and "pseudonyms" in wrong.detail
    assert sealing.checked_master_key(machine(settings, "four", master_key=key.hex()), database) == key
    with database.reading() as session:
        noted = session.get_one(Deployment, 1).master_check
    assert len(noted) == 32 and noted != key


def test_of_two_that_begin_at_once_one_is_refused(settings: Settings, url: str, database: Database) -> None:
    machines, ready = [machine(settings, str(number)) for number in range(4)], threading.Barrier(4)

    def begin(each: Settings) -> str:
        own = Database(url, busy_timeout_seconds=30, pool_size=2)
        try:
            ready.wait()
            sealing.checked_master_key(each, own)
        except Unavailable as refused:
            return str(refused.code)
        finally:
            own.close()
        return "begun"

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(begin, machines))
    [first] = [each for each, says in zip(machines, said, strict=True) if says == "begun"]
    assert set(said) <= {"begun", "other_master_key", "no_master_key"}
    assert sealing.checked_master_key(first, database)


CONNECTOR = {"provider": "s3", "bucket": "in", "prefix": "", "schedule_cron": None, "policy_id": None}
PERFORMED = {"policy_id": None, "policy_version": None, "language": "en", "overrides": [], "entity_counts": {}}
WITH_KEY = (
    RedactionPerformed(**PERFORMED, entity_count=0, characters=5),
    ConnectorCreated(**CONNECTOR),
    ConnectorUpdated(**CONNECTOR, changed=["secret"]),
    WebhookCreated(host="example.com", event_types=["*"]),
)


@pytest.mark.parametrize("event", WITH_KEY, ids=lambda event: event.event_type)
def test_a_deployment_from_before_keeps_its_key(settings: Settings, database: Database, act: Act, event: Event) -> None:
    """Its key is noted; on a machine without it none is made, since the database was used with one."""
    key = sealing.master_key(settings)
    with act() as unit:
        unit.record(event, resource_id="id_1")
    fresh = machine(settings, "fresh")
    assert refusal(fresh, database).code == "no_master_key" and not key_file(fresh).exists()
    assert sealing.checked_master_key(settings, database) == key
    run_sql(database.url, str(delete(Deployment)))
    assert sealing.checked_master_key(settings, database) == key
