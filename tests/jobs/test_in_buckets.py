"""Documents in buckets: read, redacted, written beside them or where the request says, as a started and ended pair."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from expunct_server import ids
from expunct_server.buckets import waiting
from expunct_server.jobs import execute, outputs
from expunct_server.storage.base import StoreDenied, StoreUnavailable
from expunct_server.storage.objects import Address, ObjectStore
from expunct_server.tenants.places import Places
from tests.conftest import Api
from tests.support import canary
from tests.support.seaweedfs import SeaweedFS
from tests.web.helpers import another_app, on_sqlite, refused, rows


@pytest.fixture
def bucket(s3: SeaweedFS) -> str:
    return s3.bucket()


@pytest.fixture
def store(s3: SeaweedFS, bucket: str, tmp_path: Path) -> ObjectStore:
    """The bucket, past the server."""
    return ObjectStore(Address("s3", bucket, s3.endpoint), s3.secret(), scratch=tmp_path)


@pytest.fixture
def allowed(api: Api, s3: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The server, with the operator's credentials for every bucket, and for `other` those of someone who only reads."""
    with _allowed(api, s3, tmp_path, monkeypatch, "admin") as found:
        yield found


@contextmanager
def _allowed(api: Api, s3: SeaweedFS, folder: Path, monkeypatch: pytest.MonkeyPatch, who: str) -> Iterator[Api]:
    for name, value in s3.secret(who).items():
        monkeypatch.setenv(f"TESTS_{name.upper()}", value)
    path = folder / f"credentials-{who}.toml"
    path.write_text(
        f'[all]\nprovider = "s3"\ntenants = ["default"]\nendpoint = "{s3.endpoint}"\nenvironment = "TESTS"\n'
    )
    with another_app(api, credentials_file=str(path)) as found:
        yield found


def put(store: ObjectStore, key: str, text: str = canary.LETTER) -> None:
    store.put(key, io.BytesIO(text.encode()))


def read(store: ObjectStore, key: str) -> bytes:
    reader = store.open(key)
    try:
        return reader.read()
    finally:
        reader.close()


def keys(store: ObjectStore) -> list[str]:
    return [each.key for each in store.list()]


def submit(api: Api, input_uri: str, **more: Any) -> Any:
    return api("POST", "/redact/uri", json={"input_uri": input_uri, **more})


def done(api: Api, response: Any) -> dict[str, Any]:
    assert response.status_code == 202, response.text
    api.work()
    job: dict[str, Any] = api("GET", f"/jobs/{response.json()['id']}").json()
    return job


def test_the_result_is_written_beside_the_object(allowed: Api, store: ObjectStore, bucket: str) -> None:
    put(store, "in/letter.txt")
    job = done(allowed, submit(allowed, f"s3://{bucket}/in/letter.txt"))
    assert (job["status"], job["output_uri"]) == ("completed", f"s3://{bucket}/in/letter.redacted.txt")
    assert keys(store) == ["in/letter.redacted.txt", "in/letter.txt"]
    written = read(store, "in/letter.redacted.txt")
    assert canary.found_in(written) == []
    assert allowed("GET", f"/jobs/{job['id']}/result").content == written
    types = allowed.event_types(resource_id=job["id"])
    assert types == ["job.created", "job.output_started", "job.output_written", "job.completed", "job.downloaded"]
    started, ended = allowed.events(resource_id=job["id"])[1:3]
    assert ended["metadata"]["started"] == started["id"]
    assert started["metadata"]["output_sha256"] == ended["metadata"]["output_sha256"]
    (row,) = rows(allowed.database, "job")
    assert row["result_key"] is None
    report = allowed("GET", f"/jobs/{job['id']}/report").json()
    assert (report["input_etag"], report["output_etag"]) == (
        store.stat("in/letter.txt").etag,
        store.stat("in/letter.redacted.txt").etag,
    )
    assert rows(allowed.database, "output_write") == []


@on_sqlite
def test_a_result_in_a_bucket_is_waited_for_in_a_place_of_its_own(
    allowed: Api, store: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "letter.txt")
    job, kept = done(allowed, submit(allowed, f"s3://{bucket}/letter.txt")), allowed.redacted("A letter")
    none = Places(0, 1, 1, refusal="Too many requests {whose} wait.", code="buckets_busy", retry_after=5)
    with monkeypatch.context() as patched:
        patched.setattr(waiting, "_places", none)
        refused(allowed("GET", f"/jobs/{job['id']}/result"), 503, "buckets_busy")
        assert allowed("GET", f"/jobs/{kept['id']}/result").status_code == 200
    assert "job.downloaded" not in allowed.event_types(resource_id=job["id"])
    assert allowed("GET", f"/jobs/{job['id']}/result").status_code == 200
    assert not waiting._places._taken


