"""Proofs that an entry stands in a log, as files (C2SP tlog-proof). `verifying.verify.verify_receipt` verifies them."""

from dataclasses import dataclass

from expunct_server.tlog.checkpoint import parse_checkpoint
from expunct_server.tlog.note import parse_note
from expunct_server.tlog.strict import (
    Rejected,
    base64_bytes,
    base64_text,
    check_hashes,
    decimal,
    hash_lines,
    split_lines,
    utf8_text,
)

MAX_PROOF = 4 * 1024 * 1024
"""Bytes in the largest proof that is read."""

MAX_PATH_HASHES = 63
"""Hashes in the longest inclusion proof: one a level below the root."""

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
"""The first line of a proof."""


@dataclass(frozen=True)
class Proof:
    """An entry's index, its inclusion proof (the leaf's sibling first), the signed checkpoint, and extra bytes.

    `checkpoint`: the whole note, verbatim. `extra`: 1 byte or more, None where there is none; nothing vouches for it.
    Raises Rejected for what cannot be a proof; nothing here says that it verifies.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __post_init__(self) -> None:
        check_hashes(self.hashes)
        if len(self.hashes) > MAX_PATH_HASHES:
            raise Rejected("there are too many hashes")
        if self.extra is not None and not self.extra:
            raise Rejected("the extra data is empty")
        if not 0 <= self.index < parse_checkpoint(parse_note(self.checkpoint).text).size:
            raise Rejected("the leaf index lies outside the tree")

    def encode(self) -> bytes:
        """The file: header, extra data if there is any, index, hashes, empty line, checkpoint; raises Rejected."""
        extra = [] if self.extra is None else [f"extra {base64_text(self.extra)}"]
        lines = [PROOF_HEADER, *extra, f"index {self.index}", *map(base64_text, self.hashes), "", ""]
        data = "\n".join(lines).encode("ascii") + self.checkpoint
        if len(data) > MAX_PROOF:
            raise Rejected("the proof is too large")
        return data


def parse_proof(data: bytes) -> Proof:
    """The proof in `data`, well-formed to the last line; raises Rejected. Nothing is verified."""
    if len(data) > MAX_PROOF:
        raise Rejected("the proof is too large")
    head, gap, checkpoint = data.partition(b"\n\n")  # the first empty line: the checkpoint has one of its own
    if not gap:
        raise Rejected("the proof has no empty line before its checkpoint")
    lines = split_lines(utf8_text(head) + "\n")
    if lines.pop(0) != PROOF_HEADER:
        raise Rejected("the proof does not start with its header")
    extra = base64_bytes(lines.pop(0).removeprefix("extra ")) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise Rejected("the proof has no index")
    index = decimal(lines.pop(0).removeprefix("index "))
    return Proof(index, hash_lines(lines, MAX_PATH_HASHES), checkpoint, extra)
