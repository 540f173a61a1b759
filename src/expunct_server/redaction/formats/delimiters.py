"""Which character separates the cells of a table."""

from collections.abc import Sequence
from typing import Final

DELIMITERS: Final = (",", ";", "\t", "|")
"""The likeliest first."""
_LINES: Final = 25


def delimiter_of(text: str, default: str = ",") -> str:
    """The separator that the first lines of `text` agree on most; `default` when none of them does."""
    counts = {d: counted for d in DELIMITERS if min(counted := _counts(text, d), default=0)}
    if not counts:
        found = [d for d in DELIMITERS if sum(_counts(text, d))]
        return default if default in found or not found else max(found, key=lambda d: sum(_counts(text, d)))
    return max(counts, key=lambda d: (len(set(counts[d])) == 1, d == default, min(counts[d])))


def looks_like_table(text: str) -> bool:
    """Whether a text without a name is a table beyond doubt: two rows or more with as many separators each, at least
    two of them, and commas that are not followed by a space as they are in prose."""
    return any(_is_regular(_counts(text, d)) and 2 * text.count(d + " ") < text.count(d) for d in DELIMITERS)


def _is_regular(counts: Sequence[int]) -> bool:
    return len(counts) > 1 and counts[0] > 1 and len(set(counts)) == 1


def _counts(text: str, delimiter: str) -> list[int]:
    """How often the separator stands outside quotes in each of the first rows that are not blank; a last line without
    an end may have been cut and is left out when there are others."""
    counts: list[int] = []
    row: list[str] = []
    quoted = False
    for line in text.splitlines(keepends=True):
        row.append(line)
        quoted ^= line.count('"') % 2 == 1
        if quoted or len(counts) == _LINES:
            continue
        if line.strip():
            counts.append(_outside_quotes("".join(row)).count(delimiter))
        row = []
    return counts[:-1] if len(counts) > 2 and not text.endswith(("\n", "\r")) else counts


def _outside_quotes(row: str) -> str:
    return "".join(row.split('"')[::2])
