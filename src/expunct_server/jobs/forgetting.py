"""What jobs keep of what their events say, and how it is destroyed with it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import JobPurged
from expunct_server.audit.entry import ERASED
from expunct_server.audit.erasure import resources
from expunct_server.audit.recorder import Unit
from expunct_server.errors import Conflict
from expunct_server.jobs import service
from expunct_server.jobs.models import Job, JobFinding

_ERASED_URI = "erased:"


def concerned(session: Session, tenant_id: str, positions: Sequence[int], parts: frozenset[str]) -> list[str]:
    """The jobs that the events at these positions tell of and that still repeat one of these parts.

    Raises `Conflict` when one of them has not ended.
    """
    named = resources(session, positions, "job")
    found = []
    for start in range(0, len(named), 500):
        query = select(*_REPEATED).where(Job.tenant_id == tenant_id, Job.id.in_(named[start : start + 500]))
        for row in session.execute(query):
            if row.outcome is None:
                raise Conflict(
                    "One of the jobs that these events tell of has not ended. Cancel it or wait; nothing was erased.",
                    code="job_not_ended",
                )
            if parts & _repeated(row):
                found.append(row.id)
    return sorted(found)


_REPEATED = (Job.id, Job.outcome, Job.actor, Job.actor_id, Job.ip_address, Job.user_agent, Job.input_uri)


def _repeated(job: Any) -> set[str]:
    """The parts that the row of an ended job repeats."""
    here = {
        "actor": (job.actor, job.actor_id) != (ERASED, ERASED),
        "client": (job.ip_address, job.user_agent) != (None, None),
        "metadata": job.input_uri != _ERASED_URI,
    }
    return {part for part, is_here in here.items() if is_here}


def forget(unit: Unit, job_id: str, parts: frozenset[str], erasure_id: str) -> list[str]:
    """Destroy what the job's row repeats of these parts; with its metadata go its findings and its result.

    Gives the keys of results to remove from the store once this is committed.
    """
    job = service.get(unit.session, unit.actor.tenant_id, job_id, lock=True)
    event = unit.record(JobPurged(parts=sorted(parts), erasure_id=erasure_id), resource_id=job.id)
    job.audit_event_id = event.id  # before anything that could write the row
    keys = []
    if "actor" in parts:
        job.actor, job.actor_id = ERASED, ERASED
    if "client" in parts:
        job.ip_address, job.user_agent = None, None
    if "metadata" in parts:
        keys = [job.result_key] if job.result_key else []
        job.input_uri, job.filename, job.custom_metadata = _ERASED_URI, ERASED, "{}"
        job.output_uri = _ERASED_URI if job.output_uri else None
        job.error_message, job.input_sha256, job.output_sha256 = None, None, None
        job.sealed_query, job.input_etag, job.output_etag = None, None, None  # an etag is often a hash of the content
        job.report, job.result_key, job.purged_at = None, None, ids.now()
        unit.session.execute(delete(JobFinding).where(JobFinding.job_id == job.id))
    unit.session.flush()
    return keys
