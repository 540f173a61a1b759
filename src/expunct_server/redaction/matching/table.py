"""The rows of the table, tried where they have to be: at all places of a short text, about anchors in a long one."""

import gc
import threading
import time
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any, Final

from expunct_server.redaction.failures import PatternTimeout, RecognizerFailed
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.matching import program
from expunct_server.redaction.matching.gate import Gate, needs_for
from expunct_server.redaction.matching.near import Near
from expunct_server.redaction.matching.needs import Needs
from expunct_server.redaction.matching.places import Hits, Places, overlap
from expunct_server.redaction.matching.program import Program, simple_form, start_of
from expunct_server.redaction.patterns import PATTERNS, Pattern
from expunct_server.redaction.patterns.row import REACH_AFTER, REACH_BEFORE, STOP
from expunct_server.redaction.wanted import Wanted

TIMEOUT: Final = 20.0
"""Seconds one row of the table may take for one text. Its expressions need milliseconds: this is a net, not a plan."""
PATIENCE: Final = 1_500_000
"""Code points that are searched row by row before compiling them together, which takes seconds, begins to pay."""
FOREIGN: Final = 0.05
"""The share of bytes beyond ASCII from which on a text is searched row by row: anchors stand for any letter there, and
would have rows tried everywhere."""
SHORT: Final = 2_000
"""Code points up to which a text is searched row by row in any case."""

_ALONE: Final = 0.1
"""What a row scores at least without context, when it is looked for without."""
_NARROW: Final = 128
_UNTIMED: Final = 512
"""Code points up to which a search has no time limit of its own, which costs more than most searches: no row takes long
for so few, which the tests of the table see to."""


class _Searched:
    """How much has been searched row by row, in this process, and the program once it is made."""

    def __init__(self) -> None:
        self.points = 0
        self.programs: dict[tuple[Pattern, ...], Program] = {}
        self.lock = threading.Lock()


_searched = _Searched()


def find(text: str, wanted: Wanted, near: Near | None = None) -> list[Finding]:
    """What the table finds in `text`, unsettled. Raises PatternTimeout or RecognizerFailed.

    `near` are the places at which a text was changed that has been searched: then rows that find nothing new there are
    left out, and what was found elsewhere and is still there may be found again or not.
    """
    rows = PATTERNS
    counting = _counting(rows, wanted)
    prepared = _prepared(rows, len(text)) if len(text) > SHORT and not _is_foreign(text) else None
    hits = Hits(text, prepared) if prepared else None
    found: list[Finding] = []
    for row, threshold in counting if hits else [counting[i] for i in _gate(counting).open_to(text)]:
        places = _hit(row, threshold, hits) if hits else _everywhere(row, threshold, text)
        if (places is None or places) and (near is None or _is_news(row, text, near, places)):
            found += run_row(row, text, threshold, places)
    return found


def _is_news(row: Pattern, text: str, near: Near, places: Places | None) -> bool:
    """Whether the row may find near the changes what it did not find before."""
    changed = near.places(row)
    if changed is None:
        return True
    if places is not None:
        return any(True for _ in _matches(row, text, overlap(places, changed)))
    width = needs_for(row.expression).width + 1
    return any(_holds(row, text, low, high + width) for low, high in changed)


def _holds(row: Pattern, text: str, low: int, high: int) -> bool:
    """Whether any attempt of the row from `low` on matches; near `high` more may match than does in the whole text."""
    timeout = TIMEOUT if high - low > _UNTIMED else None
    try:
        return row.expression.search(text, low, high, timeout=timeout) is not None
    except TimeoutError:
        raise PatternTimeout(row.recognizer) from None
    except (MemoryError, RecursionError):
        raise RecognizerFailed(row.recognizer, "ran out of memory") from None


def _is_foreign(text: str) -> bool:
    return not text.isascii() and len(text.encode()) > len(text) * (1 + FOREIGN)


def warm() -> None:
    """Compiles the rows together now, so that no text has to wait for it."""
    _prepared(PATTERNS, PATIENCE)


def run_row(row: Pattern, text: str, threshold: float, places: Places | None = None) -> Iterator[Finding]:
    """What one row finds in `text` at this threshold, when its matches begin at the `places`; by default, anywhere."""
    group = "v" if "v" in row.expression.groupindex else 0
    alone = row.score >= threshold
    for match, last in _matches(row, text, places):
        begin, end = match.span(group)
        end = last if end == match.end() else end
        score = row.score if alone else _score(row, text, begin, end)
        if score < threshold or score <= 0:
            continue
        held = begin + _checked(row, text[begin:end]) if row.check else end
        if held > begin:
            score = _score(row, text, begin, end) if alone else score
            yield Finding(row.entity_type, begin, held, score, text[begin:held], row.recognizer, row.check_name)


def _prepared(rows: tuple[Pattern, ...], points: int) -> Program | None:
    """The rows compiled together, once that pays; None before, and where there is no Hyperscan.

    It costs as much as searching PATIENCE code points row by row: a process that never searches so much never pays, and
    one that does has waited twice as long as it had to, at most.
    """
    known = _searched.programs.get(rows)
    if known or not program.hyperscan:
        return known
    _searched.points += points
    if _searched.points < PATIENCE:
        return None
    with _searched.lock:
        if rows not in _searched.programs:
            _searched.programs[rows] = _program(rows)
            gc.collect()
            gc.freeze()  # it stays, and to go through it again and again takes a fifth of all time
    return _searched.programs[rows]


