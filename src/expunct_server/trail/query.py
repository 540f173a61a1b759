"""Finding events.

The statement is built from the filters that are there: `(:x IS NULL OR col = :x)` defeats indexes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.models import AuditEvent
from expunct_server.errors import NotFound

_E = AuditEvent.__table__.c
# In the order that `Found` unpacks.
_COLUMNS = (
    _E.id,
    _E.event_type,
    _E.resource_type,
    _E.resource_id,
    _E.actor,
    _E.details,
    _E.tenant_id,
    _E.created_at,
    _E.request_id,
    _E.ip_address,
    _E.user_agent,
    _E.actor_id,
    _E.outcome,
    _E.schema_version,
    _E.is_truncated,
)
Found = Any  # a row of _COLUMNS


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events of one tenant. `since <= created_at < until`, in microseconds, exactly."""

    tenant_id: str
    event_type: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    actor: str | None = None
    since: ids.Micros | None = None
    until: ids.Micros | None = None


def newest(session: Session, which: Filter, *, limit: int, offset: int) -> Sequence[Found]:
    """Events newest first, by the log's order: what is recorded and not yet sequenced, in the order of recording."""
    query = _where(select(*_COLUMNS), which).order_by(_E.position.desc()).limit(limit).offset(offset)
    return session.connection().execute(query).all()


def count(session: Session, which: Filter) -> int:
    """How many events there are, exactly."""
    return session.scalar(_where(select(func.count()).select_from(AuditEvent.__table__), which)) or 0


def get(session: Session, tenant_id: str, event_id: str) -> Found:
    """One event of the tenant. Raises `NotFound`."""
    query = select(*_COLUMNS).where(_E.id == event_id, _E.tenant_id == tenant_id)
    found = session.connection().execute(query).one_or_none()
    if found is None:
        raise NotFound("There is no such audit event.")
    return found


def find(session: Session, event_id: str) -> Found | None:
    """One event of any tenant: for the operator at the machine, never for a caller."""
    return session.connection().execute(select(*_COLUMNS).where(_E.id == event_id)).one_or_none()


def _where(query: Select[Any], which: Filter) -> Select[Any]:
    query = query.where(_E.tenant_id == which.tenant_id)
    for column, value in (
        (_E.event_type, which.event_type),
        (_E.resource_type, which.resource_type),
        (_E.resource_id, which.resource_id),
        (_E.actor, which.actor),
    ):
        if value is not None:
            query = query.where(column == value)
    if which.since is not None:
        query = query.where(_E.created_at >= which.since)
    if which.until is not None:
        query = query.where(_E.created_at < which.until)
    return query
