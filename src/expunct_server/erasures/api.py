"""Route of erasures."""

import logging
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from expunct_server import ids
from expunct_server.audit.entry import PARTS
from expunct_server.audit.recorder import Unit
from expunct_server.audit.selection import Criteria
from expunct_server.erasures import service
from expunct_server.jobs.kept import drop
from expunct_server.tenants import idempotency
from expunct_server.tenants.auth import Caller, can
from expunct_server.trail.asked import check_names, moment
from expunct_server.web import bodies

_log = logging.getLogger(__name__)
router = APIRouter(prefix="/audit/erasures", tags=["Audit"])
Erasers = Annotated[Caller, can("audit:erase")]
_LEGIBLE = r"^[^\x00-\x1f]*$"
_Name = Annotated[str, Field(min_length=1, max_length=128, pattern=_LEGIBLE)]


class NewErasure(BaseModel):
    """Which values to destroy: `parts` of all events that match every criterion that is given, at least one."""

    model_config = ConfigDict(extra="forbid")

    tenant_id: bodies.Id | None = None
    parts: list[Literal["actor", "client", "metadata"]] = Field(list(PARTS), min_length=1, max_length=3)
    event_ids: list[bodies.Id] | None = Field(None, min_length=1, max_length=1000)
    resource_id: _Name | None = None
    actor: _Name | None = None
    ip_address: _Name | None = None
    before: str | None = Field(None, max_length=40, description="ISO 8601: only events created before.")
    reason: str = Field(
        "",
        max_length=500,
        pattern=_LEGIBLE,
        description="Kept for good, since no erasure can be erased: name nobody. Checked for personal data.",
    )

    @model_validator(mode="after")
    def _has_a_criterion(self) -> "NewErasure":
        if not (self.event_ids or self.resource_id or self.actor or self.ip_address):
            raise ValueError("name events by event_ids, resource_id, actor or ip_address")
        return self


class ErasureView(BaseModel):
    """What was destroyed. `more`: as many events as one request may erase; send it again for the others."""

    id: str
    tenant_id: str
    event_count: int
    job_count: int
    parts: list[str]
    more: bool
    audit_event_id: str
    state: Literal["recorded"]  # of this event; GET /audit/{id}?wait=published waits for more
    created_at: str


@router.post("", status_code=201, response_model=ErasureView, openapi_extra=bodies.described(NewErasure))
async def create_erasure(request: Request, caller: Erasers) -> Response:
    """Destroy values of events, and the salts of their commitments. Cannot be undone; every proof stays valid.

    What jobs repeat of their events goes with them, and what was answered to requests with an Idempotency-Key: a retry
    of one then gets 409 `answer_erased`. Events that tell of an erasure (`audit.erased`) stay whole: no criterion
    selects them, and to name one by its id is a 409 `erasure_stays`.
    """
    check_names(request.query_params, ())
    value, raw = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_create, request, caller, value, raw)


def _create(request: Request, caller: Caller, value: Any, raw: bytes) -> Response:
    new = bodies.validated(NewErasure, value)
    caller = caller.acting_for(new.tenant_id)
    parts, before = frozenset(new.parts), moment({"before": new.before}, "before")
    which = Criteria(tuple(new.event_ids or ()), new.resource_id, new.actor, new.ip_address, before)
    found = service.look_for(caller.database, caller.tenant_id, which, parts)
    keys: list[str] = []

    def act(unit: Unit) -> dict[str, Any]:
        done = service.carry_out(unit, which, parts, new.reason, found)
        keys.extend(done.result_keys)
        return _view(caller.tenant_id, parts, done)

    response = idempotency.create(caller, request, raw, act, alone=True, lasts=True)
    for key in keys:  # after the commit: a result that is gone while its job says it is there would be damage
        drop(request.app.state.reach.own, key)
    if not caller.database.scrub():
        _log.warning("an older state of the database is still being read; a worker will clear it away afterwards")
    return response


def _view(tenant_id: str, parts: frozenset[str], done: service.Erasure) -> dict[str, Any]:
    return {
        "id": done.id,
        "tenant_id": tenant_id,
        "event_count": done.event_count,
        "job_count": done.job_count,
        "parts": sorted(parts),
        "more": done.more,
        "audit_event_id": done.event.id,
        "state": "recorded",
        "created_at": ids.iso(done.event.created_at),
    }
