"""From glyphs to text as people read it: lines, columns, paragraphs.

A page does not say what its lines are. Three readings are made of it:

    blocks    lines that stand below each other, column by column
    rows      what stands side by side: a label in one column and its value in the next
    strokes   the order in which it is drawn, for what is placed in no order that people read
    letters   single ones, for what is written a letter in a box, below each other, or along a curve
"""

import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

from expunct_server.redaction.formats import breaks, columns
from expunct_server.redaction.formats.pdf.fonts import UNKNOWN
from expunct_server.redaction.formats.pdf.glyphs import Glyph

_SAME_LINE: Final = 0.4  # of the smaller size: how far baselines of one line are apart
_BLANK: Final = 0.16  # of the size: a gap between two words
_SPACED: Final = 1.7  # of the usual gap between letters that are spaced out: a gap between their words
_ENOUGH: Final = 4
_COLUMN: Final = 1.3  # of the size: a gap between two columns
_TWICE: Final = 0.35  # of a glyph's width: the same letter so near is drawn twice, to look bold
_ANGLES: Final = 72
_PITCH: Final = 0.08  # of the distance between letters that are all as far apart: how much it differs
_LOOSE: Final = 0.25  # of the size: how far letters that stand alone are at least from each other
_BOX: Final = 4.0  # sizes: how far single letters of one word are apart
_UNKNOWN: Final = chr(UNKNOWN)


@dataclass(slots=True)
class Mark:
    """A character in its place: `u` along the line, `v` up from it; several glyphs where it is drawn twice. `said` is
    what stands in its place once it is cut."""

    glyphs: list[Glyph]
    text: str
    u: float
    v: float
    advance: float
    size: float
    said: str | None = None


@dataclass(slots=True)
class Segment:
    """What stands together in a line."""

    marks: list[Mark]
    u0: float
    u1: float
    v: float
    size: float


@dataclass(slots=True)
class Block:
    """A text, and for each code point the mark that it is of (None for blanks that nobody drew). `all_marks` are also
    those that say nothing."""

    text: str
    marks: list[Mark | None]
    all_marks: list[Mark]
    _places: dict[int, int] = field(default_factory=dict, repr=False)  # in all_marks, by the mark's id

    def within(self, start: int, end: int) -> list[Mark]:
        """From the first to the last mark of these code points, all that are between them."""
        if not self._places:
            self._places = {id(mark): place for place, mark in enumerate(self.all_marks)}
        places = [self._places[id(mark)] for mark in self.marks[start:end] if mark is not None]
        return self.all_marks[min(places) : max(places) + 1] if places else []


class Readings(NamedTuple):
    """Each of segments. What is not seen is read apart from what is in blocks and rows, and with it in the others."""

    blocks: list[list[Segment]]
    rows: list[list[Segment]]
    strokes: list[list[Segment]]
    letters: list[list[Segment]]


def readings(glyphs: Sequence[Glyph]) -> Readings:
    """What a page may be read as."""
    blocks: list[list[Segment]] = []
    rows: list[list[Segment]] = []
    groups: dict[tuple[int, bool], list[Mark]] = {}
    turned: dict[int, list[Mark]] = {}
    marks: list[Mark] = []
    for glyph in glyphs:
        angle, mark = _angle(glyph.dx, glyph.dy)[0], _mark(glyph)
        marks.append(mark)
        turned.setdefault(angle, []).append(mark)
        groups.setdefault((angle, glyph.is_seen), []).append(mark)
    strokes = [list(_strokes(group)) for group in turned.values()]
    for group in groups.values():
        lines = [list(_segments(_once(line))) for line in _lines(group)]
        rows += [line for line in lines if len(line) > 1]
        blocks += columns.columns(lines)
    return Readings(blocks, rows, strokes, list(_letters(marks)))


