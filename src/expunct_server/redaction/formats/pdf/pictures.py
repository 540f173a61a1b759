"""Pictures on pages: handed over to those who read pictures, and put back redacted."""

import io
from contextlib import suppress
from typing import Any, Final

import pikepdf
from PIL import Image

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf.values import name_of, number_of

UNREAD: Final = "Pictures on the document's pages were not read: text in them is still there."
PAINTED: Final = "A picture on the document's pages was removed, since it could not be redacted."
MOST_PIXELS: Final = 100_000_000
_TOO_LARGE: Final = ("too_large", f"A picture in the document has more than {MOST_PIXELS:,} pixels.")
_LETTER: Final = 256  # pixels; those of a printer have some 600 an inch
_JFIF: Final = 18  # bytes of the segment without a thumbnail
_KEPT_SEGMENTS: Final = (0xE0, 0xE2, 0xEE)  # JFIF, colour profile, Adobe's colour transform


def redact(work: Work, stream: Any, place: str) -> None:
    """Redact a picture in its place; one that cannot be is blank. Raises DocumentError for one too large."""
    if number_of(stream.get("/Width")) * number_of(stream.get("/Height")) > MOST_PIXELS:
        raise DocumentError(*_TOO_LARGE)
    if _is_jpeg(stream):
        stream.write(_bare(stream.read_raw_bytes()), filter=pikepdf.Name.DCTDecode, decode_parms=_parameters(stream))
    picture = _as_file(stream)
    if picture is None:
        work.note(UNREAD)
        return
    name, data = picture
    try:
        redacted = work.inner(name, data, f"{place}, picture")
    except DocumentError as error:
        if error.code == "unsupported_format":
            work.note(UNREAD)
        else:
            _blank(work, stream)
        return
    if redacted != data:
        _put(work, stream, redacted)


def is_letter(image: Any) -> bool:
    """Whether a picture in a content stream, which is a glyph, is too small and narrow to be more than one."""
    return bool(image.height <= _LETTER and image.width <= 2 * image.height)


def inline(work: Work, image: Any, place: str) -> bool:
    """Whether a picture in a content stream may stay: nothing was found in it, or nobody reads pictures."""
    try:
        data = png(image.as_pil_image())
    except Exception:  # whatever the libraries that read pictures raise
        work.note(UNREAD)
        return True
    try:
        return work.inner("picture.png", data, f"{place}, picture") == data
    except DocumentError as error:
        work.note(UNREAD if error.code == "unsupported_format" else PAINTED)
        return error.code == "unsupported_format"


def _is_jpeg(stream: Any) -> bool:
    said = stream.get("/Filter")
    only = said[0] if isinstance(said, pikepdf.Array) and len(said) == 1 else said
    return name_of(only) == "DCTDecode"


def _parameters(stream: Any) -> Any:
    said = stream.get("/DecodeParms")
    return said[0] if isinstance(said, pikepdf.Array) and len(said) else said


def _as_file(stream: Any) -> tuple[str, bytes] | None:
    if _is_jpeg(stream):
        return "picture.jpg", stream.read_raw_bytes()
    with suppress(Exception):
        return "picture.png", png(pikepdf.PdfImage(stream).as_pil_image())
    return None


def png(image: Image.Image) -> bytes:
    """A picture as a file, without transparency."""
    plain = image if image.mode in ("1", "L", "RGB") else image.convert("RGB")
    target = io.BytesIO()
    plain.save(target, "PNG")
    return target.getvalue()


def _put(work: Work, stream: Any, data: bytes) -> None:
    try:
        image = Image.open(io.BytesIO(data))
        image.load()
    except Exception:  # what came back is no picture
        return _blank(work, stream)
    if bool(stream.get("/ImageMask", False)):
        return _blank(work, stream)  # a stencil has no colours to paint with
    write(stream, image)
    return None


def write(stream: Any, image: Image.Image) -> None:
    """Make the stream of a picture show this one."""
    image = image.convert("L" if image.mode in ("1", "L") else "RGB")
    for key in ("/DecodeParms", "/Decode", "/Mask", "/Intent"):
        if key in stream:
            del stream[key]
    stream.Width, stream.Height, stream.BitsPerComponent = image.width, image.height, 8
    stream.ColorSpace = pikepdf.Name.DeviceGray if image.mode == "L" else pikepdf.Name.DeviceRGB
    stream.write(image.tobytes())


def _blank(work: Work, stream: Any) -> None:
    work.note(PAINTED)
    if "/ImageMask" in stream:
        del stream["/ImageMask"]
    write(stream, Image.new("L", (1, 1), 128))


def _bare(data: bytes) -> bytes:
    """A JPEG picture without what is said beside it (ITU T.81, annex B): comments, EXIF, thumbnails, a tail."""
    kept, at = bytearray(data[:2]), 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind, size = data[at + 1], 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if kind == 0xDA:
            end = data.find(b"\xff\xd9", at)
            return bytes(kept) + data[at : end + 2 if end >= 0 else len(data)]
        is_thumbnail = kind == 0xE0 and size > _JFIF
        if not (0xE0 <= kind <= 0xEF or kind == 0xFE) or (kind in _KEPT_SEGMENTS and not is_thumbnail):
            kept += data[at : at + size]
        at += size
    return data
