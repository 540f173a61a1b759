"""Which events an erasure is about: found without a lock, confirmed under it.

`candidates` may have to look at many events, so it runs before the unit of work and holds no lock: by the indices of
`audit_entry` where a resource or an actor is named, else through the tenant's log in pieces. `confirmed` reads those
few again, by their positions, in the unit of work that erases them: what counts is what it sees.

Events that tell of an erasure are never chosen: who destroyed what, and why, stays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import AuditErased
from expunct_server.audit.entry import COMMITMENT_SIZE, ERASED, PARTS, SALT_SIZE
from expunct_server.audit.models import AuditEntry, AuditEvent, AuditLog, AuditPending, key_of
from expunct_server.db.session import Database

_PIECE: Final = 10_000  # events of a log that are looked at in one transaction
_READ: Final = 500
_GONE: Final = bytes(COMMITMENT_SIZE)


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which events of a tenant: all that match everything that is given."""

    event_ids: tuple[str, ...] = ()
    resource_id: str | None = None
    actor: str | None = None
    ip_address: str | None = None
    before: ids.Micros | None = None

    @property
    def names(self) -> list[str]:
        """The criteria that are given, never their values."""
        return [name for name in self.__slots__ if getattr(self, name) not in (None, ())]


def named(session: Session, tenant_id: str, event_ids: Sequence[str]) -> dict[str, str]:
    """The types of those of these events that the tenant has, by their ids."""
    found: dict[str, str] = {}
    for start in range(0, len(event_ids), _READ):
        some = AuditEvent.id.in_(event_ids[start : start + _READ])
        query = select(AuditEvent.id, AuditEvent.event_type).where(AuditEvent.tenant_id == tenant_id, some)
        found.update((event_id, event_type) for event_id, event_type in session.execute(query))
    return found


def ever_recorded(session: Session, event_types: Sequence[str]) -> bool:
    """Whether there is any event of these types, of any tenant. It may look at all events: nothing for a request."""
    query = select(AuditEvent.id).where(AuditEvent.event_type.in_(event_types)).limit(1)
    return session.execute(query).first() is not None


def candidates(
    database: Database, tenant_id: str, which: Criteria, parts: frozenset[str], limit: int, piece: int = _PIECE
) -> list[int]:
    """Positions of up to `limit` events that match and still have one of these parts, in ascending order.

    They are of all events that are recorded when this is called. Which of them, where there are more, is not said.
    """
    found: set[int] = set()
    for some in _found(database, tenant_id, which, parts, limit, piece):
        found.update(some)
        if len(found) >= limit:
            break
    return sorted(found)[:limit]


def confirmed(
    session: Session, tenant_id: str, which: Criteria, parts: frozenset[str], positions: Sequence[int]
) -> list[int]:
    """Those of these positions whose events match now, in the order given."""
    matching: set[int] = set()
    for start in range(0, len(positions), _READ):
        some = AuditEvent.position.in_(positions[start : start + _READ])
        matching.update(session.scalars(select(AuditEvent.position).where(some, *_matches(tenant_id, which, parts))))
    return [position for position in positions if position in matching]


def _found(
    database: Database, tenant_id: str, which: Criteria, parts: frozenset[str], limit: int, piece: int
) -> Iterator[list[int]]:
    matches = _matches(tenant_id, which, parts)
    if which.event_ids:
        with database.reading() as session:
            yield list(session.scalars(select(AuditEvent.position).where(*matches).limit(limit)))
        return
    event = AuditEvent.position
    waiting = select(event).join(AuditPending, AuditPending.position == event).where(*matches)
    placed = select(event).join(AuditEntry, AuditEntry.position == event).where(*matches)
    # First what waits: an event that gets its place meanwhile is then met twice, and never missed.
    with database.reading() as session:
        yield list(session.scalars(waiting.where(AuditPending.tenant_id == tenant_id).limit(limit)))
        log = session.scalar(select(AuditLog.number).where(AuditLog.tenant_id == tenant_id))
    if log is None:
        return
    indexed = _indexed(which)
    if indexed:
        with database.reading() as session:
            yield list(session.scalars(placed.where(AuditEntry.log == log, *indexed).limit(limit)))
        return
    dated = [] if which.before is None else [AuditEntry.created_at < which.before]  # asked before the event is fetched
    for low, high in _pieces(database, log, piece):
        within = (AuditEntry.log == log, AuditEntry.seq >= low, AuditEntry.seq < high)
        with database.reading() as session:
            yield list(session.scalars(placed.where(*within, *dated).limit(limit)))


def _pieces(database: Database, log: int, piece: int) -> Iterator[tuple[int, int]]:
    """Ranges of indices until there are no more; what is added meanwhile may be among them."""
    low = 0
    while True:
        with database.reading() as session:
            size = session.scalar(select(AuditLog.size).where(AuditLog.number == log)) or 0
        if low >= size:
            return
        yield low, low + piece
        low += piece


def _indexed(which: Criteria) -> list[ColumnElement[bool]]:
    """What an index of `audit_entry` knows. Two texts can have one key: `_matches` compares the texts."""
    if which.resource_id is not None:
        return [AuditEntry.resource == key_of(which.resource_id)]
    if which.actor == ERASED:  # the actor's key went with the actor; somebody may be called so all the same
        return [or_(AuditEntry.actor.is_(None), AuditEntry.actor == key_of(ERASED))]
    return [] if which.actor is None else [AuditEntry.actor == key_of(which.actor)]


def _matches(tenant_id: str, which: Criteria, parts: frozenset[str]) -> list[ColumnElement[bool]]:
    matches: list[ColumnElement[bool]] = [
        AuditEvent.tenant_id == tenant_id,
        AuditEvent.event_type != AuditErased.event_type,
        _holds(parts),
    ]
    if which.event_ids:
        matches.append(AuditEvent.id.in_(which.event_ids))
    if which.before is not None:
        matches.append(AuditEvent.created_at < which.before)
    for name in ("resource_id", "actor", "ip_address"):
        if (value := getattr(which, name)) is not None:
            matches.append(getattr(AuditEvent, name) == value)
    return matches


def _holds(parts: frozenset[str]) -> ColumnElement[bool]:
    """The event still has the salt of one of these parts (see `entry.part_salts`)."""
    salt: Any = AuditEvent.salt
    left = [
        func.substr(salt, place * COMMITMENT_SIZE + 1, COMMITMENT_SIZE) != _GONE
        for place, part in enumerate(PARTS)
        if part in parts
    ]
    return or_(func.length(salt) == SALT_SIZE, *left)
