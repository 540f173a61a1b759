"""The verbs of batches: documents that were sent together, each of them a job of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import BatchCompleted, BatchCreated
from expunct_server.audit.recorder import Unit, system_actor, writing
from expunct_server.batches.models import Batch
from expunct_server.db.session import Database
from expunct_server.errors import Conflict, NotFound
from expunct_server.jobs import service as jobs
from expunct_server.jobs.attempt import origin, submitter
from expunct_server.jobs.models import Job
from expunct_server.jobs.queue import Queue
from expunct_server.policies import service as policies

MOST = 100  # documents in one batch
_CLOSED_AT_ONCE = 100
_CLOSER = system_actor("batches")


@dataclass(frozen=True, slots=True)
class Standing:
    """A batch and how its jobs stand; `job_ids` in the order in which they were made."""

    batch: Batch
    job_ids: tuple[str, ...]
    completed: int
    failed: int
    has_begun: bool
    updated_at: ids.Micros

    @property
    def status(self) -> str:
        """`queued` until a job has begun, `processing`, and once batch.completed is recorded how it ended.

        Then `failed` when no job completed, else `completed`: the counts say how many did not.
        """
        if self.batch.completed_at is None:
            return "processing" if self.has_begun else "queued"
        return "completed" if self.completed else "failed"


def submit(unit: Unit, queue: Queue, new: Sequence[jobs.NewJob], *, max_retries: int) -> Standing:
    """Accept a batch and its jobs: all of them, their events and their places in the queue, or nothing.

    Raises what `jobs.service.submit` raises, and `Conflict` when the policy changed meanwhile.
    """
    batch_id, tenant_id = ids.new("batch"), unit.actor.tenant_id
    found = policies.in_force(unit.session, tenant_id, new[0].policy_id)
    policy = (found.policy.id, found.version.version) if found else (None, None)
    event = unit.record(
        BatchCreated(job_count=len(new), policy_id=policy[0], policy_version=policy[1]), resource_id=batch_id
    )
    batch = Batch(
        id=batch_id, tenant_id=tenant_id, total=len(new), created_at=event.created_at, audit_event_id=event.id
    )
    unit.session.add(batch)
    unit.session.flush()
    members = [replace(each, batch_id=batch_id) for each in new]
    made = jobs.submit_all(unit, queue, members, max_retries=max_retries)
    if any((job.policy_id, job.policy_version) != policy for job in made):
        raise Conflict("The policy changed at the same moment. Nothing was accepted; send the batch again.")
    return Standing(batch, tuple(job.id for job in made), 0, 0, has_begun=False, updated_at=made[-1].updated_at)


def get(session: Session, tenant_id: str, batch_id: str) -> Standing:
    """The tenant's batch. Raises `NotFound`."""
    batch = session.scalar(select(Batch).where(Batch.id == batch_id, Batch.tenant_id == tenant_id))
    if batch is None:
        raise NotFound("There is no such batch.")
    return _standing(session, [batch])[0]


def list_batches(session: Session, tenant_id: str, *, limit: int, offset: int) -> list[Standing]:
    """The tenant's batches, newest first."""
    query = _of_tenant(tenant_id).order_by(Batch.created_at.desc(), Batch.id.desc()).limit(limit).offset(offset)
    return _standing(session, session.scalars(query).all())


def count(session: Session, tenant_id: str) -> int:
    """How many batches the tenant has."""
    return session.scalar(select(func.count()).select_from(_of_tenant(tenant_id).subquery())) or 0


def _of_tenant(tenant_id: str) -> Select[Batch]:
    return select(Batch).where(Batch.tenant_id == tenant_id)


def _standing(session: Session, batches: Sequence[Batch]) -> list[Standing]:
    """How the jobs of these batches stand, in one query."""
    query = select(Job.batch_id, Job.id, Job.outcome, Job.started_at, Job.updated_at).order_by(Job.created_at, Job.id)
    found: dict[str | None, list[Any]] = {}
    for row in session.execute(query.where(Job.batch_id.in_([each.id for each in batches]))):
        found.setdefault(row.batch_id, []).append(row)
    standing = []
    for batch in batches:
        mine = found.get(batch.id, [])
        completed = sum(row.outcome == "completed" for row in mine)
        standing.append(
            Standing(
                batch,
                tuple(row.id for row in mine),
                completed,
                sum(row.outcome is not None for row in mine) - completed,
                has_begun=any(row.outcome or row.started_at for row in mine),
                updated_at=max([batch.completed_at or batch.created_at, *(row.updated_at for row in mine)]),
            )
        )
    return standing


def close_finished(database: Database) -> int:
    """Record batch.completed of batches whose last job has ended, and say of how many. For the workers, every second.

    Once each, however many do this at a time.
    """
    unfinished = exists().where(Job.batch_id == Batch.id, Job.outcome.is_(None))
    query = select(Batch.id).where(Batch.completed_at.is_(None), ~unfinished).order_by(Batch.created_at)
    with database.reading() as session:
        finished = session.scalars(query.limit(_CLOSED_AT_ONCE)).all()
    return sum(_close(database, batch_id) for batch_id in finished)


def _close(database: Database, batch_id: str) -> bool:
    with writing(database, _CLOSER) as unit:
        open_one = select(Batch).where(Batch.id == batch_id, Batch.completed_at.is_(None)).with_for_update()
        batch = unit.session.scalar(open_one)
        if batch is None:  # another worker was faster
            return False
        standing = _standing(unit.session, [batch])[0]
        # In the name and with the origin of who sent the batch, which its jobs hold; after an erasure, what is left.
        job = unit.session.get_one(Job, standing.job_ids[0])
        unit.origin = origin(job)
        moment = ids.now()
        event = unit.record(
            BatchCompleted(
                job_count=batch.total,
                completed_jobs=standing.completed,
                failed_jobs=standing.failed,
                duration_ms=max(0, moment - batch.created_at) // 1000,
            ),
            resource_id=batch.id,
            actor=submitter(job),
            at=moment,
        )
        batch.completed_at, batch.audit_event_id = moment, event.id
    return True
