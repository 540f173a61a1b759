"""Publishing under way: many writers and publishers at once, partial tiles, what may stop a log and what it keeps."""

import base64
import json
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from expunct_server import ids
from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.models import SUPER, AuditEntry, AuditEvent, AuditLog, AuditMark, AuditRoot
from expunct_server.db.changes import Changes
from expunct_server.db.session import Database
from expunct_server.publishing import log_keys, sequencer
from expunct_server.publishing.anchors import blinded
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.publisher import Publisher
from expunct_server.publishing.sequencer import MARK_EVERY, Head
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.note import open_note
from expunct_server.tlog.tiles import TILE_WIDTH, Tile, tiles_of
from tests.audit.support import Act, acting
from tests.conftest import fresh_url
from tests.crash import log_targets

TENANT = "default"


def record(act: Act, count: int = 1, tenant_id: str = TENANT) -> None:
    with act(tenant_id) as unit:
        for _ in range(count):
            unit.record(JobReportViewed(), resource_id="job_1")


def head_of(database: Database, tenant_id: str = TENANT) -> Head:
    head = sequencer.head(database, tenant_id)
    assert head is not None
    return head


def store_of(settings: Settings, tenant_id: str = TENANT) -> TileStore:
    return TileStore(log_folder(settings.data, tenant_id))


def grow_to(settings: Settings, database: Database, act: Act, size: int) -> Publisher:
    """The tenant's log published at exactly this size."""
    publisher = Publisher(settings, database)
    record(act)
    publisher.step(now=True)
    record(act, size - head_of(database).size)
    publisher.step(now=True)
    assert head_of(database).published_size == size
    return publisher


# --- rounds that are left out ---


