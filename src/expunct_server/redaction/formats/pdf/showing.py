"""A picture of a page, with a frame around each place where something was removed."""

import ctypes
import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
from PIL import Image, ImageDraw

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Mark, Work
from expunct_server.redaction.formats.pdf import facsimile
from expunct_server.redaction.formats.pdf.values import number_of

_NO_SUCH_PAGE: Final = ("no_such_page", "The document has no page of this number.")
_BROKEN: Final = ("unreadable", "The page is damaged: it could not be drawn.")
_LARGEST: Final = 1600
"""Pixels of the longer side."""
_SCALE: Final = 2.0  # pixels of a point
_FRAME: Final = (200, 0, 0)


def preview(work: Work, page: int, marks: Sequence[Mark]) -> None:
    """Write a page, from 1, to `work.target` as a PNG. Raises DocumentError."""
    try:
        data = work.source.read()
        with pypdfium2.PdfDocument(data) as document:
            if not 1 <= page <= len(document):
                raise DocumentError(*_NO_SUCH_PAGE)
            document.init_forms()
            with closing(document[page - 1]) as drawn:
                seen = [each for each in marks if each.is_seen]
                others = [each for each in marks if not each.is_seen]
                _drawn(drawn, [*others, *_placed(drawn, _unit(data, page) if seen else 1.0, seen)]).save(
                    work.target, "PNG"
                )
    except pypdfium2.PdfiumError:
        raise DocumentError(*_BROKEN) from None


def _unit(data: bytes, page: int) -> float:
    """Points of one of a page's units (ISO 32000-2, 14.11.2)."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return number_of(pdf.pages[page - 1].obj.get("/UserUnit"), 1.0)


def _placed(page: Any, unit: float, marks: Sequence[Mark]) -> Iterator[Mark]:
    """Marks in pixels of the page as it was read, in units of the page from its lower left corner."""
    left, bottom, right, top = page.get_bbox()
    scale = facsimile.scale_of(right - left, top - bottom, unit)
    across, up = page.get_mediabox()[:2]
    for mark in marks:
        yield mark._replace(
            left=left - across + mark.left / scale,
            right=left - across + mark.right / scale,
            low=top - up - mark.low / scale,
            high=top - up - mark.high / scale,
        )


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
