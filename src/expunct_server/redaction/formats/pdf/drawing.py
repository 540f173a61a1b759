"""What contents draw, instruction by instruction: glyphs, and what stands beside them (ISO 32000-2, 8 and 9.4)."""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.pdf import letters, marks
from expunct_server.redaction.formats.pdf.contents import (
    INLINE,
    SHOWING,
    Begun,
    Content,
    Reader,
    Setting,
    Shown,
    Start,
    operator_of,
)
from expunct_server.redaction.formats.pdf.fonts import UNKNOWN, Code, Font, unknown
from expunct_server.redaction.formats.pdf.glyphs import Glyph, Line, Mark
from expunct_server.redaction.formats.pdf.insides import (
    EVERYWHERE,
    Colour,
    Inside,
    around,
    has_pictures,
    is_named,
    moved,
    size_of,
    wide,
)
from expunct_server.redaction.formats.pdf.letters import Letter
from expunct_server.redaction.formats.pdf.placing import Drawn, Placed
from expunct_server.redaction.formats.pdf.rasters import is_stencil
from expunct_server.redaction.formats.pdf.states import NOWHERE, State
from expunct_server.redaction.formats.pdf.values import Matrix, dictionary_of, entry, matrix_of, name_of, number_of

DEPTH: Final = 24
MOST_GLYPHS: Final = 1_000_000
"""Of one content, with those of all forms that it draws."""
_TOO_MANY: Final = (
    "too_large",
    f"A page may have {MOST_GLYPHS:,} drawn letters; split the document, or print it anew.",
)
_MOST_FONTS: Final = 200
"""Fonts of drawings that are read; pages with others are."""
_CLIPPING: Final = 4  # modes of text from this on (9.3.6)
_MOST_BEGUN: Final = 100_000  # instructions of a page
_STROKING: Final = frozenset(("S", "s", "B", "B*", "b", "b*"))
_A_FORM: Final = 20  # instructions that drawing a form counts for
_MOST_STATES: Final = 10_000
_TOO_DEEP: Final = ("nested_too_deep", f"Drawings inside the document's pages may be {DEPTH} deep inside each other.")
_EM: Final = 1000.0
_BLANK: Final = 0x20  # the only code that word spacing is for (ISO 32000-2, 9.3.3)


