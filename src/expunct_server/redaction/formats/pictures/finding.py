"""Where on a picture there is text: a network over tiles of it, and the boxes that its answer makes.

The network answers a map, which is put together from those of the tiles before boxes are drawn: a line over the border
of two tiles stays one line. (Liao et al., Real-time Scene Text Detection with Differentiable Binarization, 2020.)
"""

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from expunct_server.redaction.formats.pictures import models
from expunct_server.redaction.formats.pictures.lines import Points

Pixels = NDArray[np.uint8]
"""Rows of pixels: blue, green, red."""

_TILE: Final = 960
_OVERLAP: Final = 96
_STEP: Final = 32  # the network takes multiples of it
_AROUND: Final = 48  # pixels of paper that a tile has around what is drawn
_EDGE: Final = 24  # pixels of a tile that another sees better
_LARGE: Final = 1 / 12  # of a tile; higher lines may be seen in pieces
_SURE: Final = 0.3  # of a pixel of the map
_SURE_BOX: Final = 0.5  # on average over a box
_SHRUNK: Final = 1.6  # the network was taught text shrunk by this: area times this by perimeter
_LEAST: Final = 3.0  # pixels of a box's shorter side
_PLAIN: Final = 2  # grey levels; what differs by less is nothing that anybody could see
_UPRIGHT: Final = 1.5  # a box so much taller than wide is a line from top to bottom
MOST: Final = 20_000
"""Boxes of a picture. Beyond them it is refused."""


class TooManyBoxes(Exception):
    """There are more lines on a picture than are read."""


def boxes(pixels: Pixels, scale: float) -> list[Points]:
    """The corners of each line of text, looked for at a scale; and of those too large to be seen at that.

    Raises TooManyBoxes.
    """
    found = _boxes_at(pixels, scale)
    whole = _TILE / max(pixels.shape[:2])
    if whole < scale:
        large = [each for each in _boxes_at(pixels, whole) if _height(each) * scale > _TILE * _LARGE]
        found += [each for each in large if not any(is_same(each, other) for other in found)]
    return found


def _boxes_at(pixels: Pixels, scale: float) -> list[Points]:
    # Each scale has a map of its own: together, the coarse one blots out the small letters of the other.
    return [np.asarray(each / scale, np.float32) for each in _boxes(_map(scaled(pixels, scale)))]


def _height(corners: Points) -> float:
    return float(np.linalg.norm(corners[3] - corners[0]))


def is_same(one: Points, other: Points) -> bool:
    """Whether two boxes are about the same line."""
    shared, _ = cv2.intersectConvexConvex(one, other)
    return bool(shared > 0.5 * max(cv2.contourArea(one), cv2.contourArea(other)))


def scaled(pixels: Pixels, scale: float) -> Pixels:
    if scale == 1.0:
        return pixels
    height, width = pixels.shape[:2]
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.asarray(
        cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8
    )


def _map(pixels: Pixels) -> Pixels:
    """The network's answer for all of a picture, 0 to 255."""
    sure = np.zeros(pixels.shape[:2], np.uint8)
    down, across = map(_tiles, _drawn(pixels))
    for rows in down:
        for columns in across:
            tile = pixels[rows.whole, columns.whole]
            if int(tile.max()) - int(tile.min()) > _PLAIN:
                into = sure[rows.sure, columns.sure]
                np.maximum(into, _tile_map(tile)[rows.part, columns.part], out=into)
    return sure


def _drawn(pixels: Pixels) -> tuple[tuple[int, int], tuple[int, int]]:
    """From which row to which, and from which column, there is more than the colour of the first pixel, with some of
    that around it; nothing where there is nothing."""
    differs = np.asarray(cv2.absdiff(pixels, np.broadcast_to(pixels[0, 0], pixels.shape)), np.uint8)
    differs = differs.reshape(len(pixels), -1)
    return _extent(differs.max(axis=1)), _extent(differs.max(axis=0).reshape(-1, 3).max(axis=1))


