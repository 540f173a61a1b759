"""Notes, keys and signatures: published ones to the byte, and who counts as having signed."""

import struct

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.tlog.cosignature import Unsupported, cosigned_message, cosigned_text
from expunct_server.tlog.note import (
    MAX_NOTE,
    Note,
    NoteSignature,
    Opened,
    VerifierKey,
    open_note,
    parse_note,
    parse_verifier_key,
)
from expunct_server.tlog.signer import (
    Ed25519Cosigner,
    Ed25519Signer,
    MlDsa44Cosigner,
    Signer,
    add_signatures,
    sign_note,
)
from expunct_server.tlog.strict import MAX_SIZE, Rejected, base64_bytes

from .support import LOG, ORIGIN, OTHER_WITNESS, PQ_WITNESS, STRANGER, TIME, WITNESS, checkpoint_note, checkpoint_text

# The key and the note that the first implementation of signed notes was published with.
NEUMANN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SEED = base64_bytes("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
NEUMANN_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
NEUMANN_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

# The examples of the specifications, whose keys are not published: they show the form.
POEM = """Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""  # noqa: E501
SOFA_TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
SOFA = f"""{SOFA_TEXT}
— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""  # noqa: E501

ALL = (LOG, WITNESS, OTHER_WITNESS, PQ_WITNESS)
KEYS = tuple(each.verifier_key for each in ALL)


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        NEUMANN_KEY,
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        *(key.encode() for key in KEYS),
    ],
)
def test_keys_read_as_they_are_written(text: str) -> None:
    assert parse_verifier_key(text).encode() == text


def test_the_key_of_the_published_note() -> None:
    public = base64_bytes("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")[1:]
    key = parse_verifier_key(NEUMANN_KEY)
    assert (key, key.key_id.hex()) == (VerifierKey("PeterNeumann", 1, public), "c74f20a3")


def test_one_public_key_has_another_identifier_for_each_kind() -> None:
    public = LOG.verifier_key.public
    assert VerifierKey(ORIGIN, 1, public).key_id != VerifierKey(ORIGIN, 4, public).key_id


def test_no_piece_and_no_mangling_of_a_key_is_a_key() -> None:
    size = len(NEUMANN_KEY)
    pieces = [NEUMANN_KEY[low:high] for low in range(size) for high in range(low + 1, size + 1)]
    manglings = [NEUMANN_KEY[:at] + chr(ord(NEUMANN_KEY[at]) + 1) + NEUMANN_KEY[at + 1 :] for at in range(size)]
    accepted = []
    for text in {*pieces, *manglings} - {NEUMANN_KEY}:
        try:
            parse_verifier_key(text)
        except Rejected:
            continue
        accepted.append(text)
    assert accepted == []


# The y coordinates of the small points; each stands for two keys, one for either sign.
P = 2**255 - 19
SMALL = [0, 1, P - 1, P, P + 1, 2**255 - 1]


@pytest.mark.parametrize("ordinate", SMALL)
@pytest.mark.parametrize("sign", [0, 1 << 255])
def test_keys_of_small_order_or_in_a_second_spelling(ordinate: int, sign: int) -> None:
    with pytest.raises(Rejected):
        VerifierKey("name", 1, (ordinate | sign).to_bytes(32, "little"))


@pytest.mark.parametrize(
    "public",
    [
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ],
)
def test_the_points_of_order_eight_are_what_they_are_said_to_be(public: str) -> None:
    """Doubled by the curve's own formula, each gives y = 0: a point of order 4."""
    y = int.from_bytes(bytes.fromhex(public), "little")
    d = -121665 * pow(121666, -1, P) % P
    x2 = (y * y - 1) * pow(d * y * y + 1, -1, P) % P
    assert (y * y + x2) * pow(2 + x2 - y * y, -1, P) % P == 0
    for sign in (0, 1 << 255):
        with pytest.raises(Rejected):
            VerifierKey("name", 4, (y | sign).to_bytes(32, "little"))


# --- published notes --------------------------------------------------------------------------------------------------


def test_the_published_note_is_signed_to_the_byte_and_opens() -> None:
    note = f"{NEUMANN_TEXT}\n{NEUMANN_LINE}".encode()
    assert sign_note(NEUMANN_TEXT, [Ed25519Signer("PeterNeumann", NEUMANN_SEED)]) == note
    key = parse_verifier_key(NEUMANN_KEY)
    assert open_note(note, [key]) == Opened(NEUMANN_TEXT, ((key, None),))


def test_the_text_ends_at_the_last_empty_line() -> None:
    note = parse_note(POEM.encode())
    assert note.text == POEM.partition("\n\n— ")[0] + "\n"
    assert [each.name for each in note.signatures] == ["quasimodo.example/salvatore"]
    assert note.encode() == POEM.encode()


def test_the_cosigned_checkpoint_of_the_specification() -> None:
    note = parse_note(SOFA.encode())
    assert (note.text, [each.name for each in note.signatures]) == (
        SOFA_TEXT,
        ["example.com/behind-the-sofa", "witness.example.com/w1"],
    )
    cosignature = note.signatures[1]
    assert (cosignature.key_id.hex(), len(cosignature.signature)) == ("8d66cf3f", 72)
    assert int.from_bytes(cosignature.signature[:8], "big") == 1679315147
    assert note.encode() == SOFA.encode()


