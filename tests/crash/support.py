"""Processes that break on purpose, and what must be true once everything has come to rest."""

import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
from sqlalchemy import text

from expunct_server import ids
from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database
from expunct_server.jobs import kept, service
from expunct_server.jobs.queue import Queue
from expunct_server.policies.plans import Overrides
from expunct_server.storage.folder import own_folder
from expunct_server.tenants.service import issue_key
from tests.conftest import TESTER
from tests.support import canary
from tests.support.server import PLAIN, environment

ROOT = Path(__file__).parents[2]
TYPES = ["US_SSN", "EMAIL_ADDRESS", "SECRET"]  # none that the model finds
PERSONAL = (canary.SSN, canary.EMAIL, canary.SECRET_KEY)
PATIENCE = 60.0


def wait_until(true: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
    """Poll; `what` is for whoever reads the failure."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited for {what}")
        time.sleep(0.03)


class Forge:
    """Starts `tests.crash.program` once and has it fork processes."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.program"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._answer()

    def ask(self, said: dict[str, Any]) -> dict[str, Any]:
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps(said).encode() + b"\n")
        self._program.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._program.stdout is not None
        line = self._program.stdout.readline()
        assert line, "tests.crash.program has ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        assert self._program.stdin is not None
        self._program.stdin.close()
        self._program.wait(PATIENCE)


class Process:
    """A command of the product in a process of its own."""

    def __init__(self, forge: Forge, said: dict[str, Any]) -> None:
        self._forge = forge
        self.out, self.err = Path(said["out"]), Path(said["err"])
        for each in (self.out, self.err):
            each.touch()
        self.pid: int = forge.ask(said)["pid"]
        self.code: int | None = None

    def ended(self) -> bool:
        if self.code is None:
            self.code = self._forge.ask({"poll": self.pid})["code"]
        return self.code is not None

    def wait(self) -> int:
        """The exit code; negative for a signal."""
        wait_until(self.ended, f"the end of a process; its log: {self.log()}")
        assert self.code is not None
        return self.code

    def log(self) -> str:
        """Its end, for whoever reads a failure."""
        return self.err.read_text()[-3000:]

    def has_said(self, text: str) -> bool:
        """Whether `text` is anywhere in the log: its end is soon full of what fails five times a second."""
        return text in self.err.read_text()

    def signal(self, number: int) -> None:
        if not self.ended():
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.wait()

    def stop(self) -> int:
        """In order."""
        self.signal(signal.SIGTERM)
        return self.wait()


