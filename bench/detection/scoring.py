"""The measure: what was found, what was found wrongly, what was left.

Overlap: a gold span is found when at least half of its characters are covered by predictions of its type; a prediction
is right when at least half of its characters lie in gold of its type. White space counts nowhere. Predictions of types
that a set does not label, or that lie at least half in an ignored span, are neither right nor wrong.
Characters: the same one by one whatever the type, which is what a reader of the redacted text sees.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.detection.sets import Document

COMMON: Final[Mapping[str, str]] = {
    "PER": "PERSON",
    "CARD_HOLDER_NAME": "PERSON",
    "GPE": "LOCATION",
    "ADDRESS": "LOCATION",
    "STREET_ADDRESS": "LOCATION",
    "ORG": "ORGANIZATION",
    "DATE_TIME": "DATE",
    "DATE_OF_BIRTH": "DATE",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "SSN": "US_SSN",
    "IBAN_CODE": "IBAN",
    "IP_ADDRESS": "IP",
    "US_DRIVER_LICENSE": "DRIVER_LICENSE",
}
"""Names that say the same, to the one that is used in sets."""

Prediction = tuple[int, int, str]
"""Start, end and type."""


@dataclass(slots=True)
class Counts:
    """Gold spans found of all gold spans, predictions right of all predictions."""

    found: int = 0
    gold: int = 0
    right: int = 0
    predicted: int = 0

    @property
    def precision(self) -> float:
        return _ratio(self.right, self.predicted)

    @property
    def recall(self) -> float:
        return _ratio(self.found, self.gold)

    def f(self, beta: int = 1) -> float:
        return f_beta(self.precision, self.recall, beta)


@dataclass(slots=True)
class Score:
    """`overlap` sums `by_type`; `characters` counts characters; `missed` and `partly` count gold spans of which
    nothing, or not everything, was covered by any prediction."""

    by_type: dict[str, Counts]
    characters: Counts = field(default_factory=Counts)
    missed: int = 0
    partly: int = 0

    @property
    def overlap(self) -> Counts:
        total = Counts()
        for each in self.by_type.values():
            total.found += each.found
            total.gold += each.gold
            total.right += each.right
            total.predicted += each.predicted
        return total

    def figures(self) -> dict[str, float]:
        """What tables show, each 0 to 1."""
        overlap, characters = self.overlap, self.characters
        return {
            "precision": overlap.precision,
            "recall": overlap.recall,
            "f1": overlap.f(),
            "f2": overlap.f(2),
            "characters_precision": characters.precision,
            "characters_recall": characters.recall,
            "characters_f2": characters.f(2),
            "missed": _ratio(self.missed, overlap.gold),
            "partly": _ratio(self.partly, overlap.gold),
        }


def f_beta(precision: float, recall: float, beta: int = 1) -> float:
    """The weighted harmonic mean; recall counts `beta` times as much as precision."""
    square = beta * beta
    return _ratio((1 + square) * precision * recall, square * precision + recall)


def common(name: str) -> str:
    return COMMON.get(name, name)


def score(documents: Sequence[Document], predictions: Mapping[str, Iterable[Prediction]]) -> Score:
    """The score of the predictions, by document id; a document without any counts as one where nothing was found."""
    types = {common(s.type) for d in documents for s in d.spans if not s.ignored}
    total = Score({name: Counts() for name in sorted(types)})
    for document in documents:
        _add(total, document, predictions.get(document.id, ()))
    return total


def _add(total: Score, document: Document, predictions: Iterable[Prediction]) -> None:
    text = document.text
    ignored = _union(_places(text, s.start, s.end) for s in document.spans if s.ignored)
    gold = [(common(s.type), _places(text, s.start, s.end)) for s in document.spans if not s.ignored]
    said = [(common(name), _places(text, start, end)) for start, end, name in predictions]
    said = [(name, places) for name, places in said if places and 2 * len(places & ignored) < len(places)]
    in_gold, in_said = _by_type(gold), _by_type(said)
    covered = _union(in_said.values())
    for name, places in gold:
        total.by_type[name].gold += 1
        total.by_type[name].found += _half(places, in_said[name])
        total.missed += not places & covered
        total.partly += any(text[i].isalnum() for i in places - covered)
    for name, places in said:
        if name in total.by_type:
            total.by_type[name].predicted += 1
            total.by_type[name].right += _half(places, in_gold[name])
    counted = _union(places for name, places in in_said.items() if name in total.by_type)
    _add_characters(total.characters, _union(in_gold.values()), covered, counted - ignored)


def _add_characters(total: Counts, gold: set[int], covered: set[int], counted: set[int]) -> None:
    """Recall takes whatever covers; precision only what the set has labels for."""
    found = len(gold & covered)
    total.found += found
    total.gold += len(gold)
    total.right += found
    total.predicted += found + len(counted - gold)


def _places(text: str, start: int, end: int) -> set[int]:
    return {i for i in range(start, end) if not text[i].isspace()}


def _by_type(spans: Iterable[tuple[str, set[int]]]) -> defaultdict[str, set[int]]:
    places: defaultdict[str, set[int]] = defaultdict(set)
    for name, each in spans:
        places[name] |= each
    return places


def _half(places: Collection[int], others: set[int]) -> bool:
    return 2 * len(others.intersection(places)) >= len(places)


def _union(sets: Iterable[set[int]]) -> set[int]:
    return set().union(*sets)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
