"""The guard: whatever way a change takes, it commits together with an event that names its row, or not at all."""

import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from expunct_server.audit.catalog import CATALOG, Event, JobDownloaded
from expunct_server.audit.recorder import Actor, Unit
from expunct_server.db.guard import LOOKS as LOOKS_IN_GUARD
from expunct_server.db.session import Database
from expunct_server.tenants import service
from tests.audit.support import ACCEPTED, GUARDED, Act, Attempt, Guarded, acting, outcome, outcomes, sample, state


@pytest.fixture
def database(shared: Database) -> Database:
    return shared


@pytest.fixture
def act(shared_act: Act) -> Act:
    return shared_act


@pytest.fixture(params=list(GUARDED))
def guarded(request: pytest.FixtureRequest) -> Guarded:
    return GUARDED[request.param]


def refused(guarded: Guarded, operation: str, attempts: dict[str, Any]) -> dict[str, str]:
    """What is to become of each attempt: refused, for want of an event."""
    return dict.fromkeys(attempts, f"unrecorded change: {operation} on {guarded.name} {guarded.needs}")


def begins(found: dict[str, str]) -> dict[str, str]:
    """The outcomes without the reason: where two rules refuse, the databases differ in which speaks first."""
    return {way: " ".join(said.split(" ")[:5]).rstrip(":") for way, said in found.items()}


# --- ways to write ----------------------------------------------------------------------------------------------------


def inserts(guarded: Guarded, row: dict[str, Any], dialect: str) -> dict[str, Attempt]:
    """Every way to insert a row."""
    table, columns = guarded.table, ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    sql = text(f"INSERT INTO {table.name} ({columns}) VALUES ({marks})")
    kind = sqlite if dialect == "sqlite" else postgresql

    def orm(unit: Unit) -> None:
        unit.session.add(guarded.model(**guarded.attributes(row)))
        unit.session.flush()

    def copy(unit: Unit) -> None:
        driver = unit.session.connection().connection.driver_connection
        with driver.cursor().copy(f"COPY {table.name} ({columns}) FROM STDIN") as into:
            into.write_row(list(row.values()))

    key = [column.name for column in table.primary_key.columns]
    upsert = kind.insert(table).values(row).on_conflict_do_update(index_elements=key, set_=row)
    ways: dict[str, Attempt] = {
        "raw SQL": lambda unit: unit.session.execute(sql, row),
        "Core": lambda unit: unit.session.execute(insert(table).values(row)),
        "ORM flush": orm,
        "bulk": lambda unit: unit.session.execute(insert(guarded.model), [guarded.attributes(row)] * 2),
        "upsert": lambda unit: unit.session.execute(upsert),
    }
    if dialect == "sqlite":
        for prefix in ("REPLACE", "IGNORE", "FAIL"):
            statement = insert(table).values(row).prefix_with(f"OR {prefix}")
            ways[f"INSERT OR {prefix}"] = lambda unit, statement=statement: unit.session.execute(statement)
        return ways
    merge = text(
        f"MERGE INTO {table.name} USING (SELECT 1) s ON false WHEN NOT MATCHED THEN INSERT ({columns}) VALUES ({marks})"
    )
    return ways | {"COPY": copy, "MERGE": lambda unit: unit.session.execute(merge, row)}


