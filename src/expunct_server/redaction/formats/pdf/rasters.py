"""Pictures of a document as pixels, and pixels as pictures of it (ISO 32000-2, 8.9).

A picture is unpacked by pikepdf, or, where its filter or colours are none of those that it knows (JBIG2, Separation,
Lab), drawn alone by PDFium, a pixel for each sample. What is transparent is unpacked too: it may be read.
"""

import io
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final, NamedTuple

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
from PIL import Image, ImageChops

from expunct_server.redaction.formats.pdf.values import number_of

_WHITE: Final = (255, 255, 255, 255)
_BLACK: Final = (0, 0, 0, 255)
_ODD: Final = (255, 0, 254, 255)  # no picture is all of this colour
_DARK: Final = 128
_MASKS: Final = ("/SMask", "/Mask", "/SMaskInData")


class Patch(NamedTuple):
    """A part of a picture as it is now: its corners in parts (0 to 1) of the picture's width and height, from the
    upper left one."""

    left: float
    top: float
    right: float
    bottom: float
    image: Image.Image


def is_stencil(stream: Any) -> bool:
    """Whether a picture is one of what is painted and what is not, without colours (8.9.6.2)."""
    return stream.get("/ImageMask") is True


def raster(stream: Any) -> Image.Image | None:
    """All pixels of a picture, in black and white, greys or RGB; a stencil paints in black. None for what nobody can
    show. Raises MemoryError."""
    try:
        image = pikepdf.PdfImage(stream).as_pil_image()
        image.load()
    except MemoryError:
        raise
    except Exception:  # whatever the libraries that unpack pictures raise
        return _drawn_alone(stream)
    return image if image.mode in ("1", "L", "RGB") else plain(image.convert("RGB"))


def inline(image: Any) -> Image.Image | None:
    """The same for a picture that stands in a content (pikepdf's)."""
    try:
        if not is_stencil(image.obj):
            shown: Image.Image = image.as_pil_image()
            return shown
        with pikepdf.new() as alone:
            stream = alone.make_stream(image.read_raw_bytes(), Subtype=pikepdf.Name.Image)
            for key, value in image.obj.items():
                stream[key] = value
            return raster(stream)
    except MemoryError:
        raise
    except Exception:  # whatever the libraries that unpack pictures raise
        return None


def plain(image: Image.Image) -> Image.Image:
    """In shades of grey, if it has no others."""
    grey = image.convert("L")
    return grey if grey.convert(image.mode).tobytes() == image.tobytes() else image


def _drawn_alone(stream: Any) -> Image.Image | None:
    fill = _WHITE if is_stencil(stream) else _ODD
    image = _drawn(stream, fill, _MASKS)
    if image is None or (fill == _ODD and image.getcolors(1) == [(image.width * image.height, _ODD[:3])]):
        return None
    image = plain(image)
    is_two = image.mode == "L" and not any(image.histogram()[1:255])
    return image.convert("1", dither=Image.Dither.NONE) if is_two else image


def _drawn(stream: Any, fill: tuple[int, int, int, int], without: Sequence[str] = ()) -> Image.Image | None:
    """What PDFium draws of a picture on a page of its size; None where it cannot."""
    width, height = int(number_of(stream.get("/Width"))), int(number_of(stream.get("/Height")))
    if min(width, height) < 1:
        return None
    file = io.BytesIO()
    with pikepdf.new() as alone:
        copied = alone.copy_foreign(stream)
        for key in without:
            if key in copied:
                del copied[key]
        page = alone.add_blank_page().obj
        page.MediaBox = pikepdf.Array([0, 0, width, height])
        page.Contents = alone.make_stream(b"%d 0 0 %d 0 0 cm /I Do" % (width, height))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=copied))
        alone.save(file)
    try:
        with (
            pypdfium2.PdfDocument(file.getvalue()) as document,
            closing(document[0]) as shown,
            closing(shown.render(scale=1, fill_color=fill)) as bitmap,
        ):
            image: Image.Image = bitmap.to_pil().convert("RGB")
            return image
    except pypdfium2.PdfiumError:
        return None


