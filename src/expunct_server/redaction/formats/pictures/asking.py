"""Asks about what is seen on a page, in all the ways to read it, and says which parts of the page have to go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from expunct_server.redaction.formats.isolated.work import Edit, Text, Work
from expunct_server.redaction.formats.pictures import layout
from expunct_server.redaction.formats.pictures.layout import Block
from expunct_server.redaction.formats.pictures.lines import box
from expunct_server.redaction.formats.pictures.painting import Mark
from expunct_server.redaction.formats.pictures.seeing import Seen

_BOXES: Final = frozenset({"black_box", "blur"})


@dataclass(slots=True)
class Asking:
    """What is seen on a page, which places name by `place`; `done` is painted over already, and not read again."""

    work: Work
    seen: Seen
    place: str
    done: Sequence[Mark] = ()
    _marks: list[Mark] = field(default_factory=list)

    def marks(self) -> list[Mark]:
        """What on the page has to go."""
        painted = [layout.Painted(each.corners, each.said) for each in self.done]
        read = layout.readings(self.seen.lines, painted)
        # First, since the other readings have parts of what is there; of names, those that are known.
        self._ask(read.broken(), prose=self.work.surveying)
        self._ask(read.columns())
        self._ask(read.sides())
        for blocks in (read.in_rows, read.columns):
            self._ask_going_on(layout.joined(blocks()))
        self._ask_codes()
        return self._marks

    def _ask(self, blocks: Sequence[Block], *, prose: bool = True) -> None:
        asked = [Text(each.text, prose=prose) for each in blocks]
        answers = self.work.redacted(asked, lambda i, edit: self._locate(blocks[i], edit))
        for block, answer in zip(blocks, answers, strict=True):
            self._take(block, answer.edits)

    def _locate(self, block: Block, edit: Edit) -> str:
        return f"{self.place}{box([each.corners for each in block.parts(edit.start, edit.end)])}"

    def _take(self, block: Block, edits: Sequence[Edit]) -> None:
        for edit in edits:
            said = f"<{edit.entity_type}>"  # a realistic replacement would be found again
            parts = block.parts(edit.start, edit.end)
            widest = max(parts, key=lambda each: each.width, default=None)
            for part in parts:
                label = self._label(edit) if part is widest else ""
                self._marks.append(Mark(part.corners, label, edit.method, said))
            for number, part in enumerate(parts):
                part.shown.take(part.start, part.end, "" if number else said)

    def _ask_going_on(self, block: Block) -> None:
        """What the document is known to lose goes on from one row or column to the next too."""
        answer = self.work.going_on(block.text, partial(self._locate, block))
        self._take(block, answer.edits)

    def _ask_codes(self) -> None:
        """A code goes as a whole."""
        said = [each for each in self.seen.codes if each.text]
        answers = self.work.redacted(
            [Text(each.text) for each in said], lambda i, _: f"{self.place}code, {box([said[i].corners])}"
        )
        for code, answer in zip(said, answers, strict=True):
            for edit in answer.edits[:1]:
                self._marks.append(Mark(code.corners, self._label(edit), edit.method, f"<{edit.entity_type}>"))

    def _label(self, edit: Edit) -> str:
        """What is written on a box: nothing where it would only say that there is one."""
        return "" if edit.method in _BOXES and not self.work.preserve_labels else edit.replacement
