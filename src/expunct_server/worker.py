"""The process that runs jobs: claims them, says that it lives, gives back what dead workers held, tidies up."""

import fcntl
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from expunct_server.batches import service as batches
from expunct_server.buckets.reaching import Reach
from expunct_server.connectors import runs, scheduler
from expunct_server.connectors.scheduler import Lister
from expunct_server.db.session import Database
from expunct_server.errors import Invalid, Unavailable, described
from expunct_server.jobs import kept, outputs, workers
from expunct_server.jobs.execute import Executor
from expunct_server.jobs.queue import Queue, Worker, work
from expunct_server.publishing import witnesses
from expunct_server.publishing.publisher import Publisher
from expunct_server.redaction.engine import warm
from expunct_server.redaction.failures import UnknownModel
from expunct_server.settings import Settings
from expunct_server.storage.durable import create_once
from expunct_server.storage.folder import own_folder
from expunct_server.tenants import idempotency, sealing
from expunct_server.webhooks.deliver import Deliverer

_log = logging.getLogger(__name__)
_SWEEP_SECONDS = 60.0
_SYNCS_SECONDS = 1.0
_RESULTS_SECONDS = 3600.0
_PUBLISH_SECONDS = 0.2  # how soon an event gets its index; checkpoints have an interval of their own
_BATCHES_SECONDS = 1.0
_WEBHOOKS_SECONDS = 1.0
_DRAIN_SECONDS = 30
_LISTING_SECONDS = 3.0  # more, for buckets that are being listed


@dataclass(frozen=True, slots=True)
class _Here:
    """What the rounds of one worker share."""

    settings: Settings
    database: Database
    reach: Reach
    queue: Queue
    worker: Worker
    deliverer: Deliverer
    lister: Lister
    publisher: Publisher
    worker_id: str


def run(settings: Settings, database: Database, stop: threading.Event) -> bool:
    """Work until `stop` is set, then drain. False when a job or a listing outlasted the wait: then end it hard.

    Raises `Invalid` when a model that settings name cannot be loaded.
    """
    with worker_identity(settings) as worker_id:
        reach = Reach(settings, database)
        executor = Executor(settings, database, reach, sealing.checked_master_key(settings, database))
        _load_models(settings)
        workers.beat(database, worker_id)
        runs.release(database, [worker_id])  # of the process that had this name before, and was killed
        queue = Queue(settings.url)
        worker = work(
            settings.url,
            worker_id,
            executor.run,
            concurrency=settings.worker_concurrency,
            tenant_concurrency=settings.tenant_concurrency,
        )
        _log.info("worker %s is ready", worker_id)
        lister = Lister(settings, database, queue, reach, worker_id)
        publisher = Publisher(settings, database, witnesses.cosigner(settings))
        deliverer = Deliverer(settings, database)
        here = _Here(settings, database, reach, queue, worker, deliverer, lister, publisher, worker_id)
        is_drained = threading.Event()
        beat = _every(settings.heartbeat_seconds, "beat", lambda: workers.beat(database, worker_id), is_drained)
        threads = [_every(seconds, name, act, stop) for name, seconds, act in _rounds(here)]
        stop.wait()
        is_idle = worker.stop(_DRAIN_SECONDS)
        is_drained.set()  # not before: who is silent while it drains is taken for dead, and its jobs are given away
        for thread in (*threads, beat):
            thread.join()
        publisher.close()
        deliverer.close()
        is_listed = lister.close(_LISTING_SECONDS)
        queue.close()
        if is_idle:
            workers.stopped(database, worker_id)
        return is_idle and is_listed


def _load_models(settings: Settings) -> None:
    """So that the first job does not wait for it. Without them no worker runs: it would leave what they find."""
    try:
        warm(settings.detection_models)
    except UnknownModel as error:
        raise Invalid(str(error), code="bad_setting") from None


