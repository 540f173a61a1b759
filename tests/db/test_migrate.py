"""Migrations: once is enough, several at once is fine, and a newer database is left alone."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE
from typing import Any

import pytest
from alembic import command
from sqlalchemy import inspect, make_url, select, text
from sqlalchemy.exc import DBAPIError

from expunct_server import ids
from expunct_server.audit.catalog import JobCreated, PolicyDeleted, TenantCreated
from expunct_server.audit.recorder import Actor, writing
from expunct_server.db import migrate
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database, prepare_folder
from expunct_server.errors import Unavailable
from expunct_server.jobs import service
from expunct_server.jobs.models import Job
from expunct_server.publishing import sequencer
from expunct_server.verifying.fsck_guard import check_rows, check_rules
from tests.audit.support import sample, state
from tests.cli.helpers import here
from tests.conftest import run_sql

PROCESSES = 2
_UPGRADE = """
import sys
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database
database = Database(sys.argv[1], busy_timeout_seconds=60)
print("ready", flush=True)
sys.stdin.readline()
print(upgrade(database))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of each kind with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server = request.getfixturevalue("postgresql")
    name = "empty_" + secrets.token_hex(6)
    run_sql(server.get_uri(driver="psycopg"), f"CREATE DATABASE {name}")
    return str(server.get_uri(database=name, driver="psycopg"))


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


def schema(database: Database) -> list[Any]:
    """Every table, column, index, trigger and function's name and definition."""
    queries = {
        "sqlite": "SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2, 3",
        "postgresql": "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' UNION ALL SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger"
        " WHERE NOT tgisinternal UNION ALL SELECT 'function', proname, prosrc FROM pg_proc"
        " WHERE proname LIKE 'audit%' UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes"
        " WHERE schemaname = 'public' ORDER BY 1, 2, 3",
    }
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(queries[database.dialect]))]


def test_twice_is_once(empty: Database) -> None:
    assert upgrade(empty) is True
    once = schema(empty)
    assert upgrade(empty) is False
    assert schema(empty) == once
    with empty.reading() as session:
        assert session.scalars(text("SELECT version_num FROM alembic_version")).all() == ["0005"]


def test_several_processes_at_once_make_one_schema(empty_url: str, empty: Database) -> None:
    command = [sys.executable, "-c", _UPGRADE, empty_url]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    for process in started:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    ended = [process.communicate(timeout=60) for process in started]

    assert [errors for _, errors in ended] == [""] * PROCESSES
    assert sorted(said for said, _ in ended) == ["False\n"] * (PROCESSES - 1) + ["True\n"]
    made = schema(empty)
    assert upgrade(empty) is False
    assert made == schema(empty) != []


OLD_EVENTS = (
    ("policy.created", "policy", "pol_1"),
    ("former.kind", "thing", "thing_1"),
    ("policy.created", "policy", "x"),
)


def test_events_of_the_first_schema_wait_for_their_places(empty: Database) -> None:
    """They get a salt, their types get numbers, and the rules of the newest schema hold for what follows."""
    with empty.write_engine.begin() as connection:
        command.upgrade(migrate._config(connection), "0001")
    columns = "id, tenant_id, event_type, resource_type, resource_id, actor, actor_id, outcome, details, is_truncated, "
    columns += "schema_version, created_at"
    old = [ids.new("evt") for _ in OLD_EVENTS]
    with empty.begin() as session:
        for event_id, (kind, about, subject) in zip(old, OLD_EVENTS, strict=True):
            facts = f"'{event_id}', 'acme', '{kind}', '{about}', '{subject}', 'a', 'a', 'success', '{{}}', false, 1"
            session.execute(text(f"INSERT INTO audit_event ({columns}) VALUES ({facts}, {ids.now()})"))
    assert upgrade(empty) is True
    with writing(empty, Actor("cli:tester", "cli:tester", "acme")) as unit:
        new = unit.record(PolicyDeleted(name="x", version=1), resource_id="pol_1").id
    sequencer.ensure_log(empty, "acme", "log.example/acme")
    step = sequencer.sequence(empty, "acme")
    assert step is not None
    assert [json.loads(each)["id"] for each in step.entries] == [*old, new]
    problems: list[str] = []
    check_rules(empty, problems.append)
    assert problems == []


_JOB_0002 = """INSERT INTO job (id, tenant_id, actor, actor_id, source, input_uri, filename, language, config, metadata,
    created_at, updated_at, progress_pct, retry_count, max_retries, outcome, findings_count, audit_event_id)
    VALUES (:id, 'acme', 'a', 'a', 'upload', 'upload://x', 'x', 'en', '{}', '{}', 1, 1, 0, 0, 3, :outcome, 0, :event)"""


