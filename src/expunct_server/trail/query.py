"""Finding events, in the log's order: what is recorded and has no index yet is newer than all that has one.

Everything one answer needs is read within one snapshot of the database, which its caller holds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from expunct_server import ids
from expunct_server.audit.entry import ERASED
from expunct_server.audit.models import key_of
from expunct_server.db.session import Fetch
from expunct_server.errors import FieldError, Invalid
from expunct_server.publishing.sequencer import MARK_EVERY
from expunct_server.trail import statements
from expunct_server.trail.cursor import Place, Zone
from expunct_server.trail.kinds import Kinds, any_holds
from expunct_server.trail.statements import BRIEF, COLUMNS, Shape, Waiting

__all__ = ["BRIEF", "Filter", "Found", "Head", "Listing", "Span", "count", "find", "listed", "newest", "read_head"]

COUNTED = 10_000  # a total is exact up to here


class Found(NamedTuple):
    """An event as it is stored. `details` is canonical JSON; `created_at` microseconds since 1970.

    `log_index` is its index in the log, if it has one yet; `published_size` how much of the log is published.
    """

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
    salt: bytes | None
    erased_by: str | None
    log_index: int | None
    published_size: int | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which events of one tenant. `since <= created_at < until`, in microseconds, exactly."""

    tenant_id: str
    event_type: Kinds | None = None
    resource_type: Kinds | None = None
    resource_id: str | None = None
    actor: str | None = None
    since: ids.Micros | None = None
    until: ids.Micros | None = None


class Head(NamedTuple):
    """The tenant's log as this snapshot shows it. `waits_from`: the lowest position without an index, if there is one.

    `number` is None before any event has an index.
    """

    number: int | None
    size: int
    published_size: int
    regress: int
    waits_from: int | None


@dataclass(frozen=True, slots=True)
class Span:
    """Which part of the order: `as_of` a size of the log, from a `place` on (or after `offset` rows)."""

    limit: int
    offset: int = 0
    ascending: bool = False
    as_of: int | None = None
    place: Place | None = None


class Listing(NamedTuple):
    """Rows: the columns that were asked for, then `seq` (None without one). `resume` is what follows the last."""

    rows: list[tuple[Any, ...]]
    resume: Place | None


def read_head(fetch: Fetch, tenant_id: str) -> Head:
    """The log's state."""
    found = fetch(statements.HEAD, {"tenant_id": tenant_id})
    if found:
        return Head._make(found[0])
    return Head(None, 0, 0, 0, fetch(statements.WAITS_FROM, {"tenant_id": tenant_id})[0][0])


def listed(fetch: Fetch, which: Filter, span: Span, head: Head, columns: int = len(COLUMNS)) -> Listing:
    """One page. Raises `Invalid` when `as_of` is more than the log has."""
    if span.as_of is not None and span.as_of > head.size:
        raise Invalid(
            f"as_of is more than the log has: {head.size} events have an index.",
            errors=(FieldError("as_of", "is more than the log's size"),),
        )
    entries = _Entries(fetch, which, head, columns)
    if span.ascending:
        return _ascending(entries, span, head.size if span.as_of is None else span.as_of)
    return _descending(entries, _Recent(fetch, which, columns), span, head)


def _ascending(entries: "_Entries", span: Span, size: int) -> Listing:
    low = span.place.seq if span.place else 0
    rows = entries.page(low, size, span.limit, span.offset, ascending=True)
    # A page that is not full leaves nothing below `size`: whoever follows need not look there again.
    return Listing(rows, Place(Zone.ASCENDING, rows[-1][-1] + 1 if len(rows) == span.limit else max(low, size)))


