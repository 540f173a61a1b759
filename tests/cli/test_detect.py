"""`expunct-server detect`: what it prints, that it needs no database, and that it changes and records nothing."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from expunct_server.cli import common
from expunct_server.policies import service as policies
from expunct_server.policies.document import Document
from expunct_server.redaction.formats.unlocking import OPENED
from expunct_server.tenants import service as tenants
from tests.cli.helpers import here
from tests.redaction.formats.unlocking import sealed
from tests.support import canary

TEXT = f"Dear Sir,\r\ncard 4111 1111 1111 1111, {canary.EMAIL}\n"


def detected(data: Path, *words: str, stdin: str = TEXT) -> tuple[dict, str]:
    done = here(data, "detect", "-", "--json", *words, stdin=stdin.encode())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout), done.stderr


def test_it_shows_places_scores_and_reasons_masked_and_makes_no_database(tmp_path: Path) -> None:
    answer, told = detected(tmp_path / "data", "--types", "CREDIT_CARD,EMAIL_ADDRESS", "--explain")
    card, email = answer["findings"]
    assert all(each.startswith("Settled: ") for each in card["why"][3:])  # other rows of the table, if they are there
    assert card | {"why": card["why"][:3]} == {
        "entity_type": "CREDIT_CARD", "value": "************1111", "location": "2:6-2:25", "start": 16, "end": 35,
        "score": 1.0, "threshold": 0.5, "recognizer": "pattern:credit_card", "check": "luhn",
        "why": [
            "The pattern credit_card matched.",
            "Check passed: Luhn check digit (ISO/IEC 7812-1), with the ranges of its issuers.",
            "Score 1.00, threshold 0.50 for CREDIT_CARD; a context word ‘card’ raised it from 0.90.",
        ],
        "settled_against": card["settled_against"],
    }  # fmt: skip
    assert (email["entity_type"], email["location"]) == ("EMAIL_ADDRESS", f"2:27-2:{27 + len(canary.EMAIL)}")
    assert {k: v for k, v in answer.items() if k != "findings"} == {
        "media_type": "text/plain", "entity_count": 2, "entity_counts": {"CREDIT_CARD": 1, "EMAIL_ADDRESS": 1},
        "notes": [],
    }  # fmt: skip
    assert told == "2 findings; nothing was changed or recorded\n"
    assert canary.EMAIL not in json.dumps(answer) and not (tmp_path / "data").exists()


def test_what_people_read_is_a_table_or_with_reasons_blocks(tmp_path: Path) -> None:
    (file := tmp_path / "people.csv").write_text(f"cell,email\n7,{canary.EMAIL}\n")
    before = file.read_bytes()
    table = here(tmp_path / "data", "detect", str(file), "--profile", "fast", "--show-values")
    assert table.returncode == 0 and canary.EMAIL in table.stdout and "row 2, column email" in table.stdout
    blocks = here(tmp_path / "data", "detect", str(file), "--profile", "fast", "--explain")
    assert blocks.stdout.startswith(
        f"row 2, column email  EMAIL_ADDRESS  j***  (characters 0 to {len(canary.EMAIL)})\n"
        "    The pattern email matched.\n"
        "    Score 0.95, threshold 0.50 for EMAIL_ADDRESS.\n"
    )
    assert file.read_bytes() == before and sorted(each.name for each in tmp_path.iterdir()) == ["people.csv"]


def test_options_set_what_a_request_would(tmp_path: Path) -> None:
    strict, _ = detected(tmp_path / "data", "--profile", "strict", "--types", "US_SSN", stdin="219099998")
    assert strict["entity_counts"] == {"US_SSN": 1}
    assert detected(tmp_path / "data", "--types", "US_SSN", stdin="219099998")[0]["entity_counts"] == {}
    sure, _ = detected(tmp_path / "data", "--threshold", "0.99", "--profile", "fast")
    assert sure["entity_counts"] == {"CREDIT_CARD": 1}
    assert [note[:30] for note in sure["notes"]] == ["The detection profile fast was"]


def contents(data: Path) -> list[str]:
    """Everything that the database holds."""
    with closing(sqlite3.connect(data / "expunct.db")) as connection:
        return list(connection.iterdump())


def test_a_policy_is_looked_up_and_nothing_is_recorded(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert here(data, "migrate").returncode == 0
    with common.opened(common.settings_of(data, None)) as database, common.acting(database, "acme") as unit:
        tenants.ensure_tenant(unit, "acme")
        document = Document(name="p", deny_list=["NIGHTJAR"], detection_profile="fast", redaction_method="hash")
        policy = policies.create(unit, document, "a salt that nobody needs here", bytes(32)).policy.id
    before = contents(data)
    answer, _ = detected(data, "--policy", policy, "--tenant", "acme", stdin="Nightjar sings")
    assert [(f["value"], f["recognizer"], f["threshold"]) for f in answer["findings"]] == [("N***", "deny:1", 0.5)]
    assert contents(data) == before
    done = here(data, "detect", "-", "--policy", "pol_none", stdin=b"x")
    assert (done.returncode, done.stderr) == (1, "expunct-server: There is no such policy.\n")
    assert contents(data) == before
    done = here(tmp_path / "other", "detect", "-", "--policy", "pol_none", stdin=b"x")
    assert done.returncode == 1 and "There is no database" in done.stderr


@pytest.mark.parametrize(
    ("words", "stdin", "code", "says"),
    [
        (["-", "--types", "SHOE_SIZE"], b"x", 2, "--types: holds an unknown entity type: SHOE_SIZE"),
        (["-", "--profile", "slow"], b"x", 2, "--profile"),
        (["-", "--threshold", "7"], b"x", 2, "--threshold"),
        (["-", "--language", "English"], b"x", 2, "--language"),
        (["-"], b"", 1, "The document is empty."),
        (["-"], b"a\0b", 1, "NUL"),
        (["/nowhere/at/all"], b"", 1, "/nowhere/at/all cannot be read: No such file or directory."),
        (["."], b"", 1, ". cannot be read: Is a directory."),
    ],
)
def test_what_cannot_be_searched_is_one_line(
    tmp_path: Path, words: list[str], stdin: bytes, code: int, says: str
) -> None:
    done = here(tmp_path / "data", "detect", *words, stdin=stdin)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1) and says in done.stderr


def test_an_encrypted_document_is_opened_by_a_password_that_no_list_of_processes_shows(tmp_path: Path) -> None:
    (file := tmp_path / "a.zip").write_bytes(sealed.AES_128)
    (secret := tmp_path / "secret").write_text(f"{canary.PASSWORD}\n")
    words = ("detect", str(file), "--types", "EMAIL_ADDRESS", "--profile", "fast", "--json", "--password-file")

    for given, stdin in ((str(secret), ""), ("-", f"{canary.PASSWORD}\r\nmore")):
        done = here(tmp_path / "data", *words, given, stdin=stdin.encode())
        assert (done.returncode, json.loads(done.stdout)["entity_count"]) == (0, 20), done.stderr
        assert canary.found_in(done.stdout + done.stderr) == []
    for given, stdin, code, says in (
        ("-", "another", 1, "does not open it"),
        (str(tmp_path / "missing"), "", 1, "cannot be read"),
        (str(file), "", 2, "UTF-8"),
    ):
        done = here(tmp_path / "data", *words, given, stdin=stdin.encode())
        assert (done.returncode, says in done.stderr) == (code, True), done.stderr
    done = here(tmp_path / "data", "detect", "-", "--password-file", "-", stdin=b"x")
    assert (done.returncode, "standard input" in done.stderr) == (2, True)


@pytest.mark.parametrize("command", ["detect", "redact"])
def test_an_encrypted_document_names_the_option_for_its_password(tmp_path: Path, command: str) -> None:
    (file := tmp_path / "a.zip").write_bytes(sealed.AES_128)
    (secret := tmp_path / "secret").write_text("another")
    words = (command, str(file), "--types", "EMAIL_ADDRESS", "--profile", "fast")

    for more, says in (((), "with --password-file, or"), (("--password-file", str(secret)), "in the file of --pass")):
        done = here(tmp_path / "data", *words, *more)
        assert (done.returncode, done.stdout) == (1, "")
        assert says in done.stderr and "send" not in done.stderr, done.stderr


def test_redact_takes_a_password_too_and_keeps_it_no_longer_than_the_job(tmp_path: Path) -> None:
    (file := tmp_path / "a.zip").write_bytes(sealed.AES_128)
    (secret := tmp_path / "secret").write_text(canary.PASSWORD)
    words = ("redact", str(file), "-o", str(tmp_path / "out.zip"), "--types", "EMAIL_ADDRESS", "--profile", "fast")

    done = here(tmp_path / "data", *words, "--password-file", str(secret))

    assert done.returncode == 0, done.stderr
    assert f"Note: {OPENED}" in done.stderr and canary.found_in(done.stdout + done.stderr) == []
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read("a.txt").startswith(b"Kept <EMAIL_ADDRESS>")
    with closing(sqlite3.connect(tmp_path / "data" / "expunct.db")) as database:
        assert database.execute("SELECT sealed_password FROM job").fetchall() == [(None,)]
    (secret).write_text("x" * 256)
    done = here(tmp_path / "data", *words, "--password-file", str(secret))
    assert (done.returncode, "--password-file" in done.stderr) == (2, True)


def test_whoever_sits_at_a_terminal_is_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda self: True})())
    monkeypatch.setattr("getpass.getpass", lambda: canary.PASSWORD)
    assert common.password_of("-", "a.zip") == canary.PASSWORD
    monkeypatch.setattr("getpass.getpass", lambda: "")
    assert common.password_of("-", "a.zip") is None
    assert common.password_of(None, "-") is None
