"""Writing answers."""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, Field
from starlette.responses import Response

from expunct_server.errors import Refusal
from expunct_server.web.paging import Paging

TEXT = "text/plain; charset=utf-8"
PNG_TOO: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
}
TEXT_TOO: dict[int | str, dict[str, Any]] = {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}}


class Detail(BaseModel):
    """An answer that is one sentence."""

    detail: str = Field(description="What was done.")


class Problem(BaseModel):
    """Every error: one plain sentence, and what a program needs beside it."""

    detail: str
    code: str
    request_id: str
    errors: list[dict[str, str]] | None = None


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`body`, a wire model or plain data, as JSON."""
    return Response(encoded(body), status, headers, "application/json")


def encoded(body: Any) -> bytes:
    """JSON bytes of a wire model or plain data."""
    return orjson.dumps(body, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump()
    raise TypeError(type(value).__name__)


def listing(paging: Paging, name: str, items: list[Any], total: int | None) -> Response:
    """A list in the style its caller asked for: a bare array, or the envelope `{<name>, total, page, page_size}`."""
    if paging.page is not None:
        return answer(paging.envelope(name, items, total or 0))
    return answer(items, headers={"X-Total-Count": str(total)} if paging.count else None)


def problem(error: Refusal, request_id: str) -> Response:
    """The answer for a refusal."""
    body: dict[str, Any] = {"detail": error.detail, "code": error.code, "request_id": request_id}
    if error.errors:
        body["errors"] = [{"field": each.field, "message": each.message} for each in error.errors]
    return answer(body, error.status, error.headers)
