"""All of a text asked about, and the answers as findings."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from functools import lru_cache
from typing import Final

from expunct_server.redaction.failures import DetectionError, LlmBadAnswer, LlmTimeout, RecognizerFailed
from expunct_server.redaction.findings import Finding, Span
from expunct_server.redaction.llm.align import Window
from expunct_server.redaction.llm.asking import ask
from expunct_server.redaction.llm.endpoint import Llm
from expunct_server.redaction.llm.prompt import CutOff, Named
from expunct_server.redaction.llm.run import Run, Used, current
from expunct_server.redaction.llm.sheet import Sheet, laid_out, overlapping
from expunct_server.redaction.llm.types import SCORE, asked_for, known
from expunct_server.redaction.scan import renderings
from expunct_server.redaction.wanted import Wanted

LEAST: Final = 250
"""Code points of a stretch that is not halved any more when the answer about it is too long."""

_Answer = tuple[Span, list[Named]]


def find(text: str, areas: Sequence[Span], llm: Llm, wanted: Wanted, custom_types: frozenset[str]) -> list[Finding]:
    """What the model finds in the areas; what stands before each is its name. Every letter of them is asked about.

    Raises the failures of `asking.ask`, RecognizerFailed for others: what was not answered was not searched.
    """
    run = current()
    types = asked_for(wanted)
    if not types:
        run.counts = False
        return []
    sheet = laid_out(text, areas)
    spans = [s for s in overlapping(sheet.text, (0, len(sheet.text))) if sheet.says_something(s)]
    if not spans:
        return []
    run.used = Used(llm.model, llm.host)
    answers = _asked(llm, sheet.text, spans, types, run.until)
    taken = renderings(sheet.text, custom_types)
    found: set[tuple[str, int, int]] = set()
    for (low, high), named in answers:
        found |= _aligned(sheet, Window(sheet.text, low, high), named, taken, frozenset(types), run)
    return [Finding(kind, start, end, SCORE, text[start:end], llm.recognizer) for kind, start, end in sorted(found)]


def _aligned(
    sheet: Sheet, window: Window, named: Sequence[Named], taken: Sequence[Span], types: frozenset[str], run: Run
) -> set[tuple[str, int, int]]:
    """Type, start and end in the source of all that was named and is there."""
    found: set[tuple[str, int, int]] = set()
    near = [(start, end) for start, end in taken if start < window.high and window.low < end]
    for each in named:
        kind = known(each.type)
        if kind is not None and kind not in types:
            continue
        places = [p for p in window.places(each.text) if not any(a < p[1] and p[0] < b for a, b in near)]
        held = [(p, area) for p in places if (area := sheet.area_of(*p)) is not None]
        if kind is None or not held:
            run.ignored += 1
            continue
        for (start, end), area in held:
            shift = sheet.areas[area][0]
            found |= {(kind, begin + start - shift, begin + end - shift) for begin in sheet.places[area]}
    return found


def _asked(llm: Llm, text: str, spans: Sequence[Span], types: Sequence[str], until: float | None) -> list[_Answer]:
    """The answers about all spans, several asked at a time."""
    asked = [_threads(llm.at_once).submit(_read, llm, text, span, types, until) for span in spans]
    try:
        return [answer for each in asked for answer in _result(each, until)]
    except DetectionError:
        raise
    except Exception:  # whatever it was, its message may hold the text
        raise RecognizerFailed(llm.recognizer) from None
    finally:
        for each in asked:
            each.cancel()


def _result(asked: "Future[list[_Answer]]", until: float | None) -> list[_Answer]:
    try:
        return asked.result(None if until is None else max(0.0, until - time.monotonic()))
    except FutureTimeout:
        raise LlmTimeout from None


def _read(llm: Llm, text: str, span: Span, types: Sequence[str], until: float | None) -> list[_Answer]:
    """What is named in the span; in its halves where the answer about all of it would be too long."""
    end = time.monotonic() + llm.seconds
    try:
        return [(span, ask(llm, text[slice(*span)], types, end if until is None else min(end, until)))]
    except CutOff:
        length = span[1] - span[0]
        if length <= LEAST:
            raise LlmBadAnswer("was cut off even for a short text") from None
    return [answer for part in overlapping(text, span, length // 2) for answer in _read(llm, text, part, types, until)]


@lru_cache(maxsize=8)
def _threads(at_once: int) -> ThreadPoolExecutor:
    """The threads in which this process asks; who asks for much waits for its turn between the others' questions."""
    return ThreadPoolExecutor(at_once, "llm")
