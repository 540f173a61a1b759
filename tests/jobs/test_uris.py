"""POST /redact/uri: files of the server, below the allowed folders and nowhere else."""

import os
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from expunct_server.buckets.folders import roots_of
from expunct_server.jobs import execute, outputs
from expunct_server.storage.base import StoreDenied
from expunct_server.storage.folder import FolderStore
from tests.conftest import Api
from tests.support import canary
from tests.web.helpers import another_app, on_sqlite, refused


@pytest.fixture
def root(api: Api) -> Path:
    """The allowed folder, with a letter in it."""
    folder: Path = api.settings.file_roots[0]
    (folder / "letter.txt").write_text(canary.LETTER)
    return folder


def submit(api: Api, input_uri: str, **more: Any) -> Any:
    return api("POST", "/redact/uri", json={"input_uri": input_uri, **more})


def done(api: Api, response: Any) -> dict[str, Any]:
    assert response.status_code == 202, response.text
    api.work()
    job: dict[str, Any] = api("GET", f"/jobs/{response.json()['id']}").json()
    return job


def test_a_file_is_read_redacted_and_written_where_the_request_says(api: Api, root: Path) -> None:
    source, target = (root / "letter.txt").as_uri(), (root / "out.txt").as_uri()
    job = done(api, submit(api, source, output_uri=target, metadata={"a": 1}, config={"redaction_method": "mask"}))
    assert (job["status"], job["input_uri"], job["output_uri"]) == ("completed", source, target)
    assert job["metadata"] == {"a": 1}
    written = (root / "out.txt").read_bytes()
    assert written == api("GET", f"/jobs/{job['id']}/result").content
    assert canary.found_in(written) == []
    assert (root / "letter.txt").read_text() == canary.LETTER
    assert sorted(each.name for each in root.iterdir()) == ["letter.txt", "out.txt"]
    created = api.events(event_type="job.created")[0]["metadata"]
    assert (created["source"], created["input_uri"]) == ("uri", source)
    assert api.events(event_type="job.output_written")[0]["created_at"] == job["completed_at"]


@on_sqlite
@pytest.mark.parametrize(
    ("make", "status"),
    [
        (lambda root: (root / "letter.txt").as_uri(), 202),
        (lambda root: f"file://localhost{root}/letter.txt", 202),
        (lambda root: f"file://{root}/./sub/../letter.txt", 202),
        (lambda root: f"file://{root}/lette%72.txt", 202),
        (lambda root: f"file://{root}/inside", 202),  # a link that stays below
        (lambda root: f"file://{root}/missing.txt", 202),  # may come to be; the job says that it did not
        (lambda root: "file:///etc/passwd", 403),
        (lambda root: f"file://{root}/../expunct.db", 403),
        (lambda root: f"file://{root}/%2e%2e/expunct.db", 403),
        (lambda root: f"file://{root}/..%2fexpunct.db", 403),
        (lambda root: f"file://{root}/sub/../../keys/master.key", 403),
        (lambda root: f"file://{root}", 403),  # the folder itself
        (lambda root: f"file://{root}/", 422),
        (lambda root: f"file://{root}/new/", 422),
        (lambda root: f"file://{root}/new/.", 422),
        (lambda root: f"file://{root}-sibling/x", 403),
        (lambda root: f"file://{root}/outside", 403),  # a link that leads out
        (lambda root: f"file://{root}/outside-folder/passwd", 403),
        (lambda root: f"file://{root}/device", 403),
        (lambda root: "file:///proc/self/environ", 403),
        (lambda root: f"file://{root}/a%00b", 422),
        (lambda root: f"file://{root}/a%ffb", 422),  # no UTF-8
        (lambda root: f"file://{root}/circle", 422),  # a link to itself
        (lambda root: f"file://{root}/letter.txt?x=1", 422),
        (lambda root: f"file://{root}/letter.txt#x", 422),
        (lambda root: f"file://example.com{root}/letter.txt", 422),
        (lambda root: "file://[a", 422),
        (lambda root: "file:letter.txt", 422),
        (lambda root: "file://", 422),
        (lambda root: "file://letter.txt", 422),
        (lambda root: f"file://{root}/" + "x" * 5000, 422),
        (lambda root: f"file://{root}/a\nb", 422),
        (lambda root: str(root / "letter.txt"), 422),
        (lambda root: "s3://bucket/key", 422),
        (lambda root: "gs://bucket/key", 422),
        (lambda root: "http://example.com/x", 422),
        (lambda root: "http://169.254.169.254/latest/meta-data", 422),
        (lambda root: "FILE:///etc/passwd", 422),
        (lambda root: "javascript://x", 422),
        (lambda root: "", 422),
        (lambda root: None, 422),
        (lambda root: 5, 422),
    ],
)
def test_only_what_lies_below_the_root_is_taken(api: Api, root: Path, make: Callable[[Path], Any], status: int) -> None:
    (root / "sub").mkdir()
    (root / "inside").symlink_to(root / "letter.txt")
    (root / "outside").symlink_to("/etc/passwd")
    (root / "outside-folder").symlink_to("/etc")
    (root / "device").symlink_to("/dev/zero")
    (root / "circle").symlink_to(root / "circle")
    response = submit(api, make(root))
    if status == 202:
        assert response.status_code == 202, response.text
        return
    refused(response, status)
    assert api("GET", "/jobs").json() == []
    denied = [e["metadata"]["reason"] for e in api.events(event_type="auth.denied")]
    assert denied == (["uri_not_allowed"] if status == 403 else [])
    for_output = submit(api, (root / "letter.txt").as_uri(), output_uri=make(root) or "x")
    assert for_output.status_code in (status, 422)
    assert api("GET", "/jobs").json() == []


