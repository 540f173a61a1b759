"""Names that say a value: they are others afterwards, the same in each place, and the document looks as it did."""

import io
import struct
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import ImageChops, ImageFont

from expunct_server.redaction.formats.isolated.limits import DEFAULT
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import reading, vocabulary
from tests.redaction.formats.pdf.papers import line, paper, picture, redacted, saved, standard, text

MAIL = "jane@example.com"
WORD = "JaneExampleCom"  # as names of fonts are written
LABEL = "<EMAIL_ADDRESS>"


def everything(data: bytes) -> bytes:
    """All objects as they are written, and all streams, decoded."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        streams = [decoded(each) for each in pdf.objects if isinstance(each, pikepdf.Stream)]
        return b"\n".join([each.unparse(resolved=True) for each in pdf.objects] + streams)


def decoded(stream: Any) -> bytes:
    try:
        return bytes(stream.read_bytes())
    except pikepdf.PdfError:
        return bytes(stream.read_raw_bytes())


def gone(data: bytes) -> bool:
    squeezed = everything(data).lower().replace(b"\0", b"")
    return not any(each in squeezed for each in (WORD.lower().encode(), b"jane", WORD.lower().encode("utf-16-be")))


def look(data: bytes) -> Any:
    """The page without its lines: other programs take another font for one that they do not know."""
    return picture(data).crop((0, 160, 800, 500))


def test_what_is_called_by_a_value_is_called_otherwise_wherever_it_is_named():
    name = Name(f"/{WORD}")
    source = paper(
        f"/{WORD} gs /{WORD} cs 1 scn 40 150 50 50 re f /{WORD} BMC BT /{WORD} 12 Tf 40 230 Td (kept) Tj ET EMC "
        f"/Span <</{WORD} 3 /Other /{WORD}>> BDC EMC /{WORD} /{WORD} DP q /{WORD} Do Q\n".encode()
        + line(MAIL, 20)
    )
    font = standard("Courier")
    font.BaseFont = Name(f"/ABCDEF+{WORD}-Bold")
    resources = source.pages[0].obj.Resources
    resources.Font[f"/{WORD}"] = font
    resources.ExtGState = Dictionary({f"/{WORD}": Dictionary(CA=1)})
    function = Dictionary(FunctionType=2, Domain=Array([0, 1]), N=1, C0=Array([1, 1, 1]), C1=Array([1, 0, 0]))
    resources.ColorSpace = Dictionary({f"/{WORD}": Array([Name.Separation, name, Name.DeviceRGB, function])})
    resources.Properties = Dictionary({f"/{WORD}": Dictionary(Type=Name.OCG, Name=String("layer"))})
    drawn = source.make_stream(
        b"0 0 1 rg 200 150 50 50 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 400, 300]),
        Resources=Dictionary(),
    )  # fmt: skip
    resources.XObject = Dictionary({f"/{WORD}": drawn})
    source.Root.StructTreeRoot = Dictionary(
        Type=Name.StructTreeRoot, RoleMap=Dictionary({f"/{WORD}": Name.P}), K=Dictionary(S=name, Own=name)
    )
    before = saved(source)
    output, findings, _ = redacted(source)

    assert gone(output)
    assert ImageChops.difference(look(before), look(output)).getbbox() is None
    assert (
        sorted({(f.text, f.location) for f in findings} - {(MAIL, "page 1, box 40 17 146 30")})
        == [(WORD, "page 1, name")] * 1
    )
    with pikepdf.open(io.BytesIO(output)) as pdf:
        [role] = pdf.Root.StructTreeRoot.RoleMap.keys()
        assert str(pdf.Root.StructTreeRoot.K.S) == role
        assert len(role) == len(WORD) + 1
        fonts = {str(each.BaseFont) for each in pdf.pages[0].Resources.Font.values()}
        assert any(each.startswith("/ABCDEF+xxx") and each.endswith("-Bold") for each in fonts)


def field(pdf: Pdf, **more: Any) -> Any:
    return pdf.make_indirect(
        Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([40, 100, 60, 120]), F=4, **more)
    )


def test_states_of_fields_and_their_default_fonts_keep_their_names():
    source = paper(line(MAIL, 20))
    on = source.make_stream(b"1 0 0 rg 0 0 20 20 re f", Subtype=Name.Form, BBox=Array([0, 0, 20, 20]))
    off = source.make_stream(b"0 g", Subtype=Name.Form, BBox=Array([0, 0, 20, 20]))
    box = field(
        source, FT=Name.Btn, T=String("box"), V=Name(f"/{WORD}"), AS=Name(f"/{WORD}"), DA=String(f"/{WORD} 9 Tf 0 g"),
        AP=Dictionary(N=Dictionary({f"/{WORD}": on, "/Off": off})),
    )  # fmt: skip
    source.pages[0].obj.Annots = Array([box])
    fonts = Dictionary({f"/{WORD}": standard("Courier")})
    source.Root.AcroForm = Dictionary(Fields=Array([box]), DR=Dictionary(Font=fonts), DA=String(f"/{WORD} 0 Tf"))
    output, _, _ = redacted(source)

    assert gone(output)
    with pikepdf.open(io.BytesIO(output)) as pdf:
        form = pdf.Root.AcroForm
        [after] = form.Fields
        [name] = form.DR.Font.keys()
        assert str(after.V) == str(after.AS) == name and sorted(after.AP.N.keys()) == sorted(["/Off", name])
        assert [str(after.DA), str(form.DA)] == [f"{name} 9 Tf 0 g", f"{name} 0 Tf"]


def test_fields_that_lose_their_names_are_still_several():
    source = paper(line("one"))
    parent = source.make_indirect(Dictionary(T=String(LABEL + " 2"), FT=Name.Tx))
    names = [MAIL, "plain", "bob@example.com", f"{LABEL} 2", "eve@example.com"]
    fields = [field(source, FT=Name.Tx, T=String(each)) for each in names]
    fields[4].Parent = parent
    parent.Kids = Array([fields[4]])
    source.pages[0].obj.Annots = Array(fields)
    source.Root.AcroForm = Dictionary(Fields=Array([*fields[:4], parent]))
    output, _, _ = redacted(source)

    with pikepdf.open(io.BytesIO(output)) as pdf:
        assert [str(each.T) for each in pdf.Root.AcroForm.Fields] == [
            LABEL, "plain", f"{LABEL} 3", f"{LABEL} 2", f"{LABEL} 2",
        ]  # fmt: skip
        assert str(pdf.Root.AcroForm.Fields[4].Kids[0].T) == LABEL


def sfnt(called: str) -> bytes:
    """Pillow's own font, with another table of names."""
    plain = ImageFont.load_default(20).font_bytes
    raw = called.encode("utf-16-be")
    records = [(3, 1, 0x409, 1, len(raw), 0), (1, 0, 0, 4, len(called), len(raw)), (3, 1, 0x409, 9, len(raw), 0)]
    own = called.encode()
    table = struct.pack(">HHH", 0, 3, 6 + 36) + b"".join(struct.pack(">6H", *each) for each in records) + raw + own
    data, start = bytearray(plain), len(plain) + -len(plain) % 4
    data += bytes(start - len(plain)) + table
    for number in range(struct.unpack_from(">H", data, 4)[0]):
        if data[12 + 16 * number :][:4] == b"name":
            struct.pack_into(">II", data, 12 + 16 * number + 8, start, len(table))
    return bytes(data)


