"""Whether letters that are drawings are those that their names say (Type 3 fonts, ISO 32000-2, 9.6.4).

A font is drawn once, its glyphs so far apart that none is read by what is beside it, and each is read by the network
that reads lines on pictures. What that takes for another letter is not what the name says. Pages whose letters are what
they say need not be read as pictures, which takes a hundred times as long.
"""

import io
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import pikepdf
import pypdfium2  # type: ignore[import-untyped]
from PIL import Image

from expunct_server.redaction.formats.pdf.insides import Box, moved
from expunct_server.redaction.formats.pdf.values import Matrix, dictionary_of

_HIGH: Final = 48  # pixels of a row
_TALL: Final = 38.0  # of them the letters'
_LOW: Final = 5.0  # below them
_GAP: Final = 30.0  # between two: in less, one is read by the other
_WIDEST: Final = 120.0
_ROW: Final = 10  # letters
_FINER: Final = 2  # than it is read
_TRIES: Final = ("", "", "7", "n")
"""What stands on both sides of a letter: nothing, and, of signs that were misread so, this."""
_WRITTEN: Final = frozenset("@.:/-+_,")
_ORDER: Final = 97, 257
"""Letters are drawn in no order that is a word's, or the alphabet's."""
_BESIDE: Final = 20.0  # pixels: how wide that is
_SIZE: Final = 36.0
_MOST_CODES: Final = 256
_DEPTH: Final = 8
_SAME: Final = (
    str.maketrans("OoIl\u03bd\u223c\u3002", "0011v~\u00b0")
    | dict.fromkeys(map(ord, "\u2212\u2013\u2014\u2010\u2011\u4e00\u30fc"), "-")
    | dict.fromkeys(map(ord, "\u2032\u2019\u2018`\u00b7\u2022\u25cf"), "'")
    | dict.fromkeys(map(ord, "\u201c\u201d\u2033"), '"')
)
"""Signs that look alike in one font or another, and may be written for each other in any."""


class Letter(NamedTuple):
    """A glyph: its code, what its name says, and where it draws in its own units; None where it draws nothing."""

    code: int
    said: str
    drawing: Any
    extent: Box | None


class _Cell(NamedTuple):
    letter: Letter
    box: Box  # on the sheet, in pixels
    scale: float
    line: float  # that letters stand on


def true_ones(letters: Sequence[Letter], resources: Any, matrix: Matrix) -> frozenset[int]:
    """The codes of those that are what they say; `matrix` leads from their units to a line that is level."""
    found = {each.code for each in letters if each.extent is None and each.said.isspace()}
    matrix = matrix._replace(e=0.0, f=0.0)
    left = [each for each in letters[:_MOST_CODES] if each.extent and not each.said.isspace()]
    read: dict[int, str] = {}
    left.sort(key=lambda each: each.code * _ORDER[0] % _ORDER[1])
    for beside in _TRIES:
        left = [each for each in left if each.code not in found and (not beside or _is_upright(each.said))]
        sheet = _Sheet(list(_rows(left, matrix, beside)), resources, matrix, beside)
        for letter, said in sheet.read():
            read[letter.code] = read.get(letter.code, "") + said
            found |= {letter.code} if _folded(letter.said) == _folded(said) else set()
    return frozenset(found | {each.code for each in left if _is_sign(each.said) and _is_sign(read.get(each.code, "a"))})


def _is_upright(said: str) -> bool:
    """A sign, or a letter that is a line alone, which is misread for a sign."""
    return said in ("l", "I") or not any(map(str.isalnum, said))


def _is_sign(text: str) -> bool:
    """Whether nothing is in a text that values are written with: then it does not matter which signs these are."""
    return not any(c.isalnum() or c in _WRITTEN for c in _folded(text))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", "".join(text.split())).translate(_SAME).casefold()


# --- drawing ----------------------------------------------------------------------------------------------------------


def _rows(letters: Sequence[Letter], matrix: Matrix, beside: str) -> Iterator[list[_Cell]]:
    """Where each is drawn, a row of them after the other from the lower edge; not those that are too wide."""
    boxes = [moved(each.extent, matrix) for each in letters if each.extent]
    usual = [box for each, box in zip(letters, boxes, strict=True) if each.said.isalnum()] or boxes
    if not usual:
        return
    low, high = min(box[1] for box in usual), max(box[3] for box in usual)
    row: list[_Cell] = []
    number, gap = 0, _GAP + (2 * _BESIDE if beside else 0.0)
    x = gap
    for letter, (left, bottom, right, top) in zip(letters, boxes, strict=True):
        scale = _TALL / max(high - low, top - bottom, 1e-9)
        width = (right - left) * scale
        if not width <= _WIDEST:
            continue
        line = number * _HIGH + _LOW - min(low, bottom) * scale
        row.append(_Cell(letter, (x, line + bottom * scale, x + width, line + top * scale), scale, line))
        x += width + gap
        if len(row) == _ROW:
            yield row
            row, number, x = [], number + 1, gap
    if row:
        yield row