# --- what is signed ---------------------------------------------------------------------------------------------------


def test_the_text_that_an_ed25519_cosignature_signs() -> None:
    assert cosigned_text(SOFA_TEXT, 1679315147) == f"cosignature/v1\ntime 1679315147\n{SOFA_TEXT}".encode()
    line = WITNESS.sign(SOFA_TEXT)
    public = Ed25519PublicKey.from_public_bytes(WITNESS.verifier_key.public)
    public.verify(line.signature[8:], f"cosignature/v1\ntime {TIME}\n{SOFA_TEXT}".encode())


def test_the_message_that_an_ml_dsa_44_cosignature_signs() -> None:
    root = base64_bytes("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    expected = (
        b"subtree/v1\n\x00"
        + b"\x14"
        + "witness.example/pqé".encode()
        + struct.pack(">Q", 1679315147)
        + b"\x1bexample.com/behind-the-sofa"
        + struct.pack(">QQ", 0, 20852163)
        + root
    )
    assert cosigned_message("witness.example/pqé", SOFA_TEXT, 1679315147) == expected
    assert cosigned_message("witness.example/pqé", SOFA_TEXT + "extension\n", 1679315147) == expected
    line = PQ_WITNESS.sign(SOFA_TEXT)
    public = mldsa.MLDSA44PublicKey.from_public_bytes(PQ_WITNESS.verifier_key.public)
    public.verify(line.signature[8:], cosigned_message(PQ_WITNESS.verifier_key.name, SOFA_TEXT, TIME + 2))


@pytest.mark.parametrize("name", ["", "x" * 256])
def test_names_that_an_ml_dsa_44_cosignature_cannot_hold(name: str) -> None:
    with pytest.raises(Rejected):
        cosigned_message(name, SOFA_TEXT, 1)
    with pytest.raises(Rejected):
        MlDsa44Cosigner(name, b"\x04" * 32, lambda: 1)


@pytest.mark.parametrize("witness", [WITNESS, PQ_WITNESS])
def test_a_witness_signs_checkpoints_and_nothing_else(witness: Signer) -> None:
    with pytest.raises(Rejected):
        witness.sign("hello\n")


@pytest.mark.parametrize("time", [-1, MAX_SIZE + 1])
def test_times_that_no_cosignature_has(time: int) -> None:
    with pytest.raises(Rejected):
        Ed25519Cosigner("w", b"\x02" * 32, lambda: time).sign(checkpoint_text())


def test_a_cosignature_from_beyond_the_largest_time_is_rejected() -> None:
    line = WITNESS.sign(checkpoint_text())
    later = NoteSignature(line.name, line.key_id, struct.pack(">Q", 2**63 + TIME) + line.signature[8:])
    with pytest.raises(Rejected, match="time of a cosignature is out of range"):
        open_note(Note(checkpoint_text(), (later,)).encode(), KEYS)


@pytest.mark.parametrize("seed", [b"", b"x" * 31, b"x" * 33])
def test_seeds_of_another_length(seed: bytes) -> None:
    for make in (
        lambda: Ed25519Signer("n", seed),
        lambda: Ed25519Cosigner("n", seed, lambda: 1),
        lambda: MlDsa44Cosigner("n", seed, lambda: 1),
    ):
        with pytest.raises(Rejected):
            make()


def test_a_library_without_ml_dsa_says_so_and_accepts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    note = checkpoint_note(11, (LOG, PQ_WITNESS))

    class Absent:
        @staticmethod
        def from_public_bytes(_: bytes) -> None:
            raise UnsupportedAlgorithm("no")

        from_seed_bytes = from_public_bytes

    monkeypatch.setattr(mldsa, "MLDSA44PublicKey", Absent)
    monkeypatch.setattr(mldsa, "MLDSA44PrivateKey", Absent)
    with pytest.raises(Unsupported):
        open_note(note, KEYS)
    with pytest.raises(Unsupported):
        MlDsa44Cosigner("n", b"x" * 32, lambda: 1)
    assert open_note(note, [LOG.verifier_key]).by == ((LOG.verifier_key, None),)


# --- who has signed ---------------------------------------------------------------------------------------------------


def test_every_kind_of_signature_opens_in_the_order_of_the_lines() -> None:
    opened = open_note(checkpoint_note(11, ALL), KEYS)
    times = [None, TIME, TIME + 1, TIME + 2]
    assert opened == Opened(checkpoint_text(), tuple(zip(KEYS, times, strict=True)))


def test_unknown_keys_are_ignored_even_where_the_name_or_the_identifier_is_known() -> None:
    text, line = checkpoint_text(), STRANGER.sign(checkpoint_text())
    same_name = NoteSignature(ORIGIN, line.key_id, line.signature)
    same_id = NoteSignature(line.name, LOG.verifier_key.key_id, line.signature)
    note = Note(text, (line, same_name, LOG.sign(text), same_id)).encode()
    assert open_note(note, KEYS) == Opened(text, ((LOG.verifier_key, None),))


