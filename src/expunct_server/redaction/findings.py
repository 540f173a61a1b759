"""A finding, the one rule that settles overlapping findings, and the masked form in which findings are kept."""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from stdnum import luhn

from expunct_server.redaction.entities import (
    ALIASES,
    CATEGORIES,
    ENTITY_TYPES,
    Category,
    UnknownTypes,
    category_of,
    resolve_types,
    types_of_categories,
)

__all__ = [
    "ALIASES",
    "CATEGORIES",
    "ENTITY_TYPES",
    "Category",
    "Finding",
    "Rival",
    "UnknownTypes",
    "category_of",
    "mask_value",
    "outside",
    "resolve_types",
    "settle",
    "types_of_categories",
]

Span = tuple[int, int]
_SHOWN_WORDS = 8
_CARD_DIGITS = range(12, 20)


@dataclass(frozen=True, slots=True)
class Rival:
    """Another finding of the same characters, or some of them: where it starts counts from where this one does."""

    entity_type: str
    recognizer: str
    check: str | None
    score: float
    shift: int
    length: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of personal data: what, where, how sure, and why.

    `start` and `end` count code points in the text it was found in, end exclusive; in a structured format that text is
    the value which `location` names (`row 3, column email`, `/users/0/email`, `line 4 /users/0/email`).
    `score` is 0 to 1. `recognizer` and `check` are the why: `pattern:credit_card` and `luhn`.
    `rivals` are what it was settled against, where a plan asks to explain.
    `text` (the value) and `replacement` are kept out of the repr: a repr ends in logs.
    """

    entity_type: str
    start: int
    end: int
    score: float
    text: str = field(repr=False)
    recognizer: str
    check: str | None = None
    location: str | None = None
    replacement: str = field(default="", repr=False)
    rivals: tuple[Rival, ...] = field(default=(), repr=False, compare=False)

    def at(self, start: int, end: int) -> "Finding":
        """The same with other offsets."""
        return self._with(start, end, self.location, self.replacement)

    def moved(self, by: int) -> "Finding":
        """The same in a text that has so many code points more before it."""
        return self.at(self.start + by, self.end + by) if by else self

    def placed(self, location: str | None) -> "Finding":
        """The same with the place that its text has in the document."""
        return self._with(self.start, self.end, location, self.replacement)

    def replaced(self, replacement: str) -> "Finding":
        """The same with what takes its place."""
        return self._with(self.start, self.end, self.location, replacement)

    def _with(self, start: int, end: int, location: str | None, replacement: str) -> "Finding":
        """Done several times for each finding: `dataclasses.replace` takes twice as long."""
        why = (self.score, self.text, self.recognizer, self.check)
        return Finding(self.entity_type, start, end, *why, location, replacement, self.rivals)


def settle(findings: Iterable[Finding]) -> list[Finding]:
    """The one rule for overlaps. The result is sorted, never overlaps, and does not depend on the input's order.

    1. Overlapping findings of one type become one, from the first start to the last end; the strongest of them gives
       its score, recognizer and check.
    2. Then the strongest first: higher score, then longer, then earlier, then by name. Each finding keeps the
       characters that no stronger one has taken. What is left of it is trimmed to letters and digits at its ends, and
       falls away when none remain.

    So no letter or digit that any finding covered is left uncovered.
    """
    settled: list[Finding] = []
    touching: list[Finding] = []
    end = 0
    for finding in sorted(findings, key=lambda f: (f.start, f.end)):
        if touching and finding.start >= end:  # all up to here has nothing to do with what follows
            settled += _settled(touching)
            touching = []
        touching.append(finding)
        end = max(end, finding.end)
    return settled + _settled(touching)


def _settled(findings: list[Finding]) -> list[Finding]:
    """Findings that overlap, one with another, by the rule."""
    if len(findings) < 2:
        return findings
    joined = _join_same_type(findings)
    taken: list[Span] = []
    settled: list[Finding] = []
    for finding in sorted(joined, key=_rank):
        pieces = outside(finding, taken)
        settled += pieces
        for piece in pieces:
            taken.insert(bisect_right(taken, (piece.start, piece.end)), (piece.start, piece.end))
    return sorted(settled, key=lambda f: (f.start, f.end))


def outside(finding: Finding, taken: Sequence[Span]) -> list[Finding]:
    """What is left of a finding once the sorted, disjoint spans `taken` are cut out; itself when they do not touch."""
    first = bisect_right(taken, (finding.start, finding.start))
    first = max(0, first - 1)
    gaps, position, touched = [], finding.start, False
    for start, end in taken[first:]:
        if start >= finding.end:
            break
        if end <= position:
            continue
        touched = True
        gaps.append((position, start))
        position = end
    if not touched:
        return [finding]
    gaps.append((position, finding.end))
    return [piece for start, end in gaps if start < end and (piece := _trimmed(finding, start, end))]


def mask_value(text: str) -> str:
    """The form in which a stored finding shows its value: enough to recognise it, not enough to learn it.

    The first letter of each word of four letters or more, then `***`; everything else is `***`. No digit is shown, but
    for the last four of a payment card. The length is not shown either. Never a square bracket.
    """
    digits = [c for c in text if c in "0123456789"]
    if len(digits) in _CARD_DIGITS and not any(c.isalpha() for c in text) and luhn.is_valid("".join(digits)):
        return "************" + "".join(digits[-4:])
    words = text.split()
    shown = [_mask_word(word) for word in words[:_SHOWN_WORDS]]
    return " ".join(shown) if shown else "***"


def _mask_word(word: str) -> str:
    letters = sum(c.isalpha() for c in word)
    return f"{word[0]}***" if letters > 3 and word[0].isalpha() else "***"


def _rank(finding: Finding) -> tuple[float, int, int, str, str, str]:
    length = finding.end - finding.start
    return (-finding.score, -length, finding.start, finding.entity_type, finding.recognizer, finding.check or "")


def _join_same_type(findings: Iterable[Finding]) -> list[Finding]:
    joined: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (f.entity_type, f.start, _rank(f))):
        last = joined[-1] if joined else None
        if last and last.entity_type == finding.entity_type and finding.start < last.end:
            joined[-1] = _union(last, finding)
        else:
            joined.append(finding)
    return joined


def _union(a: Finding, b: Finding) -> Finding:
    """Both spans, with the why of the stronger; `a` starts first and they overlap."""
    strongest = min(a, b, key=_rank)
    text = a.text + b.text[max(0, a.end - b.start) :]
    return replace(strongest, start=a.start, end=max(a.end, b.end), text=text)


def _trimmed(finding: Finding, start: int, end: int) -> Finding | None:
    text = finding.text[start - finding.start : end - finding.start]
    alnum = [i for i, c in enumerate(text) if c.isalnum()]
    if not alnum:
        return None
    first, last = alnum[0], alnum[-1] + 1
    while last < len(text) and unicodedata.combining(text[last]):
        last += 1
    return replace(finding, start=start + first, end=start + last, text=text[first:last])
