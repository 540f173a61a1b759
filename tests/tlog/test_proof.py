"""Proof files: to the byte, and what must all hold for one to verify."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.merkle import inclusion_proof
from expunct_server.tlog.proof import MAX_PROOF, Proof, parse_proof
from expunct_server.tlog.signer import sign_note
from expunct_server.tlog.strict import Rejected, base64_text

from .support import (
    ENTRIES,
    LEAVES,
    LOG,
    ORIGIN,
    checkpoint_note,
    checkpoint_text,
    node_of,
    root_of,
    sample_proof,
    verify,
)

KEY = LOG.verifier_key


def test_the_file_to_the_byte() -> None:
    proof = sample_proof(b"\xfb\xff!")
    hashes = "".join(f"{base64_text(each)}\n" for each in inclusion_proof(6, 11, node_of(LEAVES[:11])))
    expected = f"c2sp.org/tlog-proof@v1\nextra +/8h\nindex 6\n{hashes}\n".encode() + checkpoint_note()
    assert (proof.encode(), parse_proof(expected)) == (expected, proof)


def test_the_only_entry_of_a_log() -> None:
    proof = Proof(0, (), checkpoint_note(1))
    expected = b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + checkpoint_note(1)
    assert (proof.encode(), parse_proof(expected)) == (expected, proof)
    assert verify(expected, ENTRIES[0], [KEY])[0].root == LEAVES[0]


@given(st.integers(1, 300), st.data(), st.none() | st.binary(min_size=1, max_size=50))
@settings(max_examples=40, deadline=None)
def test_every_entry_of_every_log(size: int, data: st.DataObject, extra: bytes | None) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = Proof(index, tuple(inclusion_proof(index, size, node_of(LEAVES[:size]))), checkpoint_note(size), extra)
    assert parse_proof(proof.encode()) == proof
    checkpoint, opened = verify(proof.encode(), ENTRIES[index], [KEY])
    assert (checkpoint, opened.by) == (Checkpoint(ORIGIN, size, root_of(size)), ((KEY, None),))


def test_the_proof_of_another_entry_is_rejected() -> None:
    for wrong in (ENTRIES[5], b"", LEAVES[6]):
        with pytest.raises(Rejected):
            verify(sample_proof().encode(), wrong, [KEY])


def test_an_inner_node_does_not_pass_for_an_entry() -> None:
    node = node_of(LEAVES[:11])
    path = inclusion_proof(6, 11, node)
    shorter = Proof(3, tuple(path[1:]), checkpoint_note())
    with pytest.raises(Rejected):
        verify(shorter.encode(), LEAVES[6] + LEAVES[7], [KEY])


def test_a_proof_from_another_tree_size_is_rejected() -> None:
    proof = Proof(6, tuple(inclusion_proof(6, 12, node_of(LEAVES[:12]))), checkpoint_note(11))
    with pytest.raises(Rejected):
        verify(proof.encode(), ENTRIES[6], [KEY])


@pytest.mark.parametrize(
    ("index", "hashes", "checkpoint", "extra"),
    [
        (11, (), checkpoint_note(), None),
        (-1, (), checkpoint_note(), None),
        (0, (), checkpoint_note(0), None),
        (0, (b"short",), checkpoint_note(), None),
        (0, (b"h" * 32,) * 64, checkpoint_note(), None),
        (0, (), checkpoint_note(), b""),
        (0, (), b"", None),
        (0, (), checkpoint_text().encode(), None),
        (0, (), sign_note("hello\n", [LOG]), None),
    ],
)
def test_proofs_that_cannot_be(index: int, hashes: tuple[bytes, ...], checkpoint: bytes, extra: bytes | None) -> None:
    with pytest.raises(Rejected):
        Proof(index, hashes, checkpoint, extra)


def test_four_mebibytes_and_no_more() -> None:
    proof = Proof(0, (), checkpoint_note(1), b"x" * (MAX_PROOF * 3 // 4))
    with pytest.raises(Rejected, match="too large"):
        proof.encode()
    with pytest.raises(Rejected, match="too large"):
        parse_proof(b"x" * (MAX_PROOF + 1))


@given(st.binary(max_size=100))
def test_what_is_read_is_what_would_be_written(head: bytes) -> None:
    for data in (head, b"c2sp.org/tlog-proof@v1\n" + head + b"\n\n" + checkpoint_note()):
        try:
            proof = parse_proof(data)
        except Rejected:
            continue
        assert proof.encode() == data
