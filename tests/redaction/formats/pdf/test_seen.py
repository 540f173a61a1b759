"""Pages as people see them: words over several pictures, letters that are drawings, fonts that lie."""

import codecs
import io

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import ImageOps

from expunct_server.redaction.formats.pdf import (
    facsimile,
    placing,
    removing,
    rereading,
    seen,
)
from expunct_server.redaction.formats.pdf.values import Matrix
from tests.redaction.formats.drawn import asking
from tests.redaction.formats.pdf.looks import (
    BOX,
    MAIL,
    PLACE,
    SEEN,
    SHOWN,
    differs,
    image,
    looked,
    only,
    showing,
    words,
)
from tests.redaction.formats.pdf.papers import (
    drawn,
    form,
    line,
    nameless,
    paper,
    picture,
    redacted,
    saved,
    standard,
    text,
    unsaid,
)
from tests.redaction.formats.pdf.test_pages import composite

# --- pages as they are seen -------------------------------------------------------------------------------------------


def strips(said: str = MAIL, cut: int = 25) -> Pdf:
    """A picture in two strips, whose border goes through the letters."""
    source, whole = paper(b""), words(said)
    upper, lower = whole.crop((0, 0, 240, cut)), whole.crop((0, cut, 240, 60))
    source.pages[0].obj.Resources.XObject = Dictionary(I=image(source, upper), J=image(source, lower))
    source.pages[0].obj.Contents = source.make_stream(
        b"q 240 0 0 %d 40 %d cm /I Do Q q 240 0 0 %d 40 200 cm /J Do Q\n" % (cut, 260 - cut, 60 - cut)
    )
    return source


def test_what_stands_over_two_pictures_goes_from_both():
    source = strips()
    output, wire = looked(source, SEEN)

    assert [name for name, _ in wire.read] == ["page.png"] and wire.notes == []
    assert differs(saved(source), output, PLACE) == 0
    for name, height in (("/I", 25), ("/J", 35)):
        rows = np.asarray(pikepdf.PdfImage(only(output, name)).as_pil_image().convert("L"))
        top, bottom = (10, 25) if height == 25 else (0, 15)
        assert (rows[top:bottom, 40:200] == 0).all()
    assert {(0, 0, 0), (255, 255, 255)} <= {c for _, c in picture(output).crop((160, 100, 480, 160)).getcolors()}


@pytest.mark.parametrize("hidden", ["annotation", "form", "area", "clip", "layer", "state", "letters"])
def test_pictures_that_something_may_hide_are_also_read_one_by_one(hidden: str):
    source = strips()
    page = source.pages[0].obj
    before = {
        "area": b"0 0 9 9 re f ", "clip": b"0 0 400 300 re W n ", "layer": b"/OC /P1 BDC EMC ", "state": b"/G1 gs ",
        "letters": unsaid("x", "x"), "form": b"/X Do ",
    }.get(hidden, b"")  # fmt: skip
    page.Contents = source.make_stream(before + page.Contents.read_bytes())
    page.Resources.ExtGState = Dictionary(G1=Dictionary(ca=0))
    page.Resources.Font.F3 = nameless(source, "x")
    page.Resources.XObject.X = form(source, b"")
    if hidden == "annotation":
        page.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 9, 9]))])
    _, wire = looked(source)

    assert sorted(name for name, _ in wire.read) == ["page.png", "picture.png", "picture.png"]


def test_while_values_are_learned_pages_are_read_and_nothing_is_painted():
    source = strips()
    output, wire = looked(source, SEEN, surveying=True)

    assert [name for name, _ in wire.read] == ["page.png"]
    assert differs(saved(source), output) == 0


@pytest.mark.parametrize("matrix", [b"240 0 0 -60 40 260", b"-240 0 0 60 280 200"])
def test_what_is_mirrored_is_read_as_it_is_seen(matrix: bytes):
    turned = ImageOps.flip(words()) if matrix.startswith(b"240") else ImageOps.mirror(words())
    source = showing(b"q " + matrix + b" cm /I Do Q\n", lambda pdf: image(pdf, turned))
    output, wire = looked(source, SEEN)

    assert [name for name, _ in wire.read] == ["page.png"]
    shown = pikepdf.PdfImage(only(output)).as_pil_image().convert("L")
    back = ImageOps.flip(shown) if matrix.startswith(b"240") else ImageOps.mirror(shown)
    assert back.crop(BOX).getextrema() == (0, 0) and differs(saved(source), output, PLACE) == 0