def updates(guarded: Guarded, row: dict[str, Any], change: dict[str, Any], dialect: str) -> dict[str, Attempt]:
    """Every way to change columns of a row that is there."""
    table, model, changed = guarded.table, guarded.model, row | change
    key = [column.name for column in table.primary_key.columns]
    identity = {name: row[name] for name in key}
    where = " AND ".join(f"{name} = :key_{name}" for name in key)
    marks = ", ".join(f"{name} = :{name}" for name in change)
    bound = change | {f"key_{name}": value for name, value in identity.items()}
    kind = sqlite if dialect == "sqlite" else postgresql
    upsert = kind.insert(table).values(changed).on_conflict_do_update(index_elements=key, set_=change)

    def orm(unit: Unit) -> None:
        found = unit.session.scalars(select(model).where(guarded.key(row))).one()
        for name, value in guarded.attributes(change).items():
            setattr(found, name, value)
        unit.session.flush()

    ways: dict[str, Attempt] = {
        "raw SQL": lambda unit: unit.session.execute(text(f"UPDATE {table.name} SET {marks} WHERE {where}"), bound),
        "Core": lambda unit: unit.session.execute(update(table).where(guarded.key(row)).values(change)),
        "ORM flush": orm,
        "ORM where": lambda unit: unit.session.execute(
            update(model).where(guarded.key(row)).values(guarded.attributes(change))
        ),
        "bulk": lambda unit: unit.session.execute(update(model), [guarded.attributes(identity | change)]),
        "upsert": lambda unit: unit.session.execute(upsert),
    }
    if dialect == "sqlite":
        replace = insert(table).values(changed).prefix_with("OR REPLACE")
        ways["INSERT OR REPLACE"] = lambda unit: unit.session.execute(replace)
        for prefix in ("REPLACE", "IGNORE"):
            statement = update(table).where(guarded.key(row)).values(change).prefix_with(f"OR {prefix}")
            ways[f"UPDATE OR {prefix}"] = lambda unit, statement=statement: unit.session.execute(statement)
    return ways


# --- without an event -------------------------------------------------------------------------------------------------


def test_no_way_inserts_a_row_without_an_event(guarded: Guarded, database: Database, act: Act) -> None:
    row = guarded.values(act) | {"audit_event_id": "evt_of_nothing"}
    before = state(database)

    attempts = inserts(guarded, row, database.dialect)

    assert outcomes(act, attempts, guarded.log(row)) == refused(guarded, "INSERT", attempts)
    assert state(database) == before


def test_every_way_inserts_a_row_with_its_event(guarded: Guarded, database: Database, act: Act) -> None:
    for way in inserts(guarded, {"id": ""}, database.dialect):
        if way == "bulk":  # inserts two rows
            continue
        row = guarded.values(act)
        with act(guarded.log(row)) as unit:
            row["audit_event_id"] = guarded.record(unit, row).id
            inserts(guarded, row, database.dialect)[way](unit)
        assert guarded.read(database, row) == row, way


def test_no_way_changes_a_row_without_an_event(guarded: Guarded, database: Database, act: Act) -> None:
    row = guarded.make(act)
    name = guarded.some_column
    attempts = updates(guarded, row, {name: guarded.changed(name, row)}, database.dialect)
    before = state(database)

    found = outcomes(act, attempts, guarded.log(row))

    by_insert = {way for way in ("upsert", "INSERT OR REPLACE") if way in attempts}
    expected = {
        way: f"unrecorded change: {'INSERT' if way in by_insert else 'UPDATE'} on {guarded.name}" for way in found
    }
    assert begins(found) == expected
    assert state(database) == before


def test_every_way_changes_a_row_with_its_event(database: Database, act: Act) -> None:
    guarded = GUARDED["job"]
    for way in updates(guarded, guarded.make(act), {"outcome": "completed"}, database.dialect):
        if way == "INSERT OR REPLACE":  # removes a row, which is refused with an event too: below
            continue
        row = guarded.make(act)
        with act() as unit:
            change = {"outcome": "completed", "audit_event_id": guarded.record(unit, row).id}
            updates(guarded, row, change, database.dialect)[way](unit)
        assert guarded.read(database, row) == row | change, way


