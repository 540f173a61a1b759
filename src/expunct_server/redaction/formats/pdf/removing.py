"""Takes out of pages what was found on them as they are seen, and pixels beneath what was taken out of their text."""

import io
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import pikepdf
from PIL import Image, ImageChops

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import areas, contents, facsimile, marks, overlays, pictures, structure
from expunct_server.redaction.formats.pdf.boxes import Label
from expunct_server.redaction.formats.pdf.covering import Covering
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.glyphs import Glyph
from expunct_server.redaction.formats.pdf.placing import Drawn, Placed
from expunct_server.redaction.formats.pdf.values import Matrix, dictionary_of, inherited, numbers_of

ANNOTATIONS: Final = "A stamp or a note on a page was removed, since what it shows could not be redacted."
_MIDDLE: Final = 0.3  # of a font's size: so far above the line is the middle of a letter


def cover(work: Work, pdf: pikepdf.Pdf, pages: Iterable[tuple[Sequence[Placed], Sequence[Label]]]) -> None:
    """Paint the pixels of pages' pictures under the labels of what was taken out of their text."""
    covering = Covering()
    for placed, labels in pages:
        for label in labels:
            for box in label.boxes:
                for each in placed:
                    covering.add(each, box.corners(), label.level, is_grown=True)
    covering.paint(work, pdf)


class Found(NamedTuple):
    """What was found on a page: the picture of it, redacted, and where in that something was found, both as files; and
    where it lies."""

    image: bytes
    mask: bytes
    left: float
    bottom: float
    width: float
    height: float

    def sheet(self) -> facsimile.Sheet:
        """The mask in its place."""
        return facsimile.Sheet(_opened(self.mask), *self[2:])


def found(sheet: facsimile.Sheet, redacted: bytes) -> Found | None:
    """What a page has to lose to be what its picture has become; None where that shows the same."""
    after = pictures.opened(redacted)
    if after is None:
        raise DocumentError(*facsimile.UNREADABLE)
    mask = areas.changed(sheet.image, after)
    return Found(redacted, pictures.png(mask), *sheet[1:]) if mask.getbbox() else None


class Removing:
    """Takes out of pages what was found on them as they are seen. `cut` are the marks around that."""

    def __init__(
        self, work: Work, pdf: pikepdf.Pdf, found: dict[int, Found], labels: dict[int, Sequence[Label]]
    ) -> None:
        self._work, self._pdf, self._found, self._labels = work, pdf, found, labels
        self._drawing = Drawing()
        self._properties = marks.Shared(pdf)
        self.cut: structure.Cut = {}
        self._drawn: dict[int, Drawn] = {}

    def finish(self) -> None:
        """Lay what was read over its places; a page that still shows something there becomes a picture."""
        with facsimile.opened(self._pdf) as document:
            left = [number for number, shown in self._found.items() if not self._is_out(document, number, shown)]
        facsimile.tell(self._work, left)

    def take_out(self) -> None:
        """Take letters out of pages, and paint pixels of their pictures. Raises DocumentError."""
        covering = Covering()
        for number, shown in self._found.items():
            sheet = shown.sheet()
            self._cut(number, sheet)
            for quad in areas.outlines(sheet.image):
                for placed in self._drawn[number].pictures:
                    covering.add(placed, [sheet.point(x, y) for x, y in quad], 0)
        for key, content in self._drawing.contents.items():
            if content.cuts:
                content.owner.write(contents.written(content))
            self._tell(key, content)
        self._properties.forget()
        covering.paint(self._work, self._pdf)

    def _cut(self, number: int, sheet: facsimile.Sheet) -> None:
        """Take out the letters in the areas of a page."""
        page = self._pdf.pages[number - 1].obj
        content = self._drawing.reader.read(pikepdf.Page(page), inherited(page, "/Resources"))
        glyphs = self._drawing.glyphs(content, Matrix())
        self._drawn[number] = self._drawing.drawn
        mask = sheet.image
        for glyph in glyphs:
            x, y = map(int, sheet.pixel(*_middle(glyph)))
            if 0 <= x < mask.width and 0 <= y < mask.height and mask.getpixel((x, y)):
                glyph.cut()
        if content.cuts:
            page.Contents = self._pdf.make_stream(contents.written(content))
        self._tell(page.objgen, content)

    def _tell(self, key: tuple[int, int], content: contents.Content) -> None:
        self._properties.tell(content)
        self.cut[key] = structure.silenced(content)

    def _is_out(self, document: Any, number: int, shown: Found) -> bool:
        """Lay what was read over its place; False where the page still shows something there, and is a picture now."""
        mask, after = _opened(shown.mask), _opened(shown.image)
        sheet = facsimile.drawn(document, self._pdf, number)
        whole = facsimile.drawn(document, self._pdf, number, with_annotations=True)
        if sheet is None or whole is None:
            raise DocumentError(*facsimile.UNREADABLE)
        page = self._pdf.pages[number - 1].obj
        if not areas.is_plain(ImageChops.difference(sheet.image, whole.image), mask):
            self._drop_annotations(page, sheet._replace(image=mask))
        bare = sheet
        if self._drawn[number].says_its_text():
            bare = facsimile.drawn(document, self._pdf, number, with_text=False) or sheet
        edges = [[sheet.pixel(x, y) for x, y in each.corners()] for each in self._drawn[number].pictures]
        labels = [[sheet.pixel(*at) for at in box.corners()] for each in self._labels[number] for box in each.boxes]
        has_pieces = any(_is_over(each, sheet._replace(image=mask)) for each in self._drawn[number].places())
        if has_pieces or not areas.is_plain(bare.image, mask, edges, labels):
            sheet.image.paste(after, mask=mask)
            facsimile.become(self._pdf, number, sheet)
            return False
        overlays.draw(self._pdf, page, [(sheet.matrix(box), after.crop(box)) for box in areas.boxes(mask)])
        return True

    def _drop_annotations(self, page: Any, sheet: facsimile.Sheet) -> None:
        """Take out those that lie over an area where something was found."""
        listed = page.get("/Annots")
        if not isinstance(listed, pikepdf.Array):
            return
        kept = [each for each in listed if not _covers(each, sheet)]
        if len(kept) < len(listed):
            page.Annots = pikepdf.Array(kept)
            self._work.note(ANNOTATIONS)


def _covers(annotation: Any, sheet: facsimile.Sheet) -> bool:
    corners = numbers_of(dictionary_of(annotation).get("/Rect"), 4)
    return corners is None or _is_over(corners, sheet)


def _is_over(corners: Sequence[float], sheet: facsimile.Sheet) -> bool:
    """Whether a rectangle of the page is over something of a mask."""
    xs, ys = zip(sheet.pixel(*corners[:2]), sheet.pixel(*corners[2:]), strict=True)
    left, right = (int(min(max(each, 0), sheet.image.width)) for each in (min(xs), max(xs)))
    top, bottom = (int(min(max(each, 0), sheet.image.height)) for each in (min(ys), max(ys)))
    return sheet.image.crop((left, top, right + 1, bottom + 1)).getbbox() is not None


def _middle(glyph: Glyph) -> tuple[float, float]:
    along, up = glyph.advance / 2, _MIDDLE * glyph.size
    return glyph.x + along * glyph.dx - up * glyph.dy, glyph.y + along * glyph.dy + up * glyph.dx


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))
