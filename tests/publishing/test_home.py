"""The home of the logs: one data folder publishes, whatever others there are; what moving, losing, copying it does."""

import logging
import shutil
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from expunct_server.audit.models import SUPER, AuditHome
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.publishing import home, log_keys, sequencer
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.publisher import Publisher
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.verifying import fsck
from tests.audit.support import Act, acting
from tests.conftest import run_sql
from tests.crash import log_targets
from tests.publishing.test_publisher import TENANT, head_of, record


def machine(settings: Settings, name: str, *, keys: bool = True) -> Settings:
    """Settings of another machine: a data folder of its own, with the deployment's keys brought along."""
    folder = settings.data / "machines" / name
    folder.mkdir(parents=True)
    if keys and (settings.data / "keys").exists():
        shutil.copytree(settings.data / "keys", folder / "keys")
    return replace(settings, data=folder)


def publish(settings: Settings, database: Database, **options: bool) -> int:
    return Publisher(settings, database, **options).step(now=True)


def begin(settings: Settings, database: Database, act: Act, size: int = 1) -> None:
    """Events that are published from this data folder, and told of in the log of logs."""
    record(act, size)
    while publish(settings, database):
        pass


def homes(database: Database) -> Sequence[str]:
    with database.reading() as session:
        return session.scalars(select(AuditHome.home)).all()


def name_of(settings: Settings) -> str:
    return (settings.data / "log" / "home").read_text().strip()


def note_of(settings: Settings, tenant_id: str = TENANT) -> bytes | None:
    return TileStore(log_folder(settings.data, tenant_id)).checkpoint()


def test_the_first_to_publish_is_the_home_and_others_leave_it_alone(
    settings: Settings, database: Database, act: Act, caplog: pytest.LogCaptureFixture
) -> None:
    begin(settings, database, act)
    assert homes(database) == [name_of(settings)]
    other = machine(settings, "other")
    record(act)
    publisher = Publisher(other, database)
    with caplog.at_level(logging.INFO, logger="expunct_server.publishing"):
        assert [publisher.step(now=True) for _ in range(3)] == [0, 0, 0]
    assert [each.levelname for each in caplog.records] == ["INFO"] and "another data folder" in caplog.text
    assert not (other.data / "log").exists() and sequencer.waiting(database) == [TENANT]
    assert head_of(database).stopped is None
    assert publish(settings, database) == 2
    log_targets.settled(database, settings)


def test_one_of_many_becomes_the_home(settings: Settings, url: str, database: Database, act: Act) -> None:
    """Eight data folders over one database begin at once, each with a database connection of its own."""
    record(act)
    machines = [machine(settings, str(number)) for number in range(8)]
    ready = threading.Barrier(8)

    def race(each: Settings) -> int:
        own = Database(url, busy_timeout_seconds=30, pool_size=2)
        try:
            ready.wait()
            return Publisher(each, own).step(now=True)
        finally:
            own.close()

    with ThreadPoolExecutor(8) as pool:
        published = list(pool.map(race, machines))
    [winner] = [each for each, count in zip(machines, published, strict=True) if count]
    assert homes(database) == [name_of(winner)]
    assert [each for each in machines if note_of(each)] == [winner]
    log_targets.settled(database, winner)


def test_a_deployment_from_before_is_claimed_by_the_folder_that_has_the_log_alone(
    settings: Settings, database: Database, act: Act
) -> None:
    begin(settings, database, act)
    forget_home(database)
    (settings.data / "log" / "home").unlink()
    record(act)
    assert publish(machine(settings, "fresh"), database) == 0
    assert homes(database) == [] and head_of(database).stopped is None
    assert publish(settings, database) == 2
    assert homes(database) == [name_of(settings)]
    log_targets.settled(database, settings)


def forget_home(database: Database) -> None:
    run_sql(database.url, str(delete(AuditHome)))


