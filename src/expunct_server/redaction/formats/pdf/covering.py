"""Pixels of pictures under what has gone from a page: a box over them would leave them in the file.

A picture is painted in its own form where that can be: a JPEG as one, a stencil by painting nothing there, all others
as pixels. A mask that it has lets the paint be seen.
"""

import io
from dataclasses import dataclass, field
from typing import Any, Final

import pikepdf
from PIL import Image, ImageChops, JpegImagePlugin

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import pictures, rasters
from expunct_server.redaction.formats.pdf.areas import Area, Quad, cover
from expunct_server.redaction.formats.pdf.placing import Placed

_QUALITY: Final = 95
_MASKS: Final = ("/SMask", "/Mask")


class Covering:
    """Areas of a document's pictures, until they are painted."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, int], _Found] = {}

    def add(self, placed: Placed, corners: Quad, level: int, *, is_grown: bool = False) -> None:
        """An area of the page that a picture is on, if it is over the picture; `level` is the grey that it gets."""
        inverse = placed.matrix.inverse()
        if inverse is None:
            return  # nothing is seen of it
        inside = [inverse.at(x, y) for x, y in corners]
        us, vs = zip(*inside, strict=True)
        if max(us) > 0 and min(us) < 1 and max(vs) > 0 and min(vs) < 1:
            found = self._found.setdefault(placed.stream.objgen, _Found(placed.stream, level))
            found.areas.append(Area(inside, is_grown))

    def paint(self, work: Work, pdf: pikepdf.Pdf) -> None:
        """Paint all of them."""
        for found in self._found.values():
            _paint(work, pdf, found)


@dataclass(slots=True)
class _Found:
    """Areas of one picture, in parts (0 to 1) of its width and height from the lower left corner."""

    stream: Any
    level: int
    areas: list[Area] = field(default_factory=list)


def _paint(work: Work, pdf: pikepdf.Pdf, found: _Found) -> None:
    stream = found.stream
    before = rasters.raster(stream)
    if before is None:
        pictures.blank(work, stream)
        return
    masks = [stream[key] for key in _MASKS if isinstance(stream.get(key), pikepdf.Stream)]
    mask = _covered([before, *filter(None, map(rasters.raster, masks))], found.areas)
    if mask is None:
        return
    if rasters.is_stencil(stream):
        rasters.unpaint(stream, before, mask)
    elif pictures.is_jpeg(stream):
        _jpeg(stream, mask, found.level)
    else:
        after = before.convert("L") if before.mode == "1" else before.copy()
        after.paste(Image.new("L", after.size, found.level).convert(after.mode), mask=mask)
        rasters.put(pdf, stream, before, after, mask)
    for each in masks:
        _open(each, mask)


def _covered(images: list[Image.Image], areas: list[Area]) -> Image.Image | None:
    """A mask of what has to go of a picture, as large as that: what is seen in it, or by its masks."""
    united: Image.Image | None = None
    for image in images:
        mask = cover(image, [_in_pixels(each, image) for each in areas])
        if mask is not None:
            mask = mask.resize(images[0].size, Image.Resampling.NEAREST)
            united = mask if united is None else ImageChops.lighter(united, mask)
    return united


def _in_pixels(area: Area, image: Image.Image) -> Area:
    return area._replace(corners=[(u * image.width, (1 - v) * image.height) for u, v in area.corners])


def _jpeg(stream: Any, mask: Image.Image, level: int) -> None:
    data = stream.read_raw_bytes()
    image = pictures.opened(data)
    if image is None:
        rasters.write(stream, Image.new("L", (1, 1), level))
        return
    sampling = JpegImagePlugin.get_sampling(image)
    target = io.BytesIO()
    image = image if image.mode in ("L", "CMYK") else image.convert("RGB")
    image.paste(Image.new("L", image.size, level).convert(image.mode), mask=mask.resize(image.size))
    image.save(target, "JPEG", quality=_QUALITY, subsampling=max(sampling, 0) if image.mode == "RGB" else 0)
    rasters.write_jpeg(stream, target.getvalue(), is_adobe=pictures.is_adobe(data))


def _open(stream: Any, mask: Image.Image) -> None:
    """Let what is under a mask be seen where it was painted."""
    before = rasters.raster(stream)
    if before is None:
        return
    here = mask.resize(before.size, Image.Resampling.NEAREST)
    after = before.convert("L")
    if rasters.is_stencil(stream):
        after.paste(0, mask=here)  # 0 is painted (ISO 32000-2, 8.9.6.3)
        rasters.unpaint(stream, after, Image.new("L", after.size))
    else:
        after.paste(255, mask=here)
        rasters.write(stream, after)
