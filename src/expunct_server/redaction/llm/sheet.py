"""The text as a model reads it."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.findings import Span
from expunct_server.redaction.names.windows import windows
from expunct_server.redaction.patterns.row import STOP
from expunct_server.redaction.scan import without_surrogates

WINDOW: Final = 4_000
"""Code points that one question is about, without what it overlaps with the one before."""
OVERLAP: Final = 200
"""Whatever is no longer than this stands whole in some window."""

_SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Values, each below the other with its name before it, and equal ones once.

    `areas` are where they stand in `text`, in order; `places` hold for each where it begins in the source.
    """

    text: str = field(repr=False)
    areas: list[Span]
    places: list[list[int]]

    def area_of(self, start: int, end: int) -> int | None:
        """The number of the area that holds all of this stretch."""
        number = bisect_right(self.areas, start, key=lambda area: area[0]) - 1
        return number if number >= 0 and end <= self.areas[number][1] else None

    def says_something(self, span: Span) -> bool:
        """Whether a letter or digit of a value stands in the stretch."""
        first = bisect_right(self.areas, span[0], key=lambda area: area[1])
        for start, end in self.areas[first:]:
            if start >= span[1]:
                return False
            if any(c.isalnum() for c in self.text[max(start, span[0]) : min(end, span[1])]):
                return True
        return False


def laid_out(text: str, areas: Sequence[Span]) -> Sheet:
    """The areas of `text`; what stands before each, to the last STOP or the area before it, is its name."""
    visible = without_surrogates(text).replace(STOP, " ")
    lines: list[str] = []
    found: dict[tuple[str, str], tuple[Span, list[int]]] = {}
    length = position = 0
    for start, end in areas:
        name, value = " ".join(text[position:start].rpartition(STOP)[2].split()), visible[start:end]
        position = end
        if (name, value) not in found:
            begin = length + len(name) + bool(name)
            found[name, value] = ((begin, begin + len(value)), [])
            lines += [name, " " * bool(name), value, "\n"]
            length = begin + len(value) + 1
        found[name, value][1].append(start)
    return Sheet("".join(lines), [area for area, _ in found.values()], [places for _, places in found.values()])


def overlapping(text: str, span: Span, size: int = WINDOW) -> Iterator[Span]:
    """Stretches that make up `span` of the text, each begun a little before the end of the last, at white space."""
    low, high = span
    overlap = min(OVERLAP, size // 4)
    for start, end in windows(text[low:high], size):
        yield low + _earlier(text[low : low + start], overlap), low + end


def _earlier(before: str, by: int) -> int:
    """At least `by` characters before the end of what comes before, and if possible at the beginning of a word."""
    latest = len(before) - by
    if latest <= 0:
        return 0
    earliest = max(0, latest - by)
    spaces = [m.end() for m in _SPACE.finditer(before, earliest, latest)]
    return spaces[-1] if spaces else latest
