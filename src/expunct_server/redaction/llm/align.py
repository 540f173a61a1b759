"""Where that stands in a text which a model named. What does not stand there is nothing."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from expunct_server.redaction.findings import Span
from expunct_server.redaction.folding import Mapped, folded

LONGEST: Final = 500
"""Code points that a named text may have."""
_LEAST_OF_A_WORD: Final = 4  # letters by which a word may be named of which they are only the beginning

# Words that stand for people and fields of forms, and say nothing of anybody; also what models write for nothing.
_NOT_DATA: Final = frozenset({
    "he", "him", "his", "she", "her", "hers", "it", "its", "they", "them", "their", "we", "us", "our", "you", "your",
    "me", "my", "mine", "who", "the", "an", "and", "or", "of", "mr", "mrs", "ms", "dr", "sir", "madam",
    "name", "first name", "last name", "email", "e-mail", "phone", "address", "date", "date of birth", "dob", "age",
    "patient", "customer", "client", "user", "employee", "person", "company", "password", "id",
    "none", "null", "n/a", "na", "unknown", "redacted", "true", "false", "yes", "no", "today", "tomorrow", "yesterday",
})  # fmt: skip
# First and last code points of scripts that write words without spaces, or particles at their ends.
_UNSPACED: Final = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0xA4CF), (0xAC00, 0xD7FF), (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)  # fmt: skip


@dataclass(frozen=True)
class Window:
    """A stretch of a text in which a model named something."""

    text: str = field(repr=False)
    low: int
    high: int

    @cached_property
    def _folded(self) -> Mapped:
        return folded(self.text[self.low : self.high])

    def places(self, named: str) -> list[Span]:
        """Each place where `named` stands as whole words; offsets are in the text.

        Exactly so; if nowhere, apart from white space, case, accents and width; if nowhere, as the beginning of a word,
        which then counts whole (`Kovács` in `Kovácsnak`).
        """
        named = named.strip()
        if not is_datum(named):
            return []
        exact = list(self._exact(named))
        whole = [place for place in exact if self._is_whole(*place)]
        return whole or [p for p in self._tolerant(named) if self._is_whole(*p)] or self._grown(exact)

    def _exact(self, named: str) -> Iterator[Span]:
        start = self.text.find(named, self.low, self.high)
        while start >= 0:
            yield start, start + len(named)
            start = self.text.find(named, start + 1, self.high)

    def _tolerant(self, named: str) -> Iterator[Span]:
        sought = folded(named).text.strip()
        start = self._folded.text.find(sought) if sought else -1
        while start >= 0:
            low, high = self._folded.source(start, start + len(sought))
            yield self.low + low, self.low + high
            start = self._folded.text.find(sought, start + 1)

    def _grown(self, exact: list[Span]) -> list[Span]:
        return [
            (start, self._end_of_word(end))
            for start, end in exact
            if end - start >= _LEAST_OF_A_WORD and not self._is_inside_word(start)
        ]

    def _end_of_word(self, end: int) -> int:
        while self._is_inside_word(end):
            end += 1
        return end

    def _is_whole(self, start: int, end: int) -> bool:
        return not self._is_inside_word(start) and not self._is_inside_word(end)

    def _is_inside_word(self, position: int) -> bool:
        """Whether a cut there would split a word."""
        if not 0 < position < len(self.text):
            return False
        before, after = self.text[position - 1], self.text[position]
        if unicodedata.category(after).startswith("M"):
            return True
        return _is_of_word(before) and after.isalnum() and not (_is_unspaced(before) or _is_unspaced(after))


def is_datum(named: str) -> bool:
    """Whether a named text can be somebody's: not too long, two letters or digits at least, no pronoun or label."""
    if len(named) > LONGEST or sum(c.isalnum() for c in named) < 2:
        return False
    return " ".join(named.casefold().split()).strip(".:") not in _NOT_DATA


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _is_unspaced(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _UNSPACED)
