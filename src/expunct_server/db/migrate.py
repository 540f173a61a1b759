"""Bringing a database to the schema of this version. Safe to call from several processes at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, OperationalError

from expunct_server.db.session import Database, unavailable
from expunct_server.errors import Unavailable

_LOCK = 0x65787075  # any number, the same for all: "expu"
_NOT_PERMITTED = "42501"  # PostgreSQL's insufficient_privilege


def upgrade(database: Database) -> bool:
    """Migrate to the newest schema; True when there was something to do.

    Raises `Unavailable` for a newer database, and for an older one that this role may not change.
    """
    try:
        with database.write_engine.begin() as connection:
            if database.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            current = MigrationContext.configure(connection).get_current_revision()
            config = _config(connection)
            script = ScriptDirectory.from_config(config)
            if current == script.get_current_head():
                return False
            if current is not None and current not in _known(script):
                raise _newer()
            command.upgrade(config, "head")
            return True
    except DBAPIError as error:
        raise refused(error) from None


def refused(error: DBAPIError) -> Exception:
    """What a failed migration is told as: this role may not do it, the database is away, or the error itself."""
    if getattr(error.orig, "sqlstate", None) == _NOT_PERMITTED:
        return Unavailable(
            "The database has the schema of an older version, and this role may not change it. Its owner must run "
            "`expunct-server migrate`, with --role for the role of the running server.",
            code="older_database",
        )
    return unavailable(error) if isinstance(error, OperationalError) else error


def check(database: Database) -> None:
    """Raise `Unavailable` unless the database has the schema of this version. Changes nothing."""
    with database.reading() as session:
        connection = session.connection()
        current = MigrationContext.configure(connection).get_current_revision()
        script = ScriptDirectory.from_config(_config(connection))
    if current == script.get_current_head():
        return
    if current is None or current in _known(script):
        raise Unavailable(
            "The database has the schema of an older version; run `expunct-server migrate` to bring it up to date.",
            code="older_database",
        )
    raise _newer()


def _known(script: ScriptDirectory) -> set[str]:
    return {each.revision for each in script.walk_revisions()}


def _newer() -> Unavailable:
    return Unavailable("The database was made by a newer version of this server.", code="newer_database")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


# What the application's role may do on PostgreSQL when it is not the owner: on events no more than add and read. Every
# table is in one group, by how it stands to the log (`__audit__`; a test compares).
GRANTED: dict[str, tuple[str, ...]] = {
    # append-only
    "SELECT, INSERT": (
        *("audit_event", "audit_entry", "audit_mark", "audit_type", "audit_root", "policy_version"),
        "deployment",
    ),
    "SELECT, INSERT, DELETE": ("audit_pending",),
    "SELECT, INSERT, UPDATE": (  # audited, and what only grows
        *("tenant", "api_key", "policy", "job", "batch", "bucket", "connector", "connector_sync", "webhook"),
        *("audit_log", "audit_home"),
    ),
    "SELECT, INSERT, UPDATE, DELETE": (
        *("rate_window", "idempotent_answer", "job_finding", "worker_process"),
        *("connector_object", "output_write", "webhook_delivery", "pseudonym"),
    ),
}


def grant(database: Database, role: str) -> None:
    """Give an existing PostgreSQL role what the running server needs, and nothing that could change an event."""
    with database.write_engine.begin() as connection:
        quoted = connection.dialect.identifier_preparer.quote(role)
        privileges = [
            "USAGE ON SCHEMA public",
            "SELECT ON alembic_version",
            *(f"{verbs} ON {', '.join(tables)}" for verbs, tables in GRANTED.items()),
            "EXECUTE ON FUNCTION audit_erase",  # the one way to empty what an erasure names
            "EXECUTE ON FUNCTION audit_unit",  # which the guard asks in the role's own name
            "USAGE ON ALL SEQUENCES IN SCHEMA public",
        ]
        for privilege in privileges:
            connection.execute(text(f"GRANT {privilege} TO {quoted}"))