@dataclass(slots=True)
class Drawing:
    """All content streams of a document, each read once, and their fonts. `drawn` is what the content whose `glyphs`
    were asked for last draws beside them; `before_reading` is told each stream before it is read; what is to be known
    of a place for a label there is found out `for_labels` alone."""

    reader: Reader = field(default_factory=Reader)
    before_reading: Callable[[Any], None] = lambda _: None
    for_labels: bool = False
    drawn: Drawn = field(default_factory=Drawn)
    contents: dict[tuple[int, int], Content] = field(default_factory=dict)
    fonts: list[Font] = field(default_factory=list)
    _apart: "Drawing | None" = None
    _inside: dict[tuple[Any, ...], Inside] = field(default_factory=dict)
    _fonts: dict[tuple[int, int], Font] = field(default_factory=dict)
    _true: dict[tuple[Any, ...], frozenset[int]] = field(default_factory=dict)

    def glyphs(self, content: Content, matrix: Matrix) -> list[Glyph]:
        """All that a content shows, those of forms in it too, in the order of drawing. Raises DocumentError."""
        found: list[Glyph] = []
        self.drawn = Drawn()
        _Run(self, content, State(matrix), found, ()).run()
        return found

    def form(self, stream: Any, resources: Any) -> Content:
        """The content of a form; what has no resources of its own uses those around it (ISO 32000-2, 8.10.1)."""
        key, own = stream.objgen, stream.get("/Resources")
        if key not in self.contents:
            self.before_reading(stream)
            self.contents[key] = self.reader.read(stream, resources if own is None else own)
        content = self.contents[key]
        return (
            replace(content, resources=dictionary_of(resources)) if own is None else content
        )  # what is cut, is of all

    def font(self, spec: Any) -> Font | None:
        if not isinstance(spec, pikepdf.Dictionary):
            return None
        key = spec.objgen
        if key == (0, 0) or key not in self._fonts:
            self.fonts.append(Font(spec, len(self.fonts)))
            self._fonts[key] = self.fonts[-1]
        return self._fonts[key]

    def inside(self, stream: Any, resources: Any, matrix: Matrix, above: tuple[Any, ...]) -> Inside:
        """What is in what is drawn as a colour, a mask or a letter, and may be more than that: letters, or what may be
        some. Others like it may stand beside it, so that none says all."""
        key: tuple[Any, ...] = (stream.objgen, size_of(matrix))
        if key in self._inside and self._inside[key].is_named and "/Resources" not in stream:
            key = (*key, dictionary_of(resources).unparse())
        if key not in self._inside:
            apart = self._apart = self._apart or Drawing(self.reader)  # what is looked at here is not redacted yet
            apart.drawn, found = Drawn(), list[Glyph]()
            content = apart.form(stream, resources)
            _Run(apart, content, State(matrix), found, (*above, stream.objgen)).run()
            has_words = bool(found) or apart.drawn.says_more() or has_pictures(content)
            extent = apart.drawn.shapes.extent
            back = matrix.inverse() or Matrix()
            self._inside[key] = Inside(
                has_words, wide(apart.drawn.pictures, back), extent and moved(extent, back), is_named(content)
            )
        return self._inside[key]

    def has_words(self, font: Font, codes: Sequence[Code], matrix: Matrix, outer: Any, above: tuple[Any, ...]) -> bool:
        """Whether one of a font's glyphs, which are drawings, may say more than a letter does."""
        resources = font.spec.get("/Resources", outer)
        drawn = [each for each in font.drawings(codes) if each.objgen not in above]
        return any(self.inside(each, resources, matrix, above) for each in drawn)

    def are_true(self, font: Font, codes: Sequence[Code], matrix: Matrix, outer: Any, above: tuple[Any, ...]) -> bool:
        """Whether what codes show is what their names say, in a font of drawings; `matrix` leads from their units to a
        line that is level."""
        size = max(map(abs, matrix[:4])) or 1.0
        key = (id(font), *(round(each / size, 2) for each in matrix[:4]))
        if key not in self._true:
            resources = font.spec.get("/Resources", outer)
            self._true[key] = frozenset()
            if len(self._true) <= _MOST_FONTS:
                self._true[key] = letters.true_ones(self._letters(font, resources, matrix, above), resources, matrix)
        return all(each.number in self._true[key] for each in codes)

    def _letters(self, font: Font, resources: Any, matrix: Matrix, above: tuple[Any, ...]) -> list[Letter]:
        """Those of a font that say no more than one letter."""
        found: list[Letter] = []
        for code in font.named_codes():
            [drawing] = font.drawings([code]) or [None]
            if drawing is None or drawing.objgen in above or code.text >= chr(UNKNOWN):
                continue
            inside = self.inside(drawing, resources, matrix, above)
            is_foreign = inside.is_named and "/Resources" not in font.spec  # other pages may have others
            if not inside.has_words and not is_foreign:
                found.append(Letter(code.number, code.text, drawing, inside.extent))
        return found


