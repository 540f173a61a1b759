"""Fixtures of the crash tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from expunct_server.db.session import Database
from tests.crash.support import Deployment, Forge
from tests.support import canary


@pytest.fixture(scope="session")
def forge() -> Iterator[Forge]:
    made = Forge()
    yield made
    made.close()


@pytest.fixture
def deployment(
    tmp_path: Path, url: str, database: Database, forge: Forge, watcher: canary.Watcher
) -> Iterator[Deployment]:
    """A deployment over the test's database. At the end its processes are killed and their logs given to the canary."""
    made = Deployment(tmp_path / "data", url, database, forge, tmp_path / "files")
    yield made
    made.close()
    for each in made.processes:
        watcher.files += [each.out, each.err]
