"""The verbs of connectors. What a run of one does is in `sync`, its beginning and end in `runs`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete as delete_rows
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import ConnectorCreated, ConnectorDeleted, ConnectorUpdated
from expunct_server.audit.recorder import Recorded, Unit
from expunct_server.buckets import service as buckets
from expunct_server.buckets.models import Bucket
from expunct_server.buckets.reaching import Reach
from expunct_server.connectors import cron, runs
from expunct_server.connectors.document import FIXED, PATHS, Document
from expunct_server.connectors.models import Connector, ConnectorObject
from expunct_server.errors import Conflict, FieldError, Invalid, NotFound
from expunct_server.policies import service as policies
from expunct_server.tenants.models import Tenant
from expunct_server.web import bodies

MOST = 100  # connectors of a tenant
_KEPT_WITH_BUCKET = frozenset({"provider", "bucket", "endpoint", "region", "credentials"})
_OWN = tuple(name for name in Document.model_fields if name not in _KEPT_WITH_BUCKET)
_SCHEDULE = frozenset({"schedule_cron", "schedule_timezone", "active"})


@dataclass(frozen=True, slots=True)
class Found:
    """A connector and its bucket."""

    connector: Connector
    bucket: Bucket

    @property
    def document(self) -> Document:
        """Its settings. They were checked when they were written and are not checked again."""
        values = {name: getattr(self.connector, name) for name in _OWN}
        values |= {name: getattr(self.bucket, name) for name in ("provider", "endpoint", "region", "credentials")}
        return Document.model_construct(**values, bucket=self.bucket.name)


def create(unit: Unit, reach: Reach, document: Document, secret: Mapping[str, str] | None) -> Found:
    """A new connector. Raises `NotFound` for a policy that is not there, and what `buckets.service.keep` does.

    `Conflict` when the tenant has a hundred.
    """
    tenant_id = unit.actor.tenant_id
    # Held, so that of two requests at once the second counts what the first made.
    unit.session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update(key_share=True))
    if count(unit.session, tenant_id) >= MOST:
        raise Conflict(f"A tenant has at most {MOST} connectors; delete one first.", code="too_many_connectors")
    _check_policy(unit, document)
    connector_id = ids.new("con")
    event = unit.record(
        ConnectorCreated(**_told(reach, document, has_secret=secret is not None)),
        resource_id=connector_id,
    )
    connector = Connector(
        id=connector_id,
        tenant_id=tenant_id,
        **{name: getattr(document, name) for name in _OWN},
        created_at=event.created_at,
        updated_at=event.created_at,
        next_run_at=_next_run(document, event.created_at),
        audit_event_id=event.id,
    )
    unit.session.add(connector)
    unit.session.flush()
    bucket = buckets.keep(
        unit,
        event,
        reach,
        connector_id=connector_id,
        provider=document.provider,
        name=document.bucket,
        endpoint=document.endpoint,
        region=document.region,
        credentials=document.credentials,
        secret=secret,
    )
    unit.session.flush()
    return Found(connector, bucket)


def update(
    unit: Unit,
    reach: Reach,
    connector_id: str,
    changes: Mapping[str, Any],
    secret: Mapping[str, str] | None,
    *,
    forget_secret: bool = False,
) -> Found:
    """Change the fields that are named; a `secret` that is given takes the place of what there was.

    `forget_secret` destroys the sealed one: an entry of the operator's must open the bucket then. No difference, no
    event. To switch a connector off ends its run. Raises `NotFound`, `Conflict`, and as `changed`.
    """
    found = get(unit.session, unit.actor.tenant_id, connector_id, lock=True)
    before = found.document
    after = changed(found, changes, has_secret=secret is not None)
    differs = sorted(name for name in Document.model_fields if getattr(after, name) != getattr(before, name))
    is_sealed = found.bucket.sealed_secret is not None
    differs += ["secret"] if secret is not None or (forget_secret and is_sealed) else []
    if not differs:
        return found
    _check_change(unit, found, after, differs)
    if "policy_id" in differs:
        _check_policy(unit, after)
    if "active" in differs and not after.active:
        runs.end_open(unit, connector_id, "connector_inactive", "The connector was switched off.")
    has_secret = keeps_secret(found, after, forget=forget_secret) or secret is not None
    event = unit.record(
        ConnectorUpdated(**_told(reach, after, has_secret=has_secret), changed=differs),
        resource_id=connector_id,
    )
    _apply(found.connector, after, event)
    if _SCHEDULE & set(differs):
        found.connector.next_run_at = _next_run(after, event.created_at)
    return Found(found.connector, _changed_bucket(unit, reach, found, after, event, differs, secret, forget_secret))


def changed(found: Found, changes: Mapping[str, Any], *, has_secret: bool) -> Document:
    """The connector as it would be. A new secret takes the place of named credentials.

    Raises `Invalid` when that is no valid connector, or its bucket would be another one.
    """
    before = found.document
    replaced = {"credentials": None} if has_secret else {}
    after = bodies.validated(Document, before.model_dump() | replaced | dict(changes))
    fixed = [name for name in FIXED if getattr(after, name) != getattr(before, name)]
    if fixed:
        raise Invalid(
            f"{fixed[0]} of a connector cannot change; make another connector.",
            code="fixed_field",
            errors=tuple(FieldError(name, "cannot change") for name in fixed),
        )
    return after


def keeps_secret(found: Found, after: Document, *, forget: bool) -> bool:
    """Whether the sealed secret that there is stays: until it is to be forgotten, or credentials take its place."""
    return found.bucket.sealed_secret is not None and after.credentials is None and not forget


def changes_bucket(found: Found, after: Document) -> bool:
    """Whether something differs that is kept with the bucket: where it is, or what opens it."""
    before = found.document
    return any(getattr(after, name) != getattr(before, name) for name in _KEPT_WITH_BUCKET)


def _told(reach: Reach, document: Document, *, has_secret: bool) -> dict[str, Any]:
    """What events tell of a connector: from where to where, when, by which policy, and by what its bucket is opened."""
    return {
        "provider": document.provider,
        "bucket": document.bucket,
        "prefix": document.prefix,
        "schedule_cron": document.schedule_cron,
        "policy_id": document.policy_id,
        "output_prefix": document.output_prefix,
        "endpoint": reach.endpoint(document.endpoint),
        "region": document.region,
        "credentials": "sealed" if has_secret else document.credentials,
        "active": document.active,
    }


def _apply(connector: Connector, after: Document, event: Recorded) -> None:
    for name in _OWN:
        setattr(connector, name, getattr(after, name))
    connector.updated_at, connector.audit_event_id = event.created_at, event.id


def _changed_bucket(
    unit: Unit,
    reach: Reach,
    found: Found,
    after: Document,
    event: Recorded,
    differs: list[str],
    secret: Mapping[str, str] | None,
    forget_secret: bool,
) -> Bucket:
    unit.session.flush()
    if "secret" not in differs and not _KEPT_WITH_BUCKET & set(differs):
        return found.bucket
    bucket = buckets.change(
        unit,
        event,
        reach,
        found.connector.id,
        name=after.bucket,
        endpoint=after.endpoint,
        region=after.region,
        credentials=after.credentials,
        secret=secret,
        forget_secret=forget_secret,
    )
    unit.session.flush()
    return bucket


def _check_change(unit: Unit, found: Found, after: Document, differs: list[str]) -> None:
    if not set(PATHS) & set(differs):
        return
    if runs.find_open(unit.session, found.connector.id) is not None:
        raise Conflict("The connector is being synced; change its prefixes when that has ended.", code="sync_running")
    is_below = found.connector.output_prefix.startswith(after.prefix)
    if "output_prefix" in differs and is_below and runs.count(unit.session, found.connector.id):
        raise Conflict(
            "The connector has written below its output_prefix, and the next sync would take those results for "
            "documents; make another connector.",
            code="output_prefix_in_use",
        )


def _check_policy(unit: Unit, document: Document) -> None:
    if document.policy_id is not None:
        policies.get(unit.session, unit.actor.tenant_id, document.policy_id)


def _next_run(document: Document, moment: ids.Micros) -> ids.Micros | None:
    if document.schedule_cron is None or not document.active:
        return None
    return cron.next_after(document.schedule_cron, document.schedule_timezone, moment)


def delete(unit: Unit, connector_id: str) -> None:
    """Close the connector: its run ends, its secret is destroyed, what was seen of its objects is forgotten.

    It may take long where there were many objects. Raises `NotFound`.
    """
    found = get(unit.session, unit.actor.tenant_id, connector_id, lock=True)
    runs.end_open(unit, connector_id, "connector_deleted", "The connector was deleted.")
    event = unit.record(
        ConnectorDeleted(provider=found.bucket.provider, bucket=found.bucket.name, prefix=found.connector.prefix),
        resource_id=connector_id,
    )
    connector = found.connector
    connector.deleted_at, connector.audit_event_id, connector.next_run_at = event.created_at, event.id, None
    unit.session.flush()
    buckets.close(unit, event, connector_id)
    unit.session.flush()
    unit.session.execute(delete_rows(ConnectorObject).where(ConnectorObject.connector_id == connector_id))


def get(session: Session, tenant_id: str, connector_id: str, *, lock: bool = False) -> Found:
    """The tenant's connector. Raises `NotFound`, also when it is deleted."""
    found = find(session, tenant_id, connector_id, lock=lock)
    if found is None:
        raise NotFound("There is no such connector.")
    return found


