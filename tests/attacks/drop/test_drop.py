"""An event is taken out of the middle."""

from tests.attacks.support import Scene, told


def test_of_one_who_has_no_key(scene: Scene) -> None:
    scene.change_entries(0, lambda some: some[:7] + some[8:])
    scene.refused(10, "tile/entries/000")
    told(scene.fsck(), "tile/entries/000", "ends too early")


def test_of_a_file(scene: Scene) -> None:
    (scene.folder / "tile/entries/000").unlink()
    scene.refused(10, "tile/entries/000")
    told(scene.fsck(), "tile/entries/000", "missing")


def test_of_the_operator(scene: Scene) -> None:
    entries = scene.entries()
    scene.forge(entries[:7] + entries[8:])
    scene.verify()
    scene.refused(16, "kept", since=True)
    scene.refused(18, "log of logs", anchors=True)
    told(scene.fsck(), "300 entries were published, but the checkpoint there tells of 299")


def test_in_the_database(scene: Scene) -> None:
    event_id, position = scene.event_id(7), scene.position(7)
    scene.by_hand("audit_event", f"DELETE FROM audit_event WHERE position = {position}")
    told(scene.fsck(), "index 7", "its event is gone")
    scene.by_hand("audit_entry", f"DELETE FROM audit_entry WHERE position = {position}")
    problems = scene.fsck()
    told(problems, "299 entries up to index 299 are there, but the log has 300")
    told(problems, "index 7", "its place is gone")
    scene.verify(since=True, anchors=True)  # what was published still has it
    assert event_id == scene.event_id(7)


def test_before_it_has_its_place(scene: Scene) -> None:
    """The newest event is removed while it waits, from the list of what waits."""
    (event_id,) = scene.record(1)
    scene.by_hand("audit_pending", "DELETE FROM audit_pending")
    told(scene.fsck(), event_id, "has no place in its log and does not wait for one")
