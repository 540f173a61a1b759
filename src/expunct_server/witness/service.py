"""The one thing a witness does (C2SP tlog-witness, add-checkpoint)."""

import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from expunct_server.tlog.merkle import verify_consistency
from expunct_server.tlog.note import NoteSignature, parse_note
from expunct_server.tlog.signer import Signer
from expunct_server.tlog.strict import Rejected
from expunct_server.tlog.witness import (
    SIZE_CONTENT_TYPE,
    AddCheckpoint,
    encode_cosignatures,
    encode_size,
    parse_add_checkpoint,
)
from expunct_server.witness.logs import Logs
from expunct_server.witness.state import Memory, State

_log = logging.getLogger(__name__)
_ACCUSE_AGAIN_SECONDS = 60.0  # of one log: anyone can send what it once signed, with a proof that proves nothing
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What to answer: HTTP status, body, content type."""

    status: int
    body: bytes
    content_type: str = TEXT


class Witness:
    """Cosigns, with each of its keys, the checkpoints of `logs` that continue what it cosigned before."""

    def __init__(self, signers: Sequence[Signer], logs: Logs, state: State) -> None:
        self._signers = tuple(signers)
        self._logs = logs
        self._state = state
        self._accused: dict[str, float] = {}  # by origin: of logs that a known key has signed

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to one request. Raises `Unavailable` when nothing can be remembered just now."""
        try:
            request = parse_add_checkpoint(body)  # an old size above the checkpoint's is refused here, too
            claimed = parse_checkpoint(parse_note(request.checkpoint).text)
        except Rejected as error:
            return _says(400, str(error))
        keys = self._logs.keys_of(claimed.origin)
        if not keys:
            return _says(404, "this witness does not know the log")
        try:
            checkpoint, _ = open_checkpoint(request.checkpoint, keys, claimed.origin)
        except Rejected as error:
            return _says(403, str(error))
        # Comparing and remembering must be one step, or an older request could overwrite a newer one. Signing is part
        # of it: a cosignature says that at its time no larger tree was known.
        with self._state.locked(checkpoint.origin) as memory:
            return self._refusal(request, checkpoint, memory.last()) or self._cosigned(checkpoint, memory)

    def _cosigned(self, checkpoint: Checkpoint, memory: Memory) -> Answer:
        last = memory.last()
        if last is not None and (last.size, last.root) == (checkpoint.size, checkpoint.root):
            memory.settle()
        else:
            memory.keep(checkpoint)
        lines: list[NoteSignature] = [each.sign(checkpoint.encode()) for each in self._signers]
        return Answer(200, encode_cosignatures(lines))

    def _refusal(self, request: AddCheckpoint, checkpoint: Checkpoint, last: Checkpoint | None) -> Answer | None:
        """Why this checkpoint is not cosigned; None when it continues the last one."""
        known = last.size if last is not None else 0
        if request.old_size != known:
            return Answer(409, encode_size(known), SIZE_CONTENT_TYPE)
        if last is not None and checkpoint.size == known and checkpoint.root != last.root:
            self._accuse(checkpoint, last)
            return Answer(409, encode_size(known), SIZE_CONTENT_TYPE)
        try:
            if last is not None and known:
                verify_consistency(known, checkpoint.size, request.hashes, last.root, checkpoint.root)
            elif request.hashes:  # the specification has none from the empty tree, which begins every other
                raise Rejected("from the empty tree there is no consistency proof")
        except Rejected as error:
            if last is not None:
                self._accuse(checkpoint, last)
            return _says(422, str(error))
        return None

    def _accuse(self, checkpoint: Checkpoint, last: Checkpoint) -> None:
        """Both were signed by the log: a fork, or a wrong proof only. Whoever reads this can find out."""
        now = time.monotonic()
        if now - self._accused.get(checkpoint.origin, -math.inf) < _ACCUSE_AGAIN_SECONDS:
            return
        self._accused[checkpoint.origin] = now
        _log.error(
            "the log %s signed size %d root %s, which was not shown to continue size %d root %s",
            checkpoint.origin,
            checkpoint.size,
            checkpoint.root.hex(),
            last.size,
            last.root.hex(),
        )


def _says(status: int, why: str) -> Answer:
    return Answer(status, f"{why}\n".encode())
