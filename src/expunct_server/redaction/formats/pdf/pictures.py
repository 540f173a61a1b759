"""Pictures on pages: handed over to those who read pictures, and put back redacted."""

import io
from collections.abc import Collection
from typing import Any, Final

import pikepdf
from PIL import Image

from expunct_server.redaction.formats import jpegs
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import beside, insides, jbig2, rasters
from expunct_server.redaction.formats.pdf.values import name_of, number_of

UNREAD: Final = "Pictures on the document's pages were not read: text in them is still there."
PAINTED: Final = "A picture on the document's pages was removed, since it could not be redacted."
MOST_PIXELS: Final = 100_000_000
_TOO_LARGE: Final = ("too_large", f"A picture in the document has more than {MOST_PIXELS:,} pixels.")
_SPELLED: Final = {
    "I": pikepdf.Name.Indexed, "G": pikepdf.Name.DeviceGray, "RGB": pikepdf.Name.DeviceRGB,
    "CMYK": pikepdf.Name.DeviceCMYK,
}  # fmt: skip
"""What names in colour spaces are short for in pictures that stand in contents (ISO 32000-2, 8.9.7)."""
_FAX: Final = ("CCITTFaxDecode", "CCF")
_MOST_TRIES: Final = 100
_LETTER: Final = 256  # pixels; those of a printer have some 600 an inch
_ADOBE: Final = b"\xff\xee\x00\x0eAdobe"


class Pictures:
    """All pictures of a document. `patches` is what cannot be shown in stencils themselves, by their numbers; `called`
    what pictures of a page are called, by its number and theirs."""

    def __init__(self, work: Work, pdf: pikepdf.Pdf) -> None:
        self._work, self._pdf = work, pdf
        self._waiting: list[tuple[Any, str, int]] = []
        self.called: dict[tuple[int, tuple[int, int]], str] = {}
        self.patches: dict[tuple[int, int], list[rasters.Patch]] = {}

    def add(self, stream: Any, place: str, page: int) -> None:
        """A picture to be redacted, of a page if its number is not 0. Raises DocumentError for one too large."""
        if number_of(stream.get("/Width")) * number_of(stream.get("/Height")) > MOST_PIXELS:
            raise DocumentError(*_TOO_LARGE)
        space = stream.get("/ColorSpace")
        if isinstance(space, pikepdf.Array):  # one that stood in a content
            stream.ColorSpace = pikepdf.Array([_SPELLED.get(name_of(each), each) for each in space])
        self._waiting.append((stream, place, page))

    def redact(self, read: Collection[tuple[int, int]] = ()) -> None:
        """Redact all of them in their places, but for some, by their numbers, that were read as what pages show.

        One that cannot be is blank.
        """
        for stream, place, page in self._waiting:
            called = self.called.get((page, stream.objgen), "picture")
            self._redact(stream, f"{place}, {called}", is_read=stream.objgen in read)

    def _redact(self, stream: Any, place: str, *, is_read: bool) -> None:
        if is_jpeg(stream):
            self._jpeg(stream, place, is_read=is_read)
            return
        if _only_filter(stream) in _FAX:
            _cut_tail(stream)
        is_sound = jbig2.tidy(stream)
        before = rasters.raster(stream)
        if before is None:
            blank(self._work, stream)
            return
        if not is_sound:
            rasters.write(stream, before)
        if min(before.size) >= insides.SHORTEST and not is_read:
            self._raster(stream, place, before)

    def _jpeg(self, stream: Any, place: str, *, is_read: bool) -> None:
        data = jpegs.bare(stream.read_raw_bytes())
        if data is None:
            blank(self._work, stream)
            return
        rasters.write_jpeg(stream, data, is_adobe=False)
        redacted = None if is_read else self._read(stream, "picture.jpg", data, place)
        if redacted is None or redacted == data:
            return
        if opened(redacted) is not None:
            rasters.write_jpeg(stream, redacted, is_adobe=is_adobe(data))
        else:
            blank(self._work, stream)

    def _raster(self, stream: Any, place: str, before: Image.Image) -> None:
        redacted = self._read(stream, "picture.png", png(before), place)
        if redacted is None:
            return
        after = opened(redacted)
        if after is None or after.size != before.size:
            blank(self._work, stream)
        elif not rasters.is_same(before, after):
            self.patches[stream.objgen] = rasters.replace(self._pdf, stream, before, after)

    def _read(self, stream: Any, name: str, data: bytes, place: str) -> bytes | None:
        """A picture redacted; None where it is blank now, or nobody reads it, or it is only learned from."""
        try:
            redacted = self._work.inner(name, data, place)
        except DocumentError as error:
            if error.code == "unsupported_format":
                self._work.note(UNREAD)
            else:
                blank(self._work, stream)
            return None
        return None if self._work.surveying else redacted  # then nothing comes back


def is_letter(image: Any) -> bool:
    """Whether a picture in a content stream, which is a glyph, is too small and narrow to be more than one."""
    return bool(image.height <= _LETTER and not insides.is_word(image))


def inline(work: Work, image: Any, place: str) -> bool:
    """Whether a picture in a glyph may stay: nothing was found in it, or nobody reads pictures."""
    shown = rasters.inline(image)
    if shown is None:
        work.note(UNREAD)
        return True
    data = png(shown)
    try:
        return work.inner("picture.png", data, f"{place}, picture") == data
    except DocumentError as error:
        work.note(UNREAD if error.code == "unsupported_format" else PAINTED)
        return error.code == "unsupported_format"


def is_jpeg(stream: Any) -> bool:
    """Whether a picture is a JPEG file, in no other filter."""
    return _only_filter(stream) == "DCTDecode"


def _only_filter(stream: Any) -> str:
    filters = beside.filters_of(stream)
    return filters[0] if len(filters) == 1 else ""


def _cut_tail(stream: Any) -> None:
    """Take what can be read from the end of a fax, behind its last row: where that is only a decoder can tell."""
    before: Image.Image | None = None
    data, said = stream.read_raw_bytes(), stream.get("/DecodeParms")
    starts = sorted({m.start() for each in (beside.RUN, beside.WIDE) for m in each.finditer(data)}, reverse=True)
    for start in starts[:_MOST_TRIES]:
        before = before or rasters.raster(stream)
        stream.write(data[:start], filter=pikepdf.Name.CCITTFaxDecode, decode_parms=said)
        after = rasters.raster(stream)
        if before is None or after is None or not rasters.is_same(before, after):
            stream.write(data, filter=pikepdf.Name.CCITTFaxDecode, decode_parms=said)
            break
        data = data[:start]


def is_adobe(data: bytes) -> bool:
    """Whether a JPEG says as Adobe does how its colours are meant."""
    return _ADOBE in data


def png(image: Image.Image) -> bytes:
    """A picture as a file."""
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()


def opened(data: bytes) -> Image.Image | None:
    """What came back as pixels; None for what is no picture."""
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except MemoryError:
        raise
    except Exception:  # whatever the library that reads pictures raises
        return None
    return image


def blank(work: Work, stream: Any) -> None:
    """Make nothing of a picture, with a note."""
    work.note(PAINTED)
    for key in ("/Mask", "/SMask"):
        if key in stream:
            del stream[key]
    rasters.write(stream, Image.new("L", (1, 1), 128))
