"""What people see on pages: pictures in any form, words over several of them, letters that are drawings."""

import codecs
import io
import struct
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import (
    facsimile,
    jbig2,
    pictures,
    placing,
    reading,
    redacting,
    removing,
    rereading,
    seen,
)
from expunct_server.redaction.formats.pdf.values import Matrix
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
from tests.redaction.formats.pdf.test_documents import _Wire, encoded
from tests.redaction.formats.pdf.test_pages import composite

MAIL = "jane@example.com"
BOX = (40, 10, 200, 40)  # pixels of a picture
WIDE = 240, 60
SHOWN = b"q 240 0 0 60 40 200 cm /I Do Q\n"  # a pixel for each point
SEEN = {"page.png": lambda size: _scaled((80, 50, 240, 80), size)}  # the same place of the page of 400 to 300


def _scaled(box: tuple[int, ...], size: tuple[int, int]) -> tuple[int, ...]:
    return tuple(round(each * (size[0] / 400 if i % 2 == 0 else size[1] / 300)) for i, each in enumerate(box))


class _Painter(_Wire):
    """A parent who finds something at a place of pictures of some names."""

    def __init__(self, places: dict[str, Callable[[tuple[int, int]], Any]]) -> None:
        super().__init__(reads=True)
        self.places = places
        self.read: list[tuple[str, Image.Image]] = []

    def send(self, message: dict[str, Any], data: bytes = b"") -> None:
        super().send(message, data)
        if "inner" in message:
            image = Image.open(io.BytesIO(data))
            image.load()
            self.read.append((message["inner"], image))
            box = self.places.get(message["inner"], lambda _: None)(image.size)
            if box:
                self._data = _painted(image, box)


def _painted(image: Image.Image, box: Any) -> bytes:
    """With a black box that has a white bar in it, as if that were a label."""
    kind, image = str(image.format), image.convert("L") if image.mode == "1" else image.copy()
    pen = ImageDraw.Draw(image)
    black, white = ((0, 0, 0, 255), (0, 0, 0, 0)) if image.mode == "CMYK" else ("black", "white")
    pen.rectangle(box, fill=black)
    pen.rectangle((box[0] + 6, box[1] + 6, box[2] - 6, box[1] + 12), fill=white)
    return encoded(image, kind, **({"quality": 95} if kind == "JPEG" else {}))


def looked(
    source: Pdf, places: dict[str, Callable[[tuple[int, int]], Any]] | None = None, *, surveying: bool = False
) -> tuple[bytes, _Painter]:
    """A document redacted in this process by such a parent."""
    target, wire = io.BytesIO(), _Painter(places or {})
    work = Work(io.BytesIO(saved(source)), target, None, DEFAULT, wire, surveying=surveying)  # type: ignore[arg-type]
    redacting.run(work)
    return target.getvalue(), wire


ALONE = dict.fromkeys(("picture.png", "picture.jpg"), lambda size: BOX if size == WIDE else None)


def words(said: str = MAIL, size: tuple[int, int] = WIDE, mode: str = "L") -> Image.Image:
    image = Image.new(mode, size, "white")
    ImageDraw.Draw(image).text((44, 14), said, font=ImageFont.load_default(18), fill="black")
    return image


def image(pdf: Pdf, shown: Image.Image, **more: Any) -> Any:
    space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "1": Name.DeviceGray, "CMYK": Name.DeviceCMYK}[shown.mode]
    usual = {
        "Type": Name.XObject, "Subtype": Name.Image, "Width": shown.width, "Height": shown.height,
        "BitsPerComponent": 1 if shown.mode == "1" else 8, "ColorSpace": space,
    }  # fmt: skip
    return pdf.make_stream(shown.tobytes(), **(usual | more))


def stencil(pdf: Pdf, shown: Image.Image) -> Any:
    made = image(pdf, shown.convert("1", dither=Image.Dither.NONE), ImageMask=True)
    del made["/ColorSpace"]
    return made


