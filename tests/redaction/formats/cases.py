"""Documents with a value planted in every place where their format can hold text: what the conformance suite runs over.

A format's cases are in a module `cases_FORMAT.py` beside this one, which makes a list `CASES`.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of document.

    `make` gives its bytes, with the value of each of `places` in that place, and `kept` where a reader sees it. `read`
    gives what is in a document, by another library than the product's: everything that it can give, for people and for
    programs, container and all. `check` raises when a document is not sound. `locations` are those that the findings of
    some places must have; `dropped` are places whose whole content goes, unread, so that nothing is found there.
    """

    filename: str
    media_type: str
    places: tuple[str, ...]
    make: Callable[[Mapping[str, str]], bytes]
    read: Callable[[bytes], str]
    check: Callable[[bytes], object]
    kept: tuple[str, ...]
    locations: Mapping[str, str]
    dropped: frozenset[str] = frozenset()

    def planted(self) -> dict[str, str]:
        """A value of its own for each place; no two share a word but the domain."""
        return {place: f"k{number:03}x.planted@example.com" for number, place in enumerate(self.places)}


def all_cases() -> Iterator[Case]:
    """Those of every format."""
    for path in sorted(Path(__file__).parent.glob("cases_*.py")):
        yield from importlib.import_module(f"{__package__}.{path.stem}").CASES
