"""Bringing a database to the schema of this version. Safe to call from several processes at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from expunct_server.db.session import Database, unavailable
from expunct_server.errors import Unavailable

_LOCK = 0x65787075  # any number, the same for all: "expu"


def upgrade(database: Database) -> bool:
    """Migrate to the newest schema; True when there was something to do. Raises `Unavailable` for a newer database."""
    try:
        with database.write_engine.begin() as connection:
            if database.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            current = MigrationContext.configure(connection).get_current_revision()
            config = _config(connection)
            script = ScriptDirectory.from_config(config)
            if current == script.get_current_head():
                return False
            if current is not None and current not in {each.revision for each in script.walk_revisions()}:
                raise Unavailable("The database was made by a newer version of this server.", code="newer_database")
            command.upgrade(config, "head")
            return True
    except OperationalError as error:
        raise unavailable(error) from None


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


# What the application's role may do on PostgreSQL when it is not the owner: on events no more than add and read.
_GRANTS = """
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT ON alembic_version TO {role};
GRANT SELECT, INSERT ON audit_event, policy_version TO {role};
GRANT SELECT, INSERT, UPDATE ON tenant, api_key, policy, job TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON rate_window, idempotent_answer, job_finding, worker_process TO {role};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};
"""


def grant(database: Database, role: str) -> None:
    """Give an existing PostgreSQL role what the running server needs, and nothing that could change an event."""
    with database.write_engine.begin() as connection:
        quoted = connection.dialect.identifier_preparer.quote(role)
        for statement in _GRANTS.format(role=quoted).strip().split(";"):
            if statement.strip():
                connection.execute(text(statement))
