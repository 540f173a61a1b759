"""What this server keeps of a job: its upload until it has ended, its result. Where neither is needed it is removed."""

import logging
from collections.abc import Iterator
from itertools import islice

from sqlalchemy import select

from expunct_server import ids
from expunct_server.db.session import Database
from expunct_server.jobs.models import Job
from expunct_server.storage.base import Store, StoreError

_log = logging.getLogger(__name__)
ORPHAN_SECONDS = 3600  # an upload is there before its job is, a result before its completion
_SWEEP_BATCH = 500
UPLOADS, RESULTS = "uploads/", "results/"


def upload_key(job_id: str) -> str:
    """Where a job's upload waits."""
    return f"{UPLOADS}{job_id}"


def drop(own: Store, key: str) -> None:
    """Remove what is not needed any more. Where the store is away just now the sweep does it."""
    try:
        own.remove(key)
    except StoreError as error:
        _log.warning("a file of the server's own could not be removed from its store: %s", error.code)


def sweep(
    database: Database,
    own: Store,
    older_than_seconds: float = ORPHAN_SECONDS,
    prefixes: tuple[str, ...] = (UPLOADS, RESULTS),
) -> int:
    """Remove uploads whose job has ended or never came to be, and results that no job refers to. Says how many."""
    old = _older(own, ids.now() - int(older_than_seconds * ids.SECOND), prefixes)
    removed = 0
    while some := list(islice(old, _SWEEP_BATCH)):
        needed = _needed(database, some)
        for key in some:
            if key not in needed:
                own.remove(key)
                removed += 1
    return removed


def _older(own: Store, moment: ids.Micros, prefixes: tuple[str, ...]) -> Iterator[str]:
    for prefix in prefixes:
        for found in own.list(prefix):
            if found.modified_at <= moment:
                yield found.key


def _needed(database: Database, keys: list[str]) -> set[str]:
    """Of these keys, uploads and results of jobs that have not ended, and the results of those that have."""
    jobs = {key: key.partition("/")[2].partition(".")[0] for key in keys}
    query = select(Job.id, Job.outcome, Job.result_key).where(Job.id.in_(set(jobs.values())))
    with database.reading() as session:
        found = {row.id: row for row in session.execute(query)}
    return {
        key
        for key, job in jobs.items()
        if job in found and (found[job].outcome is None or found[job].result_key == key)
    }
