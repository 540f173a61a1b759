"""Text on pages: found as people read it, gone without moving the rest, and labelled where it was."""

import io
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import ImageChops, ImageDraw

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.marks import Placed, marks_on
from expunct_server.redaction.formats.pdf import boxes, cmaps
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.values import Matrix
from tests.redaction.formats.pdf.papers import drawn, form, letters, line, paper, picture, redacted, text

MAIL = "jane@example.com"
LABEL = "<EMAIL_ADDRESS>"


def test_what_is_not_removed_stays_where_it_was_to_the_pixel():
    source = paper(line(f"before {MAIL} after") + line("below", 170) + b"1 0 0 rg 300 20 50 50 re f")
    output, findings, _ = redacted(source)

    [finding] = findings
    assert finding.location == "page 1, box 77 197 184 210"
    target = io.BytesIO()
    source.save(target)
    before, after = letters(target.getvalue()), letters(output)
    kept = [each for each in before if each[0] in "beforaftlw" and not 77 < each[1][0] < 184]
    assert [each for each in kept if each not in after] == []
    one, other = picture(target.getvalue()), picture(output)
    for each in (one, other):  # pixels, two of a point, from the top
        ImageDraw.Draw(each).rectangle((152, 600 - 2 * 211, 370, 600 - 2 * 196), fill="white")
    assert ImageChops.difference(one, other).getbbox() is None


@pytest.mark.parametrize(
    "content",
    [
        b"BT /F1 12 Tf 40 200 Td [(ja) 30 (ne@exa) -40 (mp) 0 (le.com)] TJ ET",
        b"BT /F1 12 Tf 40 200 Td (jane@) Tj (example) Tj (.com) Tj ET",
        b"BT /F1 12 Tf 40 200 Td (jane@) Tj ET BT /F1 12 Tf 75.4 200 Td (example.com) Tj ET",
        b"BT /F1 12 Tf 75.4 200 Td (example.com) Tj ET BT /F1 12 Tf 40 200 Td (jane@) Tj ET",
        b"BT /F1 12 Tf 40 200 Td (jane@) Tj ET q BT 75.4 200 Td /F1 11.8 Tf (example.com) Tj ET Q",
        b"q 0.5 0 0 0.5 20 100 cm BT /F1 24 Tf 40 200 Td (jane@example.com) Tj ET Q",
        b"BT /F1 1 Tf 12 0 0 12 40 200 Tm (jane@example.com) Tj ET",
        b"BT /F1 12 Tf 1 0 0.3 1 40 200 Tm (jane@example.com) Tj ET",
        b"BT /F1 12 Tf 6 Tc 40 200 Td (jane@example.com) Tj ET",
        b"BT /F1 12 Tf 40 200 Td <6a616e65406578616d706c652e636f6d> Tj ET",
        b"Q Q BT /F1 12 Tf 40 200 Td (jane@example.com) Tj ET q q",
        b"0 g BT /F1 12 Tf 14 TL 40 214 Td (jane@example.com) ' ET",
        b"BT /F2 12 Tf 40 200 Td (jane@) Tj 12 0 0 12 76 203 Tm 5 Ts ( ) Tj 0 Ts 12 0 0 12 76 200 Tm "
        b"/F2 1 Tf (example.com) Tj ET",
    ],
)
def test_a_value_is_whole_however_it_is_drawn(content):
    output, findings, _ = redacted(paper(content + line("below", 60)))

    assert [f.text for f in findings] == [MAIL]
    assert "below" in text(output)
    assert "jane" not in text(output) and "exam" not in text(output)
    assert LABEL in text(output)


def test_the_widths_of_single_letters_cannot_be_told_from_the_gap():
    output, _, _ = redacted(paper(b"BT /F1 12 Tf 40 200 Td [(a: ja) 30 (ne@example.com) 20 (; b)] TJ ET"))

    with pikepdf.open(io.BytesIO(output)) as pdf:
        shown = [i.operands[0] for i in pikepdf.parse_content_stream(pdf.pages[0]) if str(i.operator) == "TJ"]
    assert [type(each).__name__ for part in shown for each in part] == ["Object", "Object", "int", "Decimal", "Object"]
    assert [bytes(shown[0][0]), bytes(shown[2][1])] == [b"a: ", b"; b"]


