"""What tests of the HTTP contract share: the shape of a refusal, more instances of the application, raw rows."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import inspect, text

from expunct_server import app as application
from expunct_server.db.session import Database
from expunct_server.tenants.scopes import SCOPES
from tests.conftest import Api
from tests.support import canary

# For what cannot depend on the kind of database: `@on_sqlite` before a test runs it once.
on_sqlite = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
EVERY_SCOPE = frozenset(SCOPES)
_MUST = {"detail", "code", "request_id"}


def refused(response: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """The body of an error that has the contract's shape; the request is not repeated in it."""
    assert response.status_code == status, (response.status_code, response.text[:300])
    assert response.headers["content-type"] == "application/json"
    body: dict[str, Any] = response.json()
    assert _MUST <= body.keys() <= _MUST | {"errors"}, body
    detail = body["detail"]
    assert isinstance(detail, str) and detail.strip() == detail and len(detail) > 10, detail
    assert not set(detail) & set("[]\n\r"), detail
    assert body["request_id"] == response.headers["x-request-id"]
    assert all(each.keys() == {"field", "message"} for each in body.get("errors", [])), body
    assert canary.found_in(response.content) == [], "the answer repeats what was sent"
    if code is not None:
        assert body["code"] == code, body
    return body


@contextmanager
def another_app(api: Api, *, address: str = "203.0.113.9", **changed: Any) -> Iterator[Api]:
    """A second instance of the application over the same database, called from `address`, with other settings."""
    settings = replace(api.settings, **changed)
    app = application.create_app(settings, api.database, api.client.app.state.text_pool)
    with TestClient(
        app, base_url="http://testserver/api/v1", raise_server_exceptions=False, client=(address, 50000)
    ) as client:
        other = copy(api)
        other.client, other.settings = client, settings
        yield other


def operator(api: Api, tenant: str = "default") -> str:
    """A key with every scope, that of operators included."""
    return api.make_key(tenant, scopes=EVERY_SCOPE)


def count_now(api: Api) -> None:
    """Have the refusals that are still being counted written down."""
    api.client.app.state.gate.refusals.flush(everything=True)


def rows(database: Database, table: str, order: str = "1") -> list[dict[str, Any]]:
    """Every row of a table, past all of our own reading code."""
    with database.reading() as session:
        found = session.connection().execute(text(f"SELECT * FROM {table} ORDER BY {order}"))
        return [dict(row) for row in found.mappings()]


def tables_holding(database: Database, needle: str) -> list[str]:
    """Which columns of which tables hold a text, in whatever form."""
    found = []
    with database.reading() as session:
        connection = session.connection()
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings():
                for column, value in row.items():
                    raw = value if isinstance(value, bytes) else str(value).encode()
                    if needle.encode() in raw:
                        found.append(f"{table}.{column}")
    return found


def asgi(
    app: Any, requests: Iterable[tuple[str, str, dict[str, str]]], body: Iterable[dict[str, Any]] = ()
) -> list[tuple[int, bytes]]:
    """Requests (method, path, headers) straight into the application, without a client that would tidy them up.

    Status 0 means that there was no answer. `body` is what arrives with each; then the client hangs up.
    """

    async def one(method: str, path: str, headers: dict[str, str]) -> tuple[int, bytes]:
        arriving, sent = list(body) or [{"type": "http.request", "body": b"", "more_body": False}], []

        async def receive() -> dict[str, Any]:
            return arriving.pop(0) if arriving else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": f"/api/v1{path}",
            "raw_path": f"/api/v1{path}".encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
            "client": ("10.0.0.1", 50000),
            "server": ("testserver", 80),
        }
        await app(scope, receive, send)
        status = sent[0]["status"] if sent else 0
        return status, b"".join(each.get("body", b"") for each in sent[1:])

    async def all_of_them() -> list[tuple[int, bytes]]:
        return [await one(*each) for each in requests]

    return asyncio.run(all_of_them())
