"""Pictures in any form: read, painted in their own form, and painted under what is cut from text."""

import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageOps

from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import (
    jbig2,
    pictures,
    reading,
)
from tests.redaction.formats.pdf.looks import (
    ALONE,
    BOX,
    MAIL,
    PLACE,
    SHOWN,
    WIDE,
    differs,
    image,
    looked,
    only,
    showing,
    stencil,
    words,
)
from tests.redaction.formats.pdf.papers import (
    drawn,
    form,
    line,
    paper,
    picture,
    saved,
    text,
)
from tests.redaction.formats.pdf.test_documents import _Wire, encoded

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


@pytest.mark.parametrize(("has_own", "depth"), [(True, 1), (True, 2), (False, 1)])
def test_a_picture_in_the_content_of_a_form_stays_and_is_read(has_own: bool, depth: int):
    """With a picture of the page that would be called as that of the form is."""
    shown = b"q 240 0 0 60 40 %d cm BI /W 240 /H 60 /BPC 8 /CS /G ID %s EI Q "
    source = paper(shown % (200, words("first").tobytes()) + b"/X Do")
    inner = form(source, shown % (100, words().tobytes()))
    if not has_own:
        del inner["/Resources"]
    for _ in range(depth - 1):
        inner = form(source, b"/X Do", XObject=Dictionary(X=inner))
    source.pages[0].obj.Resources.XObject = Dictionary(X=inner)
    output, wire = looked(source)

    assert {image.tobytes() for _, image in wire.read} == {words("first").tobytes(), words().tobytes()}
    assert ImageChops.difference(picture(saved(source)), picture(output)).getbbox() is None
    with pikepdf.open(io.BytesIO(output)) as pdf:
        inner = pdf.pages[0].Resources.XObject.X
        inner = inner.Resources.XObject.X if depth > 1 else inner
        assert (b"EI" in inner.read_bytes().split()) is not has_own
