"""Finding events.

A statement is built from the filters that are there, once for each combination: `(:x IS NULL OR col = :x)` would defeat
indexes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select

from expunct_server import ids
from expunct_server.audit.models import AuditEvent
from expunct_server.db.prepared import Prepared
from expunct_server.db.session import Fetch

_E = AuditEvent.__table__.c


class Found(NamedTuple):
    """An event as it is stored. `details` is canonical JSON; `created_at` microseconds since 1970."""

    id: str
    event_type: str
    resource_type: str
    resource_id: str
    actor: str
    details: str
    tenant_id: str
    created_at: int
    request_id: str | None
    ip_address: str | None
    user_agent: str | None
    actor_id: str
    outcome: str
    schema_version: int
    is_truncated: bool


_COLUMNS = tuple(_E[name] for name in Found._fields)
BRIEF = 8  # the first columns are those of the bare array
_CONDITIONS: dict[str, Callable[[Any], Any]] = {
    "tenant_id": lambda value: _E.tenant_id == value,
    "event_type": lambda value: _E.event_type == value,
    "resource_type": lambda value: _E.resource_type == value,
    "resource_id": lambda value: _E.resource_id == value,
    "actor": lambda value: _E.actor == value,
    "since": lambda value: _E.created_at >= value,
    "until": lambda value: _E.created_at < value,
}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events of one tenant. `since <= created_at < until`, in microseconds, exactly."""

    tenant_id: str
    event_type: str | None = None
    resource_type: str | None = None
    resource_id: str | None = None
    actor: str | None = None
    since: ids.Micros | None = None
    until: ids.Micros | None = None

    def given(self) -> dict[str, Any]:
        """The filters that are there, by name."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return {name: value for name, value in values if value is not None}


def newest(fetch: Fetch, which: Filter, *, limit: int, offset: int) -> Sequence[Found]:
    """Events newest first, by the log's order: what is recorded and not yet sequenced, in the order of recording."""
    given = which.given()
    rows = fetch(_listing(tuple(given), len(_COLUMNS)), given | {"limit": limit, "offset": offset})
    return list(map(Found._make, rows))


def newest_brief(fetch: Fetch, which: Filter, *, limit: int, offset: int) -> Sequence[tuple[Any, ...]]:
    """As `newest`, the first eight columns alone, as they come from the driver."""
    given = which.given()
    return fetch(_listing(tuple(given), BRIEF), given | {"limit": limit, "offset": offset})


def count(fetch: Fetch, which: Filter) -> int:
    """How many events there are, exactly."""
    given = which.given()
    total: int = fetch(_counting(tuple(given)), given)[0][0]
    return total


def find(fetch: Fetch, event_id: str, tenant_id: str | None = None) -> Found | None:
    """One event; of any tenant when none is named, which is for the operator at the machine and never for a caller."""
    given = {"id": event_id} | ({} if tenant_id is None else {"tenant_id": tenant_id})
    rows = fetch(_ONE_OF_TENANT if tenant_id is not None else _ONE, given)
    return Found._make(rows[0]) if rows else None


_ONE = Prepared(select(*_COLUMNS).where(_E.id == bindparam("id")))
_ONE_OF_TENANT = Prepared(select(*_COLUMNS).where(_E.id == bindparam("id"), _E.tenant_id == bindparam("tenant_id")))


@cache  # as many as there are combinations of filters
def _listing(names: tuple[str, ...], columns: int) -> Prepared:
    newest_first = _where(select(*_COLUMNS[:columns]), names).order_by(_E.position.desc())
    return Prepared(newest_first.limit(bindparam("limit")).offset(bindparam("offset")))


@cache
def _counting(names: tuple[str, ...]) -> Prepared:
    return Prepared(_where(select(func.count()).select_from(AuditEvent), names))


def _where(query: Select[Any], names: tuple[str, ...]) -> Select[Any]:
    return query.where(*(_CONDITIONS[name](bindparam(name)) for name in names))
