"""Texts that lie in pieces of a source, and what an edit of the text means for the source."""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import NamedTuple

from expunct_server.redaction import escapes
from expunct_server.redaction.formats.isolated.work import Edit

_REFERENCE = re.compile(r"&(?:#0*+[0-9]{1,8};?|#[xX]0*+[0-9a-fA-F]{1,8};?|[A-Za-z][A-Za-z0-9]{1,31};)")
_BARE = re.compile(
    _REFERENCE.pattern + r"|&(?:amp|lt|gt|quot|nbsp|copy|reg|shy|[AEIOUYaeiouy](?:acute|grave|uml|circ))"
)

_STYLED = re.compile(
    rf"&(?:#0*92|#[xX]0*5[cC]|bsol);(?:[0-9A-Fa-f]{{1,6}}\s?)?|{escapes.CSS.pattern}|{_REFERENCE.pattern}"
)


class Splice(NamedTuple):
    """Characters `start` to `end` of the source become `new`."""

    start: int
    end: int
    new: str


@dataclass(slots=True)
class Piece:
    """A stretch of the source from `start`. `text` is what `raw` says; `write` is how a replacement is written there.

    An empty `raw` stands for what the source says by a tag: a line break. `names` are those above it, outermost first;
    `place` is where a person finds it, beyond the line. What is `aside` says how the piece before it is pronounced;
    what is `hidden` browsers do not show.
    """

    start: int
    raw: str = field(repr=False)
    text: str = field(repr=False)
    write: Callable[[str], str]
    names: tuple[str, ...] = ()
    references: re.Pattern[str] | None = None
    decoded: Callable[[str], str] = escapes.unreferenced
    place: str = ""
    aside: bool = False
    hidden: bool = False
    _marks: tuple[list[int], list[int]] | None = None

    def raw_range(self, low: int, high: int) -> tuple[int, int]:
        """Where characters `low` to `high` of the text are in the source. A reference is taken whole."""
        if self.references is None:
            return self.start + min(low, len(self.raw)), self.start + min(high, len(self.raw))
        return self.start + self._raw_at(low)[0], self.start + self._raw_at(high - 1)[1]

    def _raw_at(self, position: int) -> tuple[int, int]:
        """Where in `raw` the character of the text is that stands at `position`."""
        if self._marks is None:
            self._marks = self._stretches()
        texts, raws = self._marks
        i = bisect_right(texts, position) - 1
        if i % 2:  # a reference: whole
            return raws[i], raws[i + 1]
        start = raws[i] + position - texts[i]
        return start, start + 1

    def _stretches(self) -> tuple[list[int], list[int]]:
        """Where plain stretches (even) and references (odd) begin, in the text and in `raw`."""
        texts, raws = [0], [0]
        assert self.references is not None
        for m in self.references.finditer(self.raw):
            begins = texts[-1] + m.start() - raws[-1]
            texts += [begins, begins + len(self.decoded(m[0]))]
            raws += [m.start(), m.end()]
        return texts, raws


def plain(start: int, raw: str, write: Callable[[str], str], names: tuple[str, ...] = ()) -> Piece:
    """A piece that says what stands there."""
    return Piece(start, raw, raw, write, names)


def break_of(text: str) -> Piece:
    """A piece that is nowhere in the source: what two texts are told apart by that are read one after the other."""
    return Piece(0, "", text, str)


def referring(
    start: int, raw: str, write: Callable[[str], str], names: tuple[str, ...] = (), *, bare: bool = False
) -> Piece:
    """A piece with character references; `bare` takes some of those without a semicolon that HTML takes in texts."""
    if "&" not in raw:
        return Piece(start, raw, raw, write, names)
    references = _BARE if bare else _REFERENCE
    return Piece(start, raw, references.sub(lambda m: escapes.unreferenced(m[0]), raw), write, names, references)


def styled(start: int, raw: str, write: Callable[[str], str], names: tuple[str, ...] = ()) -> Piece:
    """A piece of a style sheet, with its escapes (CSS Syntax 3, 4.3.7)."""
    return Piece(start, raw, escapes.of_css(raw), write, names, escapes.CSS, escapes.of_css)


def style_value(start: int, raw: str, write: Callable[[str], str], names: tuple[str, ...] = ()) -> Piece:
    """The same of an attribute, which has character references too."""
    return Piece(start, raw, _STYLED.sub(lambda m: _of_both(m[0]), raw), write, names, _STYLED, _of_both)


