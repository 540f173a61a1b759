"""Wire shapes of jobs."""

import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, Field

from expunct_server import ids
from expunct_server.jobs import service
from expunct_server.jobs.models import Job, JobFinding
from expunct_server.web.handling import PREFIX


class PlacedView(BaseModel):
    """What was found, where and why, without the value: as a report shows it. `start` and `end` count code points."""

    entity_type: str
    score: float
    start: int
    end: int
    location: str | None = Field(description="Where in the document, for people; null where its text alone says so.")
    recognizer: str = Field(description="What found it: pattern, model, column name, phrase or list, and which.")
    check: str | None = Field(description="The check that it passed, such as luhn; null where its recognizer has none.")


class FindingView(PlacedView):
    """What was found. `original` and `entity_value` are masked in stored jobs; `start` and `end` count code points."""

    confidence: float
    entity_value: str
    original: str
    redacted: str


class JobView(BaseModel):
    """A job as it is listed. Times are ISO 8601 in UTC, with six digits of the second's fraction."""

    id: str = Field(description="Of the job.")
    tenant_id: str = Field(description="Whose job it is.")
    status: str = Field(
        description="`queued`, `processing`, `completed`, `failed` (its retries were used up) or `error` (it could not "
        "have succeeded, or was cancelled)."
    )
    media_type: str | None = Field(description="Of the document; null until a worker looked at it, unless uploaded.")
    progress_pct: int = Field(description="How much of the document is done, 0 to 100.")
    error_code: str | None = Field(description="Why it ended without a result, for programs; null otherwise.")
    error_message: str | None = Field(description="The same as a sentence; null otherwise.")
    retry_count: int = Field(description="How often it was tried again.")
    max_retries: int = Field(description="How often it may be.")
    created_at: str = Field(description="When it was accepted.")
    updated_at: str = Field(description="When it last went on.")
    completed_at: str | None = Field(description="When it ended, however it did; null before.")
    input_uri: str = Field(description="Where the document is, without an https:// query; upload:// of an upload.")
    output_uri: str | None = Field(description="Where the result goes; null where the server keeps it.")
    findings_count: int = Field(description="How many findings were removed; 0 until it has completed.")
    language: str = Field(description="The language that the document is read in.")
    policy_id: str | None = Field(description="The policy in force when it was accepted; null without one.")
    policy_version: int | None = Field(description="That policy's version, which the job keeps; null without one.")
    source: str = Field(description="How it came: `upload`, `uri`, `batch`, `connector` or `command`.")
    batch_id: str | None = Field(description="Its batch; null without one.")
    connector_id: str | None = Field(description="The connector that found the document; null without one.")
    sync_id: str | None = Field(description="The run of that connector; null without one.")
    metadata: dict[str, Any] = Field(description="What the request said in `metadata`.")


class JobDetailView(JobView):
    """A job with its findings."""

    findings: list[FindingView] = Field(description=f"The first {service.SHOWN_FINDINGS:,}, in the document's order.")
    findings_truncated: bool = Field(description="Whether there are more: all are at `/jobs/{job_id}/findings`.")


class ReportView(BaseModel):
    """What was done to a document: counts, policy version, what was found where, hashes, timings."""

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
    entity_counts: dict[str, int] = Field(description="How many findings of each type: of all of them.")
    findings: list[PlacedView] = Field(description=f"The first {service.SHOWN_FINDINGS:,}, in the document's order.")
    findings_truncated: bool = Field(description="Whether there are more: all are at `/jobs/{job_id}/findings`.")
    batch_id: str | None
    connector_id: str | None
    input_etag: str | None
    output_etag: str | None
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
    llm_model: str | None
    llm_host: str | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    waited_ms: int
    worked_ms: int
    duration_ms: int
    receipt: str | None
    audit_event_id: str


