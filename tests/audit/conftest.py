"""Databases that the tests of one file share: each test leaves what it refuses as it was, or makes rows of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from expunct_server.db.session import Database
from tests.audit.support import acting
from tests.conftest import fresh_url
from tests.support import canary


def _opened(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[Database]:
    database = Database(fresh_url(request, kind, folder), busy_timeout_seconds=1, pool_size=8)
    yield database
    leaks = canary.leaks_in_database(database)
    database.close()
    assert leaks == []


@pytest.fixture(scope="module")
def sqlite_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from _opened(request, "sqlite", tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module")
def postgresql_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    yield from _opened(request, "postgresql", tmp_path_factory.mktemp("shared"))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest) -> Database:
    """The file's database of each kind."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found


@pytest.fixture
def shared_act(shared: Database) -> Callable[..., Any]:
    """`with shared_act() as unit`: a unit of work on it in the tester's name."""
    return acting(shared)
