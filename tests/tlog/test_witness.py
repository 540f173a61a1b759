"""What a log and a witness send to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.tlog.merkle import consistency_proof
from expunct_server.tlog.note import NoteSignature
from expunct_server.tlog.signer import Ed25519Cosigner, MlDsa44Cosigner
from expunct_server.tlog.strict import MAX_SIZE, Rejected, base64_bytes
from expunct_server.tlog.witness import (
    MAX_REQUEST,
    AddCheckpoint,
    accepted_cosignatures,
    encode_cosignatures,
    encode_size,
    parse_add_checkpoint,
    parse_cosignatures,
    parse_size,
)

from .support import (
    LEAVES,
    LOG,
    OTHER_WITNESS,
    PQ_WITNESS,
    STRANGER,
    TIME,
    WITNESS,
    checkpoint_note,
    checkpoint_text,
    node_of,
)

HASHES = [
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=",
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=",
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=",
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=",
]
SOFA = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
""".encode()  # noqa: E501
ANSWER = """— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQLrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==
— witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==
— witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==
""".encode()  # noqa: E501

WITNESSES = (WITNESS, OTHER_WITNESS, PQ_WITNESS)
KEYS = tuple(each.verifier_key for each in WITNESSES)


def test_the_request_of_the_specification() -> None:
    data = "\n".join(["old 20852014", *HASHES, "", ""]).encode() + SOFA
    request = AddCheckpoint(20852014, tuple(map(base64_bytes, HASHES)), SOFA)
    assert (parse_add_checkpoint(data), request.encode()) == (request, data)


def test_the_first_request_of_a_log() -> None:
    data = b"old 0\n\n" + checkpoint_note()
    assert (parse_add_checkpoint(data), data) == (AddCheckpoint(0, (), checkpoint_note()), data)


@given(st.integers(1, 300), st.data())
def test_requests_read_as_they_were_written(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    hashes = tuple(consistency_proof(old, new, node_of(LEAVES[:new])))
    request = AddCheckpoint(old, hashes, checkpoint_note(new, (LOG, STRANGER)))
    assert parse_add_checkpoint(request.encode()) == request


@given(st.binary(max_size=100))
def test_a_request_that_is_read_is_the_one_that_would_be_written(head: bytes) -> None:
    for data in (head, b"old " + head + b"\n\n" + checkpoint_note()):
        try:
            request = parse_add_checkpoint(data)
        except Rejected:
            continue
        assert request.encode() == data


@pytest.mark.parametrize(
    ("old", "hashes", "checkpoint"),
    [
        (12, (), checkpoint_note(11)),
        (-1, (), checkpoint_note(11)),
        (MAX_SIZE + 1, (), checkpoint_note(11)),
        (1, (b"short",), checkpoint_note(11)),
        (1, (b"h" * 32,) * 64, checkpoint_note(11)),
        (1, (), checkpoint_text().encode()),
        (1, (), b""),
    ],
)
def test_requests_that_cannot_be(old: int, hashes: tuple[bytes, ...], checkpoint: bytes) -> None:
    with pytest.raises(Rejected):
        AddCheckpoint(old, hashes, checkpoint)


def test_a_request_may_be_as_large_as_its_note_and_proof_and_no_larger() -> None:
    with pytest.raises(Rejected, match="too large"):
        parse_add_checkpoint(b"x" * (MAX_REQUEST + 1))
    assert len(AddCheckpoint(11, (b"h" * 32,) * 63, checkpoint_note()).encode()) - len(checkpoint_note()) < 4096


def test_the_answer_of_the_specification() -> None:
    lines = parse_cosignatures(ANSWER)
    assert [each.name for each in lines] == ["witness.example/w1", "witness.example/w1", "witness.example/w2"]
    assert encode_cosignatures(lines) == ANSWER


@pytest.mark.parametrize(
    "data", [b"", b"\n", ANSWER[:-1], ANSWER + b"\n", b"\n" + ANSWER, ANSWER.replace(b"\n", b"\r\n"), b"x" + ANSWER]
)
def test_what_is_no_answer(data: bytes) -> None:
    with pytest.raises(Rejected):
        parse_cosignatures(data)


def test_an_answer_has_a_line() -> None:
    with pytest.raises(Rejected):
        encode_cosignatures([])


def test_the_cosignatures_of_known_witnesses_are_taken() -> None:
    lines = [each.sign(checkpoint_text()) for each in (STRANGER, *WITNESSES)]
    accepted = accepted_cosignatures(checkpoint_note(), encode_cosignatures(lines), KEYS)
    times = (TIME, TIME + 1, TIME + 2)
    assert accepted == tuple(zip(lines[1:], KEYS, times, strict=True))


def test_answers_that_are_not_taken() -> None:
    text, good = checkpoint_text(), WITNESS.sign(checkpoint_text())
    other_tree = OTHER_WITNESS.sign(checkpoint_text(12))
    timeless = MlDsa44Cosigner("witness.example/pq", b"\x04" * 32, lambda: 0).sign(text)
    undated = Ed25519Cosigner("witness.example/w1", b"\x02" * 32, lambda: 0).sign(text)
    broken = NoteSignature(good.name, good.key_id, good.signature[:-1] + b"\0")
    for lines in ([STRANGER.sign(text)], [good, other_tree], [timeless], [undated], [good, broken]):
        with pytest.raises(Rejected):
            accepted_cosignatures(checkpoint_note(), encode_cosignatures(lines), KEYS)
    with pytest.raises(Rejected, match="no cosignature with a time"):  # the log's own signature sent back
        accepted_cosignatures(checkpoint_note(), LOG.sign(text).line().encode(), [*KEYS, LOG.verifier_key])


def test_sizes() -> None:
    sizes = [0, 7, 20852014, MAX_SIZE]
    bodies = [b"0\n", b"7\n", b"20852014\n", b"9223372036854775807\n"]
    assert ([encode_size(size) for size in sizes], [parse_size(body) for body in bodies]) == (bodies, sizes)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\n", b"7", b"7\n\n", b"07\n", b"+7\n", b"7 \n", b"7\r\n", b"-7\n", b"1_0\n", b"9223372036854775808\n"),
        *("٧\n".encode(), b"\xff\n", b"7\n" + b"x" * 100, b"\xef\xbb\xbf7\n"),
    ],
)
def test_what_is_no_size(data: bytes) -> None:
    with pytest.raises(Rejected):
        parse_size(data)


@pytest.mark.parametrize("size", [-1, MAX_SIZE + 1])
def test_sizes_out_of_range(size: int) -> None:
    with pytest.raises(Rejected):
        encode_size(size)
