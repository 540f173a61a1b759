"""Tables of jobs: the work, what it found, and the workers that do it."""

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Audited, Base, Operational, references_event


class Job(Base):
    """One document to redact.

    `outcome` (null, completed, failed, error) is the significant state: it changes once, with its event. Whether a job
    without one waits or runs (`started_at`), how far it is and how often it was tried are operational.
    """

    __tablename__ = "job"
    __audit__ = Audited(
        "job",
        operational=frozenset({"started_at", "updated_at", "progress_pct", "retry_count", "runner", "media_type"}),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    # Who asked, and from where: the worker acts in their name.
    actor: Mapped[str] = mapped_column(String(128))
    actor_id: Mapped[str] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(64))
    ip_address: Mapped[str | None] = mapped_column(String(45))
    user_agent: Mapped[str | None] = mapped_column(String(256))
    # What to do.
    source: Mapped[str] = mapped_column(String(16))  # upload, uri, command, batch, connector
    batch_id: Mapped[str | None] = mapped_column(String(40))
    connector_id: Mapped[str | None] = mapped_column(String(40))  # whose bucket and credentials reach the document
    sync_id: Mapped[str | None] = mapped_column(String(40))
    input_uri: Mapped[str] = mapped_column(Text)
    sealed_query: Mapped[bytes | None] = mapped_column(LargeBinary)  # of an https:// URI: it often holds a signature
    sealed_password: Mapped[bytes | None] = mapped_column(LargeBinary)  # of an encrypted document, until the job ends
    output_uri: Mapped[str | None] = mapped_column(Text)
    filename: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str | None] = mapped_column(String(100))
    language: Mapped[str] = mapped_column(String(20))
    policy_id: Mapped[str | None] = mapped_column(String(40))
    policy_version: Mapped[int | None] = mapped_column(Integer)
    config: Mapped[str] = mapped_column(Text)  # JSON: what the request asked for on top of the policy
    custom_metadata: Mapped[str] = mapped_column("metadata", Text)  # JSON: the client's own
    created_at: Mapped[int] = mapped_column(BigInteger)
    # How it stands.
    updated_at: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[int | None] = mapped_column(BigInteger)
    progress_pct: Mapped[int] = mapped_column(Integer, default=0)
    retry_count: Mapped[int] = mapped_column(Integer, default=0)
    max_retries: Mapped[int] = mapped_column(Integer)
    runner: Mapped[str | None] = mapped_column(String(200))  # the attempt that may end the job: fences older ones
    # How it ended.
    outcome: Mapped[str | None] = mapped_column(String(16))
    completed_at: Mapped[int | None] = mapped_column(BigInteger)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(String(500))
    findings_count: Mapped[int] = mapped_column(Integer, default=0)
    report: Mapped[str | None] = mapped_column(Text)  # JSON: counts by type, notes, engine
    input_sha256: Mapped[str | None] = mapped_column(String(64))
    output_sha256: Mapped[str | None] = mapped_column(String(64))
    output_bytes: Mapped[int | None] = mapped_column(BigInteger)
    input_etag: Mapped[str | None] = mapped_column(String(200))  # of the object that was read
    output_etag: Mapped[str | None] = mapped_column(String(200))  # of the object that was written
    result_key: Mapped[str | None] = mapped_column(String(200))  # where the server keeps the result; null once purged
    purged_at: Mapped[int | None] = mapped_column(BigInteger)
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (
        references_event(),
        Index(None, "tenant_id", "created_at", "id"),
        Index(None, "tenant_id", "outcome", "created_at"),
        Index(
            "ix_job_batch",
            "batch_id",
            "outcome",
            sqlite_where=text("batch_id IS NOT NULL"),
            postgresql_where=text("batch_id IS NOT NULL"),
        ),
        Index(
            "ix_job_sync",
            "sync_id",
            "outcome",
            sqlite_where=text("sync_id IS NOT NULL"),
            postgresql_where=text("sync_id IS NOT NULL"),
        ),
        Index(  # what waits or runs: few, however many jobs there were
            "ix_job_open",
            "tenant_id",
            "connector_id",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )


class JobFinding(Base):
    """One finding of a completed job. The value is kept masked."""

    __tablename__ = "job_finding"
    __audit__ = Operational("part of the job's completion: written only with it, counted in its event")

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(Integer, primary_key=True)
    entity_type: Mapped[str] = mapped_column(String(64))
    span_start: Mapped[int] = mapped_column(BigInteger)
    span_end: Mapped[int] = mapped_column(BigInteger)
    score: Mapped[float] = mapped_column(Float)
    recognizer: Mapped[str] = mapped_column(String(128))
    check_passed: Mapped[str | None] = mapped_column(String(64))
    location: Mapped[str | None] = mapped_column(Text)
    masked: Mapped[str] = mapped_column(Text)
    redacted: Mapped[str] = mapped_column(Text)


class OutputWrite(Base):
    """A write to a job's `output_uri` that was started and has not been said to have ended."""

    __tablename__ = "output_write"
    __audit__ = Operational("which started writes are open; that they started and how they ended are events")

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(40))  # job.output_started
    started_at: Mapped[int] = mapped_column(BigInteger)


class WorkerProcess(Base):
    """A worker and when it last said that it lives."""

    __tablename__ = "worker_process"
    __audit__ = Operational("heartbeats")

    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[int] = mapped_column(BigInteger)
    heartbeat_at: Mapped[int] = mapped_column(BigInteger)
    stopped_at: Mapped[int | None] = mapped_column(BigInteger)