def _descending(entries: "_Entries", recent: "_Recent", span: Span, head: Head) -> Listing:
    first: list[tuple[Any, ...]] = []
    size, offset, began = head.size, span.offset, None
    if span.place is not None:
        size = span.place.seq
        if span.place.zone is Zone.RECORDED:
            began = span.place
            first = recent.later_page(began, span.limit)
    elif span.as_of is not None:
        size = span.as_of
    elif head.waits_from is not None:
        began = Place(Zone.RECORDED, size, 0, head.waits_from)
        first = recent.page(span.limit, offset)
        offset = 0 if first else offset - (recent.count(offset) if offset else 0)
    if began and len(first) == span.limit:
        return Listing([row[:-1] for row in first], replace(began, position=first[-1][-1]))
    rest = entries.page(0, size, span.limit - len(first), offset)
    resume = Place(Zone.SEQUENCED, rest[-1][-1]) if rest else None
    return Listing([*(row[:-1] for row in first), *rest], resume)


def newest(fetch: Fetch, which: Filter, *, limit: int, offset: int) -> Sequence[Found]:
    """Events newest first, with everything that is known of them."""
    head = read_head(fetch, which.tenant_id)
    rows = listed(fetch, which, Span(limit, offset), head).rows
    return [Found._make((*row, head.published_size)) for row in rows]


def count(fetch: Fetch, which: Filter, span: Span, head: Head) -> tuple[int, bool]:
    """How many events the whole listing has, and whether that is exact: it is, up to ten thousand."""
    size = head.size if span.as_of is None else span.as_of
    has_recent = not span.ascending and span.as_of is None and head.waits_from is not None
    total = _Recent(fetch, which, BRIEF).count(COUNTED + 1) if has_recent else 0
    if total <= COUNTED:
        total += _Entries(fetch, which, head, BRIEF).count(size, COUNTED + 1)
    return min(total, COUNTED), total <= COUNTED


def find(fetch: Fetch, event_id: str, tenant_id: str | None = None) -> Found | None:
    """One event; of any tenant when none is named, which is for the operator at the machine and never for a caller."""
    rows = fetch(statements.ONE, {"id": event_id})
    found = Found._make(rows[0]) if rows else None
    return found if found is not None and tenant_id in (None, found.tenant_id) else None


class _Recent:
    """Events without an index, or that had none when the listing began. There are few: their own columns are asked."""

    def __init__(self, fetch: Fetch, which: Filter, columns: int) -> None:
        self.fetch, self.columns = fetch, columns
        named = {"event_type": which.event_type or (), "resource_type": which.resource_type or ()}
        self.which = Waiting(
            event_types=len(named["event_type"]),
            resource_types=len(named["resource_type"]),
            by_actor=which.actor is not None,
            by_resource=which.resource_id is not None,
            since=which.since is not None,
            until=which.until is not None,
        )
        self.values: dict[str, Any] = {"tenant_id": which.tenant_id, "actor": which.actor, "since": which.since}
        self.values |= {"resource_id": which.resource_id, "until": which.until}
        for name, kinds in named.items():
            for number, kind in enumerate(kinds):
                self.values |= {f"{name}_{number}": kind.text, f"{name}_length_{number}": kind.compared}

    def page(self, limit: int, offset: int) -> list[tuple[Any, ...]]:
        values = self.values | {"limit": limit, "offset": offset}
        return self.fetch(statements.waiting(self.which, self.columns), values)

    def later_page(self, place: Place, limit: int) -> list[tuple[Any, ...]]:
        bounds = {"lowest": place.lowest, "position": place.position, "began": place.seq, "limit": limit}
        return self.fetch(statements.waited(self.which, self.columns), self.values | bounds)

    def count(self, reach: int) -> int:
        total: int = self.fetch(statements.waiting_counted(self.which), self.values | {"reach": reach})[0][0]
        return total


