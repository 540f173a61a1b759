"""What streams hold beside what they are for: nothing of it is left, and pictures and colours look as they did."""

import io
import zlib
from decimal import Decimal
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import beside, files, reading, redacting
from tests.redaction.formats.pdf.papers import form, line, paper, picture, redacted, saved, text
from tests.redaction.formats.pdf.test_documents import encoded, here
from tests.redaction.formats.pdf.test_names import everything

MAIL = "jane@example.com"
SAID = f" see {MAIL} ".encode()
RED = Image.new("RGB", (8, 8), "red")


def shown(data: bytes, **more: Any) -> Pdf:
    """A page with a picture of 8 by 8 pixels, 50 points wide, and the value in a line."""
    source = paper(b"q 50 0 0 50 100 20 cm /X1 Do Q\n" + line(MAIL))
    usual = {"Width": 8, "Height": 8, "BitsPerComponent": 8, "ColorSpace": Name.DeviceRGB}
    stream = source.make_stream(b"", Type=Name.XObject, Subtype=Name.Image, **(usual | more))
    stream.write(data, filter=more.get("Filter"), decode_parms=more.get("DecodeParms"))
    source.pages[0].obj.Resources.XObject = Dictionary(X1=stream)
    return source


def said(data: bytes) -> str:
    """What the second reader sees."""
    return "\n".join(reading.texts(Work(io.BytesIO(data), io.BytesIO(), None, DEFAULT, None)))  # type: ignore[arg-type]


def described() -> bytes:
    exif = Image.Exif()
    exif[0x013B] = MAIL
    return encoded(RED, "JPEG", exif=exif)


PREDICTED = zlib.compress(b"".join(b"\1" + b"\xff\0\0" + bytes(21) for _ in range(8)))


@pytest.mark.parametrize(
    "source",
    [
        shown(RED.tobytes() + SAID),
        shown(zlib.compress(RED.tobytes()) + SAID, Filter=Name.FlateDecode),
        shown(PREDICTED + SAID, Filter=Name.FlateDecode, DecodeParms=Dictionary(Predictor=12, Colors=3, Columns=8)),
        shown(PREDICTED + SAID, Filter=Name.FlateDecode,
              DecodeParms=Dictionary(Predictor=12, Colors=Decimal("3.0"), Columns=Decimal("8.0"))),
        shown(zlib.compress(PREDICTED) + SAID, Filter=Array([Name.FlateDecode, Name.FlateDecode]),
              DecodeParms=Array([Dictionary(), Dictionary(Predictor=12, Colors=3, Columns=Decimal("8."))])),
        shown(zlib.compress(described()), Filter=Array([Name.FlateDecode, Name.DCTDecode])),
        shown(described().hex().encode() + b">", Filter=Array([Name.ASCIIHexDecode, Name.DCTDecode]),
              DecodeParms=Array([Dictionary(), Dictionary(ColorTransform=1)])),
        shown(encoded(RED, "JPEG2000", comment=MAIL.encode()) + SAID, Filter=Name.JPXDecode),
        shown(encoded(RED, "JPEG2000", no_jp2=True, comment=MAIL.encode()) + SAID, Filter=Name.JPXDecode),
        shown(encoded(RED, "JPEG2000", tile_size=(4, 4)) + b"\0\0\0\x20uuid" + SAID, Filter=Name.JPXDecode),
    ],
    ids=["pixels", "deflated", "predicted", "reals", "twice", "jpeg", "hexadecimal", "jp2", "codestream", "tiles"],
)  # fmt: skip
def test_pictures_hold_nothing_but_their_pixels(source: Pdf):
    before = saved(source, compress_streams=False)
    assert MAIL.encode() in everything(before) and MAIL in said(before)
    output, _ = here(before)

    assert b"jane" not in everything(output) and b"jane" not in output and "jane" not in said(output)
    red, green, blue = picture(output).getpixel((250, 500))
    assert red > 240 and green < 15 and blue < 15


def test_what_is_behind_the_end_of_any_compressed_stream_goes():
    source = paper(line(MAIL))
    function = source.make_stream(b"", FunctionType=0, Domain=Array([0, 1]), Range=Array([0, 1]), Size=Array([2]))
    function.BitsPerSample = 8
    function.write(zlib.compress(b"\0\xff") + SAID, filter=Name.FlateDecode)
    source.pages[0].obj.Resources.ColorSpace = Dictionary(
        C1=Array([Name.Separation, Name.Spot, Name.DeviceGray, function])
    )
    before = saved(source)
    assert MAIL in said(before)
    output, _, _ = redacted(before)

    assert b"jane" not in output
    with pikepdf.open(io.BytesIO(output)) as pdf:
        assert pdf.pages[0].Resources.ColorSpace.C1[3].read_bytes() == b"\0\xff"