def test_a_database_of_the_schema_before_goes_on(empty: Database) -> None:
    """Its rows and events stay as they are, a job that waits can end, and none can end unrecorded."""
    with empty.write_engine.begin() as connection:
        command.upgrade(migrate._config(connection), "0002")
    acme = Actor("cli:tester", "cli:tester", "acme")
    with writing(empty, acme) as unit:
        made = unit.record(TenantCreated(name="acme", plan="enterprise"), resource_id="acme")
        row = {"id": "acme", "event": made.id}
        unit.session.execute(text("INSERT INTO tenant VALUES (:id, 'enterprise', 1, :event)"), row)
        for job_id, outcome in (("job_waits", None), ("job_done", "completed")):
            event = unit.record(sample(JobCreated), resource_id=job_id)
            unit.session.execute(text(_JOB_0002), {"id": job_id, "outcome": outcome, "event": event.id})
    with empty.reading() as session:
        before = [
            tuple(each) for each in session.execute(text("SELECT id, outcome, audit_event_id FROM job ORDER BY id"))
        ]

    assert upgrade(empty) is True

    with empty.reading() as session:
        jobs = session.scalars(select(Job).order_by(Job.id)).all()
        assert [(job.id, job.outcome, job.audit_event_id) for job in jobs] == before
        assert {(job.batch_id, job.sync_id, job.sealed_query, job.sealed_password) for job in jobs} == {(None,) * 4}
    with pytest.raises(DBAPIError, match="unrecorded change"), writing(empty, acme) as unit:
        unit.session.execute(text("UPDATE job SET output_etag = 'x' WHERE id = 'job_waits'"))
    with writing(empty, acme) as unit:
        service.fail(unit, unit.session.get_one(Job, "job_waits"), code="x", message="x", final="error", actor=acme)
    problems: list[str] = []
    check_rules(empty, problems.append)
    check_rows(empty, problems.append)
    assert problems == []


def test_a_newer_database_is_refused_and_left_as_it_is(database: Database) -> None:
    run_sql(database.url, "UPDATE alembic_version SET version_num = '9999'")
    before = (schema(database), state(database))
    with pytest.raises(Unavailable) as refusal:
        upgrade(database)
    assert refusal.value.code == "newer_database"
    assert refusal.value.detail == "The database was made by a newer version of this server."
    assert (schema(database), state(database)) == before


@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_a_role_that_may_not_migrate_is_told_who_has_to(empty: Database, tmp_path: Path) -> None:
    with empty.write_engine.begin() as connection:
        command.upgrade(migrate._config(connection), "0002")
    role = "server-" + secrets.token_hex(4)
    run_sql(
        empty.url,
        f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'not-a-secret'",
        f'GRANT SELECT ON alembic_version TO "{role}"',
    )
    url = make_url(empty.url).set(username=role, password="not-a-secret").render_as_string(hide_password=False)
    try:
        before = schema(empty)
        refused = here(tmp_path, "keys", "create", "--name", "x", database=url)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "Its owner must run `expunct-server migrate`" in refused.stderr and len(refused.stderr.splitlines()) == 1
        assert schema(empty) == before
    finally:
        run_sql(empty.url, f'DROP OWNED BY "{role}"', f'DROP ROLE "{role}"')


def test_a_migration_that_fails_leaves_nothing_behind(empty: Database) -> None:
    """The schema and its guard come in one transaction: a table without its triggers can never be there."""
    run_sql(empty.url, "CREATE TABLE policy_version (id INTEGER)")  # made last: the migration fails at its end
    with pytest.raises((Unavailable, DBAPIError)):
        upgrade(empty)
    with empty.reading() as session:
        assert inspect(session.connection()).get_table_names() == ["policy_version"]


# --- who may read the files -------------------------------------------------------------------------------------------


@pytest.fixture
def permissive() -> Iterator[None]:
    """A umask that forbids nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {str(each.relative_to(folder)): oct(S_IMODE(each.stat().st_mode)) for each in sorted(folder.rglob("*"))}


def test_folders_and_files_are_their_users_alone_whatever_the_umask(tmp_path: Path, permissive: None) -> None:
    data, url = tmp_path / "data", f"sqlite:///{tmp_path / 'db' / 'expunct.db'}"
    prepare_folder(url, data)
    database = Database(url)
    upgrade(database)
    found = modes(tmp_path)
    database.close()
    files = {"db/expunct.db", "db/expunct.db-wal", "db/expunct.db-shm"}
    assert found == {"data": "0o700", "db": "0o700"} | dict.fromkeys(files, "0o600")


def test_what_is_there_already_keeps_its_content_and_mode(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "expunct.db"
    shutil.copyfile(sqlite_template, path)
    path.chmod(0o640)
    prepare_folder(f"sqlite:///{path}", tmp_path)
    assert path.read_bytes() == sqlite_template.read_bytes()
    assert modes(tmp_path) == {"expunct.db": "0o640"}


def test_postgresql_needs_a_data_folder_and_no_more(tmp_path: Path, permissive: None) -> None:
    prepare_folder("postgresql+psycopg://localhost/expunct", tmp_path / "data")
    assert modes(tmp_path) == {"data": "0o700"}
