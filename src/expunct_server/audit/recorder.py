"""The one way to change anything: a unit of work that records who did what, then commits, in one transaction.

    with writing(database, actor, origin) as unit:
        event = unit.record(PolicyCreated(name=..., version=1), resource_id=policy_id)
        unit.session.add(Policy(id=policy_id, audit_event_id=event.id, ...))

When the block ends the events and the changes are **recorded**: committed together, durably; when it raises, neither
exists. Record first, then change: the database refuses a change whose event is not there yet (db.guard).

Nothing else in this project opens a writable session or commits; a test of the source holds it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import bindparam, insert
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import Event, free_text_fields
from expunct_server.audit.codec import canonical
from expunct_server.audit.entry import SALT_SIZE
from expunct_server.audit.models import AuditEvent
from expunct_server.audit.screen import screened
from expunct_server.db.log_rules import EARLIEST, LATEST
from expunct_server.db.prepared import Prepared
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable

MAX_DETAILS_BYTES = 32 * 1024
# Characters a text keeps, and members a list or the counts keep, when the details are over their limit: the first pair
# that fits. The last fits any type of the catalog: a character takes six bytes at most, and types have few fields.
_CUTS = ((1024, 100), (256, 50), (64, 20), (16, 4))
_USER_AGENT_LENGTH = 256
_INSERT = Prepared(
    insert(AuditEvent).values(
        {
            each.name: bindparam(each.name)
            for each in AuditEvent.__table__.columns
            if each.name not in ("position", "unit", "commitments", "erased_by")
        }
    )
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `label` is what the log shows (a masked key, a system name), `id` what it means for good."""

    id: str
    label: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from; all None for what the server does by itself."""

    request_id: str | None = None
    ip_address: str | None = None
    user_agent: str | None = None


SYSTEM_TENANT = "system"  # holds what belongs to no tenant: refusals of unknown keys


def system_actor(name: str, tenant_id: str = SYSTEM_TENANT) -> Actor:
    """The server itself, such as `system:scheduler`."""
    return Actor(id=f"system:{name}", label=f"system:{name}", tenant_id=tenant_id)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event's identity; it is recorded when the unit of work commits."""

    id: str
    created_at: ids.Micros


class Unit:
    """An open unit of work: a session to change rows with and the log to say so."""

    def __init__(self, session: Session, actor: Actor, origin: Origin) -> None:
        self.session = session
        self.actor = actor
        self.origin = origin

    def record(
        self, event: Event, *, resource_id: str, actor: Actor | None = None, at: ids.Micros | None = None
    ) -> Recorded:
        """Add `event` about `resource_id` to the log of the actor's tenant.

        `actor` is given where the server carries out what someone asked for earlier (a worker ends a job in the name
        of the key that submitted it). Raises `codec.NotCanonical` when the metadata is outside the profile, and
        `Unavailable` when the clock is plainly wrong.
        """
        who = actor or self.actor
        recorded = Recorded(ids.new("evt"), ids.now() if at is None else at)
        if not EARLIEST <= recorded.created_at < LATEST:  # the database would refuse it, and could not say why
            raise Unavailable(
                "The server's clock is wrong: it is not within the years 2020 to 2099. Nothing was changed; tell its "
                "operator.",
                code="wrong_clock",
            )
        details, is_truncated = _details(event)
        connection = self.session.connection()
        connection.exec_driver_sql(  # compiled once: every act of anyone comes through here
            _INSERT.text(connection.dialect.name),
            {
                "id": recorded.id,
                "tenant_id": who.tenant_id,
                "event_type": event.event_type,
                "resource_type": event.resource_type,
                "resource_id": resource_id,
                "actor": who.label,
                "actor_id": who.id,
                "outcome": event.outcome,
                "details": details,
                "is_truncated": is_truncated,
                "schema_version": event.schema_version,
                "request_id": self.origin.request_id,
                "ip_address": self.origin.ip_address,
                "user_agent": self.origin.user_agent,
                "created_at": recorded.created_at,
                "salt": os.urandom(SALT_SIZE),
            },
        )
        return recorded


@contextmanager
def writing(database: Database, actor: Actor, origin: Origin = Origin(), *, alone: bool = False) -> Iterator[Unit]:
    """A unit of work in the name of `actor`. Commits when the block ends, rolls back when it raises.

    `alone`: the block may take long, so it shares its commit with no other (see `db.turns`).
    Raises `Unavailable` when the database is locked for too long, full or away: then nothing was changed.
    """
    with database.begin(alone=alone) as session:
        yield Unit(session, actor, origin)
        session.flush()


def origin(request_id: str | None, ip_address: str | None, user_agent: str | None) -> Origin:
    """An `Origin` whose user agent, which a caller chose, is cut, cleaned and screened."""
    if user_agent is not None:
        # Cut last as well: a label can be longer than what it stands for, and the column refuses what is too long.
        legible = "".join(c for c in user_agent[: 4 * _USER_AGENT_LENGTH] if c.isprintable())
        user_agent = screened(legible)[:_USER_AGENT_LENGTH]
    return Origin(request_id, ip_address, user_agent)


def _details(event: Event) -> tuple[str, bool]:
    """The event's metadata as canonical JSON of at most 32 KiB, and whether it had to be cut."""
    values: dict[str, Any] = {each.name: getattr(event, each.name) for each in fields(event)}
    for name in free_text_fields(type(event)):
        if values[name] is not None:
            values[name] = screened(values[name])
    encoded = canonical(values)
    if len(encoded) <= MAX_DETAILS_BYTES:
        return encoded.decode(), False
    for length, members in _CUTS:
        encoded = canonical({name: _cut(value, length, members) for name, value in values.items()})
        if len(encoded) <= MAX_DETAILS_BYTES:
            break
    return encoded.decode(), True


def _cut(value: Any, length: int, members: int) -> Any:
    """`value` with texts and lists cut and the largest of counts; their names stay whole, or two could become one."""
    if isinstance(value, str):
        return value[:length]
    if isinstance(value, list):
        return [_cut(item, length, members) for item in value[:members]]
    if isinstance(value, dict):
        named = [(name, count) for name, count in value.items() if len(name) <= length]
        return dict(sorted(named, key=lambda each: (-each[1], each[0]))[:members])
    return value
