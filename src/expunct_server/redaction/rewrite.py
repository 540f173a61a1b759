"""Puts replacements in the place of findings, then searches what came out until nothing is left to remove."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.findings import Finding, Span, outside, settle
from expunct_server.redaction.lists import allowed
from expunct_server.redaction.plan import Plan, rendered
from expunct_server.redaction.rivals import with_rivals
from expunct_server.redaction.scan import blanked, scan

ROUNDS: Final = 4
"""How often the result is searched again. Two are usual: one that finds nothing more ends it."""

Kept = tuple[int, int, int]
"""Text that was kept: where it is in the result, where it was in the source, how long it is."""


def search(text: str, areas: Sequence[Span], plan: Plan, changed: Sequence[Span] | None = None) -> list[Finding]:
    """Pattern findings inside the areas, unsettled, but what is allowed; the text between areas is only context.

    `changed` says where alone the text is another than one that was searched, whose findings are all gone from it.
    """
    found = scan(text, plan.wanted, plan.custom, changed)
    return allowed((piece for finding in found for piece in inside(finding, areas)), plan.allowed)


def rewrite(
    text: str, areas: Sequence[Span], found: Iterable[Finding], plan: Plan
) -> tuple[list[Finding], str, list[Span]]:
    """The settled findings with their replacements, the new text, and where the areas now are.

    The new text is searched again by all patterns, by rows of the table only where they may find something new:
    removing one value may bare another (a number that touched it, or came into the reach of a label). What is found
    then is removed too, so that redacting the result changes nothing, made-up values aside. Raises ResidueFound when
    that does not come to an end.
    """
    found = allowed(found, plan.allowed)
    settled = [rendered(f, plan) for f in settle(found)]
    if plan.explain:
        settled = with_rivals(found, settled)
    if not settled:
        return [], text, list(areas)
    for _ in range(ROUNDS):
        out, kept = apply(text, settled)
        moved = [(_forward(start, kept), _forward(end, kept)) for start, end in areas]
        written = _written(kept)
        changed = written if len(written) == len(settled) else None  # else something found is still there
        found = search(blanked(out, written), moved, plan, changed)
        more = [piece for finding in found for piece in outside(finding, written)]
        if not more:
            return settled, out, moved
        settled += [rendered(_back(f, kept, text), plan) for f in settle(more)]
        settled = settle(settled)
    raise ResidueFound


def apply(text: str, settled: Sequence[Finding]) -> tuple[str, list[Kept]]:
    """`text` with each finding's replacement in its place, and a map of what was kept."""
    parts: list[str] = []
    kept: list[Kept] = []
    position = length = 0
    for finding in settled:
        kept.append((length, position, finding.start - position))
        parts += [text[position : finding.start], finding.replacement]
        length += finding.start - position + len(finding.replacement)
        position = finding.end
    kept.append((length, position, len(text) - position))
    return "".join([*parts, text[position:]]), kept


def inside(finding: Finding, areas: Sequence[Span]) -> list[Finding]:
    """The parts of a finding that lie in the sorted, disjoint areas and hold a letter or digit; or itself."""
    pieces = []
    for start, end in areas[max(0, bisect_right(areas, (finding.start, finding.end)) - 1) :]:
        if start >= finding.end:
            break
        low, high = max(start, finding.start), min(end, finding.end)
        if (low, high) == (finding.start, finding.end):
            return [finding]
        text = finding.text[max(0, low - finding.start) : max(0, high - finding.start)]
        if any(c.isalnum() for c in text):
            pieces.append(replace(finding, start=low, end=high, text=text))
    return pieces


def _forward(position: int, kept: Sequence[Kept]) -> int:
    """Where a position that lies inside no finding is after the replacements."""
    out, source, _ = kept[bisect_right(kept, position, key=lambda k: k[1]) - 1]
    return out + position - source


def _written(kept: Sequence[Kept]) -> list[Span]:
    """Where replacements are in the result. Made-up values look like data, and are known by their place alone."""
    return [(out + length, after) for (out, _, length), (after, _, _) in pairwise(kept)]


def _back(finding: Finding, kept: Sequence[Kept], text: str) -> Finding:
    """A finding of the result as one of the source; it lies in one kept stretch, for renderings are never searched."""
    out, source, length = kept[bisect_right(kept, finding.start, key=lambda k: k[0]) - 1]
    start, end = finding.start - out + source, finding.end - out + source
    if end > source + length:
        raise ResidueFound
    return replace(finding, start=start, end=end, text=text[start:end])
