"""Redacting texts in a process of their own, so that the model never holds up the threads that answer requests.

The process is warm (the model is loaded when it starts) and is replaced when it dies or does not answer in time.
"""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from expunct_server.redaction import ner
from expunct_server.redaction.engine import Plan, Redacted, redact
from expunct_server.redaction.failures import DetectionError

TIMEOUT = 60.0
"""Seconds one text may take."""


class TextFailed(Exception):
    """The text could not be redacted; `code` and `detail` are for its sender and hold nothing of it."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class TextStopped(Exception):
    """The process died or did not answer in time; a new one has taken its place."""


@dataclass(frozen=True, slots=True)
class _Failure:
    """What a DetectionError says, in a form that surely crosses between processes."""

    code: str
    detail: str


class TextPool:
    """A warm process for short texts. Thread-safe."""

    def __init__(self, processes: int = 1) -> None:
        self._processes = processes
        self._lock = threading.Lock()
        self._executor: ProcessPoolExecutor | None = None

    def start(self) -> None:
        """Start the process and load the model in the background; `redact` does it too when this was not called."""
        self._running().submit(warm)

    def redact(self, text: str, plan: Plan) -> Redacted:
        """`engine.redact` in the other process. Raises `TextFailed`, `TextStopped`."""
        executor = self._running()
        try:
            result = executor.submit(_redact, text, plan).result(TIMEOUT)
        except (BrokenProcessPool, FutureTimeout, RuntimeError):
            self._replace(executor)
            raise TextStopped from None
        if isinstance(result, _Failure):
            raise TextFailed(result.code, result.detail)
        return result

    def close(self) -> None:
        """End the process."""
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


def warm() -> None:
    """Load the model into this process."""
    ner.find(["Warm."], ner.MODEL_TYPES, 1.0)


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


def _redact(text: str, plan: Plan) -> Redacted | _Failure:
    try:
        return redact(text, plan)
    except DetectionError as error:
        return _Failure(error.code, str(error))
