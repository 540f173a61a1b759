"""A policy's lists: phrases that are always found (deny lists are phrases), and values that are let stand.

How a text and an entry are compared, everywhere:

    exact    the same characters; a run of white space is one space
    folded   the same without case, accents, width and unseen characters (`folding`)
    fuzzy    folded, within one edit for up to 7 characters and two above (`fuzzy`)

Phrases match whole words. Where a script has no spaces between words (Chinese, Japanese, Thai, Lao, Khmer, Burmese),
each character is a word. A fuzzy phrase begins and ends with a word, whatever stands around it in its entry.

Allowed values: a finding falls away when an entry matches all of its text, before overlaps are settled. It is never cut
out of a longer finding, and what the policy itself names (phrases, deny list) is never allowed away.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, Literal

import regex

from expunct_server.redaction import fuzzy
from expunct_server.redaction.failures import RecognizerFailed
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.folding import UNSPACED, Mapped, folded, squeezed
from expunct_server.redaction.wanted import Wanted

Match = Literal["exact", "folded", "fuzzy"]
PHRASE: Final = "phrase:"
DENIED: Final = "deny:"

_WORD: Final = regex.compile(rf"(?V1){UNSPACED}\p{{M}}*|[\w--{UNSPACED}]+")
_WORD_ASCII: Final = regex.compile(r"[A-Za-z0-9_]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A text to find. `edits` counts for fuzzy alone; `recognizer` is `phrase:<name>` or `deny:<n>`."""

    text: str = field(repr=False)
    match: Match
    recognizer: str
    entity_type: str
    score: float
    edits: int = 0


@dataclass(frozen=True, slots=True)
class Allowed:
    """A value to let stand; with an `entity_type` only where a finding says that it is one."""

    text: str = field(repr=False)
    match: Match
    entity_type: str | None = None
    edits: int = 0


def find(text: str, phrases: tuple[Phrase, ...], wanted: Wanted) -> list[Finding]:
    """Where the phrases stand, those whose score counts; `check` says how each matched. Raises RecognizerFailed."""
    least = wanted.by_type()
    found: list[Finding] = []
    for index in _indexed(phrases):
        for n, start, end in index.search(text):
            phrase = index.phrases[n]
            if phrase.score >= least.get(phrase.entity_type, wanted.default):
                why = (phrase.recognizer, phrase.match)
                found.append(Finding(phrase.entity_type, start, end, phrase.score, text[start:end], *why))
    return found


def allowed(findings: Iterable[Finding], lists: tuple[Allowed, ...]) -> list[Finding]:
    """The findings without those whose whole text an entry lets stand. Raises RecognizerFailed."""
    if not lists:
        return list(findings)
    index = _allowing(lists)
    return [f for f in findings if f.recognizer.startswith((PHRASE, DENIED)) or not index.allows(f)]


def edge_words(text: str) -> tuple[int, int]:
    """From the first word of a folded text to the end of its last: what a fuzzy entry is compared by."""
    words = list(_words(text))
    return (words[0][0], words[-1][1]) if words else (0, 0)


def _words(text: str) -> Iterator[tuple[int, int]]:
    expression = _WORD_ASCII if text.isascii() else _WORD
    return (word.span() for word in expression.finditer(text))


# --- phrases ----------------------------------------------------------------------------------------------------------


class _Same:
    """Phrases that a text must hold as they are, once both are squeezed or folded.

    They are looked up by their first word: all that begin so, then by where they begin before it and how long they
    are. So a text takes as many look-ups as it has words, times the lengths of the phrases that begin alike.
    """

    def __init__(self, phrases: Sequence[Phrase], form: Any) -> None:
        self.phrases, self.form = phrases, form
        self.by_word: dict[str, dict[tuple[int, int], dict[str, list[int]]]] = {}
        self.wordless: list[tuple[str, int]] = []
        for n, phrase in enumerate(phrases):
            self._add(n, form(phrase.text).text.strip())

    def _add(self, n: int, text: str) -> None:
        first = next(_words(text), None)
        if first is None:
            self.wordless.append((text, n))
            return
        shapes = self.by_word.setdefault(text[slice(*first)], {})
        shapes.setdefault((first[0], len(text)), defaultdict(list))[text].append(n)

    def search(self, source: str) -> Iterator[tuple[int, int, int]]:
        """Phrase, start and end in the source."""
        mapped: Mapped = self.form(source)
        text = mapped.text
        words = list(_words(text))
        ends = {end for _, end in words}
        for start, end in words:
            for (before, length), texts in self.by_word.get(text[start:end], {}).items():
                low, high = start - before, start - before + length
                if low < 0 or (phrases := texts.get(text[low:high])) is None:
                    continue
                if high in ends or not _is_word(text[high - 1]):
                    for n in phrases:
                        yield n, *mapped.source(low, high)
        for entry, n in self.wordless:
            for low in _occurrences(text, entry):
                yield n, *mapped.source(low, low + len(entry))


