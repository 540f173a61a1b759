"""Patterns, masks and letters that are drawings: which of them may say words, and which are looked at without need."""

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageDraw, ImageFont

from expunct_server.redaction.formats.pdf import facsimile, insides
from expunct_server.redaction.formats.pdf.drawing import Drawing
from expunct_server.redaction.formats.pdf.placing import Drawn
from expunct_server.redaction.formats.pdf.values import Matrix, inherited
from tests.redaction.formats.pdf.looks import SEEN, image, looked, only
from tests.redaction.formats.pdf.papers import form, line, nameless, paper, text, unsaid
from tests.redaction.formats.pdf.test_documents import opened
from tests.redaction.formats.pdf.test_pieces import SHAPES
from tests.redaction.formats.pdf.test_seen import strips

GREY = Image.new("L", (256, 1), 128)
PHOTO = Image.new("L", (360, 160), 128)
NARROW = Image.new("L", (60, 60), 128)


def drawn(source: Pdf) -> Drawn:
    """What the first page draws."""
    page, drawing = source.pages[0], Drawing()
    drawing.glyphs(drawing.reader.read(page, inherited(page.obj, "/Resources")), Matrix())
    return drawing.drawn


def patterned(shown: Image.Image, *boxes: str, matrix: tuple[float, ...] = (1, 0, 0, 1, 0, 0), step: int = 100) -> Pdf:
    """Areas, each filled with a pattern of its own that shows a picture in cells of 100 to 50 points."""
    source = paper(b"")
    patterns, content = Dictionary(), b"/Pattern cs\n"
    for number, box in enumerate(boxes):
        patterns[f"/P{number}"] = source.make_stream(
            b"100 0 0 50 0 0 cm /I Do", PatternType=1, PaintType=1, TilingType=1, BBox=Array([0, 0, 100, 50]),
            XStep=step, YStep=200, Matrix=Array(matrix),
            Resources=Dictionary(XObject=Dictionary(I=image(source, shown))),
        )  # fmt: skip
        content += f"/P{number} scn {box} re f\n".encode()
    source.pages[0].obj.Resources.Pattern = patterns
    source.pages[0].obj.Contents = source.make_stream(content)
    return source


def masked(shown: Image.Image, *places: str) -> Pdf:
    """Areas, each seen through a mask of its own that shows a picture of 100 to 40 points."""
    source = paper(b"")
    states, content = Dictionary(), b""
    for number, place in enumerate(places):
        mask = form(source, b"100 0 0 40 0 0 cm /I Do", XObject=Dictionary(I=image(source, shown)))
        states[f"/G{number}"] = Dictionary(SMask=Dictionary(S=Name.Luminosity, G=mask))
        content += f"q 1 0 0 1 {place} cm /G{number} gs 0 0 100 40 re f Q\n".encode()
    source.pages[0].obj.Resources.ExtGState = states
    source.pages[0].obj.Contents = source.make_stream(content)
    return source


def lettered(shown: str, *, wide: Image.Image) -> Pdf:
    """Text in a font of bitmaps that says what its letters are; "-" is the `wide` one."""
    source, letters = paper(b""), "abcdef-"
    font = nameless(source, letters)
    packed = wide.convert("1").tobytes()
    font.CharProcs["/g7"] = source.make_stream(
        b"%d 0 0 9 %d 20 d1 %d 0 0 %d 0 9 cm BI /W %d /H %d /IM true /BPC 1 ID %s EI"
        % (wide.width, wide.width, wide.width, wide.height, wide.width, wide.height, packed)
    )
    pairs = b"".join(b"<%02x> <%04x>\n" % (code, ord(c)) for code, c in enumerate(letters, start=1))
    font.ToUnicode = source.make_stream(
        b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 7 beginbfchar\n" + pairs + b"endbfchar endcmap"
    )
    source.pages[0].obj.Resources.Font.F3 = font
    source.pages[0].obj.Contents = source.make_stream(line("hello", 100) + unsaid(shown, letters))
    return source


