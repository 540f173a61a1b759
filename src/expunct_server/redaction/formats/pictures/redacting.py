"""A page on its way: what is read on it is asked about, and what is found painted over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from expunct_server.redaction.formats.isolated.work import Edit, Redacted, Text, Work
from expunct_server.redaction.formats.pictures import looking
from expunct_server.redaction.formats.pictures.lines import Points, box
from expunct_server.redaction.formats.pictures.pages import Source, views
from expunct_server.redaction.formats.pictures.painting import Mark, painted
from expunct_server.redaction.formats.pictures.seeing import Seen
from expunct_server.redaction.formats.pictures.writing import as_written

_HARD: Final = 0.95
"""Confidence below which a line may have been misread; measured: of 13 lines below it 13 were, of 515 above it 46."""
_ROUNDS: Final = 4
_BOXES: Final = frozenset({"black_box", "blur"})
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
        self._hard += sum(each.confidence < _HARD for each in seen.together.lines)
        self._unread |= any(not each.text for each in seen.codes)
        page = self._painted(page, self._marks(seen, place))
        if self.work.surveying:
            return page
        for _ in range(_ROUNDS):  # what is painted may show what stood beside it in another way
            shown = as_written(self.source, page) if self.changed else page
            marks = self._marks(looking.second(self.work, views(shown)), place)
            if not marks:
                break
            page = self._painted(page, marks)
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

    def _painted(self, page: Image.Image, marks: Sequence[Mark]) -> Image.Image:
        if not marks:
            return page
        self.changed = True
        page, legible = painted(page, views(page)[0], marks)
        self._illegible |= not legible
        return page

    def _marks(self, seen: Seen, place: str) -> list[Mark]:
        """What on a page has to go."""
        said = [each for each in seen.codes if each.text]
        asked = [Text(seen.together.text), *(Text(each.text) for each in said)]
        if self.work.surveying:
            asked += [Text(each, prose=False) for each in seen.together.wrapped()]
        areas = [each.corners for each in said]

        def parts(i: int, edit: Edit) -> list[Points]:
            if i == 0:
                return seen.together.parts(edit.start, edit.end)
            return [areas[i - 1]] if i <= len(areas) else []

        answers = self.work.redacted(asked, lambda i, edit: f"{place}{'code, ' if i else ''}{box(parts(i, edit))}")
        return [
            Mark(corners, self._label(edit), edit.method)
            for i, answer in enumerate(answers)
            for edit in _first_of(answer, whole=i > 0)
            for corners in parts(i, edit)
        ]

    def _label(self, edit: Edit) -> str:
        """What is written on a box: nothing where it would only say that there is one."""
        return "" if edit.method in _BOXES and not self.work.preserve_labels else edit.replacement


def _first_of(answer: Redacted, *, whole: bool) -> tuple[Edit, ...]:
    """All edits of lines; of a code, which goes as a whole, one."""
    return answer.edits[:1] if whole else answer.edits
