"""Routes of webhooks: endpoints, and what was sent to them."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StrictBool, field_validator, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from expunct_server import ids
from expunct_server.errors import Forbidden
from expunct_server.policies.document import known_fields
from expunct_server.tenants import idempotency, sealing
from expunct_server.tenants.auth import Caller, can
from expunct_server.web import bodies
from expunct_server.web.answers import Detail, answer, listing
from expunct_server.web.paging import PARAMETERS, paging, parameter
from expunct_server.webhooks import service
from expunct_server.webhooks.models import Webhook, WebhookDelivery

router = APIRouter(prefix="/webhooks", tags=["Webhooks"])
Webhooks = Annotated[Caller, can("webhooks")]
READ = "audit:read"  # besides, for whatever decides who is sent events: what is sent is what the trail shows
_TYPES = "Names of event types (job.completed), families (job.*), or * for all."
_URL = "https:// and a host that the operator allows, without user, password or fragment."
_DESCRIPTION = "A note of your own."
_STATUS = parameter(
    "status", {"type": "string", "enum": list(service.STATUSES)}, "Only deliveries that stand like this."
)


class _Fields(BaseModel):
    """What is checked of both bodies."""

    @field_validator("description", check_fields=False)
    @classmethod
    def _printable(cls, value: str | None) -> str | None:
        if value is not None and not value.isprintable():
            raise ValueError("must hold printable characters only")
        return value


class NewWebhook(_Fields):
    """An endpoint to make."""

    url: str = Field(min_length=1, max_length=2000, description=_URL)
    event_types: list[str] = Field(min_length=1, max_length=100, description=_TYPES)
    description: str = Field("", max_length=200, description=_DESCRIPTION)
    tenant_id: bodies.Id | None = Field(None, description=bodies.TENANT)

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, value: Any) -> Any:
        return known_fields(value, cls.model_fields)


class WebhookView(BaseModel):
    """An endpoint. Times are ISO 8601 in UTC, with six digits of the second's fraction."""

    id: str = Field(description="Of the endpoint.")
    tenant_id: str = Field(description="Whose events it gets.")
    url: str = Field(description="Where they are sent.")
    event_types: list[str] = Field(description=_TYPES)
    description: str = Field(description=_DESCRIPTION)
    active: bool = Field(description="Whether anything is sent to it.")
    disabled_reason: str | None = Field(
        description="Why the server switched it off: `gone` (it answered 410) or `failing` (for too long); null while "
        "it is active, or where someone switched it off."
    )
    next_index: int = Field(description="The index of the tenant's log at which it stands: what is before is done.")
    attempts: int = Field(description="Failed attempts in a row, of the event at which it stands.")
    failing_since: str | None = Field(description="The first failure since the last success; null without one.")
    next_attempt_at: str | None = Field(
        description="When that event is tried again; null when nothing failed or it is off."
    )
    last_success_at: str | None = Field(description="When an event last arrived; null when none did yet.")
    previous_secret_until: str | None = Field(
        description="Until when the secret before the last rotation signs too; null when none does."
    )
    created_at: str = Field(description="When it was made.")
    updated_at: str = Field(description="When someone last changed it.")


class MadeWebhookView(WebhookView):
    """An endpoint with a new secret, which is shown this once."""

    secret: str = Field(description="`whsec_` and 32 bytes as base64: verifies signatures by the Standard Webhooks.")


class WebhookChange(_Fields):
    """What is to change; whatever is left out or null stays, and what only answers hold is ignored."""

    url: str | None = Field(None, min_length=1, max_length=2000, description=_URL)
    event_types: list[str] | None = Field(None, min_length=1, max_length=100, description=_TYPES)
    description: str | None = Field(None, max_length=200, description=_DESCRIPTION)
    active: StrictBool | None = Field(None, description="Switched on again it goes on where it stopped.")
    skip_missed: StrictBool = Field(
        False, description="Go on at the end of the log: what was missed is never sent. Needs `active` to be true."
    )
    tenant_id: bodies.Id | None = Field(None, description=bodies.TENANT)

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, value: Any) -> Any:
        return known_fields(value, {*cls.model_fields, *WebhookView.model_fields})


