"""From lines to text as people read it: columns and rows, of lines that run the same way.

Lines that stand below each other are a block, column by column, so that what goes on in the next line of its column is
read there; those side by side are a row: a label in one column and its value in the next.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from expunct_server.redaction.formats import breaks
from expunct_server.redaction.formats.columns import Limits, columns
from expunct_server.redaction.formats.isolated.work import Lines
from expunct_server.redaction.formats.pictures.lines import Line, Points, width

_SAME_WAY: Final = 15.0  # degrees by which lines of one direction differ: pages are bent, and short lines hard to tell
_APART: Final = 0.5  # of the size: a gap between two columns
_LIMITS: Final = Limits(2.6, 3.0)  # lines may be far from each other; what is small may say what the large below it is
_BETWEEN: Final = "\t"
_GROUPS = re.compile(r"(?<=\d) (?=\d)")


@dataclass(slots=True, eq=False)
class Shown:
    """A line on its way. `said` is for each of its characters what stands in its place once it is gone, else None."""

    line: Line
    said: list[str | None]

    def take(self, start: int, end: int, label: str) -> None:
        """Let the characters from `start` to `end` be gone, and a label be in their place."""
        self.said[start:end] = [label, *[""] * (end - start - 1)]


class Painted(NamedTuple):
    """A part of the picture that is painted over: its corners, and what is said in its place."""

    corners: Points
    label: str


@dataclass(slots=True, eq=False)
class _Segment:
    """Lines near each other in a row, as `columns.Segment` has it."""

    lines: list[Shown]
    u0: float
    u1: float
    v: float
    size: float


class Part(NamedTuple):
    """The characters of a line from `start` to `end`."""

    shown: Shown
    start: int
    end: int

    @property
    def corners(self) -> Points:
        return self.shown.line.part(self.start, self.end)

    @property
    def width(self) -> float:
        return width(self.corners)


@dataclass(frozen=True, slots=True)
class Block:
    """A text, and for each code point the line and the character that it is of; None for what is on no line."""

    text: str
    places: list[tuple[Shown, int] | None] = field(repr=False)

    def parts(self, start: int, end: int) -> list[Part]:
        """Where the code points from `start` to `end` of the text are, beside what is gone from between them."""
        found: dict[int, tuple[Shown, list[int]]] = {}
        for place in self.places[start:end]:
            if place is not None:
                found.setdefault(id(place[0]), (place[0], []))[1].append(place[1])
        each = list(found.values())
        return [
            part
            for number, (shown, places) in enumerate(each)
            for part in _left(shown, places[0], _end(shown, places[-1]) if number + 1 < len(each) else places[-1] + 1)
        ]


class Readings(NamedTuple):
    """Each of segments."""

    blocks: list[list[_Segment]]
    rows: list[list[_Segment]]

    def broken(self) -> list[Block]:
        """Lines of blocks over whose ends a word goes, joined."""
        return [
            _block(each[run.start : run.stop], "", mended=True)
            for each in self.blocks
            for run in _runs([_block([line], "").text for line in each])
        ]

    def columns(self) -> list[Block]:
        return [_block(each, "\n") for each in self.blocks]

    def sides(self) -> list[Block]:
        """Rows of several columns."""
        return [_block(each, _BETWEEN) for each in self.rows if len(each) > 1]

    def in_rows(self) -> list[Block]:
        """All rows."""
        return [_block(each, _BETWEEN) for each in self.rows]


def readings(lines: Sequence[Line], painted: Sequence[Painted] = ()) -> Readings:
    """What lines in no order may be read as; of what is painted over nothing is read but what is said in its place."""
    found = Readings([], [])
    boxes = np.array([[*each.corners.min(axis=0), *each.corners.max(axis=0)] for each in painted]).reshape(-1, 4)
    for group in _directions([_shown(line, painted, boxes) for line in lines]):
        rows = [_segments(row) for row in _rows(group)]
        found.rows.extend(rows)
        found.blocks.extend(columns(rows, _LIMITS))
    return found


def texts(lines: Sequence[Line]) -> Iterator[str]:
    """All that lines say, for the check of what was written."""
    found = readings(lines)
    for blocks in (found.broken(), found.columns(), found.sides()):
        yield from (each.text for each in blocks)
    yield from (Lines(joined(blocks).text) for blocks in (found.in_rows(), found.columns()))


def joined(blocks: Sequence[Block]) -> Block:
    """Blocks below each other, for what goes on from one to the next."""
    places = [place for each in blocks for place in (*each.places, None)]
    return Block("\n".join(each.text for each in blocks), places)


def _runs(said: list[str]) -> list[range]:
    """Lines over whose ends a word goes; whoever reads pictures misses blanks between groups of digits, and sees some
    that are none."""
    plain = [_GROUPS.sub("", each) for each in said]
    found = [run for run in breaks.runs(said, said.__getitem__) if len(run) > 1]
    known = {i for run in found for i in run}
    return found + [run for run in breaks.runs(plain, plain.__getitem__) if len(run) > 1 and known.isdisjoint(run)]


# --- text -------------------------------------------------------------------------------------------------------------


def _block(segments: Sequence[_Segment], between: str, *, mended: bool = False) -> Block:
    """The text of segments, with `between` them; `mended`, without hyphens at the ends of lines."""
    said: list[str] = []
    places: list[tuple[Shown, int] | None] = []

    def add(text: str, place: tuple[Shown, int] | None) -> None:
        said.append(text)
        places.extend([place] * len(text))

    for number, segment in enumerate(segments):
        add(between if number else "", None)
        for shown in segment.lines:
            add("" if shown is segment.lines[0] else " ", None)
            for i, (letter, instead) in enumerate(zip(shown.line.text, shown.said, strict=True)):
                add(letter if instead is None else instead, (shown, i) if instead is None else None)
        while mended and number + 1 < len(segments) and said and (said[-1].isspace() or said[-1] in breaks.HYPHENS):
            said.pop()
            places.pop()
    return Block("".join(said), places)


def _left(shown: Shown, start: int, end: int) -> Iterator[Part]:
    """Runs of what is not gone yet of a line, unless they are blank."""
    first = start
    for i in range(start, end + 1):
        if i == end or shown.said[i] is not None:
            if shown.line.text[first:i].strip():
                yield Part(shown, first, i)
            first = i + 1


def _end(shown: Shown, last: int) -> int:
    """Behind a character with which a value goes on in the next line: that of the line, if a hyphen alone follows."""
    rest = shown.line.text[last + 1 :]
    return last + 1 if rest.strip("".join(breaks.HYPHENS)).strip() else len(shown.line.text)


def _shown(line: Line, painted: Sequence[Painted], boxes: NDArray[np.float64]) -> Shown:
    shown = Shown(line, [None] * len(line.text))
    (left, top), (right, bottom) = line.corners.min(axis=0), line.corners.max(axis=0)
    near = (boxes[:, 0] < right) & (left < boxes[:, 2]) & (boxes[:, 1] < bottom) & (top < boxes[:, 3])
    if not near.any():
        return shown
    begin, end = line.corners[[0, 3]].mean(axis=0), line.corners[[1, 2]].mean(axis=0)
    middles = begin + np.array(line.centres, np.float32)[:, None] * (end - begin)
    for number in map(int, np.flatnonzero(near)):
        inside = np.flatnonzero(_is_in(middles, painted[number].corners))
        for run in np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1):
            if len(run):
                _hide(shown, int(run[0]), int(run[-1]) + 1, painted[number].label)
    return shown


def _hide(shown: Shown, start: int, end: int, label: str) -> None:
    """Let what can be seen from `start` to `end` be gone; blanks around it are seen beside what is painted."""
    said = shown.line.text[start:end]
    start, end = start + len(said) - len(said.lstrip()), end - len(said) + len(said.rstrip())
    if start < end:
        shown.take(start, end, label)


def _is_in(points: Points, corners: Points) -> NDArray[np.bool_]:
    """Whether points are in a convex shape: on the same side of each of its edges."""
    edges = np.roll(corners, -1, axis=0) - corners
    away = points[:, None, :] - corners[None, :, :]
    sides = edges[None, :, 0] * away[:, :, 1] - edges[None, :, 1] * away[:, :, 0]
    return np.asarray((sides >= 0).all(axis=1) | (sides <= 0).all(axis=1), np.bool_)


# --- places -----------------------------------------------------------------------------------------------------------


def _directions(lines: list[Shown]) -> Iterator[list[_Segment]]:
    """Lines that run the same way, each a segment along that way; first those to which most text belongs."""
    groups: list[tuple[float, list[Shown]]] = []
    for shown in sorted(lines, key=lambda each: -each.line.width):
        angle = _angle(shown.line)
        for first, group in groups:
            if abs(_turn(angle - first)) <= _SAME_WAY:
                group.append(shown)
                break
        else:
            groups.append((angle, [shown]))
    for first, group in groups:
        turns = sorted(_turn(_angle(each.line) - first) for each in group[: len(group) // 2 + 1])  # of the longer ones
        yield [_placed(each, np.radians(first + turns[len(turns) // 2])) for each in group]


def _angle(line: Line) -> float:
    """In which direction a line is read, in degrees, clockwise from the right."""
    x, y = line.corners[1] - line.corners[0]
    return float(np.degrees(np.arctan2(y, x)))


def _turn(angle: float) -> float:
    """The same angle between -180 and 180 degrees."""
    return (angle + 180.0) % 360.0 - 180.0


def _placed(shown: Shown, angle: float) -> _Segment:
    along = shown.line.corners @ np.array([np.cos(angle), np.sin(angle)])
    across = shown.line.corners.mean(axis=0) @ np.array([-np.sin(angle), np.cos(angle)])
    return _Segment([shown], float(along.min()), float(along.max()), -float(across), shown.line.size)


def _rows(segments: list[_Segment]) -> list[list[_Segment]]:
    """From top to bottom, each from left to right."""
    rows: list[list[_Segment]] = []
    highest = smallest = 0.0  # of the last row
    for each in sorted(segments, key=lambda segment: -segment.v):
        at = bisect_right(rows[-1], each.u0, key=lambda segment: segment.u0) if rows else 0
        half = min(smallest, each.size) / 2  # boxes are drawn with a margin, which may be the next one's
        if rows and highest - each.v <= half and _overlap(rows[-1][max(at - 1, 0) : at + 1], each) <= half:
            rows[-1].insert(at, each)
            smallest = min(smallest, each.size)
        else:
            rows.append([each])
            highest, smallest = each.v, each.size
    return rows


def _overlap(neighbours: Sequence[_Segment], segment: _Segment) -> float:
    """How far a segment is over those on its two sides."""
    return max(min(each.u1, segment.u1) - max(each.u0, segment.u0) for each in neighbours)


def _segments(row: list[_Segment]) -> list[_Segment]:
    """With those that are near each other as one."""
    joined: list[_Segment] = []
    for each in row:
        if joined and each.u0 - joined[-1].u1 <= _APART * max(each.size, joined[-1].size):
            last = joined[-1]
            joined[-1] = _Segment(
                last.lines + each.lines, last.u0, max(last.u1, each.u1), last.v, max(last.size, each.size)
            )
        else:
            joined.append(each)
    return joined
