"""How a job ends: its result and report, being cancelled, being tried again, giving up."""

import base64
import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from expunct_server.jobs import execute, progress, service
from expunct_server.jobs.execute import Executor
from expunct_server.jobs.models import Job
from expunct_server.redaction import formats
from tests.conftest import Api
from tests.support import canary
from tests.web.helpers import on_sqlite, refused, rows

REPORT = {
    "job_id", "tenant_id", "status", "actor", "input_uri", "output_uri", "filename", "media_type", "language",
    "policy_id", "policy_version", "overrides", "entity_count", "entity_counts", "findings", "findings_truncated",
    "batch_id", "connector_id",
    "input_etag", "output_etag", "input_sha256", "output_sha256", "output_bytes", "error_code", "error_message",
    "retry_count", "encoding", "notes", "engine_version", "model_version", "llm_model", "llm_host",
    "created_at", "started_at", "completed_at", "waited_ms", "worked_ms", "duration_ms", "receipt", "audit_event_id",
}  # fmt: skip


def executor(api: Api) -> Executor:
    return api.executor()


def shown(api: Api, job_id: str) -> dict[str, Any]:
    job: dict[str, Any] = api("GET", f"/jobs/{job_id}").json()
    return job


def failing(monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException], times: int) -> list[int]:
    """The engine raises `error` the first `times` times."""
    calls: list[int] = []
    real = formats.redact_file

    def sometimes(*given: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) <= times:
            raise error()
        return real(*given, **named)

    monkeypatch.setattr(execute.formats, "redact_file", sometimes)
    return calls


