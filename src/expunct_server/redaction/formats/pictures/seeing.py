"""Reads all that a page shows: at first sight as it is; at second at another scale and in another light.

What one misses the other may see. Small text is read best enlarged (measured over letters of 8 to 40 pixels, with
noise, blur, low contrast, compression and at angles: 92 % of the values as it is, 95 % at one and a half times its
size); a large page has larger letters, and takes longer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.pictures import layout
from expunct_server.redaction.formats.pictures.codes import Code, codes
from expunct_server.redaction.formats.pictures.finding import MOST, Pixels, TooManyBoxes, is_same
from expunct_server.redaction.formats.pictures.lines import Line
from expunct_server.redaction.formats.pictures.reading import lines

_SMALL: Final = 4_000_000
"""Pixels up to which a page is enlarged."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a page says: its lines, in no order, and its codes."""

    lines: tuple[Line, ...]
    codes: tuple[Code, ...]

    def texts(self) -> Iterator[str]:
        """For the check of what was written."""
        yield from layout.texts(self.lines)
        yield from (each.text for each in self.codes)


def at_first_sight(views: Sequence[Pixels]) -> Seen:
    """Raises DocumentError for more lines than are read."""
    return _seen([_read(view, 1.5 if _is_small(view) else 1.0) for view in views], views)


def at_second_sight(views: Sequence[Pixels]) -> Seen:
    """Raises DocumentError for more lines than are read."""
    return _seen([_read(_relit(view), 1.0 if _is_small(view) else 0.75) for view in views], views)


def _is_small(pixels: Pixels) -> bool:
    return bool(pixels.shape[0] * pixels.shape[1] <= _SMALL)


def _read(pixels: Pixels, scale: float) -> list[Line]:
    try:
        return lines(pixels, scale)
    except TooManyBoxes:
        raise DocumentError("too_large", f"A picture may have {MOST:,} lines of text; divide it.") from None


def _relit(pixels: Pixels) -> Pixels:
    """With as much contrast in its dark and pale corners as elsewhere (Zuiderveld, 1994)."""
    light, *colours = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB))
    evened = cv2.createCLAHE(3.0, (8, 8)).apply(light)
    return np.asarray(cv2.cvtColor(cv2.merge([evened, *colours]), cv2.COLOR_LAB2BGR), np.uint8)


def _seen(read: list[list[Line]], views: Sequence[Pixels]) -> Seen:
    """What is seen in several views counts once."""
    all_lines: list[Line] = []
    for found in read:
        all_lines += [line for line in found if not any(is_same(line.corners, each.corners) for each in all_lines)]
    all_codes: list[Code] = []
    for view in views:
        all_codes += [
            code for code in codes(view) if not any(is_same(code.corners, each.corners) for each in all_codes)
        ]
    return Seen(tuple(all_lines), tuple(all_codes))
