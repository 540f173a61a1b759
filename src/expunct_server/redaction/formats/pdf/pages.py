"""The text of pages and of all else that is drawn: found as people read it, taken out glyph by glyph."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from expunct_server.redaction.formats.isolated.work import Edit, Text, Work
from expunct_server.redaction.formats.pdf import boxes, filled, labelling, layout, room, told
from expunct_server.redaction.formats.pdf.contents import Content, written
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.filled import Field
from expunct_server.redaction.formats.pdf.fonts import UNKNOWN
from expunct_server.redaction.formats.pdf.glyphs import Glyph
from expunct_server.redaction.formats.pdf.insides import EVERYWHERE, Box
from expunct_server.redaction.formats.pdf.placing import Drawn
from expunct_server.redaction.formats.pdf.values import Matrix, dictionary_of

_SEVERAL = 3  # glyphs; fewer are signs
_UNKNOWN = re.compile(rf"[{chr(UNKNOWN)}-\U000fffff]{{4,}}")  # fewer beside each other are bullets and arrows
_LOST = re.compile("(?<=a)u+(?=a)")  # in the marks' kinds


@dataclass(slots=True)
class Canvas:
    """Something with a content of its own: a page, an annotation's appearance, a pattern, a glyph of a Type 3 font.

    `place` is what it is called in locations; `left` and `bottom` are where its corner is, `shown` is what of it can be
    seen, `notes` are where annotations are; `glyphs` are what a page shows, cut or not. `unreadable` are the
    contents that show text of which nobody says what it is.
    """

    content: Content
    place: str
    is_page: bool = False
    left: float = 0.0
    bottom: float = 0.0
    shown: Box = EVERYWHERE
    notes: Sequence[Box] = ()
    glyphs: Sequence[Glyph] = ()
    labels: list[boxes.Label] = field(default_factory=list)
    unreadable: tuple[Content, ...] = ()

    def locate(self, glyphs: Sequence[Glyph]) -> str:
        owners = {id(glyph.content.owner): glyph.content.owner for glyph in glyphs}
        [*_, last] = owners.values() or [None]
        if isinstance(last, Field) and len(owners) == 1:
            return f"{self.place}, {last.place}"
        found = boxes.boxes_of(glyphs) if self.is_page else ()
        return f"{self.place}, {boxes.said(found, self.left, self.bottom)}" if found else self.place


def redact(work: Work, drawing: Drawing, canvas: Canvas, fields: Sequence[Field] = ()) -> str:
    """Find what has to go from a canvas and cut it out, for `finish` to write it; also with what is written into fields
    on it. Raises DocumentError.

    What was read comes back.
    """
    glyphs = drawing.glyphs(canvas.content, Matrix())
    canvas.glyphs = glyphs if canvas.is_page else ()
    before = {id(each) for each in glyphs if each.is_cut}  # of forms, on other pages
    found = layout.readings(glyphs)
    if any(_is_unreadable(each) for each in (*found.blocks, *found.letters)):
        canvas.unreadable = tuple({id(g.content): g.content for g in glyphs if g.text >= chr(UNKNOWN)}.values())
    said = [_ask_told(work, canvas, glyphs, found)]
    broken = [layout.block(run, "", mended=True) for each in found.blocks for run in layout.broken(each)]
    said.append(_ask(work, canvas, broken))  # first, since the other readings have parts of what is there
    blocks = [layout.block(each, "\n") for each in found.blocks]
    said.append(_ask(work, canvas, blocks))
    rows = [layout.block(each, "\t") for each in found.rows]
    said.append(_ask(work, canvas, rows))
    said.append(_ask(work, canvas, [layout.block(each, "") for each in found.letters], prose=False))
    unread = [layout.block(run, "\n") for run in _unread(found.strokes, [*blocks, *rows])]
    said.append(_ask(work, canvas, unread, prose=False))
    if fields:
        _ask_fields(work, canvas, glyphs, fields, before)
    return "\n".join(said)


def _ask_told(work: Work, canvas: Canvas, glyphs: list[Glyph], found: layout.Readings) -> str:
    """Have read what marks say that glyphs are, with the text around them. What was cut by that says nothing more in
    what was `found`, but for what stands there as something else: it may be a part of two values."""
    marked = told.find(glyphs)
    if not marked:
        return ""
    shown = [each for each in glyphs if not each.is_cut and not _is_told(each, marked)]
    blocks = layout.readings(told.glyphs(glyphs, marked.values())).blocks
    around = [each for each in blocks if any(_is_told(m.glyphs[0], marked) for s in each for m in s.marks)]
    broken = [layout.block(run, "", mended=True) for each in around for run in layout.broken(each)]
    said = [_ask(work, canvas, broken), _ask(work, canvas, [layout.block(each, "\n") for each in around])]
    for each in marked.values():
        each.finish()
    gone = {id(each) for each in shown if each.is_cut}
    _skip((*found.blocks, *found.rows, *found.strokes, *found.letters), lambda glyph: id(glyph) in gone)
    return "\n".join(said)


def _is_told(glyph: Glyph, marked: Container[int]) -> bool:
    return glyph.mark is not None and id(glyph.mark.telling) in marked


def _skip(read: Iterable[Sequence[layout.Segment]], is_gone: Callable[[Glyph], bool]) -> None:
    """Let what was cut in another reading say nothing."""
    for mark in (mark for each in read for segment in each for mark in segment.marks):
        if mark.said is None and is_gone(mark.glyphs[0]):
            mark.said = ""


def _ask_fields(
    work: Work, canvas: Canvas, glyphs: list[Glyph], fields: Sequence[Field], before: Container[int]
) -> None:
    """Have read what is written into fields with the text around them. `before` are the glyphs, by their `id`, that
    were cut before this page was read."""
    found = layout.readings([*glyphs, *filled.glyphs(fields, glyphs)])
    for read, between in ((found.rows, "\t"), (found.blocks, "\n"), (found.letters, "")):
        around = [each for each in read if any(_is_written(mark) for segment in each for mark in segment.marks)]
        _skip(around, lambda glyph: glyph.is_cut and id(glyph) not in before)
        _ask(work, canvas, [layout.block(each, between) for each in around], prose=bool(between))


def _is_written(mark: layout.Mark) -> bool:
    return isinstance(mark.glyphs[0].content.owner, Field)


def _is_unreadable(segments: Sequence[layout.Segment]) -> bool:
    """Whether what could be a value cannot be told; a row of the same glyphs, such as leaders, is none."""
    marks = [mark for segment in segments for mark in segment.marks]
    if any(_is_mixed(segment.marks) for segment in segments):
        return True
    glyphs = "".join(mark.text for mark in marks)
    if any(len(set(run)) > 1 for run in _UNKNOWN.findall("".join(glyphs.split()))):
        return True
    kinds = "".join("u" if m.text >= chr(UNKNOWN) else "a" if m.text.isalnum() else " " for m in marks)
    return any(_is_of_one_word(marks[lost.start() - 1 : lost.end() + 1]) for lost in _LOST.finditer(kinds))


def _is_mixed(marks: Sequence[layout.Mark]) -> bool:
    """Whether several letters of one word are lost, whatever is between them."""
    if sum(mark.text >= chr(UNKNOWN) for mark in marks) < _SEVERAL:
        return False
    return any(map(_is_lost, layout.words(marks)))


def _is_lost(word: Sequence[layout.Mark]) -> bool:
    """Whether lost letters may be a word's; three beside each other, and signs between them, are icons."""
    lost = {mark.text for mark in word if mark.text >= chr(UNKNOWN)}
    return len(lost) > _SEVERAL or (len(lost) == _SEVERAL and any(mark.text.isalnum() for mark in word))


