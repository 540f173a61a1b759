"""Room for labels: a box in which a label could hardly be read grows over what is blank beside it in its line.

Blank is what no letter that is left, no other label and no annotation is on, and where nothing is drawn but rectangles
that are around all of the box, such as cells and backgrounds: it stays inside these.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from expunct_server.redaction.formats.pdf import boxes
from expunct_server.redaction.formats.pdf.boxes import Sign
from expunct_server.redaction.formats.pdf.glyphs import Glyph
from expunct_server.redaction.formats.pdf.insides import Box, around
from expunct_server.redaction.formats.pdf.placing import Drawn, Painted

_GAP: Final = 0.12  # of letters' size: how near to them a label comes
_EDGE: Final = 2.0  # points: how near to what else is drawn, whose lines may be as thick
_OVER: Final = 0.1  # of a box's height: as far letters of lines above and below may reach into it
_AROUND: Final = 0.5  # points that a box may stand out of the rectangle that it is in
_LEVEL: Final = 1e-3
_ROW: Final = 16.0  # points
_MOST_ROWS: Final = 64
_MOST_LOOKED: Final = 2_000_000


class _Taken(NamedTuple):
    """Where something is, and how near to it a label may come; what `is_text` may reach into the line of another. `of`
    is the box of a label, whose words may end before it does."""

    box: Box
    margin: float
    is_text: bool = False
    is_even: bool = False
    of: boxes.Box | None = None


class _Rows:
    """What is taken of a page, by the rows that it is in."""

    def __init__(self) -> None:
        self._rows: dict[int, list[_Taken]] = {}
        self._high: list[_Taken] = []

    def add(self, taken: _Taken) -> None:
        rows = _rows(taken.box)
        if len(rows) > _MOST_ROWS:
            self._high.append(taken)
        else:
            for row in rows:
                self._rows.setdefault(row, []).append(taken)

    def near(self, box: Box) -> list[_Taken]:
        return [*self._high, *(each for row in _rows(box) for each in self._rows.get(row, ()))]


def _rows(box: Box) -> range:
    return range(int(box[1] // _ROW), int(box[3] // _ROW) + 1)


def widened(
    found: Sequence[Sign], glyphs: Sequence[Glyph], drawn: Drawn, page: Box, notes: Sequence[Box]
) -> list[Sign]:
    """Signs of a page that shows glyphs and draws that, with longer boxes where there is room. `page` is what of it can
    be seen, `notes` are where its annotations are."""
    painted = drawn.shapes.painted()
    if painted is None or drawn.says_more() or not any(map(_is_narrow, found)):
        return list(found)
    rows = _Rows()
    for each in _taken(found, glyphs, painted, notes):
        rows.add(each)
    grown: dict[boxes.Box, boxes.Box] = {}  # the same box may be there twice
    looked = 0
    for sign in filter(_is_narrow, found):
        near = rows.near(around(sign.box.corners()))
        looked += len(near)
        if looked > _MOST_LOOKED:
            break
        if sign.box not in grown:
            grown[sign.box] = _grown(sign, near, page)
            rows.add(_label(_in_box(sign, grown[sign.box])))
    return [_in_box(each, grown.get(each.box, each.box)) for each in found]


def _in_box(sign: Sign, box: boxes.Box) -> Sign:
    return sign._replace(box=box, words=sign.words and boxes.fitted(sign.words, box))


def _is_narrow(sign: Sign) -> bool:
    """Whether its words are not easy to read; lines that are not level stay as they are."""
    box, words = sign.box, sign.words
    return words is not None and box.dx > 0 and abs(box.dy) < _LEVEL and box.length < boxes.easy_length(words, box)


def _taken(
    found: Sequence[Sign], glyphs: Sequence[Glyph], painted: Sequence[Painted], notes: Sequence[Box]
) -> Iterator[_Taken]:
    for glyph in glyphs:
        if not glyph.is_cut and not glyph.text.isspace():
            yield _Taken(around(boxes.box_of(glyph).corners()), _GAP * glyph.size, is_text=True)
    yield from map(_label, found)
    yield from (_Taken(each.box, _EDGE, is_even=each.is_even) for each in painted)
    yield from (_Taken(each, _EDGE) for each in notes)


def _label(sign: Sign) -> _Taken:
    """Of one with words, as far as these go: what is behind them says nothing."""
    box, words = sign.box, sign.words
    written = box._replace(length=min(box.length, boxes.length_of(words))) if words else box
    return _Taken(around(written.corners()), _GAP * box.height, is_text=True, of=box)


def _grown(sign: Sign, near: Sequence[_Taken], page: Box) -> boxes.Box:
    """Its box as long as its words need, to the right first."""
    box, words = sign.box, sign.words
    assert words is not None
    own = around(box.corners())
    left, right = own[0], own[2]
    low, high = _limits(own, [each for each in near if each.of != box], _seen(sign, page))
    need = boxes.easy_length(words, box) - box.length
    rightward = max(min(need, high - right), 0.0)
    leftward = max(min(need - rightward, left - low), 0.0)
    return box._replace(x=box.x - leftward, length=box.length + leftward + rightward)


def _seen(sign: Sign, page: Box) -> Box:
    """What of the page can be seen where the sign's text was."""
    begun = sign.start and sign.start.content.begun.get(sign.start.instruction)
    clip = begun.setting.clip if begun else None
    return page if clip is None else (max(page[0], clip[0]), page[1], min(page[2], clip[2]), page[3])


def _limits(own: Box, near: Sequence[_Taken], seen: Box) -> tuple[float, float]:
    """How far to the left and to the right it is blank beside a box."""
    low, high = seen[0] + _EDGE, seen[2] - _EDGE
    middle = (own[0] + own[2]) / 2
    for each in near:
        left, bottom, right, top = each.box
        over = _OVER * (own[3] - own[1]) if each.is_text else 0.0
        if top < own[1] + over or bottom > own[3] - over:
            continue
        if each.is_even and _is_inside(own, each.box):
            low, high = max(low, left + each.margin), min(high, right - each.margin)
        elif left >= middle:
            high = min(high, left - each.margin)
        elif right <= middle:
            low = max(low, right + each.margin)
        else:
            return own[0], own[2]
    return low, high


def _is_inside(box: Box, other: Box) -> bool:
    return all(box[i] >= other[i] - _AROUND and box[i + 2] <= other[i + 2] + _AROUND for i in (0, 1))
