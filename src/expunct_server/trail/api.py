"""Routes of the audit trail. Read-only: every other verb is 405."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.responses import Response

from expunct_server import ids
from expunct_server.db.session import Fetch
from expunct_server.errors import FieldError, Invalid, NotFound
from expunct_server.tenants.auth import Caller, Gate, admitted_at_once, asked_by, authenticate
from expunct_server.trail import query
from expunct_server.trail.pages import Kept, Pages
from expunct_server.web import paging, times
from expunct_server.web.answers import answer, listing

router = APIRouter(prefix="/audit", tags=["Audit"])
_TYPE = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*\Z", re.ASCII)
_NAME_LENGTH = 128
_AT_ONCE = frozenset({"limit", "fields"})  # a request with no other parameter is answered without changing threads


class EventView(BaseModel):
    """An audit event, as in the bare array."""

    id: str
    event_type: str
    resource_type: str
    resource_id: str
    actor: str
    metadata: dict[str, Any]
    tenant_id: str
    created_at: str


class FullEventView(EventView):
    """An audit event with everything that is known of it."""

    timestamp: str
    details: dict[str, Any]
    request_id: str | None
    ip_address: str | None
    user_agent: str | None
    actor_id: str
    outcome: str
    schema_version: int
    is_truncated: bool
    log_index: int | None
    state: str


def brief(row: Sequence[Any]) -> dict[str, Any]:
    """The eight fields of the bare array, from the columns in their order."""
    event_id, event_type, resource_type, resource_id, actor, details, tenant_id, created_at = row[: query.BRIEF]
    return {
        "id": event_id,
        "event_type": event_type,
        "resource_type": resource_type,
        "resource_id": resource_id,
        "actor": actor,
        "metadata": orjson.Fragment(details),  # canonical JSON as recorded: nothing to parse and print again
        "tenant_id": tenant_id,
        "created_at": ids.iso(created_at),
    }


def listed(found: query.Found) -> dict[str, Any]:
    """A record of the envelope: the eight fields, under both generations' names, and where the request came from."""
    event = brief(found)
    return event | {
        "timestamp": event["created_at"],
        "details": event["metadata"],
        "request_id": found.request_id,
        "ip_address": found.ip_address,
    }


def full(found: query.Found) -> dict[str, Any]:
    """Everything. `state` is the guarantee the event has reached; `log_index` its place once it is sequenced."""
    return listed(found) | {
        "user_agent": found.user_agent,
        "actor_id": found.actor_id,
        "outcome": found.outcome,
        "schema_version": found.schema_version,
        "is_truncated": bool(found.is_truncated),
        "log_index": None,
        "state": "recorded",
    }