def _rounds(here: _Here) -> list[tuple[str, float, Callable[[], Any]]]:
    """What a worker does beside its jobs: a name, how often in seconds, and what."""
    settings, database = here.settings, here.database
    return [
        ("publish", _PUBLISH_SECONDS, here.publisher.look),
        ("deliver webhooks", _WEBHOOKS_SECONDS, here.deliverer.step),
        ("reap", settings.heartbeat_seconds, lambda: _reap(here)),
        ("close batches", _BATCHES_SECONDS, lambda: batches.close_finished(database)),
        ("start syncs", _SYNCS_SECONDS, lambda: scheduler.start_due(database)),
        ("list buckets", _SYNCS_SECONDS, here.lister.step),
        ("end syncs", _SYNCS_SECONDS, lambda: scheduler.finish(database)),
        ("sweep", _SWEEP_SECONDS, lambda: _sweep(here)),
        ("sweep results", _RESULTS_SECONDS, lambda: _sweep_results(here)),
    ]


def _reap(here: _Here) -> None:
    """Give back the jobs of workers that are not heard of any more."""
    with here.database.reading() as session:
        lost = workers.dead(session, here.settings.worker_lost_seconds)
    dead = [each for each in lost if each != here.worker_id]
    if not dead:
        return
    given_back = here.queue.reap(dead)
    for each in dead:
        workers.stopped(here.database, each)
    runs.release(here.database, dead)
    _log.warning("workers %s are dead; %d jobs were given back", ", ".join(dead), given_back)


def _sweep(here: _Here) -> None:
    here.worker.sweep()
    with here.database.reading() as session:
        gone = workers.gone(session)
        leads = workers.leads(session, here.worker_id, here.settings.worker_lost_seconds)
    here.queue.reap(gone)
    own_folder(here.settings.data).sweep_drafts(kept.ORPHAN_SECONDS)
    if leads:
        tidy_up(here.database, here.reach)


def tidy_up(database: Database, reach: Reach) -> None:
    """Remove what nobody needs any more: orphaned uploads, answers of yesterday, copies of what was erased."""
    kept.sweep(database, reach.own, prefixes=(kept.UPLOADS,))
    outputs.sweep(database)
    idempotency.sweep(database)
    database.scrub(patience_seconds=0)  # after an erasure that a reader kept from it


def _sweep_results(here: _Here) -> None:
    """Seldom, since it lists all results there are, and an orphan among them is left by a crash alone."""
    with here.database.reading() as session:
        leads = workers.leads(session, here.worker_id, here.settings.worker_lost_seconds)
    if leads:
        kept.sweep(here.database, here.reach.own, prefixes=(kept.RESULTS,))


def _every(seconds: float, name: str, act: Callable[[], Any], stop: threading.Event) -> threading.Thread:
    def loop() -> None:
        while not stop.wait(seconds):
            try:
                act()
            except Exception as error:  # the database is away for a moment: the next round tries again
                _log.warning("%s failed: %s", name, described(error))

    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread


@contextmanager
def worker_identity(settings: Settings) -> Iterator[str]:
    """A name that is stable across restarts and never shared by two live processes: `<host>-<folder>-<slot>`.

    The folder's part is a random name of the data folder, made once: machines and containers that share a host name
    have folders of their own. The slot is the first of the folder's lock files that nobody holds; the kernel releases
    a lock with its process, so a worker that was killed is followed by one of the same name, which takes up its jobs.
    Where the folder is lost with its container the next name is another, and the jobs are given back by who reaps.
    """
    folder = settings.data / "workers"
    name = f"{socket.gethostname()}-{_folder_name(folder / 'id')}"
    for slot in range(1, 1000):
        lock = _lock(folder / f"{name}-{slot}.lock")
        if lock is not None:
            try:
                yield f"{name}-{slot}"
            finally:
                os.close(lock)
            return
    raise Unavailable("There are too many workers on this data folder.")


def _folder_name(path: Path) -> str:
    create_once(path, f"{secrets.token_hex(4)}\n".encode())
    text = path.read_text("ascii", "replace").strip()
    if len(text) != 8 or not text.isalnum():
        raise Unavailable(
            "The file workers/id is damaged. Stop the workers of this data folder and remove it: they make another.",
            code="bad_worker_id",
        )
    return text


def _lock(path: Path) -> int | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
