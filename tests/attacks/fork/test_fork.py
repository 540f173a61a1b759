"""Two histories of one log: one is shown to the auditor, another to everyone else."""

from expunct_server import ids
from tests.attacks.support import Scene, changed, told


def test_the_auditor_who_kept_a_checkpoint_notices(scene: Scene) -> None:
    """Both are of the same size and signed by the log's own key."""
    scene.kept = scene.note
    entries = scene.entries()
    scene.forge([*entries[:299], changed(entries[299], id=ids.new("evt"))])
    assert scene.checkpoint.size == 300
    scene.verify()
    assert "another root" in scene.refused(16, "kept", since=True).says
    scene.refused(18, "log of logs", anchors=True)
    told(scene.fsck(), "index 299")


def test_the_log_of_logs_cannot_be_told_another_way(scene: Scene) -> None:
    """Its own entries are a log: to rewrite one is to fork it, which its files tell."""
    folder = scene.settings.data / "log/super"
    bundle = next((folder / "tile/entries/000.p").iterdir())
    data = bundle.read_bytes()
    bundle.write_bytes(data.replace(b'"size":300', b'"size":301'))
    scene.refused(11, "super/tile/0/000", anchors=True)
    told(scene.fsck(), "the log of logs", "the file holds another entry")
