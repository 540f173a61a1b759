"""`expunct-server audit publish, verify, fsck, bundle` and `receipt verify`, as a shell sees them."""

import json
import shlex
from pathlib import Path

import pytest

from tests.cli.helpers import here
from tests.verifying.world import INPUT, LOG, OUTPUT, receipt


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a published log in it, of tenant `system`."""
    data = tmp_path_factory.mktemp("audit") / "data"
    assert here(data, "migrate").returncode == 0
    done = here(data, "audit", "publish", "--json")
    assert done.returncode == 0, done.stderr
    logs = json.loads(done.stdout)
    assert [(each["tenant_id"], each["size"]) for each in logs] == [("system", 1), (None, 1)]
    (data / "receipt").write_bytes(receipt())
    (data / "key").write_text(f"{LOG.verifier_key.encode()}\n")
    return data


def test_publish_ends_when_nothing_waits(folder: Path) -> None:
    done = here(folder, "audit", "publish")
    assert done.returncode == 0 and "system" in done.stdout and "(log of logs)" in done.stdout


def test_fsck(folder: Path) -> None:
    done = here(folder, "audit", "fsck")
    assert (done.returncode, done.stdout) == (0, "") and "0 problems" in done.stderr
    path = folder / "log/tenants/system/tile/entries/000.p/1"
    honest = path.read_bytes()
    path.write_bytes(honest.replace(b"success", b"failure"))
    done = here(folder, "audit", "fsck", "--tenant", "system")
    assert done.returncode == 1 and "index 0" in done.stdout and "1 problems" in done.stderr
    done = here(folder, "audit", "fsck", "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["problem_count"] == 1
    path.write_bytes(honest)


def test_fsck_of_a_tenant_that_is_not_there_is_refused_as_the_list_is(folder: Path) -> None:
    done, listed = (here(folder, "audit", what, "--tenant", "nope") for what in ("fsck", "list"))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", listed.stderr)
    assert "There is no such tenant" in done.stderr
    assert here(folder, "audit", "fsck", "--tenant", "*").returncode == 0  # the log of logs


def test_what_a_bundle_says_to_run_verifies_it(folder: Path, tmp_path: Path) -> None:
    done = here(folder, "audit", "bundle", "--tenant", "system", "--out", str(tmp_path / "a b.tar"))
    assert done.returncode == 0 and done.stdout == ""
    command, *words = shlex.split(done.stderr.splitlines()[-1])
    assert (command, words[:3]) == ("expunct-server", ["audit", "verify", str(tmp_path / "a b.tar")])
    verified = here(tmp_path, *words)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_bundle_that_cannot_be_written_is_no_export(folder: Path, tmp_path: Path) -> None:
    def exports() -> int:
        events = json.loads(here(folder, "audit", "list", "--tenant", "system", "--json").stdout)
        return sum(each["event_type"] == "audit.exported" for each in events)

    before = exports()
    for out, code in ((tmp_path / "no/such/b.tar", 2), (tmp_path / f"{'x' * 245}.tar", 1), (tmp_path / ("x" * 250), 1)):
        done = here(folder, "audit", "bundle", "--tenant", "system", "--out", str(out))
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), done.stderr
    assert list(tmp_path.iterdir()) == [] and exports() == before


def test_bundle_and_verify(folder: Path, tmp_path: Path) -> None:
    tar = tmp_path / "b.tar"
    done = here(folder, "audit", "bundle", "--tenant", "system", "--out", str(tar), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["path"] == str(tar), done.stderr
    again = here(folder, "audit", "bundle", "--tenant", "system", "--out", str(tar))
    assert again.returncode == 1 and "there already" in again.stderr
    done = here(folder, "audit", "verify", str(tar))
    assert done.returncode == 0 and done.stdout.startswith("VERIFIED\n") and "THE KEYS CAME WITH" in done.stderr
    key = next(line for line in done.stdout.splitlines() if "keys: " in line).split("keys: ")[1].split(",")[0]
    log = folder / "log/tenants/system"
    kept = log / "checkpoint"
    for path in (tar, log):
        done = here(folder, "audit", "verify", str(path), "--key", key, "--since", str(kept), "--json")
        assert done.returncode == 0 and json.loads(done.stdout)["extends_size"] == 1, done.stderr
        assert done.stderr == ""
    done = here(folder, "audit", "verify", str(tar), "--key", LOG.verifier_key.encode(), "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["check"] == 2 and "NOT VERIFIED" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "verify", "nothing"),
        ("audit", "verify", "{log}"),  # without a key
        ("audit", "verify", "{log}", "--key", "a+b+c"),
        ("audit", "verify", "{log}", "--key", "nothing"),
        ("audit", "verify", "{log}/../../../receipt", "--key", "{log}/../../../key"),
        ("audit", "bundle"),
        ("audit", "bundle", "--tenant", "system", "--out", "no/such/folder/b.tar"),
        ("receipt", "verify", "{log}/checkpoint", "{log}/checkpoint"),
    ],
)
def test_wrong_usage(folder: Path, words: tuple[str, ...]) -> None:
    done = here(folder, *(each.format(log=folder / "log/tenants/system") for each in words))
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.count("\n") == 1, done.stderr


def test_a_receipt_is_sent_to_its_own_command(folder: Path) -> None:
    done = here(folder, "audit", "verify", str(folder / "receipt"))
    assert done.returncode == 2 and "expunct-server receipt verify" in done.stderr


def test_receipt(tmp_path: Path) -> None:
    key = LOG.verifier_key.encode()
    (tmp_path / "r").write_bytes(receipt())
    (tmp_path / "keys").write_text(key + "\n")
    (tmp_path / "policy").write_text(f"log {key}\nquorum none\n")
    for name, data in (("in", INPUT), ("out", OUTPUT), ("none", b"x")):
        (tmp_path / name).write_bytes(data)
    of = [str(tmp_path / name) for name in ("in", "out", "none", "r")]
    for file, more, code, says in (
        (of[0], ("--key", key), 0, '"matches": "input"'),
        (of[1], ("--key", str(tmp_path / "keys")), 0, '"matches": "output"'),
        (of[1], ("--policy", str(tmp_path / "policy"), "--role", "output"), 0, '"matches": "output"'),
        (of[1], ("--key", key, "--role", "input"), 1, "not the input file"),
        (of[2], ("--key", key), 1, "neither the input nor the output"),
    ):
        done = here(tmp_path / "data", "receipt", "verify", file, of[3], *more, "--json")
        assert done.returncode == code and says in done.stdout, (done.stdout, done.stderr)
    plain = here(tmp_path / "data", "receipt", "verify", of[0], of[3], "--key", key)
    assert plain.returncode == 0 and plain.stdout.startswith("VERIFIED\n") and "matches: input" in plain.stdout
    assert not (tmp_path / "data").exists()  # neither database nor folder is needed
