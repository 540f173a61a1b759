"""Connections: read-only by default, writable for `audit.recorder.writing` alone.

A `Database` holds two engines of one database. The read engine cannot write (SQLite: `query_only`; PostgreSQL:
`default_transaction_read_only`). The write engine takes SQLite's write lock when a transaction begins (BEGIN
IMMEDIATE), because a transaction that starts reading and writes later can fail half-way with no way to wait.

SQLite runs in WAL mode with `synchronous=FULL`: with NORMAL a power cut can lose acknowledged commits.
"""

import hmac
import json
import os
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg
from psycopg.types.numeric import Int8Dumper
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.orm import Session

from expunct_server.db.lane import Lane
from expunct_server.db.prepared import Prepared
from expunct_server.db.turns import Lost, Turns
from expunct_server.errors import Unavailable

UNIT_BITS = 62  # fits a signed 64-bit column; two units of work never share a number

# PostgreSQL says these in the language it is set to, so its codes are what counts.
_BUSY_STATES = frozenset({"55P03", "40P01", "40001"})  # lock timeout, deadlock, serialization failure
_FULL_STATES = frozenset({"53100"})
_READ_ONLY_STATE = "25006"


class Fetch(Protocol):
    """Runs one prepared SELECT and gives all its rows."""

    def __call__(self, prepared: Prepared, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]: ...


class ReadOnly(RuntimeError):
    """A reading session was asked to write: a mistake in this program, not the caller's. Carries no SQL."""


class Database:
    """One database, reached through a reading and a writing engine. Thread-safe; not to be carried across a fork."""

    def __init__(self, url: str, *, busy_timeout_seconds: int = 10, pool_size: int = 20) -> None:
        self.url = url
        self.dialect = make_url(url).get_backend_name()
        build = _sqlite_engine if self.dialect == "sqlite" else _postgresql_engine
        self._watch: Any = None
        self._driver_error: type[Exception] = sqlite3.Error if self.dialect == "sqlite" else psycopg.Error
        self.write_engine = build(url, pool_size, busy_timeout_seconds, writable=True)
        self.read_engine = build(url, pool_size, busy_timeout_seconds, writable=False)
        # One writer at a time within this process: threads that queue here take turns, while threads that all poll
        # SQLite's own lock starve one another (transactions of 3.0 s instead of 0.09 s with 8 threads on 2 cores).
        path = make_url(url).database if self.dialect == "sqlite" else None
        self._lane = Lane(Path(path), busy_timeout_seconds, _busy) if path and path != ":memory:" else None
        is_sqlite = self.dialect == "sqlite"
        self._turns = Turns(self.write_engine, busy_timeout_seconds, _busy, self._lane) if is_sqlite else None

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session in a read-only transaction that sees one state of the database throughout.

        Raises `ReadOnly` when it is asked to write.
        """
        with _translated(only_reads=True), Session(self.read_engine, expire_on_commit=False) as session:
            yield session

    def version(self) -> int | None:
        """A number that changes whenever anything is committed, by any process; None where there is no such thing.

        SQLite's `data_version` holds for one connection: this one does nothing else. For one thread: the event loop's.
        """
        if self.dialect != "sqlite":
            return None
        if self._watch is None:
            with _translated():
                self._watch = self._driver_connection()
                self._watch.detach()
        try:
            version: int = self._watch.dbapi_connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise unavailable(OperationalError("(data_version)", None, error)) from None
        return version

    @contextmanager
    def snapshot(self, *, on_loop: bool = False) -> Iterator[Fetch]:
        """`fetch(prepared, parameters)` gives all rows as tuples; what it reads is one state of the database.

        `on_loop`: by the event loop's own connection, the one of `version`, so that the loop never waits for the pool.
        """
        with _translated(only_reads=True):
            pooled = self._watch if on_loop else self._driver_connection()
            try:
                cursor = pooled.cursor()
                if self.dialect == "sqlite":
                    cursor.execute("BEGIN")

                def fetch(prepared: Prepared, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
                    cursor.execute(prepared.text(self.dialect), parameters)
                    rows: list[tuple[Any, ...]] = cursor.fetchall()
                    return rows

                yield fetch
            except self._driver_error as error:  # as SQLAlchemy would tell it; a broken connection is not used again
                if not on_loop:
                    pooled.invalidate()
                raise OperationalError("(a prepared SELECT)", None, error) from None
            finally:
                if on_loop:
                    pooled.rollback()
                else:
                    pooled.close()  # back to the pool, which ends the transaction

    def _driver_connection(self) -> Any:
        """A connection of the read engine's, bare. A database that cannot be reached is told as SQLAlchemy would."""
        try:
            return self.read_engine.raw_connection()
        except self._driver_error as error:
            raise OperationalError("(connect)", None, error) from None

    @contextmanager
    def begin(self, *, alone: bool = False) -> Iterator[Session]:
        """A writable session that commits when the block ends. For `audit.recorder.writing` alone (a test holds it).

        `alone`: the block may take long, so on SQLite it shares its commit with no other (see `db.turns`).
        """
        with _translated():
            if self._turns is not None:
                with self._turns.unit(_stamp, alone=alone) as session:
                    yield session
                return
            with Session(self.write_engine, expire_on_commit=False) as session, session.begin():
                session.connection()  # now: a database that is away refuses before the block does anything
                yield session

    def scrub(self, patience_seconds: float = 1.0) -> bool:
        """After values were erased: leave no copy of them in SQLite's write-ahead log. False while one may be there.

        Pages of the database itself are overwritten as they are freed (`secure_delete`). The log is emptied when nobody
        reads an older state any more: this waits so long for whoever does, and a worker calls it every minute. Cheap
        when the log is empty. PostgreSQL keeps dead rows until VACUUM FULL, and a log of its own: see operating.md.
        """
        if self._turns is None:
            return True
        file = make_url(self.url).database
        patience = time.monotonic() + patience_seconds
        while not _is_empty(Path(f"{file}-wal")):
            try:
                with _translated(), self._turns.pause(), self.write_engine.connect() as connection:
                    if _truncated(connection.connection.dbapi_connection):
                        return True
            except Unavailable:  # what was erased is committed: that must not be told as a failure
                return False
            if time.monotonic() > patience:
                return False
            time.sleep(0.05)
        return True

    def close(self) -> None:
        """Return all pooled connections to the database."""
        if self._watch is not None:
            self._watch.close()
        self.write_engine.dispose()
        self.read_engine.dispose()
        if self._lane is not None:
            self._lane.close()


