"""`expunct-server` as a shell sees it: what it prints where, its exit codes, and what it leaves on the disk."""

import gc
import json
import re
import sqlite3
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.main import get_command

from expunct_server import cli
from expunct_server.cli import common, redact
from expunct_server.db.migrate import upgrade
from expunct_server.db.session import Database
from expunct_server.jobs.execute import Executor
from expunct_server.jobs.submission import NewUpload
from expunct_server.policies.plans import Overrides
from expunct_server.settings import Settings
from tests.cli.helpers import here, ours
from tests.conftest import run_sql
from tests.support import canary
from tests.support.server import COMMAND, Server, environment

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


@pytest.mark.parametrize("words", [("serve", "--port", "0", "--workers", "0"), ("worker",)])
def test_nothing_starts_without_the_models_of_its_settings(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = ours(tmp_path / "data", *words, EXPUNCT_SERVER_DETECTION_MODELS="onnx:/no/such")
    told = done.stderr.splitlines()
    reason = "its folder holds no model.onnx, and not one other file *.onnx."
    assert done.returncode == 1
    assert told[-1] == (
        f"expunct-server: The model onnx:/no/such of the setting detection_models cannot be used: {reason}"
    )


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


def test_whatever_a_job_takes_a_command_takes_too(folder: Path) -> None:
    words = ["redact", "-", "--types", "EMAIL_ADDRESS,IP_ADDRESS", "--no-preserve-labels", "--profile", "strict",
             "--threshold", "0.7", "--type-threshold", "IP_ADDRESS=1", "--metadata", '{"case": 7}',
             "--method", "mask", "--json"]  # fmt: skip
    done = here(folder, *words, stdin=b"jane@firm.example 192.0.2.7")
    assert done.returncode == 0, done.stderr
    job = json.loads(done.stdout)
    assert [(each["entity_type"], each["redacted"]) for each in job["findings"]] == [("EMAIL_ADDRESS", "<REDACTED>")]
    assert job["metadata"] == {"case": 7}
    with closing(sqlite3.connect(folder / "expunct.db")) as database:
        [(config,)] = database.execute("SELECT config FROM job WHERE id = ?", [job["id"]]).fetchall()
    assert json.loads(config) == {
        "pii_types": ["EMAIL_ADDRESS", "IP_ADDRESS"], "redaction_method": "mask", "detection_profile": "strict",
        "confidence_threshold": 0.7, "confidence_thresholds": {"IP_ADDRESS": 1.0}, "preserve_labels": False,
    }  # fmt: skip
    options = {parameter.name for parameter in get_command(redact.app).params}
    fields = {"pii_types": "types", "redaction_method": "method", "detection_profile": "profile",
              "confidence_threshold": "threshold", "confidence_thresholds": "type_threshold"}  # fmt: skip
    assert {fields.get(name, name) for name in Overrides.model_fields} <= options
    more = {"policy_id": "policy", "tenant_id": "tenant", "password": "password_file"}
    assert {more.get(name, name) for name in NewUpload.model_fields} - {"config"} <= options


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["redact", "/no/such/file"], "No such file"),
        (["redact", "-"], "empty"),
        (["keys", "create", "--name", " "], "printable"),
        (["keys", "create", "--name", "x", "--tenant", "system"], "tenant id"),
        (["keys", "list", "--tenant", "nobody"], "no such tenant"),
        (["keys", "revoke", "key_nobody"], "no API key"),
        (["tenants", "plan", "nobody", "free"], "no such tenant"),
        (["audit", "show", "evt_nobody"], "no event"),
        (["audit", "list", "--tenant", "nope"], "no such tenant"),
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
    ("words", "says"),
    [
        (["keys", "create"], "--name"),
        (["nonsense"], "nonsense"),
        (["redact"], "'file'"),
        (["serve", "--nonsense"], "--nonsense"),
        (["serve", "--port", "many"], "--port"),
        (["serve", "--port", "70000"], "--port"),
        (["audit", "list", "--limit", "0"], "--limit"),
        (["audit", "list", "--limit", "few"], "--limit"),
        (["audit", "list", "--from", "yesterday"], "--from: must be an ISO 8601"),
        (["audit", "list", "--to", "2026-13-01"], "--to: must be an ISO 8601"),
        (["audit", "list", "--event-type", "Job Completed"], "--event-type"),
        (["audit", "list", "--resource-type", "job!"], "--resource-type"),
        (["audit", "list", "--actor", ""], "--actor"),
        (["keys", "create", "--name", "x", "--scopes", "everything"], "scope is not known"),
        (["keys", "create", "--name", "x", "--expires", "yesterday"], "--expires: must be an ISO 8601"),
        (["keys", "create", "--name", "x", "--expires", "2001-01-01"], "--expires: must lie in the future"),
        (["keys", "create", "--name", "x", "--network", "home"], "10.0.0.0/8"),
        (["redact", "/"], "--output"),
        (["redact", "-", "--types", "SHOE_SIZE"], "SHOE_SIZE"),
        (["redact", "-", "--method", "shred"], "--method: must be one of"),
        (["redact", "-", "--threshold", "2"], "--threshold: "),
        (["redact", "-", "--type-threshold", "PERSON"], "--type-threshold: must be a type, = and a number"),
        (["redact", "-", "--type-threshold", "PERSON=high"], "--type-threshold: "),
        (["redact", "-", "--type-threshold", "SHOE_SIZE=1"], "--type-threshold: "),
        (["redact", "-", "--metadata", "{"], "--metadata: must be a JSON object"),
        (["redact", "-", "--metadata", "[]"], "--metadata: "),
        (["redact", "-", "--language", "English!"], "--language: has the wrong form"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_one_line_that_names_what_is_wrong(
    folder: Path, words: list[str], says: str
) -> None:
    assert says in one_line(here(folder, *words), 2)


def test_a_command_group_alone_shows_its_help_and_counts_as_wrong_usage(folder: Path) -> None:
    done = here(folder, "keys")
    assert done.returncode == 2 and "revoke" in done.stdout + done.stderr


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
    assert "--data" in one_line(here(tmp_path / "file", "keys", "create", "--name", "x"))
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "expunct.db").write_bytes(b"this is no database, " * 500)
    one_line(here(tmp_path / "broken", "keys", "list"))
    away = "postgresql://nobody:a-secret@127.0.0.1:9/none"
    assert "a-secret" not in one_line(here(tmp_path / "away", "keys", "list", database=away))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite:///:memory:", "must be a file"),
        ("sqlite:///", "must be a file"),
        ("postgresql://u:a-secret@host:port/name", "cannot be read"),
        ("postgresql://u:a-secret@127.0.0.1:9/name?nonsense=1", "--database"),
        ("postgresql+psycopg://u:a-secret@[::1/name", "cannot be read"),
    ],
)
@pytest.mark.parametrize("words", [["keys", "list"], ["migrate"]])
def test_a_database_url_that_names_none_is_one_line(tmp_path: Path, words: list[str], url: str, says: str) -> None:
    said = one_line(here(tmp_path / "data", *words, database=url))
    assert says in said and "a-secret" not in said
    assert not list(tmp_path.rglob("*.db*"))


