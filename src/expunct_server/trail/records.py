"""Events as the API shows them: brief, as in the envelope, and with everything that is known."""

from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import BaseModel

from expunct_server import ids
from expunct_server.audit.entry import PARTS, part_salts
from expunct_server.trail.query import BRIEF, Found


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
    erased: list[str]


def brief(row: Sequence[Any]) -> dict[str, Any]:
    """The eight fields of the bare array, from the columns in their order."""
    event_id, event_type, resource_type, resource_id, actor, details, tenant_id, created_at = row[:BRIEF]
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


def listed(found: Found) -> dict[str, Any]:
    """A record of the envelope: the eight fields, under both generations' names, and where the request came from."""
    event = brief(found)
    return event | {
        "timestamp": event["created_at"],
        "details": event["metadata"],
        "request_id": found.request_id,
        "ip_address": found.ip_address,
    }


def full(found: Found) -> dict[str, Any]:
    """Everything. `state` is the guarantee the event has reached; `log_index` its place once it is sequenced."""
    return listed(found) | {
        "user_agent": found.user_agent,
        "actor_id": found.actor_id,
        "outcome": found.outcome,
        "schema_version": found.schema_version,
        "is_truncated": bool(found.is_truncated),
        "log_index": found.log_index,
        "state": _state(found),
        "erased": _erased(found),
    }


def _state(found: Found) -> str:
    if found.log_index is None:
        return "recorded"
    return "published" if found.log_index < (found.published_size or 0) else "sequenced"


def _erased(found: Found) -> list[str]:
    """The parts that an erasure destroyed: what has no salt any more. All, where the salts are damaged."""
    if found.erased_by is None:
        return []
    try:
        kept = part_salts(found.salt) if found.salt is not None else {}
    except ValueError:  # one row must not keep others from being listed
        kept = {}
    return [part for part in PARTS if part not in kept]
