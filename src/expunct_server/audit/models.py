"""The table of events. Written by `audit.recorder`, read by `trail`, touched by nothing else."""

from sqlalchemy import BigInteger, Index, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Base, Operational, RowNumber


class AuditEvent(Base):
    """One event as recorded. Append-only: triggers, and on PostgreSQL the application's role, refuse all else."""

    __tablename__ = "audit_event"
    __audit__ = Operational("the log itself; append-only by its own triggers and, on PostgreSQL, by role")

    # Order of recording. On PostgreSQL numbers are handed out at INSERT, not at COMMIT: a later number can become
    # visible first. It orders what is not sequenced yet and is never a cursor.
    position: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    id: Mapped[str] = mapped_column(String(40), unique=True)
    tenant_id: Mapped[str] = mapped_column(String(64))
    event_type: Mapped[str] = mapped_column(String(64))
    resource_type: Mapped[str] = mapped_column(String(32))
    resource_id: Mapped[str] = mapped_column(String(128))
    actor: Mapped[str] = mapped_column(String(128))
    actor_id: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    details: Mapped[str] = mapped_column(Text)  # canonical JSON: the event's metadata
    is_truncated: Mapped[bool] = mapped_column(default=False)
    schema_version: Mapped[int] = mapped_column(SmallInteger)
    request_id: Mapped[str | None] = mapped_column(String(64))
    ip_address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(256))
    created_at: Mapped[int] = mapped_column(BigInteger)  # microseconds since 1970
    unit: Mapped[int] = mapped_column(BigInteger)  # the transaction that recorded it, see db.guard

    __table_args__ = (
        UniqueConstraint("id", "resource_id"),  # what audited rows reference
        Index("ix_audit_event_order", "tenant_id", "position"),
        Index("ix_audit_event_type", "tenant_id", "event_type", "position", "resource_type", "actor"),
        Index("ix_audit_event_resource", "tenant_id", "resource_type", "resource_id", "position"),
        Index("ix_audit_event_actor", "tenant_id", "actor", "position", "event_type", "resource_type"),
        Index("ix_audit_event_time", "tenant_id", "created_at"),
        {"sqlite_autoincrement": True},
    )
