"""What a worker does with one job: `run`, which the queue calls until it says that the job has ended.

At least once, in any order, from several processes: so every step looks at the row first, and only the attempt that the
row names (`runner`) may write to it. The result's file carries the attempt's name too. Dying at any line leaves:

1. before the claim: a queued job, run again;
2. after the claim: a claimed job, claimed again by the next attempt, counted as a retry;
3. after the result is published and before the commit: a file nobody refers to, swept later; the job is run again;
4. after the commit: a completed job with its findings and its one job.completed. Nothing is left to do but to remove
   the upload, which the sweep does if this process cannot.
"""

import hashlib
import json
import logging
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from expunct_server import ids
from expunct_server.audit.recorder import Unit, writing
from expunct_server.buckets.reaching import Reach
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable, described
from expunct_server.jobs import outputs, passwords, service
from expunct_server.jobs.attempt import (
    WORKER,
    Attempt,
    CannotSucceed,
    Superseded,
    locked,
    origin,
    passing,
    pause_before,
    submitter,
    told_plainly,
)
from expunct_server.jobs.completion import Result, completed, report
from expunct_server.jobs.gate import Gate
from expunct_server.jobs.kept import drop, upload_key
from expunct_server.jobs.models import Job
from expunct_server.jobs.progress import Progress, Spool, insert_findings
from expunct_server.policies import asking
from expunct_server.policies import service as policies
from expunct_server.policies.models import Policy
from expunct_server.policies.plans import Overrides, plan
from expunct_server.redaction import formats
from expunct_server.redaction.engine import Plan
from expunct_server.redaction.formats.isolated.limits import Limits
from expunct_server.settings import Settings
from expunct_server.storage.base import BucketMissing, NotAFile, OutsideFolder, Stat, StoreDenied, StoreMissing
from expunct_server.storage.copying import local_copy
from expunct_server.storage.durable import require_space, told
from expunct_server.storage.folder import FolderStore
from expunct_server.tenants import sealing

_log = logging.getLogger(__name__)
_HEAD_BYTES = 64 * 1024
_CHUNK = 1 << 20
_ETAG_LENGTH = 200
_MOST_PLANS = 200  # that a process keeps
ELSEWHERE = ("uri", "batch", "connector")  # sources of jobs whose document is not with this server
_LOST = ("worker_lost", "The worker stopped each time it worked on this document; it may be too large or malformed.")


