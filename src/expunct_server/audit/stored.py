"""Stored events as leaves: the one place where a row of `audit_event` becomes the bytes of its entry."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Row

from expunct_server import ids
from expunct_server.audit.codec import canonical
from expunct_server.audit.entry import (
    COMMITMENT_SIZE,
    LEFT,
    PARTS,
    actor_value,
    client_value,
    commitment,
    entry,
    part_salts,
)
from expunct_server.audit.models import AuditEvent

_E = AuditEvent.__table__.c


class Stored(NamedTuple):
    """An event's row, as far as its leaf and its values go."""

    position: int
    id: str
    tenant_id: str
    event_type: str
    resource_type: str
    resource_id: str
    actor: str
    actor_id: str
    outcome: str
    details: str
    is_truncated: bool
    schema_version: int
    request_id: str | None
    ip_address: str | None
    user_agent: str | None
    created_at: int
    salt: bytes | None
    commitments: bytes | None
    erased_by: str | None


COLUMNS = tuple(_E[name] for name in Stored._fields)


def stored(rows: Iterable[Row[Any]]) -> list[Stored]:
    """Rows of `select(*COLUMNS)` by name."""
    return list(map(Stored._make, rows))


def values_of(event: Stored) -> dict[str, bytes]:
    """The canonical JSON that each part commits to; of an erased part, what took its place."""
    return {
        "actor": canonical(actor_value(event.actor, event.actor_id)),
        "client": canonical(client_value(event.ip_address, event.user_agent)),
        "metadata": event.details.encode(),  # canonical as it was recorded
    }


def openings_of(event: Stored) -> dict[str, tuple[bytes, bytes]]:
    """Salt and value of each part that was not erased."""
    salts = part_salts(event.salt) if event.salt is not None else {}
    return {part: (salts[part], value) for part, value in values_of(event).items() if part in salts}


def commitments_of(event: Stored) -> dict[str, bytes]:
    """The three commitments: made from salt and values, or as an erasure left them. Raises `ValueError`."""
    if event.commitments is not None:
        if len(event.commitments) != len(PARTS) * COMMITMENT_SIZE:
            raise ValueError("the commitments that an erasure left do not have 96 bytes")
        kept = event.commitments
        return {part: kept[at * COMMITMENT_SIZE : (at + 1) * COMMITMENT_SIZE] for at, part in enumerate(PARTS)}
    openings = openings_of(event)
    if len(openings) != len(PARTS):
        raise ValueError("the event has no salt")
    return {part: commitment(salt, value) for part, (salt, value) in openings.items()}


def untrue(event: Stored) -> list[str]:
    """The parts whose value in the row is neither what the entry commits to nor what an erasure leaves.

    Raises `ValueError` for a row that cannot have been recorded.
    """
    if event.commitments is None:
        return []  # the entry's commitments are made from these very values
    committed, opened = commitments_of(event), openings_of(event)
    return [
        part
        for part, value in values_of(event).items()
        if (commitment(*opened[part]) != committed[part] if part in opened else value != LEFT[part])
    ]


def entry_of(event: Stored) -> bytes:
    """The bytes of the event's leaf. Raises `ValueError` when the row cannot have been recorded like this."""
    return entry(facts_of(event), commitments_of(event))


def facts_of(event: Stored) -> Mapping[str, Any]:
    """What of the event stays for good, by the names in the entry."""
    return {
        "created_at": ids.iso(event.created_at),
        "event_type": event.event_type,
        "id": event.id,
        "is_truncated": bool(event.is_truncated),
        "outcome": event.outcome,
        "request_id": event.request_id,
        "resource_id": event.resource_id,
        "resource_type": event.resource_type,
        "schema_version": event.schema_version,
        "tenant_id": event.tenant_id,
    }
