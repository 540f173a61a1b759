"""What is drawn where glyphs were taken out: a box, and in it a label in a standard font."""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Any, Final, NamedTuple

import pikepdf
from pdfminer.fontmetrics import FONT_METRICS

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.marks import joined
from expunct_server.redaction.formats.pdf import spots
from expunct_server.redaction.formats.pdf.glyphs import Glyph

FONT: Final = "/ExpunctLabels"
_ABOVE: Final = 0.82  # of the size: how far letters reach above the line, and below it
BELOW: Final = 0.24
_SMALLEST: Final = 1.0
_NARROW: Final = 55.0  # per cent of a label's usual width: easy to read
_NARROWEST: Final = 40.0
_HIGH: Final = 0.72  # of a box's height: letters' size
_GREY: Final = "0.5"
_PALE: Final = "0.9"
_DARK: Final = "0"
_ASCENT: Final = 0.72
_READ: Final = 4.0  # points; smaller labels are in one box of a value only
_STROKED: Final = str.maketrans("łŁđĐħĦıĸŋŊŧŦ", "lLdDhHiknNtT")  # accents that no letter can be taken apart into
_UNKNOWN: Final = 556  # thousandths: as wide most letters are
_HELVETICA: Final = FONT_METRICS["Helvetica"][1]
_WIDTHS: Final = tuple(float(_HELVETICA.get(bytes([b]).decode("cp1252", "replace"), 0)) for b in range(256))


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
    """The boxes of one finding, and what is to be read there. `starts` are the glyphs that stood first in them."""

    boxes: tuple[Box, ...]
    edit: Edit
    starts: tuple[Glyph, ...] = ()

    @property
    def level(self) -> int:
        """The grey of its boxes, 0 to 255."""
        return round(float(self.fill()) * 255)

    def fill(self) -> str:
        """The same as an operand."""
        return _DARK if self.edit.method == "black_box" else _GREY if self.edit.method == "blur" else _PALE


class Words(NamedTuple):
    """What is written in a box: `raw` in the font's bytes, for `said`; `size` in points and `scale` in per cent of its
    usual width; `lift` is how far it is above the lower edge; `colour` an operand."""

    said: str
    raw: bytes
    size: float
    scale: float
    lift: float
    colour: str

    @property
    def advance(self) -> float:
        """How far the letters go, in thousandths of their size."""
        return _width(self.raw) * 1000

    def actual(self) -> bytes:
        """ActualText (ISO 32000-2, 14.9.4), for those who copy or listen, of letters that the font lacks."""
        is_written = self.raw.decode("cp1252", "replace") == self.said
        return b"" if is_written else ("\ufeff" + self.said).encode("utf-16-be", "replace")

    def is_measured(self) -> bool:
        """Whether all readers know how far that is."""
        return all(map(_width_of, self.raw))


class Sign(NamedTuple):
    """A box to be drawn, filled with a grey, and what is written in it; `start` is the glyph that stood first there."""

    box: Box
    fill: str
    words: Words | None
    start: Glyph | None


def label_of(glyphs: Sequence[Glyph], edit: Edit) -> Label:
    """What is drawn where glyphs have gone."""
    lines = _lines(glyphs)
    starts = (min(line, key=lambda g: g.x * g.dx + g.y * g.dy) for line in lines)
    return Label(tuple(map(_box, lines)), edit, tuple(starts))


def boxes_of(glyphs: Sequence[Glyph]) -> tuple[Box, ...]:
    """One for each line that the glyphs stand in."""
    return tuple(map(_box, _lines(glyphs)))


def box_of(glyph: Glyph) -> Box:
    """That of one alone."""
    u, v = min(glyph.advance, 0.0), -BELOW * glyph.size
    x, y = glyph.x + u * glyph.dx - v * glyph.dy, glyph.y + u * glyph.dy + v * glyph.dx
    return Box(x, y, glyph.dx, glyph.dy, abs(glyph.advance), (_ABOVE + BELOW) * glyph.size)