@dataclass(frozen=True, slots=True)
class Executor:
    """Runs jobs of one deployment; `run` is safe to call from several threads and processes."""

    settings: Settings
    database: Database
    reach: Reach
    master: bytes = field(repr=False)
    _gate: Gate = field(default_factory=Gate, repr=False)
    # Why attempts of this process failed whose failure the database refused to take: nobody died there.
    _unwritten: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict, repr=False)
    _plans: dict[tuple[Any, ...], Plan] = field(default_factory=dict, repr=False)

    def run(self, job_id: str) -> float | None:
        """Try the job once. None: it has ended (or is someone else's); a number: call again in so many seconds."""
        with self.database.reading() as session:
            job = session.get(Job, job_id)
        if job is None or job.outcome is not None:
            self._drop_upload(job_id)
            return None
        # Waiting comes before the claim: an attempt that only waits while its worker dies does not count as a try.
        with self._gate.passing(alone=_is_suspect(job)):
            pause = self._try(job_id)
        if pause is None and job.source not in ELSEWHERE:
            self._drop_upload(job_id)
        return pause

    def _try(self, job_id: str) -> float | None:
        attempt = self._claim(job_id)
        if attempt is None:
            return None
        try:
            self._carry_out(attempt)
        except Superseded:
            if attempt.job.output_uri is None:
                drop(self.reach.own, attempt.result_key)
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
        if job is not None and job.outcome is not None and job.source not in ELSEWHERE:
            drop(self.reach.own, upload_key(job_id))

    # --- claiming ---

    def _claim(self, job_id: str) -> Attempt | None:
        """Put this attempt's name on the job's row. None when the job has ended, also when this ends it."""
        name = secrets.token_hex(8)
        with writing(self.database, WORKER) as unit:
            job = locked(unit, job_id)
            if job is None or job.outcome is not None:
                return None
            if job.runner is not None:  # an attempt began and neither ended nor gave up: its process died
                code, message = self._unwritten.get((job_id, job.runner), _LOST)
                if job.retry_count >= job.max_retries:
                    _fail(unit, job, code, message, "failed")
                    return None
                job.retry_count += 1
            job.runner, job.progress_pct = name, 0
            job.started_at = job.started_at or ids.now()
            job.updated_at = ids.now()
        return Attempt(job, name)

    def _plan(self, job: Job) -> Plan:
        """The engine's instructions for a job. They are kept, since the version of a policy never changes."""
        key = (job.tenant_id, job.policy_id, job.policy_version, job.config, job.language)
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            found = self._plans[key] = self._new_plan(job)
        return found

    def _new_plan(self, job: Job) -> Plan:
        document = salt = None
        if job.policy_id is not None and job.policy_version is not None:
            with self.database.reading() as session:
                policy = session.get_one(Policy, job.policy_id)
                found = policies.at_version(session, policy, job.policy_version)
                document, salt = found.document, policies.open_salt(found, self.master)
        overrides = Overrides.model_validate(json.loads(job.config))
        llm = asking.llm_of(document, self.settings)
        return plan(
            document,
            overrides,
            language=job.language,
            tenant_id=job.tenant_id,
            salt=salt,
            master=self.master,
            models=self.settings.detection_models,
            llm=llm,
        )

    # --- working ---

    def _carry_out(self, attempt: Attempt) -> None:
        with (
            told_plainly(),
            told(),  # the findings are written to the disk too
            self._input(attempt.job) as (source, etag),
            tempfile.TemporaryFile("w+", dir=self.settings.data) as spool,
        ):
            if attempt.job.output_uri is None:
                with self.reach.own.create(attempt.result_key) as draft:
                    result = self._result(attempt, source, draft.file, spool, etag)
                    draft.publish()
                self._complete(attempt, result)
            else:
                with tempfile.TemporaryFile(dir=self.settings.data) as target:
                    result = self._result(attempt, source, target, spool, etag)
                    self._deliver(attempt, result, target)

    def _result(self, attempt: Attempt, source: BinaryIO, target: Any, spool: Any, etag: str | None) -> Result:
        before = _identity(source)
        input_sha256 = _sha256(source)
        source.seek(0)
        summary = self._redact(attempt, source, target, spool)
        if _identity(source) != before:
            raise Unavailable("The input changed while it was read.", code="input_changed")
        target.seek(0)
        return Result(input_sha256, summary, spool, _sha256(target), target.tell(), etag)

    @contextmanager
    def _input(self, job: Job) -> Iterator[tuple[BinaryIO, str | None]]:
        """The document, seekable at its start, and the etag of what is read where others can change it."""
        is_upload = job.source not in ELSEWHERE
        try:
            if is_upload:
                reader = self.reach.own.open(upload_key(job.id))
            else:
                query = self._query(job)
                place = self.reach.place(job.tenant_id, job.input_uri, connector_id=job.connector_id, query=query)
                reader = place.store.open(place.key)
        except StoreMissing:
            raise CannotSucceed("input_not_found", "The input is not there.") from None
        except OutsideFolder:
            raise
        except StoreDenied:
            raise CannotSucceed("input_not_readable", "The server may not read the input.") from None
        with closing(reader):
            self._require_space(reader.stat.size)
            limits = {"max_bytes": self.settings.max_upload_bytes, "seconds": self.settings.fetch_seconds}
            with local_copy(reader, self.settings.data, **limits) as file:
                yield file, None if is_upload else _etag(reader.stat)

    def _query(self, job: Job) -> str | None:
        if job.sealed_query is None:
            return None
        return sealing.unseal(query_key(self.master), job.sealed_query, job.id.encode()).decode()

    def _require_space(self, size: int) -> None:
        """Room for a copy of the document and for what becomes of it. Raises `Unavailable`."""
        require_space(self.settings.data, 2 * max(size, 0), self.settings.min_free_bytes)

    def _redact(self, attempt: Attempt, source: BinaryIO, target: BinaryIO, spool: Any) -> formats.Summary:
        size = os.fstat(source.fileno()).st_size
        if size == 0:
            raise CannotSucceed("empty_file", "The file is empty; there is nothing to redact.")
        kind = formats.sniff(source.read(_HEAD_BYTES), attempt.job.filename, size)
        source.seek(0)
        attempt.job.media_type = kind.media_type  # told when the attempt ends, however it does
        progress = Progress(self.database, attempt, size, kind.media_type)
        wanted = self._plan(attempt.job)
        return formats.redact_file(
            source,
            target,
            kind,
            wanted,
            Spool(spool, wanted).keep,
            progress.report,
            name=attempt.job.filename,
            limits=self._limits,
            password=passwords.opened(self.master, attempt.job),
        )

    @property
    def _limits(self) -> Limits:
        """What one document may take."""
        return Limits(
            seconds=self.settings.document_seconds,
            memory=self.settings.document_memory_bytes,
            inner=self.settings.max_upload_bytes,
        )

    # --- ending ---

    def _deliver(self, attempt: Attempt, result: Result, target: Any) -> None:
        """Put the result where `output_uri` says, as a started and ended pair."""
        job = attempt.job
        place = self.reach.place(job.tenant_id, job.output_uri or "", connector_id=job.connector_id)
        outputs.started(self.database, attempt, result)
        try:
            if isinstance(place.store, FolderStore):
                with place.store.create(place.key) as draft:
                    outputs.copy(target, draft.file)
                    # With the job's row locked, since a rename is quick: neither a cancelled job nor an attempt that
                    # was overtaken writes.
                    self._complete(attempt, result, lambda: _etag(draft.publish()))
                return
            target.seek(0)
            etag = _etag(place.store.put(place.key, target))
        except BaseException as error:
            outputs.ended(self.database, attempt, outputs.close)
            raise _of_output(error) from None
        try:
            self._complete(attempt, result, lambda: etag)
        except Superseded:
            outputs.ended(
                self.database, attempt, lambda unit, ended: outputs.written(unit, ended, result.output_sha256)
            )
            raise

    def _complete(self, attempt: Attempt, result: Result, put: Callable[[], str] | None = None) -> None:
        """Commit the result. `put` makes it visible where `output_uri` says, if it is not yet, and gives its etag."""
        with writing(self.database, attempt.actor, attempt.origin, alone=True) as unit:
            job = attempt.locked(unit)
            if job is None:
                raise Superseded
            insert_findings(unit, job.id, result.findings)
            moment = ids.now()
            if put is not None:
                outputs.written(unit, job, result.output_sha256, moment)  # not after the job that it is part of
            event = unit.record(completed(unit.session, job, result, moment), resource_id=job.id, at=moment)
            job.outcome, job.runner, job.progress_pct, job.sealed_password = "completed", None, 100, None
            job.completed_at = job.updated_at = moment
            job.media_type = result.summary.media_type
            job.findings_count = result.summary.findings_count
            job.input_sha256, job.output_sha256 = result.input_sha256, result.output_sha256
            job.input_etag, job.output_bytes = result.input_etag, result.output_bytes
            job.result_key = attempt.result_key if put is None else None
            job.report = json.dumps(report(result, attempt=job.retry_count + 1))
            job.audit_event_id = event.id
            if put is not None:
                unit.session.flush()
                job.output_etag = put()

    def _end(self, attempt: Attempt, error: CannotSucceed) -> None:
        with writing(self.database, WORKER) as unit:
            job = attempt.locked(unit)
            if job is not None:
                job.media_type = attempt.job.media_type
                _fail(unit, job, error.code, error.message, "error")

    def _later(self, attempt: Attempt, error: Exception) -> float | None:
        """Give the job back for another try, or end it when it has had them all."""
        key, said = (attempt.job.id, attempt.name), passing(error)
        self._unwritten[key] = said  # for the next claim, should the database refuse what follows
        pause = self._give_back(attempt, error, *said)
        self._unwritten.pop(key, None)
        return pause

    def _give_back(self, attempt: Attempt, error: Exception, code: str, message: str) -> float | None:
        with writing(self.database, WORKER) as unit:
            job = attempt.locked(unit)
            if job is None:
                return None
            job.media_type = attempt.job.media_type
            if job.retry_count >= job.max_retries:
                _fail(unit, job, code, message, "failed")
                return None
            job.retry_count += 1
            job.runner, job.progress_pct, job.updated_at = None, 0, ids.now()
            return pause_before(job.retry_count, error)


