"""Handing out a job's result, whoever asks: only the bytes that the log tells of, and recorded before they leave."""

import hashlib
from typing import BinaryIO

from expunct_server.audit.catalog import JobDownloaded
from expunct_server.audit.recorder import Unit
from expunct_server.errors import Gone, Unavailable
from expunct_server.jobs.models import Job
from expunct_server.storage.base import StoreMissing
from expunct_server.storage.folder import FolderStore


def open_undamaged(store: FolderStore, job: Job) -> BinaryIO:
    """The result, open at its start. Raises `Gone` when it is not there, `Unavailable` when its hash differs."""
    try:
        file = store.open(job.result_key or "")
    except StoreMissing:
        raise Gone(f"The result of {job.id} is no longer in the store.", code="result_missing") from None
    if hashlib.file_digest(file, "sha256").hexdigest() != job.output_sha256:  # type: ignore[arg-type]
        file.close()
        raise Unavailable(
            f"The stored result of {job.id} is not the one that was written; it was changed or damaged and is not "
            "handed out.",
            code="result_damaged",
        )
    file.seek(0)
    return file


def record_download(unit: Unit, job: Job) -> None:
    """Record that the result leaves. To be committed before the first byte does."""
    event = JobDownloaded(output_sha256=job.output_sha256 or "", size_bytes=job.output_bytes or 0)
    unit.record(event, resource_id=job.id)