@on_sqlite
def test_a_field_or_parameter_that_is_not_known_is_refused(api: Api, root: Path) -> None:
    body = refused(submit(api, (root / "letter.txt").as_uri(), output_url=(root / "x").as_uri()), 422, "unknown_field")
    assert [each["field"] for each in body["errors"]] == ["output_url"]
    refused(api("GET", "/jobs", params={"batchid": "x"}), 422, "unknown_parameter")
    assert api("GET", "/jobs", params={"tenant_id": "default"}).json() == []


@on_sqlite
def test_without_a_root_no_file_uri_is_taken(api: Api, root: Path) -> None:
    with another_app(api, file_roots=()) as closed:
        refused(submit(closed, (root / "letter.txt").as_uri()), 403, "uri_not_allowed")


@on_sqlite
def test_the_output_is_another_file_than_the_input_however_it_is_spelt(api: Api, root: Path) -> None:
    (root / "link.txt").symlink_to(root / "letter.txt")
    source = (root / "letter.txt").as_uri()
    for target in (source, f"file://{root}/./letter.txt", f"file://{root}/lette%72.txt", f"file://{root}/link.txt"):
        refused(submit(api, source, output_uri=target), 422)
    assert (root / "letter.txt").read_text() == canary.LETTER


@on_sqlite
def test_a_file_has_the_name_that_its_links_lead_to(api: Api, root: Path) -> None:
    (root / "link.txt").symlink_to(root / "letter.txt")
    job = submit(api, (root / "link.txt").as_uri()).json()
    assert api("GET", f"/jobs/{job['id']}/report").json()["filename"] == "letter.txt"


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path is at most 107 bytes
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.chdir(here)


@on_sqlite
@pytest.mark.parametrize(
    ("name", "make", "code"),
    [
        ("gone.txt", lambda path: None, "input_not_found"),
        ("folder", lambda path: path.mkdir(), "not_a_file"),
        ("pipe", _pipe, "not_a_file"),
        ("socket", _socket, "not_a_file"),
        ("empty.txt", lambda path: path.write_bytes(b""), "empty_file"),
        ("letter.txt/below", lambda path: None, "input_not_found"),
        ("a.ps", lambda path: path.write_bytes(b"%!PS-Adobe-3.0"), "unsupported_format"),
        ("big.txt", lambda path: path.write_bytes(b"x" * 2000), "too_large"),
    ],
)
def test_what_is_no_readable_file_ends_the_job_at_once(
    api: Api, root: Path, name: str, make: Callable[[Path], Any], code: str
) -> None:
    make(root / name)
    with another_app(api, max_upload_bytes=1500) as small:
        job = done(small, submit(small, f"file://{root}/{name}"))
    assert (job["status"], job["error_code"], job["retry_count"]) == ("error", code, 0)
    assert len(job["error_message"]) > 10 and not set(job["error_message"]) & set("[]\n")
    assert api.event_types(resource_id=job["id"]) == ["job.created", "job.failed"]


@on_sqlite
def test_a_job_that_fails_says_what_kind_of_document_it_met(
    api: Api, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "broken.json").write_text('{"name": ')
    job = done(api, submit(api, (root / "broken.json").as_uri()))
    assert (job["status"], job["error_code"], job["media_type"]) == ("error", "invalid_json", "application/json")
    (root / "a.ps").write_bytes(b"%!PS-Adobe-3.0")
    assert done(api, submit(api, (root / "a.ps").as_uri()))["media_type"] is None

    def damaged(*_: Any, **__: Any) -> Any:
        raise OSError(5, "x")

    monkeypatch.setattr(execute.formats, "redact_file", damaged)
    accepted = submit(api, (root / "letter.txt").as_uri())
    assert api.executor().run(accepted.json()["id"]) is not None
    assert api("GET", f"/jobs/{accepted.json()['id']}").json()["media_type"] == "text/plain"
    job = done(api, accepted)
    assert (job["status"], job["media_type"]) == ("failed", "text/plain")


