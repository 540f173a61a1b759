"""Gives committed events their place in their tenant's log, for good.

An event is **recorded** when its unit of work commits; a trigger has put it among those that wait (`audit_pending`).
`sequence` takes waiting events in the order of their positions, makes their entries, and in one transaction gives them
the next indices, grows the Merkle tree's frontier and takes them off the waiting list. Only committed events can be
seen waiting, so indices are dense whatever was rolled back, and an event that commits late simply gets a later index:
it is never skipped.

One at a time for each log: the transaction holds the log's row (PostgreSQL) or the database's write lock (SQLite), and
the new size is written only over the size that was read.

Besides `audit.recorder` this is the one place that opens a writable session: for the log's own state, never for events.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from expunct_server import ids
from expunct_server.audit.entry import ERASED
from expunct_server.audit.models import (
    NEW_LOG,
    SUPER,
    AuditEntry,
    AuditEvent,
    AuditLog,
    AuditMark,
    AuditPending,
    AuditRoot,
    key_of,
)
from expunct_server.audit.models import AuditType as Type
from expunct_server.audit.stored import COLUMNS, Stored, entry_of, stored
from expunct_server.db.log_rules import NEW_TYPE
from expunct_server.db.session import Database
from expunct_server.tlog.merkle import EMPTY_ROOT, Frontier, leaf_hash

BATCH = 2000  # events in one transaction: a tenth of a second of the write lock
MARK_EVERY = 256


@dataclass(frozen=True, slots=True)
class Head:
    """A log as it stands in the database."""

    number: int
    tenant_id: str
    origin: str
    size: int
    root: bytes
    published_size: int
    stopped: str | None


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What one step added: `entries` have the indices from `start` to `size`."""

    head: Head
    start: int
    entries: Sequence[bytes]


def waiting(database: Database) -> list[str]:
    """Tenants with events that have no index yet."""
    least = select(func.min(AuditPending.tenant_id).label("tenant_id")).cte("waiting", recursive=True)
    following = (
        select(func.min(AuditPending.tenant_id))
        .where(AuditPending.tenant_id > least.c.tenant_id)
        .correlate(least)
        .scalar_subquery()
    )
    tenants = least.union_all(select(following).where(least.c.tenant_id.is_not(None)))
    with database.reading() as session:
        found = session.scalars(select(tenants.c.tenant_id).where(tenants.c.tenant_id.is_not(None)))
        return [str(each) for each in found]


def head(database: Database, tenant_id: str) -> Head | None:
    """The tenant's log as it stands; None before its first event has an index."""
    with database.reading() as session:
        found = session.scalars(select(AuditLog).where(AuditLog.tenant_id == tenant_id)).one_or_none()
        return None if found is None else head_of(found)


def heads(database: Database) -> list[Head]:
    """Every log, the log of logs among them."""
    with database.reading() as session:
        return [head_of(each) for each in session.scalars(select(AuditLog).order_by(AuditLog.number))]


def head_of(log: AuditLog) -> Head:
    """A row of `audit_log` as a value."""
    return Head(log.number, log.tenant_id, log.origin, log.size, log.root, log.published_size, log.stopped)


def ensure_log(database: Database, tenant_id: str, origin: str) -> Head:
    """The tenant's log, made when there is none: from then on its origin is the one given."""
    found = head(database, tenant_id)
    if found is not None:
        return found
    with database.begin() as session:
        connection = session.connection()
        if database.dialect == "postgresql":  # two processes may come here at once
            connection.execute(select(func.pg_advisory_xact_lock(NEW_LOG)))
        if connection.execute(select(AuditLog.number).where(AuditLog.tenant_id == tenant_id)).first() is None:
            fresh: dict[str, Any] = {"size": 0, "root": EMPTY_ROOT, "peaks": b"", "latest": 0, "regress": 0}
            fresh |= {"published_size": 0, "anchored_size": 0, "blind": secrets.token_bytes(32)}
            connection.execute(insert(AuditLog), fresh | {"tenant_id": tenant_id, "origin": origin})
    made = head(database, tenant_id)
    assert made is not None
    return made


def sequence(database: Database, tenant_id: str, limit: int = BATCH) -> Sequenced | None:
    """Give up to `limit` waiting events of the tenant their indices; None when there are none.

    Raises `Unavailable` when the database cannot just now: then nothing was changed.
    """
    while True:
        events, entries = _made(database, tenant_id, limit)
        if not events:
            return None
        if (step := _given(database, tenant_id, events, entries)) is not None:
            return step


