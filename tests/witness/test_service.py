"""What the witness answers: tlog-witness, add-checkpoint, sentence by sentence."""

from pathlib import Path

import pytest

from expunct_server.errors import Unavailable
from expunct_server.tlog.note import Note, parse_note, parse_verifier_key
from expunct_server.tlog.signer import Ed25519Signer, add_signatures, sign_note
from expunct_server.tlog.strict import Rejected
from expunct_server.tlog.witness import SIZE_CONTENT_TYPE, AddCheckpoint, accepted_cosignatures
from expunct_server.witness.logs import Logs
from expunct_server.witness.service import Witness
from expunct_server.witness.state import State
from tests.witness.support import (
    CLASSIC,
    FORK,
    HOST,
    LOG,
    ORIGIN,
    QUANTUM,
    STRANGER,
    TIME,
    checkpoint,
    note,
    proof,
    request,
    witness,
)


@pytest.fixture
def asked(tmp_path: Path) -> Witness:
    return witness(tmp_path)


def test_the_first_checkpoint_is_cosigned_with_every_key(asked: Witness) -> None:
    answer = asked.add_checkpoint(request(0, 5))
    keys = [CLASSIC.verifier_key, QUANTUM.verifier_key]
    assert answer.status == 200
    accepted = accepted_cosignatures(note(5), answer.body, keys)
    assert [(key, at) for _, key, at in accepted] == [(key, TIME) for key in keys]


@pytest.mark.parametrize("steps", [(1, 2, 3), (5, 8, 64), (1, 64), (4, 4, 7, 7), (0, 0, 3)])
def test_a_log_that_grows_is_cosigned(asked: Witness, steps: tuple[int, ...]) -> None:
    old = 0
    for new in steps:
        assert asked.add_checkpoint(request(old, new)).status == 200
        old = new


@pytest.mark.parametrize("old", [0, 3, 6, 7])
def test_another_old_size_than_the_known_one_is_told_the_known_one(asked: Witness, old: int) -> None:
    asked.add_checkpoint(request(0, 5))
    answer = asked.add_checkpoint(request(old, 7))
    assert (answer.status, answer.body, answer.content_type) == (409, b"5\n", SIZE_CONTENT_TYPE)
    assert asked.add_checkpoint(request(5, 7)).status == 200


def test_an_old_size_where_nothing_is_known_is_told_zero(asked: Witness) -> None:
    answer = asked.add_checkpoint(request(3, 5))
    assert (answer.status, answer.body) == (409, b"0\n")


def test_an_old_size_above_the_checkpoint_is_bad(asked: Witness) -> None:
    asked.add_checkpoint(request(0, 5))
    body = request(4, 4).replace(b"old 4\n", b"old 5\n")
    assert asked.add_checkpoint(body).status == 400


def test_another_root_of_the_known_size_conflicts(asked: Witness) -> None:
    asked.add_checkpoint(request(0, 8))
    assert asked.add_checkpoint(request(8, 8, FORK)).status == 409
    assert asked.add_checkpoint(request(8, 8)).status == 200


def test_a_tree_that_does_not_continue_the_known_one_is_refused(asked: Witness) -> None:
    asked.add_checkpoint(request(0, 8))
    assert asked.add_checkpoint(request(8, 9, FORK)).status == 422
    assert asked.add_checkpoint(request(8, 9)).status == 200