def _of_both(said: str) -> str:
    return escapes.of_css(escapes.unreferenced(said))


@dataclass(slots=True)
class Joined:
    """Pieces that are read as one text. None may be added once one of the questions below was asked."""

    pieces: list[Piece] = field(default_factory=list)
    _ends: list[int] | None = None

    @property
    def text(self) -> str:
        return "".join(each.text for each in self.pieces)

    def has_to_be_seen_apart(self) -> bool:
        """Whether a letter or digit of one piece touches one of the next, or they have not the same names."""
        said = [each for each in self.pieces if each.text]
        return any(a.names != b.names or (a.text[-1].isalnum() and b.text[0].isalnum()) for a, b in pairwise(said))

    def splices(self, edits: Sequence[Edit]) -> list[Splice]:
        """A replacement goes where its text began; what else of the text is in other pieces is taken out."""
        made = []
        for edit in edits:
            new: str | None = edit.replacement
            for piece, low, high in self._within(edit.start, edit.end):
                start, end = piece.raw_range(low, high)
                if start < end:
                    made.append(Splice(start, end, "" if new is None else piece.write(new)))
                    new = None
        return made

    def place_of(self, position: int) -> tuple[int, str]:
        """Where in the source a character of the text is, and the place of its piece."""
        for piece, low, _ in self._within(position, position + 1):
            return piece.raw_range(low, low + 1)[0], piece.place
        return self.pieces[0].start, self.pieces[0].place

    def shown(self) -> "Joined":
        """The pieces that are not hidden."""
        return Joined([each for each in self.pieces if not each.hidden])

    def as_of_all(self, edits: Sequence[Edit]) -> tuple[Edit, ...]:
        """Edits of what is shown, as some of all of the text: what is hidden within one stays."""
        made: list[Edit] = []
        spans = [
            (end - len(each.text), end) for each, end in zip(self.pieces, self.ends, strict=True) if not each.hidden
        ]
        ends = list(accumulate(end - start for start, end in spans))
        for edit in edits:
            replacement = edit.replacement
            for i in range(bisect_right(ends, edit.start), len(ends)):
                moved = spans[i][1] - ends[i]
                low, high = max(edit.start, ends[i] + spans[i][0] - spans[i][1]), min(edit.end, ends[i])
                if low >= high:
                    break
                made.append(edit._replace(start=low + moved, end=high + moved, replacement=replacement))
                replacement = ""
        return tuple(made)

    def beside(self, edits: Sequence[Edit]) -> list[list[Piece]]:
        """The pieces before the first edit, between each two, and behind the last."""
        ends = self.ends
        bounds = [0, *(b for edit in edits for b in (edit.start, edit.end)), ends[-1] if ends else 0]
        beside = [(bounds[i], bounds[i + 1]) for i in range(0, len(bounds), 2)]
        return [[_part(*held) for held in self._within(start, end)] if start < end else [] for start, end in beside]

    @property
    def ends(self) -> list[int]:
        """Where in the text each piece ends."""
        if self._ends is None:
            self._ends = list(accumulate(len(each.text) for each in self.pieces))
        return self._ends

    def _within(self, start: int, end: int) -> Iterator[tuple[Piece, int, int]]:
        """The pieces that hold a part of the text, with the part of each."""
        ends = self.ends
        i = bisect_right(ends, start)
        while i < len(ends) and (begin := ends[i] - len(self.pieces[i].text)) < end:
            if begin < ends[i]:
                yield self.pieces[i], max(start, begin) - begin, min(end, ends[i]) - begin
            i += 1


def _part(piece: Piece, low: int, high: int) -> Piece:
    start, end = piece.raw_range(low, high)
    raw = piece.raw[start - piece.start : end - piece.start]
    if piece.references is None:
        return replace(piece, start=start, raw=raw, text=piece.text[low:high], _marks=None)
    text = piece.references.sub(lambda m: piece.decoded(m[0]), raw)
    return replace(piece, start=start, raw=raw, text=text, _marks=None)


def spliced(source: str, splices: Sequence[Splice]) -> str:
    """The source with all splices made. What two of them would take out is taken out once."""
    parts = []
    position = 0
    for each in sorted(splices):
        parts += [source[position : max(each.start, position)], each.new]
        position = max(position, each.end)
    return "".join([*parts, source[position:]])
