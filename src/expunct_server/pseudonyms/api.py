"""Routes of pseudonyms."""

import json
import logging
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from expunct_server.errors import NotFound
from expunct_server.pseudonyms import service
from expunct_server.tenants import sealing
from expunct_server.tenants.auth import Caller, can
from expunct_server.web import bodies
from expunct_server.web.answers import answer

_log = logging.getLogger(__name__)
router = APIRouter(prefix="/pseudonyms", tags=["Pseudonyms"])
Revealers = Annotated[Caller, can("pseudonyms:reveal")]
Erasers = Annotated[Caller, can("audit:erase")]


class AskedPseudonyms(BaseModel):
    """Pseudonyms, each exactly as it stands in a redacted text."""

    model_config = ConfigDict(extra="forbid")

    pseudonyms: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1, max_length=service.MOST)
    policy_id: bodies.Id | None = Field(
        None, description="The policy they were made under, also a deleted one; all of the tenant's when left out."
    )
    reason: str = Field(
        "",
        max_length=500,
        pattern=r"^[^\x00-\x1f]*$",
        description="Stands in the event, checked for personal data: say why, name nobody.",
    )
    tenant_id: bodies.Id | None = Field(None, description=bodies.TENANT)


class RevealedPseudonym(BaseModel):
    """What one pseudonym stands for. `value` is null where `reason` says why.

    `unknown`: this tenant made no such pseudonym, or not under this policy, or what it stands for was forgotten.
    `ambiguous`: several values came to share it by chance; `candidates` are all of them.
    """

    entity_type: str | None
    value: str | None
    candidates: list[str]
    reason: Literal["unknown", "ambiguous"] | None


class RevealedView(BaseModel):
    """The answers in the order of the pseudonyms. `id` is the resource that the event names."""

    id: str
    results: list[RevealedPseudonym]
    audit_event_id: str


class ForgottenView(BaseModel):
    """How many of the pseudonyms stood for something that is now destroyed."""

    id: str
    forgotten: int
    audit_event_id: str


@router.post("/reveal", response_model=RevealedView, openapi_extra=bodies.described(AskedPseudonyms))
async def reveal_pseudonyms(request: Request, caller: Revealers) -> Response:
    """The values behind pseudonyms: tokens (`<PERSON_p:...>`) and made-up values of the operator `realistic`.

    Recorded as `pseudonym.revealed`, or `pseudonym.reveal_refused` when nothing is handed out, before the answer
    leaves; neither holds a pseudonym or a value. What another tenant made is unknown here, like what nobody made.
    """
    value, _ = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_reveal, caller, value)


@router.post("/forget", response_model=ForgottenView, openapi_extra=bodies.described(AskedPseudonyms))
async def forget_pseudonyms(request: Request, caller: Erasers) -> Response:
    """Destroy what made-up values stand for. Cannot be undone; redacted texts stay as they are.

    A token holds its value itself, sealed: it is forgotten where it stands, by removing the text.
    """
    value, _ = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_forget, caller, value)


def _reveal(caller: Caller, value: Any) -> Response:
    asked = bodies.validated(AskedPseudonyms, value)
    caller = caller.acting_for(asked.tenant_id)
    master = sealing.master_key(caller.settings)
    with caller.reading() as session:
        looked = service.look(session, caller.tenant_id, asked.pseudonyms, asked.policy_id or None, master)
    with caller.writing() as unit:
        reveal_id, event = service.record(unit, looked, asked.reason)
    if looked.cause:
        raise NotFound("There is no such policy.")
    view = {"id": reveal_id, "results": [shown(each) for each in looked.found], "audit_event_id": event.id}
    # In ASCII: a value may hold half of a surrogate pair, which JSON can say by an escape alone.
    return Response(json.dumps(view), media_type="application/json")


def _forget(caller: Caller, value: Any) -> Response:
    asked = bodies.validated(AskedPseudonyms, value)
    caller = caller.acting_for(asked.tenant_id)
    master = sealing.master_key(caller.settings)
    with caller.writing() as unit:
        forgotten = service.forget(unit, asked.pseudonyms, asked.policy_id or None, asked.reason, master)
    if not caller.database.scrub():
        _log.warning("an older state of the database is still being read; a worker will clear it away afterwards")
    return answer({"id": forgotten.id, "forgotten": forgotten.count, "audit_event_id": forgotten.event.id})


def shown(found: service.Found) -> dict[str, Any]:
    """The wire shape of one answer."""
    count = len(found.values)
    return {
        "entity_type": found.entity_type,
        "value": found.values[0] if count == 1 else None,
        "candidates": list(found.values) if count > 1 else [],
        "reason": None if count == 1 else "ambiguous" if count else "unknown",
    }
