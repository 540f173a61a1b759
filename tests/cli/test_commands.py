"""`expunct-server` as a shell sees it: what it prints where, its exit codes, and what it leaves on the disk."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cli.helpers import here, ours
from tests.support import canary
from tests.support.server import Server

KEY = re.compile(r"pk_live_[a-z0-9]{32}\n\Z")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder with a database in it, which the tests of this module share: a command takes a second or more."""
    data = tmp_path_factory.mktemp("commands") / "data"
    done = here(data, "migrate")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    yield data
    leaks = [each.name for each in data.rglob("*") if each.is_file() and canary.found_in(each.read_bytes())]
    assert leaks == []  # neither database, log nor a file that was left behind holds what was redacted


def one_line(done: Any, code: int = 1) -> str:
    """The error of a command that failed: one line, and nothing on standard output."""
    assert (done.returncode, done.stdout) == (code, ""), (done.stdout, done.stderr)
    text: str = done.stderr
    assert text.count("\n") == 1 and text.startswith("expunct-server: "), text
    assert canary.found_in(text) == []
    return text


# --- serve ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server without workers over an empty folder; not yet started, and ended whatever the test does."""
    (tmp_path / "data").mkdir(mode=0o700)
    made = Server(tmp_path / "data", workers=0)
    yield made
    made.stop()


def test_serve_makes_everything_once_and_keeps_it_private(server: Server, tmp_path: Path) -> None:
    server.start()
    key = server.api_key
    assert key is not None and KEY.match(key + "\n")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url) and not server.url.endswith(":0")
    with server.client() as client:
        assert client.get("/jobs").status_code == 200
        assert {e["event_type"] for e in client.get("/audit").json()} == {"tenant.created", "api_key.created"}
        with pytest.raises(httpx.ConnectError):
            httpx.get(server.url.replace("127.0.0.1", "127.0.0.2"))  # bound to one address, not to all
    assert server.stop() == 0  # SIGTERM is how it is asked to end, so ending is success
    server.start()
    assert json.loads(sorted(tmp_path.glob("data/serve-*.out"), key=lambda f: f.stat().st_mtime)[-1].read_text()) == {
        "url": server.url, "api_key": None,
    }  # fmt: skip
    with server.client(key) as client:
        assert client.get("/jobs").status_code == 200
        assert len(client.get("/api-keys").json()) == 1
    assert server.stop() == 0
    made = [each for each in server.data.rglob("*") if not each.name.startswith("serve-")]
    assert {"expunct.db"} <= {each.name for each in made}
    for each in made:
        wanted = 0o700 if each.is_dir() else 0o600
        assert stat.S_IMODE(each.stat().st_mode) == wanted, each
    assert canary.found_in(b"".join(each.read_bytes() for each in server.outputs)) == []


