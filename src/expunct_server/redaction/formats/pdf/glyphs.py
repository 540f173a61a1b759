"""A glyph of a page: where it stands, and what it says (ISO 32000-2, 8.4 and 9.4)."""

import math
from dataclasses import dataclass
from typing import Final

from expunct_server.redaction.formats.pdf.contents import Content
from expunct_server.redaction.formats.pdf.fonts import Font
from expunct_server.redaction.formats.pdf.states import State
from expunct_server.redaction.formats.pdf.values import Matrix, matrix_of

_UNSEEN: Final = 3  # not 7: what is drawn next is seen through it (ISO 32000-2, 9.3.6)


@dataclass(slots=True)
class Glyph:
    """One drawn glyph. `x`, `y` is its origin; `advance` to the next one, along the unit vector `dx`, `dy`; `size` that
    of the font across it: all in the units of the outermost content."""

    text: str
    content: Content
    instruction: int
    number: int
    x: float
    y: float
    dx: float
    dy: float
    advance: float
    size: float
    is_seen: bool
    mark: "Mark | None" = None

    @property
    def is_cut(self) -> bool:
        return self.number in self.content.cuts.get(self.instruction, ())

    def cut(self) -> None:
        """Take it out, and what the marked content that it is in says of itself."""
        self.content.cuts.setdefault(self.instruction, set()).add(self.number)
        mark = self.mark
        while mark and not mark.is_cut:
            mark.is_cut = True
            mark.content.silent.add(mark.instruction)
            mark = mark.above


@dataclass(slots=True)
class Mark:
    """Marked content that has begun (ISO 32000-2, 14.6), inside of another. `said` is its ActualText; `telling`
    the innermost one that has any; it `is_layer` where that, or what is around it, may not be shown (8.11)."""

    content: Content
    instruction: int
    above: "Mark | None"
    said: str = ""
    telling: "Mark | None" = None
    is_cut: bool = False
    is_layer: bool = False


class Line:
    """Where one instruction shows its glyphs. `moved` is how far it is, in unscaled units of text space, of which one
    is `reach` long on the page; letters that are mirrored, or of no size, are `is_mirrored`."""

    def __init__(self, state: State, text: Matrix) -> None:
        self.moved = 0.0
        self._scale = state.scale
        self._is_vertical = bool(state.font and state.font.is_vertical)
        self._is_seen = state.mode != _UNSEEN
        em = Matrix(state.size * state.scale, 0, 0, state.size, 0, state.rise).then(text).then(state.ctm)
        one = text.then(state.ctm)
        self._em = em
        self.is_mirrored = em.a * em.d - em.b * em.c <= 0
        self._x, self._y = em.e, em.f
        if self._is_vertical:
            self._step, x, y, self._size = (one.c, one.d), -em.c, -em.d, math.hypot(em.a, em.b)
        else:
            self._step, x, y = (one.a * state.scale, one.b * state.scale), em.a, em.b
            self._size = math.hypot(em.c, em.d)
        length = math.hypot(x, y)
        self._dx, self._dy = (x / length, y / length) if length else (1.0, 0.0)
        self.reach = (-length if self._is_vertical else length) / (state.size or 1.0)

    def matrix(self, font: Font) -> Matrix:
        """From the space of a font's glyphs to the outermost content."""
        return matrix_of(font.spec.get("/FontMatrix")).then(self._em)

    def level(self, font: Font) -> Matrix:
        """The same, as if the line ran from left to right."""
        return self.matrix(font).then(Matrix(self._dx, -self._dy, self._dy, self._dx))

    def glyph(
        self, text: str, content: Content, instruction: int, number: int, advance: float, mark: Mark | None
    ) -> Glyph:
        x, y = self._x + self._step[0] * self.moved, self._y + self._step[1] * self.moved
        reach = advance * self.reach
        return Glyph(
            text, content, instruction, number, x, y, self._dx, self._dy, reach, self._size, self._is_seen, mark
        )

    def after(self, text: Matrix) -> Matrix:
        """The text matrix behind what was shown."""
        if self._is_vertical:
            return Matrix(f=self.moved).then(text)
        return Matrix(e=self.moved * self._scale).then(text)
