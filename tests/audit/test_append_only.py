"""The log takes new events and nothing else: by its triggers on both databases, and on PostgreSQL by role as well."""

import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, delete, insert, make_url, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from expunct_server import ids
from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.entry import PARTS
from expunct_server.audit.models import AuditEvent
from expunct_server.audit.recorder import Unit
from expunct_server.audit.selection import Criteria
from expunct_server.db.migrate import grant
from expunct_server.db.session import Database
from expunct_server.erasures.service import carry_out, look_for
from expunct_server.jobs.models import WorkerProcess
from expunct_server.publishing import sequencer
from expunct_server.publishing.publisher import Publisher
from expunct_server.settings import Settings
from tests.audit.support import ACCEPTED, GUARDED, Act, Attempt, acting, events, outcome, outcomes, state
from tests.conftest import run_sql

LOG = AuditEvent.__table__
STAYS = "events are never changed or removed"


@pytest.fixture
def database(shared: Database) -> Database:
    return shared


@pytest.fixture
def act(shared_act: Act) -> Act:
    return shared_act


def event_row(**values: Any) -> dict[str, Any]:
    """A whole event as somebody could write it past the recorder."""
    return {
        "id": ids.new("evt"),
        "tenant_id": "default",
        "event_type": "job.report_viewed",
        "resource_type": "job",
        "resource_id": "job_1",
        "actor": "forger",
        "actor_id": "forger",
        "outcome": "success",
        "details": "{}",
        "is_truncated": False,
        "schema_version": 1,
        "created_at": ids.now(),
        "salt": bytes(16),
    } | values


@pytest.fixture
def known(database: Database, act: Act) -> dict[str, Any]:
    """An event that is in the log."""
    with act() as unit:
        event = unit.record(JobReportViewed(), resource_id="job_known")
    return events(database, id=event.id)[0]


# --- by trigger -------------------------------------------------------------------------------------------------------


def test_no_column_of_an_event_changes(database: Database, act: Act, known: dict[str, Any]) -> None:
    before = state(database)
    attempts: dict[str, Attempt] = {
        name: lambda unit, name=name: unit.session.execute(
            update(LOG).where(LOG.c.id == known["id"]).values({name: LOG.c.schema_version})
        )
        for name in ("position", "schema_version", "created_at", "unit")
    }
    attempts |= {
        name: lambda unit, name=name: unit.session.execute(
            update(LOG).where(LOG.c.id == known["id"]).values({name: "other"})
        )
        for name in known
        if LOG.c[name].type.python_type is str
    }
    attempts |= {
        name: lambda unit, name=name: unit.session.execute(
            update(LOG).where(LOG.c.id == known["id"]).values({name: b"other"})
        )
        for name in ("salt", "commitments")
    }
    attempts["is_truncated"] = lambda unit: unit.session.execute(update(LOG).values(is_truncated=True))

    found = outcomes(act, attempts)

    assert set(found) == set(LOG.columns.keys())
    assert found == dict.fromkeys(found, f"append-only: UPDATE on audit_event: {STAYS}")
    assert state(database) == before


def test_no_way_removes_or_replaces_an_event(database: Database, act: Act, known: dict[str, Any]) -> None:
    before = state(database)
    kind = sqlite if database.dialect == "sqlite" else postgresql
    forged = event_row(id=known["id"])
    upsert = kind.insert(LOG).values(forged).on_conflict_do_update(index_elements=["id"], set_={"actor": "forger"})
    attempts: dict[str, Attempt] = {
        "DELETE": lambda unit: unit.session.execute(text("DELETE FROM audit_event")),
        "Core": lambda unit: unit.session.execute(delete(LOG).where(LOG.c.id == known["id"])),
        "ORM where": lambda unit: unit.session.execute(delete(AuditEvent)),
        "ORM flush": lambda unit: unit.session.delete(unit.session.scalars(select(AuditEvent).limit(1)).one()),
        "upsert": lambda unit: unit.session.execute(upsert),
    }
    expected = dict.fromkeys(attempts, f"append-only: DELETE on audit_event: {STAYS}")
    expected["upsert"] = f"append-only: UPDATE on audit_event: {STAYS}"
    if database.dialect == "postgresql":
        attempts["TRUNCATE"] = lambda unit: unit.session.execute(text("TRUNCATE audit_event CASCADE"))
        expected["TRUNCATE"] = f"append-only: TRUNCATE on audit_event: {STAYS}"
    else:
        replace = insert(LOG).prefix_with("OR REPLACE")
        attempts["REPLACE by id"] = lambda unit: unit.session.execute(replace.values(forged))
        attempts["REPLACE by position"] = lambda unit: unit.session.execute(
            replace.values(event_row(position=known["position"]))
        )
        attempts["UPDATE OR REPLACE"] = lambda unit: unit.session.execute(
            update(LOG).prefix_with("OR REPLACE").where(LOG.c.id == known["id"]).values(position=1)
        )
        new = "append-only: INSERT on audit_event: must be stamped and new"
        expected |= {"upsert": new, "REPLACE by id": new, "REPLACE by position": new}
        expected["UPDATE OR REPLACE"] = f"append-only: UPDATE on audit_event: {STAYS}"

    assert outcomes(act, attempts) == expected
    assert state(database) == before