class _Run:
    """One content, drawn once."""

    def __init__(
        self,
        drawing: Drawing,
        content: Content,
        state: State,
        found: list[Glyph],
        above: tuple[Any, ...],
        above_mark: Mark | None = None,
    ) -> None:
        if len(above) > DEPTH:
            raise DocumentError(*_TOO_DEEP)
        self._drawing, self._content, self._state, self._found, self._above = drawing, content, state, found, above
        self._base = state.ctm
        self._saved: list[State] = []
        self._text = self._line = Matrix()
        self._named: dict[str, Font | None] = {}
        self._number = 0  # of the instruction
        self._mark = above_mark
        self._marks: list[Mark | None] = []
        self._start: Start | None = None  # of the text object; none in one that is in another
        self._clips = False
        self._setting: Setting | None = None

    def run(self) -> None:
        for number, instruction in enumerate(self._content.instructions):
            self._number = number
            self._drawing.reader.count()
            operator = operator_of(instruction)
            if operator in SHOWING:
                self._show(number, operator, list(instruction.operands))
            elif operator in _DOES:
                _DOES[operator](self, list(instruction.operands))

    # --- state ---

    def _save(self, _: list[Any]) -> None:
        if len(self._saved) < _MOST_STATES:
            self._saved.append(copy(self._state))

    def _restore(self, _: list[Any]) -> None:
        if self._saved:
            self._state = self._saved.pop()

    def _concatenate(self, operands: list[Any]) -> None:
        self._state.ctm = matrix_of(pikepdf.Array(operands)).then(self._state.ctm)

    def _set(self, name: str, operands: list[Any], scale: float = 1.0) -> None:
        if operands:
            setattr(self._state, name, number_of(operands[-1]) * scale)

    def _set_mode(self, operands: list[Any]) -> None:
        if operands:
            self._state.mode = int(number_of(operands[-1]))

    def _set_font(self, operands: list[Any]) -> None:
        if len(operands) < 2:
            return
        name = name_of(operands[0])
        if name not in self._named:
            self._named[name] = self._drawing.font(entry(self._content.resources.get("/Font"), operands[0]))
        self._state.font, self._state.size = self._named[name], number_of(operands[1])
        self._state.chosen = self._number

    def _set_more(self, operands: list[Any]) -> None:
        states = self._content.resources.get("/ExtGState")
        state = dictionary_of(entry(states, operands[0])) if operands else pikepdf.Dictionary()
        if "/ca" in state or "/SMask" in state:
            self._hide([])
        self._state.set_more(state)
        self._mask_with(dictionary_of(state.get("/SMask")).get("/G"))
        said = state.get("/Font")
        if isinstance(said, pikepdf.Array) and len(said) == 2:
            self._state.font, self._state.size = self._drawing.font(said[0]), number_of(said[1])
            self._state.chosen = None

    def _draw(self, operands: list[Any]) -> None:
        if not operands:
            return
        form: Any = entry(self._content.resources.get("/XObject"), operands[0])
        if not isinstance(form, pikepdf.Stream):
            return
        if name_of(form.get("/Subtype")) == "Image":
            placed = Placed(form, self._state.ctm)
            self._drawing.drawn.pictures.append(placed)
            self._drawing.drawn.shapes.reach(around(placed.corners()))
            if is_stencil(form):
                self._drawing.drawn.pieces.paint(self._state.fill, [around(placed.corners())])
            return
        if form.objgen in self._above:
            return  # a form that draws itself, which no reader follows
        self._hide([])  # it is clipped, and may be in a layer
        self._drawing.reader.count(_A_FORM)
        inside = copy(self._state)
        inside.ctm = matrix_of(form.get("/Matrix")).then(self._state.ctm)
        inside.chosen = None
        content = self._drawing.form(form, self._content.resources)
        _Run(self._drawing, content, inside, self._found, (*self._above, form.objgen), self._mark).run()

    def _mask_with(self, stream: Any) -> None:
        if isinstance(stream, pikepdf.Stream) and stream.objgen not in self._above:
            matrix = matrix_of(stream.get("/Matrix")).then(self._state.ctm)
            inside = self._drawing.inside(stream, self._content.resources, matrix, self._above)
            self._drawing.drawn.pieces.mask(stream, inside, matrix)

    def _pattern(self, operands: list[Any]) -> Colour | None:
        """A colour that is a pattern, and has something in it that may be read."""
        stream = entry(self._content.resources.get("/Pattern"), operands[-1]) if operands else None
        if not isinstance(stream, pikepdf.Stream) or stream.objgen in self._above:
            return None
        matrix = matrix_of(stream.get("/Matrix")).then(self._base)
        inside = self._drawing.inside(stream, self._content.resources, matrix, self._above)
        return Colour(stream, inside, matrix) if inside else None

    def _fill_with(self, operands: list[Any]) -> None:
        self._state.fill = self._pattern(operands)
        self._state.paint = (self._number,)

    def _fill_in(self, operands: list[Any]) -> None:
        """In the colour space that was chosen last."""
        space = self._state.paint[:1]
        self._fill_with(operands)
        self._state.paint = (*space, self._number)

    def _stroke_with(self, operands: list[Any]) -> None:
        self._state.stroke = self._pattern(operands)

    # --- lines and areas ---

    def _path(self, operands: list[Any]) -> None:
        self._drawing.drawn.shapes.go(self._state.ctm, operands)

    def _paint(self, _: list[Any]) -> None:
        drawn, state = self._drawing.drawn, self._state
        if state.fill or state.stroke:
            boxes = drawn.shapes.boxes()
            drawn.pieces.paint(state.fill, boxes)
            drawn.pieces.paint(state.stroke, boxes)
        self._clip()
        is_stroked = operator_of(self._content.instructions[self._number]) in _STROKING
        drawn.shapes.paint(state.width * state.ctm.stretch() / 2 if is_stroked else 0.0)

    def _forget(self, _: list[Any]) -> None:
        self._clip()
        self._drawing.drawn.shapes.forget()

    def _clip_next(self, _: list[Any]) -> None:
        self._hide([])
        self._clips = True

    def _clip(self) -> None:
        """Let the path be what is seen, if that was said of it (8.5.4)."""
        if self._clips:
            self._clips = False
            self._state.clip_to(self._drawing.drawn.shapes.rectangle_alone())

    def _inline(self, _: list[Any]) -> None:
        self._drawing.drawn.shapes.reach(around(Placed(None, self._state.ctm).corners()))

    def _shade(self, _: list[Any]) -> None:
        self._hide([])
        self._drawing.drawn.shapes.reach(EVERYWHERE)

    def _hide(self, _: list[Any]) -> None:
        self._drawing.drawn.shapes.may_hide = True

    def _begin_mark(self, operands: list[Any]) -> None:
        is_layer = bool(operands) and name_of(operands[0]) == "OC"
        if is_layer:
            self._hide([])
        self._marks.append(self._mark)
        text = marks.told(self._content, operands)
        above = self._mark
        self._mark = Mark(self._content, self._number, above, text, above.telling if above else None)
        self._mark.is_layer = is_layer or bool(above and above.is_layer)
        if text:
            self._mark.telling = self._mark

    def _begin_plain_mark(self, _: list[Any]) -> None:
        self._marks.append(self._mark)

    def _end_mark(self, _: list[Any]) -> None:
        if self._marks:
            self._mark = self._marks.pop()

    # --- text ---

    def _begin(self, _: list[Any]) -> None:
        self._text = self._line = Matrix()
        state, is_alone = self._state, self._start is None and self._drawing.for_labels
        start = Start(
            self._number,
            state.ctm,
            self._drawing.drawn.shapes.count,
            state.clip,
            not state.faint and not self._in_layer(),
        )
        self._start = start if is_alone else None

    def _end(self, _: list[Any]) -> None:
        self._start = None

    def _place(self, operands: list[Any]) -> None:
        self._text = self._line = matrix_of(pikepdf.Array(operands))

    def _move(self, operands: list[Any]) -> None:
        if len(operands) >= 2:
            shift = Matrix(e=number_of(operands[0]), f=number_of(operands[1]))
            self._text = self._line = shift.then(self._line)

    def _move_leading(self, operands: list[Any]) -> None:
        if len(operands) >= 2:
            self._state.leading = -number_of(operands[1])
            self._move(operands)

    def _next_line(self, _: list[Any]) -> None:
        self._text = self._line = Matrix(f=-self._state.leading).then(self._line)

    def _show(self, number: int, operator: str, operands: list[Any]) -> None:
        if operator == '"':
            self._state.word, self._state.char = number_of(operands[0]), number_of(operands[1])
        if operator in "\"'":
            self._next_line([])
        shown: list[Shown] = []
        line = Line(self._state, self._text)
        if self._drawing.for_labels and not self._above:
            self._tell(number, line)
        parts = operands[0] if operator == "TJ" else [operands[-1]]
        for part, each in enumerate(parts):
            if isinstance(each, pikepdf.String):
                self._string(number, part, bytes(each), shown, line)
            else:
                line.moved -= number_of(each) / _EM * self._state.size
        self._content.shown[number] = shown
        if self._state.font:
            self._content.fonts.setdefault(number, set()).add(self._state.font)
        self._text = line.after(self._text)
        if self._state.mode >= _CLIPPING:
            self._state.clip = NOWHERE

    def _tell(self, number: int, line: Line) -> None:
        """Let be known how an instruction shows its text, of so many as may have labels in their places."""
        if len(self._content.begun) >= _MOST_BEGUN:
            return
        now = self._state.setting(is_layer=self._in_layer())
        if now != self._setting:
            self._setting = now
        if self._start and self._start.matrix == self._state.ctm:
            self._content.begun[number] = Begun(self._setting, self._start, line.reach, line.is_mirrored)

    def _in_layer(self) -> bool:
        return bool(self._mark and self._mark.is_layer)

    def _string(self, number: int, part: int, raw: bytes, shown: list[Shown], line: Line) -> None:
        font, state = self._state.font, self._state
        em = state.size * (font.scale if font else 0.0)
        gaps = -_EM / state.size if state.size else 0.0
        codes = font.codes(raw) if font else unknown(raw)
        self._drawing.reader.count(len(raw))
        if len(self._found) + len(codes) > MOST_GLYPHS:
            raise DocumentError(*_TOO_MANY)
        at = 0
        for code in codes:
            until = at + code.length
            advance = code.advance * em + state.char
            if code.length == 1 and raw[at] == _BLANK:
                advance += state.word
            self._found.append(line.glyph(code.text, self._content, number, len(shown), advance, self._mark))
            shown.append(Shown(part, at, until, advance * gaps))
            line.moved += advance
            at = until
        if font and font.may_lie:
            self._drawing.drawn.has_liars = True
        if font and font.is_drawn:
            self._see_letters(font, codes, line)
        if state.fill or state.stroke:  # what letters let be seen of a pattern
            self._drawing.drawn.pieces.add()
            self._drawing.drawn.has_drawn_letters = True

    def _see_letters(self, font: Font, codes: list[Code], line: Line) -> None:
        """What a font's glyphs show that are drawings."""
        drawn, matrix = self._drawing.drawn, line.matrix(font)
        if not font.is_unsaid:
            drawn.has_drawn_letters = True
        elif not self._drawing.are_true(font, codes, line.level(font), self._content.resources, self._above):
            drawn.has_liars = drawn.has_drawn_letters = True
        if self._drawing.has_words(font, codes, matrix, self._content.resources, self._above):
            drawn.pieces.add()


