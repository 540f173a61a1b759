"""Processes that want to write to one SQLite file take turns, in the order in which they came."""

import fcntl
import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from expunct_server.db.lane import Lane
from tests.crash.support import wait_until


class Busy(Exception):
    """What these lanes raise when a turn takes too long to come."""


def lane(path: Path, patience: float = 30.0) -> Lane:
    return Lane(path / "expunct.db", patience, Busy)


def _is_held(path: Path) -> bool:
    """Whether somebody holds the lock; the gate's, for long, only while they wait for the lane."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def test_who_writes_and_writes_again_lets_in_who_waits(tmp_path: Path) -> None:
    """Two descriptors of one file are as two processes to `flock`."""
    busy, patient, order = lane(tmp_path), lane(tmp_path), []

    def once(who: Lane, name: str) -> None:
        who.enter()
        order.append(name)
        who.leave()

    busy.enter()
    order.append("busy")
    with ThreadPoolExecutor(2) as threads:
        waiting = threads.submit(once, patient, "patient")
        wait_until(lambda: _is_held(tmp_path / "expunct.db-gate"), "the other to wait at the gate")
        again = threads.submit(lambda: (busy.leave(), once(busy, "busy again")))
        waiting.result()
        again.result()
    assert order == ["busy", "patient", "busy again"]
    for each in (busy, patient):
        each.close()


def test_a_turn_that_takes_too_long_to_come_is_refused_and_leaves_the_gate_open(tmp_path: Path) -> None:
    holder, hasty, other = lane(tmp_path), lane(tmp_path, 0.0), lane(tmp_path)
    holder.enter()
    with pytest.raises(Busy):
        hasty.enter()
    assert not _is_held(tmp_path / "expunct.db-gate")
    holder.leave()
    other.enter()
    for each in (holder, hasty, other):
        each.close()


def _hold(path: Path, ready: Any) -> None:
    lane(path).enter()
    ready.set()
    signal.pause()


def test_the_lane_of_a_process_that_dies_is_free(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_hold, args=(tmp_path, ready))
    process.start()
    assert ready.wait(30)
    assert process.pid is not None
    hasty = lane(tmp_path, 0.0)
    with pytest.raises(Busy):
        hasty.enter()
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    hasty.enter()
    hasty.close()


def test_its_files_are_closed_to_others(tmp_path: Path) -> None:
    made = lane(tmp_path)
    made.enter()
    made.close()
    assert {each.name: each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {
        "expunct.db-gate": 0o600,
        "expunct.db-lane": 0o600,
    }


def test_where_its_files_cannot_be_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "expunct.db-lane").mkdir()
    made, other = lane(tmp_path), lane(tmp_path)
    made.enter()
    other.enter()  # nobody is kept from SQLite's own lock
    other.leave()
    made.leave()
    (tmp_path / "expunct.db-lane").rmdir()
    made.enter()
    assert _is_held(tmp_path / "expunct.db-lane")
    made.leave()
    made.close()