@pytest.mark.parametrize("way", ["upsert", "upsert of another column"])
def test_an_upsert_needs_the_event_on_the_row_that_it_changes(act: Act, database: Database, way: str) -> None:
    """The event of the INSERT that did not happen is no event of the UPDATE that did."""
    guarded = GUARDED["tenant"]
    row = guarded.make(act)
    kind = sqlite if database.dialect == "sqlite" else postgresql
    before = state(database)

    def upsert(unit: Unit) -> None:
        event = guarded.record(unit, row)
        values = row | {"audit_event_id": event.id}
        change = {"plan": "other"} if way == "upsert" else {"created_at": 1}
        unit.session.execute(
            kind.insert(guarded.table).values(values).on_conflict_do_update(index_elements=["id"], set_=change)
        )

    assert outcome(act, upsert, row["id"]) == f"unrecorded change: UPDATE on tenant {guarded.needs}"
    assert state(database) == before


# --- column by column -------------------------------------------------------------------------------------------------


def test_each_significant_column_is_guarded_by_itself(guarded: Guarded, database: Database, act: Act) -> None:
    row = guarded.make(act)
    before = state(database)
    attempts: dict[str, Attempt] = {
        name: lambda unit, name=name: unit.session.execute(
            update(guarded.table).where(guarded.key(row)).values({name: guarded.changed(name, row)})
        )
        for name in (*guarded.significant, "audit_event_id")
    }

    found = begins(outcomes(act, attempts, guarded.log(row)))

    assert found == dict.fromkeys(attempts, f"unrecorded change: UPDATE on {guarded.name}")
    assert state(database) == before


def test_each_nullable_significant_column_is_guarded_against_null(
    guarded: Guarded, database: Database, act: Act
) -> None:
    """`<>` would let a change to or from NULL through."""
    row = guarded.make(act)
    nullable = [name for name in guarded.mutable if guarded.table.columns[name].nullable]
    before = state(database)
    attempts: dict[str, Attempt] = {
        name: lambda unit, name=name: unit.session.execute(
            update(guarded.table).where(guarded.key(row)).values({name: None})
        )
        for name in nullable
    }

    assert outcomes(act, attempts, guarded.log(row)) == refused(guarded, "UPDATE", attempts)
    assert state(database) == before


def test_each_significant_column_changes_with_an_event(guarded: Guarded, database: Database, act: Act) -> None:
    row = guarded.make(act)
    for name in guarded.mutable:
        change = {name: guarded.changed(name, row)}
        with act(guarded.log(row)) as unit:
            change["audit_event_id"] = guarded.record(unit, row).id
            unit.session.execute(update(guarded.table).where(guarded.key(row)).values(change))
        row |= change
        assert guarded.read(database, row) == row, name


def test_each_operational_column_changes_without_an_event(guarded: Guarded, database: Database, act: Act) -> None:
    row = guarded.make(act)
    log = state(database)["audit_event"]
    for name in sorted(guarded.audit.operational):
        change = {name: guarded.changed(name, row)}
        with act(guarded.log(row)) as unit:
            unit.session.execute(update(guarded.table).where(guarded.key(row)).values(change))
        row |= change
    assert guarded.read(database, row) == row
    assert state(database)["audit_event"] == log


def test_an_event_does_not_move_a_row_to_another_id_or_tenant(guarded: Guarded, database: Database, act: Act) -> None:
    """It would be gone from where its history is; the event could only name where it went."""
    row = guarded.make(act)
    with act("elsewhere") as unit:
        service.ensure_tenant(unit, "elsewhere")
    before = state(database)

    def move(name: str, value: str) -> Attempt:
        def attempt(unit: Unit) -> None:
            moved = row | {name: value}
            change = {name: value, "audit_event_id": guarded.record(unit, moved).id}
            unit.session.execute(update(guarded.table).where(guarded.key(row)).values(change))

        return attempt

    attempts = {name: move(name, "elsewhere") for name in guarded.identity}
    found = {name: outcome(act, attempt, "elsewhere") for name, attempt in attempts.items()}

    assert begins(found) == dict.fromkeys(attempts, f"unrecorded change: UPDATE on {guarded.name}")
    assert state(database) == before