def outlines(said: str = MAIL) -> bytes:
    """Text as areas."""
    ink = (np.asarray(words(said)) < 128).astype(np.uint8)
    found, _ = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    paths = [b" l ".join(b"%d %d" % tuple(p) for p in each[:, 0]) for each in found]
    return (
        b"q 1 0 0 -1 40 260 cm " + b" ".join(each.replace(b" l ", b" m ", 1) + b" l h" for each in paths) + b" f* Q\n"
    )


def test_a_page_with_letters_that_are_drawings_becomes_a_picture():
    source = paper(outlines() + line("hello", 100))
    output, wire = looked(source, SEEN)

    assert wire.notes == [facsimile._told([1])]
    assert list(only(output, "/Page").keys()) and text(output) == ""
    assert differs(saved(source), output, PLACE) < 120  # "hello" is as it was


@pytest.mark.parametrize("is_composite", [False, True])
@pytest.mark.parametrize("turned", ["rot13", None])
def test_a_font_whose_table_says_other_letters_is_read_as_it_is_seen(is_composite: bool, turned: str | None):
    pairs = [(c, codecs.encode(c, turned) if turned else c) for c in "abcdefghijklmnopqrstuvwxyz"]
    size = 4 if is_composite else 2
    listed = "\n".join(f"<{ord(a):0{size}x}> <{ord(b):04x}>" for a, b in pairs)
    space = f"1 begincodespacerange <{'00' * (size // 2)}> <{'ff' * (size // 2)}> endcodespacerange"
    table = f"begincmap {space} 26 beginbfchar\n{listed}\nendbfchar endcmap"
    codes = MAIL.encode("utf-16-be" if is_composite else "ascii").hex().encode()
    source = paper(b"BT /F3 12 Tf 84 225 Td <" + codes + b"> Tj ET\n" + line("before", 100))
    if is_composite:
        font = composite(source, Name("/UniGB-UCS2-H"), table, ordering="GB1")
    else:
        font = standard("Helvetica")
        font.ToUnicode = source.make_stream(table.encode())
    source.pages[0].obj.Resources.Font.F3 = font
    output, wire = looked(source, SEEN)

    assert [name for name, _ in wire.read] == ["page.png"] * bool(turned)
    assert not turned or text(output).split() == ["before"]


def test_letters_under_what_is_found_are_cut():
    source = strips("")
    source.pages[0].obj.Contents = source.make_stream(
        source.pages[0].Contents.read_bytes() + line("what is drawn here", 225, 84) + line("before", 100)
    )
    output, wire = looked(source, SEEN)

    assert wire.notes == [] and text(output).split() == ["before"]


def test_what_marks_and_structure_say_of_letters_under_what_is_found_goes():
    source = strips("")
    shown = b"/Span /P0 BDC " + line("what is drawn here", 225, 84) + b"EMC " + line("before", 100)
    page = source.pages[0].obj
    page.Contents = source.make_stream(page.Contents.read_bytes() + shown)
    page.Resources.Properties = Dictionary(P0=Dictionary(MCID=0, ActualText=String("w")))
    root = source.make_indirect(Dictionary(K=Dictionary(ActualText=String("w"), Pg=page, K=0)))
    source.Root.StructTreeRoot = root
    output, _ = looked(source, SEEN)

    with pikepdf.open(io.BytesIO(output)) as pdf:
        assert [each for each in pdf.objects if isinstance(each, Dictionary) and "/ActualText" in each] == []
        assert "/ActualText" not in pdf.Root.StructTreeRoot.K
    assert b"ActualText" not in drawn(output)


