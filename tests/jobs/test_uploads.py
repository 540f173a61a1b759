"""POST /redact with a form: what is accepted as a job, under which name, and what is refused with which sentence."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.conftest import Api
from tests.support import canary
from tests.web.helpers import another_app, asgi, on_sqlite, refused

JOB = {
    "id", "tenant_id", "status", "media_type", "progress_pct", "error_code", "error_message", "retry_count",
    "max_retries", "created_at", "updated_at", "completed_at", "input_uri", "output_uri", "findings_count", "language",
    "policy_id", "policy_version", "source", "batch_id", "connector_id", "sync_id", "metadata",
}  # fmt: skip
FINDING = {
    "entity_type", "score", "confidence", "start", "end", "location", "entity_value", "original", "redacted",
    "recognizer", "check",
}  # fmt: skip
BOUNDARY = "x1y2z3"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def kept(api: Api) -> list[str]:
    """Files that wait to be worked on or were being received."""
    folder = api.settings.data
    return sorted(
        f"{each.parent.name}/{each.name}" for name in ("uploads", "drafts") for each in folder.glob(f"{name}/*")
    )


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    named = "" if filename is None else f'; filename="{filename}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def form(*parts: bytes, end: bytes = b"--x1y2z3--\r\n") -> bytes:
    return b"".join(parts) + end


def send(api: Api, body: Any, **more: Any) -> Any:
    return api("POST", "/redact", content=body, headers=FORM | more.pop("headers", {}), **more)


# --- what is accepted -------------------------------------------------------------------------------------------------


def test_a_job_tells_everything_from_the_first_answer_on(api: Api) -> None:
    policy = api("POST", "/policies", json={"name": "p"}).json()
    accepted = api.upload(
        canary.LETTER,
        data={"policy_id": policy["id"], "language": "en-GB", "metadata": '{"case": 7}', "tenant_id": "default"},
    )
    assert accepted.status_code == 202
    job = accepted.json()
    assert job.keys() == JOB
    assert accepted.headers["location"] == f"/api/v1/jobs/{job['id']}"
    assert (job["status"], job["progress_pct"], job["findings_count"], job["retry_count"]) == ("queued", 0, 0, 0)
    assert (job["input_uri"], job["output_uri"], job["media_type"]) == ("upload://letter.txt", None, "text/plain")
    assert (job["language"], job["policy_id"], job["policy_version"]) == ("en-GB", policy["id"], 1)
    assert job["source"] == "upload" and job["batch_id"] is job["connector_id"] is job["sync_id"] is None
    assert (job["metadata"], job["max_retries"], job["tenant_id"]) == ({"case": 7}, 3, "default")
    assert job["completed_at"] is job["error_code"] is job["error_message"] is None
    assert api("GET", f"/jobs/{job['id']}").json() == job | {"findings": [], "findings_truncated": False}
    assert api("GET", "/jobs").json() == [job]
    event = api.events(resource_id=job["id"])[0]
    assert (event["event_type"], event["created_at"]) == ("job.created", job["created_at"])
    assert event["metadata"] == {
        "input_uri": "upload://letter.txt", "output_uri": None,
        "source": "upload", "policy_id": policy["id"], "policy_version": 1,
        "language": "en-GB", "overrides": [], "batch_id": None, "connector_id": None,
    }  # fmt: skip
    api.work()
    done = api("GET", f"/jobs/{job['id']}").json()
    assert done.keys() == JOB | {"findings", "findings_truncated"}
    assert (done["status"], done["progress_pct"], done["findings_count"]) == ("completed", 100, len(done["findings"]))
    assert done["completed_at"] == done["updated_at"] > done["created_at"]
    assert isinstance(done["progress_pct"], int)
    for finding in done["findings"]:
        assert finding.keys() == FINDING
        assert finding["entity_value"] == finding["original"]
        assert canary.LETTER[finding["start"] : finding["end"]] != finding["original"]  # masked
        assert finding["score"] == finding["confidence"]
        assert finding["redacted"].startswith("<" + finding["entity_type"])
    assert canary.found_in(json.dumps(done)) == []


@on_sqlite
@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", "<PERSON>"),
        ("{}", "<PERSON>"),
        ('{"redaction_method": "blur", "sample_fps": 2.0, "padding": 15, "blur_kernel_size": 51}', "<PERSON>"),
        ('{"pii_types": ["all"]}', "<PERSON>"),
        ('{"pii_types": ["SSN"]}', canary.NAME),
        ('{"redaction_method": "hash"}', "<PERSON_h:"),
        ('{"redaction_method": "pseudonymization"}', "<PERSON_p:"),
        ('{"preserve_labels": false}', "<REDACTED>"),
        ('{"confidence_threshold": 1, "pii_types": ["PERSON"]}', canary.NAME),
    ],
)
def test_the_config_of_one_request_goes_before_the_policy(api: Api, config: str, expected: str) -> None:
    job = api.redacted(canary.LETTER, data={"config": config})
    assert job["status"] == "completed", job
    assert api("GET", f"/jobs/{job['id']}/result").text.startswith(f"Dear {expected}")
    said = sorted(json.loads(config or "{}").keys() - {"sample_fps", "padding", "blur_kernel_size"})
    assert api.events(event_type="job.created")[0]["metadata"]["overrides"] == said


@on_sqlite
@pytest.mark.parametrize(
    ("sent", "kept_as"),
    [
        ("letter.txt", "letter.txt"),
        ("../../etc/passwd", "passwd"),
        ("/etc/shadow", "shadow"),
        ("C:\\Users\\me\\letter.txt", "letter.txt"),
        ("..\\..\\letter.txt", "letter.txt"),
        ("..", "upload"),
        (".", "upload"),
        (".hidden.txt", "hidden.txt"),
        ("a/", "upload"),
        ("   ", "upload"),
        ("", "upload"),
        (None, "upload"),
        ("a\tb\x07c\x7f.txt", "abc.txt"),
        ("le[t]ter [red].txt", "le[t]ter [red].txt"),
        ("résumé ☃.txt", "résumé ☃.txt"),
        ("a\u202etxt.exe", "atxt.exe"),
        ("x" * 300 + ".txt", "x" * 255),
        ("%2e%2e%2fletter.txt", "%2e%2e%2fletter.txt"),
        ("a;b=c,d.txt", "a;b=c,d.txt"),
        ("CON", "CON"),
        ("letter.txt?x=1#y", "letter.txt?x=1#y"),
        ("<script>alert(1)</script>", "script>"),
    ],
)
def test_a_filename_is_a_name_and_never_a_path(api: Api, sent: str | None, kept_as: str) -> None:
    escaped = None if sent is None else sent.replace("\\", "\\\\")
    before = sorted(api.settings.data.rglob("*.txt"))
    response = send(api, form(part("file", b"Dear Sir", escaped)))
    assert response.status_code == 202, response.text
    job = response.json()
    assert unquote(job["input_uri"]) == "upload://" + kept_as
    assert not set(job["input_uri"]) & set("[]<>\"' \\")
    api.work()
    result = api("GET", f"/jobs/{job['id']}/result")
    assert result.status_code == 200
    assert result.headers["content-disposition"].startswith("attachment; filename")
    assert sorted(api.settings.data.rglob("*.txt")) == before  # names never become files


@on_sqlite
def test_a_filename_can_be_personal_data_and_is_not_logged(api: Api) -> None:
    job = api.redacted("Dear Sir", filename="report 512-43-7788 for anna@firm.example.txt")
    events = api.events(resource_id=job["id"])
    assert "512-43-7788" in unquote(job["input_uri"])
    assert [json.dumps(e).count("512-43-7788") + json.dumps(e).count("anna@") for e in events] == [0, 0]


# --- fields that are wrong --------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"config": "{"}, 422),
        ({"config": "[]"}, 422),
        ({"config": "null"}, 422),
        ({"config": "5"}, 422),
        ({"config": '{"pii_types": ["SSN", "SHOE_SIZE"]}'}, 422),
        ({"config": '{"pii_types": "SSN"}'}, 422),
        ({"config": '{"redaction_method": "shred"}'}, 422),
        ({"config": '{"confidence_threshold": 1.01}'}, 422),
        ({"config": '{"confidence_threshold": -0.1}'}, 422),
        ({"config": '{"confidence_threshold": NaN}'}, 422),
        ({"config": '{"preserve_labels": "maybe"}'}, 422),
        ({"config": '{"pii_types": ["SSN"], "pii_types": ["all"]}'}, 422),
        ({"config": '{"a":' + "[" * 70 + "]" * 70 + "}"}, 422),
        ({"config": '{"a": "\\ud800"}'}, 422),
        ({"metadata": "5"}, 422),
        ({"metadata": '{"n": 1e999}'}, 422),
        ({"metadata": '{"n": ' + "9" * 30 + "}"}, 422),
        ({"metadata": '{"n": ' + "9" * 5000 + "}"}, 422),
        ({"metadata": json.dumps({"x": "y" * 17_000})}, 422),
        ({"language": "english!"}, 422),
        ({"language": "EN"}, 422),
        ({"language": "x" * 30}, 422),
        ({"policy_id": "pol_nobody"}, 404),
        ({"policy_id": "a\0b"}, 422),
        ({"policy_id": "p" * 65}, 422),
        ({"tenant_id": "a\0b"}, 422),
        ({"tenant_id": "acme"}, 403),
        ({"config": "x" * 70_000}, 413),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_kept(api: Api, fields: dict[str, str], status: int) -> None:
    body = refused(api.upload(canary.LETTER, data=fields), status)
    if status == 422:
        name = next(iter(fields))
        assert name in body["detail"] or body["code"] == "lone_surrogate", body
    assert api("GET", "/jobs").json() == []
    assert kept(api) == []
    assert "job.created" not in api.event_types()


@on_sqlite
def test_an_unknown_type_is_named_and_a_secret_in_its_place_is_not(api: Api) -> None:
    body = refused(api.upload("x", data={"config": '{"pii_types": ["SHOE_SIZE", "SSN"]}'}), 422)
    assert "SHOE_SIZE" in body["detail"] and "SSN" not in body["detail"]
    for wrong in (canary.SECRET_KEY, canary.SSN, canary.NAME, canary.EMAIL, "536228841"):
        refused(api.upload("x", data={"config": json.dumps({"pii_types": [wrong]})}), 422)


def test_metadata_comes_back_as_it_was_sent(api: Api) -> None:
    sent = {"text": "é☃𝄞", "n": -(2**63), "big": 2**63 - 1, "f": 0.1, "deep": [[{"a": None}]], "nul": "a\0b", "": {}}
    job = api.upload("x", data={"metadata": json.dumps(sent)}).json()
    assert job["metadata"] == sent
    assert api("GET", f"/jobs/{job['id']}").json()["metadata"] == sent


# --- documents that cannot be read ------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("content", "filename", "says"),
    [
        (b"%!PS-Adobe-3.0\n", "a.ps", "PostScript"),
        (b"%!PS-Adobe-3.0\n", "letter.txt", "PostScript"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "a.7z", "7-Zip"),
        (b"SQLite format 3\0" + bytes(20), "a.txt", "SQLite"),
        (bytes(range(256)) * 20, "a.txt", "text"),
        (b"Dear\0Sir", "a.txt", "NUL"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08" * 100, "", "binary"),
    ],
)
def test_a_format_that_is_not_read_is_refused_at_once(api: Api, content: bytes, filename: str, says: str) -> None:
    body = refused(api.upload(content, filename), 415)
    assert says in body["detail"] and "CSV" in body["detail"]  # what it looks like, and what is read
    assert kept(api) == []
    assert api("GET", "/jobs").json() == []


BROKEN = {
    "cut off": (form(part("file", b"Dear Sir", "a.txt"), end=b""), 400),
    "wrong boundary": (form(part("file", b"Dear Sir", "a.txt")).replace(b"x1y2z3", b"other"), 400),
    "no multipart at all": (b"Dear Sir", 400),
    "empty body": (b"", 400),
    "only the end": (b"--x1y2z3--\r\n", 422),
    "no file": (form(part("language", b"en")), 422),
    "a file under another name": (form(part("document", b"Dear Sir", "a.txt")), 422),
    "two files": (form(part("file", b"Dear Sir", "a.txt"), part("file", b"Dear Sir", "b.txt")), 422),
    "the same field twice": (form(part("file", b"x", "a"), part("language", b"en"), part("language", b"de")), 422),
    "an empty file": (form(part("file", b"", "a.txt")), 422),
    "21 parts": (form(part("file", b"x", "a"), *(part(f"f{n}", b"x") for n in range(20))), 422),
    "a field that is not UTF-8": (form(part("file", b"x", "a"), part("language", b"\xff\xfe")), 400),
    "a huge header": (form(b"--x1y2z3\r\nX: " + b"y" * 70_000 + b"\r\n\r\n\r\n"), 400),
    "a header without an end": (b"--x1y2z3\r\nContent-Disposition", 400),
}


@on_sqlite
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_form_is_refused_and_leaves_nothing(api: Api, name: str) -> None:
    body, status = BROKEN[name]
    refused(send(api, body), status)
    assert kept(api) == []
    assert api("GET", "/jobs").json() == []


@on_sqlite
@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("multipart/form-data", 400),
        ("multipart/form-data; boundary=", 400),
        ("multipart/form-data; boundary=" + "b" * 5000, 400),
        ("multipart/mixed; boundary=x", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("", 415),
        ("garbage", 415),
    ],
)
def test_other_content_types_are_refused(api: Api, content_type: str, status: int) -> None:
    refused(api("POST", "/redact", content=b"Dear Sir", headers={"Content-Type": content_type}), status)


@on_sqlite
def test_five_gigabytes_are_refused_before_any_of_them_arrive(api: Api) -> None:
    headers = FORM | {"X-API-Key": api.key, "Content-Length": str(5 << 30)}
    [(status, body)] = asgi(api.client.app, [("POST", "/redact", headers)])
    assert (status, json.loads(body)["code"]) == (413, "too_large")
    assert kept(api) == []


@on_sqlite
def test_a_file_is_refused_as_soon_as_it_grows_too_large(api: Api) -> None:
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        yield b'--x1y2z3\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
        for _ in range(1000):
            sent += 1
            yield b"x" * 1000

    with another_app(api, max_upload_bytes=10_000) as small:
        body_sent = refused(send(small, body()), 413, "too_large")
        assert "10000" in body_sent["detail"]
        exactly = send(small, form(part("file", b"y" * 10_000, "a.txt")))
        assert exactly.status_code == 202
        refused(send(small, form(part("file", b"y" * 10_001, "a.txt"))), 413)
    assert len(kept(api)) == 1


@on_sqlite
def test_a_nearly_full_disk_refuses_uploads_before_they_begin(api: Api) -> None:
    with another_app(api, min_free_bytes=1 << 60) as full:
        response = full.upload("Dear Sir")
        refused(response, 503, "storage_full")
        assert int(response.headers["retry-after"]) >= 1
    assert kept(api) == []


@on_sqlite
@pytest.mark.parametrize("chunks", [0, 1, 3])
def test_a_client_that_hangs_up_leaves_nothing_behind(api: Api, chunks: int) -> None:
    pieces = [part("file", canary.LETTER.encode(), "a.txt")[:-2], b"more", b"and more"][:chunks]
    arriving = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    hang_up = [*arriving, {"type": "http.disconnect"}]
    [(status, _)] = asgi(api.client.app, [("POST", "/redact", FORM | {"X-API-Key": api.key})], hang_up)
    assert status == 0  # there is nobody to answer
    assert kept(api) == []
    assert api("GET", "/jobs").json() == []


# --- documents that are accepted and turn out to be wrong -------------------------------------------------------------

DEEP = b"[" * 100_000 + b"]" * 100_000
CONTENTS: dict[str, tuple[bytes, str, str]] = {  # content, filename, and the error code or "completed"
    "ragged rows": (b"id,name\n1,a@b.example\n2\n3,x,y,z\n\n,,,\n", "a.csv", "completed"),
    "formula cells": (b"id,note\n1,=cmd|' /C calc'!A0\n2,@SUM(1)\n3,+1-2\n", "a.csv", "completed"),
    "an open quote": (b'id,note\n1,"never closed\n2,x\n', "a.csv", "completed"),
    "JSON 100,000 deep": (DEEP, "a.json", "completed"),
    "huge numbers": (b'{"n": 1' + b"0" * 10_000 + b', "m": 1e999999, "z": -0.0}', "a.json", "completed"),
    "duplicate keys": (b'{"a": "x@y.example", "a": "z@y.example"}', "a.json", "completed"),
    "an escaped lone surrogate": (b'{"a": "\\ud800 x@y.example"}', "a.json", "completed"),
    "JSON that breaks off": (b'{"a": [1, 2', "a.json", "invalid_json"),
    "JSON with a comment": (b'{"a": 1} // x', "a.json", "invalid_json"),
    "JSON lines with one bad": (b'{"a": 1}\n{"a": \n{"a": 2}\n', "a.jsonl", "invalid_json"),
    "a raw surrogate": (b"Dear \xed\xa0\x80 Sir, caf\xc3\xa9 caf\xc3\xa9", "a.txt", "invalid_encoding"),
    "broken UTF-8": ("café über Straße ".encode() * 5 + b"\xff\xc3(", "a.txt", "invalid_encoding"),
    "half a UTF-16 character": (b"\xff\xfeD\0e", "a.txt", "invalid_encoding"),
    "NUL far inside": (b"Dear Sir\n" * 10_000 + b"\0", "a.txt", "binary_content"),
    "only white space": (b" \n\t\n", "a.txt", "completed"),
    "UTF-16": ("Dear Jane Miller, a@b.example".encode("utf-16"), "a.txt", "completed"),
    "Windows-1252": ("Señor Muñoz, a@b.example".encode("cp1252"), "a.txt", "completed"),
    "one long line": (b"x" * 300_000, "a.txt", "completed"),
}


@on_sqlite
@pytest.mark.parametrize("name", CONTENTS)
def test_a_bad_document_ends_its_job_with_a_code_and_a_sentence(api: Api, name: str) -> None:
    content, filename, expected = CONTENTS[name]
    accepted = api.upload(content, filename)
    if accepted.status_code == 415:
        refused(accepted, 415, expected)
        return
    assert accepted.status_code == 202, accepted.text
    api.work()
    job = api("GET", f"/jobs/{accepted.json()['id']}").json()
    types = api.event_types(resource_id=job["id"])
    if expected == "completed":
        assert (job["status"], job["error_code"], types) == ("completed", None, ["job.created", "job.completed"]), job
        return
    assert (job["status"], job["error_code"], types) == ("error", expected, ["job.created", "job.failed"]), job
    assert len(job["error_message"]) > 10 and not set(job["error_message"]) & set("[]\n")
    assert job["completed_at"] is not None and job["retry_count"] == 0
    failed = api.events(event_type="job.failed")[0]
    assert failed["metadata"]["error_code"] == expected
    assert failed["created_at"] == job["completed_at"]
    refused(api("GET", f"/jobs/{job['id']}/result"), 409, "no_result")
    assert kept(api) == []  # a job that has ended does not need its upload


@on_sqlite
def test_tables_keep_their_shape_and_formulas_their_letters(api: Api) -> None:
    content = "id,email,note\r\n1,jane@firm.example,=1+1\r\n2,,\r\n3,joe@firm.example\r\n"
    job = api.redacted(content, "people.csv")
    result = api("GET", f"/jobs/{job['id']}/result")
    assert result.headers["content-type"] == "text/csv; charset=utf-8"
    assert result.text == content.replace("jane@firm.example", "<EMAIL_ADDRESS>").replace(
        "joe@firm.example", "<EMAIL_ADDRESS>"
    )
    assert [f["location"] for f in job["findings"]] == ["row 2, column email", "row 4, column email"]


def test_the_file_goes_to_disk_and_is_closed_to_other_users(api: Api) -> None:
    job = api.upload("Dear Sir").json()
    [name] = kept(api)
    assert name == f"uploads/{job['id']}"
    path: Path = api.settings.data / name
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    api.work()
    assert kept(api) == []