def _given(database: Database, tenant_id: str, events: Sequence[Stored], entries: Sequence[bytes]) -> Sequenced | None:
    """Give those of these events that still wait their indices; None when another process was first with all."""
    with database.begin(alone=True) as session:
        connection = session.connection()
        log = _locked(connection, tenant_id)
        waiting, erased = _standing(connection, tenant_id, events)
        kept = [place for place, each in enumerate(events) if each.position in waiting]
        if not kept:
            return None
        events, entries = [events[place] for place in kept], [entries[place] for place in kept]
        frontier = Frontier.decode(log.size, log.peaks)
        frontier.extend(map(leaf_hash, entries))
        latest, regress, marks = _bounds(log, events)
        _change(connection, log, frontier, {"latest": latest, "regress": regress})  # first: places lie below the size
        _place(connection, log, events, erased, marks)
        _take_off(connection, tenant_id, [each.position for each in events])
        return Sequenced(_grown(log, frontier), log.size, entries)


def _made(database: Database, tenant_id: str, limit: int) -> tuple[list[Stored], list[bytes]]:
    """Up to `limit` waiting events and their entries: most of the work, done before anyone is kept from writing.

    That is safe because an entry never changes: events are only ever erased, and that leaves the same entry.
    """
    pending = select(AuditPending.position).where(AuditPending.tenant_id == tenant_id)
    oldest = pending.order_by(AuditPending.position).limit(limit).subquery()
    rows = select(*COLUMNS).join(oldest, oldest.c.position == AuditEvent.position).order_by(AuditEvent.position)
    with database.reading() as session:
        events = stored(session.execute(rows.where(AuditEvent.tenant_id == tenant_id)))
    return events, [entry_of(each) for each in events]


def _standing(connection: Connection, tenant_id: str, events: Sequence[Stored]) -> tuple[set[int], set[int]]:
    """Of these events, as it is now that the log is held: which positions wait, and whose actor was erased."""
    first, last = events[0].position, events[-1].position
    pending = select(AuditPending.position).where(
        AuditPending.tenant_id == tenant_id, AuditPending.position.between(first, last)
    )
    erased = select(AuditEvent.position).where(
        AuditEvent.position.between(first, last), AuditEvent.erased_by.is_not(None), AuditEvent.actor == ERASED
    )
    return set(connection.scalars(pending)), set(connection.scalars(erased))


def anchor(database: Database, entries: Sequence[tuple[Head, str]]) -> Sequenced | None:
    """Append entries about tenants' logs to the log of logs; each is the canonical JSON of what is said of that log."""
    now = ids.now()
    with database.begin() as session:
        connection = session.connection()
        log = _locked(connection, SUPER)
        # Another process may have said something newer meanwhile: what this log says of another never goes back.
        known = {
            row.number: row.anchored_size for row in connection.execute(select(_LOG.c.number, _LOG.c.anchored_size))
        }
        entries = [each for each in entries if each[0].published_size >= known[each[0].number]]
        if not entries:
            return None
        frontier = Frontier.decode(log.size, log.peaks)
        leaves = [said.encode() for _, said in entries]
        rows = [
            {"seq": log.size + place, "log": about.number, "size": about.published_size, "entry": said}
            for place, (about, said) in enumerate(entries)
        ]
        connection.execute(insert(AuditRoot), [each | {"created_at": now} for each in rows])
        frontier.extend(map(leaf_hash, leaves))
        _change(connection, log, frontier, {})
        for about, _ in entries:
            said_of = update(AuditLog).where(AuditLog.number == about.number)
            connection.execute(said_of.values(anchored_size=about.published_size, anchored_at=now))
        return Sequenced(_grown(log, frontier), log.size, leaves)


def entries(database: Database, log: Head, low: int, high: int) -> list[bytes]:
    """The bytes of the entries from `low` to `high`, made from the stored events; of the log of logs, as stored."""
    with database.reading() as session:
        if log.tenant_id == SUPER:
            said = select(AuditRoot.entry).where(AuditRoot.seq >= low, AuditRoot.seq < high).order_by(AuditRoot.seq)
            return [each.encode() for each in session.scalars(said)]
        rows = select(*COLUMNS).join(AuditEntry, AuditEntry.position == AuditEvent.position)
        bounds = (AuditEntry.log == log.number, AuditEntry.seq >= low, AuditEntry.seq < high)
        own = AuditEvent.tenant_id == log.tenant_id  # another tenant's event is none of this log's
        return [entry_of(each) for each in stored(session.execute(rows.where(*bounds, own).order_by(AuditEntry.seq)))]


