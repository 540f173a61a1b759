"""What the publisher promises, and that it never signs against a promise, on both databases."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from expunct_server import ids
from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.models import SUPER, AuditRoot
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.publishing import lag, log_keys, sequencer
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.publisher import Publisher
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint
from expunct_server.tlog.signer import Ed25519Signer, sign_note
from expunct_server.tlog.strict import Rejected
from expunct_server.verifying import fsck
from tests.audit.support import Act

TENANT = "default"


def record(act: Act, count: int = 1) -> None:
    with act() as unit:
        for _ in range(count):
            unit.record(JobReportViewed(), resource_id="job_1")


def publish(settings: Settings, database: Database) -> Publisher:
    publisher = Publisher(settings, database)
    while publisher.step(now=True):
        pass
    return publisher


def promised(settings: Settings, database: Database, tenant_id: str = TENANT) -> Checkpoint:
    """The published checkpoint, verified with the published keys."""
    head = sequencer.head(database, tenant_id)
    note = TileStore(log_folder(settings.data, tenant_id)).checkpoint()
    assert head is not None and note is not None
    return open_checkpoint(note, log_keys.public_keys(settings).verifiers(head.origin), head.origin)[0]


def stopped(database: Database) -> str | None:
    head = sequencer.head(database, TENANT)
    assert head is not None
    return head.stopped


def test_what_is_recorded_is_published_once_and_in_order(settings: Settings, database: Database, act: Act) -> None:
    record(act, 300)
    publish(settings, database)
    head = sequencer.head(database, TENANT)
    assert head is not None
    checkpoint = promised(settings, database)
    with database.reading() as session:
        places = session.execute(
            text("SELECT seq, position FROM audit_entry WHERE log = :n ORDER BY seq"), {"n": head.number}
        ).all()

    assert [seq for seq, _ in places] == list(range(head.size))
    assert [position for _, position in places] == sorted(position for _, position in places)
    assert (checkpoint.size, checkpoint.root) == (head.size, head.root) and head.published_size == head.size
    assert sequencer.waiting(database) == []
    assert promised(settings, database, SUPER).origin == head.origin.rpartition("/")[0]
    assert (settings.data / "keys" / "log.key").stat().st_mode & 0o777 == 0o600


def test_publishers_that_take_turns_go_on_from_one_another(settings: Settings, database: Database, act: Act) -> None:
    first, second = Publisher(settings, database), Publisher(settings, database)
    sizes = []
    for publisher in (first, second, second, first, second):
        record(act, 100)
        publisher.step(now=True)
        sizes.append(promised(settings, database).size)
    assert sizes == sorted(set(sizes))
    rebuilt = settings.data / "rebuilt"
    shutil.copytree(settings.data / "keys", rebuilt / "keys")
    (rebuilt / "log").mkdir()
    shutil.copy(settings.data / "log" / "home", rebuilt / "log" / "home")
    head = sequencer.head(database, TENANT)
    assert head is not None
    from_scratch = Settings(data=rebuilt, database_url=database.url)
    Publisher(from_scratch, database).republish()
    assert "the published checkpoint is gone" in (stopped(database) or "")
    Publisher(from_scratch, database, may_rebuild=True).republish()
    assert stopped(database) is None
    assert files(rebuilt) == files(settings.data)


def files(data: Path) -> dict[str, bytes]:
    """The tenant's log without partial tiles of older checkpoints: full tiles and the checkpoint."""
    folder = log_folder(data, TENANT)
    found = (each for each in folder.rglob("*") if each.is_file() and ".p" not in str(each) and each.name != ".lock")
    return {str(each.relative_to(folder)): each.read_bytes() for each in found}


# --- never against a promise ------------------------------------------------------------------------------------------


def _older_promise(settings: Settings, database: Database) -> None:
    """Sign a larger tree than the database has, as the server that had the newer database did."""
    head = sequencer.head(database, TENANT)
    assert head is not None
    keys = log_keys.load(settings, may_make=False)
    text = Checkpoint(head.origin, head.size + 5, bytes(32)).encode()
    TileStore(log_folder(settings.data, TENANT)).write_checkpoint(sign_note(text, [keys.signer(head.origin)]))


def _another_root(settings: Settings, database: Database) -> None:
    head = sequencer.head(database, TENANT)
    assert head is not None
    keys = log_keys.load(settings, may_make=False)
    text = Checkpoint(head.origin, head.size, bytes(32)).encode()
    TileStore(log_folder(settings.data, TENANT)).write_checkpoint(sign_note(text, [keys.signer(head.origin)]))


def _another_key(settings: Settings, database: Database) -> None:
    head = sequencer.head(database, TENANT)
    assert head is not None
    text = Checkpoint(head.origin, head.size, head.root).encode()
    note = sign_note(text, [Ed25519Signer(head.origin, bytes(32))])
    TileStore(log_folder(settings.data, TENANT)).write_checkpoint(note)


