"""From what a token-classification model says of each token to mentions of whole words.

The probabilities of a word are the mean of those of its tokens, so that a word is never marked in part. Words that
follow each other and mean the same are one mention until a label says that another begins. Parts of a name that adjoin
become one person, and parts of an address one place.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import regex

from expunct_server.redaction.folding import UNSPACED
from expunct_server.redaction.names.labels import ADDRESS, FAMILY, GIVEN, Meaning, meaning

_BEGINS, _GOES_ON = frozenset("BSU"), frozenset("IELM")  # of BIO, BIOES, BILOU and BMES
# Letters and digits; where a script has no spaces between words, each character is one.
_WORD: Final = regex.compile(rf"(?V1){UNSPACED}\p{{M}}*|[[\w\p{{M}}]--{UNSPACED}]+|[^\w\s]")
_IN_NAME: Final = regex.compile(r"\.?[ \t\u00a0]{1,2}|[.\-'’]|[ \t]?\r?\n[ \t]?")
_NAME_TURNED: Final = regex.compile(r",[ \t\u00a0]{0,2}")
_IN_ADDRESS: Final = regex.compile(r"[ \t\u00a0,;.#/\-–]{0,4}(?:\r?\n)?[ \t\u00a0]{0,4}")


class Word(NamedTuple):
    """A word: its place in the piece, and its tokens from `first` up to `after`."""

    start: int
    end: int
    first: int
    after: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A run of words that mean the same; `shares` are the probabilities of its words."""

    meaning: Meaning
    start: int
    end: int
    shares: tuple[float, ...]
    parts: frozenset[str]

    @property
    def score(self) -> float:
        """How likely, in the mean, each word means this."""
        return sum(self.shares) / len(self.shares)


class Scheme:
    """The labels of a model, in the order of its classes, and how likely each meaning is when each label is."""

    def __init__(self, labels: Sequence[str]) -> None:
        import numpy as np

        split = [_split(label) for label in labels]
        self.meanings: list[Meaning | None] = [None, *sorted({m for _, m in split if m is not None})]
        self._sums = np.zeros((len(labels), len(self.meanings)), dtype=np.float32)
        self._begins = np.zeros_like(self._sums)
        for row, (begins, meant) in enumerate(split):
            column = self.meanings.index(meant)
            self._sums[row, column] = 1.0
            self._begins[row, column] = begins

    def of(self, probabilities: Any) -> tuple[Any, Any]:
        """For each token and meaning how likely it is, and how much of that says that another mention begins."""
        return probabilities @ self._sums, probabilities @ self._begins


def name_of(label: str) -> str:
    """A label without what says where in a mention it stands: `PER` of `B-PER`."""
    head, dash, rest = label.partition("-")
    return rest if dash and rest and head.upper() in _BEGINS | _GOES_ON else label


def decoded(text: str, offsets: Sequence[tuple[int, int]], probabilities: Any, scheme: Scheme) -> list[Marked]:
    """What is marked in `text`, in order. `offsets` are the tokens' places, a row of `probabilities` is each one's."""
    joined: list[Marked] = []
    for marked in _runs(text, offsets, probabilities, scheme):
        if joined and _adjoin(text, joined[-1], marked):
            joined[-1] = _both(joined[-1], marked)
        else:
            joined.append(marked)
    return joined


def _split(label: str) -> tuple[bool, Meaning | None]:
    name = name_of(label)
    return name != label and label[0].upper() in _BEGINS, None if name.upper() in ("O", "") else meaning(name)


def _words(text: str, offsets: Sequence[tuple[int, int]]) -> Iterator[Word]:
    """The words of a text that have tokens. A token that reaches over several words counts for each."""
    first = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        while first < len(offsets) and offsets[first][1] <= start:
            first += 1
        after = first
        while after < len(offsets) and offsets[after][0] < end:
            after += 1
        if after > first:
            yield Word(start, end, first, after)


def _runs(text: str, offsets: Sequence[tuple[int, int]], probabilities: Any, scheme: Scheme) -> Iterator[Marked]:
    """Words that follow each other and mean the same."""
    likely, begins = scheme.of(probabilities)
    current: Marked | None = None
    for word in _words(text, offsets):
        mean = likely[word.first : word.after].mean(axis=0)
        column = int(mean.argmax())
        meant, share = scheme.meanings[column], float(mean[column])
        is_new = bool(begins[word.first, column] > likely[word.first, column] / 2)
        if current is not None and meant == current.meaning and not is_new:
            current = Marked(current.meaning, current.start, word.end, (*current.shares, share), current.parts)
            continue
        if current is not None:
            yield current
        current = None if meant is None else Marked(meant, word.start, word.end, (share,), frozenset({meant.part}))
    if current is not None:
        yield current


def _adjoin(text: str, left: Marked, right: Marked) -> bool:
    """Whether two are parts of one name or one address."""
    between, part = text[left.end : right.start], right.meaning.part
    if left.meaning.entity_type != right.meaning.entity_type or not left.meaning.part or not part:
        return False
    if part == ADDRESS:
        return _IN_ADDRESS.fullmatch(between) is not None
    if part == GIVEN and left.parts >= {GIVEN, FAMILY}:  # the next person's
        return False
    if part == GIVEN and left.parts == {FAMILY} and _NAME_TURNED.fullmatch(between):
        return True
    return _IN_NAME.fullmatch(between) is not None


def _both(left: Marked, right: Marked) -> Marked:
    return Marked(left.meaning, left.start, right.end, left.shares + right.shares, left.parts | right.parts)
