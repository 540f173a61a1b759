"""The queue of jobs: durable, at least once, on SQLite and PostgreSQL. The only module that knows DBOS.

What holds, whoever dies when:

- A job is queued in the transaction that made it: committed together or not at all.
- Only `run` ends a job, by returning None. If it returns a number it is called again that many seconds later, and also
  (with a growing pause) if it raises. While it waits it holds no slot and no thread.
- Whoever has a million jobs waiting does not keep another's ten from running. The queue is partitioned by tenant: each
  time a worker looks, it visits those that have jobs waiting in random order, and takes of each the oldest and no more
  than it may run of one tenant.
- `run` may be called again for work it has already done: after a kill, and between its commit and ours. It must look at
  the job's row first, and must fence its own writes, for a worker that only seemed dead can come back.

One turn of a job is one DBOS workflow: the first is named as the job, the later ones `<job>.2`, `<job>.3` and so on.
The name is the key, so nothing can be queued twice. Small documents that come together share a workflow, named as the
first of them and how many follow (`<job>+9`); their later turns are their own. DBOS keeps neither `run`'s result nor
its error: both could quote a document.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions, WorkflowSerializationFormat
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from expunct_server.db.migrate import refused

Run = Callable[[str], float | None]

_QUEUE = "jobs"
_WORKFLOW = "job"
_TOGETHER = "jobs"
_OWNER = "expunct-server"
# The version of this protocol, not of the product. DBOS gives work only to workers of the same version, so a number
# that moved with each release would orphan whatever was pending at an upgrade.
_PROTOCOL = "1"
_LONGEST_PAUSE = 300.0
_TURNS_TO_CANCEL = 32
_SUSPECT_AFTER = timedelta(minutes=1)
# As our own connections (`db.session`), DBOS's notice within half a minute that the other side went away without a
# word. Else a worker would say by ours that it lives, and for a quarter of an hour take no job by DBOS's.
_LIVELINESS = {
    "keepalives_idle": "15",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}

_log = logging.getLogger(__name__)


def migrate(database_url: str, application_role: str | None = None) -> None:
    """Create or update DBOS's tables: beside ours on SQLite, in schema `dbos` on PostgreSQL. Quick when done before.

    On PostgreSQL `application_role` is given what the running server needs of them.
    """
    _quiet()
    try:
        DBOS.migrate(database_url, application_role=application_role)
    except DBAPIError as error:  # the database went away since ours was migrated, or this role may change ours alone
        raise refused(error) from None


class Queue:
    """The caller's side: puts jobs on the queue and takes them off. Connects when first needed. Thread-safe."""

    def __init__(self, database_url: str) -> None:
        _quiet()
        self._client = DBOSClient(
            system_database_url=_lively(database_url),
            application_name=_OWNER,
            lazy=True,
            retry_connection_errors=False,  # an absent database is the caller's to handle; DBOS would wait for ever
            system_database_pool_size=4,
        )

    def enqueue(self, transaction: Connection | Session, job_id: str, tenant_id: str, after_seconds: float = 0) -> None:
        """Queue a job in the caller's open transaction: nothing is queued unless that commits. Twice is once."""
        # Through the caller's own connection: a second one would wait for SQLite's write lock, which the caller holds.
        options = _options(job_id, tenant_id, 1)
        if after_seconds:
            options["delay_seconds"] = after_seconds
        self._client.enqueue_in_transaction(transaction, options, job_id, tenant_id, 1)

    def enqueue_together(self, transaction: Connection | Session, job_ids: Sequence[str], tenant_id: str) -> None:
        """As `enqueue`, for several jobs that one slot of a worker runs one after the other.

        A turn costs as much as a small document. A job of them that is to be called again is a job of its own then.
        """
        options = _options(f"{job_ids[0]}+{len(job_ids) - 1}", tenant_id, 1)
        options["workflow_name"] = _TOGETHER
        self._client.enqueue_in_transaction(transaction, options, list(job_ids), tenant_id)

    def enqueue_again(self, job_id: str, tenant_id: str, turn: int, delay: float) -> None:
        """Queue the next turn of a job, in a transaction of its own."""
        options = _options(job_id, tenant_id, turn)
        options["delay_seconds"] = delay
        self._client.enqueue(options, job_id, tenant_id, turn)

    def cancel(self, job_id: str) -> None:
        """Take a job off the queue. Call it *after* the commit that cancels the job's row, never inside a transaction.

        Inside, it would wait for ever on SQLite, and a rollback would leave a live job that nobody runs. It saves work,
        no more: `run` looks at the row. So a database that is away by now is no error: the job is cancelled already. A
        job that is being run is not interrupted, and one that waits together with others is passed over.
        """
        turns = [_name(job_id, turn) for turn in range(1, _TURNS_TO_CANCEL + 1)]
        try:
            waiting = self._list(workflow_ids=turns, status=["ENQUEUED", "DELAYED"])
            if waiting:
                self._client.cancel_workflows(waiting)
        except SQLAlchemyError as error:
            _log.warning("job %s could not be taken off the queue: %s", job_id, type(error).__name__)

    def reap(self, dead: Iterable[str]) -> int:
        """Give the unfinished jobs of dead workers back to the queue, and say how many.

        Safe to run in several processes at once: each row changes hands in one conditional update. DBOS's public
        `resume_workflows` lacks the condition, and lets a late reaper start a job that another worker already runs.
        """
        return self._give_back(list(dead))

    def close(self) -> None:
        """Return the connections."""
        self._client.destroy()

    def _give_back(self, executors: list[str], sparing: Collection[str] = (), **wanted: Any) -> int:
        if not executors:
            return 0
        found = self._list(executor_id=executors, status="PENDING", **wanted)
        give_back = self._client._sys_db.reenqueue_for_recovery
        return sum(give_back(name, executors, _QUEUE) for name in found if name not in sparing)

    def _list(self, **wanted: Any) -> list[str]:
        found = self._client.list_workflows(name=[_WORKFLOW, _TOGETHER], load_input=False, load_output=False, **wanted)
        return [workflow.workflow_id for workflow in found]