def _tenant(unit: Unit, name: str) -> dict[str, Any]:
    event = unit.record(sample(GUARDED["tenant"].event_types[0]), resource_id=name)
    return {"id": name, "plan": "free", "created_at": event.created_at, "audit_event_id": event.id}


def test_a_version_of_a_policy_never_changes_even_with_an_event(database: Database, act: Act) -> None:
    guarded = GUARDED["policy_version"]
    row = guarded.make(act)
    before = state(database)
    attempts: dict[str, Attempt] = {}
    for name in guarded.significant:

        def attempt(unit: Unit, name: str = name) -> None:
            change = {name: guarded.changed(name, row), "audit_event_id": guarded.record(unit, row).id}
            unit.session.execute(update(guarded.table).where(guarded.key(row)).values(change))

        attempts[name] = attempt

    found = begins(outcomes(act, attempts))
    assert found == dict.fromkeys(guarded.significant, "unrecorded change: UPDATE on policy_version")
    assert state(database) == before


# --- with an event that does not count --------------------------------------------------------------------------------


def other_events(guarded: Guarded, row: dict[str, Any], act: Act) -> dict[str, Any]:
    """Events that are no reason to write this row, each as a function that gives its id."""
    stranger = {guarded.audit.subject: "red_someone_else"}
    wrong = next(each for each in GUARDED.values() if each.audit.resource_type != guarded.audit.resource_type)
    earlier = {}
    for cls in guarded.event_types:
        with act(guarded.log(row)) as unit:
            earlier[f"an earlier {cls.event_type} of this row"] = guarded.record(unit, row, cls).id

    def of_another_type(unit: Unit) -> str:
        return unit.record(sample(wrong.event_types[0]), resource_id=row[guarded.audit.subject]).id

    def in_a_savepoint(unit: Unit) -> str:
        with unit.session.begin_nested() as savepoint:
            event = guarded.record(unit, row)
            savepoint.rollback()
        return event.id

    def in_an_inner_savepoint(unit: Unit) -> str:
        with unit.session.begin_nested() as outer:
            with unit.session.begin_nested():
                event = guarded.record(unit, row)
            outer.rollback()
        return event.id

    found: dict[str, Any] = {
        "none": lambda unit: None,
        "one that does not exist": lambda unit: "evt_of_nothing",
        "another row's": lambda unit: guarded.record(unit, stranger).id,
        "another resource type's": of_another_type,
        "a savepoint's that was rolled back": in_a_savepoint,
        "a released savepoint's within one that was rolled back": in_an_inner_savepoint,
    }
    found |= {way: lambda unit, known=known: known for way, known in earlier.items()}
    if guarded.has_log:
        found["one in another tenant's log"] = lambda unit: (
            unit.record(
                sample(guarded.event_types[0]),
                resource_id=row[guarded.audit.subject],
                actor=Actor("cli:tester", "cli:tester", "elsewhere"),
            ).id
        )
    return found


def test_no_other_event_permits_an_insert(guarded: Guarded, database: Database, act: Act) -> None:
    row = guarded.values(act)
    others = other_events(guarded, row, act)
    before = state(database)
    attempts: dict[str, Attempt] = {
        way: lambda unit, event=event: unit.session.execute(
            insert(guarded.table).values(row | {"audit_event_id": event(unit)})
        )
        for way, event in others.items()
    }

    assert outcomes(act, attempts, guarded.log(row)) == refused(guarded, "INSERT", attempts)
    assert state(database) == before