def _sqlite_engine(url: str, pool_size: int, busy_timeout_seconds: int, *, writable: bool) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )

    _plain_savepoints(engine)

    @event.listens_for(engine, "connect")
    def prepare(dbapi: sqlite3.Connection, record: Any) -> None:
        dbapi.isolation_level = None  # the driver must not begin transactions of its own
        dbapi.execute(f"PRAGMA busy_timeout = {busy_timeout_seconds * 1000}")
        _use_wal(dbapi, busy_timeout_seconds)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            "recursive_triggers = ON",
            "secure_delete = ON",
        ):
            dbapi.execute("PRAGMA " + pragma)
        # For the rule of erasures, which makes an event's commitments again (migration 0002).
        dbapi.create_function("audit_hmac", 2, _hmac, deterministic=True)
        dbapi.create_function("audit_json", 1, _json, deterministic=True)
        # None outside a transaction: a change on the bare driver connection must not pass for the last unit's.
        dbapi.create_function("audit_unit", 0, lambda: record.info.get("unit") if dbapi.in_transaction else None)
        if not writable:
            dbapi.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if writable:
            _stamp(connection)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writable else "BEGIN")

    @event.listens_for(engine, "checkin")
    def end(_: sqlite3.Connection | None, record: Any) -> None:
        record.info.pop("unit", None)

    return engine


def _plain_savepoints(engine: Engine) -> None:
    """Savepoints straight through the driver: each unit of work in a shared commit has one (see `db.turns`).

    As statements of SQLAlchemy's own, two of them cost a quarter of what a small unit costs.
    """
    for method, sql in (
        ("do_savepoint", "SAVEPOINT"),
        ("do_release_savepoint", "RELEASE SAVEPOINT"),
        ("do_rollback_to_savepoint", "ROLLBACK TO SAVEPOINT"),
    ):
        setattr(engine.dialect, method, partial(_savepoint, sql))


def _savepoint(sql: str, connection: Connection, name: str) -> None:
    """`name` is SQLAlchemy's own: `sa_savepoint_` and a number."""
    driver: Any = connection.connection.dbapi_connection
    driver.execute(f"{sql} {name}")


def _use_wal(dbapi: sqlite3.Connection, patience_seconds: float) -> None:
    """Into WAL mode. SQLite does not wait here for whoever else has a new file open just now, so this does."""
    patience = time.monotonic() + patience_seconds
    while True:
        try:
            dbapi.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
        time.sleep(0.01)


def _is_empty(file: Path) -> bool:
    return not file.exists() or file.stat().st_size == 0


def _truncated(dbapi: Any) -> bool:
    """Bring all of the write-ahead log into the database and empty it; False when somebody is in the way.

    It holds the write lock while it waits for readers: for no longer than other writers hardly notice.
    """
    patience = dbapi.execute("PRAGMA busy_timeout").fetchone()[0]
    dbapi.execute("PRAGMA busy_timeout = 50")
    try:
        is_busy = dbapi.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        return not is_busy
    except sqlite3.OperationalError:  # perhaps the disk is full: another time
        return False
    finally:
        dbapi.execute(f"PRAGMA busy_timeout = {patience}")


