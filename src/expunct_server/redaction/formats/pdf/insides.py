"""What may be said inside of what is no text: colours that are patterns, soft masks, letters that are drawings
(ISO 32000-2, 8.7.3, 11.6.5.2 and 9.6.4).

Their pictures are read one by one, as those of pages are. What they say together, and what is drawn there, is read only
as the page is seen.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from expunct_server.redaction.formats.pdf import rasters
from expunct_server.redaction.formats.pdf.contents import INLINE, Content, operator_of
from expunct_server.redaction.formats.pdf.values import Matrix, number_of, numbers_of

SHORTEST: Final = 8
"""Pixels of a picture's side; in less there is room for no line that could be read."""
_WORD: Final = 24  # pixels; in a shorter one there is room for no value of one line
_WIDE: Final = 2  # heights of a picture that is a letter
_RUNS: Final = 4  # strokes beside each other, of which two letters are made; dashes, tildes and dots have fewer
_NAMING: Final = frozenset(("Do", "gs", "sh", "cs", "CS", "scn", "SCN", "Tf", "BDC", "DP", "ri"))
_MOST_APART: Final = 300  # boxes of which each two are looked at
_SEAM: Final = 0.02  # of a pattern's cell

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""
EVERYWHERE: Final = (-1e6, -1e6, 1e6, 1e6)


def around(points: Iterable[tuple[float, float]]) -> Box:
    """The box around points."""
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def touch(one: Box, other: Box, near: float) -> bool:
    """Whether two are as near as that; with less than nothing, whether they overlap by more."""
    return all(one[i] - near <= other[i + 2] and other[i] - near <= one[i + 2] for i in (0, 1))


def is_legible(width: float, height: float) -> bool:
    """Whether a picture has pixels enough to say a word."""
    return min(width, height) >= SHORTEST and max(width, height) >= _WORD


def is_wide(width: float, height: float) -> bool:
    """Whether it may say a word by its shape, too."""
    return is_legible(width, height) and width > _WIDE * height


def size_of(matrix: Matrix) -> int:
    """About how large things are drawn: by it letters are told from other drawings."""
    return math.frexp(matrix.a * matrix.d - matrix.b * matrix.c)[1]


def wide(pictures: Iterable[Any], back: Matrix) -> tuple[tuple[Any, Box], ...]:
    """Of placed pictures those that a word may be in, in units to which a matrix leads."""
    return tuple(
        (each.stream.objgen, around(each._replace(matrix=each.matrix.then(back)).corners()))
        for each in pictures
        if is_wide(number_of(each.stream.get("/Width")), number_of(each.stream.get("/Height")))
    )


def is_word(image: Any) -> bool:
    """Whether a picture that stands in a glyph (pikepdf's) may be more than a letter, a dash or dots."""
    if not is_wide(image.width, image.height):
        return False
    shown = rasters.inline(image)
    if shown is None or shown.mode != "1":
        return True
    pixels, width = shown.convert("L").tobytes(), shown.width
    return any(_has_runs(pixels[start : start + width]) for start in range(0, len(pixels), width))


def _has_runs(pixels: bytes) -> bool:
    return any(sum(map(bool, pixels.split(paper))) >= _RUNS for paper in (b"\0", b"\xff"))


def is_named(content: Content) -> bool:
    """Whether a content uses what resources name."""
    return any(
        operator_of(each) in _NAMING or (operator_of(each) == INLINE and not rasters.is_stencil(each.iimage.obj))
        for each in content.instructions
    )


def has_pictures(content: Content) -> bool:
    """Whether pictures stand in a content that may be more than letters."""
    return any(operator_of(each) == INLINE and is_word(each.iimage) for each in content.instructions)


class Inside(NamedTuple):
    """What one of them has in it: words, or `wide` pictures, by their numbers, with their boxes in its own units;
    `extent` is around all that it draws, None for nothing; `is_named` where it uses what resources name."""

    has_words: bool = False
    wide: tuple[tuple[Any, Box], ...] = ()
    extent: Box | None = None
    is_named: bool = False

    def __bool__(self) -> bool:
        return self.has_words or bool(self.wide)


