"""An event that was published is made to say something else."""

from tests.attacks.support import Scene, changed, told


def test_of_one_who_has_no_key(scene: Scene) -> None:
    honest = scene.entries()
    event_id = scene.event_id(7)
    forged = changed(honest[7], outcome="denied")
    path = scene.change_entries(0, lambda some: [*some[:7], forged, *some[8:]])
    scene.refused(11, "tile/0/000")
    told(scene.fsck(), "index 7", event_id, "the file holds another entry than was published")
    assert path.exists()


def test_who_changes_the_tiles_as_well(scene: Scene) -> None:
    note, entries = scene.note, scene.entries()
    entries[7] = changed(entries[7], outcome="denied")
    top = (scene.folder / "tile/1/000.p/1").read_bytes()
    scene.forge(entries)
    (scene.folder / "checkpoint").write_bytes(note)  # he cannot sign another
    scene.refused(13, "checkpoint")
    (scene.folder / "tile/1/000.p/1").write_bytes(top)
    scene.refused(12, "tile/1/000.p/1")
    told(scene.fsck(), "index 7", "makes another entry than was published", "outcome")


def test_of_the_operator(scene: Scene) -> None:
    event_id = scene.event_id(7)
    entries = scene.entries()
    entries[7] = changed(entries[7], outcome="denied")
    scene.forge(entries)
    scene.verify()  # signed and consistent: alone it shows nothing
    scene.refused(16, "kept", since=True)
    scene.refused(18, "log of logs", anchors=True)
    told(scene.fsck(), "index 7", event_id)