def test_a_stamp_that_shows_it_goes():
    source = paper(line("hello", 100))
    shown = source.make_stream(outlines(), Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 400, 300]))
    shown.Resources = Dictionary()
    stamps = [
        Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 400, 300]), AP=Dictionary(N=shown), F=4),
        Dictionary(Type=Name.Annot, Subtype=Name.Text, Rect=Array([0, 0, 20, 20]), Contents=String("other")),
    ]
    source.pages[0].obj.Annots = Array(stamps)
    output, wire = looked(source, SEEN)

    assert wire.notes == [removing.ANNOTATIONS] and text(output).split() == ["hello"]
    with pikepdf.open(io.BytesIO(output)) as pdf:
        assert [str(each.Contents) for each in pdf.pages[0].Annots] == ["other"]


def test_labels_are_not_read_again():
    source = strips()
    source.pages[0].obj.Contents = source.make_stream(source.pages[0].Contents.read_bytes() + line(MAIL, 100))
    _, wire = looked(source)

    [(_, read)] = wire.read
    box = read.crop(tuple(round(each * read.width / 400) for each in (42, 192, 140, 201)))
    assert box.getcolors() == [(box.width * box.height, (230, 230, 230))]


def test_text_that_says_what_it_shows_is_not_read_again():
    source = strips()
    content = source.pages[0].Contents.read_bytes() + line("hello", 100)
    source.pages[0].obj.Contents = source.make_stream(content)
    shown = [looked(source)[1].read[0][1]]
    source.pages[0].obj.Contents = source.make_stream(content + unsaid("x", "x", 20))
    source.pages[0].obj.Resources.Font.F3 = nameless(source, "x")
    shown.append(looked(source)[1].read[0][1])

    place = tuple(round(each * shown[0].width / 400) for each in (38, 188, 80, 206))
    assert [each.crop(place).convert("L").getextrema()[0] < 128 for each in shown] == [False, True]


def test_pixels_under_what_was_cut_from_a_stamp_go():
    source = paper(line("hello", 100))
    shown = form(source, SHOWN + f"BT 3 Tr /F1 14 Tf 84 228 Td ({MAIL}) Tj ET\n".encode())
    shown.Resources.XObject = Dictionary(I=image(source, words()))
    stamp = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 400, 300]), AP=Dictionary(N=shown), F=4)
    source.pages[0].obj.Annots = Array([stamp])
    output, _ = looked(source)

    with pikepdf.open(io.BytesIO(output)) as pdf:
        left = pikepdf.PdfImage(pdf.pages[0].Annots[0].AP.N.Resources.XObject.I).as_pil_image()
    assert left.getextrema()[0] > 200


def test_a_page_too_large_is_told():
    source = strips()
    source.pages[0].obj.MediaBox = Array([0, 0, 14_400, 14_400])
    _, wire = looked(source)

    assert wire.notes == [seen.LARGE] and {name for name, _ in wire.read} == {"picture.png"}


def circle(size: int, x: int, height: int = 0) -> bytes:
    up = height or size
    return b"%d 90 m %d 90 %d %d %d %d c %d %d %d %d %d 90 c f\n" % (
        x - size, x - size, x, 90 + up, x, 90 + up, x, 90 - up, x + size, 90 - up, x + size,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "is_read"),
    [
        (line("hello") + b"40 198 m 90 198 l S 30 30 340 200 re S", False),
        (b"".join(b"%d 200 20 0.48 re %d 180 0.48 20 re f\n" % (x, x) for x in range(40, 400, 20)), False),
        (b"".join(b"40 %d m 43 %d l 43 %d l 40 %d l h f\n" % (y, y, y + 3, y + 3) for y in range(0, 300, 9)), False),
        (b"".join(b"%.1f 200 %.1f 40 re f\n" % (40 + 4.5 * n, 1 + n % 3) for n in range(30)), True),
        (b"".join(b"%d %d 3 3 re f\n" % (x, y) for x in range(40, 70, 3) for y in range(40, 70, 3)), True),
        (b"".join(b"%d 0 m %d %d l S\n" % (n, n + n % 5, 3 + n % 7) for n in range(40)), True),
        (outlines("jane"), True),
        (b"".join(b"0 %d m %d 0 l %d %d m 400 %d l S\n" % (n, n, n, n, n) for n in range(40, 68)), False),
        (b"".join(circle(60 - n, 60) for n in range(30)), False),
        (b"".join(circle(60 - n, 60 + n) for n in range(30)), True),
        (b"".join(circle(80, 60 + 9 * n) + circle(20 + n, 60 + 9 * n) for n in range(9)), True),
        (b"".join(circle(30, 60 + 9 * n) + circle(20, 60 + 9 * n, 9 + n) for n in range(9)), True),
    ],
    ids=[
        "lines",
        "table",
        "bullets",
        "bars",
        "squares",
        "strokes",
        "areas",
        "hatch",
        "steps",
        "not steps",
        "large ones",
        "ovals",
    ],
)
def test_which_drawings_may_be_letters(content: bytes, is_read: bool):
    _, wire = looked(paper(content))

    assert [name for name, _ in wire.read] == ["page.png"] * is_read