def test_an_event_of_the_same_unit_is_not_replaced_either(sqlite_database: Database) -> None:
    before = state(sqlite_database)

    def attempt(unit: Unit) -> None:
        event = unit.record(JobReportViewed(), resource_id="job_1")
        unit.session.execute(insert(LOG).prefix_with("OR REPLACE").values(event_row(id=event.id)))

    assert outcome(acting(sqlite_database), attempt) == "append-only: INSERT on audit_event: must be stamped and new"
    assert state(sqlite_database) == before


def test_sqlite_refuses_a_forged_unit_position_or_id(sqlite_database: Database) -> None:
    act = acting(sqlite_database)
    with act() as unit:
        known = unit.record(JobReportViewed(), resource_id="job_1")
    last = events(sqlite_database, id=known.id)[0]
    before = state(sqlite_database)
    forged = {
        "another unit": {"unit": last["unit"]},
        "no unit": {"unit": None},
        "unit 0": {"unit": 0},
        "position taken": {"position": last["position"]},
        "position 0": {"position": 0},
        "position below zero": {"position": -1},
        "position far ahead": {"position": last["position"] + 2_000_000},
        "the last position there is": {"position": 2**63 - 1},
        "id taken": {"id": known.id},
        "id taken, of another row": {"id": known.id, "resource_id": "job_2"},
    }
    attempts: dict[str, Attempt] = {
        way: lambda unit, values=values: unit.session.execute(insert(LOG).values(event_row(**values)))
        for way, values in forged.items()
    }

    stamped = "append-only: INSERT on audit_event: must be stamped and new"
    given = "append-only: INSERT on audit_event: positions are given by the database"
    ahead = ("position 0", "position below zero", "position far ahead", "the last position there is")
    assert outcomes(act, attempts) == dict.fromkeys(attempts, stamped) | dict.fromkeys(ahead, given)
    assert state(sqlite_database) == before
    with act() as unit:  # and the log goes on where it was
        following = unit.record(JobReportViewed(), resource_id="job_1")
    assert events(sqlite_database, id=following.id)[0]["position"] == last["position"] + 1


def test_numbers_that_an_ignored_insert_burnt_do_not_stop_the_log(sqlite_database: Database) -> None:
    act = acting(sqlite_database)
    ignored = insert(LOG).prefix_with("OR IGNORE").values([event_row(), event_row(actor=None), event_row()])
    with act() as unit:
        unit.session.execute(ignored)
        event = unit.record(JobReportViewed(), resource_id="job_1")
    assert [row["actor"] for row in events(sqlite_database)][-3:] == ["forger", "forger", "cli:tester"]
    assert events(sqlite_database)[-1]["id"] == event.id


def test_postgresql_stamps_over_a_forged_unit_and_position(postgresql_database: Database) -> None:
    act = acting(postgresql_database)
    with act() as unit:
        before = unit.record(JobReportViewed(), resource_id="job_1")
        transaction = unit.session.scalar(text("SELECT audit_unit()"))
        for forged in ({"unit": 1, "position": 2**62}, {"unit": 0, "position": -1}, {"position": 1}):
            unit.session.execute(insert(LOG).values(event_row(resource_id=before.id, **forged)))
    first = events(postgresql_database, id=before.id)[0]

    found = [(row["position"], row["unit"]) for row in events(postgresql_database, resource_id=before.id)]

    assert first["unit"] == transaction
    assert found == [(first["position"] + n, transaction) for n in (1, 2, 3)]


def test_postgresql_refuses_an_id_that_is_taken(postgresql_database: Database) -> None:
    act = acting(postgresql_database)
    with act() as unit:
        known = unit.record(JobReportViewed(), resource_id="job_1")
    before = state(postgresql_database)
    found = outcome(act, lambda unit: unit.session.execute(insert(LOG).values(event_row(id=known.id))))
    assert "uq_audit_event_id" in found
    assert state(postgresql_database) == before


