"""What is seen on a page, asked of a process that has its pixels and nothing else, forked from where the networks are.

The process that has read a stranger's file asks for it, and so does the one that checks what was written: the server
gives the same pixels to be looked at once (`isolated.kept`), and it alone says which are the same.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

import cv2
import numpy as np

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pictures.codes import Code
from expunct_server.redaction.formats.pictures.finding import Pixels
from expunct_server.redaction.formats.pictures.lines import Line, Points
from expunct_server.redaction.formats.pictures.seeing import Seen, at_first_sight, at_second_sight

_LARGE: Final = 16_000_000
"""Pixels beyond which a page is read smaller: scans so fine have letters enough to lose, and memory has an end."""
_SIGHTS: Final = {"first": at_first_sight, "second": at_second_sight}


@contextmanager
def memory_is_told() -> Iterator[None]:
    """OpenCV's want of memory as Python's."""
    try:
        yield
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from None
        raise


def first(work: Work, views: Sequence[Pixels]) -> Seen:
    """What is seen on a page as it is. If more lines are there than are read, the document ends with it."""
    return _seen(work, "first", views)


def second(work: Work, views: Sequence[Pixels]) -> Seen:
    """What is seen on a page at another scale and in another light."""
    return _seen(work, "second", views)


@memory_is_told()
def look(how: str, pixels: bytes) -> bytes:
    """The answer to one who asks (`_seen`), in the process that looks. Raises DocumentError for more lines than
    are read."""
    sight, *shapes = json.loads(how)
    ends = np.cumsum([0, *(height * width * 3 for height, width in shapes)])
    parts = [np.frombuffer(pixels[start:end], np.uint8) for start, end in pairwise(ends)]
    views = [part.reshape(*shape, 3) for part, shape in zip(parts, shapes, strict=True)]
    seen = _SIGHTS[sight](views)
    lines = [[each.text, each.corners.tolist(), each.centres, each.confidence, each.size] for each in seen.lines]
    return json.dumps([lines, [[each.text, each.corners.tolist()] for each in seen.codes]]).encode()


def _seen(work: Work, sight: str, views: Sequence[Pixels]) -> Seen:
    """What is seen on the views, which are made smaller where they are too large, in their own pixels."""
    share = min(1.0, *((_LARGE / (each.shape[0] * each.shape[1])) ** 0.5 for each in views))
    shown = [_smaller(each, share) if share < 1 else each for each in views]
    said = work.look(json.dumps([sight, *(each.shape[:2] for each in shown)]), b"".join(map(_bytes, shown)))
    lines, codes = json.loads(said)
    found = tuple(
        Line(text, _points(at, share), tuple(centres), sure, size / share) for text, at, centres, sure, size in lines
    )
    return Seen(found, tuple(Code(text, _points(at, share)) for text, at in codes))


def _bytes(view: Pixels) -> Any:
    return np.ascontiguousarray(view).data


def _points(corners: list[list[float]], share: float) -> Points:
    return np.array(corners, np.float32) / np.float32(share)


def _smaller(view: Pixels, share: float) -> Pixels:
    return np.asarray(cv2.resize(view, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
