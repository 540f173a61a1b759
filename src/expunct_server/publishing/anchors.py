"""The log of logs: what each tenant's log was at a moment, so that no tenant can be shown a log of its own.

An entry is canonical JSON: `{"log", "root", "size", "time"}`. `log` is HMAC-SHA-256(blind, origin), the blind being 32
random bytes that the tenant gets with its proofs: everyone sees that some log had this root, and only who knows the
blind sees whose. Two entries of one log with the same size prove that nothing was added between their times.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from expunct_server import ids
from expunct_server.audit.codec import Json, canonical
from expunct_server.audit.models import SUPER, AuditLog
from expunct_server.db.session import Database
from expunct_server.publishing.sequencer import Head, head_of
from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.strict import base64_text


@dataclass(frozen=True, slots=True)
class Anchored:
    """A tenant's log and what hides its name."""

    head: Head
    blind: bytes


def blinded(blind: bytes, origin: str) -> str:
    """How the log with this origin is called in the log of logs: base64 of 32 bytes."""
    return base64_text(hmac.digest(blind, origin.encode(), "sha256"))


def blinded_name(database: Database, head: Head) -> str:
    """How this log is called in the log of logs."""
    with database.reading() as session:
        blind = session.scalars(select(AuditLog.blind).where(AuditLog.number == head.number)).one()
    return blinded(blind, head.origin)


def due(database: Database, every_seconds: int, heartbeat_seconds: int) -> Sequence[Anchored]:
    """Logs that grew since the log of logs last said something of them, and those that are due for a heartbeat."""
    now = ids.now()
    query = select(AuditLog).where(AuditLog.tenant_id != SUPER, AuditLog.published_size > 0).order_by(AuditLog.number)
    with database.reading() as session:
        return [
            Anchored(head_of(log), log.blind)
            for log in session.scalars(query)
            if log.anchored_at is None
            or log.anchored_at <= now - heartbeat_seconds * ids.SECOND
            or (log.published_size > log.anchored_size and log.anchored_at <= now - every_seconds * ids.SECOND)
        ]


def super_entry(log: Anchored, published: Checkpoint) -> str:
    """What to say of a log: its published checkpoint."""
    said: dict[str, Json] = {
        "log": blinded(log.blind, log.head.origin),
        "root": base64_text(published.root),
        "size": published.size,
        "time": ids.iso(ids.now()),
    }
    return canonical(said).decode()
