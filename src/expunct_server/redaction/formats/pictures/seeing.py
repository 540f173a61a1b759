"""Reads all that a page shows: at first sight as it is; at second at another scale and in another light.

What one misses the other may see. Small text is read best enlarged (measured over letters of 8 to 40 pixels, with
noise, blur, low contrast, compression and at angles: 92 % of the values as it is, 95 % at one and a half times its
size); a large page has larger letters, and takes longer.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.kept import MOST_READING
from expunct_server.redaction.formats.pictures.codes import Code, codes
from expunct_server.redaction.formats.pictures.finding import MOST, Pixels, TooManyBoxes, is_same
from expunct_server.redaction.formats.pictures.lines import Line, Points, Together, together
from expunct_server.redaction.formats.pictures.reading import lines

_SMALL: Final = 4_000_000
"""Pixels up to which a page is enlarged."""
_LARGE: Final = 16_000_000
"""Pixels beyond which a page is read smaller: scans so fine have letters enough to lose, and memory has an end."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a page says: its lines as one text, and its codes."""

    together: Together
    codes: tuple[Code, ...]


_known: dict[bytes, Seen] = {}
"""What was read already, by its pixels: the survey's reading serves the second run, in the same process or another."""


def remembered() -> bytes:
    """What was read at first sight, for `remember` in another process: as many pages as fit."""
    said: list[bytes] = []
    size = 0
    for key, seen in _known.items():
        read = [[each.text, each.corners.tolist(), each.centres, each.confidence] for each in seen.together.lines]
        codes_read = [[each.text, each.corners.tolist()] for each in seen.codes]
        said.append(json.dumps([key.hex(), read, codes_read]).encode())
        size += len(said[-1]) + 1
        if size > MOST_READING:
            return b"\n".join(said[:-1])
    return b"\n".join(said)


def remember(said: bytes) -> None:
    """Take in what `remembered` gave; nothing from nothing. Numbers are the same to the last bit."""
    for line in said.splitlines():
        key, read, codes_read = json.loads(line)
        found = [Line(text, _points(corners), tuple(centres), sure) for text, corners, centres, sure in read]
        seen_codes = tuple(Code(text, _points(corners)) for text, corners in codes_read)
        _known[bytes.fromhex(key)] = Seen(together(found), seen_codes)


def _points(corners: list[list[float]]) -> Points:
    return np.array(corners, np.float32)


def at_first_sight(views: list[Pixels]) -> Seen:
    """Raises DocumentError for more lines than are read."""
    key = b"".join(map(_digest, views))
    if key not in _known:
        _known[key] = _reduced(views, lambda few: _seen([_read(v, 1.5 if _is_small(v) else 1.0) for v in few], few))
    return _known[key]


def at_second_sight(views: list[Pixels]) -> Seen:
    """Raises DocumentError for more lines than are read."""
    return _reduced(views, lambda few: _seen([_read(_relit(v), 1.0 if _is_small(v) else 0.75) for v in few], few))


def _digest(view: Pixels) -> bytes:
    found = hashlib.sha256(np.array(view.shape).tobytes())
    found.update(np.ascontiguousarray(view).data)
    return found.digest()


def _reduced(views: list[Pixels], see: Callable[[list[Pixels]], Seen]) -> Seen:
    """What is seen on the views, which are made smaller where they are too large, in the pixels of the views."""
    share = min((_LARGE / (v.shape[0] * v.shape[1])) ** 0.5 for v in views)
    if share >= 1:
        return see(views)
    seen = see([_smaller(view, share) for view in views])
    found = [replace(each, corners=each.corners / np.float32(share)) for each in seen.together.lines]
    return Seen(together(found), tuple(each._replace(corners=each.corners / np.float32(share)) for each in seen.codes))


def _smaller(view: Pixels, share: float) -> Pixels:
    return np.asarray(cv2.resize(view, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)


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


def _seen(read: list[list[Line]], views: list[Pixels]) -> Seen:
    """What is seen in several views counts once."""
    all_lines: list[Line] = []
    for found in read:
        all_lines += [line for line in found if not any(is_same(line.corners, each.corners) for each in all_lines)]
    all_codes: list[Code] = []
    for view in views:
        all_codes += [
            code for code in codes(view) if not any(is_same(code.corners, each.corners) for each in all_codes)
        ]
    return Seen(together(all_lines), tuple(all_codes))
