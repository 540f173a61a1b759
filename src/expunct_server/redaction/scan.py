"""Runs the table and a policy's own rules over one text, each under a time limit."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from expunct_server.redaction import broken, lists, named
from expunct_server.redaction.custom import Custom, Rule
from expunct_server.redaction.failures import PatternTimeout, RecognizerFailed
from expunct_server.redaction.findings import Finding, Span, outside
from expunct_server.redaction.lookalikes import Plain, plain
from expunct_server.redaction.matching import table
from expunct_server.redaction.matching.near import Near
from expunct_server.redaction.operators import rendering_expression
from expunct_server.redaction.patterns.row import STOP
from expunct_server.redaction.wanted import Wanted

_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}")


def scan(text: str, wanted: Wanted, custom: Custom, changed: Sequence[Span] | None = None) -> list[Finding]:
    """Pattern findings of `text`, unsettled and without replacements.

    What our operators wrote is neither searched nor context. Where `changed` says in which spans alone the text is
    another than one that was searched, the rows of the table may leave out what they found in that, too. Raises
    PatternTimeout or RecognizerFailed: a recognizer that could not finish has not found nothing.
    """
    taken = renderings(text, custom.types)
    visible = blanked(text, taken)
    read = plain(visible)
    near = None if changed is None or read.cuts else Near([*changed, *_made(taken, changed)], len(text))
    plainly = (*table.find(read.text, wanted, near), *broken.find(read.text, wanted), *named.find(read.text, wanted))
    found = [_placed(each, read) for each in plainly]
    found += _rules(visible, custom, wanted)
    found += lists.find(visible, custom.phrases, wanted)
    if not taken and read.text == text:
        return found
    pieces = (piece for finding in found for piece in outside(finding, taken))
    said = ((piece, text[piece.start : piece.end]) for piece in pieces)
    return [piece if piece.text == value else replace(piece, text=value) for piece, value in said]


def _made(taken: Iterable[Span], changed: Sequence[Span]) -> list[Span]:
    """Renderings that have come about where something between their halves was left out."""
    ends = {end for start, end in changed if start == end}
    return [span for span in taken if not ends.isdisjoint(range(span[0] + 1, span[1]))] if ends else []


def _placed(finding: Finding, read: Plain) -> Finding:
    """A finding of the plain text, in the text that it comes from."""
    if not read.cuts:
        return finding
    start, end = read.source(finding.start, finding.end)
    return finding.at(start, end)


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
