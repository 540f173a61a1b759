"""A page on its way: what is read on it is asked about, and what is found painted over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pictures import looking
from expunct_server.redaction.formats.pictures.asking import Asking
from expunct_server.redaction.formats.pictures.pages import Source, views
from expunct_server.redaction.formats.pictures.painting import Mark, painted
from expunct_server.redaction.formats.pictures.writing import as_written

_HARD: Final = 0.95
"""Confidence below which a line may have been misread; measured: of 13 lines below it 13 were, of 515 above it 46."""
_ROUNDS: Final = 4
_ILLEGIBLE: Final = "Some boxes on the picture are too small for their labels, and have none."
_UNREAD_CODE: Final = "A code (QR or bars) on the picture could not be read; look at it."


@dataclass(slots=True)
class Redacting:
    """One picture's pages, which places name if there are several. `changed` once something was painted."""

    work: Work
    source: Source
    changed: bool = False
    _hard: int = 0
    _illegible: bool = False
    _unread: bool = False

    def page(self, number: int, page: Image.Image) -> Image.Image:
        """The page with all that is found painted over."""
        place = f"page {number}, " if self.source.count > 1 else ""
        seen = looking.first(self.work, views(page))
        self._hard += sum(each.confidence < _HARD for each in seen.lines)
        self._unread |= any(not each.text for each in seen.codes)
        done = Asking(self.work, seen, place).marks()
        if self.work.surveying:
            return page
        page = self._painted(page, done, [])
        for _ in range(_ROUNDS):  # what is painted may show what stood beside it in another way
            shown = as_written(self.source, page) if self.changed else page
            marks = Asking(self.work, looking.second(self.work, views(shown)), place, done).marks()
            if not marks:
                break
            page = self._painted(page, marks, done)
            done += marks
        return page

    def tell(self) -> None:
        """What a reader has to know of all pages."""
        if self._hard:
            lines, were, them = ("line", "was", "it") if self._hard == 1 else ("lines", "were", "them")
            self.work.note(f"{self._hard} {lines} of text on the picture {were} hard to read; look at {them}.")
        if self._unread:
            self.work.note(_UNREAD_CODE)
        if self._illegible:
            self.work.note(_ILLEGIBLE)

    def _painted(self, page: Image.Image, marks: Sequence[Mark], before: Sequence[Mark]) -> Image.Image:
        if not marks:
            return page
        self.changed = True
        page, is_legible = painted(page, views(page)[0], marks, before)
        self._illegible |= not is_legible
        return page
