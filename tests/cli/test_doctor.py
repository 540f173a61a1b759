"""`expunct-server doctor`: what of the confinement holds here."""

import json
from pathlib import Path

import pytest

from expunct_server import cli
from expunct_server.cli import doctor
from expunct_server.redaction import pool
from tests.cli.helpers import here


def test_what_confines_documents_is_shown(tmp_path: Path) -> None:
    done = here(tmp_path / "data", "doctor", "--json")
    said = json.loads(done.stdout)["confinement"]
    assert (done.returncode, list(said)) == (0, list(doctor._CONFINEMENTS))
    assert {said[each] for each in ("environment", "privileges", "limits")} == {True}  # on every kernel
    assert not (tmp_path / "data").exists()


def test_what_does_not_hold_is_said_aloud(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    holding = dict.fromkeys(doctor._CONFINEMENTS, True) | {"files": False}
    monkeypatch.setattr(doctor, "_tried", lambda: holding)

    doctor.doctor(as_json=False)

    said = capsys.readouterr()
    [row] = [line for line in said.out.splitlines() if " NO " in line]
    assert "files" in row and "Landlock" in row
    assert said.err == (
        "Without Landlock, Linux 5.13 a reader that a document has taken over could "
        "read files other than Python's and the libraries'.\n"
    )


def test_processes_that_hold_settings_are_unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for module in (cli, pool):
        monkeypatch.setattr(module, "unseen", lambda name=module.__name__: asked.append(name))
    monkeypatch.setattr(pool.signal, "signal", lambda *_: None)
    monkeypatch.setattr("sys.argv", ["expunct-server", "--version"])

    with pytest.raises(SystemExit):
        cli.main()
    pool._ready()

    assert asked == ["expunct_server.cli", "expunct_server.redaction.pool"]
