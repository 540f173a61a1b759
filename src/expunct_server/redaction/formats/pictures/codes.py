"""QR codes and bar codes on a picture, and what they say."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import cv2
import numpy as np

from expunct_server.redaction.formats.pictures.finding import Pixels, is_same, scaled
from expunct_server.redaction.formats.pictures.lines import Points

_MOST_SIDE: Final = 4_000
_SCALES: Final = (2.0, 1.0, 0.5)
_BARS_TOO: Final = (0.7, 0.35)
"""Scales for bar codes alone: measured over 84 of them, 48 are read with these and 36 without."""
_MARGIN: Final = 0.06
_LEAST: Final = 16  # pixels a side; what is smaller is no code that could be read


class Code(NamedTuple):
    """A code. `text` is empty where it could not be read."""

    text: str
    corners: Points


def codes(pixels: Pixels) -> list[Code]:
    """All codes that are seen, each once."""
    found: list[Code] = []
    for scale in _SCALES:
        if scale * max(pixels.shape[:2]) <= _MOST_SIDE or scale == _SCALES[-1]:
            found += _at(pixels, min(scale, _MOST_SIDE / max(pixels.shape[:2])), _detectors())
    for scale in _BARS_TOO:
        read = _at(pixels, min(scale, _MOST_SIDE / max(pixels.shape[:2])), (cv2.barcode.BarcodeDetector(),))
        found += [each for each in read if each.text]
    kept: list[Code] = []
    for code in sorted(found, key=lambda each: not each.text):  # what one detector sees, another may read
        if not any(is_same(code.corners, each.corners) for each in kept):
            kept.append(code)
    return kept


def _detectors() -> tuple[Any, ...]:
    """Each kind misses some at some scales: measured, a plain code among lines of text."""
    return cv2.QRCodeDetectorAruco(), cv2.QRCodeDetector(), cv2.barcode.BarcodeDetector()


def _at(pixels: Pixels, scale: float, detectors: tuple[Any, ...]) -> Iterator[Code]:
    grey = np.asarray(cv2.cvtColor(scaled(pixels, scale), cv2.COLOR_BGR2GRAY), np.uint8)
    if min(grey.shape) < _LEAST:
        return
    for detector in detectors:
        try:
            _, texts, corners, _ = detector.detectAndDecodeMulti(grey)
        except (cv2.error, UnicodeDecodeError):  # what looks like a code and is none
            continue
        quads: Points = (
            np.zeros(0, np.float32) if corners is None else np.asarray(corners, np.float32)
        )  # None where there are no codes
        for text, quad in zip(texts, quads.reshape(-1, 4, 2), strict=False):
            yield Code(str(text), _grown(np.asarray(quad / scale, np.float32)))


def _grown(corners: Points) -> Points:
    """With a margin, and upright, so that a label on it can be read."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    margin = (high - low).max() * _MARGIN
    (left, top), (right, bottom) = low - margin, high + margin
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], np.float32)
