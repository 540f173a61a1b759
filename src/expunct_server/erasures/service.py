"""Carries out an erasure: which events, what of them, and the copies that jobs keep."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import AuditErased
from expunct_server.audit.erasure import Criteria, erase, matching
from expunct_server.audit.recorder import Recorded, Unit
from expunct_server.errors import NotFound
from expunct_server.jobs import forgetting

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


def carry_out(unit: Unit, which: Criteria, parts: frozenset[str], reason: str) -> Erasure:
    """Record the erasure, destroy these parts of the events that match and of the jobs that they tell of.

    Raises `NotFound` when an event that was named is not there, `Conflict` while one of those jobs has not ended: it
    still needs what would be destroyed.
    """
    positions, more = _chosen(unit.session, unit.actor.tenant_id, which)
    job_ids = forgetting.concerned(unit.session, unit.actor.tenant_id, positions)
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
    return Erasure(erasure_id, event, len(changed), len(job_ids), more, keys)


def _chosen(session: Session, tenant_id: str, which: Criteria) -> tuple[list[int], bool]:
    positions = matching(session, tenant_id, which, MOST_EVENTS + 1)
    if which.names == ["event_ids"] and len(positions) < len(set(which.event_ids)):
        raise NotFound("One of the events does not exist in this tenant; nothing was erased.")
    return positions[:MOST_EVENTS], len(positions) > MOST_EVENTS
