"""The verbs of jobs, as a caller uses them. What a worker does with a job is in `jobs.execute`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import JobCancelled, JobCreated, JobFailed
from expunct_server.audit.recorder import Actor, Recorded, Unit
from expunct_server.audit.screen import screened
from expunct_server.errors import Conflict, FieldError, Gone, Invalid, NotFound, Unavailable
from expunct_server.jobs.models import Job, JobFinding
from expunct_server.jobs.queue import Queue
from expunct_server.policies import service as policies
from expunct_server.policies.plans import Overrides, language_of

STATUSES = ("queued", "processing", "completed", "failed", "error")
SMALL = 64 * 1024  # bytes
TOGETHER = 10  # small documents that a worker takes at once
SHOWN_FINDINGS = 10_000  # in one answer; the count is always exact


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What a caller wants done."""

    id: str
    source: str
    input_uri: str
    filename: str
    language: str | None
    overrides: Overrides
    output_uri: str | None = None
    media_type: str | None = None
    policy_id: str | None = None
    metadata: dict[str, Any] | None = None
    query: bytes | None = None  # sealed, see `sealed_query`
    password: bytes | None = None  # sealed, see `jobs.passwords`
    batch_id: str | None = None
    connector_id: str | None = None
    sync_id: str | None = None
    size: int | None = None  # of the document in bytes, where it is known: small ones are queued together


def submit(unit: Unit, queue: Queue, new: NewJob, *, max_retries: int, after_seconds: float = 0) -> Job:
    """Accept a job, as `submit_all` does several."""
    return submit_all(unit, queue, [new], max_retries=max_retries, after_seconds=after_seconds)[0]


def submit_all(
    unit: Unit, queue: Queue, new: Sequence[NewJob], *, max_retries: int, after_seconds: float = 0
) -> list[Job]:
    """Accept jobs: the event, the row and the place in the queue of each commit together, or nothing of all does.

    They keep the policy versions that are in force now, and the policy's language where they name none. Workers leave
    them alone for `after_seconds`. Raises `NotFound` for a policy that is not there, `Invalid` for a language that is
    none.
    """
    wanted = {each.policy_id for each in new}
    found = {each: policies.in_force(unit.session, unit.actor.tenant_id, each) for each in wanted}
    made = [_recorded(unit, each, found[each.policy_id], max_retries) for each in new]
    unit.session.add_all(made)
    unit.session.flush()
    for group in _groups(new):
        if len(group) == 1 or after_seconds:
            for job_id in group:
                queue.enqueue(unit.session, job_id, unit.actor.tenant_id, after_seconds)
        else:
            queue.enqueue_together(unit.session, group, unit.actor.tenant_id)
    return made


def _groups(new: Sequence[NewJob]) -> list[list[str]]:
    """Which jobs are queued together: small documents, some at a time; every other one is by itself."""
    is_small = {each.id: each.size is not None and each.size <= SMALL for each in new}
    small = [job_id for job_id, small in is_small.items() if small]
    together = [small[start : start + TOGETHER] for start in range(0, len(small), TOGETHER)]
    return [[job_id] for job_id, small in is_small.items() if not small] + together


def _recorded(unit: Unit, new: NewJob, policy: policies.InForce | None, max_retries: int) -> Job:
    """The job's row, to be added; its event is recorded."""
    said = new.overrides.said()
    policy_id = policy.policy.id if policy else None
    version = policy.version.version if policy else None
    language = language_of(policy.document if policy else None, new.language)
    event = unit.record(
        JobCreated(
            input_uri=told(new.input_uri),
            output_uri=None if new.output_uri is None else told(new.output_uri),
            source=new.source,
            policy_id=policy_id,
            policy_version=version,
            language=language,
            overrides=sorted(said),
            batch_id=new.batch_id,
            connector_id=new.connector_id,
        ),
        resource_id=new.id,
    )
    return Job(
        id=new.id,
        tenant_id=unit.actor.tenant_id,
        actor=unit.actor.label,
        actor_id=unit.actor.id,
        request_id=unit.origin.request_id,
        ip_address=unit.origin.ip_address,
        user_agent=unit.origin.user_agent,
        source=new.source,
        batch_id=new.batch_id,
        connector_id=new.connector_id,
        sync_id=new.sync_id,
        input_uri=new.input_uri,
        sealed_query=new.query,
        sealed_password=new.password,
        output_uri=new.output_uri,
        filename=new.filename,
        media_type=new.media_type,
        language=language,
        policy_id=policy_id,
        policy_version=version,
        config=json.dumps(said),
        custom_metadata=json.dumps(new.metadata or {}),
        created_at=event.created_at,
        updated_at=event.created_at,
        progress_pct=0,
        retry_count=0,
        findings_count=0,
        max_retries=max_retries,
        audit_event_id=event.id,
    )


def unfinished(session: Session, tenant_id: str, connector_id: str | None = None, *, most: int = 100_000) -> int:
    """How many jobs of a tenant, or of one of its connectors, wait or run; counted to `most`."""
    query = select(Job.id).where(Job.tenant_id == tenant_id, Job.outcome.is_(None))
    if connector_id is not None:
        query = query.where(Job.connector_id == connector_id)
    return session.scalar(select(func.count()).select_from(query.limit(most).subquery())) or 0


