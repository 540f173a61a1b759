"""Publishes logs: tiles, then a signed checkpoint, in this order, and never against what was signed before.

Only where the data folder is the home of the logs (`publishing.home`): on any other machine a round does nothing. One
round of `Publisher.step` for each log that has news, and once a minute for any other:

1. **Look.** The checkpoint in the log's folder is the last promise made (`promised` has others). Its signature must be
   ours and the database must agree with it: a database that is behind it (an old backup was restored) or has another
   root at its size stops the log, in plain words, before anything gets an index or a signature.
2. **Sequence** what waits (`publishing.sequencer`), by the transaction that makes it durable.
3. **Write tiles.** Full ones never change.
4. **Sign, have witnesses cosign, publish** the checkpoint, by a rename.
5. **Say so** in the database (`published_size`), which is what the API tells.

Dying between any two leaves the log whole: entries with an index are there to be published, tiles that no checkpoint
covers are written again with the same bytes, and a checkpoint that the database does not know of yet is compared with
it at the next look. The same size always has the same root, so signing twice says the same thing twice.
"""

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from expunct_server.audit.models import SUPER
from expunct_server.db.changes import Changes, Rest
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable, described
from expunct_server.publishing import home, log_keys, sequencer
from expunct_server.publishing.anchors import Anchored, blinded_name, due, super_entry
from expunct_server.publishing.promised import EverSigned, Stopped, check_origin, log_folder, newest_anchor
from expunct_server.publishing.sequencer import Head, Sequenced
from expunct_server.publishing.tail import Tail, TileMissing
from expunct_server.publishing.tile_store import TilesDiffer, TileStore
from expunct_server.settings import Settings
from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint
from expunct_server.tlog.merkle import consistency_proof
from expunct_server.tlog.note import NoteSignature
from expunct_server.tlog.signer import add_signatures, sign_note
from expunct_server.tlog.strict import Rejected
from expunct_server.tlog.tiles import Tile, TileReader

_log = logging.getLogger(__name__)
_READ = 2000  # entries read from the database at a time
_LOOK_AGAIN_SECONDS = 60.0  # at a log that stopped: the right database may be back; and at one without news
_LOOK_FOR_HOME_SECONDS = 5.0  # elsewhere: whether this folder has become the home
_LOOKS_A_ROUND = 50  # at logs without news, however many tenants there are


class Cosign(Protocol):
    """Asks witnesses to cosign a checkpoint. Raises `Stopped` when one knows a larger tree than this."""

    def __call__(self, note: bytes, checkpoint: Checkpoint, prove: Callable[[int], list[bytes]]) -> list[NoteSignature]:
        """`prove(old)` is the consistency proof from a tree of `old` leaves."""


@dataclass
class _Log:
    """What this process remembers of one log: its end, and the published checkpoint that this end was made for."""

    tail: Tail
    note: bytes | None
    size: int = 0  # of the tree that `note` tells of
    published_at: float = -math.inf  # monotonic
    partials: frozenset[str] = frozenset()  # paths of the partial tiles that the checkpoint before needs
    filled: list[Tile] = field(default_factory=list)  # tiles that became full since the checkpoint before
    outgrown: list[Tile] = field(default_factory=list)  # those before: nobody reads their partial ones any more