def test_tables_of_colours_are_as_long_as_they_have_to_be_and_say_nothing():
    source = paper(b"/C1 cs 0 sc 100 20 50 50 re f\n" + line(MAIL))
    table = b"\xff\0\0" + SAID
    long = source.make_stream(b"\xff\0\0\0\0\0 see 219-09-9998")
    spaces = {
        "C1": Array([Name.Indexed, Name.DeviceRGB, 9, String(table)]),
        "C2": Array([Name.I, Name.DeviceRGB, 1, long]),
        "C3": Array([Name.Indexed, Name.DeviceGray, 0, String(MAIL), String(MAIL)]),
        "C4": Array([Name.Indexed, Name.DeviceRGB, Decimal("0.0"), String(table)]),
    }
    source.pages[0].obj.Resources.ColorSpace = Dictionary(**spaces)
    source.Root.Foo = Array([Name.I, 1, 2, String("x"), String(MAIL)])
    before = saved(source)
    assert said(before).count(MAIL) > 4
    output, findings, _ = redacted(before)

    assert b"jane" not in everything(output)
    assert picture(output).getpixel((250, 500)) == (255, 0, 0)
    with pikepdf.open(io.BytesIO(output)) as pdf:
        spaces = pdf.pages[0].Resources.ColorSpace
        assert bytes(spaces.C1[3]) == b"\xff\0\0 see " + b"x" * len(MAIL) + b" "
        assert bytes(spaces.C2[3]) == b"\xff\0\0\0\0\0" and bytes(spaces.C4[3]) == b"\xff\0\0"
    assert {f.text for f in findings} == {MAIL, "219-09-9998"}


@pytest.mark.parametrize(
    "more",
    [{"ShadingType": 4}, {"HalftoneType": 6}, {"FunctionType": 0}, {"FunctionType": 4}, {"Type": Name.EmbeddedFile}],
    ids=str,
)
def test_what_a_stream_says_that_it_is_does_not_keep_words_in_it(more: dict[str, Any]):
    source = paper(line("x"))
    source.Root.X = source.make_stream(b"\0\1to jane@example.com\0", **more)
    source.Root.Y = Array([Name.ICCBased, source.make_stream(b"\0\1to jane@example.com\0")])
    source.Root.Z = Dictionary(FontFile2=source.make_stream(MAIL.encode("utf-16-be")))
    output, findings, _ = redacted(source)

    assert b"jane" not in everything(output).replace(b"\0", b"")
    assert {f.text for f in findings} == {MAIL}


def test_bytes_outside_of_streams_are_read_whatever_they_are():
    data = (
        b"1 0 obj\n<</Page (Jane Page) 219 09 9998>>stream\njane in it\nendstream\n% a@example.com 5\n<</x <6a6165>>>"
    )

    said_ = [" ".join(each.split()) for each in reading.plainly(data)]
    assert said_ == ["<< (Jane Page) >>", "% a@example.com", "<< <6a6165>>>"]


def test_what_says_that_it_is_a_picture_and_is_none_goes():
    source = paper(b"/X1 Do\n" + line(MAIL))
    source.Root.X = source.make_stream(f"to {MAIL}".encode(), Subtype=Name.Image)
    other = source.make_stream(f"to {MAIL}".encode(), Type=Name.XObject, Subtype=Name.Image, Width=2, Height=2)
    source.pages[0].obj.Resources.XObject = Dictionary(X1=other)
    data = saved(source)
    assert said(data).count(MAIL) > 2
    output, notes = here(data)

    assert b"jane" not in everything(output) and redacting.UNKNOWN in notes


def test_what_is_seen_counts_wherever_else_it_is_referred_to():
    source = paper(line("x"))
    shown_ = source.make_indirect(form(source, b"BT /F1 12 Tf 0 200 Td [(ja) 20 (ne@exam) 20 (ple.com)] TJ ET"))
    stamp = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 400, 300]), F=4, AP=Dictionary(N=shown_))
    source.pages[0].obj["/AAA"] = Dictionary(FontFile=shown_)
    source.pages[0].obj.Annots = Array([source.make_indirect(stamp)])
    output, findings, _ = redacted(source)

    assert [(f.text, f.location) for f in findings] == [(MAIL, "page 1, annotation 1 (box 0 0 400 300)")]
    assert "jane" not in said(output)


def test_files_in_a_place_where_no_reader_looks_for_them_go():
    source = paper(line("x"))
    lost = source.make_stream(f"to {MAIL}".encode())
    file = Dictionary(Type=Name.Filespec, F=String("a"), EF=Array([lost]))
    source.Root.AF = Array([file, Dictionary(Other=Dictionary(EF=Dictionary(F=lost)))])
    output, _, summary = redacted(source)

    assert b"jane" not in everything(output)
    assert files.DROPPED in summary.notes