def placed(*matrix: float, width: int = 100, height: int = 50) -> placing.Placed:
    return placing.Placed(Dictionary(Width=width, Height=height), Matrix(*matrix))


@pytest.mark.parametrize(
    ("found", "says_more", "tiles"),
    [
        ([placed(200, 0, 0, 100, 0, 0)], False, 1),
        ([placed(0, 200, -100, 0, 100, 0)], False, 1),
        ([placed(200, 0, 0, 100, 0, 0), placed(200, 0, 0, 100, 0, 110)], False, 2),
        ([placed(200, 0, 0, 100, 0, 0), placed(200, 0, 0, 100, 0, 101)], True, 2),
        ([placed(200, 0, 0, 100, 0, 0), placed(200, 0, 0, 100, 0, 50)], True, 0),
        ([placed(200, 0, 0, 100, 0, 0), placed(100, 0, 0, 50, 20, 20)], False, 0),
        ([placed(200, 0, 0, 100, 0, 250)], False, 0),
        ([placed(20, 0, 0, 10, 0, 0)], False, 0),
        ([placed(200, 0, 0, -100, 0, 100)], True, 1),
        ([placed(200, 0, 0, 40, 0, 0)], True, 1),
        ([placed(200, 0, 30, 100, 0, 0)], True, 1),
        ([placed(200, 0, 0, 100, 0, 0, width=256, height=1)], False, 1),
        ([placed(200, 0, 0, -200, 0, 200, width=16, height=16)], False, 1),
        ([placed(0, 0, 0, 0, 0, 0)], False, 0),
    ],
)
def test_which_pictures_are_parts_of_what_is_seen(found: list[placing.Placed], says_more: bool, tiles: int):
    seen_ = placing.Drawn(found)

    assert (seen_.says_more(), len(seen_.tiles([0, 0, 400, 300]))) == (says_more, tiles)
    seen_.shapes.may_hide = True
    assert seen_.tiles([0, 0, 400, 300]) == []


# --- by reading what is there -----------------------------------------------------------------------------------------


def test_a_value_over_two_pictures_is_read_and_removed():
    source = strips()
    source.pages[0].obj.MediaBox = Array([60, 215, 260, 255])
    output, findings, summary = redacted(source)

    assert {f.text for f in findings} == {MAIL} and summary.notes == ()
    with pikepdf.open(io.BytesIO(output)) as pdf:
        assert MAIL not in "".join(rereading.texts(asking(), pdf, output))


def test_what_is_still_seen_is_read_in_the_written_document():
    source = strips()
    source.pages[0].obj.MediaBox = Array([60, 215, 260, 255])
    data = saved(source)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert MAIL in "".join(rereading.texts(asking(), pdf, data))


def test_a_font_that_lies_is_looked_for_in_the_written_document():
    source = paper(line("hello"))
    with pikepdf.open(io.BytesIO(saved(source))) as pdf:
        assert list(rereading.texts(asking(), pdf, b"")) == []
        pairs = "".join(f"<{ord(c):02x}> <{ord(c) + 1:04x}>\n" for c in "hel")
        pdf.pages[0].Resources.Font.F1.ToUnicode = pdf.make_stream(
            f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 3 beginbfchar\n{pairs}endbfchar".encode()
        )
        with pytest.raises(pypdfium2.PdfiumError):  # there it would be drawn
            list(rereading.texts(asking(), pdf, b""))
