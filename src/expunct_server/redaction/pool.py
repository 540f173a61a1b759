"""Redacting texts in a process of their own, so that the model never holds up the threads that answer requests.

The process is warm (the model is loaded when it starts) and is replaced when it dies or does not answer in time. It is
given one text at a time; others wait for their turn here, few and not for long, because each holds one of the threads
that answer everybody's requests. Texts that a language model is asked about have processes of their own: they wait for
a server elsewhere, and the others must not wait with them. Each process is on its own: one that is ended because its
text takes too long takes no other text with it.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from expunct_server.redaction import hints
from expunct_server.redaction.engine import Plan, Redacted, redact, warm
from expunct_server.redaction.failures import DetectionError, UnknownModel
from expunct_server.redaction.llm import running
from expunct_server.redaction.names import CARRIED
from expunct_server.redaction.patterns import checks_phone
from expunct_server.redaction.unseen import unseen

TIMEOUT = 60.0
"""Seconds one text may take, from when it is handed to a process that is free."""
ASKING_SECONDS = 45.0
"""Seconds of them that asking a language model may take, so that it fails by its own name and the process stays."""
WAIT = 10.0
"""Seconds a text may wait for a free process."""
MAX_WAITING = 8
MAX_WAITING_OF_TENANT = 4
"""How many texts may wait, in all and of one tenant."""


class TextFailed(Exception):
    """The text could not be redacted; `code` and `detail` are for its sender and hold nothing of it. Where `passing`,
    trying later may help."""

    def __init__(self, code: str, detail: str, passing: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.passing = passing


class TextStopped(Exception):
    """The process died or did not answer in time; a new one has taken its place."""


class TextBusy(Exception):
    """Too many texts are waiting, or this one has waited too long. Nothing was done with it."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """What a DetectionError says, in a form that surely crosses between processes."""

    code: str
    detail: str
    passing: bool


class _Process:
    """One process, started when it is first needed and again after it was ended. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._executor: ProcessPoolExecutor | None = None

    def running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._executor is None:
                context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks and database sockets
                self._executor = ProcessPoolExecutor(1, context, initializer=_ready)
            return self._executor

    def is_running(self, executor: ProcessPoolExecutor) -> bool:
        """Whether `executor` is still its own: that of a process that was ended is not."""
        return self._executor is executor

    def end(self, executor: ProcessPoolExecutor | None = None) -> None:
        """End the process; with an `executor`, that one alone, be there a new one or not."""
        with self._lock:
            ended = executor or self._executor
            if self._executor is ended:
                self._executor = None
        if ended is not None:
            _end(ended)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A text that waits; `process` is the one that is kept for it once it is `called`."""

    tenant_id: str
    called: threading.Event = field(default_factory=threading.Event)
    process: _Process | None = None


class _Turns:
    """Who may hand over a text now, and to which process: one text each, the others in the order they came."""

    def __init__(self, processes: Sequence[_Process]) -> None:
        self._lock = threading.Lock()
        self._free = list(processes)  # the last was used last, and is warm
        self._line: deque[_Waiting] = deque()

    @contextmanager
    def turn(self, tenant_id: str) -> Iterator[_Process]:
        """A process, once one is free. Raises `TextBusy`."""
        waiting = self._come(tenant_id)
        if not waiting.called.wait(WAIT):
            self._give_up(waiting)
        process = waiting.process
        assert process is not None  # whoever called it has set it before
        try:
            yield process
        finally:
            self._leave(process)

    def _come(self, tenant_id: str) -> _Waiting:
        """Take a free process, or else a place in the line."""
        waiting = _Waiting(tenant_id)
        with self._lock:
            if self._free:
                _call(waiting, self._free.pop())
                return waiting
            of_tenant = sum(each.tenant_id == tenant_id for each in self._line)
            if len(self._line) >= MAX_WAITING or of_tenant >= MAX_WAITING_OF_TENANT:
                raise TextBusy
            self._line.append(waiting)
            return waiting

    def _give_up(self, waiting: _Waiting) -> None:
        """Step out of the line and raise `TextBusy`, unless it was called at this very moment."""
        with self._lock:
            if not waiting.called.is_set():
                self._line.remove(waiting)
                raise TextBusy

    def _leave(self, process: _Process) -> None:
        """Pass the process on to who has waited longest; with nobody in the line it is free."""
        with self._lock:
            if self._line:
                _call(self._line.popleft(), process)
            else:
                self._free.append(process)


def _call(waiting: _Waiting, process: _Process) -> None:
    waiting.process = process
    waiting.called.set()


class TextPool:
    """A warm process for short texts, and `asking` more for those that a language model reads. Thread-safe.

    `models` are those that the process loads when it starts.
    """

    def __init__(self, processes: int = 1, asking: int = 2, models: tuple[str, ...] = CARRIED) -> None:
        self._processes, self._models = [_Process() for _ in range(processes)], models
        self._asking = TextPool(asking, 0, models) if asking else None  # started by the first such text
        self._turns = _Turns(self._processes)

    def start(self, failed: Callable[[str], None]) -> None:
        """Start the processes and load the models in the background; `redact` does it too when this was not called.

        `failed` is called, in another thread, with the reason when one of them cannot be loaded.
        """
        for process in self._processes:
            self._start(process, failed)

    def _start(self, process: _Process, failed: Callable[[str], None]) -> None:
        executor = process.running()

        def loaded(future: "Future[str | None]") -> None:
            reason = _reason(future)
            if reason is not None and process.is_running(executor):  # and the pool was not closed meanwhile
                failed(reason)

        executor.submit(_warm, self._models).add_done_callback(loaded)

    def redact(self, text: str, plan: Plan, tenant_id: str) -> Redacted:
        """`engine.redact` in the other process. Raises `TextFailed`, `TextStopped`, `TextBusy`."""
        if plan.llm is not None and self._asking is not None:
            return self._asking.redact(text, plan, tenant_id)
        with self._turns.turn(tenant_id) as process:
            result = _submitted(process, text, plan)
        if isinstance(result, _Failure):
            raise TextFailed(result.code, result.detail, result.passing)
        return result

    def close(self) -> None:
        """End the processes."""
        if self._asking is not None:
            self._asking.close()
        for process in self._processes:
            process.end()


def _submitted(process: _Process, text: str, plan: Plan) -> Redacted | _Failure:
    executor = process.running()
    try:
        return executor.submit(_redact, text, plan).result(TIMEOUT)
    except (BrokenProcessPool, CancelledError, FutureTimeout, RuntimeError):
        process.end(executor)
        raise TextStopped from None


def _end(executor: ProcessPoolExecutor) -> None:
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:  # shutdown alone waits for a text that never ends
        process.terminate()


def _ready() -> None:
    """Set up the process: it ends when its parent says so, or is no more."""
    unseen()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the whole group; the server decides when to end this
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()  # kill -9 leaves it no chance to tell
        os._exit(0)


def _warm(models: tuple[str, ...]) -> str | None:
    """Why a model cannot be loaded, None where all are."""
    try:
        warm(models)
    except UnknownModel as error:
        return str(error)
    return None


def _reason(future: "Future[str | None]") -> str | None:
    if future.cancelled():
        return None
    if future.exception() is not None:  # its text may name what only this machine knows
        return "The process for texts ended while it loaded the models."
    return future.result()


def _redact(text: str, plan: Plan) -> Redacted | _Failure:
    try:
        with running(ASKING_SECONDS) as run:
            redacted = redact(text, plan)
        return replace(redacted, notes=redacted.notes + run.notes, llm=run.used)
    except DetectionError as error:
        return _Failure(error.code, str(error), error.passing)
    finally:  # the next text is another tenant's
        hints.forget()
        checks_phone.forget()
