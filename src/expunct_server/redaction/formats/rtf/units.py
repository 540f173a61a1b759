"""One text of an RTF document: where its characters stand, the ways to read it, and what of it is taken out."""

import html
import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple
from urllib.parse import unquote

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.removed import WALL

HIDDEN, DELETED, INSERTED, OLDER, NEWER, TAKEN, CAP = (1 << n for n in range(7))
"""Marks of a character: hidden; in a deleted or an inserted revision; read by programs without Unicode alone, or by
those with it alone; replaced; the first of a paragraph, which stands beside it, several lines high."""
_REFERENCES: Final = re.compile(
    r"(?:%[0-9A-Fa-f]{2})+|&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
)
_MASK: Final = "\ufffc"
_WALL: Final = f" {WALL} "
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Cut(NamedTuple):
    """Characters `start` to `end` of the source become `new`, which is written as RTF."""

    start: int
    end: int
    new: str


class Reading(NamedTuple):
    """One way to read a text. `places` are the numbers of its characters in the unit, -1 for one that is in none;
    `lasts` are those of the last one that each stands for, where it may stand for several."""

    text: str
    places: "array[int] | None"
    lasts: "array[int] | None" = None

    def of(self, edit: Edit) -> list[int]:
        """The characters of the unit that an edit covers."""
        if self.places is None:
            return list(range(edit.start, edit.end))
        places = self.places[edit.start : edit.end]
        lasts = places if self.lasts is None else self.lasts[edit.start : edit.end]
        held = ((first, last) for first, last in zip(places, lasts, strict=True) if first >= 0)
        return sorted({i for first, last in held for i in range(first, last + 1)})


