"""Paints over what is removed, and writes on it what stands in its place."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from expunct_server.redaction.formats.isolated import work
from expunct_server.redaction.formats.pictures.finding import Pixels
from expunct_server.redaction.formats.pictures.lines import Points, height, width

_BLUR: Final = "blur"
_SMALLEST: Final = 7  # pixels; smaller letters are read by nobody
_LARGEST: Final = 200
_LETTERS: Final = 0.7  # of a line's box
_EDGE: Final = 0.2  # of its height: letters are not there
_BLACK: Final = (0, 0, 0)
_WHITE: Final = (255, 255, 255)
_FRAME: Final = (200, 0, 0)
_FRAME_WIDTH: Final = 3
_LEVELS: Final = 32  # a blurred cell's colour is one of 8 for each of red, green and blue
_MOST_PATCH: Final = 4_000  # pixels a side; larger ones are painted in one colour


class Mark(NamedTuple):
    """A part of a page to be painted over. `label` is written on it if it fits; `said` is what is read there from then
    on."""

    corners: Points
    label: str
    method: str
    said: str


def painted(page: Image.Image, view: Pixels, marks: Sequence[Mark], before: Sequence[Mark]) -> tuple[Image.Image, bool]:
    """The page with all marks, beside those that are painted there from `before`, and whether all labels are legible.
    `view` is what is seen of it; it is painted too: of a large page there is no room for another."""
    colours = [_faint_under(view, mark) if mark.method == _BLUR else _BLACK for mark in marks]
    mask = np.zeros(view.shape[:2], np.uint8)
    taken = _Taken(len(before) + len(marks))
    for each in before:
        taken.add(each.corners)
    for mark, colour in zip(marks, colours, strict=True):
        _paint(view, mask, mark, colour, taken)
    is_legible = True
    for mark, colour in zip(marks, colours, strict=True):  # once all are painted: no box is over a label
        if mark.label and _box(mask, mark.corners):
            is_legible &= _write(view, mark, colour, taken)
    boxes = [here for mark in marks if (here := _box(mask, mark.corners))]
    return _merged(page, view, mask, boxes), is_legible


def framed(view: Pixels, marks: Sequence[work.Mark]) -> Image.Image:
    """What is seen of a page with a frame around each mark."""
    image = Image.fromarray(np.ascontiguousarray(view[:, :, ::-1]), "RGB")
    draw = ImageDraw.Draw(image)
    for mark in marks:
        (left, right), (top, bottom) = sorted((mark.left, mark.right)), sorted((mark.low, mark.high))
        draw.rectangle((left, top, right, bottom), outline=_FRAME, width=_FRAME_WIDTH)
    return image


def _size(corners: Points) -> tuple[int, int]:
    return max(round(width(corners)), 1), max(round(height(corners)), 1)


def _edges(size: tuple[int, int]) -> Points:
    across, down = size
    return np.array([[0, 0], [across, 0], [across, down], [0, down]], np.float32)


def _box(view: Pixels, corners: Points) -> tuple[slice, slice] | None:
    """Rows and columns around a part; None for one that is beside the page."""
    left, top, across, down = cv2.boundingRect(np.rint(corners).astype(np.int32))
    right, bottom = min(left + across, view.shape[1]), min(top + down, view.shape[0])
    left, top = max(left, 0), max(top, 0)
    return None if left >= right or top >= bottom else (slice(top, bottom), slice(left, right))


class _Taken:
    """Parts of a page that are painted or written over no more, of which there are so many at most; of thousands few
    are near each other."""

    def __init__(self, most: int) -> None:
        self._parts: list[Points] = []
        self._bounds = np.empty((most, 4), np.float32)

    def add(self, corners: Points) -> None:
        self._bounds[len(self._parts)] = *corners.min(axis=0), *corners.max(axis=0)
        self._parts.append(corners)

    def near(self, here: tuple[slice, slice]) -> list[Points]:
        """Those that may reach into rows and columns."""
        rows, columns = here
        left, top, right, bottom = self._bounds[: len(self._parts)].T
        found = (left <= columns.stop) & (columns.start <= right) & (top <= rows.stop) & (rows.start <= bottom)
        return [self._parts[i] for i in map(int, np.flatnonzero(found))]


def _cover(here: tuple[slice, slice], corners: Points, taken: _Taken | None = None) -> Pixels:
    """For each pixel of a box 255 where it is inside of a part that is not taken."""
    rows, columns = here
    corner = np.array([columns.start, rows.start])
    cover = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    cv2.fillPoly(cover, [np.rint(corners - corner).astype(np.int32)], 255)
    for each in taken.near(here) if taken else ():
        cv2.fillPoly(cover, [np.rint(each - corner).astype(np.int32)], 0)
    return cover


def _faint_under(view: Pixels, mark: Mark) -> tuple[int, int, int]:
    here = _box(view, mark.corners)
    return _BLACK if here is None else _faint(view[here], _cover(here, mark.corners))


def _paint(canvas: Pixels, mask: Pixels, mark: Mark, colour: tuple[int, int, int], taken: _Taken) -> None:
    here = _box(canvas, mark.corners)
    if here is not None:
        cover = _cover(here, mark.corners, taken)
        canvas[here][cover > 0] = colour
        mask[here][cover > 0] = 255


def _write(canvas: Pixels, mark: Mark, colour: tuple[int, int, int], taken: _Taken) -> bool:
    """Whether the label can be read, which is written, and taken, where nothing is yet."""
    here, size = _box(canvas, mark.corners), _size(mark.corners)
    if here is None or max(size) > _MOST_PATCH:
        return False
    cover = _cover(here, mark.corners, taken)
    corner = np.array([here[1].start, here[0].start], np.float32)
    turn = cv2.getPerspectiveTransform(_edges(size), mark.corners - corner)
    free = _free(cv2.warpPerspective(cover, turn, size, flags=cv2.WARP_INVERSE_MAP))
    patch = _patch(size, free, colour, mark.label)
    if patch is None:
        return False
    there = cv2.warpPerspective(
        patch.pixels, turn, cover.shape[::-1], flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    canvas[here][cover > 0] = there[cover > 0]
    taken.add(np.asarray(cv2.perspectiveTransform(patch.written[None], turn)[0] + corner, np.float32))
    return True


def _free(cover: NDArray[Any]) -> slice:
    """The widest range of columns of a part that are no other one's, but at its edges above and below."""
    edge = round(cover.shape[0] * _EDGE)
    is_free = [*(cover[edge : cover.shape[0] - edge].min(axis=0) > 0).tolist(), False]
    found, start = slice(0, 0), 0
    for column, free in enumerate(is_free):
        if not free:
            found = max(found, slice(start, column), key=lambda each: each.stop - each.start)
            start = column + 1
    return found


