"""The census: every table there is has a place in the audit log's rules, and really has them in the database."""

import re
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from expunct_server.db.base import Audited, Base, Operational
from expunct_server.db.session import Database
from tests.audit.support import GUARDED, WRITTEN_ONCE, Guarded

DBOS_TABLES = {
    "dbos_migrations",
    "workflow_status",
    "notifications",
    "workflow_events",
    "workflow_events_history",
    "streams",
    "workflow_schedules",
    "application_versions",
    "queues",
    "workflow_input",
    "workflow_output",
    "operation_outputs",
}
MODELS = {model.__tablename__: model for model in (mapper.class_ for mapper in Base.registry.mappers)}


def test_every_table_of_the_models_says_how_it_stands_to_the_log() -> None:
    stands = {name: MODELS[name].__dict__.get("__audit__") if name in MODELS else None for name in Base.metadata.tables}
    silent = [name for name, audit in stands.items() if not isinstance(audit, Audited | Operational)]
    assert silent == [], "Say in __audit__ that its rows are Audited, or Operational and why."
    unexplained = [name for name, audit in stands.items() if isinstance(audit, Operational) and len(audit.reason) < 10]
    assert unexplained == [], "An Operational table needs a reason that a reader understands."


def test_every_table_of_a_real_database_is_known(database: Database) -> None:
    with database.reading() as session:
        inspector = inspect(session.connection())
        found = set(inspector.get_table_names())
        schemas = set(inspector.get_schema_names()) - {"information_schema"}
    ours = set(Base.metadata.tables) | {"alembic_version"}
    if database.dialect == "sqlite":
        assert found - ours <= DBOS_TABLES, "A table that no model describes: give it one, with its __audit__."
        assert schemas == {"main"}
    else:
        assert found == ours
        assert schemas == {"public", "dbos"}
    assert ours <= found


def test_operational_columns_exist_and_are_never_the_subject() -> None:
    for guarded in GUARDED.values():
        columns = set(guarded.table.columns.keys())
        assert guarded.audit.operational <= columns, guarded.name
        assert not guarded.audit.operational & (guarded.identity | {"audit_event_id"}), guarded.name


def test_the_models_say_what_the_migrations_made(database: Database) -> None:
    def include(name: str | None, kind: str, parents: Any) -> bool:
        return kind != "table" or name not in DBOS_TABLES

    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"include_name": include, "compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    assert differences == [], "A model changed: write a migration (and mind its triggers)."


def test_the_comparison_notices_a_difference(database: Database) -> None:
    from sqlalchemy import Column, Integer, MetaData

    other = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.tables.values():
        table.to_metadata(other)
    other.tables["job"].append_column(Column("added", Integer))
    with database.reading() as session:
        context = MigrationContext.configure(
            session.connection(),
            opts={"include_name": lambda name, kind, _: kind != "table" or name not in DBOS_TABLES},
        )
        assert [change[0] for change in compare_metadata(context, other)] == ["add_column"]


# --- the rules in the database ----------------------------------------------------------------------------------------


def triggers(database: Database, table: str) -> dict[str, str]:
    """The table's triggers that fire, by name, in the database's own words."""
    sql = {
        "sqlite": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table",
        "postgresql": "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE tgrelid = to_regclass(:table) AND NOT tgisinternal AND tgenabled = 'O'",
    }
    with database.reading() as session:
        rows = session.execute(text(sql[database.dialect]), {"table": table})
        return {str(name): str(found) for name, found in rows}


def expected_triggers(guarded: Guarded, dialect: str) -> set[str]:
    kinds = ["guard_insert", "guard_update", "guard_delete", "guard_identity"]
    kinds += ["guard_truncate"] if dialect == "postgresql" else []
    kinds += ["immutable"] if guarded.name in WRITTEN_ONCE else []
    return {f"{guarded.name}_{kind}" for kind in kinds}


def watched(trigger: str) -> list[str]:
    """The columns whose change makes a trigger fire."""
    plain = re.sub(r"::\w+|[()]", "", trigger)  # PostgreSQL: (new.id)::text IS DISTINCT FROM (old.id)::text
    pairs = re.findall(r"NEW\.(\w+) IS (?:NOT|DISTINCT FROM) OLD\.(\w+)", plain, re.IGNORECASE)
    assert all(new == old for new, old in pairs)
    return sorted(new for new, _ in pairs)


@pytest.fixture
def rules(database: Database) -> dict[str, dict[str, str]]:
    return {name: triggers(database, name) for name in (*GUARDED, "audit_event")}


def test_every_audited_table_has_its_triggers(database: Database, rules: dict[str, dict[str, str]]) -> None:
    expected = {name: expected_triggers(guarded, database.dialect) for name, guarded in GUARDED.items()}
    log = {
        "sqlite": {"append", "form", "in_order", "pending", "no_update", "no_delete"},
        "postgresql": {"append", "pending", "no_update", "no_delete", "no_truncate"},
    }
    expected["audit_event"] = {f"audit_event_{kind}" for kind in log[database.dialect]}
    assert {name: set(found) for name, found in rules.items()} == expected


def test_the_triggers_watch_exactly_the_significant_columns(rules: dict[str, dict[str, str]]) -> None:
    watching = {name: watched(rules[name][f"{name}_guard_update"]) for name in GUARDED}
    assert watching == {name: sorted([*guarded.significant, "audit_event_id"]) for name, guarded in GUARDED.items()}, (
        "A column was added: name it in the triggers by a migration, or in the model's `operational`."
    )
    keeping = {name: watched(rules[name][f"{name}_guard_identity"]) for name in GUARDED}
    assert keeping == {name: sorted(guarded.identity) for name, guarded in GUARDED.items()}


def test_the_triggers_look_for_the_right_event(database: Database, rules: dict[str, dict[str, str]]) -> None:
    for name, guarded in GUARDED.items():
        subject, kind = guarded.audit.subject, guarded.audit.resource_type
        owner = ("id" if name == "tenant" else "tenant_id") if guarded.has_log else ""
        for rule in ("guard_insert", "guard_update"):
            found = " ".join(rules[name][f"{name}_{rule}"].split())
            if database.dialect == "postgresql":
                assert f"audit_guard('{subject}', '{kind}', '{owner}')" in found
            else:
                wanted = f"e.resource_id = NEW.{subject} AND e.resource_type = '{kind}' "
                assert wanted + (f"AND e.tenant_id = NEW.{owner} " if owner else "") in found


def test_every_audited_row_is_tied_to_its_event_by_a_foreign_key(database: Database) -> None:
    with database.reading() as session:
        inspector = inspect(session.connection())
        found = {
            name: [
                (each["constrained_columns"], each["referred_columns"], each["options"])
                for each in inspector.get_foreign_keys(name)
                if each["referred_table"] == "audit_event"
            ]
            for name in GUARDED
        }
    deferred = {"deferrable": True, "initially": "DEFERRED"}
    assert found == {
        name: [(["audit_event_id", guarded.audit.subject], ["id", "resource_id"], deferred)]
        for name, guarded in GUARDED.items()
    }
