"""The real server as a process, one for each kind of database and all tests of this folder.

The published client looks at a job every two seconds: so there are few jobs, and each test looks at many things.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import fresh_url
from tests.support import canary
from tests.support.server import Server


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, watcher: canary.Watcher
) -> Iterator[Server]:
    """A running server, with a folder `files` that file:// URIs may name."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "files").mkdir()
    data = folder / "data"
    data.mkdir(mode=0o700)
    url = fresh_url(request, request.param, data)
    running = Server(data, url, file_roots=str(folder / "files"), rate_limit_free="4").start()
    yield running
    code = running.stop()
    watcher.files += running.outputs
    assert code == 0


@pytest.fixture(scope="module")
def files(server: Server) -> Path:
    """Where the server may read and write by URI."""
    return server.data.parent / "files"
