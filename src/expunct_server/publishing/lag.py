"""How far the log is behind what is recorded: for health and for operators."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.models import SUPER, AuditEntry, AuditEvent, AuditLog, AuditPending
from expunct_server.publishing import home, witness_status
from expunct_server.settings import Settings

LATE_SECONDS = 60  # beyond the interval of checkpoints: something keeps the workers from publishing
_COUNTED = 10_000  # counting more would make asking for health a burden
# When the first of the events that wait was recorded. By the join: a position that no event has hides none.
_OLDEST = (
    select(AuditEvent.created_at)
    .join(AuditPending, (AuditPending.position == AuditEvent.position))
    .where(AuditPending.tenant_id == AuditEvent.tenant_id)
    .order_by(AuditEvent.position)
    .limit(1)
)
# When the first entry that no checkpoint covers was recorded.
_UNPUBLISHED = (
    select(func.min(AuditEntry.created_at))
    .select_from(AuditLog)
    .join(AuditEntry, (AuditEntry.log == AuditLog.number) & (AuditEntry.seq == AuditLog.published_size))
    .where(AuditLog.size > AuditLog.published_size)
)
# When the log of logs told of the log that it has told of least lately. It does so even of one that does not grow.
_ANCHORED = select(func.min(func.coalesce(AuditLog.anchored_at, AuditLog.published_at))).where(
    AuditLog.tenant_id != SUPER, AuditLog.published_size > 0
)


def stopped(session: Session) -> dict[str, str]:
    """Tenants whose log is not signed any more, and why."""
    query = select(AuditLog.tenant_id, AuditLog.stopped).where(AuditLog.stopped.is_not(None))
    return {tenant_id: str(reason) for tenant_id, reason in session.execute(query)}


def late(session: Session, settings: Settings) -> str | None:
    """Why the log is not well though no log is stopped: something waits for its checkpoint for too long.

    So a key that is lost shows without anyone reading it here. None while all is well.
    """
    waits = [since for since in (session.scalar(_OLDEST), session.scalar(_UNPUBLISHED)) if since is not None]
    now = ids.now()
    seconds = (now - min(waits)) // ids.SECOND if waits else 0
    if seconds < -LATE_SECONDS:
        return "An event that waits was recorded with a time in the future, past the server. Run audit fsck."
    if seconds > LATE_SECONDS + settings.log_checkpoint_seconds:
        return f"An event waits for its checkpoint for {seconds} seconds. {_reason(session, settings)}"
    told = session.scalar(_ANCHORED)
    if told is not None and (now - told) // ids.SECOND > LATE_SECONDS + settings.log_heartbeat_seconds:
        return f"The log of logs has not told of every log for too long. {_reason(session, settings)}"
    return None


def _reason(session: Session, settings: Settings) -> str:
    """What the files show, without opening the key."""
    if not home.seen(session, settings).is_here:
        return (
            "The logs are published from another data folder: no worker runs on it, or it cannot publish, or is lost."
        )
    if not settings.log_key and not (settings.data / "keys" / "log.key").is_file():
        return "The file keys/log.key, which signs the log, is not there: restore it, or run keys rotate-log."
    return "No worker runs, or it cannot publish: its log says why (a key that cannot be read, a full disk)."


def lag(session: Session, settings: Settings) -> dict[str, Any]:
    """Events that wait for their index (exact to 10,000), entries without a checkpoint, what stopped or is late.

    All of it is judged from the database, the same on each machine. `home`: whether this process's data folder is the
    one that publishes, and since when there is one; what witnesses said is known there alone.
    """
    waiting = select(AuditPending.position).limit(_COUNTED).subquery()
    since = session.scalar(_OLDEST)
    where = home.seen(session, settings)
    unpublished = select(func.coalesce(func.sum(AuditLog.size - AuditLog.published_size), 0))
    return {
        "unsequenced": session.scalar(select(func.count()).select_from(waiting)),
        "unpublished": int(session.scalar(unpublished) or 0),
        "sequencer_lag_seconds": 0.0 if since is None else max(0, ids.now() - since) / ids.SECOND,
        "stopped": stopped(session),
        "late": late(session, settings),
        "home": {"is_here": where.is_here, "since": None if where.since is None else ids.iso(where.since)},
        "witnesses": witness_status.status(settings) if where.is_here else None,
    }