def is_same(one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures have the same pixels."""
    return one.size == other.size and one.mode == other.mode and one.tobytes() == other.tobytes()


# --- writing ----------------------------------------------------------------------------------------------------------


def write(stream: Any, image: Image.Image) -> None:
    """Make the stream of a picture show this one; masks that it has stay."""
    image = image if image.mode in ("1", "L") else image.convert("RGB")
    for key in ("/DecodeParms", "/Decode", "/Intent", "/ImageMask", "/SMaskInData"):
        if key in stream:
            del stream[key]
    stream.Width, stream.Height = image.width, image.height
    stream.BitsPerComponent = 1 if image.mode == "1" else 8
    stream.ColorSpace = pikepdf.Name.DeviceRGB if image.mode == "RGB" else pikepdf.Name.DeviceGray
    stream.write(image.tobytes())


def replace(pdf: pikepdf.Pdf, stream: Any, before: Image.Image, after: Image.Image) -> list[Patch]:
    """Put pixels that have changed in the place of those of a picture, which looks the same everywhere else.

    What of them a stencil cannot show, since it has no colours, comes back: it paints nothing there any more.
    """
    from expunct_server.redaction.formats.pdf import areas  # with OpenCV, which few documents need

    mask = areas.changed(before, after)
    if is_stencil(stream):
        unpaint(stream, before, mask)
        return [_patch(after, box) for box in areas.boxes(mask)]
    put(pdf, stream, before, after, mask)
    return []


def put(pdf: pikepdf.Pdf, stream: Any, before: Image.Image, after: Image.Image, mask: Image.Image) -> None:
    """Put pixels in the place of those of a picture that is no stencil; `mask` is where they have changed."""
    keyed = stream.get("/Mask")
    if isinstance(keyed, pikepdf.Array):
        _unkey(pdf, stream, mask)
    write(stream, _two(after) if before.mode == "1" else after)


def _two(image: Image.Image) -> Image.Image:
    return image.convert("L").point(lambda level: 255 * (level >= _DARK)).convert("1")


def unpaint(stream: Any, before: Image.Image, mask: Image.Image) -> None:
    """Let a stencil paint nothing where a mask says so."""
    bare = before.convert("L")
    bare.paste(255, mask=mask)
    write(stream, _two(bare))
    del stream["/ColorSpace"]
    stream.ImageMask = True


def _patch(image: Image.Image, box: tuple[int, int, int, int]) -> Patch:
    left, top, right, bottom = box
    width, height = image.size
    return Patch(left / width, top / height, right / width, bottom / height, image.crop(box))


def _unkey(pdf: pikepdf.Pdf, stream: Any, mask: Image.Image) -> None:
    """What a colour makes transparent (8.9.6.4) as a mask of its own: samples get other colours."""
    over = [_drawn(stream, fill) for fill in (_WHITE, _BLACK)]
    del stream["/Mask"]
    if over[0] is None or over[1] is None or over[0].size != mask.size:
        return
    red, green, blue = ImageChops.difference(over[0], over[1]).split()
    opaque = ImageChops.lighter(ImageChops.lighter(red, green), blue).point(lambda level: 255 * (level == 0))
    opaque.paste(255, mask=mask)
    stream.SMask = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
    write(stream.SMask, opaque)


def write_jpeg(stream: Any, data: bytes, *, is_adobe: bool) -> None:
    """Put a JPEG in the place of one with the same colours. `is_adobe` where the one before said of itself how they are
    meant (ISO 32000-2, 7.4.8): then what the document says of that was not heard, and goes."""
    said = stream.get("/DecodeParms")
    stream.write(data, filter=pikepdf.Name.DCTDecode, decode_parms=None if is_adobe else said)
