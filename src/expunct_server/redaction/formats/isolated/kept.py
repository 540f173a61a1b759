"""What became of the documents inside one document, and what was seen on pictures, so that the same bytes are not read
twice: a logo on each page, a page as it is painted and once more as it was written.

All is known by a digest that this side makes of the bytes which it hands out: a reader that a stranger's document has
taken over can say something of those bytes, and of no others. It is forgotten with the document.
"""

import hashlib
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from expunct_server.redaction.findings import Finding

ROOM: Final = 64 << 20
"""Bytes that are kept of one document, in all; what does not fit is read anew."""
MOST_READING: Final = 4 << 20
"""Bytes of what was seen on one picture."""
_FINDING: Final = 1_000  # bytes, about
_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was written for a document, what was found in it, and what is noted (sentence and place below it); or
    the code and sentence of why it was refused."""

    output: bytes = field(default=b"", repr=False)
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    notes: tuple[tuple[str, str], ...] = ()
    error: tuple[str, str] | None = None


@dataclass(slots=True)
class Kept:
    """For the time of one document. Not thread-safe: a document is read by one thread."""

    room: int = ROOM
    _outcomes: dict[tuple[bytes, int, bool], Outcome] = field(default_factory=dict, repr=False)
    _readings: dict[bytes, bytes] = field(default_factory=dict, repr=False)

    def outcome(self, digest: bytes, depth: int, *, is_survey: bool) -> Outcome | None:
        """What became of the same bytes, so deep inside, in the same one of the two readings."""
        return self._outcomes.get((digest, depth, is_survey))

    def keep_outcome(self, digest: bytes, depth: int, outcome: Outcome, *, is_survey: bool) -> None:
        if self._takes(len(outcome.output) + _FINDING * (len(outcome.findings) + 1)):
            self._outcomes[digest, depth, is_survey] = outcome

    def reading(self, digest: bytes) -> bytes:
        """What was seen on the same pixels when somebody looked at them in the same way; nothing for others."""
        return self._readings.get(digest, b"")

    def keep_reading(self, digest: bytes, said: bytes) -> None:
        if len(said) <= MOST_READING and digest not in self._readings and self._takes(len(said)):
            self._readings[digest] = said

    def _takes(self, size: int) -> bool:
        if size > self.room:
            return False
        self.room -= size
        return True


def digest_of(kind: str, file: BinaryIO) -> bytes:
    """Of a file that is read as this kind, from its beginning to its end; it is at its beginning again."""
    said = hashlib.blake2b(kind.encode() + b"\0")
    file.seek(0)
    while block := file.read(_BLOCK):
        said.update(block)
    file.seek(0)
    return said.digest()
