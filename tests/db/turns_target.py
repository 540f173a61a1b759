"""Units of work that surely share a commit, and a batch of them to break. Imports little: it is loaded to be forked."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, event

from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.recorder import Actor, Recorded, writing
from expunct_server.db import turns
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from tests.support.syscalls import say

TESTER = Actor("cli:tester", "cli:tester", "default")
PATIENCE = 60.0


def opened(path: Path, patience: int = 60) -> Database:
    """Its own connections, and enough patience for a slow machine."""
    return Database(f"sqlite:///{path}", busy_timeout_seconds=patience, pool_size=4)


def record(database: Database, resource_id: str) -> Recorded:
    """A unit of one event."""
    with writing(database, TESTER) as unit:
        return unit.record(JobReportViewed(), resource_id=resource_id)


class Together:
    """Holds the turn until all given units wait for theirs, then lets them run one after the other."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.commits = 0
        self.order: list[object] = []
        event.listen(database.write_engine, "commit", self._committed)

    def _committed(self, _: Connection) -> None:
        self.commits += 1

    def run(self, *acts: Callable[[], object]) -> list[Future[object]]:
        """The first act's unit joins the one that holds the turn, and so on: all in one batch, if they may."""
        with ThreadPoolExecutor(len(acts)) as pool, writing(self.database, TESTER) as unit:
            unit.record(JobReportViewed(), resource_id="the one that holds the turn")
            futures = []
            for number, act in enumerate(acts, 1):
                futures.append(pool.submit(act))
                self.wait_for(number)
        return futures

    def wait_for(self, waiting: int) -> None:
        """Until so many units are in the queue."""
        queue = self.database._turns
        assert queue is not None
        pause = threading.Event()
        for _ in range(int(PATIENCE / 0.002)):
            if len(queue._queue) >= waiting:
                return
            pause.wait(0.002)
        raise TimeoutError("the units did not queue up")


def act(path: Path) -> None:
    """To be broken: a batch of six units, then one more. Says what became of each."""
    turns._LONGEST = PATIENCE
    database = opened(path, patience=60)
    together = Together(database)

    def unit(name: str) -> None:
        try:
            record(database, name)
            say(f"done {name}")
        except Unavailable as refusal:
            say(f"{refusal.code} {name}")

    with suppress(Unavailable):
        together.run(*(partial(unit, f"job_{number}") for number in range(6)))
    unit("after")
