"""The process for short texts: what it answers, and that it never outlives its server."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import Plan, redact
from expunct_server.redaction.pool import TextFailed, TextPool, TextStopped
from tests.redaction.helpers import plan

TEXT = "Write to jane@mail.example, card 4111 1111 1111 1111, or call +1 503-555-0142."
SERVER = """
import os, sys, time
from expunct_server.redaction.pool import TextPool
if __name__ == "__main__":
    pool = TextPool()
    print(pool._running().submit(os.getpid).result(), flush=True)
    time.sleep(600)
"""


def test_it_answers_as_the_engine_does_in_this_process(text_pool: TextPool) -> None:
    wanted = plan(use_model=False)
    assert text_pool.redact(TEXT, wanted) == redact(TEXT, wanted)


def test_a_failure_crosses_between_processes_with_its_code(text_pool: TextPool) -> None:
    exploding: Plan = plan(use_model=False, custom=compile_custom([{"name": "slow", "pattern": "(a|aa)+$"}], []))
    with pytest.raises(TextFailed) as failed:
        text_pool.redact("a" * 60 + "!", exploding)
    assert failed.value.code == "pattern_timeout"
    assert "aaaa" not in failed.value.detail


def test_a_process_that_died_is_replaced() -> None:
    pool = TextPool()
    wanted = plan(use_model=False)
    process = pool._running().submit(os.getpid).result()
    os.kill(process, signal.SIGKILL)
    with pytest.raises(TextStopped):
        pool.redact(TEXT, wanted)
    assert pool.redact(TEXT, wanted) == redact(TEXT, wanted)
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