def test_an_etag_of_any_length_is_kept_as_far_as_there_is_room(
    allowed: Api, store: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "a.txt")
    really_open, really_put, long = ObjectStore.open, ObjectStore.put, "e" * 1000

    def opened(*given: Any, **more: Any) -> Any:
        reader = really_open(*given, **more)
        reader.stat = replace(reader.stat, etag=long)
        return reader

    monkeypatch.setattr(ObjectStore, "open", opened)
    monkeypatch.setattr(ObjectStore, "put", lambda *given, **more: replace(really_put(*given, **more), etag=long))
    job = done(allowed, submit(allowed, f"s3://{bucket}/a.txt"))
    assert (job["status"], job["error_message"]) == ("completed", None)
    (row,) = rows(allowed.database, "job")
    assert (row["input_etag"], row["output_etag"]) == (long[:200], long[:200])


@on_sqlite
def test_the_result_goes_where_the_request_says(allowed: Api, store: ObjectStore, bucket: str, s3: SeaweedFS) -> None:
    put(store, "a letter + ü/%41?#.txt")
    other = s3.bucket()
    job = done(allowed, submit(allowed, f"s3://{bucket}/a letter + ü/%41?#.txt", output_uri=f"s3://{other}/x/y"))
    assert (job["status"], job["error_message"]) == ("completed", None)
    assert keys(store) == ["a letter + ü/%41?#.txt"]


@on_sqlite
def test_from_a_bucket_to_a_folder_and_back(allowed: Api, store: ObjectStore, bucket: str) -> None:
    put(store, "letter.txt")
    root = allowed.settings.file_roots[0]
    job = done(allowed, submit(allowed, f"s3://{bucket}/letter.txt", output_uri=(root / "out.txt").as_uri()))
    assert job["status"] == "completed" and canary.found_in((root / "out.txt").read_bytes()) == []
    back = done(allowed, submit(allowed, (root / "out.txt").as_uri(), output_uri=f"s3://{bucket}/back.txt"))
    assert back["status"] == "completed"
    assert read(store, "back.txt") == (root / "out.txt").read_bytes()


@on_sqlite
@pytest.mark.parametrize(
    ("uri", "more", "code"),
    [
        ("s3://{bucket}/gone.txt", {}, "input_not_found"),
        ("s3://no-such-bucket-here/x.txt", {}, "bucket_not_found"),
        ("s3://{bucket}/letter.txt", {"output_uri": "s3://no-such-bucket-here/x.txt"}, "output_not_found"),
        ("s3://{bucket}/empty.txt", {}, "empty_file"),
        ("s3://{bucket}/a.ps", {}, "unsupported_format"),
        ("s3://{bucket}/large.txt", {}, "too_large"),
    ],
)
def test_what_cannot_be_read_or_written_ends_the_job_at_once(
    allowed: Api, store: ObjectStore, bucket: str, uri: str, more: dict[str, Any], code: str
) -> None:
    put(store, "letter.txt")
    put(store, "empty.txt", "")
    put(store, "a.ps", "%!PS-Adobe-3.0")
    put(store, "large.txt", "x" * 3000)
    with another_app(allowed, max_upload_bytes=2000) as small:
        job = done(small, submit(small, uri.format(bucket=bucket), **more))
    assert (job["status"], job["error_code"], job["retry_count"]) == ("error", code, 0)
    assert len(job["error_message"]) > 10 and not set(job["error_message"]) & set("[]\n")
    types = [each for each in allowed.event_types(resource_id=job["id"]) if "output" not in each]
    assert types == ["job.created", "job.failed"]


@on_sqlite
def test_credentials_that_may_only_read_write_nothing(
    api: Api, store: ObjectStore, bucket: str, s3: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "letter.txt")
    with _allowed(api, s3, tmp_path, monkeypatch, "reader") as reader:
        job = done(reader, submit(reader, f"s3://{bucket}/letter.txt"))
    assert (job["status"], job["error_code"]) == ("error", "output_not_writable")
    assert reader.event_types(resource_id=job["id"]) == [
        "job.created",
        "job.output_started",
        "job.output_unresolved",
        "job.failed",
    ]
    assert keys(store) == ["letter.txt"]
    assert rows(api.database, "output_write") == []


@on_sqlite
def test_a_bucket_that_nobody_gave_credentials_for_is_refused(api: Api, bucket: str) -> None:
    response = submit(api, f"s3://{bucket}/letter.txt")
    refused(response, 422, "no_credentials")
    assert api("GET", "/jobs").json() == []


def failing_once(monkeypatch: pytest.MonkeyPatch, error: Callable[[], Exception], *, after: bool) -> None:
    """The first write of an object fails: before anything was written, or once it was."""
    real, calls = ObjectStore.put, []

    def put(store: ObjectStore, key: str, source: Any, **options: Any) -> Any:
        calls.append(key)
        if len(calls) > 1:
            return real(store, key, source, **options)
        if after:
            real(store, key, source, **options)
        raise error()

    monkeypatch.setattr(ObjectStore, "put", put)


