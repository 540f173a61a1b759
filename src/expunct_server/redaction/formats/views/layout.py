"""Where the rows of a view break, and which of their lines are on which page."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from expunct_server.redaction.formats.views.pieces import Span
from expunct_server.redaction.formats.views.rows import Drawn, Row

LINES: Final = 50
"""Of one page."""
MOST_PAGES: Final = 500
_CUT: Final = "A view has at most 500 pages: it ends here."
_TAB: Final = "    "
_LONGEST: Final = 10_000  # code points of a line, for texts of what takes no room

Width = Callable[[str], int]
"""Pixels that a text takes."""


class Line(NamedTuple):
    """A line on a page, as it is drawn. `frames` are stretches of its text."""

    kind: str
    caption: str
    text: str
    frames: list[Span]
    picture: Drawn | None = None

    @property
    def height(self) -> int:
        """In lines."""
        return 1 if self.picture is None else self.picture.lines


def page(rows: Sequence[Row], number: int, width: Width, room: int) -> list[Line] | None:
    """The lines of a page, from 1; None beyond the last. `room` is the width of a line in pixels."""
    if number > MOST_PAGES:
        return None
    lines: list[Line] = []
    at, free = 1, LINES
    for line in _lines(rows, width, room):
        if line.height + (line.kind == "heading") > free:  # none stands last
            if at == number:
                return lines if number < MOST_PAGES else [*lines[:-1], Line("note", "", _CUT, [])]
            at, lines, free = at + 1, [], LINES
        lines.append(line)
        free -= line.height
    return lines if at == number and (lines or at == 1) else None


def _lines(rows: Sequence[Row], width: Width, room: int) -> Iterator[Line]:
    known: dict[str, int] = {}

    def wide(character: str) -> int:
        if character not in known:
            known[character] = width(legible(character))
        return known[character]

    for row in rows:
        caption, first = row.caption, 0
        for start, end in _broken(row.text, wide, room):
            while first < len(row.frames) and row.frames[first][1] < start:
                first += 1
            frames = list(_inside(row.frames, first, start, end, is_last=end == len(row.text)))
            yield Line(row.kind, caption, row.text[start:end], frames, row.picture)
            caption = ""


def _broken(text: str, wide: Width, room: int) -> Iterator[Span]:
    """Where a text breaks: after blanks, or else where it must."""
    start = used = blank = 0
    for at, character in enumerate(text):
        width = wide(character)
        if used + width > room or at - start >= _LONGEST:
            cut = blank if blank > start else at
            yield start, cut
            start, used = cut, sum(map(wide, text[cut:at]))
        used += width
        if character == " ":
            blank = at + 1
    yield start, len(text)


def _inside(frames: Sequence[Span], first: int, start: int, end: int, *, is_last: bool) -> Iterator[Span]:
    """What of the frames, which are in order, from the `first` on is in a line from `start` to `end`, counted from
    there. One of nothing is in the line that goes on after it."""
    for low, high in map(frames.__getitem__, range(first, len(frames))):
        if low > end:
            return
        if max(low, start) < min(high, end) or (low == high and (start <= low < end or (is_last and low == end))):
            yield max(low, start) - start, min(high, end) - start


def legible(text: str) -> str:
    """A text as it is drawn: without what nobody sees, with a blank for what is no letter."""
    shown = "".join(_shown(c) for c in text)
    return unicodedata.normalize("NFC", shown)


def _shown(character: str) -> str:
    if character == "\t":
        return _TAB
    kind = unicodedata.category(character)
    if kind == "Cf":
        return ""
    return character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" if kind == "Cs" else " "
