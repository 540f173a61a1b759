"""Pictures that are made for tests, with text at places that have to be found, and what reads them again."""

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pictures import looking, raw
from expunct_server.redaction.formats.pictures.seeing import at_first_sight, at_second_sight
from expunct_server.redaction.formats.pictures.unpacking import unpacked

PAPER, INK = "white", "black"


def line(text: str, size: int = 20, *, ink: object = INK, paper: object = PAPER, mode: str = "RGB") -> Image.Image:
    """A line of text with room around it."""
    font = ImageFont.load_default(size)
    width, height = int(font.getlength(text)) + 2 * size, 2 * size
    image = Image.new(mode, (width, height), paper)  # type: ignore[arg-type]
    ImageDraw.Draw(image).text((size, size // 2), text, font=font, fill=ink)
    return image


def below(parts: Sequence[Image.Image], mode: str = "RGB", paper: object = PAPER) -> Image.Image:
    """Pictures one below the other."""
    whole = Image.new(mode, (max(p.width for p in parts), sum(p.height for p in parts)), paper)  # type: ignore[arg-type]
    top = 0
    for part in parts:
        whole.paste(part, (0, top))
        top += part.height
    return whole


def page(*texts: str, size: int = 20) -> Image.Image:
    return below([line(text, size) for text in texts])


def code(text: str, side: int = 4) -> Image.Image:
    """A QR code."""
    modules = cv2.QRCodeEncoder.create().encode(text)
    image = Image.fromarray(np.asarray(modules, np.uint8)).resize(
        (modules.shape[1] * side, modules.shape[0] * side), Image.Resampling.NEAREST
    )
    framed = Image.new("RGB", (image.width + 40, image.height + 40), PAPER)
    framed.paste(image.convert("RGB"), (20, 20))
    return framed


_LEFT = ("0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011")
_PARITY = ("LLLLLL", "LLGLGG", "LLGGLG", "LLGGGL", "LGLLGG", "LGGLLG", "LGGGLL", "LGLGLG", "LGLGGL", "LGGLGL")


def bars(digits: str, side: int = 2, height: int = 120) -> Image.Image:
    """A bar code of thirteen digits, the last their check digit (ISO/IEC 15420, EAN-13)."""
    flip = {"0": "1", "1": "0"}
    left = ""
    for digit, kind in zip(digits[1:7], _PARITY[int(digits[0])], strict=True):
        plain = _LEFT[int(digit)]
        left += plain if kind == "L" else "".join(flip[each] for each in reversed(plain))
    right = "".join(flip[each] for digit in digits[7:] for each in _LEFT[int(digit)])
    modules = f"101{left}01010{right}101"
    framed = Image.new("RGB", ((len(modules) + 24) * side, height + 40), PAPER)
    for at, module in enumerate(modules):
        if module == "1":
            framed.paste(INK, ((at + 12) * side, 20, (at + 13) * side, height + 20))
    return framed


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)  # type: ignore[arg-type]
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def pixels(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(opened(data).convert("RGB"))


def chunk(name: bytes, inside: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(inside)) + name + inside + struct.pack(">I", zlib.crc32(name + inside))


def with_chunks(png: bytes, *chunks: bytes, after: bytes = b"") -> bytes:
    """Chunks behind the header, bytes behind the end."""
    return png[:33] + b"".join(chunks) + png[33:] + after


def exif(description: str, artist: str = "") -> bytes:
    made = Image.Exif()
    made[0x010E], made[0x013B] = description, artist
    return made.tobytes()


def all_said(data: bytes) -> str:
    """All bytes, plain and inflated, and all that OpenCV unpacks, as it is read; what is under transparency too."""
    said = [data.decode("latin-1"), *raw.said(data)]
    for views in unpacked(data):
        for seen in (at_first_sight(views), at_second_sight(views)):
            said += seen.texts()
    image = opened(data)
    if image.mode == "RGBA":
        colours = np.ascontiguousarray(np.asarray(image)[:, :, 2::-1])
        said += at_first_sight([colours]).texts()
    return "\n".join(said)


class Nobody:
    """A parent that finds nothing, and looks itself."""

    def send(self, message: dict[str, Any], data: bytes = b"") -> None:
        self.asked = message.get("ask", ())
        self.seen = looking.look(message["look"], data) if "look" in message else b""

    def receive(self) -> tuple[dict[str, Any], bytes]:
        return {"redacted": [[text, []] for text, _, _ in self.asked]}, self.seen


def asking() -> Work:
    """What a format is given, in this process."""
    return Work(io.BytesIO(), io.BytesIO(), None, DEFAULT, Nobody())  # type: ignore[arg-type]
