"""Carries out an erasure: which events, what of them, and the copies that jobs keep."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import AuditErased
from expunct_server.audit.erasure import erase, includes
from expunct_server.audit.recorder import Recorded, Unit
from expunct_server.audit.selection import Criteria, candidates, confirmed, named
from expunct_server.connectors import runs
from expunct_server.db.session import Database
from expunct_server.errors import Conflict, NotFound
from expunct_server.jobs import forgetting
from expunct_server.tenants import idempotency

MOST_EVENTS = 10_000  # of one request: more would hold the database's write lock for too long


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was done. `more`: there are more events than one request may erase; ask again."""

    id: str
    event: Recorded
    event_count: int
    job_count: int
    more: bool
    result_keys: list[str]  # results to remove from the store once this is committed


def look_for(database: Database, tenant_id: str, which: Criteria, parts: frozenset[str]) -> list[int]:
    """Positions of the events that an erasure may be about, for `carry_out`: found before the unit of work begins.

    Where neither ids nor a resource nor an actor is given it looks at all of the tenant's events, in pieces.
    """
    return candidates(database, tenant_id, which, parts, MOST_EVENTS + 1)


def carry_out(unit: Unit, which: Criteria, parts: frozenset[str], reason: str, found: Sequence[int]) -> Erasure:
    """Record the erasure; destroy these parts of the events at `found` that match, and what repeats them.

    That is what the jobs keep that the events tell of, and the answers to requests with an Idempotency-Key.
    Raises `NotFound` when an event that was named is not there; `Conflict` when one tells of an erasure itself, and
    while one of the jobs, or a sync that began by one of the events, has not ended: it still needs what would be
    destroyed.
    """
    tenant_id = unit.actor.tenant_id
    _check_named(unit.session, tenant_id, which)
    chosen = confirmed(unit.session, tenant_id, which, parts, found)
    positions, more = chosen[:MOST_EVENTS], len(chosen) > MOST_EVENTS
    if includes(unit.session, positions, runs.open_events(unit.session, tenant_id)):
        raise Conflict(
            "One of these events began a sync that has not ended. Cancel it or wait; nothing was erased.",
            code="sync_not_ended",
        )
    job_ids = forgetting.concerned(unit.session, tenant_id, positions, parts)
    erasure_id = ids.new("ers")
    event = unit.record(
        AuditErased(
            parts=sorted(parts),
            selected_by=which.names,
            event_count=len(positions),
            job_count=len(job_ids),
            reason=reason,
        ),
        resource_id=erasure_id,
    )
    changed = erase(unit.session, positions, parts, event)
    keys = [key for job_id in job_ids for key in forgetting.forget(unit, job_id, parts, erasure_id)]
    idempotency.forget_answers(unit)
    return Erasure(erasure_id, event, len(changed), len(job_ids), more, keys)


def _check_named(session: Session, tenant_id: str, which: Criteria) -> None:
    types = named(session, tenant_id, which.event_ids)
    if types.keys() != set(which.event_ids):
        raise NotFound("One of the events does not exist in this tenant; nothing was erased.")
    if AuditErased.event_type in types.values():
        raise Conflict(
            "One of the events tells of an erasure. Who destroyed what stays; nothing was erased.",
            code="erasure_stays",
        )
