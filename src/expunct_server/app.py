"""The web application: which routers there are, what runs beside them, and how errors become answers."""

import logging
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, Literal

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from expunct_server import __version__
from expunct_server.audit.recorder import Origin
from expunct_server.audit.screen import screened
from expunct_server.db.session import Database
from expunct_server.errors import BadRequest, NotFound, Refusal, Unavailable, described
from expunct_server.jobs import api as jobs_api
from expunct_server.jobs import submission, workers
from expunct_server.jobs.queue import Queue
from expunct_server.policies import api as policies_api
from expunct_server.redaction import formats
from expunct_server.redaction.pool import TextPool
from expunct_server.settings import Settings
from expunct_server.storage.folder import FolderStore
from expunct_server.tenants import api as tenants_api
from expunct_server.tenants.auth import Gate, authenticate
from expunct_server.tenants.refusals import Refusals, Refused
from expunct_server.tenants.scopes import OPERATOR
from expunct_server.tenants.usage import Usage
from expunct_server.trail import api as trail_api
from expunct_server.trail.pages import Pages
from expunct_server.web import bodies, openapi
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
        responses={422: {"model": Problem}},  # the others: web.openapi
    )
    app.state.gate = Gate(settings, database, Refusals(database, settings.refusal_window_seconds), Usage(database))
    app.state.store = FolderStore(settings.data)
    app.state.queue = Queue(settings.url)
    app.state.pages = Pages()
    app.state.text_pool = text_pool or TextPool()
    app.state.owns_text_pool = text_pool is None
    for router in (*_ROUTERS, _health):
        app.include_router(router, prefix=PREFIX)
    app.include_router(_root)
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
    own = getattr(request.scope.get("route"), "path", "")
    paths = {"/"} if request.scope["path"] == "/" else {PREFIX + own.removeprefix(PREFIX)}
    found = {m for each in iter_route_contexts(request.app.routes) if each.path in paths for m in each.methods or ()}
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
_root = APIRouter(tags=["Health"])


class WorkerView(BaseModel):
    """A worker that lives."""

    id: str
    version: str
    started_at: str
    heartbeat_at: str


class HealthView(BaseModel):
    """`ok`, or `degraded` when no worker lives. Operator keys (scope tenants:any) also see the parts."""

    status: Literal["ok", "degraded"]
    version: str
    database: dict[str, str] | None = None
    workers: list[WorkerView] | None = None
    jobs: dict[str, int] | None = None
    audit_log: dict[str, Any] | None = None


class DownView(Problem):
    """The database is away: nothing else can be answered."""

    status: Literal["down"]
    version: str


class ServerView(BaseModel):
    """Which server this is, and where to go on."""

    name: str
    version: str
    health: str
    openapi: str


class ReportView(BaseModel):
    """What was done to a document: counts, policy version, hashes, timings."""

    job_id: str
    tenant_id: str
    status: str
    actor: str
    input_uri: str
    output_uri: str | None
    filename: str
    media_type: str | None
    language: str
    policy_id: str | None
    policy_version: int | None
    overrides: dict[str, Any]
    entity_count: int
    entity_counts: dict[str, int]
    input_sha256: str | None
    output_sha256: str | None
    output_bytes: int | None
    error_code: str | None
    error_message: str | None
    retry_count: int
    encoding: str | None
    notes: list[str]
    engine_version: str | None
    model_version: str | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    waited_ms: int
    worked_ms: int
    duration_ms: int
    receipt: dict[str, Any] | None
    audit_event_id: str


@_root.get("/", response_model=ServerView)
def index() -> Response:
    """Which server this is, and where to go on. Needs no key."""
    return answer(
        {
            "name": "Expunct Server",
            "version": __version__,
            "health": f"{PREFIX}/health",
            "openapi": f"{PREFIX}/openapi.json",
        }
    )


@_health.get("/health", response_model=HealthView, responses={503: {"model": DownView, "description": "Down."}})
def health(request: Request) -> Response:
    """Whether the server can work. Needs no key; an operator's key also shows workers and the backlog."""
    gate: Gate = request.app.state.gate
    lost_seconds = gate.settings.worker_lost_seconds
    try:
        with gate.database.reading() as session:
            alive = workers.alive(session, lost_seconds)
        body: dict[str, Any] = {"status": "ok" if alive else "degraded", "version": __version__}
        if _is_operator(request):
            with gate.database.reading() as session:
                body |= {
                    "database": {"status": "ok", "kind": gate.database.dialect},
                    "workers": workers.describe(session, lost_seconds),
                    "jobs": workers.backlog(session),
                    "audit_log": {"state": "recorded", "sequencer_lag": None},
                }
    except Unavailable as error:
        said = {"detail": error.detail, "code": error.code, "request_id": request.scope["state"]["context"].request_id}
        return answer({"status": "down", "version": __version__} | said, error.status, error.headers)
    return answer(body)


@_health.head("/health", include_in_schema=False)
def health_head(request: Request) -> Response:
    """As GET, without the body."""
    response = health(request)
    response.body = b""  # its headers stay, Content-Length too
    return response


class _Unrecorded(Refusals):
    """For a question that anyone may ask: to be told less is no refusal, and no event."""

    def record(self, kind: Refused, origin: Origin) -> None:
        pass


def _is_operator(request: Request) -> bool:
    """Whether the request has a key that counts, of an operator. Raises `Unavailable`."""
    if "x-api-key" not in request.headers:
        return False
    gate: Gate = request.app.state.gate
    quiet = replace(gate, refusals=_Unrecorded(gate.database, gate.settings.refusal_window_seconds))
    asked = {**request.scope, "app": SimpleNamespace(state=SimpleNamespace(gate=quiet))}
    try:
        authenticate(Request(asked), OPERATOR)
    except Unavailable:
        raise
    except Refusal:
        return False
    return True


_RESULTS = tuple(sorted({each.media_type for each in formats.FORMATS.values()}))
_FACTS = openapi.Facts(
    open=frozenset({"index", "health"}),
    creating=frozenset({"redact", "redact_uri", "create_policy", "create_key"}),
    errors={
        "get_result": (409, 410),
        "get_result_download": (409, 410),
        "cancel_job": (409,),
        "revoke_key": (409,),
        "update_policy": (409,),
    },
    envelopes={
        "list_jobs": "jobs",
        "list_policies": "policies",
        "list_versions": "versions",
        "list_keys": "api_keys",
        "list_events": "audit_logs",
    },
    files={"get_result": _RESULTS, "get_result_download": _RESULTS},
)


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        names = {
            (str(each.path), method.lower()): str(each.name)
            for each in iter_route_contexts(app.routes)
            for method in each.methods or ()
        }
        report = ReportView.model_json_schema()
        schema["components"]["schemas"]["ReportView"] = report
        paths = schema["paths"]
        answered = paths[f"{PREFIX}/jobs/{{job_id}}/report"]["get"]["responses"]["200"]
        answered["content"] = {"application/json": {"schema": {"$ref": "#/components/schemas/ReportView"}}}
        paths[f"{PREFIX}/health"]["get"]["security"] = [{}, {"ApiKey": []}]
        app.openapi_schema = openapi.complete(schema, names, _FACTS)
    return app.openapi_schema
