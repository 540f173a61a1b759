"""What documents of many parts cost: `make bench-documents`, with `ONLY="pptx odt"` the rows of these alone.

Each kind is made up in a size that people have, redacted as a job would be (patterns alone, so that the formats are
measured and not the models), and set beside what one would write with the plain library: open it, replace by a regular
expression, save it, without looking into hidden places, without verifying. The best of some rounds each, in one run.
Time is what processors worked, for this process and for those of documents, so that it is the same on a machine that
does other things too. Memory is the most that any process of a document held in all (VmHWM), the program among it that
forks them.
"""

import argparse
import io
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from bench.document_kinds import KINDS, Kind, text
from expunct_server.redaction.custom import NOTHING
from expunct_server.redaction.entities import resolve_types
from expunct_server.redaction.formats import redact_file, sniff
from expunct_server.redaction.formats.isolated.processes import PICTURES, STARTER
from expunct_server.redaction.plan import Plan


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS), help="these rows; all unless told")
    asked.add_argument("--rounds", type=int, default=3, help="of which the best counts")
    said = asked.parse_args()
    print("## Documents\n\n| | size | a CPU second | kB a CPU second | the plain library | of it | memory |")
    print("|---|---|---:|---:|---:|---:|---:|")
    _redact(text(20_000))  # so much that the patterns are made ready (`matching.table.PATIENCE`): no row pays for that
    for name in said.only:
        print(_row(KINDS[name](), said.rounds), flush=True)


def _row(kind: Kind, rounds: int) -> str:
    taken, memory = _ours(kind, rounds)
    plain = min(_timed(lambda: kind.plainly(kind.content)) for _ in range(rounds))
    kilobytes = len(kind.content) / 1e3
    size = f"{kind.units:,} {kind.unit}, {kilobytes:,.0f} kB"
    ours, theirs = (f"{_rate(kind.units / each)} {kind.unit}" for each in (taken, plain))
    shares = f"{kilobytes / taken:,.1f} | {theirs} | {plain / taken:.4f}"
    return f"| {kind.filename} | {size} | {ours} | {shares} | {memory:.0f} MB |"


def _rate(each: float) -> str:
    return f"{each:,.0f}" if each >= 10 else f"{each:.3f}"


def _ours(kind: Kind, rounds: int) -> tuple[float, float]:
    """Seconds of processors' time of the best round, and the most megabytes of a process."""
    with _Memory() as memory:
        taken = min(_timed(lambda: _redact(kind)) for _ in range(rounds))
    return taken, memory.most


def _redact(kind: Kind) -> None:
    plan = Plan(resolve_types(["all"]), 0.5, "en", "mask", {}, True, NOTHING, bytes(32), use_model=False)
    row = sniff(kind.content[:65536], kind.filename, len(kind.content))
    source, target = io.BytesIO(kind.content), io.BytesIO()
    made = redact_file(source, target, row, plan, lambda _: None, lambda _: None, name=kind.filename)
    if made.findings_count < kind.units:  # there is one in each at least
        raise SystemExit(f"{kind.filename} was not read as what it is: {made.findings_count} findings in it.")


def _timed(act: Callable[[], object]) -> float:
    began = _worked()
    act()
    return _worked() - began


def _worked() -> float:
    """Seconds of processors' time: of this process, of the programs that fork documents' processes, and of those."""
    ticks = 0
    for program in _programs():
        fields = Path(f"/proc/{program}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # proc(5): utime to cstime
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _programs() -> list[int]:
    return [each.program for each in (STARTER, PICTURES) if each.program is not None]


class _Memory:
    """Looks again and again at what the processes of documents hold."""

    def __init__(self) -> None:
        self.most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            for program in _programs():
                self.most = max([self.most, *map(_held, _children(program))])


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _held(pid: int) -> float:
    """Megabytes of memory that a process has held at most."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1000 if found else 0.0


if __name__ == "__main__":
    main()
    sys.exit(0)
