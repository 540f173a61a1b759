"""A picture of a page, with a frame around each place where something was removed."""

import ctypes
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final

import pypdfium2  # type: ignore[import-untyped]
from PIL import Image, ImageDraw

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Mark, Work

_NO_SUCH_PAGE: Final = ("no_such_page", "The document has no page of this number.")
_BROKEN: Final = ("unreadable", "The page is damaged: it could not be drawn.")
_LARGEST: Final = 1600
"""Pixels of the longer side."""
_SCALE: Final = 2.0  # pixels of a point
_FRAME: Final = (200, 0, 0)


def preview(work: Work, page: int, marks: Sequence[Mark]) -> None:
    """Write a page, from 1, to `work.target` as a PNG. Raises DocumentError."""
    try:
        with pypdfium2.PdfDocument(work.source.read()) as document:
            if not 1 <= page <= len(document):
                raise DocumentError(*_NO_SUCH_PAGE)
            document.init_forms()
            with closing(document[page - 1]) as drawn:
                _drawn(drawn, marks).save(work.target, "PNG")
    except pypdfium2.PdfiumError:
        raise DocumentError(*_BROKEN) from None


def _drawn(page: Any, marks: Sequence[Mark]) -> Image.Image:
    scale = min(_SCALE, _LARGEST / max(*page.get_size(), 1.0))
    image: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    pen = ImageDraw.Draw(image)
    left, bottom = page.get_mediabox()[:2]
    for mark in marks:
        xs, ys = zip(
            _pixel(page, image, left + mark.left, bottom + mark.low),
            _pixel(page, image, left + mark.right, bottom + mark.high),
            strict=True,
        )
        pen.rectangle((min(xs), min(ys), max(xs), max(ys)), outline=_FRAME, width=2)
    return image


def _pixel(page: Any, image: Image.Image, x: float, y: float) -> tuple[int, int]:
    """Where a point of the page is in its picture, which may be turned and cut."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pypdfium2.raw.FPDF_PageToDevice(page, 0, 0, image.width, image.height, 0, x, y, across, down)
    return across.value, down.value
