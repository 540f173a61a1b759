"""A picture of a page, with a frame around each place where something was removed."""

import ctypes
import io
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from typing import Any, Final

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
from PIL import Image, ImageDraw

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Mark, Work
from expunct_server.redaction.formats.pdf import facsimile, spots
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.placing import Placed
from expunct_server.redaction.formats.pdf.values import Matrix, inherited, number_of

Quad = list[tuple[float, float]]

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
                _drawn(drawn, _on_page(data, page, drawn, marks)).save(work.target, "PNG")
    except pypdfium2.PdfiumError:
        raise DocumentError(*_BROKEN) from None


def _on_page(data: bytes, number: int, page: Any, marks: Sequence[Mark]) -> list[Quad]:
    """The corners of all marks, in units of the page from its lower left corner."""
    found = [_corners(each) for each in marks if not each.is_seen and each.picture is None]
    if len(found) == len(marks):
        return found
    with pikepdf.open(io.BytesIO(data)) as pdf:
        said = pdf.pages[number - 1].obj
        unit = number_of(said.get("/UserUnit"), 1.0)  # points (ISO 32000-2, 14.11.2)
        seen = _placed(page, unit, [each for each in marks if each.is_seen])
        inside = [each for each in marks if each.picture is not None]
        return [*found, *map(_corners, seen), *(_in_pictures(said, inside) if inside else ())]


def _corners(mark: Mark) -> Quad:
    return [(mark.left, mark.low), (mark.right, mark.low), (mark.right, mark.high), (mark.left, mark.high)]


def _in_pictures(page: Any, marks: Sequence[Mark]) -> Iterator[Quad]:
    """Pixels of pictures, where these are still there; or else around them, which says less."""
    left, bottom = spots.corner(page)
    drawn = {spots.picture(each, left, bottom): each for each in reversed(_pictures(page))}
    for mark in marks:
        assert mark.picture is not None
        placed = drawn.get("picture (box {:.0f} {:.0f} {:.0f} {:.0f})".format(*mark.picture))
        if placed is None:
            yield _corners(Mark(*mark.picture, mark.label))
        else:
            wide, high = (max(number_of(placed.stream.get(key)), 1.0) for key in ("/Width", "/Height"))
            points = [placed.matrix.at(min(x / wide, 1.0), 1 - min(y / high, 1.0)) for x, y in _corners(mark)]
            yield [(x - left, y - bottom) for x, y in points]


def _pictures(page: Any) -> list[Placed]:
    """What pictures a page draws; none where that cannot be told."""
    drawing = Drawing()
    with suppress(DocumentError):
        drawing.glyphs(drawing.reader.read(pikepdf.Page(page), inherited(page, "/Resources")), Matrix())
    return drawing.drawn.pictures


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


def _drawn(page: Any, marks: Sequence[Quad]) -> Image.Image:
    scale = min(_SCALE, _LARGEST / max(*page.get_size(), 1.0))
    image: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    pen = ImageDraw.Draw(image)
    left, bottom = page.get_mediabox()[:2]
    for mark in marks:
        xs, ys = zip(*(_pixel(page, image, left + x, bottom + y) for x, y in mark), strict=True)
        pen.rectangle((min(xs), min(ys), max(xs), max(ys)), outline=_FRAME, width=2)
    return image


def _pixel(page: Any, image: Image.Image, x: float, y: float) -> tuple[int, int]:
    """Where a point of the page is in its picture, which may be turned and cut."""
    across, down = ctypes.c_int(), ctypes.c_int()
    pypdfium2.raw.FPDF_PageToDevice(page, 0, 0, image.width, image.height, 0, x, y, across, down)
    return across.value, down.value