# --- results ----------------------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("content", "filename", "content_type"),
    [
        (b"To a@b.example", "letter.txt", "text/plain; charset=utf-8"),
        (b"To a@b.example", "", "text/plain; charset=utf-8"),
        (b"# To a@b.example", "notes.md", "text/markdown; charset=utf-8"),
        (b"id,email\n1,a@b.example\n", "t.csv", "text/csv; charset=utf-8"),
        (b"id\temail\n1\ta@b.example\n", "t.tsv", "text/tab-separated-values; charset=utf-8"),
        (b'{"to": "a@b.example"}', "t.json", "application/json"),
        (b'{"to": "a@b.example"}', "wrong.txt", "application/json"),
        (b'{"to": "a@b.example"}\n{"to": 1}\n', "t.jsonl", "application/x-ndjson"),
        ("Señor Muñoz a@b.example".encode("cp1252"), "s.txt", "text/plain; charset=windows-1252"),
        ("Señor a@b.example".encode("utf-8-sig"), "s.txt", "text/plain; charset=utf-8"),
        ("Señor a@b.example".encode("utf-16"), "s.txt", "text/plain; charset=utf-16"),
        (b"\xfe\xff" + "Señor a@b.example".encode("utf-16-be"), "s.txt", "text/plain; charset=utf-16"),
        ("Señor a@b.example".encode("utf-32"), "s.txt", "text/plain; charset=utf-32"),
    ],
)
def test_a_result_says_what_it_is(api: Api, content: bytes, filename: str, content_type: str) -> None:
    job = api.redacted(content, filename)
    assert job["status"] == "completed", job
    for verb in ("result", "download"):
        response = api("GET", f"/jobs/{job['id']}/{verb}")
        assert response.headers["content-type"] == content_type
        charset = content_type.partition("charset=")[2] or "utf-8"
        codec = {"windows-1252": "cp1252"}.get(charset, charset)
        assert "<EMAIL_ADDRESS>" in response.content.decode(codec)  # what the header says reads the bytes
        digest = hashlib.sha256(response.content).digest()
        assert response.headers["repr-digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
        assert response.headers["content-length"] == str(len(response.content))
        assert f'filename="{filename or "upload"}"' in response.headers["content-disposition"]
        assert response.headers["cache-control"] == "no-store"
    downloads = api.events(event_type="job.downloaded")
    assert [e["metadata"] for e in downloads] == [
        {"output_sha256": digest.hex(), "size_bytes": len(response.content), "page": None}
    ] * 2


@on_sqlite
def test_a_filename_of_any_letters_goes_into_the_header_and_cannot_leave_it(api: Api) -> None:
    for name, header in (
        ("résumé.txt", "attachment; filename*=utf-8''r%C3%A9sum%C3%A9.txt"),
        ('a".txt; x="b', "attachment; filename*=utf-8''a%22.txt%3B%20x%3D%22b"),
        ("a\r\nX-Evil: 1.txt", "attachment; filename*=utf-8''aX-Evil%3A%201.txt"),
    ):
        job = api.upload("Dear Sir", name).json()
        api.work()
        response = api("GET", f"/jobs/{job['id']}/result")
        assert response.headers["content-disposition"].replace("%0D%0A", "").replace("%250D%250A", "") in (
            header,
            header.replace("%22", "%2522"),
        )
        assert "x-evil" not in response.headers


@on_sqlite
@pytest.mark.parametrize("asked", ["bytes=0-3", "bytes=999999-", "bytes=abc", "lines=1-2", "bytes=5-2,-1", "bytes=-0"])
def test_a_result_is_handed_out_whole_whatever_range_is_asked_for(api: Api, asked: str) -> None:
    job = api.redacted("Dear a@b.example")
    response = api("GET", f"/jobs/{job['id']}/result", headers={"Range": asked})
    assert (response.status_code, response.text) == (200, "Dear <EMAIL_ADDRESS>")
    assert response.headers["accept-ranges"] == "none"


def test_a_result_that_was_tampered_with_is_not_handed_out(api: Api) -> None:
    job = api.redacted(canary.LETTER)
    [stored] = (api.settings.data / "results").iterdir()
    good = stored.read_bytes()
    stored.write_bytes(good.replace(b"Dear", b"Deer"))
    refused(api("GET", f"/jobs/{job['id']}/result"), 503, "result_damaged")
    stored.write_bytes(good)
    assert api("GET", f"/jobs/{job['id']}/result").content == good
    stored.unlink()
    refused(api("GET", f"/jobs/{job['id']}/download"), 410, "result_missing")
    assert api.event_types(resource_id=job["id"])[2:] == ["job.downloaded"]  # what was refused was not handed out


def test_there_is_no_result_before_the_end(api: Api) -> None:
    job = api.upload("Dear Sir").json()
    body = refused(api("GET", f"/jobs/{job['id']}/result"), 409, "not_finished")
    assert "queued" in body["detail"]
    report = api("GET", f"/jobs/{job['id']}/report").json()
    assert (report["status"], report["output_sha256"], report["completed_at"]) == ("queued", None, None)
    assert api.event_types(resource_id=job["id"]) == ["job.created", "job.report_viewed"]


def test_the_report_and_the_event_and_the_job_agree(api: Api) -> None:
    job = api.redacted(canary.LETTER, data={"config": '{"redaction_method": "hash"}'})
    response = api("GET", f"/jobs/{job['id']}/report")
    report = response.json()
    assert report.keys() == REPORT
    result = api("GET", f"/jobs/{job['id']}/result").content
    assert report["input_sha256"] == hashlib.sha256(canary.LETTER.encode()).hexdigest()
    assert report["output_sha256"] == hashlib.sha256(result).hexdigest()
    assert (report["output_bytes"], report["encoding"]) == (len(result), "utf-8")
    assert report["entity_count"] == sum(report["entity_counts"].values()) == job["findings_count"]
    assert report["overrides"] == {"redaction_method": "hash"}
    assert report["waited_ms"] + report["worked_ms"] <= report["duration_ms"] + 1
    event = api.events(event_type="job.completed")[0]
    assert event["id"] == report["audit_event_id"]
    for name in ("input_uri", "output_uri", "entity_count", "entity_counts", "input_sha256", "output_sha256",
                 "duration_ms", "policy_id", "policy_version"):  # fmt: skip
        assert event["metadata"][name] == report[name], name
    assert canary.found_in(response.content) == []


@on_sqlite
def test_a_report_says_what_was_found_where_and_nothing_of_the_values(api: Api) -> None:
    table = "mail,card\na@b.example,4111111111111111\n"
    config = {"config": '{"redaction_method": "partial"}'}  # what stands in its place is its last digits
    job = api.redacted(table, "a.csv", data=config)
    report = api("GET", f"/jobs/{job['id']}/report").json()
    why = ("entity_type", "location", "start", "end", "score", "recognizer", "check")
    assert report["findings"] == [{name: each[name] for name in why} for each in job["findings"]]
    assert [(each["entity_type"], each["location"]) for each in report["findings"]] == [
        ("EMAIL_ADDRESS", "row 2, column mail"),
        ("CREDIT_CARD", "row 2, column card"),
    ]
    assert (report["findings_truncated"], job["findings_truncated"]) == (False, False)


@on_sqlite
def test_what_a_job_shows_no_more_is_on_pages(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = api.redacted("a@b.example b@b.example c@b.example")
    whole = job["findings"]
    assert [each["start"] for each in whole] == [0, 12, 24]
    monkeypatch.setattr(service, "SHOWN_FINDINGS", 2)
    for path in (f"/jobs/{job['id']}", f"/jobs/{job['id']}/report"):
        cut = api("GET", path).json()
        assert ([each["start"] for each in cut["findings"]], cut["findings_truncated"]) == ([0, 12], True)
    paged = f"/jobs/{job['id']}/findings"
    assert api("GET", paged).json() == whole
    response = api("GET", f"{paged}?limit=2&offset=1&count=true")
    assert (response.json(), response.headers["X-Total-Count"]) == (whole[1:], "3")
    page = api("GET", f"{paged}?page=2&page_size=2").json()
    assert page == {"findings": whole[2:], "total": 3, "page": 2, "page_size": 2}
    refused(api("GET", f"{paged}?status=completed"), 422)


@on_sqlite
def test_a_job_that_has_not_ended_has_no_findings(api: Api) -> None:
    job = api.upload("a@b.example").json()
    paged = api("GET", f"/jobs/{job['id']}/findings?page=1").json()
    assert paged == {"findings": [], "total": 0, "page": 1, "page_size": 20}


# --- cancelling -------------------------------------------------------------------------------------------------------


def test_a_waiting_job_can_be_cancelled_and_is_then_left_alone(api: Api) -> None:
    job = api.upload(canary.LETTER).json()
    answer = api("POST", f"/jobs/{job['id']}/cancel")
    assert (answer.status_code, answer.json()["status"], answer.json()["error_code"]) == (200, "error", "cancelled")
    assert executor(api).run(job["id"]) is None
    assert shown(api, job["id"])["status"] == "error"
    assert api.event_types(resource_id=job["id"]) == ["job.created", "job.cancelled", "job.failed"]
    cancelled, failed = api.events(resource_id=job["id"])[1:]
    assert cancelled["metadata"] == {"input_uri": "upload://letter.txt", "was": "queued"}
    assert failed["metadata"]["error_code"] == "cancelled"
    assert cancelled["actor"] == failed["actor"] == api.key[:11] + "..." + api.key[-3:]
    refused(api("POST", f"/jobs/{job['id']}/cancel"), 409, "already_ended")
    refused(api("GET", f"/jobs/{job['id']}/result"), 409, "no_result")


def test_a_job_cancelled_while_it_is_worked_on_leaves_no_result(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = api.upload(canary.LETTER).json()
    real = formats.redact_file

    def cancelled_meanwhile(*given: Any, **named: Any) -> Any:
        assert shown(api, job["id"])["status"] == "processing"
        assert api("POST", f"/jobs/{job['id']}/cancel").status_code == 200
        return real(*given, **named)

    monkeypatch.setattr(execute.formats, "redact_file", cancelled_meanwhile)
    api.work()
    assert shown(api, job["id"])["status"] == "error"
    # Perhaps there is no such folder: it can have been noticed before.
    assert list((api.settings.data / "results").glob("*")) == []
    assert api.event_types(resource_id=job["id"]) == ["job.created", "job.cancelled", "job.failed"]
    assert api.events(event_type="job.cancelled")[0]["metadata"]["was"] == "processing"


def test_a_job_that_is_done_cannot_be_cancelled(api: Api) -> None:
    job = api.redacted("Dear Sir")
    refused(api("POST", f"/jobs/{job['id']}/cancel"), 409, "already_ended")
    assert api.event_types(resource_id=job["id"]) == ["job.created", "job.completed"]


# --- trying again -----------------------------------------------------------------------------------------------------


def test_a_passing_failure_is_tried_again_and_never_shown_as_failed(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = api.upload(canary.LETTER).json()
    failing(monkeypatch, lambda: OSError(5, canary.NAME), times=2)
    worker, seen = executor(api), []
    while (pause := worker.run(job["id"])) is not None:
        seen.append((pause, shown(api, job["id"])["status"], shown(api, job["id"])["retry_count"]))
    assert seen == [(2.0, "processing", 1), (4.0, "processing", 2)]
    done = shown(api, job["id"])
    assert (done["status"], done["retry_count"], done["error_message"]) == ("completed", 2, None)
    assert api.event_types(resource_id=job["id"]) == ["job.created", "job.completed"]


def test_progress_rises_and_a_retry_begins_at_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    content = json.dumps(["some words"] * 12_000)
    job = api.upload(content, "a.json", data={"config": '{"pii_types": ["EMAIL_ADDRESS"]}'}).json()
    tries: list[list[int]] = []
    real = formats.redact_file

    def watched(*given: Any, **named: Any) -> Any:
        *document, report = given
        tries.append([shown(api, job["id"])["progress_pct"]])

        def reported(consumed: int) -> None:
            for each in (consumed, 0):  # a format that counts backwards changes nothing
                report(each)
                tries[-1].append(shown(api, job["id"])["progress_pct"])
            if len(tries) == 1 and consumed > len(content) // 2:
                raise OSError(5, canary.NAME)

        return real(*document, reported, **named)

    monkeypatch.setattr(execute.formats, "redact_file", watched)
    monkeypatch.setattr(progress, "_EVERY_SECONDS", -1.0)
    worker = executor(api)
    assert worker.run(job["id"]) is not None
    waiting = shown(api, job["id"])
    assert (waiting["status"], waiting["retry_count"], waiting["progress_pct"]) == ("processing", 1, 0)
    assert worker.run(job["id"]) is None
    failed, completed = tries
    assert failed[0] == completed[0] == 0 and failed[-1] > 50
    for each in tries:
        assert each == sorted(each) and len(set(each)) > 2
    assert (completed[-1], shown(api, job["id"])["progress_pct"]) == (99, 100)


@on_sqlite
def test_a_worker_that_died_leaves_no_percentage_to_the_next_attempt(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = api.upload("Dear Sir").json()
    real, seen = formats.redact_file, []

    def dies(*given: Any, **named: Any) -> Any:
        given[-1](6)
        raise KeyboardInterrupt

    def looks(*given: Any, **named: Any) -> Any:
        seen.append(shown(api, job["id"])["progress_pct"])
        return real(*given, **named)

    monkeypatch.setattr(progress, "_EVERY_SECONDS", -1.0)
    monkeypatch.setattr(execute.formats, "redact_file", dies)
    with pytest.raises(KeyboardInterrupt):
        executor(api).run(job["id"])
    assert shown(api, job["id"])["progress_pct"] == 75
    monkeypatch.setattr(execute.formats, "redact_file", looks)
    assert executor(api).run(job["id"]) is None
    assert seen == [0]


def test_when_the_retries_are_used_up_the_job_has_failed_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = api.upload(canary.LETTER).json()
    calls = failing(monkeypatch, lambda: OSError(5, canary.NAME), times=99)
    api.work()
    done = shown(api, job["id"])
    assert len(calls) == 4  # once and three times more
    assert (done["status"], done["retry_count"], done["error_code"]) == ("failed", 3, "io_error")
    failed = api.events(resource_id=job["id"])[-1]
    assert api.event_types(resource_id=job["id"]) == ["job.created", "job.failed"]
    assert failed["metadata"]["retry_count"] == 3 and failed["created_at"] == done["completed_at"]
    assert failed["actor"] == api.key[:11] + "..." + api.key[-3:]  # the submitting key's, not the worker's
    assert executor(api).run(job["id"]) is None
    assert list((api.settings.data / "results").glob("*")) == []


@on_sqlite
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (lambda: RuntimeError(canary.LETTER), "internal_error"),
        (lambda: KeyError(canary.NAME), "internal_error"),
        (MemoryError, "out_of_memory"),
        (lambda: PermissionError(13, canary.NAME), "io_error"),
    ],
)
def test_an_unexpected_error_is_named_by_its_class_and_never_quoted(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException], code: str
) -> None:
    job = api.upload("Dear Sir").json()
    failing(monkeypatch, error, times=99)
    api.work()
    done = shown(api, job["id"])
    assert (done["status"], done["error_code"]) == ("failed", code)
    assert canary.found_in(json.dumps(done)) == []


@on_sqlite
def test_what_cannot_succeed_is_not_tried_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = api.upload("Dear Sir").json()
    calls = failing(monkeypatch, lambda: formats.DocumentError("no_good", "It is no good."), times=99)
    api.work()
    done = shown(api, job["id"])
    assert len(calls) == 1
    assert (done["status"], done["retry_count"], done["error_code"]) == ("error", 0, "no_good")
    assert done["error_message"] == "It is no good."


@on_sqlite
def test_an_upload_that_vanished_cannot_succeed(api: Api) -> None:
    job = api.upload("Dear Sir").json()
    (api.settings.data / "uploads" / job["id"]).unlink()
    api.work()
    done = shown(api, job["id"])
    assert (done["status"], done["error_code"]) == ("error", "input_not_found")


def test_an_attempt_that_was_overtaken_changes_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that only seemed dead comes back when another has finished its job."""
    job = api.upload(canary.LETTER).json()
    real = formats.redact_file
    inner = executor(api)

    def slow(*given: Any, **named: Any) -> Any:
        monkeypatch.setattr(execute.formats, "redact_file", real)
        assert inner.run(job["id"]) is None  # the second worker: takes over, and completes
        return real(*given, **named)

    monkeypatch.setattr(execute.formats, "redact_file", slow)
    assert executor(api).run(job["id"]) is None
    done = shown(api, job["id"])
    assert (done["status"], done["retry_count"]) == ("completed", 1)
    assert api.event_types(resource_id=job["id"]) == ["job.created", "job.completed"]
    with api.database.reading() as session:
        key = session.scalar(select(Job.result_key).where(Job.id == job["id"]))
    assert [f"results/{each.name}" for each in (api.settings.data / "results").iterdir()] == [key]
    assert len(rows(api.database, "job_finding")) == done["findings_count"]


# --- listing ----------------------------------------------------------------------------------------------------------


def test_jobs_are_listed_by_how_they_stand(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def upload() -> str:
        return str(api.upload("Dear Sir").json()["id"])

    expected = {"completed": [upload(), upload()]}
    api.work()
    expected["error"] = [upload()]
    api("POST", f"/jobs/{expected['error'][0]}/cancel")
    with monkeypatch.context() as broken:
        failing(broken, lambda: OSError(5, "x"), times=99)
        expected["failed"] = [upload()]
        api.work()
        expected["processing"] = [upload()]
        executor(api).run(expected["processing"][0])
    expected["queued"] = [upload()]
    for status, wanted in expected.items():
        found = api("GET", "/jobs", params={"status": status}).json()
        assert [job["id"] for job in found] == wanted[::-1], status
        assert {job["status"] for job in found} == {status}
        assert api("GET", "/jobs", params={"status": status, "page": 1}).json()["total"] == len(wanted)
    assert len(api("GET", "/jobs").json()) == 6
    for wrong in ("", "done", "QUEUED", "queued,failed", "[x]"):
        refused(api("GET", "/jobs", params={"status": wrong}), 422)
