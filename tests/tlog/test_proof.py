"""Proof files: to the byte, and what must all hold for one to verify."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.tlog.merkle import inclusion_proof
from expunct_server.tlog.note import VerifierKey
from expunct_server.tlog.policy import Policy, parse_policy
from expunct_server.tlog.proof import MAX_PROOF, Proof, Verified, parse_proof, verify_entry, verify_proof
from expunct_server.tlog.signer import Signer, sign_note
from expunct_server.tlog.strict import Rejected, base64_text

from .support import (
    ENTRIES,
    LEAVES,
    LOG,
    ORIGIN,
    OTHER_WITNESS,
    PQ_WITNESS,
    STRANGER,
    TIME,
    WITNESS,
    checkpoint_note,
    checkpoint_text,
    node_of,
    root_of,
    sample_proof,
)

KEY = LOG.verifier_key


def policy(quorum: str) -> Policy:
    """The log and three witnesses, with this quorum line and what it needs before it."""
    witnesses = [("W1", WITNESS), ("W2", OTHER_WITNESS), ("PQ", PQ_WITNESS)]
    lines = [f"log {KEY.encode()}", *(f"witness {name} {each.verifier_key.encode()}" for name, each in witnesses)]
    return parse_policy("\n".join([*lines, "group two 2 W1 W2 PQ", f"quorum {quorum}", ""]).encode())


def test_the_file_to_the_byte() -> None:
    proof = sample_proof(b"\xfb\xff!")
    hashes = "".join(f"{base64_text(each)}\n" for each in inclusion_proof(6, 11, node_of(LEAVES[:11])))
    expected = f"c2sp.org/tlog-proof@v1\nextra +/8h\nindex 6\n{hashes}\n".encode() + checkpoint_note()
    assert (proof.encode(), parse_proof(expected)) == (expected, proof)


def test_the_only_entry_of_a_log() -> None:
    proof = Proof(0, (), checkpoint_note(1))
    expected = b"c2sp.org/tlog-proof@v1\nindex 0\n\n" + checkpoint_note(1)
    assert (proof.encode(), parse_proof(expected)) == (expected, proof)
    assert verify_entry(expected, ENTRIES[0], [KEY], ORIGIN).root == LEAVES[0]


def test_what_a_verified_proof_says() -> None:
    data = sample_proof(b"salt", (LOG, STRANGER, WITNESS)).encode()
    by = ((KEY, None), (WITNESS.verifier_key, TIME))
    expected = Verified(ORIGIN, 6, 11, root_of(11), by, b"salt")
    keys = [KEY, WITNESS.verifier_key]
    assert verify_entry(data, ENTRIES[6], keys, ORIGIN) == verify_proof(data, LEAVES[6], keys, ORIGIN) == expected


@given(st.integers(1, 300), st.data(), st.none() | st.binary(min_size=1, max_size=50))
@settings(max_examples=40, deadline=None)
def test_every_entry_of_every_log(size: int, data: st.DataObject, extra: bytes | None) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = Proof(index, tuple(inclusion_proof(index, size, node_of(LEAVES[:size]))), checkpoint_note(size), extra)
    assert parse_proof(proof.encode()) == proof
    expected = Verified(ORIGIN, index, size, root_of(size), ((KEY, None),), extra)
    assert verify_entry(proof.encode(), ENTRIES[index], [KEY], ORIGIN) == expected


def test_the_proof_of_another_entry_is_rejected() -> None:
    data = sample_proof().encode()
    for wrong in (ENTRIES[5], b"", LEAVES[6]):
        with pytest.raises(Rejected):
            verify_entry(data, wrong, [KEY], ORIGIN)
    for leaf in (LEAVES[5], b"", LEAVES[6][:31], ENTRIES[6]):
        with pytest.raises(Rejected):
            verify_proof(data, leaf, [KEY], ORIGIN)


def test_an_inner_node_does_not_pass_for_an_entry() -> None:
    node = node_of(LEAVES[:11])
    path = inclusion_proof(6, 11, node)
    shorter = Proof(3, tuple(path[1:]), checkpoint_note())
    with pytest.raises(Rejected):
        verify_entry(shorter.encode(), LEAVES[6] + LEAVES[7], [KEY], ORIGIN)


def test_a_proof_from_another_tree_size_is_rejected() -> None:
    proof = Proof(6, tuple(inclusion_proof(6, 12, node_of(LEAVES[:12]))), checkpoint_note(11))
    with pytest.raises(Rejected):
        verify_entry(proof.encode(), ENTRIES[6], [KEY], ORIGIN)


@pytest.mark.parametrize(
    ("keys", "origin"), [([], ORIGIN), ([STRANGER.verifier_key], ORIGIN), ([KEY], "log.example/2")]
)
def test_the_checkpoint_must_be_that_of_the_log_and_signed_by_it(keys: list[VerifierKey], origin: str) -> None:
    with pytest.raises(Rejected):
        verify_entry(sample_proof().encode(), ENTRIES[6], keys, origin)


@pytest.mark.parametrize(
    ("quorum", "signers", "verifies"),
    [
        ("none", (LOG,), True),
        ("W1", (LOG,), False),
        ("W1", (LOG, WITNESS), True),
        ("W1", (LOG, OTHER_WITNESS), False),
        ("W1", (WITNESS,), False),
        ("two", (LOG, WITNESS), False),
        ("two", (LOG, WITNESS, WITNESS), False),
        ("two", (LOG, WITNESS, PQ_WITNESS), True),
        ("two", (LOG, WITNESS, OTHER_WITNESS, PQ_WITNESS), True),
        ("two", (LOG, WITNESS, STRANGER), False),
    ],
)
def test_a_policy_decides_which_witnesses_suffice(quorum: str, signers: tuple[Signer, ...], verifies: bool) -> None:
    data = sample_proof(None, signers).encode()
    if verifies:
        verified = verify_entry(data, ENTRIES[6], [], ORIGIN, policy(quorum))
        assert [key for key, _ in verified.by] == [each.verifier_key for each in signers]
    else:
        with pytest.raises(Rejected):
            verify_entry(data, ENTRIES[6], [], ORIGIN, policy(quorum))


def test_a_known_log_that_the_policy_does_not_list_does_not_satisfy_it() -> None:
    listed = parse_policy(f"log {STRANGER.verifier_key.encode()}\nquorum none\n".encode())
    with pytest.raises(Rejected, match="does not satisfy"):
        verify_entry(sample_proof().encode(), ENTRIES[6], [KEY], ORIGIN, listed)


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
