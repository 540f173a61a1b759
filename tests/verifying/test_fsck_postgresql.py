"""fsck names each way in which an owner can weaken PostgreSQL's rules, and finds no fault with what is granted."""

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from expunct_server.db.migrate import grant
from expunct_server.db.session import Database
from expunct_server.verifying.fsck_guard import check_rules
from tests.conftest import run_sql

pytestmark = pytest.mark.parametrize("url", ["postgresql"], indirect=True)


def problems(database: Database) -> list[str]:
    found: list[str] = []
    check_rules(database, found.append)
    return found


@pytest.fixture
def role(database: Database) -> Iterator[str]:
    """The application's role, granted what it needs."""
    name = "app_" + secrets.token_hex(4)
    run_sql(database.url, f"CREATE ROLE {name} LOGIN PASSWORD 'not-a-secret'")
    grant(database, name)
    yield name
    run_sql(database.url, f"DROP OWNED BY {name}", f"DROP ROLE {name}")


def test_what_is_granted_is_no_problem_and_the_role_can_see_that(database: Database, role: str) -> None:
    url = make_url(database.url).set(username=role, password="not-a-secret")
    as_role = Database(url.render_as_string(hide_password=False))
    assert (problems(database), problems(as_role)) == ([], [])
    as_role.close()


