"""Pages as pictures of themselves, where nobody says what their letters are, or letters are drawings: they are then
read as a scan is.

That comes after all else of the document was redacted, so that what could be read as text is not in the picture.
"""

import io
import math
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final, NamedTuple

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
from PIL import Image

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import opening, pictures, rasters
from expunct_server.redaction.formats.pdf.values import Matrix, number_of

UNREADABLE: Final = (
    "unreadable_text",
    "A page has text in a font that does not say what its letters are, and cannot be read as a picture either; print "
    "the document to PDF anew with fonts that do, or redact pictures of its pages.",
)
_INCH: Final = 72.0
_DPI: Final = 200.0
_LEAST_DPI: Final = 100.0
"""Below it letters of usual size are missed."""
MOST_PIXELS: Final = 16_000_000
"""Of one page: a picture with more is read at this size anyway."""
_NAME: Final = "/Page"
_DEPTH: Final = 25  # of drawings inside each other


class Sheet(NamedTuple):
    """A page as it is seen, unturned, and where it lies, in units of the page."""

    image: Image.Image
    left: float
    bottom: float
    width: float
    height: float

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the page is, from the upper left corner."""
        across, up = (x - self.left) / self.width, (y - self.bottom) / self.height
        return across * self.image.width, (1 - up) * self.image.height

    def point(self, x: float, y: float) -> tuple[float, float]:
        """The point of the page that a pixel is at."""
        across, up = x / self.image.width, 1 - y / self.image.height
        return self.left + across * self.width, self.bottom + up * self.height

    def matrix(self, box: tuple[float, float, float, float]) -> Matrix:
        """From the unit square to a part: left, top, right and bottom in pixels."""
        left, bottom = self.point(box[0], box[3])
        right, top = self.point(box[2], box[1])
        return Matrix(right - left, 0, 0, top - bottom, left, bottom)


def put(work: Work, pdf: pikepdf.Pdf, numbers: Sequence[int]) -> None:
    """Let pages, from 1, be pictures with what is found on them painted over. Raises DocumentError."""
    if not numbers:
        return
    with opened(pdf) as document:
        for number in numbers:
            sheet = drawn(document, pdf, number)
            if sheet is None:
                raise DocumentError(*UNREADABLE)
            become(pdf, number, sheet._replace(image=_redacted(work, sheet.image, number)))
    tell(work, numbers)


@contextmanager
def opened(pdf: pikepdf.Pdf) -> Iterator[Any]:
    """The document as it is now, in PDFium. Raises DocumentError."""
    now = io.BytesIO()
    opening.save(pdf, now)
    try:
        with pypdfium2.PdfDocument(now.getvalue()) as document:
            yield document
    except pypdfium2.PdfiumError:
        raise DocumentError(*UNREADABLE) from None


def drawn(
    document: Any, pdf: pikepdf.Pdf, number: int, *, with_annotations: bool = False, with_text: bool = True
) -> Sheet | None:
    """A page, from 1; its annotations stay what they are and are not drawn, unless that is wanted. None for a page too
    large to be read so."""
    unit = number_of(pdf.pages[number - 1].obj.get("/UserUnit"), 1.0)  # points of one of its units
    with closing(document[number - 1]) as page:
        page.set_rotation(0)
        left, bottom, right, top = page.get_bbox()
        width, height = right - left, top - bottom
        if min(width, height, unit) <= 0:
            return None
        scale = scale_of(width, height, unit)
        if scale < _LEAST_DPI / _INCH * unit:
            return None
        if not with_text:
            _hide_text(page)
        with closing(page.render(scale=scale, may_draw_forms=False, draw_annots=with_annotations)) as bitmap:
            image = bitmap.to_pil().convert("RGB")
    return Sheet(image, left, bottom, width, height)


def scale_of(width: float, height: float, unit: float) -> float:
    """Pixels of one of a page's units, of which it has so many, and which has `unit` points."""
    return min(_DPI / _INCH * unit, math.sqrt(MOST_PIXELS / (width * height)))


def _hide_text(page: Any) -> None:
    """Draw the page without its text, in this process alone."""
    for each in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], max_depth=_DEPTH):
        pypdfium2.raw.FPDFTextObj_SetTextRenderMode(each, pypdfium2.raw.FPDF_TEXTRENDERMODE_INVISIBLE)


def _redacted(work: Work, image: Image.Image, number: int) -> Image.Image:
    """Raises DocumentError."""
    try:
        data = work.inner("page.png", pictures.png(image), f"page {number}, as it is seen")
    except DocumentError as error:
        raise (DocumentError(*UNREADABLE) if error.code == "unsupported_format" else error) from None
    return image if work.surveying else Image.open(io.BytesIO(data))  # then nothing comes back


def become(pdf: pikepdf.Pdf, number: int, sheet: Sheet) -> None:
    """Let a page be a picture: what was drawn before, and how, is referred to by nothing any more."""
    page = pdf.pages[number - 1].obj
    stream = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
    rasters.write(stream, rasters.plain(sheet.image))
    place = " ".join(f"{each:.3f}" for each in (sheet.width, 0, 0, sheet.height, sheet.left, sheet.bottom))
    page.Contents = pdf.make_stream(f"q {place} cm {_NAME} Do Q".encode())
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({_NAME: stream}))
    for key in ("/Group", "/StructParents"):
        if key in page:
            del page[key]


def tell(work: Work, numbers: Sequence[int]) -> None:
    """Note which pages became pictures."""
    if numbers:
        work.note(_told(numbers))


def _told(numbers: Sequence[int]) -> str:
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and ranges[-1][-1] == number - 1:
            ranges[-1][1:] = [number]
        else:
            ranges.append([number])
    said = ", ".join(" to ".join(map(str, each)) for each in ranges)
    which = f"Page {said} became a picture" if len(numbers) == 1 else f"Pages {said} became pictures"
    return (
        f"{which}, since fonts do not say what their letters are, or letters are drawings: text there was read as on "
        "a scan, and can no longer be selected; look at them."
    )
