"""From the hits of anchors in one text to the places at which a row has to be tried."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Any, Final

from expunct_server.redaction.matching.anchors import Anchor
from expunct_server.redaction.matching.pieces import FOREIGN, has_digit
from expunct_server.redaction.matching.program import Program, simple_form
from expunct_server.redaction.patterns.row import REACH_AFTER, REACH_BEFORE

Places = list[tuple[int, int]]
"""Code points at which a match may begin, as sorted, disjoint ranges that include both ends."""

_DIGIT: Final = re.compile("[0-9\x80-\U0010ffff]")
"""A digit, or what may be one in another script."""
_BLOCK: Final = 256
_CONTINUED: Final = bytes(range(0x80, 0xC0))
"""Bytes of UTF-8 that begin no code point."""


class Hits:
    """What one pass over `text`, which has no lone surrogates, has found."""

    def __init__(self, text: str, program: Program) -> None:
        self._program = program
        self._text = text
        self._data = f"\n{text}\n".encode()
        self._plain = len(self._data) == len(text) + 2
        self._hits = program.hits(self._data)
        self._hit = set(self._hits)
        self._foreign = [] if self._plain else [match.start() for match in FOREIGN.finditer(text)]

    def places(self, expression: Any) -> Places:
        """Where the expression may match: behind hits of its anchors, and about characters that anchors do not know."""
        if self._untouched(expression):
            return []
        found: list[tuple[int, int]] = []
        for number, anchor in self._program.anchors[expression]:
            if number in self._hit:
                found += self._behind(self._points_of(number), anchor)
        if self._foreign:
            width = simple_form(expression).high
            found += [(point - width, point) for point in self._foreign]
        return merged(found)

    def _behind(self, points: Iterable[int], anchor: Anchor) -> Places:
        """Where matches may begin that hits of an anchor belong to, which end at `points`."""
        low, high = anchor.low + 1, anchor.high + 1
        if low == high:
            return [(point - low, point - low) for point in points]
        text, within, others = self._text, anchor.within.string, anchor.within.others
        found = []
        for point in points:
            first = max(0, point - high)
            before = text[first : point - 1]
            if not others or before.isascii():
                first += len(before.rstrip(within))
            if first <= point - low:
                found.append((first, point - low))
        return found

    def knows(self, expression: Any) -> bool:
        """Whether it has anchors here."""
        return expression in self._program.anchors

    def places_near(self, expression: Any, context: Any) -> Places:
        """Those places from which a match of the expression could have one of the `context` words in its reach."""
        if self._untouched(expression) or self._untouched(context):
            return []
        words, places = self._points(context), self.places(expression)
        beyond = simple_form(expression).high + REACH_AFTER + 2
        return [(low, high) for low, high in places if _any_between(words, low - REACH_BEFORE, high + beyond)]

    def places_about(self, expression: Any, context: Any) -> Places:
        """All places from which a match of the expression could have one of the `context` words in its reach."""
        if self._untouched(context):
            return []
        simple = simple_form(expression)
        before, behind = simple.high + REACH_AFTER + 2, REACH_BEFORE
        found = merged((point - before, point + behind) for point in self._points(context))
        if not has_digit(simple.pieces):
            return found
        return [(low, high) for low, high in found if _DIGIT.search(self._text, low, high + simple.high)]

    def _points(self, expression: Any) -> list[int]:
        """The end of each hit, sorted, and where characters are that anchors do not know."""
        numbers = self._program.numbers[expression] & self._hit
        return sorted([point for number in numbers for point in self._points_of(number)] + self._foreign)

    def _points_of(self, number: int) -> list[int]:
        """The end of each hit of one anchor, in code points."""
        ends = self._hits.get(number, [])
        return ends if self._plain else [self._point(end) for end in ends]

    def _untouched(self, expression: Any) -> bool:
        """Whether no anchor of an expression was hit and there is no character that anchors do not know."""
        return not self._foreign and self._program.numbers[expression].isdisjoint(self._hit)

    def _point(self, end: int) -> int:
        """How many code points begin before a byte."""
        block = end // _BLOCK
        return self._counts[block] + len(self._data[block * _BLOCK : end].translate(None, _CONTINUED))

    @cached_property
    def _counts(self) -> Sequence[int]:
        data = self._data
        sizes = (len(data[i : i + _BLOCK].translate(None, _CONTINUED)) for i in range(0, len(data), _BLOCK))
        return list(accumulate(sizes, initial=0))


def _any_between(points: Sequence[int], low: int, high: int) -> bool:
    i = bisect_left(points, low)
    return i < len(points) and points[i] <= high


def merged(ranges: Iterable[tuple[int, int]]) -> Places:
    """Sorted, disjoint, and without what lies before the text."""
    places: Places = []
    for low, high in sorted(ranges):
        if high < 0:
            continue
        if places and low <= places[-1][1] + 1:
            places[-1] = (places[-1][0], max(high, places[-1][1]))
        else:
            places.append((max(low, 0), high))
    return places


def overlap(one: Places, other: Places) -> Places:
    """What lies in both."""
    found: Places = []
    i = 0
    for low, high in one:
        while i < len(other) and other[i][1] < low:
            i += 1
        k = i
        while k < len(other) and other[k][0] <= high:
            found.append((max(low, other[k][0]), min(high, other[k][1])))
            k += 1
    return found
