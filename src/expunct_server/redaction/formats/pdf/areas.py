"""Areas of pictures: where two of them differ, and what is around that. Needs OpenCV: imported where it is needed."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_NEAR: Final = 3  # pixels between two that have changed, which are of one area then
_FAR: Final = 1e6  # pixels from a picture
_PLAIN: Final = 10  # grey levels; what differs by less is nothing that is read on paper
_WORD: Final = 12  # heights of a line: as far a word may reach out of a rectangle
_ABOVE: Final = 0.5  # of its height: as far letters may
_GAP: Final = 0.15  # of it: between two letters of a word
_EDGE: Final = 7  # pixels
_STEP: Final = 16  # grey levels between neighbours
_NOISE: Final = 0.004

Grey = NDArray[np.uint8]
Quad = Sequence[tuple[float, float]]
"""Corners, in pixels from the upper left corner."""


class Area(NamedTuple):
    """What has to go of a picture: what is inside of the corners, and, where it `is_grown`, all of the words there."""

    corners: Quad
    is_grown: bool = False


def changed(before: Image.Image, after: Image.Image) -> Image.Image:
    """Where two pictures of a size differ, with all that is around letters inside: a mask, in "L"."""
    one, other = (np.asarray(each.convert("RGB")) for each in (before, after))
    if one.shape != other.shape:
        return Image.new("L", before.size, 255)
    mask = (one != other).any(axis=2).astype(np.uint8)
    mask = np.asarray(cv2.dilate(mask, np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), np.uint8)), np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros_like(mask)
    cv2.drawContours(filled, outlines, -1, (255,), thickness=cv2.FILLED)
    return Image.fromarray(filled)


def boxes(mask: Image.Image) -> list[tuple[int, int, int, int]]:
    """The rectangles around the areas of a mask: left, top, right, bottom."""
    outlines, _ = cv2.findContours(np.asarray(mask, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    found = [cv2.boundingRect(each) for each in outlines]
    return [(left, top, left + width, top + height) for left, top, width, height in found]


# --- covering ---------------------------------------------------------------------------------------------------------


def cover(image: Image.Image, areas: Sequence[Area]) -> Image.Image | None:
    """A mask of what of a picture has to go; None where nothing is seen in any of the areas."""
    grey = np.asarray(image.convert("L"), np.uint8)
    mask = np.zeros(grey.shape, np.uint8)
    for area in areas:
        corners = _whole(area.corners)
        left, top, right, bottom = _within(grey, cv2.boundingRect(corners))
        if left >= right or top >= bottom:
            continue
        part = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(part, [corners - np.array([left, top], np.int32)], (255,))
        seen = grey[top:bottom, left:right][part > 0]
        if not seen.size or int(seen.max()) - int(seen.min()) <= _PLAIN:
            continue
        mask[top:bottom, left:right] |= part
        if area.is_grown:
            _grow(mask, grey, (left, top, right, bottom))
    return Image.fromarray(mask) if mask.any() else None


def _whole(corners: Quad) -> NDArray[np.int32]:
    return np.asarray(np.rint(np.asarray(corners, np.float64).clip(-_FAR, _FAR)), np.int32)


def _within(grey: Grey, box: Sequence[int], more: int = 0, down: int = 0) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a rectangle (left, top, width, height) in a picture, with so much around it."""
    left, top, width, height = box
    right, bottom = left + width + more, top + height + down
    return max(left - more, 0), max(top - down, 0), min(right, grey.shape[1]), min(bottom, grey.shape[0])


def _grow(mask: Grey, grey: Grey, box: tuple[int, int, int, int]) -> None:
    """All of the words that reach into a rectangle: letters of a picture stand out above what others say they are."""
    left, top, right, bottom = box
    if bottom - top > right - left:  # lines from top to bottom
        mask, grey, left, top, right, bottom = mask.T, grey.T, top, left, bottom, right
    height = bottom - top
    x0, y0, x1, y1 = _within(grey, (left, top, right - left, height), _WORD * height, round(_ABOVE * height))
    here = np.ascontiguousarray(grey[y0:y1, x0:x1])
    _, ink = cv2.threshold(here, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    if np.count_nonzero(ink) * 2 > ink.size:
        ink = 255 - ink
    near = max(round(_GAP * height), 1)
    words = cv2.dilate(np.asarray(ink, np.uint8), np.ones((max(near // 2, 1), 2 * near + 1), np.uint8))
    _, numbers, found, _ = cv2.connectedComponentsWithStats(words)
    for number in np.unique(numbers[top - y0 : bottom - y0, left - x0 : right - x0]):
        x, y, w, h = (int(each) for each in found[number][:4])
        if number and h <= 2 * height:
            mask[y0 + y : y0 + y + h, x0 + x : x0 + x + w] = 255


# --- what is left -----------------------------------------------------------------------------------------------------


def is_plain(image: Image.Image, mask: Image.Image, edges: Sequence[Quad] = (), labels: Sequence[Quad] = ()) -> bool:
    """Whether there are only flat areas where a mask is, but for `edges` of what was painted there, and `labels`."""
    grey = np.asarray(image.convert("L"), np.uint8)
    inside = cv2.erode(np.asarray(mask, np.uint8), np.ones((2 * _NEAR + 3, 2 * _NEAR + 3), np.uint8))
    for each in (*edges, *labels):
        cv2.polylines(inside, [_whole(each)], True, (0,), thickness=_EDGE)
    for each in labels:
        cv2.fillPoly(inside, [_whole(each)], (0,))
    steps = cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return bool(np.count_nonzero((steps > _STEP) & (inside > 0)) <= np.count_nonzero(inside) * _NOISE)


def outlines(mask: Image.Image) -> list[Quad]:
    """The areas of a mask, each as a line around it."""
    found, _ = cv2.findContours(np.asarray(mask, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [[(float(x), float(y)) for x, y in cv2.approxPolyDP(each, 1.0, True)[:, 0]] for each in found]
