"""Routes that submit documents and redact text."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, model_validator
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from expunct_server import ids
from expunct_server.audit.recorder import Unit
from expunct_server.buckets import uris
from expunct_server.buckets.folders import file_below, roots_of
from expunct_server.buckets.reaching import Reach
from expunct_server.errors import FieldError, Forbidden, Invalid, Refusal, Unavailable, Unsupported
from expunct_server.jobs import passwords, service, text, views
from expunct_server.jobs.execute import query_key
from expunct_server.jobs.kept import drop, upload_key
from expunct_server.jobs.queue import Queue
from expunct_server.jobs.upload import Upload, receive, safe_filename, upload_uri
from expunct_server.policies.document import Language, known_fields
from expunct_server.policies.plans import Overrides
from expunct_server.redaction import formats
from expunct_server.settings import Settings
from expunct_server.storage.base import StoreError
from expunct_server.storage.durable import require_space
from expunct_server.tenants import idempotency, sealing
from expunct_server.tenants.auth import Caller, can
from expunct_server.web import bodies

router = APIRouter(prefix="/redact", tags=["Redaction"])
Redact = Annotated[Caller, can("redact")]
NOT_ALLOWED = "uri_not_allowed"  # the reason of the event
_METADATA_BYTES = 16 * 1024


class NewUpload(BaseModel):
    """The fields of an upload, beside the file."""

    language: Language | None = Field(None, description=text.LANGUAGE)
    policy_id: bodies.Id | None = None
    tenant_id: bodies.Id | None = None
    config: Overrides = Overrides()
    metadata: dict[str, Any] = {}
    password: passwords.Password | None = None


class NewUri(BaseModel):
    """A document to fetch. Unknown fields are refused: a misspelt `output_uri` would send the result elsewhere."""

    input_uri: str = Field(
        min_length=1,
        max_length=uris.MAX_LENGTH,
        description="s3://, gs://, az://, https:// or file://. Keys in buckets are literal text; paths of file:// are "
        "percent-encoded.",
    )
    output_uri: str | None = Field(
        None,
        max_length=uris.MAX_LENGTH,
        description="Where the result goes: s3://, gs://, az:// or file://, and another place than `input_uri`. Left "
        "out: beside an object, and kept by the server for `/jobs/{job_id}/result` where the input is no object.",
    )
    language: Language | None = Field(None, description=text.LANGUAGE)
    policy_id: bodies.Id | None = Field(None, description=text.POLICY)
    tenant_id: bodies.Id | None = Field(None, description=bodies.TENANT)
    config: Overrides = Field(Overrides(), description=text.CONFIG)
    metadata: dict[str, Any] = Field({}, description=text.METADATA)
    password: passwords.Password | None = Field(None, description=passwords.DESCRIPTION)

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, value: Any) -> Any:
        return known_fields(value, cls.model_fields)


_EXAMPLE = {
    "input_uri": "s3://acme-inbox/letters/0001.txt",
    "output_uri": "s3://acme-archive/letters/0001.txt",
    "config": {"redaction_method": "mask"},
    "metadata": {"case": "2026-117"},
}
_BODIES = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": text.NewText.model_json_schema()},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "language": {"type": "string", "description": text.LANGUAGE},
                        "policy_id": {"type": "string"},
                        "config": {"type": "string", "description": "JSON: pii_types, redaction_method, ..."},
                        "metadata": {"type": "string", "description": "JSON object of your own."},
                        "password": {
                            "type": "string",
                            "format": "password",
                            "writeOnly": True,
                            "maxLength": passwords.MOST,
                            "description": passwords.DESCRIPTION,
                        },
                    },
                }
            },
        },
    }
}


@router.post("", openapi_extra=_BODIES, responses={200: {"model": text.RedactedView}, 202: {"model": views.JobView}})
async def redact(request: Request, caller: Redact) -> Response:
    """JSON: redact a text and answer with it (200). A multipart form: accept a file as a job (202)."""
    kind = bodies.content_type(request)
    if kind == "application/json":
        value, _ = await bodies.read_json(request, caller.settings.max_text_bytes)
        new = bodies.validated(text.NewText, value)
        return await run_in_threadpool(text.redact, caller.acting_for(new.tenant_id), new, request.app.state.text_pool)
    if kind == "multipart/form-data":
        return await _upload(request, caller)
    raise Unsupported("Send text as application/json or a file as multipart/form-data.")


async def _upload(request: Request, caller: Caller) -> Response:
    reach: Reach = request.app.state.reach
    settings = caller.settings
    bodies.check_declared_length(request, settings.max_upload_bytes + bodies.FORM_OVERHEAD)
    await run_in_threadpool(require_space, settings.data, bodies.declared_length(request), settings.min_free_bytes)
    job_id = ids.new("job")
    with reach.own.create(upload_key(job_id)) as draft:
        upload = await receive(request, draft, caller.settings.max_upload_bytes)
        return await run_in_threadpool(_accept_upload, request, caller, job_id, upload, draft.publish)


def _accept_upload(request: Request, caller: Caller, job_id: str, upload: Upload, publish: Any) -> Response:
    new = _form(upload.fields)
    caller = caller.acting_for(new.tenant_id)
    filename = safe_filename(upload.filename)
    try:
        kind = formats.sniff(upload.head, filename, upload.size)
    except formats.UnsupportedFormat as error:
        raise Unsupported(error.detail, code=error.code) from None
    _publish(publish)
    job = service.NewJob(
        id=job_id,
        source="upload",
        input_uri=upload_uri(filename),
        filename=filename,
        media_type=kind.media_type,
        language=new.language,
        **_asked(caller, job_id, new),
    )
    fingerprint = json.dumps([upload.sha256, filename, sorted(upload.fields.items())]).encode()
    try:
        return _submit(request, caller, job, fingerprint)
    except Refusal as error:
        if not isinstance(error, Unavailable) or error.code in ("storage_full", "database_locked", "queue_full"):
            drop(request.app.state.reach.own, upload_key(job_id))
        raise  # otherwise it is not known whether the job was committed: the sweep finds out


def _publish(publish: Callable[[], Any]) -> None:
    """Put the upload where workers find it. Raises `Unavailable` where the store is away."""
    try:
        publish()
    except StoreError as error:
        raise Unavailable(f"The upload could not be kept. {error.detail}", code=error.code) from None


def _form(fields: dict[str, str]) -> NewUpload:
    values: dict[str, Any] = {name: value for name, value in fields.items() if value != ""}
    for name in ("config", "metadata"):
        if name in values:
            values[name] = bodies.parsed_field(name, values[name])
    new = bodies.validated(NewUpload, values)
    check_metadata(new.metadata)
    return new


@router.post("/uri", status_code=202, response_model=views.JobView, openapi_extra=bodies.described(NewUri, _EXAMPLE))
async def redact_uri(request: Request, caller: Redact) -> Response:
    """Accept a document by its URI as a job.

    `s3://`, `gs://` and `az://` in a bucket that one of your connectors or the operator's credentials open, `https://`,
    and `file://` below the folders that the operator allows. Without `output_uri` the result of an object is written
    beside it (`a.txt`: `a.redacted.txt`), and the server keeps any other for download.
    """
    value, raw = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_accept_uri, request, caller, bodies.validated(NewUri, value), raw)


def _accept_uri(request: Request, caller: Caller, new: NewUri, raw: bytes) -> Response:
    caller = caller.acting_for(new.tenant_id)
    check_metadata(new.metadata)
    try:
        job = from_uri(request, caller, new.input_uri, new.output_uri)
    except Forbidden as error:
        caller.refuse(NOT_ALLOWED, error)
    return _submit(request, caller, replace(job, language=new.language, **_asked(caller, job.id, new)), raw)


def _asked(caller: Caller, job_id: str, new: NewUpload | NewUri) -> dict[str, Any]:
    password = passwords.sealed(caller.settings, job_id, new.password)
    return {
        "overrides": new.config,
        "policy_id": new.policy_id or None,
        "metadata": new.metadata,
        "password": password,
    }


def from_uri(
    request: Request, caller: Caller, input_uri: str, output_uri: str | None = None, field: str = "input_uri"
) -> service.NewJob:
    """What is to be done with a document of which a caller named the place, as far as its URIs tell.

    `field` is where the URI stands, for errors. Raises `Invalid`, and `Forbidden` where the caller may not reach it:
    who asked records that, as `NOT_ALLOWED`.
    """
    reach: Reach = request.app.state.reach
    reach.check(caller.tenant_id, input_uri, field)
    if output_uri is None:
        output_uri = uris.default_output(input_uri)
    else:
        reach.check(caller.tenant_id, output_uri, "output_uri", to_write=True)
        if _same_place(caller, input_uri, output_uri):
            raise Invalid(
                "output_uri must name another file than input_uri.",
                errors=(FieldError("output_uri", "equals input_uri"),),
            )
    job_id, query = ids.new("job"), uris.parse(input_uri).query
    if query is not None:
        master = sealing.master_key(caller.settings)
        sealed = sealing.seal(query_key(master), query.encode(), job_id.encode())
    return service.NewJob(
        id=job_id,
        source="uri",
        input_uri=uris.shown(input_uri),
        query=None if query is None else sealed,
        output_uri=output_uri,
        filename=safe_filename(_name(caller, input_uri)),
        language=None,
        overrides=Overrides(),
    )


def _name(caller: Caller, uri: str) -> str:
    found = uris.parse(uri)
    if found.scheme == "file":
        return Path(_file(caller, uri)[1]).name
    return unquote(found.key) if found.scheme == "https" else found.key


def _same_place(caller: Caller, one: str, other: str) -> bool:
    if one.startswith("file://") and other.startswith("file://"):
        return _file(caller, one) == _file(caller, other, "output_uri")
    return uris.same_place(one, other)


def _file(caller: Caller, uri: str, field: str = "input_uri") -> tuple[Path, str]:
    """The root of a file and its path from there, links followed: one file has one such pair, however it is spelt."""
    roots = roots_of(caller.settings.file_roots, caller.tenant_id)
    return file_below(uris.parse(uri, field).key, roots, field)


def check_metadata(metadata: dict[str, Any]) -> None:
    """Refuse a client's own data that is too large to keep. Raises `Invalid`."""
    if len(json.dumps(metadata)) > _METADATA_BYTES:
        raise Invalid(f"metadata may have {_METADATA_BYTES} bytes.", errors=(FieldError("metadata", "is too large"),))


def _submit(request: Request, caller: Caller, job: service.NewJob, fingerprint: bytes) -> Response:
    queue: Queue = request.app.state.queue
    settings = caller.settings
    response = idempotency.create(
        caller,
        request,
        fingerprint,
        lambda unit: _submitted(unit, queue, job, settings),
        status=202,
    )
    made = json.loads(bytes(response.body))["id"]
    if made != job.id and job.source == "upload":  # an earlier request's answer: this upload is not needed
        drop(request.app.state.reach.own, upload_key(job.id))
    response.headers["Location"] = f"/api/v1/jobs/{made}"
    return response


def _submitted(unit: Unit, queue: Queue, job: service.NewJob, settings: Settings) -> dict[str, Any]:
    service.require_room(unit.session, unit.actor.tenant_id, 1, settings.max_queued_jobs)
    return views.view(service.submit(unit, queue, job, max_retries=settings.max_retries))
