"""Texts of a result with their places, as they are collected for a view."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

Span = tuple[int, int]

_NUMBERED: Final = re.compile(r"(?:line|row|paragraph|cell) ")
_AROUND: Final = 8


class Piece(NamedTuple):
    """A line of a text, or a part of one. `place` is where its findings are; it begins at `start` of the text that was
    asked about there, in code points, -1 where a quote stands before that. `heading` and `caption` tell people where it
    is; without a caption it goes on in the line of the piece before. A note is ours, and no text of the document; it
    may stand for a `picture`, by its number.
    """

    place: str
    text: str
    start: int
    heading: str
    caption: str | None
    is_note: bool = False
    picture: int | None = None

    @property
    def begins(self) -> bool:
        """Whether a text begins here, and not a later line of it."""
        return self.start <= 0

    def below(self, place: str) -> "Piece":
        """The same as a piece of a document inside another."""
        return self._replace(place=joined(place, self.place), heading=joined(place, self.heading))


def joined(above: str, below: str) -> str:
    """A place below another, as `Tally.below` writes it."""
    return f"{above}, {below}" if above and below else above or below


def around(place: str) -> Iterator[str]:
    """A place, and those around it, a few."""
    yield place
    for _ in range(_AROUND):
        if ", " not in place:
            return
        place = place.rpartition(", ")[0]
        yield place


def told(place: str) -> tuple[str, str]:
    """The heading and the caption of a place: the first thing that is counted, and what follows, is the caption."""
    parts = place.split(", ")
    cut = next((i for i, part in enumerate(parts) if _NUMBERED.match(part)), len(parts) - 1)
    return ", ".join(parts[:cut]), ", ".join(parts[cut:])
