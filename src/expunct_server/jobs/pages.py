"""Pages of a job's result as pictures, with a box around each thing that was removed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from expunct_server.audit.catalog import JobDownloaded
from expunct_server.audit.recorder import Unit
from expunct_server.buckets.reaching import Reach
from expunct_server.errors import NotFound, Unavailable
from expunct_server.jobs.models import Job, JobFinding
from expunct_server.jobs.results import open_undamaged
from expunct_server.redaction import formats
from expunct_server.redaction.formats.isolated.limits import MIB, Limits
from expunct_server.redaction.formats.marks import MOST, Placed
from expunct_server.settings import Settings

MOST_PAGES = 100_000
_SECONDS = 60.0  # that showing one page may take
_AT_A_TIME = 2  # of one process: each holds a thread that answers requests, and memory
_showing = threading.BoundedSemaphore(_AT_A_TIME)


def picture(reach: Reach, settings: Settings, job: Job, page: int, placed: list[Placed]) -> bytes:
    """The page, from 1, as a PNG. Raises `NotFound` and `Unavailable`."""
    kind = next((each for each in formats.FORMATS.values() if each.media_type == job.media_type), None)
    if kind is None or not kind.has_pages:
        raise NotFound("Documents of this kind have no pages that can be shown.", code="no_pages")
    limits = Limits(seconds=_SECONDS, memory=settings.document_memory_bytes, output=64 * MIB)
    with _turn(), open_undamaged(reach, settings, job) as file:
        try:
            return formats.preview(file, kind, page, placed, limits)
        except formats.DocumentError as error:
            raise NotFound(error.detail, code=error.code) from None


def placed_on(session: Session, job_id: str, page: int) -> list[Placed]:
    """Where on the page something was removed."""
    location = JobFinding.location
    query = select(location, JobFinding.redacted).where(
        JobFinding.job_id == job_id, or_(*map(location.like, (f"page {page}, %", "box %", "code, box %")))
    )
    return [Placed(*row) for row in session.execute(query.order_by(JobFinding.ordinal).limit(MOST))]


def record(unit: Unit, job: Job, page: int, size: int) -> None:
    """Record that a page leaves. To be committed before it does."""
    unit.record(
        JobDownloaded(output_sha256=job.output_sha256 or "", size_bytes=size, page=page),
        resource_id=job.id,
    )


@contextmanager
def _turn() -> Iterator[None]:
    if not _showing.acquire(blocking=False):
        raise Unavailable("Other pages are being shown. Try again in a second.", code="pages_busy", retry_after=1)
    try:
        yield
    finally:
        _showing.release()
