"""What was sent to a model while one document or text was redacted, and by when that has to be over."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, NamedTuple

from expunct_server.redaction.llm.types import SCORE

NOTHING_COUNTS: Final = (
    f"LLM detection was on, but its findings have the score {SCORE}, which is below the threshold of every type looked "
    "for; so nothing was sent to it."
)


class Used(NamedTuple):
    """The model that text was sent to, and the host and port it is at."""

    model: str
    host: str


@dataclass(slots=True)
class Run:
    """`until` is a moment of the monotonic clock; `ignored` counts what the model named in vain."""

    until: float | None = None
    used: Used | None = None
    ignored: int = 0
    counts: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the report."""
        said = [] if self.counts else [NOTHING_COUNTS]
        if self.used is not None:
            said.append(f"Text was sent to the language model {self.used.model} at {self.used.host}.")
        if self.ignored:
            things = "thing" if self.ignored == 1 else "things"
            said.append(
                f"The language model named {self.ignored} {things} that could not be found in the text or had no type "
                "that is known; that was ignored."
            )
        return tuple(said)


_RUN: ContextVar[Run | None] = ContextVar("llm_run", default=None)


@contextmanager
def running(seconds: float | None = None) -> Iterator[Run]:
    """Notes what is sent in this thread until the end, and lets questions take so many seconds from now in all."""
    run = Run(None if seconds is None else time.monotonic() + seconds)
    token = _RUN.set(run)
    try:
        yield run
    finally:
        _RUN.reset(token)


def current() -> Run:
    """The run of this thread; one that nobody looks at where there is none."""
    return _RUN.get() or Run()
