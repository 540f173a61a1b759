"""The verbs of webhooks, as a caller uses them. What is delivered is in `webhooks.attempts` and `webhooks.deliver`."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import WebhookCreated, WebhookDeleted, WebhookRedelivered, WebhookUpdated
from expunct_server.audit.recorder import Recorded, Unit
from expunct_server.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from expunct_server.outbound.addresses import AddressRefused, Rules, check_url
from expunct_server.settings import Settings
from expunct_server.tenants import sealing
from expunct_server.tenants.models import Tenant
from expunct_server.webhooks import following, signing
from expunct_server.webhooks.models import Webhook, WebhookDelivery

MOST = 20  # endpoints of a tenant
MOST_WAITING = 100  # redeliveries of an endpoint that wait at a time
OVERLAP: ids.Micros = 24 * 60 * ids.MINUTE  # how long a secret that was replaced signs too
STATUSES = ("waiting", "started", "delivered", "failed", "unresolved")


def rules_of(settings: Settings) -> Rules:
    """Where webhooks may go: the same hosts and networks that documents may come from."""
    return Rules(hosts=settings.fetch_hosts, private_networks=settings.private_networks)


def checked_url(url: str, rules: Rules) -> str:
    """The URL, if the rules allow it as far as that can be told without a look-up.

    Raises `Invalid` for what is no URL to send to, `Forbidden` for a host or address that the operator does not allow.
    """
    if "#" in url:
        raise Invalid(
            "url has a fragment, which is never sent; leave it out.",
            code="url_malformed",
            errors=(FieldError("url", "has a fragment"),),
        )
    try:
        check_url(url, rules)
    except AddressRefused as refused:
        if refused.code in ("host_not_allowed", "address_not_allowed"):
            raise Forbidden(f"url: {refused.detail}", code=refused.code) from None
        raise Invalid(
            f"url: {refused.detail}", code=refused.code, errors=(FieldError("url", "is not allowed"),)
        ) from None
    return url


def host_of(url: str) -> str:
    """What events tell of an endpoint's address."""
    return urlsplit(url).hostname or ""


def types_of(webhook: Webhook) -> list[str]:
    """The types of event that an endpoint gets, as they were sent."""
    found: list[str] = json.loads(webhook.event_types)
    return found


def create(unit: Unit, *, url: str, event_types: list[str], description: str, master: bytes) -> tuple[Webhook, str]:
    """A new endpoint, and this once its secret. It gets what takes its place in the log from now on.

    Raises `Invalid` for unknown types, `Conflict` when the tenant has twenty.
    """
    event_types = following.checked_types(event_types)
    tenant_id = unit.actor.tenant_id
    # Held, so that of two requests at once the second counts what the first made.
    unit.session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update(key_share=True))
    if count(unit.session, tenant_id) >= MOST:
        raise Conflict(f"A tenant has at most {MOST} webhooks; delete one first.", code="too_many_webhooks")
    webhook_id, secret = ids.new("whk"), signing.new_secret()
    event = unit.record(WebhookCreated(host=host_of(url), event_types=event_types), resource_id=webhook_id)
    webhook = Webhook(
        id=webhook_id,
        tenant_id=tenant_id,
        url=url,
        description=description,
        event_types=json.dumps(event_types),
        sealed_secret=_sealed(master, webhook_id, secret),
        active=True,
        created_at=event.created_at,
        updated_at=event.created_at,
        cursor=following.end_of_log(following.fetching(unit.session), tenant_id),
        attempts=0,
        next_attempt_at=event.created_at,
        audit_event_id=event.id,
    )
    unit.session.add(webhook)
    unit.session.flush()
    return webhook, secret


