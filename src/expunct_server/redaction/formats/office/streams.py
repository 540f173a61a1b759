"""Text that is split over several elements: searched as people read it, edited where it stands."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.isolated.work import Edit, edited
from expunct_server.redaction.formats.office import vocabulary
from expunct_server.redaction.formats.office.markup import Element, local, namespace
from expunct_server.redaction.removed import WALL

TAKEN: Final = "\ufffc"
_SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(slots=True)
class Slot:
    """Text of an element, the text behind it or its attribute `key`, and what of it has to be replaced.

    `gone` says that it is not read with all changes accepted, `added` that it is not with all rejected; `is_sound` is
    how something is pronounced, which stands above it; `is_cap` is the first letter of a paragraph, several lines high.
    What `is_hidden` is shown to nobody who has not asked for it. `symbol` is the character that an element shows which
    has no text: it becomes a text where that is replaced.
    """

    element: Element
    is_tail: bool = False
    gone: bool = False
    added: bool = False
    is_sound: bool = False
    keeps_space: bool = False
    is_cap: bool = False
    key: str = ""
    is_hidden: bool = False
    symbol: str = ""
    edits: list[tuple[int, int, str]] = field(default_factory=list)
    """In order; they do not overlap."""

    @property
    def text(self) -> str:
        if self.symbol:
            return self.symbol
        if self.key:
            return str(self.element.get(self.key))
        return (self.element.tail if self.is_tail else self.element.text) or ""

    def take(self, start: int, end: int, replacement: str) -> None:
        """Replace a stretch, but for what of it is already replaced."""
        first = last = self._first(start)
        position = start
        new: list[tuple[int, int, str]] = []
        while last < len(self.edits) and self.edits[last][0] < end:
            taken, until, _ = self.edits[last]
            if taken > position:
                new.append((position, taken, replacement))
                replacement = ""
            position = max(position, until)
            last += 1
        if position < end:
            new.append((position, end, replacement))
        self.edits[first:last] = sorted([*self.edits[first:last], *new])

    def is_taken(self, start: int, end: int) -> bool:
        """Whether some of a stretch is already replaced."""
        first = self._first(start)
        return first < len(self.edits) and self.edits[first][0] < end

    def _first(self, start: int) -> int:
        """The first edit that ends behind a place."""
        return bisect_right(self.edits, start, key=lambda edit: edit[1])

    def as_edits(self) -> list[Edit]:
        """What has to be replaced, in order."""
        return [Edit(start, end, replacement, "", "") for start, end, replacement in self.edits]

    def write(self) -> None:
        """Carry out what has to be replaced."""
        if not self.edits:
            return
        text, parts, position = self.text, [], 0
        for start, end, replacement in self.edits:
            parts += [text[position:start], replacement]
            position = max(position, end)
        new = "".join([*parts, text[position:]])
        self.edits = []
        if self.key:
            self.element.set(self.key, new)
            return
        if self.is_tail:
            self.element.tail = new
            return
        if self.symbol:
            space = namespace(self.element)
            self.element.tag = f"{{{space}}}{'span' if space == vocabulary.ODF_TEXT else 't'}"
            self.element.attrib.clear()
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
    is_whole: bool = False  # whether the slot says it in another way, so that all of it goes if something does

    def take(self, edits: tuple[Edit, ...]) -> None:
        """Note what was found: the replacement goes to the slot in which the value begins, but to none that is hidden
        and to no initial, if it has more than that.

        What was already found by reading the paragraph another way is not replaced again, nor is what is left of it.
        """
        if self.is_whole and edits:
            [(_, _, slot)] = self._pieces
            slot.take(0, len(slot.text), edited(self.text, edits))
            return
        for edit in edits:
            first = bisect_right(self._pieces, edit.start, key=lambda piece: piece[1])
            last = bisect_left(self._pieces, edit.end, key=lambda piece: piece[0])
            touched = [
                (slot, max(start, edit.start) - start, min(end, edit.end) - start)
                for start, end, slot in self._pieces[first:last]
            ]
            replacement = "" if any(slot.is_taken(low, high) for slot, low, high in touched) else edit.replacement
            first = min(range(len(touched)), key=lambda at: _unfit(touched[at][0]), default=0)
            for at, (slot, low, high) in enumerate(touched):
                slot.take(low, high, replacement if at == first else "")


def _unfit(slot: Slot) -> tuple[bool, bool]:
    """How badly a replacement would stand there: what is hidden is worst, since nobody would see it."""
    return slot.is_hidden, slot.is_cap


def stream(parts: list[Part], *, mask: str = "") -> Stream:
    """The text of these, in order; what is already replaced is as many of `mask`, if there is one."""
    texts: list[str] = []
    places: list[tuple[int, int, Slot]] = []
    length = 0
    for part in parts:
        text = part if isinstance(part, str) else vocabulary.without_codes(local(part.element), part.text)
        if text and isinstance(part, Slot):
            places.append((length, length + len(text), part))
        texts.append(text)
        length += len(text)
    whole = "".join(texts)
    return Stream(_without(whole, places, mask) if mask else whole, places)


def _without(text: str, places: list[tuple[int, int, Slot]], mask: str) -> str:
    """The text without what is replaced; but a part of a longer word is there, with which it may say more. There is no
    wall where nothing was put."""
    spans: list[tuple[int, int, str]] = []
    for at, _, slot in places:
        for start, end, new in slot.edits:
            if spans and spans[-1][1] == at + start:
                first, _, before = spans.pop()
                spans.append((first, at + end, before + new))
            else:
                spans.append((at + start, at + end, new))
    said, position = [], 0
    for start, end, new in spans:
        if not (text[max(start - 1, 0) : start].isalnum() or text[end : end + 1].isalnum()):
            said += [text[position:start], (mask if new or mask != WALL else " ") * (end - start)]
            position = end
    return "".join([*said, text[position:]])