def bitmap(size: tuple[int, int], *boxes: tuple[int, ...]) -> Image.Image:
    made = Image.new("L", size, 255)
    for box in boxes:
        ImageDraw.Draw(made).rectangle(box, fill=0)
    return made


def said(letters: str) -> Image.Image:
    made = Image.new("L", (200, 40), 255)
    ImageDraw.Draw(made).text((4, 2), letters, font=ImageFont.load_default(30), fill=0)
    return made


DASH = bitmap((120, 10), (0, 0, 119, 9))
DOTS = bitmap((90, 12), (0, 0, 11, 11), (39, 0, 50, 11), (78, 0, 89, 11))


@pytest.mark.parametrize(
    "source",
    [
        patterned(GREY, "0 0 90 50", "90 0 90 50"),
        patterned(NARROW, "0 0 400 300", matrix=(1, 0, 0, 1.9, 0, 0)),
        patterned(Image.new("L", (8, 8)), "0 0 400 300", matrix=(1, 0, 0, -1, 0, 300)),
        patterned(PHOTO, "0 0 90 50", "200 0 90 50"),
        patterned(PHOTO, "0 0 400 50", step=150),
        masked(GREY, "0 0", "100 0"),
        masked(PHOTO, "0 0"),
        masked(PHOTO, "0 0", "0 100"),
        lettered("abc-def", wide=bitmap((20, 4), (0, 0, 19, 3))),
        lettered("abc-def", wide=DASH),
        lettered("abc-def", wide=DOTS),
        lettered("abc", wide=said("jane")),
    ],
    ids=["gradient", "stretched", "y down", "apart", "in cells apart", "gradient mask", "mask", "masks apart",
         "hyphen", "dash", "dots", "not shown"],
)  # fmt: skip
def test_what_is_a_colour_a_mask_or_a_letter_and_no_more_is_no_reason_to_look(source: Pdf):
    found = drawn(source)

    assert (found.places(), found.says_more()) == ([], False)


@pytest.mark.parametrize(
    ("source", "places"),
    [
        (patterned(PHOTO, "0 0 90 50", matrix=(1, 0, 0, -1, 0, 50)), [(0, 0, 90, 50)]),
        (patterned(PHOTO, "0 0 90 50", "90 0 90 50"), [(0, 0, 90, 50), (90, 0, 180, 50)]),
        (patterned(PHOTO, "50 0 90 50"), [(50, 0, 140, 50)]),
        (masked(PHOTO, "0 0", "100 0"), [(0, 0, 100, 40), (100, 0, 200, 40)]),
        (lettered("abc-def", wide=said("jane")), [insides.EVERYWHERE]),
        (lettered("abc-def", wide=said("an")), [insides.EVERYWHERE]),
    ],
    ids=["mirrored", "beside", "over cells", "masks beside", "word", "two letters"],
)
def test_words_may_be_in_what_is_mirrored_or_in_several_and_in_wide_letters(source: Pdf, places: list[insides.Box]):
    found = drawn(source)

    assert (sorted(found.places()), found.says_more()) == (places, True)


def test_a_stencil_or_a_text_that_a_pattern_fills_may_show_its_words():
    source = patterned(PHOTO, "0 0 10 10", matrix=(1, 0, 0, -1, 0, 50))
    page = source.pages[0].obj
    page.Resources.XObject = Dictionary(S=image(source, NARROW.convert("1"), ImageMask=True))
    page.Contents = source.make_stream(b"/Pattern cs /P0 scn q 60 0 0 60 10 20 cm /S Do Q\n")
    assert drawn(source).places() == [(10, 20, 70, 80)]

    page.Contents = source.make_stream(b"/Pattern cs /P0 scn\n" + line("x") + b"0 g\n" + line("y"))
    found = drawn(source)
    assert (found.places(), found.says_its_text()) == ([insides.EVERYWHERE], False)

    page.Contents = source.make_stream(b"/Pattern cs /P0 scn 0 g\n" + line("x") + b"0 0 9 9 re f")
    assert drawn(source).places() == []


