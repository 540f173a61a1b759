"""What a model marked, and what a model is to the engine."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol

AGREED: Final = 0.92
"""The score of what two models have marked alike."""


class Mention(NamedTuple):
    """A name as a model marked it; offsets are in the piece that was read, the score is 0 to 1, and `model`
    says which (`model:names`)."""

    entity_type: str
    start: int
    end: int
    score: float
    model: str


class Unfit(ValueError):
    """A model that cannot be used; its text says why to who named it, as the end of a sentence."""


class Reader(Protocol):
    """A loaded model. `languages` are ISO 639-1 codes, none: any; `window` is in code points."""

    name: str
    version: str
    languages: frozenset[str]
    entity_types: frozenset[str]
    window: int

    def read(self, pieces: Sequence[str]) -> list[list[Mention]]:
        """The names of each piece, none longer than `window`. Whatever it raises, the search has failed."""
        ...
