"""A witness killed at any system call, and two at once: it never goes back and never knows two roots for one size."""

import multiprocessing
from functools import partial
from pathlib import Path

import pytest

from expunct_server.errors import Unavailable
from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.witness.state import State
from tests.support import syscalls
from tests.witness.support import CLASSIC, FORK, ORIGIN, TRUE, checkpoint, request, witness


def remembered(folder: Path) -> Checkpoint | None:
    with State(folder).locked(ORIGIN) as memory:
        return memory.last()


def growing(folder: Path) -> None:
    """Cosign three trees, one after another; say each only when it was answered."""
    asked = witness(folder, [CLASSIC])
    for old, new in ((0, 5), (5, 8), (8, 8)):
        assert asked.add_checkpoint(request(old, new)).status == 200
        syscalls.say(str(new))


def test_wherever_it_is_killed_it_knows_what_it_answered(tmp_path: Path) -> None:
    with syscalls.Server() as server:
        whole = server.run(partial(growing, tmp_path / "whole"), watch=[tmp_path])
        assert (whole.status, whole.error, whole.said) == (0, "", ("5", "8", "8"))
        kinds = {call.name for call in whole.calls}
        assert {"fsync", "write"} <= kinds and any("rename" in kind for kind in kinds)
        for number, fault in enumerate(whole.kills()):
            folder = tmp_path / str(number)
            outcome = server.run(partial(growing, folder), watch=[tmp_path], fault=fault)
            assert outcome.struck
            told = int(outcome.said[-1]) if outcome.said else 0
            found = remembered(folder)
            assert (found.size if found else 0) >= told, fault
            assert found is None or found == checkpoint(found.size), fault
            _has_one_history(folder, found)


def _has_one_history(folder: Path, found: Checkpoint | None) -> None:
    """After a restart it goes on with the log it knows, and with no other."""
    asked, known = witness(folder, [CLASSIC]), found.size if found else 0
    if known > 5:
        assert asked.add_checkpoint(request(known, known, FORK)).status == 409
        assert asked.add_checkpoint(request(known, 20, FORK)).status == 422
    assert asked.add_checkpoint(request(known, 20)).status == 200
    assert remembered(folder) == checkpoint(20)


def test_a_disk_that_fails_is_never_answered_with_a_cosignature(tmp_path: Path) -> None:
    with syscalls.Server() as server:
        whole = server.run(partial(growing, tmp_path / "whole"), watch=[tmp_path])
        for call in whole.calls:
            folder = tmp_path / str(call.number)
            fault = syscalls.Fault(call.number, "fail", lasting=True)
            outcome = server.run(partial(growing, folder), watch=[tmp_path], fault=fault)
            told = int(outcome.said[-1]) if outcome.said else 0
            found = remembered(folder)
            assert outcome.status == 1 and len(outcome.said) < 3
            assert (found.size if found else 0) >= told, call


def compete(folder: Path, history: str, box: "multiprocessing.Queue[tuple[int, str, int]]") -> None:
    asked = witness(folder, [CLASSIC])
    known = 0
    while known < 24:
        new = min(known + 3, 24)
        answer = asked.add_checkpoint(request(known, new, history))
        box.put((new, history, answer.status))
        if answer.status == 422 or (answer.status == 409 and int(answer.body) <= known):
            return
        known = int(answer.body) if answer.status == 409 else new


def test_two_processes_with_two_histories_agree_on_one(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")  # spawned ones would spend their time on imports
    box = context.Queue()
    processes = [context.Process(target=compete, args=(tmp_path, each, box)) for each in (TRUE, FORK, TRUE)]
    for process in processes:
        process.start()
    answers = []
    while any(process.is_alive() for process in processes) or not box.empty():
        while not box.empty():
            answers.append(box.get())
        for process in processes:
            process.join(0.05)
    # Both histories begin with the same 5 leaves; beyond them there may be one only.
    assert len({history for size, history, status in answers if status == 200 and size > 5}) == 1
    found = remembered(tmp_path)
    assert found is not None
    assert found in (checkpoint(24, TRUE), checkpoint(24, FORK))


def test_a_log_that_is_held_for_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expunct_server.witness.state._PATIENCE_SECONDS", 0.0)
    with State(tmp_path).locked(ORIGIN), pytest.raises(Unavailable):
        witness(tmp_path).add_checkpoint(request(0, 5))
    assert witness(tmp_path).add_checkpoint(request(0, 5)).status == 200
