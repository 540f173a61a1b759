"""Two events change places."""

from tests.attacks.support import Scene, told


def _swapped(some: list[bytes]) -> list[bytes]:
    return [*some[:7], some[8], some[7], *some[9:]]


def test_of_one_who_has_no_key(scene: Scene) -> None:
    scene.change_entries(0, _swapped)
    assert "entry 7" in scene.refused(11, "tile/0/000").says
    told(scene.fsck(), "index 7", "the file holds another entry")


def test_of_the_operator(scene: Scene) -> None:
    scene.forge(_swapped(scene.entries()))
    scene.verify()
    scene.refused(16, since=True)
    scene.refused(18, anchors=True)
    told(scene.fsck(), "index 8", "makes another entry than was published")


def test_in_the_database(scene: Scene) -> None:
    one, other = scene.position(7), scene.position(8)
    update = "UPDATE audit_entry SET position = {} WHERE position = {}"
    scene.by_hand("audit_entry", update.format(-1, one), update.format(one, other), update.format(other, -1))
    told(scene.fsck(), "index 7", "makes another entry than was published")