@on_sqlite
def test_a_file_that_may_not_be_read_ends_the_job_at_once(
    api: Api, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: Any) -> Any:
        raise StoreDenied

    monkeypatch.setattr(FolderStore, "open", closed)  # the tests may run as root, who may read everything
    job = done(api, submit(api, (root / "letter.txt").as_uri()))
    assert (job["status"], job["error_code"]) == ("error", "input_not_readable")


@on_sqlite
def test_a_link_swapped_in_after_the_check_leads_nowhere(api: Api, root: Path) -> None:
    response = submit(api, (root / "letter.txt").as_uri())
    (root / "letter.txt").unlink()
    (root / "letter.txt").symlink_to("/etc/passwd")
    job = done(api, response)
    assert (job["status"], job["error_code"]) == ("error", "uri_not_allowed")


@on_sqlite
def test_a_file_that_changes_while_it_is_read_is_read_again(
    api: Api, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = execute.formats.redact_file, []

    def meanwhile(*given: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            (root / "letter.txt").write_text("To a@b.example")
        return real(*given, **named)

    monkeypatch.setattr(execute.formats, "redact_file", meanwhile)
    job = done(api, submit(api, (root / "letter.txt").as_uri()))
    assert (job["status"], job["retry_count"]) == ("completed", 1)
    assert api("GET", f"/jobs/{job['id']}/result").text == "To <EMAIL_ADDRESS>"


@on_sqlite
@pytest.mark.parametrize("target", ["letter.txt/out.txt", "a-folder"])
def test_an_output_that_cannot_be_written_fails_the_job_without_half_a_file(api: Api, root: Path, target: str) -> None:
    (root / "a-folder").mkdir()
    job = done(api, submit(api, (root / "letter.txt").as_uri(), output_uri=f"file://{root}/{target}"))
    assert (job["status"], job["error_code"]) == ("error", "output_not_writable")
    assert api.event_types(resource_id=job["id"]) == [
        "job.created",
        "job.output_started",
        "job.output_unresolved",
        "job.failed",
    ]
    assert sorted(each.name for each in root.iterdir()) == ["a-folder", "letter.txt"]


@on_sqlite
def test_the_folders_of_an_output_are_made(api: Api, root: Path) -> None:
    job = done(api, submit(api, (root / "letter.txt").as_uri(), output_uri=f"file://{root}/no/such/folder/out.txt"))
    assert job["status"] == "completed"
    assert canary.found_in((root / "no/such/folder/out.txt").read_bytes()) == []


def test_each_tenant_has_its_own_root_where_the_root_names_the_tenant(api: Api, tmp_path: Path) -> None:
    roots = (tmp_path / "files" / "{tenant}",)
    assert roots_of(roots, "acme") == (tmp_path / "files" / "acme",)
    for tenant in ("acme", "other"):
        (tmp_path / "files" / tenant).mkdir()
        (tmp_path / "files" / tenant / "letter.txt").write_text(canary.LETTER)
    gate = api.client.app.state.gate  # type: ignore[attr-defined]
    api.client.app.state.gate = replace(gate, settings=replace(gate.settings, file_roots=roots))  # type: ignore[attr-defined]
    acme = api.make_key("acme")
    taken = api("POST", "/redact/uri", key=acme, json={"input_uri": (tmp_path / "files/acme/letter.txt").as_uri()})
    refused_ = api("POST", "/redact/uri", key=acme, json={"input_uri": (tmp_path / "files/other/letter.txt").as_uri()})
    assert (taken.status_code, refused_.status_code) == (202, 403)


def test_a_folder_swapped_for_a_link_while_the_result_is_written_leads_nowhere(
    api: Api, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "out").mkdir()
    copy = outputs.copy

    def then_swap(*given: Any) -> None:
        copy(*given)
        (root / "out").rename(root / "old")
        (root / "out").symlink_to(outside)

    accepted = submit(api, (root / "letter.txt").as_uri(), output_uri=(root / "out/result.txt").as_uri())
    monkeypatch.setattr(outputs, "copy", then_swap)
    job = done(api, accepted)
    assert (job["status"], job["error_code"]) == ("error", "uri_not_allowed")
    assert list(outside.iterdir()) == []


def test_the_upload_of_a_job_that_ended_is_gone_however_it_ended(api: Api) -> None:
    failed = api.redacted(b'{"name": ', "broken.json")
    assert failed["error_code"] == "invalid_json"
    cancelled = api.upload(canary.LETTER).json()["id"]
    assert api("POST", f"/jobs/{cancelled}/cancel").status_code == 200
    completed = api.redacted(canary.LETTER)
    assert completed["status"] == "completed"
    assert list((api.settings.data / "uploads").iterdir()) == []
