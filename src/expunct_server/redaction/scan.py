"""Runs the table and a policy's own rules over one text, each under a time limit."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from expunct_server.redaction import lists
from expunct_server.redaction.custom import Custom, Rule
from expunct_server.redaction.failures import PatternTimeout, RecognizerFailed
from expunct_server.redaction.findings import Finding, Span, outside
from expunct_server.redaction.operators import rendering_expression
from expunct_server.redaction.patterns import PATTERNS, Pattern
from expunct_server.redaction.patterns.row import REACH_AFTER, REACH_BEFORE, STOP
from expunct_server.redaction.wanted import Wanted

TIMEOUT: Final = 20.0
"""Seconds one row of the table may take for one text. Its expressions need milliseconds: this is a net, not a plan."""

_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


def scan(text: str, wanted: Wanted, custom: Custom) -> list[Finding]:
    """Pattern findings of `text`, unsettled and without replacements.

    What our operators wrote is neither searched nor context. Raises PatternTimeout or RecognizerFailed: a recognizer
    that could not finish has not found nothing.
    """
    taken = renderings(text, custom.types)
    visible = blanked(text, taken)
    found = _table(visible, wanted)
    found += _rules(visible, custom, wanted)
    found += lists.find(visible, custom.phrases, wanted)
    if not taken and visible == text:
        return found
    pieces = (piece for finding in found for piece in outside(finding, taken))
    return [replace(p, text=text[p.start : p.end]) for p in pieces]


def renderings(text: str, custom_types: frozenset[str]) -> list[Span]:
    """Where `text` holds what operators have written; sorted and disjoint."""
    if "<" not in text:
        return []
    return [match.span() for match in rendering_expression(custom_types).finditer(text)]


def blanked(text: str, taken: Iterable[Span]) -> str:
    """`text` at the same length with renderings as STOP characters and lone surrogates as U+FFFD."""
    parts, position = [], 0
    for start, end in taken:
        parts += [text[position:start], STOP * (end - start)]
        position = end
    return without_surrogates("".join([*parts, text[position:]]) if parts else text)


def without_surrogates(text: str) -> str:
    """Lone surrogates (JSON may hold them) break every library that encodes; U+FFFD is as long and as foreign."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.translate(_SURROGATES)
    return text


@lru_cache(maxsize=256)
def _rows(wanted: Wanted) -> tuple[tuple[Pattern, float], ...]:
    """The rows that can give a finding that counts, with the score that counts."""
    least = wanted.by_type()
    return tuple(
        (row, least[row.entity_type])
        for row in PATTERNS
        if row.entity_type in least and max(row.score, row.context_score or 0.0) >= max(least[row.entity_type], 0.01)
    )


def _table(text: str, wanted: Wanted) -> list[Finding]:
    lowered = text.lower()
    return [
        finding
        for row, threshold in _rows(wanted)
        if not row.needs or any(need in lowered for need in row.needs)
        for finding in run_row(row, text, threshold)
    ]


def run_row(row: Pattern, text: str, threshold: float) -> Iterator[Finding]:
    """What one row of the table finds in `text` at this threshold."""
    group = "v" if "v" in row.expression.groupindex else 0
    for match in _matches(row.recognizer, row.expression, text, TIMEOUT):
        begin, end = match.span(group)
        score = _score(row, text, begin, end)
        if score < threshold or score <= 0:
            continue
        if row.check:
            end = begin + _checked(row, text[begin:end])
        if end > begin:
            yield Finding(row.entity_type, begin, end, score, text[begin:end], row.recognizer, row.check_name)


def _score(row: Pattern, text: str, begin: int, end: int) -> float:
    if row.context is None or row.context_score is None:
        return row.score
    before = text[max(0, begin - REACH_BEFORE) : begin].rpartition(STOP)[2]
    after = text[end : end + REACH_AFTER].partition(STOP)[0]
    near = row.context.search(before) or row.context.search(after)
    return row.context_score if near else row.score


def _checked(row: Pattern, candidate: str) -> int:
    assert row.check is not None
    try:
        return row.check(candidate)
    except Exception:  # a check that crashes must fail the search, and its message may hold the text
        raise RecognizerFailed(row.recognizer) from None


def _rules(text: str, custom: Custom, wanted: Wanted) -> list[Finding]:
    least = wanted.by_type()
    return [
        finding
        for rule in custom.rules
        if rule.score >= least.get(rule.entity_type, wanted.default)
        for finding in _run_rule(rule, text, custom.timeout)
    ]


def _run_rule(rule: Rule, text: str, timeout: float) -> Iterator[Finding]:
    for match in _matches(rule.recognizer, rule.expression, text, timeout):
        begin, end = match.span()
        if begin < end and not text[begin:end].isspace():
            yield Finding(rule.entity_type, begin, end, rule.score, match[0], rule.recognizer)


def _matches(recognizer: str, expression: Any, text: str, timeout: float) -> Iterator[Any]:
    """Non-overlapping matches in order."""
    try:
        yield from expression.finditer(text, timeout=timeout)
    except TimeoutError:
        raise PatternTimeout(recognizer) from None
    except (MemoryError, RecursionError):
        raise RecognizerFailed(recognizer, "ran out of memory") from None