def _hmac(key: bytes, data: bytes | str) -> bytes:
    return hmac.digest(key, data.encode() if isinstance(data, str) else data, "sha256")


def _json(value: str | None) -> str:
    """One text, or none, as canonical JSON (RFC 8785)."""
    return json.dumps(value, ensure_ascii=False)


def _stamp(connection: Connection) -> None:
    """A number for the unit of work that begins: what `audit_unit()` gives until it ends."""
    connection.info["unit"] = secrets.randbits(UNIT_BITS)


# A host that went away without a word is noticed within half a minute, and not after the two hours that TCP gives it.
# What the URL says of these goes first.
_LIVELINESS: Final = {
    "connect_timeout": 10,  # seconds, as the next two
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,  # milliseconds
}


IDLE_SECONDS = 60  # that a transaction which writes may do nothing


def _postgresql_engine(url: str, pool_size: int, busy_timeout_seconds: int, *, writable: bool) -> Engine:
    options = f"-c lock_timeout={busy_timeout_seconds * 1000} -c timezone=UTC"
    arguments: dict[str, Any] = {name: value for name, value in _LIVELINESS.items() if name not in make_url(url).query}
    if writable:
        # Who is cut off in a transaction holds its locks until the server ends it: TCP alone may take two hours.
        options += f" -c idle_in_transaction_session_timeout={IDLE_SECONDS * 1000}"
    else:
        options += " -c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
        # To plan a listing takes longer than to run it: what snapshots ask twice by one connection is planned once
        # for good, for each of those statements has one right index whatever the values. To compile to machine code
        # takes longer still.
        options += " -c plan_cache_mode=force_generic_plan -c jit=off"
        arguments["prepare_threshold"] = 1
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        hide_parameters=True,
        pool_pre_ping=True,  # after an outage of the database its pooled connections are dead
        connect_args=arguments | {"options": options},
    )

    if not writable:
        # The driver forgets what it prepared whenever it rolls back. Where nothing was written, to commit is the same.
        engine.dialect.do_rollback = _end_reading  # type: ignore[assignment, method-assign]
        event.listen(engine, "connect", _send_all_integers_alike)
        event.listen(engine, "begin", _plan_with_values)
    return engine


def _end_reading(connection: Any) -> None:
    """End a transaction that could not write (`default_transaction_read_only`)."""
    connection.commit()


def _plan_with_values(connection: Connection) -> None:
    """What sessions ask: the best index can depend on values, as between jobs that failed and that completed."""
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")


def _send_all_integers_alike(connection: psycopg.Connection[Any], _: Any) -> None:
    """Else numbers of 2, 4 and 8 bytes make as many statements to be prepared of one."""
    connection.adapters.register_dumper(int, Int8Dumper)


@contextmanager
def _translated(*, only_reads: bool = False) -> Iterator[None]:
    """Turn what a database cannot do just now into a refusal that says so; nothing of the statement is repeated."""
    try:
        yield
    except NoConnectionFree:
        raise _busy() from None
    except Lost:
        raise _full() from None
    except DBAPIError as error:
        if only_reads and _is_refused_write(error):
            raise ReadOnly(
                "This session only reads; what changes anything goes through audit.recorder.writing."
            ) from None
        if isinstance(error, OperationalError):
            raise unavailable(error) from None
        raise


def _is_refused_write(error: DBAPIError) -> bool:
    return _state(error) == _READ_ONLY_STATE or "readonly database" in str(error.orig)


def _state(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _busy() -> Unavailable:
    return Unavailable("The database is busy. Nothing was changed; try again in a moment.", code="database_locked")


def _full() -> Unavailable:
    return Unavailable(
        "The server's disk is full. Nothing was changed; tell its operator.", code="storage_full", retry_after=60
    )


def unavailable(error: DBAPIError) -> Unavailable:
    """The refusal for a database that is locked, full or away. Never carries SQL or parameters."""
    text, state = str(error.orig).lower(), _state(error)
    if state in _BUSY_STATES or (state is None and ("locked" in text or "busy" in text)):
        return _busy()
    if state in _FULL_STATES or (state is None and ("disk is full" in text or "disk i/o" in text)):
        return _full()
    return Unavailable("The database cannot be reached. Nothing was changed; try again.", code="database_unavailable")


def prepare_folder(url: str, data: Path) -> None:
    """Make the data folder and the SQLite file with its folder, closed to other users whatever the umask.

    What is there already is left as it is. SQLite gives the files beside its database (-wal, -shm) the database's mode.
    """
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Empty is a database to SQLite. O_EXCL: to close a database's file drops this process's locks on it.
        with suppress(FileExistsError):
            os.close(os.open(parsed.database, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
