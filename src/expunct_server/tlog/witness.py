"""What a log and a witness send to each other (C2SP tlog-witness, add-checkpoint). The carrying is done elsewhere."""

from collections.abc import Iterable
from dataclasses import dataclass

from expunct_server.tlog.checkpoint import parse_checkpoint
from expunct_server.tlog.cosignature import ED25519
from expunct_server.tlog.note import (
    MAX_NOTE,
    Note,
    NoteSignature,
    VerifierKey,
    open_note,
    parse_note,
    parse_signature_lines,
)
from expunct_server.tlog.strict import (
    Rejected,
    base64_text,
    check_hashes,
    check_size,
    check_text,
    decimal,
    hash_lines,
    split_lines,
    utf8_bytes,
    utf8_text,
)

SIZE_CONTENT_TYPE = "text/x.tlog.size"
"""The content type of the answer 409 that tells the size of the tree that the witness knows."""

MAX_CONSISTENCY_HASHES = 63
"""Hashes in the longest consistency proof that a log may send."""

MAX_REQUEST = MAX_NOTE + 4096
"""Bytes in the largest request: a note, and the lines before it."""


@dataclass(frozen=True)
class AddCheckpoint:
    """A request to cosign: the size that the witness knows, the consistency proof from there, the signed checkpoint.

    `checkpoint`: the whole note, verbatim. Raises Rejected for what cannot be written as a request, and for an old
    size above the checkpoint's (answer 400 to both); nothing here says that anything verifies.
    """

    old_size: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes

    def __post_init__(self) -> None:
        check_size(self.old_size, "the old size")
        check_hashes(self.hashes)
        if len(self.hashes) > MAX_CONSISTENCY_HASHES:
            raise Rejected("there are too many hashes")
        if self.old_size > parse_checkpoint(parse_note(self.checkpoint).text).size:
            raise Rejected("the old size is above that of the checkpoint")

    def encode(self) -> bytes:
        """The body of the request: old size, hashes, empty line, checkpoint."""
        lines = [f"old {self.old_size}", *map(base64_text, self.hashes), "", ""]
        return "\n".join(lines).encode("ascii") + self.checkpoint


def parse_add_checkpoint(data: bytes) -> AddCheckpoint:
    """The request in `data`, well-formed to the last line; raises Rejected. Nothing is verified."""
    if len(data) > MAX_REQUEST:
        raise Rejected("the request is too large")
    head, gap, checkpoint = data.partition(b"\n\n")
    if not gap:
        raise Rejected("the request has no empty line before its checkpoint")
    lines = split_lines(utf8_text(head) + "\n")
    if not lines[0].startswith("old "):
        raise Rejected("the request does not start with the old size")
    old_size = decimal(lines[0].removeprefix("old "))
    return AddCheckpoint(old_size, hash_lines(lines[1:], MAX_CONSISTENCY_HASHES), checkpoint)


def encode_cosignatures(signatures: Iterable[NoteSignature]) -> bytes:
    """The body of the answer 200: signature lines, one at least; raises Rejected."""
    data = utf8_bytes("".join(each.line() for each in signatures))
    parse_cosignatures(data)
    return data


def parse_cosignatures(data: bytes) -> tuple[NoteSignature, ...]:
    """The signature lines in the body of the answer 200; raises Rejected. Nothing is verified."""
    if len(data) > MAX_NOTE:
        raise Rejected("the answer is too large")
    text = utf8_text(data)
    check_text(text)
    return parse_signature_lines(text)


def accepted_cosignatures(
    checkpoint: bytes, answer: bytes, keys: Iterable[VerifierKey]
) -> tuple[tuple[NoteSignature, VerifierKey, int], ...]:
    """The lines of an answer that verify for the checkpoint's note, each with its key and its time in POSIX seconds.

    `keys`: of the witnesses that are trusted; lines of others are ignored. Raises Rejected where no line is of these,
    where one fails to verify, and where one is no cosignature or claims no time.
    """
    text, known, accepted = parse_note(checkpoint).text, tuple(keys), []
    for line in parse_cosignatures(answer):
        if not any((key.name, key.key_id) == (line.name, line.key_id) for key in known):
            continue
        ((key, time),) = open_note(Note(text, (line,)).encode(), known).by
        if key.kind == ED25519 or not time:  # a witness's answer must not omit the time
            raise Rejected("an answer holds a signature that is no cosignature with a time")
        accepted.append((line, key, time))
    if not accepted:
        raise Rejected("the answer bears no cosignature of a known witness")
    return tuple(accepted)


def encode_size(size: int) -> bytes:
    """The body of the answer 409: the size of the tree that the witness knows."""
    check_size(size, "the tree size")
    return b"%d\n" % size


def parse_size(data: bytes) -> int:
    """The size in the body of an answer 409 whose content type is SIZE_CONTENT_TYPE; raises Rejected."""
    lines = split_lines(utf8_text(data[:64]))
    if len(lines) != 1 or len(data) > 64:
        raise Rejected("the answer is not one line")
    return decimal(lines[0])