@pytest.mark.parametrize(
    "data", [b"", b"\xff\x4f", b"\xff\x4f\xff\x51", b"\0\0\0\x0cjP  ", b"\0\0\0\1jp2c\0", b"\0" * 9]
)
def test_broken_pictures_do_no_harm(data: bytes):
    assert len(beside.jpx(data)) <= len(data) + 8


@pytest.mark.parametrize(
    "inside",
    [
        b"/W 1 /H 1 /BPC 8 /CS /G /Foo (see jane@example.com) ID x",
        b"/W 1 /H 1 /BPC 8 /CS [/I /RGB 15 (see jane@example.com here, and there as well.)] ID \0",
        b"/W 2 /H 1 /BPC 8 /CS /G ID xx see jane@example.com here",
        b"/W 2 /H 1 /BPC 8 /CS /G /F /AHx ID 8080 > see jane@example.com here",
        b"/W 2 /H 1 /jane@example.com 1 /BPC 8 /CS /G ID xx",
        b"/W 2 /H 1 /BPC 8 /CS /jane@example.com ID xx",
    ],
)
def test_pictures_in_contents_say_nothing_beside_their_pixels(inside: bytes):
    source = paper(b"q 50 0 0 50 100 20 cm BI " + inside + b"\nEI Q\n" + line(MAIL))
    source.pages[0].obj.Resources.ColorSpace = Dictionary({f"/{MAIL}": Name.DeviceGray})
    before = saved(source)
    assert said(before).count(MAIL) > 2
    output, _ = here(before)

    assert b"jane" not in everything(output) and "jane" not in said(output)


def test_a_plain_picture_in_a_content_stays():
    table = bytes([0, 0, 0, 255, 0, 0]).hex().encode()
    output, _ = here(saved(paper(
        b"q 50 0 0 50 100 20 cm BI /W 2 /H 1 /BPC 8 /CS [/I /RGB 1 <" + table + b">] ID \1\1\nEI Q\n" + line(MAIL)
    )))  # fmt: skip

    assert picture(output).getpixel((250, 500)) == (255, 0, 0)


# --- what the document calls it ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "more", [{"FunctionType": 0}, {"ShadingType": 4}, {"HalftoneType": 6}, {"PatternType": 1}], ids=str
)
@pytest.mark.parametrize("state", ["", "FontFile", "CIDSet", "Mask", "SMask", "ToUnicode", "Thumb", "Metadata"])
def test_appearances_are_read_whatever_they_say_that_they_are(more: dict[str, Any], state: str):
    source = paper(line("x"))
    shown_ = form(
        source,
        b"BT /F1 12 Tf 0 200 Td [(ja) 20 (ne@exam) 20 (ple.com)] TJ ET",
    )
    for key, value in more.items():
        shown_[f"/{key}"] = value
    stamp = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=Array([0, 0, 400, 300]), F=4)
    stamp.AP = Dictionary(N=Dictionary({f"/{state}": shown_}) if state else shown_)
    if state:
        stamp.AS = Name(f"/{state}")
    source.pages[0].obj.Annots = Array([source.make_indirect(stamp)])
    data = saved(source)
    assert MAIL in said(data)
    output, _ = here(data)

    assert "jane" not in said(output) and "<EMAIL_ADDRESS>" in said(output)


def test_resources_may_be_called_as_what_goes_is():
    source = paper(b"BT /Legal 12 Tf 40 200 Td (hello) Tj ET /Thumb gs /Sound Do /Metadata /JS DP")
    resources = source.pages[0].obj.Resources
    resources.Font["/Legal"] = resources.Font.F1
    resources.ExtGState = Dictionary({"/Thumb": Dictionary(CA=1)})
    resources.XObject = Dictionary({"/Sound": form(source, line("there", 100))})
    resources.Properties = Dictionary({"/JS": Dictionary(MCID=0)})
    note = Dictionary(S=Name.Note, Ref=Array([Dictionary(S=Name.P)]))
    source.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=note, RoleMap=Dictionary({"/AA": Name.P}))
    source.Root.AcroForm = Dictionary(Fields=Array(), NeedAppearances=True)
    output, _, summary = redacted(source)

    assert text(output).split() == ["hello", "there"] and summary.notes == ()
    with pikepdf.open(io.BytesIO(output)) as pdf:
        after = pdf.pages[0].Resources
        assert after.Font.Legal.BaseFont == Name.Helvetica
        assert "/Thumb" in after.ExtGState and "/JS" in after.Properties
        assert "/Ref" in pdf.Root.StructTreeRoot.K and "/AA" in pdf.Root.StructTreeRoot.RoleMap
        assert pdf.Root.AcroForm.NeedAppearances is True