BEYOND = "which is not for the application's role"
OTHER = "it is switched off, or not what the migrations make"
MISSING = "it is missing; the rule that it keeps is not in force"
ADDED = "no migration makes it"
ERASE = "audit_erase(at bigint, parts text[], by_event text)"
SHOWN = "audit_erase(at bigint , parts text[] , by_event text)"
# What is done, and what is said of it. APP stands for the application's role.
WEAKENED = {
    "a rewrite rule": (
        "CREATE RULE hush AS ON INSERT TO audit_pending DO INSTEAD NOTHING",
        "rule hush on audit_pending: no migration makes it; it can turn a statement into another or none",
    ),
    "a policy": (
        "CREATE POLICY few ON audit_event USING (tenant_id <> 'x')",
        "policy few on audit_event: no migration makes it; it can hide rows",
    ),
    "row security": ("ALTER TABLE job ENABLE ROW LEVEL SECURITY", "table job: row security is on; it can hide rows"),
    "row security for its owner": (
        "ALTER TABLE audit_entry FORCE ROW LEVEL SECURITY",
        "table audit_entry: row security is on; it can hide rows",
    ),
    "a table that is not written ahead": (
        "ALTER TABLE audit_pending SET UNLOGGED",
        "table audit_pending: it is not written ahead; when the server dies it is empty",
    ),
    "a table that is a part": (
        "CREATE TABLE more () INHERITS (audit_event)",
        "table audit_event: another table is a part of it, which its triggers do not keep",
    ),
    "a function for whoever calls it": (
        f"ALTER FUNCTION {ERASE} SECURITY INVOKER",
        f"function {SHOWN}: {OTHER}",
    ),
    "a function for its owner": ("ALTER FUNCTION audit_guard() SECURITY DEFINER", f"function audit_guard(): {OTHER}"),
    "another owner": (f"ALTER FUNCTION {ERASE} OWNER TO APP", f"function {SHOWN}: {OTHER}"),
    "another search path": ("ALTER FUNCTION audit_guard() RESET search_path", f"function audit_guard(): {OTHER}"),
    "a function that is said to be constant": (
        "ALTER FUNCTION audit_unit() IMMUTABLE",
        f"function audit_unit(): {OTHER}",
    ),
    "another function of the name": (
        "CREATE FUNCTION audit_erase(at integer, parts text[], by_event text) RETURNS boolean LANGUAGE sql"
        " SECURITY DEFINER AS 'SELECT true'; REVOKE ALL ON FUNCTION audit_erase(integer, text[], text) FROM PUBLIC",
        f"function {SHOWN.replace('bigint', 'integer')}: {ADDED}",
    ),
    "a function for everyone": (
        f"GRANT EXECUTE ON FUNCTION {ERASE} TO PUBLIC",
        "function audit_erase(bigint,text[],text): everyone may call it",
    ),
    "a function less": (
        "DROP FUNCTION audit_log_dense() CASCADE",
        f"trigger audit_log_dense on audit_log: {MISSING}",
        f"function audit_log_dense(): {MISSING}",
    ),
    "a trigger less": (
        "DROP TRIGGER audit_entry_placed ON audit_entry",
        f"trigger audit_entry_placed on audit_entry: {MISSING}",
    ),
    "a trigger more": (
        "CREATE TRIGGER quiet BEFORE UPDATE ON audit_event FOR EACH ROW"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        f"trigger quiet on audit_event: {ADDED}",
    ),
    "a trigger that is off": (
        "ALTER TABLE audit_log DISABLE TRIGGER audit_log_dense",
        f"trigger audit_log_dense on audit_log: {OTHER}",
    ),
    "no unique constraint": (
        "ALTER TABLE audit_entry DROP CONSTRAINT uq_audit_entry_position",
        f"constraint uq_audit_entry_position on audit_entry: {MISSING}",
    ),
    "no foreign key": (
        "ALTER TABLE tenant DROP CONSTRAINT fk_tenant_audit_event_id_id",
        f"constraint fk_tenant_audit_event_id_id on tenant: {MISSING}",
    ),
    "another foreign key": (
        "ALTER TABLE tenant DROP CONSTRAINT fk_tenant_audit_event_id_id; ALTER TABLE tenant ADD CONSTRAINT"
        " fk_tenant_audit_event_id_id FOREIGN KEY (audit_event_id) REFERENCES audit_event (id)",
        f"constraint fk_tenant_audit_event_id_id on tenant: {OTHER}",
    ),
    "no check": (
        "ALTER TABLE audit_log DROP CONSTRAINT ck_audit_log_origin",
        f"constraint ck_audit_log_origin on audit_log: {MISSING}",
    ),
    "a check that permits all": (
        "ALTER TABLE audit_log DROP CONSTRAINT ck_audit_log_origin; ALTER TABLE audit_log ADD CONSTRAINT"
        " ck_audit_log_origin CHECK (true)",
        f"constraint ck_audit_log_origin on audit_log: {OTHER}",
    ),
    "a check more": (
        "ALTER TABLE audit_event ADD CONSTRAINT few CHECK (position < 1000000)",
        f"constraint few on audit_event: {ADDED}",
    ),
    "a change of events": (
        "GRANT UPDATE, DELETE ON audit_event TO APP",
        f"table audit_event: APP was granted DELETE, {BEYOND}",
        f"table audit_event: APP was granted UPDATE, {BEYOND}",
    ),
    "a change of one column": (
        "GRANT UPDATE (actor) ON audit_event TO APP",
        f"table audit_event: APP was granted UPDATE of column actor, {BEYOND}",
    ),
    "triggers of its own": (
        "GRANT TRIGGER ON audit_entry TO PUBLIC",
        f"table audit_entry: everyone was granted TRIGGER, {BEYOND}",
    ),
    "positions": (
        "GRANT UPDATE ON SEQUENCE audit_event_position_seq TO APP",
        f"sequence audit_event_position_seq: APP was granted UPDATE, {BEYOND}",
    ),
    "functions of its own": (
        "GRANT CREATE ON SCHEMA public TO APP",
        "schema public: APP may make tables and functions in it",
    ),
    "sessions without triggers": (
        "ALTER ROLE APP SET session_replication_role = replica",
        "setting session_replication_role for APP: it is there; it can switch triggers off",
    ),
}


@pytest.mark.parametrize("way", list(WEAKENED))
def test_each_way_to_weaken_the_rules_is_named(database: Database, role: str, way: str) -> None:
    done, *said = (each.replace("APP", role) for each in WEAKENED[way])
    run_sql(database.url, *done.split("; "))
    assert problems(database) == said


def test_a_foreign_key_that_is_switched_off_is_named(database: Database) -> None:
    """The triggers that keep it are not those of any migration."""
    run_sql(database.url, "ALTER TABLE tenant DISABLE TRIGGER ALL")
    found = problems(database)
    assert [each for each in found if each.startswith("trigger RI_ConstraintTrigger")] != []
    assert all(" on tenant: " in each for each in found)
