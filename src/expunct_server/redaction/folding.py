"""Texts made comparable, with the way back to where each character was.

Two forms: `squeezed` makes every run of white space one space; `folded` also takes away case, accents and width, so
that `MÜLLER` becomes `muller`, be its Ü one character or two. It is Unicode's NFKD with full case folding, without
combining marks, without characters that nobody sees (soft hyphens, zero-width spaces), and with one kind of apostrophe
and hyphen. Marks that make another letter of one (in kana and Indic scripts) stay.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import regex

UNSPACED: Final = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
"""A character of a script without spaces between words, for expressions of `regex`."""

UNSEEN: Final = r"\p{Default_Ignorable_Code_Point}"
"""A character that nobody sees (UAX 44), likewise."""

_SPACES = re.compile(r"\s{2,}")
_SPACE = re.compile(r"[^\S ]")
_RUNS = re.compile(r"[\x00-\x7f]+|[^\x00-\x7f]")
_UNSEEN: Final = regex.compile(UNSEEN)
_OF_A_LETTER: Final = (7, 8, 9)  # canonical combining classes: nukta, kana voicing, virama
_PLAIN: Final = str.maketrans(dict.fromkeys("‘’ʼ′", "'") | dict.fromkeys("‐‑‒–−", "-"))


@dataclass(frozen=True, slots=True)
class Mapped:
    """A text made from another; `places[i]` is where in the source its character i comes from, and the last its end."""

    text: str = field(repr=False)
    places: Sequence[int] = field(repr=False)

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Where in the source a stretch that is not empty comes from: whole characters, with the marks on them."""
        first, last = self.places[start], self.places[end - 1]
        following = end if self.places[end] > last else bisect_right(self.places, last)
        return first, self.places[following]


def squeezed(text: str) -> Mapped:
    """`text` with every run of white space as one space."""
    return _squeezed(text, range(len(text) + 1))


def folded(text: str) -> Mapped:
    """`text` without case, accents, width and runs of white space."""
    if text.isascii():
        return squeezed(text.lower())
    parts: list[str] = []
    places: list[int] = []
    for run in _RUNS.finditer(text):
        if run[0] < "\x80":
            parts.append(run[0].lower())
            places += range(run.start(), run.end())
        else:
            plain = _plain(run[0])
            parts.append(plain)
            places += [run.start()] * len(plain)
    return _squeezed("".join(parts), [*places, len(text)])


def _squeezed(text: str, places: Sequence[int]) -> Mapped:
    parts: list[str] = []
    kept: list[int] = []
    position = 0
    for run in _SPACES.finditer(text):
        parts.append(text[position : run.start() + 1])
        kept += places[position : run.start() + 1]
        position = run.end()
    if not parts:
        return Mapped(_SPACE.sub(" ", text), places)
    parts.append(text[position:])
    return Mapped(_SPACE.sub(" ", "".join(parts)), [*kept, *places[position:]])


@lru_cache(maxsize=16_384)
def _plain(character: str) -> str:
    """One character without case, accents and width: none, one or several."""
    whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    seen = _UNSEEN.sub("", whole).translate(_PLAIN)
    return "".join(c for c in seen if unicodedata.combining(c) in (0, *_OF_A_LETTER))
