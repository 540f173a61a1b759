"""What a caller asks of the trail: its parameters, read and checked. Nothing that was asked is ignored."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from starlette.datastructures import QueryParams

from expunct_server import ids
from expunct_server.errors import FieldError, Invalid
from expunct_server.trail import kinds
from expunct_server.trail.query import Filter
from expunct_server.web import paging, times

_NAME_LENGTH = 128
_REPEATED = frozenset({"event_type", "resource_type"})
_PAGED = ("offset", "page", "page_size")  # ways to say where a page begins that a cursor contradicts


def _parameter(name: str, text: str, **schema: Any) -> dict[str, Any]:
    return paging.parameter(name, {"type": "string"} | schema, text)


PARAMETERS = [
    _parameter("tenant_id", "The tenant whose log to read; operator keys may name any."),
    _parameter(
        "event_type",
        "Such as job.completed, or job.* for all that begin so. Several: separated by commas, or the parameter again. "
        "Unknown but well-formed: an empty list.",
    ),
    _parameter("resource_type", "Such as job or policy; several as with event_type."),
    _parameter("resource_id", "The id of one resource."),
    _parameter("actor", "The masked key or user as the events show it."),
    _parameter("from_date", "ISO 8601; events at or after it."),
    _parameter("to_date", "ISO 8601; events before it, so midnight to midnight is one day."),
    _parameter("fields", "`full` adds every field to the bare array."),
    _parameter(
        "order",
        "desc, newest first, or asc: in the order of the log, only what has its index.",
        enum=["asc", "desc"],
        default="desc",
    ),
    paging.parameter(
        "as_of",
        {"type": "integer", "minimum": 0},
        "A size of the log: only events with a lower index, so that the listing never changes.",
    ),
    _parameter(
        "cursor",
        "Go on where a page ended: from its Link header with rel=next, with the same filters. Not together with "
        "offset, page or page_size.",
    ),
    paging.parameter(
        "follow",
        {"type": "boolean", "default": False},
        "Oldest first, and always with a next cursor, which stays valid behind the newest event: ask again with it. "
        "With Accept: text/event-stream the events come as server-sent events as they get their index; Last-Event-ID "
        "goes on behind an event.",
    ),
    *paging.PARAMETERS,
]
_KNOWN = tuple(each["name"] for each in PARAMETERS if each["name"] != "tenant_id")
WAIT = _parameter(
    "wait", "`published` waits up to ten seconds for a signed checkpoint to cover the event.", enum=["published"]
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to the trail, but for its tenant. `is_full`: every field was asked for."""

    filters: Mapping[str, Any]
    page: paging.Paging
    is_full: bool
    ascending: bool
    follow: bool
    as_of: int | None
    cursor: str | None

    def which(self, tenant_id: str) -> Filter:
        """The filter for a tenant."""
        return Filter(tenant_id, **self.filters)

    def question(self, tenant_id: str) -> str:
        """What a cursor belongs to, as a text: which events, in which order."""
        which = self.which(tenant_id)
        values = [getattr(which, each.name) for each in fields(which)]
        return repr((*values, self.ascending, self.as_of))


def read(query: QueryParams) -> Asked:
    """The question. Raises `Invalid`, naming the parameter that is wrong."""
    check_names(query, _KNOWN, "of the audit trail", repeated=_REPEATED)
    joined = {name: ",".join(query.getlist(name)) if name in _REPEATED else query[name] for name in query}
    page = paging.paging(joined)
    follow = paging.truth(joined, "follow")
    order = _choice(joined, "order", ("asc", "desc"))
    as_of = paging.whole_number(joined, "as_of", 0, 0, paging.MAX_OFFSET) if "as_of" in joined else None
    if follow:
        _exclude(joined, "follow", (*_PAGED, "as_of", "count"))
        if order == "desc":
            raise _contradiction("follow", "order=desc")
    if "cursor" in joined:
        _exclude(joined, "cursor", _PAGED)
    return Asked(
        filters=filters(joined),
        page=page,
        is_full=_choice(joined, "fields", ("full",)) is not None,
        ascending=follow or order == "asc",
        follow=follow,
        as_of=as_of,
        cursor=joined.get("cursor"),
    )


def filters(asked: Mapping[str, str]) -> dict[str, Any]:
    """The filters by the names that `query.Filter` has for them."""
    return {
        "event_type": types(asked, "event_type"),
        "resource_type": types(asked, "resource_type"),
        "resource_id": text(asked, "resource_id"),
        "actor": text(asked, "actor"),
        "since": moment(asked, "from_date"),
        "until": moment(asked, "to_date"),
    }


def check_names(
    query: QueryParams, known: Sequence[str], of: str = "of this request", *, repeated: Collection[str] = ()
) -> None:
    """Refuse what would be ignored: an answer to another question than the one that was asked is no audit.

    `known` are taken, besides `tenant_id`, and of these `repeated` more than once. Raises `Invalid`.
    """
    names = [name for name, _ in query.multi_items()]
    for name in names:
        if name not in known and name != "tenant_id":
            shown = name if name.isascii() and name.isidentifier() and len(name) <= 40 else "A parameter"
            raise Invalid(
                f"{shown} is not a parameter {of}. They are: {', '.join(('tenant_id', *known))}.",
                code="unknown_parameter",
            )
        if names.count(name) > 1 and name != "tenant_id" and name not in repeated:  # auth has compared tenants
            raise Invalid(f"{name} is there twice; send it once.", errors=(FieldError(name, "is there twice"),))


def _exclude(asked: Mapping[str, str], name: str, others: tuple[str, ...]) -> None:
    for other in others:
        if other in asked:
            raise _contradiction(name, other)


def _contradiction(name: str, other: str) -> Invalid:
    return Invalid(
        f"{name} and {other} contradict each other; use one of them.",
        errors=(FieldError(name, f"cannot be combined with {other}"),),
    )


def _choice(asked: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str | None:
    value = asked.get(name)
    if value is None or value in allowed:
        return value
    said = " or ".join(allowed)
    raise Invalid(f"{name} must be {said} or be left out.", errors=(FieldError(name, f"must be {said}"),))


def types(asked: Mapping[str, str], name: str) -> kinds.Kinds | None:
    """The types that a parameter names. Raises `Invalid`."""
    value = asked.get(name)
    try:
        return None if value is None else kinds.kinds(value)
    except ValueError:
        raise Invalid(
            f"{name} must be lower-case words joined by dots, such as job.completed or job.*; several, at most "
            f"{kinds.MOST}, are separated by commas.",
            errors=(FieldError(name, "has the wrong form"),),
        ) from None


def text(asked: Mapping[str, str], name: str) -> str | None:
    """A name that may be anything printable. Raises `Invalid`."""
    value = asked.get(name)
    if value is None or (0 < len(value) <= _NAME_LENGTH and value.isprintable()):
        return value
    raise Invalid(
        f"{name} must be 1 to {_NAME_LENGTH} printable characters.", errors=(FieldError(name, "has the wrong form"),)
    )


def moment(asked: Mapping[str, str | None], name: str) -> ids.Micros | None:
    """A date or time. Raises `Invalid`."""
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
