"""Answers that were just given, kept for as long as the database does not change.

Pollers and consoles ask for the newest page again and again, most often when nothing has happened. SQLite tells for two
microseconds whether anything at all was committed since (`PRAGMA data_version`), by whichever connection or process; as
long as nothing was, the same key and question get the same bytes. A revoked key, a new event: any commit empties this.

Only answers to keys without expiry, network list or rate limit are kept (`auth.admitted_at_once`). One event loop's
thread uses it; there is no lock.
"""

from typing import NamedTuple

_MOST = 256  # answers kept; a page of 100 events is about 32 kB


class Kept(NamedTuple):
    """An answer's bytes and headers, and whose call it was."""

    key_id: str
    body: bytes
    headers: dict[str, str]


class Pages:
    """Answers given since the database last changed."""

    def __init__(self) -> None:
        self._version = -1
        self._kept: dict[tuple[bytes, bytes], Kept] = {}

    def find(self, version: int, question: tuple[bytes, bytes]) -> Kept | None:
        """The answer to the question, if it was given at this very version."""
        if version != self._version:
            self._kept.clear()
            self._version = version
        return self._kept.get(question)

    def keep(self, question: tuple[bytes, bytes], answer: Kept) -> None:
        """Keep an answer that was made after `find` was asked with the current version."""
        if len(self._kept) < _MOST:
            self._kept[question] = answer
