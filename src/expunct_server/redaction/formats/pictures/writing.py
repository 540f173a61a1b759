"""Writes a picture in the kind of file that it was in, with nothing in it but its pixels."""

import io
import re
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from PIL import Image

from expunct_server.redaction.formats import jpegs
from expunct_server.redaction.formats.pictures import raw
from expunct_server.redaction.formats.pictures.pages import Source

QUALITY: Final = 95
_ROWS: Final = 256  # that are compared at once
_PRINTED = re.compile(rb"[\x20-\x7e]{20,}")  # in random bytes once in 400 million


def written(target: BinaryIO, source: Source, first: Image.Image, others: Iterator[Image.Image]) -> None:
    """Pages as a new file."""
    kind = source.format
    options: dict[str, Any] = {"dpi": source.dpi} if source.dpi and kind != "GIF" and kind != "WEBP" else {}
    if kind == "JPEG":
        first = first if first.mode in ("L", "RGB", "CMYK") else first.convert("RGB")
        sampling = source.sampling if first.mode == "RGB" and source.sampling >= 0 else 0
        options |= {"quality": QUALITY, "subsampling": sampling, "progressive": "progression" in source.image.info}
    elif kind == "TIFF":
        options |= _of_tiff(first) | {"save_all": True, "append_images": map(_with_compression, others)}
    elif kind == "WEBP":
        options |= {"lossless": source.lossless, "quality": QUALITY}
    elif kind == "GIF" and first.mode not in ("L", "P"):
        first = first.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    first.save(target, kind, **options)


def as_written(source: Source, page: Image.Image) -> Image.Image:
    """A page as it is seen once it is written: kinds that lose by that have other pixels then."""
    if source.format not in ("JPEG", "GIF", "WEBP"):
        return page
    file = io.BytesIO()
    written(file, source, page, iter(()))
    return Image.open(file)


def _of_tiff(page: Image.Image) -> dict[str, str]:
    """As scanners and faxes compress it, if it is black and white: a tenth of what others make of it."""
    return {"compression": "group4" if page.mode == "1" else "tiff_lzw"}


def _with_compression(page: Image.Image) -> Image.Image:
    page.encoderinfo = _of_tiff(page)
    return page


def stripped(data: bytes, source: Source) -> bytes | None:
    """The same compressed pixels without all else, where that can be done: JPEG and WebP lose by being written anew."""
    if source.format == "JPEG":
        bare = jpegs.bare(data, source.orientation)
        return None if bare is None or jpegs.is_said_among_pixels(bare) else _checked(data, bare)
    if source.format == "WEBP" and source.image.mode == "RGB" and source.orientation == 1:
        return _checked(data, _webp(data))
    return None


def _checked(data: bytes, bare: bytes | None) -> bytes | None:
    """What shows the same pixels, and nothing that was written into them as text."""
    if bare is None:
        return None
    before, after = (Image.open(io.BytesIO(each)) for each in (data, bare))
    if (before.mode, before.size) != (after.mode, after.size):
        return None
    for top in range(0, before.height, _ROWS):
        part = (0, top, before.width, min(top + _ROWS, before.height))
        if before.crop(part).tobytes() != after.crop(part).tobytes():
            return None
    return bare


def _webp(data: bytes) -> bytes | None:
    """RFC 9649: the simple form, one chunk of pixels."""
    pixels = [each for each in raw.webp(data) if each.name in ("VP8 ", "VP8L")]
    if len(pixels) != 1 or _PRINTED.search(pixels[0].inside):
        return None
    return b"RIFF" + struct.pack("<I", len(pixels[0].whole) + 4) + b"WEBP" + pixels[0].whole
