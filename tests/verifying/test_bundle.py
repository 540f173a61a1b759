"""The auditor's bundle: complete, streaming in one order, and whatever is changed in it is noticed."""

import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.audit.catalog import CATALOG, AuditErased
from expunct_server.audit.codec import canonical
from expunct_server.audit.erasure import erase
from expunct_server.audit.recorder import Actor, Origin, writing
from expunct_server.db.session import Database
from expunct_server.errors import Conflict, NotFound, Unavailable
from expunct_server.publishing import publisher
from expunct_server.settings import Settings
from expunct_server.tenants.service import ensure_tenant
from expunct_server.tlog.strict import Rejected
from expunct_server.verifying.bundle import write_bundle
from expunct_server.verifying.verify_bundle import MANIFEST, verify_bundle
from expunct_server.verifying.verify_main import main, warnings
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
    assert record["erased_by"] == dict.fromkeys(parts, by.id)
    report = scene.verify_bundle(bundle)
    assert report.erased == {part: int(part in parts) for part in ("actor", "client", "metadata")}
    assert not any(report.withheld.values()) and warnings(replace(report, own_keys=False)) == []
    assert scene.fsck() == []


def _erase(scene: Scene, index: int, *parts: str) -> str:
    """The id of the erasure."""
    position = scene.position(index)
    with writing(scene.database, TESTER) as unit:
        told = AuditErased(parts=list(parts), selected_by=["event_id"], event_count=1, job_count=0, reason="")
        by = unit.record(told, resource_id="ers_1")
        erase(unit.session, [position], frozenset(parts), by)
    return by.id


def test_an_event_that_was_erased_twice_names_the_second_and_verifies(scene: Scene) -> None:
    _erase(scene, 5, "actor")
    second = _erase(scene, 5, "client")
    scene.publish()
    bundle = scene.bundle()
    record = json.loads((bundle / "events.ndjson").read_bytes().splitlines()[5])
    assert record["erased_by"] == {"actor": second, "client": second}
    assert scene.verify_bundle(bundle).erased == {"actor": 1, "client": 1, "metadata": 0}


def test_a_bundle_waits_for_the_erasure_that_it_would_name(scene: Scene) -> None:
    _erase(scene, 5, "actor")
    with pytest.raises(Conflict, match="not published yet"):
        scene.bundle()
    scene.publish()
    scene.verify_bundle(scene.bundle())


def test_a_bundle_waits_until_the_log_of_logs_tells_of_the_log(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Scene(scene.database, scene.settings, "other")
    with writing(scene.database, Actor("cli:x", "cli:x", "other"), Origin()) as unit:
        ensure_tenant(unit, "other")
    with monkeypatch.context() as patch:
        patch.setattr(publisher, "due", lambda *_: [])
        other.publish()
    with pytest.raises(Conflict, match="tells nothing of this log"):
        other.bundle()
    other.publish()
    other.verify_bundle(other.bundle())


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


def test_check_25(scene: Scene) -> None:
    """Another blind finds another log: nothing was compared with the log of logs."""
    bundle = scene.bundle()
    (bundle / "super/blind").write_bytes(b"A" * 43 + b"=\n")
    relisted(bundle)
    refusal(lambda: scene.verify_bundle(bundle), 25, "the log of logs")
    done = alone(bundle / "verify.py", "bundle", str(bundle), "--key", scene.key.encode())
    assert done.returncode == 1 and "NOT VERIFIED: check 25 failed" in done.stderr


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
        (23, lambda lines: lines[4].pop("erased_by")),
        (23, lambda lines: lines[4].update(erased_by=None)),
        (23, lambda lines: lines[4].update(erased_by={"other": "evt_1"})),
        (23, lambda lines: lines[4].update(erased_by={"actor": None})),
        (26, lambda lines: lines[4].update(erased_by={"actor": lines[5]["event"]["id"]})),
    ],
)
def test_check_23(scene: Scene, number: int, change: Callable[[Lines], object]) -> None:
    bundle = scene.bundle()
    _edited(bundle, change)
    refusal(lambda: scene.verify_bundle(bundle), number, "events.ndjson")