def mark_published(database: Database, number: int, size: int) -> None:
    """A signed checkpoint of `size` can be fetched."""
    with database.begin() as session:
        forward = update(AuditLog).where(AuditLog.number == number, AuditLog.published_size <= size)
        session.connection().execute(forward.values(published_size=size, published_at=ids.now()))


def mark_stopped(database: Database, number: int, reason: str | None) -> None:
    """Nothing of this log is sequenced or signed any more, for this reason; None: it goes on."""
    with database.begin() as session:
        reason = None if reason is None else reason[:_REASON_LENGTH]  # several witnesses can have much to say
        changed = update(AuditLog).where(AuditLog.number == number).values(stopped=reason)
        session.connection().execute(changed)


_REASON_LENGTH = 500
_LOG = AuditLog.__table__


def _locked(connection: Connection, tenant_id: str) -> Row[Any]:
    """The log's row, held until the transaction ends: SQLite's write lock does that there."""
    return connection.execute(select(_LOG).where(_LOG.c.tenant_id == tenant_id).with_for_update()).one()


def _bounds(log: Row[Any], events: Sequence[Stored]) -> tuple[int, int, list[dict[str, int]]]:
    """The log's `latest` and `regress` once these events follow, and the marks that fall due."""
    latest, regress, marks = log.latest, log.regress, []
    for seq, event in enumerate(events, log.size):
        if seq % MARK_EVERY == 0:
            marks.append({"log": log.number, "number": seq // MARK_EVERY, "latest": latest})
        regress = max(regress, latest - event.created_at)
        latest = max(latest, event.created_at)
    return latest, regress, marks


def _place(
    connection: Connection, log: Row[Any], events: Sequence[Stored], erased: set[int], marks: list[dict[str, int]]
) -> None:
    """Write the events' places, without an actor for the positions `erased`, and the marks."""
    types = _type_numbers(connection, {(each.event_type, each.resource_type) for each in events})
    places = [
        {
            "log": log.number,
            "seq": seq,
            "position": event.position,
            "event_type": types[event.event_type, event.resource_type],
            "actor": None if event.position in erased else key_of(event.actor),
            "resource": key_of(event.resource_id),
            "created_at": event.created_at,
        }
        for seq, event in enumerate(events, log.size)
    ]
    connection.execute(insert(AuditEntry), places)
    if marks:
        connection.execute(insert(AuditMark), marks)


def _type_numbers(connection: Connection, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    known = _known_types(connection)
    if wanted <= known.keys():
        return known
    if connection.dialect.name == "postgresql":  # another log's sequencer may need the same new number
        connection.execute(select(func.pg_advisory_xact_lock(NEW_TYPE)))
        known = _known_types(connection)
    for number, pair in enumerate(sorted(wanted - known.keys()), max(known.values(), default=0) + 1):
        connection.execute(insert(Type), {"number": number, "event_type": pair[0], "resource_type": pair[1]})
        known[pair] = number
    return known


def _known_types(connection: Connection) -> dict[tuple[str, str], int]:
    rows = connection.execute(select(Type.event_type, Type.resource_type, Type.number))
    return {(event_type, resource_type): number for event_type, resource_type, number in rows}


def _take_off(connection: Connection, tenant_id: str, positions: Sequence[int]) -> None:
    gone = delete(AuditPending).where(AuditPending.tenant_id == tenant_id)
    if connection.dialect.name == "postgresql":
        connection.execute(gone.where(AuditPending.position.in_(positions)))
    else:  # every waiting event up to the last of these was taken: one writer at a time, and positions only rise
        connection.execute(gone.where(AuditPending.position <= positions[-1]))


def _change(connection: Connection, log: Row[Any], frontier: Frontier, values: dict[str, Any]) -> None:
    grown: dict[str, Any] = {"size": frontier.size, "root": frontier.root(), "peaks": frontier.encode()} | values
    unchanged = update(AuditLog).where(AuditLog.number == log.number, AuditLog.size == log.size)
    if connection.execute(unchanged.values(grown)).rowcount != 1:
        raise RuntimeError("two sequencers are at one log; nothing was changed")


def _grown(log: Row[Any], frontier: Frontier) -> Head:
    root, published = frontier.root(), log.published_size
    return Head(log.number, log.tenant_id, log.origin, frontier.size, root, published, log.stopped)