def find(session: Session, tenant_id: str, connector_id: str, *, lock: bool = False) -> Found | None:
    """The tenant's connector, None when there is none or it is deleted."""
    query = _of_tenant(tenant_id).where(Connector.id == connector_id)
    # Not a stronger lock: a run's page refers to the connector while it holds what this caller may be about to take.
    query = query.with_for_update(of=Connector, key_share=True) if lock else query
    row = session.execute(query).one_or_none()
    return None if row is None else Found(row.Connector, row.Bucket)


def list_connectors(session: Session, tenant_id: str, *, limit: int, offset: int) -> Sequence[Found]:
    """The tenant's connectors, newest first."""
    query = _of_tenant(tenant_id).order_by(Connector.created_at.desc(), Connector.id.desc())
    return [Found(row.Connector, row.Bucket) for row in session.execute(query.limit(limit).offset(offset))]


def count(session: Session, tenant_id: str) -> int:
    """How many connectors the tenant has."""
    query = select(func.count()).select_from(Connector)
    return session.scalar(query.where(Connector.tenant_id == tenant_id, Connector.deleted_at.is_(None))) or 0


def _of_tenant(tenant_id: str) -> Any:
    joined = select(Connector, Bucket).join(Bucket, Bucket.id == Connector.id)
    return joined.where(Connector.tenant_id == tenant_id, Connector.deleted_at.is_(None))
