"""The log broken at every write of recorder, sequencer, tile store and checkpoint, and taken up by another process.

Each run breaks `log_targets.act` at one system call: killed before it, killed after it, or EIO in its place. Then the
next process publishes what was left, and `log_targets.restart` holds that no acknowledged event is gone, each event has
one index, and no checkpoint that was ever readable disagrees with the log.

`make test-faults` breaks every call in every way: it sets EXPUNCT_TEST_ALL_FAULTS, and says how many faults there were.
Without it this is sampled. SQLite writes each page of its write-ahead log by two calls and asks for the disk once, at
the commit: of a row of such writes the first, the last and every fourth is broken, and every eighth sending to
PostgreSQL. Of all other calls every second is broken, in one way, in turn: on SQLite those that are left out on
PostgreSQL, where the files are written by the same calls.

A kill after a plain write is the kill before the next call, and is left out. A sending is never refused: libpq would
wait for the answer of a server that is well. Lost connections are in test_postgresql_away.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from expunct_server.audit.models import AuditEvent
from expunct_server.db.base import Base
from tests.conftest import fresh_url, run_sql
from tests.crash import log_targets
from tests.crash.log_targets import Promise
from tests.support.syscalls import Action, Call, Fault, Outcome, Server

_ALL = "EXPUNCT_TEST_ALL_FAULTS" in os.environ
_EVERY_PAGE, _EVERY_SENDING, _LASTING = (1, 1, 10_000) if _ALL else (4, 8, 8)
_SHARES = 3  # of the runs: tests for several processes to take from
_FSCK_EVERY = 1 if _ALL else 8  # which reads everything once more, its own way
_ACTIONS: tuple[Action, ...] = ("kill_before", "kill_after", "fail")
_PLAIN = {"write", "pwrite64", "openat"}
_LOG_TABLES = sorted(each for each in Base.metadata.tables if each.startswith("audit_"))


@pytest.fixture(scope="module")
def breaker() -> Iterator[Server]:
    with Server() as server:
        yield server


@dataclass
class Scene:
    """A prepared deployment, and fresh copies of it to break."""

    kind: str
    root: Path
    prepared: Path
    url: str
    breaker: Server
    seen: Sequence[Promise] = ()

    def fresh(self) -> tuple[Path, str]:
        """A folder as prepared, and the database as prepared."""
        folder = self.root / "broken"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.prepared, folder)
        if self.kind == "sqlite":
            return folder, f"sqlite:///{folder}/expunct.db"
        _put_back(self.url)
        return folder, self.url

    def run(self, fault: Fault | None = None, *, sockets: bool = True) -> Outcome:
        """`act` on a fresh copy, and the check of what another process makes of what it left."""
        folder, url = self.fresh()
        outcome = self.breaker.run(
            log_targets.Target(folder, url), watch=[folder], sockets=sockets and self.kind != "sqlite", fault=fault
        )
        acknowledged = [each.removeprefix("event ") for each in outcome.said if each.startswith("event ")]
        if fault is None or fault.action == "fail":
            assert (outcome.status, outcome.error) == (0, "")
        with_fsck = fault is None or fault.number % _FSCK_EVERY == 0
        log_targets.restart(folder, url, acknowledged, self.seen, with_fsck=with_fsck)
        return outcome


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def scene(request: pytest.FixtureRequest, breaker: Server) -> Iterator[Scene]:
    # In memory where there is such a place: what a kill leaves is the same, and thousands of syncs cost nothing.
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix="expunct-log-", dir=memory if memory.is_dir() else None))
    prepared = root / "prepared"
    prepared.mkdir()
    url = fresh_url(request, request.param, prepared)
    made = Scene(request.param, root, prepared, url, breaker)
    made.seen = log_targets.prepare(prepared, url)
    if request.param != "sqlite":
        _keep(url)
    folder, url = made.fresh()
    breaker.run(log_targets.Target(folder, url, warm=True), watch=[])
    yield made
    shutil.rmtree(root)


def _keep(url: str) -> None:
    """Copies of the log's tables, to put back."""
    run_sql(url, "CREATE SCHEMA kept", *(f"CREATE TABLE kept.{each} AS SELECT * FROM {each}" for each in _LOG_TABLES))


def _put_back(url: str) -> None:
    """As the copies have it, past every trigger. What a killed client left running is ended first."""
    statements = ["SET session_replication_role = replica"]
    for each in _LOG_TABLES:
        statements += [f"DELETE FROM {each}", f"INSERT INTO {each} SELECT * FROM kept.{each}"]
    ended = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    run_sql(url, f"{ended} WHERE datname = current_database() AND pid <> pg_backend_pid()", "; ".join(statements))


