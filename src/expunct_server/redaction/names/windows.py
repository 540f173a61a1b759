"""Cuts text into the windows that a model reads, where names do not go on if it can be; joined they are the text."""

import re
from collections.abc import Iterator
from typing import Final

# Where a window may end, the best first: blank line, end of sentence, line, white space, no letter or digit.
_BREAKS: Final = tuple(re.compile(p) for p in (r"\n[ \t\r]*\n\s*", r"[.!?][\"'”’)]*\s+", r"[\r\n]+", r"\s+", r"[^\w]+"))


def windows(text: str, size: int) -> Iterator[tuple[int, int]]:
    """Consecutive spans that make up the whole text, none longer than `size` code points.

    A window ends after the last blank line in its second half, else after a sentence, a line, white space, or anything
    that is no letter or digit; a run of letters without any of them is cut at `size`.
    """
    start = 0
    while len(text) - start > size:
        end = _break(text, start + size // 2, start + size)
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def _break(text: str, low: int, high: int) -> int:
    for expression in _BREAKS:
        ends = [m.end() for m in expression.finditer(text, low, high)]
        if ends:
            return ends[-1]
    return high
