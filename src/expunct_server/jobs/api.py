"""Routes of jobs: look, fetch, cancel."""

import base64
import json
from collections.abc import Iterator
from typing import Annotated, Any, BinaryIO
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from expunct_server.audit.catalog import JobReportViewed
from expunct_server.buckets.waiting import waiting
from expunct_server.errors import Gone
from expunct_server.jobs import pages, service, views
from expunct_server.jobs.kept import drop, upload_key
from expunct_server.jobs.models import Job
from expunct_server.jobs.queue import Queue
from expunct_server.jobs.results import is_in_bucket, open_undamaged, record_download
from expunct_server.tenants.auth import Caller, can
from expunct_server.trail import proofs
from expunct_server.trail.asked import WAIT, check_names
from expunct_server.web.answers import PNG_TOO, TEXT, TEXT_TOO, answer, listing
from expunct_server.web.paging import PARAMETERS, paging, parameter

router = APIRouter(prefix="/jobs", tags=["Jobs"])
Jobs = Annotated[Caller, can("jobs")]
_PIECE = 256 * 1024  # bytes read and sent at a time

_VIEW = {
    "description": "`page`: one that the document has. `reading`: one of ours, with what the document says.",
    "schema": {"type": "string", "enum": ["page", "reading"]},
}
_PAGE: dict[int | str, dict[str, Any]] = {200: PNG_TOO[200] | {"headers": {"X-View": _VIEW}}}

_WANTED = (
    parameter("status", {"type": "string", "enum": list(service.STATUSES)}, "Only jobs that stand like this."),
    parameter("batch_id", {"type": "string"}, "Only jobs of this batch."),
    parameter("sync_id", {"type": "string"}, "Only jobs of this run of a connector."),
)
_PAGED = tuple(each["name"] for each in PARAMETERS)
_KNOWN = (*(each["name"] for each in _WANTED), *_PAGED)


@router.get("", response_model=list[views.JobView], openapi_extra={"parameters": [*_WANTED, *PARAMETERS]})
def list_jobs(request: Request, caller: Jobs) -> Response:
    """The tenant's jobs, newest first."""
    asked = request.query_params
    check_names(asked, _KNOWN)
    page = paging(asked)
    wanted = service.Wanted(asked.get("status"), asked.get("batch_id"), asked.get("sync_id"))
    with caller.reading() as session:
        found = service.list_jobs(session, caller.tenant_id, wanted, limit=page.limit, offset=page.offset)
        total = service.count(session, caller.tenant_id, wanted) if page.page or page.count else None
        return listing(page, "jobs", [views.view(job) for job in found], total)


@router.get("/{job_id}", response_model=views.JobDetailView)
def get_job(job_id: str, caller: Jobs) -> Response:
    """One job with its findings, the first 10,000 of them."""
    with caller.reading() as session:
        job = service.get(session, caller.tenant_id, job_id)
        return answer(views.detail(job, service.findings(session, job_id)))


@router.get(
    "/{job_id}/findings", response_model=list[views.FindingView], openapi_extra={"parameters": list(PARAMETERS)}
)
def list_findings(job_id: str, request: Request, caller: Jobs) -> Response:
    """All findings of a job in the order of the document. None before it has completed, and after an erasure."""
    check_names(request.query_params, _PAGED)
    page = paging(request.query_params)
    with caller.reading() as session:
        job = service.get(session, caller.tenant_id, job_id)
        found = service.findings(session, job_id, limit=page.limit, offset=page.offset)
        return listing(page, "findings", [views.finding(each) for each in found], job.findings_count)


@router.get("/{job_id}/result", response_class=StreamingResponse)
@router.get("/{job_id}/download", response_class=StreamingResponse)
async def get_result(job_id: str, request: Request, caller: Jobs) -> Response:
    """The redacted document. 409 while the job runs, 410 once the result was removed. Recorded before it leaves.

    From a bucket of yours, 503 `buckets_busy` while too many requests of the tenant, or of all tenants, wait for
    buckets.
    """
    job = await run_in_threadpool(_completed, job_id, caller)
    if is_in_bucket(job):
        return await waiting(caller, lambda _: _result(job, request, caller))
    return await run_in_threadpool(_result, job, request, caller)


def _completed(job_id: str, caller: Caller) -> Job:
    with caller.reading() as session:
        return service.completed(session, caller.tenant_id, job_id)