@pytest.mark.parametrize(
    ("contradict", "says"),
    [
        (_older_promise, "an old backup was restored"),
        (_another_root, "does not give the root that was signed"),
        (_another_key, "cannot be trusted"),
    ],
)
def test_a_log_that_contradicts_its_promise_is_stopped_until_it_agrees(
    settings: Settings, database: Database, act: Act, contradict: Callable[[Settings, Database], None], says: str
) -> None:
    record(act, 3)
    publish(settings, database)
    folder = log_folder(settings.data, TENANT)
    right = (folder / "checkpoint").read_bytes()
    size = promised(settings, database).size
    contradict(settings, database)
    wrong = (folder / "checkpoint").read_bytes()

    record(act, 2)  # recording goes on
    publish(settings, database)
    head = sequencer.head(database, TENANT)
    assert head is not None and head.size == size, "nothing is given an index"
    assert says in (stopped(database) or "")
    assert (folder / "checkpoint").read_bytes() == wrong, "nothing is signed"

    (folder / "checkpoint").write_bytes(right)
    publish(settings, database)
    publish(settings, database)
    assert stopped(database) is None
    assert promised(settings, database).size == size + 2


@pytest.mark.parametrize(
    ("contradict", "says"),
    [
        (_older_promise, "an old backup was restored"),
        (_another_root, "does not give the root that was signed"),
        (_another_key, "cannot be trusted"),
    ],
)
def test_a_contradiction_is_noticed_without_any_news(
    settings: Settings,
    database: Database,
    act: Act,
    contradict: Callable[[Settings, Database], None],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At the start of a process, and a minute after the last look of one that runs."""
    record(act, 3)
    running = publish(settings, database)
    contradict(settings, database)
    running.step()
    assert stopped(database) is None, "it looked a moment ago"
    monkeypatch.setattr("expunct_server.publishing.publisher._LOOK_AGAIN_SECONDS", 0.0)
    running.step()
    assert says in (stopped(database) or "")


def test_a_process_that_begins_looks_at_every_log(settings: Settings, database: Database, act: Act) -> None:
    record(act, 3)
    publish(settings, database)
    _older_promise(settings, database)
    Publisher(settings, database).step()
    assert "an old backup was restored" in (stopped(database) or "")


@pytest.mark.parametrize("batch", [1, 2000])
def test_what_is_due_is_published_while_acts_never_pause(
    settings: Settings, database: Database, act: Act, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(act)
    publisher = publish(replace(settings, log_checkpoint_seconds=0), database)
    before = promised(settings, database).size
    record(act)
    monkeypatch.setattr(sequencer, "BATCH", batch)
    asked, sequence = 0, sequencer.sequence

    def never_done(opened: Database, tenant_id: str) -> Any:
        nonlocal asked
        asked += 1
        assert asked < 50, "it goes on for as long as acts do"
        record(act, 3)  # meanwhile
        return sequence(opened, tenant_id, batch)

    monkeypatch.setattr(sequencer, "sequence", never_done)
    publisher.step()
    assert promised(settings, database).size == before + min(batch, 4)


# --- what was lost ----------------------------------------------------------------------------------------------------


def _full_tile(folder: Path) -> None:
    (folder / "tile" / "0" / "000").unlink()


def _bundle_of_entries(folder: Path) -> None:
    (folder / "tile" / "entries" / "001").unlink()


def _damaged_tile(folder: Path) -> None:
    path = folder / "tile" / "0" / "001"
    path.write_bytes(path.read_bytes()[:-1] + b"!")


def _partial_tiles(folder: Path) -> None:
    for each in folder.rglob("*.p"):
        shutil.rmtree(each)


def _everything(folder: Path) -> None:
    shutil.rmtree(folder)


def _checkpoint(folder: Path) -> None:
    (folder / "checkpoint").unlink()


@pytest.mark.parametrize(
    "lose", [_full_tile, _bundle_of_entries, _damaged_tile, _partial_tiles, _everything, _checkpoint]
)
def test_what_was_lost_of_a_log_without_news_is_made_anew(
    settings: Settings, database: Database, act: Act, lose: Callable[[Path], None]
) -> None:
    record(act, 600)
    publish(settings, database)
    before = files(settings.data)
    lose(log_folder(settings.data, TENANT))
    assert fsck.check(database, settings).problems
    assert Publisher(settings, database, may_rebuild=True).republish() == 3
    assert files(settings.data) == before
    assert fsck.check(database, settings).problems == []


def test_without_its_checkpoint_a_log_is_not_signed_unless_someone_vouches(
    settings: Settings, database: Database, act: Act
) -> None:
    record(act, 3)
    publish(settings, database)
    size = promised(settings, database).size
    _checkpoint(log_folder(settings.data, TENANT))
    record(act)
    publish(settings, database)
    assert "--rebuild" in (stopped(database) or "")
    Publisher(settings, database, may_rebuild=True).republish()
    publish(settings, database)
    assert stopped(database) is None and promised(settings, database).size == size + 1


def test_a_file_of_another_history_is_never_replaced_without_a_promise(
    settings: Settings, database: Database, act: Act
) -> None:
    """Where no checkpoint says which is right, file or database, nobody decides."""
    record(act, 300)
    publish(settings, database)
    folder = log_folder(settings.data, TENANT)
    _checkpoint(folder)
    path = folder / "tile" / "0" / "000"
    other = path.read_bytes()[:-1] + b"!"
    path.write_bytes(other)
    Publisher(settings, database, may_rebuild=True).republish()
    assert "holds another history" in (stopped(database) or "")
    assert path.read_bytes() == other and not (folder / "checkpoint").exists()


def test_tiles_that_are_lost_are_written_again_alike(settings: Settings, database: Database, act: Act) -> None:
    record(act, 600)
    publish(settings, database)
    before = files(settings.data)
    shutil.rmtree(log_folder(settings.data, TENANT) / "tile")
    record(act)
    publish(settings, database)
    after = files(settings.data)
    assert before.keys() == after.keys() and stopped(database) is None
    assert {name: data for name, data in after.items() if name != "checkpoint"} == {
        name: data for name, data in before.items() if name != "checkpoint"
    }


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_lost_key_is_said_and_not_made_anew(settings: Settings, database: Database, act: Act) -> None:
    record(act)
    publish(settings, database)
    (settings.data / "keys" / "log.key").unlink()
    record(act)
    with pytest.raises(Unavailable) as refusal:
        Publisher(settings, database).step(now=True)
    assert refusal.value.code == "no_log_key" and "keys rotate-log" in refusal.value.detail
    assert not (settings.data / "keys" / "log.key").exists()


def test_a_new_key_signs_and_the_old_one_still_verifies(settings: Settings, database: Database, act: Act) -> None:
    record(act)
    publish(settings, database)
    folder = log_folder(settings.data, TENANT)
    old, [old_public] = (folder / "checkpoint").read_bytes(), log_keys.public_keys(settings).publics
    log_keys.rotate(settings)
    Publisher(settings, database).republish()
    new, keys = (folder / "checkpoint").read_bytes(), log_keys.public_keys(settings)
    origin = promised(settings, database).origin
    current, former = keys.verifiers(origin)

    assert former.public == old_public != current.public
    assert open_checkpoint(old, [former], origin)[0] == open_checkpoint(new, [current], origin)[0]
    for note, key in ((old, current), (new, former)):
        with pytest.raises(Rejected):
            open_checkpoint(note, [key], origin)


# --- the log of logs --------------------------------------------------------------------------------------------------


def test_an_empty_interval_is_proven_by_two_entries_of_one_size(
    settings: Settings, database: Database, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(act)
    publish(settings, database)
    later = ids.now() + (settings.log_heartbeat_seconds + 1) * ids.SECOND
    monkeypatch.setattr(ids, "now", lambda: later)
    publish(settings, database)
    with database.reading() as session:
        said = [json.loads(each) for each in session.scalars(select(AuditRoot.entry).order_by(AuditRoot.seq))]
    head = sequencer.head(database, TENANT)
    assert head is not None
    mine = [each for each in said if each["size"] == head.size]

    assert len(mine) >= 2 and mine[0]["root"] == mine[-1]["root"] and mine[0]["time"] < mine[-1]["time"]
    assert promised(settings, database, SUPER).size == len(said)
    assert TENANT not in json.dumps(said)


# --- one log's trouble is no other's ----------------------------------------------------------------------------------


def test_what_goes_wrong_with_the_log_of_logs_keeps_no_tenant_waiting(
    settings: Settings, database: Database, act: Act, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    record(act, 3)
    publish(settings, database)
    size = promised(settings, database).size

    def broken(*_: object) -> None:
        raise RuntimeError("a row of someone else's is in the way")

    monkeypatch.setattr(sequencer, "anchor", broken)
    record(act, 2)
    assert Publisher(settings, database).step(now=True) == 1
    assert promised(settings, database).size == size + 2
    assert "the audit log of tenant * cannot go on" in caplog.text


def test_a_long_reason_is_cut_and_still_written_down(settings: Settings, database: Database, act: Act) -> None:
    record(act)
    publish(settings, database)
    head = sequencer.head(database, TENANT)
    assert head is not None
    sequencer.mark_stopped(database, head.number, "why " * 200)
    assert stopped(database) == ("why " * 200)[:500]


# --- how far it is behind ---------------------------------------------------------------------------------------------


def late(settings: Settings, database: Database) -> str | None:
    with database.reading() as session:
        return lag.late(session, settings)


def test_an_event_from_the_future_hides_nothing(settings: Settings, database: Database, act: Act) -> None:
    record(act)
    publish(settings, database)
    assert late(settings, database) is None
    with act() as unit:
        unit.record(JobReportViewed(), resource_id="job_1", at=ids.now() + 3600 * ids.SECOND)
    assert "a time in the future" in (late(settings, database) or "")


def test_a_log_of_logs_that_falls_silent_is_noticed(settings: Settings, database: Database, act: Act) -> None:
    record(act)
    publish(settings, database)
    sooner = replace(settings, log_heartbeat_seconds=-lag.LATE_SECONDS - 1)  # as if an hour had passed
    assert late(settings, database) is None
    assert "The log of logs has not told" in (late(sooner, database) or "")