class Worker:
    """The side that runs jobs, made by `work`. One a process, because DBOS is one a process."""

    current: ClassVar["Worker | None"] = None

    def __init__(self, queue: Queue, executor_id: str, run: Run) -> None:
        self.executor_id = executor_id
        self._queue = queue
        self._run = run
        self._running: set[str] = set()
        self._stopping = threading.Event()

    def sweep(self) -> int:
        """Give back what this worker claimed and no thread of it runs, and say how many. Call it once a minute or so.

        There is such a job when the database refused the last write of a turn, as it does when the disk is full.
        """
        claimed_before = (datetime.now(UTC) - _SUSPECT_AFTER).isoformat()
        return self._queue._give_back([self.executor_id], self._running, dequeued_before=claimed_before)

    def stop(self, drain_seconds: int = 30) -> bool:
        """Claim nothing more, wait for the running jobs, give back what was claimed and not begun. True if idle.

        False means that a job outlasted the wait. End the process then, by `os._exit`: the interpreter would wait for
        the job's thread. The job runs again when this executor id returns or is reaped.
        """
        self._stopping.set()
        DBOS.destroy(workflow_completion_timeout_sec=drain_seconds)
        is_idle = not self._running
        if is_idle:
            with suppress(SQLAlchemyError):  # the database may be what is stopping: then someone reaps them later
                self._queue.reap([self.executor_id])
        self._queue.close()
        Worker.current = None
        return is_idle

    def turn(self, job_id: str, tenant_id: str, turn: int) -> None:
        """One turn of a job, in a thread of DBOS's."""
        with self._at_work(_name(job_id, turn)):
            self._take_turn(job_id, tenant_id, turn)

    def together(self, job_ids: Sequence[str], tenant_id: str) -> None:
        """The first turn of several jobs, one after the other. A worker that is told to stop leaves the rest.

        Run again after a kill it passes over those that have had it: a second turn, which only this makes, may be under
        way in another worker, and two attempts at a time would each take the other for dead.
        """
        with self._at_work(f"{job_ids[0]}+{len(job_ids) - 1}"):
            later = self._having_later_turns(job_ids)
            for job_id in job_ids:
                if self._stopping.is_set():
                    raise _LeftPending
                if job_id not in later:
                    self._take_turn(job_id, tenant_id, 1)

    def _having_later_turns(self, job_ids: Sequence[str]) -> set[str]:
        second = {_name(job_id, 2): job_id for job_id in job_ids}
        try:
            return {second[name] for name in self._queue._list(workflow_ids=list(second))}
        except Exception as error:  # to end here would lose them all; pending, they are swept or reaped
            _log.error("jobs that were queued together could not be looked for: %s", type(error).__name__)
            raise _LeftPending from None

    @contextmanager
    def _at_work(self, name: str) -> Iterator[None]:
        if self._stopping.is_set():
            raise _LeftPending
        self._running.add(name)
        try:
            yield
        finally:
            self._running.discard(name)

    def _take_turn(self, job_id: str, tenant_id: str, turn: int) -> None:
        try:
            delay = self._attempt(job_id, turn)
            if delay is not None:
                self._queue.enqueue_again(job_id, tenant_id, turn + 1, delay)
        except Exception as error:
            # The next turn could not be queued. To end this one would lose the job; pending, it is swept or reaped.
            _log.error("job %s could not be queued again: %s", job_id, type(error).__name__)
            raise _LeftPending from None

    def _attempt(self, job_id: str, turn: int) -> float | None:
        try:
            return self._run(job_id)
        except Exception as error:
            # The message may quote the document: the class has to do.
            _log.error("job %s failed outside its own error handling: %s", job_id, type(error).__name__)
            return min(2.0 ** min(turn, 10), _LONGEST_PAUSE)


