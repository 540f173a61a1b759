"""The verbs of buckets: what a connector reaches, kept with its sealed credentials, changed, closed."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from expunct_server.audit.recorder import Recorded, Unit
from expunct_server.buckets.models import Bucket
from expunct_server.buckets.reaching import Reach


def keep(
    unit: Unit,
    event: Recorded,
    reach: Reach,
    *,
    connector_id: str,
    provider: str,
    name: str,
    endpoint: str | None = None,
    region: str | None = None,
    credentials: str | None = None,
    secret: Mapping[str, str] | None = None,
) -> Bucket:
    """The bucket of a new connector, checked, the secret sealed. Raises `Invalid`, `Forbidden`."""
    raise NotImplementedError


def change(
    unit: Unit,
    event: Recorded,
    reach: Reach,
    connector_id: str,
    *,
    name: str,
    endpoint: str | None,
    region: str | None,
    credentials: str | None,
    secret: Mapping[str, str] | None = None,
) -> Bucket:
    """The connector's bucket as it is to be from now on; all but `secret` are given in full, changed or not.

    `secret` None keeps the sealed one, unless `credentials` takes its place. Raises `NotFound`, `Invalid`, `Forbidden`.
    """
    raise NotImplementedError


def close(unit: Unit, event: Recorded, connector_id: str) -> None:
    """Close the bucket and destroy its sealed secret. Raises `NotFound`."""
    raise NotImplementedError


def get(session: Session, tenant_id: str, connector_id: str) -> Bucket:
    """The open bucket of the tenant's connector. Raises `NotFound`."""
    raise NotImplementedError