def _extent(differs: NDArray[np.uint8]) -> tuple[int, int]:
    found = np.flatnonzero(differs > _PLAIN // 2)
    if not found.size:
        return 0, 0
    return max(int(found[0]) - _AROUND, 0), min(int(found[-1]) + 1 + _AROUND, len(differs))


class _Tile(NamedTuple):
    """Where a tile begins and ends, and what is taken of it: where its end cuts a line, what is left looks like one."""

    start: int
    end: int
    first: int
    last: int

    @property
    def whole(self) -> slice:
        return slice(self.start, self.end)

    @property
    def sure(self) -> slice:
        return slice(self.first, self.last)

    @property
    def part(self) -> slice:
        return slice(self.first - self.start, self.last - self.start)


def _tiles(extent: tuple[int, int]) -> list[_Tile]:
    """Tiles that overlap, as few as there can be, and all of one length, which is no greater than it has to be."""
    start, end = extent
    count = max(-(-(end - start - _OVERLAP) // (_TILE - _OVERLAP)), 1)
    length = -(-(end - start + (count - 1) * _OVERLAP) // (count * _STEP)) * _STEP
    over = max(end - start - length, 0)
    starts = [start + round(i * over / max(count - 1, 1)) for i in range(count)] if start < end else []
    ends = [min(at + length, end) for at in starts]
    return [
        _Tile(at, to, at + _EDGE * (at > start), to - _EDGE * (to < end)) for at, to in zip(starts, ends, strict=True)
    ]


def _tile_map(tile: Pixels) -> Pixels:
    height, width = tile.shape[:2]
    down, right = -height % _STEP, -width % _STEP
    whole = cv2.copyMakeBorder(stretched(tile), 0, down, 0, right, cv2.BORDER_REPLICATE)
    inputs = whole.astype(np.float32).transpose(2, 0, 1)[None] / 127.5 - 1.0
    return np.asarray(models.where(inputs)[:height, :width] * 255, np.uint8)


def in_256_levels(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """More levels than a byte has in those of a byte, the darkest 0 and the lightest 255."""
    levels = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = float(levels.min()), float(levels.max())
    return np.asarray((levels - low) * (255 / max(high - low, 1e-9)), np.uint8)


def stretched(pixels: Pixels) -> Pixels:
    """With the most contrast: measured, words of 5 % contrast are read by it, and no others are lost."""
    low, high = int(pixels.min()), int(pixels.max())
    if high - low in (0, 255):
        return pixels
    return np.asarray((pixels.astype(np.float32) - low) * (255 / (high - low)), np.uint8)


def _boxes(sure: Pixels) -> list[Points]:
    mask = cv2.dilate((sure > _SURE * 255).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    if len(outlines) > MOST * 4:
        raise TooManyBoxes
    found = [each for outline in outlines if (each := _box(np.asarray(outline, np.int32), sure)) is not None]
    if len(found) > MOST:
        raise TooManyBoxes
    return found


def _box(outline: NDArray[np.int32], sure: Pixels) -> Points | None:
    centre, (width, height), angle = cv2.minAreaRect(outline)
    if min(width, height) < _LEAST or _sureness(outline, sure) < _SURE_BOX:
        return None
    more = 2 * width * height * _SHRUNK / (2 * (width + height))
    return _as_read(np.asarray(cv2.boxPoints((centre, (width + more, height + more), angle)), np.float32))


def _sureness(outline: NDArray[np.int32], sure: Pixels) -> float:
    left, top, width, height = cv2.boundingRect(outline)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [outline - np.array([left, top], np.int32)], 1)
    return float(cv2.mean(sure[top : top + height, left : left + width], mask)[0]) / 255


def _as_read(corners: Points) -> Points:
    """Corners from the top left of the text: a line that is tall is taken to be read from top to bottom."""
    by_side = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = by_side[:2], by_side[2:]
    top_left, bottom_left = left[np.argsort(left[:, 1], kind="stable")]
    top_right, bottom_right = right[np.argsort(right[:, 1], kind="stable")]
    ordered = np.array([top_left, top_right, bottom_right, bottom_left], np.float32)
    width, height = np.linalg.norm(top_right - top_left), np.linalg.norm(bottom_left - top_left)
    return np.roll(ordered, -1, axis=0) if height >= width * _UPRIGHT else ordered
