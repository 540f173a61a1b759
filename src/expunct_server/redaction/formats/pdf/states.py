"""The state of graphics: what moves text, and how it is seen (ISO 32000-2, 8.4 and 9.3)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.pdf.contents import Setting
from expunct_server.redaction.formats.pdf.fonts import Font
from expunct_server.redaction.formats.pdf.insides import EVERYWHERE, Box, Colour
from expunct_server.redaction.formats.pdf.values import Matrix, name_of, number_of

NOWHERE: Final = (0.0, 0.0, 0.0, 0.0)
_PLAIN_BLENDS: Final = ("Normal", "Compatible")
_FAINT: Final[dict[str, Callable[[Any], bool]]] = {
    "/ca": lambda said: number_of(said, 1.0) != 1,
    "/SMask": lambda said: isinstance(said, pikepdf.Dictionary),
    "/BM": lambda said: said is not None and name_of(said) not in _PLAIN_BLENDS,
    "/OP": lambda said: said is True,
    "/op": lambda said: said is True,
}


@dataclass(slots=True)
class State:
    """What instructions leave behind for those that follow, until it is taken back."""

    ctm: Matrix
    font: Font | None = None
    size: float = 0.0
    char: float = 0.0
    word: float = 0.0
    scale: float = 1.0
    leading: float = 0.0
    rise: float = 0.0
    mode: int = 0
    fill: Colour | None = None
    stroke: Colour | None = None
    chosen: int | None = None  # the instruction that chose the font
    width: float = 1.0  # of lines
    paint: tuple[int, ...] = ()  # the instructions that say in what colour letters are; none of them for black
    clip: Box | None = None  # a rectangle, beyond which nothing is seen
    faint: frozenset[str] = frozenset()  # what lets be seen through, or changes, what is drawn

    def set_more(self, said: Any) -> None:
        """What a dictionary of parameters says that changes how letters are seen (8.4.5)."""
        self.width = number_of(said.get("/LW"), self.width)
        self.faint = (self.faint - set(said.keys())) | {key for key, is_it in _FAINT.items() if is_it(said.get(key))}

    def clip_to(self, rectangle: Box | None) -> None:
        """Let nothing be seen beyond a rectangle of the page; nothing at all where the area is another."""
        left, bottom, right, top = self.clip or EVERYWHERE
        if rectangle is None or not self.ctm.is_level():
            self.clip = NOWHERE
        else:
            x0, y0, x1, y1 = rectangle
            self.clip = max(left, x0), max(bottom, y0), min(right, x1), min(top, y1)

    def setting(self, *, is_layer: bool) -> Setting:
        """How text is shown now; `is_layer` where it may not be."""
        is_level = self.font is not None and not self.font.is_vertical
        return Setting(self.chosen, self.size, self.char, self.word, self.scale, self.rise, self.mode, self.paint,
                       self.clip, is_level and not is_layer and not self.faint)  # fmt: skip
