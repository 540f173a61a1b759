"""Table of batches."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Audited, Base, references_event


class Batch(Base):
    """Documents that were sent together. Who sent them, and under which policy, is in its jobs."""

    __tablename__ = "batch"
    __audit__ = Audited("batch")

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    total: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int] = mapped_column(BigInteger)
    completed_at: Mapped[int | None] = mapped_column(BigInteger)  # with batch.completed
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (
        references_event(),
        Index(None, "tenant_id", "created_at", "id"),
        Index(
            "ix_batch_open",
            "created_at",
            sqlite_where=text("completed_at IS NULL"),
            postgresql_where=text("completed_at IS NULL"),
        ),
    )