def work(
    database_url: str,
    executor_id: str,
    run: Run,
    *,
    concurrency: int,
    tenant_concurrency: int | None = None,
    poll_seconds: float = 0.1,
) -> Worker:
    """Start running jobs in threads of this process, first those that this executor id left unfinished.

    At most `concurrency` at a time, and `tenant_concurrency` of one tenant; None means as many. Two live processes must
    never share an executor id. The three numbers are kept in the database: the worker that started last sets them for
    all.
    """
    if Worker.current is not None:
        raise RuntimeError("this process already has a worker")
    _quiet()
    queue = Queue(database_url)
    worker = Worker.current = Worker(queue, executor_id, run)
    config: DBOSConfig = {
        "name": _OWNER,
        "application_version": _PROTOCOL,
        "executor_id": executor_id,
        "system_database_url": _lively(database_url),
        "run_migrations": False,  # `migrate` has: the role of a worker need not be allowed to
        "sys_db_pool_size": min(concurrency, 16) + 4,  # used at the ends of a turn, not while it lasts
        "scheduler_polling_interval_sec": 3600.0,  # no schedules here
        "notification_listener_polling_interval_sec": 0.25,  # nor notifications: it is how long SQLite's `stop` waits
        "log_level": "WARNING",
    }
    try:
        # Before the launch: a queue that appears later is noticed a second later.
        # Limits of each worker only: those of all together would have workers wait for each other's claims, as they
        # need stricter isolation and locks that are not skipped.
        queue._client.register_queue(
            _QUEUE,
            worker_concurrency=concurrency,
            partition_worker_concurrency=min(tenant_concurrency or concurrency, concurrency),
            polling_interval_sec=poll_seconds,
        )
        DBOS(config=config)
        DBOS.listen_queues([_QUEUE])
        DBOS.launch()
    except BaseException:
        DBOS.destroy()
        queue.close()
        Worker.current = None
        raise
    return worker


class _LeftPending(BaseException):
    """Ends a workflow without an outcome. DBOS records what derives from Exception, and lets this pass."""


# No limit on recoveries: `run` counts its attempts, and a job that DBOS gave up would stay "running" in our table.
@DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=None, serialization_type=WorkflowSerializationFormat.PORTABLE)
def _job(job_id: str, tenant_id: str, turn: int) -> None:
    if Worker.current is None:
        raise _LeftPending
    Worker.current.turn(job_id, tenant_id, turn)


@DBOS.workflow(name=_TOGETHER, max_recovery_attempts=None, serialization_type=WorkflowSerializationFormat.PORTABLE)
def _jobs(job_ids: list[str], tenant_id: str) -> None:
    if Worker.current is None:
        raise _LeftPending
    Worker.current.together(job_ids, tenant_id)


def _lively(database_url: str) -> str:
    """The URL with what makes connections to PostgreSQL lively. What it says of that itself stays."""
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite":
        return database_url
    missing = {name: value for name, value in _LIVELINESS.items() if name not in url.query}
    return url.update_query_dict(missing).render_as_string(hide_password=False)


def _name(job_id: str, turn: int) -> str:
    return job_id if turn == 1 else f"{job_id}.{turn}"


def _options(job_id: str, tenant_id: str, turn: int) -> EnqueueOptions:
    return {
        "workflow_name": _WORKFLOW,
        "queue_name": _QUEUE,
        "workflow_id": _name(job_id, turn),
        "queue_partition_key": tenant_id,  # a partitioned queue never sees rows without one
        "serialization_type": WorkflowSerializationFormat.PORTABLE,  # JSON; DBOS's own choice is pickle
    }


def _quiet() -> None:
    """Hand DBOS's log to ours, warnings only: at INFO it advertises, and without a handler it writes to stderr."""
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
