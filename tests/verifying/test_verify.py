"""The verifier: what is right passes, each check can fail, and no turned bit gets through."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expunct_server.audit import openings
from expunct_server.audit.codec import canonical
from expunct_server.publishing.anchors import blinded
from expunct_server.tlog.merkle import leaf_hash
from expunct_server.tlog.policy import parse_policy
from expunct_server.tlog.proof import parse_proof
from expunct_server.tlog.signer import Ed25519Cosigner, Ed25519Signer, Signer
from expunct_server.tlog.strict import Rejected, base64_text
from expunct_server.verifying.checks import CHECKS, Failed, read_entry, read_keys
from expunct_server.verifying.single_file import MODULES, NotJoinable, join, single_file
from expunct_server.verifying.verify import Anchors, check_document, verify_log, verify_receipt
from expunct_server.verifying.verify_main import main
from tests.tlog.support import flips
from tests.verifying.world import (
    HOST,
    INPUT,
    LOG,
    ORIGIN,
    OUTPUT,
    SUPER,
    World,
    anchor,
    event_id,
    files_of,
    leaf,
    parts,
    receipt,
    receipt_of,
    root_of,
    world,
)

KEYS = [LOG.verifier_key]
STRANGER = Ed25519Signer(ORIGIN, b"\x05" * 32)
WITNESS = Ed25519Cosigner("witness.example/w", b"\x02" * 32, lambda: 1_700_000_000)
WITNESSES = [Ed25519Cosigner(f"{name}.example/w", bytes([6 + at]) * 32, lambda: 1) for at, name in enumerate("abc")]
POLICY = parse_policy(
    f"log {LOG.verifier_key.encode()}\nwitness w {WITNESS.verifier_key.encode()}\nquorum w\n".encode()
)


# --- what is right ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 700])
def test_a_log_of_any_size_verifies(size: int) -> None:
    made = world(size, [each for each in (1, size // 2, size, size) if 0 < each <= size])
    kept = files_of(made.entries[: size // 3])["checkpoint"]
    report = made.verify(since=kept)
    assert (report.size, report.tenant_id, report.extends_size) == (size, "acme", size // 3)
    assert report.largest_step_back_seconds == 0
    assert report.first_created_at == (None if not size else "2026-01-01T00:00:00.000000Z")
    if size > 1:
        assert report.anchors is not None
        assert report.anchors["entries_about_this_log"] == len(made.anchored) and report.anchors["last_size"] == size


def test_tiles_of_three_levels_verify() -> None:
    one = leaf(0)  # alike but for their ids: made in a second instead of ten
    made = World([one.replace(b"0" * 26, event_id(number)[4:].encode()) for number in range(256 * 256 + 300)])
    assert "tile/2/000.p/1" in made.files and made.verify().size == 65_836
    made.files["tile/1/000"] = bytes(32) + made.files["tile/1/000"][32:]
    _fails(12, "tile/1/000", made.verify)


def test_a_full_tile_stands_in_for_a_partial_one_that_was_swept() -> None:
    made, larger = world(100), world(256)
    for path in ("tile/entries/000", "tile/0/000"):
        del made.files[f"{path}.p/100"]
        made.files[path] = larger.files[path]
    assert made.verify().size == 100


def test_a_receipt_verifies_with_its_document() -> None:
    found = verify_receipt(receipt(), KEYS, origin=ORIGIN)
    assert (found.index, found.size, found.entry["id"], list(found.opened)) == (6, 11, event_id(6), ["metadata"])
    check_document(found, "input", io.BytesIO(INPUT))
    check_document(found, "output", io.BytesIO(OUTPUT))
    assert verify_receipt(receipt(shown=()), KEYS).opened == {}


def test_a_receipt_verifies_with_a_policy() -> None:
    entries = [leaf(each) for each in range(11)]
    data = receipt_of(entries, 6, {}, (LOG, WITNESS))
    assert len(verify_receipt(data, (), policy=POLICY).by) == 2


def test_the_step_back_is_measured() -> None:
    entries = [leaf(number) for number in range(5)]
    entries[3] = leaf(3, created_at="2025-12-31T23:59:00.000000Z")
    report = World(entries).verify()
    assert (report.largest_step_back_index, report.largest_step_back_seconds) == (3, 60.000002)


# --- each check can fail ----------------------------------------------------------------------------------------------


def _fails(number: int, where: str, look: Callable[[], Any]) -> str:
    with pytest.raises(Failed) as caught:
        look()
    assert (caught.value.number, where in caught.value.where) == (number, True), str(caught.value)
    return caught.value.says


def _log(number: int, where: str, entries: list[bytes], **options: Any) -> str:
    return _fails(number, where, lambda: World(entries).verify(**options))


def _receipt(number: int, where: str, data: bytes, **options: Any) -> str:
    return _fails(number, where, lambda: verify_receipt(data, options.pop("keys", KEYS), **options))


def test_check_1() -> None:
    _receipt(1, "", receipt() + b"\n\n")
    _receipt(1, "", b"")
    files = files_of([leaf(0)])
    without = b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + files["checkpoint"]
    assert "extra" in _receipt(1, "", without)


def test_check_2() -> None:
    _receipt(2, "checkpoint", receipt(), keys=[STRANGER.verifier_key])
    _receipt(2, "checkpoint", receipt(), origin="log.example/other")
    made = world(5)
    del made.files["checkpoint"]
    _fails(2, "checkpoint", made.verify)
    made = world(5, [3])
    made.above["checkpoint"] = files_of(made.anchored, HOST, (Ed25519Signer(HOST, b"\x05" * 32),))["checkpoint"]
    _fails(2, "super/checkpoint", made.verify)


def test_check_3() -> None:
    proof = parse_proof(receipt())
    data = receipt().replace(b"index 6\n", b"index 7\n")
    _receipt(3, "index 7", data)
    assert proof.index == 6


@pytest.mark.parametrize(
    ("quorum", "signers", "fails"),
    [
        ("none", (LOG,), None),
        ("A", (LOG,), 4),
        ("A", (LOG, WITNESSES[0]), None),
        ("A", (LOG, WITNESSES[1]), 4),
        ("A", (WITNESSES[0],), 2),
        ("two", (LOG, WITNESSES[0]), 4),
        ("two", (LOG, WITNESSES[0], WITNESSES[0]), 4),
        ("two", (LOG, WITNESSES[0], WITNESSES[2]), None),
        ("two", (LOG, *WITNESSES), None),
        ("two", (LOG, WITNESSES[0], WITNESS), 4),
    ],
)
def test_check_4(quorum: str, signers: tuple[Signer, ...], fails: int | None) -> None:
    named = [f"witness {name} {each.verifier_key.encode()}" for name, each in zip("ABC", WITNESSES, strict=True)]
    lines = [f"log {LOG.verifier_key.encode()}", *named, "group two 2 A B C", f"quorum {quorum}", ""]
    policy = parse_policy("\n".join(lines).encode())
    data = receipt_of([leaf(number) for number in range(11)], 6, {}, signers)
    if fails is None:
        found = verify_receipt(data, (), policy=policy)
        assert [key for key, _ in found.by] == [each.verifier_key for each in signers]
    else:
        _receipt(fails, "checkpoint", data, keys=(), policy=policy)


def test_a_log_that_the_policy_does_not_list_does_not_satisfy_it() -> None:
    listed = parse_policy(f"log {STRANGER.verifier_key.encode()}\nquorum none\n".encode())
    _receipt(4, "checkpoint", receipt(), policy=listed)


@pytest.mark.parametrize(
    "extra",
    [
        b"{}",
        b'{"entry":"x","openings":{},"version":2}',
        b'{"entry":"x","openings":{},"version":true}',
        b'{"entry":"x","openings":{},"version":1,"z":1}',
        b'{"entry":"x","openings":{}, "version":1}',
        b'{"entry":1,"openings":{},"version":1}',
        b'{"entry":"x","openings":[],"version":1}',
        b'{"entry":"x","openings":{"other":{"salt":"","value":1}},"version":1}',
        b'{"entry":"x","openings":{"actor":{"salt":"AAAA","value":1}},"version":1}',
        b'{"entry":"x","openings":{"actor":{"salt":1,"value":1}},"version":1}',
        b'{"entry":"x","openings":{"actor":{"value":1}},"version":1}',
        b'{"entry":"x","openings":{},"version":1.0}',
        b'{"entry":"\\ud800","openings":{},"version":1}',
        b"[" * 5000,
        b"\xff",
    ],
)
def test_check_5(extra: bytes) -> None:
    with pytest.raises(Rejected):
        openings.parse(extra)
    lines = receipt().split(b"\n")
    lines[1] = b"extra " + base64_text(extra).encode()
    _receipt(5, "extra", b"\n".join(lines))


@pytest.mark.parametrize(
    "change",
    [
        {"id": "evt_1"},
        {"id": None},
        {"created_at": "2026-02-30T00:00:00.000000Z"},
        {"created_at": "2026-01-01T00:00:00Z"},
        {"created_at": "2026-01-01T00:00:00.000000z"},
        {"is_truncated": 0},
        {"schema_version": True},
        {"schema_version": 0},
        {"outcome": "maybe"},
        {"outcome": ["success"]},
        {"request_id": 5},
        {"resource_id": ""},
        {"event_type": None},
        {"actor": "A" * 42 + "=="},
        {"client": "A" * 42 + "B="},
        {"metadata": None},
        {"more": 1},
    ],
)
def test_check_6(change: dict[str, Any]) -> None:
    wrong = canonical(json.loads(leaf(3)) | change)
    _log(6, "entry 3", [leaf(0), leaf(1), leaf(2), wrong])
    assert read_entry(leaf(3))["id"] == event_id(3)


@pytest.mark.parametrize(
    "data",
    [
        leaf(3) + b"\n",
        leaf(3).replace(b":", b": ", 1),
        leaf(3).replace(b'"outcome"', b'"outc\\u006fme"'),
        leaf(3)[:-1] + b',"tenant_id":"acme"}',
        leaf(3).replace(b"acme", b"\\ud800"),
        b"[" * 10_000,
        b"9" * 5000,
        b"",
        b"NaN",
        b"\xff",
    ],
)
def test_check_6_of_the_spelling(data: bytes) -> None:
    _fails(6, "", lambda: read_entry(data))


def test_check_7() -> None:
    entries = [leaf(each) for each in range(11)]
    salt, _ = parts(6)["actor"]
    _receipt(7, event_id(6), receipt_of(entries, 6, {"actor": (salt, b'{"id":"key_2","label":"x"}')}))
    _receipt(7, event_id(6), receipt_of(entries, 6, {"actor": (bytes(32), parts(6)["actor"][1])}))


def test_check_8() -> None:
    _receipt(8, event_id(6), receipt(tenant_id="other"))
    _log(8, event_id(2), [leaf(0), leaf(1), leaf(2, tenant_id="other")])
    _fails(8, "checkpoint", lambda: world(3).verify(tenant_id="other"))


def test_check_9() -> None:
    found = verify_receipt(receipt(), KEYS)
    _fails(9, event_id(6), lambda: check_document(found, "input", io.BytesIO(OUTPUT)))
    hidden = verify_receipt(receipt(shown=()), KEYS)
    assert "shows no hash" in _fails(9, "", lambda: check_document(hidden, "input", io.BytesIO(INPUT)))
    for other in ({"event_type": "job.downloaded"}, {"event_type": "audit.exported"}, {"outcome": "failure"}):
        found = verify_receipt(receipt(**other), KEYS)  # its metadata may hold the same hashes
        says = _fails(9, event_id(6), lambda found=found: check_document(found, "input", io.BytesIO(INPUT)))
        assert "another event than a job's completion" in says


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/entries/001.p/44", "tile/0/000", "tile/1/000.p/1"])
def test_check_10(path: str) -> None:
    made = world(300)
    data = made.files.pop(path)
    _fails(10, path, made.verify)
    for wrong in (data[:-1], data + b"\0", b""):
        made.files[path] = wrong
        _fails(10, path, made.verify)


def test_check_11() -> None:
    made = world(300)
    made.files["tile/0/001.p/44"] = bytes(32) + made.files["tile/0/001.p/44"][32:]
    assert "entry 256" in _fails(11, "tile/0/001.p/44", made.verify)


def test_check_12() -> None:
    made = world(700)
    made.files["tile/1/000.p/2"] = made.files["tile/1/000.p/2"][:32] + bytes(32)
    assert "hash 1 " in _fails(12, "tile/1/000.p/2", made.verify)


def test_check_13() -> None:
    made = world(300)
    made.files["checkpoint"] = files_of([*made.entries[:-1], leaf(999)])["checkpoint"]
    _fails(13, "checkpoint", made.verify)


def test_check_14() -> None:
    entries = [leaf(number) for number in range(300)]
    entries[270] = leaf(270, id=event_id(3))
    assert "entry 3" in _log(14, "entry 270", entries)


def test_check_15() -> None:
    entries = [leaf(number) for number in range(5)]
    entries[3] = leaf(3, created_at="2025-12-31T22:00:00.000000Z")
    _log(15, "entry 3", entries)
    World(entries).verify(max_step_back=7201)


def test_check_16() -> None:
    made = world(300)
    for kept in (
        files_of([*made.entries[:200], leaf(999)]),
        files_of([leaf(999)]),
        files_of([*made.entries, leaf(999)]),
    ):
        _fails(16, "kept", lambda kept=kept: made.verify(since=kept["checkpoint"]))


@pytest.mark.parametrize(
    "change", [{"more": 1}, {"size": 0}, {"size": "3"}, {"root": "AAAA"}, {"log": 5}, {"time": "2026-01-02"}]
)
def test_check_17(change: dict[str, Any]) -> None:
    entries = [leaf(number) for number in range(5)]
    _fails(17, "entry 1", World(entries, [anchor(entries[:3]), anchor(entries, **change)]).verify)


def test_check_18() -> None:
    def forge(entries: list[bytes]) -> None:
        entries[1] = leaf(999, created_at="2026-01-01T00:00:00.000001Z")

    _fails(18, "entry 1 of the log of logs", world(300, [1, 290], forge).verify)


def test_check_19() -> None:
    entries = [leaf(number) for number in range(5)]
    _fails(19, "entry 1", World(entries, [anchor(entries), anchor(entries[:3])]).verify)
    late = [anchor(entries[:3], "2026-01-03T00:00:00.000000Z"), anchor(entries, "2026-01-02T00:00:00.000000Z")]
    _fails(19, "entry 1", World(entries, late).verify)


def test_check_20() -> None:
    entries = [leaf(number) for number in range(5)]
    assert "its end is missing" in _fails(
        20, "entry 1", World(entries[:3], [anchor(entries[:2]), anchor(entries)]).verify
    )


def test_a_log_of_which_the_log_of_logs_says_nothing_does_not_verify() -> None:
    """With a blind that is not its own, in a log of logs that tells of other logs alone."""
    made = world(5, [3, 5])
    other = Anchors(made.above.get, KEYS, b"\x08" * 32)
    _fails(25, "the log of logs", lambda: verify_log(made.files.get, KEYS, ORIGIN, anchors=other))
    made.anchored = [anchor(made.entries, log=blinded(b"\x08" * 32, ORIGIN))]
    made.above = files_of(made.anchored, HOST, (SUPER,))
    _fails(25, "the log of logs", made.verify)


def test_every_check_is_made_to_fail() -> None:
    from tests.verifying import test_bundle

    tests = {*globals(), *vars(test_bundle)}
    assert [number for number in CHECKS if f"test_check_{number}" not in tests] == []


# --- bits -------------------------------------------------------------------------------------------------------------


def test_no_bit_of_a_receipt_can_be_turned() -> None:
    """Every single one: of the header, the extra data, the index, the path, the checkpoint and its signature."""
    honest = receipt(shown=("metadata", "actor"))
    verify_receipt(honest, KEYS)
    for _, data in flips(honest):
        with pytest.raises(Rejected):
            verify_receipt(data, KEYS)


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ("files", "checkpoint"),
        ("files", "tile/0/000.p/3"),
        ("files", "tile/entries/000.p/3"),
        ("above", "checkpoint"),
        ("above", "tile/0/000.p/2"),
        ("above", "tile/entries/000.p/2"),
    ],
)
def test_no_bit_of_a_log_can_be_turned(part: str, path: str) -> None:
    """Every single one of every file, its own and those of the log of logs above it."""
    made = world(3, [2, 3])
    made.verify()
    files: dict[str, bytes] = getattr(made, part)
    assert sorted(files) == ["checkpoint", *sorted(each for each in files if each.startswith("tile/"))]
    assert path in files and len(files) == 3
    honest = files[path]
    for _, files[path] in flips(honest):
        with pytest.raises(Rejected):
            made.verify()


# --- the single file --------------------------------------------------------------------------------------------------

_ALONE = """
import runpy, sys
sys.modules["expunct_server"] = None
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def alone(script: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """verify.py where this project cannot be imported."""
    command = [sys.executable, "-I", "-c", _ALONE, str(script), *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=script.parent, env={}, check=False, timeout=60)


def test_the_single_file_says_what_the_library_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "verify.py"
    script.write_text(single_file())
    assert "expunct_server" not in "".join(line for line in single_file().splitlines() if "import" in line)
    log = tmp_path / "log"
    for name, data in world(300).files.items():
        (log / name).parent.mkdir(parents=True, exist_ok=True)
        (log / name).write_bytes(data)
    (tmp_path / "receipt").write_bytes(receipt())
    (tmp_path / "input").write_bytes(INPUT)
    key = LOG.verifier_key.encode()
    for words, code in (
        (["log", str(log), "--key", key, "--json"], 0),
        (["log", str(log), "--key", STRANGER.verifier_key.encode(), "--json"], 1),
        (["receipt", str(tmp_path / "receipt"), "--key", key, "--input", str(tmp_path / "input")], 0),
        (["receipt", str(tmp_path / "receipt"), "--key", key, "--output", str(tmp_path / "input")], 1),
    ):
        done = alone(script, *words)
        assert done.returncode == code == main(words), done.stderr
        mine = capsys.readouterr()
        assert (done.stdout, done.stderr) == (mine.out, mine.err)
    assert alone(script, "nothing").returncode == 2
    assert "26. " in alone(script, "--help").stdout


@pytest.mark.parametrize(
    ("sources", "says"),
    [
        ({"tlog.a": "import expunct_server.tlog"}, "imports a module"),
        ({"tlog.a": "from . import b"}, "imports a module"),
        ({"tlog.a": "x = 1", "tlog.b": "from expunct_server.tlog.a import x as y"}, "under another name"),
        ({"tlog.a": "from expunct_server.tlog.b import x"}, "no module above it"),
        ({"tlog.a": "x = 1", "tlog.b": "def x(): pass"}, "both define x"),
        ({"tlog.a": "x = 1", "tlog.b": "from os import x"}, "defines x"),
        ({"tlog.a": "from os import path", "tlog.b": "from sys import path"}, "two places"),
        ({"tlog.a": "def f():\n    from expunct_server.tlog.b import x"}, "within a function"),
        ({"tlog.a": "if True:\n    x = 1"}, "only definitions"),
    ],
)
def test_modules_that_would_change_their_meaning_are_not_joined(sources: dict[str, str], says: str) -> None:
    with pytest.raises(NotJoinable, match=says):
        join(sources)


def test_a_future_import_comes_first() -> None:
    made = join({"tlog.a": "import re\nx = 1", "tlog.b": "from __future__ import annotations\nimport re\ny = 2"})
    lines = [line for line in made.splitlines() if "import" in line and not line.startswith(("One", "connection"))]
    assert lines == ["from __future__ import annotations", "import re"] and len(MODULES) == 17


def test_keys_are_read_strictly() -> None:
    line = f"{LOG.verifier_key.encode()}\n".encode()
    assert read_keys(line * 1 + f"{SUPER.verifier_key.encode()}\n".encode()) == (LOG.verifier_key, SUPER.verifier_key)
    for wrong in (b"", line[:-1], b"\n" + line, line.replace(b"+", b" ")):
        with pytest.raises(Rejected):
            read_keys(wrong)
    assert leaf_hash(b"") and root_of([])
