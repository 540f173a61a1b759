"""SQLite has one writer at a time: threads of this process take turns, and short units of work share a commit.

A commit costs a sync of the disk, most of what a small unit of work costs. So a unit that is done while others wait
leaves its transaction open to the next one, which works behind a savepoint of its own; the last one commits for all.
No unit returns before that commit: what it did is durable then, as it would be alone. A unit that fails takes back what
it did and nothing else.

Among processes it is `db.lane` that says whose turn it is: a batch holds it from before its beginning to its commit.

A unit that may take long (`alone`) neither joins others nor keeps them waiting for its commit.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from expunct_server.db.lane import Lane

_MOST_UNITS = 64  # in one commit
_LONGEST = 0.05  # seconds until a commit, however many wait: other processes want to write too


class Lost(Exception):
    """The database gave up the whole transaction, or its commit failed: nothing of any unit in it was kept."""


class _Batch:
    """An open transaction and the units that wait for its commit."""

    def __init__(self, connection: Connection, lane: Lane | None) -> None:
        self.connection = connection
        self._lane = lane
        self.began = time.monotonic()
        self.units = 0
        self.done = threading.Event()
        self.error: Exception | None = None

    @property
    def is_alive(self) -> bool:
        """SQLite itself rolls back when the disk is full or fails."""
        driver: Any = self.connection.connection.dbapi_connection
        return bool(driver.in_transaction)

    def end(self) -> None:
        """Commit for all units; none of them returns before."""
        try:
            if self.units == 0:
                self.connection.rollback()
            elif not self.is_alive:
                self.error = Lost()
                self.connection.rollback()
            else:
                self.connection.commit()
        except Exception as error:  # each unit raises it
            self.error = error
            self.connection.invalidate()
        finally:
            self.connection.close()
            if self._lane is not None:
                self._lane.leave()
            self.done.set()


class _Waiting:
    """A thread in the queue; `batch` is what it was handed, if anything, once `turn` is set."""

    def __init__(self, *, alone: bool) -> None:
        self.alone = alone
        self.turn = threading.Event()
        self.batch: _Batch | None = None


class Turns:
    """The queue of this process's writers."""

    def __init__(
        self, engine: Engine, patience_seconds: float, busy: Callable[[], Exception], lane: Lane | None = None
    ) -> None:
        """`lane`: of the file, where there is one; raises what `busy` gives when a turn takes too long to come."""
        self._engine = engine
        self._lane = lane
        self._patience = patience_seconds
        self._busy = busy
        self._lock = threading.Lock()
        self._taken = False
        self._queue: deque[_Waiting] = deque()

    @contextmanager
    def unit(self, stamp: Callable[[Connection], None], *, alone: bool) -> Iterator[Session]:
        """A session for one unit of work; durable when the block has ended, undone when it raised."""
        batch = self._enter(alone=alone)
        is_done = False
        try:
            with _session(batch) as session:
                stamp(batch.connection)
                yield session
            is_done = True
            batch.units += 1
        finally:
            committed_here = self._leave(batch, alone=alone)
        if is_done:
            if not committed_here:
                batch.done.wait()
            if batch.error is not None:
                raise batch.error

    @contextmanager
    def pause(self) -> Iterator[None]:
        """While the block runs, nobody who takes turns has a transaction open, in any process. Keep it short."""
        self._wait(alone=True)
        try:
            with ExitStack() as at_last:
                if self._lane is not None:
                    self._lane.enter()
                    at_last.callback(self._lane.leave)
                yield
        finally:
            self._pass_on(None)

    def _enter(self, *, alone: bool) -> _Batch:
        """Wait for the turn; take over the batch that was left open, or open one."""
        waiting = self._wait(alone=alone)
        if waiting is not None and waiting.batch is not None:
            return waiting.batch
        try:
            return self._open()
        except BaseException:
            self._pass_on(None)
            raise

    def _open(self) -> _Batch:
        """A transaction of its own, which holds the file's write lock from its beginning."""
        with ExitStack() as undone:
            if self._lane is not None:
                self._lane.enter()
                undone.callback(self._lane.leave)
            connection = self._engine.connect()
            undone.callback(connection.close)
            connection.begin()
            undone.pop_all()
        return _Batch(connection, self._lane)

    def _wait(self, *, alone: bool) -> _Waiting | None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return None
            waiting = _Waiting(alone=alone)
            self._queue.append(waiting)
        if not waiting.turn.wait(self._patience):
            with self._lock:  # whoever passes the turn on holds this lock: it was handed over, or it never will be
                if not waiting.turn.is_set():
                    self._queue.remove(waiting)
                    raise self._busy()
        return waiting

    def _leave(self, batch: _Batch, *, alone: bool) -> bool:
        """Hand the open batch to the next thread where it may join; else commit. True when it was committed here."""
        if not alone and batch.is_alive and self._pass_on(batch):
            return False
        batch.end()
        self._pass_on(None)
        return True

    def _pass_on(self, batch: _Batch | None) -> bool:
        with self._lock:
            if batch is not None and not self._may_join(batch):
                return False
            if not self._queue:
                self._taken = False
                return True
            following = self._queue.popleft()
            following.batch = batch
            following.turn.set()
            return True

    def _may_join(self, batch: _Batch) -> bool:
        is_open = batch.units < _MOST_UNITS and time.monotonic() - batch.began < _LONGEST
        return is_open and bool(self._queue) and not self._queue[0].alone


@contextmanager
def _session(batch: _Batch) -> Iterator[Session]:
    """The first unit of a batch is the transaction; each further one has a savepoint in it."""
    mode = "rollback_only" if batch.units == 0 else "create_savepoint"
    with (
        Session(batch.connection, expire_on_commit=False, join_transaction_mode=mode) as session,  # type: ignore[arg-type]
        session.begin(),
    ):
        yield session
