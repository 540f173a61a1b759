"""The part of fsck that looks at the rules of the database and at the audited rows.

What the rules must be is asked of the migrations themselves: on SQLite of a fresh database, whose triggers must be the
same text; on PostgreSQL of the statements that the migrations would send, whose triggers and functions must be there,
in force, and say the same.
"""

import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Table, create_mock_engine, or_, select, text
from sqlalchemy.orm import Session

from expunct_server.audit.catalog import CATALOG
from expunct_server.audit.models import AuditEvent
from expunct_server.db import migrate
from expunct_server.db.base import Audited, Base
from expunct_server.db.session import Database
from expunct_server.verifying.fsck_tree import Problem

_READ = 2000


# --- audited rows ---------------------------------------------------------------------------------------------------


def check_rows(database: Database, problem: Problem) -> None:
    """Each audited row names an event that is there, about this very row, in its tenant's log, and that permits it."""
    looks = sorted(name for name, cls in CATALOG.items() if not cls.changes)
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__name__):
        audit = getattr(mapper.class_, "__audit__", None)
        table, event = mapper.local_table, AuditEvent.__table__.c
        if not isinstance(audit, Audited) or not isinstance(table, Table):
            continue
        subject, named = table.c[audit.subject], table.c["audit_event_id"]
        owner = table.c.get("tenant_id", subject if audit.resource_type == "tenant" else None)
        wrong = [
            event.id.is_(None),
            event.resource_id != subject,
            event.resource_type != audit.resource_type,
            event.event_type.in_(looks),
        ]
        if owner is not None:
            wrong.append(event.tenant_id != owner)
        query = select(subject, named, event.id).select_from(table.outerjoin(AuditEvent, event.id == named))
        with database.reading() as session:
            found = session.execute(query.where(or_(*wrong)).order_by(subject).execution_options(yield_per=_READ))
            for row_id, event_id, there in found:
                says = "is no event" if there is None else "does not tell of this row, or is another tenant's"
                problem(f"table {table.name}, row {row_id}: the event {event_id} that it names {says}")


# --- the rules of the database --------------------------------------------------------------------------------------


def check_rules(database: Database, problem: Problem) -> None:
    """The guard's triggers are there, in force, and as a fresh migration makes them; and there are no others."""
    with database.reading() as session:
        if database.dialect == "sqlite":
            _compare("trigger", sqlite_triggers(session), _fresh_sqlite(), problem)
            return
        found, functions = _postgresql_triggers(session), _postgresql_functions(session)
    wanted = expected_postgresql()
    _compare("trigger", found, wanted.triggers, problem)
    _compare("function", functions, wanted.functions, problem)


def _compare(kind: str, found: Mapping[str, str], wanted: Mapping[str, str], problem: Problem) -> None:
    for name in sorted(found.keys() | wanted.keys()):
        if name not in found:
            problem(f"{kind} {name}: it is missing; the rule that it keeps is not in force")
        elif name not in wanted:
            problem(f"{kind} {name}: no migration makes it")
        elif found[name] != wanted[name]:
            problem(f"{kind} {name}: it is switched off, or not what the migrations make")


def sqlite_triggers(session: Session) -> dict[str, str]:
    """The text of every trigger on a table of this project, by name."""
    rows = session.execute(text("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"))
    return {f"{name} on {table}": sql for name, table, sql in rows if table in Base.metadata.tables}


@cache
def _fresh_sqlite() -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        fresh = Database(f"sqlite:///{Path(folder) / 'fresh.db'}")
        try:
            migrate.upgrade(fresh)
            with fresh.reading() as session:
                return sqlite_triggers(session)
        finally:
            fresh.close()


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


class Expected(NamedTuple):
    """What the migrations make on PostgreSQL, by name; the triggers as `plain` leaves them."""

    triggers: dict[str, str]
    functions: dict[str, str]


_ON: Final = {"O": "on", "A": "always"}


def _postgresql_triggers(session: Session) -> dict[str, str]:
    """Every trigger in the schema that is not a constraint's own; those that are switched off say so."""
    query = """SELECT t.tgname, c.relname, t.tgenabled::text, pg_get_triggerdef(t.oid) FROM pg_trigger t
        JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE NOT t.tgisinternal AND n.nspname = 'public'"""
    return {
        f"{name} on {table}": plain(definition) if enabled in _ON else "off"
        for name, table, enabled, definition in session.execute(text(query))
        if table in Base.metadata.tables
    }


def _postgresql_functions(session: Session) -> dict[str, str]:
    query = """SELECT p.proname, p.prosrc, p.proconfig::text FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public' AND p.proname LIKE 'audit\\_%'"""
    return {name: _function(source, settings or "") for name, source, settings in session.execute(text(query))}


def _function(source: str, settings: str) -> str:
    """A function's text as it is, and the settings it runs under."""
    return f"{source.strip()}\n{plain(settings)}"


def plain(sql: str) -> str:
    """SQL without what PostgreSQL adds when it prints it: schemas, casts, quotes, parentheses, layout and case."""
    bare = re.sub(r"::[a-z]+(?: varying)?|\bpublic\.|[\"(){}]", " ", sql.replace("!=", "<>"), flags=re.IGNORECASE)
    return " ".join(re.sub(r"([=,])", r" \1 ", bare).lower().split())


_TRIGGER = re.compile(r"CREATE TRIGGER (\w+)\s+(?:BEFORE|AFTER)\s.*?\bON (\w+)", re.DOTALL)
_FUNCTION = re.compile(
    r"CREATE (?:OR REPLACE )?FUNCTION (\w+)\([^)]*\).*?SET (search_path) = ([^$]*?)\s+AS \$\$(.*)\$\$", re.DOTALL
)
_DROPPED = re.compile(r"DROP TRIGGER (\w+) ON (\w+)")


@cache
def expected_postgresql() -> Expected:
    """Read from what the migrations say, in their order."""
    made = Expected({}, {})
    for statement in postgresql_statements():
        if match := _DROPPED.search(statement):
            made.triggers.pop(f"{match[1]} on {match[2]}", None)
        elif match := _TRIGGER.search(statement):
            made.triggers[f"{match[1]} on {match[2]}"] = plain(statement)
        elif match := _FUNCTION.search(statement):
            made.functions[match[1]] = _function(match[4], f"{match[2]}={match[3]}")
    return made


def postgresql_statements() -> list[str]:
    """What all migrations send to a fresh PostgreSQL database. None is needed for it."""
    sent: list[str] = []

    def take(statement: Any, *_: Any, **__: Any) -> None:
        sent.append(
            statement
            if isinstance(statement, str)
            else str(statement.compile(dialect=engine.dialect)).replace("%%", "%")
        )

    engine = create_mock_engine("postgresql+psycopg://", take)
    context = MigrationContext.configure(connection=engine)  # type: ignore[arg-type]
    script = ScriptDirectory(str(Path(migrate.__file__).parent / "migrations"))
    with Operations.context(context):
        for revision in reversed(list(script.walk_revisions())):
            revision.module.upgrade()
    return sent
