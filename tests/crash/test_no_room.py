"""A full disk and a locked database: a sentence for the caller, no event lost or doubled, and all goes on after it."""

import json
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from expunct_server import ids
from expunct_server.db.session import Database
from tests.conftest import fresh_url
from tests.crash.support import TYPES, Deployment, Forge, Process, wait_until
from tests.support import canary

KINDS = (("sqlite", True), ("postgresql", False))  # and whether a small file system is mounted, if it can be


class Disk:
    """A folder whose disk can be full: a small file system where one may be mounted, else a limit on writing."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder = folder
        self.folder.mkdir()
        self._ballast = folder / "ballast"
        command = ["mount", "-t", "tmpfs", "-o", "size=16m,mode=777", "none", str(folder)]
        self.mounted = mounted and subprocess.run(command, capture_output=True, check=False).returncode == 0
        self._limited: list[Process] = []

    def fill(self, *processes: Process) -> None:
        """No byte more can be written, by these processes at least."""
        if not self.mounted:
            self._limited = list(processes)
            self._limit(0)
            return
        with self._ballast.open("wb", buffering=0) as file:
            for block in (1 << 16, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"x" * block)
                except OSError:
                    continue

    def free(self) -> None:
        self._ballast.unlink(missing_ok=True)
        self._limit(resource.RLIM_INFINITY)

    def _limit(self, size: int) -> None:
        for each in self._limited:
            resource.prlimit(each.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def close(self) -> None:
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)


class Client:
    """Submits one file in both ways."""

    def __init__(self, deployment: Deployment, url: str) -> None:
        self._deployment = deployment
        self._http = httpx.Client(base_url=f"{url}/api/v1", headers={"X-API-Key": deployment.key()}, timeout=60)
        self._source = deployment.files / "letter.txt"
        self._source.write_text(canary.LETTER)

    def __call__(self, kind: str, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        config = {"pii_types": TYPES}
        if kind == "uri":
            body = {"input_uri": self._source.as_uri(), "config": config}
            response = self._http.post("/redact/uri", headers=headers, json=body)
        else:
            files = {"file": ("letter.txt", canary.LETTER.encode())}
            response = self._http.post("/redact", headers=headers, data={"config": json.dumps(config)}, files=files)
        if response.status_code == 202:
            self._deployment.inputs[response.json()["id"]] = canary.LETTER.encode()
        return response

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path)


def refused(response: httpx.Response, code: str) -> bool:
    """A 503 that says what is wrong and when to come back; False when the request went through."""
    if response.status_code == 202:
        return False
    assert response.status_code == 503, response.text
    assert response.json()["code"] == code
    assert response.json()["detail"].endswith(".")
    assert int(response.headers["retry-after"]) > 0
    return True


@pytest.fixture(params=KINDS, ids=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> tuple[str, bool]:
    found: tuple[str, bool] = request.param
    return found


@pytest.fixture
def disk(kind: tuple[str, bool], tmp_path: Path) -> Iterator[Disk]:
    made = Disk(tmp_path / "disk", mounted=kind[1])
    yield made
    made.close()


@pytest.fixture
def on_disk(
    request: pytest.FixtureRequest,
    kind: tuple[str, bool],
    disk: Disk,
    forge: Forge,
    tmp_path: Path,
    watcher: canary.Watcher,
) -> Iterator[Deployment]:
    """A deployment whose data, and SQLite's file, are on the disk that can be full."""
    url = fresh_url(request, kind[0], disk.folder)
    database = Database(url, busy_timeout_seconds=2, pool_size=8)
    made = Deployment(disk.folder / "data", url, database, forge, tmp_path / "files")
    yield made
    made.close()
    assert canary.leaks_in_database(database) == []
    database.close()
    for each in made.processes:
        watcher.files += [each.out, each.err]


def test_a_full_disk(on_disk: Deployment, disk: Disk) -> None:
    in_sqlite = on_disk.database.dialect == "sqlite"
    begun, last_try = ids.new("job"), ids.new("job")
    holds = [on_disk.fault("writing", "hold", job) for job in (begun, last_try)]
    # The reserve would refuse uploads before the disk does: switched off, so that the writes themselves fail.
    api = on_disk.api(reserve=False)
    worker = on_disk.worker(faults=[each.said() for each in holds])
    on_disk.submit(job_id=begun, max_retries=20)
    on_disk.submit(job_id=last_try, max_retries=0)
    for each in holds:
        each.wait_hit()
    send = Client(on_disk, api.url)
    assert send("upload").status_code == 202
    on_disk.wait_ended(*(on_disk.inputs.keys() - {begun, last_try}))

    disk.fill(api.process, worker)
    for each in holds:
        each.release()
    assert refused(send("upload", "the-upload"), "storage_full")
    if in_sqlite:  # the rest of its journal file may take some transactions yet
        wait_until(lambda: refused(send("uri", ids.new("req")), "storage_full"), "the database to be full")
        wait_until(lambda: worker.has_said(f"job {last_try}: attempt failed"), "its last try to meet the full disk")
        assert on_disk.outcomes()[begun] is None
    else:
        wait_until(lambda: retried(on_disk, begun), "the job to be tried again")
        on_disk.wait_ended(last_try)
    assert refused(send("upload", "the-upload"), "storage_full")

    disk.free()
    assert send("upload", "the-upload").status_code == 202
    assert send("uri", "the-uri").status_code == 202
    on_disk.wait_at_rest()
    assert on_disk.stop_all() == [0, 0]
    on_disk.settled(**{last_try: "storage_full"})


def retried(deployment: Deployment, job: str) -> bool:
    return bool(deployment.rows("SELECT 1 FROM job WHERE id = :job AND retry_count > 0", job=job))


def test_uploads_leave_the_reserve_alone(on_disk: Deployment, disk: Disk) -> None:
    """What would eat into the reserve is refused before it is read."""
    api = on_disk.api(min_free_bytes=1 << 50)
    send = Client(on_disk, api.url)
    assert refused(send("upload"), "storage_full")
    assert on_disk.stored("drafts") == on_disk.stored("uploads") == set()
    on_disk.settled()


@contextmanager
def locked(deployment: Deployment) -> Iterator[None]:
    """Another process's transaction that does not end."""
    engine = create_engine(deployment.url)
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.dbapi_connection.isolation_level = None  # type: ignore[union-attr]
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(text("LOCK TABLE audit_event IN ACCESS EXCLUSIVE MODE"))
        yield
        connection.exec_driver_sql("ROLLBACK")
    engine.dispose()


def test_a_locked_database(deployment: Deployment) -> None:
    job = ids.new("job")
    hold = deployment.fault("published", "hold", job)
    api = deployment.api(busy_timeout_seconds=1)
    worker = deployment.worker(faults=[hold.said()], busy_timeout_seconds=1)
    deployment.submit(job_id=job, max_retries=20)
    hold.wait_hit()
    send = Client(deployment, api.url)
    requests = [(kind, key) for kind in ("upload", "uri") for key in (None, f"again-{kind}")]
    with locked(deployment):
        hold.release()
        for kind, key in requests:
            assert refused(send(kind, key), "database_locked")
        wait_until(lambda: worker.has_said("attempt failed"), "the worker to meet the lock")
        assert send.get("/jobs").status_code == 200  # reading goes on
    for kind, key in requests:
        assert send(kind, key).status_code == 202
    deployment.wait_at_rest()
    assert len(deployment.inputs) == 1 + len(requests)
    assert deployment.stop_all() == [0, 0]
    deployment.settled()
