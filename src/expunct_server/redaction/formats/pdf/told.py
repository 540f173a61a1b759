"""Glyphs with what the marks around them say they are (ActualText, ISO 32000-2, 14.9.4): ligatures, letters of scripts
that are put together from several, signs of a font that names none.

Other programs take that for the page's text, so that it is read besides what is seen.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from expunct_server.redaction.formats.pdf.glyphs import Glyph

_LONGEST: Final = 300  # letters: a line
_LEVEL: Final = 0.5  # of the size: how far glyphs of one mark are from its line at most


@dataclass(slots=True)
class Told:
    """What is shown under one mark, which says what that is. `first` stands for all of it."""

    said: str
    first: Glyph
    others: list[Glyph] = field(default_factory=list)

    @property
    def is_other(self) -> bool:
        """Whether what is said is not what is seen, of what stands in one line."""
        first = self.first
        seen = "".join(each.text for each in (first, *self.others))
        across = (abs((g.y - first.y) * first.dx - (g.x - first.x) * first.dy) for g in self.others)
        return "".join(seen.split()) != "".join(self.said.split()) and all(
            each <= _LEVEL * first.size for each in across
        )

    def glyph(self) -> Glyph:
        """One glyph that says what the mark does, as wide as all that is under it."""
        first = self.first
        ends = [(g.x - first.x) * first.dx + (g.y - first.y) * first.dy + g.advance for g in (first, *self.others)]
        return replace(first, text=self.said, advance=max(ends))

    def finish(self) -> None:
        """Let all go with the one that stands for it."""
        if self.first.is_cut:
            for each in self.others:
                each.cut()


def find(glyphs: Sequence[Glyph]) -> dict[int, Told]:
    """By its `id`, each mark around what a content shows that says something else than is seen, in a line."""
    found: dict[int, Told] = {}
    for each in glyphs:
        mark = each.mark and each.mark.telling
        if mark and id(mark) in found:
            found[id(mark)].others.append(each)
        elif mark and len(mark.said) <= _LONGEST:
            found[id(mark)] = Told(mark.said, each)
    return {key: each for key, each in found.items() if each.is_other}


def glyphs(shown: Sequence[Glyph], told: Collection[Told]) -> list[Glyph]:
    """All that is shown, with what is said in the place of what is seen."""
    instead = {id(each.first): each.glyph() for each in told}
    gone = {id(other) for each in told for other in each.others}
    return [instead.get(id(each), each) for each in shown if id(each) not in gone]