@dataclass(slots=True)
class Unit:
    """A paragraph, or another text that stands for itself."""

    parts: list[str] = field(default_factory=list, repr=False)
    starts: "array[int]" = field(default_factory=lambda: array("q"), repr=False)
    ends: "array[int]" = field(default_factory=lambda: array("q"), repr=False)
    marks: bytearray = field(default_factory=bytearray, repr=False)
    marked: int = 0  # all marks of any character
    seams: set[int] = field(default_factory=set, repr=False)  # before which characters letters of two runs touch
    is_after_seam: bool = False
    keeps_length: bool = False
    _new: dict[int, str] = field(default_factory=dict, repr=False)

    # --- making it ---

    def run(self, text: str, start: int, marks: int) -> None:
        """Characters that stand in the source as they are, one byte each."""
        self._join(text)
        self.parts.append(text)
        self.starts.extend(range(start, start + len(text)))
        self.ends.extend(range(start + 1, start + len(text) + 1))
        self._mark(marks, len(text))

    def character(self, text: str, start: int, end: int, marks: int) -> None:
        """A character that is written as `start` to `end` of the source; nothing is there where it is only implied."""
        if len(text) > 1:
            for each in text:
                self.character(each, start, end, marks)
            return
        if "\udc00" <= text <= "\udfff" and self._completes(text, start, end):
            return
        self._join(text)
        self.parts.append(text)
        self.starts.append(start)
        self.ends.append(end)
        self._mark(marks, 1)

    def _completes(self, low: str, start: int, end: int) -> bool:
        """Whether this is the second half of a character beyond the first plane, whose first half stands before it."""
        last = self.parts[-1] if self.parts else ""
        if len(last) != 1 or not "\ud800" <= last <= "\udbff" or self.ends[-1] != start:
            return False
        self.parts[-1] = chr(0x10000 + ((ord(last) & 0x3FF) << 10) + (ord(low) & 0x3FF))
        self.ends[-1] = end
        return True

    def _join(self, text: str) -> None:
        if self.is_after_seam and self.parts and self.parts[-1][-1:].isalnum() and text[:1].isalnum():
            self.seams.add(len(self.starts))
        self.is_after_seam = False

    def _mark(self, marks: int, count: int) -> None:
        self.marks.extend(bytes((marks,)) * count)
        self.marked |= marks

    # --- reading it ---

    @property
    def text(self) -> str:
        return _SURROGATE.sub("\ufffd", "".join(self.parts))

    def shown(self) -> Reading:
        """As it is seen."""
        return self._without(HIDDEN | DELETED | OLDER)

    def others(self) -> Iterator[tuple[str, Callable[[], Reading]]]:
        """The other ways to read it, if there are some, each to be asked for after the one before was answered."""
        if self.marked & HIDDEN:
            yield "with what is hidden", lambda: self._without(DELETED | OLDER)
        if self.marked & DELETED:
            yield "as it was", lambda: self._without(INSERTED | OLDER)
        if self.marked & OLDER:
            yield "for older programs", lambda: self._without(NEWER)
        if self.seams:
            yield "", self._apart
        if _REFERENCES.search("".join(self.parts)):
            yield "", self._decoded

    def left(self) -> list[Callable[[], Reading]]:
        """What is left of it, with a wall for what was put into it: as it is seen, and in the other ways."""
        found: list[Callable[[], Reading]] = [partial(self._without, HIDDEN | DELETED | OLDER, is_walled=True)]
        if self.marked & ~(TAKEN | CAP):
            others = (DELETED | OLDER, INSERTED | OLDER, OLDER, NEWER)
            found += [partial(self._without, marks, is_walled=True) for marks in others]
        return found

    def _without(self, marks: int, *, is_walled: bool = False) -> Reading:
        if not self.marked & (marks | TAKEN):
            return Reading(self.text, None)
        places = array("q")
        said: list[str] = []
        text = self.text
        for i, mark in enumerate(self.marks):
            if mark & TAKEN:  # not what is there now: a made-up value would be found again
                mask = (_WALL if is_walled else _MASK) if self._new.get(i) else ""
                said.append(mask)
                places.extend([-1] * len(mask))
            elif not mark & marks:
                said.append(text[i])
                places.append(i)
        return Reading("".join(said), places)

    def _apart(self) -> Reading:
        """With a blank where letters of two runs touch."""
        whole = self._without(OLDER)
        said: list[str] = []
        places = array("q")
        for i, letter in enumerate(whole.text):
            place = i if whole.places is None else whole.places[i]
            if place in self.seams:
                said.append(" ")
                places.append(-1)
            said.append(letter)
            places.append(place)
        return Reading("".join(said), places)

    def _decoded(self) -> Reading:
        """With percent signs and character references decoded, as in addresses and tags."""
        whole = self._without(OLDER)
        through = array("q", range(len(whole.text))) if whole.places is None else whole.places
        said: list[str] = []
        places, lasts = array("q"), array("q")
        position = 0
        for found in _REFERENCES.finditer(whole.text):
            start, end = found.span()
            decoded = unquote(found[0]) if found[0][0] == "%" else html.unescape(found[0])
            said += [whole.text[position:start], _SURROGATE.sub("\ufffd", decoded)]
            places += through[position:start] + array("q", [through[start]]) * len(decoded)
            lasts += through[position:start] + array("q", [through[end - 1]]) * len(decoded)
            position = end
        said.append(whole.text[position:])
        return Reading("".join(said), places + through[position:], lasts + through[position:])

    # --- changing it ---

    def take(self, reading: Reading, edits: tuple[Edit, ...]) -> None:
        """What was found in a reading goes; the replacement stands where it began, but is not hidden, and no initial,
        if there is more of it."""
        for edit in edits:
            taken = [i for i in self._whole(reading.of(edit)) if not self.marks[i] & TAKEN]
            replacement = edit.replacement
            if self.keeps_length:
                replacement = replacement[: len(taken)].ljust(len(taken))
            written = [i for i in taken if self.starts[i] < self.ends[i]]
            first = min(written, key=self._unfit, default=-1)
            for i in written:
                self.marks[i] |= TAKEN
                self._new.setdefault(i, replacement if i == first else "")
        self.marked |= TAKEN

    def _unfit(self, i: int) -> tuple[int, int]:
        """How badly a replacement would stand there: what is hidden is worst, since nobody would see it."""
        return self.marks[i] & HIDDEN, self.marks[i] & CAP

    def _whole(self, places: list[int]) -> list[int]:
        """With all characters that are written as one of these is."""
        if not places:
            return []
        found = set(places)
        for i in places:
            for step in (-1, 1):
                near = i + step
                while 0 <= near < len(self.starts) and self.starts[near] == self.starts[i] < self.ends[i]:
                    found.add(near)
                    near += step
        return sorted(found)

    def cuts(self) -> Iterator[Cut]:
        """What the source loses and gets."""
        start = end = -1
        new = ""
        for i, mark in enumerate(self.marks):
            if not mark & TAKEN:
                continue
            if not self._new.get(i) and start >= 0 and self.starts[i] <= end:
                end = max(end, self.ends[i])
                continue
            if start >= 0:
                yield Cut(start, end, new)
            start, end, new = self.starts[i], self.ends[i], written(self._new.get(i, ""))
        if start >= 0:
            yield Cut(start, end, new)


def written(text: str) -> str:
    """As RTF: what is no ASCII as a group of its own, whatever \\uc is around it."""
    return "".join(_written(letter) for letter in text)


def _written(letter: str) -> str:
    if letter in "\\{}":
        return "\\" + letter
    if " " <= letter <= "~":
        return letter
    if letter in "\n\t":
        return "\\line " if letter == "\n" else "\\tab "
    units = letter.encode("utf-16-le", "replace")
    numbers = (int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2))
    return "" if letter < " " else "{\\uc1" + "".join(f"\\u{number}?" for number in numbers) + "}"


def carried_out(source: str, cuts: list[Cut], follows_a_word: Callable[[str, int], bool]) -> Iterator[str]:
    """The source after all cuts; what would lie within another one is left out with it."""
    position = -1
    for start, end, new in sorted(cuts, key=lambda cut: (cut.start, -cut.end)):
        if start < position:
            position = max(position, end)
            continue
        if start > position:  # else it goes on from the one before, which ends the word if there is one
            yield source[max(position, 0) : start]
            yield " " if follows_a_word(source, start) else ""
        yield new
        position = end
    yield source[max(position, 0) :]