def compact(called: str) -> bytes:
    """The beginning of a CFF font: its name, an empty dictionary, a glyph's name, a notice."""

    def index(*parts: bytes) -> bytes:
        ends = [1 + sum(map(len, parts[:i])) for i in range(len(parts) + 1)]
        return struct.pack(">HB", len(parts), 1) + bytes(ends) + b"".join(parts)

    return b"\1\0\4\1" + index(called.encode()) + index(b"") + index(called.encode(), b"notice of " + b"jane " * 14)


def profile(called: str) -> bytes:
    text_ = called.encode() + b"\0"
    tag = b"desc" + bytes(4) + struct.pack(">I", len(text_)) + text_
    wide = called.encode("utf-16-be")
    many = b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(wide), 28) + wide
    plain = b"text" + bytes(4) + text_
    at, table, body = 132 + 36, struct.pack(">I", 3), b""
    for sig, each in ((b"desc", tag), (b"dmnd", many), (b"cprt", plain)):
        table += struct.pack(">4sII", sig, at + len(body), len(each))
        body += each
    return bytes(36) + b"acsp" + bytes(88) + table + body


TYPE1 = f"%!PS-AdobeFont-1.0: x\n/FontName /{WORD} def /FullName ({WORD}) def /Notice (by jane) def\neexec \x80".encode(
    "latin-1"
)


