"""Redacting texts in a process of their own, so that the model never holds up the threads that answer requests.

The process is warm (the model is loaded when it starts) and is replaced when it dies or does not answer in time. It is
given one text at a time; others wait for their turn here, few and not for long, because each holds one of the threads
that answer everybody's requests. Texts that a language model is asked about have processes of their own: they wait for
a server elsewhere, and the others must not wait with them.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from expunct_server.redaction.engine import Plan, Redacted, redact, warm
from expunct_server.redaction.failures import DetectionError, UnknownModel
from expunct_server.redaction.llm import running
from expunct_server.redaction.names import CARRIED

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


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A text that waits; `called` is set when a process is kept for it."""

    tenant_id: str
    called: threading.Event = field(default_factory=threading.Event)


class _Turns:
    """Who may hand over a text now: as many as there are processes, the others in the order they came."""

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._line: deque[_Waiting] = deque()

    @contextmanager
    def turn(self, tenant_id: str) -> Iterator[None]:
        """A place, once there is one. Raises `TextBusy`."""
        if (waiting := self._come(tenant_id)) is not None and not waiting.called.wait(WAIT):
            self._give_up(waiting)
        try:
            yield
        finally:
            self._leave()

    def _come(self, tenant_id: str) -> _Waiting | None:
        """Take a free place, or else one in the line."""
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            of_tenant = sum(each.tenant_id == tenant_id for each in self._line)
            if len(self._line) >= MAX_WAITING or of_tenant >= MAX_WAITING_OF_TENANT:
                raise TextBusy
            waiting = _Waiting(tenant_id)
            self._line.append(waiting)
            return waiting

    def _give_up(self, waiting: _Waiting) -> None:
        """Step out of the line and raise `TextBusy`, unless it was called at this very moment."""
        with self._lock:
            if not waiting.called.is_set():
                self._line.remove(waiting)
                raise TextBusy

    def _leave(self) -> None:
        """Pass the place on to who has waited longest; with nobody in the line it is free."""
        with self._lock:
            if self._line:
                self._line.popleft().called.set()
            else:
                self._free += 1


class TextPool:
    """A warm process for short texts, and `asking` more for those that a language model reads. Thread-safe.

    `models` are those that the process loads when it starts.
    """

    def __init__(self, processes: int = 1, asking: int = 2, models: tuple[str, ...] = CARRIED) -> None:
        self._processes, self._models = processes, models
        self._asking = TextPool(asking, 0, models) if asking else None  # started by the first such text
        self._turns = _Turns(processes)
        self._lock = threading.Lock()
        self._executor: ProcessPoolExecutor | None = None

    def start(self, failed: Callable[[str], None]) -> None:
        """Start the process and load the models in the background; `redact` does it too when this was not called.

        `failed` is called, in another thread, with the reason when one of them cannot be loaded.
        """
        executor = self._running()

        def loaded(future: "Future[str | None]") -> None:
            reason = _reason(future)
            if reason is not None and self._executor is executor:  # and the pool was not closed meanwhile
                failed(reason)

        executor.submit(_warm, self._models).add_done_callback(loaded)

    def redact(self, text: str, plan: Plan, tenant_id: str) -> Redacted:
        """`engine.redact` in the other process. Raises `TextFailed`, `TextStopped`, `TextBusy`."""
        if plan.llm is not None and self._asking is not None:
            return self._asking.redact(text, plan, tenant_id)
        with self._turns.turn(tenant_id):
            result = self._submitted(text, plan)
        if isinstance(result, _Failure):
            raise TextFailed(result.code, result.detail, result.passing)
        return result

    def _submitted(self, text: str, plan: Plan) -> Redacted | _Failure:
        executor = self._running()
        try:
            return executor.submit(_redact, text, plan).result(TIMEOUT)
        except (BrokenProcessPool, CancelledError, FutureTimeout, RuntimeError):
            self._replace(executor)
            raise TextStopped from None

    def close(self) -> None:
        """End the process."""
        if self._asking is not None:
            self._asking.close()
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            _end(executor)

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._executor is None:
                context = multiprocessing.get_context("spawn")  # a fork would copy threads' locks and database sockets
                self._executor = ProcessPoolExecutor(self._processes, context, initializer=_ready)
            return self._executor

    def _replace(self, executor: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._executor is executor:
                self._executor = None
        _end(executor)


def _end(executor: ProcessPoolExecutor) -> None:
    processes = list((executor._processes or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:  # shutdown alone waits for a text that never ends
        process.terminate()


def _ready() -> None:
    """Set up the process: it ends when its parent says so, or is no more."""
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