def test_a_round_is_left_out_while_nothing_waits_and_nothing_is_committed(
    settings: Settings, database: Database, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    version, steps = ["one"], list[str]()
    step = Publisher.step
    monkeypatch.setattr(Changes, "version", lambda _: version[0])
    monkeypatch.setattr(Publisher, "step", lambda publisher: (steps.append(version[0]), step(publisher))[1])
    publisher = Publisher(replace(settings, log_checkpoint_seconds=600), database)
    record(act)

    for version[0] in ("one", "one", "two", "two"):
        publisher.look()
    assert head_of(database).published_size == head_of(database).size
    assert steps == ["one", "one", "two"]  # the second publishes nothing, and knows it

    record(act)
    for version[0] in ("two", "three", "three", "three"):
        publisher.look()
    assert steps[3:] == ["three"] * 3  # the checkpoint is still due
    assert head_of(database).size == head_of(database).published_size + 1


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_checkpoint_is_the_text_of_the_specification(settings: Settings, database: Database, act: Act) -> None:
    grow_to(settings, database, act, 300)
    head, note = head_of(database), store_of(settings).checkpoint()
    assert note is not None
    text = f"{head.origin}\n300\n{base64.b64encode(head.root).decode()}\n"
    assert note.decode().startswith(f"{text}\n— {head.origin} ")
    assert open_note(note, log_keys.public_keys(settings).verifiers(head.origin)).text == text
    paths = {tile.path() for tile in tiles_of(300)}
    assert paths == {f"tile/{each}" for each in ("entries/000", "entries/001.p/44", "0/000", "0/001.p/44", "1/000.p/1")}
    assert all((store_of(settings).folder / each).is_file() for each in paths)
    log_targets.settled(database, settings)


def test_partial_tiles_of_the_checkpoint_before_are_kept_and_older_ones_swept(
    settings: Settings, database: Database, act: Act
) -> None:
    publisher = grow_to(settings, database, act, 10)
    kept = []
    for _ in range(3):
        record(act, 2)
        publisher.step(now=True)
        kept.append(sorted(int(each.name) for each in store_of(settings).folder.glob("tile/0/000.p/*")))
    assert kept[1:] == [[12, 14], [14, 16]]
    wide, narrow = store_of(settings).tile(Tile(0, 0, 16)), store_of(settings).tile(Tile(0, 0, 5))
    assert wide is not None and narrow == wide[: 5 * 32], "a reader of an older checkpoint is served from a wider tile"


def test_a_partial_tile_is_cut_from_the_full_one(settings: Settings, database: Database, act: Act) -> None:
    publisher = grow_to(settings, database, act, 200)
    older = Checkpoint(head_of(database).origin, 200, head_of(database).root)
    for _ in range(3):
        record(act, 60)
        publisher.step(now=True)
    folder = store_of(settings).folder
    assert not (folder / "tile/0/000.p").exists() and not (folder / "tile/entries/000.p").exists()
    log_targets.served(store_of(settings), older)


# --- at once ----------------------------------------------------------------------------------------------------------


def test_publishers_at_once_while_sixteen_write(settings: Settings, database: Database, url: str, act: Act) -> None:
    """Two publishers of their own connections, 16 writers, two tenants: dense, whole, and no promise is broken."""
    patient = Database(url, busy_timeout_seconds=60, pool_size=16)
    stop, seen = threading.Event(), []

    def publish() -> None:
        own = Database(url, busy_timeout_seconds=60, pool_size=2)
        publisher = Publisher(settings, own)
        while not stop.is_set():
            publisher.step(now=True)
        own.close()

    def write(thread: int) -> None:
        for number in range(8):
            record(acting(patient), 1 + number % 3, ("default", "other")[thread % 2])

    with ThreadPoolExecutor(18) as pool:
        publishing = [pool.submit(publish) for _ in range(2)]
        writing = [pool.submit(write, thread) for thread in range(16)]
        for each in writing:
            each.result()
            seen += log_targets.promises(patient, settings)
        stop.set()
        for each in publishing:
            each.result()
    Publisher(settings, patient).step(now=True)
    log_targets.settled(patient, settings, seen=seen)
    patient.close()


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_late_commit_gets_a_later_index_and_is_not_skipped(settings: Settings, database: Database, act: Act) -> None:
    """Its position is the lower one, but when the others were sequenced it could not be seen."""
    publisher = grow_to(settings, database, act, 3)
    with act() as late:
        late.record(JobReportViewed(), resource_id="job_late")
        record(act, 2)
        publisher.step(now=True)
        assert head_of(database).size == 5
    publisher.step(now=True)
    with database.reading() as session:
        positions = session.scalars(
            select(AuditEntry.position).where(AuditEntry.log == head_of(database).number).order_by(AuditEntry.seq)
        ).all()
        late_position = session.scalar(select(AuditEvent.position).where(AuditEvent.resource_id == "job_late"))
    assert positions[5:] == [late_position] and late_position is not None and late_position < positions[4]
    log_targets.settled(database, settings)


def test_sequencers_at_once_give_dense_indices(settings: Settings, database: Database, url: str, act: Act) -> None:
    """Without the lock of the folder, by the database's alone: in small steps, from four sides."""
    grow_to(settings, database, act, 3)
    record(act, 120)
    others = [Database(url, busy_timeout_seconds=60, pool_size=2) for _ in range(4)]

    def sequence(own: Database) -> list[int]:
        return [step.start for step in iter(lambda: sequencer.sequence(own, TENANT, limit=5), None)]

    with ThreadPoolExecutor(4) as pool:
        starts = list(pool.map(sequence, others))
    for each in others:
        each.close()
    assert sorted(start for each in starts for start in each) == list(range(3, 123, 5))
    Publisher(settings, database).step(now=True)
    log_targets.settled(database, settings)


# --- stopped ----------------------------------------------------------------------------------------------------------


def test_an_old_backup_stops_the_log_until_the_newest_database_is_back(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A copy of the database put back, while the data folder is newer: with the publisher that runs and another."""
    path = Path(fresh_url(request, "sqlite", tmp_path).removeprefix("sqlite:///"))
    settings = Settings(data=tmp_path, database_url=f"sqlite:///{path}")
    _with(path, lambda database: grow_to(settings, database, acting(database), 10))
    shutil.copy(path, tmp_path / "old.db")
    _with(path, lambda database: grow_to(settings, database, acting(database), 20))
    shutil.copy(path, tmp_path / "new.db")
    promised = store_of(settings).checkpoint()

    def stopped(database: Database) -> None:
        record(acting(database), 2)
        assert Publisher(settings, database).step(now=True) == 0
        head = head_of(database)
        assert head.stopped is not None and "old backup" in head.stopped
        assert head.size == 10 and store_of(settings).checkpoint() == promised

    def goes_on(database: Database) -> None:
        record(acting(database), 1)
        assert Publisher(settings, database).step(now=True) == 2
        log_targets.settled(database, settings)

    shutil.copy(tmp_path / "old.db", path)
    _with(path, stopped)
    shutil.copy(tmp_path / "new.db", path)
    _with(path, goes_on)


def _with(path: Path, act: Callable[[Database], object]) -> None:
    database = Database(f"sqlite:///{path}")
    act(database)
    database.scrub()
    database.close()


@pytest.mark.parametrize("is_running", [True, False], ids=["the publisher that knew it", "another publisher"])
def test_another_history_of_the_same_size_stops_the_log(
    request: pytest.FixtureRequest, tmp_path: Path, is_running: bool
) -> None:
    """Before anything gets an index or a tile, even in a process that has the end of the right log in memory."""
    settings = Settings(data=tmp_path, log_origin="log.example")
    elsewhere = Settings(data=tmp_path / "elsewhere", log_origin="log.example")
    one, two = (_opened(request, tmp_path / name) for name in ("one", "two"))
    publisher = grow_to(settings, one, acting(one), 10)
    (elsewhere.data / "log").mkdir(parents=True)
    shutil.copy(
        settings.data / "log" / "home", elsewhere.data / "log" / "home"
    )  # one deployment's database, and another
    grow_to(elsewhere, two, acting(two), 10)
    before = _files(settings)
    publisher = publisher if is_running else Publisher(settings, two)
    publisher._database = two
    record(acting(two), TILE_WIDTH)
    publisher.step(now=True)
    head = head_of(two)
    assert head.stopped is not None and head.size == 10
    assert _files(settings) == before
    for each in (one, two):
        each.close()


def _opened(request: pytest.FixtureRequest, folder: Path) -> Database:
    folder.mkdir()
    return Database(fresh_url(request, "sqlite", folder))


def _files(settings: Settings) -> dict[str, bytes]:
    folder = store_of(settings).folder
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def test_an_edited_tile_stops_the_log(settings: Settings, database: Database, act: Act) -> None:
    """A hash that the next process needs to go on; nothing is signed over it."""
    grow_to(settings, database, act, 300)
    tile = store_of(settings).folder / "tile/1/000.p/1"
    tile.write_bytes(bytes(32))
    promised = store_of(settings).checkpoint()
    record(act)
    Publisher(settings, database).step(now=True)
    assert "root" in (head_of(database).stopped or "")
    assert (store_of(settings).checkpoint(), head_of(database).size) == (promised, 300)


# --- the log of logs --------------------------------------------------------------------------------------------------


def test_an_anchor_names_no_tenant_and_can_be_opened(settings: Settings, database: Database, act: Act) -> None:
    grow_to(settings, database, act, 5)
    with database.reading() as session:
        said = [json.loads(each) for each in session.scalars(select(AuditRoot.entry).order_by(AuditRoot.seq))]
        blinds = {log.tenant_id: log.blind for log in session.scalars(select(AuditLog))}
    head = head_of(database)
    newest = [each for each in said if each["log"] == blinded(blinds[TENANT], head.origin)][-1]
    assert (newest["size"], newest["root"]) == (5, base64.b64encode(head.root).decode())
    assert set(newest) == {"log", "root", "size", "time"} and "default" not in json.dumps(said)
    assert len(set(blinds.values())) == len(blinds) and SUPER in blinds


def test_an_anchor_is_about_the_size_it_tells_of(
    settings: Settings, database: Database, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even between a checkpoint and the word of it to the database: the row and its entry agree."""
    grow_to(settings, database, act, 5)
    monkeypatch.setattr(sequencer, "mark_published", lambda *_: None)
    record(act)
    Publisher(replace(settings, log_heartbeat_seconds=0), database).step(now=True)
    monkeypatch.undo()
    assert head_of(database).published_size == 5
    with database.reading() as session:
        rows = session.execute(select(AuditRoot.size, AuditRoot.entry)).all()
    assert max(size for size, _ in rows) == 6
    assert all(size == json.loads(entry)["size"] for size, entry in rows)
    Publisher(settings, database).step(now=True)
    log_targets.settled(database, settings)


# --- dates along the log ----------------------------------------------------------------------------------------------


@pytest.fixture
def module_log(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    database = _opened(request, tmp_path / "dates")
    settings = Settings(data=tmp_path)
    grow_to(settings, database, acting(database), 2)
    yield database
    database.close()


@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(-5_000_000, 5_000_000), min_size=1, max_size=300), limit=st.integers(50, 300))
def test_marks_and_regress_bound_every_created_at(module_log: Database, steps: list[int], limit: int) -> None:
    """Whatever steps back: no entry lies further behind the latest than `regress`, and marks say what lies below."""
    act, at = acting(module_log), ids.now()
    with act() as unit:
        for step in steps:
            at += step
            unit.record(JobReportViewed(), resource_id="job_1", at=at)
    while sequencer.sequence(module_log, TENANT, limit) is not None:
        pass
    with module_log.reading() as session:
        log = session.scalars(select(AuditLog).where(AuditLog.tenant_id == TENANT)).one()
        dates = session.scalars(
            select(AuditEntry.created_at).where(AuditEntry.log == log.number).order_by(AuditEntry.seq)
        ).all()
        marks = session.execute(
            select(AuditMark.number, AuditMark.latest).where(AuditMark.log == log.number).order_by(AuditMark.number)
        ).all()
    latest = regress = 0
    for date in dates:
        regress, latest = max(regress, latest - date), max(latest, date)
    assert (log.latest, log.regress, log.size) == (latest, regress, len(dates))
    below = [max(dates[: number * MARK_EVERY], default=0) for number in range(-(-len(dates) // MARK_EVERY))]
    assert [tuple(each) for each in marks] == list(enumerate(below))