def test_who_rebuilds_takes_the_home_over(settings: Settings, database: Database, act: Act) -> None:
    """The old home leaves the logs alone from then on, until it is named again."""
    begin(settings, database, act, 300)
    running, new = Publisher(settings, database), machine(settings, "new")
    assert running.step(now=True) == 0
    before = note_of(settings), note_of(settings, SUPER)
    assert Publisher(new, database, may_rebuild=True).republish() == len(sequencer.heads(database))
    assert homes(database) == [name_of(new)]
    record(act)
    assert (running.step(now=True), running.republish()) == (0, 0)
    assert (note_of(settings), note_of(settings, SUPER)) == before
    assert publish(new, database) == 2
    log_targets.settled(database, new)
    assert fsck.check(database, new).problems == []

    assert Publisher(settings, database, may_rebuild=True).republish() == len(sequencer.heads(database))
    assert homes(database) == [name_of(settings)] and publish(new, database) == 0
    log_targets.settled(database, settings)


def test_a_backup_of_the_folder_brings_the_home_along(settings: Settings, database: Database, act: Act) -> None:
    begin(settings, database, act)
    restored = machine(settings, "restored")
    shutil.copytree(settings.data / "log", restored.data / "log")
    record(act)
    assert publish(restored, database) == 2
    log_targets.settled(database, restored)


def test_two_copies_of_a_home_sign_one_tree(settings: Settings, url: str, database: Database, act: Act) -> None:
    """A copied data folder over the same database: both publish, and no size has two roots, nor other bytes."""
    begin(settings, database, act, 250)
    copy = machine(settings, "copy")
    shutil.copytree(settings.data / "log", copy.data / "log")
    seen: dict[tuple[str, int], set[bytes]] = {}
    stop = threading.Event()

    def publish_on(each: Settings) -> None:
        own = Database(url, busy_timeout_seconds=60, pool_size=2)
        publisher = Publisher(each, own)
        while not stop.is_set():
            publisher.step(now=True)
        own.close()

    def look(each: Settings) -> None:
        for tenant_id in (TENANT, SUPER):
            note = note_of(each, tenant_id) or b""
            seen.setdefault((tenant_id, int(note.split(b"\n")[1])), set()).add(note)

    writer = Database(url, busy_timeout_seconds=60)
    with ThreadPoolExecutor(2) as pool:
        publishing = [pool.submit(publish_on, each) for each in (settings, copy)]
        try:
            for number in range(12):
                record(acting(writer), 1 + number % 3)
                for each in (settings, copy) * 3:
                    look(each)
        finally:
            stop.set()
        for done in publishing:
            done.result()
    writer.close()
    for each in (settings, copy):
        publish(each, database)
        look(each)
        log_targets.settled(database, each)
    assert {len(notes) for notes in seen.values()} == {1} and len(seen) > 2
    assert note_of(settings) == note_of(copy)


def test_a_home_without_its_key_is_not_taken_over(settings: Settings, database: Database, act: Act) -> None:
    begin(settings, database, act)
    with pytest.raises(Unavailable) as refusal:
        Publisher(machine(settings, "new", keys=False), database, may_rebuild=True).republish()
    assert refusal.value.code == "no_log_key" and homes(database) == [name_of(settings)]


@pytest.mark.parametrize("text", ["", "short\n", "../../../../etc/passwd\n", "A" * 32])
def test_a_damaged_name_is_no_home(settings: Settings, database: Database, act: Act, text: str) -> None:
    begin(settings, database, act)
    path: Path = settings.data / "log" / "home"
    path.write_text(text)
    assert publish(settings, database) == 0
    forget_home(database)
    with pytest.raises(Unavailable) as refusal:
        publish(settings, database)
    assert refusal.value.code == "bad_home" and path.read_text() == text


def test_a_name_is_not_given_away(settings: Settings, database: Database, act: Act) -> None:
    """Its key is listed for each machine alike; whose folder it is says the name alone."""
    begin(settings, database, act)
    other = machine(settings, "other")
    assert log_keys.public_keys(other) == log_keys.public_keys(settings)
    with database.reading() as session:
        assert home.seen(session, settings).is_here and not home.seen(session, other).is_here
        assert home.seen(session, settings).since == home.seen(session, other).since
