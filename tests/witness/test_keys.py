"""The witness's keys, and its commands."""

import json
import signal
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from expunct_server.cli.witness import app
from expunct_server.errors import Invalid, NotFound, Unavailable
from expunct_server.tlog.cosignature import ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE
from expunct_server.tlog.note import parse_verifier_key
from expunct_server.witness import keys
from tests.support.server import COMMAND, environment
from tests.witness.support import CLASSIC, LOG, checkpoint, cosigner, note

NAME = "witness.example/w1"


def test_keys_are_made_once(tmp_path: Path) -> None:
    made = [each.verifier_key for each in keys.load(tmp_path, NAME)]
    assert [(key.name, key.kind) for key in made] == [(NAME, ED25519_COSIGNATURE), (NAME, ML_DSA_44_COSIGNATURE)]
    assert [each.verifier_key for each in keys.load(tmp_path, None)] == made
    assert [each.verifier_key for each in keys.load(tmp_path, NAME)] == made
    assert [path.name for path in (tmp_path / "witness").iterdir()] == ["key"]
    assert (tmp_path / "witness" / "key").stat().st_mode & 0o777 == 0o600


def test_no_two_witnesses_have_one_key(tmp_path: Path) -> None:
    found = {each.verifier_key.public for name in ("a", "b") for each in keys.load(tmp_path / name, NAME)}
    assert len(found) == 4


def test_a_witness_is_named_once(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        keys.load(tmp_path, None)
    keys.load(tmp_path, NAME)
    with pytest.raises(Invalid):
        keys.load(tmp_path, "witness.example/w2")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\n", "x" * 256])
def test_names_that_no_key_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(Invalid):
        keys.load(tmp_path, name)
    assert not (tmp_path / "witness").exists()


def test_a_key_that_others_may_read_or_that_is_damaged_is_refused(tmp_path: Path) -> None:
    keys.load(tmp_path, NAME)
    file = tmp_path / "witness" / "key"
    file.chmod(0o640)
    with pytest.raises(Unavailable):
        keys.load(tmp_path, NAME)
    file.chmod(0o600)
    whole = file.read_bytes()
    for damaged in (b"", whole[:-1], whole[:-5], whole + b"x", b"\n" + whole, b"\xff" + whole):
        file.write_bytes(damaged)
        with pytest.raises(Unavailable):
            keys.load(tmp_path, NAME)


def run(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """A command in this process: its exit code and both outputs."""
    found = CliRunner().invoke(app, [*arguments, "--data", str(folder)])
    return found.exit_code, found.stdout, found.stderr + str(found.exception)


def test_key_prints_the_keys_for_policies(tmp_path: Path) -> None:
    code, printed, _ = run(tmp_path, "key", "--name", NAME)
    assert code == 0
    assert [parse_verifier_key(line) for line in printed.splitlines()] == [
        each.verifier_key for each in keys.load(tmp_path, None)
    ]
    shown = json.loads(run(tmp_path, "key", "--json")[1])
    assert [each["kind"] for each in shown] == ["Ed25519", "ML-DSA-44"]


def test_serve_takes_logs_only(tmp_path: Path) -> None:
    key = CLASSIC.verifier_key.encode()
    for wrong in (["--log", "nonsense"], ["--any-log-of", key], ["--log", key]):
        code, _, says = run(tmp_path, "serve", "--name", NAME, *wrong)
        assert code == 2, says
    code, _, says = run(tmp_path, "serve", "--name", NAME)
    assert code == 2 and "name a log to cosign" in says


def test_a_name_that_is_needed_or_wrong_is_wrong_usage(tmp_path: Path) -> None:
    log = ("--log", LOG.verifier_key.encode())
    for words in (("key",), ("serve", *log), ("key", "--name", "a b"), ("key", "--name", "x" * 256)):
        code, printed, says = run(tmp_path, *words)
        assert (code, printed) == (2, "") and "--name" in says
    assert not (tmp_path / "witness").exists()
    run(tmp_path, "key", "--name", NAME)
    for words in (("key", "--name", "witness.example/w2"), ("serve", *log, "--name", "witness.example/w2")):
        assert run(tmp_path, *words)[0] == 2


def test_a_witness_that_is_started_cosigns(tmp_path: Path) -> None:
    """By a policy that lists the log; the process ends when it is told."""
    policy = tmp_path / "policy"
    policy.write_text(f"log {LOG.verifier_key.encode()}\nquorum none\n")
    command = [*COMMAND, "witness", "serve", "--name", NAME, "--policy", str(policy), "--port", "0", "--json"]
    with subprocess.Popen(command, env=environment(tmp_path, ""), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = ""
            while not said.endswith("\n}\n"):
                said += process.stdout.readline() or pytest.fail("the witness ended")
            announced = json.loads(said)
            (signer, _) = keys.load(tmp_path, None)
            asking = cosigner(("w", signer, announced["url"]))
            (line,) = asking(note(5), checkpoint(5), lambda _: [])
            assert (line.name, line.key_id) == (NAME, signer.verifier_key.key_id)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(30) in (0, -signal.SIGTERM)
    assert announced["keys"][0]["key"] == signer.verifier_key.encode()
