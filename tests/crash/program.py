"""Runs commands of expunct-server in processes that break at a chosen point. A program of the tests alone.

`python -m tests.crash.program` imports the product once, then forks one process for each line of JSON on its standard
input, so that a process costs a tenth of a second and not four. A forked process sets its environment, patches the
functions that its faults name, and runs the real command (`worker`, `serve`).

A fault is `{"point", "action", "job", "marker", "go", "always"}`:

- `point`: where, see `POINTS`; `job`: only for this job (or this value of the header X-Crash), else for any;
- `action`: `kill` (SIGKILL to itself) or `hold` (touch `marker`, then wait until `go` exists);
- `marker` is made at the first time, and nothing happens at later times unless `always`.

Forked processes die with this one, and this one ends when its standard input closes: nothing outlives the tests.
"""

import ctypes
import gc
import json
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from expunct_server import cli, worker
from expunct_server.db import session
from expunct_server.jobs import execute, outputs, queue, service, submission
from expunct_server.jobs.execute import Executor
from expunct_server.jobs.kept import RESULTS
from expunct_server.redaction import formats
from expunct_server.redaction.custom import NOTHING
from expunct_server.redaction.engine import redact
from expunct_server.redaction.entities import resolve_types
from expunct_server.redaction.plan import KEY_BYTES, Plan
from expunct_server.redaction.pool import TextPool
from expunct_server.storage.folder import FolderDraft

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNET = 0x40000000
_here = threading.local()  # which job or request this thread works on, and what it waits to commit

Hit = Callable[[str | None], None]


class Fault:
    """One way to break, at one point."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.action: str = said["action"]
        self.job: str | None = said.get("job")
        self.marker = Path(said["marker"])
        self.go = Path(said.get("go") or os.devnull)
        self.always: bool = said.get("always", False)

    def __call__(self, job: str | None) -> None:
        if self.job is not None and job != self.job:
            return
        try:
            os.close(os.open(self.marker, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            if not self.always:
                return
        if self.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        while not self.go.exists():
            time.sleep(0.02)


def before(owner: Any, name: str, act: Callable[..., None]) -> None:
    """Patch a function: `act` sees its arguments first."""
    original = getattr(owner, name)

    @wraps(original)
    def patched(*args: Any, **named: Any) -> Any:
        act(*args, **named)
        return original(*args, **named)

    setattr(owner, name, patched)


def after(owner: Any, name: str, act: Callable[..., None]) -> None:
    """Patch a function: `act` sees its arguments once it has returned."""
    original = getattr(owner, name)

    @wraps(original)
    def patched(*args: Any, **named: Any) -> Any:
        result = original(*args, **named)
        act(*args, **named)
        return result

    setattr(owner, name, patched)


def _inside_commit(owner: Any, name: str, job_of: Callable[..., str | None], hit: Hit) -> None:
    """Break in the transaction that `name` runs or runs in: everything is written, nothing committed."""

    def arm(*args: Any, **named: Any) -> None:
        _here.committing = job_of(*args, **named)

    before(owner, name, arm)

    @event.listens_for(Session, "before_commit")
    def about_to_commit(session: Session) -> None:
        if getattr(_here, "committing", None) is not None:
            session.flush()
            job, _here.committing = _here.committing, None
            hit(job)


def _job_of_attempt(_: Executor, attempt: execute.Attempt, *__: Any) -> str:
    return attempt.job.id


def _before_claim(hit: Hit) -> None:
    before(Executor, "_claim", lambda _, job: hit(job))


def _after_claim(hit: Hit) -> None:
    after(Executor, "_claim", lambda _, job: hit(job))


def _reading(hit: Hit) -> None:
    def read_some(file: Any) -> None:
        file.read(10)
        hit(_here.job)
        file.seek(0)

    before(Executor, "_carry_out", lambda _, attempt: setattr(_here, "job", attempt.job.id))
    before(execute, "_sha256", read_some)


def _writing(hit: Hit) -> None:
    """Half of the draft is on the disk."""
    original = formats.redact_file

    def patched(source: Any, target: Any, *args: Any, **named: Any) -> Any:
        target.write(b"half of it")
        target.flush()
        hit(_here.job)
        target.seek(0)
        target.truncate()
        return original(source, target, *args, **named)

    before(Executor, "_carry_out", lambda _, attempt: setattr(_here, "job", attempt.job.id))
    formats.redact_file = patched


def _published(hit: Hit) -> None:
    def result_is_published(draft: FolderDraft, **_: Any) -> None:
        if draft._key.startswith(RESULTS):
            hit(_here.job)

    before(Executor, "_carry_out", lambda _, attempt: setattr(_here, "job", attempt.job.id))
    after(FolderDraft, "publish", result_is_published)


def _output_started(hit: Hit) -> None:
    """The write to `output_uri` is recorded, and its bytes are on their way."""
    before(Executor, "_carry_out", lambda _, attempt: setattr(_here, "job", attempt.job.id))
    after(outputs, "copy", lambda *_: hit(_here.job))


def _output_begun(hit: Hit) -> None:
    """The write to `output_uri` is recorded, and nothing of it has left."""
    after(outputs, "started", lambda _, attempt, *__: hit(attempt.job.id))


def _in_completion(hit: Hit) -> None:
    _inside_commit(Executor, "_complete", _job_of_attempt, hit)


def _completed(hit: Hit) -> None:
    after(Executor, "_complete", lambda _, attempt, *__: hit(attempt.job.id))


def _upload_removed(hit: Hit) -> None:
    after(Executor, "run", lambda _, job: hit(job))


def _request_before(hit: Hit) -> None:
    before(submission, "_submit", lambda request, *_: hit(request.headers.get("x-crash")))


def _request_in_transaction(hit: Hit) -> None:
    _inside_commit(service, "submit", lambda *_, **__: getattr(_here, "request", ""), hit)
    before(submission, "_submit", lambda request, *_: setattr(_here, "request", request.headers.get("x-crash", "")))


def _request_committed(hit: Hit) -> None:
    after(submission, "_submit", lambda request, *_: hit(request.headers.get("x-crash")))


WORKER_POINTS: dict[str, Callable[[Hit], None]] = {
    "before_claim": _before_claim,
    "after_claim": _after_claim,
    "reading": _reading,
    "writing": _writing,
    "published": _published,
    "in_completion": _in_completion,
    "completed": _completed,
    "upload_removed": _upload_removed,
}
REQUEST_POINTS: dict[str, Callable[[Hit], None]] = {
    "request_before": _request_before,
    "request_in_transaction": _request_in_transaction,
    "request_committed": _request_committed,
}
POINTS = WORKER_POINTS | REQUEST_POINTS | {"output_started": _output_started, "output_begun": _output_begun}


# --- processes --------------------------------------------------------------------------------------------------------


def _run(said: dict[str, Any]) -> None:
    """Become the command."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, said["out"], os.O_RDWR), (2, said["err"], os.O_RDWR)):
        descriptor = os.open(path, flags | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    if said["stdin_open"]:  # for as long as the process lives, for it holds both ends
        os.dup2(os.pipe()[0], 0)
    if "netns" in said:
        _enter_network(said["netns"])
    os.environ.clear()
    os.environ.update(said["env"])
    for name, value in said.get("limits", {}).items():
        kind = getattr(resource, name)
        resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))
    _lighten(said)
    for each in said.get("faults", []):
        POINTS[each["point"]](Fault(each))
    sys.argv = ["expunct-server", *said["command"]]
    cli.main()


