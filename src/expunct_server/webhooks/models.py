"""Tables of webhooks: endpoints, and what was sent to them."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Audited, Base, Operational, references_event


class Webhook(Base):
    """An endpoint that a tenant's events are delivered to, in the order of its log."""

    __tablename__ = "webhook"
    __audit__ = Audited(
        "webhook",
        operational=frozenset(
            {"cursor", "attempts", "failing_since", "next_attempt_at", "last_success_at", "lease", "lease_until"}
        ),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    url: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(String(200))
    event_types: Mapped[str] = mapped_column(Text)  # JSON: exact names and prefixes such as job.*
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # null once deleted
    sealed_previous_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # signs too until `previous_until`
    previous_until: Mapped[int | None] = mapped_column(BigInteger)
    active: Mapped[bool]
    disabled_reason: Mapped[str | None] = mapped_column(String(64))  # null: active, or switched off by someone
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)
    # How far it is.
    cursor: Mapped[int] = mapped_column(BigInteger)  # the next index of the tenant's log to look at
    attempts: Mapped[int] = mapped_column(Integer)  # failed ones in a row, of the event at the cursor
    failing_since: Mapped[int | None] = mapped_column(BigInteger)
    next_attempt_at: Mapped[int] = mapped_column(BigInteger)
    last_success_at: Mapped[int | None] = mapped_column(BigInteger)
    lease: Mapped[str | None] = mapped_column(String(40))  # the delivery under way, and how long it may be
    lease_until: Mapped[int | None] = mapped_column(BigInteger)
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (
        references_event(),
        Index(None, "tenant_id", "created_at", "id"),
        Index(
            "ix_webhook_active",
            "next_attempt_at",
            sqlite_where=text("active AND deleted_at IS NULL"),
            postgresql_where=text("active AND deleted_at IS NULL"),
        ),
    )


class WebhookDelivery(Base):
    """One attempt to deliver one event, or someone's wish that there be one (`started_at` null)."""

    __tablename__ = "webhook_delivery"
    __audit__ = Operational("what was sent and what came back; an event for each would be delivered in its turn")

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhook.id"))
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    event_id: Mapped[str] = mapped_column(String(40))
    event_type: Mapped[str] = mapped_column(String(64))
    attempt: Mapped[int] = mapped_column(Integer)  # from 1; 0 for one that someone asked for
    created_at: Mapped[int] = mapped_column(BigInteger)
    started_at: Mapped[int | None] = mapped_column(BigInteger)
    ended_at: Mapped[int | None] = mapped_column(BigInteger)
    outcome: Mapped[str | None] = mapped_column(String(16))  # delivered, failed, unresolved; null: under way
    status_code: Mapped[int | None] = mapped_column(Integer)
    error_code: Mapped[str | None] = mapped_column(String(64))

    __table_args__ = (
        Index(None, "webhook_id", "created_at", "id"),
        Index(
            "ix_webhook_delivery_open",
            "created_at",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )
