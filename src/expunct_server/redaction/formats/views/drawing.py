"""A page of a view as a picture, in a process of its own: what is drawn was written by strangers.

The letters are those that OpenCV brings along, the same on every machine: Latin, Greek, Cyrillic, Hebrew, Arabic,
Chinese, Japanese and Korean ones. What they lack is drawn as a question mark.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, BinaryIO, Final

import cv2
import numpy as np

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.views import layout
from expunct_server.redaction.formats.views.layout import Line
from expunct_server.redaction.formats.views.pieces import Span
from expunct_server.redaction.formats.views.rows import Drawn, Row

_WIDTH: Final = 1131
_HEIGHT: Final = 1600
"""A page of A4, in pixels."""
_TOP: Final = 70
_STEP: Final = 29  # from line to line
_LEFT: Final = 60
_MARGIN: Final = 230  # where texts begin; captions stand before
_ROOM: Final = _WIDTH - _MARGIN - _LEFT
_FOOT: Final = _HEIGHT - 30
_SIZES: Final = {"text": 20, "note": 17, "heading": 18, "picture": 17}
_GAP: Final = 20  # below a picture
_CAPTION: Final = 14
_SMALL: Final = 12
_PLAIN: Final = 400
_BOLD: Final = 700
_INK: Final = (20, 20, 20)
_GREY: Final = (130, 130, 130)
_FRAME: Final = (0, 0, 200)  # blue, green, red
_PALE: Final = (232, 232, 255)
_ABOVE: Final = 20  # of a line, that a frame reaches
_BELOW: Final = 6
_AROUND: Final = 2  # pixels, before and after; also what a frame around nothing is wide
_SAID: Final = "Reading view, page {}: what the result says, in lines that are not its own."
_PACKED: Final = (cv2.IMWRITE_PNG_COMPRESSION, 6)
_UNREAD: Final = "This page cannot be shown."
_NO_SUCH_PAGE: Final = ("no_such_page", "The view of the document has no page of this number.")


def draw(target: BinaryIO, number: int, rows: Sequence[Any], fetch: Callable[[int, int], bytes]) -> None:
    """Write a page, from 1, of rows as a PNG. A page of the picture of a number is fetched where it is drawn: nothing
    where that cannot be shown. Raises DocumentError."""
    lines = layout.page([_row(*each) for each in rows], number, partial(_width, size=_SIZES["text"]), _ROOM)
    if lines is None:
        raise DocumentError(*_NO_SUCH_PAGE)
    page = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
    y = _TOP
    for line in lines:
        _line(page, line, y)
        if line.picture is not None:
            data = fetch(line.picture.number, line.picture.page)
            _picture(page, data, y - _ABOVE, _STEP * line.picture.lines - _GAP)
        y += _STEP * line.height
    _write(page, _SAID.format(number), _LEFT, _FOOT, _CAPTION, _GREY)
    target.write(cv2.imencode(".png", page, _PACKED)[1].tobytes())


def _line(page: Any, line: Line, y: int) -> None:
    if line.kind == "heading":
        _write(page, _cut(line.text, _WIDTH - 2 * _LEFT, _SIZES["heading"]), _LEFT, y, _SIZES["heading"], _GREY, _BOLD)
        cv2.line(page, (_LEFT, y + _BELOW), (_WIDTH - _LEFT, y + _BELOW), _GREY)
        return
    size = _SIZES[line.kind]
    spans = [[_MARGIN + _width(layout.legible(line.text[:at]), size) for at in frame] for frame in line.frames]
    for low, high in spans:
        cv2.rectangle(page, (low - _AROUND, y - _ABOVE), (high + _AROUND, y + _BELOW), _PALE, cv2.FILLED)
    _caption(page, layout.legible(line.caption), y)
    _write(page, layout.legible(line.text), _MARGIN, y, size, _GREY if line.kind == "note" else _INK)
    for low, high in spans:
        cv2.rectangle(page, (low - _AROUND, y - _ABOVE), (high + _AROUND, y + _BELOW), _FRAME)


def _row(kind: str, caption: str, text: str, frames: list[Span], picture: Sequence[int] | None) -> Row:
    return Row(kind, caption, text, frames, Drawn(*picture) if picture else None)


def _caption(page: Any, text: str, y: int) -> None:
    """One that is too long for the margin in two lines, the first of what it begins with."""
    room = _MARGIN - _LEFT - 2 * _AROUND
    if _width(text, _CAPTION) < room or ", " not in text:
        return _write(page, _cut(text, room, _CAPTION), _LEFT, y, _CAPTION, _GREY)
    first, _, last = text.rpartition(", ")
    _write(page, _cut(first, room, _SMALL), _LEFT, y - _SMALL + 2, _SMALL, _GREY)
    return _write(page, _cut(last, room, _SMALL), _LEFT, y + 2, _SMALL, _GREY)


def _picture(page: Any, data: bytes, top: int, room: int) -> None:
    """As large as there is room for it below the top, at most as it is."""
    shown = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if shown is None:
        return _write(page, _UNREAD, _MARGIN, top + _ABOVE, _SIZES["note"], _GREY)
    height, width = shown.shape[:2]
    scale = min(_ROOM / width, room / height, 1.0)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    page[top : top + size[1], _MARGIN : _MARGIN + size[0]] = cv2.resize(shown, size, interpolation=cv2.INTER_AREA)
    cv2.rectangle(page, (_MARGIN - 1, top - 1), (_MARGIN + size[0], top + size[1]), _GREY)
    return None


def _write(page: Any, text: str, x: int, y: int, size: int, ink: tuple[int, int, int], weight: int = _PLAIN) -> None:
    cv2.putText(page, text, (x, y), ink, _face(), size, weight)


def _cut(text: str, room: int, size: int) -> str:
    """A text that fits, or as much of its beginning as does."""
    text = layout.legible(text)
    while text and _width(text, size) >= room:
        text = f"{text.removesuffix('…')[: room // 4][:-1]}…" if text != "…" else ""
    return text


def _width(text: str, size: int) -> int:
    return max(int(cv2.getTextSize((0, 0), text, (0, 0), _face(), size, _PLAIN)[2]) - 1, 0) if text else 0


def _face() -> Any:
    return cv2.FontFace("sans")
