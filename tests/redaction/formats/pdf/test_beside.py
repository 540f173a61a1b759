"""What streams hold beside what they are for: nothing of it is left, and pictures and colours look as they did."""

import io
import zlib
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image

from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import beside, files, reading
from tests.redaction.formats.pdf.papers import line, paper, picture, redacted, saved
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
        shown(zlib.compress(described()), Filter=Array([Name.FlateDecode, Name.DCTDecode])),
        shown(described().hex().encode() + b">", Filter=Array([Name.ASCIIHexDecode, Name.DCTDecode]),
              DecodeParms=Array([Dictionary(), Dictionary(ColorTransform=1)])),
        shown(encoded(RED, "JPEG2000", comment=MAIL.encode()) + SAID, Filter=Name.JPXDecode),
        shown(encoded(RED, "JPEG2000", no_jp2=True, comment=MAIL.encode()) + SAID, Filter=Name.JPXDecode),
        shown(encoded(RED, "JPEG2000", tile_size=(4, 4)) + b"\0\0\0\x20uuid" + SAID, Filter=Name.JPXDecode),
    ],
    ids=["pixels", "deflated", "predicted", "jpeg", "hexadecimal", "jp2", "codestream", "tiles"],
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
        assert bytes(spaces.C2[3]) == b"\xff\0\0\0\0\0"
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
