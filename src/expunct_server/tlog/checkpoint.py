"""Checkpoints: the signed head of a log's tree (C2SP tlog-checkpoint)."""

from collections.abc import Iterable
from dataclasses import dataclass

from expunct_server.tlog.cosignature import ED25519, split_checkpoint
from expunct_server.tlog.note import Opened, VerifierKey, open_note
from expunct_server.tlog.strict import Rejected, base64_text


@dataclass(frozen=True)
class Checkpoint:
    """The head of a tree: `size` leaves under `root` (32 bytes), in the log that `origin` names.

    `extensions`: further lines, not empty. Raises Rejected for what cannot be written as a checkpoint.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if split_checkpoint(self.encode()) != (self.origin, self.size, self.root, self.extensions):
            raise Rejected("the checkpoint would not read as it was written")

    def encode(self) -> str:
        """The text to sign: origin, size, root and extensions, each on its line."""
        lines = (self.origin, str(self.size), base64_text(self.root), *self.extensions)
        return "".join(line + "\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's `text` spells; raises Rejected. Trust it only where the note has been opened."""
    return Checkpoint(*split_checkpoint(text))


def open_checkpoint(data: bytes, keys: Iterable[VerifierKey], origin: str) -> tuple[Checkpoint, Opened]:
    """The checkpoint in a signed note, and who has signed it; raises Rejected.

    It is that of the log `origin`, and one of `keys` that is Ed25519 and bears this name has signed it: cosignatures
    alone do not make a checkpoint.
    """
    opened = open_note(data, keys)
    checkpoint = parse_checkpoint(opened.text)
    if checkpoint.origin != origin:
        raise Rejected("the checkpoint is that of another log")
    if not any(key.kind == ED25519 and key.name == origin for key, _ in opened.by):
        raise Rejected("the checkpoint is not signed by its log")
    return checkpoint, opened
