"""Tables of policies: what is in force, and every version there has ever been."""

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Audited, Base, references_event


class Policy(Base):
    """A policy's identity and the version in force."""

    __tablename__ = "policy"
    __audit__ = Audited("policy")

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    version: Mapped[int] = mapped_column(Integer)
    is_default: Mapped[bool]
    created_at: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[int] = mapped_column(BigInteger)
    deleted_at: Mapped[int | None] = mapped_column(BigInteger)
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (
        references_event(),
        Index(None, "tenant_id", "created_at"),
        Index(
            "uq_policy_default",
            "tenant_id",
            unique=True,
            sqlite_where=text("is_default AND deleted_at IS NULL"),
            postgresql_where=text("is_default AND deleted_at IS NULL"),
        ),
    )


class PolicyVersion(Base):
    """One version of a policy, as it was and stays: rows are written once."""

    __tablename__ = "policy_version"
    __audit__ = Audited("policy", subject="policy_id")

    policy_id: Mapped[str] = mapped_column(ForeignKey("policy.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[str] = mapped_column(Text)  # canonical JSON of all settings but the salt
    sealed_salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[int] = mapped_column(BigInteger)
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (references_event("policy_id"),)
