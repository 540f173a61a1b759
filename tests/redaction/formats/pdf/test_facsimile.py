"""Pages whose letters cannot be told: they become pictures, which are read as any other is."""

import io
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import ImageChops

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.pdf import facsimile, redacting
from tests.redaction.formats.pdf.papers import (
    form,
    line,
    nameless,
    paper,
    picture,
    redacted,
    saved,
    text,
    unsaid,
)
from tests.redaction.formats.pdf.test_documents import here
from tests.redaction.formats.pdf.test_pages import composite

MAIL = "jane@example.com"
LABEL = "<EMAIL_ADDRESS>"
LETTERS = "".join(sorted(set(f"to {MAIL} bob /")))
NOTE = (
    "Page 1 became a picture, since fonts do not say what their letters are, or letters are drawings: text there was "
    "read as on a scan, and can no longer be selected; look at them."
)


def unlettered(*contents: bytes) -> Pdf:
    """A document with such a font, F3, on each page."""
    source = paper(*contents)
    font = nameless(source, LETTERS)
    for page in source.pages:
        page.obj.Resources.Font.F3 = font
    return source


def said(data: bytes) -> bytes:
    """All streams and strings of a document."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        streams = [each for each in pdf.objects if isinstance(each, pikepdf.Stream)]
        return b"\n".join(
            [each.unparse(resolved=True) for each in pdf.objects] + [each.read_bytes() for each in streams]
        )


def test_what_is_read_there_goes_from_the_rest_and_what_is_read_elsewhere_goes_from_there():
    source = unlettered(
        unsaid(f"to {MAIL}", LETTERS, 150) + unsaid("bob / example / com", LETTERS, 110),
        line("also jane / example / com", 200) + line("bob@example.com", 100),
    )
    source.pages[0].obj.MediaBox = Array([30, 100, 230, 170])
    output, findings, summary = redacted(source)

    assert sorted((f.text, str(f.location).partition(", box")[0]) for f in findings) == [
        ("bob / example / com", "page 1, as it is seen"),
        ("bob@example.com", "page 2"),
        ("jane / example / com", "page 2"),
        (MAIL, "page 1, as it is seen"),
    ]
    assert summary.notes == (NOTE,)
    assert text(output, 0) == "" and text(output, 1).split() == ["also", LABEL, LABEL]
    before, after = (picture(each).crop((0, 0, 44, 60)) for each in (saved(source), output))
    assert ImageChops.difference(before, after).resize((22, 30)).convert("L").getextrema()[1] < 60  # "to" is as it was


def test_what_could_be_read_is_not_in_the_picture():
    source = unlettered(unsaid("to bob", LETTERS) + line(MAIL, 100))
    output, notes = here(saved(source), reads=True)

    assert notes == [NOTE]
    pale = [colour for _, colour in picture(output).crop((82, 380, 280, 410)).getcolors()]
    assert (230, 230, 230) in pale  # the label's box
    assert b"jane" not in said(output) and b"/Font" not in output


@pytest.mark.parametrize("turned", [0, 90, 270])
def test_the_picture_lies_where_the_page_was(turned):
    source = unlettered(unsaid("to bob", LETTERS) + b"1 0 0 rg 300 20 50 50 re f")
    page = source.pages[0].obj
    page.MediaBox, page.CropBox, page.Rotate = Array([-10, 10, 390, 310]), Array([20, 15, 380, 300]), turned
    page.StructParents = 0
    note = Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]), Contents=String(MAIL))
    page.Annots = Array([note])
    output, _ = here(saved(source), reads=True)

    difference = ImageChops.difference(picture(saved(source)), picture(output)).convert("L")
    assert difference.resize((difference.width // 8, difference.height // 8)).getextrema()[1] < 60
    with pikepdf.open(io.BytesIO(output)) as pdf:
        after = pdf.pages[0].obj
        assert [after.Rotate, *after.CropBox] == [turned, 20, 15, 380, 300]
        assert str(after.Annots[0].Contents) == LABEL
        assert list(after.Resources.keys()) == ["/XObject"] and "/StructParents" not in after
        assert after.Resources.XObject.Page.ColorSpace == Name.DeviceRGB


def test_units_of_a_page_may_be_of_many_points():
    source = unlettered(b"q 0.1 0 0 0.1 0 0 cm " + unsaid("to bob", LETTERS) + b" Q")
    source.pages[0].obj.MediaBox, source.pages[0].obj.UserUnit = Array([0, 0, 40, 30]), 10
    output, _ = here(saved(source), reads=True)

    with pikepdf.open(io.BytesIO(output)) as pdf:
        drawn = pdf.pages[0].Resources.XObject.Page
        assert (drawn.Width, drawn.Height, drawn.ColorSpace) == (1112, 834, Name.DeviceGray)


@pytest.mark.parametrize("shown", ["0001000200030004", "0102", "0001002000020020000300200004"])
def test_a_font_that_does_not_say_what_its_letters_are_is_no_text(shown):
    source = paper(b"BT /F3 12 Tf 40 200 Td <" + shown.encode() * 3 + b"> Tj ET")
    source.pages[0].obj.Resources.Font.F3 = composite(source, Name("/Identity-H"), None)
    if shown == "0102":
        source.pages[0].obj.Resources.Font.F3 = Dictionary(
            Type=Name.Font, Subtype=Name.TrueType, BaseFont=Name("/ABCDEF+Made"), FirstChar=1, LastChar=4,
            Widths=Array([500, 500, 500, 500]),
            FontDescriptor=Dictionary(Flags=4, FontName=Name.Made, FontFile2=source.make_stream(b"no font")),
        )  # fmt: skip
    assert here(saved(source), reads=True)[1] == [NOTE]
    assert refused(source) == "unreadable_text"


def refused(source: Pdf) -> str:
    """What becomes of a document where nobody reads pictures."""
    with pytest.raises(DocumentError) as caught:
        here(saved(source))
    return caught.value.code


def test_text_without_any_font_is_none():
    assert refused(paper(b"BT /F9 12 Tf 40 200 Td (jane@example.com) Tj ET")) == "unreadable_text"


@pytest.mark.parametrize(
    ("shown", "is_read"), [("(ja\\001e)", False), ("(jan) Tj (\\001) Tj (e)", True), ("(\\001jane)", True)]
)
def test_a_letter_that_is_lost_inside_a_word_counts(shown, is_read):
    source = paper(f"BT /F3 12 Tf 40 200 Td {shown} Tj ET".encode())
    source.pages[0].obj.Resources.Font.F3 = font = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, FirstChar=1, Widths=Array([500] * 255),
        Encoding=Dictionary(Differences=Array([1, Name.g29])), LastChar=255,
    )  # fmt: skip
    assert here(saved(source), reads=True)[1] == ([] if is_read else [NOTE])
    font.Widths[0] = 0
    source.pages[0].obj.Resources.Font.F3 = font
    assert here(saved(source))[1] == []


def test_a_page_too_large_to_be_read_as_a_picture_is_refused():
    source = unlettered(unsaid("to bob", LETTERS))
    source.pages[0].obj.MediaBox = Array([0, 0, 14_400, 14_400])

    assert refused(source) == "unreadable_text"


def test_what_else_is_drawn_with_such_a_font_goes():
    source = unlettered(line("one"), unsaid("to bob", LETTERS) + b"/X1 Do")
    fonts = source.pages[0].obj.Resources.Font
    own, shared = form(source, unsaid("to bob", LETTERS)), form(source, unsaid("bob to", LETTERS))
    own.Resources.Font = shared.Resources.Font = fonts
    source.pages[1].obj.Resources.XObject = Dictionary(X1=shared)
    stamps = [
        Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 9, 9]), AP=Dictionary(N=each))
        for each in (own, shared)
    ]
    source.pages[0].obj.Annots = Array(stamps)
    output, notes = here(saved(source), reads=True)

    assert sorted(notes) == sorted([redacting.UNREAD, facsimile._told([2])])
    with pikepdf.open(io.BytesIO(output)) as pdf:
        first, second = (each.AP for each in pdf.pages[0].Annots)
        assert "/N" not in first and second.N.read_bytes() == b""


@pytest.mark.parametrize(
    ("numbers", "which"),
    [
        ([2], "Page 2 became a picture,"),
        ([1, 2, 3], "Pages 1 to 3 became pictures,"),
        ([1, 3, 4, 9], "Pages 1, 3 to 4, 9 became pictures,"),
    ],
)
def test_which_pages_are_pictures_is_told(numbers: Any, which: str):
    assert facsimile._told(numbers).startswith(which)
