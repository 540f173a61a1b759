"""Documents with pictures, and a parent who finds something at a place of them, whatever they say."""

import io
from collections.abc import Callable
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, Pdf
from PIL import Image, ImageChops, ImageDraw, ImageFont

from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import (
    redacting,
)
from tests.redaction.formats.pdf.papers import (
    paper,
    picture,
    saved,
)
from tests.redaction.formats.pdf.test_documents import _Wire, encoded

MAIL = "jane@example.com"
BOX = (40, 10, 200, 40)  # pixels of a picture
WIDE = 240, 60
SHOWN = b"q 240 0 0 60 40 200 cm /I Do Q\n"  # a pixel for each point
SEEN = {"page.png": lambda size: _scaled((80, 50, 240, 80), size)}  # the same place of the page of 400 to 300


def _scaled(box: tuple[int, ...], size: tuple[int, int]) -> tuple[int, ...]:
    return tuple(round(each * (size[0] / 400 if i % 2 == 0 else size[1] / 300)) for i, each in enumerate(box))


class Painter(_Wire):
    """A parent who finds something at a place of pictures of some names."""

    def __init__(self, places: dict[str, Callable[[tuple[int, int]], Any]]) -> None:
        super().__init__(reads=True)
        self.places = places
        self.read: list[tuple[str, Image.Image]] = []

    def send(self, message: dict[str, Any], data: bytes = b"") -> None:
        super().send(message, data)
        if "inner" in message:
            image = Image.open(io.BytesIO(data))
            image.load()
            self.read.append((message["inner"], image))
            box = self.places.get(message["inner"], lambda _: None)(image.size)
            if box:
                self._data = painted_over(image, box)


def painted_over(image: Image.Image, box: Any) -> bytes:
    """With a black box that has a white bar in it, as if that were a label."""
    kind, image = str(image.format), image.convert("L") if image.mode == "1" else image.copy()
    pen = ImageDraw.Draw(image)
    black, white = ((0, 0, 0, 255), (0, 0, 0, 0)) if image.mode == "CMYK" else ("black", "white")
    pen.rectangle(box, fill=black)
    pen.rectangle((box[0] + 6, box[1] + 6, box[2] - 6, box[1] + 12), fill=white)
    return encoded(image, kind, **({"quality": 95} if kind == "JPEG" else {}))


def looked(
    source: Pdf, places: dict[str, Callable[[tuple[int, int]], Any]] | None = None, *, surveying: bool = False
) -> tuple[bytes, Painter]:
    """A document redacted in this process by such a parent."""
    target, wire = io.BytesIO(), Painter(places or {})
    work = Work(io.BytesIO(saved(source)), target, None, DEFAULT, wire, surveying=surveying)  # type: ignore[arg-type]
    redacting.run(work)
    return target.getvalue(), wire


ALONE = dict.fromkeys(("picture.png", "picture.jpg"), lambda size: BOX if size == WIDE else None)


def words(said: str = MAIL, size: tuple[int, int] = WIDE, mode: str = "L") -> Image.Image:
    image = Image.new(mode, size, "white")
    ImageDraw.Draw(image).text((44, 14), said, font=ImageFont.load_default(18), fill="black")
    return image


def image(pdf: Pdf, shown: Image.Image, **more: Any) -> Any:
    space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "1": Name.DeviceGray, "CMYK": Name.DeviceCMYK}[shown.mode]
    usual = {
        "Type": Name.XObject, "Subtype": Name.Image, "Width": shown.width, "Height": shown.height,
        "BitsPerComponent": 1 if shown.mode == "1" else 8, "ColorSpace": space,
    }  # fmt: skip
    return pdf.make_stream(shown.tobytes(), **(usual | more))


def stencil(pdf: Pdf, shown: Image.Image) -> Any:
    made = image(pdf, shown.convert("1", dither=Image.Dither.NONE), ImageMask=True)
    del made["/ColorSpace"]
    return made


def showing(content: bytes, make: Callable[[Pdf], Any]) -> Pdf:
    source = paper(content)
    source.pages[0].obj.Resources.XObject = Dictionary(I=make(source))
    return source


_open: list[Pdf] = []


def only(data: bytes, name: str = "/I") -> Any:
    """A picture of the first page."""
    _open.append(pikepdf.open(io.BytesIO(data)))  # objects live no longer than their document
    return _open[-1].pages[0].obj.Resources.XObject[name]


def differs(before: bytes, after: bytes, outside: tuple[int, int, int, int] = (0, 0, 0, 0)) -> int:
    """How much two pages differ outside of a place, in points from the upper left corner; at most, in grey levels."""
    difference = ImageChops.difference(*(picture(each, scale=1) for each in (before, after))).convert("L")
    difference.paste(0, outside)
    return int(difference.getextrema()[1])


PLACE = (76, 46, 246, 86)  # of BOX on the page, and what a mask adds