@dataclass(frozen=True, slots=True)
class Colour:
    """A pattern that has something in it; `matrix` leads from its own units to those of the outermost content."""

    stream: Any
    inside: Inside
    matrix: Matrix

    def cells(self, box: Box) -> tuple[tuple[int, int], tuple[int, int]]:
        """The cells of the pattern that a box on the page goes from and to."""
        inverse = self.matrix.inverse()
        left, bottom, right, top = around([inverse.at(x, y) for x, y in _corners(box)]) if inverse else (0.0,) * 4
        x, y = (numbers_of(self.stream.get("/BBox"), 4) or [0.0, 0.0])[:2]
        across, up = self.steps()
        columns = _numbers(left - x, right - x, across)
        rows = _numbers(bottom - y, top - y, up)
        return (columns[0], rows[0]), (columns[1], rows[1])

    def goes_on(self) -> bool:
        """Whether its pictures go on in its next cells."""
        across, up = self.steps()
        return any(right - left >= across * (1 - _SEAM) or top - bottom >= up * (1 - _SEAM)
                   for _, (left, bottom, right, top) in self.inside.wide)  # fmt: skip

    def steps(self) -> tuple[float, float]:
        return abs(number_of(self.stream.get("/XStep"))) or 1e9, abs(number_of(self.stream.get("/YStep"))) or 1e9


def _numbers(low: float, high: float, step: float) -> tuple[int, int]:
    first = math.floor(low / step + _SEAM)
    return first, max(math.floor(high / step - _SEAM), first)


def _corners(box: Box) -> list[tuple[float, float]]:
    left, bottom, right, top = box
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


@dataclass(slots=True)
class Pieces:
    """Where on a page words may be in what is no text, in its units."""

    _words: set[Box] = field(default_factory=set)
    _pictures: dict[tuple[Any, ...], set[Box]] = field(default_factory=dict)  # wide ones, by what they show

    def add(self, box: Box = EVERYWHERE) -> None:
        """Words at a place."""
        self._words.add(box if len(self._words) < _MOST_APART else EVERYWHERE)

    def mask(self, stream: Any, inside: Inside, matrix: Matrix) -> None:
        """What a mask has in it; `matrix` leads from its own units."""
        box = numbers_of(stream.get("/BBox"), 4)
        if inside.has_words:
            self.add(moved((box[0], box[1], box[2], box[3]), matrix) if box else EVERYWHERE)
        for key, each in inside.wide:
            self._pictures.setdefault((key,), set()).add(moved(each, matrix))

    def paint(self, colour: Colour | None, boxes: Iterable[Box]) -> None:
        """Boxes in which a pattern is seen."""
        if colour is None:
            return
        for box in boxes:
            cells = colour.cells(box)
            if colour.inside.has_words or (cells[0] != cells[1] and colour.goes_on()):
                self.add(box)
            if colour.inside.wide:
                self._pictures.setdefault((colour.stream.objgen, *cells), set()).add(box)

    def boxes(self, near: float) -> list[Box]:
        """All such places; pictures only where others are as `near` as that, so that a word may be over both."""
        pictures = [(key, box) for key, boxes in self._pictures.items() for box in boxes]
        if len(pictures) > _MOST_APART:
            return [EVERYWHERE]
        several = {box for key, box in pictures if _is_beside(key, box, pictures, near)}
        return list(self._words | several)


def _is_beside(key: Any, box: Box, pictures: Sequence[tuple[Any, Box]], near: float) -> bool:
    return any(key != other and touch(box, place, near) for other, place in pictures)


def moved(box: Box, matrix: Matrix) -> Box:
    """The box around what a box becomes."""
    return around([matrix.at(x, y) for x, y in _corners(box)])