def test_serve_makes_its_folder_closed_to_others_and_says_what_is_taken(tmp_path: Path) -> None:
    data = tmp_path / "new" / "data"
    done = ours(data, "serve", "--host", "203.0.113.77", "--port", "0", "--workers", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Cannot listen on 203.0.113.77" in done.stderr.splitlines()[-1]
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


# --- keys and tenants -------------------------------------------------------------------------------------------------


def test_keys_are_made_listed_and_revoked(folder: Path) -> None:
    made = ours(folder, "keys", "create", "--tenant", "acme", "--name", "ci", "--scopes", "jobs,audit:read")
    assert made.returncode == 0 and KEY.match(made.stdout), made.stderr  # the key, alone
    whole = json.loads(here(folder, "keys", "create", "--tenant", "acme", "--name", "all", "--json").stdout)
    assert KEY.match(whole["key"] + "\n") and "tenants:any" not in whole["scopes"] and len(whole["scopes"]) == 9
    listed = json.loads(here(folder, "keys", "list", "--tenant", "acme", "--json").stdout)
    assert [(row["name"], row["is_active"]) for row in listed] == [("all", True), ("ci", True)]
    assert listed[1]["scopes"] == ["audit:read", "jobs"] and "key" not in listed[0]
    table = here(folder, "keys", "list", "--tenant", "acme")
    assert table.returncode == 0 and "ci" in table.stdout and made.stdout.strip() not in table.stdout
    gone = here(folder, "keys", "revoke", listed[1]["id"])
    assert (gone.returncode, gone.stdout) == (0, "")
    assert "already revoked" in one_line(here(folder, "keys", "revoke", listed[1]["id"]))
    events = json.loads(here(folder, "audit", "list", "--tenant", "acme", "--json").stdout)
    assert [e["event_type"] for e in events] == [
        "api_key.revoked",
        "api_key.created",
        "api_key.created",
        "tenant.created",
    ]
    assert {e["actor"].partition(":")[0] for e in events} == {"cli"}


def test_tenants_are_listed_and_put_on_plans(folder: Path) -> None:
    assert here(folder, "keys", "create", "--tenant", "planned", "--name", "k").returncode == 0
    assert here(folder, "tenants", "plan", "planned", "pro").stdout == ""
    found = {row["id"]: row["plan"] for row in json.loads(here(folder, "tenants", "list", "--json").stdout)}
    assert found["planned"] == "pro" and found["system"] == "enterprise"
    assert "free, pro, enterprise" in one_line(here(folder, "tenants", "plan", "planned", "gold"))


# --- redact and audit -------------------------------------------------------------------------------------------------


def test_a_document_is_redacted_and_its_trail_can_be_read(folder: Path, tmp_path: Path) -> None:
    file, out = tmp_path / "letter.txt", tmp_path / "out.txt"
    file.write_text(canary.LETTER)
    printed = here(folder, "redact", str(file))
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith("Dear <PERSON>,") and canary.found_in(printed.stdout) == []
    assert re.fullmatch(r"4 findings removed; job job_\w+\n", printed.stderr)

    written = ours(folder, "redact", "-", "--output", str(out), "--json", stdin=canary.LETTER.encode())
    job = json.loads(written.stdout)
    assert (job["status"], job["input_uri"], job["findings_count"]) == ("completed", "stdin://", 4)
    assert out.read_text() == printed.stdout
    assert canary.found_in(written.stdout + written.stderr) == []

    asked = ["audit", "list", "--event-type", "job.completed", "--json"]
    [newest, first] = json.loads(here(folder, *asked).stdout)
    assert (newest["resource_id"], first["metadata"]["input_uri"]) == (job["id"], file.as_uri())
    shown = json.loads(here(folder, "audit", "show", newest["id"], "--json").stdout)
    assert shown["metadata"] == newest["metadata"] and shown["request_id"].startswith("req_")
    assert newest["id"] in here(folder, "audit", "show", newest["id"]).stdout
    assert json.loads(here(folder, *asked, "--from", "2999-01-01").stdout) == []
    table = here(folder, "audit", "list", "--limit", "5")
    assert table.returncode == 0 and "job.completed" in table.stdout


def test_the_types_and_the_method_can_be_chosen(folder: Path) -> None:
    words = ["redact", "-", "--types", "EMAIL_ADDRESS", "--method", "hash"]
    done = here(folder, *words, stdin=b"Jane Miller jane@firm.example")
    assert done.returncode == 0 and done.stdout.startswith("Jane Miller <EMAIL_ADDRESS_h:")


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["redact", "/no/such/file"], "No such file"),
        (["redact", "/"], "directory"),
        (["redact", "-"], "empty"),
        (["redact", "-", "--types", "SHOE_SIZE"], "SHOE_SIZE"),
        (["redact", "-", "--method", "shred"], "must be one of"),
        (["keys", "create", "--name", "x", "--scopes", "everything"], "scope is not known"),
        (["keys", "create", "--name", "x", "--expires", "yesterday"], "ISO 8601"),
        (["keys", "create", "--name", "x", "--expires", "2001-01-01"], "future"),
        (["keys", "create", "--name", "x", "--network", "home"], "10.0.0.0/8"),
        (["keys", "create", "--name", " "], "printable"),
        (["keys", "create", "--name", "x", "--tenant", "system"], "tenant id"),
        (["keys", "list", "--tenant", "nobody"], "no such tenant"),
        (["keys", "revoke", "key_nobody"], "no API key"),
        (["tenants", "plan", "nobody", "free"], "no such tenant"),
        (["audit", "show", "evt_nobody"], "no event"),
        (["audit", "list", "--from", "yesterday"], "ISO 8601"),
        (["migrate", "--role", "someone"], "PostgreSQL"),
    ],
)
def test_what_fails_says_why_in_one_line(folder: Path, words: list[str], says: str) -> None:
    assert says in one_line(here(folder, *words))


def test_a_refused_document_is_not_kept(folder: Path) -> None:
    done = here(folder, "redact", "-", "--policy", "pol_nobody", stdin=canary.LETTER.encode())
    assert "no such policy" in one_line(done)
    assert list((folder / "uploads").glob("*")) == []
    broken = here(folder, "redact", "-", "--name", "a.json", stdin=b'{"a": ')
    assert "not valid JSON" in one_line(broken)


@pytest.mark.parametrize(
    "words",
    [["keys", "create"], ["nonsense"], ["serve", "--port", "many"], ["redact"], ["audit", "list", "--limit", "0"]],
)
def test_wrong_usage_is_exit_code_2_and_prints_nothing_for_a_script(folder: Path, words: list[str]) -> None:
    done = here(folder, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("PORT", "many"), ("TRUSTED_PROXIES", "home"), ("MASTER_KEY", "abc"), ("LOG_LEVEL", "loud"),
        ("DATABASE_URL", "mysql://x/y"), ("MAX_UPLOAD_BYTES", "0"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_read_is_named(folder: Path, setting: str, value: str) -> None:
    said = one_line(here(folder, "keys", "list", **{f"EXPUNCT_SERVER_{setting}": value}))
    assert setting in said or setting == "DATABASE_URL"


def test_a_database_that_is_none_is_told_and_not_dumped(tmp_path: Path) -> None:
    assert "no database" in one_line(here(tmp_path / "nothing", "keys", "list"))
    (tmp_path / "file").write_text("a file")
    one_line(here(tmp_path / "file", "keys", "create", "--name", "x"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "expunct.db").write_bytes(b"this is no database, " * 500)
    one_line(here(tmp_path / "broken", "keys", "list"))
    away = "postgresql://nobody:a-secret@127.0.0.1:9/none"
    assert "a-secret" not in one_line(here(tmp_path / "away", "keys", "list", database=away))


def test_the_process_itself_has_these_exit_codes(folder: Path) -> None:
    one_line(ours(folder, "audit", "show", "evt_nobody"))
    assert ours(folder, "nonsense").returncode == 2


def test_help_and_version_are_answers(folder: Path) -> None:
    for words, says in ((["--version"], "0.1.0"), (["--help"], "redact"), (["serve", "--help"], "EXPUNCT_SERVER_PORT")):
        done = here(folder, *words)
        assert done.returncode == 0 and says in done.stdout
