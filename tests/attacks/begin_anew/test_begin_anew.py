"""A log that was published is made to look as if it never had been, so that an honest server signs another history."""

import shutil

from expunct_server.publishing.publisher import Publisher
from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.signer import sign_note
from tests.attacks.support import Scene

NEVER_PUBLISHED = "UPDATE audit_log SET published_size = 0 WHERE tenant_id = 'default'"


def forged(scene: Scene) -> None:
    """An event is edited, and the database made to agree with itself: its root is that of the edited entries."""
    event_id = scene.event_id(7)
    scene.by_hand("audit_event", f"UPDATE audit_event SET request_id = 'req_2' WHERE id = '{event_id}'")
    scene.agree()


def stopped(scene: Scene) -> str:
    return str(scene.column("stopped"))


def test_with_its_files_removed(scene: Scene) -> None:
    """What says that it was signed stands beside the key, where whoever has database and log does not come."""
    forged(scene)
    scene.by_hand("audit_log", NEVER_PUBLISHED)
    shutil.rmtree(scene.folder)
    Publisher(scene.settings, scene.database).step(now=True)
    assert "the published checkpoint is gone" in stopped(scene)
    assert not (scene.folder / "checkpoint").exists()


def test_and_the_operator_led_to_vouch_for_it(scene: Scene) -> None:
    """The log of logs knows better than who vouches."""
    forged(scene)
    shutil.rmtree(scene.folder)
    Publisher(scene.settings, scene.database, may_rebuild=True).republish()
    assert "does not give the root that the log of logs tells of at size 300" in stopped(scene)
    assert not (scene.folder / "checkpoint").exists()


def test_with_an_older_database_and_the_operator_led_to_vouch(scene: Scene) -> None:
    scene.by_hand("audit_event", f"DELETE FROM audit_event WHERE id = '{scene.event_id(299)}'")
    scene.by_hand("audit_entry", "DELETE FROM audit_entry WHERE seq = 299")
    scene.by_hand("audit_log", "UPDATE audit_log SET size = 299, published_size = 299 WHERE tenant_id = 'default'")
    scene.agree()
    shutil.rmtree(scene.folder)
    Publisher(scene.settings, scene.database, may_rebuild=True).republish()
    assert "tells of at size 300: it is older" in stopped(scene)


def test_what_the_database_does_not_say_is_not_anchored(scene: Scene) -> None:
    """Whoever has an old key and one file cannot have the log of logs say what never was."""
    above = (scene.settings.data / "log" / "super" / "checkpoint").read_bytes()
    note = scene.note
    text = Checkpoint(scene.origin, 309, bytes(32)).encode()
    (scene.folder / "checkpoint").write_bytes(sign_note(text, [scene.signer]))
    publisher = Publisher(scene.settings, scene.database)
    publisher._looked = {"default": float("inf")}  # between two looks
    publisher.step(now=True)
    assert (scene.settings.data / "log" / "super" / "checkpoint").read_bytes() == above
    (scene.folder / "checkpoint").write_bytes(note)
    scene.verify(anchors=True)
