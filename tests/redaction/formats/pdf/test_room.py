"""Boxes that are too short for their labels grow over what is blank beside them, and over nothing else."""

import pytest
from pikepdf import Array, Dictionary, Name

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.pdf import boxes, room, spots
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.insides import Box
from expunct_server.redaction.formats.pdf.values import Matrix, inherited
from tests.redaction.formats.pdf.papers import form, letters, line, paper, redacted, saved, text

LABEL = "<EMAIL_ADDRESS>"  # 48 points long where it is easy to read in a line of 12 points
PAGE: Box = (0, 0, 400, 300)


def grown(content: bytes, *more: Dictionary) -> list[tuple[int, int]]:
    """From where to where labels are, once they have room: of digits, a label for each run of one digit."""
    source = paper(content)
    page = source.pages[0].obj
    page.Resources.XObject = Dictionary(
        Form=form(source, line("in a form", 200, 130)),
        Image=source.make_stream(b"\x80", Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8,
                                 ColorSpace=Name.DeviceGray),
    )  # fmt: skip
    page.Annots = Array(more)
    drawing = Drawing(for_labels=True)
    read = drawing.reader.read(source.pages[0], inherited(page, "/Resources"))
    glyphs = drawing.glyphs(read, Matrix())
    labels = []
    for digit in "123":
        gone = [each for each in glyphs if each.text == digit]
        for each in gone:
            each.cut()
        if gone:
            labels.append(boxes.label_of(gone, Edit(0, 1, LABEL, "EMAIL_ADDRESS", "mask")))
    found = room.widened(boxes.signs(labels, True), glyphs, drawing.drawn, PAGE, spots.annotated(page))
    return [(round(each.box.x), round(each.box.x + each.box.length)) for each in found]


ALONE = [(100, 148)]  # 13 points of the value, and what it grows to the right
LEFT = [(80, 129)]
SAME = [(100, 113)]


@pytest.mark.parametrize(
    ("content", "extents"),
    [
        (line("11", 200, 100), ALONE),
        (line("11111111111111", 200, 100), [(100, 193)]),
        (line("11", 200, 100) + line("after", 200, 130), LEFT),
        (line("11", 200, 100) + line("before", 200, 60) + line("after", 200, 130), [(95, 129)]),
        (line("11", 200, 100) + line("up", 212, 120) + line("below", 188, 120), ALONE),
        (line("11", 200, 100) + line("raised", 205, 120), [(70, 119)]),
        (line("11", 200, 380), [(350, 398)]),
        (line("11", 200, 100) + b"/Form Do", LEFT),
        (line("11 ", 200, 100) + line("22", 200, 130), [(80, 128), (130, 178)]),
        (line("11", 200, 100) + b"BT 3 Tr /F1 12 Tf 130 200 Td (unseen) Tj ET", LEFT),
    ],
    ids=["end", "long", "start", "between", "lines", "overlapping", "page", "form", "label", "unseen"],
)
def test_a_label_grows_between_the_letters_of_its_line(content: bytes, extents: list[tuple[int, int]]):
    assert grown(content) == extents


@pytest.mark.parametrize(
    ("drawn", "extents"),
    [
        (b"130 150 m 130 250 l S", [(80, 128)]),
        (b"95 190 m 95 220 l 130 190 m 130 220 l S", [(97, 128)]),
        (b"60 190 m 300 190 l S", ALONE),
        (b"60 198 m 300 198 l S", SAME),
        (b"0.9 g 130 190 20 20 re f", [(80, 128)]),
        (b"0.9 g 80 190 50 40 re f", [(82, 128)]),
        (b"0.9 g 0 0 400 300 re f 90 190 40 40 re S", [(92, 128)]),
        (b"q 1 0.1 -0.1 1 0 0 cm 0 0 400 400 re f Q", SAME),
        (b"0 0 m 400 0 l 400 300 l 0 300 l h S", SAME),
        (b"q 100 0 0 50 130 190 cm /Image Do Q", [(80, 128)]),
        (b"q 400 0 0 300 0 0 cm /Image Do Q", SAME),
        (b"q 300 0 0 50 0 0 cm /Image Do Q", ALONE),
        (b"q 90 0 40 300 re W n", [(92, 128)]),
    ],
    ids=["rule", "two rules", "rule below", "rule under it", "area", "background", "cell", "turned", "lines around",
         "picture", "scan", "picture elsewhere", "clip"],
)  # fmt: skip
def test_a_label_grows_over_no_drawing_but_the_cell_that_it_is_in(drawn: bytes, extents: list[tuple[int, int]]):
    assert grown(drawn + b" 0 g " + line("11", 200, 100)) == extents


def test_a_label_grows_over_no_annotation_but_links():
    place = {"Type": Name.Annot, "Rect": Array([300, 220, 130, 190])}
    assert grown(line("11", 200, 100), Dictionary(Subtype=Name.Stamp, **place)) == [(80, 128)]
    assert grown(line("11", 200, 100), Dictionary(Subtype=Name.Link, **place)) == ALONE


def test_a_label_grows_over_what_another_does_not_need_and_not_over_a_box_without_one():
    after = line("22", 200, 235) + line("after", 200, 250)
    assert grown(line("1" * 20, 200, 100) + after) == [(100, 233), (200, 249)]
    assert grown(line("1", 200, 226) + line("1" * 20, 100, 100) + after) == [(226, 233), (100, 233), (234, 249)]


def test_a_line_that_is_not_level_and_a_page_that_has_to_be_looked_at_stay_as_they_are():
    assert grown(b"BT /F1 12 Tf 0 1 -1 0 100 100 Tm (11) Tj ET") == [(103, 116)]
    assert grown(b"BT /F1 12 Tf 0.9 0.4 -0.4 0.9 100 100 Tm (11) Tj ET") == [(101, 114)]
    letters_ = b"".join(b"%d 9 m %d 20 l %d 9 l h f " % (x, x + 3, x + 6 + x % 7) for x in range(20, 200, 11))
    assert grown(letters_ + line("11", 200, 100)) == SAME


def test_a_label_that_has_grown_is_where_its_box_is_and_what_is_beside_it_stays():
    source = paper(b"BT /F1 12 Tf 90 200 Td (j@b.co) Tj ( to here) Tj ET " + line("left", 200, 40))
    before = [each for each in letters(saved(source)) if each[1][0] < 80 or each[1][0] > 128]
    output, _, _ = redacted(source)

    after = letters(output)
    assert text(output).split() == ["left", LABEL, "to", "here"]
    label = [box for _, box in after[4 : 4 + len(LABEL)]]
    assert after[:4] + after[4 + len(LABEL) :] == before
    assert 60 < min(left for left, _, _, _ in label) < 85 and max(right for _, _, right, _ in label) < 131


def test_letters_of_a_label_are_narrower_before_they_are_smaller():
    output, _, _ = redacted(paper(line("to j@b.co or")))
    assert min(top - bottom for letter, (_, bottom, _, top) in letters(output) if letter in "EMAIL") > 6


def test_the_box_of_a_glyph_is_that_of_a_line_of_it_alone():
    source = paper(line("up") + b"BT /F1 12 Tf 0.9 0.4 -0.4 0.9 100 100 Tm (on) Tj /F1 -12 Tf (back) Tj ET")
    drawing = Drawing()
    content = drawing.reader.read(source.pages[0], inherited(source.pages[0].obj, "/Resources"))
    for glyph in drawing.glyphs(content, Matrix()):
        [box] = boxes.boxes_of([glyph])
        assert boxes.box_of(glyph) == pytest.approx(box)
