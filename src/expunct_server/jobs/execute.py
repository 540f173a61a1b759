"""What a worker does with one job: `run`, which the queue calls until it says that the job has ended.

At least once, in any order, from several processes: so every step looks at the row first, and only the attempt that the
row names (`runner`) may write to it. The result's file carries the attempt's name too. Dying at any line leaves:

1. before the claim: a queued job, run again;
2. after the claim: a claimed job, claimed again by the next attempt, counted as a retry;
3. after the result is published and before the commit: a file nobody refers to, swept later; the job is run again;
4. after the commit: a completed job with its findings and its one job.completed. Nothing is left to do but to remove
   the upload, which the sweep does if this process cannot.
"""

import errno
import hashlib
import json
import logging
import os
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from expunct_server import ids
from expunct_server.audit.recorder import Actor, Origin, Unit, system_actor, writing
from expunct_server.db.session import Database
from expunct_server.errors import Refusal, Unavailable, described
from expunct_server.jobs import service
from expunct_server.jobs.completion import Result, completed, report
from expunct_server.jobs.models import Job, JobFinding
from expunct_server.policies import service as policies
from expunct_server.policies.models import Policy
from expunct_server.policies.plans import Overrides, plan
from expunct_server.redaction import formats
from expunct_server.redaction.engine import Plan
from expunct_server.redaction.failures import DetectionError
from expunct_server.redaction.findings import Finding, mask_value
from expunct_server.settings import Settings
from expunct_server.storage.base import StoreMissing
from expunct_server.storage.durable import told
from expunct_server.storage.folder import FolderStore
from expunct_server.storage.local_files import local_draft, open_local, roots_of

_log = logging.getLogger(__name__)
WORKER = system_actor("worker")
_HEAD_BYTES = 64 * 1024
_CHUNK = 1 << 20
_INSERT_ROWS = 5000
_INSERT_FINDING = insert(JobFinding)
MAX_FINDINGS = 500_000  # of one job: they are committed together, and SQLite has one writer
_LONGEST_PAUSE = 300.0
_LOST = ("worker_lost", "The worker stopped each time it worked on this document; it may be too large or malformed.")


class Superseded(Exception):
    """The job was ended, or another attempt took it over: this one must leave no trace."""


class CannotSucceed(Exception):
    """Trying again would not help. `message` is for the job's owner and holds nothing of the document."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one job, by the name that the job's row knows."""

    job: Job
    name: str

    @property
    def actor(self) -> Actor:
        """Who submitted the job; what the worker does is done for them."""
        return Actor(self.job.actor_id, self.job.actor, self.job.tenant_id)

    @property
    def origin(self) -> Origin:
        return Origin(self.job.request_id, self.job.ip_address, self.job.user_agent)

    @property
    def result_key(self) -> str:
        return f"results/{self.job.id}.{self.name}"


