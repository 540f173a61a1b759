"""Lines of text on a picture, the text that they make together, and which part of the picture a part of it is."""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from expunct_server.redaction.formats.marks import joined

Points = NDArray[np.float32]
"""Four corners in pixels, x and y: top left, top right, bottom right and bottom left as the text is read."""

_BETWEEN: Final = "  "
_WHOLE = re.compile(r"[^@]+@[^@]+\.[a-zA-Z]{2,}[.,;:)]?")
_PARTS = re.compile(r"\w+(?:[._-]\w+)+[._-]?")
_MARGIN: Final = 0.12  # of a line's height: readers place letters no more exactly than that


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read. `centres` are those of its characters, as parts (0 to 1) of the way along it;
    `confidence` is 0 to 1."""

    text: str
    corners: Points
    centres: tuple[float, ...]
    confidence: float

    @property
    def height(self) -> float:
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    def part(self, start: int, end: int) -> Points:
        """Where the characters from `start` to `end` are, with a margin."""
        margin = self.height * _MARGIN
        along = margin / max(self.width, 1.0)
        left = (self._edge(start) if start else 0.0) - along
        right = (self._edge(end) if end < len(self.text) else 1.0) + along
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

    def _edge(self, index: int) -> float:
        """Between the character before and the one at `index`."""
        return (self.centres[index - 1] + self.centres[index]) / 2


class _Run(NamedTuple):
    start: int
    line: Line


@dataclass(frozen=True, slots=True)
class Together:
    """All lines of a picture as one text, in reading order: what stands side by side is one line of it."""

    text: str
    lines: tuple[Line, ...]
    _runs: tuple[_Run, ...]

    def parts(self, start: int, end: int) -> list[Points]:
        """Where on the picture the code points from `start` to `end` of the text are."""
        return [
            run.line.part(max(start - run.start, 0), min(end - run.start, len(run.line.text)))
            for run in self._runs
            if start < run.start + len(run.line.text) and run.start < end
        ]

    def wrapped(self) -> list[str]:
        """What may be one value that a line's end has broken: the last word of each line with the first of the next."""
        ends = [each.line.text for each in self._runs]
        pairs = pairwise(ends)
        return [f"{a.split()[-1]}{b.split()[0]}" for a, b in pairs if a.split() and b.split() and _is_broken(a, b)]


def together(lines: list[Line]) -> Together:
    """Lines in reading order, joined."""
    parts: list[str] = []
    runs: list[_Run] = []
    length = 0
    for row in _rows(lines):
        for number, line in enumerate(row):
            before = "" if not parts else _BETWEEN if number else "\n"
            parts += [before, line.text]
            runs.append(_Run(length + len(before), line))
            length += len(before) + len(line.text)
    return Together("".join(parts), tuple(run.line for run in runs), tuple(runs))


def box(corners: list[Points]) -> str:
    """Where parts are, for people: `box 20 40 180 62`, in pixels from the top left corner."""
    said = []
    for each in corners:
        low, high = np.floor(each.min(axis=0)).clip(0), np.ceil(each.max(axis=0)).clip(0)
        said.append(f"box {int(low[0])} {int(low[1])} {int(high[0])} {int(high[1])}")
    return joined(said)


def _rows(lines: list[Line]) -> list[list[Line]]:
    """Lines side by side are a row. Those that run another way than from left to right come after all others."""
    level = [each for each in lines if _is_level(each)]
    rows: list[list[Line]] = []
    for line in sorted(level, key=lambda each: _middle(each)[1]):
        if rows and _is_beside(rows[-1], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    ordered = [sorted(row, key=lambda each: _middle(each)[0]) for row in rows]
    return ordered + [[each] for each in lines if not _is_level(each)]


def _is_level(line: Line) -> bool:
    along = line.corners[1] - line.corners[0]
    return bool(along[0] > 0 and abs(along[1]) < abs(along[0]) / 2)


def _is_beside(row: list[Line], line: Line) -> bool:
    """Whether a line is at the height of a row and over none of its lines."""
    low, high = line.corners[:, 0].min(), line.corners[:, 0].max()
    for other in row:
        half = min(other.height, line.height) / 2  # boxes are drawn with a margin, which may be the next one's
        if abs(_middle(other)[1] - _middle(line)[1]) > half:
            return False
        if min(high, other.corners[:, 0].max()) - max(low, other.corners[:, 0].min()) > half:
            return False
    return True


def _middle(line: Line) -> Points:
    return np.asarray(line.corners.mean(axis=0), np.float32)


def _is_broken(before: str, after: str) -> bool:
    """Whether an address may go on in the next line: it breaks at its signs, or before it is whole."""
    last, first = before.split()[-1], after.split()[0]
    if _WHOLE.fullmatch(last):
        return False
    if "@" in first[1:]:
        return _PARTS.fullmatch(last) is not None
    return first[0] == "@" or "@" in last or ("://" in last and last[-1] in "/-_.?=&")
