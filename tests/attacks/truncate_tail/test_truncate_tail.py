"""The newest events are cut off, and the operator signs what is left."""

from tests.attacks.support import Scene, told


def test_of_the_operator(scene: Scene) -> None:
    scene.kept = scene.note
    scene.forge(scene.entries()[:290])
    scene.verify()
    assert "entries were removed" in scene.refused(16, "kept", since=True).says
    assert "its end is missing" in scene.refused(20, "log of logs", anchors=True).says
    told(scene.fsck(), "300 entries were published, but the checkpoint there tells of 290")


def test_of_files_alone(scene: Scene) -> None:
    bundle = next((scene.folder / "tile/entries/001.p").iterdir())
    bundle.unlink()
    scene.refused(10, "tile/entries/001.p/44")
    told(scene.fsck(), "tile/entries/001.p/44", "missing")


def test_in_the_database_too(scene: Scene) -> None:
    """Rows, places and the log's own state are cut: the published checkpoint still knows."""
    gone = [f"DELETE FROM audit_event WHERE id = '{scene.event_id(at)}'" for at in range(290, 300)]
    scene.by_hand("audit_event", *gone)
    scene.by_hand(
        "audit_entry",
        "DELETE FROM audit_entry WHERE seq >= 290 AND log = (SELECT number FROM audit_log WHERE tenant_id = 'default')",
    )
    scene.by_hand("audit_log", "UPDATE audit_log SET size = 290, published_size = 290 WHERE tenant_id = 'default'")
    problems = scene.fsck()
    told(problems, "a checkpoint of 300 entries is published, but the database has 290: it is older")
    told(problems, "log of logs", "300 entries")
