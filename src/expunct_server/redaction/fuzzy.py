"""Words that are nearly those of a list: within one or two edits, in time that grows with the text alone.

An edit adds, drops or changes one character of the folded text. Where a text is within k edits of an entry that is cut
into k + 1 pieces, one piece stands in it unchanged, at most k characters from its place (the pigeonhole principle). So
pieces are looked up at every position, and only where one stands are characters compared.
"""

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

SHORTEST: Final = 4
"""Characters an entry must have: anything shorter is within one edit of half of all short words."""
ONE_EDIT: Final = 7
"""Up to this many characters one edit is allowed, above it two."""
MAX_EDITS: Final = 2
_LONGEST_PIECE: Final = 5
_WORK_PER_CHARACTER: Final = 200
_WORK_PER_ENTRY: Final = 1_000
"""Work a search may take: a unit for each piece that stands in the text, each character that a stretch is compared by,
each stretch that was compared before and each that is chosen from."""


class TooMuchWork(Exception):
    """The entries are alike, and like the text, to a degree that comparing them has no bound worth waiting for."""


def edits_for(text: str) -> int:
    """How many edits a folded text may be away, unless its entry says fewer."""
    return 1 if len(text) <= ONE_EDIT else MAX_EDITS


def distance(one: str, other: str, limit: int) -> int:
    """The least number of edits (Levenshtein) from one to the other, or `limit` + 1 when it is more than `limit`.

    Only the band of the table in which a path of `limit` edits can lie is filled.
    """
    far = limit + 1
    if abs(len(one) - len(other)) > limit:
        return far
    row: list[int] = [far] * limit + [*range(far)]
    for i, character in enumerate(one, 1):
        row = _next_row(row, i, character, other, far)
        if min(row) > limit:
            return far
    return row[len(other) - len(one) + limit]


def _next_row(row: Sequence[int], i: int, character: str, other: str, far: int) -> list[int]:
    """Row i of the band; place s of it is column i + s - limit."""
    new: list[int] = []
    for s in range(len(row)):
        j = i + s - far + 1
        if not 0 <= j <= len(other):
            new.append(far)
            continue
        best = row[s] + (character != other[j - 1]) if j else i
        if s + 1 < len(row):
            best = min(best, row[s + 1] + 1)
        if s:
            best = min(best, new[-1] + 1)
        new.append(min(best, far))
    return new


@dataclass(frozen=True, slots=True)
class Near:
    """A stretch of a text that is within `edits` of the entry at `index`."""

    index: int
    start: int
    end: int
    edits: int


@dataclass(slots=True)
class Index:
    """Entries, folded, each with how many edits it allows; their pieces by length, then by what they are."""

    entries: Sequence[tuple[str, int]] = field(repr=False)
    pieces: dict[int, dict[str, list[tuple[int, int]]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.pieces = defaultdict(lambda: defaultdict(list))
        for index, (text, edits) in enumerate(self.entries):
            for start, end in _cut(len(text), edits + 1):
                piece = text[start : min(end, start + _LONGEST_PIECE)]
                self.pieces[len(piece)][piece].append((index, start))

    def search(self, text: str, starts: Iterable[int], ends: Iterable[int]) -> list[Near]:
        """The nearest stretches from one of the starts to one of the ends; those of one entry do not overlap.

        Nearest means: fewest edits, then earliest, then longest. Raises TooMuchWork.
        """
        return _Search(self, text, frozenset(starts), frozenset(ends)).run()

    def whole(self, text: str) -> Iterator[int]:
        """The entries that all of `text` is near to. Raises TooMuchWork."""
        for each in _Search(self, text, frozenset((0,)), frozenset((len(text),))).near():
            yield each.index


def _cut(length: int, into: int) -> list[tuple[int, int]]:
    """Consecutive pieces, as equal as can be."""
    bounds = [length * n // into for n in range(into + 1)]
    return list(pairwise(bounds))


def _add_apart(chosen: list[Near], each: Near) -> None:
    """Add a stretch to those already chosen, unless it overlaps one; they are in order, so only two can be in its way.

    To look at all of them would take hours for a text that is nothing but one entry, over and over.
    """
    at = bisect(chosen, each.start, key=lambda n: n.start)
    if (at == 0 or chosen[at - 1].end <= each.start) and (at == len(chosen) or each.end <= chosen[at].start):
        chosen.insert(at, each)


class _Search:
    """One search, and how much work it has left."""

    def __init__(self, index: Index, text: str, starts: frozenset[int], ends: frozenset[int]) -> None:
        self.index, self.text, self.starts, self.ends = index, text, starts, ends
        self.left = _WORK_PER_CHARACTER * len(text) + _WORK_PER_ENTRY * len(index.entries)

    def run(self) -> list[Near]:
        chosen: dict[int, list[Near]] = defaultdict(list)
        for each in sorted(self.near(), key=lambda n: (n.edits, n.start, -n.end)):
            self._work(1)
            _add_apart(chosen[each.index], each)
        return [each for found in chosen.values() for each in found]

    def near(self) -> Iterator[Near]:
        """Every stretch that is near enough, also those that overlap."""
        known: dict[tuple[int, str], int] = {}
        for index, start in self._places():
            entry, limit = self.index.entries[index]
            for end in range(start + len(entry) - limit, start + len(entry) + limit + 1):
                if end not in self.ends:
                    continue
                key = (index, self.text[start:end])
                self._work(1 if key in known else len(entry))
                if key not in known:
                    known[key] = distance(entry, key[1], limit)
                if known[key] <= limit:
                    yield Near(index, start, end, known[key])

    def _places(self) -> set[tuple[int, int]]:
        """Entries with starts at which they may stand, for one of their pieces does where it would."""
        found: set[tuple[int, int]] = set()
        for size, pieces in self.index.pieces.items():
            for at in range(len(self.text) - size + 1):
                for index, offset in pieces.get(self.text[at : at + size], ()):
                    self._work(1)
                    limit = self.index.entries[index][1]
                    for start in range(at - offset - limit, at - offset + limit + 1):
                        if start in self.starts:
                            found.add((index, start))
        return found

    def _work(self, units: int) -> None:
        self.left -= units
        if self.left < 0:
            raise TooMuchWork
