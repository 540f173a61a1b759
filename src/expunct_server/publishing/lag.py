"""How far the log is behind what is recorded: for health and for operators."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.models import AuditEvent, AuditLog, AuditPending

_COUNTED = 10_000  # counting more would make asking for health a burden


def stopped(session: Session) -> dict[str, str]:
    """Tenants whose log is not signed any more, and why."""
    query = select(AuditLog.tenant_id, AuditLog.stopped).where(AuditLog.stopped.is_not(None))
    return {tenant_id: str(reason) for tenant_id, reason in session.execute(query)}


def lag(session: Session) -> dict[str, Any]:
    """Events that wait for their index (exact to 10,000), entries that wait for a checkpoint, logs that stopped."""
    waiting = select(AuditPending.position).limit(_COUNTED).subquery()
    oldest = (
        select(func.min(AuditEvent.created_at))
        .join(AuditPending, AuditPending.position == AuditEvent.position)
        .where(AuditPending.position == select(func.min(AuditPending.position)).scalar_subquery())
    )
    since = session.scalar(oldest)
    unpublished = select(func.coalesce(func.sum(AuditLog.size - AuditLog.published_size), 0))
    return {
        "unsequenced": session.scalar(select(func.count()).select_from(waiting)),
        "unpublished": int(session.scalar(unpublished) or 0),
        "sequencer_lag_seconds": 0.0 if since is None else max(0, ids.now() - since) / ids.SECOND,
        "stopped": stopped(session),
    }
