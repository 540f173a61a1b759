"""Handing out a job's result, whoever asks: only the bytes that the log tells of, and recorded before they leave."""

import hashlib
from typing import BinaryIO, cast

from expunct_server.audit.catalog import JobDownloaded
from expunct_server.audit.recorder import Unit
from expunct_server.buckets import uris
from expunct_server.buckets.reaching import Reach
from expunct_server.errors import Gone, Refusal, Unavailable
from expunct_server.jobs.models import Job
from expunct_server.settings import Settings
from expunct_server.storage.base import BucketMissing, Reader, StoreError, StoreMissing
from expunct_server.storage.copying import local_copy
from expunct_server.storage.durable import require_space


def is_in_bucket(job: Job) -> bool:
    """Whether the result is in a bucket that callers named: whose server may take its time."""
    return job.result_key is None and uris.parse(job.output_uri or "").scheme != "file"


def open_undamaged(reach: Reach, settings: Settings, job: Job) -> BinaryIO:
    """The result, open at its start: what this server keeps, or what stands at the job's `output_uri`.

    Raises `Gone` when it is not there, `Unavailable` when its hash differs or its bucket cannot be read.
    """
    try:
        file = _copied(_reader(reach, job), settings, job)
    except (StoreMissing, BucketMissing):
        raise Gone(f"The result of {job.id} is no longer in the store.", code="result_missing") from None
    except StoreError as error:
        raise Unavailable(f"The result of {job.id} cannot be read. {error.detail}", code=error.code) from None
    if hashlib.file_digest(file, "sha256").hexdigest() != job.output_sha256:  # type: ignore[arg-type]
        file.close()
        raise _damaged(job)
    file.seek(0)
    return file


def _reader(reach: Reach, job: Job) -> Reader:
    if job.result_key is not None:
        return reach.own.open(job.result_key)
    place = reach.place(job.tenant_id, job.output_uri or "", connector_id=job.connector_id)
    return place.store.open(place.key)


def _copied(reader: Reader, settings: Settings, job: Job) -> BinaryIO:
    size = job.output_bytes or 0
    try:
        require_space(settings.data, size, settings.min_free_bytes)
        file = local_copy(reader, settings.data, max_bytes=size, seconds=settings.fetch_seconds)
    except BaseException as error:
        reader.close()
        if isinstance(error, Refusal) and not isinstance(error, Unavailable):  # larger than what was written
            raise _damaged(job) from None
        raise
    if file is not cast("BinaryIO", reader):
        reader.close()
    return file


def _damaged(job: Job) -> Unavailable:
    return Unavailable(
        f"The stored result of {job.id} is not the one that was written; it was changed or damaged and is not "
        "handed out.",
        code="result_damaged",
    )


def record_download(unit: Unit, job: Job) -> None:
    """Record that the result leaves. To be committed before the first byte does."""
    event = JobDownloaded(output_sha256=job.output_sha256 or "", size_bytes=job.output_bytes or 0)
    unit.record(event, resource_id=job.id)
