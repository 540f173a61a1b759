"""Lines of text on a picture, and which part of it a part of one is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from expunct_server.redaction.formats.marks import joined

Points = NDArray[np.float32]
"""Four corners in pixels, x and y: top left, top right, bottom right and bottom left as the text is read."""

_MARGIN: Final = 0.12  # of a line's height: readers place letters no more exactly than that


def width(corners: Points) -> float:
    """How long a line is along its text, in pixels."""
    return float(np.linalg.norm(corners[1] - corners[0]))


def height(corners: Points) -> float:
    """How high a line is across its text, in pixels."""
    return float(np.linalg.norm(corners[3] - corners[0]))


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read. `centres` are those of its characters, as parts (0 to 1) of the way along it;
    `confidence` is 0 to 1; `size` about that of the letters in pixels, whichever they are."""

    text: str
    corners: Points
    centres: tuple[float, ...]
    confidence: float
    size: float

    @property
    def height(self) -> float:
        return height(self.corners)

    @property
    def width(self) -> float:
        return width(self.corners)

    def part(self, start: int, end: int) -> Points:
        """Where the characters from `start` to `end` are, with a margin."""
        margin = self.height * _MARGIN
        along = self.size * _MARGIN / max(self.width, 1.0)
        left = self._edge(start, -along) if start else -along
        right = self._edge(end, along) if end < len(self.text) else 1.0 + along
        top_left, top_right, bottom_right, bottom_left = self.corners
        across = (bottom_left - top_left) / max(self.height, 1.0) * margin
        top, bottom = top_right - top_left, bottom_right - bottom_left
        return np.array(
            [
                top_left + top * left - across,
                top_left + top * right - across,
                bottom_left + bottom * right + across,
                bottom_left + bottom * left + across,
            ],
            np.float32,
        )

    def _edge(self, index: int, margin: float) -> float:
        """Between the character before and the one at `index`, with a margin to one side; on that side of the middle of
        a blank, which is narrower than letters."""
        edge = (self.centres[index - 1] + self.centres[index]) / 2 + margin
        if margin < 0:
            return min(edge, self.centres[index - 1]) if self.text[index - 1].isspace() else edge
        return max(edge, self.centres[index]) if self.text[index].isspace() else edge


def box(corners: list[Points]) -> str:
    """Where parts are, for people: `box 20 40 180 62`, in pixels from the top left corner."""
    said = []
    for each in corners:
        low, high = np.floor(each.min(axis=0)).clip(0), np.ceil(each.max(axis=0)).clip(0)
        said.append(f"box {int(low[0])} {int(low[1])} {int(high[0])} {int(high[1])}")
    return joined(said)
