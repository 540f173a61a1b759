"""A document's own consistency: a name found once is found everywhere in it.

The models find a name where its sentence gives it away and may miss it where nothing does. What they found is kept
here, in the forms in which people are mentioned again (`John Smith`, `J. Smith`, `Smith, John`, `Smith`, `JOHN SMITH`),
and looked for in the whole document. A word that the document also uses as an ordinary word (`rose`, `will`) is no name
by itself.

Documents of many parts (`formats.isolated`) lose any value everywhere that they lose somewhere: what a first reading
found is in `removed`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from itertools import pairwise
from typing import Final

import regex

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.names.answers import Answers
from expunct_server.redaction.removed import Removed

RECOGNIZER: Final = "document:repeated_name"
REPEATED_VALUE: Final = "document:repeated_value"
SCORE: Final = 0.7
"""What a repeated name scores: below what patterns are sure of, above the usual threshold."""
CERTAIN: Final = 1.0
"""What a repeated value scores: whatever made it count elsewhere makes it count here."""
MOST: Final = 200_000
"""Forms of names one document may have, about eight for each person; those found later are not looked for elsewhere,
which the report says."""
LONGEST: Final = 6
"""Words of the longest form that is looked for."""
TOO_MANY: Final = (
    "This document holds more names than are looked for again; mentions of the later ones may have been missed where "
    "their sentence did not give them away."
)
_LEAST: Final = 3  # letters that a name of one word must have
_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’\-](?!s\b)[\p{L}\p{M}\p{N}]+)*")
_SMALL_WORD = regex.compile(r"(?<![\p{L}\p{M}\p{N}@._/\-'’])\p{Ll}{3,20}(?![\p{L}\p{M}\p{N}@_/\-]|[.'’]\p{L})")
_ORDINARILY: Final = 2
"""How often a document must write a word in small letters before the word is taken for an ordinary one there."""
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
    """The names of one document. Not thread-safe: a document is read by one thread.

    `lowered` counts the words that it writes in small letters, as words and not in addresses or identifiers.
    """

    lowered: dict[str, int] = field(default_factory=dict, repr=False)
    full: bool = False
    answers: Answers = field(default_factory=Answers, repr=False)
    removed: Removed = field(default_factory=Removed, repr=False)
    _forms: dict[tuple[str, ...], str] = field(default_factory=dict, repr=False)
    _lengths: dict[str, list[int]] = field(
        default_factory=dict, repr=False
    )  # of the forms that begin with a word, longest first

    def learn_words(self, text: str) -> None:
        """Take in which words the document writes in small letters."""
        for word in _SMALL_WORD.findall(text):
            if word in self.lowered:
                self.lowered[word] += 1
            elif len(self.lowered) < MOST:
                self.lowered[word] = 1

    def learn(self, findings: Iterable[Finding]) -> None:
        """Take in the names that models, columns' names, labels and greetings gave away."""
        for finding in findings:
            if finding.recognizer.startswith(("model:", "header:", "llm:", "pattern:")):
                for words in _forms(finding):
                    self._add(words, finding.entity_type)

    def _add(self, words: tuple[str, ...], entity_type: str) -> None:
        if words in self._forms or len(words) > LONGEST:
            return
        if len(self._forms) >= MOST:
            self.full = True
            return
        self._forms[words] = entity_type
        lengths = self._lengths.setdefault(words[0], [])
        if len(words) not in lengths:
            lengths.append(len(words))
            lengths.sort(reverse=True)

    def __bool__(self) -> bool:
        """Whether any name or value is known."""
        return bool(self._forms or self.removed)

    def find(self, text: str) -> list[Finding]:
        """Every mention of a known name or value in `text`, the longest first where several begin at one word."""
        return self._names(text) + [
            Finding(kind, start, end, CERTAIN, text[start:end], REPEATED_VALUE, "repeated")
            for start, end, kind in self.removed.find(text)
        ]

    def _names(self, text: str) -> list[Finding]:
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
        for length in self._lengths.get(words[i][0], ()):
            here = words[i : i + length]
            entity_type = self._forms.get(tuple(word for word, _, _ in here))
            if len(here) == length and entity_type is not None and self._stands(text, here):
                return length, entity_type
        return None

    def _stands(self, text: str, words: Sequence[tuple[str, int, int]]) -> bool:
        """Whether these words, which make up a known form, stand together as a name does."""
        if len(words) == 1:
            return self.lowered.get(words[0][0].lower(), 0) < _ORDINARILY
        return all(_BETWEEN.fullmatch(text, a[2], b[1]) for a, b in pairwise(words))


def _forms(finding: Finding) -> Iterator[tuple[str, ...]]:
    """The forms in which this name may stand elsewhere, as words."""
    words = tuple(_WORD.findall(finding.text))
    if not words or not any(word[0].isupper() for word in words):
        return
    if finding.entity_type == "PERSON":
        yield from _forms_of_person(words)
    elif len(words) > 1 and finding.entity_type in ("ORGANIZATION", "LOCATION") and not _is_address(words):
        yield words


def _is_address(words: tuple[str, ...]) -> bool:
    """Addresses are found where they stand; they are not names that are mentioned again."""
    return any(word[0].isdigit() for word in words)


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