def _is_of_one_word(marks: Sequence[layout.Mark]) -> bool:
    """Whether one instruction shows them, in one font then, and what is between the first and the last has a width."""
    shown = {(id(mark.glyphs[0].content), mark.glyphs[0].instruction) for mark in marks}
    return len(shown) == 1 and any(mark.advance > 0 for mark in marks[1:-1])


def _unread(groups: Sequence[Sequence[layout.Segment]], read: Sequence[layout.Block]) -> Iterator[list[layout.Segment]]:
    """What stands beside each other in the order of drawing alone: other programs read in that order."""
    known = {(id(one), id(other)) for each in read for one, other in pairwise(each.all_marks)}
    for strokes in groups:
        run: list[layout.Segment] = []
        for one, other in zip(strokes, [*strokes[1:], None], strict=True):
            run.append(one)
            if other is None or (id(one.marks[-1]), id(other.marks[0])) in known:
                if len(run) > 1 or any((id(a), id(b)) not in known for a, b in pairwise(one.marks)):
                    yield run
                run = []


def _ask(work: Work, canvas: Canvas, read: Sequence[layout.Block], *, prose: bool = True) -> str:
    """Have texts redacted; all of them, as they were and as they are now."""
    asked = [each for each in read if each.text.strip()]

    def locate(number: int, edit: Edit) -> str:
        return canvas.locate(_glyphs(asked[number], edit))

    answers = work.redacted([Text(each.text, prose=prose) for each in asked], locate)
    for each, answer in zip(asked, answers, strict=True):
        for edit in answer.edits:
            _cut(canvas, each, edit)
    return "\n".join([*(each.text for each in read), *(answer.text for answer in answers)])


