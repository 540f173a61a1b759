"""`expunct-server connectors`: as a script uses it."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.cli.helpers import here
from tests.conftest import Api
from tests.connectors.helpers import folder, inputs, step, uris, write
from tests.web.helpers import another_app, on_sqlite, rows


@pytest.fixture
def apart(api: Api, tmp_path: Path) -> Any:
    """The application over a data folder that does not hold the callers' folder, as a command wants it."""
    (tmp_path / "own").mkdir()
    with another_app(api, data=tmp_path / "own") as app:
        yield app


def run(api: Api, *words: str, code: int = 0, **more: Any) -> Any:
    roots = ":".join(map(str, api.settings.file_roots))
    done = here(
        api.settings.data, "connectors", *words, database=api.settings.url, EXPUNCT_SERVER_FILE_ROOTS=roots, **more
    )
    assert done.returncode == code, done.stderr
    return done


@on_sqlite
def test_a_connector_is_made_changed_tried_synced_watched_and_deleted(apart: Api) -> None:
    write(apart, "a.txt", "b.txt")
    made = run(
        apart, "create", "--provider", "folder", "--bucket", str(folder(apart)), "--cron", "0 3 * * *"
    ).stdout.strip()
    assert made.startswith("con_")
    assert [each["id"] for each in json.loads(run(apart, "list", "--json").stdout)] == [made]
    assert made in run(apart, "list").stdout
    run(apart, "update", made, "--cron", "", "--name", "Letters", "--output-prefix", "clean")
    shown = json.loads(run(apart, "show", made, "--json").stdout)
    assert (shown["schedule_cron"], shown["name"], shown["output_prefix"]) == (None, "Letters", "clean/")
    assert "remove" in run(apart, "test", made).stdout
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(apart, stop))
    worker.start()
    done = run(apart, "sync", made, "--watch", "--json")
    stop.set()
    worker.join()
    ended = json.loads(done.stdout)
    assert (ended["status"], ended["completed_jobs"]) == ("completed", 2)
    assert done.stderr.splitlines()[0] == ended["id"]  # before it waits
    assert done.stderr.count("completed: 2 objects seen") == 1
    assert "No worker lives" in done.stderr
    assert inputs(apart) == uris(apart, "a.txt", "b.txt")
    assert "no sync" in run(apart, "cancel", "syn_none", code=1).stderr
    assert "ended already" in run(apart, "cancel", ended["id"], code=1).stderr
    last = run(apart, "sync", made).stdout.strip()
    run(apart, "cancel", last)
    assert [(each["id"], each["error_code"]) for each in json.loads(run(apart, "syncs", made, "--json").stdout)] == [
        (last, "cancelled"),
        (ended["id"], None),
    ]
    run(apart, "delete", made)
    assert "no connector" in run(apart, "show", made, code=1).stderr
    actors = {each["actor"].partition(":")[0] for each in apart.events(resource_type="connector")}
    assert actors == {"cli"}


def _work(api: Api, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        step(api)
        api.work()


@on_sqlite
def test_a_watched_sync_that_failed_exits_with_1(apart: Api) -> None:
    write(apart, "a.txt")
    made = run(apart, "create", "--provider", "folder", "--bucket", str(folder(apart))).stdout.strip()
    (folder(apart) / "a.txt").unlink()
    folder(apart).rmdir()
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(apart, stop))
    worker.start()
    done = run(apart, "sync", made, "--watch", code=1)
    write(apart, "broken.json", text="{")
    broken = run(apart, "sync", made, "--watch", code=1)
    stop.set()
    worker.join()
    assert done.stdout.startswith("syn_") and done.stderr.count("bucket_not_found") == 1
    [job] = apart("GET", "/jobs").json()
    assert f"{job['id']}: invalid_json, {job['input_uri']}" in broken.stderr
    assert f"GET /jobs?sync_id={broken.stdout.strip()}&status=error" in broken.stderr


@on_sqlite
def test_wrong_options_are_wrong_usage(apart: Api, tmp_path: Path) -> None:
    made = run(apart, "create", "--provider", "ftp", "--bucket", "x", code=2)
    assert "--provider" in made.stderr
    write(apart, "a.txt")
    bad = run(apart, "create", "--provider", "folder", "--bucket", str(folder(apart)), "--cron", "* *", code=2)
    assert "--cron" in bad.stderr
    secret = tmp_path / "secret.json"
    secret.write_text("[]")
    wrong = run(apart, "create", "--provider", "s3", "--bucket", "letters", "--secret-file", str(secret), code=2)
    assert "--secret-file" in wrong.stderr
    given = json.dumps({"access_key_id": "AKIAEXAMPLE000000001", "secret_access_key": "not-shown-anywhere-0001"})
    done = run(
        apart, "create", "--provider", "s3", "--bucket", "letters", "--secret-file", "-", "--json", stdin=given.encode()
    )
    assert json.loads(done.stdout)["has_secret"] is True
    assert "not-shown-anywhere" not in done.stdout + done.stderr


@on_sqlite
@pytest.mark.parametrize("act", ["create", "update"])
def test_a_secret_is_sealed_with_the_master_key_of_the_deployment_or_not_at_all(
    apart: Api, tmp_path: Path, act: str
) -> None:
    new = ("--provider", "s3", "--bucket", "letters")
    secret = json.dumps({"access_key_id": "AKIAEXAMPLE000000001", "secret_access_key": "not-shown-anywhere-0001"})
    made = run(apart, "create", *new, "--secret-file", "-", stdin=secret.encode()).stdout.strip()
    words = ("create", *new) if act == "create" else ("update", made)
    before = rows(apart.database, "bucket")
    done = here(  # on another machine of the deployment, which never got the key
        tmp_path / "other", "connectors", *words, "--secret-file", "-", database=apart.settings.url,
        stdin=secret.encode(),
    )  # fmt: skip
    assert done.returncode == 1 and "master key" in done.stderr and "not-shown-anywhere" not in done.stderr
    assert not (tmp_path / "other" / "keys" / "master.key").exists()
    assert rows(apart.database, "bucket") == before