def test_no_other_event_permits_a_change(guarded: Guarded, database: Database, act: Act) -> None:
    row = guarded.make(act)
    others = other_events(guarded, row, act) | {"its own, once more": lambda unit: row["audit_event_id"]}
    name = guarded.some_column
    before = state(database)
    attempts: dict[str, Attempt] = {
        way: lambda unit, event=event: unit.session.execute(
            update(guarded.table)
            .where(guarded.key(row))
            .values({name: guarded.changed(name, row), "audit_event_id": event(unit)})
        )
        for way, event in others.items()
    }

    found = outcomes(act, attempts, guarded.log(row))

    assert begins(found) == dict.fromkeys(attempts, f"unrecorded change: UPDATE on {guarded.name}")
    if guarded.mutable:
        assert found == refused(guarded, "UPDATE", attempts)
    assert state(database) == before


def test_an_event_of_a_transaction_that_is_still_open_does_not_count(
    guarded: Guarded, postgresql_database: Database
) -> None:
    """Not even one that this transaction could see: it would lose its event if the other rolled back."""
    database = postgresql_database

    act = acting(database)

    row = guarded.values(act)
    with act(guarded.log(row)) as other:
        row["audit_event_id"] = guarded.record(other, row).id
        attempt = outcome(act, lambda unit: unit.session.execute(insert(guarded.table).values(row)), guarded.log(row))
        other.session.execute(insert(guarded.table).values(row))

    assert attempt == f"unrecorded change: INSERT on {guarded.name} {guarded.needs}"
    assert guarded.read(database, row) == row


def test_a_download_once_recorded_does_not_permit_to_end_the_job(database: Database, act: Act) -> None:
    guarded = GUARDED["job"]
    row = guarded.make(act)
    with act() as unit:
        event = unit.record(JobDownloaded(output_sha256="0" * 64, size_bytes=1), resource_id=row["id"])
    change = {"outcome": "failed", "audit_event_id": event.id}

    found = outcome(
        act, lambda unit: unit.session.execute(update(guarded.table).where(guarded.key(row)).values(change))
    )

    assert found == f"unrecorded change: UPDATE on job {guarded.needs}"
    assert guarded.read(database, row) == row


LOOKS = [cls for cls in CATALOG.values() if not cls.changes]
_PERMITTING = [cls for cls in LOOKS if cls.resource_type in GUARDED]  # of those that could: tables of their resource


def test_the_guard_knows_every_event_that_only_looks() -> None:
    assert sorted(cls.event_type for cls in LOOKS) == list(LOOKS_IN_GUARD)


@pytest.mark.parametrize("look", _PERMITTING, ids=lambda cls: cls.event_type)
def test_a_look_in_the_same_transaction_permits_no_change(database: Database, act: Act, look: type[Event]) -> None:
    guarded = GUARDED[look.resource_type]
    row = guarded.make(act)
    name = guarded.some_column

    def attempt(unit: Unit) -> None:
        change = {name: guarded.changed(name, row), "audit_event_id": guarded.record(unit, row, look).id}
        unit.session.execute(update(guarded.table).where(guarded.key(row)).values(change))

    assert outcome(act, attempt) == f"unrecorded change: UPDATE on {guarded.name} {guarded.needs}"
    assert guarded.read(database, row) == row


def test_a_table_of_the_same_name_does_not_stand_in_for_the_log(guarded: Guarded, database: Database, act: Act) -> None:
    """A temporary table comes first in PostgreSQL's search path: it must not be what the guard looks at."""
    row = guarded.make(act)
    name = guarded.some_column
    main = "main" if database.dialect == "sqlite" else "public"
    before = state(database)

    def attempt(unit: Unit) -> None:
        connection = unit.session.connection()
        connection.exec_driver_sql(f"CREATE TEMPORARY TABLE audit_event AS SELECT * FROM {main}.audit_event")
        connection.exec_driver_sql("UPDATE audit_event SET unit = audit_unit()")
        change = {name: guarded.changed(name, row)}
        connection.execute(update(guarded.table).where(guarded.key(row)).values(change))

    found = outcome(act, attempt, guarded.log(row))

    assert begins({"": found}) == {"": f"unrecorded change: UPDATE on {guarded.name}"}
    assert state(database) == before