@dataclass(frozen=True, slots=True)
class _Sheet:
    """All of them, each in a font of its own, in which it stands as its cell wants it."""

    rows: Sequence[Sequence[_Cell]]
    resources: Any
    matrix: Matrix
    beside: str

    def read(self) -> Iterator[tuple[Letter, str]]:
        """What is read of each; nothing where it cannot be drawn."""
        try:
            image = self._image() if self.rows else None
        except (pikepdf.PdfError, pypdfium2.PdfiumError, ValueError, TypeError, RuntimeError):
            return
        near = 2.0 if self.beside else _GAP / 2
        for number, row in enumerate(self.rows if image else ()):
            assert image
            bottom = image.height - number * _HIGH * _FINER
            width = min(round((row[-1].box[2] + _GAP + _BESIDE) * _FINER), image.width)
            said = _line(image.crop((0, bottom - _HIGH * _FINER, width, bottom)))
            for letter, (left, _, right, _), *_ in row:
                yield letter, "".join(c for c, x in said if left - near <= x * width / _FINER < right + near)

    def _image(self) -> Image.Image:
        width, height = max(row[-1].box[2] for row in self.rows) + _GAP + _BESIDE, len(self.rows) * _HIGH
        file = io.BytesIO()
        with pikepdf.new() as alone:
            held = _copied(alone, dictionary_of(self.resources))
            content: list[str] = []
            kind, name = pikepdf.Name.Type1, pikepdf.Name.Helvetica
            usual = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=kind, BaseFont=name)
            fonts = pikepdf.Dictionary(H=usual)
            for number, cell in enumerate(each for row in self.rows for each in row):
                fonts[f"/F{number}"] = _font(alone, cell, held, self.matrix)
                content += self._drawn(f"/F{number}", cell)
            page = alone.add_blank_page(page_size=(width, height)).obj
            page.Resources = pikepdf.Dictionary(Font=fonts)
            page.Contents = alone.make_stream("\n".join(content).encode())
            alone.save(file)
        with (
            pypdfium2.PdfDocument(file.getvalue()) as document,
            closing(document[0]) as shown,
            closing(shown.render(scale=_FINER)) as bitmap,
        ):
            image: Image.Image = bitmap.to_pil().convert("RGB")
            return image

    def _drawn(self, font: str, cell: _Cell) -> Iterator[str]:
        left, bottom, right, _ = cell.box
        near = 1.0 if self.beside else _GAP / 2
        clip = f"{left - near:.2f} {cell.line // _HIGH * _HIGH:.0f} {right - left + 2 * near:.2f} {_HIGH} re W n"
        yield f"q {clip} BT {font} 1 Tf 1 0 0 1 {left:.2f} {bottom:.2f} Tm <01> Tj ET Q"
        for x in (left - _BESIDE - 1, right + 1) if self.beside else ():
            yield f"BT /H {_SIZE} Tf 1 0 0 1 {x:.2f} {cell.line:.2f} Tm ({self.beside}) Tj ET"


def _font(alone: pikepdf.Pdf, cell: _Cell, resources: Any, matrix: Matrix) -> Any:
    """One of a single glyph, whose lower left corner is its origin."""
    extent = cell.letter.extent or (0.0,) * 4
    left, bottom, _, _ = moved(extent, matrix)
    scaled = matrix.then(Matrix(e=-left, f=-bottom)).then(Matrix(cell.scale, 0, 0, cell.scale))
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type3, FontBBox=pikepdf.Array([0, 0, 0, 0]), FirstChar=1,
        LastChar=1, Widths=pikepdf.Array([0]), FontMatrix=pikepdf.Array([float(f"{each:.9f}") for each in scaled]),
        CharProcs=pikepdf.Dictionary(a=alone.copy_foreign(cell.letter.drawing)), Resources=resources,
        Encoding=pikepdf.Dictionary(Differences=pikepdf.Array([1, pikepdf.Name.a])),
    )  # fmt: skip


def _copied(pdf: pikepdf.Pdf, value: Any, depth: int = 0) -> Any:
    """An object of another document."""
    if getattr(value, "is_indirect", False):
        return pdf.copy_foreign(value)
    if isinstance(value, pikepdf.Dictionary):
        kept = value.items() if depth < _DEPTH else ()
        return pikepdf.Dictionary({key: _copied(pdf, each, depth + 1) for key, each in kept})
    if isinstance(value, pikepdf.Array):
        return pikepdf.Array([_copied(pdf, each, depth + 1) for each in value] if depth < _DEPTH else [])
    return value


# --- reading ----------------------------------------------------------------------------------------------------------


def _line(row: Image.Image) -> list[tuple[str, float]]:
    """The characters of a row, and where each is, as a part (0 to 1) of the way along it."""
    import numpy as np  # with the network, which few documents need

    from expunct_server.redaction.formats.pictures.reading import read

    width, height = row.size
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    line = read(np.ascontiguousarray(np.asarray(row, np.uint8)[:, :, ::-1]), corners)
    return list(zip(line.text, line.centres, strict=False)) if line else []