def test_columns_are_read_one_by_one_and_also_side_by_side():
    source = paper(
        line("Left text jane@", 200) + line("right text", 200, 240) + line("219-09-9998 SSN", 186, 240)
        + line("SSN:", 100) + line("219099998", 100, 140)
    )  # fmt: skip
    output, findings, _ = redacted(source)

    assert sorted((f.text, f.location) for f in findings) == [
        ("219-09-9998", "page 1, box 240 183 308 196"),
        ("219099998", "page 1, box 140 97 200 110"),
    ]
    assert "9998" not in text(output)


def test_words_that_are_drawn_twice_to_look_bold_are_said_once():
    output, findings, _ = redacted(paper(line(MAIL) + b"BT /F1 12 Tf 40.4 200 Td (jane@example.com) Tj ET"))

    assert [f.text for f in findings] == [MAIL]
    assert text(output).strip() == LABEL


def test_spaced_out_letters_are_a_word():
    _, findings, _ = redacted(paper(b"BT /F1 12 Tf 5 Tc 40 200 Td (to jane@example.com) Tj ET"))

    assert [f.text for f in findings] == [MAIL]


def test_the_page_may_be_turned_and_its_corner_anywhere():
    source = paper(b"BT /F1 12 Tf 0 1 -1 0 140 160 Tm (jane@example.com) Tj ET")
    source.pages[0].obj.MediaBox = Array([100, 100, 500, 400])
    source.pages[0].obj.Rotate = 270
    _, findings, _ = redacted(source)

    assert [f.location for f in findings] == ["page 1, box 30 60 43 166"]


def test_what_goes_over_the_end_of_a_line_has_a_box_for_each():
    source = paper(line("please now write to jane@") + line("example.com. 5. Holidays", 186))
    _, [finding], _ = redacted(source)

    assert finding.location == "page 1, box 146 197 181 210 and box 40 183 111 196"
    marks = marks_on(1, [Placed(finding.location, LABEL)])
    assert [tuple(each)[:4] for each in marks] == [(146, 197, 181, 210), (40, 183, 111, 196)]


def test_the_boxes_of_many_lines_end():
    place = "page 1, " + boxes.said([boxes.Box(-1234567, y, 1, 0, 1e6, 9) for y in range(-2000000, -2000015, -1)], 0, 0)

    assert len(place) < 500 and place.endswith(" and so on")
    assert len(marks_on(1, [Placed(place, LABEL)])) == 10


def test_a_form_that_is_drawn_twice_is_redacted_once_and_labelled_twice():
    source = paper(b"q 1 0 0 1 0 0 cm /X1 Do Q q 1 0 0 1 0 -100 cm /X1 Do Q")
    source.pages[0].obj.Resources.XObject = Dictionary(X1=form(source, line(MAIL)))
    output, findings, _ = redacted(source)

    assert [f.location for f in findings] == ["page 1, box 40 197 146 210", "page 1, box 40 97 146 110"]
    assert text(output).split() == [LABEL, LABEL]


def test_a_value_that_is_in_a_form_and_beside_it_is_whole():
    source = paper(line("jane@") + b"/X1 Do")
    source.pages[0].obj.Resources.XObject = Dictionary(X1=form(source, b"BT /F1 12 Tf 75.4 200 Td (example.com) Tj ET"))
    output, findings, _ = redacted(source)

    assert [f.text for f in findings] == [MAIL]
    assert "example" not in text(output)


