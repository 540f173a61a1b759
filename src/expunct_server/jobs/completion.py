"""What is said of a redacted document: in its completion's event, which a receipt proves, and in its report."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import JobCompleted
from expunct_server.jobs import service
from expunct_server.jobs.models import Job
from expunct_server.policies import service as policies
from expunct_server.redaction import formats
from expunct_server.redaction.engine import ENGINE_VERSION


@dataclass(frozen=True, slots=True)
class Result:
    """What came of redacting one document, before it is committed."""

    input_sha256: str
    summary: formats.Summary
    findings: Any  # an open temporary file of JSON lines, so that a million findings need no memory
    output_sha256: str
    output_bytes: int
    input_etag: str | None = None  # of what was read, where others can change it


def completed(session: Session, job: Job, result: Result, moment: ids.Micros) -> JobCompleted:
    """The event of the job's completion at `moment`."""
    llm = result.summary.llm
    return JobCompleted(
        input_uri=service.told(job.input_uri),
        output_uri=None if job.output_uri is None else service.told(job.output_uri),
        entity_count=result.summary.findings_count,
        entity_counts=result.summary.counts,
        duration_ms=max(0, moment - job.created_at) // 1000,
        input_sha256=result.input_sha256,
        output_sha256=result.output_sha256,
        policy_id=job.policy_id,
        policy_version=job.policy_version,
        policy_sha256=policies.document_sha256(session, job.policy_id, job.policy_version),
        engine=ENGINE_VERSION,
        models=list(result.summary.models),
        submitted_at=ids.iso(job.created_at),
        llm_model=llm.model if llm else None,
        llm_host=llm.host if llm else None,
    )


def report(result: Result, *, attempt: int) -> dict[str, Any]:
    """What the job's row keeps for its report."""
    llm = result.summary.llm
    return {
        "entity_counts": dict(sorted(result.summary.counts.items())),
        "encoding": result.summary.encoding,
        "notes": list(result.summary.notes),
        "engine_version": ENGINE_VERSION,
        "model_version": "; ".join(result.summary.models) or None,
        "llm_model": llm.model if llm else None,
        "llm_host": llm.host if llm else None,
        "attempt": attempt,
    }