def _is_suspect(job: Job) -> bool:
    """Whether workers died over this job more than once, or it is to have its last try after one died."""
    return job.runner is not None and job.retry_count + 1 >= min(2, job.max_retries)


def _of_output(error: BaseException) -> BaseException:
    """What an error means when it was met at `output_uri`."""
    if isinstance(error, StoreMissing | BucketMissing):
        return CannotSucceed("output_not_found", "The bucket or folder of output_uri does not exist.")
    if isinstance(error, StoreDenied | NotAFile) and not isinstance(error, OutsideFolder):
        return CannotSucceed("output_not_writable", "The server may not write to output_uri.")
    return error


def query_key(master: bytes) -> bytes:
    """What seals the query of an https:// URI; its context is the job's id."""
    return sealing.derive(master, "input-query")


def _fail(unit: Unit, job: Job, code: str, message: str, final: str) -> None:
    """End the job without a result, in the name and with the origin of who submitted it."""
    unit.origin = origin(job)
    service.fail(unit, job, code=code, message=message, final=final, actor=submitter(job))


def _etag(stat: Stat) -> str:
    """As much of an etag as a job's row holds: a server may say a longer one."""
    return stat.etag[:_ETAG_LENGTH]


def _identity(file: BinaryIO) -> tuple[int, int, int]:
    found = os.fstat(file.fileno())
    return found.st_ino, found.st_size, found.st_mtime_ns


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
