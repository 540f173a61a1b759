"""Writes a picture in the kind of file that it was in, with nothing in it but its pixels."""

import io
import re
import struct
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from PIL import Image

from expunct_server.redaction.formats.pictures import raw
from expunct_server.redaction.formats.pictures.pages import Source

QUALITY: Final = 95
_ROWS: Final = 256  # that are compared at once
_PRINTED = re.compile(rb"[\x20-\x7e]{20,}")  # in random bytes once in 400 million
_FRAMES: Final = frozenset(f"SOF{number}" for number in (0, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15))
_KEPT: Final = _FRAMES | {"SOI", "DQT", "DHT", "DRI", "SOS", "scan", "EOI", "SOF12"}


def written(target: BinaryIO, source: Source, first: Image.Image, others: Iterator[Image.Image]) -> None:
    """Pages as a new file."""
    kind = source.format
    options: dict[str, Any] = {"dpi": source.dpi} if source.dpi and kind != "GIF" and kind != "WEBP" else {}
    if kind == "JPEG":
        first = first if first.mode in ("L", "RGB", "CMYK") else first.convert("RGB")
        sampling = source.sampling if first.mode == "RGB" and source.sampling >= 0 else 0
        options |= {"quality": QUALITY, "subsampling": sampling, "progressive": "progression" in source.image.info}
    elif kind == "TIFF":
        options |= {"compression": "tiff_lzw", "save_all": True, "append_images": others}
    elif kind == "WEBP":
        options |= {"lossless": source.lossless, "quality": QUALITY}
    elif kind == "GIF" and first.mode not in ("L", "P"):
        first = first.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    first.save(target, kind, **options)


def stripped(data: bytes, source: Source) -> bytes | None:
    """The same compressed pixels without all else, where that can be done: JPEG and WebP lose by being written anew."""
    if source.format == "JPEG":
        return _checked(data, _jpeg(data, source.orientation))
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


def _jpeg(data: bytes, orientation: int) -> bytes | None:
    blocks = list(raw.jpeg(data))
    if any(each.name == "scan" and _PRINTED.search(each.inside) for each in blocks):
        return None
    kept = []
    for block in blocks:
        if block.name in _KEPT:
            kept.append(block.whole)
        elif block.name == "APP0" and block.inside.startswith(b"JFIF\0") and len(block.inside) >= 12:
            kept.append(_segment(0xE0, block.inside[:12] + b"\0\0"))  # without its small picture
        elif block.name == "APP14" and block.inside.startswith(b"Adobe") and len(block.inside) >= 12:
            kept.append(_segment(0xEE, b"Adobe\0\x64\0\0\0\0" + block.inside[11:12]))  # how its colours are meant
    if orientation != 1:
        kept.insert(1, _segment(0xE1, _exif(orientation)))
    return b"".join(kept)


def _segment(code: int, inside: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(inside) + 2) + inside


def _exif(orientation: int) -> bytes:
    """Exif (2.32, section 4.5) that says which side is up, and nothing else."""
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, orientation, 0)
    return b"Exif\0\0MM\0*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


def _webp(data: bytes) -> bytes | None:
    """RFC 9649: the simple form, one chunk of pixels."""
    pixels = [each for each in raw.webp(data) if each.name in ("VP8 ", "VP8L")]
    if len(pixels) != 1 or _PRINTED.search(pixels[0].inside):
        return None
    return b"RIFF" + struct.pack("<I", len(pixels[0].whole) + 4) + b"WEBP" + pixels[0].whole