def test_a_contradiction_is_logged_once_a_minute(
    asked: Witness, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anyone can send what a log once signed again and again, beside a proof that proves nothing."""
    asked.add_checkpoint(request(0, 8))

    def said() -> int:
        assert asked.add_checkpoint(request(8, 9, FORK)).status == 422
        return sum("was not shown to continue" in record.getMessage() for record in caplog.records)

    assert [said(), said(), said()] == [1, 1, 1]
    monkeypatch.setattr("expunct_server.witness.service._ACCUSE_AGAIN_SECONDS", 0.0)
    assert said() == 2


@pytest.mark.parametrize(
    ("old", "hashes"),
    [(0, proof(4, 7)), (5, ()), (5, proof(5, 7)[:-1]), (5, (*proof(5, 7), b"\0" * 32)), (5, proof(4, 7))],
)
def test_a_proof_that_does_not_fit_is_refused(asked: Witness, old: int, hashes: tuple[bytes, ...]) -> None:
    if old:
        asked.add_checkpoint(request(0, old))
    assert asked.add_checkpoint(AddCheckpoint(old, hashes, note(7)).encode()).status == 422
    assert asked.add_checkpoint(request(old, 7)).status == 200


def test_a_proof_between_equal_sizes_must_be_empty(asked: Witness) -> None:
    asked.add_checkpoint(request(0, 7))
    assert asked.add_checkpoint(AddCheckpoint(7, proof(5, 7), note(7)).encode()).status == 422


def test_an_unknown_log_is_not_found_whoever_signed(asked: Witness) -> None:
    other = Ed25519Signer("log.example/other", b"\x01" * 32)
    body = AddCheckpoint(0, (), note(5, signer=other, origin="log.example/other")).encode()
    assert asked.add_checkpoint(body).status == 404


def test_a_checkpoint_without_the_logs_signature_is_forbidden(asked: Witness) -> None:
    assert asked.add_checkpoint(request(0, 5, signer=STRANGER)).status == 403
    broken = bytearray(request(0, 5))
    broken[-5] ^= 1
    assert asked.add_checkpoint(bytes(broken)).status in (400, 403)
    assert asked.add_checkpoint(AddCheckpoint(0, (), _signed_falsely()).encode()).status == 403


def _signed_falsely() -> bytes:
    """The text of one checkpoint with the signature of another."""
    return Note(checkpoint(5).encode(), parse_note(note(6)).signatures).encode()


def test_signatures_of_unknown_keys_are_ignored(asked: Witness) -> None:
    both = add_signatures(note(5, signer=STRANGER), [LOG.sign(checkpoint(5).encode())])
    assert asked.add_checkpoint(AddCheckpoint(0, (), both).encode()).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 0\n\n",
        b"old +0\n\n" + note(5),
        b"old 00\n\n" + note(5),
        b"old 0\n\nnothing\n",
        b"\xff" * 9,
    ],
)
def test_what_is_no_request_is_bad(asked: Witness, body: bytes) -> None:
    assert asked.add_checkpoint(body).status == 400


def test_64_hashes_are_bad(asked: Witness) -> None:
    line = request(7, 8).split(b"\n")[1]
    assert asked.add_checkpoint(b"old 0\n" + b"".join([line + b"\n"] * 64) + b"\n" + note(5)).status == 400


def test_a_refused_request_changes_nothing(asked: Witness, tmp_path: Path) -> None:
    asked.add_checkpoint(request(0, 8))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for refused in (request(8, 9, FORK), request(7, 9), request(8, 9, signer=STRANGER), request(8, 8, FORK), b""):
        assert asked.add_checkpoint(refused).status != 200
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_logs_are_kept_apart(tmp_path: Path) -> None:
    other = Ed25519Signer(HOST, b"\x01" * 32)
    asked = Witness([CLASSIC], Logs([LOG.verifier_key, other.verifier_key]), State(tmp_path))
    assert asked.add_checkpoint(request(0, 8)).status == 200
    body = AddCheckpoint(0, (), note(3, FORK, other, HOST)).encode()
    assert asked.add_checkpoint(body).status == 200
    assert asked.add_checkpoint(request(8, 9)).status == 200


# --- which logs -------------------------------------------------------------------------------------------------------


def test_a_deployments_key_stands_for_its_tenants_logs() -> None:
    logs = Logs([], [parse_verifier_key(Ed25519Signer(HOST, b"\x01" * 32).verifier_key.encode())])
    assert logs.keys_of(ORIGIN) == (LOG.verifier_key,)
    assert [key.name for key in logs.keys_of(HOST)] == [HOST]
    for stranger in (f"{HOST}/", f"{HOST}/a/b", "log.example.evil/acme", "other", f"{HOST}/a b", f"{HOST}/{'x' * 250}"):
        assert logs.keys_of(stranger) == ()


def test_a_tenants_log_signed_by_another_key_is_forbidden(tmp_path: Path) -> None:
    asked = Witness([CLASSIC], Logs([], [Ed25519Signer(HOST, b"\x01" * 32).verifier_key]), State(tmp_path))
    assert asked.add_checkpoint(request(0, 5, signer=STRANGER)).status == 403
    assert asked.add_checkpoint(request(0, 5)).status == 200


def test_a_rotated_log_may_be_listed_under_both_keys(tmp_path: Path) -> None:
    asked = Witness([CLASSIC], Logs([LOG.verifier_key, STRANGER.verifier_key]), State(tmp_path))
    assert asked.add_checkpoint(request(0, 5)).status == 200
    assert asked.add_checkpoint(request(5, 6, signer=STRANGER)).status == 200


def test_a_witnesss_key_names_no_log() -> None:
    with pytest.raises(Rejected):
        Logs([CLASSIC.verifier_key])
    assert not Logs()


# --- memory -----------------------------------------------------------------------------------------------------------


def test_a_damaged_memory_is_no_empty_one(tmp_path: Path, asked: Witness) -> None:
    asked.add_checkpoint(request(0, 8))
    (file,) = (path for path in tmp_path.iterdir() if not path.suffix)
    for damaged in (b"", file.read_bytes()[:-1], checkpoint(8, origin="another").encode().encode()):
        file.write_bytes(damaged)
        with pytest.raises(Unavailable):
            asked.add_checkpoint(request(0, 5, FORK))


def test_a_new_process_knows_what_the_old_one_did(tmp_path: Path) -> None:
    witness(tmp_path).add_checkpoint(request(0, 8))
    assert witness(tmp_path).add_checkpoint(request(0, 8, FORK)).body == b"8\n"
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_extension_lines_are_cosigned(asked: Witness) -> None:
    text = checkpoint(5).encode() + "more\n"
    extended = sign_note(text, [LOG])
    answer = asked.add_checkpoint(AddCheckpoint(0, (), extended).encode())
    assert len(accepted_cosignatures(extended, answer.body, [CLASSIC.verifier_key, QUANTUM.verifier_key])) == 2
