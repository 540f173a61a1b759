"""What a page draws beside text: where its pictures are, and lines and areas that may be letters (ISO 32000-2, 8.5)."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any, Final, NamedTuple

from expunct_server.redaction.formats.pdf import insides
from expunct_server.redaction.formats.pdf.insides import Box, Pieces, touch
from expunct_server.redaction.formats.pdf.values import Matrix, number_of

_LARGEST: Final = 72.0  # points: what is larger is no letter of a text
_SMALLEST: Final = 1.5
_SHAPES: Final = 4  # so many letters make the shortest value; the same shape again, such as a bullet, says nothing
_STROKES: Final = 12  # different lines of one segment, of which letters are made that plotters draw
_DIRECTIONS: Final = 3  # of them, to 15 degrees: hatches and lines of tables have fewer
_SAME: Final = 0.5  # points between the middles of two areas, of which one is inside the other
_ALIKE: Final = 0.02  # of the share of their sides
_MOST_SHAPES: Final = 64
_MOST_PAINTED: Final = 10_000  # places that are held
_MOST_OPEN: Final = 100_000  # parts of one path that are held
_DOTS: Final = 100  # squares of which a code or letters are made
_DOT: Final = (0.55, 12.0)  # points; word processors draw corners of tables as smaller ones
_BAR: Final = 5.0  # points: as high a bar of a code is at least, and as wide at most
_BARS: Final = 15
_NEAR: Final = 2.0  # points between two pictures which may be parts of one
_STRETCHED: Final = 1.3
_TURNED: Final = 0.02  # of a right angle
_MOST_TILES: Final = 2_000
_MOST_APART: Final = 1_000  # pictures of which each two are looked at
_FINE: Final = 4.5  # pixels of a point, some 320 an inch


class Placed(NamedTuple):
    """A picture on a page: the matrix leads from its unit square, whose upper edge is at 1, to the page."""

    stream: Any
    matrix: Matrix

    def corners(self) -> list[tuple[float, float]]:
        return [self.matrix.at(x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]


class Painted(NamedTuple):
    """Where something was painted, and how far around that by the width of a line; it `is_even` where that is a
    rectangle, or its edge."""

    box: Box
    around: float = 0.0
    is_even: bool = False


@dataclass(slots=True)
class Shapes:
    """Areas and lines, by what they look like: segments, width and height in tenths of points."""

    _open: list[list[float]] = field(default_factory=list)
    """Segments; least and greatest x and y; whether it is a rectangle, and whether a level one."""
    _letters: set[tuple[float, ...]] = field(default_factory=set)
    _strokes: set[tuple[float, ...]] = field(default_factory=set)
    _directions: set[int] = field(default_factory=set)  # of strokes
    _before: tuple[float, ...] = ()  # the last area that may be a letter: segments; middle; width by height
    _dots: int = 0
    _bars: dict[tuple[int, int], Counter[float]] = field(default_factory=dict)  # widths, by where they are
    may_hide: bool = False  # something was painted or clipped, or is in a layer
    extent: Box | None = None  # around all that was painted
    _painted: list[Painted] = field(default_factory=list)

    def start(self, matrix: Matrix, operands: Sequence[Any]) -> None:
        x, y = matrix.at(*_numbers(operands, 2))
        if len(self._open) >= _MOST_OPEN:
            self.paint()
        self._open.append([0, x, x, y, y, False, False])

    def go(self, matrix: Matrix, operands: Sequence[Any]) -> None:
        """A line or a curve."""
        if not self._open:
            return
        path = self._open[-1]
        path[0] += 1
        numbers = _numbers(operands, 6 if len(operands) >= 6 else 4 if len(operands) >= 4 else 2)
        for x, y in zip(numbers[::2], numbers[1::2], strict=True):
            _widen(path, *matrix.at(x, y))

    def rectangle(self, matrix: Matrix, operands: Sequence[Any]) -> None:
        x, y, width, height = _numbers(operands, 4)
        self.start(matrix, (x, y))
        self._open[-1][5:] = True, matrix.is_level()
        for dx, dy in ((width, 0.0), (width, height), (0.0, height)):
            _widen(self._open[-1], *matrix.at(x + dx, y + dy))

    def forget(self) -> None:
        """The path was not painted."""
        self._open = []

    def rectangle_alone(self) -> Box | None:
        """The path that is about to be painted, if it is a rectangle of the page."""
        [path, *others] = self._open or [[0.0] * 7]
        return None if others or not path[5] or path[0] else (path[1], path[3], path[2], path[4])

    def boxes(self) -> list[Box]:
        """Around each part of the path that is about to be painted."""
        return [(left, bottom, right, top) for _, left, right, bottom, top, *_ in self._open]

    def paint(self, around: float = 0.0) -> None:
        """The path is painted, with so much around it by the width of lines."""
        self.may_hide = True
        for segments, left, right, bottom, top, is_rectangle, is_level in self._open:
            self.reach((left, bottom, right, top), around, is_even=bool(is_level) and not segments)
            width, height = right - left, top - bottom
            if is_rectangle:
                self._block(width, height, bottom)
            elif _SMALLEST <= max(width, height) <= _LARGEST:
                middle = (left + right) / 2, (bottom + top) / 2
                self._area(segments, width, height, middle) if segments >= 2 else self._stroke(width, height)
        self._open = []

    def _stroke(self, width: float, height: float) -> None:
        if len(self._strokes) < _MOST_SHAPES:
            self._strokes.add((round(width, 1), round(height, 1)))
        self._directions.add(round(math.degrees(math.atan2(height, width)) / 15))

    def _area(self, segments: float, width: float, height: float, middle: tuple[float, float]) -> None:
        """One may be a letter, but not the next, smaller one of a gradient that is drawn in steps."""
        now = (segments, *middle, width / max(height, 1e-9))
        before, self._before = self._before, now
        is_step = bool(before) and before[0] == segments and math.dist(before[1:3], middle) <= _SAME
        if is_step and abs(now[3] - before[3]) <= _ALIKE * before[3]:
            return
        if len(self._letters) < _MOST_SHAPES:
            self._letters.add((segments, round(width, 1), round(height, 1)))

    def reach(self, box: Box, around: float = 0.0, *, is_even: bool = False) -> None:
        """Something is painted there, and so far around it."""
        if len(self._painted) <= _MOST_PAINTED:
            self._painted.append(Painted(box, around, is_even))
        left, bottom, right, top = self.extent or box
        self.extent = min(left, box[0]), min(bottom, box[1]), max(right, box[2]), max(top, box[3])

    @property
    def count(self) -> int:
        """How often something was painted by now."""
        return len(self._painted)

    def is_painted(self, box: Box, count: int) -> bool:
        """Whether something may be painted over a place after so many others were."""
        painted = islice(self._painted, count, None)
        return len(self._painted) > _MOST_PAINTED or any(touch(each.box, box, each.around) for each in painted)

    def painted(self) -> list[Painted] | None:
        """All that was; None where there is too much of it."""
        return None if len(self._painted) > _MOST_PAINTED else self._painted

    def _block(self, width: float, height: float, bottom: float) -> None:
        small, large = _DOT
        self._dots += small <= min(width, height) and max(width, height) <= large
        if width <= _BAR <= height and len(self._bars) < _MOST_SHAPES:
            self._bars.setdefault((round(bottom), round(height)), Counter())[round(width, 1)] += 1

    def may_be_letters(self) -> bool:
        """Whether there may be text, or a code, in drawings."""
        return (
            len(self._letters) >= _SHAPES
            or (len(self._strokes) >= _STROKES and len(self._directions) >= _DIRECTIONS)
            or self._dots >= _DOTS
            or any(len(each) > 1 and each.total() >= _BARS for each in self._bars.values())  # rules are all as wide
        )


@dataclass(slots=True)
class Drawn:
    """All that one content draws beside text, what is in forms too, in the units of the outermost content."""

    pictures: list[Placed] = field(default_factory=list)
    shapes: Shapes = field(default_factory=Shapes)
    has_liars: bool = False  # text in fonts whose letters are not what they say
    has_drawn_letters: bool = False  # text in fonts of drawings
    pieces: Pieces = field(default_factory=Pieces)  # words in patterns, masks or single letters of such fonts

    def places(self) -> list[Box]:
        """Where words may be in what is no text."""
        return self.pieces.boxes(_NEAR)

    def says_more(self) -> bool:
        """Whether the page may show what its text and its pictures, one by one, do not say: drawings that may be
        letters; fonts that lie; words in what is no text; pictures that are parts of one, or are stretched or
        mirrored."""
        return (
            self.has_liars
            or bool(self.places())
            or self.shapes.may_be_letters()
            or any(_is_distorted(each) for each in self.pictures)
            or _are_beside(self.pictures)
        )

    def says_its_text(self) -> bool:
        """Whether what is seen of its text is what is said: then it need not be read once more."""
        return not (self.has_liars or self.has_drawn_letters)

    def tiles(self, shown: Sequence[float]) -> list[Placed]:
        """Pictures of which nothing is hidden, nor too fine to be read where the whole page is; `shown` is what of the
        page can be seen: left, bottom, right and top."""
        if self.shapes.may_hide or not self.says_its_text() or len(self.pictures) > _MOST_TILES:
            return []
        around = [_around(each) for each in self.pictures]
        return [
            each
            for i, each in enumerate(self.pictures)
            if _is_coarse(each)
            and _is_inside(around[i], shown)
            and not any(i != k and touch(around[i], other, -_NEAR) for k, other in enumerate(around))
        ]


def _numbers(operands: Sequence[Any], count: int) -> list[float]:
    found = [number_of(each) for each in operands[-count:]]
    return [0.0] * (count - len(found)) + found


def _widen(path: list[float], x: float, y: float) -> None:
    path[1:5] = min(path[1], x), max(path[2], x), min(path[3], y), max(path[4], y)


def _is_distorted(placed: Placed) -> bool:
    m = placed.matrix
    width, height = number_of(placed.stream.get("/Width")), number_of(placed.stream.get("/Height"))
    across, down = (m.a**2 + m.b**2) ** 0.5, (m.c**2 + m.d**2) ** 0.5
    if min(across, down) <= 0 or not insides.is_legible(width, height):
        return False  # nothing is seen of it, or read
    share = across / width / (down / height)
    skewed = abs(m.a * m.c + m.b * m.d) / (across * down) > _TURNED
    return m.a * m.d - m.b * m.c < 0 or skewed or not 1 / _STRETCHED <= share <= _STRETCHED


def _are_beside(pictures: Sequence[Placed]) -> bool:
    """Whether any two touch, and are no layers of each other, which are read one by one."""
    around = sorted({_around(each) for each in pictures})
    if len(around) > _MOST_APART or any(_adjoin(one, other) for one, other in pairwise(around)):
        return True
    open_ones: list[Box] = []
    for box in around:
        open_ones = [each for each in open_ones if each[2] + _NEAR >= box[0]]
        if any(_adjoin(each, box) for each in open_ones):
            return True
        open_ones.append(box)
    return False


def _is_coarse(placed: Placed) -> bool:
    left, bottom, right, top = _around(placed)
    masked = any(key in placed.stream for key in ("/SMask", "/Mask", "/OC"))
    fine = max(number_of(placed.stream.get("/Width")) / max(right - left, _NEAR),
               number_of(placed.stream.get("/Height")) / max(top - bottom, _NEAR))  # fmt: skip
    return not masked and fine <= _FINE


def _around(placed: Placed) -> Box:
    return insides.around(placed.corners())


def _is_inside(box: Box, shown: Sequence[float]) -> bool:
    left, bottom, right, top = shown
    return min(box[0] - left, box[1] - bottom, right - box[2], top - box[3]) > -_NEAR


def _adjoin(one: Box, other: Box) -> bool:
    return touch(one, other, _NEAR) and not (_is_inside(one, other) or _is_inside(other, one))