_NEW = {"url": "https://hooks.example.com/expunct", "event_types": ["job.completed", "job.failed"]}
_CHANGE = {"active": True, "skip_missed": True}


class DeliveryView(BaseModel):
    """One attempt to deliver an event. Times are ISO 8601 in UTC, with six digits of the second's fraction."""

    id: str = Field(description="Of the attempt; kept for 30 days.")
    webhook_id: str = Field(description="The endpoint.")
    event_id: str = Field(description="The event, which is the message's `webhook-id` too.")
    event_type: str = Field(description="The event's type.")
    attempt: int = Field(description="Which one it is for this event, from 1; 0 is one that someone asked for.")
    status: str = Field(
        description="`waiting` (for a worker), `started` (sent, no answer yet), `delivered` (2xx), `failed`, or "
        "`unresolved` (the worker died; nobody knows whether it arrived)."
    )
    status_code: int | None = Field(description="The HTTP status that came back; null when none did.")
    error_code: str | None = Field(description="Why no answer came, for programs; null when one did or may yet.")
    created_at: str = Field(description="When it was noted down.")
    started_at: str | None = Field(description="When it was sent; null while it waits.")
    ended_at: str | None = Field(description="When it was known how it ended; null before.")


def view(webhook: Webhook) -> dict[str, Any]:
    """The wire shape of an endpoint."""
    overlaps = webhook.previous_until is not None and webhook.previous_until > ids.now()
    return {
        "id": webhook.id,
        "tenant_id": webhook.tenant_id,
        "url": webhook.url,
        "event_types": service.types_of(webhook),
        "description": webhook.description,
        "active": webhook.active,
        "disabled_reason": webhook.disabled_reason,
        "next_index": webhook.cursor,
        "attempts": webhook.attempts,
        "failing_since": ids.iso_or_none(webhook.failing_since),
        "next_attempt_at": ids.iso(webhook.next_attempt_at) if webhook.active and webhook.attempts else None,
        "last_success_at": ids.iso_or_none(webhook.last_success_at),
        "previous_secret_until": ids.iso_or_none(webhook.previous_until if overlaps else None),
        "created_at": ids.iso(webhook.created_at),
        "updated_at": ids.iso(webhook.updated_at),
    }


def made_view(made: tuple[Webhook, str]) -> dict[str, Any]:
    """The wire shape of an endpoint with its new secret."""
    webhook, secret = made
    return view(webhook) | {"secret": secret}


def delivery_view(delivery: WebhookDelivery) -> dict[str, Any]:
    """The wire shape of a delivery."""
    return {
        "id": delivery.id,
        "webhook_id": delivery.webhook_id,
        "event_id": delivery.event_id,
        "event_type": delivery.event_type,
        "attempt": delivery.attempt,
        "status": service.status(delivery),
        "status_code": delivery.status_code,
        "error_code": delivery.error_code,
        "created_at": ids.iso(delivery.created_at),
        "started_at": ids.iso_or_none(delivery.started_at),
        "ended_at": ids.iso_or_none(delivery.ended_at),
    }


@router.post("", status_code=201, response_model=MadeWebhookView, openapi_extra=bodies.described(NewWebhook, _NEW))
async def create_webhook(request: Request, caller: Webhooks) -> Response:
    """Name an endpoint: it gets what takes its place in the log from now on. `secret` is shown this once."""
    value, raw = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_create, request, caller, bodies.validated(NewWebhook, value), raw)


def _create(request: Request, caller: Caller, new: NewWebhook, raw: bytes) -> Response:
    caller = caller.acting_for(new.tenant_id)
    fields = new.model_dump(exclude={"tenant_id"})
    caller.require(READ)
    _check_url(caller, new.url)
    master = sealing.master_key(caller.settings)
    return idempotency.create(
        caller, request, raw, lambda unit: made_view(service.create(unit, master=master, **fields))
    )


def _check_url(caller: Caller, url: str) -> None:
    """Refuse, and record it, an address that the operator does not allow. Raises `Invalid`, `Forbidden`."""
    try:
        service.checked_url(url, service.rules_of(caller.settings))
    except Forbidden as error:
        caller.refuse("uri_not_allowed", error)