def showing(content: bytes, make: Callable[[Pdf], Any]) -> Pdf:
    source = paper(content)
    source.pages[0].obj.Resources.XObject = Dictionary(I=make(source))
    return source


_open: list[Pdf] = []


def only(data: bytes, name: str = "/I") -> Any:
    """A picture of the first page."""
    _open.append(pikepdf.open(io.BytesIO(data)))  # objects live no longer than their document
    return _open[-1].pages[0].obj.Resources.XObject[name]


def differs(before: bytes, after: bytes, outside: tuple[int, int, int, int] = (0, 0, 0, 0)) -> int:
    """How much two pages differ outside of a place, in points from the upper left corner; at most, in grey levels."""
    difference = ImageChops.difference(*(picture(each, scale=1) for each in (before, after))).convert("L")
    difference.paste(0, outside)
    return int(difference.getextrema()[1])


PLACE = (76, 46, 246, 86)  # of BOX on the page, and what a mask adds


# --- pictures, one by one ---------------------------------------------------------------------------------------------


def test_a_stencil_paints_nothing_there_and_the_label_is_laid_over_it():
    source = showing(b"1 0 0 rg " + SHOWN, lambda pdf: stencil(pdf, words("aa" + MAIL)))
    output, wire = looked(source, ALONE)

    after = only(output)
    bits = pikepdf.PdfImage(after).as_pil_image().convert("L")
    assert after.ImageMask is True and "/ColorSpace" not in after
    assert bits.crop(BOX).getextrema() == (255, 255) and wire.notes == []
    assert differs(saved(source), output, PLACE) == 0
    assert {(0, 0, 0), (255, 255, 255)} <= {c for _, c in picture(output).crop((160, 100, 480, 160)).getcolors()}


def test_a_stencil_that_stands_in_the_content_is_one_too():
    bits = words().convert("1", dither=Image.Dither.NONE).tobytes()
    content = b"q 240 0 0 60 40 200 cm BI /W 240 /H 60 /BPC 1 /IM true ID " + bits + b" EI Q\n"
    output, wire = looked(paper(content), ALONE)

    assert [name for name, _ in wire.read] == ["picture.png"]
    assert differs(saved(paper(content)), output, PLACE) == 0
    assert b" BI" not in drawn(output) and b"Do" in drawn(output)


def _separation(pdf: Pdf) -> Any:
    tint = Dictionary(FunctionType=2, Domain=Array([0, 1]), C0=Array([0] * 4), C1=Array([0, 0, 0, 1]), N=1)
    return image(pdf, ImageOps.invert(words()), ColorSpace=Array([Name.Separation, Name.Spot, Name.DeviceCMYK, tint]))


def _group4(shown: Image.Image) -> bytes:
    data = encoded(ImageOps.invert(shown).convert("1", dither=Image.Dither.NONE), "TIFF", compression="group4")
    tags = Image.open(io.BytesIO(data)).tag_v2  # type: ignore[attr-defined]
    return data[tags[273][0] : tags[273][0] + tags[279][0]]


def _segment(number: int, kind: int, page: int, data: bytes) -> bytes:
    return struct.pack(">IBBBI", number, kind, 0, page, len(data)) + data


def _jbig2(pdf: Pdf, said: str = "") -> Any:
    """A page of one region that is coded as a fax is, and shared segments that say something."""
    size = struct.pack(">II", *WIDE)
    page = _segment(1, 48, 1, size + struct.pack(">IIBH", 0, 0, 0, 0))
    region = _segment(2, 38, 1, size + struct.pack(">II", 0, 0) + b"\0\1" + _group4(words()))
    comment = _segment(0, 62, 0, b"\x20\0\0\0" + said.encode())
    made = image(pdf, Image.new("1", WIDE))
    shared = pdf.make_stream(comment + _segment(7, 52, 0, bytes(4)))
    made.write(page + region + comment, filter=Name.JBIG2Decode, decode_parms=Dictionary(JBIG2Globals=shared))
    return made