def require_room(session: Session, tenant_id: str, wanted: int, most: int) -> None:
    """Raise `Unavailable` where `wanted` more jobs would be more than `most` that wait or run.

    Several callers at once can each take the last place: it bounds what waits, not to the last job.
    """
    if unfinished(session, tenant_id, most=most + 1) + wanted > most:
        raise Unavailable(
            f"This tenant has too many jobs that wait or run; at most {most} may. Nothing was accepted: try again when "
            "some have ended.",
            code="queue_full",
            retry_after=30,
        )


def told(uri: str) -> str:
    """The URI as events show it. Escapes hide personal data from the recorder's own look: `%20219-09-9999`."""
    plain = unquote(uri)
    seen = screened(plain)
    return uri if seen == plain else seen


def status(job: Job) -> str:
    """`queued`, `processing`, or how it ended."""
    return job.outcome or ("queued" if job.started_at is None else "processing")


def get(session: Session, tenant_id: str, job_id: str, *, lock: bool = False) -> Job:
    """The tenant's job. Raises `NotFound`."""
    query = select(Job).where(Job.id == job_id, Job.tenant_id == tenant_id)
    job = session.scalar(query.with_for_update() if lock else query)
    if job is None:
        raise NotFound("There is no such job.")
    return job


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which jobs to list; what is None does not matter."""

    status: str | None = None
    batch_id: str | None = None
    sync_id: str | None = None


def list_jobs(session: Session, tenant_id: str, wanted: Wanted, *, limit: int, offset: int) -> Sequence[Job]:
    """The tenant's jobs that are wanted, newest first. Raises `Invalid` for a status that is none."""
    query = _listed(tenant_id, wanted).order_by(Job.created_at.desc(), Job.id.desc())
    return session.scalars(query.limit(limit).offset(offset)).all()


def count(session: Session, tenant_id: str, wanted: Wanted) -> int:
    """How many such jobs the tenant has. Raises as `list_jobs`."""
    return session.scalar(select(func.count()).select_from(_listed(tenant_id, wanted).subquery())) or 0


def _listed(tenant_id: str, wanted: Wanted) -> Select[Job]:
    query = _standing(select(Job).where(Job.tenant_id == tenant_id), wanted.status)
    for column, of in ((Job.batch_id, wanted.batch_id), (Job.sync_id, wanted.sync_id)):
        if of is not None:  # looked for first: SQLite would rather read all jobs of the tenant in their order
            members = select(Job.id).where(column == of).cte(column.key).prefix_with("MATERIALIZED")
            query = query.join(members, members.c.id == Job.id)
    return query


def _standing(query: Select[Job], wanted: str | None) -> Select[Job]:
    """Of one status if asked."""
    if wanted is None:
        return query
    if wanted not in STATUSES:
        raise Invalid(
            f"status must be one of {', '.join(STATUSES)}.", errors=(FieldError("status", "is not a status"),)
        )
    if wanted == "queued":
        return query.where(Job.outcome.is_(None), Job.started_at.is_(None))
    if wanted == "processing":
        return query.where(Job.outcome.is_(None), Job.started_at.is_not(None))
    return query.where(Job.outcome == wanted)


def findings(session: Session, job_id: str, *, limit: int | None = None, offset: int = 0) -> Sequence[JobFinding]:
    """The job's findings in the order of the document, `limit` of them (`SHOWN_FINDINGS` unless told) from that of the
    number `offset`, from 0."""
    query = select(JobFinding).where(JobFinding.job_id == job_id, JobFinding.ordinal >= offset)
    return session.scalars(query.order_by(JobFinding.ordinal).limit(limit or SHOWN_FINDINGS)).all()


def completed(session: Session, tenant_id: str, job_id: str, *, lock: bool = False) -> Job:
    """The job, if it has a result. Raises `NotFound`, `Conflict` while it has none yet or never will, `Gone`."""
    job = get(session, tenant_id, job_id, lock=lock)
    ended_well(job)
    if job.purged_at is not None or (job.result_key is None and job.output_uri is None):
        raise Gone("The result of this job has been removed.", code="purged")
    return job


def ended_well(job: Job) -> None:
    """Raise `Conflict` unless the job has completed."""
    if job.outcome is None:
        raise Conflict(f"The job is {status(job)}; its result is not there yet.", code="not_finished")
    if job.outcome != "completed":
        raise Conflict("The job ended without a result; error_message says why.", code="no_result")


def cancel(unit: Unit, job_id: str) -> Job:
    """End a job that has not ended, in the caller's name. Raises `NotFound`, `Conflict` when it has ended already."""
    job = get(unit.session, unit.actor.tenant_id, job_id, lock=True)
    if job.outcome is not None:
        raise Conflict(f"The job has ended already ({job.outcome}).", code="already_ended")
    unit.record(JobCancelled(input_uri=told(job.input_uri), was=status(job)), resource_id=job.id)
    fail(unit, job, code="cancelled", message="The job was cancelled.", final="error", actor=unit.actor)
    return job


def fail(unit: Unit, job: Job, *, code: str, message: str, final: str, actor: Actor) -> Recorded:
    """End a job without a result: `failed` when its retries are used up, `error` when it cannot succeed."""
    moment = ids.now()
    event = unit.record(
        JobFailed(
            input_uri=told(job.input_uri),
            error_code=code,
            retry_count=job.retry_count,
            duration_ms=max(0, moment - job.created_at) // 1000,
        ),
        resource_id=job.id,
        actor=actor,
        at=moment,
    )
    job.outcome, job.error_code, job.error_message = final, code, message[:500]
    job.completed_at = job.updated_at = moment
    job.runner, job.sealed_password, job.audit_event_id = None, None, event.id
    return event
