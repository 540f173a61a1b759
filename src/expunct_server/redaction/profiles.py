"""How hard to look: one table of detection profiles.

balanced   what is likely: patterns, columns' names and the model, at the usual threshold
strict     recall first: what only a word nearby would confirm counts without it, and so do faint signs, such as lone
           years, weekdays, postcodes and numbers, capitalised words behind an office, names behind an @
fast       patterns and columns' names alone, and the result says so
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

NOT_BY_MODEL: Final = (
    "The detection profile fast was in force: names of people, places and organizations were not looked for by a "
    "model, so those that no pattern, column name or phrase gives away were left."
)


@dataclass(frozen=True, slots=True)
class Profile:
    """`threshold` is the score that counts, 0 to 1, where nobody sets one, and `thresholds` the same for single types.

    `note` is for the report.
    """

    use_model: bool
    threshold: float
    thresholds: Mapping[str, float] = field(default_factory=dict)
    note: str | None = None


BALANCED: Final = "balanced"
PROFILES: Final[dict[str, Profile]] = {
    BALANCED: Profile(use_model=True, threshold=0.5),
    "strict": Profile(use_model=True, threshold=0.05, thresholds={"ORGANIZATION": 0.3}),
    "fast": Profile(use_model=False, threshold=0.5, note=NOT_BY_MODEL),
}


def of(name: str) -> Profile:
    """The profile of this name. Raises ValueError, naming what can be chosen."""
    if name not in PROFILES:
        raise ValueError("must be one of " + ", ".join(PROFILES))
    return PROFILES[name]