def _program(rows: tuple[Pattern, ...]) -> Program:
    looked_for = [row.expression for row in rows if not _told_by_context(row)]
    contexts = [row.context for row in rows if row.context is not None]
    return Program(list(dict.fromkeys(looked_for + contexts)))


def _told_by_context(row: Pattern) -> bool:
    """Whether a row never counts without a context word, and is narrow: then its words, which are rarer than numbers,
    are looked for alone, and the row is tried all around them."""
    return row.context is not None and row.score < _ALONE and simple_form(row.expression).high <= _NARROW


@lru_cache(maxsize=256)
def _counting(rows: tuple[Pattern, ...], wanted: Wanted) -> tuple[tuple[Pattern, float], ...]:
    """The rows that can give a finding that counts, with the score that counts."""
    least = wanted.by_type()
    return tuple(
        (row, least[row.entity_type])
        for row in rows
        if row.entity_type in least and max(row.score, row.context_score or 0.0) >= max(least[row.entity_type], 0.01)
    )


@lru_cache(maxsize=64)
def _gate(counting: tuple[tuple[Pattern, float], ...]) -> Gate:
    return Gate([_needs(row, threshold) for row, threshold in counting])


def _needs(row: Pattern, threshold: float) -> list[Needs]:
    """What a text must hold for a row to give a finding that counts."""
    return [needs_for(each) for each in (row.expression, *([row.context] if _needs_context(row, threshold) else []))]


def _hit(row: Pattern, threshold: float, hits: Hits) -> Places | None:
    known = hits.knows(row.expression)
    if not _needs_context(row, threshold) or not hits.knows(row.context):
        return hits.places(row.expression) if known else None
    return hits.places_near(row.expression, row.context) if known else hits.places_about(row.expression, row.context)


def _everywhere(row: Pattern, threshold: float, text: str) -> Places | None:
    """None, which stands for all places, unless the text lacks what the row needs."""
    if len(text) <= _UNTIMED and not _holds(row, text, 0, len(text)):
        return []  # asked once, at once: most rows stop here
    if _needs_context(row, threshold) and not row.context.search(text):
        return []
    return None


def _needs_context(row: Pattern, threshold: float) -> bool:
    return row.context is not None and row.context_score is not None and row.score < max(threshold, 0.01)


def _matches(row: Pattern, text: str, places: Places | None) -> Iterator[tuple[Any, int]]:
    """The matches one after the other, and where each with its tail ends: as `finditer` gives them if there is none."""
    try:
        yield from _anywhere(row, text) if places is None else _at(places, row, text)
    except TimeoutError:
        raise PatternTimeout(row.recognizer) from None
    except (MemoryError, RecursionError):
        raise RecognizerFailed(row.recognizer, "ran out of memory") from None


def _anywhere(row: Pattern, text: str) -> Iterator[tuple[Any, int]]:
    until, at = time.monotonic() + TIMEOUT if len(text) > _UNTIMED else None, 0
    while match := row.expression.search(text, at, timeout=until and max(until - time.monotonic(), 0.001)):
        end = _end(row, text, match)
        yield match, end
        at = max(end, match.start() + 1)


def _at(places: Places, row: Pattern, text: str) -> Iterator[tuple[Any, int]]:
    """As above, for a row that is tried at some places. A narrow row sees no more in an attempt than its width."""
    until, at = time.monotonic() + TIMEOUT, 0
    try_at, starts = row.expression.match, start_of(row.expression)
    if simple_form(row.expression).high > _UNTIMED:
        try_at = partial(try_at, timeout=TIMEOUT)
    for low, high in places:
        if time.monotonic() > until:
            raise TimeoutError
        likely = (low,) if low == high else (m.start() for m in starts.finditer(text, max(low, at), high + 1))
        for begin in likely:
            if begin >= at and (match := try_at(text, begin)):
                at = _end(row, text, match)
                yield match, at


def _end(row: Pattern, text: str, match: Any) -> int:
    rest = row.tail.match(text, match.end()) if row.tail else None
    end: int = (rest or match).end()
    return end


def _score(row: Pattern, text: str, begin: int, end: int) -> float:
    """The row's score, or that in context when one of its words stands in reach, on this side of any STOP."""
    if row.context is None or row.context_score is None:
        return row.score
    first = max(0, begin - REACH_BEFORE)
    first = text.rfind(STOP, first, begin) + 1 or first
    last = min(len(text), end + REACH_AFTER)
    stop = text.find(STOP, end, last)
    last = last if stop < 0 else stop
    near = row.context.search(text, first, begin) or row.context.search(text, end, last)
    return row.context_score if near else row.score


def _checked(row: Pattern, candidate: str) -> int:
    assert row.check is not None
    try:
        return row.check(candidate)
    except Exception:  # a check that crashes must fail the search, and its message may hold the text
        raise RecognizerFailed(row.recognizer) from None
