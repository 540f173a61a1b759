"""A document's own consistency: a name found once is found everywhere in it.

The models find a name where its sentence gives it away and may miss it where nothing does. What they found is kept
here, in the forms in which people are mentioned again (`John Smith`, `J. Smith`, `Smith, John`, `Smith`, `JOHN SMITH`),
and looked for in the whole document. A word that the document also uses as an ordinary word (`rose`, `will`) is no name
by itself.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Final

import regex

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.names.answers import Answers

RECOGNIZER: Final = "document:repeated_name"
SCORE: Final = 0.7
"""What a repeated name scores: below what patterns are sure of, above the usual threshold."""
MOST: Final = 20_000
"""Names one document may have; those found later are not looked for elsewhere, which the report says."""
TOO_MANY: Final = (
    "This document holds more names than are looked for again; mentions of the later ones may have been missed where "
    "their sentence did not give them away."
)
_LEAST: Final = 3  # letters that a name of one word must have
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’\-](?!s\b)[\p{L}\p{M}\p{N}]+)*")
_BETWEEN = re.compile(r"[ \t\u00a0]{1,3}|[ \t]?\n[ \t]?|\.[ \t\u00a0]{0,2}|,[ \t\u00a0]{1,2}|-")
_PARTICLES: Final = frozenset({
    "de", "da", "do", "dos", "das", "del", "della", "der", "den", "des", "di", "du", "la", "le", "las", "los",
    "el", "al", "bin", "ibn", "ben", "van", "von", "vom", "zu", "zur", "ten", "ter", "e", "y", "i", "jr", "sr",
    "ii", "iii", "iv", "dr", "mr", "mrs", "ms", "prof", "sir", "lady", "st", "saint", "san", "santa",
})  # fmt: skip
# Words that are names of people and, more often, ordinary or other words. Alone they repeat nobody.
_ORDINARY: Final = frozenset(resources.files(__package__).joinpath("ordinary.txt").read_text("utf-8").split())


@dataclass(slots=True)
class KnownNames:
    """The names of one document. Not thread-safe: a document is read by one thread."""

    lowered: set[str] = field(default_factory=set)
    full: bool = False
    answers: Answers = field(default_factory=Answers)
    _by_first: dict[str, dict[tuple[str, ...], str]] = field(default_factory=lambda: defaultdict(dict))
    _count: int = 0

    def learn_words(self, text: str) -> None:
        """Take in which words the document writes in small letters."""
        self.lowered.update(word for word in _WORD.findall(text) if word.islower())

    def learn(self, findings: Iterable[Finding]) -> None:
        """Take in what models and columns' names found."""
        for finding in findings:
            if finding.recognizer.startswith(("model:", "header:", "llm:")):
                for words in _forms(finding):
                    self._add(words, finding.entity_type)

    def _add(self, words: tuple[str, ...], entity_type: str) -> None:
        known = self._by_first[words[0]]
        if words in known:
            return
        if self._count >= MOST:
            self.full = True
            return
        known[words] = entity_type
        self._count += 1

    def find(self, text: str) -> list[Finding]:
        """Every mention of a known name in `text`, the longest first where several begin at one word."""
        if not self._by_first:
            return []
        words = [(m[0], m.start(), m.end()) for m in _WORD.finditer(text)]
        found: list[Finding] = []
        i = 0
        while i < len(words):
            taken = self._at(text, words, i)
            if taken is None:
                i += 1
                continue
            count, entity_type = taken
            start, end = words[i][1], words[i + count - 1][2]
            found.append(Finding(entity_type, start, end, SCORE, text[start:end], RECOGNIZER, "repeated"))
            i += count
        return found

    def _at(self, text: str, words: Sequence[tuple[str, int, int]], i: int) -> tuple[int, str] | None:
        """How many words the longest known name has that begins at word `i`, and its type."""
        known = self._by_first.get(words[i][0])
        if not known:
            return None
        best: tuple[int, str] | None = None
        for form, entity_type in known.items():
            if (best is None or len(form) > best[0]) and self._stands(text, words, i, form):
                best = len(form), entity_type
        return best

    def _stands(self, text: str, words: Sequence[tuple[str, int, int]], i: int, form: tuple[str, ...]) -> bool:
        if len(form) == 1:
            return form[0].lower() not in self.lowered
        if i + len(form) > len(words) or any(words[i + k][0] != form[k] for k in range(1, len(form))):
            return False
        return all(_BETWEEN.fullmatch(text, words[i + k][2], words[i + k + 1][1]) for k in range(len(form) - 1))


def _forms(finding: Finding) -> Iterator[tuple[str, ...]]:
    """The forms in which this name may stand elsewhere, as words."""
    words = tuple(_WORD.findall(finding.text))
    if not words or not any(word[0].isupper() for word in words):
        return
    if finding.entity_type == "PERSON":
        yield from _forms_of_person(words)
    elif len(words) > 1 and finding.entity_type in ("ORGANIZATION", "LOCATION"):
        yield words


def _forms_of_person(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    names = tuple(word for word in words if word.lower().rstrip(".") not in _PARTICLES)
    for form in dict.fromkeys([words, names]):
        if len(form) > 1:
            yield form
            yield tuple(word.upper() for word in form)
    if len(names) > 1:
        given, family = names[0], names[-1]
        yield family, *words[: words.index(family)]
        yield given, family
        if len(given) > 1:
            yield given[0], family
            yield family, given
    for name in names:
        if len(name) >= _LEAST and name[0].isupper() and name.lower() not in _ORDINARY:
            yield (name,)
            if len(name) > _LEAST:
                yield (name.upper(),)