class Publisher:
    """Sequences and publishes all logs of a deployment. For one thread; several processes take turns."""

    def __init__(
        self, settings: Settings, database: Database, cosign: Cosign | None = None, *, may_rebuild: bool = False
    ) -> None:
        """`may_rebuild`: where the last checkpoint is gone the operator vouches for the database: make it anew."""
        self._settings = settings
        self._may_rebuild = may_rebuild
        self._database = database
        self._cosign = cosign
        self._logs: dict[str, _Log] = {}
        self._stopped: dict[str, float] = {}
        self._looked: dict[str, float] = {}
        self._signed = EverSigned(settings)
        self._keys: log_keys.LogKeys | None = None
        self._rest = Rest(Changes(database.read_engine))
        self._elsewhere_at: float | None = None  # when the home was seen to be another folder; None: it is this one

    def look(self) -> int:
        """As `step`, but for rounds in which there cannot be anything to do."""
        return 0 if self._rest.goes_on() else self.step()

    def close(self) -> None:
        """End the connection that `look` has."""
        self._rest.close()

    def step(self, *, now: bool = False) -> int:
        """One round over all logs with news, and some without; gives how many checkpoints were published.

        `now`: without waiting for any interval. An error of one log does not keep others from being published.
        """
        if not self._is_home(now=now):
            return 0
        heads = sequencer.heads(self._database)
        known = {each.tenant_id: each for each in heads}
        waiting = set(sequencer.waiting(self._database))
        behind = {each.tenant_id for each in heads if each.published_size < each.size or each.stopped is not None}
        self._keys = log_keys.load(self._settings, may_make=not any(each.size for each in heads))
        published = 0
        for tenant_id in sorted(((waiting | behind) - {SUPER}) | self._quiet(known.keys())):
            self._looked[tenant_id] = time.monotonic()
            published += self._attempt(tenant_id, known.get(tenant_id), now=now and tenant_id != SUPER)
        if any(each.tenant_id != SUPER for each in heads):
            published += self._anchor(now=now)
        if not (waiting | behind) - {SUPER}:
            self._rest.found_nothing()
        return published

    def _is_home(self, *, now: bool) -> bool:
        """Whether the logs are published from this data folder; when they are not this is said, once."""
        said_at = self._elsewhere_at
        if said_at is not None and not now and time.monotonic() - said_at < _LOOK_FOR_HOME_SECONDS:
            return False
        if home.claimed(self._settings, self._database):
            self._elsewhere_at = None
            return True
        self._elsewhere_at = time.monotonic()
        if said_at is None:
            _log.info("the audit logs are published from another data folder, their home; this process leaves them")
        return False

    def _quiet(self, tenants: Iterable[str]) -> set[str]:
        """Logs that nobody looked at for a minute, or since this process began: an older database may stand there now.

        It would be noticed at the log's next event too; by then people may have relied on what they were shown.
        """
        before = time.monotonic() - _LOOK_AGAIN_SECONDS
        due = [each for each in tenants if self._looked.get(each, -math.inf) <= before]
        return set(sorted(due, key=lambda each: self._looked.get(each, -math.inf))[:_LOOKS_A_ROUND])

    def republish(self) -> int:
        """Sign every log's newest checkpoint again, with the current key and fresh cosignatures.

        With `may_rebuild` this data folder becomes the home, if it is not, and every tile is made anew from the
        database first. The key comes before: without one the home would be where nobody can sign.
        """
        self._keys = log_keys.load(self._settings, may_make=False)
        if self._may_rebuild:
            home.take_over(self._settings, self._database)
        elif not self._is_home(now=True):
            return 0
        return sum(
            self._attempt(each.tenant_id, each, now=True, again=True) for each in sequencer.heads(self._database)
        )

    def _attempt(self, tenant_id: str, head: Head | None, *, now: bool, again: bool = False) -> bool:
        if self._rests(tenant_id) and not now:
            return False
        return self._guarded(tenant_id, head, lambda: self._advance(tenant_id, head, now=now, again=again))

    def _rests(self, tenant_id: str) -> bool:
        """Whether it stopped, or could not go on, less than a minute ago."""
        return time.monotonic() - self._stopped.get(tenant_id, -math.inf) < _LOOK_AGAIN_SECONDS

    def _guarded(self, tenant_id: str, head: Head | None, act: Callable[[], bool]) -> bool:
        """What `act` gives; what goes wrong is this log's trouble and no other's: it is said, and False."""
        try:
            return act()
        except Stopped as stopped:
            self._stopped[tenant_id] = time.monotonic()
            _log.error("the audit log of tenant %s is stopped: %s", tenant_id, stopped)
            if head is not None and head.stopped != str(stopped):
                self._mark_stopped(head, str(stopped))
        except (Unavailable, OSError) as error:  # a full disk, a locked database: the next round tries again
            _log.warning("the audit log of tenant %s could not be published: %s", tenant_id, described(error))
        except Exception as error:  # a row that cannot have been recorded
            self._stopped[tenant_id] = time.monotonic()
            _log.error("the audit log of tenant %s cannot go on; run audit fsck: %s", tenant_id, described(error))
        self._logs.pop(tenant_id, None)
        return False

    def _mark_stopped(self, head: Head, reason: str) -> None:
        try:
            sequencer.mark_stopped(self._database, head.number, reason)
        except Unavailable as error:  # the next look tries again
            _log.warning("that a log is stopped could not be written down: %s", described(error))

    def _advance(self, tenant_id: str, head: Head | None, *, now: bool, again: bool = False) -> bool:
        store = TileStore(log_folder(self._settings.data, tenant_id))
        with store.locked():
            if head is None:
                head = sequencer.ensure_log(self._database, tenant_id, self._origin(tenant_id))
            head = sequencer.head(self._database, tenant_id) or head
            check_origin(head)
            log = self._looked_at(store, head)
            if tenant_id != SUPER and head.stopped is None:  # what a witness contradicts must not grow
                self._catch_up(store, log, head)  # nor what is not the log that this process has in memory
                head = self._sequenced(store, log, head)
            is_due = now or self._is_due(log)
            # Behind what the database was told of is a folder that was restored, or a copy of the one that publishes.
            is_behind = head.size != head.published_size or log.note is None or log.size != head.size
            is_new = again or head.stopped is not None or is_behind
            if not is_new or not (is_due or again):
                return False
            self._catch_up(store, log, head)
            self._publish(store, log, head)
            if head.stopped is not None:
                sequencer.mark_stopped(self._database, head.number, None)
                self._stopped.pop(tenant_id, None)
            return True

    def _origin(self, tenant_id: str) -> str:
        assert self._keys is not None
        host = self._settings.log_origin or f"expunct-{self._keys.publics[-1].hex()[:12]}"
        return host if tenant_id == SUPER else f"{host}/{tenant_id}"

    # --- 1: look -----------------------------------------------------------------------------------------------------

    def _looked_at(self, store: TileStore, head: Head) -> _Log:
        """This log's end, as far as it is promised. Raises `Stopped` where database and promise differ."""
        note = store.checkpoint()
        log = self._logs.get(head.tenant_id)
        if log is None or log.note != note:
            log = self._logs[head.tenant_id] = self._load(store, head, note)
        if log.tail.size > head.size:
            raise Stopped(_behind(head.size, log.tail.size))
        return log

    def _load(self, store: TileStore, head: Head, note: bytes | None) -> _Log:
        promised = self._promised(head, note)
        if promised is None:
            self._vouched_for(head)
            return _Log(Tail(), None)
        if promised.size > head.size:
            raise Stopped(_behind(head.size, promised.size))
        tail = self._tail(store, head, promised)
        if tail.root() != promised.root:
            raise Stopped(
                f"the database does not give the root that was signed at size {promised.size}: it was edited, or "
                "restored from another state. Run `expunct-server audit fsck` and restore the right database."
            )
        self._signed.add(head.origin)
        return _Log(tail, note, promised.size)

    def _vouched_for(self, head: Head) -> None:
        """There is no checkpoint: either there never was one, or an operator vouches for the database.

        Even then the log of logs, where it is there, has the last word. Raises `Stopped`.
        """
        if (head.published_size or head.origin in self._signed) and not self._may_rebuild:
            raise Stopped(
                "the published checkpoint is gone, and with it what says how far the log was signed. Restore the "
                "log's folder; if it is lost, `expunct-server audit publish --rebuild` vouches for the database."
            )
        above = sequencer.head(self._database, SUPER)
        store = TileStore(log_folder(self._settings.data, SUPER))
        if (
            above is None
            or head.tenant_id == SUPER
            or (checkpoint := self._promised(above, store.checkpoint())) is None
        ):
            return
        said = newest_anchor(store, checkpoint, blinded_name(self._database, head))
        if said is not None and (said[0] > head.size or self._root_at(head, said[0]) != said[1]):
            raise Stopped(
                f"its checkpoint is gone, and the database does not give the root that the log of logs tells of at "
                f"size {said[0]}: it is older, or was edited. Restore the right database."
            )

    def _root_at(self, head: Head, size: int) -> bytes:
        tail = Tail()
        for _ in self._rebuilt(head, tail, size):
            pass
        return tail.root()

    def _tail(self, store: TileStore, head: Head, promised: Checkpoint) -> Tail:
        """The log's end at the promised size, from tiles where they are there. Its root is still to be compared."""
        start = promised.size - promised.size % 256
        try:
            if not self._may_rebuild:
                return Tail.at(promised.size, store.tile, self._entries(head, start, promised.size))
        except TileMissing:
            _log.warning("tiles of the log of tenant %s are missing; all are written again", head.tenant_id)
        if self._root_at(head, promised.size) != promised.root:
            return Tail()
        tail = Tail()  # where a file differs from the database, the file is what is wrong
        for tile, data in self._rebuilt(head, tail, promised.size):
            store.write_tile(tile, data, damaged=True)
        return tail

    def _promised(self, head: Head, note: bytes | None) -> Checkpoint | None:
        assert self._keys is not None
        if note is None:
            return None
        try:
            return open_checkpoint(note, self._keys.verifiers(head.origin), head.origin)[0]
        except Rejected as error:
            raise Stopped(
                f"the published checkpoint cannot be trusted ({error}). Restore the log's folder or the key that "
                "signed it."
            ) from None

    # --- 2 and 3: entries and tiles ----------------------------------------------------------------------------------

    def _sequenced(self, store: TileStore, log: _Log, head: Head) -> Head:
        """Give what waits its index; gives the log as it stands then.

        Not until nothing waits: where acts never pause that is never, and the checkpoint is due meanwhile.
        """
        while (step := sequencer.sequence(self._database, head.tenant_id)) is not None:
            self._grow(store, log, step)
            head = step.head
            if len(step.entries) < sequencer.BATCH or self._is_due(log):
                break
        return head

    def _is_due(self, log: _Log) -> bool:
        return time.monotonic() - log.published_at >= self._settings.log_checkpoint_seconds

    def _grow(self, store: TileStore, log: _Log, step: Sequenced) -> None:
        """Append what was just sequenced, if this process has all before it in memory."""
        if log.tail.size == step.start:
            self._write(store, log, step.entries)

    def _catch_up(self, store: TileStore, log: _Log, head: Head) -> None:
        """Append what was sequenced and not written: by a process that died, or by another."""
        while log.tail.size < head.size:
            upto = min(head.size, log.tail.size + _READ)
            self._write(store, log, self._entries(head, log.tail.size, upto))
        if log.tail.root() != head.root:
            raise Stopped(
                f"the entries in the database do not give the root it recorded at size {head.size}: it was edited by "
                "hand. Run `expunct-server audit fsck`."
            )

    def _write(self, store: TileStore, log: _Log, entries: Sequence[bytes]) -> None:
        try:
            for tile, data in log.tail.extend(entries):
                store.write_tile(tile, data)
                log.filled.append(tile)
        except TilesDiffer as error:
            raise Stopped(
                f"the file {error} holds another history than the database. Run `expunct-server audit fsck`."
            ) from None

    def _rebuilt(self, head: Head, tail: Tail, size: int) -> Iterator[tuple[Tile, bytes]]:
        while tail.size < size:
            yield from tail.extend(self._entries(head, tail.size, min(size, tail.size + _READ)))

    def _entries(self, head: Head, low: int, high: int) -> Sequence[bytes]:
        if low >= high:
            return []
        found = sequencer.entries(self._database, head, low, high)
        if len(found) != high - low:
            raise Stopped(f"entries between {low} and {high} are gone from the database; restore it.")
        return found

    # --- 4 and 5: the checkpoint -------------------------------------------------------------------------------------

    def _publish(self, store: TileStore, log: _Log, head: Head) -> None:
        assert self._keys is not None
        partials = list(log.tail.partials())
        for tile, data in partials:
            store.write_tile(tile, data)
        checkpoint = Checkpoint(head.origin, head.size, head.root)
        note = sign_note(checkpoint.encode(), [self._keys.signer(head.origin)])
        if self._cosign is not None:
            reader = TileReader(lambda tile: store.tile(tile) or b"", head.size)
            note = add_signatures(
                note, self._cosign(note, checkpoint, lambda old: consistency_proof(old, head.size, reader.node))
            )
        store.write_checkpoint(note)
        self._signed.add(head.origin)
        sequencer.mark_published(self._database, head.number, head.size)
        log.note, log.size, log.published_at = note, head.size, time.monotonic()
        self._sweep(store, log, [tile for tile, _ in partials])

    def _sweep(self, store: TileStore, log: _Log, partials: list[Tile]) -> None:
        """Remove partial tiles that neither this checkpoint needs nor the one before, which readers may still hold."""
        for tile in log.outgrown:
            store.sweep_partials(tile)
        needed = frozenset(tile.path() for tile in partials)
        for tile in partials:
            store.sweep_partials(tile, needed | log.partials)
        log.partials, log.outgrown, log.filled = needed, log.filled, []

    # --- the log of logs ---------------------------------------------------------------------------------------------

    def _anchor(self, *, now: bool) -> bool:
        """Put roots that are due into the log of logs, and publish it."""
        every = 0 if now else self._settings.log_anchor_seconds
        logs = due(self._database, every, self._settings.log_heartbeat_seconds)
        head = sequencer.head(self._database, SUPER)
        if head is None and logs:
            head = sequencer.ensure_log(self._database, SUPER, self._origin(SUPER))
        if head is None or (not logs and head.published_size == head.size) or (self._rests(SUPER) and not now):
            return False
        if not self._guarded(SUPER, head, lambda: self._said(logs)):
            return False
        return self._attempt(SUPER, sequencer.head(self._database, SUPER), now=True)

    def _said(self, logs: Sequence[Anchored]) -> bool:
        """Append what these logs are to the log of logs, which must be the one that was promised."""
        above = sequencer.head(self._database, SUPER)
        assert above is not None
        check_origin(above)
        store = TileStore(log_folder(self._settings.data, SUPER))
        with store.locked():
            self._looked_at(store, above)
        said = [(each, self._published(each.head)) for each in logs]
        trusted = [
            (replace(each.head, published_size=checkpoint.size), super_entry(each, checkpoint))
            for each, checkpoint in said
            if checkpoint is not None
        ]
        sequencer.anchor(self._database, trusted)
        return True

    def _published(self, head: Head) -> Checkpoint | None:
        """The log's checkpoint, if the database agrees with it: what is signed is not true for that."""
        try:
            check_origin(head)
            store = TileStore(log_folder(self._settings.data, head.tenant_id))
            with store.locked():
                return self._promised(
                    head, self._looked_at(store, sequencer.head(self._database, head.tenant_id) or head).note
                )
        except Stopped:  # the next look at that log says so
            return None


def _behind(size: int, promised: int) -> str:
    return (
        f"the database holds {size} entries, but a checkpoint of {promised} was signed and published: an old backup "
        "was restored. Restore the newest database; nothing is signed until then."
    )