def _is_word(character: str) -> bool:
    return _WORD.match(character) is not None


def _occurrences(text: str, entry: str) -> Iterator[int]:
    at = text.find(entry) if entry else -1
    while at >= 0:
        yield at
        at = text.find(entry, at + len(entry))


class _Near:
    """Phrases that a text must nearly hold."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self.phrases = phrases
        texts = [folded(phrase.text).text for phrase in phrases]
        entries = [(t[slice(*edge_words(t))], p.edits) for t, p in zip(texts, phrases, strict=True)]
        self.index = fuzzy.Index(entries)

    def search(self, source: str) -> Iterator[tuple[int, int, int]]:
        """Phrase, start and end in the source."""
        mapped = folded(source)
        words = list(_words(mapped.text))
        try:
            found = self.index.search(mapped.text, (s for s, _ in words), (e for _, e in words))
        except fuzzy.TooMuchWork:
            raise _too_much("phrases") from None
        for near in found:
            yield near.index, *mapped.source(near.start, near.end)


@lru_cache(maxsize=16)
def _indexed(phrases: tuple[Phrase, ...]) -> list[_Same | _Near]:
    by: dict[Match, list[Phrase]] = defaultdict(list)
    for phrase in phrases:
        by[phrase.match].append(phrase)
    indexes: list[_Same | _Near] = []
    if by["exact"]:
        indexes.append(_Same(by["exact"], squeezed))
    if by["folded"]:
        indexes.append(_Same(by["folded"], folded))
    if by["fuzzy"]:
        indexes.append(_Near(by["fuzzy"]))
    return indexes


def _too_much(what: str) -> RecognizerFailed:
    return RecognizerFailed(f"{what}:fuzzy", "had too much to compare; fewer of them, or folded ones, would do")


# --- allowed values ---------------------------------------------------------------------------------------------------


class _Allowing:
    """Entries by their texts, with the types they are for; None stands for every type."""

    def __init__(self, lists: Sequence[Allowed]) -> None:
        self.exact: dict[str, set[str | None]] = defaultdict(set)
        self.folded: dict[str, set[str | None]] = defaultdict(set)
        self.fuzzy = [entry for entry in lists if entry.match == "fuzzy"]
        for entry in lists:
            if entry.match == "exact":
                self.exact[squeezed(entry.text).text.strip()].add(entry.entity_type)
            elif entry.match == "folded":
                self.folded[folded(entry.text).text.strip()].add(entry.entity_type)
        texts = [folded(entry.text).text for entry in self.fuzzy]
        self.index = fuzzy.Index([(t[slice(*edge_words(t))], e.edits) for t, e in zip(texts, self.fuzzy, strict=True)])

    def allows(self, finding: Finding) -> bool:
        for_types = {None, finding.entity_type}
        if for_types & self.exact.get(squeezed(finding.text).text.strip(), set()):
            return True
        if not self.folded and not self.fuzzy:
            return False
        text = folded(finding.text).text
        if for_types & self.folded.get(text.strip(), set()):
            return True
        try:
            near = list(self.index.whole(text[slice(*edge_words(text))])) if self.fuzzy else []
        except fuzzy.TooMuchWork:
            raise _too_much("allow_list") from None
        return any(self.fuzzy[n].entity_type in for_types for n in near)


@lru_cache(maxsize=16)
def _allowing(lists: tuple[Allowed, ...]) -> _Allowing:
    return _Allowing(lists)