def change(unit: Unit, webhook_id: str, changes: dict[str, Any], *, skip_missed: bool = False) -> Webhook:
    """Change `url`, `event_types`, `description` or `active`. No difference, no event.

    Whatever is not delivered yet comes under the new settings: an endpoint that is switched on again goes on where it
    stopped, unless `skip_missed` moves it to the end of the log. Raises `NotFound`, and `Invalid` for unknown types or
    `skip_missed` while it is switched off, since more is missed until it is on again.
    """
    webhook = get(unit.session, unit.actor.tenant_id, webhook_id, lock=True)
    if skip_missed and not changes.get("active", webhook.active):
        raise Invalid(
            "skip_missed is for a webhook that is switched on: send active as true with it.",
            code="webhook_inactive",
            errors=(FieldError("skip_missed", "needs active to be true"),),
        )
    if "event_types" in changes:
        changes = changes | {"event_types": json.dumps(following.checked_types(changes["event_types"]))}
    changed = sorted(name for name, value in changes.items() if getattr(webhook, name) != value)
    if skip_missed:
        changed.append("skip_missed")
    if not changed:
        return webhook
    event = _updated(unit, webhook, changed, changes)
    if skip_missed or "event_types" in changed:
        webhook.cursor = _cursor(unit, webhook, at_end=skip_missed)
    for name in changes:
        setattr(webhook, name, changes[name])
    webhook.updated_at, webhook.audit_event_id = event.created_at, event.id
    # A new beginning: it is tried at once, and what is under way says nothing of it. While it is switched off that may
    # still say that an event arrived, and why it was switched off still holds.
    if webhook.active and {"url", "active", "skip_missed"} & set(changed):
        webhook.disabled_reason = webhook.failing_since = None
        webhook.attempts, webhook.next_attempt_at = 0, event.created_at
        webhook.lease = webhook.lease_until = None
    unit.session.flush()
    return webhook


def sends_else(webhook: Webhook, changes: dict[str, Any]) -> bool:
    """Whether with these changes other events would be sent, or to another address."""
    types = changes.get("event_types", types_of(webhook))
    return (changes.get("url", webhook.url), set(types)) != (webhook.url, set(types_of(webhook)))


def _cursor(unit: Unit, webhook: Webhook, *, at_end: bool) -> int:
    """Where the endpoint stands: at the first event it was still to get, else at the end of the log.

    Without this look new types would bring what lies behind the last event of the old ones.
    """
    fetch = following.fetching(unit.session)
    if not at_end:
        waits = following.next_event(fetch, webhook.tenant_id, webhook.event_types, webhook.cursor)
        if waits is not None and waits.log_index is not None:
            return waits.log_index
    return following.end_of_log(fetch, webhook.tenant_id)


def _updated(unit: Unit, webhook: Webhook, changed: list[str], changes: dict[str, Any]) -> Recorded:
    event = WebhookUpdated(
        host=host_of(changes.get("url", webhook.url)),
        event_types=json.loads(changes.get("event_types", webhook.event_types)),
        active=changes.get("active", webhook.active),
        changed=changed,
    )
    return unit.record(event, resource_id=webhook.id)


def rotate(unit: Unit, webhook_id: str, master: bytes) -> tuple[Webhook, str]:
    """A new secret, shown this once; the one before it signs too for a day. Raises `NotFound`."""
    webhook = get(unit.session, unit.actor.tenant_id, webhook_id, lock=True)
    secret = signing.new_secret()
    event = _updated(unit, webhook, ["secret"], {})
    webhook.sealed_previous_secret, webhook.previous_until = webhook.sealed_secret, event.created_at + OVERLAP
    webhook.sealed_secret = _sealed(master, webhook.id, secret)
    webhook.updated_at, webhook.audit_event_id = event.created_at, event.id
    unit.session.flush()
    return webhook, secret


def delete(unit: Unit, webhook_id: str) -> None:
    """Close the endpoint and destroy its secrets: nothing is sent to it any more. Raises `NotFound`."""
    webhook = get(unit.session, unit.actor.tenant_id, webhook_id, lock=True)
    event = unit.record(WebhookDeleted(host=host_of(webhook.url)), resource_id=webhook.id)
    webhook.active, webhook.deleted_at, webhook.audit_event_id = False, event.created_at, event.id
    webhook.sealed_secret = webhook.sealed_previous_secret = webhook.previous_until = None
    webhook.lease = webhook.lease_until = None
    unit.session.flush()


