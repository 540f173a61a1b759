"""Routes that submit documents and redact text."""

import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from expunct_server import ids
from expunct_server.errors import FieldError, Forbidden, Invalid, Refusal, Unavailable, Unsupported
from expunct_server.jobs import service, text, views
from expunct_server.jobs.execute import upload_key
from expunct_server.jobs.queue import Queue
from expunct_server.jobs.upload import Upload, receive, safe_filename, upload_uri
from expunct_server.policies.document import Language
from expunct_server.policies.plans import Overrides
from expunct_server.redaction import formats
from expunct_server.storage.folder import FolderStore
from expunct_server.storage.local_files import local_path, roots_of
from expunct_server.tenants import idempotency
from expunct_server.tenants.auth import Caller, can
from expunct_server.web import bodies

router = APIRouter(prefix="/redact", tags=["Redaction"])
Redact = Annotated[Caller, can("redact")]
_SCHEMES = ("file",)
_METADATA_BYTES = 16 * 1024


class NewUpload(BaseModel):
    """The fields of an upload, beside the file."""

    language: Language | None = Field(None, description=text.LANGUAGE)
    policy_id: bodies.Id | None = None
    tenant_id: bodies.Id | None = None
    config: Overrides = Overrides()
    metadata: dict[str, Any] = {}


class NewUri(BaseModel):
    """A document to fetch."""

    input_uri: str = Field(min_length=1, max_length=4000)
    output_uri: str | None = Field(None, max_length=4000)
    language: Language | None = Field(None, description=text.LANGUAGE)
    policy_id: bodies.Id | None = None
    tenant_id: bodies.Id | None = None
    config: Overrides = Overrides()
    metadata: dict[str, Any] = {}


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
    store: FolderStore = request.app.state.store
    bodies.check_declared_length(request, caller.settings.max_upload_bytes + bodies.FORM_OVERHEAD)
    await run_in_threadpool(store.require_space, bodies.declared_length(request), caller.settings.min_free_bytes)
    job_id = ids.new("job")
    with store.create(upload_key(job_id)) as draft:
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
    publish()
    job = service.NewJob(
        id=job_id,
        source="upload",
        input_uri=upload_uri(filename),
        filename=filename,
        media_type=kind.media_type,
        language=new.language,
        overrides=new.config,
        policy_id=new.policy_id or None,
        metadata=new.metadata,
    )
    fingerprint = json.dumps([upload.sha256, filename, sorted(upload.fields.items())]).encode()
    try:
        return _submit(request, caller, job, fingerprint)
    except Refusal as error:
        if not isinstance(error, Unavailable) or error.code in ("storage_full", "database_locked"):
            request.app.state.store.remove(upload_key(job_id))
        raise  # otherwise it is not known whether the job was committed: the sweep finds out


def _form(fields: dict[str, str]) -> NewUpload:
    values: dict[str, Any] = {name: value for name, value in fields.items() if value != ""}
    for name in ("config", "metadata"):
        if name in values:
            values[name] = bodies.parsed_field(name, values[name])
    new = bodies.validated(NewUpload, values)
    _check_metadata(new.metadata)
    return new


@router.post("/uri", status_code=202, response_model=views.JobView, openapi_extra=bodies.described(NewUri))
async def redact_uri(request: Request, caller: Redact) -> Response:
    """Accept a document by its URI as a job: file:// below the folders that the operator allows."""
    value, raw = await bodies.read_json(request, caller.settings.max_text_bytes)
    return await run_in_threadpool(_accept_uri, request, caller, bodies.validated(NewUri, value), raw)


def _accept_uri(request: Request, caller: Caller, new: NewUri, raw: bytes) -> Response:
    caller = caller.acting_for(new.tenant_id)
    _check_metadata(new.metadata)
    for name, uri in (("input_uri", new.input_uri), ("output_uri", new.output_uri)):
        if uri is not None:
            _check_uri(caller, name, uri)
    if new.output_uri is not None and _same_file(caller, new.input_uri, new.output_uri):
        raise Invalid(
            "output_uri must name another file than input_uri.", errors=(FieldError("output_uri", "equals input_uri"),)
        )
    filename = safe_filename(local_path(new.input_uri, _roots(caller)).name)
    job = service.NewJob(
        id=ids.new("job"),
        source="uri",
        input_uri=new.input_uri,
        output_uri=new.output_uri,
        filename=filename,
        language=new.language,
        overrides=new.config,
        policy_id=new.policy_id or None,
        metadata=new.metadata,
    )
    return _submit(request, caller, job, raw)


def _check_uri(caller: Caller, name: str, uri: str) -> None:
    if not uri.isprintable() or uri.partition("://")[0] not in _SCHEMES:
        raise Invalid(
            f"{name} must be a file:// URI; other schemes are not available in this version of the server.",
            code="unsupported_scheme",
            errors=(FieldError(name, "has a scheme that is not available"),),
        )
    try:
        local_path(uri, _roots(caller))
    except Forbidden as error:
        caller.refuse("uri_not_allowed", error)
    except (ValueError, RuntimeError, OSError):  # escapes that are no UTF-8, half a host in brackets, a circle of links
        raise Invalid(
            f"{name} is no file URI that can be followed.", errors=(FieldError(name, "is not a usable file URI"),)
        ) from None


def _roots(caller: Caller) -> tuple[Path, ...]:
    return roots_of(caller.settings.file_roots, caller.tenant_id)


def _same_file(caller: Caller, one: str, other: str) -> bool:
    roots = _roots(caller)
    return local_path(one, roots) == local_path(other, roots)


def _check_metadata(metadata: dict[str, Any]) -> None:
    if len(json.dumps(metadata)) > _METADATA_BYTES:
        raise Invalid(f"metadata may have {_METADATA_BYTES} bytes.", errors=(FieldError("metadata", "is too large"),))


def _submit(request: Request, caller: Caller, job: service.NewJob, fingerprint: bytes) -> Response:
    queue: Queue = request.app.state.queue
    settings = caller.settings
    response = idempotency.create(
        caller,
        request,
        fingerprint,
        lambda unit: views.view(service.submit(unit, queue, job, max_retries=settings.max_retries)),
        status=202,
    )
    made = json.loads(bytes(response.body))["id"]
    if made != job.id and job.source == "upload":  # an earlier request's answer: this upload is not needed
        request.app.state.store.remove(upload_key(job.id))
    response.headers["Location"] = f"/api/v1/jobs/{made}"
    return response
