"""Routes of batches: send many documents at once, look how they stand."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from expunct_server import ids
from expunct_server.audit.recorder import Unit
from expunct_server.batches import service
from expunct_server.buckets import uris
from expunct_server.errors import FieldError, Forbidden, Invalid, Refusal
from expunct_server.jobs import passwords, submission, text
from expunct_server.jobs import service as jobs
from expunct_server.policies.document import Language, known_fields
from expunct_server.policies.plans import Overrides
from expunct_server.tenants import idempotency
from expunct_server.tenants.auth import Caller, can
from expunct_server.trail.asked import check_names
from expunct_server.web import bodies
from expunct_server.web.answers import answer, listing
from expunct_server.web.handling import PREFIX
from expunct_server.web.paging import PARAMETERS, paging

router = APIRouter(tags=["Batches"])
Redact = Annotated[Caller, can("redact")]
Jobs = Annotated[Caller, can("jobs")]
_ERRORS_NAMED = 20


class NewBatch(BaseModel):
    """Documents to fetch, all with the same settings. Each becomes a job. Unknown fields are refused."""

    input_uris: list[Annotated[str, Field(min_length=1, max_length=uris.MAX_LENGTH)]] = Field(
        min_length=1, max_length=service.MOST, description="As `input_uri` of POST /redact/uri; each document once."
    )
    language: Language | None = Field(None, description=text.LANGUAGE)
    policy_id: bodies.Id | None = Field(None, description=text.POLICY)
    tenant_id: bodies.Id | None = Field(None, description=bodies.TENANT)
    config: Overrides = Field(Overrides(), description=text.CONFIG)
    metadata: dict[str, Any] = Field({}, description="An object of your own, at most 16 KiB of JSON; each job gets it.")
    password: passwords.Password | None = Field(None, description=f"{passwords.DESCRIPTION} For all of them.")

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, value: Any) -> Any:
        return known_fields(value, cls.model_fields)


_EXAMPLE = {
    "input_uris": ["s3://acme-inbox/letters/0001.txt", "s3://acme-inbox/letters/0002.txt"],
    "metadata": {"case": "2026-117"},
}
_BODY = bodies.described(NewBatch, _EXAMPLE)


class BatchView(BaseModel):
    """A batch and how its jobs stand. Times are ISO 8601 in UTC, with six digits of the second's fraction."""

    id: str = Field(description="Of the batch.")
    batch_id: str = Field(description="The same.")
    tenant_id: str = Field(description="Whose batch it is.")
    status: str = Field(
        description="`queued` until a job has begun, then `processing`. `completed` and `failed` are final, and shown "
        "when batch.completed is recorded: `failed` when no job completed, else `completed`."
    )
    total_jobs: int = Field(description="How many documents it has; each is a job.")
    total: int = Field(description="The same.")
    completed_jobs: int = Field(description="How many jobs have completed.")
    completed: int = Field(description="The same.")
    failed_jobs: int = Field(description="How many jobs ended without a result.")
    failed: int = Field(description="The same.")
    job_ids: list[str] = Field(description="Its jobs, in the order of `input_uris`.")
    created_at: str = Field(description="When it was accepted.")
    updated_at: str = Field(description="When one of its jobs last went on.")
    completed_at: str | None = Field(description="When batch.completed was recorded; null before.")


def view(standing: service.Standing) -> dict[str, Any]:
    """The wire shape of a batch."""
    batch = standing.batch
    return {
        "id": batch.id,
        "batch_id": batch.id,
        "tenant_id": batch.tenant_id,
        "status": standing.status,
        "total_jobs": batch.total,
        "total": batch.total,
        "completed_jobs": standing.completed,
        "completed": standing.completed,
        "failed_jobs": standing.failed,
        "failed": standing.failed,
        "job_ids": list(standing.job_ids),
        "created_at": ids.iso(batch.created_at),
        "updated_at": ids.iso(standing.updated_at),
        "completed_at": ids.iso_or_none(batch.completed_at),
    }


@router.post("/redact/batch", status_code=202, response_model=BatchView, openapi_extra=_BODY)
@router.post("/batch/redact", status_code=202, response_model=BatchView, openapi_extra=_BODY)
async def create_batch(request: Request, caller: Redact) -> Response:
    """Accept up to 100 documents by their URIs, each as a job of its own: all of them, or none when one is refused."""
    value, raw = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_accept, request, caller, bodies.validated(NewBatch, value), raw)