def redeliver(unit: Unit, webhook_id: str, delivery_id: str) -> WebhookDelivery:
    """Ask that a delivery's event be sent once more; a worker does it.

    Raises `NotFound`, and `Conflict` when the endpoint is switched off or too many wait already.
    """
    webhook = get(unit.session, unit.actor.tenant_id, webhook_id, lock=True)
    if not webhook.active:
        raise Conflict("This webhook is switched off; switch it on first.", code="webhook_inactive")
    before = get_delivery(unit.session, webhook, delivery_id)
    if count_deliveries(unit.session, webhook, "waiting") >= MOST_WAITING:
        raise Conflict(
            f"{MOST_WAITING} redeliveries wait already; ask again when some are done.", code="too_many_redeliveries"
        )
    event = unit.record(WebhookRedelivered(host=host_of(webhook.url), event_id=before.event_id), resource_id=webhook.id)
    wish = WebhookDelivery(
        id=ids.new("dlv"),
        webhook_id=webhook.id,
        tenant_id=webhook.tenant_id,
        event_id=before.event_id,
        event_type=before.event_type,
        attempt=0,
        created_at=event.created_at,
    )
    unit.session.add(wish)
    unit.session.flush()
    return wish


def get(session: Session, tenant_id: str, webhook_id: str, *, lock: bool = False) -> Webhook:
    """The tenant's endpoint. Raises `NotFound`, also when it is deleted."""
    query = _of_tenant(tenant_id).where(Webhook.id == webhook_id)
    webhook = session.scalar(query.with_for_update() if lock else query)
    if webhook is None:
        raise NotFound("There is no such webhook.")
    return webhook


def list_webhooks(session: Session, tenant_id: str, *, limit: int, offset: int) -> Sequence[Webhook]:
    """The tenant's endpoints, newest first."""
    query = _of_tenant(tenant_id).order_by(Webhook.created_at.desc(), Webhook.id.desc())
    return session.scalars(query.limit(limit).offset(offset)).all()


def count(session: Session, tenant_id: str) -> int:
    """How many endpoints the tenant has."""
    return session.scalar(select(func.count()).select_from(_of_tenant(tenant_id).subquery())) or 0


def get_delivery(session: Session, webhook: Webhook, delivery_id: str) -> WebhookDelivery:
    """One of the endpoint's deliveries. Raises `NotFound`."""
    found = session.get(WebhookDelivery, delivery_id)
    if found is None or found.webhook_id != webhook.id:
        raise NotFound("There is no such delivery; they are kept for thirty days.")
    return found


def list_deliveries(
    session: Session, webhook: Webhook, wanted: str | None, *, limit: int, offset: int
) -> Sequence[WebhookDelivery]:
    """What was sent to the endpoint, newest first, of one status if asked."""
    query = _deliveries(webhook, wanted).order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
    return session.scalars(query.limit(limit).offset(offset)).all()


def count_deliveries(session: Session, webhook: Webhook, wanted: str | None) -> int:
    """How many deliveries the endpoint has, of one status if asked."""
    return session.scalar(select(func.count()).select_from(_deliveries(webhook, wanted).subquery())) or 0


def status(delivery: WebhookDelivery) -> str:
    """`waiting`, `started`, or how it ended."""
    return delivery.outcome or ("waiting" if delivery.started_at is None else "started")


def open_secrets(webhook_id: str, sealed: Sequence[bytes], master: bytes) -> list[str]:
    """The secrets. Raises `Unavailable` when the master key is not the one they were sealed with."""
    key = sealing.derive(master, "webhook-secret")
    return [sealing.unseal(key, each, webhook_id.encode()).decode() for each in sealed]


def _sealed(master: bytes, webhook_id: str, secret: str) -> bytes:
    return sealing.seal(sealing.derive(master, "webhook-secret"), secret.encode(), webhook_id.encode())


def _of_tenant(tenant_id: str) -> Select[Webhook]:
    return select(Webhook).where(Webhook.tenant_id == tenant_id, Webhook.deleted_at.is_(None))


def _deliveries(webhook: Webhook, wanted: str | None) -> Select[WebhookDelivery]:
    query = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook.id)
    if wanted is None:
        return query
    if wanted not in STATUSES:
        raise Invalid(
            f"status must be one of {', '.join(STATUSES)}.", errors=(FieldError("status", "is not a status"),)
        )
    if wanted == "waiting":
        return query.where(WebhookDelivery.outcome.is_(None), WebhookDelivery.started_at.is_(None))
    if wanted == "started":
        return query.where(WebhookDelivery.outcome.is_(None), WebhookDelivery.started_at.is_not(None))
    return query.where(WebhookDelivery.outcome == wanted)