def _glyphs(block: layout.Block, edit: Edit) -> list[Glyph]:
    return [glyph for mark in _marks(block, edit) for glyph in mark.glyphs]


def _marks(block: layout.Block, edit: Edit) -> list[layout.Mark]:
    """From the first to the last that a finding is of, with what is between them and says nothing."""
    return [mark for mark in block.within(edit.start, edit.end) if mark.said is None]


def _cut(canvas: Canvas, block: layout.Block, edit: Edit) -> None:
    marks = _marks(block, edit)
    glyphs = [glyph for mark in marks for glyph in mark.glyphs]
    drawn = [glyph for glyph in glyphs if not isinstance(glyph.content.owner, Field)]
    if drawn:
        canvas.labels.append(boxes.label_of(drawn, edit))
    _fill(glyphs, edit)
    for glyph in glyphs:
        glyph.cut()
    for number, mark in enumerate(marks):
        mark.said = "" if number else f"<{edit.entity_type}>"  # a realistic replacement would be found again


def _fill(glyphs: Sequence[Glyph], edit: Edit) -> None:
    """Let fields know what of them was found."""
    found: dict[int, list[Glyph]] = {}
    for glyph in glyphs:
        found.setdefault(id(glyph.content.owner), []).append(glyph)
    for inside in found.values():
        owner = inside[0].content.owner
        if isinstance(owner, Field):
            owner.lose({glyph.number for glyph in inside}, edit, is_part=len(found) > 1)


# --- writing ----------------------------------------------------------------------------------------------------------


def finish(work: Work, canvas: Canvas, drawn: Drawn | None = None) -> bytes:
    """The content with boxes over what was cut: in its text, where `drawn` is what a page draws, or else at its end."""
    if not canvas.labels:
        return written(canvas.content)
    name = boxes.font_name(dictionary_of(canvas.content.resources.get("/Font")))
    signs = boxes.signs(canvas.labels, work.preserve_labels)
    if drawn is not None and not work.surveying:
        signs = room.widened(signs, canvas.glyphs, drawn, canvas.shown, canvas.notes)
        signs = labelling.put(canvas.content, signs, drawn, name)
    return b"q\n" + written(canvas.content) + b"\nQ\n" + boxes.drawn(signs, name)
