"""Writing a job's result outside of this server: recorded before it begins and when it has ended.

The pair, whoever dies when:

1. **started** (`job.output_started`, and a row of `output_write`): committed before the first byte leaves.
2. The put, which is whole or nothing (`storage.base`).
3. **ended**: `job.output_written` with the job's completion, in one transaction that takes the row away. Where the
   write failed or nobody knows, `job.output_unresolved`: by the attempt itself, by the next one before it starts its
   own, or for a job that ended otherwise by the sweep.

So each start has exactly one end, and a start without one is a write that may be under way just now.
"""

import logging
import shutil
from collections.abc import Callable
from typing import BinaryIO

from sqlalchemy import delete, select

from expunct_server import ids
from expunct_server.audit.catalog import JobOutputStarted, JobOutputUnresolved, JobOutputWritten
from expunct_server.audit.recorder import Unit, writing
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.jobs import service
from expunct_server.jobs.attempt import WORKER, Attempt, Superseded, locked, origin, submitter
from expunct_server.jobs.completion import Result
from expunct_server.jobs.models import Job, OutputWrite

_log = logging.getLogger(__name__)
_UNDER_WAY_SECONDS = 900.0  # a write of a job that was ended meanwhile may still be so long on its way
_CHUNK = 1 << 20


def started(database: Database, attempt: Attempt, result: Result) -> None:
    """Record that the result is about to leave. Raises `Superseded`: then nothing may be written."""
    with writing(database, attempt.actor, attempt.origin) as unit:
        job = attempt.locked(unit)
        if job is None:
            raise Superseded
        if job.retry_count:
            close(unit, job)  # what an earlier attempt left open
        uri = service.told(job.output_uri or "")
        event = unit.record(
            JobOutputStarted(output_uri=uri, output_sha256=result.output_sha256, size_bytes=result.output_bytes),
            resource_id=job.id,
        )
        unit.session.add(OutputWrite(job_id=job.id, event_id=event.id, started_at=event.created_at))


def written(unit: Unit, job: Job, output_sha256: str, at: ids.Micros | None = None) -> None:
    """Record, in the caller's unit of work, that the write which was started has reached its place: `at`, else now."""
    event_id = _taken(unit, job)
    if event_id is not None:
        uri = service.told(job.output_uri or "")
        event = JobOutputWritten(started=event_id, output_uri=uri, output_sha256=output_sha256)
        unit.record(event, resource_id=job.id, at=at)


def close(unit: Unit, job: Job) -> None:
    """Record that nobody knows what became of the job's open write, if it has one."""
    event_id = _taken(unit, job)
    if event_id is not None:
        uri = service.told(job.output_uri or "")
        unit.record(JobOutputUnresolved(started=event_id, output_uri=uri), resource_id=job.id)


def _taken(unit: Unit, job: Job) -> str | None:
    """The start of the job's open write, which is open no longer."""
    taken = delete(OutputWrite).where(OutputWrite.job_id == job.id).returning(OutputWrite.event_id)
    return unit.session.scalar(taken)


def ended(database: Database, attempt: Attempt, act: Callable[[Unit, Job], None]) -> None:
    """Say how this attempt's write ended when the job did not complete by it, in a unit of work of its own.

    Where the database is away just now the next attempt or the sweep says it.
    """
    try:
        with writing(database, attempt.actor, attempt.origin) as unit:
            job = locked(unit, attempt.job.id)
            if job is not None and (job.outcome is not None or job.runner == attempt.name):
                act(unit, job)
    except Unavailable as error:
        _log.warning("job %s: how its write ended could not be recorded yet: %s", attempt.job.id, error.code)


def sweep(database: Database) -> int:
    """End the writes of jobs that ended without them; a process died there. Says how many."""
    before = ids.now() - int(_UNDER_WAY_SECONDS) * ids.SECOND
    query = select(OutputWrite.job_id).join(Job, Job.id == OutputWrite.job_id)
    with database.reading() as session:
        found = session.scalars(query.where(Job.outcome.is_not(None), OutputWrite.started_at < before).limit(500)).all()
    for job_id in found:
        with writing(database, WORKER) as unit:
            job = locked(unit, job_id)
            if job is not None:
                unit.actor, unit.origin = submitter(job), origin(job)
                close(unit, job)
    return len(found)


def copy(source: BinaryIO, target: BinaryIO) -> None:
    """All of `source`, from its beginning."""
    source.seek(0)
    shutil.copyfileobj(source, target, _CHUNK)
