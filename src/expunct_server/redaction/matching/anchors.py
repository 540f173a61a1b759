"""The part of an expression that is worth looking for: rare in usual text, small, and near to where a match begins."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from expunct_server.redaction.matching.pieces import (
    NONE,
    UNBOUNDED,
    Chars,
    Piece,
    Simple,
    chance,
    following,
    joined,
    loosened,
    repeated,
    union,
    union_of,
)

_LARGEST: Final = 224
"""Places in the automaton of one anchor; beyond, it costs more than the hits that it spares."""
_LOOSE: Final = 160
"""Places from which on a piece inside an anchor is looked for by its characters alone."""
_PLACE_COST: Final = 0.05
"""What each place costs at which a match may begin, as a share of the cost of a hit."""
_SIZE_COST: Final = 1e-6
_SPLIT: Final = 64
"""Alternatives at the beginning of an expression that are looked for one by one: their lengths tell where it begins."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """`text` is an expression over bytes. Every match of what it stands for holds it, so that the match begins `low` to
    `high` code points before the end of a hit, and has no other characters than those `within` from there to it."""

    text: str
    low: int
    high: int
    within: Chars


@dataclass(frozen=True, slots=True)
class _Part:
    """A sequence of pieces, `low` to `high` code points, all of them `within`, from where a match begins, and what may
    stand beside it."""

    pieces: tuple[Piece, ...]
    low: int = 0
    high: int = 0
    within: Chars = NONE
    before: Chars | None = None
    after: Chars | None = None


_Found = tuple[float, tuple[Anchor, ...]]
"""Anchors of which each match holds one, and their cost for each character of usual text, in hits."""
_NOTHING: Final[_Found] = (math.inf, ())


def anchors_of(simple: Simple) -> tuple[Anchor, ...]:
    """Such that every match holds a hit of one of them; none when a match may be too empty for that."""
    options = [_all(_ways(simple.pieces, most), simple) for most in (0, _SPLIT)]
    _, anchors = min(options, key=lambda option: option[0])
    return tuple(sorted(set(anchors), key=lambda a: (a.text, a.low, a.high)))


def _all(ways: Sequence[Sequence[Piece]], simple: Simple) -> _Found:
    """The anchors of all ways, or nothing when one of them has none."""
    found = [_best(_Part(tuple(way), before=simple.before, after=simple.after)) for way in ways]
    if any(not anchors for _, anchors in found):
        return _NOTHING
    return sum(cost for cost, _ in found), tuple(anchor for _, anchors in found for anchor in anchors)


def _ways(pieces: Sequence[Piece], most: int) -> list[tuple[Piece, ...]]:
    """An expression that begins with a choice as one for each alternative, as long as that makes at most `most`."""
    pieces = _opened(pieces)
    if not pieces or not 0 < len(pieces[0].alternatives) <= most:
        return [tuple(pieces)]
    alternatives = pieces[0].alternatives
    ways = [(*way, *pieces[1:]) for way in alternatives]
    each = most // len(alternatives)
    return [end for way in ways for end in _ways(way, each)]


def _opened(pieces: Sequence[Piece]) -> list[Piece]:
    """Repeats that are too large for an anchor as their first copy, part by part, and the others."""
    opened: list[Piece] = []
    for piece in pieces:
        if piece.size > _LARGEST and piece.copies and piece.low:
            one, low, high = piece.copies
            opened += [*_opened(one.parts or [one]), repeated(one, low - 1, high - 1)]
        else:
            opened.append(piece)
    return opened


def _best(part: _Part) -> _Found:
    """The cheapest anchors: some of the pieces, or what is cheapest in each alternative of a large one."""
    large = {i for i, p in enumerate(part.pieces) if p.size > _LOOSE and not (p.copies and p.copies[0].chars)}
    small = replace(part, pieces=tuple(loosened(p) if i in large else p for i, p in enumerate(part.pieces)))
    starts = (first for first in range(len(small.pieces)) if first not in large)
    ends = [joined(_ended(piece)) if piece.low else piece for piece in small.pieces]
    costs = [cost for first in starts for cost in _costs(small, first, ends) if cost[2] - 1 not in large]
    found: _Found = _NOTHING
    if costs:
        cost, first, last = min(costs)
        found = (cost, (_anchor(small, first, last),))
    return min([found, *_inside(part)], key=lambda f: f[0])


def _inside(part: _Part) -> Iterator[_Found]:
    """For each choice that is too large for an anchor: the anchors of all of its alternatives."""
    low, high = part.low, part.high
    for i, piece in enumerate(part.pieces):
        if piece.size > _LOOSE and piece.alternatives and piece.low:
            within = union([part.within, *map(union_of, part.pieces[:i])])
            found = [_best(_Part(tuple(_opened(way)), low, high, within)) for way in piece.alternatives]
            if all(anchors for _, anchors in found):
                yield sum(cost for cost, _ in found), tuple(anchor for _, anchors in found for anchor in anchors)
        low, high = low + piece.low, high + piece.high


def _costs(part: _Part, first: int, ends: Sequence[Piece]) -> Iterator[tuple[float, int, int]]:
    """What pieces[first:last] cost for each `last` at which an anchor may end; neither end of it may be empty.

    `ends` are the pieces as they are at the end of an anchor.
    """
    pieces = part.pieces
    before = part.before if first == 0 else None
    likely = chance(before) if before else 1.0
    size, low, high = 0, part.low + sum(p.low for p in pieces[:first]), part.high + sum(p.high for p in pieces[:first])
    for last in range(first + 1, len(pieces) + 1 if pieces[first].low else 0):
        piece, previous = pieces[last - 1], pieces[last - 2] if last - 1 > first else None
        size += piece.size
        after = part.after if last == len(pieces) else None
        end = piece if after else ends[last - 1]
        places = high - low + end.high - end.low + 1
        if size > _LARGEST or places >= UNBOUNDED:
            return
        if piece.low:
            hits = likely * following(end, previous) * (chance(after) if after else 1.0)
            yield hits * (1 + _PLACE_COST * places) + _SIZE_COST * size, first, last
        likely *= following(piece, previous)
        low, high = low + piece.low, high + piece.high


def _anchor(part: _Part, first: int, last: int) -> Anchor:
    """pieces[first:last], with what may stand beside them where that is known, and as short as may be."""
    before = part.before if first == 0 else None
    after = part.after if last == len(part.pieces) else None
    inner = list(part.pieces[first:last])
    if not before:
        inner[0] = _least(inner[0])
    end = [inner[-1]] if after else _ended(inner[-1])
    tail = end[-1] if after else _cut(end[-1])
    text = "".join([_edge(before), *(piece.text for piece in [*inner[:-1], *end[:-1]]), tail.text, _edge(after)])
    started = [*part.pieces[: last - 1], *end[:-1]]
    low = part.low + sum(piece.low for piece in started) + tail.low + bool(after)
    high = part.high + sum(piece.high for piece in started) + end[-1].high + bool(after)
    within = union([part.within, *map(union_of, [*started, end[-1]]), *([after] if after else [])])
    return Anchor(text, low, high, within)


def _least(piece: Piece) -> Piece:
    """A repeat at the edge of an anchor, with no more copies than there must be."""
    if not piece.copies:
        return piece
    one, low, _ = piece.copies
    return repeated(one, low, low)


def _ended(piece: Piece) -> list[Piece]:
    """A piece at the end of an anchor, up to the last thing in it that there must be."""
    least = _least(piece)
    if not least.parts or not least.low:
        return [least]
    last = max(i for i, part in enumerate(least.parts) if part.low)
    return [*least.parts[:last], *_ended(least.parts[last])]


def _cut(piece: Piece) -> Piece:
    """The end of an anchor so that it is hit once: as many bytes as there are characters, which may be fewer."""
    one, times = (piece.copies[0], piece.copies[1]) if piece.copies else (piece, 1)
    if not one.chars or not one.chars.others:
        return piece
    return replace(piece, text=f"{one.chars.text}{{{times}}}", low=-(-times // 4))


def _edge(chars: Chars | None) -> str:
    """A byte that may stand beside a match. The text is searched with a line break before and behind it."""
    return Chars(chars.ascii | {10}, chars.others).text if chars else ""
