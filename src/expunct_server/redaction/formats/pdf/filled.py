"""What is written into the fields and notes of a page, read where it stands among the page's own text.

The words that say what a field is for stand beside it, and one field may have only a part of what people read there:
a letter in each, or what is before the `@` of an address that is printed between two. So each is read as if its text
stood on the page (ISO 32000-2, 12.7.4.3: text fields, 12.5.6.6: free text).
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.pdf import boxes, spots
from expunct_server.redaction.formats.pdf.contents import Content
from expunct_server.redaction.formats.pdf.glyphs import Glyph
from expunct_server.redaction.formats.pdf.strings import members
from expunct_server.redaction.formats.pdf.values import dictionary_of, name_of, numbers_of, text_of

_ABOVE: Final = 50
_MOST: Final = 2_000  # fields of a page
_LETTERS: Final = 2_000  # of a field; nobody reads more of one in a line
_MOST_LETTERS: Final = 100_000  # of all
_AROUND: Final = 500  # letters of the page that are looked at for a field
_SIZE: Final = 12.0
_HIGH: Final = 0.7  # of a field's height: the largest letters in it
_FLAT: Final = 0.01
_NEAR: Final = 40.0  # units between two fields in which a few signs may stand, or between one and an `@`
_FEW: Final = 4
_SIGNS: Final = frozenset("@.-/")
VALUES: Final = frozenset(("/V", "/DV"))
_SOUGHT: Final = 4  # letters and digits of what is looked for everywhere (`removed.LEAST`)
_RICH: Final = {"/V": "/RV", "/Contents": "/RC"}


@dataclass(slots=True, eq=False)
class Field:
    """A text in a rectangle of a page. `holder` has it under `key`: the annotation, or a field above it in their tree.
    `place` is what it is called on its page; `gone` is what was found in it, by the numbers of its letters; `is_part`
    where nobody finds that in what shows the field."""

    annotation: Any
    holder: Any
    key: str
    text: str
    place: str
    left: float
    low: float
    right: float
    high: float
    gone: dict[int, Edit] = field(default_factory=dict)
    is_part: bool = False

    def is_line_of(self, other: "Field") -> bool:
        return abs(self.low - other.low) < self.size / 2 and other.left >= self.right - self.size / 2

    def lose(self, numbers: set[int], edit: Edit, *, is_part: bool) -> None:
        """Let go of letters that are a part of what was found, or all of it. What a field alone has all of is looked
        for in the whole document, and so in what shows the field, unless that is too short for it."""
        self.gone.update(dict.fromkeys(numbers, edit))
        self.is_part |= is_part or sum(self.text[number].isalnum() for number in numbers) < _SOUGHT

    @property
    def size(self) -> float:
        return min(_SIZE, _HIGH * (self.high - self.low))


def fields(page: Any) -> list[Field]:
    """Those of a page that have a text."""
    listed = page.get("/Annots")
    annotations = list(listed)[:_MOST] if isinstance(listed, pikepdf.Array) else []
    places = (spots.annotation(n, each, page) for n, each in enumerate(annotations, start=1))
    found = (_field(dictionary_of(each), place) for each, place in zip(annotations, places, strict=True))
    return [each for each in found if each]


def _field(annotation: Any, place: str) -> Field | None:
    kind, corners = name_of(annotation.get("/Subtype")), numbers_of(annotation.get("/Rect"), 4)
    key = {"Widget": "/V", "FreeText": "/Contents"}.get(kind)
    if key is None or corners is None:
        return None
    holder = next((each for each in _upward(annotation) if key in each), annotation)
    said = holder.get(key)
    text = text_of(said) if isinstance(said, pikepdf.String) else ""
    left, right = sorted(corners[::2])
    low, high = sorted(corners[1::2])
    if not text.strip() or len(text) > _LETTERS or min(right - left, high - low) <= 0:
        return None
    return Field(annotation, holder, key, text, f"{place}, {key[1:]}", left, low, right, high)


def _upward(holder: Any) -> Iterator[Any]:
    """A field and those above it (ISO 32000-2, 12.7.4.1)."""
    for _ in range(_ABOVE):
        if not isinstance(holder, pikepdf.Dictionary):
            return
        yield holder
        holder = holder.get("/Parent")


def called(holder: Any) -> tuple[str, ...]:
    """What a field is called, outermost first, with what is shown to people as its name."""
    said = [text_of(each[key]) for each in _upward(holder) for key in ("/TU", "/T")
            if isinstance(each.get(key), pikepdf.String)]  # fmt: skip
    return tuple(reversed(said))


# --- reading ----------------------------------------------------------------------------------------------------------


def glyphs(found: Sequence[Field], page: Sequence[Glyph]) -> list[Glyph]:
    """The letters of fields, as if each filled its rectangle, on the lines of the page's own letters beside it."""
    lines = _Lines(page)
    _join(found, lines)
    _reach(found, lines)
    made: list[Glyph] = []
    for each in found:
        if len(made) < _MOST_LETTERS:
            made += _placed(each, _line(each, lines))
    return made


class _Lines:
    """The letters of a page by their heights."""

    def __init__(self, page: Sequence[Glyph]) -> None:
        self._flat = sorted((g for g in page if abs(g.dy) < _FLAT and g.dx > 0), key=lambda g: g.y)

    def between(self, low: float, high: float) -> list[Glyph]:
        start = bisect_left(self._flat, low, key=lambda g: g.y)
        return [each for each in self._flat[start : start + _AROUND] if each.y <= high]


