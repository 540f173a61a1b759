"""Which event of its tenant's log an endpoint is to get next.

Found by the log's own indices: however many events lie between that it does not want, it is one search a type.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from expunct_server.audit.catalog import CATALOG
from expunct_server.db.prepared import Prepared
from expunct_server.db.session import Fetch
from expunct_server.errors import FieldError, Invalid
from expunct_server.trail import query
from expunct_server.trail.cursor import Place, Zone
from expunct_server.trail.kinds import Kind, Kinds
from expunct_server.trail.query import Filter, Found, Span

EVERY = "*"


def checked_types(event_types: Sequence[str]) -> list[str]:
    """The types, each once and in their order. Raises `Invalid` for one that the catalog has no event for."""
    for each in event_types:
        begins = each.removesuffix(EVERY)
        is_family = each.endswith(".*") and any(name.startswith(begins) for name in CATALOG)
        if each != EVERY and each not in CATALOG and not is_family:
            raise Invalid(
                "event_types holds what is no type of event: name types such as job.completed, families such as job.*, "
                "or * for all.",
                code="unknown_event_type",
                errors=(FieldError("event_types", "holds an unknown type"),),
            )
    return list(dict.fromkeys(event_types))


def next_event(fetch: Fetch, tenant_id: str, event_types: str, cursor: int) -> Found | None:
    """The first event at the index `cursor` or behind it that is of the types (as an endpoint's row has them)."""
    head = query.read_head(fetch, tenant_id)
    span = Span(1, ascending=True, place=Place(Zone.ASCENDING, cursor))
    rows = query.listed(fetch, Filter(tenant_id, _kinds(event_types)), span, head).rows
    return Found._make((*rows[0], head.published_size)) if rows else None


def end_of_log(fetch: Fetch, tenant_id: str) -> int:
    """The index that the tenant's next event will get."""
    return query.read_head(fetch, tenant_id).size


def fetching(session: Session) -> Fetch:
    """Reads within the session's own transaction, as a snapshot of the database would."""
    connection = session.connection()

    def fetch(prepared: Prepared, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        found = connection.exec_driver_sql(prepared.text(connection.dialect.name), dict(parameters))
        return [tuple(row) for row in found]

    return fetch


def _kinds(event_types: str) -> Kinds | None:
    names: list[str] = json.loads(event_types)
    if EVERY in names:
        return None
    return tuple(Kind(each.removesuffix(EVERY), is_family=each.endswith(EVERY)) for each in names)
