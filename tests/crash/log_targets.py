"""A log to break at any system call: what is done to it in a process of its own, and what must be true afterwards."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.models import SUPER, AuditEntry, AuditEvent, AuditPending, AuditRoot
from expunct_server.audit.recorder import Actor, writing
from expunct_server.audit.stored import COLUMNS, entry_of, stored
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.publishing import log_keys, sequencer
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.publisher import Publisher
from expunct_server.publishing.sequencer import Head
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint
from expunct_server.tlog.merkle import Frontier, consistency_proof, leaf_hash, verify_consistency
from expunct_server.tlog.tiles import TILE_WIDTH, TileReader, decode_bundle, tiles_of
from expunct_server.verifying import fsck
from tests.support.syscalls import say

ORIGIN = "log.example"
# Units of work by tenant and number of events, then a round of publishing, twice over. The first round fills a tile.
ROUNDS = ((("default", 1), ("other", 2), ("default", 2)), (("default", 1),))
BEFORE = TILE_WIDTH - 2


def settings_of(folder: Path, url: str, **more: Any) -> Settings:
    """Settings of a deployment below `folder`."""
    options: dict[str, Any] = {"log_origin": ORIGIN, "busy_timeout_seconds": 5, "min_free_bytes": 1} | more
    return Settings(data=folder / "data", database_url=url, **options)


def record(database: Database, tenant_id: str, count: int = 1) -> list[str]:
    """One unit of work of some events; their ids."""
    with writing(database, Actor("cli:tester", "cli:tester", tenant_id)) as unit:
        return [unit.record(JobReportViewed(), resource_id="job_1").id for _ in range(count)]


def prepare(folder: Path, url: str) -> list["Promise"]:
    """Logs that are published to the last event; `default` is two short of a full tile. Gives their checkpoints."""
    database = Database(url)
    settings = settings_of(folder, url)
    publisher = Publisher(settings, database)
    record(database, "other", 3)
    record(database, "default")
    publisher.step(now=True)
    head = sequencer.head(database, "default")
    assert head is not None
    record(database, "default", BEFORE - head.size)
    publisher.step(now=True)
    if database.dialect == "sqlite":
        database.scrub()  # what is in the write-ahead log comes into the file
    seen = promises(database, settings)
    database.close()
    return seen


# --- targets ----------------------------------------------------------------------------------------------------------


class _Telling(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(f"{record.levelname} {record.getMessage()}")


def act(folder: Path, url: str) -> None:
    """Record and publish. Says `event <id>` of each recorded event, what is refused, and what is logged."""
    logging.getLogger("expunct_server").addHandler(_Telling(logging.WARNING))
    database = Database(url, busy_timeout_seconds=5, pool_size=2)
    publisher = Publisher(settings_of(folder, url), database)
    for units in ROUNDS:
        for tenant_id, count in units:
            try:
                for each in record(database, tenant_id, count):
                    say(f"event {each}")
            except Unavailable as refusal:
                say(f"refused {refusal.code}")
        try:
            say(f"published {publisher.step(now=True)}")
        except (Unavailable, OSError) as error:  # as the worker does, which tries again at the next round
            say(f"unpublished {error}")
    database.close()


@dataclass(frozen=True)
class Target:
    """`act`, to be run. Once made warm, the process that forks targets has done their lazy imports and caches."""

    folder: Path
    url: str
    warm: bool = False

    def __call__(self) -> None:
        act(self.folder, self.url)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_warmed if self.warm else Target), (self.folder, self.url)


def _warmed(folder: Path, url: str) -> Target:
    database = Database(url)
    record(database, "default", 3)
    Publisher(settings_of(folder, url), database).step(now=True)
    database.close()
    return Target(folder, url)


# --- what must be true ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Promise:
    """A checkpoint that could be read at some time."""

    tenant_id: str
    checkpoint: Checkpoint


def promises(database: Database, settings: Settings) -> list[Promise]:
    """The checkpoints that can be read now. Each is signed by us, and its tiles are there, whole, and give its root."""
    found = []
    for head in sequencer.heads(database):
        store = TileStore(log_folder(settings.data, head.tenant_id))
        checkpoint = published(settings, head)
        if checkpoint is not None:
            served(store, checkpoint)
            found.append(Promise(head.tenant_id, checkpoint))
    return found


def published(settings: Settings, head: Head) -> Checkpoint | None:
    """A log's checkpoint, verified."""
    note = TileStore(log_folder(settings.data, head.tenant_id)).checkpoint()
    if note is None:
        return None
    return open_checkpoint(note, log_keys.public_keys(settings).verifiers(head.origin), head.origin)[0]


