"""The log's folder, or the whole database, is put back to an older state that was honest then."""

import shutil
from pathlib import Path

import pytest

from expunct_server.publishing.publisher import Publisher
from tests.attacks.support import Scene, told


def test_of_the_folder(scene: Scene, tmp_path: Path) -> None:
    shutil.copytree(scene.folder, tmp_path / "older")
    scene.record(10)
    scene.publish()
    scene.kept = scene.note
    shutil.rmtree(scene.folder)
    shutil.copytree(tmp_path / "older", scene.folder)
    scene.verify()  # every signature is right: it is just old
    assert "it was of 310 entries, but the log has 300 now" in scene.refused(16, "kept", since=True).says
    scene.refused(20, anchors=True)
    told(scene.fsck(), "310 entries were published, but the checkpoint there tells of 300")


def test_of_the_database(scene: Scene, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An old backup is restored below a folder that has promised more: fsck says so, and nothing is signed."""
    forget = "DELETE FROM audit_event WHERE id = '{}'"
    scene.by_hand("audit_event", *(forget.format(scene.event_id(at)) for at in range(280, 300)))
    of_log = "log = (SELECT number FROM audit_log WHERE tenant_id = 'default')"
    scene.by_hand("audit_entry", f"DELETE FROM audit_entry WHERE seq >= 280 AND {of_log}")
    scene.by_hand("audit_log", "UPDATE audit_log SET size = 280, published_size = 280 WHERE tenant_id = 'default'")
    note = scene.note
    scene.record(1)
    Publisher(scene.settings, scene.database).step(now=True)
    assert scene.note == note
    told(scene.fsck(), "a checkpoint of 300 entries is published, but the database has 280: it is older")
    scene.verify(since=True, anchors=True)
