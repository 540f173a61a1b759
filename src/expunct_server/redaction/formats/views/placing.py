"""Where in a view the things stand that took the place of what was removed."""

import re
from bisect import bisect_right, insort
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from expunct_server.redaction.formats.marks import Placed
from expunct_server.redaction.formats.views.pieces import Piece, Span, around

_AHEAD: Final = 64
"""Findings of a place that may not be on a piece while others are tried: they come in order, but for a few."""
_MOST_SOUGHT: Final = 20_000_000
"""Code points that are looked through for replacements of which it is not known where they stand; what would go beyond
is not looked for, and named."""
_LEAST: Final = 200  # that a look at a piece counts for, however short
_RENDERING: Final = re.compile(r"<([A-Z][A-Z0-9_]*?)(?:_\d{1,6}|_[hp]:[a-p]+|_last:[^<>]{1,8})?>")
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_Queues = dict[str, deque[Placed]]
_Frames = list[list[Span]]


def framed(pieces: Sequence[Piece], findings: Iterable[Placed]) -> tuple[_Frames, list[Placed]]:
    """For each piece the stretches of it to be framed, in order, and the findings that no stretch is known for.

    A finding is where its place is, and there where it was in the source's text, once what came before is counted as
    it is now; or else where its replacement stands first.
    """
    frames: _Frames = [[] for _ in pieces]
    queues: _Queues = defaultdict(deque)
    for finding in findings:
        queues[_plain(finding.location or "")].append(finding)
    places = ["" if piece.is_note else _plain(piece.place) for piece in pieces]
    _counted(pieces, places, frames, queues)
    queues = {place: queue for place, queue in queues.items() if queue}
    numbers: dict[str, list[int]] = {place: [] for place in queues}
    for number, piece in enumerate(pieces):
        if not piece.is_note:
            for place in around(places[number]):
                if place in numbers:
                    numbers[place].append(number)
    return frames, _sought(pieces, frames, queues, numbers)


def _plain(place: str) -> str:
    """A place without what is told of removed values beyond their types: reports leave it out."""
    return _RENDERING.sub(r"<\1>", place)


def _counted(pieces: Sequence[Piece], places: Sequence[str], frames: _Frames, queues: _Queues) -> None:
    """Frame what is where it should be by its offset, and take it from the queues."""
    texts = _texts(pieces, places)
    shift = 0
    for piece, place, here in zip(pieces, places, frames, strict=True):
        if piece.begins:
            shift = 0
        queue = queues.get(place)
        if not queue or piece.is_note:
            continue
        kept: list[Placed] = []
        while queue and len(kept) < _AHEAD:
            finding = queue.popleft()
            start = finding.start + shift - piece.start
            span = start, start + len(finding.redacted)
            if _stands(piece, finding, span) and (finding.redacted or texts[place] == 1) and _is_free(span, here):
                insort(here, span)
                shift += len(finding.redacted) - (finding.end - finding.start)
            else:
                kept.append(finding)
        queue.extendleft(reversed(kept))


def _texts(pieces: Sequence[Piece], places: Sequence[str]) -> Counter[str]:
    """How many texts have lines in each place."""
    numbers = accumulate(piece.begins for piece in pieces)
    return Counter(place for place, _ in set(zip(places, numbers, strict=True)))


def _stands(piece: Piece, finding: Placed, span: Span) -> bool:
    start, end = span
    return start >= 0 and end <= len(piece.text) and piece.text[start:end] == finding.redacted


def _is_free(span: Span, taken: Sequence[Span]) -> bool:
    """Whether none of the others, which are in order and apart, has a part of it."""
    at = bisect_right(taken, span)
    return (not at or taken[at - 1][1] <= span[0]) and (at == len(taken) or taken[at][0] >= span[1])


def _sought(pieces: Sequence[Piece], frames: _Frames, queues: _Queues, numbers: dict[str, list[int]]) -> list[Placed]:
    """Frame what stands somewhere in its place, or in one inside it; what is left."""
    left: list[Placed] = []
    sought = 0
    for place, queue in queues.items():
        same: dict[str, list[Placed]] = defaultdict(list)
        for finding in queue:
            same[finding.redacted].append(finding)
        size = sum(len(pieces[number].text) + _LEAST for number in numbers[place])
        for redacted in sorted(same, key=len, reverse=True):  # PERSON_11 before PERSON_1
            found = 0
            if redacted and sought + size <= _MOST_SOUGHT:
                sought += size
                found = _take(pieces, frames, numbers[place], redacted, len(same[redacted]))
            left += same[redacted][found:]
    return left


def _take(pieces: Sequence[Piece], frames: _Frames, numbers: Sequence[int], redacted: str, most: int) -> int:
    """Frame the first stretches that say this, so many at most; how many those are."""
    found = 0
    for expression in _expressions(redacted):
        for number in numbers:
            for match in expression.finditer(pieces[number].text):
                if found == most:
                    return found
                if _is_free(match.span(), frames[number]):
                    insort(frames[number], match.span())
                    found += 1
    return found


def _expressions(redacted: str) -> list[re.Pattern[str]]:
    """What a replacement is found by: itself; and where a label's signs may not stand, such as in names, its words."""
    found = [re.compile(re.escape(redacted))]
    if _RENDERING.fullmatch(redacted):
        found.append(re.compile(r"[\W_]{0,3}".join(_WORD.findall(redacted))))
    return found
