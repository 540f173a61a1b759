"""Where a text that was searched before has to be searched again: around the places at which it was changed.

Let all that a row found in the old text be gone from the new one, which is the old one but for the changed places. An
attempt of the row at a place depends on what its expression sees from there, and its score on the words in reach. So
it can come out anew only where that touches a change; and an earlier match that began there hid at most its own width.
When, in the new text, no attempt matches at any of these places, the row finds there what it found before, which is
gone: nothing. Otherwise it has to be searched everywhere, for its matches are counted one after the other.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from expunct_server.redaction.matching.gate import needs_for
from expunct_server.redaction.matching.places import Places, merged
from expunct_server.redaction.patterns.row import REACH_AFTER, REACH_BEFORE, Pattern

_LEAST: Final = 256
_WIDEST: Final = 4_096
"""Code points of reach for which places are told; a row that sees more is searched everywhere."""


class Near:
    """The places about changes, each a span of the new text, which is empty where something was left out."""

    def __init__(self, changed: Iterable[tuple[int, int]], size: int) -> None:
        self._changed = list(changed)
        self._size = size
        self._known: dict[int, Places | None] = {}

    def places(self, row: Pattern) -> Places | None:
        """At which a match of the row may be another than before; None for a row that has to be searched everywhere,
        which is also done where it costs no more."""
        if self._size <= 4 * _LEAST:
            return None
        reach = reach_of(row)
        return self._about(max(_LEAST, 1 << (reach - 1).bit_length())) if reach <= _WIDEST else None

    def _about(self, reach: int) -> Places | None:
        if reach not in self._known:
            found = merged((start - reach, end + reach) for start, end in self._changed)
            self._known[reach] = found if 2 * sum(high - low for low, high in found) < self._size else None
        return self._known[reach]


@lru_cache(maxsize=1024)
def reach_of(row: Pattern) -> int:
    """How far from a change, in code points, an attempt may come out anew, or a match may have hidden another; more
    than any row may have where there is no bound."""
    if row.tail is not None:
        return _WIDEST + 1
    needs = needs_for(row.expression)
    words = max(REACH_BEFORE, REACH_AFTER) + needs_for(row.context).look if row.context is not None else 0
    return needs.width + needs.look + words + 2