@dataclass
class Deployment:
    """One data folder and database, the processes over it, and what was asked of them."""

    data: Path
    url: str
    database: Database
    forge: Forge
    files: Path
    processes: list[Process] = field(default_factory=list)
    inputs: dict[str, bytes] = field(default_factory=dict)  # of each job that was accepted
    settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = own_folder(self.data)
        self.queue = Queue(self.url)
        self.files.mkdir(parents=True, exist_ok=True)
        self.settings = {
            "worker_concurrency": "10",
            "tenant_concurrency": "10",
            "heartbeat_seconds": "1",
            "file_roots": str(self.files),
            "busy_timeout_seconds": "10",
            "min_free_bytes": "1",
        }

    # --- processes ---

    def start(
        self,
        *command: str,
        faults: Iterable[dict[str, Any]] = (),
        host: str | None = None,
        netns: str | None = None,
        reserve: bool = True,
        stdin_open: bool = False,
        idle_seconds: int | None = None,
        **settings: Any,
    ) -> Process:
        """`host` is the name of the machine it believes to be on, `netns` the network namespace that it is in.

        `data` and `database_url` are the deployment's unless told. Without `reserve` it uses the disk to the last.
        `idle_seconds` is how long its transactions may do nothing.
        """
        mark = secrets.token_hex(4)
        given = self.settings | {name: str(value) for name, value in settings.items()}
        data, url = Path(given.pop("data", self.data)), given.pop("database_url", self.url)
        said = {
            "command": command,
            "env": environment(data, url, **given),
            "out": str(self.files.parent / f"{command[0]}-{mark}.out"),
            "err": str(self.files.parent / f"{command[0]}-{mark}.err"),
            "faults": list(faults),
            "reserve": reserve,
            "stdin_open": stdin_open,
            "idle_seconds": idle_seconds,
        }
        machine = {name: value for name, value in (("host", host), ("netns", netns)) if value}
        process = Process(self.forge, said | machine)
        self.processes.append(process)
        return process

    def worker(self, *arguments: str, **options: Any) -> Process:
        return self.start("worker", *arguments, **options)

    def api(self, **options: Any) -> "Api":
        process = self.start("serve", "--port", "0", "--workers", "0", "--json", **options)
        return Api(self, process)

    def fault(self, point: str, action: str = "kill", job: str | None = None, *, always: bool = False) -> "FaultAt":
        return FaultAt(self.files.parent / secrets.token_hex(6), point, action, job, always)

    def stop_all(self) -> list[int]:
        """End in order all that still run, at the same time; their exit codes."""
        running = [each for each in self.processes if not each.ended()]
        for each in running:
            each.signal(signal.SIGTERM)
        return [each.wait() for each in running]

    def close(self) -> None:
        for each in self.processes:
            each.signal(signal.SIGCONT)
            each.kill()
        self.queue.close()

    # --- work ---

    def submit(self, content: str = canary.LETTER, *, job_id: str | None = None, max_retries: int = 3) -> str:
        """Accept an upload as the API does, from this process."""
        job_id = job_id or ids.new("job")
        with self.store.create(kept.upload_key(job_id)) as draft:
            draft.file.write(content.encode())
            draft.publish()
        self._accept(job_id, "upload", "upload://letter.txt", None, max_retries)
        self.inputs[job_id] = content.encode()
        return job_id

    def submit_uri(self, output: Path | None = None, *, job_id: str | None = None) -> str:
        """Accept a file below the roots."""
        job_id = job_id or ids.new("job")
        source = self.files / f"{job_id}.txt"
        source.write_text(canary.LETTER)
        self._accept(job_id, "uri", source.as_uri(), output and output.as_uri(), 3)
        self.inputs[job_id] = source.read_bytes()
        return job_id

    def _accept(self, job_id: str, source: str, uri: str, output: str | None, max_retries: int) -> None:
        new = service.NewJob(
            id=job_id,
            source=source,
            input_uri=uri,
            output_uri=output,
            filename="letter.txt",
            language="en",
            overrides=Overrides(pii_types=TYPES),
        )
        with writing(self.database, TESTER) as unit:
            service.submit(unit, self.queue, new, max_retries=max_retries)

    def cancel(self, job_id: str) -> None:
        with writing(self.database, TESTER) as unit:
            service.cancel(unit, job_id)
        self.queue.cancel(job_id)

    def key(self) -> str:
        with writing(self.database, TESTER) as unit:
            return issue_key(unit, name="test").key

    # --- what there is ---

    def rows(self, sql: str, **values: Any) -> list[Any]:
        with self.database.reading() as session:
            return list(session.execute(text(sql), values))

    def outcomes(self) -> dict[str, str | None]:
        return {row.id: row.outcome for row in self.rows("SELECT id, outcome FROM job")}

    def unended(self) -> set[str]:
        return {job for job, outcome in self.outcomes().items() if outcome is None}

    def pending(self) -> int:
        """Turns that DBOS has not seen the end of."""
        schema = "dbos." if self.database.dialect == "postgresql" else ""
        open_states = "('PENDING', 'ENQUEUED', 'DELAYED')"
        found = self.rows(f"SELECT count(*) AS n FROM {schema}workflow_status WHERE status IN {open_states}")
        return int(found[0].n)

    def wait_ended(self, *jobs: str) -> None:
        """Until these jobs (or all) have ended."""
        wait_until(
            lambda: not (self.unended() & set(jobs) if jobs else self.unended()),
            f"jobs to end; logs: {[each.log() for each in self.processes[-2:]]}",
        )

    def wait_at_rest(self) -> None:
        """Until all jobs have ended and DBOS knows."""
        self.wait_ended()
        wait_until(lambda: self.pending() == 0, "DBOS to hear of the end of all jobs")

    def stored(self, prefix: str) -> set[str]:
        return {each.key for each in self.store.list(f"{prefix}/")}

    def sweep(self) -> None:
        """What workers do once a minute to what is older than an hour, now and to everything."""
        self.store.sweep_drafts(0)
        kept.sweep(self.database, self.store, 0)

    # --- what must be true ---

    def settled(self, **failed: str) -> None:
        """Every job has ended exactly once and everything agrees; `failed` gives the error_code of those that failed.

        Nothing is waited for, and no process may be at work any more.
        """
        self.sweep()
        rows = {row.id: row for row in self.rows("SELECT * FROM job")}
        assert set(rows) == set(self.inputs), "a job was lost, or exists that nobody asked for"
        events: dict[str, list[Any]] = {job: [] for job in rows}
        for each in self.rows("SELECT * FROM audit_event WHERE resource_type = 'job'"):
            events[each.resource_id].append(each)
        findings = Counter(
            {row.job_id: row.n for row in self.rows("SELECT job_id, count(*) AS n FROM job_finding GROUP BY job_id")}
        )
        for job, row in rows.items():
            end = "job.failed" if job in failed else "job.completed"
            said = [each.event_type for each in events[job]]
            starts = said.count("job.output_started")
            ends = sum(said.count(each) for each in ("job.output_written", "job.output_unresolved"))
            assert starts == ends, "a write that was started has no end"
            assert said.count("job.output_written") == (row.outcome == "completed" and row.output_uri is not None)
            told = (job, sorted(said), row.error_code, failed)
            assert sorted(each for each in said if "output" not in each) == sorted(["job.created", end]), told
            [last] = [each for each in events[job] if each.event_type == end]
            assert (row.audit_event_id, row.completed_at, row.runner) == (last.id, last.created_at, None)
            details = json.loads(last.details)
            if job in failed:
                self._is_failed(row, details, failed[job])
            else:
                self._is_whole(row, details, findings[job])
            assert (findings[job] == 0) == (job in failed)
        assert self.stored("results") == {row.result_key for row in rows.values() if row.result_key is not None}
        assert not (self.data / "drafts").is_dir() or os.listdir(self.data / "drafts") == []
        assert self.stored("uploads") == set()

    def _is_failed(self, row: Any, details: dict[str, Any], code: str) -> None:
        assert (row.outcome, row.error_code, details["error_code"]) == ("failed", code, code)
        assert (row.result_key, row.output_sha256, row.findings_count) == (None, None, 0)
        assert details["retry_count"] == row.retry_count

    def _is_whole(self, row: Any, details: dict[str, Any], findings: int) -> None:
        assert row.outcome == "completed"
        if row.output_uri is not None:
            assert row.result_key is None
            content = Path(unquote(urlsplit(row.output_uri).path)).read_bytes()
        else:
            with self.store.open(row.result_key) as file:
                content = file.read()
        output, source = hashlib.sha256(content).hexdigest(), hashlib.sha256(self.inputs[row.id]).hexdigest()
        assert details["output_sha256"] == row.output_sha256 == output
        assert details["input_sha256"] == row.input_sha256 == source
        assert row.output_bytes == len(content)
        assert row.findings_count == findings == details["entity_count"] == sum(details["entity_counts"].values())
        assert not any(each.encode() in content for each in PERSONAL)
        assert content.startswith(self.inputs[row.id][:5])

    def attempts(self) -> dict[str, int]:
        """Which attempt completed each job."""
        return {row.id: json.loads(row.report)["attempt"] for row in self.rows("SELECT id, report FROM job")}


