"""The process for short texts: what it answers, who waits for it, and that it never outlives its server."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import Any

import pytest

from expunct_server.redaction import pool as pools
from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import Plan, redact
from expunct_server.redaction.pool import TextBusy, TextFailed, TextPool, TextStopped
from tests.redaction.helpers import plan

TEXT = "Write to jane@mail.example, card 4111 1111 1111 1111, or call +1 503-555-0142."
SERVER = """
import os, sys, time
from expunct_server.redaction.pool import TextPool
if __name__ == "__main__":
    pool = TextPool()
    print(pool._processes[0].running().submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


def test_it_answers_as_the_engine_does_in_this_process(text_pool: TextPool) -> None:
    wanted = plan(use_model=False)
    assert text_pool.redact(TEXT, wanted, "t") == redact(TEXT, wanted)


def test_a_failure_crosses_between_processes_with_its_code(text_pool: TextPool) -> None:
    exploding: Plan = plan(use_model=False, custom=compile_custom([{"name": "slow", "pattern": "(a|aa)+$"}], []))
    with pytest.raises(TextFailed) as failed:
        text_pool.redact("a" * 60 + "!", exploding, "t")
    assert failed.value.code == "pattern_timeout"
    assert "aaaa" not in failed.value.detail


def test_a_process_that_died_is_replaced() -> None:
    pool = TextPool()
    wanted = plan(use_model=False)
    process = pool._processes[0].running().submit(os.getpid).result()
    os.kill(process, signal.SIGKILL)
    with pytest.raises(TextStopped):
        pool.redact(TEXT, wanted, "t")
    assert pool.redact(TEXT, wanted, "t") == redact(TEXT, wanted)
    pool.close()


def wait_for(path: str, _: Plan | None = None) -> str:
    """Stands in for what a process does with a text: it is done with it when the file `path` is there."""
    while not Path(path).exists():
        time.sleep(0.02)
    return path


def test_a_process_that_is_too_late_is_ended_and_takes_no_other_text_with_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(pools, "_redact", wait_for)
    monkeypatch.setattr(pools, "TIMEOUT", 0.05)
    pool, there = TextPool(2), tmp_path / "there"
    with pool._turns.turn("a") as process:
        other = process.running().submit(os.getpid).result()
        answer = process.running().submit(wait_for, str(there))
        with pytest.raises(TextStopped):
            pool.redact(str(tmp_path / "never"), plan(use_model=False), "b")
        there.touch()
        assert answer.result() == str(there)
        assert process.running().submit(os.getpid).result() == other
    late = next(each for each in pool._processes if each is not process)
    assert late._executor is None and len(pool._turns._free) == 2
    pool.close()


def test_it_ends_when_its_server_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "server.py"
    program.write_text(SERVER)
    server = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE)
    assert server.stdout is not None
    child = int(server.stdout.readline())
    server.kill()
    server.wait()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split(")")[1][:3]:
        assert time.monotonic() < deadline, "the process outlives its server"
        time.sleep(0.05)


def test_a_model_that_cannot_be_loaded_is_told_to_who_started_the_pool_and_to_every_text() -> None:
    pool = TextPool(models=("names", "onnx:/no/such/folder"))
    told: Queue[str] = Queue()
    pool.start(told.put)
    reason = "The model onnx:/no/such/folder of the setting detection_models cannot be used: its folder holds no"
    assert told.get(timeout=60).startswith(reason)
    with pytest.raises(TextFailed, match=r"^model_not_loaded$") as failed:
        pool.redact(TEXT, plan(use_model=True, models=("onnx:/no/such/folder",)), "t")
    assert failed.value.detail.startswith(reason) and not failed.value.passing
    pool.close()


def test_a_process_that_dies_while_it_loads_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_warm", os._exit)
    pool = TextPool(models=3)  # type: ignore[arg-type] - the exit code
    told: Queue[str] = Queue()
    pool.start(told.put)
    assert told.get(timeout=60) == "The process for texts ended while it loaded the models."
    pool.close()


def test_a_pool_that_is_closed_while_it_loads_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_warm", time.sleep)
    pool = TextPool(models=600)  # type: ignore[arg-type] - seconds
    told: list[str] = []
    executor = pool._processes[0].running()
    executor.submit(os.getpid).result()
    pool.start(told.append)
    while not any(item.future.running() for item in list(executor._pending_work_items.values())):
        time.sleep(0.01)
    answering: Any = executor._executor_manager_thread
    pool.close()
    answering.join(60)
    assert told == []


# --- turns ------------------------------------------------------------------------------------------------------------