@pytest.mark.parametrize("error", [RuntimeError(canary.SSN), OSError(28, "No space left on device"), PermissionError()])
def test_what_nobody_foresaw_is_one_line_too(folder: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("expunct_server.tenants.service.list_tenants", fail)
    said = one_line(here(folder, "tenants", "list"))
    assert canary.SSN not in said and "Traceback" not in said


# --- where the data is, and who may make it ---------------------------------------------------------------------------


def test_every_command_has_the_same_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = here(Path(), "keys", "create", "--name", "x", EXPUNCT_SERVER_DATA="")
    assert made.returncode == 0 and KEY.match(made.stdout)
    assert [each.name for each in tmp_path.iterdir()] == ["data"]
    assert f"made {tmp_path / 'data' / 'expunct.db'}" in made.stderr
    again = here(Path(), "keys", "create", "--name", "y", EXPUNCT_SERVER_DATA="")
    assert KEY.match(again.stdout) and again.stderr == ""


def test_redact_says_when_it_makes_a_database(tmp_path: Path) -> None:
    done = here(tmp_path / "fresh", "redact", "-", stdin=b"Jane Miller")
    assert done.stdout == "<PERSON>" and str(tmp_path / "fresh" / "expunct.db") in done.stderr


READING = (["keys", "list"], ["tenants", "list"], ["audit", "list"], ["audit", "show", "evt_1"])


def contents(data: Path) -> dict[str, tuple[Any, ...]]:
    """Every row of every table."""
    with closing(sqlite3.connect(data / "expunct.db")) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {table: tuple(connection.execute(f'SELECT * FROM "{table}"')) for table in tables}


@pytest.mark.parametrize(
    ("revision", "says"), [("9999", "made by a newer version"), (None, "run `expunct-server migrate`")]
)
def test_reading_commands_neither_write_nor_migrate(tmp_path: Path, revision: str | None, says: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with closing(sqlite3.connect(data / "expunct.db")) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        if revision is not None:
            connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
        connection.commit()
    before = contents(data)
    for words in READING:
        assert says in one_line(here(data, *words))
    assert contents(data) == before


def test_reading_commands_look_at_the_revision_of_either_kind(tmp_path: Path, url: str) -> None:
    data = tmp_path / "elsewhere"
    listed = here(data, "tenants", "list", "--json", database=url)
    assert {row["id"] for row in json.loads(listed.stdout)} == {"default", "system"}
    run_sql(url, "UPDATE alembic_version SET version_num = '9999'")
    for words in READING:
        assert "made by a newer version" in one_line(here(data, *words, database=url))
    run_sql(url, "DELETE FROM alembic_version")
    assert "run `expunct-server migrate`" in one_line(here(data, "keys", "list", database=url))
    assert not data.exists()


def test_a_database_without_the_system_tenant_is_only_read(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    database = Database(f"sqlite:///{data / 'expunct.db'}")
    upgrade(database)
    database.close()
    before = contents(data)
    assert json.loads(here(data, "tenants", "list", "--json").stdout) == []
    assert contents(data) == before
    assert here(data, "migrate").returncode == 0
    assert [row["id"] for row in json.loads(here(data, "tenants", "list", "--json").stdout)] == ["system"]


# --- what a script and a person read ----------------------------------------------------------------------------------


def test_migrate_and_plans_answer_in_json_too(folder: Path) -> None:
    done = here(folder, "migrate", "--json")
    assert json.loads(done.stdout) == {
        "status": "up to date", "database": "sqlite", "data": str(folder), "role": None,
    }  # fmt: skip
    assert here(folder, "keys", "create", "--tenant", "scripted", "--name", "k").returncode == 0
    shown = json.loads(here(folder, "tenants", "plan", "scripted", "free", "--json").stdout)
    assert (shown["id"], shown["plan"]) == ("scripted", "free")


def test_the_trail_can_be_asked_for_one_actor(folder: Path) -> None:
    assert here(folder, "keys", "create", "--tenant", "actors", "--name", "k").returncode == 0
    asked = ["audit", "list", "--tenant", "actors", "--json", "--actor"]
    actor = json.loads(here(folder, *asked[:-1]).stdout)[0]["actor"]
    assert len(json.loads(here(folder, *asked, actor).stdout)) == 2
    assert json.loads(here(folder, *asked, "pk_live_...none").stdout) == []


def test_a_result_is_recorded_when_it_leaves_and_only_if_it_is_whole(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["audit", "list", "--tenant", "handed", "--event-type", "job.downloaded", "--json"]
    words = ["redact", "-", "--tenant", "handed"]
    assert here(folder, *words, stdin=b"Jane Miller").stdout == "<PERSON>"
    [event] = json.loads(here(folder, *asked).stdout)
    assert event["metadata"]["size_bytes"] == len("<PERSON>")
    assert here(folder, *words, "--json", stdin=b"Jane Miller").returncode == 0  # nothing of the document leaves
    assert len(json.loads(here(folder, *asked).stdout)) == 1

    run = Executor.run

    def run_and_damage(self: Executor, job_id: str) -> float | None:
        pause = run(self, job_id)
        for each in (folder / "results").glob(f"{job_id}*"):
            each.write_bytes(b"Jane Miller")
        return pause

    monkeypatch.setattr(Executor, "run", run_and_damage)
    out = tmp_path / "kept.txt"
    out.write_text("as it was")
    for more in ([], ["--output", str(out)]):
        assert "damaged" in one_line(here(folder, *words, *more, stdin=b"Jane Miller"))
    assert out.read_text() == "as it was"
    assert len(json.loads(here(folder, *asked).stdout)) == 1


def test_the_notes_of_a_report_are_told(folder: Path) -> None:
    done = here(folder, "redact", "-", "--language", "ja", stdin=b"Jane Miller, jane@firm.example")
    assert done.returncode == 0
    notes = [line for line in done.stderr.splitlines() if line.startswith("Note: ")]
    assert any("reads the language ja" in each for each in notes), done.stderr


def test_a_first_start_is_quiet_and_says_where_its_data_is(tmp_path: Path) -> None:
    data = tmp_path / "a folder"
    with Served(data) as first:
        assert f"Data folder: {data}" in first.said(3)
        assert (httpx.head(first.health).status_code, httpx.head(first.health).content) == (200, b"")
    assert "alembic" not in first.log() and "uvicorn" not in first.log()
    with Served(data) as second:
        assert f"keys create --name NAME --data '{data}'" in second.said(3)
    with Served(tmp_path / "other", EXPUNCT_SERVER_LOG_LEVEL="debug") as third:
        third.said(2)
    assert "uvicorn.error" in third.log()


class Served:
    """`serve` as a person starts it: without --json."""

    def __init__(self, data: Path, **env: str) -> None:
        self.out, self.err = data.parent / f"{data.name}.out", data.parent / f"{data.name}.err"
        words = [*COMMAND, "serve", "--port", "0", "--workers", "0"]
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(words, env=environment(data) | env, stdout=out, stderr=err)

    def said(self, lines: int) -> str:
        """The announcement, once it has so many lines and the server answers."""
        deadline = time.monotonic() + 60
        while self.out.read_text().count("\n") < lines and time.monotonic() < deadline:
            time.sleep(0.1)
        text = self.out.read_text()
        url = re.search(r"http://\S+:\d+", text)
        assert url is not None, self.log()
        while time.monotonic() < deadline:
            with suppress(httpx.TransportError):
                self.health = f"{url.group()}/api/v1/health"
                httpx.get(self.health)
                break
        return text

    def log(self) -> str:
        return self.err.read_text()

    def __enter__(self) -> "Served":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        assert self.process.wait(60) == 0


def test_the_help_of_serve_names_every_setting_its_default_and_its_unit(folder: Path) -> None:
    said = " ".join(here(folder, "serve", "--help", COLUMNS="200").stdout.replace("│", " ").split())
    for each in fields(Settings):
        assert f"EXPUNCT_SERVER_{each.name.upper()} (default: " in said
    assert "EXPUNCT_SERVER_BUSY_TIMEOUT_SECONDS (default: 10 seconds)" in said
    assert "EXPUNCT_SERVER_DATA (default: data)" in said
    assert "EXPUNCT_SERVER_FETCH_HOSTS (default: *)" in said and "EXPUNCT_SERVER_FILE_ROOTS (default: none)" in said


def test_a_start_that_is_refused_shows_no_key_and_speaks_to_the_operator(tmp_path: Path) -> None:
    store = {"EXPUNCT_SERVER_STORE": "s3://the-store", "EXPUNCT_SERVER_STORE_CREDENTIALS": "own"}
    file = tmp_path / "credentials.toml"
    file.write_text('[own]\nprovider = "s3"\ntenants = []\nenvironment = "NOT_THERE"\n')
    for word, path, says in (
        ("serve", tmp_path / "none.toml", f"{tmp_path}/none.toml cannot be opened: No such file or directory."),
        ("worker", file, "The credentials own cannot be used: "),
    ):
        said = one_line(ours(tmp_path / "data", word, **store, EXPUNCT_SERVER_CREDENTIALS_FILE=str(path)))
        assert says in said and "operator" not in said
    assert "no such tenant" in one_line(here(tmp_path / "data", "keys", "list"))  # nor is there a first key


def test_the_pool_has_the_size_that_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    monkeypatch.setattr(common, "Database", lambda *a, **k: sizes.append(k["pool_size"]) or Database(*a, **k))
    assert here(tmp_path / "data", "migrate").returncode == 0
    assert here(tmp_path / "data", "tenants", "list", EXPUNCT_SERVER_POOL_SIZE="3").returncode == 0
    assert sizes == [10, 3]
    assert "POOL_SIZE must be at least 2" in one_line(here(tmp_path, "migrate", EXPUNCT_SERVER_POOL_SIZE="1"))


def test_the_process_itself_has_these_exit_codes(folder: Path) -> None:
    one_line(ours(folder, "audit", "show", "evt_nobody"))
    assert ours(folder, "nonsense").returncode == 2


def test_what_is_loaded_is_not_gone_through_for_garbage_and_what_comes_after_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collects: list[bool] = []
    load, run = cli.import_module, typer.Typer.__call__
    monkeypatch.setattr(cli, "import_module", lambda name: collects.append(gc.isenabled()) or load(name))
    monkeypatch.setattr(typer.Typer, "__call__", lambda *a, **k: collects.append(gc.isenabled()) or run(*a, **k))

    here(folder, "keys", "--help")

    assert collects == [False, True]


def test_help_and_version_are_answers(folder: Path) -> None:
    for words, says in ((["--version"], "0.1.0"), (["--help"], "redact"), (["serve", "--help"], "EXPUNCT_SERVER_PORT")):
        done = here(folder, *words)
        assert done.returncode == 0 and says in done.stdout
