"""Two ways to page through a list, one per generation of clients.

`limit` and `offset` answer with a bare array; `page` and/or `page_size` with an envelope that has the total. Both at
once contradict each other: 422.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from expunct_server.errors import FieldError, Invalid

MAX_OFFSET = 10_000_000_000


@dataclass(frozen=True, slots=True)
class Paging:
    """Rows `offset` to `offset + limit`; `page` is None when the answer is a bare array."""

    limit: int
    offset: int
    page: int | None
    count: bool = False  # the caller wants X-Total-Count

    def envelope(self, name: str, items: list[Any], total: int) -> dict[str, Any]:
        """The body of a `page`/`page_size` answer."""
        return {name: items, "total": total, "page": self.page, "page_size": self.limit}


def paging(query: Mapping[str, str]) -> Paging:
    """Read the paging parameters. Raises `Invalid`, naming the one that is wrong."""
    offset_style = "limit" in query or "offset" in query
    page_style = "page" in query or "page_size" in query
    if offset_style and page_style:
        raise Invalid(
            "Use either limit and offset or page and page_size, not both.",
            errors=(FieldError("page", "cannot be combined with limit or offset"),),
        )
    count = truth(query, "count")
    if page_style:
        page = whole_number(query, "page", 1, 1, 1_000_000_000)
        size = whole_number(query, "page_size", 20, 1, 500)
        return Paging(size, (page - 1) * size, page, count)
    return Paging(
        whole_number(query, "limit", 50, 1, 100), whole_number(query, "offset", 0, 0, MAX_OFFSET), None, count
    )


def whole_number(query: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A decimal number between `low` and `high`, strictly ASCII digits. Raises `Invalid`."""
    raw = query.get(name)
    if raw is None:
        return default
    if raw.isascii() and raw.isdigit() and len(raw) <= 12 and low <= int(raw) <= high:
        return int(raw)
    bounds = f"from {low} to {high}" if high < 1_000_000 else f"of at least {low}"
    raise Invalid(
        f"{name} must be a whole number {bounds}.", errors=(FieldError(name, f"must be a whole number {bounds}"),)
    )


def truth(query: Mapping[str, str], name: str) -> bool:
    """A switch, off unless told. Raises `Invalid`."""
    raw = query.get(name, "false").lower()
    if raw not in ("true", "1", "false", "0"):
        raise Invalid(f"{name} must be true or false.", errors=(FieldError(name, "must be true or false"),))
    return raw in ("true", "1")


def parameter(name: str, schema: dict[str, Any], text: str) -> dict[str, Any]:
    """The OpenAPI description of a query parameter that may be left out."""
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": text}


PARAMETERS: list[dict[str, Any]] = [  # for the OpenAPI description of every list
    parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
        "Items to return, as a bare array. Not together with page or page_size.",
    ),
    parameter("offset", {"type": "integer", "minimum": 0, "default": 0}, "Items to skip."),
    parameter("page", {"type": "integer", "minimum": 1}, "Page number; the answer becomes an envelope with a total."),
    parameter("page_size", {"type": "integer", "minimum": 1, "maximum": 500}, "Items a page, 20 unless told."),
    parameter("count", {"type": "boolean", "default": False}, "Add the total as the header X-Total-Count."),
]