def _faint(view: Pixels, cover: Pixels) -> tuple[int, int, int]:
    """One colour for all that is blurred.

    A mosaic or a blur of letters can be undone: whoever tries all values, or all words, sees which of them gives the
    same cells. So there is one cell, of few colours, which says how dark the text was and nothing of its letters.
    """
    blue, green, red, _ = (int(each) // _LEVELS * _LEVELS + _LEVELS // 2 for each in cv2.mean(view, cover))
    return blue, green, red


class _Patch(NamedTuple):
    """A label on a colour, and the corners around its letters."""

    pixels: Pixels
    written: Points


def _patch(size: tuple[int, int], free: slice, colour: tuple[int, int, int], label: str) -> _Patch | None:
    """A label in letters as high as those of the line, or as fit where it is free; None where no legible one does."""
    points = min(_fitting(label, (free.stop - free.start, size[1])), round(size[1] * _LETTERS))
    if points < _SMALLEST:
        return None
    image, font = Image.new("RGB", size, colour), ImageFont.load_default(points)
    ink = _BLACK if sum(colour) > 384 else _WHITE
    middle = (free.start + free.stop) / 2, size[1] / 2
    drawing = ImageDraw.Draw(image)
    drawing.text(middle, label, font=font, fill=ink, anchor="mm")
    left, top, right, bottom = drawing.textbbox(middle, label, font=font, anchor="mm")
    written = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
    return _Patch(np.array(image, np.uint8), written)


def _fitting(label: str, size: tuple[int, int]) -> int:
    """The largest size of letters, in pixels, for a label inside a box; 0 for none."""
    low, high = 0, min(size[1], _LARGEST)
    while low < high:
        middle = (low + high + 1) // 2
        left, top, right, bottom = ImageFont.load_default(middle).getbbox(label)
        if right - left <= size[0] - 2 and bottom - top <= size[1] - 2:
            low = middle
        else:
            high = middle - 1
    return low


def _merged(page: Image.Image, canvas: Pixels, mask: Pixels, boxes: Sequence[tuple[slice, slice]]) -> Image.Image:
    """The page in its own colours, those of the canvas where the mask is, which is in the boxes alone."""
    if page.mode == "1":  # black and white are enough for boxes and labels
        grey = _merged(page.convert("L"), canvas, mask, boxes)
        return grey.point(lambda level: 255 * (level > 127), "1")
    if page.mode == "P":
        page = page.convert("RGBA" if "transparency" in page.info else "RGB")
    if page.mode in ("L", "RGB", "RGBA", "CMYK", "YCbCr", "HSV"):
        merged = page.copy()
        for here in boxes:
            over = Image.fromarray(np.ascontiguousarray(canvas[here][:, :, ::-1]), "RGB")
            where = Image.fromarray(np.ascontiguousarray(mask[here]), "L")
            merged.paste(over.convert(page.mode), (here[1].start, here[0].start), where)
        return merged
    return _deep(page, canvas, mask)


def _deep(page: Image.Image, canvas: Pixels, mask: Pixels) -> Image.Image:
    """The same for more than 256 levels of grey."""
    levels = np.array(page)
    low, high = float(np.nanmin(levels)), float(np.nanmax(levels))
    where = mask > 0
    over = low + canvas[:, :, 1][where].astype(np.float64) * ((high - low) / 255)
    levels[where] = over.astype(levels.dtype)
    return Image.fromarray(levels)
