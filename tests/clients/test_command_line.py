"""The published command line, expunct-cli 0.2.0, unchanged, against the real server."""

import json
from pathlib import Path

import pytest

from tests.cli.helpers import published
from tests.support import canary
from tests.support.server import Server

# A command takes a second to start, and what it does does not depend on the server's database.
pytestmark = pytest.mark.parametrize("server", ["sqlite"], indirect=True)


def test_a_text_and_a_file_are_redacted(server: Server, tmp_path: Path) -> None:
    done = published(server, tmp_path, "redact", "--text", canary.LETTER)
    assert (done.returncode, canary.found_in(done.stdout)) == (0, [])
    assert done.stdout.startswith("Dear <PERSON>,")

    (tmp_path / "letter.txt").write_text(canary.LETTER)
    out = tmp_path / "out.txt"
    done = published(server, tmp_path, "redact", "--output", str(out), str(tmp_path / "letter.txt"))
    assert (done.returncode, canary.found_in(out.read_bytes())) == (0, [])

    listed = json.loads(published(server, tmp_path, "jobs", "list", "--json").stdout)
    job = listed["jobs"][0]["id"]
    assert listed["total"] >= 2
    assert job in published(server, tmp_path, "jobs", "list", "--status", "completed").stdout
    shown = published(server, tmp_path, "jobs", "get", job)
    assert shown.returncode == 0 and "completed" in shown.stdout and "US_SSN" in shown.stdout
    assert canary.found_in(shown.stdout) == []
    got = published(server, tmp_path, "jobs", "download", job, "--output", str(tmp_path / "again.txt"))
    assert got.returncode == 0, got.stderr
    assert (tmp_path / "again.txt").read_bytes() == out.read_bytes()


def test_detect_shows_what_was_found_and_masks_it(server: Server, tmp_path: Path) -> None:
    done = published(server, tmp_path, "detect", "--text", canary.LETTER, "--json")
    found = json.loads(done.stdout)
    assert found["count"] == len(found["findings"]) == 4
    assert {each["entity_type"] for each in found["findings"]} == {"PERSON", "US_SSN", "EMAIL_ADDRESS", "SECRET"}
    assert canary.found_in(done.stdout) == []


def test_policies_are_made_shown_and_changed(server: Server, tmp_path: Path) -> None:
    made = published(server, tmp_path, "policies", "create", "--name", "from the shell", "--redaction-method", "hash")
    assert made.returncode == 0, made.stderr
    policy = made.stdout.strip().removeprefix("Policy created: ")
    assert policy.startswith("pol_")
    assert "from the shell" in published(server, tmp_path, "policies", "list").stdout
    shown = published(server, tmp_path, "policies", "get", policy)
    assert shown.returncode == 0 and "hash" in shown.stdout
    changed = published(server, tmp_path, "policies", "update", policy, "--confidence-threshold", "0.9", "--json")
    assert (json.loads(changed.stdout)["version"], json.loads(changed.stdout)["confidence_threshold"]) == (2, 0.9)
    assert published(server, tmp_path, "policies", "delete", policy, "--yes").returncode == 0


def test_the_audit_trail_is_listed(server: Server, tmp_path: Path) -> None:
    assert published(server, tmp_path, "policies", "create", "--name", "for the trail").returncode == 0
    done = published(server, tmp_path, "audit", "list", "--json", "--event-type", "policy.created")
    records = json.loads(done.stdout)["audit_logs"]
    assert records[0]["details"]["name"] == "for the trail"
    assert published(server, tmp_path, "audit", "list").returncode == 0


def test_an_error_is_shown_in_words_and_does_not_break_the_markup(server: Server, tmp_path: Path) -> None:
    (tmp_path / "odd [red] name.json").write_text('{"a": ')
    for words, says in (
        (["policies", "get", "pol_[nobody]"], "no such policy"),
        (["policies", "create", "--name", "x", "--pii-categories", "[/PII]"], "pii_categories"),
        (["policies", "create", "--name", "x", "--confidence-threshold", "7"], "confidence_threshold"),
        (["jobs", "list", "--status", "[/done]"], "status must be one of"),
        (["redact", "--text", "x", "--language", "[/bold]"], "language"),
        (["redact", str(tmp_path / "odd [red] name.json")], "not valid JSON"),
        (["detect", "--uri", "file:///etc/[passwd]"], "not below a folder"),
        (["audit", "list", "--page", "0"], "page must be a whole number"),
    ):
        done = published(server, tmp_path, *words)
        assert done.returncode == 1, (words, done.stdout, done.stderr)
        assert says in done.stderr, (words, done.stderr)
        assert "Traceback" not in done.stderr and "MarkupError" not in done.stderr
    refused = published(server, tmp_path, "jobs", "list", key=canary.SECRET_KEY)
    assert refused.returncode == 1 and "not valid" in refused.stderr