def test_another_program_cannot_touch_the_log(sqlite_database: Database) -> None:
    acting_ = acting(sqlite_database)
    with acting_() as unit:
        known = unit.record(JobReportViewed(), resource_id="job_1")
    before = state(sqlite_database)
    row = events(sqlite_database, id=known.id)[0]
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    unknown = "no such function: audit_unit"
    connection = sqlite3.connect(sqlite_database.url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA foreign_keys = OFF")

    def said(sql: str, values: tuple[Any, ...] = ()) -> str:
        try:
            connection.execute(sql, values)
        except sqlite3.Error as error:
            return str(error).replace("unknown function: audit_unit()", unknown)  # when not found at once
        return ACCEPTED

    found = {
        "insert": said(f"INSERT INTO audit_event ({columns}) VALUES ({marks})", tuple(row.values())),
        "replace": said(f"REPLACE INTO audit_event ({columns}) VALUES ({marks})", tuple(row.values())),
        "update": said("UPDATE audit_event SET actor = 'forger'"),
        "delete": said("DELETE FROM audit_event"),
    }
    connection.close()

    assert found == {
        "insert": unknown,
        "replace": unknown,
        "update": "no such function: audit_hmac",  # asked whether it is an erasure
        "delete": f"append-only: DELETE on audit_event: {STAYS}",
    }
    assert state(sqlite_database) == before


# --- by role ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def role(postgresql_database: Database) -> Iterator[str]:
    """A role as an operator makes one for the running server, granted what `migrate --role` grants."""
    name = "server-" + secrets.token_hex(4)  # a dash: the name must be quoted
    run_sql(postgresql_database.url, f"CREATE ROLE \"{name}\" LOGIN PASSWORD 'not-a-secret'")
    grant(postgresql_database, name)
    yield name
    run_sql(postgresql_database.url, f'DROP OWNED BY "{name}"', f'DROP ROLE "{name}"')


@pytest.fixture(scope="module")
def as_role(postgresql_database: Database, role: str) -> Iterator[Database]:
    """The database as that role sees it."""
    url = make_url(postgresql_database.url).set(username=role, password="not-a-secret")
    database = Database(url.render_as_string(hide_password=False), busy_timeout_seconds=1)
    yield database
    database.close()


@pytest.fixture(scope="module")
def role_engine(as_role: Database) -> Iterator[Engine]:
    engine = create_engine(as_role.url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


def test_the_role_may_do_units_of_work(as_role: Database, role_engine: Engine) -> None:
    act = acting(as_role)
    made = {name: guarded.make(act) for name, guarded in GUARDED.items()}
    changed = {}
    for name, row in made.items():
        guarded = GUARDED[name]
        if guarded.mutable:
            change = {guarded.mutable[0]: guarded.changed(guarded.mutable[0], row)}
            with act(guarded.log(row)) as unit:
                change["audit_event_id"] = guarded.record(unit, row).id
                unit.session.execute(update(guarded.table).where(guarded.key(row)).values(change))
            changed[name] = row | change
    with act() as unit:  # heartbeats: no act of anyone
        unit.session.add(WorkerProcess(id="host-1", version="1", started_at=1, heartbeat_at=1))
        unit.session.flush()
        unit.session.execute(delete(WorkerProcess))

    with role_engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar() == make_url(as_role.url).username
    assert {name: GUARDED[name].read(as_role, row) for name, row in made.items()} == made | changed


def test_the_role_may_publish_the_log_and_erase_as_the_log_says(as_role: Database, tmp_path: Path) -> None:
    with acting(as_role)() as unit:
        known = unit.record(JobReportViewed(), resource_id="job_published")
    publisher = Publisher(Settings(data=tmp_path, database_url=as_role.url), as_role)
    while publisher.step(now=True):
        pass
    which, parts = Criteria(event_ids=(known.id,)), frozenset(PARTS)
    found = look_for(as_role, "default", which, parts)
    with acting(as_role)() as unit:
        carry_out(unit, which, parts, "test", found)
    head = sequencer.head(as_role, "default")
    [row] = events(as_role, id=known.id)

    assert head is not None and head.published_size == head.size > 0
    assert (row["actor"], row["details"], row["salt"], len(row["commitments"])) == ("erased", "{}", None, 96)


def test_the_role_is_guarded_like_everyone(as_role: Database) -> None:
    guarded = GUARDED["tenant"]
    row = guarded.make(acting(as_role))
    found = outcome(acting(as_role), lambda unit: unit.session.execute(update(guarded.table).values(plan="x")))
    assert found == f"unrecorded change: UPDATE on tenant {guarded.needs}"
    assert guarded.read(as_role, row) == row


_DENIED = {
    "change an event": "UPDATE audit_event SET actor = 'forger'",
    "remove an event": "DELETE FROM audit_event",
    "empty the log": "TRUNCATE audit_event CASCADE",
    "switch a trigger off": "ALTER TABLE audit_event DISABLE TRIGGER ALL",
    "switch a guard off": "ALTER TABLE tenant DISABLE TRIGGER tenant_guard_update",
    "drop a trigger": "DROP TRIGGER audit_event_append ON audit_event",
    "drop the log": "DROP TABLE audit_event CASCADE",
    "rename the log": "ALTER TABLE audit_event RENAME TO old",
    "drop the foreign key": "ALTER TABLE tenant DROP CONSTRAINT fk_tenant_audit_event_id_id",
    "rewrite a rule": "CREATE RULE nothing AS ON UPDATE TO tenant DO INSTEAD NOTHING",
    "add a trigger": "CREATE TRIGGER mine BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse()",
    "replace the guard": "CREATE OR REPLACE FUNCTION public.audit_guard() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NEW; END'",
    "drop the guard": "DROP FUNCTION audit_guard() CASCADE",
    "make a table of its own": "CREATE TABLE public.mine (id int)",
    "act as a replica": "SET session_replication_role = replica",
    "be the owner": "SET ROLE postgres",
    "wind the positions back": "SELECT setval('audit_event_position_seq', 1)",
    "restart the positions": "ALTER SEQUENCE audit_event_position_seq RESTART",
    "lock the log": "BEGIN; LOCK TABLE audit_event IN ACCESS EXCLUSIVE MODE",
    "erase without an erasure": "SELECT audit_erase(position, ARRAY['actor'], 'x') FROM audit_event",
    "take an entry from the log": "DELETE FROM audit_entry",
    "move an entry": "UPDATE audit_entry SET seq = seq + 1000000",
    "forget that an event waits": "DELETE FROM audit_pending",
    "wind a log back": "UPDATE audit_log SET size = 0, published_size = 0",
    "call a log something else": "UPDATE audit_log SET origin = 'other'",
    "lock an event": "SELECT * FROM audit_event FOR UPDATE",
    "upsert an event": "INSERT INTO audit_event (id) VALUES ('x') ON CONFLICT (id) DO UPDATE SET actor = 'forger'",
    "remove a tenant": "DELETE FROM tenant",
    "empty the jobs": "TRUNCATE job CASCADE",
    "change a version of a policy": "UPDATE policy_version SET document = '{}'",
    "say that it is of another version": "UPDATE alembic_version SET version_num = '0000'",
}


def test_what_the_role_may_not_do(postgresql_database: Database, role_engine: Engine) -> None:
    before = state(postgresql_database)
    schema = _objects(postgresql_database)
    found = {act: _said(role_engine, sql) for act, sql in _DENIED.items()}

    assert {act: said for act, said in found.items() if not _is_denied(said)} == {}
    assert state(postgresql_database) == before
    assert _objects(postgresql_database) == schema


def test_a_grant_twice_is_a_grant_once(postgresql_database: Database, role: str) -> None:
    before = _privileges(postgresql_database, role)
    grant(postgresql_database, role)
    assert _privileges(postgresql_database, role) == before
    assert before["audit_event"] == ["INSERT", "SELECT"]
    assert before["policy_version"] == ["INSERT", "SELECT"]


def _said(engine: Engine, sql: str) -> str:
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(sql)
    except DBAPIError as error:
        return str(error.orig).splitlines()[0]
    return ACCEPTED


def _is_denied(said: str) -> bool:
    """By its privileges or, where it needs some of them, by the table's own rules."""
    return said.startswith(("permission denied", "must be owner", "append-only: "))


def _objects(database: Database) -> list[Any]:
    """Every trigger and whether it fires, and every table."""
    query = (
        "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger"
        " UNION SELECT relname, relkind::text, '' FROM pg_class"
    )
    with database.reading() as session:
        return sorted(tuple(row) for row in session.execute(text(query)) if not row[0].startswith("pg_"))


def _privileges(database: Database, role: str) -> dict[str, list[str]]:
    query = text(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        " WHERE grantee = :role ORDER BY table_name, privilege_type"
    )
    found: dict[str, list[str]] = {}
    with database.reading() as session:
        for table, privilege in session.execute(query, {"role": role}):
            found.setdefault(table, []).append(privilege)
    return found
