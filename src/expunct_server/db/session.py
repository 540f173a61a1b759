"""Connections: read-only by default, writable for `audit.recorder.writing` alone.

A `Database` holds two engines of one database. The read engine cannot write (SQLite: `query_only`; PostgreSQL:
`default_transaction_read_only`). The write engine takes SQLite's write lock when a transaction begins (BEGIN
IMMEDIATE), because a transaction that starts reading and writes later can fail half-way with no way to wait.

SQLite runs in WAL mode with `synchronous=FULL`: with NORMAL a power cut can lose acknowledged commits.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from expunct_server.errors import Unavailable

UNIT_BITS = 62  # fits a signed 64-bit column; two units of work never share a number


class Database:
    """One database, reached through a reading and a writing engine. Thread-safe; not to be carried across a fork."""

    def __init__(self, url: str, *, busy_timeout_seconds: int = 10, pool_size: int = 20) -> None:
        self.url = url
        self.dialect = make_url(url).get_backend_name()
        build = _sqlite_engine if self.dialect == "sqlite" else _postgresql_engine
        # One writer at a time within this process: threads that queue here take turns, while threads that all poll
        # SQLite's own lock starve one another (transactions of 3.0 s instead of 0.09 s with 8 threads on 2 cores).
        self._turn: AbstractContextManager[object] = threading.Lock() if self.dialect == "sqlite" else nullcontext()
        self.write_engine = build(url, pool_size, busy_timeout_seconds, writable=True)
        self.read_engine = build(url, pool_size, busy_timeout_seconds, writable=False)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session in a read-only transaction that sees one state of the database throughout."""
        with _translated(), Session(self.read_engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def begin(self) -> Iterator[Session]:
        """A writable session that commits when the block ends. For `audit.recorder.writing` alone (a test holds it)."""
        with _translated(), self._turn, Session(self.write_engine, expire_on_commit=False) as session, session.begin():
            session.connection()  # take the write lock now, not at the first statement that happens to write
            yield session

    def close(self) -> None:
        """Return all pooled connections to the database."""
        self.write_engine.dispose()
        self.read_engine.dispose()


def _sqlite_engine(url: str, pool_size: int, busy_timeout_seconds: int, *, writable: bool) -> Engine:
    engine = create_engine(url, pool_size=pool_size, max_overflow=pool_size, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(dbapi: sqlite3.Connection, record: Any) -> None:
        dbapi.isolation_level = None  # the driver must not begin transactions of its own
        dbapi.execute(f"PRAGMA busy_timeout = {busy_timeout_seconds * 1000}")
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "recursive_triggers = ON"):
            dbapi.execute("PRAGMA " + pragma)
        if writable:
            dbapi.create_function("audit_unit", 0, lambda: record.info.get("unit"))
        else:
            dbapi.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.info["unit"] = secrets.randbits(UNIT_BITS)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writable else "BEGIN")

    return engine


def _postgresql_engine(url: str, pool_size: int, busy_timeout_seconds: int, *, writable: bool) -> Engine:
    options = f"-c lock_timeout={busy_timeout_seconds * 1000} -c timezone=UTC"
    if not writable:
        options += " -c default_transaction_read_only=on -c default_transaction_isolation=repeatable\\ read"
    return create_engine(url, pool_size=pool_size, max_overflow=pool_size, connect_args={"options": options})


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what a database cannot do just now into a refusal that says so; nothing of the statement is repeated."""
    try:
        yield
    except OperationalError as error:
        raise unavailable(error) from None


def unavailable(error: DBAPIError) -> Unavailable:
    """The refusal for a database that is locked, full or away. Never carries SQL or parameters."""
    text = str(error.orig).lower()
    if "locked" in text or "busy" in text or "lock timeout" in text:
        return Unavailable("The database is busy. Nothing was changed; try again in a moment.", code="database_locked")
    if any(sign in text for sign in ("disk is full", "disk i/o", "no space left", "disk full")):
        return Unavailable(
            "The server's disk is full. Nothing was changed; tell its operator.", code="storage_full", retry_after=60
        )
    return Unavailable("The database cannot be reached. Nothing was changed; try again.", code="database_unavailable")


def prepare_folder(url: str, data: Path) -> None:
    """Make the data folder, closed to other users, and the folder of a SQLite file."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
