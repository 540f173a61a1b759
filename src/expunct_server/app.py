"""The web application: which routers there are, and what runs beside them."""

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from expunct_server import __version__, health
from expunct_server.audit.screen import screened
from expunct_server.batches import api as batches_api
from expunct_server.buckets.reaching import Reach
from expunct_server.connectors import api as connectors_api
from expunct_server.db.session import Database
from expunct_server.erasures import api as erasures_api
from expunct_server.errors import Refusal, described
from expunct_server.jobs import api as jobs_api
from expunct_server.jobs import submission
from expunct_server.jobs.queue import Queue
from expunct_server.policies import api as policies_api
from expunct_server.pseudonyms import api as pseudonyms_api
from expunct_server.redaction import formats
from expunct_server.redaction.pool import TextPool
from expunct_server.settings import Settings
from expunct_server.tenants import api as tenants_api
from expunct_server.tenants.auth import Gate
from expunct_server.tenants.refusals import Refusals
from expunct_server.tenants.usage import Usage
from expunct_server.trail import api as trail_api
from expunct_server.trail import log_api
from expunct_server.trail.pages import Pages
from expunct_server.web import openapi
from expunct_server.web.answers import Problem
from expunct_server.web.context import ContextMiddleware
from expunct_server.web.handling import PREFIX, SafetyNet, Shortcut, http_error, refused, validation_error
from expunct_server.webhooks import api as webhooks_api

_FLUSH_SECONDS = 2.0
_log = logging.getLogger(__name__)
_ROUTERS = (
    submission.router,
    batches_api.router,
    jobs_api.router,
    policies_api.router,
    pseudonyms_api.router,
    connectors_api.router,
    tenants_api.router,
    webhooks_api.router,
    erasures_api.router,
    log_api.router,
    trail_api.router,
)


class _Application(FastAPI):
    """FastAPI behind our own layers: what FastAPI does for each request is not done for those that do not need it."""

    front: ContextMiddleware

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await (self.front if scope["type"] == "http" else self.inside)(scope, receive, send)

    async def inside(self, scope: Any, receive: Any, send: Any) -> None:
        """What lies behind `front`."""
        await super().__call__(scope, receive, send)


def create_app(settings: Settings, database: Database, text_pool: TextPool | None = None) -> FastAPI:
    """The application over a database that is migrated. It starts and ends its own threads with its lifespan.

    A `text_pool` that is given is its giver's to close. Who serves it sets `state.is_closing`: whether the server was
    told to exit, which the lifespan hears of only when every response, an endless one too, has ended. And it sets
    `state.refuse`: what is done, from another thread, when the models of the settings cannot be loaded.
    """
    app = _Application(
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
    app.state.reach = Reach(settings, database)
    app.state.queue = Queue(settings.url)
    app.state.pages = Pages()
    app.state.text_pool = text_pool or TextPool(models=settings.detection_models)
    app.state.owns_text_pool = text_pool is None
    app.state.is_closing = lambda: False
    app.state.refuse = lambda reason: _log.error("texts cannot be redacted: %s", reason)
    for router in (*_ROUTERS, health.router):
        app.include_router(router, prefix=PREFIX)
    app.include_router(health.root)
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, validation_error)
    shortcut = Shortcut(app.inside, {f"{PREFIX}{trail_api.router.prefix}": trail_api.list_events}, owner=app)
    app.add_middleware(SafetyNet)
    app.front = ContextMiddleware(shortcut, settings.trusted_proxies, screened)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    stop = threading.Event()
    flusher = threading.Thread(target=_keep_flushing, args=(app, stop), name="flusher", daemon=True)
    flusher.start()
    app.state.text_pool.start(app.state.refuse)
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


_RESULTS = tuple(sorted({each.media_type for each in formats.FORMATS.values()}))
_FACTS = openapi.Facts(
    open=frozenset({"index", "health"}),
    creating=frozenset(
        {"redact", "redact_uri", "create_policy", "create_key", "create_erasure"}
        | {"create_webhook", "rotate_webhook_secret", "redeliver"}
        | {"create_connector", "sync_connector"}
        | {"create_batch", "create_batch_redact"}
    ),
    errors={
        "get_result": (409, 410),
        "get_result_download": (409, 410),
        "get_receipt": (409, 410),
        "get_proof": (409,),
        **dict.fromkeys(("get_checkpoint", "get_tile", "get_log_key", "get_anchor"), (422,)),
        **dict.fromkeys(("get_super_checkpoint", "get_super_tile", "get_super_key"), (422,)),
        "create_erasure": (409,),
        "cancel_job": (409,),
        "revoke_key": (409,),
        "update_policy": (409,),
        **dict.fromkeys(("update_connector", "sync_connector", "cancel_sync"), (409,)),
    },
    envelopes={
        "list_jobs": "jobs",
        "list_findings": "findings",
        "list_batches": "batches",
        "list_policies": "policies",
        "list_versions": "versions",
        "list_keys": "api_keys",
        "list_events": "audit_logs",
        "list_webhooks": "webhooks",
        "list_deliveries": "deliveries",
        "list_connectors": "connectors",
        "list_syncs": "syncs",
    },
    files={
        "get_result": _RESULTS,
        "get_result_download": _RESULTS,
        "get_tile": ("application/octet-stream",),
        "get_super_tile": ("application/octet-stream",),
    },
)


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        names = {
            (str(each.path).replace(":path}", "}"), method.lower()): str(each.name)
            for each in iter_route_contexts(app.routes)
            for method in each.methods or ()
        }
        schema["paths"][f"{PREFIX}/health"]["get"]["security"] = [{}, {"ApiKey": []}]
        app.openapi_schema = openapi.complete(schema, names, _FACTS)
    return app.openapi_schema
