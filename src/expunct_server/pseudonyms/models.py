"""Table of pseudonyms: what was made up, and for what."""

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Base, Operational


class Pseudonym(Base):
    """A value that a made-up one replaced. Neither of the two can be read here without the tenant's key.

    `fingerprint` is a keyed hash of what was made up, `digest` of the value: two values that came to share a pseudonym
    by chance are two rows.
    """

    __tablename__ = "pseudonym"
    __audit__ = Operational("part of a redaction, whose event counts it; that one is read is an event of its own")

    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    entity_type: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    first_seen: Mapped[int] = mapped_column(BigInteger)