# --- labels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "labels", "said", "colour"),
    [
        ("mask", True, LABEL, (230, 230, 230)),
        ("mask", False, "<REDACTED>", (230, 230, 230)),
        ("number", True, "<EMAIL_ADDRESS_1>", (230, 230, 230)),
        ("black_box", True, LABEL, (0, 0, 0)),
        ("black_box", False, "", (0, 0, 0)),
        ("blur", True, "", (127, 127, 127)),
        ("drop", True, "", (255, 255, 255)),
    ],
)
def test_what_stands_there_instead(method, labels, said, colour):
    output, findings, _ = redacted(paper(line(MAIL)), method=method, preserve_labels=labels)

    assert len(findings) == 1
    assert text(output).strip() == said
    image = picture(output)
    assert all(abs(a - b) < 3 for a, b in zip(image.getpixel((82, 600 - 2 * 198)), colour, strict=True))


def test_a_realistic_value_is_written_and_not_found_again():
    output, findings, _ = redacted(paper(line(f"to {MAIL}")), method="realistic")

    [finding] = findings
    assert text(output).split() == ["to", finding.replacement]


def test_a_label_fits_into_its_box_and_can_still_be_read():
    output, _, _ = redacted(paper(b"BT /F1 5 Tf 40 200 Td (a j@b.co b) Tj ET"))

    first, *label, last = letters(output)
    assert text(output).strip() == f"a {LABEL} b"
    assert all(first[1][2] < box[0] and box[2] < last[1][0] for _, box in label)


# --- fonts ------------------------------------------------------------------------------------------------------------


def composite(pdf: pikepdf.Pdf, encoding: object, table: str | None, **more: object) -> Dictionary:
    inner = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType0, BaseFont=Name.Made, DW=500,
        CIDSystemInfo=Dictionary(
            Registry=String("Adobe"), Ordering=String(str(more.get("ordering", "Identity"))), Supplement=0
        ),
    )  # fmt: skip
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Made, Encoding=encoding, DescendantFonts=Array([inner])
    )
    if table is not None:
        font.ToUnicode = pdf.make_stream(table.encode())
    return font


def test_codes_of_one_and_two_bytes_are_told_apart():
    source = paper(b"BT /F3 12 Tf 40 200 Td <6a616e6581408142> Tj ET")
    codes = b"""begincmap 2 begincodespacerange <00> <80> <8140> <9ffc> endcodespacerange
        2 begincidrange <00> <80> 0 <8140> <81ff> 500 endcidrange endcmap"""
    encoding = source.make_stream(codes, Type=Name.CMap, CMapName=Name.Made)
    table = "begincmap 2 beginbfrange <61> <7a> <0061> <8140> <8142> [<0040> <0041> <006500780061006d0070006c0065002e0063006f006d>] endbfrange endcmap"  # noqa: E501
    source.pages[0].obj.Resources.Font.F3 = composite(source, encoding, table)
    output, findings, _ = redacted(source)

    assert [f.text for f in findings] == [MAIL]
    assert LABEL in text(output)


@pytest.mark.parametrize("encoding", ["/UniGB-UCS2-H", "/UniGB-UCS2-V"])
def test_a_font_of_a_standard_collection_needs_no_table(encoding):
    source = paper(b"BT /F3 12 Tf 100 290 Td <" + MAIL.encode("utf-16-be").hex().encode() + b"> Tj ET")
    source.pages[0].obj.Resources.Font.F3 = composite(source, Name(encoding), None, ordering="GB1")
    output, findings, _ = redacted(source)

    assert [f.text for f in findings] == [MAIL]
    assert text(output).split() == [LABEL]


def test_a_bullet_or_a_row_of_dots_in_such_a_font_is_no_reason():
    source = paper(b"BT /F3 12 Tf 40 200 Td <00010001000100010001> Tj /F1 12 Tf 0 -20 Td ( jane@example.com) Tj ET")
    source.pages[0].obj.Resources.Font.F3 = composite(source, Name("/Identity-H"), None)
    _, findings, _ = redacted(source)

    assert [f.text for f in findings] == [MAIL]


def test_codes_of_nothing_between_letters_hide_no_value():
    shown = "\\001".join(MAIL)
    output, findings, _ = redacted(paper(f"BT /F1 12 Tf 40 200 Td (to {shown}) Tj ET".encode()))

    assert [f.text for f in findings] == [MAIL]
    assert text(output).split() == ["to", LABEL]


