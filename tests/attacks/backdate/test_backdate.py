"""An event is recorded now and claims to be of last week."""

from expunct_server import ids
from tests.attacks.support import Scene, changed, told


def test_with_the_servers_own_means(scene: Scene) -> None:
    """The log is sound, the root is signed: the time alone tells, as what stands before it is younger."""
    # From the newest event and not from now: the scene may have been made some minutes ago.
    (event_id,) = scene.record(1, at=scene.column("latest") - 7 * 24 * 60 * ids.MINUTE)
    scene.publish()
    failed = scene.refused(15, event_id)
    assert "entry 300" in failed.where and "steps back by 604800.000000 seconds" in failed.says
    report = scene.verify(max_step_back=8 * 24 * 3600)  # said to be harmless, it is still reported
    assert report.largest_step_back_index == 300 and report.largest_step_back_seconds == 7 * 24 * 3600


def test_by_rewriting_the_newest(scene: Scene) -> None:
    event_id = scene.event_id(299)
    entries = scene.entries()
    scene.forge([*entries[:299], changed(entries[299], created_at="2020-01-01T00:00:00.000000Z")])
    scene.refused(15, event_id)
    scene.refused(18, anchors=True, max_step_back=1e12)
    told(scene.fsck(), "index 299", event_id, "(created_at)")


def test_in_the_database(scene: Scene) -> None:
    event_id, position = scene.event_id(7), scene.position(7)
    back = f"created_at = created_at - {ids.MINUTE} WHERE position = {position}"
    scene.by_hand("audit_event", f"UPDATE audit_event SET {back}")
    problems = scene.fsck()
    told(problems, "index 7", event_id, "(created_at)")
    told(problems, "index 7", event_id, "listed under another created_at")
    scene.by_hand("audit_entry", f"UPDATE audit_entry SET {back}")
    told(scene.fsck(), "index 7", event_id, "(created_at)")
