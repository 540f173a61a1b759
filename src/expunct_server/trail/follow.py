"""`GET /audit?follow=true` as server-sent events: each event once, in the order of the log, as it gets its index.

A stream holds no thread and no connection while it waits: each look at the log is one short snapshot in a thread of
the pool. With each look the key is looked at again, so that a revoked key's stream ends within seconds. A server that
is told to exit waits for open responses, so with each glance a stream looks whether to end.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import orjson
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from expunct_server.errors import FieldError, Invalid, Refusal
from expunct_server.tenants.auth import Caller, authenticate, recognized
from expunct_server.tenants.places import Places
from expunct_server.trail import asked as parameters
from expunct_server.trail import query
from expunct_server.trail.asked import Asked
from expunct_server.trail.cursor import Place, Zone, cursors_of
from expunct_server.trail.records import brief, full
from expunct_server.web.accepting import VARY, prefers

MEDIA_TYPE = "text/event-stream"
STREAMS, STREAMS_OF_KEY, STREAMS_OF_TENANT = 64, 8, 32  # each costs a look at the log every second
HEARTBEAT_SECONDS = 15.0
_LOOK_SECONDS = 1.0  # between looks at the log, and at the key
_GLANCE_SECONDS = 0.2  # between glances at SQLite's number of changes, which cost next to nothing
_PAGE = 100
_places = Places(
    STREAMS,
    STREAMS_OF_KEY,
    STREAMS_OF_TENANT,
    refusal="Too many streams of the audit trail are open {whose}; end one or poll with the cursor.",
    code="too_many_streams",
    retry_after=30,
)


def wants_stream(request: Request) -> bool:
    """Whether the events are to be streamed: `follow`, by a client that rather has server-sent events than JSON."""
    return "follow" in request.query_params and prefers(request, MEDIA_TYPE)


async def stream(request: Request) -> Response:
    """The stream. Raises what `GET /audit` raises, and `Unavailable` when there are too many streams."""
    tail = await run_in_threadpool(_begin, request)
    _places.take(tail.caller)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **VARY}
    return _Stream(_messages(request, tail), headers=headers, media_type=MEDIA_TYPE, caller=tail.caller)


class _Stream(StreamingResponse):
    """Gives its place among the streams free, however it ends."""

    def __init__(self, content: AsyncIterator[bytes], *, caller: Caller, **options: Any) -> None:
        super().__init__(content, **options)
        self._caller = caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            _places.give_back(self._caller)


@dataclass(frozen=True, slots=True)
class _Tail:
    """Who follows what, and how far it was read."""

    caller: Caller
    asked: Asked
    place: Place

    @property
    def question(self) -> str:
        return self.asked.question(self.caller.tenant_id)


def _begin(request: Request) -> _Tail:
    caller = authenticate(request, "audit:read")
    asked = parameters.read(request.query_params)
    if not asked.follow:
        raise Invalid(
            "A stream of events must be asked for with follow=true.",
            errors=(FieldError("follow", "must be true for a stream"),),
        )
    tail = _Tail(caller, asked, Place(Zone.ASCENDING, 0))
    cursors = cursors_of(caller.settings)
    # A browser that reconnects repeats the URL, cursor and all; how far it got is in the header.
    if (last := request.headers.get("last-event-id")) is not None:
        return replace(tail, place=cursors.read(last, tail.question, "Last-Event-ID"))
    return tail if asked.cursor is None else replace(tail, place=cursors.read(asked.cursor, tail.question))


async def _messages(request: Request, tail: _Tail) -> AsyncIterator[bytes]:
    database, is_closing = tail.caller.database, request.app.state.is_closing
    yield b": the audit trail, as it goes on\n\n"
    heard, seen = time.monotonic(), None
    while not is_closing():
        version = database.version()
        try:
            found = await run_in_threadpool(_look, request, tail)
        except Refusal:
            return  # the database is away or busy: the client comes back with its Last-Event-ID
        if found is None:
            return
        text, is_full, tail = found
        if text:
            heard = time.monotonic()
            yield text
        elif time.monotonic() - heard >= HEARTBEAT_SECONDS:
            heard = time.monotonic()
            yield b": nothing new\n\n"
        if is_full:
            continue
        looked, seen = time.monotonic(), version
        while time.monotonic() - looked < _LOOK_SECONDS and not is_closing():
            await asyncio.sleep(_GLANCE_SECONDS)
            if seen is not None and database.version() != seen:
                break


def _look(request: Request, tail: _Tail) -> tuple[bytes, bool, _Tail] | None:
    """The next events as messages, whether there may be more at once, and how far that is; None for a lapsed key."""
    caller, asked = tail.caller, tail.asked
    with caller.database.snapshot() as fetch:
        if (known := recognized(request, fetch)) is None or "audit:read" not in known.scopes:
            return None
        head = query.read_head(fetch, caller.tenant_id)
        span = query.Span(_PAGE, ascending=True, place=tail.place)
        found = query.listed(fetch, asked.which(caller.tenant_id), span, head)
    cursors, parts = cursors_of(caller.settings), []
    for row in found.rows:
        event = query.Found._make((*row, head.published_size))
        cursor = cursors.write(Place(Zone.ASCENDING, row[-1] + 1), tail.question)
        data = orjson.dumps(full(event) if asked.is_full else brief(event))
        parts.append(b"id: %s\nevent: audit\ndata: %s\n\n" % (cursor.encode(), data))
    assert found.resume is not None
    return b"".join(parts), len(found.rows) == _PAGE, replace(tail, place=found.resume)