def _text_parameter(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": {"type": "string"}, "description": text}


_PARAMETERS = [
    _text_parameter("tenant_id", "The tenant whose log to read; operator keys may name any."),
    _text_parameter("event_type", "Such as job.completed. Unknown but well-formed: an empty list."),
    _text_parameter("resource_type", "Such as job or policy."),
    _text_parameter("resource_id", "The id of one resource."),
    _text_parameter("actor", "The masked key or user as the events show it."),
    _text_parameter("from_date", "ISO 8601; events at or after it."),
    _text_parameter("to_date", "ISO 8601; events before it, so midnight to midnight is one day."),
    _text_parameter("fields", "`full` adds every field to the bare array."),
    *paging.PARAMETERS,
]


_KNOWN = tuple(each["name"] for each in _PARAMETERS)


@router.get("", response_model=list[EventView], openapi_extra={"parameters": _PARAMETERS})
async def list_events(request: Request) -> Response:
    """The tenant's events, newest first. With page or page_size: `{audit_logs, total, page, page_size}`."""
    # The newest page is what pollers and consoles ask for. On SQLite it costs less than a change of threads, so it is
    # answered here; whatever could take long (a refusal to record, a far offset, a filter, another host) goes to one.
    gate: Gate = request.app.state.gate
    version = gate.database.version()
    if version is None or not _AT_ONCE.issuperset(request.query_params.keys()):
        return await run_in_threadpool(_list, request)
    kept: Pages = request.app.state.pages
    question = (asked_by(request), request.scope["query_string"])
    if (found := kept.find(version, question)) is not None:
        gate.usage.count(found.key_id)
        return Response(found.body, media_type="application/json")
    with gate.database.snapshot(on_loop=True) as fetch:
        if (caller := admitted_at_once(request, "audit:read", fetch)) is not None:
            response = _listed(caller, request.query_params, fetch)
            kept.keep(question, Kept(caller.key_id, bytes(response.body)))
            return response
    return await run_in_threadpool(_list, request)


def _list(request: Request) -> Response:
    caller = authenticate(request, "audit:read")
    with caller.database.snapshot() as fetch:
        return _listed(caller, request.query_params, fetch)


def _listed(caller: Caller, asked: QueryParams, fetch: Fetch) -> Response:
    _check_parameters(asked)
    page = paging.paging(asked)
    which = _filter(caller, asked)
    shape = _shape(asked, page)
    if shape is brief:
        items = [brief(row) for row in query.newest_brief(fetch, which, limit=page.limit, offset=page.offset)]
    else:
        items = [shape(each) for each in query.newest(fetch, which, limit=page.limit, offset=page.offset)]
    total = query.count(fetch, which) if page.page or page.count else None
    return listing(page, "audit_logs", items, total)


@router.get("/{event_id}", response_model=FullEventView)
async def get_event(event_id: str, request: Request) -> Response:
    """One event: the full record and its state."""
    return await run_in_threadpool(_get, event_id, request)


def _get(event_id: str, request: Request) -> Response:
    caller = authenticate(request, "audit:read")
    with caller.database.snapshot() as fetch:
        found = query.find(fetch, event_id, caller.tenant_id)
    if found is None:
        raise NotFound("There is no such audit event.")
    return answer(full(found))


def _check_parameters(asked: QueryParams) -> None:
    """Refuse what would be ignored: an answer to another question than the one that was asked is no audit."""
    names = [name for name, _ in asked.multi_items()]
    for name in names:
        if name not in _KNOWN:
            shown = name if name.isascii() and name.isidentifier() and len(name) <= 40 else "A parameter"
            raise Invalid(
                f"{shown} is not a parameter of the audit trail. They are: {', '.join(_KNOWN)}.",
                code="unknown_parameter",
            )
        if names.count(name) > 1 and name != "tenant_id":  # which auth has compared
            raise Invalid(f"{name} is there twice; send it once.", errors=(FieldError(name, "is there twice"),))


def _shape(asked: Mapping[str, str], page: paging.Paging) -> Any:
    wanted = asked.get("fields")
    if wanted not in (None, "full"):
        raise Invalid("fields must be full or be left out.", errors=(FieldError("fields", "must be full"),))
    if wanted == "full":
        return full
    return listed if page.page is not None else brief


def _filter(caller: Caller, asked: Mapping[str, str]) -> query.Filter:
    return query.Filter(
        tenant_id=caller.tenant_id,
        event_type=_type(asked, "event_type"),
        resource_type=_type(asked, "resource_type"),
        resource_id=_name(asked, "resource_id"),
        actor=_name(asked, "actor"),
        since=_moment(asked, "from_date"),
        until=_moment(asked, "to_date"),
    )


def _type(asked: Mapping[str, str], name: str) -> str | None:
    value = asked.get(name)
    if value is None or (len(value) <= _NAME_LENGTH and _TYPE.match(value)):
        return value
    raise Invalid(
        f"{name} must be lower-case words joined by dots, such as job.completed.",
        errors=(FieldError(name, "has the wrong form"),),
    )


def _name(asked: Mapping[str, str], name: str) -> str | None:
    value = asked.get(name)
    if value is None or (0 < len(value) <= _NAME_LENGTH and value.isprintable()):
        return value
    raise Invalid(
        f"{name} must be 1 to {_NAME_LENGTH} printable characters.", errors=(FieldError(name, "has the wrong form"),)
    )


def _moment(asked: Mapping[str, str], name: str) -> ids.Micros | None:
    value = asked.get(name)
    if value is None:
        return None
    try:
        return times.parse(value)
    except ValueError:
        raise Invalid(
            f"{name} must be an ISO 8601 date or time, such as 2026-01-31 or 2026-01-31T12:00:00Z.",
            errors=(FieldError(name, "is not an ISO 8601 date or time"),),
        ) from None