# --- savepoints that do count -----------------------------------------------------------------------------------------


def test_what_a_savepoint_takes_back_goes_with_its_event_and_the_rest_stays(database: Database, act: Act) -> None:
    guarded = GUARDED["tenant"]
    before = state(database)
    with act("kept") as unit:
        outer = _tenant(unit, "kept")
        with unit.session.begin_nested():
            unit.session.execute(insert(guarded.table).values(outer))  # the event is older than the savepoint
        with unit.session.begin_nested() as savepoint:
            change = {"plan": "pro", "audit_event_id": guarded.record(unit, outer).id}
            unit.session.execute(update(guarded.table).where(guarded.key(outer)).values(change))
            savepoint.rollback()
        with unit.session.begin_nested():
            inner = guarded.record(unit, outer)
        change = {"plan": "free2", "audit_event_id": inner.id}  # the event is of a savepoint that was released
        unit.session.execute(update(guarded.table).where(guarded.key(outer)).values(change))

    assert guarded.read(database, outer) == outer | change
    added = state(database)["audit_event"][len(before["audit_event"]) :]
    assert [row[1] for row in added] == [outer["audit_event_id"], inner.id]


def test_one_event_covers_all_changes_of_its_row_in_its_transaction(database: Database, act: Act) -> None:
    guarded = GUARDED["policy"]
    row = guarded.values(act)
    with act() as unit:
        row["audit_event_id"] = guarded.record(unit, row).id
        unit.session.execute(insert(guarded.table).values(row))
        unit.session.execute(update(guarded.table).where(guarded.key(row)).values(version=2))
    assert guarded.read(database, row) == row | {"version": 2}


# --- removal ----------------------------------------------------------------------------------------------------------


def deletes(guarded: Guarded, row: dict[str, Any], dialect: str) -> dict[str, Attempt]:
    """Every way to remove rows."""
    ways: dict[str, Attempt] = {
        "raw SQL": lambda unit: unit.session.execute(text(f"DELETE FROM {guarded.name}")),
        "Core": lambda unit: unit.session.execute(delete(guarded.table).where(guarded.key(row))),
        "ORM where": lambda unit: unit.session.execute(delete(guarded.model).where(guarded.key(row))),
        "ORM flush": lambda unit: unit.session.delete(
            unit.session.scalars(select(guarded.model).where(guarded.key(row))).one()
        ),
    }
    if dialect == "postgresql":
        return ways | {"TRUNCATE": lambda unit: unit.session.execute(text(f"TRUNCATE {guarded.name} CASCADE"))}
    replace = insert(guarded.table).prefix_with("OR REPLACE")
    # Recorded, all columns as they were: what is refused is that the old row goes.
    return ways | {
        "REPLACE": lambda unit: unit.session.execute(
            replace.values(row | {"audit_event_id": guarded.record(unit, row).id})
        )
    }


def test_no_way_removes_a_row(guarded: Guarded, database: Database, act: Act) -> None:
    row = guarded.make(act)
    before = state(database)
    attempts = deletes(guarded, row, database.dialect)

    found = outcomes(act, attempts, guarded.log(row))

    operation = {way: "TRUNCATE" if way == "TRUNCATE" else "DELETE" for way in attempts}
    reason = "rows are closed, never removed"
    assert found == {way: f"unrecorded change: {operation[way]} on {guarded.name}: {reason}" for way in attempts}
    assert state(database) == before


def test_a_clash_does_not_remove_the_other_row(sqlite_database: Database) -> None:
    """UPDATE OR REPLACE with an event of its own row would silently delete another row of the same unique value."""
    database, guarded = sqlite_database, GUARDED["api_key"]

    act = acting(database)

    row, victim = guarded.make(act), guarded.make(act)
    before = state(database)

    def clash(unit: Unit) -> None:
        change = {"key_hash": victim["key_hash"], "audit_event_id": guarded.record(unit, row).id}
        unit.session.execute(update(guarded.table).where(guarded.key(row)).values(change).prefix_with("OR REPLACE"))

    assert outcome(act, clash) == "unrecorded change: DELETE on api_key: rows are closed, never removed"
    assert state(database) == before