_DOES: Final[dict[str, Callable[[_Run, list[Any]], None]]] = {
    "q": _Run._save, "Q": _Run._restore, "cm": _Run._concatenate, "gs": _Run._set_more, "Do": _Run._draw,
    "BT": _Run._begin, "ET": _Run._end, "Tm": _Run._place,
    "Td": _Run._move, "TD": _Run._move_leading, "T*": _Run._next_line,
    "Tf": _Run._set_font, "Tr": _Run._set_mode, "w": lambda run, operands: run._set("width", operands),
    "Tc": lambda run, operands: run._set("char", operands), "Tw": lambda run, operands: run._set("word", operands),
    "Tz": lambda run, operands: run._set("scale", operands, 0.01),
    "TL": lambda run, operands: run._set("leading", operands), "Ts": lambda run, operands: run._set("rise", operands),
    "m": lambda run, operands: run._drawing.drawn.shapes.start(run._state.ctm, operands),
    "re": lambda run, operands: run._drawing.drawn.shapes.rectangle(run._state.ctm, operands),
    "n": _Run._forget,
    "BDC": _Run._begin_mark, "BMC": _Run._begin_plain_mark, "EMC": _Run._end_mark,
    **dict.fromkeys(("cs", "g", "rg", "k"), _Run._fill_with), **dict.fromkeys(("scn", "sc"), _Run._fill_in),
    **dict.fromkeys(("SCN", "SC", "CS", "G", "RG", "K"), _Run._stroke_with),
    "W": _Run._clip_next, "W*": _Run._clip_next, "sh": _Run._shade, INLINE: _Run._inline,
    **dict.fromkeys("lcvy", _Run._path),
    **dict.fromkeys(("f", "F", "f*", "B", "B*", "b", "b*", "S", "s"), _Run._paint),
}  # fmt: skip
