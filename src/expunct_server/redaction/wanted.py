"""What a search looks for: entity types, and how sure it must be of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Wanted:
    """Entity types with the least score, 0 to 1, that counts for each. Hashable, so that what follows can be kept.

    `default` counts for a policy's own types, which need not be among the `thresholds`.
    """

    thresholds: tuple[tuple[str, float], ...]
    default: float

    @classmethod
    def of(cls, entity_types: Iterable[str], threshold: float, own: Mapping[str, float] | None = None) -> "Wanted":
        """These types at `threshold`, or at their `own`."""
        own = own or {}
        return cls(tuple((name, own.get(name, threshold)) for name in sorted(set(entity_types))), threshold)

    def by_type(self) -> dict[str, float]:
        """Each type with the score that counts."""
        return dict(self.thresholds)


NONE: Final = Wanted((), 1.0)
"""No type at all."""