# --- other programs ---------------------------------------------------------------------------------------------------


@pytest.fixture
def stranger(sqlite_database: Database) -> Iterator[sqlite3.Connection]:
    """Another program's connection: the driver's defaults, foreign keys unchecked, no function of ours."""
    connection = sqlite3.connect(sqlite_database.url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA foreign_keys = OFF")
    yield connection
    connection.close()


def test_another_program_changes_no_guarded_row(
    guarded: Guarded, sqlite_database: Database, stranger: sqlite3.Connection
) -> None:
    database = sqlite_database

    act = acting(database)

    row = guarded.make(act)
    before = state(database)
    columns, marks = ", ".join(row), ", ".join("?" * len(row))
    other = guarded.values(act) | {"audit_event_id": row["audit_event_id"]}
    before = state(database)

    def said(sql: str, values: tuple[Any, ...] = ()) -> str:
        try:
            stranger.execute(sql, values)
        except sqlite3.Error as error:
            return str(error)
        return ACCEPTED

    found = {
        "insert": said(f"INSERT INTO {guarded.name} ({columns}) VALUES ({marks})", tuple(other.values())),
        "replace": said(f"REPLACE INTO {guarded.name} ({columns}) VALUES ({marks})", tuple(row.values())),
        "delete": said(f"DELETE FROM {guarded.name}"),
    }
    found |= {name: said(f"UPDATE {guarded.name} SET {name} = NULL") for name in row}

    unknown = "no such function: audit_unit"
    gone = f"unrecorded change: DELETE on {guarded.name}: rows are closed, never removed"
    assert found == dict.fromkeys(found, unknown) | {"delete": gone}
    assert state(database) == before


@pytest.mark.parametrize("in_a_transaction", [False, True])
def test_the_bare_driver_connection_does_not_pass_for_the_last_unit(
    sqlite_database: Database, in_a_transaction: bool
) -> None:
    """A pooled connection has just committed an event of this row; what follows outside a unit of work has none."""
    database, guarded = Database(sqlite_database.url, pool_size=1), GUARDED["tenant"]
    row = guarded.make(acting(database))
    before = state(database)
    change = f"UPDATE tenant SET plan = 'other' WHERE id = '{row['id']}'"

    said = _said_by_the_driver(database, *(("BEGIN", change, "COMMIT") if in_a_transaction else (change,)))

    assert said == f"unrecorded change: UPDATE on tenant {guarded.needs}"
    assert state(database) == before
    database.close()


def _said_by_the_driver(database: Database, *statements: str) -> str:
    bare = database.write_engine.raw_connection()
    try:
        for statement in statements:
            bare.driver_connection.execute(statement)  # type: ignore[union-attr]
    except sqlite3.Error as error:
        return str(error)
    finally:
        bare.close()
    return ACCEPTED


def test_a_commit_by_hand_ends_the_permission_of_its_events(sqlite_database: Database) -> None:
    database, guarded = sqlite_database, GUARDED["tenant"]

    act = acting(database)

    row = guarded.make(act)
    change: dict[str, Any] = {"plan": "pro"}

    def attempt(unit: Unit) -> None:
        connection = unit.session.connection()
        change["audit_event_id"] = guarded.record(unit, row).id
        connection.execute(update(guarded.table).where(guarded.key(row)).values(change))
        connection.exec_driver_sql("COMMIT")
        connection.execute(update(guarded.table).where(guarded.key(row)).values(plan="forgotten"))

    assert outcome(act, attempt, row["id"]) == f"unrecorded change: UPDATE on tenant {guarded.needs}"
    assert guarded.read(database, row) == row | change