def _join(found: Sequence[Field], page: _Lines) -> None:
    """Let two fields touch the signs that are printed between them, such as the `@` of an address."""
    for one, other in pairwise(sorted(found, key=lambda each: (-each.low, each.left))):
        if not one.is_line_of(other) or other.left - one.right > _NEAR:
            continue
        line = page.between(one.low, one.high)
        between = [g for g in line if one.right - 1 <= g.x <= other.left and not g.text.isspace()]
        if 0 < len(between) <= _FEW and all(g.text in _SIGNS or g.text.isdigit() for g in between):
            between.sort(key=lambda g: g.x)
            one.right, other.left = between[0].x, between[-1].x + between[-1].advance


def _reach(found: Sequence[Field], page: _Lines) -> None:
    """Let a field touch the `@` that is printed next to it: the other half of an address stands behind that."""
    for each in found:
        line = [g for g in page.between(each.low, each.high) if not g.text.isspace()]
        before = max((g for g in line if g.x < each.left), key=lambda g: g.x, default=None)
        behind = min((g for g in line if g.x >= each.right - 1), key=lambda g: g.x, default=None)
        if before and before.text == "@" and each.left - before.x - before.advance <= _NEAR:
            each.left = before.x + before.advance
        if behind and behind.text == "@" and behind.x - each.right <= _NEAR:
            each.right = behind.x


def _line(found: Field, page: _Lines) -> float:
    """The height at which a field's letters stand: that of those beside it, or in its middle."""
    usual = (found.low + found.high - found.size) / 2 + boxes.BELOW * found.size
    near = page.between(found.low - found.size / 2, found.high - found.size / 2)
    nearest = min(
        near, key=lambda g: abs(g.y - usual) + min(abs(g.x - found.left), abs(g.x - found.right)), default=None
    )
    return nearest.y if nearest else usual


def _placed(found: Field, y: float) -> Iterator[Glyph]:
    content = Content(found, pikepdf.Dictionary(), [])
    lines = found.text.splitlines(keepends=True)
    size = min(found.size, (found.high - found.low) / len(lines))
    number = 0
    for i, line in enumerate(lines):
        step = (found.right - found.left) / len(line)
        at = y if len(lines) == 1 else found.high - (i + 1) * size
        for n, letter in enumerate(line):
            text = " " if letter.isspace() else letter
            x = found.left + n * step
            yield Glyph(text, content, 0, number, x, at, 1.0, 0.0, step, size, True)
            number += 1


# --- writing ----------------------------------------------------------------------------------------------------------


def finish(pdf: pikepdf.Pdf, found: Sequence[Field], show_labels: bool) -> list[tuple[Any, str]]:
    """Write what fields have become, and what is shown of them anew. What is not to be read again comes back: objects
    with the keys of what they say, and streams that show it, with none."""
    done: list[tuple[Any, str]] = []
    said: set[int] = set()
    for each in sorted(found, key=lambda field: -len(field.gone)):
        if each.gone:
            edit = each.gone[min(each.gone)]
            edit = edit._replace(replacement=_left(each, said))
            done += [(each.holder, key) for key in _put(each, pikepdf.String(edit.replacement))]
            if each.is_part:
                done += [(stream, "") for stream in _show(pdf, each, edit, show_labels)]
    return done


def _left(found: Field, said: set[int]) -> str:
    """A field's text without what was found: its label stands in the field that had most of it."""
    parts: list[str] = []
    for number, letter in enumerate(found.text):
        edit = found.gone.get(number)
        if edit is None:
            parts.append(letter)
        elif id(edit) not in said:
            said.add(id(edit))
            parts.append(edit.replacement)
    return "".join(parts)


def _put(found: Field, said: pikepdf.String) -> list[str]:
    """Write what a field says now, wherever it said what it did; the keys of that come back."""
    holder, changed = found.holder, []
    for key in (found.key, "/DV"):
        if isinstance(holder.get(key), pikepdf.String) and text_of(holder[key]) == found.text:
            holder[key] = said
            changed.append(key)
    options = holder.get("/Opt")
    for _, each in [(0, options), *members(options)]:  # a text, or one with what stands for it
        for n, offered in members(each) if isinstance(each, pikepdf.Array) else ():
            if isinstance(offered, pikepdf.String) and text_of(offered) == found.text:
                each[n] = said
    return changed


def _show(pdf: pikepdf.Pdf, found: Field, edit: Edit, show_labels: bool) -> Iterator[Any]:
    """Let all that shows a field show what it says now."""
    if _RICH[found.key] in found.holder:
        del found.holder[_RICH[found.key]]
    kids = found.holder.get("/Kids")
    for widget in [found.annotation, *(kids if isinstance(kids, pikepdf.Array) else [])]:
        corners = numbers_of(dictionary_of(widget).get("/Rect"), 4)
        if corners is not None:
            yield _appearance(pdf, widget, corners, edit, show_labels)


def _appearance(pdf: pikepdf.Pdf, widget: Any, corners: list[float], edit: Edit, show_labels: bool) -> Any:
    width, height = abs(corners[2] - corners[0]), abs(corners[3] - corners[1])
    label = boxes.Label((boxes.Box(0, 0, 1, 0, width, height),), edit)
    stream = pdf.make_stream(
        boxes.drawn(boxes.signs([label], show_labels)), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form
    )
    stream.BBox = pikepdf.Array([0, 0, width, height])
    stream.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary({boxes.FONT: boxes.font()}))
    widget.AP = pikepdf.Dictionary(N=stream)
    return stream
