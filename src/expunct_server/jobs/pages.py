"""Pages of a job's result as pictures, with a box around each thing that was removed.

A PDF and a picture have pages of their own; of other documents there are pages with what the result says.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

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
from expunct_server.redaction.formats.views.showing import MOST_FINDINGS
from expunct_server.settings import Settings

MOST_PAGES = 100_000
_SECONDS = 60.0  # that showing one page may take
_AT_A_TIME = 2  # of one process: each holds a thread that answers requests, and memory
_showing = threading.BoundedSemaphore(_AT_A_TIME)


class Shown(NamedTuple):
    """A PNG of a page; `view` is "page" for one that the document has, "reading" for one of what it says."""

    content: bytes
    view: str


def shown(
    reach: Reach, settings: Settings, job: Job, page: int, reading: Callable[[], AbstractContextManager[Session]]
) -> Shown:
    """The page, from 1. Raises `NotFound` and `Unavailable`."""
    kind = next((each for each in formats.FORMATS.values() if each.media_type == job.media_type), None)
    if kind is None:
        raise NotFound("Documents of this kind cannot be shown.", code="no_pages")
    limits = Limits(seconds=_SECONDS, memory=settings.document_memory_bytes, output=64 * MIB)
    with _turn(), open_undamaged(reach, settings, job) as file:
        with reading() as session:
            placed = _placed(session, job.id, page if kind.has_pages else None)
        try:
            content = formats.preview(file, kind, page, placed, limits)
        except formats.DocumentError as error:
            raise NotFound(error.detail, code=error.code) from None
    return Shown(content, "page" if kind.has_pages else "reading")


def _placed(session: Session, job_id: str, page: int | None) -> list[Placed]:
    """What was removed, and where: on the page, or in all of the document."""
    row = JobFinding
    query = select(row.location, row.redacted, row.entity_type, row.span_start, row.span_end).where(
        row.job_id == job_id
    )
    if page is not None:
        query = query.where(or_(*map(row.location.like, (f"page {page}, %", "box %", "code, box %"))))
    most = MOST_FINDINGS + 1 if page is None else MOST  # one more says that there are more
    return [Placed(*each) for each in session.execute(query.order_by(row.ordinal).limit(most))]


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
