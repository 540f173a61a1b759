"""A row of the database is changed by hand, with its rules out of the way."""

import pytest

from expunct_server.publishing.publisher import Publisher
from tests.attacks.support import Scene, refusal, told
from tests.conftest import run_sql


@pytest.mark.parametrize(
    ("change", "field", "number"),
    [
        ("outcome = 'denied'", "outcome", 23),
        ("resource_id = 'job_x'", "resource_id", 23),
        ("request_id = NULL", "request_id", 23),
        ("actor = 'someone'", "actor", 7),
        ("ip_address = '198.51.100.1'", "client", 7),
        ("""details = '{"a":1}'""", "metadata", 7),
    ],
)
def test_of_an_event(scene: Scene, change: str, field: str, number: int) -> None:
    event_id, position = scene.event_id(7), scene.position(7)
    scene.by_hand("audit_event", f"UPDATE audit_event SET {change} WHERE position = {position}")
    told(scene.fsck(), "index 7", event_id, "the row was changed", f"({field})")
    scene.verify(since=True, anchors=True)  # what was published is whole
    refusal(lambda: scene.verify_bundle(scene.bundle()), number, event_id)


def test_of_the_root_in_the_database(scene: Scene) -> None:
    """The log's own state is changed: neither its peaks nor its entries give the root; nothing more is signed."""
    note = scene.note
    zeros = "x'" + "00" * 32 + "'" if scene.database.dialect == "sqlite" else "'\\x" + "00" * 32 + "'"
    scene.by_hand("audit_log", f"UPDATE audit_log SET root = {zeros} WHERE tenant_id = 'default'")
    problems = scene.fsck()
    told(problems, "its stored peaks give another root")
    told(problems, "the first 300 entries do not give the root that the database has")
    Publisher(scene.settings, scene.database).step(now=True)
    assert scene.note == note


def test_of_the_lists_for_looking_things_up(scene: Scene) -> None:
    event_id, position = scene.event_id(7), scene.position(7)
    for change, says in (("actor = 5", "actor"), ("resource = 5", "resource"), ("event_type = 1 - event_type", "type")):
        scene.by_hand("audit_entry", f"UPDATE audit_entry SET {change} WHERE position = {position}")
        told(scene.fsck(), "index 7", event_id, f"it is listed under another {says}")


def test_of_an_audited_row(scene: Scene) -> None:
    """A row that names an event of something else, and one whose event is none."""
    scene.by_hand("tenant", f"UPDATE tenant SET audit_event_id = '{scene.event_id(7)}' WHERE id = 'default'")
    told(scene.fsck(), "table tenant, row default", "does not tell of this row")
    scene.by_hand("tenant", "UPDATE tenant SET audit_event_id = 'evt_none' WHERE id = 'default'")
    told(scene.fsck(), "table tenant, row default", "evt_none", "is no event")


def test_of_the_rules_themselves(scene: Scene) -> None:
    url = scene.database.url
    if scene.database.dialect == "sqlite":
        run_sql(url, "DROP TRIGGER audit_event_no_delete", "DROP TRIGGER tenant_guard_update")
        run_sql(url, "CREATE TRIGGER tenant_guard_update BEFORE UPDATE ON tenant WHEN 0 BEGIN SELECT 1; END")
    else:
        run_sql(url, "DROP TRIGGER audit_event_no_delete ON audit_event")
        run_sql(url, "ALTER TABLE tenant DISABLE TRIGGER tenant_guard_update")
    problems = scene.fsck()
    told(problems, "trigger audit_event_no_delete on audit_event: it is missing")
    told(problems, "trigger tenant_guard_update on tenant", "not what the migrations make")
    assert len(problems) == 2


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)  # SQLite keeps no functions
def test_of_a_function(scene: Scene) -> None:
    run_sql(
        scene.database.url,
        "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, "
        "pg_temp AS $$ BEGIN RETURN NULL; END $$",
        "CREATE FUNCTION audit_more() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    )
    problems = scene.fsck()
    told(problems, "function audit_refuse", "not what the migrations make")
    told(problems, "function audit_more(): no migration makes it")
