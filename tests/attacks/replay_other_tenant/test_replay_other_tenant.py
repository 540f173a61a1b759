"""What is true in one tenant's log is passed off as another's."""

import shutil

from tests.attacks.support import Scene, told


def test_of_the_whole_log(scene: Scene) -> None:
    """The same key signs both logs: the origin keeps them apart."""
    scene.record(5, tenant_id="system")
    scene.publish()
    other = Scene(scene.database, scene.settings, "system")
    shutil.rmtree(scene.folder)
    shutil.copytree(other.folder, scene.folder)
    scene.refused(2, "checkpoint")
    told(scene.fsck(), "tenant default", "cannot be trusted")


def test_of_entries(scene: Scene) -> None:
    """The operator signs another tenant's entries under this tenant's origin."""
    scene.record(5, tenant_id="system")
    scene.publish()
    other = Scene(scene.database, scene.settings, "system")
    scene.forge([*scene.entries(), other.entries()[-1]])
    scene.refused(8, other.event_id(other.checkpoint.size - 1))
    told(scene.fsck(), "a checkpoint of 301 entries is published, but the database has 300")


def test_in_the_database(scene: Scene) -> None:
    event_id, position = scene.event_id(7), scene.position(7)
    scene.by_hand("audit_event", f"UPDATE audit_event SET tenant_id = 'system' WHERE position = {position}")
    problems = scene.fsck()
    told(problems, "tenant default", "index 7", event_id, "belongs to another tenant")
    told(problems, "index 7", event_id, "(tenant_id)")