@router.get("", response_model=list[WebhookView], openapi_extra={"parameters": PARAMETERS})
def list_webhooks(request: Request, caller: Webhooks) -> Response:
    """The tenant's endpoints, newest first."""
    page = paging(request.query_params)
    with caller.reading() as session:
        found = service.list_webhooks(session, caller.tenant_id, limit=page.limit, offset=page.offset)
        total = service.count(session, caller.tenant_id) if page.page or page.count else None
    return listing(page, "webhooks", [view(each) for each in found], total)


@router.get("/{webhook_id}", response_model=WebhookView)
def get_webhook(webhook_id: str, caller: Webhooks) -> Response:
    """One endpoint."""
    with caller.reading() as session:
        return answer(view(service.get(session, caller.tenant_id, webhook_id)))


@router.put("/{webhook_id}", response_model=WebhookView, openapi_extra=bodies.described(WebhookChange, _CHANGE))
async def update_webhook(webhook_id: str, request: Request, caller: Webhooks) -> Response:
    """Change the fields that are sent. What was not delivered yet comes under the new settings, in order."""
    value, _ = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_update, webhook_id, caller, bodies.validated(WebhookChange, value))


def _update(webhook_id: str, caller: Caller, change: WebhookChange) -> Response:
    caller = caller.acting_for(change.tenant_id)
    changes = change.model_dump(exclude={"tenant_id", "skip_missed"}, exclude_none=True)
    if change.url is not None:
        _check_url(caller, change.url)
    with caller.reading() as session:
        webhook = service.get(session, caller.tenant_id, webhook_id)
        if service.sends_else(webhook, changes):
            caller.require(READ)
    with caller.writing() as unit:
        return answer(view(service.change(unit, webhook_id, changes, skip_missed=change.skip_missed)))


@router.post("/{webhook_id}/rotate-secret", response_model=MadeWebhookView)
async def rotate_webhook_secret(webhook_id: str, request: Request, caller: Webhooks) -> Response:
    """Replace the secret. For 24 hours both sign, so that the receiver can be changed in the meantime."""
    await bodies.read_nothing(request)
    return await run_in_threadpool(_rotate, webhook_id, request, caller)


def _rotate(webhook_id: str, request: Request, caller: Caller) -> Response:
    caller.require(READ)
    master = sealing.master_key(caller.settings)
    return idempotency.create(
        caller, request, b"", lambda unit: made_view(service.rotate(unit, webhook_id, master)), 200
    )


@router.delete("/{webhook_id}", response_model=Detail)
def delete_webhook(webhook_id: str, caller: Webhooks) -> Response:
    """Close an endpoint and destroy its secret: nothing is sent to it any more."""
    with caller.writing() as unit:
        service.delete(unit, webhook_id)
    return answer({"detail": "Webhook deleted"})


@router.get(
    "/{webhook_id}/deliveries",
    response_model=list[DeliveryView],
    openapi_extra={"parameters": [_STATUS, *PARAMETERS]},
)
def list_deliveries(webhook_id: str, request: Request, caller: Webhooks) -> Response:
    """What was sent to an endpoint within the last 30 days, newest first; an attempt each."""
    page = paging(request.query_params)
    wanted = request.query_params.get("status")
    with caller.reading() as session:
        webhook = service.get(session, caller.tenant_id, webhook_id)
        found = service.list_deliveries(session, webhook, wanted, limit=page.limit, offset=page.offset)
        total = service.count_deliveries(session, webhook, wanted) if page.page or page.count else None
    return listing(page, "deliveries", [delivery_view(each) for each in found], total)


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver", status_code=202, response_model=DeliveryView)
def redeliver(webhook_id: str, delivery_id: str, request: Request, caller: Webhooks) -> Response:
    """Have a delivery's event sent once more, as the log has it now and under the same webhook-id. A worker does it."""
    caller.require(READ)
    return idempotency.create(
        caller, request, b"", lambda unit: delivery_view(service.redeliver(unit, webhook_id, delivery_id)), 202
    )
