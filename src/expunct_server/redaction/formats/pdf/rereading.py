"""Pages of the written document as people see them, read once more: those that show more than they say as text."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pikepdf
import pypdfium2  # type: ignore[import-untyped]

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import facsimile
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.fonts import Font
from expunct_server.redaction.formats.pdf.values import Matrix, dictionary_of, inherited

_DRAWS = re.compile(rb"[\s\])](?:[lcvyhn]|re|sh)\b")
_DRAWS_OTHERS = re.compile(rb"[\s\])](?:Do|gs|scn|SCN)\b")
_FEW: Final = 3  # instructions; fewer lines are no letters
_ONE_BYTE: Final = bytes(range(256))
_TWO_BYTES: Final = b"".join(code.to_bytes(2, "big") for code in range(1024))


def texts(work: Work, pdf: pikepdf.Pdf, data: bytes) -> Iterator[str]:
    """What such pages say. `data` is the document as bytes. Raises DocumentError and PdfiumError."""
    drawing = Drawing()
    numbers = [n for n, page in enumerate(pdf.pages, start=1) if _says_more(drawing, page)]
    if not numbers:
        return
    from expunct_server.redaction.formats.pictures import read_again  # with OpenCV, which few documents need

    with pypdfium2.PdfDocument(data) as document:
        for number in numbers:
            fonts = _fonts(drawing, pdf.pages[number - 1].obj)
            is_drawn = any(font.may_lie or font.is_drawn for font in fonts)
            sheet = facsimile.drawn(document, pdf, number, with_annotations=True, with_text=is_drawn)
            if sheet is not None:
                yield from read_again(work, sheet.image)


def _says_more(drawing: Drawing, page: pikepdf.Page) -> bool:
    fonts = list(_fonts(drawing, page.obj))
    if any(font.may_lie for font in fonts):
        return True
    is_drawn = any(font.is_drawn for font in fonts)
    resources = inherited(page.obj, "/Resources")
    shown = [(page, resources), *((each, each.get("/Resources")) for each in _appearances(page.obj))]
    return any((is_drawn or _may(drawn)) and _draws_more(drawing, drawn, around) for drawn, around in shown)


def _fonts(drawing: Drawing, page: Any) -> Iterator[Font]:
    """Those of a page, with the letters that they may have; not those of forms, whose text PDFium has read."""
    held = dictionary_of(dictionary_of(inherited(page, "/Resources")).get("/Font"))
    for spec in held.values():
        font = drawing.font(spec)
        if font is not None:
            if font.is_new:
                font.codes(_TWO_BYTES if "/DescendantFonts" in spec else _ONE_BYTE)
            yield font


def _may(drawn: Any) -> bool:
    """Whether there are instructions at all that draw something else than text: without them no font has to be read."""
    stream = drawn.obj.get("/Contents") if isinstance(drawn, pikepdf.Page) else drawn
    if not isinstance(stream, pikepdf.Stream):
        return True
    data = stream.read_bytes()
    return bool(_DRAWS_OTHERS.search(data)) or len(_DRAWS.findall(data)) >= _FEW


def _draws_more(drawing: Drawing, drawn: Any, resources: Any) -> bool:
    drawing.glyphs(drawing.reader.read(drawn, resources), Matrix())
    return drawing.drawn.says_more()


def _appearances(page: Any) -> Iterator[Any]:
    """What annotations show (ISO 32000-2, 12.5.5)."""
    listed = page.get("/Annots")
    for annotation in listed if isinstance(listed, pikepdf.Array) else ():
        said = dictionary_of(dictionary_of(annotation).get("/AP")).get("/N")
        states = (
            said.values() if isinstance(said, pikepdf.Dictionary) and not isinstance(said, pikepdf.Stream) else [said]
        )
        yield from (each for each in states if isinstance(each, pikepdf.Stream))
