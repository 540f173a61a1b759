"""The process that runs jobs: claims them, says that it lives, gives back what dead workers held, tidies up."""

import fcntl
import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from expunct_server.db.session import Database
from expunct_server.errors import Unavailable, described
from expunct_server.jobs import workers
from expunct_server.jobs.execute import Executor
from expunct_server.jobs.models import Job
from expunct_server.jobs.queue import Queue, work
from expunct_server.publishing import witnesses
from expunct_server.publishing.publisher import Publisher
from expunct_server.redaction.engine import warm
from expunct_server.settings import Settings
from expunct_server.storage.folder import FolderStore
from expunct_server.tenants import idempotency, sealing

_log = logging.getLogger(__name__)
_SWEEP_SECONDS = 60.0
_PUBLISH_SECONDS = 0.2  # how soon an event gets its index; checkpoints have an interval of their own
_ORPHAN_SECONDS = 3600.0
_DRAIN_SECONDS = 30
_SWEEP_BATCH = 500


def run(settings: Settings, database: Database, stop: threading.Event) -> bool:
    """Work until `stop` is set, then drain. False when a job outlasted the wait: then end the process hard."""
    with worker_identity(settings) as worker_id:
        store = FolderStore(settings.data)
        executor = Executor(settings, database, store, sealing.master_key(settings))
        warm()
        workers.beat(database, worker_id)
        queue = Queue(settings.url)
        worker = work(settings.url, worker_id, executor.run, concurrency=settings.worker_concurrency)
        _log.info("worker %s is ready", worker_id)

        def beat() -> None:
            workers.beat(database, worker_id)

        def reap() -> None:
            with database.reading() as session:
                dead = [each for each in workers.dead(session, settings.worker_lost_seconds) if each != worker_id]
            if dead:
                given_back = queue.reap(dead)
                for each in dead:
                    workers.stopped(database, each)
                _log.warning("workers %s are dead; %d jobs were given back", ", ".join(dead), given_back)

        def sweep() -> None:
            worker.sweep()
            with database.reading() as session:
                gone = workers.gone(session)
            queue.reap(gone)
            tidy_up(database, store)

        publisher = Publisher(settings, database, witnesses.cosigner(settings))

        def publish() -> None:
            publisher.step()

        threads = [
            _every(_PUBLISH_SECONDS, publish, stop),
            _every(settings.heartbeat_seconds, beat, stop),
            _every(settings.heartbeat_seconds, reap, stop),
            _every(_SWEEP_SECONDS, sweep, stop),
        ]
        stop.wait()
        is_idle = worker.stop(_DRAIN_SECONDS)
        for thread in threads:
            thread.join()
        queue.close()
        if is_idle:
            workers.stopped(database, worker_id)
        return is_idle


def _every(seconds: float, act: Callable[[], None], stop: threading.Event) -> threading.Thread:
    def loop() -> None:
        while not stop.wait(seconds):
            try:
                act()
            except Exception as error:  # the database is away for a moment: the next round tries again
                _log.warning("%s failed: %s", act.__name__, described(error))

    thread = threading.Thread(target=loop, name=act.__name__, daemon=True)
    thread.start()
    return thread


@contextmanager
def worker_identity(settings: Settings) -> Iterator[str]:
    """A name that is stable across restarts and never shared by two live processes: `<host>-<slot>`.

    The slot is the first of the data folder's lock files that nobody holds; the kernel releases a lock with its
    process, so a worker that was killed is followed by one of the same name, which takes up its jobs.
    """
    folder = settings.data / "workers"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    host = socket.gethostname()
    for slot in range(1, 1000):
        lock = _lock(folder / f"{host}-{slot}.lock")
        if lock is not None:
            try:
                yield f"{host}-{slot}"
            finally:
                os.close(lock)
            return
    raise Unavailable("There are too many workers on this data folder.")


def _lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def tidy_up(database: Database, store: FolderStore) -> None:
    """Remove what nobody needs any more: drafts, orphaned files, answers of yesterday, copies of what was erased."""
    store.sweep_drafts(_ORPHAN_SECONDS)
    sweep_store(database, store)
    idempotency.sweep(database)
    database.scrub(patience_seconds=0)  # after an erasure that a reader kept from it


def sweep_store(database: Database, store: FolderStore, older_than_seconds: float = _ORPHAN_SECONDS) -> int:
    """Remove uploads whose job has ended or never came to be, and results that no job refers to. Says how many."""
    old = [key for prefix in ("uploads", "results") for key, age in store.keys(prefix) if age > older_than_seconds]
    removed = 0
    for start in range(0, len(old), _SWEEP_BATCH):
        some = old[start : start + _SWEEP_BATCH]
        needed = _needed(database, some)
        for key in some:
            if key not in needed:
                store.remove(key)
                removed += 1
    return removed


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
