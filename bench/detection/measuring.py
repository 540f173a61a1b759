"""One detector measured: on each set, at its start, and by its memory."""

import json
import os
import platform
import statistics
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from bench.detection.scoring import Prediction, Score, common, score
from bench.detection.sets import NEGATIVES, Document

SENTENCE: Final = "Jane Doe, jane@example.com, 212-555-0142, lives in Paris."
STARTS, LEAST_CPU, MOST_ROUNDS, CHUNK = 3, 2.0, 20, 50
KEEPS_OFFLINE: Final = platform.system() == "Linux" and platform.machine() in ("x86_64", "aarch64")


class Broken(Exception):
    """The detector's process ended before it had answered; says how."""


class Worker:
    """A detector in a fresh process that cannot send anything (where `KEEPS_OFFLINE`)."""

    def __init__(self, python: str, name: str, errors: IO[str]) -> None:
        self._errors = errors  # a file: a pipe that nobody reads would fill
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name("worker.py")), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            env=os.environ | ({"EXPUNCT_BENCH_OFFLINE": "1"} if KEEPS_OFFLINE else {}),
        )

    def ask(self, **question: Any) -> dict[str, Any]:
        """The answer to one line. Raises Broken."""
        assert self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise Broken(self._ending())
        told: dict[str, Any] = json.loads(answer)
        return told

    def _ending(self) -> str:
        self._process.communicate()
        self._errors.seek(0)
        last = self._errors.read().strip().splitlines()[-1:]
        return f"ended with {self._process.returncode}: {''.join(last)}"

    def close(self) -> None:
        """End the process, which stops when it is asked nothing more."""
        if self._process.returncode is None:
            self._process.communicate()


@contextmanager
def working(python: str, name: str) -> Iterator[Worker]:
    """A worker for a while."""
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        worker = Worker(python, name, errors)
        try:
            yield worker
        finally:
            worker.close()


@dataclass(frozen=True, slots=True)
class OnSet:
    """`speed` is in characters a second of processor time, all threads together.

    `false_alarms` are findings in documents without personal data, where the set has such.
    """

    score: Score
    speed: float
    false_alarms: int | None


@dataclass(slots=True)
class Measured:
    """`start` is the seconds to the first finding in a fresh process, `peak` its most resident MB over the sets."""

    start: float
    peak: float = 0.0
    sets: dict[str, OnSet] = field(default_factory=dict)


def measure(python: str, name: str, types: Mapping[str, str], sets: Mapping[str, Sequence[Document]]) -> Measured:
    """The detector on every set, in one warm process. Raises Broken."""
    measured = Measured(statistics.median(_start(python, name) for _ in range(STARTS)))
    with working(python, name) as worker:
        worker.ask(do="begin", text=SENTENCE)
        for title, documents in sets.items():
            measured.sets[title] = _on_set(worker, types, documents)
        measured.peak = worker.ask(do="memory")["peak"]
    return measured


def _start(python: str, name: str) -> float:
    with working(python, name) as worker:
        return float(worker.ask(do="begin", text=SENTENCE)["seconds"])


def _on_set(worker: Worker, types: Mapping[str, str], documents: Sequence[Document]) -> OnSet:
    predictions, cpu = find(worker, types, documents)  # the first round warms
    size = sum(len(d.text) for d in documents)
    total, rounds = cpu, 1
    if cpu < LEAST_CPU * 5:
        total, rounds = 0.0, 0
        while total < LEAST_CPU and rounds < MOST_ROUNDS:
            total += find(worker, types, documents)[1]
            rounds += 1
    return OnSet(score(documents, predictions), size * rounds / total, _false_alarms(documents, predictions))


def find(
    worker: Worker, types: Mapping[str, str], documents: Sequence[Document]
) -> tuple[dict[str, list[Prediction]], float]:
    """What is found in each document, by its id, and the processor seconds it took."""
    found: dict[str, list[Prediction]] = defaultdict(list)
    cpu = 0.0
    for i in range(0, len(documents), CHUNK):
        chunk = documents[i : i + CHUNK]
        answer = worker.ask(do="detect", texts=[d.text for d in chunk], languages=[d.language for d in chunk])
        cpu += answer["cpu"]
        for document, spans in zip(chunk, answer["spans"], strict=True):
            found[document.id] += [(start, end, types.get(name, name)) for start, end, name in spans]
    return found, cpu


def _false_alarms(documents: Sequence[Document], found: Mapping[str, Sequence[Prediction]]) -> int | None:
    clean = [d for d in documents if d.id.startswith(NEGATIVES)]
    return sum(len(found.get(d.id, ())) for d in clean) if clean else None


def as_json(measured: Measured) -> dict[str, Any]:
    """Everything there is to tell, for a file."""
    return {
        "start_seconds": measured.start,
        "peak_mb": measured.peak,
        "sets": {title: _set_as_json(each) for title, each in measured.sets.items()},
    }


def _set_as_json(on: OnSet) -> dict[str, Any]:
    types = {
        name: {"precision": c.precision, "recall": c.recall, "f1": c.f(), "f2": c.f(2), "predicted": c.predicted}
        for name, c in on.score.by_type.items()
    }
    return {
        **on.score.figures(),
        "characters_per_cpu_second": on.speed,
        "false_alarms": on.false_alarms,
        "types": types,
    }


def labelled(documents: Sequence[Document]) -> set[str]:
    """The types a set has labels for."""
    return {common(s.type) for d in documents for s in d.spans if not s.ignored}