def served(store: TileStore, checkpoint: Checkpoint) -> list[bytes]:
    """The entries that a reader of this checkpoint gets: every tile is recomputed from them, and the root."""
    entries: list[bytes] = []
    tiles = list(tiles_of(checkpoint.size))
    for tile in tiles:
        if tile.level is None:
            data = store.tile(tile)
            assert data is not None, f"{tile.path()} is missing"
            entries += decode_bundle(data, tile.width)
    levels = _levels([leaf_hash(each) for each in entries])
    for tile in tiles:
        if tile.level is not None:
            start = tile.number * TILE_WIDTH
            hashes = levels[tile.level][start : start + tile.width]
            assert store.tile(tile) == b"".join(hashes), f"{tile.path()} is wrong"
    assert root_of(entries) == checkpoint.root
    return entries


def root_of(entries: Iterable[bytes]) -> bytes:
    """The root of the tree of these entries."""
    tree = Frontier()
    tree.extend(map(leaf_hash, entries))
    return tree.root()


def _levels(hashes: list[bytes]) -> list[list[bytes]]:
    levels = [hashes]
    while len(levels[-1]) >= TILE_WIDTH:
        below, above = levels[-1], []
        for start in range(0, len(below) - len(below) % TILE_WIDTH, TILE_WIDTH):
            tree = Frontier()
            tree.extend(below[start : start + TILE_WIDTH])
            above.append(tree.root())
        levels.append(above)
    return levels


def restart(
    folder: Path, url: str, acknowledged: Iterable[str], seen: Sequence[Promise], *, with_fsck: bool = True
) -> None:
    """Another process takes up what was left. At its end everything is published once and no promise is broken."""
    database = Database(url, busy_timeout_seconds=5, pool_size=2)
    settings = settings_of(folder, url)
    publisher = Publisher(settings, database)
    at_once = promises(database, settings)
    publisher.step(now=True)
    settled(database, settings, acknowledged, [*seen, *at_once])
    if with_fsck:
        assert fsck.check(database, settings).problems == []
    database.close()


def settled(
    database: Database, settings: Settings, acknowledged: Iterable[str] = (), seen: Sequence[Promise] = ()
) -> None:
    """Every event has one index in one dense log, all of it is published, and whatever was signed is part of it."""
    heads = sequencer.heads(database)
    with database.reading() as session:
        recorded = list(session.execute(select(AuditEvent.id, AuditEvent.position, AuditEvent.tenant_id)))
        places = list(session.execute(select(AuditEntry.log, AuditEntry.seq, AuditEntry.position)))
        assert session.scalars(select(AuditPending.position)).all() == []
    assert set(acknowledged) <= {each[0] for each in recorded}
    numbers = {each.tenant_id: each.number for each in heads}
    assert sorted((numbers[tenant], position) for _, position, tenant in recorded) == sorted(
        (log, position) for log, _, position in places
    )
    for head in heads:
        if head.tenant_id != SUPER:
            assert sorted(seq for log, seq, _ in places if log == head.number) == list(range(head.size))
        _promised_once(database, settings, head, [each.checkpoint for each in seen if each.tenant_id == head.tenant_id])


def _promised_once(database: Database, settings: Settings, head: Head, seen: Sequence[Checkpoint]) -> None:
    """The published log is the database's, and each checkpoint seen before is consistent with it."""
    assert head.stopped is None
    store = TileStore(log_folder(settings.data, head.tenant_id))
    checkpoint = published(settings, head)
    assert checkpoint is not None
    assert (checkpoint.size, head.published_size) == (head.size, head.size)
    assert checkpoint.root == head.root
    assert served(store, checkpoint) == entries_in(database, head)
    reader = TileReader(lambda tile: store.tile(tile) or b"", head.size)
    for old in seen:
        proof = consistency_proof(old.size, head.size, reader.node)
        verify_consistency(old.size, head.size, proof, old.root, head.root)


_entry_of = lru_cache(4096)(entry_of)  # most rows are those of the prepared database, run after run


def entries_in(database: Database, head: Head) -> list[bytes]:
    """The log's entries as the database gives them, without the product's own way of reading them."""
    with database.reading() as session:
        if head.tenant_id == SUPER:
            rows = session.execute(select(AuditRoot.seq, AuditRoot.entry).order_by(AuditRoot.seq)).all()
            assert [seq for seq, _ in rows] == list(range(head.size))
            return [said.encode() for _, said in rows]
        query = select(*COLUMNS).join(AuditEntry, AuditEntry.position == AuditEvent.position)
        return [
            _entry_of(each)
            for each in stored(session.execute(query.where(AuditEntry.log == head.number).order_by(AuditEntry.seq)))
        ]
