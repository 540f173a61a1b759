"""Every single bit of what is signed or asked for, turned: rejected, or nothing that was verified changes.

Receipts and whole logs are turned bit by bit in tests/verifying, against the verifier that is handed out. What may be
turned without being noticed is stated exactly: the lines of keys that the reader does not know. Turning the name or the
identifier in the line of one known key makes it such a line; then the reader sees one signer fewer, never one more and
never another text.
"""

import pytest

from expunct_server.tlog.checkpoint import open_checkpoint
from expunct_server.tlog.merkle import EMPTY_ROOT, consistency_proof, verify_consistency
from expunct_server.tlog.note import Opened, VerifierKey, open_note, parse_verifier_key
from expunct_server.tlog.signer import Signer
from expunct_server.tlog.strict import Rejected
from expunct_server.tlog.witness import AddCheckpoint, parse_add_checkpoint

from .support import (
    LEAVES,
    LOG,
    ORIGIN,
    PQ_WITNESS,
    STRANGER,
    TIME,
    WITNESS,
    checkpoint_note,
    checkpoint_text,
    flips,
    line_of,
    node_of,
    root_of,
)

KEY = LOG.verifier_key
PARTS = len(b"\xe2\x80\x94 ")


def opened(data: bytes, *keys: VerifierKey) -> Opened | None:
    try:
        return open_checkpoint(data, keys, ORIGIN)[1]
    except Rejected:
        return None


def cosigned(data: bytes) -> AddCheckpoint | None:
    """The request, where a witness that knows the tree of 7 leaves would cosign."""
    try:
        request = parse_add_checkpoint(data)
        checkpoint, _ = open_checkpoint(request.checkpoint, [KEY], ORIGIN)
        if request.old_size != 7:
            return None
        verify_consistency(7, checkpoint.size, request.hashes, root_of(7), checkpoint.root)
        return request
    except Rejected:
        return None


def identity_of(note: bytes, signer: Signer) -> range:
    """The places in `note` that say whose this signer's line is: the name and the digits of the identifier.

    Four bytes are five digits of base64 and two bits of the sixth.
    """
    start, _ = line_of(note, signer)
    name = len(signer.verifier_key.name.encode())
    return range(start + PARTS, start + PARTS + name + 1 + 6)


# --- checkpoints ------------------------------------------------------------------------------------------------------


def test_a_checkpoint_with_one_signature_has_no_bit_that_could_be_another() -> None:
    note = checkpoint_note()
    assert opened(note, KEY) is not None
    assert [at for at, data in flips(note) if opened(data, KEY) is not None] == []


def test_a_cosigned_checkpoint_loses_a_signer_or_is_rejected() -> None:
    note, keys = checkpoint_note(11, (LOG, WITNESS)), (KEY, WITNESS.verifier_key)
    whole, less = opened(note, *keys), Opened(checkpoint_text(), ((KEY, None),))
    assert whole == Opened(checkpoint_text(), ((KEY, None), (keys[1], TIME)))
    outcomes = [(at, opened(data, *keys)) for at, data in flips(note)]
    assert {outcome for _, outcome in outcomes} == {None, less}
    unnoticed = {at for at, outcome in outcomes if outcome is not None}
    assert unnoticed <= set(identity_of(note, WITNESS)) and len(unnoticed) > 15


def test_the_line_of_an_unknown_key_changes_nothing() -> None:
    note = checkpoint_note(11, (STRANGER, LOG))
    start, end = line_of(note, STRANGER)
    whole = opened(note, KEY)
    outcomes = [(at, opened(data, KEY)) for at, data in flips(note)]
    assert {outcome for _, outcome in outcomes} == {None, whole}
    assert {at for at, outcome in outcomes if outcome is not None} <= set(range(start, end))


def test_an_ml_dsa_44_cosignature_has_no_bit_that_could_be_another() -> None:
    """One bit of every byte: there are more than three thousand."""
    note = checkpoint_note(11, (PQ_WITNESS,))
    key, accepted = PQ_WITNESS.verifier_key, []
    assert open_note(note, [key]).by == ((key, TIME + 2),)
    for at in range(len(note)):
        data = note[:at] + bytes([note[at] ^ (1 << at % 7)]) + note[at + 1 :]
        try:
            open_note(data, [key])
        except Rejected:
            continue
        accepted.append(at)
    assert accepted == []


# --- requests to witnesses --------------------------------------------------------------------------------------------


def test_a_request_that_a_witness_would_grant_has_no_bit_that_could_be_another() -> None:
    hashes = tuple(consistency_proof(7, 11, node_of(LEAVES[:11])))
    request = AddCheckpoint(7, hashes, checkpoint_note())
    assert cosigned(request.encode()) == request
    assert [at for at, data in flips(request.encode()) if cosigned(data) is not None] == []


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_has_no_bit_that_could_be_another() -> None:
    """Text that is not UTF-8 never becomes a `str` here, so those flips are left out."""
    texts = [data.decode() for _, data in flips(KEY.encode().encode()) if _is_utf8(data)]
    assert len(texts) > 400
    for text in texts:
        with pytest.raises(Rejected):
            parse_verifier_key(text)


def test_the_empty_log_has_one_root() -> None:
    note = checkpoint_note(0)
    assert opened(note, KEY) == Opened(f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", ((KEY, None),))
    assert root_of(0) == EMPTY_ROOT
    assert [at for at, data in flips(note) if opened(data, KEY) is not None] == []


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
