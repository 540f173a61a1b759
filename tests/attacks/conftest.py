"""The scene of every attack, on both databases: made once a kind, then copied."""

import secrets
import shutil
from pathlib import Path
from typing import Any

import pytest

from expunct_server.db.session import Database
from expunct_server.settings import Settings
from tests.attacks.support import Scene
from tests.conftest import fresh_url, run_sql


def _prepared(request: pytest.FixtureRequest, kind: str, folder: Path) -> tuple[str, Path]:
    data = folder / "data"
    url = fresh_url(request, kind, folder)
    database = Database(url)
    Scene(database, Settings(data=data, database_url=url)).prepare()
    if kind == "sqlite":
        with database.write_engine.connect() as connection:
            connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    database.close()
    return url, data


@pytest.fixture(scope="session")
def prepared_sqlite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return _prepared(request, "sqlite", tmp_path_factory.mktemp("prepared"))


@pytest.fixture(scope="session")
def prepared_postgresql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    return _prepared(request, "postgresql", tmp_path_factory.mktemp("prepared"))


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A copy of the prepared database of each kind; its folder is copied to `tmp_path/data`."""
    prepared, data = request.getfixturevalue(f"prepared_{request.param}")
    shutil.copytree(data, tmp_path / "data")
    if request.param == "sqlite":
        shutil.copy(prepared.removeprefix("sqlite:///"), tmp_path / "expunct.db")
        return f"sqlite:///{tmp_path / 'expunct.db'}"
    server: Any = request.getfixturevalue("postgresql")
    name = "attack_" + secrets.token_hex(6)
    template = prepared.partition("?")[0].rpartition("/")[2]
    run_sql(server.get_uri(driver="psycopg"), f"CREATE DATABASE {name} TEMPLATE {template}")
    return str(server.get_uri(database=name, driver="psycopg"))


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", database_url=url)


@pytest.fixture
def scene(database: Database, settings: Settings) -> Scene:
    """Tenant `default` with 300 published events, and the checkpoint of 260 that an auditor kept."""
    return Scene(database, settings, kept=(settings.data / "kept").read_bytes())