def _breaks(scene: Scene) -> list[tuple[Fault, bool]]:
    """What is broken, how, and whether sendings count: see above. Without them each call has the same number always."""
    found = []
    is_sqlite = scene.kind == "sqlite"
    calls = _sampled(scene.run(sockets=False).calls)
    for turn, call in enumerate(calls if _ALL else calls[is_sqlite::2]):
        actions: Sequence[Action] = ("kill_before", "fail") if call.name in _PLAIN else _ACTIONS
        if not _ALL:
            actions = (_ACTIONS[(turn + is_sqlite) % 3],)
        found += [(Fault(call.number, action), False) for action in actions]
    if scene.kind == "postgresql":
        sent = [call.number for call in scene.run().calls if _is_sent(call)][::_EVERY_SENDING]
        for turn, number in enumerate(sent):
            kills = _ACTIONS[:2] if _ALL else (_ACTIONS[turn % 2],)
            found += [(Fault(number, action), True) for action in kills]
    return found


def _is_sent(call: Call) -> bool:
    return call.places[0].startswith("socket:")


def _sampled(calls: Sequence[Call]) -> list[Call]:
    """All but most of those in the midst of a row of the same."""
    chosen = []
    for at, call in enumerate(calls):
        around = calls[max(0, at - 1) : at + 2]
        is_inside = len(around) == 3 and all((each.name, each.places) == (call.name, call.places) for each in around)
        if call.number % _EVERY_PAGE == 0 or call.name != "pwrite64" or not is_inside:
            chosen.append(call)
    return chosen


def test_unbroken(scene: Scene) -> None:
    """What the other tests break: two rounds, a tile that becomes full, every kind of write."""
    outcome = scene.run()
    assert [each for each in outcome.said if each.startswith("published")] == ["published 3", "published 2"]
    assert len([each for each in outcome.said if each.startswith("event")]) == 6
    names = {(call.name, Path(call.places[-1]).name) for call in outcome.calls}
    assert {("rename", "checkpoint"), ("rename", "000"), ("rename", "1"), ("rename", "2")} <= names
    assert ("sendto" if scene.kind == "postgresql" else "fdatasync") in {name for name, _ in names}
    assert AuditEvent.__tablename__ in _LOG_TABLES


@pytest.mark.parametrize("share", range(_SHARES))
def test_broken_at_every_write(scene: Scene, share: int) -> None:
    """Whatever is killed or refused at any write, the next process completes it and breaks no promise."""
    reached, breaks = 0, _breaks(scene)[share::_SHARES]
    for fault, sockets in breaks:
        try:
            reached += scene.run(fault, sockets=sockets).struck
        except Exception as error:
            error.add_note(f"{fault}, sockets={sockets}")
            raise
    print(f"{reached} of {len(breaks)} faults on {scene.kind}, in share {share}")  # noqa: T201
    # What is sent to PostgreSQL can differ by a call from one run to the next.
    assert reached >= len(breaks) - (scene.kind == "postgresql")


@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
def test_a_disk_that_stays_broken(scene: Scene, error: int) -> None:
    """From some write on, all fail: said, refused or put off, and all is published once the disk is back."""
    calls = scene.run(sockets=False).calls
    # To the last checkpoint: what SQLite writes when it closes its file is nobody's act, and nobody is told of it.
    last = max(each.number for each in calls if each.places[-1].endswith("/checkpoint"))
    chosen = range(1, last + 1, max(1, last // _LASTING))
    for number in chosen:
        outcome = scene.run(Fault(number, "fail", error, lasting=True), sockets=False)
        told = [each for each in outcome.said if not each.startswith("event ")]
        recorded = len(outcome.said) - len(told)
        assert recorded + 2 * sum(each.startswith("refused ") for each in told) >= 4, told  # 2: the most of one unit
        assert any(each.startswith(("refused ", "unpublished ", "WARNING ")) for each in told), told
    print(f"{len(chosen)} lasting faults on {scene.kind}")  # noqa: T201


@pytest.mark.parametrize("scene", ["sqlite"], indirect=True)  # on PostgreSQL it is the only folder: the tests above
def test_only_the_data_folder_is_broken(scene: Scene) -> None:
    """Tiles cannot be written, the database is well: recording goes on, a warning says that publishing does not."""
    folder, url = scene.fresh()
    fault = Fault(1, "fail", errno.ENOSPC, lasting=True)
    outcome = scene.breaker.run(log_targets.Target(folder, url), watch=[folder / "data"], fault=fault)
    assert (outcome.status, outcome.error) == (0, "")
    assert len([each for each in outcome.said if each.startswith("event ")]) == 6
    assert not any(each.startswith(("refused ", "published 3")) for each in outcome.said)
    assert any(each.startswith("WARNING the audit log of tenant default could not be") for each in outcome.said)
    log_targets.restart(folder, url, [each[6:] for each in outcome.said if each.startswith("event ")], scene.seen)
