"""Fills a migrated database with a trail, past the guard and in bulk: what the sequencer would have left, in minutes.

Indexes of `audit_entry` and the triggers are put back as they were; statistics are brought up to date as PostgreSQL's
autovacuum would. The copy for the peer has the columns a page shows and one index a column.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import make_url

from bench.trail_data import ENTRY_COLUMNS, EVENT_COLUMNS, MARK_COLUMNS, Known, Trail
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database

LATER = ("ix_audit_entry_type", "ix_audit_entry_actor", "ix_audit_entry_resource")
COPIED = ("position", "id", "tenant_id", "event_type", "resource_type", "resource_id", "actor", "details", "created_at")
_TABLES = (("audit_event", EVENT_COLUMNS), ("audit_entry", ENTRY_COLUMNS), ("audit_mark", MARK_COLUMNS))


def fill(url: str, trail: Trail, *, published: bool = True, peer: bool = True) -> Known:
    """Migrate the database and write the trail into it; gives what may be asked."""
    database = Database(url)
    upgrade(database)
    database.close()
    if database.dialect == "sqlite":
        _fill_sqlite(str(make_url(url).database), trail, published=published, peer=peer)
    else:
        _fill_postgresql(url, trail, published=published, peer=peer)
    return trail.known()


def _insert(table: str, columns: Sequence[str], mark: str) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join([mark] * len(columns))})"


def _copy_for_peer() -> Iterator[str]:
    yield f"INSERT INTO raw_event SELECT {', '.join(COPIED)} FROM audit_event ORDER BY position"
    for column in COPIED[1:]:
        if column != "details":
            yield f"CREATE INDEX raw_event_{column} ON raw_event ({column})"


def _peer_table(kind: str) -> str:
    rest = ", ".join(f"{name} {'BIGINT' if name == 'created_at' else 'TEXT'} NOT NULL" for name in COPIED[1:])
    return f"CREATE TABLE raw_event (position {kind} PRIMARY KEY, {rest})"


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _fill_sqlite(path: str, trail: Trail, *, published: bool, peer: bool) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000", "temp_store = MEMORY"):
        connection.execute("PRAGMA " + pragma)
    with _without_rules(connection):
        connection.execute("BEGIN")
        connection.execute("DELETE FROM audit_type")
        connection.executemany(_insert("audit_type", ("number", "event_type", "resource_type"), "?"), trail.types)
        for batch in trail.batches():
            for (table, columns), rows in zip(_TABLES, batch, strict=True):
                connection.executemany(_insert(table, columns, "?"), rows)
        for log in trail.logs(published=published):
            connection.execute(_insert("audit_log", list(log), "?"), list(log.values()))
        connection.execute("COMMIT")
    if peer:
        connection.execute(_peer_table("INTEGER"))
        for statement in _copy_for_peer():
            connection.execute(statement)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()


@contextmanager
def _without_rules(connection: sqlite3.Connection) -> Iterator[None]:
    found = "SELECT type, name, sql FROM sqlite_master WHERE type = 'trigger' OR name IN (?, ?, ?)"
    rules = connection.execute(found, LATER).fetchall()
    for kind, name, _ in rules:
        connection.execute(f"DROP {kind} {name}")
    yield
    for _, _, statement in rules:
        connection.execute(statement)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _fill_postgresql(url: str, trail: Trail, *, published: bool, peer: bool) -> None:
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        run: Any = connection.execute
        for setting in (
            "session_replication_role = replica",
            "maintenance_work_mem = '1GB'",
            "synchronous_commit = off",
        ):
            run(f"SET {setting}")
        run("ALTER SYSTEM SET max_wal_size = '16GB'")
        run("SELECT pg_reload_conf()")
        found = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname = ANY (%s)"
        later = run(found, [list(LATER)]).fetchall()
        for name, _ in later:
            run(f"DROP INDEX {name}")
        run("DELETE FROM audit_type")
        connection.cursor().executemany(
            _text(_insert("audit_type", ("number", "event_type", "resource_type"), "%s")), trail.types
        )
        for batch in trail.batches():
            for (table, columns), rows in zip(_TABLES, batch, strict=True):
                _copy(connection, table, columns, rows)
        for log in trail.logs(published=published):
            run(_insert("audit_log", list(log), "%s"), list(log.values()))
        for _, statement in later:
            run(statement)
        run("SELECT setval('audit_event_position_seq', (SELECT max(position) FROM audit_event))")
        run("SELECT setval(pg_get_serial_sequence('audit_log', 'number'), (SELECT max(number) FROM audit_log))")
        if peer:
            run(_peer_table("BIGINT"))
            for statement in _copy_for_peer():
                run(statement)
        run("VACUUM ANALYZE")


def _text(statement: str) -> Any:
    return statement  # psycopg's types want a literal


def _copy(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    with connection.cursor().copy(_text(f"COPY {table} ({', '.join(columns)}) FROM STDIN")) as copy:
        for row in rows:
            copy.write_row(row)
