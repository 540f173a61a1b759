"""`expunct-server redact` of a folder, as a shell runs it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from expunct_server.db.session import Database
from tests.cli.helpers import here
from tests.support import canary
from tests.web.helpers import rows

LETTER = {"PERSON": 1, "US_SSN": 1, "EMAIL_ADDRESS": 1, "SECRET": 1}


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The data folder. Afterwards neither the database nor a file in it may hold what was redacted."""
    folder = tmp_path / "data"
    yield folder
    if not (folder / "expunct.db").exists():
        return
    database = Database(f"sqlite:///{folder}/expunct.db")
    leaks = canary.leaks_in_database(database)
    queued = [row["workflow_uuid"] for row in rows(database, "workflow_status") if row["status"] != "CANCELLED"]
    database.close()
    assert leaks == [] and queued == []  # nor is anything left for a worker to do


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A folder with letters in two places, and what is left out."""
    folder = tmp_path / "documents"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / ".hidden").mkdir()
    for name in ("letter.txt", "deep/er/letter.txt", "deep/ä \x1b[31m [red].txt", ".hidden/letter.txt", ".letter.txt"):
        (folder / name).write_text(canary.LETTER)
    (folder / "link.txt").symlink_to(folder / "letter.txt")
    (folder / "linked").symlink_to(folder / "deep")
    os.mkfifo(folder / "pipe")
    return folder


def redact(data: Path, documents: Path, *words: str, code: int = 0, **env: str) -> Any:
    done = here(data, "redact", str(documents), *words, **env)
    assert done.returncode == code, done.stderr
    assert canary.found_in(done.stdout) == canary.found_in(done.stderr) == []
    return done


def tree(folder: Path) -> set[str]:
    """Every file below it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def test_results_mirror_the_tree_and_what_is_left_out_is_counted(data: Path, documents: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    done = redact(data, documents, "-o", str(out))
    assert done.stdout == ""
    assert tree(out) == {"letter.txt", "deep/er/letter.txt", "deep/ä \x1b[31m [red].txt"}
    for name in tree(out):
        assert (out / name).read_text().startswith("Dear <PERSON>,")
        assert canary.found_in((out / name).read_text()) == []
    lines = done.stderr.splitlines()
    assert "deep/ä \\x1b[31m [red].txt: 4 findings removed" in lines
    assert lines[-1] == "3 files redacted, 12 findings removed, 0 failed; left out: 2 hidden, 2 links, 1 special"
    again = redact(data, documents, "-o", str(out), "--json")  # what is there is replaced
    assert json.loads(again.stdout)["completed"] == 3
    listed = json.loads(here(data, "audit", "list", "--json", "--limit", "100").stdout)
    assert [sum(each["event_type"] == kind for each in listed) for kind in ("job.completed", "job.downloaded")] == [
        6,
        6,
    ]


def test_what_fails_is_listed_at_the_end_and_nothing_of_it_is_written(
    data: Path, documents: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (documents / "broken.json").write_text(f'{{"a": "{canary.EMAIL}", ')
    (documents / "deep" / "picture.bin").write_bytes(bytes(range(256)))
    (documents / "empty" / "nothing.txt").touch()
    (documents / "large.txt").write_text("word " * 1000)
    out.mkdir()
    (out / "letter.txt").mkdir()  # in the way of a result
    done = redact(data, documents, "-o", str(out), "--json", code=1, EXPUNCT_SERVER_MAX_UPLOAD_BYTES="4000")
    told = json.loads(done.stdout)
    failures = {each["file"]: each for each in told.pop("failures")}
    assert told == {
        "files": 7,
        "completed": 2,
        "failed": 5,
        "skipped": {"hidden": 2, "links": 2, "special": 1},
        "findings_count": 8,
        "entity_counts": dict.fromkeys(sorted(LETTER), 2),
    }
    assert {name: each["error_code"] for name, each in failures.items()} == {
        "broken.json": "invalid_json",
        "deep/picture.bin": "binary_content",
        "empty/nothing.txt": "empty_file",
        "large.txt": "too_large",
        "letter.txt": "output_not_writable",
    }
    assert failures["broken.json"]["job_id"].startswith("job_") and failures["large.txt"]["job_id"] is None
    assert tree(out) == {"deep/er/letter.txt", "deep/ä \x1b[31m [red].txt"}
    assert not (out / "empty").exists()
    assert list((data / "uploads").iterdir()) == []
    last = done.stderr.splitlines()[-6:]
    assert last[0].startswith("2 files redacted, 8 findings removed, 5 failed; left out:")
    assert {line.partition(":")[0] for line in last[1:]} == set(failures)
    assert all("(error code " in line for line in last[1:])


def test_a_terminal_gets_a_bar_and_the_failures(data: Path, documents: Path, tmp_path: Path) -> None:
    (documents / "broken.json").write_text("{")
    done = redact(data, documents, "-o", str(tmp_path / "out"), code=1, FORCE_COLOR="1", TERM="xterm", COLUMNS="100")
    assert "Redacting" in done.stderr and "4/4" in done.stderr
    assert "broken.json: invalid_json" in done.stderr and "letter.txt: 4 findings" not in done.stderr


def test_a_policy_that_is_not_there_ends_it_at_once(data: Path, documents: Path, tmp_path: Path) -> None:
    done = redact(data, documents, "-o", str(tmp_path / "out"), "--policy", "pol_none", code=1)
    assert done.stderr.splitlines()[-1] == "expunct-server: There is no such policy."
    assert list((data / "uploads").iterdir()) == []


def test_the_results_go_to_another_folder(data: Path, documents: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for words, says in (
        ([], "name the folder"),
        (["-o", str(documents)], "neither holds"),
        (["-o", str(documents / "deep" / "out")], "neither holds"),
        (["-o", str(tmp_path)], "neither holds"),
        (["-o", str(documents / "linked" / "out")], "neither holds"),
        (["-o", str(file)], "must be a folder"),
        (["-o", str(tmp_path / "out"), "--name", "a.txt"], "single document"),
    ):
        assert says in redact(data, documents, *words, code=2).stderr
    assert not data.exists()


def test_a_folder_without_files_is_done(data: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    done = redact(data, tmp_path / "none", "-o", str(tmp_path / "out"))
    assert done.stderr.splitlines()[-1] == "0 files redacted, 0 findings removed, 0 failed"
    assert (tmp_path / "out").is_dir()
    (tmp_path / "none" / "one.txt").write_text("To a@b.example")
    (tmp_path / "none" / "link").symlink_to("one.txt")
    done = redact(data, tmp_path / "none", "-o", str(tmp_path / "out"))
    assert done.stderr.splitlines()[-2] == "one.txt: 1 finding removed"
    assert done.stderr.splitlines()[-1] == "1 file redacted, 1 finding removed, 0 failed; left out: 1 link"
    assert "Needed for a folder" in " ".join(here(data, "redact", "--help", COLUMNS="200").stdout.split())
