"""What is drawn where glyphs were taken out: a box, and in it a label in a standard font."""

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pikepdf
from pdfminer.fontmetrics import FONT_METRICS

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.pdf import spots
from expunct_server.redaction.formats.pdf.glyphs import Glyph

FONT: Final = "/ExpunctLabels"
_ABOVE: Final = 0.82  # of the size: how far letters reach above the line, and below it
BELOW: Final = 0.24
_SMALLEST: Final = 1.0
_NARROWEST: Final = 55.0  # per cent of a label's usual width
_GREY: Final = "0.5"
_PALE: Final = "0.9"
_DARK: Final = "0"
_ASCENT: Final = 0.72
_READ: Final = 4.0  # points; smaller labels are in one box of a value only
_STROKED: Final = str.maketrans("łŁđĐħĦıĸŋŊŧŦ", "lLdDhHiknNtT")  # accents that no letter can be taken apart into
_HELVETICA: Final = FONT_METRICS["Helvetica"][1]


class Box(NamedTuple):
    """A rectangle that may be turned: from `x`, `y`, `length` along the unit vector `dx`, `dy` and `height` across."""

    x: float
    y: float
    dx: float
    dy: float
    length: float
    height: float

    def corners(self) -> list[tuple[float, float]]:
        along = self.length * self.dx, self.length * self.dy
        up = -self.height * self.dy, self.height * self.dx
        return [
            (self.x, self.y),
            (self.x + along[0], self.y + along[1]),
            (self.x + along[0] + up[0], self.y + along[1] + up[1]),
            (self.x + up[0], self.y + up[1]),
        ]


@dataclass(frozen=True, slots=True)
class Label:
    """The boxes of one finding, and what is to be read there."""

    boxes: tuple[Box, ...]
    edit: Edit

    @property
    def level(self) -> int:
        """The grey of its boxes, 0 to 255."""
        return round(float(self.fill()) * 255)

    def fill(self) -> str:
        """The same as an operand."""
        return _DARK if self.edit.method == "black_box" else _GREY if self.edit.method == "blur" else _PALE


def boxes_of(glyphs: Sequence[Glyph]) -> tuple[Box, ...]:
    """One for each line that the glyphs stand in."""
    lines: list[list[Glyph]] = []
    for glyph in glyphs:
        line = next((each for each in lines if _is_one_line(each[-1], glyph)), None)
        if line is None:
            lines.append([glyph])
        else:
            line.append(glyph)
    return tuple(_box(line) for line in lines)


def _is_one_line(one: Glyph, other: Glyph) -> bool:
    off = (other.y - one.y) * one.dx - (other.x - one.x) * one.dy
    turned = abs(one.dx - other.dx) + abs(one.dy - other.dy)
    return abs(off) < 0.5 * max(one.size, other.size) and turned < 0.05


def _box(line: Sequence[Glyph]) -> Box:
    dx, dy = line[0].dx, line[0].dy
    along = [(g.x * dx + g.y * dy, g.advance) for g in line]
    across = [(g.y * dx - g.x * dy, g.size) for g in line]
    u0 = min(min(u, u + advance) for u, advance in along)
    u1 = max(max(u, u + advance) for u, advance in along)
    v0 = min(v - BELOW * size for v, size in across)
    v1 = max(v + _ABOVE * size for v, size in across)
    return Box(u0 * dx - v0 * dy, u0 * dy + v0 * dx, dx, dy, u1 - u0, v1 - v0)


def around(boxes: Sequence[Box], left: float, bottom: float) -> str:
    """The rectangle around boxes in whole points, for people."""
    return spots.box([corner for box in boxes for corner in box.corners()], left, bottom)


def drawn(labels: Sequence[Label], show_labels: bool, font_name: str = FONT) -> bytes:
    """Instructions that draw labels, to come after all others of a content."""
    return b"\n".join([b"q", *(_drawn(each, show_labels, font_name) for each in labels), b"Q"])


def font_name(fonts: Any) -> str:
    """What labels' font is called among these: the document may have one of this name, and of other letters."""
    number, name = 1, FONT
    while name in fonts and fonts[name] != font():
        number += 1
        name = f"{FONT}{number}"
    return name


def font() -> pikepdf.Dictionary:
    """A standard font, which is not embedded (ISO 32000-2, 9.6.2.2)."""
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )


def _drawn(label: Label, show_labels: bool, font_name: str) -> bytes:
    edit = label.edit
    dark, grey = edit.method == "black_box", edit.method == "blur"
    if not edit.replacement or not label.boxes:
        return b""
    parts = [f"{label.fill()} g".encode(), *(_path(box) for box in label.boxes)]
    if not grey and (show_labels or not dark):
        widest = max(label.boxes, key=lambda box: box.length)
        for box in label.boxes:
            if box is widest or _size(_legible(edit), box) >= _READ:
                parts.append(_text(edit, box, "1" if dark else "0", font_name))
    return b"\n".join(parts)


def _path(box: Box) -> bytes:
    (x, y), *others = box.corners()
    lines = " ".join(f"{a:.2f} {b:.2f} l" for a, b in others)
    return f"{x:.2f} {y:.2f} m {lines} h f".encode()


def _legible(edit: Edit) -> bytes:
    """What can be written with the font: a label, without accents that it lacks, or else its type."""
    with suppress(UnicodeEncodeError):
        return b"".join(map(_letter, edit.replacement))
    return f"<{edit.entity_type}>".encode("cp1252", "replace")


def _letter(said: str) -> bytes:
    """Raises UnicodeEncodeError."""
    with suppress(UnicodeEncodeError):
        return said.encode("cp1252")
    apart = unicodedata.normalize("NFKD", said.translate(_STROKED))
    return "".join(c for c in apart if not unicodedata.combining(c)).encode("cp1252")


def _width(raw: bytes) -> float:
    """Of letters, in their size."""
    return sum(_HELVETICA.get(bytes([b]).decode("cp1252", "replace"), 556) for b in raw) / 1000 or 1.0


def _size(raw: bytes, box: Box) -> float:
    return max(_SMALLEST, min(0.72 * box.height, box.length / _width(raw) * 100 / _NARROWEST))


def _text(edit: Edit, box: Box, colour: str, font_name: str) -> bytes:
    """Letters that the font lacks are said by ActualText (ISO 32000-2, 14.9.4), for those who copy or listen."""
    said, raw = edit.replacement, _legible(edit)
    size = _size(raw, box)
    scale = min(100.0, 100 * box.length / _width(raw) / size)
    lift = (box.height - _ASCENT * size) / 2
    x, y = box.x - lift * box.dy, box.y + lift * box.dx
    shown = (
        (
            f"{colour} g BT {font_name} {size:.2f} Tf {max(scale, 1):.1f} Tz 0 Tc 0 Tw 0 Ts 0 Tr "
            f"{box.dx:.5f} {box.dy:.5f} {-box.dy:.5f} {box.dx:.5f} {x:.2f} {y:.2f} Tm "
        ).encode()
        + b"<"
        + raw.hex().encode()
        + b"> Tj ET"
    )
    if raw.decode("cp1252", "replace") == said:
        return shown
    actual = ("\ufeff" + said).encode("utf-16-be", "replace").hex().encode()
    return b"/Span <</ActualText <" + actual + b">>> BDC " + shown + b" EMC"