class _Entries:
    """Events that have an index, by that index."""

    def __init__(self, fetch: Fetch, which: Filter, head: Head, columns: int) -> None:
        self.fetch, self.which, self.head, self.columns = fetch, which, head, columns

    def page(self, low: int, high: int, limit: int, offset: int, *, ascending: bool = False) -> list[tuple[Any, ...]]:
        if limit <= 0 or (found := self._narrowed(low, high)) is None:
            return []
        shape, values = found
        shape = replace(shape, ascending=ascending)
        if shape == Shape(ascending=ascending):  # indices have no gaps: what an offset skips need not be read
            moved = {"low": values["low"] + offset} if ascending else {"high": max(values["high"] - offset, 0)}
            return self.fetch(statements.sequenced(shape, self.columns), values | moved | {"limit": limit})
        values |= {"limit": limit, "offset": offset, "reach": limit + offset}
        keyed = shape.by_actor or shape.by_resource
        # Two texts can have one key, however rarely. A page that is not skipped to shows by itself whether any did.
        rows = self.fetch(statements.sequenced(replace(shape, exact=keyed and offset > 0), self.columns), values)
        if keyed and offset == 0 and not all(map(self._is_meant, rows)):
            rows = self.fetch(statements.sequenced(replace(shape, exact=True), self.columns), values)
        return rows

    def count(self, high: int, reach: int) -> int:
        found = self._narrowed(0, high)
        if found is None:
            return 0
        shape, values = found
        if shape == Shape():
            return min(max(0, int(values["high"] - values["low"])), reach)
        exact = replace(shape, exact=shape.by_actor or shape.by_resource)
        total: int = self.fetch(statements.counted(exact), values | {"reach": reach})[0][0]
        return total

    def _is_meant(self, row: tuple[Any, ...]) -> bool:
        return self.which.resource_id in (None, row[3]) and self.which.actor in (None, row[4])

    def _narrowed(self, low: int, high: int) -> tuple[Shape, dict[str, Any]] | None:
        """The statement's shape and values; None when nothing can be found."""
        which, log = self.which, self.head.number
        if log is None:
            return None
        types = self._types()
        if types == []:
            return None
        low, high = self._dated(log, low, high)
        values: dict[str, Any] = {"log": log, "low": low, "high": high, "since": which.since, "until": which.until}
        shape = Shape(
            branches=None if types is None else len(types),
            by_actor=which.actor is not None,
            by_erased=which.actor == ERASED,
            by_resource=which.resource_id is not None,
            since=which.since is not None,
            until=which.until is not None,
        )
        values |= {"types": types} | {f"type_{place}": number for place, number in enumerate(types or ())}
        if which.actor is not None:
            values |= {"actor": which.actor, "actor_key": key_of(which.actor)}
        if which.resource_id is not None:
            values |= {"resource_id": which.resource_id, "resource_key": key_of(which.resource_id)}
        return shape, values

    def _types(self) -> list[int] | None:
        """Numbers of the types to ask in turn; None to ask all at once, by the order alone."""
        which = self.which
        if not (which.event_type or which.resource_type or which.actor or which.resource_id):
            return None
        wanted: list[tuple[Kinds | None, Callable[[tuple[Any, ...]], str]]] = [
            (which.event_type, lambda row: row[1]),
            (which.resource_type, lambda row: row[2]),
        ]
        rows = self.fetch(statements.TYPES, {})
        return sorted(
            row[0] for row in rows if all(kinds is None or any_holds(kinds, name(row)) for kinds, name in wanted)
        )

    def _dated(self, log: int, low: int, high: int) -> tuple[int, int]:
        """Bounds that leave out no event between the dates; the statement then compares exactly."""
        if self.which.since is not None:
            found = self.fetch(statements.SINCE, {"log": log, "since": self.which.since})
            low = max(low, found[0][0] * MARK_EVERY) if found else low
        if self.which.until is not None:
            # Behind a mark no event is older than the newest before it by more than time ever stepped back here.
            found = self.fetch(statements.UNTIL, {"log": log, "until": self.which.until + self.head.regress})
            high = min(high, found[0][0] * MARK_EVERY) if found else high
        return low, high
