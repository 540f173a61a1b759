"""Characters that readers take for ASCII ones, or do not see at all, as patterns have to take them.

A card number whose groups are joined by U+2011 instead of a hyphen, or that holds a zero-width space, is the same
number to whoever reads or copies it. Spaces, hyphens and full-width forms (Unicode's compatibility decompositions to
one ASCII character) become theirs; default-ignorable ones (UAX 44) are left out. En and em dashes stay: they part.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import regex

from expunct_server.redaction.folding import UNSEEN

_SPACES: Final = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_HYPHENS: Final = "\u2010\u2011\u2012\u2212\ufe63\uff0d"
_FULL_WIDTH: Final = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
_ALIKE: Final = _FULL_WIDTH | dict.fromkeys(_SPACES, " ") | dict.fromkeys(_HYPHENS, "-")
_ALIKE_RUN: Final = re.compile(f"[{re.escape(''.join(_ALIKE))}]")
_UNSEEN: Final = regex.compile(f"{UNSEEN}+")


@dataclass(frozen=True, slots=True)
class Plain:
    """A text as patterns read it. `cuts` are where something unseen was left out: place in it, length so far."""

    text: str = field(repr=False)
    cuts: Sequence[tuple[int, int]] = ()

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch that is not empty comes from; what was left out inside it belongs to it."""
        return start + self._before(start), end + self._before(end - 1)

    def _before(self, position: int) -> int:
        """How many characters were left out before the one at `position`."""
        i = bisect_left(self.cuts, (position + 1, 0))
        return self.cuts[i - 1][1] if i else 0


def plain(text: str) -> Plain:
    """`text` with look-alikes as the ASCII characters they look like, and without what is not seen."""
    if text.isascii():
        return Plain(text)
    text = _ALIKE_RUN.sub(lambda match: _ALIKE[match[0]], text)
    parts: list[str] = []
    cuts: list[tuple[int, int]] = []
    position = gone = 0
    for match in _UNSEEN.finditer(text):
        parts.append(text[position : match.start()])
        gone += match.end() - match.start()
        cuts.append((match.end() - gone, gone))
        position = match.end()
    return Plain("".join([*parts, text[position:]]), cuts) if cuts else Plain(text)
