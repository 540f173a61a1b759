"""Checkpoints: their text, and that the log itself has signed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from expunct_server.tlog.merkle import EMPTY_ROOT
from expunct_server.tlog.note import Opened
from expunct_server.tlog.signer import Ed25519Cosigner, Ed25519Signer, sign_note
from expunct_server.tlog.strict import MAX_SIZE, Rejected, base64_bytes

from .support import LOG, ORIGIN, PQ_WITNESS, STRANGER, TIME, WITNESS, checkpoint_note, checkpoint_text, root_of

KEYS = (LOG.verifier_key, WITNESS.verifier_key)
ROOT = base64_bytes("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")


def test_the_checkpoint_of_the_specification() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = Checkpoint("example.com/behind-the-sofa", 20852163, ROOT)
    assert (parse_checkpoint(text), checkpoint.encode()) == (checkpoint, text)


def test_the_empty_tree() -> None:
    text = f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
    assert parse_checkpoint(text) == Checkpoint(ORIGIN, 0, EMPTY_ROOT)


LINES = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(LINES, st.integers(1, MAX_SIZE), st.binary(min_size=32, max_size=32), st.lists(LINES, max_size=3))
def test_every_checkpoint_reads_as_it_was_written(origin: str, size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint(origin, size, root, tuple(extensions))
    assert parse_checkpoint(checkpoint.encode()) == checkpoint


@pytest.mark.parametrize(
    ("origin", "size", "root", "extensions"),
    [
        ("", 1, ROOT, ()),
        ("two\nlines", 1, ROOT, ()),
        ("tab\t", 1, ROOT, ()),
        ("\ud800", 1, ROOT, ()),
        ("o", -1, ROOT, ()),
        ("o", MAX_SIZE + 1, ROOT, ()),
        ("o", 0, ROOT, ()),
        ("o", 1, ROOT[:31], ()),
        ("o", 1, ROOT + b"\0", ()),
        ("o", 1, ROOT, ("",)),
        ("o", 1, ROOT, ("two\nlines",)),
        ("o", 1, ROOT, ("x\n",)),
    ],
)
def test_checkpoints_that_cannot_be(origin: str, size: int, root: bytes, extensions: tuple[str, ...]) -> None:
    with pytest.raises(Rejected):
        Checkpoint(origin, size, root, extensions)


def test_a_checkpoint_opens_with_who_signed_it() -> None:
    expected = (
        Checkpoint(ORIGIN, 11, root_of(11)),
        Opened(checkpoint_text(), ((KEYS[0], None), (KEYS[1], TIME))),
    )
    assert open_checkpoint(checkpoint_note(11, (LOG, WITNESS, STRANGER)), KEYS, ORIGIN) == expected


def test_the_checkpoint_of_another_log_is_rejected_though_a_known_key_signed_it() -> None:
    note = sign_note(checkpoint_text(11, "log.example/tenant-2"), [LOG])
    with pytest.raises(Rejected, match="another log"):
        open_checkpoint(note, KEYS, ORIGIN)
    with pytest.raises(Rejected, match="not signed by its log"):
        open_checkpoint(note, KEYS, "log.example/tenant-2")


def test_cosignatures_alone_make_no_checkpoint() -> None:
    """Not even the log's own: what it must have made is the signature of kind 0x01."""
    own = Ed25519Cosigner(ORIGIN, b"\x01" * 32, lambda: TIME)
    for signers in ((WITNESS,), (PQ_WITNESS, WITNESS), (own,)):
        keys = [LOG.verifier_key, *(each.verifier_key for each in signers)]
        with pytest.raises(Rejected, match="not signed by its log"):
            open_checkpoint(checkpoint_note(11, signers), keys, ORIGIN)


def test_a_log_that_changed_its_key_is_known_by_either() -> None:
    new = Ed25519Signer(ORIGIN, b"\x06" * 32)
    for signer in (LOG, new):
        opened = open_checkpoint(checkpoint_note(11, (signer,)), [LOG.verifier_key, new.verifier_key], ORIGIN)[1]
        assert opened.by == ((signer.verifier_key, None),)


def test_a_signed_text_that_is_no_checkpoint_is_rejected() -> None:
    with pytest.raises(Rejected):
        open_checkpoint(sign_note(f"{ORIGIN}\nhello\n", [LOG]), KEYS, ORIGIN)
