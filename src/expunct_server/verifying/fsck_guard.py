"""The part of fsck that looks at the rules of the database and at the audited rows.

What the rules must be is asked of the migrations themselves: on SQLite of a fresh database, whose triggers must be the
same text; on PostgreSQL of the statements that the migrations would send (`fsck_postgresql`).
"""

import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sqlalchemy import Table, or_, select, text
from sqlalchemy.orm import Session

from expunct_server.audit.catalog import CATALOG
from expunct_server.audit.models import AuditEvent
from expunct_server.db import migrate
from expunct_server.db.base import Audited, Base
from expunct_server.db.session import Database
from expunct_server.verifying.fsck_postgresql import beside_the_rules, expected_rules, found_rules
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
    """The guard's rules are there, in force, and as a fresh migration makes them; and there are no others."""
    with database.reading() as session:
        if database.dialect == "sqlite":
            _compare("trigger", sqlite_triggers(session), _fresh_sqlite(), problem)
            return
        found, beside = found_rules(session), list(beside_the_rules(session))
    wanted = expected_rules()
    _compare("trigger", found.triggers, wanted.triggers, problem)
    _compare("function", found.functions, wanted.functions, problem)
    _compare("constraint", found.constraints, wanted.constraints, problem)
    for each in beside:
        problem(each)


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
