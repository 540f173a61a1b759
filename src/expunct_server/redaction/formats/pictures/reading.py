"""What a line of text on a picture says: a network over its pixels, column by column.

(Graves et al., Connectionist Temporal Classification, 2006: of neighbouring columns that say the same, one counts.)
"""

from typing import Final

import cv2
import numpy as np

from expunct_server.redaction.formats.pictures import models
from expunct_server.redaction.formats.pictures.finding import Pixels, boxes, stretched
from expunct_server.redaction.formats.pictures.lines import Line, Points, height

_HEIGHT: Final = 48
_LEAST_WIDTH: Final = 320
_MOST_WIDTH: Final = 9_600
_COLUMN: Final = 8
_DOUBT: Final = 0.9  # below this a line may stand on its head
_PAPER: Final = 0.4  # of the most contrast of a line's rows: what has less is paper, and the pattern of a card
_GAP: Final = 0.12  # of the size: dots of letters are nearer to these, other lines farther
_WIDTH: Final = 2.2  # widths of letters, on average, in their size
_FEW: Final = 3  # letters, which say nothing of their average
_LEAST: Final = 0.3
"""Confidence below which what was read is no text; measured: lines on photographs without text are below it."""


def lines(pixels: Pixels, scale: float) -> list[Line]:
    """All lines of text on a picture, in no order, looked for at a scale. Raises TooManyBoxes."""
    read = (_line(pixels, each) for each in boxes(pixels, scale))
    return [line for line in read if line is not None]


def _line(pixels: Pixels, corners: Points) -> Line | None:
    line = read(pixels, corners)
    if line is None or line.confidence < _DOUBT:
        turned = read(pixels, np.roll(corners, 2, axis=0))
        if turned is not None and (line is None or turned.confidence > line.confidence):
            line = turned
    return line if line is not None and line.confidence >= _LEAST else None


def read(pixels: Pixels, corners: Points) -> Line | None:
    """What a line says that is there, whatever it is; None for nothing."""
    strip = stretched(_strip(pixels, corners))
    width = strip.shape[1]
    inputs = np.zeros((1, 3, _HEIGHT, max(width, _LEAST_WIDTH)), np.float32)
    inputs[0, :, :, :width] = strip.astype(np.float32).transpose(2, 0, 1) / 127.5 - 1.0
    answer = models.what(inputs)
    best = answer.argmax(axis=1)
    kept = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
    known = models.characters()
    text = "".join(known[best[i]] for i in kept)
    if not text.strip():
        return None
    centres = tuple(min((float(i) + 0.5) * _COLUMN / width, 1.0) for i in kept)
    pitch = (centres[-1] - centres[0]) * width / max(len(text) - 1, 1) if len(text) > _FEW else _HEIGHT
    size = min(float(_HEIGHT), _WIDTH * pitch)
    narrowed = _narrowed(corners, *_letters(strip, size))
    confidence = float(answer[kept, best[kept]].mean())
    return Line(text, narrowed, centres, confidence, size * height(corners) / _HEIGHT)


def _letters(strip: Pixels, size: float) -> tuple[int, int]:
    """The rows of a line's strip in which its letters are, which are of a size: boxes of single lines reach into those
    above and below."""
    grey = cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY).astype(int)
    contrasts = grey.max(axis=1) - grey.min(axis=1)
    inked = np.flatnonzero(contrasts > _PAPER * contrasts.max())
    if not len(inked):
        return 0, len(strip)
    parts = np.split(inked, np.flatnonzero(np.diff(inked) > _GAP * size) + 1)
    middle = len(strip) / 2
    nearest = min(parts, key=lambda each: max(each[0] - middle, middle - each[-1], 0))
    return int(nearest[0]), int(nearest[-1]) + 1


def _narrowed(corners: Points, top: int, bottom: int) -> Points:
    """The corners of a part of a line's strip."""
    top_left, top_right, bottom_right, bottom_left = corners
    left, right = (bottom_left - top_left) / _HEIGHT, (bottom_right - top_right) / _HEIGHT
    return np.array(
        [top_left + left * top, top_right + right * top, top_right + right * bottom, top_left + left * bottom],
        np.float32,
    )


def _strip(pixels: Pixels, corners: Points) -> Pixels:
    """The line alone, level, and as high as the network wants it."""
    across, down = float(np.linalg.norm(corners[1] - corners[0])), float(np.linalg.norm(corners[3] - corners[0]))
    width = int(np.clip(round(_HEIGHT * across / max(down, 1.0)), _COLUMN, _MOST_WIDTH))
    # Drawn larger first where there is more detail, since a straight step down would skip pixels.
    reduce = max(int(down // _HEIGHT), 1)
    size = width * reduce, _HEIGHT * reduce
    edges = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    turn = cv2.getPerspectiveTransform(corners, edges)
    strip = cv2.warpPerspective(pixels, turn, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if reduce > 1:
        strip = cv2.resize(strip, (width, _HEIGHT), interpolation=cv2.INTER_AREA)
    return np.asarray(strip, np.uint8)
