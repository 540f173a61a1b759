"""Table of buckets: where a connector's objects are, and what opens them."""

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from expunct_server.db.base import Audited, Base, references_event


class Bucket(Base):
    """A bucket or folder that a tenant's connector reaches. Its id is the connector's."""

    __tablename__ = "bucket"
    __audit__ = Audited("connector")

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    provider: Mapped[str] = mapped_column(String(16))  # s3, gcs, azure, folder
    name: Mapped[str] = mapped_column(Text)  # the bucket; of a folder its path
    endpoint: Mapped[str | None] = mapped_column(String(400))  # null: the provider's own
    region: Mapped[str | None] = mapped_column(String(64))
    credentials: Mapped[str | None] = mapped_column(String(100))  # an entry of the operator's credentials file
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)  # or the tenant's own, see tenants.sealing
    created_at: Mapped[int] = mapped_column(BigInteger)
    closed_at: Mapped[int | None] = mapped_column(BigInteger)
    audit_event_id: Mapped[str] = mapped_column(String(40))

    __table_args__ = (references_event(), Index(None, "tenant_id", "provider", "created_at"))