@dataclass(frozen=True)
class FaultAt:
    """A fault for one process, and a look at it from outside."""

    path: Path
    point: str
    action: str
    job: str | None
    always: bool

    @property
    def marker(self) -> Path:
        return self.path.with_suffix(".hit")

    @property
    def go(self) -> Path:
        return self.path.with_suffix(".go")

    def said(self) -> dict[str, Any]:
        return {
            "point": self.point,
            "action": self.action,
            "job": self.job,
            "always": self.always,
            "marker": str(self.marker),
            "go": str(self.go),
        }

    def wait_hit(self) -> None:
        wait_until(self.marker.exists, f"a process to come to {self.point}")

    def release(self) -> None:
        self.go.touch()


class Api:
    """The API in a process of its own, without workers."""

    def __init__(self, deployment: Deployment, process: Process) -> None:
        self.deployment, self.process = deployment, process
        wait_until(lambda: "}" in process.out.read_text() or process.ended(), f"the address: {process.log()}")
        self.url: str = json.loads(process.out.read_text())["url"]
        wait_until(lambda: self._answers() or process.ended(), f"the API to answer: {process.log()}")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v1/health", verify=PLAIN).status_code == 200
        except httpx.TransportError:
            return False

    def client(self, key: str) -> httpx.Client:
        return httpx.Client(base_url=f"{self.url}/api/v1", headers={"X-API-Key": key}, timeout=PATIENCE, verify=PLAIN)