def test_nothing_that_nobody_sees_is_left_in_what_is_drawn():
    hidden = b"% jane@example.com\n(jane@example.com) odd /A (jane@example.com) w [(jane@example.com)] 0 d\n"
    output, _, summary = redacted(paper(hidden + line("x") + b"BT /F1 9 Tf 200 99 Td (jane@example.com) (y) Tj ET"))

    assert b"jane" not in drawn(output)
    assert text(output).split() == ["x", "y"]
    assert summary.findings_count == 0


# --- tables of fonts --------------------------------------------------------------------------------------------------


def numbered(pdf: Pdf, parts: list[str]) -> Dictionary:
    """A subset font that numbers its glyphs as they are used first, in its table and in their names."""
    pairs = "\n".join(f"<{i:02x}> <{part.encode('utf-16-be').hex()}>" for i, part in enumerate(parts))
    table = f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 9 beginbfchar\n{pairs}\nendbfchar endcmap"
    return Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Made, FirstChar=0, LastChar=len(parts) - 1,
        Widths=Array([600] * len(parts)), ToUnicode=pdf.make_stream(table.encode()),
        Encoding=pdf.make_indirect(Dictionary(Differences=Array([0, *(Name(f"/{part}") for part in parts)]))),
    )  # fmt: skip


@pytest.mark.parametrize("parts", [["jan", "e@e", "xam", "ple", ".com"], list("jane@xmpl.co")])
def test_tables_of_fonts_do_not_spell_what_was_cut(parts: list[str]):
    source = paper(b"")
    said = "".join(parts) if len(parts) < 9 else MAIL
    shown = bytes(range(5)) if len(parts) < 9 else bytes(parts.index(c) for c in MAIL)
    font = source.make_indirect(numbered(source, [*parts, "x", "y"]))
    content = b"BT /F9 12 Tf 40 200 Td <" + shown.hex().encode() + b"> Tj 0 -20 Td <%02x> Tj ET\n" % len(parts)
    source.pages[0].obj.Resources.Font.F9 = font
    source.pages[0].obj.Contents = source.make_stream(content)
    output, findings, _ = redacted(source)

    assert [f.text for f in findings] == [said] == [MAIL]
    with pikepdf.open(io.BytesIO(output)) as pdf:
        after = pdf.pages[0].Resources.Font.F9
        table = cmaps.parsed(after.ToUnicode.read_bytes()).texts
        names = [str(each) for each in list(after.Encoding.Differences)[1:]]
    assert table == {len(parts): "x", len(parts) + 1: "y"}
    assert names == [*["/.notdef"] * len(parts), "/x", "/y"]


@pytest.mark.parametrize("number", [int, lambda said: Decimal(f"{said}.0")])
def test_numbers_of_fonts_may_be_reals(number: Any):
    source = paper(b"BT /F3 12 Tf 40 200 Td <" + MAIL.encode("utf-16-be").hex().encode() + b"> Tj ET")
    font = composite(source, Name("/UniGB-UCS2-H"), None, ordering="GB1")
    font.DescendantFonts[0].W = Array([number(60), number(100), number(400)])
    source.pages[0].obj.Resources.Font.F3 = font
    other = numbered(source, ["j", "a", "n", "e"])
    del other.ToUnicode
    other.Encoding.Differences = Array([number(0), *(Name(f"/{each}") for each in "jane")])
    source.pages[0].obj.Resources.Font.F9 = other
    content = source.pages[0].Contents.read_bytes()
    second = b" BT /F9 12 Tf 40 100 Td <00010203> Tj /F1 12 Tf (@example.com) Tj ET"
    source.pages[0].obj.Contents = source.make_stream(content + second)
    _, findings, _ = redacted(source)

    assert [f.location for f in findings] == ["page 1, box 40 197 119 210", "page 1, box 40 97 152 110"]


