"""Batches over HTTP: all documents are accepted or none, each is a job, and each of the two events is there once."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from expunct_server.batches import service
from expunct_server.jobs import service as jobs
from expunct_server.jobs.models import Job
from expunct_server.jobs.queue import Queue
from tests.conftest import Api
from tests.support import canary
from tests.web.helpers import another_app, count_now, on_sqlite, refused, rows

BUCKET = """
[mine]
provider = "s3"
tenants = ["default"]
buckets = ["mine"]
environment = "MINE"
"""


@pytest.fixture
def root(api: Api) -> Path:
    """The allowed folder."""
    return Path(api.settings.file_roots[0])


def letters(root: Path, count: int) -> list[str]:
    """URIs of so many files."""
    paths = [root / f"letter {number}.txt" for number in range(count)]
    for path in paths:
        path.write_text(canary.LETTER)
    return [path.as_uri() for path in paths]


def send(api: Api, input_uris: Any, path: str = "/redact/batch", **more: Any) -> Any:
    headers = more.pop("headers", {})
    return api("POST", path, json={"input_uris": input_uris, **more}, headers=headers)


def accepted(response: Any) -> dict[str, Any]:
    assert response.status_code == 202, response.text
    batch: dict[str, Any] = response.json()
    assert response.headers["Location"] == f"/api/v1/batch/{batch['id']}"
    return batch


def look(api: Api, batch: dict[str, Any]) -> dict[str, Any]:
    response = api("GET", f"/batch/{batch['id']}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    for short, long in (("batch_id", "id"), ("total", "total_jobs")):
        assert found[short] == found[long]
    for name in ("completed", "failed"):
        assert found[name] == found[f"{name}_jobs"]
    return found


def test_a_batch_is_queued_worked_on_and_completed(api: Api, root: Path) -> None:
    policy = api("POST", "/policies", json={"name": "p"}).json()["id"]
    uris = letters(root, 3)
    batch = accepted(send(api, uris, policy_id=policy, metadata={"case": "7"}, config={"pii_types": ["SSN"]}))
    assert batch["id"].startswith("batch_") and batch == look(api, batch)
    assert (batch["status"], batch["total"], batch["completed"], batch["failed"]) == ("queued", 3, 0, 0)
    assert batch["updated_at"] >= batch["created_at"] and batch["completed_at"] is None
    members = [api("GET", f"/jobs/{each}").json() for each in batch["job_ids"]]
    assert [each["input_uri"] for each in members] == uris
    assert all((each["policy_id"], each["metadata"]) == (policy, {"case": "7"}) for each in members)
    assert service.close_finished(api.database) == 0

    api.work()
    running = look(api, batch)  # all jobs have ended, and that the batch has is not recorded yet
    assert (running["status"], running["completed"], running["completed_at"]) == ("processing", 3, None)
    assert running["updated_at"] > batch["updated_at"]
    assert service.close_finished(api.database) == 1
    assert service.close_finished(api.database) == 0
    ended = look(api, batch)
    assert (ended["status"], ended["completed"], ended["failed"]) == ("completed", 3, 0)
    assert ended["completed_at"] == ended["updated_at"] and ended["job_ids"] == batch["job_ids"]

    assert api.event_types()[-8:] == ["batch.created", *["job.created"] * 3, *["job.completed"] * 3, "batch.completed"]
    created, completed = api.events(resource_type="batch", resource_id=batch["id"], fields="full")
    assert created["metadata"] == {"job_count": 3, "policy_id": policy, "policy_version": 1}
    assert completed["metadata"]["duration_ms"] >= 0
    assert completed["metadata"].items() >= {"job_count": 3, "completed_jobs": 3, "failed_jobs": 0}.items()
    assert completed["created_at"] == ended["completed_at"]
    told = ("actor", "actor_id", "request_id", "ip_address", "user_agent")  # the worker acts for who sent it
    assert [completed[name] for name in told] == [created[name] for name in told]
    assert created["actor"].startswith("pk_live_") and created["request_id"]
    for each in api.events(event_type="job.created"):
        assert (each["metadata"]["source"], each["metadata"]["batch_id"]) == ("batch", batch["id"])


def test_the_jobs_of_a_batch_are_listed_by_an_index_of_theirs(api: Api, root: Path) -> None:
    uris = letters(root, 2)
    api.upload(canary.LETTER)
    batch, other = accepted(send(api, uris)), accepted(send(api, uris))
    assert api("POST", f"/jobs/{batch['job_ids'][0]}/cancel").status_code == 200
    with statements(api.database.read_engine) as ran:
        listed = api("GET", "/jobs", params={"batch_id": batch["id"]}).json()
        page = api("GET", "/jobs", params={"batch_id": batch["id"], "status": "error", "page": 1}).json()
    assert [each["id"] for each in listed] == batch["job_ids"][::-1]
    assert {(each["source"], each["batch_id"], each["sync_id"]) for each in listed} == {("batch", batch["id"], None)}
    assert ([each["id"] for each in page["jobs"]], page["total"]) == (batch["job_ids"][:1], 1)
    assert api("GET", "/jobs", params={"batch_id": other["id"], "status": "error"}).json() == []
    assert api("GET", "/jobs", params={"batch_id": batch["id"]}, key=api.make_key("rival")).json() == []
    assert api("GET", "/jobs", params={"batch_id": ""}).json() == []
    assert api("GET", f"/jobs/{listed[0]['id']}/report").json()["batch_id"] == batch["id"]
    if api.database.dialect == "sqlite":  # PostgreSQL decides by how many rows there are
        plans = [plan for plan in (plan_of(api, *each) for each in ran) if "ix_job_" in plan]
        assert len(plans) == 3 and all("MATERIALIZE" in each and "ix_job_batch" in each for each in plans), plans
        assert not any("tenant_id" in each for each in plans)


@contextmanager
def statements(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    """What is run meanwhile, with its values."""
    ran: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if " job" in statement:
            ran.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield ran
    event.remove(engine, "before_cursor_execute", note)


def plan_of(api: Api, statement: str, values: Any) -> str:
    """How SQLite looks for the rows."""
    with api.database.reading() as session:
        found = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return " ".join(str(row[-1]) for row in found)


@on_sqlite
def test_a_batch_of_which_some_fail_is_completed_and_one_of_which_all_do_has_failed(api: Api, root: Path) -> None:
    uris = letters(root, 1)
    absent = (root / "absent.txt").as_uri()
    some, none, cancelled = (
        accepted(send(api, [absent, *uris])),
        accepted(send(api, [absent])),
        accepted(send(api, uris)),
    )
    assert api("POST", f"/jobs/{cancelled['job_ids'][0]}/cancel").status_code == 200
    assert look(api, cancelled)["status"] == "processing"
    api.work()
    assert service.close_finished(api.database) == 3
    found = [
        (each["status"], each["completed"], each["failed"]) for each in (look(api, b) for b in (some, none, cancelled))
    ]
    assert found == [("completed", 1, 1), ("failed", 0, 1), ("failed", 0, 1)]


@on_sqlite
def test_a_hundred_are_accepted_under_the_other_name_too(api: Api, root: Path) -> None:
    uris = letters(root, 101)
    batch = accepted(send(api, uris[:100], "/batch/redact"))
    assert len(set(batch["job_ids"])) == batch["total"] == 100
    assert [row["input_uri"] for row in rows(api.database, "job", "created_at")] == uris[:100]
    for wrong in (uris, [], None, uris[0], [1], [""], ["x" * 4001]):
        refused(send(api, wrong), 422, "invalid")
    assert len(rows(api.database, "batch")) == 1


@on_sqlite
def test_one_bad_uri_refuses_the_whole_batch_and_every_bad_one_is_named(api: Api, root: Path) -> None:
    uris = letters(root, 2)
    (root / "link.txt").symlink_to(root / "letter 0.txt")
    for bad, code, fields in (
        ([uris[0], "ftp://host/a", uris[1], "mailto:x"], "unsupported_scheme", ["input_uris.1", "input_uris.3"]),
        ([uris[0], "ftp://host/a", "file://elsewhere/a"], "invalid", ["input_uris.1", "input_uris.2"]),
        ([uris[0], uris[1], uris[0]], "invalid", ["input_uris.2"]),
        ([uris[0], uris[0].replace("letter", "%6cetter")], "invalid", ["input_uris.1"]),
        ([uris[0], (root / "link.txt").as_uri()], "invalid", ["input_uris.1"]),
        (["https://a.example/x?1", "https://a.example/x?2", "https://A.example/x?1"], "invalid", ["input_uris.2"]),
        (["ftp://host/a"] * 100, "unsupported_scheme", [f"input_uris.{n}" for n in range(20)]),
    ):
        body = refused(send(api, bad), 422, code)
        assert [each["field"] for each in body["errors"]] == fields, body
        assert body["detail"].startswith(fields[0]) and body["detail"].endswith("Nothing was accepted.")
    refused(send(api, uris, output_url="x"), 422, "unknown_field")
    refused(api("GET", "/batch", params={"batchid": "x"}), 422, "unknown_parameter")
    refused(send(api, uris, metadata={"a": "x" * 20_000}), 422)
    refused(send(api, uris, policy_id="pol_none"), 404)
    assert rows(api.database, "batch") == rows(api.database, "job") == []
    assert set(api.event_types()) <= {"api_key.created", "tenant.created"}


@on_sqlite
def test_all_that_may_not_be_reached_is_named_and_recorded_once(api: Api, root: Path) -> None:
    good = letters(root, 1)[0]
    for bad, code, fields in (
        (["file:///etc/passwd", good, "https://10.0.0.1/"], "forbidden", ["input_uris.0", "input_uris.2"]),
        ([good, "https://a.example:8443/"], "host_not_allowed", ["input_uris.1"]),
        ([good, "ftp://host/a", "file:///etc/passwd"], "uri_not_allowed", ["input_uris.1", "input_uris.2"]),
        (["file:///etc/passwd"] * 30, "uri_not_allowed", [f"input_uris.{n}" for n in range(20)]),
    ):
        body = refused(send(api, bad), 403, code)
        assert [each["field"] for each in body["errors"]] == fields, body
        assert body["detail"].startswith(fields[0]) and body["detail"].endswith("Nothing was accepted.")
    count_now(api)
    denied = [each["metadata"] for each in api.events(event_type="auth.denied")]
    assert {each["reason"] for each in denied} == {"uri_not_allowed"} and sum(each["count"] for each in denied) == 4
    assert rows(api.database, "job") == []


@on_sqlite
def test_a_result_never_goes_where_another_document_of_the_batch_is_read(api: Api, tmp_path: Path) -> None:
    credentials = tmp_path / "credentials.toml"
    credentials.write_text(BUCKET)
    credentials.chmod(0o600)
    with another_app(api, credentials_file=str(credentials)) as with_bucket:
        body = refused(send(with_bucket, ["s3://mine/a.txt", "s3://mine/b.txt", "s3://mine/a.redacted.txt"]), 422)
        assert body["errors"] == [{"field": "input_uris.2", "message": "is where the result of input_uris.0 goes"}]
        body = refused(send(with_bucket, ["s3://mine/" + "k" * 1020]), 422)
        assert body["errors"][0]["field"] == "input_uris.0" and "too long" in body["detail"]
        accepted(send(with_bucket, ["s3://mine/a.txt", "s3://mine/b.txt"]))
    assert {row["output_uri"] for row in rows(api.database, "job")} == {f"s3://mine/{n}.redacted.txt" for n in "ab"}


def test_the_same_request_again_makes_nothing_twice(api: Api, root: Path) -> None:
    uris = letters(root, 2)
    first = send(api, uris, headers={"Idempotency-Key": "once"})
    again = send(api, uris, headers={"Idempotency-Key": "once"})
    assert again.json() == first.json() and again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    refused(send(api, uris[:1], headers={"Idempotency-Key": "once"}), 409, "idempotency_mismatch")
    assert len(rows(api.database, "batch")) == 1 and len(rows(api.database, "job")) == 2


@on_sqlite
def test_a_batch_that_cannot_be_made_whole_leaves_nothing(
    api: Api, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    enqueue = Queue.enqueue

    def fails_at_the_third(*given: Any, **more: Any) -> None:
        calls.append(given)
        if len(calls) == 3:
            raise OSError("the queue")
        enqueue(*given, **more)

    monkeypatch.setattr(Queue, "enqueue", fails_at_the_third)
    before = api.event_types()
    assert send(api, letters(root, 5)).status_code == 500
    assert rows(api.database, "batch") == rows(api.database, "job") == []
    assert api.event_types() == before


@on_sqlite
def test_more_than_may_wait_is_refused_until_some_have_ended(api: Api, root: Path) -> None:
    with another_app(api, max_queued_jobs=3) as small:
        uris = letters(root, 3)
        accepted(send(small, uris[:2]))
        response = send(small, uris[:2])
        refused(response, 503, "queue_full")
        assert int(response.headers["Retry-After"]) >= 1
        api.work()
        accepted(send(small, uris))


def test_a_batch_is_seen_by_its_tenant_alone_and_listed_newest_first(api: Api, root: Path) -> None:
    uris = letters(root, 2)
    made = [accepted(send(api, uris)) for _ in range(3)]
    other = api.make_key("other")
    refused(api("GET", f"/batch/{made[0]['id']}", key=other), 404)
    refused(api("GET", "/batch/batch_none"), 404)
    assert api("GET", "/batch", key=other).json() == []
    assert [each["id"] for each in api("GET", "/batch").json()] == [each["id"] for each in made[::-1]]
    page = api("GET", "/batch", params={"page": 2, "page_size": 2}).json()
    assert page == {"batches": [look(api, made[0])], "total": 3, "page": 2, "page_size": 2}
    refused(api("POST", "/redact/batch", json={"input_uris": uris}, key=api.make_key(scopes={"jobs"})), 403)
    refused(api("GET", "/batch", key=api.make_key(scopes={"redact"})), 403)


def test_a_policy_that_changes_meanwhile_refuses_the_batch(
    api: Api, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it may on PostgreSQL, where other transactions commit between two looks of this one."""
    policy = api("POST", "/policies", json={"name": "p", "is_default": True}).json()
    submit = jobs.submit_all

    def changed(unit: Any, queue: Queue, new: Sequence[jobs.NewJob], **more: Any) -> list[Job]:
        made = submit(unit, queue, new, **more)
        made[1].policy_version = 2
        return made

    monkeypatch.setattr(jobs, "submit_all", changed)
    refused(send(api, letters(root, 2), policy_id=policy["id"]), 409, "conflict")
    assert rows(api.database, "batch") == []


def test_many_that_close_at_a_time_record_it_once(api: Api, root: Path) -> None:
    made = [accepted(send(api, letters(root, 1))) for _ in range(4)]
    api.work()
    closed: list[int] = []
    start = threading.Barrier(4)

    def close() -> None:
        start.wait()
        closed.append(service.close_finished(api.database))

    threads = [threading.Thread(target=close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(closed) == 4
    assert sorted(each["resource_id"] for each in api.events(event_type="batch.completed")) == sorted(
        each["id"] for each in made
    )
