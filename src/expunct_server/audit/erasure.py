"""Destroys values of events and the salts of their commitments, so that nothing can be told from the leaves any more.

What stays is the commitment itself, which the leaf needs: the tree and every proof verify as before. The database's
own rules (migration 0002) let nothing else pass: values only to their empty form, only with their salts, only with the
commitments that the database makes of them again, only with an `audit.erased` event of the same transaction in the same
tenant's log, and never of such an event. Which events: `selection`.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from expunct_server.audit.entry import ERASED, PARTS, without
from expunct_server.audit.models import NEW_LOG, AuditEntry, AuditEvent, AuditLog
from expunct_server.audit.recorder import Recorded
from expunct_server.audit.stored import COLUMNS, Stored, commitments_of, openings_of, stored

_READ = 500
_EMPTY: dict[str, dict[str, Any]] = {
    "actor": {"actor": ERASED, "actor_id": ERASED},
    "client": {"ip_address": None, "user_agent": None},
    "metadata": {"details": "{}"},
}


def resources(session: Session, positions: Sequence[int], resource_type: str) -> list[str]:
    """The resources of this type that the events at these positions tell of."""
    found: set[str] = set()
    for start in range(0, len(positions), _READ):
        some = AuditEvent.position.in_(positions[start : start + _READ])
        query = select(AuditEvent.resource_id).where(some, AuditEvent.resource_type == resource_type)
        found.update(session.scalars(query))
    return sorted(found)


def includes(session: Session, positions: Sequence[int], event_ids: Sequence[str]) -> bool:
    """Whether one of these events is at one of these positions."""
    query = select(AuditEvent.position).where(AuditEvent.id.in_(event_ids))
    return not set(positions).isdisjoint(session.scalars(query))


def erase(session: Session, positions: Sequence[int], parts: frozenset[str], by: Recorded) -> list[Stored]:
    """Destroy these parts of the events at `positions`; gives those that still had some of them, as they were.

    `by` is the `audit.erased` event that was just recorded in the same unit of work.
    """
    _hold_log(session, by)
    changed: list[Stored] = []
    for start in range(0, len(positions), _READ):
        some = select(*COLUMNS).where(AuditEvent.position.in_(positions[start : start + _READ]))
        for event in stored(session.execute(some.order_by(AuditEvent.position))):
            if _erase(session, event, parts, by):
                changed.append(event)
    return changed


def _hold_log(session: Session, by: Recorded) -> None:
    """Until this commits nobody gives this tenant's events their places: an entry would keep the actor's key.

    The sequencer holds the log while it writes entries. Where there is none yet, none is made meanwhile.
    """
    connection = session.connection()
    if connection.execute(_HOLD_LOG, {"by": by.id}).first() is None and connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(NEW_LOG)))
        connection.execute(_HOLD_LOG, {"by": by.id})  # or one was made until just now


def _erase(session: Session, event: Stored, parts: frozenset[str], by: Recorded) -> bool:
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # whose application's role may not update events
        values = {"at": event.position, "parts": sorted(parts), "by": by.id}
        return bool(connection.scalar(_ERASE_ON_POSTGRESQL, values))
    if not openings_of(event).keys() & parts:
        return False
    salt, commitments = without(event.salt or b"", parts), commitments_of(event)
    left: dict[str, Any] = {
        "salt": salt if any(salt) else None,
        "commitments": b"".join(commitments[part] for part in PARTS),
    }
    for part in parts:
        left |= _EMPTY[part]
    connection.execute(
        update(AuditEvent).where(AuditEvent.position == event.position).values(left | {"erased_by": by.id})
    )
    if "actor" in parts:
        connection.execute(_FORGET_ACTOR, {"at": event.position})
    return True


_OF = select(AuditEvent.tenant_id).where(AuditEvent.id == bindparam("by")).scalar_subquery()
_HOLD_LOG = select(AuditLog.number).where(AuditLog.tenant_id == _OF).with_for_update()
_FORGET_ACTOR = update(AuditEntry).where(AuditEntry.position == bindparam("at")).values(actor=None)
_ERASE_ON_POSTGRESQL = text("SELECT audit_erase(:at, :parts, :by)")