@on_sqlite
@pytest.mark.parametrize("after", [False, True], ids=["nothing written", "written"])
def test_a_write_that_fails_in_passing_is_told_of_and_tried_again(
    allowed: Api, store: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    put(store, "letter.txt")
    failing_once(monkeypatch, StoreUnavailable, after=after)
    job = done(allowed, submit(allowed, f"s3://{bucket}/letter.txt"))
    assert (job["status"], job["retry_count"]) == ("completed", 1)
    assert allowed.event_types(resource_id=job["id"]) == [
        "job.created",
        "job.output_started",
        "job.output_unresolved",
        "job.output_started",
        "job.output_written",
        "job.completed",
    ]
    starts = [each["id"] for each in allowed.events(event_type="job.output_started")]
    ends = [
        each["metadata"]["started"]
        for each in allowed.events(resource_id=job["id"])
        if each["event_type"] in ("job.output_unresolved", "job.output_written")
    ]
    assert ends == starts


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("after", [False, True], ids=["before the write", "after it"])
def test_a_worker_that_dies_while_it_writes_leaves_a_start_that_the_next_attempt_ends(
    allowed: Api, store: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    put(store, "letter.txt")
    submitted = submit(allowed, f"s3://{bucket}/letter.txt").json()
    with monkeypatch.context() as patch:
        failing_once(patch, Killed, after=after)  # type: ignore[arg-type]
        patch.setattr(outputs, "ended", lambda *_: None)
        with pytest.raises(Killed):
            allowed.executor().run(submitted["id"])
    (open_write,) = rows(allowed.database, "output_write")
    assert open_write["job_id"] == submitted["id"]
    assert outputs.sweep(allowed.database) == 0  # it may be under way
    allowed.work()
    job = allowed("GET", f"/jobs/{submitted['id']}").json()
    assert (job["status"], job["retry_count"]) == ("completed", 1)
    assert allowed.event_types(resource_id=job["id"])[1:] == [
        "job.output_started",
        "job.output_unresolved",
        "job.output_started",
        "job.output_written",
        "job.completed",
    ]
    assert canary.found_in(read(store, "letter.redacted.txt")) == []


def test_the_sweep_ends_the_write_of_a_job_that_was_cancelled_meanwhile(
    allowed: Api, store: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "letter.txt")
    submitted = submit(allowed, f"s3://{bucket}/letter.txt").json()
    with monkeypatch.context() as patch:
        failing_once(patch, Killed, after=True)  # type: ignore[arg-type]
        patch.setattr(outputs, "ended", lambda *_: None)
        with pytest.raises(Killed):
            allowed.executor().run(submitted["id"])
    assert allowed("POST", f"/jobs/{submitted['id']}/cancel").status_code == 200
    assert outputs.sweep(allowed.database) == 0
    real = ids.now
    monkeypatch.setattr(ids, "now", lambda: real() + 16 * ids.MINUTE)
    assert outputs.sweep(allowed.database) == 1
    monkeypatch.setattr(ids, "now", real)
    (swept,) = allowed.events(event_type="job.output_unresolved")
    assert (swept["actor"], swept["resource_id"]) == (
        allowed.events(event_type="job.created")[0]["actor"],
        submitted["id"],
    )
    assert outputs.sweep(allowed.database) == 0


def test_a_job_that_is_cancelled_while_its_result_is_written_says_that_it_was(
    allowed: Api, store: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "letter.txt")
    submitted = submit(allowed, f"s3://{bucket}/letter.txt").json()
    real = ObjectStore.put

    def put_and_cancel(this: ObjectStore, key: str, source: Any, **options: Any) -> Any:
        found = real(this, key, source, **options)
        assert allowed("POST", f"/jobs/{submitted['id']}/cancel").status_code == 200
        return found

    monkeypatch.setattr(ObjectStore, "put", put_and_cancel)
    allowed.work()
    assert allowed("GET", f"/jobs/{submitted['id']}").json()["error_code"] == "cancelled"
    assert allowed.event_types(resource_id=submitted["id"]) == [
        "job.created",
        "job.output_started",
        "job.cancelled",
        "job.failed",
        "job.output_written",
    ]
    assert rows(allowed.database, "output_write") == []


@on_sqlite
def test_a_result_that_was_changed_in_its_bucket_is_not_handed_out(
    allowed: Api, store: ObjectStore, bucket: str
) -> None:
    put(store, "letter.txt")
    job = done(allowed, submit(allowed, f"s3://{bucket}/letter.txt"))
    good = read(store, "letter.redacted.txt")
    for changed in (good[:-1] + b"?", good + b"?", b""):
        store.put("letter.redacted.txt", io.BytesIO(changed))
        refused(allowed("GET", f"/jobs/{job['id']}/result"), 503, "result_damaged")
    store.remove("letter.redacted.txt")
    refused(allowed("GET", f"/jobs/{job['id']}/result"), 410, "result_missing")
    assert allowed.event_types(event_type="job.downloaded") == []


@on_sqlite
def test_an_object_that_changes_while_it_is_read_is_read_again(
    allowed: Api, store: ObjectStore, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, "letter.txt")
    submitted = submit(allowed, f"s3://{bucket}/letter.txt")
    job = done(allowed, submitted)
    put(store, "letter.txt", "Dear a@b.example")
    again = done(allowed, submit(allowed, f"s3://{bucket}/letter.txt"))
    assert (job["status"], again["status"]) == ("completed", "completed")
    assert read(store, "letter.redacted.txt") == b"Dear <EMAIL_ADDRESS>"
    etags = [row["input_etag"] for row in rows(allowed.database, "job")]
    assert len(set(etags)) == 2


def test_uploads_and_results_of_many_machines_are_in_the_shared_bucket(
    api: Api, s3: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of them is on the disk of whoever took or made them."""
    for name, value in s3.secret("writer").items():
        monkeypatch.setenv(f"OWN_{name.upper()}", value)
    own = s3.bucket()
    path = tmp_path / "own.toml"
    path.write_text(f'[own]\nprovider = "s3"\ntenants = ["x"]\nendpoint = "{s3.endpoint}"\nenvironment = "OWN"\n')
    shared = {"store": f"s3://{own}/deployment", "store_credentials": "own", "credentials_file": str(path)}
    store = ObjectStore(Address("s3", own, s3.endpoint), s3.secret(), scratch=tmp_path)
    with another_app(api, **shared) as front:
        accepted = front.upload(canary.LETTER)
        assert keys(store) == [f"deployment/uploads/{accepted.json()['id']}"]
        elsewhere = Api(front.client, replace(front.settings, data=tmp_path / "elsewhere"), api.database, api.watcher)
        elsewhere.settings.data.mkdir()
        elsewhere.work()
        (key,) = keys(store)
        assert key.startswith(f"deployment/results/{accepted.json()['id']}.")
        result = front("GET", f"/jobs/{accepted.json()['id']}/result")
        assert result.status_code == 200 and canary.found_in(result.content) == []
    left = [each for each in tmp_path.rglob("*") if each.parent.name in ("uploads", "results", "drafts")]
    assert left == []


@on_sqlite
def test_a_store_that_is_away_refuses_an_upload_and_keeps_a_job_waiting(
    api: Api, s3: SeaweedFS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3.secret("writer").items():
        monkeypatch.setenv(f"OWN_{name.upper()}", value)
    path = tmp_path / "own.toml"
    path.write_text(f'[own]\nprovider = "s3"\ntenants = ["x"]\nendpoint = "{s3.endpoint}"\nenvironment = "OWN"\n')
    shared = {"store": f"s3://{s3.bucket()}/d", "store_credentials": "own", "credentials_file": str(path)}
    with another_app(api, **shared) as front:
        accepted = front.upload(canary.LETTER).json()

        def away(*_: Any, **__: Any) -> Any:
            raise StoreUnavailable

        with monkeypatch.context() as patch:
            patch.setattr(ObjectStore, "open", away)
            patch.setattr(ObjectStore, "put", away)
            refused(front.upload(canary.LETTER), 503, "store_unavailable")
            assert front.executor().run(accepted["id"]) == 20.0
        front.work()
        job = front("GET", f"/jobs/{accepted['id']}").json()
        assert (job["status"], job["retry_count"]) == ("completed", 1)


def test_the_query_of_a_url_is_sealed_and_never_shown(api: Api) -> None:
    secret = "X-Amz-Signature=0123456789abcdef"
    response = submit(api, f"https://files.example.com/a/letter.txt?{secret}")
    assert response.status_code == 202, response.text
    job = response.json()
    assert job["input_uri"] == "https://files.example.com/a/letter.txt"
    (row,) = rows(api.database, "job")
    assert row["sealed_query"] is not None and secret.encode() not in row["sealed_query"]
    assert secret not in str(api.events(resource_id=job["id"], fields="full"))
    assert secret not in api("GET", f"/jobs/{job['id']}").text
    assert execute.Executor._query(api.executor(), _job(api, job["id"])) == secret


def _job(api: Api, job_id: str) -> Any:
    from expunct_server.jobs.models import Job

    with api.database.reading() as session:
        return session.get(Job, job_id)


def test_denied_is_not_told_apart_by_exceptions_of_libraries() -> None:
    assert (StoreDenied.code, StoreDenied.passing) == ("access_denied", False)