@pytest.mark.parametrize(
    ("key", "program"),
    [
        ("FontFile2", sfnt(WORD)),
        ("FontFile3", compact(WORD)),
        ("FontFile", TYPE1),
        ("FontFile2", b"\0\1\0\0\xff\xff"),
        ("FontFile3", b"\1"),
    ],
    ids=["truetype", "cff", "type1", "broken", "empty"],
)
def test_font_programs_forget_what_they_are_called(key: str, program: bytes):
    source = paper(line(MAIL, 20) + b"BT /F3 12 Tf 40 230 Td (kept) Tj ET")
    font = standard(WORD)
    font.Subtype = Name.TrueType if key == "FontFile2" else Name.Type1
    font.FontDescriptor = Dictionary(
        {
            "/Type": Name.FontDescriptor,
            "/FontName": Name(f"/{WORD}"),
            "/Flags": 32,
            f"/{key}": source.make_stream(program),
        }
    )
    source.pages[0].obj.Resources.Font.F3 = font
    output, _, _ = redacted(source)

    assert gone(output) and "kept" in text(output)
    with pikepdf.open(io.BytesIO(output)) as pdf:
        after = next(each for each in pdf.pages[0].Resources.Font.values() if "/FontDescriptor" in each)
        assert after.FontDescriptor.FontName == after.BaseFont
        data = after.FontDescriptor[f"/{key}"].read_bytes()
        assert len(data) == len(program)
        assert [
            a for a, b in zip(data, program, strict=True) if a != b and not chr(a).isalnum() and a not in b" \0"
        ] == []


def test_colour_profiles_forget_it_too():
    source = paper(line(MAIL, 20) + b"/C1 cs 1 0 0 scn 40 150 50 50 re f")
    stream = source.make_stream(profile(MAIL), N=3)
    source.pages[0].obj.Resources.ColorSpace = Dictionary(C1=Array([Name.ICCBased, stream]))
    output, _, _ = redacted(source)

    assert gone(output)


def test_a_table_of_codes_is_called_otherwise():
    source = paper(line(MAIL, 20))
    cmap = f"/CMapName /{WORD} def begincmap 1 begincodespacerange <00> <ff> endcodespacerange endcmap".encode()
    encoding = source.make_stream(cmap, Type=Name.CMap, CMapName=Name(f"/{WORD}"))
    source.pages[0].obj.Resources.Font.F3 = Dictionary(
        Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Made, Encoding=encoding,
        DescendantFonts=Array([Dictionary(Subtype=Name.CIDFontType0)]),
    )  # fmt: skip
    output, _, _ = redacted(source)

    assert gone(output) and b"begincodespacerange <00>" in everything(output)


def test_a_name_of_nothing_goes():
    source = paper(line(MAIL))
    source.Root.Odd = Dictionary({f"/{WORD}": Array([]), "/Kept": 1})
    data = saved(source).replace(f"/{WORD} [ ]".encode(), f"/{WORD} 999 0 R".encode())
    assert b"999 0 R" in data

    output, _, _ = redacted(data)

    assert gone(output)


def test_names_in_another_encoding_are_read():
    source = paper(line("see j\\344ne@example.com"))
    source.Root.Odd = Array([Name("/x")])
    data = saved(source).replace(b"/Odd [ /x ]", b"/Odd [ /j#e4ne@example.com ]")
    output, _, _ = redacted(data)

    assert b"j\xe4ne" not in everything(output) and b"#e4ne" not in everything(output)


@pytest.mark.parametrize(
    "name", ["Page", "FontDescriptor", "Delta", "f_f_i", "uni0041", "C2_0", "Im123", "abc", "Helvetica"]
)
def test_names_of_the_format_itself_are_nobodys(name: str):
    assert not vocabulary.is_own(name)


@pytest.mark.parametrize("name", [WORD, "Rose", f"ABCDEF+{WORD}", "山田", "Maria Schmidt"])
def test_other_names_are_somebodys(name: str):
    assert vocabulary.is_own(name)


def test_a_person_called_as_the_format_calls_something_is_no_residue():
    work = Work(io.BytesIO(saved(paper(line("x")))), io.BytesIO(), None, DEFAULT, None)  # type: ignore[arg-type]

    assert {"Page", "Font", "Title"}.isdisjoint("\n".join(reading.texts(work)).split())
