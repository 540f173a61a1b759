"""A log is signed with a key that is not the log's."""

from expunct_server.tlog.signer import Ed25519Signer
from expunct_server.verifying.verify_bundle import verify_bundle
from tests.attacks.support import Scene, refusal, relisted, told


def test_of_the_whole_log(scene: Scene) -> None:
    stranger = Ed25519Signer(scene.origin, b"\x07" * 32)
    scene.forge(scene.entries(), sign=stranger)
    scene.refused(2, "checkpoint")
    told(scene.fsck(), "checkpoint", "it cannot be trusted")


def test_under_the_id_of_the_right_key(scene: Scene) -> None:
    """The line claims the known key; then the signature has to be its."""
    stranger = Ed25519Signer(scene.origin, b"\x07" * 32)
    right = scene.note.decode().rsplit(" ", 1)[1]
    scene.forge(scene.entries(), sign=stranger)
    forged = scene.note.decode()
    head, line = forged.rsplit(" ", 1)
    (scene.folder / "checkpoint").write_text(f"{head} {right[:5]}{line[5:]}")
    scene.refused(2, "checkpoint")


def test_with_the_bundles_own_keys(scene: Scene) -> None:
    """Keys in a bundle are whoever's made it: consistent with them, refused with the right key."""
    bundle = scene.bundle()
    stranger = Ed25519Signer(scene.origin, b"\x07" * 32)
    above = Ed25519Signer(scene.origin.rpartition("/")[0], b"\x07" * 32)
    for folder, signer in (("log", stranger), ("super", above)):
        note = (bundle / folder / "checkpoint").read_text()
        text = note[: note.rindex("\n\n") + 1]
        (bundle / folder / "checkpoint").write_text(text + "\n" + signer.sign(text).line())
    keys = f"{stranger.verifier_key.encode()}\n{above.verifier_key.encode()}\n"
    (bundle / "keys.txt").write_text(keys)
    relisted(bundle)
    refusal(lambda: scene.verify_bundle(bundle), 2, "checkpoint")
    assert verify_bundle(bundle).own_keys
