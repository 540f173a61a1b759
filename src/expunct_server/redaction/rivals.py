"""What a settled finding was settled against: for whoever asks why this finding and not the other."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from expunct_server.redaction.findings import Finding, Rival


def with_rivals(found: Iterable[Finding], settled: Sequence[Finding]) -> list[Finding]:
    """The settled findings, each with the others among `found` that cover some of its characters, the strongest first.

    The one that gave a settled finding its type, score, recognizer and check is none of them.
    """
    candidates = sorted(set(found), key=lambda f: (f.start, f.end))
    longest = max((f.end - f.start for f in candidates), default=0)
    return [replace(f, rivals=tuple(_rivals(f, _touching(f, candidates, longest)))) for f in settled]


def _touching(finding: Finding, candidates: Sequence[Finding], longest: int) -> list[Finding]:
    """Those that share a character with the finding, the strongest first; `candidates` are sorted by their starts."""
    first = bisect_left(candidates, finding.start - longest, key=lambda f: f.start)
    last = bisect_left(candidates, finding.end, key=lambda f: f.start)
    touching = [f for f in candidates[first:last] if f.end > finding.start]
    return sorted(touching, key=lambda f: (-f.score, f.start, f.end, f.entity_type, f.recognizer))


def _rivals(finding: Finding, touching: Iterable[Finding]) -> Iterator[Rival]:
    why, own = _why(finding), False
    for other in touching:
        if not own and _why(other) == why:
            own = True
            continue
        shift, length = other.start - finding.start, other.end - other.start
        yield Rival(other.entity_type, other.recognizer, other.check, other.score, shift, length)


def _why(finding: Finding) -> tuple[str, str, str | None, float]:
    return finding.entity_type, finding.recognizer, finding.check, finding.score
