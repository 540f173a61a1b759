"""Labels in the text, where what they stand for was: others read a page in the order in which it is drawn.

That is done where they can be seen there, as what was taken out could: nothing is painted, or cut off, later. Else they
come after all that is drawn. A box is drawn before the text object, since there are no areas in one.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.pdf.boxes import Box, Sign, Words, length_of
from expunct_server.redaction.formats.pdf.contents import Begun, Content, rewritten
from expunct_server.redaction.formats.pdf.glyphs import Glyph
from expunct_server.redaction.formats.pdf.insides import around
from expunct_server.redaction.formats.pdf.placing import Drawn
from expunct_server.redaction.formats.pdf.values import Matrix

_FILLED: Final = (0, 1, 2)  # modes of text (ISO 32000-2, 9.3.6)
_SMALLEST: Final = 0.01  # of a unit of text: smaller letters are not drawn by all
_APART: Final = 0.01  # points
_EDGE: Final = 0.15  # of a box's height, which may be cut off

Instructions = list[tuple[list[Any], pikepdf.Operator]]


def put(content: Content, found: Sequence[Sign], drawn: Drawn, font_name: str) -> list[Sign]:
    """Draw signs in a page's content, which draws that; those that cannot be seen there are left, and come back."""
    if drawn.says_more() or not drawn.says_its_text():
        return list(found)
    return [each for each in found if not _put(content, each, drawn, font_name)]


def _put(content: Content, sign: Sign, drawn: Drawn, font_name: str) -> bool:
    words, start = sign.words, sign.start
    if words is None or start is None or start.content is not content or not words.is_measured():
        return False
    begun = content.begun.get(start.instruction)
    back = begun and begun.start.matrix.inverse()
    units = begun and _units(begun, start)
    if begun is None or back is None or units is None or words.size / units[1] < _SMALLEST:
        return False
    if not _is_seen(content, sign.box, start, begun, drawn):
        return False
    content.before.setdefault(begun.start.number, []).extend(_area(sign, back))
    said = [
        *_set(words, sign.box, start, begun, units, font_name),
        *_shown(words, sign.box, start),
        *_reset(content, begun),
    ]
    content.instead.setdefault(start.instruction, {})[start.number] = said
    return True


def _area(sign: Sign, back: Matrix) -> Instructions:
    """The box, by a matrix that leads to the units of the page; a level one is a rectangle, which is no letter."""
    box = sign.box
    (x, y), *others = box.corners()
    if box.dx == 1:
        path: Instructions = [(list(map(_number, (x, y, box.length, box.height))), pikepdf.Operator("re"))]
    else:
        path = [([_number(x), _number(y)], _M), *(([_number(a), _number(b)], _L) for a, b in others)]
    placed: Instructions = [] if back == Matrix() else [(list(map(_number, back)), _CM)]
    return [([], _Q), *placed, ([Decimal(sign.fill)], _G), *path, ([], _F), ([], _UNQ)]


def _units(begun: Begun, start: Glyph) -> tuple[float, float] | None:
    """How wide and high a unit of text is on the page; None where letters are mirrored, have no size, or
    that is less than nothing."""
    setting = begun.setting
    if begun.is_mirrored or begun.across <= 0:
        return None
    return begun.across / setting.scale, start.size / setting.size


def _is_seen(content: Content, box: Box, start: Glyph, begun: Begun, drawn: Drawn) -> bool:
    """Whether what is drawn where a glyph was can be seen, and what follows can be as it was."""
    setting = begun.setting
    if not (setting.is_plain and begun.start.is_plain) or setting.mode not in _FILLED or setting.font is None:
        return False
    if not start.is_cut or start.number in content.instead.get(start.instruction, ()):
        return False
    edge = _EDGE * box.height
    left, bottom, right, top = around(box.corners())
    for x0, y0, x1, y1 in filter(None, (setting.clip, begun.start.clip)):
        if min(left - x0, bottom - y0, x1 - right, y1 - top) < -edge:
            return False
    inner = left + edge, bottom + edge, right - edge, top - edge  # the box is drawn first, and its label later
    return not drawn.shapes.is_painted(inner, begun.start.painted)


def _set(
    words: Words, box: Box, start: Glyph, begun: Begun, units: tuple[float, float], font_name: str
) -> Instructions:
    """The label's font and place: its line is above or below that of the letters that have gone."""
    across, up = units
    above = (box.y * box.dx - box.x * box.dy) + words.lift - (start.y * box.dx - start.x * box.dy)
    return [
        ([pikepdf.Name(font_name), _number(words.size / up)], pikepdf.Operator("Tf")),
        ([_number(words.scale * up / across)], pikepdf.Operator("Tz")),
        ([_number(begun.setting.rise + above / up)], pikepdf.Operator("Ts")),
        *(([Decimal(0)], pikepdf.Operator(each)) for each in ("Tc", "Tw", "Tr")),
        ([Decimal(words.colour)], _G),
    ]


def _shown(words: Words, box: Box, start: Glyph) -> Instructions:
    """The label, from the beginning of its box, and the way back to where the letters that have gone began."""
    before = (start.x - box.x) * box.dx + (start.y - box.y) * box.dy
    back = before / length_of(words) * words.advance if before > _APART else 0.0
    shown = [*([_number(back)] if back else []), pikepdf.String(words.raw), _number(words.advance - back)]
    said: Instructions = [([pikepdf.Array(shown)], pikepdf.Operator("TJ"))]
    actual = words.actual()
    if not actual:
        return said
    properties = pikepdf.Dictionary(ActualText=pikepdf.String(actual))
    return [
        ([pikepdf.Name.Span, properties], pikepdf.Operator("BDC")),
        *said,
        ([], pikepdf.Operator("EMC")),
    ]


def _reset(content: Content, begun: Begun) -> list[Any]:
    """What was so before."""
    setting = begun.setting
    numbers = {
        "Tz": 100 * setting.scale, "Ts": setting.rise, "Tc": setting.char, "Tw": setting.word, "Tr": setting.mode,
    }  # fmt: skip
    assert setting.font is not None
    painted = [each for number in setting.paint for each in rewritten(content, number)]
    return [
        *rewritten(content, setting.font),
        *(([_number(value)], pikepdf.Operator(name)) for name, value in numbers.items()),
        *(painted if setting.paint else [([Decimal(0)], _G)]),
    ]


def _number(value: float) -> Decimal:
    return Decimal(f"{value:.8f}").normalize() + 0


_Q, _UNQ, _CM, _G, _M, _L, _F = (pikepdf.Operator(each) for each in ("q", "Q", "cm", "g", "m", "l", "f"))
