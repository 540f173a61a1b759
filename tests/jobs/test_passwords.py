"""The password of an encrypted document: it opens the document, and is nowhere but sealed in the row of an open job."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from expunct_server.jobs import execute, passwords
from expunct_server.jobs.models import Job
from expunct_server.jobs.submission import NewUpload
from expunct_server.jobs.upload import Upload
from expunct_server.redaction.formats import common
from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.unlocking import OPENED
from tests.conftest import Api
from tests.jobs.test_runs import failing
from tests.redaction.formats.unlocking import sealed
from tests.support.canary import PASSWORD
from tests.web.helpers import on_sqlite, refused, rows

CONFIG = {"pii_types": ["EMAIL_ADDRESS"], "detection_profile": "fast"}


def submit(api: Api, password: str = PASSWORD, content: bytes = sealed.AES_256, **more: Any) -> Any:
    form = {"config": json.dumps(CONFIG), "password": password}
    return api.upload(content, "files.zip", data=form, **more)


def held(api: Api) -> list[bytes | None]:
    """What the rows of all jobs hold."""
    return [row["sealed_password"] for row in rows(api.database, "job", "created_at")]


def done(api: Api, job_id: str) -> dict[str, Any]:
    api.work()
    found: dict[str, Any] = api("GET", f"/jobs/{job_id}").json()
    return found


def test_an_upload_is_opened_by_its_password_which_is_sealed_until_the_job_ends(api: Api) -> None:
    accepted = submit(api)
    assert accepted.status_code == 202
    [kept] = held(api)
    assert kept is not None and PASSWORD.encode() not in kept
    waiting = api("GET", f"/jobs/{accepted.json()['id']}").json()
    job = done(api, waiting["id"])

    assert (job["status"], job["findings_count"], held(api)) == ("completed", 20, [None])
    result = api("GET", f"/jobs/{job['id']}/result").content
    with zipfile.ZipFile(io.BytesIO(result)) as archive:
        assert archive.read("a.txt").startswith(b"Kept <EMAIL_ADDRESS>")
    report = api("GET", f"/jobs/{job['id']}/report").json()
    assert report["notes"] == [OPENED]
    assert "password" not in {*accepted.json(), *waiting, *job, *report}
    assert PASSWORD not in json.dumps([accepted.json(), waiting, job, report, api.events(fields="full")])


@on_sqlite
def test_a_wrong_password_and_a_missing_one_end_the_job_and_are_told_apart(api: Api) -> None:
    wrong, missing = (done(api, submit(api, password).json()["id"]) for password in ("another", ""))
    assert (wrong["status"], missing["status"], held(api)) == ("error", "error", [None, None])
    failed = api.events(event_type="job.failed")
    assert [each["metadata"]["error_code"] for each in failed] == ["encrypted", "encrypted"]
    assert "does not open it" in wrong["error_message"] and "send its password too" in missing["error_message"]


@on_sqlite
def test_a_password_that_is_too_long_is_refused_in_words_and_not_shown(api: Api) -> None:
    for answer in (
        submit(api, "Geheim" * 50),
        api("POST", "/redact/batch", json={"input_uris": ["file:///nowhere"], "password": "Geheim" * 50}),
    ):
        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"field": "password", "message": "String should have at most 255 characters"}
        ]
        assert "Geheim" not in answer.text
    assert rows(api.database, "job", "created_at") == []


@on_sqlite
def test_what_is_not_encrypted_is_redacted_as_without_a_password(api: Api) -> None:
    job = api.redacted("To a@b.example", data={"config": json.dumps(CONFIG), "password": PASSWORD})
    assert (job["status"], job["findings_count"], held(api)) == ("completed", 1, [None])


def test_it_is_gone_from_the_row_when_a_job_is_cancelled_or_has_failed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(api).json()
    assert api("POST", f"/jobs/{job['id']}/cancel").status_code == 200
    assert held(api) == [None]

    job = submit(api).json()
    seen: list[str | None] = []
    real = passwords.opened
    monkeypatch.setattr(passwords, "opened", lambda *given: seen.append(real(*given)) or seen[-1])
    failing(monkeypatch, lambda: OSError(5, "x"), times=99)
    executor = api.executor()
    assert executor.run(job["id"]) is not None
    assert held(api)[1] is not None  # it is tried again
    assert done(api, job["id"])["status"] == "failed"
    assert held(api) == [None, None] and set(seen) == {PASSWORD}


@on_sqlite
def test_it_is_gone_from_the_row_of_a_job_whose_workers_died(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    job = submit(api).json()
    executor = api.executor()
    with monkeypatch.context() as patch:
        patch.setattr(execute.Executor, "_carry_out", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        for _ in range(4):
            with pytest.raises(KeyboardInterrupt):
                executor.run(job["id"])
    assert held(api) != [None]
    assert (done(api, job["id"])["error_code"], held(api)) == ("worker_lost", [None])


@on_sqlite
def test_documents_by_uri_and_batches_take_one_too_each_sealed_on_its_own(api: Api) -> None:
    root = Path(api.settings.file_roots[0])
    places = []
    for name in ("a.zip", "b.zip"):
        (root / name).write_bytes(sealed.AES_128)
        places.append((root / name).as_uri())
    body = {"config": CONFIG, "password": PASSWORD}

    one = api("POST", "/redact/uri", json={"input_uri": places[0], **body})
    batch = api("POST", "/redact/batch", json={"input_uris": places, **body})
    assert (one.status_code, batch.status_code) == (202, 202), (one.text, batch.text)
    kept = held(api)
    assert None not in kept and len({*kept}) == 3
    api.work()
    assert [row["outcome"] for row in rows(api.database, "job")] == ["completed"] * 3
    assert held(api) == [None] * 3

    other = api("POST", "/redact/uri", json={"input_uri": places[0], "config": CONFIG, "password": ""})
    assert held(api)[3] is None and other.status_code == 202


@on_sqlite
def test_a_password_of_another_row_opens_nothing(api: Api) -> None:
    first, second = (submit(api).json()["id"] for _ in range(2))
    with api.database.reading() as session:
        one, other = session.get_one(Job, first), session.get_one(Job, second)
        session.expunge_all()
    one.sealed_password = other.sealed_password
    with pytest.raises(Exception, match="cannot be opened"):
        passwords.opened(api.executor().master, one)


def test_nothing_that_has_it_shows_it_when_it_is_printed() -> None:
    file = io.BytesIO()
    work = Work(file, file, None, DEFAULT, None, password=PASSWORD)  # type: ignore[arg-type]
    job = common.Job(
        file,
        file,
        "",
        None,
        None,
        print,
        password=PASSWORD,  # type: ignore[arg-type]
    )
    shown = [Upload({"password": PASSWORD}), NewUpload(password=PASSWORD), work, job]  # type: ignore[arg-type]
    assert PASSWORD not in repr(shown)


@on_sqlite
@pytest.mark.parametrize("wrong", [PASSWORD * 20, [PASSWORD], {"a": PASSWORD}, 7, True])
def test_what_is_no_password_is_refused_and_not_repeated(api: Api, wrong: Any) -> None:
    body = {"input_uri": "https://files.example.com/a.zip", "password": wrong}
    for path, more in (
        ("/redact/uri", body),
        ("/redact/batch", {"input_uris": [body["input_uri"]], "password": wrong}),
    ):
        said = refused(api("POST", path, json=more), 422)
        assert [each["field"] for each in said["errors"]] == ["password"]
    if isinstance(wrong, str):
        assert refused(submit(api, wrong), 422)["errors"][0]["field"] == "password"
    assert held(api) == []


@on_sqlite
def test_the_same_request_with_another_password_is_another_request(api: Api) -> None:
    key = {"headers": {"Idempotency-Key": "one"}}
    first = submit(api, **key)
    assert submit(api, **key).json() == first.json()
    refused(submit(api, "another", **key), 409, "idempotency_mismatch")
    assert len(held(api)) == 1
