"""Several machines that share PostgreSQL and a bucket, nothing else; and what must be true when a sync is through."""

import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest

from expunct_server.jobs import workers
from expunct_server.storage.objects import Address, ObjectStore
from tests.crash.support import TYPES, Api, Deployment, Process, wait_until
from tests.support import canary
from tests.support.seaweedfs import SeaweedFS

_VARIABLE = "SHARED"  # begins the names of the environment variables that hold the operator's secret
_LANES = 16
# Of a key: its event types, but for those that come once a try.
_OF_A_JOB = Counter({"job.created": 1, "job.output_written": 1, "job.completed": 1})


@dataclass(frozen=True)
class Machine:
    """A data folder and a host's name of its own. `ways` is how it reaches what is shared, where that is its own."""

    name: str
    data: Path
    ways: dict[str, str]
    netns: str | None = None


class Fleet:
    """A deployment on machines. Its home is `deployment.data`."""

    def __init__(self, deployment: Deployment, s3: SeaweedFS, monkeypatch: pytest.MonkeyPatch, **settings: str) -> None:
        self.deployment, self._s3 = deployment, s3
        self.own, self.lake = s3.bucket(), s3.bucket()
        for field, value in s3.secret().items():
            monkeypatch.setenv(f"{_VARIABLE}_{field.upper()}", value)  # processes are given this one's environment
        deployment.settings |= {
            "store": f"s3://{self.own}/deployment",
            "store_credentials": "shared",
            "bucket_endpoints": s3.endpoint,
            "master_key": secrets.token_hex(32),
            "log_key": secrets.token_hex(32),
            "max_retries": "1000",
            "pool_size": "5",  # PostgreSQL lets a hundred in
            "worker_lost_seconds": "3",
        } | settings
        self._home: dict[str, str] = {}  # how it reaches what is shared
        self.contents: dict[str, str] = {}
        self.inputs: dict[str, Any] = {}  # as they were listed

    # --- machines ---

    def machine(
        self,
        name: str,
        *,
        is_home: bool = False,
        s3: str | None = None,
        url: str | None = None,
        netns: str | None = None,
    ) -> Machine:
        """A machine; `s3` and `url` are the addresses of bucket and database as it sees them."""
        folder = self.deployment.files.parent / name
        folder.mkdir()
        credentials = folder / "credentials.toml"
        entry = {"provider": "s3", "endpoint": s3 or self._s3.endpoint, "environment": _VARIABLE}
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in entry.items())
        credentials.write_text(f'[shared]\ntenants = ["default"]\n{lines}')
        ways = {"credentials_file": str(credentials)} | ({"database_url": url} if url else {})
        if is_home:
            self._home = ways
        return Machine(name, self.deployment.data if is_home else folder / "data", ways, netns)

    def worker(self, machine: Machine, **options: Any) -> Process:
        """A worker on a machine."""
        given: dict[str, Any] = {"data": machine.data, "idle_seconds": 10, **machine.ways, **options}
        return self.deployment.worker(host=machine.name, netns=machine.netns, **given)

    def api(self, machine: Machine, *, address: str = "127.0.0.1") -> Api:
        """The API on a machine."""
        given: dict[str, Any] = {"data": machine.data, **machine.ways}
        command = ("serve", "--port", "0", "--workers", "0", "--json", "--host", address)
        process = self.deployment.start(*command, host=machine.name, netns=machine.netns, **given)
        return Api(self.deployment, process)

    def workers(self, home: Machine, *others: Machine) -> list[Process]:
        """A worker on each machine; that of the home is the first, for the first to publish becomes the home."""
        first = self.worker(home)
        wait_until(lambda: self.deployment.rows("SELECT home FROM audit_home"), "the home to be claimed")
        return [first, *map(self.worker, others)]

    # --- work ---

    def fill(self, number: int) -> None:
        """Put so many small documents, each another, into the bucket that is synced."""
        self.contents = {f"in/{n % 7}/{n:05}.txt": f"Letter {n}. {canary.LETTER}" for n in range(number)}
        in_parallel(lambda key: self._put(key, self.contents[key]), self.contents)
        self.inputs = self._listed()
        assert self.inputs.keys() == self.contents.keys()

    def connector(self, client: httpx.Client, **fields: Any) -> str:
        """A policy of types that need no model, and a connector that uses it; its id."""
        policy = _made(
            client.post("/policies", json={"name": "letters", "pii_types": TYPES, "pii_categories": ["PII"]})
        )
        given = {"provider": "s3", "bucket": self.lake, "prefix": "in/", "output_prefix": "out/"}
        made = _made(client.post("/connectors", json={**given, "policy_id": policy["id"], **fields}))
        return str(made["id"])

    # --- what must be true ---

    def settled(self, client: httpx.Client, connector_id: str, sync_id: str) -> None:
        """Every object was redacted once and everything says so. Workers may be idle, no more."""
        self.deployment.wait_at_rest()
        self._are_outputs_whole()
        self._are_jobs_whole(connector_id)
        self._is_sync_whole(client, connector_id, sync_id)
        assert list(self._store(self.own).list()) == []
        self._is_told_alike(client)

    def _are_outputs_whole(self) -> None:
        listed = self._listed()
        outputs = {self.output_key(key): key for key in self.contents}
        assert {key: found for key, found in listed.items() if key not in outputs} == self.inputs
        assert listed.keys() == self.inputs.keys() | outputs.keys()
        read = dict(zip(outputs, in_parallel(self._read, outputs), strict=True))
        wrong = [key for key, content in read.items() if content != redacted(self.contents[outputs[key]])]
        assert wrong == []

    def _are_jobs_whole(self, connector_id: str) -> None:
        rows = {row.id: row for row in self.deployment.rows("SELECT * FROM job")}
        expected = {f"s3://{self.lake}/{key}": f"s3://{self.lake}/{self.output_key(key)}" for key in self.contents}
        assert len(rows) == len(expected)
        assert {row.input_uri: row.output_uri for row in rows.values()} == expected
        assert {(row.outcome, row.runner, row.connector_id) for row in rows.values()} == {
            ("completed", None, connector_id)
        }
        events: dict[str, list[Any]] = {job: [] for job in rows}
        for event in self.deployment.rows("SELECT * FROM audit_event WHERE resource_type = 'job' ORDER BY position"):
            events[event.resource_id].append(event)
        wrong = [job for job, told in events.items() if not _is_told_once(told)]
        assert wrong == []
        assert self.deployment.rows("SELECT * FROM output_write") == []

    def _is_sync_whole(self, client: httpx.Client, connector_id: str, sync_id: str) -> None:
        """The first sync saw all; a second one finds nothing to do."""
        number = len(self.contents)
        assert self.synced(client, connector_id) == (number, number, 0)
        told = [(row.event_type, json.loads(row.details)) for row in self.deployment.rows(_SYNCS)]
        first = [(kind, details) for kind, details in told if details["sync_id"] == sync_id]
        assert [kind for kind, _ in first] == ["connector.sync_triggered", "connector.sync_completed"]
        counts = {"seen": number, "unchanged": 0, "skipped": 0, "job_count": number, "completed_jobs": number}
        assert first[1][1].items() >= (counts | {"failed_jobs": 0}).items()
        assert len(told) == 4

    def synced(self, client: httpx.Client, connector_id: str) -> tuple[int, int, int]:
        """One more sync: how many objects it saw, how many were unchanged, how many jobs it made."""
        sync_id = _made(client.post(f"/connectors/{connector_id}/sync"))["id"]
        self.wait_completed(client, connector_id, sync_id)
        found = self.sync(client, connector_id, sync_id)
        return found["seen"], found["unchanged"], found["job_count"]

    def sync(self, client: httpx.Client, connector_id: str, sync_id: str) -> dict[str, Any]:
        """A sync as it stands."""
        return _made(client.get(f"/connectors/{connector_id}/syncs/{sync_id}"))

    def wait_completed(self, client: httpx.Client, connector_id: str, sync_id: str) -> None:
        """Until a sync has ended, and well."""
        wait_until(lambda: self.sync(client, connector_id, sync_id)["ended_at"], "a sync to end", 600)
        assert self.sync(client, connector_id, sync_id)["status"] == "completed"

    def wait_ended(self, number: int) -> None:
        """Until so many jobs have ended."""
        wait_until(lambda: self.deployment.rows(_ENDED)[0].n >= number, "jobs to end")

    def held_by(self, name: str) -> int:
        """How many jobs the worker of this machine has claimed and not ended."""
        return int(self.deployment.rows(_HELD, name=f"{name}-%")[0].n)

    def alive(self) -> set[str]:
        """The names of the machines whose workers are not taken for dead."""
        with self.deployment.database.reading() as session:
            found = workers.describe(session, int(self.deployment.settings["worker_lost_seconds"]))
        return {each["id"].rsplit("-", 2)[0] for each in found}

    def stop(self, *started: Process) -> None:
        """End all in order. A worker that was started last may not have come to its signal handlers."""
        for each in started:
            wait_until(lambda each=each: each.has_said("is ready"), "a worker to start")  # type: ignore[misc]
        assert set(self.deployment.stop_all()) == {0}

    def _is_told_alike(self, client: httpx.Client) -> None:
        """Results through the API, a receipt as a stranger verifies it, and the whole log as its operator does."""
        wait_until(lambda: not self.deployment.rows(_UNPUBLISHED), "the log to be published")
        keys = self._file("keys", client.get("/audit/log/key").content)
        for number, row in enumerate(self.deployment.rows("SELECT * FROM job ORDER BY id DESC LIMIT 3")):
            result = client.get(f"/jobs/{row.id}/result").content
            assert result == self._read(row.output_uri.removeprefix(f"s3://{self.lake}/"))
            document = self._file(f"document-{number}", result)
            receipt = self._file(f"receipt-{number}", client.get(f"/jobs/{row.id}/receipt").content)
            self.run("receipt", "verify", document, receipt, "--key", keys, "--role", "output")
        self.run("audit", "fsck")

    def run(self, *command: str) -> None:
        """A command on the home's machine that must succeed."""
        process = self.deployment.start(*command, **self._home)
        assert process.wait() == 0, process.out.read_text() + process.log()

    # --- objects ---

    def output_key(self, key: str) -> str:
        return "out/" + key.removeprefix("in/")

    def _file(self, name: str, content: bytes) -> str:
        path = self.deployment.files.parent / name
        path.write_bytes(content)
        return str(path)

    def _store(self, bucket: str) -> ObjectStore:
        address = Address("s3", bucket, self._s3.endpoint, self._s3.region)
        return ObjectStore(address, self._s3.secret(), scratch=self.deployment.files.parent)

    @cached_property
    def _objects(self) -> ObjectStore:
        return self._store(self.lake)

    def _listed(self) -> dict[str, tuple[int, str]]:
        return {each.key: (each.size, each.etag) for each in self._objects.list()}

    def _put(self, key: str, content: str) -> None:
        with self._objects.create(key) as draft:
            draft.file.write(content.encode())
            draft.publish()

    def _read(self, key: str) -> bytes:
        return self._objects.open(key).read()


