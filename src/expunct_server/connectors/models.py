"""Tables of connectors: what is synced and when, each run, and what was seen of each object."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, SmallInteger, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Audited, Base, Operational, references_event


class Connector(Base):
    """What of a bucket is redacted, to where, and when. Where the bucket is and what opens it: `buckets.Bucket`."""

    __tablename__ = "connector"
    __audit__ = Audited("connector", operational=frozenset({"next_run_at", "last_sync_at"}))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str | None] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(Text)
    output_prefix: Mapped[str] = mapped_column(Text)
    schedule_cron: Mapped[str | None] = mapped_column(String(100))
    schedule_timezone: Mapped[str] = mapped_column(String(64))
    policy_id: Mapped[str | None] = mapped_column(String(40))
    language: Mapped[str | None] = mapped_column(String(20))
    active: Mapped[bool]
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)
    next_run_at: Mapped[int | None] = mapped_column(BigInteger)  # null: no schedule, or not active
    last_sync_at: Mapped[int | None] = mapped_column(BigInteger)
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (
        references_event(),
        Index(None, "tenant_id", "created_at", "id"),
        Index(
            "ix_connector_due",
            "next_run_at",
            sqlite_where=text("next_run_at IS NOT NULL"),
            postgresql_where=text("next_run_at IS NOT NULL"),
        ),
    )


class ConnectorSync(Base):
    """One run of a connector. `outcome` changes once, with its event; how far it is, is operational."""

    __tablename__ = "connector_sync"
    __audit__ = Audited(
        "connector",
        subject="connector_id",
        operational=frozenset(
            {"actor", "actor_id", "request_id", "ip_address", "user_agent", "cursor", "listed_at", "seen", "unchanged"}
            | {"skipped", "made", "expected", "progress_pct", "updated_at", "lease", "lease_until", "attempts"}
            | {"next_attempt_at", "trouble_code", "trouble_message"}
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    connector_id: Mapped[str] = mapped_column(ForeignKey("connector.id"))
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    trigger: Mapped[str] = mapped_column(String(16))  # manual, schedule
    # In whose name its jobs are made; null once it has ended, for the events tell.
    actor: Mapped[str | None] = mapped_column(String(128))
    actor_id: Mapped[str | None] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64))
    ip_address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(256))
    # How far it is.
    cursor: Mapped[str | None] = mapped_column(Text)  # the last key that was looked at; null before and after listing
    listed_at: Mapped[int | None] = mapped_column(BigInteger)  # when the listing reached its end
    seen: Mapped[int] = mapped_column(BigInteger)
    unchanged: Mapped[int] = mapped_column(BigInteger)
    skipped: Mapped[int] = mapped_column(BigInteger)
    made: Mapped[int] = mapped_column(BigInteger)
    expected: Mapped[int | None] = mapped_column(BigInteger)  # objects: as many as the last completed run saw
    progress_pct: Mapped[int] = mapped_column(SmallInteger)  # when `seen` last grew: what is shown never falls below
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    lease: Mapped[str | None] = mapped_column(String(40))  # the process that lists, and until when it may
    lease_until: Mapped[int | None] = mapped_column(BigInteger)
    attempts: Mapped[int] = mapped_column(Integer)  # failed ones in a row
    next_attempt_at: Mapped[int] = mapped_column(BigInteger)
    trouble_code: Mapped[str | None] = mapped_column(String(64))  # why the last attempt failed; null once one does not
    trouble_message: Mapped[str | None] = mapped_column(String(500))
    # How it ended.
    outcome: Mapped[str | None] = mapped_column(String(16))  # completed, failed
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(500))
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (
        references_event("connector_id"),
        Index(None, "connector_id", "created_at", "id"),
        Index(
            "uq_connector_sync_open",
            "connector_id",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )


class ConnectorObject(Base):
    """What a sync last saw of an object. Written with the object's job, so that neither is there without the other."""

    __tablename__ = "connector_object"
    __audit__ = Operational("what was seen of each object; that a job was made of it is the job's event")

    connector_id: Mapped[str] = mapped_column(ForeignKey("connector.id"), primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # keyed: names can be personal data
    etag_hash: Mapped[bytes] = mapped_column(LargeBinary(32))  # keyed as well: often a hash of the content
    job_id: Mapped[str] = mapped_column(String(40))
