"""Text that is split over several elements: searched as people read it, edited where it stands."""

from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.office import vocabulary
from expunct_server.redaction.formats.office.markup import Element, local

_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(slots=True)
class Slot:
    """Text of an element, or the text behind it, and what of it has to be replaced.

    `now` says whether it is read with all changes accepted, `before` whether with all rejected.
    """

    element: Element
    is_tail: bool = False
    now: bool = True
    before: bool = True
    keeps_space: bool = False
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return (self.element.tail if self.is_tail else self.element.text) or ""

    def take(self, start: int, end: int, replacement: str) -> None:
        """Replace a stretch, but for what of it is already replaced."""
        position = start
        for taken, until, _ in sorted(self.edits):
            if taken < end and until > position:
                if taken > position:
                    self.edits.append((position, taken, replacement))
                    replacement = ""
                position = max(position, until)
        if position < end:
            self.edits.append((position, end, replacement))

    def is_taken(self, start: int, end: int) -> bool:
        """Whether some of a stretch is already replaced."""
        return any(taken < end and until > start for taken, until, _ in self.edits)

    def as_edits(self) -> list[Edit]:
        """What has to be replaced, in order."""
        return [Edit(start, end, replacement, "", "") for start, end, replacement in sorted(self.edits)]

    def write(self) -> None:
        """Carry out what has to be replaced."""
        if not self.edits:
            return
        text, parts, position = self.text, [], 0
        for start, end, replacement in sorted(self.edits):
            parts += [text[position:start], replacement]
            position = max(position, end)
        new = "".join([*parts, text[position:]])
        self.edits = []
        if self.is_tail:
            self.element.tail = new
            return
        self.element.text = new
        if self.keeps_space and new != new.strip():
            self.element.set(_SPACE, "preserve")


Part = Slot | str
"""A slot, or what stands between two: a tab, the end of a line."""


@dataclass(slots=True)
class Stream:
    """One way to read the parts of a paragraph."""

    text: str
    _pieces: list[tuple[int, int, Slot]]  # start and end in the text, and the slot that is there

    def take(self, edits: tuple[Edit, ...]) -> None:
        """Note what was found: the replacement goes to the slot in which the value begins.

        What was already found by reading the paragraph another way is not replaced again, nor is what is left of it.
        """
        for edit in edits:
            touched = [
                (slot, max(start, edit.start) - start, min(end, edit.end) - start)
                for start, end, slot in self._pieces
                if max(start, edit.start) < min(end, edit.end)
            ]
            replacement = "" if any(slot.is_taken(low, high) for slot, low, high in touched) else edit.replacement
            for slot, low, high in touched:
                slot.take(low, high, replacement)
                replacement = ""


def stream(parts: list[Part]) -> Stream:
    """The text of these, in order."""
    texts: list[str] = []
    places: list[tuple[int, int, Slot]] = []
    length = 0
    for part in parts:
        text = part if isinstance(part, str) else vocabulary.without_codes(local(part.element), part.text)
        if text and isinstance(part, Slot):
            places.append((length, length + len(text), part))
        texts.append(text)
        length += len(text)
    return Stream("".join(texts), places)
