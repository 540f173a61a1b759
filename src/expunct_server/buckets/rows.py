"""Rows of table `bucket`, always of one tenant."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from expunct_server.buckets.models import Bucket
from expunct_server.errors import NotFound


def get(session: Session, tenant_id: str, connector_id: str, *, lock: bool = False) -> Bucket:
    """The open bucket of the tenant's connector. Raises `NotFound`, also when it is closed."""
    query = select(Bucket).where(Bucket.id == connector_id, Bucket.tenant_id == tenant_id, Bucket.closed_at.is_(None))
    bucket = session.scalar(query.with_for_update() if lock else query)
    if bucket is None:
        raise NotFound("There is no such connector, or it was deleted.", code="connector_not_found")
    return bucket


def open_buckets(session: Session, tenant_id: str, provider: str, name: str) -> Sequence[Bucket]:
    """The tenant's open buckets of this name, newest first."""
    query = select(Bucket).where(Bucket.tenant_id == tenant_id, Bucket.provider == provider, Bucket.name == name)
    newest = query.where(Bucket.closed_at.is_(None)).order_by(Bucket.created_at.desc(), Bucket.id.desc())
    return session.scalars(newest).all()