def view(job: Job) -> dict[str, Any]:
    """The job as it is listed."""
    return {
        "id": job.id,
        "tenant_id": job.tenant_id,
        "status": service.status(job),
        "media_type": job.media_type,
        "progress_pct": job.progress_pct,
        "error_code": job.error_code,
        "error_message": job.error_message,
        "retry_count": job.retry_count,
        "max_retries": job.max_retries,
        "created_at": ids.iso(job.created_at),
        "updated_at": ids.iso(job.updated_at),
        "completed_at": ids.iso_or_none(job.completed_at),
        "input_uri": job.input_uri,
        "output_uri": job.output_uri,
        "findings_count": job.findings_count,
        "language": job.language,
        "policy_id": job.policy_id,
        "policy_version": job.policy_version,
        "source": job.source,
        "batch_id": job.batch_id,
        "connector_id": job.connector_id,
        "sync_id": job.sync_id,
        "metadata": json.loads(job.custom_metadata),
    }


def detail(job: Job, findings: Iterable[JobFinding]) -> dict[str, Any]:
    """The job with its findings."""
    return view(job) | {
        "findings": [finding(each) for each in findings],
        "findings_truncated": job.findings_count > service.SHOWN_FINDINGS,
    }


def finding(row: JobFinding) -> dict[str, Any]:
    """A finding as a job shows it."""
    return _placed(row) | {
        "confidence": row.score,
        "entity_value": row.masked,
        "original": row.masked,
        "redacted": row.redacted,
    }


def _placed(row: JobFinding) -> dict[str, Any]:
    """Neither the masked value nor what took its place, which can be its last digits: reports are passed on."""
    return {
        "entity_type": row.entity_type,
        "score": row.score,
        "start": row.span_start,
        "end": row.span_end,
        "location": row.location,
        "recognizer": row.recognizer,
        "check": row.check_passed,
    }


def kept(job: Job) -> dict[str, Any]:
    """What the job's row keeps for its report (`completion.report`); nothing before the end and after an erasure."""
    stored: dict[str, Any] = json.loads(job.report or "{}")
    return stored


def report(job: Job, findings: Iterable[JobFinding]) -> dict[str, Any]:
    """What was done to the document, for whoever has to show it."""
    stored = kept(job)
    started = job.started_at or job.created_at
    ended = job.completed_at or job.updated_at
    return {
        "job_id": job.id,
        "tenant_id": job.tenant_id,
        "status": service.status(job),
        "actor": job.actor,
        "input_uri": job.input_uri,
        "output_uri": job.output_uri,
        "filename": job.filename,
        "media_type": job.media_type,
        "language": job.language,
        "policy_id": job.policy_id,
        "policy_version": job.policy_version,
        "overrides": json.loads(job.config),
        "entity_count": job.findings_count,
        "entity_counts": stored.get("entity_counts", {}),
        "findings": [_placed(each) for each in findings],
        "findings_truncated": job.findings_count > service.SHOWN_FINDINGS,
        "batch_id": job.batch_id,
        "connector_id": job.connector_id,
        "input_etag": job.input_etag,
        "output_etag": job.output_etag,
        "input_sha256": job.input_sha256,
        "output_sha256": job.output_sha256,
        "output_bytes": job.output_bytes,
        "error_code": job.error_code,
        "error_message": job.error_message,
        "retry_count": job.retry_count,
        "encoding": stored.get("encoding"),
        "notes": stored.get("notes", []),
        "engine_version": stored.get("engine_version"),
        "model_version": stored.get("model_version"),
        "llm_model": stored.get("llm_model"),
        "llm_host": stored.get("llm_host"),
        "created_at": ids.iso(job.created_at),
        "started_at": ids.iso_or_none(job.started_at),
        "completed_at": ids.iso_or_none(job.completed_at),
        "waited_ms": max(0, started - job.created_at) // 1000,
        "worked_ms": max(0, ended - started) // 1000,
        "duration_ms": max(0, ended - job.created_at) // 1000,
        "receipt": f"{PREFIX}/jobs/{job.id}/receipt" if job.outcome == "completed" else None,
        "audit_event_id": job.audit_event_id,
    }