@pytest.mark.parametrize("make", [_separation, _jbig2])
def test_colours_and_filters_that_others_know_are_read_and_painted(make: Callable[[Pdf], Any]):
    source = showing(SHOWN, make)
    output, wire = looked(source, ALONE)

    [(name, read)] = wire.read
    assert name == "picture.png" and wire.notes == []
    assert ImageChops.difference(read.convert("L").crop(BOX), words().crop(BOX)).resize((16, 6)).getextrema()[1] < 60
    assert differs(saved(source), output, PLACE) <= 1
    assert {(0, 0, 0), (255, 255, 255)} <= {c for _, c in picture(output).crop((160, 100, 480, 160)).getcolors()}


def test_a_jbig2_picture_in_which_nothing_is_found_keeps_the_segments_that_draw_it():
    source = showing(SHOWN, lambda pdf: _jbig2(pdf, MAIL))
    output, _ = looked(source)

    after = only(output)
    assert after.Filter == Name.JBIG2Decode and differs(saved(source), output) == 0
    assert after.DecodeParms.JBIG2Globals.read_bytes() == _segment(7, 52, 0, bytes(4))
    assert b"jane" not in output
    said = "".join(reading.texts(Work(io.BytesIO(output), io.BytesIO(), None, DEFAULT, _Wire())))  # type: ignore[arg-type]
    assert MAIL not in said


@pytest.mark.parametrize("data", [b"\0" * 20 + b"\xff" * 4 + b"jane", b"\0\0\0\0\x30\xe0" + b"\xff" * 9])
def test_segments_that_do_not_end_are_no_picture(data: bytes):
    with pytest.raises(ValueError, match="segment"):
        jbig2.bare(data)


def test_a_picture_that_nobody_can_show_goes():
    output, wire = looked(showing(SHOWN, lambda pdf: image(pdf, words(), Filter=Name.JPXDecode)))

    assert wire.notes == [pictures.PAINTED] and (only(output).Width, wire.read) == (1, [])


def _inverted(pdf: Pdf) -> Any:
    made = image(pdf, words(), Decode=Array([1, 0]))
    made.write(encoded(ImageOps.invert(words()), "JPEG", quality=95), filter=Name.DCTDecode)
    return made


def _keyed(pdf: Pdf) -> Any:
    return image(pdf, words(), Mask=Array([250, 255]))


def _masked(pdf: Pdf) -> Any:
    mask = Image.new("1", (120, 30), 0)
    mask.paste(1, (0, 0, 10, 30))
    return image(pdf, words(), Mask=stencil(pdf, mask))


def _two_tone(pdf: Pdf) -> Any:
    return image(pdf, words().convert("1", dither=Image.Dither.NONE), Decode=Array([1, 0]))


@pytest.mark.parametrize("make", [_inverted, _keyed, _masked, _two_tone])
def test_the_rest_of_a_painted_picture_looks_as_it_did(make: Callable[[Pdf], Any]):
    source = showing(b"0 1 0 rg 0 0 400 300 re f " + SHOWN, make)
    output, wire = looked(source, ALONE)

    assert wire.notes == []
    assert differs(saved(source), output, PLACE) <= (40 if make is _inverted else 1)
    shades = picture(output, scale=1).crop((84, 54, 236, 76)).convert("L").getextrema()
    assert shades[0] < 16 and shades[1] > 240  # the label, which nothing makes transparent


