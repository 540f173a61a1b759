"""Whether the server can work, for load balancers and operators; and its front door."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from expunct_server import __version__
from expunct_server.connectors import runs
from expunct_server.errors import Unavailable
from expunct_server.jobs import workers
from expunct_server.publishing.lag import lag, late, stopped
from expunct_server.tenants.auth import Gate, recognized
from expunct_server.tenants.scopes import OPERATOR
from expunct_server.web.answers import Problem, answer
from expunct_server.web.handling import PREFIX
from expunct_server.webhooks import lag as webhooks_lag

router = APIRouter(tags=["Health"])
root = APIRouter(tags=["Health"])


class WorkerView(BaseModel):
    """A worker that lives."""

    id: str
    version: str
    started_at: str
    heartbeat_at: str


class HealthView(BaseModel):
    """`ok`; `degraded` when no worker lives, or a log is stopped or late. Operators (tenants:any) see the parts."""

    status: Literal["ok", "degraded"]
    version: str
    database: dict[str, str] | None = None
    workers: list[WorkerView] | None = None
    jobs: dict[str, int] | None = None
    webhooks: dict[str, Any] | None = None
    syncs: dict[str, int] | None = None
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


@root.get("/", response_model=ServerView)
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


@router.get("/health", response_model=HealthView, responses={503: {"model": DownView, "description": "Down."}})
def health(request: Request) -> Response:
    """Whether the server can work. Needs no key; an operator's key also shows workers and the backlog."""
    gate: Gate = request.app.state.gate
    lost_seconds = gate.settings.worker_lost_seconds
    try:
        with gate.database.reading() as session:
            is_well = workers.alive(session, lost_seconds) and not stopped(session) and not late(session, gate.settings)
        body: dict[str, Any] = {"status": "ok" if is_well else "degraded", "version": __version__}
        if _is_operator(request):
            with gate.database.reading() as session:
                body |= {
                    "database": {"status": "ok", "kind": gate.database.dialect},
                    "workers": workers.describe(session, lost_seconds),
                    "jobs": workers.backlog(session),
                    "webhooks": webhooks_lag.lag(session),
                    "syncs": runs.standing(session),
                    "audit_log": lag(session, gate.settings),
                }
    except Unavailable as error:
        said = {"detail": error.detail, "code": error.code, "request_id": request.scope["state"]["context"].request_id}
        return answer({"status": "down", "version": __version__} | said, error.status, error.headers)
    return answer(body)


@router.head("/health", include_in_schema=False)
def health_head(request: Request) -> Response:
    """As GET, without the body."""
    response = health(request)
    response.body = b""  # its headers stay, Content-Length too
    return response


def _is_operator(request: Request) -> bool:
    """Whether the request has an operator's key. Anyone may ask how the server is: to be told less is no refusal."""
    gate: Gate = request.app.state.gate
    with gate.database.snapshot() as fetch:
        caller = recognized(request, fetch)
    return caller is not None and OPERATOR in caller.scopes
