"""Pages as pictures of themselves, where nobody says what their letters are: they are then read as a scan is.

That comes after all else of the document was redacted, so that what could be read as text is not in the picture.
"""

import io
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
from PIL import Image

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import opening, pictures
from expunct_server.redaction.formats.pdf.values import number_of

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


class _Drawn(NamedTuple):
    """A page as it is seen, unturned, and where it lies, in points."""

    image: Image.Image
    left: float
    bottom: float
    width: float
    height: float


def put(work: Work, pdf: pikepdf.Pdf, numbers: Sequence[int]) -> None:
    """Let pages, from 1, be pictures with what is found on them painted over. Raises DocumentError."""
    if not numbers:
        return
    now = io.BytesIO()
    opening.save(pdf, now)
    try:
        with pypdfium2.PdfDocument(now.getvalue()) as document:
            for number in numbers:
                page = pdf.pages[number - 1].obj
                drawn = _drawn(document, number, number_of(page.get("/UserUnit"), 1.0))
                _put(pdf, page, drawn._replace(image=_redacted(work, drawn.image, number)))
    except pypdfium2.PdfiumError:
        raise DocumentError(*UNREADABLE) from None
    work.note(_told(numbers))


def _drawn(document: Any, number: int, unit: float) -> _Drawn:
    """A page without its annotations, which stay what they are. `unit` is how many points its own ones are."""
    with closing(document[number - 1]) as page:
        page.set_rotation(0)
        left, bottom, right, top = page.get_bbox()
        width, height = right - left, top - bottom
        if min(width, height, unit) <= 0:
            raise DocumentError(*UNREADABLE)
        scale = min(_DPI / _INCH * unit, (MOST_PIXELS / (width * height)) ** 0.5)
        if scale < _LEAST_DPI / _INCH * unit:
            raise DocumentError(*UNREADABLE)
        with closing(page.render(scale=scale, may_draw_forms=False, draw_annots=False)) as bitmap:
            image = bitmap.to_pil().convert("RGB")
    return _Drawn(image, left, bottom, width, height)


def _redacted(work: Work, image: Image.Image, number: int) -> Image.Image:
    """Raises DocumentError."""
    try:
        data = work.inner("page.png", pictures.png(image), f"page {number}, picture")
    except DocumentError as error:
        raise (DocumentError(*UNREADABLE) if error.code == "unsupported_format" else error) from None
    return image if work.surveying else _plain(Image.open(io.BytesIO(data)))  # then nothing comes back


def _plain(image: Image.Image) -> Image.Image:
    """In shades of grey, if it has no others."""
    grey = image.convert("L")
    return grey if grey.convert(image.mode).tobytes() == image.tobytes() else image


def _put(pdf: pikepdf.Pdf, page: Any, drawn: _Drawn) -> None:
    """What was drawn before, and how, is referred to by nothing any more."""
    stream = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
    pictures.write(stream, drawn.image)
    place = " ".join(f"{each:.3f}" for each in (drawn.width, 0, 0, drawn.height, drawn.left, drawn.bottom))
    page.Contents = pdf.make_stream(f"q {place} cm {_NAME} Do Q".encode())
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary({_NAME: stream}))
    for key in ("/Group", "/StructParents"):
        if key in page:
            del page[key]


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
        f"{which}, since fonts do not say what their letters are: text there was read as on a scan, and "
        "can no longer be selected; look at them."
    )