def redacted(content: str) -> bytes:
    """What must come of a document."""
    for value, label in ((canary.SSN, "US_SSN"), (canary.EMAIL, "EMAIL_ADDRESS"), (canary.SECRET_KEY, "SECRET")):
        content = content.replace(value, f"<{label}>")
    return content.encode()


def in_parallel(act: Callable[[str], Any], keys: Iterable[str]) -> list[Any]:
    """What `act` gives for each, in their order."""
    with ThreadPoolExecutor(_LANES) as lanes:
        return list(lanes.map(act, keys))


_ENDED = "SELECT count(*) AS n FROM job WHERE outcome IS NOT NULL"
_HELD = "SELECT count(*) AS n FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id LIKE :name"
_SYNCS = "SELECT event_type, details FROM audit_event WHERE event_type LIKE 'connector.sync%' ORDER BY position"
_UNPUBLISHED = "SELECT position FROM audit_pending UNION ALL SELECT size FROM audit_log WHERE published_size < size"


def _is_told_once(events: list[Any]) -> bool:
    """Whether a job's events are those of one that completed once, and each write that was started has one end."""
    ends = Counter(
        json.loads(each.details)["started"]
        for each in events
        if each.event_type in ("job.output_written", "job.output_unresolved")
    )
    starts = Counter(each.id for each in events if each.event_type == "job.output_started")
    told = Counter(each.event_type for each in events)
    for tries in ("job.output_started", "job.output_unresolved"):
        told.pop(tries, None)
    return starts == ends and told == _OF_A_JOB


def _made(response: httpx.Response) -> dict[str, Any]:
    assert response.is_success, response.text
    found: dict[str, Any] = response.json()
    return found