def test_without_a_signature_of_a_known_key_a_note_is_rejected() -> None:
    for keys in ([], [STRANGER.verifier_key]):
        with pytest.raises(Rejected, match="no signature of a known key"):
            open_note(checkpoint_note(11, ALL), keys)


@pytest.mark.parametrize("signer", ALL)
def test_one_failing_signature_of_a_known_key_rejects_the_note(signer: Signer) -> None:
    text, wrong = checkpoint_text(), signer.sign(checkpoint_text(12))
    good = tuple(each.sign(text) for each in ALL)
    for lines in ((*good, wrong), (wrong, *good)):
        with pytest.raises(Rejected):
            open_note(Note(text, lines).encode(), KEYS)


def test_repeated_lines_count_once_with_their_first_time_and_are_all_verified() -> None:
    text = checkpoint_text()
    later = Ed25519Cosigner("witness.example/w1", b"\x02" * 32, lambda: TIME + 60)
    lines = (LOG.sign(text), WITNESS.sign(text), later.sign(text), LOG.sign(text))
    expected = ((LOG.verifier_key, None), (WITNESS.verifier_key, TIME))
    assert open_note(Note(text, lines).encode(), KEYS).by == expected
    broken = NoteSignature(lines[3].name, lines[3].key_id, b"\0" * 64)
    with pytest.raises(Rejected):
        open_note(Note(text, (*lines[:3], broken)).encode(), KEYS)


def test_a_known_key_twice_is_one_key() -> None:
    assert open_note(checkpoint_note(), [LOG.verifier_key, LOG.verifier_key]).by == ((LOG.verifier_key, None),)


def test_two_known_keys_with_one_name_and_identifier_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VerifierKey, "key_id", property(lambda _: b"same"))
    with pytest.raises(Rejected, match="two different keys"):
        open_note(checkpoint_note(), [LOG.verifier_key, VerifierKey(ORIGIN, 1, STRANGER.verifier_key.public)])


def test_a_signature_does_not_serve_as_one_of_another_kind() -> None:
    """The log's own key may cosign as well: name and public key are the same, the identifier is not."""
    text = checkpoint_text()
    own = Ed25519Cosigner(ORIGIN, b"\x01" * 32, lambda: TIME)
    keys = [LOG.verifier_key, own.verifier_key]
    assert LOG.verifier_key.public == own.verifier_key.public
    opened = open_note(Note(text, (LOG.sign(text), own.sign(text))).encode(), keys)
    assert opened.by == ((keys[0], None), (keys[1], TIME))
    posing = NoteSignature(ORIGIN, LOG.verifier_key.key_id, own.sign(text).signature[8:])
    with pytest.raises(Rejected):
        open_note(Note(text, (posing,)).encode(), keys)


def test_adding_signatures_keeps_the_note_and_leaves_out_what_it_has() -> None:
    text, note = checkpoint_text(), checkpoint_note()
    added = add_signatures(note, [WITNESS.sign(text), LOG.sign(text), OTHER_WITNESS.sign(text), WITNESS.sign(text)])
    assert added == checkpoint_note(11, (LOG, WITNESS, OTHER_WITNESS))
    assert add_signatures(added, []) == added


# --- limits and forms -------------------------------------------------------------------------------------------------


def test_a_hundred_signatures_and_no_more() -> None:
    line = LOG.sign(checkpoint_text())
    assert len(parse_note(Note(checkpoint_text(), (line,) * 100).encode()).signatures) == 100
    with pytest.raises(Rejected):
        parse_note(checkpoint_note() + line.line().encode() * 100)
    with pytest.raises(Rejected):
        sign_note("text\n", [])


def test_a_mebibyte_and_no_more() -> None:
    rest = len(sign_note("\n", [STRANGER]))
    largest = sign_note("x" * (MAX_NOTE - rest) + "\n", [STRANGER])
    assert len(largest) == MAX_NOTE
    assert open_note(largest, [STRANGER.verifier_key]).by == ((STRANGER.verifier_key, None),)
    with pytest.raises(Rejected, match="too large"):
        parse_note(b"x" + largest)
    with pytest.raises(Rejected, match="too large"):
        sign_note("x" * (MAX_NOTE - rest + 1) + "\n", [STRANGER])


TEXTS = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]) | st.just("\n"), max_size=60)


@given(TEXTS)
def test_any_text_is_signed_and_opened_unchanged(text: str) -> None:
    note = sign_note(text + "\n", [STRANGER])
    assert open_note(note, [STRANGER.verifier_key]).text == text + "\n"
    assert parse_note(note).encode() == note


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "nul\0\n", "return\r\n", "\ud800\n", "escape\x1b\n"])
def test_texts_that_are_not_signed(text: str) -> None:
    with pytest.raises(Rejected):
        sign_note(text, [STRANGER])


@given(st.binary(max_size=200) | TEXTS.map(lambda text: f"{text}\n\n{NEUMANN_LINE}".encode()))
def test_what_is_read_is_what_would_be_written(data: bytes) -> None:
    try:
        note = parse_note(data)
    except Rejected:
        return
    assert note.encode() == data
