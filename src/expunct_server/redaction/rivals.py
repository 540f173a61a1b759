"""What a settled finding was settled against: for whoever asks why this finding and not the other."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from expunct_server.redaction.findings import Finding, Rival


def with_rivals(found: Iterable[Finding], settled: Sequence[Finding]) -> list[Finding]:
    """The settled findings, each with the others among `found` that share characters with it, the strongest first.

    What a finding covered before it was settled counts: of one that was cut, the one that took the rest is a rival.
    The one that gave it its type, score, recognizer and check is none.
    """
    candidates = sorted(set(found), key=lambda f: (f.start, f.end))
    longest = max((f.end - f.start for f in candidates), default=0)
    return [replace(f, rivals=tuple(_rivals(f, candidates, longest))) for f in settled]


def _rivals(finding: Finding, candidates: Sequence[Finding], longest: int) -> Iterator[Rival]:
    start, end = finding.start, finding.end
    same = (f for f in _touching(start, end, candidates, longest) if _why(f) == _why(finding))
    own = next(same, None)
    if own is not None:
        start, end = min(start, own.start), max(end, own.end)
    for other in _touching(start, end, candidates, longest):
        if other is not own:
            shift, length = other.start - finding.start, other.end - other.start
            yield Rival(other.entity_type, other.recognizer, other.check, other.score, shift, length)


def _touching(start: int, end: int, candidates: Sequence[Finding], longest: int) -> list[Finding]:
    """Those that share a character with the span, the strongest first; `candidates` are sorted by their starts."""
    first = bisect_left(candidates, start - longest, key=lambda f: f.start)
    last = bisect_left(candidates, end, key=lambda f: f.start)
    touching = [f for f in candidates[first:last] if f.end > start]
    return sorted(touching, key=lambda f: (-f.score, f.start, f.end, f.entity_type, f.recognizer))


def _why(finding: Finding) -> tuple[str, str, str | None, float]:
    return finding.entity_type, finding.recognizer, finding.check, finding.score
