"""Destroys values of events and the salts of their commitments, so that nothing can be told from the leaves any more.

What stays is the commitment itself, which the leaf needs: the tree and every proof verify as before. The database's
own rules (migration 0002) let nothing else pass: values only to their empty form, only with an `audit.erased` event of
the same transaction in the same tenant's log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.entry import ERASED, PARTS, without
from expunct_server.audit.models import AuditEntry, AuditEvent
from expunct_server.audit.recorder import Recorded
from expunct_server.audit.stored import COLUMNS, Stored, commitments_of, openings_of, stored

_READ = 500
_EMPTY: dict[str, dict[str, Any]] = {
    "actor": {"actor": ERASED, "actor_id": ERASED},
    "client": {"ip_address": None, "user_agent": None},
    "metadata": {"details": "{}"},
}


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


def matching(session: Session, tenant_id: str, which: Criteria, limit: int) -> list[int]:
    """Positions of up to `limit` events, the oldest first. Where no id is given it reads all of the tenant's events."""
    conditions = [AuditEvent.tenant_id == tenant_id]
    if which.event_ids:
        conditions.append(AuditEvent.id.in_(which.event_ids))
    if which.before is not None:
        conditions.append(AuditEvent.created_at < which.before)
    for name in ("resource_id", "actor", "ip_address"):
        if (value := getattr(which, name)) is not None:
            conditions.append(getattr(AuditEvent, name) == value)
    query = select(AuditEvent.position).where(*conditions).order_by(AuditEvent.position).limit(limit)
    return list(session.scalars(query))


def resources(session: Session, positions: Sequence[int], resource_type: str) -> list[str]:
    """The resources of this type that the events at these positions tell of."""
    found: set[str] = set()
    for start in range(0, len(positions), _READ):
        some = AuditEvent.position.in_(positions[start : start + _READ])
        query = select(AuditEvent.resource_id).where(some, AuditEvent.resource_type == resource_type)
        found.update(session.scalars(query))
    return sorted(found)


def erase(session: Session, positions: Sequence[int], parts: frozenset[str], by: Recorded) -> list[Stored]:
    """Destroy these parts of the events at `positions`; gives those that still had some of them, as they were.

    `by` is the `audit.erased` event that was just recorded in the same unit of work.
    """
    changed: list[Stored] = []
    for start in range(0, len(positions), _READ):
        some = select(*COLUMNS).where(AuditEvent.position.in_(positions[start : start + _READ]))
        for event in stored(session.execute(some.order_by(AuditEvent.position))):
            if openings_of(event).keys() & parts:
                _erase(session, event, parts, by)
                changed.append(event)
    return changed


def _erase(session: Session, event: Stored, parts: frozenset[str], by: Recorded) -> None:
    commitments = commitments_of(event)
    salt = without(event.salt or b"", parts)
    values: dict[str, Any] = {
        "salt": salt if any(salt) else None,
        "commitments": b"".join(commitments[part] for part in PARTS),
        "erased_by": by.id,
    }
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # whose application's role may not update events
        connection.execute(_ERASE_ON_POSTGRESQL, values | {"position": event.position, "parts": sorted(parts)})
        return
    for part in parts:
        values |= _EMPTY[part]
    connection.execute(update(AuditEvent).where(AuditEvent.position == event.position).values(values))
    if "actor" in parts:
        connection.execute(_FORGET_ACTOR, {"at": event.position})


_FORGET_ACTOR = update(AuditEntry).where(AuditEntry.position == bindparam("at")).values(actor=None)
_ERASE_ON_POSTGRESQL = text("SELECT audit_erase(:position, :parts, :salt, :commitments, :erased_by)")
