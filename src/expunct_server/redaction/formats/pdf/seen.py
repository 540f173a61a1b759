"""Pages as people see them: what their text and their pictures, one by one, do not say.

Words over several strips of a scan, stretched or mirrored letters, letters that are drawings, fonts that say other
letters than they draw: such pages are drawn once all else is redacted, and read as a picture is. What is found there
goes from the pixels of every picture beneath it and from text that is drawn there, and a part of the picture that was
read, with its label, is laid over the place. A page that still shows something there becomes a picture of itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pikepdf
from PIL import ImageDraw

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import facsimile, overlays, pictures, spots
from expunct_server.redaction.formats.pdf.boxes import Label
from expunct_server.redaction.formats.pdf.insides import Box
from expunct_server.redaction.formats.pdf.placing import Drawn
from expunct_server.redaction.formats.pdf.rasters import Patch
from expunct_server.redaction.formats.pdf.structure import Cut
from expunct_server.redaction.formats.pdf.values import Matrix, inherited, numbers_of

if TYPE_CHECKING:
    from expunct_server.redaction.formats.pdf.removing import Found, Removing

LARGE: Final = "A page is too large to be read as it is seen: drawings on it that may be letters were not read."

_FAR: Final = 1e6


@dataclass(slots=True)
class Page:
    """What is to be looked at on a page: what it draws beside text, and the boxes of what was taken out of its text.
    `is_read` where it has to be read as it is seen; `shown` is what of it can be seen: left, bottom, right and top."""

    drawn: Drawn = field(default_factory=Drawn)
    labels: Sequence[Label] = ()
    is_read: bool = False
    shown: Sequence[float] = ()


def shown(page: Any) -> Box:
    """What of a page can be seen (ISO 32000-2, 14.11.2): left, bottom, right and top."""
    left, bottom, right, top = -_FAR, -_FAR, _FAR, _FAR
    for key in ("/MediaBox", "/CropBox"):
        x0, y0, x1, y1 = numbers_of(inherited(page, key), 4) or (-_FAR, -_FAR, _FAR, _FAR)
        left, bottom = max(left, min(x0, x1)), max(bottom, min(y0, y1))
        right, top = min(right, max(x0, x1)), min(top, max(y0, y1))
    return left, bottom, right, top


def cover(work: Work, pdf: pikepdf.Pdf, seen: Iterable[Page]) -> None:
    """Paint the pixels of pictures under what was taken out of text."""
    found = [page for page in seen if page.drawn.pictures and page.labels]
    if found and not work.surveying:
        from expunct_server.redaction.formats.pdf import removing  # with OpenCV, which few documents need

        removing.cover(work, pdf, [(page.drawn.pictures, page.labels) for page in found])


def tiles(seen: Iterable[Page]) -> set[tuple[int, int]]:
    """Pictures, by their numbers, of which all that they say is read as what pages show."""
    whole: set[tuple[int, int]] = set()
    others: set[tuple[int, int]] = set()
    for page in seen:
        found = {each.stream.objgen for each in page.drawn.tiles(page.shown)} if page.is_read else set()
        whole |= found
        others |= {each.stream.objgen for each in page.drawn.pictures} - found
    return whole - others


def called(pdf: pikepdf.Pdf, seen: dict[int, Page]) -> dict[tuple[int, tuple[int, int]], str]:
    """What pictures are called for people, by their page and their own number: where they are drawn first."""
    named: dict[tuple[int, tuple[int, int]], str] = {}
    for number, page in seen.items():
        corner = spots.corner(pdf.pages[number - 1].obj)
        for placed in page.drawn.pictures:
            named.setdefault((number, placed.stream.objgen), spots.picture(placed, *corner))
    return named


def patch(pdf: pikepdf.Pdf, seen: dict[int, Page], patches: dict[tuple[int, int], list[Patch]]) -> None:
    """Lay over pages what their stencils cannot show themselves. Pages are by their numbers, from 1."""
    for number, page in seen.items():
        found = [
            (_part(each).then(placed.matrix), each.image)
            for placed in page.drawn.pictures
            for each in patches.get(placed.stream.objgen, ())
        ]
        overlays.draw(pdf, pdf.pages[number - 1].obj, found)


def _part(patch: Patch) -> Matrix:
    """From the unit square to a part of a picture's."""
    return Matrix(patch.right - patch.left, 0, 0, patch.bottom - patch.top, patch.left, 1 - patch.bottom)


class Looking:
    """Reads pages as they are seen, and takes out what is found. Pages are by their numbers, from 1. `cut` are the
    marks around what was taken out."""

    def __init__(self, work: Work, pdf: pikepdf.Pdf, seen: dict[int, Page]) -> None:
        self._work, self._pdf, self._seen = work, pdf, seen
        self._removing: Removing | None = None
        self.cut: Cut = {}

    def read(self) -> None:
        """Take out what was found, before anything else is taken out of pictures. Raises DocumentError."""
        wanted = [number for number, page in self._seen.items() if page.is_read]
        if not wanted:
            return
        with facsimile.opened(self._pdf) as document:
            read = {number: _read(self._work, self._pdf, document, number, self._seen[number]) for number in wanted}
        found = {number: each for number, each in read.items() if each is not None}
        if found:
            from expunct_server.redaction.formats.pdf import removing  # with OpenCV, which few documents need

            labels = {number: self._seen[number].labels for number in found}
            self._removing = removing.Removing(self._work, self._pdf, found, labels)
            self._removing.take_out()
            self.cut = self._removing.cut

    def finish(self) -> None:
        """Lay what was read over its places, once all pictures are redacted. Raises DocumentError."""
        if self._removing:
            self._removing.finish()


def _read(work: Work, pdf: pikepdf.Pdf, document: Any, number: int, page: Page) -> "Found | None":
    """What was found on a page as it is seen; None for nothing, and while values are only learned."""
    sheet = facsimile.drawn(document, pdf, number, with_annotations=True, with_text=not page.drawn.says_its_text())
    if sheet is None:
        work.note(LARGE)
        page.is_read = False
        return None
    pen = ImageDraw.Draw(sheet.image)
    for label in page.labels:  # not to be read again
        for box in label.boxes:
            pen.polygon([sheet.pixel(x, y) for x, y in box.corners()], fill=(label.level,) * 3)
    before = pictures.png(sheet.image)
    try:
        after = work.inner("page.png", before, f"page {number}, as it is seen")
    except DocumentError as error:
        if error.code != "unsupported_format":
            raise
        work.note(pictures.UNREAD)
        page.is_read = False
        return None
    if work.surveying or after == before:
        return None
    from expunct_server.redaction.formats.pdf import removing  # with OpenCV, which few documents need

    return removing.found(sheet, after)
