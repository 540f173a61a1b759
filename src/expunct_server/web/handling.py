"""What stands around every route: errors as answers, a net for what nobody expected, a way past the router."""

import logging
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from expunct_server.errors import BadRequest, NotFound, Refusal, described
from expunct_server.web import bodies
from expunct_server.web.answers import problem

PREFIX = "/api/v1"
_log = logging.getLogger(__name__)


async def refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(error, request.scope["state"]["context"].request_id)


async def http_error(request: Request, error: Exception) -> Response:
    """404 and 405 of the router itself."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        refusal: Refusal = _MethodNotAllowed("This endpoint does not take this method.")
    elif error.status_code == 404:
        refusal = NotFound("There is no such endpoint. GET /api/v1/openapi.json lists them.", code="no_such_endpoint")
    else:
        refusal = BadRequest("The request could not be read.")
    response = problem(refusal, request.scope["state"]["context"].request_id)
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = _methods(request)
    return response


def _methods(request: Request) -> str:
    """What the path does take. Routes of one path know of their own methods only."""
    own = getattr(request.scope.get("route"), "path", "")
    paths = {"/"} if request.scope["path"] == "/" else {PREFIX + own.removeprefix(PREFIX)}
    found = {m for each in iter_route_contexts(request.app.routes) if each.path in paths for m in each.methods or ()}
    return ", ".join(sorted(found))


class _MethodNotAllowed(Refusal):
    status, default_code = 405, "method_not_allowed"


async def validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem(bodies.invalid(error.errors()), request.scope["state"]["context"].request_id)


class SafetyNet:
    """Catches what nothing else caught: a plain 500 for the caller, class and place (never the message) for the log."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        context, began, started = scope["state"]["context"], time.monotonic(), 0

        async def watched(message: Any) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = message["status"]
            await send(message)

        try:
            if b"\0" in scope["path"].encode() or b"%00" in scope.get("query_string", b""):
                raise BadRequest("The URL holds a NUL character.", code="nul_in_url")
            await self.app(scope, receive, watched)
        except ClientDisconnect:
            pass
        except Refusal as error:
            await problem(error, context.request_id)(scope, receive, watched)
        except Exception as error:
            _log.error("request %s: %s", context.request_id, described(error))
            if started:
                raise ConnectionAbortedError("the answer broke off") from None
            await problem(
                Refusal("The server met an unexpected error; its log names it under this request id."),
                context.request_id,
            )(scope, receive, watched)
        route = getattr(scope.get("route"), "path", "(none)")
        _log.info(
            "%s %s %s %.0f ms %s",
            scope["method"],
            route,
            started,
            (time.monotonic() - began) * 1000,
            context.request_id,
        )


class Shortcut:
    """Takes the hottest reads to their handlers without the framework, which costs more than their answers.

    The routes are declared like any other, which is what the OpenAPI description and every other method see.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], handlers: dict[str, Any], owner: FastAPI) -> None:
        self.app, self.owner = app, owner
        self.handlers = handlers
        self.routes = {path: SimpleNamespace(path=path.removeprefix(PREFIX)) for path in handlers}
        self.net = SafetyNet(self._answer)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        is_short = scope["method"] == "GET" and scope["path"] in self.handlers
        await (self.net if is_short else self.app)(scope, receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        scope["app"], scope["route"] = self.owner, self.routes[scope["path"]]
        response = await self.handlers[scope["path"]](Request(scope, receive))
        await response(scope, receive, send)