@pytest.mark.parametrize("mode", ["RGB", "CMYK"])
def test_a_jpeg_stays_one(mode: str):
    profile = {"icc_profile": b"x" * 200}
    photograph = encoded(Image.effect_noise((80, 60), 90).convert(mode), "JPEG", quality=80, **profile)

    def make(pdf: Pdf) -> Any:
        made = image(pdf, Image.new(mode, (80, 60)), **({"Decode": Array([1, 0] * 4)} if mode == "CMYK" else {}))
        made.write(photograph, filter=Name.DCTDecode)
        return made

    bare = encoded(Image.open(io.BytesIO(photograph)), "JPEG", quality="keep")
    source = showing(b"q 80 0 0 60 40 200 cm /I Do Q\n", make)
    for places in ({}, {"picture.jpg": lambda _: (1, 1, 30, 30)}):
        output, _ = looked(source, places)
        after = only(output)
        assert (after.Filter, after.ColorSpace) == (Name.DCTDecode, only(saved(source)).ColorSpace)
        assert len(after.read_raw_bytes()) < 2 * len(bare)
        assert differs(saved(source), output, (38, 38, 75, 75) if places else (0, 0, 0, 0)) <= 40


# --- under what is cut ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["raster", "jpeg", "stencil", "mask"])
def test_pixels_under_what_was_cut_go_with_all_of_their_words(kind: str):
    def make(pdf: Pdf) -> Any:
        shown = words("x " + MAIL + " y")
        if kind == "stencil":
            return stencil(pdf, shown)
        made = image(pdf, shown if kind != "mask" else Image.new("L", WIDE, 0))
        if kind == "mask":
            made.SMask = image(pdf, ImageOps.invert(shown))
        elif kind == "jpeg":
            made.write(encoded(shown, "JPEG", quality=95), filter=Name.DCTDecode)
        return made

    layer = f"BT 3 Tr /F1 14 Tf 101 228 Td ({MAIL}) Tj ET\n".encode()
    source = showing(SHOWN + layer, make)
    output, wire = looked(source)

    after = only(output)
    held = after.SMask if kind == "mask" else after
    shown = pikepdf.PdfImage(held).as_pil_image().convert("L")
    start = 44 + ImageFont.load_default(18).getlength("x ")
    box = ImageDraw.Draw(shown).textbbox((start, 14), MAIL, font=ImageFont.load_default(18))
    rows = np.asarray(shown.crop(tuple(round(each) for each in box)), np.int16)
    assert wire.notes == [] and int((rows.max(axis=1) - rows.min(axis=1)).max()) < 12  # of letters nothing is left
    edges = [shown.crop(each).getextrema() for each in ((40, 10, 56, 40), (205, 10, 230, 40))]
    assert all(high - low > 100 for low, high in edges)  # "x" and "y" stay


def test_a_flat_background_stays_as_it_is():
    source = showing(
        b"q 400 0 0 300 0 0 cm /I Do Q\n" + line(MAIL), lambda pdf: image(pdf, Image.new("L", (40, 30), 200))
    )
    output, _ = looked(source)

    assert only(output).read_bytes() == bytes([200]) * 1200 and "<EMAIL_ADDRESS>" in text(output)


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
    ],
    ids=["lines", "table", "bullets", "bars", "squares", "strokes", "areas"],
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
        assert MAIL not in "".join(rereading.texts(pdf, output))


def test_what_is_still_seen_is_read_in_the_written_document():
    source = strips()
    source.pages[0].obj.MediaBox = Array([60, 215, 260, 255])
    data = saved(source)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert MAIL in "".join(rereading.texts(pdf, data))


def test_a_font_that_lies_is_looked_for_in_the_written_document():
    source = paper(line("hello"))
    with pikepdf.open(io.BytesIO(saved(source))) as pdf:
        assert list(rereading.texts(pdf, b"")) == []
        pairs = "".join(f"<{ord(c):02x}> <{ord(c) + 1:04x}>\n" for c in "hel")
        pdf.pages[0].Resources.Font.F1.ToUnicode = pdf.make_stream(
            f"begincmap 1 begincodespacerange <00> <ff> endcodespacerange 3 beginbfchar\n{pairs}endbfchar".encode()
        )
        with pytest.raises(pypdfium2.PdfiumError):  # there it would be drawn
            list(rereading.texts(pdf, b""))