def _result(job: Job, request: Request, caller: Caller) -> Response:
    # Hashed before the transaction, which on SQLite holds the write lock; what was hashed is what is sent.
    file = open_undamaged(request.app.state.reach, caller.settings, job)
    try:
        with caller.writing() as unit:
            job = service.completed(unit.session, caller.tenant_id, job.id)
            record_download(unit, job)
    except BaseException:
        file.close()
        raise
    return StreamingResponse(_pieces(file), media_type=_content_type(job), headers=_headers(job))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _content_type(job: Job) -> str:
    """The media type with the document's own encoding, which its result keeps."""
    codec, _, mark = json.loads(job.report or "{}").get("encoding", "utf-8").partition(" ")
    # Under `utf-16` a reader looks for the byte order mark; `utf-16-le` would mean that there is none.
    charset = "windows-1252" if codec == "cp1252" else codec.removesuffix("-le").removesuffix("-be") if mark else codec
    return f"{job.media_type}; charset={charset}" if (job.media_type or "").startswith("text/") else f"{job.media_type}"


def _headers(job: Job) -> dict[str, str]:
    """Size, name and RFC 9530's digest of the bytes that follow. Ranges are not served, which RFC 9110 allows."""
    digest = base64.b64encode(bytes.fromhex(job.output_sha256 or "")).decode()
    quoted = quote(job.filename, safe="")
    name = f'filename="{quoted}"' if quoted == job.filename else f"filename*=utf-8''{quoted}"
    return {
        "Content-Length": str(job.output_bytes),
        "Content-Disposition": f"attachment; {name}",
        "Repr-Digest": f"sha-256=:{digest}:",
        "Accept-Ranges": "none",
    }


@router.get("/{job_id}/pages/{page}", response_class=Response, responses=_PAGE)
async def get_page(
    job_id: str, page: Annotated[int, Path(ge=1, le=pages.MOST_PAGES)], request: Request, caller: Jobs
) -> Response:
    """A page of the result, from 1, as a picture with a box around what was removed. Recorded before it leaves.

    `X-View` says which kind of page: `page` is one of a PDF document or a picture, as it is; `reading` one of what any
    other document says, with its places. 409 while the job runs, 404 `no_such_page` beyond the last one, 503
    `pages_busy` while others are being shown.
    """
    job = await run_in_threadpool(_completed, job_id, caller)
    if is_in_bucket(job):
        return await waiting(caller, lambda _: _page(job, page, request, caller))
    return await run_in_threadpool(_page, job, page, request, caller)


def _page(job: Job, page: int, request: Request, caller: Caller) -> Response:
    shown = pages.shown(request.app.state.reach, caller.settings, job, page, caller.reading)
    with caller.writing() as unit:
        job = service.completed(unit.session, caller.tenant_id, job.id)
        pages.record(unit, job, page, len(shown.content))
    return Response(shown.content, media_type="image/png", headers={"X-View": shown.view})


@router.get("/{job_id}/report", response_model=views.ReportView)
def get_report(job_id: str, caller: Jobs) -> Response:
    """What was done to the document: counts, policy version, hashes, timings, and the first 10,000 findings with their
    places, without values. Recorded before it leaves.
    """
    with caller.writing() as unit:
        service.get(unit.session, caller.tenant_id, job_id)
        unit.record(JobReportViewed(), resource_id=job_id)
    with caller.reading() as session:  # not with the write lock that SQLite has: ten thousand rows take a while
        job = service.get(session, caller.tenant_id, job_id)
        return answer(views.report(job, service.findings(session, job_id)))


@router.get("/{job_id}/receipt", response_class=Response, responses=TEXT_TOO, openapi_extra={"parameters": [WAIT]})
def get_receipt(job_id: str, request: Request, caller: Jobs) -> Response:
    """The receipt of a completed job: a `.tlog-proof` of its completion, which verifies offline.

    409 until the job has completed and a signed checkpoint covers it (`?wait=published` waits); 410 once erased.
    """
    check_names(request.query_params, ("wait",))
    waits = proofs.who_waits(caller, request.query_params)
    with caller.reading() as session:
        service.ended_well(service.get(session, caller.tenant_id, job_id))
    which = proofs.ByResource("job.completed", job_id)
    place, _, proof = proofs.proof_of(
        caller.settings, caller.database, caller.tenant_id, which, ("metadata",), waits=waits
    )
    if proofs.is_erased(place, "metadata"):
        raise Gone("What this receipt would show was erased. The proof of its audit event stays valid.", code="erased")
    name = {"Content-Disposition": f'attachment; filename="{job_id}.tlog-proof"'}
    return Response(proof.encode(), media_type=TEXT, headers=name)


@router.post("/{job_id}/cancel", response_model=views.JobView)
def cancel_job(job_id: str, request: Request, caller: Jobs) -> Response:
    """End a job that has not ended. 409 when it has."""
    queue: Queue = request.app.state.queue
    with caller.writing() as unit:
        job = service.cancel(unit, job_id)
    queue.cancel(job_id)  # spares the worker the work; the row already says that the job has ended
    drop(request.app.state.reach.own, upload_key(job_id))
    return answer(views.view(job))
