"""The web application: which routers there are, what runs beside them, and how errors become answers."""

import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from expunct_server import __version__
from expunct_server.audit.screen import screened
from expunct_server.db.session import Database
from expunct_server.errors import BadRequest, NotFound, Refusal, described
from expunct_server.jobs import api as jobs_api
from expunct_server.jobs import submission, workers
from expunct_server.jobs.queue import Queue
from expunct_server.policies import api as policies_api
from expunct_server.redaction.pool import TextPool
from expunct_server.settings import Settings
from expunct_server.storage.folder import FolderStore
from expunct_server.tenants import api as tenants_api
from expunct_server.tenants.auth import Gate, authenticate
from expunct_server.tenants.refusals import Refusals
from expunct_server.tenants.usage import Usage
from expunct_server.trail import api as trail_api
from expunct_server.trail.pages import Pages
from expunct_server.web import bodies
from expunct_server.web.answers import Problem, answer, problem
from expunct_server.web.context import ContextMiddleware

PREFIX = "/api/v1"
_FLUSH_SECONDS = 2.0
_log = logging.getLogger(__name__)
_ROUTERS = (submission.router, jobs_api.router, policies_api.router, tenants_api.router, trail_api.router)


def create_app(settings: Settings, database: Database, text_pool: TextPool | None = None) -> FastAPI:
    """The application over a database that is migrated. It starts and ends its own threads with its lifespan.

    A `text_pool` that is given is its giver's to close.
    """
    app = FastAPI(
        title="Expunct Server",
        version=__version__,
        description="Finds and removes personal data, and proves what it did.",
        docs_url=None,  # these pages would load scripts from other hosts
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
        lifespan=_lifespan,
        responses={status: {"model": Problem} for status in (401, 403, 422)},
    )
    app.state.gate = Gate(settings, database, Refusals(database, settings.refusal_window_seconds), Usage(database))
    app.state.store = FolderStore(settings.data)
    app.state.queue = Queue(settings.url)
    app.state.pages = Pages()
    app.state.text_pool = text_pool or TextPool()
    app.state.owns_text_pool = text_pool is None
    for router in (*_ROUTERS, _health):
        app.include_router(router, prefix=PREFIX)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_middleware(_Shortcut, paths={f"{PREFIX}{trail_api.router.prefix}": trail_api.list_events}, owner=app)
    app.add_middleware(_SafetyNet)
    app.add_middleware(ContextMiddleware, trusted_proxies=settings.trusted_proxies, screened=screened)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    stop = threading.Event()
    flusher = threading.Thread(target=_keep_flushing, args=(app, stop), name="flusher", daemon=True)
    flusher.start()
    app.state.text_pool.start()
    try:
        yield
    finally:
        stop.set()
        await run_in_threadpool(flusher.join)
        if app.state.owns_text_pool:
            app.state.text_pool.close()
        app.state.queue.close()


def _keep_flushing(app: FastAPI, stop: threading.Event) -> None:
    """Write what is counted in memory, every two seconds and once more at the end."""
    gate: Gate = app.state.gate
    stopping = False
    while not stopping:
        stopping = stop.wait(_FLUSH_SECONDS)
        for flush in (partial(gate.refusals.flush, everything=stopping), gate.usage.flush):
            try:
                flush()
            except Exception as error:  # the next round tries again; the counts stay in memory
                _log.warning("counts could not be written: %s", described(error))


# --- errors ---------------------------------------------------------------------------------------------------------


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(error, request.scope["state"]["context"].request_id)


async def _http_error(request: Request, error: Exception) -> Response:
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
    path = PREFIX + getattr(request.scope.get("route"), "path", "").removeprefix(PREFIX)
    found = {m for each in iter_route_contexts(request.app.routes) if each.path == path for m in each.methods or ()}
    return ", ".join(sorted(found))


class _MethodNotAllowed(Refusal):
    status, default_code = 405, "method_not_allowed"


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return problem(bodies.invalid(error.errors()), request.scope["state"]["context"].request_id)


class _SafetyNet:
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


class _Shortcut:
    """Takes the hottest reads to their handlers without the router, whose matching costs more than their answers.

    The routes are declared like any other, which is what the OpenAPI description and every other method see.
    """

    def __init__(self, app: Callable[..., Awaitable[None]], paths: dict[str, Any], owner: FastAPI) -> None:
        self.app, self.owner = app, owner
        self.handlers = paths
        self.routes = {path: SimpleNamespace(path=path.removeprefix(PREFIX)) for path in paths}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] in self.handlers:
            scope["app"], scope["route"] = self.owner, self.routes[scope["path"]]
            response = await self.handlers[scope["path"]](Request(scope, receive))
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)


# --- health and description -------------------------------------------------------------------------------------------

_health = APIRouter(tags=["Health"])


@_health.get("/health")
def health(request: Request) -> Response:
    """Whether the server can work; with a key of scope audit:read also its parts. 503 when the database is away."""
    gate: Gate = request.app.state.gate
    with gate.database.reading() as session:
        alive = workers.alive(session, gate.settings.worker_lost_seconds)
    short = {"status": "ok" if alive else "degraded", "version": __version__}
    if "x-api-key" not in request.headers:
        return answer(short)
    authenticate(request, "audit:read")
    with gate.database.reading() as session:
        return answer(
            short
            | {
                "database": {"status": "ok", "kind": gate.database.dialect},
                "workers": workers.describe(session, gate.settings.worker_lost_seconds),
                "jobs": workers.backlog(session),
                "audit_log": {"state": "recorded", "sequencer_lag": None},
            }
        )


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schema.setdefault("components", {})["securitySchemes"] = {
            "ApiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"}
        }
        schema["security"] = [{"ApiKey": []}]
        schema["paths"][f"{PREFIX}/health"]["get"]["security"] = [{}, {"ApiKey": []}]
        app.openapi_schema = schema
    return app.openapi_schema