def _enter_network(name: str) -> None:
    """Go into a network namespace that `ip netns` has named."""
    descriptor = os.open(f"/run/netns/{name}", os.O_RDONLY)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns", name)
    os.close(descriptor)


def _lighten(said: dict[str, Any]) -> None:
    """No model, since these tests need none; rounds that come once a minute come each second; another host's name."""
    worker.warm = lambda _: None
    TextPool.start = lambda *_: None  # type: ignore[method-assign]
    worker._SWEEP_SECONDS = 1.0
    queue._SUSPECT_AFTER = timedelta(seconds=1)
    if not said["reserve"]:
        for each in (submission, execute):
            each.require_space = lambda *_: None  # type: ignore[assignment]
    if said.get("idle_seconds"):
        session.IDLE_SECONDS = said["idle_seconds"]
    if "host" in said:
        socket.gethostname = lambda: said["host"]


def _fork(said: dict[str, Any]) -> dict[str, Any]:
    sys.stdout.flush()
    if (pid := os.fork()) != 0:
        return {"pid": pid}
    _run(said)
    sys.exit(0)  # out of `main` and through the interpreter's own end, as the real command


def _poll(pid: int) -> dict[str, Any]:
    """The exit code, negative for a signal; None while it runs."""
    ended, status = os.waitpid(pid, os.WNOHANG)
    return {"code": os.waitstatus_to_exitcode(status) if ended else None}


def _prepare() -> None:
    """What each process would load and make for itself."""
    import_module("expunct_server.cli.serve")
    key = bytes(KEY_BYTES)
    redact("jane@example.com", Plan(resolve_types(["all"]), 0.5, "en", "mask", {}, True, NOTHING, key, use_model=False))
    gc.freeze()


def main() -> None:
    _prepare()
    sys.stdout.write("{}\n")
    sys.stdout.flush()
    for line in iter(partial(sys.stdin.buffer.readline), b""):
        said = json.loads(line)
        answer = _poll(said["poll"]) if "poll" in said else _fork(said)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
