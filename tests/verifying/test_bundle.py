"""The auditor's bundle: complete, streaming in one order, and whatever is changed in it is noticed."""

import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from expunct_server.audit.catalog import CATALOG, AuditErased
from expunct_server.audit.codec import canonical
from expunct_server.audit.erasure import erase
from expunct_server.audit.recorder import Origin, writing
from expunct_server.db.session import Database
from expunct_server.errors import Conflict, NotFound, Unavailable
from expunct_server.settings import Settings
from expunct_server.tlog.strict import Rejected
from expunct_server.verifying.bundle import write_bundle
from expunct_server.verifying.verify_bundle import verify_bundle
from tests.attacks.support import AUDITOR, Scene, refusal, relisted
from tests.conftest import TESTER
from tests.verifying.test_verify import alone


@pytest.fixture
def scene(database: Database, settings: Settings) -> Scene:
    """A few events, published."""
    made = Scene(database, replace(settings, data=settings.data / "data"))
    made.record(12)
    made.publish()
    return made


@pytest.mark.parametrize("tar", [False, True])
def test_a_bundle_verifies_with_the_file_in_it(scene: Scene, tmp_path: Path, tar: bool) -> None:
    size = scene.checkpoint.size
    path = scene.bundle(tar=tar)
    report = scene.verify_bundle(path, since=scene.note)
    assert (report.log.size, report.own_keys, report.manifest["tenant_id"]) == (size, False, "default")
    assert report.log.anchors is not None and report.log.anchors["last_size"] == size
    assert verify_bundle(path).own_keys
    script = tmp_path / "verify.py"
    if tar:
        with tarfile.open(path) as opened:
            names = opened.getnames()
            script.write_bytes(opened.extractfile("verify.py").read())  # type: ignore[union-attr]
            assert {(each.mode, each.uid, each.gname) for each in opened} == {(0o644, 0, "")}
        assert names[0] == "README.txt" and names[-1] == "manifest.json"
        assert {f"catalog/{name}.json" for name in CATALOG} <= set(names)
    else:
        script.write_bytes((path / "verify.py").read_bytes())
    done = alone(script, "bundle", str(path), "--key", scene.key.encode(), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["size"] == size, done.stderr
    assert path.stat().st_mode & 0o077 == 0


def test_the_export_is_recorded_before_anything_is_written(scene: Scene, tmp_path: Path) -> None:
    size = scene.checkpoint.size
    scene.bundle()
    scene.publish()
    last = json.loads(scene.entries()[-1])
    assert (last["event_type"], last["resource_type"], scene.checkpoint.size) == ("audit.exported", "audit", size + 1)
    next((scene.folder / "tile/entries/000.p").iterdir()).unlink()
    with pytest.raises(Unavailable, match="missing"):
        scene.bundle("second")
    assert sorted(each.name for each in scene.settings.data.iterdir()) == ["bundle", "keys", "log"]
    scene.publish()
    assert scene.checkpoint.size == size + 2  # the attempt is in the log


def test_what_cannot_be_written_is_refused(scene: Scene) -> None:
    scene.bundle()
    with pytest.raises(Conflict):
        scene.bundle()
    with pytest.raises(NotFound):
        Scene(scene.database, scene.settings, "nobody").bundle("other")


def test_policies_are_in_it(scene: Scene, tmp_path: Path) -> None:
    files = [("pol_1/1.json", b"{}"), ("pol_1/2.json", b'{"a":1}')]
    made = write_bundle(
        scene.database, scene.settings, "default", tmp_path / "b", actor=AUDITOR, origin=Origin(), policies=iter(files)
    )
    assert (tmp_path / "b/policies/pol_1/2.json").read_bytes() == b'{"a":1}' and made.size == scene.checkpoint.size
    scene.verify_bundle(made.path)


@pytest.mark.parametrize("parts", [{"actor"}, {"client", "metadata"}, {"actor", "client", "metadata"}])
def test_what_was_erased_is_not_in_it_and_it_verifies(scene: Scene, parts: set[str]) -> None:
    position, event_id = scene.position(5), scene.event_id(5)
    with writing(scene.database, TESTER) as unit:
        told = AuditErased(parts=sorted(parts), selected_by=["event_id"], event_count=1, job_count=0, reason="asked")
        by = unit.record(told, resource_id="ers_1")
        erase(unit.session, [position], frozenset(parts), by)
    scene.publish()
    bundle = scene.bundle()
    record = json.loads((bundle / "events.ndjson").read_bytes().splitlines()[5])
    assert record["event"]["id"] == event_id and record["openings"].keys() == {"actor", "client", "metadata"} - parts
    scene.verify_bundle(bundle)
    assert scene.fsck() == []


# --- what is changed is noticed --------------------------------------------------------------------------------------


Lines = list[dict[str, Any]]


def _edited(bundle: Path, change: Callable[[Lines], object]) -> None:
    path = bundle / "events.ndjson"
    lines = [json.loads(line) for line in path.read_bytes().splitlines()]
    change(lines)
    path.write_bytes(b"".join(canonical(line) + b"\n" for line in lines))
    relisted(bundle)


def test_check_21(scene: Scene, tmp_path: Path) -> None:
    bundle = scene.bundle()
    manifest = bundle / "manifest.json"
    honest = manifest.read_bytes()

    def fails(at: str) -> None:
        refusal(lambda: scene.verify_bundle(bundle), 21, at)

    (bundle / "more").write_bytes(b"")
    fails("more")
    (bundle / "more").unlink()
    readme = (bundle / "README.txt").read_bytes()
    (bundle / "README.txt").write_bytes(readme + b" ")
    fails("README.txt")
    (bundle / "README.txt").unlink()
    fails("README.txt")
    (bundle / "README.txt").symlink_to("/etc/hostname")
    fails("")
    (bundle / "README.txt").unlink()
    (bundle / "README.txt").write_bytes(readme)
    said = json.loads(honest)
    for change in ({"event_count": 1}, {"version": 2}, {"version": True}, {"more": 1}, {"checkpoint": {}}):
        manifest.write_bytes(canonical(said | change))
        fails("manifest.json")
    for data in (honest + b"\n", b"", b"{}"):
        manifest.write_bytes(data)
        fails("")
    manifest.unlink()
    fails("manifest.json")
    (tmp_path / "x.tar").write_bytes(b"no tar file")
    refusal(lambda: scene.verify_bundle(tmp_path / "x.tar"), 21, "x.tar")


def test_check_22(scene: Scene) -> None:
    bundle = scene.bundle()
    for name, data in (("keys.txt", b""), ("keys.txt", b"x+y+z\n"), ("super/blind", b"AAAA\n")):
        honest = (bundle / name).read_bytes()
        (bundle / name).write_bytes(data)
        relisted(bundle)
        refusal(lambda: scene.verify_bundle(bundle), 22, name)
        (bundle / name).write_bytes(honest)


def test_another_blind_finds_another_log(scene: Scene) -> None:
    bundle = scene.bundle()
    (bundle / "super/blind").write_bytes(b"A" * 43 + b"=\n")
    relisted(bundle)
    report = scene.verify_bundle(bundle)
    assert report.log.anchors is not None and report.log.anchors["entries_about_this_log"] == 0


@pytest.mark.parametrize(
    ("number", "change"),
    [
        (23, lambda lines: lines.pop()),
        (23, lambda lines: lines.append(lines[-1])),
        (23, lambda lines: lines.insert(5, lines.pop(4))),
        (23, lambda lines: lines[4].update(index=5)),
        (23, lambda lines: lines[4].update(index=True)),
        (23, lambda lines: lines[4].update(more=1)),
        (23, lambda lines: lines[4]["event"].update(more=1)),
        (23, lambda lines: lines[4]["event"].update(outcome="denied")),
        (23, lambda lines: lines[4]["event"].update(is_truncated=0)),
        (23, lambda lines: lines[4]["openings"].update(other={})),
        (7, lambda lines: lines[4]["openings"]["actor"]["value"].update(label="x")),
        (7, lambda lines: lines[4]["openings"].update(client=lines[5]["openings"]["client"])),
        (24, lambda lines: lines[4]["event"].update(actor="x")),
        (24, lambda lines: lines[4]["event"].update(ip_address=None)),
        (24, lambda lines: lines[4]["event"].update(metadata={"a": 1})),
        (24, lambda lines: lines[4]["openings"].pop("actor")),
    ],
)
def test_check_23(scene: Scene, number: int, change: Callable[[Lines], object]) -> None:
    bundle = scene.bundle()
    _edited(bundle, change)
    refusal(lambda: scene.verify_bundle(bundle), number, "events.ndjson")


test_check_24 = None  # among the cases of test_check_23


def test_no_bit_of_the_events_can_be_turned(scene: Scene) -> None:
    bundle = scene.bundle()
    path = bundle / "events.ndjson"
    honest = path.read_bytes()
    for bit in range(3, 8 * len(honest), 8 * len(honest) // 60):
        path.write_bytes(honest[: bit // 8] + bytes([honest[bit // 8] ^ 1 << bit % 8]) + honest[bit // 8 + 1 :])
        refusal(lambda: scene.verify_bundle(bundle), 21, "events.ndjson")
        relisted(bundle)
        with pytest.raises(Rejected, match=r"check (7|23|24) failed"):
            scene.verify_bundle(bundle)
