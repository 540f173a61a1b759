"""A picture file as its pages, and each page as what can be seen on it.

The header says how large a picture would be before anything is unpacked; what is too large is refused by it.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

import numpy as np
from PIL import Image, ImageOps, JpegImagePlugin, UnidentifiedImageError

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.pictures import raw
from expunct_server.redaction.formats.pictures.finding import Pixels, in_256_levels

FORMATS: Final = ("PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP")
SIDE: Final = 50_000
PIXELS: Final = 120_000_000
PAGES: Final = 500
ALL_SAMPLES: Final = 800_000_000

_DEEP: Final = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_SEEN: Final = ("1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "HSV", *_DEEP)
_TEXTS: Final = ("tEXt", "zTXt", "iTXt", "eXIf")
_ORIENTATION: Final = 0x0112  # TIFF 6.0, section 8; Exif 2.32, section 4.6.4


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file. `sampling` is how a JPEG's colours are reduced, `dpi` the pixels of an inch if it says so."""

    file: BytesIO
    image: Image.Image
    format: str
    count: int
    orientation: int
    sampling: int
    lossless: bool
    dpi: tuple[float, float] | None
    described: bool

    def pages(self) -> Iterator[Image.Image]:
        """Each page upright, without anything but its pixels. Raises DocumentError."""
        total = 0
        for number in range(self.count):
            total += self._checked(number)
            if total > ALL_SAMPLES:
                raise _too_large(f"The pages of the picture may have {ALL_SAMPLES:,} values of colour; divide it.")
            yield _upright(self._at(number))  # nothing here holds either of them

    def _checked(self, number: int) -> int:
        """Values of colour that a page has, by its header. Raises DocumentError."""
        image = self._at(number)
        _check_size(image.size)
        if image.mode not in _SEEN:
            raise DocumentError(
                "unreadable", "The colours of the picture are of a kind that is not read; save it as RGB."
            )
        return image.size[0] * image.size[1] * len(image.getbands())

    def _at(self, number: int) -> Image.Image:
        """A page that is not unpacked yet; of a file with one, opened anew, so that nobody else holds its pixels."""
        image = self.image if self.count > 1 else Image.open(self.file, formats=FORMATS)
        image.seek(number)
        return image


def _upright(image: Image.Image) -> Image.Image:
    if image.getexif().get(_ORIENTATION, 1) == 1:
        return _bare(image)
    return _bare(ImageOps.exif_transpose(image))


def opened(file: BytesIO) -> Source:
    """A picture file. Raises DocumentError for what is damaged, too large, or moves."""
    Image.MAX_IMAGE_PIXELS = None  # our own limits are checked before anything is unpacked
    warnings.simplefilter("ignore")  # about what is odd in a file; some name parts of it
    try:
        image = Image.open(file, formats=FORMATS)
    except UnidentifiedImageError:
        raise DocumentError("unreadable", "The picture is damaged or not what it claims to be.") from None
    _check_size(image.size)
    kind = "JPEG" if image.format == "MPO" else str(image.format)
    count = int(getattr(image, "n_frames", 1)) if image.format != "MPO" else 1
    if count > 1 and kind != "TIFF":
        raise DocumentError("unsupported_format", "The picture moves, which is not read; save its frames one by one.")
    if count > PAGES:
        raise _too_large(f"A picture may have {PAGES} pages.")
    dpi = image.info.get("dpi")
    return Source(
        file,
        image,
        kind,
        count,
        int(image.getexif().get(_ORIENTATION, 1)),
        JpegImagePlugin.get_sampling(image) if kind == "JPEG" else -1,
        kind != "WEBP" or b"VP8L" in file.getbuffer()[12:64].tobytes(),
        (float(dpi[0]), float(dpi[1])) if dpi and all(0 < float(each) < 100_000 for each in dpi) else None,
        _is_described(image, file.getvalue()),
    )


def _check_size(size: tuple[int, int]) -> None:
    if max(size) > SIDE:
        raise _too_large(f"A picture may have {SIDE:,} pixels a side; make it smaller.")
    if size[0] * size[1] > PIXELS:
        raise _too_large(f"A picture may have {PIXELS:,} pixels; make it smaller.")


def _too_large(sentence: str) -> DocumentError:
    return DocumentError("too_large", sentence)


def _is_described(image: Image.Image, data: bytes) -> bool:
    """Whether a file says more of its picture than how it is shown."""
    said: dict[Any, Any] = image.info
    chunks = raw.png(data) if data.startswith(raw.PNG) else ()  # not by Pillow, which would unpack all pixels
    texts = any(each.name in _TEXTS for each in chunks)
    exif = set(image.getexif()) - {_ORIENTATION, *range(254, 400), 513, 514, 529, 530, 531, 532}
    known = ("exif", "xmp", "comment", "photoshop", "XML:com.adobe.xmp", "icc_profile")
    return bool(texts or exif or any(said.get(each) for each in known[1:5]))


def _bare(image: Image.Image) -> Image.Image:
    """A page's pixels alone. What nobody can see, since it is transparent, is made black: it can hold a picture."""
    transparency = image.info.get("transparency")
    if image.mode == "LA" or (transparency is not None and not (image.mode == "P" and isinstance(transparency, int))):
        image = image.convert("RGBA")
    bare = image.copy()
    bare.info = {"transparency": transparency} if bare.mode == "P" and transparency is not None else {}
    if bare.mode == "P":
        bare = _without_equal_colours(bare)
        _forget_unused_colours(bare)
    if bare.mode == "RGBA":
        pixels = np.array(bare)
        pixels[pixels[:, :, 3] == 0] = 0
        bare = Image.fromarray(pixels, "RGBA")
    return bare


def _without_equal_colours(image: Image.Image) -> Image.Image:
    """Each colour by one number: two that look alike could write what only their numbers say."""
    palette = image.getpalette() or []
    clear = image.info.get("transparency")
    first: dict[tuple[object, ...], int] = {}
    numbers = [first.setdefault((*palette[3 * i : 3 * i + 3], i == clear), i) for i in range(256)]
    return image if numbers == list(range(256)) else image.point(numbers)


def _forget_unused_colours(image: Image.Image) -> None:
    palette = image.getpalette() or []
    used = [count > 0 for count in image.histogram()]
    image.putpalette([value if used[i // 3] else 0 for i, value in enumerate(palette)])


def views(page: Image.Image) -> list[Pixels]:
    """What can be seen: a page that is transparent in part over white and over black, else one."""
    if page.mode in _DEEP:
        return [np.repeat(in_256_levels(np.asarray(page))[:, :, None], 3, axis=2)]
    if page.mode == "RGBA" and page.getchannel("A").getextrema() != (255, 255):
        return [_over(page, 255), _over(page, 0)]
    if page.mode != "RGB":
        page = page.convert("RGBA").convert("RGB") if page.mode == "P" else page.convert("RGB")
    return [_pixels(page)]


def _over(page: Image.Image, grey: int) -> Pixels:
    behind = Image.new("RGBA", page.size, (grey, grey, grey, 255))
    return _pixels(Image.alpha_composite(behind, page).convert("RGB"))


def _pixels(image: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(image, np.uint8)[:, :, ::-1])