def _accept(request: Request, caller: Caller, new: NewBatch, raw: bytes) -> Response:
    caller = caller.acting_for(new.tenant_id)
    submission.check_metadata(new.metadata)
    found = _checked(request, caller, new.input_uris)
    members = [
        replace(
            each,
            source="batch",
            language=new.language,
            overrides=new.config,
            policy_id=new.policy_id or None,
            metadata=new.metadata,
            password=passwords.sealed(caller.settings, each.id, new.password),
        )
        for each in found
    ]
    settings = caller.settings

    def submitted(unit: Unit) -> dict[str, Any]:
        jobs.require_room(unit.session, unit.actor.tenant_id, len(members), settings.max_queued_jobs)
        queue = request.app.state.queue
        return view(service.submit(unit, queue, members, max_retries=settings.max_retries))

    response = idempotency.create(caller, request, raw, submitted, status=202, alone=True)
    response.headers["Location"] = f"{PREFIX}/batch/{json.loads(bytes(response.body))['id']}"
    return response


def _checked(request: Request, caller: Caller, input_uris: list[str]) -> list[jobs.NewJob]:
    """What is to be done with each document. Raises `Forbidden` and `Invalid`, which name every URI that is refused."""
    found: list[jobs.NewJob] = []
    errors: list[FieldError] = []
    refusals: list[Refusal] = []
    for number, uri in enumerate(input_uris):
        field = f"input_uris.{number}"
        try:
            found.append(submission.from_uri(request, caller, uri, field=field))
        except (Invalid, Forbidden) as error:
            refusals.append(error)
            errors.append(FieldError(field, _message(error, field)))
    if not errors:
        errors += _repeated(input_uris, found)
    if errors:
        _refuse(caller, errors, refusals)
    return found


def _message(error: Refusal, field: str) -> str:
    said = [each.message for each in error.errors if each.field == field]
    if said:
        return said[0]
    if isinstance(error, Forbidden):
        return "is in the server's own bucket"
    return "has a key that is too long for a name beside it, where its result would go"


def _repeated(input_uris: list[str], found: Iterable[jobs.NewJob]) -> list[FieldError]:
    """Which documents are named twice, or would be overwritten by the result of another."""
    errors: list[FieldError] = []
    read: dict[uris.Uri, int] = {}
    written = {uris.parse(job.output_uri): number for number, job in enumerate(found) if job.output_uri is not None}
    for number, uri in enumerate(input_uris):
        place = uris.parse(uri)
        if place.scheme == "file":
            place = replace(place, key=str(Path(place.key).resolve()))
        if place in read:
            errors.append(FieldError(f"input_uris.{number}", f"names the same document as input_uris.{read[place]}"))
        elif place in written:
            errors.append(
                FieldError(f"input_uris.{number}", f"is where the result of input_uris.{written[place]} goes")
            )
        read.setdefault(place, number)
    return errors


def _refuse(caller: Caller, errors: list[FieldError], refusals: list[Refusal]) -> NoReturn:
    """Refuse the whole batch: as `Forbidden`, recorded once, where the caller may not reach a document of it."""
    shown = errors[:_ERRORS_NAMED]
    first = shown[0]
    more = f" ({len(shown) - 1} more in errors)" if len(shown) > 1 else ""
    detail = f"{first.field} {first.message}{more}. Nothing was accepted."
    forbidden = [each for each in refusals if isinstance(each, Forbidden)]
    codes = {each.code for each in forbidden or refusals}
    code = codes.pop() if len(codes) == 1 else None
    if forbidden:
        caller.refuse(submission.NOT_ALLOWED, Forbidden(detail, code=code, errors=tuple(shown)))
    raise Invalid(detail, code=code, errors=tuple(shown))


@router.get("/batch", response_model=list[BatchView], openapi_extra={"parameters": PARAMETERS})
def list_batches(request: Request, caller: Jobs) -> Response:
    """The tenant's batches, newest first."""
    check_names(request.query_params, [each["name"] for each in PARAMETERS])
    page = paging(request.query_params)
    with caller.reading() as session:
        found = service.list_batches(session, caller.tenant_id, limit=page.limit, offset=page.offset)
        total = service.count(session, caller.tenant_id) if page.page or page.count else None
    return listing(page, "batches", [view(each) for each in found], total)


@router.get("/batch/{batch_id}", response_model=BatchView)
def get_batch(batch_id: str, caller: Jobs) -> Response:
    """One batch and how its jobs stand."""
    with caller.reading() as session:
        return answer(view(service.get(session, caller.tenant_id, batch_id)))