def broken(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Lines of a block over whose end a word goes, with the next one, and those in which a hyphen may be none."""
    drawn = ["".join(mark.text for mark in each.marks) for each in segments]
    for run in breaks.runs(drawn, lambda i: "".join(text for text, _ in _words(segments[i].marks))):
        if len(run) > 1 or breaks.SOFT in drawn[run.start]:
            yield list(segments[run.start : run.stop])


def block(segments: Iterable[Segment], between: str, *, mended: bool = False) -> Block:
    """The text of segments, with `between` them; of what was cut, what stands in its place. `mended`, without hyphens
    at the ends of lines, and `between` is not there, and without soft ones."""
    parts: list[str] = []
    marks: list[Mark | None] = []
    all_marks: list[Mark] = []
    for segment in segments:
        all_marks += segment.marks
        if parts:
            parts.append(between)
            marks += [None] * len(between)
        for text, mark in _words(segment.marks):
            shown = text.replace(breaks.SOFT, "" if mended else "-")
            parts.append(shown)
            marks += [mark] * len(shown)
        while mended and parts and (parts[-1].isspace() or parts[-1] in breaks.HYPHENS or not parts[-1]):
            del marks[len(marks) - len(parts.pop()) :]
    return Block("".join(parts), marks, all_marks)


def _words(marks: Sequence[Mark]) -> Iterator[tuple[str, Mark | None]]:
    before: Mark | None = None
    usual = math.inf if _is_even(marks) else _usual_gap(marks)
    for mark in marks:
        if before is not None and _is_apart(before, mark, usual) and not (before.text[-1:] + mark.text[:1]).count(" "):
            yield " ", None
        if mark.said is None:
            yield ("" if mark.text >= _UNKNOWN else mark.text), mark  # "j?a?n?e" is read as jane by others
        elif mark.said:
            yield mark.said, None
        before = mark


def words(marks: Sequence[Mark]) -> Iterator[list[Mark]]:
    """The marks of a line between two blanks each."""
    word: list[Mark] = []
    for mark in marks:
        if word and (mark.text.isspace() or _is_apart(word[-1], mark, 0.0)):
            yield word
            word = []
        if not mark.text.isspace():
            word.append(mark)
    if word:
        yield word


def _usual_gap(marks: Sequence[Mark]) -> float:
    """How far letters are apart; more than nothing where they are spaced out."""
    gaps = sorted(_gap(one, other) for one, other in pairwise(marks))
    return gaps[len(gaps) // 2] if len(gaps) >= _ENOUGH else 0.0


def _is_even(marks: Sequence[Mark]) -> bool:
    """Whether letters are all as far apart, whatever their widths: in boxes, or spaced out."""
    steps = [other.u - one.u for one, other in pairwise(marks)]
    if len(steps) < _ENOUGH - 1 or any(mark.text.isspace() for mark in marks):
        return False
    usual = sorted(steps)[len(steps) // 2]
    return all(abs(step - usual) <= _PITCH * usual for step in steps)


def _is_apart(before: Mark, mark: Mark, usual: float) -> bool:
    return _gap(before, mark) > max(_BLANK * max(before.size, mark.size), _SPACED * usual)


def _gap(before: Mark, mark: Mark) -> float:
    return max(mark.u - before.u - before.advance, before.u - mark.u - mark.advance)


# --- places -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1_000)
def _angle(dx: float, dy: float) -> tuple[int, float, float]:
    """One of a few directions, its cosine and its sine: the same for all glyphs of a group."""
    number = round(math.atan2(dy, dx) / math.tau * _ANGLES) % _ANGLES
    turn = number * math.tau / _ANGLES
    return number, math.cos(turn), math.sin(turn)


def _mark(glyph: Glyph) -> Mark:
    _, c, s = _angle(glyph.dx, glyph.dy)
    u, v = glyph.x * c + glyph.y * s, glyph.y * c - glyph.x * s
    return Mark([glyph], glyph.text, u, v, glyph.advance, glyph.size)


# --- lines ------------------------------------------------------------------------------------------------------------


def _lines(marks: list[Mark]) -> Iterator[list[Mark]]:
    """From top to bottom, each from left to right."""
    line: list[Mark] = []
    for mark in sorted(marks, key=lambda m: -m.v):
        if line and line[0].v - mark.v > _SAME_LINE * min(line[0].size, mark.size):
            yield sorted(line, key=lambda m: m.u)
            line = []
        line.append(mark)
    if line:
        yield sorted(line, key=lambda m: m.u)


def _once(line: list[Mark]) -> list[Mark]:
    """What is drawn twice to look bold is one letter."""
    kept: list[Mark] = []
    for mark in line:
        same = next((each for each in kept[-3:] if _is_same(each, mark)), None)
        if same is None:
            kept.append(mark)
        else:
            same.glyphs += mark.glyphs
            mark.said = ""
    return kept


def _is_same(one: Mark, other: Mark) -> bool:
    return one.text == other.text != " " and other.u - one.u < _TWICE * one.advance


def _segments(line: list[Mark]) -> Iterator[Segment]:
    marks: list[Mark] = []
    end = 0.0
    for mark in line:
        if marks and mark.u - end > _COLUMN * max(mark.size, marks[-1].size):
            yield _segment(marks)
            marks = []
        end = max(end, mark.u + mark.advance) if marks else mark.u + mark.advance
        marks.append(mark)
    if marks:
        yield _segment(marks)


def _segment(marks: list[Mark]) -> Segment:
    size = max(mark.size for mark in marks)
    end = max(mark.u + mark.advance for mark in marks)
    return Segment(_in_reading_order(marks), marks[0].u, end, marks[0].v, size)


def _in_reading_order(marks: list[Mark]) -> list[Mark]:
    """Scripts that are written from the right, with what is not in them turned back."""
    leftward = sum(_is_leftward(mark) for mark in marks)
    if leftward * 2 <= sum(mark.text[:1].isalpha() for mark in marks):
        return marks
    turned: list[Mark] = []
    run: list[Mark] = []
    for mark in reversed(marks):
        if _is_leftward(mark) or mark.text.isspace():
            turned += [*reversed(run), mark]
            run = []
        else:
            run.append(mark)
    return turned + list(reversed(run))


def _is_leftward(mark: Mark) -> bool:
    return unicodedata.bidirectional(mark.text[0]) in ("R", "AL") if mark.text else False


# --- strokes ----------------------------------------------------------------------------------------------------------


def _strokes(marks: Sequence[Mark], follows: Callable[[Mark, Mark], bool] | None = None) -> Iterator[Segment]:
    """As drawn; a new segment where the next glyph is not near the end of the last one."""
    run: list[Mark] = []
    for mark in marks:
        if run and not (follows or _follows)(run[-1], mark):
            yield _stroke(run)
            run = []
        run.append(mark)
    if run:
        yield _stroke(run)


def _letters(marks: Sequence[Mark]) -> Iterator[list[Segment]]:
    """Single letters that are drawn one after the other and near each other, in whatever direction they go."""
    run: list[Segment] = []
    for stroke in _strokes(marks, _is_beside):
        is_one = len(stroke.marks) == 1
        if run and not (is_one and _is_near(run[-1].marks[0], stroke.marks[0])):
            if len(run) >= _ENOUGH:
                yield run
            run = []
        if is_one:
            run.append(stroke)
    if len(run) >= _ENOUGH:
        yield run


def _is_beside(before: Mark, mark: Mark) -> bool:
    one, other = before.glyphs[0], mark.glyphs[0]
    near = _LOOSE * max(before.size, mark.size)
    same_way = _angle(one.dx, one.dy) == _angle(other.dx, other.dy)
    return same_way and abs(mark.v - before.v) < near and abs(mark.u - before.u - before.advance) < near


def _is_near(before: Mark, mark: Mark) -> bool:
    one, other = before.glyphs[0], mark.glyphs[0]
    return math.hypot(other.x - one.x, other.y - one.y) <= _BOX * max(one.size, other.size)


def _follows(before: Mark, mark: Mark) -> bool:
    near = _COLUMN * max(before.size, mark.size)
    return abs(mark.v - before.v) < near / 2 and abs(mark.u - before.u - before.advance) < near


def _stroke(marks: list[Mark]) -> Segment:
    return Segment(marks, marks[0].u, marks[-1].u + marks[-1].advance, marks[0].v, marks[0].size)