class Held:
    """Stands in for the executor: texts stay with it until they are let go."""

    def __init__(self) -> None:
        self._processes: dict[int, Any] = {}
        self.taken: list[Future[Any]] = []

    def submit(self, _: Any, text: str, __: Plan) -> "Future[Any]":
        self.taken.append(future := Future())
        future.set_running_or_notify_cancel()
        return future

    def shutdown(self, **_: Any) -> None:
        """Nothing to end."""


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class Crowd:
    """A pool whose process is slow, and callers of it in threads."""

    def __init__(self, processes: int = 1) -> None:
        self.pool, self.held = TextPool(processes), Held()
        for process in self.pool._processes:
            process._executor = self.held  # type: ignore[assignment]
        self.threads = ThreadPoolExecutor(20)
        self.plan = plan(use_model=False)

    def come(self, tenant: str) -> "Future[Any]":
        """One more caller, who is in the line or has a place when this returns."""
        before, asked = self.present(), self.threads.submit(self.pool.redact, "text", self.plan, tenant)
        until(lambda: asked.done() or self.present() > before)
        return asked

    def present(self) -> int:
        return len(self.held.taken) + len(self.pool._turns._line)


def test_no_more_texts_are_handed_over_than_there_are_processes_and_the_rest_wait_in_order() -> None:
    crowd = Crowd(processes=2)
    callers = [crowd.come(f"t{n}") for n in range(5)]
    assert len(crowd.held.taken) == 2
    for n in range(5):
        assert len(crowd.held.taken) == min(n + 2, 5)
        crowd.held.taken[n].set_result(n)
        assert callers[n].result(30) == n
        until(lambda n=n: len(crowd.held.taken) == min(n + 3, 5))  # type: ignore[misc]
    assert len(crowd.pool._turns._free) == 2


def test_few_may_wait_and_fewer_of_one_tenant() -> None:
    crowd = Crowd()
    callers = [crowd.come("a") for _ in range(5)]  # one has the process
    with pytest.raises(TextBusy):
        crowd.come("a").result(30)
    callers += [crowd.come(tenant) for tenant in "bbcc"]
    assert len(crowd.pool._turns._line) == 8
    for tenant in "abd":
        with pytest.raises(TextBusy):
            crowd.come(tenant).result(30)
    assert len(crowd.held.taken) == 1 and not any(caller.done() for caller in callers)
    for n, caller in enumerate(callers):
        until(lambda n=n: len(crowd.held.taken) > n)  # type: ignore[misc]
        crowd.held.taken[n].set_result("done")
        assert caller.result(30) == "done"
    assert crowd.come("a").running() and crowd.pool._turns._free == []
    crowd.held.taken[-1].set_result("done")


def test_nobody_waits_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd()
    first = crowd.come("a")
    monkeypatch.setattr(pools, "WAIT", 0.05)
    with pytest.raises(TextBusy):
        crowd.come("b").result(30)
    assert not crowd.pool._turns._line
    crowd.held.taken[0].set_result("done")
    assert first.result(30) == "done"
    until(lambda: len(crowd.pool._turns._free) == 1)


def test_waiting_does_not_count_as_taking_long(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd, limits = Crowd(), []

    class Timed(Future[Any]):
        def result(self, timeout: float | None = None) -> Any:
            limits.append(timeout)
            return super().result(30)

    monkeypatch.setattr(pools, "TIMEOUT", 0.2)
    monkeypatch.setattr(sys.modules[__name__], "Future", Timed)
    first = crowd.come("a")
    second = crowd.come("a")
    time.sleep(0.3)  # longer than a text may take
    assert limits == [0.2]  # the clock of the second does not run yet
    crowd.held.taken[0].set_result(1)
    until(lambda: len(crowd.held.taken) == 2)
    crowd.held.taken[1].set_result(2)
    assert (first.result(30), second.result(30), limits) == (1, 2, [0.2, 0.2])


def test_a_text_that_takes_too_long_or_is_cancelled_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = Crowd()
    caller = crowd.come("a")
    future = crowd.held.taken[0]
    future._state = "PENDING"  # as one that a replaced executor had not begun
    assert future.cancel()
    with pytest.raises(TextStopped):
        caller.result(30)
    process = crowd.pool._processes[0]
    assert process._executor is None  # replaced
    process._executor = crowd.held  # type: ignore[assignment]
    monkeypatch.setattr(pools, "TIMEOUT", 0.01)
    with pytest.raises(TextStopped):
        crowd.come("a").result(30)
    assert len(crowd.pool._turns._free) == 1


def test_many_at_once_are_each_answered_or_told_that_it_is_busy(text_pool: TextPool) -> None:
    wanted, start = plan(use_model=False), threading.Barrier(16)

    def ask(n: int) -> str:
        start.wait()
        try:
            return text_pool.redact(f"a{n}@b.example", wanted, f"t{n % 4}").text
        except TextBusy:
            return "busy"

    with ThreadPoolExecutor(16) as threads:
        told = Counter(threads.map(ask, range(16)))
    assert told.keys() <= {"<EMAIL_ADDRESS>", "busy"} and told["<EMAIL_ADDRESS>"] >= 9
    assert text_pool.redact(TEXT, wanted, "t") == redact(TEXT, wanted)
