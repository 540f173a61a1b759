"""The verbs of buckets: what a connector reaches, kept with its sealed credentials, changed, closed."""

from collections.abc import Mapping

from sqlalchemy.orm import Session

from expunct_server.audit.recorder import Recorded, Unit
from expunct_server.buckets import rows
from expunct_server.buckets.models import Bucket
from expunct_server.buckets.reaching import Reach
from expunct_server.errors import FieldError, Invalid


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
    """The bucket of a new connector, `event` being about it; its secret is sealed. Raises `Invalid`, `Forbidden`."""
    reach.check_bucket(
        unit.actor.tenant_id,
        provider=provider,
        name=name,
        endpoint=endpoint,
        region=region,
        credentials=credentials,
        has_secret=secret is not None,
    )
    bucket = Bucket(
        id=connector_id,
        tenant_id=unit.actor.tenant_id,
        provider=provider,
        name=name,
        endpoint=reach.endpoint(endpoint),
        region=region,
        credentials=credentials,
        sealed_secret=None if secret is None else reach.seal(provider, connector_id, secret),
        created_at=event.created_at,
        audit_event_id=event.id,
    )
    unit.session.add(bucket)
    unit.session.flush()
    return bucket


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
    forget_secret: bool = False,
) -> Bucket:
    """The connector's bucket as it is to be from now on: all but `secret` are given in full, changed or not.

    `secret` None keeps the sealed one, unless `credentials` takes its place or `forget_secret` says that it goes. A
    sealed secret never goes to another server than the one it was given for. Raises `NotFound`, `Invalid`, `Forbidden`.
    """
    bucket = get(unit.session, unit.actor.tenant_id, connector_id, lock=True)
    is_sealed = bucket.sealed_secret is not None and not forget_secret
    is_kept = is_sealed and secret is None and credentials is None
    reach.check_bucket(
        bucket.tenant_id,
        provider=bucket.provider,
        name=name,
        endpoint=endpoint,
        region=region,
        credentials=credentials,
        has_secret=is_kept or secret is not None,
    )
    endpoint = reach.endpoint(endpoint)
    if is_kept and endpoint != bucket.endpoint:
        raise Invalid(
            "Give the secret again when the endpoint changes: it is sent to no server that it was not given for.",
            code="secret_needed",
            errors=(FieldError("secret", "is needed when the endpoint changes"),),
        )
    if not is_kept:
        bucket.sealed_secret = None if secret is None else reach.seal(bucket.provider, connector_id, secret)
    bucket.name, bucket.endpoint, bucket.region, bucket.credentials = name, endpoint, region, credentials
    bucket.audit_event_id = event.id
    unit.session.flush()
    return bucket


def close(unit: Unit, event: Recorded, connector_id: str) -> None:
    """Close the bucket to everyone and destroy its sealed secret. Raises `NotFound`."""
    bucket = get(unit.session, unit.actor.tenant_id, connector_id, lock=True)
    bucket.sealed_secret, bucket.closed_at, bucket.audit_event_id = None, event.created_at, event.id
    unit.session.flush()


def get(session: Session, tenant_id: str, connector_id: str, *, lock: bool = False) -> Bucket:
    """The open bucket of the tenant's connector. Raises `NotFound`, also when it is closed."""
    return rows.get(session, tenant_id, connector_id, lock=lock)