@pytest.mark.parametrize(
    ("part", "names_it", "index", "says"),
    [
        ("client", True, 3, "shows that it took"),
        ("actor", False, 3, "no erasure that follows"),
        ("actor", True, -1, "no erasure that follows"),
    ],
)
def test_check_26(scene: Scene, part: str, names_it: bool, index: int, says: str) -> None:
    """A part that is left out is no erased part: no erasure took it, there is no such erasure, or it came before."""
    by = _erase(scene, 4, part)
    scene.record(2)
    scene.publish()
    bundle, event_id = scene.bundle(), scene.event_id(index)

    def change(lines: Lines) -> None:
        lines[index]["openings"].pop("actor")
        lines[index]["event"].update(actor="erased", actor_id="erased")
        lines[index].update(erased_by={"actor": by if names_it else "evt_0"})

    _edited(bundle, change)
    assert says in refusal(lambda: scene.verify_bundle(bundle), 26, event_id).says


def test_no_more_records_name_an_erasure_than_it_tells_of(scene: Scene) -> None:
    """A part that is left out is not erased for that an erasure of one event took this part of another."""
    by = _erase(scene, 4, "actor")
    scene.publish()
    bundle = scene.bundle()
    scene.verify_bundle(bundle)

    def change(lines: Lines) -> None:
        lines[3]["openings"].pop("actor")
        lines[3]["event"].update(actor="erased", actor_id="erased")
        lines[3].update(erased_by={"actor": by})

    _edited(bundle, change)
    says = "2 records name this erasure, which tells of 1"
    assert refusal(lambda: scene.verify_bundle(bundle), 26, by).says == says


def test_an_erasure_that_does_not_show_what_it_took_took_nothing(scene: Scene) -> None:
    by = _erase(scene, 4, "actor")
    scene.publish()
    bundle = scene.bundle()

    def change(lines: Lines) -> None:
        (line,) = (each for each in lines if each["event"]["id"] == by)
        line["openings"].pop("metadata")
        line["event"]["metadata"] = {}

    _edited(bundle, change)
    refusal(lambda: scene.verify_bundle(bundle), 26, scene.event_id(4))


def test_what_is_withheld_is_counted_and_told(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = scene.bundle()

    def change(lines: Lines) -> None:
        for line in lines[3:5]:
            line["openings"].pop("metadata")
            line["event"]["metadata"] = {}
        lines[3]["openings"].pop("client")
        lines[3]["event"].update(ip_address=None, user_agent=None)

    _edited(bundle, change)
    report = scene.verify_bundle(bundle)
    assert report.withheld == {"actor": 0, "client": 1, "metadata": 2} and not any(report.erased.values())
    key = scene.key.encode()
    assert main(["bundle", str(bundle), "--key", key, "--json"]) == 0
    mine = capsys.readouterr()
    assert json.loads(mine.out)["withheld"] == report.withheld
    assert "PARTS OF EVENTS ARE WITHHELD: client of 1, metadata of 2 events" in mine.err
    done = alone(bundle / "verify.py", "bundle", str(bundle), "--key", key, "--json")
    assert (done.returncode, done.stdout, done.stderr) == (0, mine.out, mine.err)


test_check_24 = None  # among the cases of test_check_23


def test_no_bit_of_a_bundle_can_be_turned(scene: Scene) -> None:
    """In any file, at places that Hypothesis chooses: every single bit of receipts and logs is in test_verify."""
    bundle = scene.bundle()
    honest = {path: path.read_bytes() for path in sorted(bundle.rglob("*")) if path.is_file()}
    names = {path: path.relative_to(bundle).as_posix() for path in honest}
    in_events = st.just(bundle / "events.ndjson")  # the largest share: nothing but the leaves vouches for its values

    @given(in_events | st.sampled_from(list(honest)), st.data())
    @settings(max_examples=150, deadline=None)
    def turn(path: Path, data: st.DataObject) -> None:
        bit = data.draw(st.integers(0, 8 * len(honest[path]) - 1))
        changed = bytearray(honest[path])
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        try:
            with pytest.raises(Rejected) as rejected:
                scene.verify_bundle(bundle)
            if names[path] == "events.ndjson":
                assert "check 21 failed at events.ndjson" in str(rejected.value)
                relisted(bundle)
                with pytest.raises(Rejected, match=r"check (7|23|24) failed"):
                    scene.verify_bundle(bundle)
        finally:
            for each in (path, bundle / MANIFEST):
                each.write_bytes(honest[each])

    turn()