def _lines(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    lines: list[list[Glyph]] = []
    for glyph in glyphs:
        line = next((each for each in lines if _is_one_line(each[-1], glyph)), None)
        if line is None:
            lines.append([glyph])
        else:
            line.append(glyph)
    return lines


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


def said(boxes: Sequence[Box], left: float, bottom: float) -> str:
    """The rectangle around each box in whole points, for people."""
    return joined([spots.box(box.corners(), left, bottom) for box in boxes])


def signs(labels: Sequence[Label], show_labels: bool) -> list[Sign]:
    """What is drawn of labels."""
    return [sign for label in labels if label.edit.replacement for sign in _signs(label, show_labels)]


def _signs(label: Label, show_labels: bool) -> Iterator[Sign]:
    edit, method = label.edit, label.edit.method
    is_said = method != "blur" and (show_labels or method != "black_box")
    widest = max(label.boxes, key=lambda box: box.length, default=None)
    for box, start in zip_longest(label.boxes, label.starts):
        has_words = is_said and (box is widest or _size(_legible(edit), box) >= _READ)
        yield Sign(box, label.fill(), _words(edit, box) if has_words else None, start)


def drawn(found: Sequence[Sign], font_name: str = FONT) -> bytes:
    """Instructions that draw signs, to come after all others of a content."""
    return b"\n".join([b"q", *(part for each in found for part in _drawn(each, font_name)), b"Q"]) if found else b""


def _drawn(sign: Sign, font_name: str) -> list[bytes]:
    parts = [f"{sign.fill} g".encode(), _path(sign.box)]
    return [*parts, _text(sign.words, sign.box, font_name)] if sign.words else parts


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


def _path(box: Box) -> bytes:
    """An area, to be painted; a level one is a rectangle, which is no letter to those who read what is drawn."""
    (x, y), *others = box.corners()
    if box.dx == 1:
        return f"{x:.2f} {y:.2f} {box.length:.2f} {box.height:.2f} re f".encode()
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


def _width_of(byte: int) -> float:
    """Of a letter, in thousandths of its size; 0 for one that nobody knows."""
    return _WIDTHS[byte]


@lru_cache(maxsize=1_000)
def _width(raw: bytes) -> float:
    """Of letters, in their size."""
    return sum(_width_of(b) or _UNKNOWN for b in raw) / 1000 or 1.0


def _size(raw: bytes, box: Box) -> float:
    return max(_SMALLEST, min(_HIGH * box.height, box.length / _width(raw) * 100 / _NARROWEST))


def _words(edit: Edit, box: Box) -> Words:
    colour = "1" if edit.method == "black_box" else "0"
    return fitted(Words(edit.replacement, _legible(edit), 0.0, 0.0, 0.0, colour), box)


def fitted(words: Words, box: Box) -> Words:
    """As large as a box lets words be."""
    size = _size(words.raw, box)
    scale = max(min(100.0, 100 * box.length / _width(words.raw) / size), 1.0)
    return words._replace(size=size, scale=scale, lift=(box.height - _ASCENT * size) / 2)


def length_of(words: Words) -> float:
    """How far they go, in points."""
    return words.advance / 1000 * words.size * words.scale / 100


def easy_length(words: Words, box: Box) -> float:
    """How long a box of this height would be in which they are easy to read."""
    return _width(words.raw) * _HIGH * box.height * _NARROW / 100


def _text(words: Words, box: Box, font_name: str) -> bytes:
    x, y = box.x - words.lift * box.dy, box.y + words.lift * box.dx
    shown = (
        f"{words.colour} g BT {font_name} {words.size:.2f} Tf {words.scale:.1f} Tz 0 Tc 0 Tw 0 Ts 0 Tr "
        f"{box.dx:.5f} {box.dy:.5f} {-box.dy:.5f} {box.dx:.5f} {x:.2f} {y:.2f} Tm <{words.raw.hex()}> Tj ET"
    ).encode()
    actual = words.actual()
    return b"/Span <</ActualText <" + actual.hex().encode() + b">>> BDC " + shown + b" EMC" if actual else shown
