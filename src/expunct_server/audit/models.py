"""The tables of the log. Written by this room alone; `trail` reads them."""

import hashlib

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, SmallInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Base, Operational, RowNumber

SUPER = "*"  # stands for a tenant in the row of the log of logs; no tenant can be called this
NEW_LOG = 0x65787071  # PostgreSQL: the lock of who makes a tenant's log, or must know that nobody does; any number


def key_of(text: str) -> int:
    """The 64-bit number that stands for an actor's label or a resource's id in the indices of `audit_entry`."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], signed=True)


class AuditEvent(Base):
    """One event as recorded. Append-only by triggers and, on PostgreSQL, by the application's role; but an erasure."""

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
    # What an erasure destroys: actor, actor_id, ip_address, user_agent, details, and of the salt what belongs to them.
    # It leaves the commitments, so that the leaf can still be made. See audit.entry.
    salt: Mapped[bytes | None] = mapped_column(LargeBinary(96))
    commitments: Mapped[bytes | None] = mapped_column(LargeBinary(96))
    erased_by: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        UniqueConstraint("id", "resource_id"),  # what audited rows reference
        {"sqlite_autoincrement": True},
    )


class AuditPending(Base):
    """Events without an index yet. A trigger adds each event; the sequencer takes what it has given an index."""

    __tablename__ = "audit_pending"
    __audit__ = Operational("which events wait for their index; only what has one can be removed")

    tenant_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True)

    __table_args__ = ({"sqlite_with_rowid": False},)


class AuditLog(Base):
    """A tenant's log (or, as `SUPER`, the log of all logs' roots): how far it is sequenced and published.

    The database checks that a tenant's origin ends in its name, and that its name can be one (`db.log_rules`).
    """

    __tablename__ = "audit_log"
    __audit__ = Operational("the state of the log itself; it only grows, by its own triggers")

    number: Mapped[int] = mapped_column(RowNumber, primary_key=True, autoincrement=True)
    tenant_id: Mapped[str] = mapped_column(String(64), unique=True)
    origin: Mapped[str] = mapped_column(String(200), unique=True)  # first line of its checkpoints, for good
    blind: Mapped[bytes] = mapped_column(LargeBinary(32))  # hides the tenant's name in the log of logs
    size: Mapped[int] = mapped_column(BigInteger)  # entries with an index
    root: Mapped[bytes] = mapped_column(LargeBinary(32))
    peaks: Mapped[bytes] = mapped_column(LargeBinary)  # tlog.merkle.Frontier, to go on from
    latest: Mapped[int] = mapped_column(BigInteger)  # the highest created_at so far
    regress: Mapped[int] = mapped_column(BigInteger)  # the most by which a created_at stepped back behind `latest`
    published_size: Mapped[int] = mapped_column(BigInteger)
    published_at: Mapped[int | None] = mapped_column(BigInteger)
    anchored_size: Mapped[int] = mapped_column(BigInteger)  # what the log of logs last said of it
    anchored_at: Mapped[int | None] = mapped_column(BigInteger)
    stopped: Mapped[str | None] = mapped_column(String(500))  # why nothing is signed any more


class AuditEntry(Base):
    """An event's place in its tenant's log, for good, and what listings look for. `seq` is dense from 0."""

    __tablename__ = "audit_entry"
    __audit__ = Operational("the order of the log; append-only by its own triggers")

    log: Mapped[int] = mapped_column(Integer, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, unique=True)
    event_type: Mapped[int] = mapped_column(SmallInteger)  # AuditType.number
    actor: Mapped[int | None] = mapped_column(BigInteger)  # `key_of` its label; None once erased
    resource: Mapped[int] = mapped_column(BigInteger)  # `key_of` resource_id
    created_at: Mapped[int] = mapped_column(BigInteger)

    # Every listing is an equality prefix, then a range of seq: the newest page costs the same in any log. What names
    # no type is asked of each type in turn.
    __table_args__ = (
        Index("ix_audit_entry_type", "log", "event_type", "seq"),
        Index("ix_audit_entry_actor", "log", "actor", "event_type", "seq"),
        Index("ix_audit_entry_resource", "log", "resource", "event_type", "seq"),
        {"sqlite_with_rowid": False},
    )


class AuditMark(Base):
    """Maps dates to indices: all entries below `number` * 256 were created at `latest` or before."""

    __tablename__ = "audit_mark"
    __audit__ = Operational("an index by time over the order of the log; append-only by its own triggers")

    log: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    latest: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_audit_mark_latest", "log", "latest", "number"), {"sqlite_with_rowid": False})


class AuditType(Base):
    """The number that stands for an event type in `audit_entry`."""

    __tablename__ = "audit_type"
    __audit__ = Operational("numbers for names; append-only by its own triggers")

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    event_type: Mapped[str] = mapped_column(String(64))
    resource_type: Mapped[str] = mapped_column(String(32))

    __table_args__ = (UniqueConstraint("event_type", "resource_type"),)


class AuditRoot(Base):
    """An entry of the log of logs: what one tenant's log was at a moment."""

    __tablename__ = "audit_root"
    __audit__ = Operational("the log of all logs' roots; append-only by its own triggers")

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    log: Mapped[int] = mapped_column(Integer)
    size: Mapped[int] = mapped_column(BigInteger)
    entry: Mapped[str] = mapped_column(Text)  # canonical JSON, the leaf's bytes
    created_at: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_audit_root_log", "log", "seq"),)


class AuditHome(Base):
    """The data folder that has the published files of all logs: one of a deployment, whose processes alone publish."""

    __tablename__ = "audit_home"
    __audit__ = Operational("where the files of the logs are; nothing is signed or shown from it")

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)  # 1: there is one row
    home: Mapped[str] = mapped_column(String(64))  # what the folder's file log/home says
    since: Mapped[int] = mapped_column(BigInteger)