def test_patterns_in_forms_lie_where_these_are():
    source = patterned(PHOTO, "0 0 90 50", matrix=(1, 0, 0, -1, 0, 50))
    page = source.pages[0].obj
    shown = form(source, page.Contents.read_bytes(), Pattern=page.Resources.Pattern)
    page.Resources.XObject = Dictionary(X=shown)
    page.Contents = source.make_stream(b"1 0 0 -1 0 300 cm /X Do")

    assert drawn(source).says_more() is False  # twice mirrored


@pytest.mark.parametrize(("y", "is_picture"), [(20, False), (225, True)])
def test_a_page_becomes_a_picture_only_where_the_found_is_in_a_pattern(y: int, is_picture: bool):
    source = strips()
    page = source.pages[0].obj
    page.Resources.Pattern = Dictionary(
        P1=source.make_stream(
            SHAPES, PatternType=1, PaintType=1, TilingType=1, BBox=Array([0, 0, 400, 300]), XStep=400, YStep=300,
            Resources=Dictionary(),
        )
    )  # fmt: skip
    filled = f"/Pattern cs /P1 scn 100 {y} 100 10 re f\n".encode()
    page.Contents = source.make_stream(page.Contents.read_bytes() + filled + b"0 g\n" + line("hello", 100))
    output, wire = looked(source, SEEN)

    place = tuple(round(each * wire.read[0][1].width / 400) for each in (38, 188, 80, 206))
    assert wire.read[0][1].crop(place).convert("L").getextrema() == (255, 255)  # "hello" is not read again
    assert wire.notes == [facsimile._told([1])] * is_picture
    assert text(output).split() == ["hello"] * (not is_picture)
    if is_picture:
        assert only(output, "/Page").Subtype == Name.Image


def test_many_pictures_in_patterns_are_looked_at():
    pieces = insides.Pieces()
    colour = insides.Colour(Dictionary(XStep=1, YStep=1), insides.Inside(wide=((1, (0.0, 0.0, 0.5, 0.5)),)), Matrix())
    for number in range(insides._MOST_APART + 1):
        pieces.paint(colour, [(10.0 * number, 0.0, 10.0 * number + 1, 1.0)])

    assert pieces.boxes(2.0) == [insides.EVERYWHERE]


def test_pictures_that_stand_in_a_glyph_are_unpacked():
    source = lettered("-", wide=said("jane"))
    _, wire = looked(source)

    assert [(name, shown.size) for name, shown in wire.read if name == "picture.png"] == [("picture.png", (200, 40))]
    assert wire.notes == []
    with opened(looked(lettered("-", wide=DASH))[0]) as pdf:
        assert isinstance(pdf.pages[0].Resources.Font.F3.CharProcs["/g7"], pikepdf.Stream)


def test_a_drawing_that_fonts_share_is_looked_at_with_what_each_of_them_names():
    source = paper(b"BT /F3 100 Tf 10 200 Td (a) Tj /F4 100 Tf 0 -100 Td (a) Tj ET")
    glyph = source.make_stream(b"300 0 d0 /X Do")
    meaning = b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <61> <0061> endbfchar"
    for name, content in (("/F3", b"0 0 20 40 re f"), ("/F4", SHAPES)):
        shown = Dictionary(XObject=Dictionary(X=form(source, content)))
        source.pages[0].obj.Resources.Font[name] = Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontMatrix=Array([0.01, 0, 0, 0.01, 0, 0]), FirstChar=97, LastChar=97,
            Widths=Array([300]), CharProcs=Dictionary(a=glyph), Encoding=Dictionary(Differences=Array([97, Name.a])),
            ToUnicode=source.make_stream(meaning), Resources=shown,
        )  # fmt: skip

    assert drawn(source).says_more()
