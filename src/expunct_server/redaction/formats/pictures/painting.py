"""Paints over what is removed, and writes on it what stands in its place."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from expunct_server.redaction.formats.isolated import work
from expunct_server.redaction.formats.pictures.finding import Pixels
from expunct_server.redaction.formats.pictures.lines import Points

_BLUR: Final = "blur"
_SMALLEST: Final = 7  # pixels; smaller letters are read by nobody
_LARGEST: Final = 200
_BLACK: Final = (0, 0, 0)
_WHITE: Final = (255, 255, 255)
_FRAME: Final = (200, 0, 0)
_FRAME_WIDTH: Final = 3
_LEVELS: Final = 32  # a blurred cell's colour is one of 8 for each of red, green and blue
_MOST_PATCH: Final = 4_000  # pixels a side; larger ones are painted in one colour


class Mark(NamedTuple):
    """A part of a page to be painted over. `label` is written on it if it fits."""

    corners: Points
    label: str
    method: str


def painted(page: Image.Image, view: Pixels, marks: Sequence[Mark]) -> tuple[Image.Image, bool]:
    """The page with all marks, and whether all labels are legible. `view` is what is seen of it; it is
    painted too: of a large page there is no room for another."""
    colours = [_faint_under(view, mark) if mark.method == _BLUR else _BLACK for mark in marks]
    mask = np.zeros(view.shape[:2], np.uint8)
    legible = True
    for mark, colour in zip(marks, colours, strict=True):
        legible &= _paint(view, mask, mark, colour)
    return _merged(page, view, mask, [here for mark in marks if (here := _box(mask, mark))]), legible


def framed(view: Pixels, marks: Sequence[work.Mark]) -> Image.Image:
    """What is seen of a page with a frame around each mark."""
    image = Image.fromarray(np.ascontiguousarray(view[:, :, ::-1]), "RGB")
    draw = ImageDraw.Draw(image)
    for mark in marks:
        (left, right), (top, bottom) = sorted((mark.left, mark.right)), sorted((mark.low, mark.high))
        draw.rectangle((left, top, right, bottom), outline=_FRAME, width=_FRAME_WIDTH)
    return image


def _box(view: Pixels, mark: Mark) -> tuple[slice, slice] | None:
    """Rows and columns around a mark; None for one that is beside the page."""
    left, top, width, height = cv2.boundingRect(np.rint(mark.corners).astype(np.int32))
    right, bottom = min(left + width, view.shape[1]), min(top + height, view.shape[0])
    left, top = max(left, 0), max(top, 0)
    return None if left >= right or top >= bottom else (slice(top, bottom), slice(left, right))


def _cover(here: tuple[slice, slice], mark: Mark) -> tuple[Points, Pixels]:
    """The mark's corners in its box, and 255 for each pixel of that which is inside it."""
    rows, columns = here
    corners = np.asarray(mark.corners - np.array([columns.start, rows.start]), np.float32)
    cover = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
    cv2.fillPoly(cover, [np.rint(corners).astype(np.int32)], 255)
    return corners, cover


def _faint_under(view: Pixels, mark: Mark) -> tuple[int, int, int]:
    here = _box(view, mark)
    return _BLACK if here is None else _faint(view[here], _cover(here, mark)[1])


def _paint(canvas: Pixels, mask: Pixels, mark: Mark, colour: tuple[int, int, int]) -> bool:
    """Whether the label, if there is one, can be read."""
    here = _box(canvas, mark)
    if here is None:
        return True
    corners, cover = _cover(here, mark)
    canvas[here][cover > 0] = colour
    mask[here][cover > 0] = 255
    return not mark.label or _write(canvas[here], cover, corners, colour, mark.label)


def _write(canvas: Pixels, cover: Pixels, corners: Points, colour: tuple[int, int, int], label: str) -> bool:
    width = max(round(float(np.linalg.norm(corners[1] - corners[0]))), 1)
    height = max(round(float(np.linalg.norm(corners[3] - corners[0]))), 1)
    if max(width, height) > _MOST_PATCH:
        return False
    patch = _patch((width, height), colour, label)
    if patch is None:
        return False
    edges = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(edges, corners)
    size = canvas.shape[1], canvas.shape[0]
    there = cv2.warpPerspective(patch, turn, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    canvas[cover > 0] = there[cover > 0]
    return True


def _faint(view: Pixels, cover: Pixels) -> tuple[int, int, int]:
    """One colour for all that is blurred.

    A mosaic or a blur of letters can be undone: whoever tries all values, or all words, sees which of them gives the
    same cells. So there is one cell, of few colours, which says how dark the text was and nothing of its letters.
    """
    blue, green, red, _ = (int(each) // _LEVELS * _LEVELS + _LEVELS // 2 for each in cv2.mean(view, cover))
    return blue, green, red


def _patch(size: tuple[int, int], colour: tuple[int, int, int], label: str) -> Pixels | None:
    """A label on a colour, as large as fits; None where no legible one does."""
    points = _fitting(label, size)
    if not points:
        return None
    image = Image.new("RGB", size, colour)
    ink = _BLACK if sum(colour) > 384 else _WHITE
    middle = size[0] / 2, size[1] / 2
    ImageDraw.Draw(image).text(middle, label, font=ImageFont.load_default(points), fill=ink, anchor="mm")
    return np.array(image, np.uint8)


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
    return low if low >= _SMALLEST else 0


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