class _Gate:
    """Lets attempts run side by side, but one that may take its process down with it alone.

    Else a document that kills its worker again and again would use up the retries of whatever is worked on beside it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = self._waiting = 0  # attempts under way; attempts that wait to be alone
        self._is_closed = False

    @contextmanager
    def passing(self, *, alone: bool) -> Iterator[None]:
        """Wait for a place, and hold it while the block runs."""
        with self._changed:
            if alone:
                self._waiting += 1
                self._changed.wait_for(lambda: self._inside == 0)
                self._waiting -= 1
                self._is_closed = True
            else:
                self._changed.wait_for(lambda: not self._is_closed and not self._waiting)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                if alone:
                    self._is_closed = False
                self._changed.notify_all()


@dataclass(frozen=True, slots=True)
class Executor:
    """Runs jobs of one deployment; `run` is safe to call from several threads and processes."""

    settings: Settings
    database: Database
    store: FolderStore
    master: bytes = field(repr=False)
    _gate: _Gate = field(default_factory=_Gate, repr=False)
    # Why attempts of this process failed whose failure the database refused to take: nobody died there.
    _unwritten: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict, repr=False)

    def run(self, job_id: str) -> float | None:
        """Try the job once. None: it has ended (or is someone else's); a number: call again in so many seconds."""
        # Waiting comes before the claim: an attempt that only waits while its worker dies does not count as a try.
        with self._gate.passing(alone=self._is_suspect(job_id)):
            pause = self._try(job_id)
        if pause is None:
            self._drop_upload(job_id)
        return pause

    def _try(self, job_id: str) -> float | None:
        attempt = self._claim(job_id)
        if attempt is None:
            return None
        try:
            self._carry_out(attempt)
        except Superseded:
            self.store.remove(attempt.result_key)
        except CannotSucceed as error:
            self._end(attempt, error)
        except Exception as error:
            _log.warning("job %s: attempt failed: %s", job_id, described(error))
            return self._later(attempt, error)
        return None

    def _drop_upload(self, job_id: str) -> None:
        """Remove the document of a job that has ended, however it did. What a crash leaves here is swept."""
        with self.database.reading() as session:
            job = session.get(Job, job_id)
        if job is not None and job.outcome is not None:
            self.store.remove(upload_key(job_id))

    # --- claiming ---

    def _is_suspect(self, job_id: str) -> bool:
        """Whether workers died over this job more than once, or it is to have its last try after one died."""
        with self.database.reading() as session:
            job = session.get(Job, job_id)
            return job is not None and job.runner is not None and job.retry_count + 1 >= min(2, job.max_retries)

    def _claim(self, job_id: str) -> Attempt | None:
        """Put this attempt's name on the job's row. None when the job has ended, also when this ends it."""
        name = secrets.token_hex(8)
        with writing(self.database, WORKER) as unit:
            job = _locked(unit, job_id)
            if job is None or job.outcome is not None:
                return None
            if job.runner is not None:  # an attempt began and neither ended nor gave up: its process died
                code, message = self._unwritten.get((job_id, job.runner), _LOST)
                if job.retry_count >= job.max_retries:
                    _fail(unit, job, code, message, "failed")
                    return None
                job.retry_count += 1
            job.runner = name
            job.started_at = job.started_at or ids.now()
            job.updated_at = ids.now()
        return Attempt(job, name)

    def _plan(self, job: Job) -> Plan:
        document = salt = None
        if job.policy_id is not None and job.policy_version is not None:
            with self.database.reading() as session:
                policy = session.get_one(Policy, job.policy_id)
                found = policies.at_version(session, policy, job.policy_version)
                document, salt = found.document, policies.open_salt(found, self.master)
        overrides = Overrides.model_validate(json.loads(job.config))
        return plan(document, overrides, language=job.language, tenant_id=job.tenant_id, salt=salt, master=self.master)

    # --- working ---

    def _carry_out(self, attempt: Attempt) -> None:
        with (
            told_plainly(),
            told(),  # the findings are written to the disk too
            self._input(attempt.job) as source,
            tempfile.TemporaryFile("w+", dir=self.settings.data) as spool,
        ):
            before = _identity(source)
            input_sha256 = _sha256(source)
            source.seek(0)
            with self.store.create(attempt.result_key) as draft:
                summary = self._redact(attempt, source, draft.file, spool)
                if _identity(source) != before:
                    raise Unavailable("The input changed while it was read.", code="input_changed")
                draft.file.seek(0)
                result = Result(input_sha256, summary, spool, _sha256(draft.file), draft.file.tell())
                draft.publish()
            with self._output(attempt) as put:
                self._complete(attempt, result, put)

    @contextmanager
    def _input(self, job: Job) -> Iterator[BinaryIO]:
        try:
            if job.source == "uri":
                file = open_local(job.input_uri, self._roots(job))
            else:
                file = self.store.open(upload_key(job.id))
        except (StoreMissing, FileNotFoundError, NotADirectoryError):
            raise CannotSucceed("input_not_found", "The input is not there.") from None
        except (PermissionError, IsADirectoryError):
            raise CannotSucceed("input_not_readable", "The server may not read the input.") from None
        except OSError as error:
            if error.errno == errno.ENXIO:  # a socket: nobody can open one
                raise CannotSucceed("not_a_file", "The file URI does not name a regular file.") from None
            raise
        with file:
            yield file

    @contextmanager
    def _output(self, attempt: Attempt) -> Iterator[Callable[[], None]]:
        """What puts the result where `output_uri` says; nothing when it says nothing."""
        if attempt.job.output_uri is None:
            yield lambda: None
            return
        with (
            self.store.open(attempt.result_key) as result,
            local_draft(attempt.job.output_uri, self._roots(attempt.job), result) as put,
        ):
            yield put

    def _roots(self, job: Job) -> tuple[Path, ...]:
        return roots_of(self.settings.file_roots, job.tenant_id)

    def _redact(self, attempt: Attempt, source: BinaryIO, target: BinaryIO, spool: Any) -> formats.Summary:
        size = os.fstat(source.fileno()).st_size
        if size == 0:
            raise CannotSucceed("empty_file", "The file is empty; there is nothing to redact.")
        if size > self.settings.max_upload_bytes:
            limit = self.settings.max_upload_bytes
            raise CannotSucceed("too_large", f"The file is larger than the limit of {limit} bytes.")
        kind = formats.sniff(source.read(_HEAD_BYTES), attempt.job.filename, size)
        source.seek(0)
        progress = _Progress(self.database, attempt, size, kind.media_type)
        progress.report(0, at_once=True)
        keep = _Spool(spool).keep
        return formats.redact_file(source, target, kind, self._plan(attempt.job), keep, progress.report)

    # --- ending ---

    def _complete(self, attempt: Attempt, result: Result, put: Callable[[], None]) -> None:
        with writing(self.database, attempt.actor, attempt.origin, alone=True) as unit:
            job = _locked(unit, attempt.job.id)
            if job is None or job.outcome is not None or job.runner != attempt.name:
                raise Superseded
            _insert_findings(unit, job.id, result.findings)
            moment = ids.now()
            event = unit.record(completed(unit.session, job, result, moment), resource_id=job.id, at=moment)
            job.outcome, job.runner, job.progress_pct = "completed", None, 100
            job.completed_at = job.updated_at = moment
            job.media_type = result.summary.media_type
            job.findings_count = result.summary.findings_count
            job.input_sha256, job.output_sha256 = result.input_sha256, result.output_sha256
            job.output_bytes, job.result_key = result.output_bytes, attempt.result_key
            job.report = json.dumps(report(result, attempt=job.retry_count + 1))
            job.audit_event_id = event.id
            unit.session.flush()
            # With the job's row locked: neither a cancelled job nor an attempt that was overtaken writes to output_uri.
            put()

    def _end(self, attempt: Attempt, error: CannotSucceed) -> None:
        with writing(self.database, WORKER) as unit:
            job = _locked(unit, attempt.job.id)
            if job is not None and job.outcome is None and job.runner == attempt.name:
                _fail(unit, job, error.code, error.message, "error")

    def _later(self, attempt: Attempt, error: Exception) -> float | None:
        """Give the job back for another try, or end it when it has had them all."""
        key, said = (attempt.job.id, attempt.name), _passing(error)
        self._unwritten[key] = said  # for the next claim, should the database refuse what follows
        pause = self._give_back(attempt, *said)
        self._unwritten.pop(key, None)
        return pause

    def _give_back(self, attempt: Attempt, code: str, message: str) -> float | None:
        with writing(self.database, WORKER) as unit:
            job = _locked(unit, attempt.job.id)
            if job is None or job.outcome is not None or job.runner != attempt.name:
                return None
            if job.retry_count >= job.max_retries:
                _fail(unit, job, code, message, "failed")
                return None
            job.retry_count += 1
            job.runner, job.updated_at = None, ids.now()
            return float(min(2**job.retry_count, _LONGEST_PAUSE))


def upload_key(job_id: str) -> str:
    """Where a job's upload waits."""
    return f"uploads/{job_id}"


def _locked(unit: Unit, job_id: str) -> Job | None:
    return unit.session.scalar(select(Job).where(Job.id == job_id).with_for_update())


def _fail(unit: Unit, job: Job, code: str, message: str, final: str) -> None:
    """End the job without a result, in the name and with the origin of who submitted it."""
    unit.origin = Origin(job.request_id, job.ip_address, job.user_agent)
    actor = Actor(job.actor_id, job.actor, job.tenant_id)
    service.fail(unit, job, code=code, message=message, final=final, actor=actor)


@contextmanager
def told_plainly() -> Iterator[None]:
    """What the engine and the formats raise, as what it means for the job."""
    try:
        yield
    except (formats.DocumentError, formats.UnsupportedFormat) as error:
        raise CannotSucceed(error.code, error.detail) from None
    except DetectionError as error:
        raise CannotSucceed(error.code, str(error)) from None
    except Refusal as error:
        if isinstance(error, Unavailable):
            raise
        raise CannotSucceed(error.code, error.detail) from None


def _passing(error: Exception) -> tuple[str, str]:
    """Code and message for a failure that may pass. An exception's own text may quote the document: never shown."""
    if isinstance(error, Unavailable):
        return error.code, error.detail
    if isinstance(error, OSError):
        return "io_error", "The server could not read the input or write the result."
    if isinstance(error, DBAPIError):
        return "database_error", "The database refused the result."
    if isinstance(error, MemoryError):
        return "out_of_memory", "The document needs more memory than the worker has."
    return (
        "internal_error",
        f"The worker met an unexpected error ({type(error).__name__}); its operator can find it in the log.",
    )


def _identity(file: BinaryIO) -> tuple[int, int, int]:
    found = os.fstat(file.fileno())
    return found.st_ino, found.st_size, found.st_mtime_ns


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


class _Progress:
    """Writes how far the job is, at most once a second, and notices when the job is no longer this attempt's."""

    def __init__(self, database: Database, attempt: Attempt, size: int, media_type: str) -> None:
        self._database, self._attempt, self._size, self._media_type = database, attempt, size, media_type
        self._last = 0.0

    def report(self, consumed: int, *, at_once: bool = False) -> None:
        """`consumed` source bytes are done. Raises `Superseded`."""
        if not at_once and time.monotonic() - self._last < 1:
            return
        self._last = time.monotonic()
        percent = min(99, consumed * 100 // self._size)
        mine = update(Job).where(Job.id == self._attempt.job.id, Job.runner == self._attempt.name)
        with writing(self._database, self._attempt.actor) as unit:
            changed = unit.session.execute(
                mine.values(progress_pct=percent, media_type=self._media_type, updated_at=ids.now()).returning(Job.id)
            ).all()
        if not changed:
            raise Superseded


class _Spool:
    """Findings on their way to the completion, in a file."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._count = 0

    def keep(self, finding: Finding) -> None:
        """Write one down, its value masked. Raises `CannotSucceed` beyond what one job may hold."""
        self._count += 1
        if self._count > MAX_FINDINGS:
            raise CannotSucceed(
                "too_many_findings", f"The document holds more than {MAX_FINDINGS} findings; send it in parts."
            )
        row = {
            "entity_type": finding.entity_type,
            "span_start": finding.start,
            "span_end": finding.end,
            "score": round(finding.score, 4),
            "recognizer": finding.recognizer,
            "check_passed": finding.check,
            "location": finding.location,
            "masked": mask_value(finding.text),
            "redacted": finding.replacement,
        }
        self._file.write(json.dumps(row) + "\n")


def _insert_findings(unit: Unit, job_id: str, spool: Any) -> None:
    """All of them in the completion's transaction, by the driver's fastest way: on SQLite it holds the write lock."""
    spool.seek(0)
    rows = ({"job_id": job_id, "ordinal": ordinal, **orjson.loads(line)} for ordinal, line in enumerate(spool))
    connection = unit.session.connection()
    while some := list(islice(rows, _INSERT_ROWS)):
        connection.execute(_INSERT_FINDING, some)