def test_what_another_page_still_shows_stays_in_the_table():
    source = paper(b"BT /F9 12 Tf 40 200 Td <0001020304> Tj ET", b"BT /F9 12 Tf 40 200 Td <02> Tj ET")
    font = source.make_indirect(numbered(source, ["jan", "e@e", "xam", "ple", ".com"]))
    for page in source.pages:
        page.obj.Resources.Font.F9 = font
    output, _, _ = redacted(source)

    with pikepdf.open(io.BytesIO(output)) as pdf:
        assert cmaps.parsed(pdf.pages[0].Resources.Font.F9.ToUnicode.read_bytes()).texts == {2: "xam"}
    assert b"<02> Tj" in drawn(output, 1) or b"(\\002) Tj" in drawn(output, 1)


# --- labels in several boxes and in other letters ---------------------------------------------------------------------


def test_a_value_in_two_lines_has_its_label_in_both():
    output, findings, _ = redacted(paper(line("to jane@exam-") + line("ple.com and more", 186)))

    assert len(findings) == 1
    assert text(output).split().count(LABEL) == 2


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("<PERSÖNLICH>", "<PERSÖNLICH>"),
        ("Wałęsa Dvořák", "Walesa Dvorák"),
        ("Иван", "<EMAIL_ADDRESS>"),
        ("山田", "<EMAIL_ADDRESS>"),
    ],
)
def test_a_label_in_letters_that_the_font_lacks_is_legible_and_said(said: str, shown: str):
    edit = Edit(0, 1, said, "EMAIL_ADDRESS", "mask")
    drawn_ = boxes.drawn(boxes.signs([boxes.Label((boxes.Box(40, 200, 1, 0, 150, 14),), edit)], True))
    source = paper(drawn_)
    source.pages[0].obj.Resources.Font[boxes.FONT] = boxes.font()
    data = io.BytesIO()
    source.save(data)

    assert shown.encode("cp1252").hex().encode() in drawn_
    assert text(data.getvalue()).strip() in (said, shown)
    assert (("\ufeff" + said).encode("utf-16-be").hex().encode() in drawn_) is (said != shown)


def test_a_font_of_the_documents_own_keeps_its_name():
    source = paper(b"BT /ExpunctLabels 12 Tf 40 100 Td (kept) Tj ET\n" + line(MAIL))
    source.pages[0].obj.Resources.Font["/ExpunctLabels"] = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Courier
    )
    output, _, _ = redacted(source)
    again, _, _ = redacted(output)

    assert sorted(text(output).split()) == [LABEL, "kept"]
    for data in (output, again):
        with pikepdf.open(io.BytesIO(data)) as pdf:
            fonts = pdf.pages[0].Resources.Font
            assert fonts.ExpunctLabels.BaseFont == Name.Courier
            assert fonts.ExpunctLabels2.BaseFont == Name.Helvetica and "/ExpunctLabels3" not in fonts


def test_a_content_may_show_so_many_letters(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("expunct_server.redaction.formats.pdf.drawing.MOST_GLYPHS", 20)
    source = paper(line("twenty letters and more"))
    drawing = Drawing()
    with pytest.raises(DocumentError) as caught:
        drawing.glyphs(drawing.reader.read(source.pages[0], source.pages[0].Resources), Matrix())
    assert (caught.value.code, caught.value.detail[:26]) == ("too_large", "A page may have 1,000,000 ")


def test_a_form_without_resources_is_read_with_those_of_each_page():
    source = paper(b"/X Do", b"/X Do")
    shown = source.make_stream(
        b"BT /F1 12 Tf 40 200 Td (abcdefghijklmnop) Tj ET", Type=Name.XObject, Subtype=Name.Form,
        BBox=Array([0, 0, 400, 300]),
    )  # fmt: skip
    for page, said in zip(source.pages, ("abcdefghijklmnop", MAIL), strict=True):
        called = [Name("/" + {"@": "at", ".": "period"}.get(each, each)) for each in said]
        page.obj.Resources.Font.F1.Encoding = Dictionary(Differences=Array([97, *called]))
        page.obj.Resources.XObject = Dictionary(X=shown)
    output, findings, _ = redacted(source)

    assert [(f.text, f.location.partition(",")[0]) for f in findings] == [(MAIL, "page 2")]
    assert [text(output, page).strip() for page in (0, 1)] == ["", LABEL]
