"""Tables of tenants: who they are, their keys, and what is counted for them."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, SmallInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Audited, Base, Operational, references_event


class Deployment(Base):
    """What all machines of a deployment must have in common."""

    __tablename__ = "deployment"
    __audit__ = Operational("written once, at the first start; the application's role cannot change it")

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)  # 1: there is one row
    master_check: Mapped[bytes] = mapped_column(LargeBinary(32))  # derived from the master key, and tells nothing of it


class Tenant(Base):
    """A customer, team or environment whose data and log are its own. The id is what its operator calls it."""

    __tablename__ = "tenant"
    __audit__ = Audited("tenant")

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    plan: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[int] = mapped_column(BigInteger)
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (references_event(),)


class ApiKey(Base):
    """An API key: its SHA-256, never itself. Use is counted without an event."""

    __tablename__ = "api_key"
    __audit__ = Audited("api_key", operational=frozenset({"last_used_at", "usage_count"}))

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(String(200))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    list_mask: Mapped[str] = mapped_column(String(24))  # pk_live_f8a...
    actor_mask: Mapped[str] = mapped_column(String(24))  # pk_live_f8a...c21
    scopes: Mapped[str] = mapped_column(Text)  # space-separated, sorted
    networks: Mapped[str] = mapped_column(Text)  # space-separated; empty: from anywhere
    created_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[int | None] = mapped_column(BigInteger)
    revoked_at: Mapped[int | None] = mapped_column(BigInteger)
    last_used_at: Mapped[int | None] = mapped_column(BigInteger)
    usage_count: Mapped[int] = mapped_column(BigInteger, default=0)
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (
        references_event(),
        Index(None, "tenant_id", "created_at"),
    )


class RateWindow(Base):
    """Requests of one key in one minute, shared by all API processes."""

    __tablename__ = "rate_window"
    __audit__ = Operational("a counter that forgets after a minute")

    key_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    used: Mapped[int] = mapped_column(BigInteger)


class IdempotentAnswer(Base):
    """The first answer to a request with an Idempotency-Key, sealed under the caller's own API key."""

    __tablename__ = "idempotent_answer"
    __audit__ = Operational("a copy of an answer whose act was recorded by itself; kept for a day")

    key_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    idempotency_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)  # keyed by the caller's API key
    request_hash: Mapped[bytes] = mapped_column(LargeBinary(32))  # likewise: a body can be short, and guessed
    status: Mapped[int] = mapped_column(BigInteger)
    sealed_body: Mapped[bytes] = mapped_column(LargeBinary)  # empty once it was erased
    created_at: Mapped[int] = mapped_column(BigInteger, index=True)
    erased_with: Mapped[str | None] = mapped_column(String(64))  # the tenant whose erasures blank it; None: none do
