"""An event that never was is put into the log."""

from expunct_server import ids
from tests.attacks.support import Scene, changed, told


def test_of_one_who_has_no_key(scene: Scene) -> None:
    new = changed(scene.entries()[7], id=ids.new("evt"))
    scene.change_entries(0, lambda some: [*some[:8], new, *some[8:]])
    scene.refused(10, "tile/entries/000")
    told(scene.fsck(), "tile/entries/000", "bytes follow the last entry")


def test_of_the_operator(scene: Scene) -> None:
    entries = scene.entries()
    new = changed(entries[7], id=ids.new("evt"))
    scene.forge([*entries[:8], new, *entries[8:]])
    scene.verify()
    scene.refused(16, since=True)
    scene.refused(18, anchors=True)
    told(scene.fsck(), "a checkpoint of 301 entries is published, but the database has 300")


def test_of_the_same_event_again(scene: Scene) -> None:
    event_id = scene.event_id(7)
    entries = scene.entries()
    scene.forge([*entries, entries[7]])
    assert "entry 7" in scene.refused(14, event_id).says


def test_in_the_database(scene: Scene) -> None:
    """A row copied in by hand has no place in the log."""
    columns = "tenant_id, event_type, resource_type, resource_id, actor, actor_id, outcome, details, is_truncated, "
    columns += "schema_version, created_at, unit, salt"
    event_id = ids.new("evt")
    scene.by_hand(
        "audit_event",
        f"INSERT INTO audit_event (position, id, {columns}) SELECT 1000000, '{event_id}', {columns} FROM audit_event "
        f"WHERE position = {scene.position(7)}",
    )
    told(scene.fsck(), event_id, "has no place in its log and does not wait for one")
