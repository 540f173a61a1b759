"""PDF documents with values wherever one can be: drawn, said of what is drawn, and beside all that."""

import io
from collections.abc import Mapping
from typing import Any

import pikepdf
from pdfminer.high_level import extract_text
from pikepdf import Array, Dictionary, Name, Pdf, String

from tests.redaction.formats.cases import Case

SIZE = 612, 792
SHOWN = (
    "plain", "kerned", "scattered", "quoted", "spaced", "invisible", "outside", "rotated", "turned_page", "form",
    "inner_form", "type0", "named_by_marks", "state_font", "twice", "pattern", "glyph_text",
    "unused_form", "long_glyph", "vertical_scale", "clipped",
)  # fmt: skip
SAID = (
    "actual_text", "alternative", "resource_property", "author", "title", "own_property", "annotation",
    "rich_annotation", "appearance", "uri", "bookmark", "page_label", "layer", "structure", "structure_actual",
    "font_name", "spot_colour", "resource_name", "structure_role", "mark_name",
    "field_value", "field_default", "field_option", "field_hint", "field_name", "field_appearance", "attachment",
    "attachment_name", "page_attachment", "remote_file", "associated",
)  # fmt: skip
DROPPED = (
    "xmp", "page_xmp", "script", "action", "piece", "thread", "xfa", "destination", "signature", "old_revision",
    "comment", "unknown_stream", "unreferenced", "odd_operator", "launch", "template", "trailer", "binary", "function",
)  # fmt: skip
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:a="urn:a" rdf:about="" a:note="{}"/></rdf:RDF></x:xmpmeta>'
)
_TABLE = "begincmap 1 begincodespacerange <{0}> <{1}> endcodespacerange {2} beginbfchar\n{3}\nendbfchar endcmap"
KEPT = ("Quarterly report", "Dear reader,", "before", "after", "<EMAIL_ADDRESS>")


def made(places: Mapping[str, str], *, drawn: bool = True) -> bytes:
    """A document with each value in its place; `drawn` ones too, for which its pages have to be read as pictures."""
    pdf = Pdf.new()
    font = _standard_font(pdf)
    font.FontDescriptor = Dictionary(Type=Name.FontDescriptor, FontName=Name("/" + places["font_name"]), Flags=32)
    v = {key: value.encode() for key, value in places.items()}
    first = _first_page(pdf, font, v, places, drawn=drawn)
    _second_page(pdf, font, v, drawn=drawn)
    _annotations(pdf, first, font, v, places)
    _catalogue(pdf, first, places)
    _attachments(pdf, first, places)
    _form(pdf, first, font, v, places)
    _meta(pdf, first, places)
    return _with_older_revision(pdf, places)


def _name(value: bytes) -> Any:
    return Name("/" + value.decode())


def _standard_font(pdf: Pdf, name: str = "Helvetica") -> Any:
    return pdf.make_indirect(
        Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/" + name), Encoding=Name.WinAnsiEncoding)
    )


def _kerned(value: bytes) -> bytes:
    return b" ".join(b"(" + bytes([c]) + b") " + str(-20 + i % 3 * 15).encode() for i, c in enumerate(value))


def _scattered(value: bytes, y: int) -> bytes:
    """Letter by letter in the right order, each placed by itself."""
    return b"\n".join(b"1 0 0 1 %.1f %d Tm (%c) Tj" % (72 + 7.2 * i, y, c) for i, c in enumerate(value))


def _first_page(pdf: Pdf, font: Any, v: Mapping[str, bytes], places: Mapping[str, str], *, drawn: bool) -> Any:
    page = pdf.add_blank_page(page_size=SIZE)
    page.obj.MediaBox = Array([10, 20, 622, 812])
    wide = _type0(pdf, places["type0"])
    inner = _stream_form(pdf, font, b"BT /F1 9 Tf 0 0 Td (in " + v["inner_form"] + b") Tj ET")
    form = _stream_form(pdf, font, b"BT /F1 10 Tf 0 20 Td (form " + v["form"] + b") Tj ET q 1 0 0 1 0 5 cm /X1 Do Q")
    form.Resources.XObject = Dictionary(X1=inner)
    page.obj.Resources = Dictionary(
        Font=Dictionary(F1=font, F2=wide, F4=_standard_font(pdf, "Courier"), F3=_long_glyph(pdf, places["long_glyph"])),
        XObject=Dictionary(X1=form, X9=_stream_form(pdf, font, b"BT /F1 9 Tf (" + v["unused_form"] + b") Tj ET")),
        ExtGState=Dictionary(G1=Dictionary(Font=Array([font, 11]))),
        Properties=Dictionary(P1=pdf.make_indirect(Dictionary(ActualText=String(places["resource_property"])))),
        Pattern=Dictionary(P1=_pattern(pdf, font, v["pattern"])),
    )
    lines = [
        b"% " + v["comment"],
        b"BT /F1 12 Tf 72 760 Td (Quarterly report) Tj 0 -16 Td (Dear reader,) Tj",
        b"0 -16 Td (before " + v["plain"] + b" after) Tj",
        b"0 -16 Td [" + _kerned(v["kerned"]) + b"] TJ",
        b"14 TL (" + v["quoted"] + b") ' 1 0.5 (\\050" + v["spaced"] + b'\\051) " 0 Tw 0 Tc ET',
        b"BT /F4 12 Tf " + _scattered(v["scattered"], 640) + b" ET",
        b"BT /F1 12 Tf 3 Tr 72 600 Td (" + v["invisible"] + b") Tj 0 Tr ET",
        b"BT /F1 12 Tf 900 2000 Td (" + v["outside"] + b") Tj ET",
        b"BT /F1 12 Tf 0 1 -1 0 560 300 Tm (" + v["rotated"] + b") Tj ET",
        b"BT /F1 12 Tf 72 580 Td (" + v["twice"] + b") Tj 0.3 0 Td (" + v["twice"] + b") Tj ET",
        b"q 1 0 0 1 72 500 cm /X1 Do Q q 1 0 0 1 72 440 cm /X1 Do Q",
        b"BT /F2 12 Tf 72 420 Td <" + _wide(places["type0"]) + b"> Tj ET",
        b"BT /F1 12 Tf /Span <</ActualText (" + v["actual_text"] + b") /Alt (" + v["alternative"] + b")>> BDC",
        b"72 400 Td (x) Tj EMC /Span /P1 BDC ( y) Tj EMC ET",
        b"q BT /G1 gs 72 380 Td (" + v["state_font"] + b") Tj ET Q",
        b"/Span <</MCID 0>> BDC BT /F1 12 Tf 72 360 Td (" + v["named_by_marks"] + b") Tj ET EMC",
        b"BT /F3 12 Tf 72 340 Td (A) Tj ET",
        b"BT /F1 12 Tf 70 Tz 72 320 Td (" + v["vertical_scale"] + b") Tj 100 Tz ET",
        b"q 0 0 1 1 re W n BT /F1 12 Tf 72 300 Td (" + v["clipped"] + b") Tj ET Q",
        b"BX (" + v["odd_operator"] + b") odd EX (" + v["odd_operator"] + b") w",
        b"/Pattern cs /P1 scn 72 200 100 50 re f" if drawn else b"",
    ]
    page.obj.Contents = pdf.make_stream(b"\n".join(lines))
    return page.obj


def _second_page(pdf: Pdf, font: Any, v: Mapping[str, bytes], *, drawn: bool) -> None:
    page = pdf.add_blank_page(page_size=SIZE)
    page.obj.Rotate = 90
    glyph = pdf.make_stream(b"600 0 d0 BT /F1 1 Tf (" + v["glyph_text"] + b") Tj ET")
    type3 = Dictionary(
        Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 1000, 1000]), FirstChar=65, LastChar=65,
        FontMatrix=Array([0.001, 0, 0, 0.001, 0, 0]), CharProcs=Dictionary(A=glyph), Widths=Array([600]),
        Encoding=Dictionary(Type=Name.Encoding, Differences=Array([65, Name.A])),
        Resources=Dictionary(Font=Dictionary(F1=font)),
    )  # fmt: skip
    function = pdf.make_stream(b"{ % " + v["function"] + b"\n 1 exch sub }", FunctionType=4)
    function.Domain, function.Range = Array([0, 1]), Array([0, 1])
    page.obj.Resources = Dictionary(
        Font=Dictionary(F1=font, F3=pdf.make_indirect(type3)),
        ColorSpace=Dictionary(C1=Array([Name.Separation, _name(v["spot_colour"]), Name.DeviceGray, function])),
        ExtGState=Dictionary({str(_name(v["resource_name"])): Dictionary(CA=1)}),
    )
    page.obj.Contents = Array(
        [
            pdf.make_stream(b"BT /F1 12 Tf 72 700 Td (" + v["turned_page"] + b")"),
            pdf.make_stream(
                b"Tj ET BT /F3 10 Tf 72 600 Td" + b" (A) Tj" * drawn + b" ET /" + v["resource_name"] + b" gs"
            ),
            pdf.make_stream(b"/" + v["mark_name"] + b" BMC EMC"),
        ]
    )


def _stream_form(pdf: Pdf, font: Any, content: bytes) -> Any:
    return pdf.make_stream(
        content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 300, 40]),
        Resources=Dictionary(Font=Dictionary(F1=font)),
    )  # fmt: skip


def _pattern(pdf: Pdf, font: Any, value: bytes) -> Any:
    return pdf.make_stream(
        b"BT /F1 4 Tf (" + value + b") Tj ET", PatternType=1, PaintType=1, TilingType=1, XStep=100, YStep=50,
        BBox=Array([0, 0, 100, 50]), Resources=Dictionary(Font=Dictionary(F1=font)),
    )  # fmt: skip


def _wide(text: str) -> bytes:
    """Codes that are no code points: only the font's own table says what they are."""
    return "".join(f"{ord(c) + 0x300:04x}" for c in text).encode()


def _type0(pdf: Pdf, text: str) -> Any:
    letters = sorted(set(text))
    pairs = "\n".join(f"<{ord(c) + 0x300:04x}> <{ord(c):04x}>" for c in letters)
    table = _TABLE.format("0000", "ffff", len(letters), pairs)
    inner = Dictionary(
        Type=Name.Font, Subtype=Name.CIDFontType2, BaseFont=Name.Made, DW=600,
        CIDSystemInfo=Dictionary(Registry=String("Adobe"), Ordering=String("Identity"), Supplement=0),
        FontDescriptor=Dictionary(Type=Name.FontDescriptor, FontName=Name.Made, Flags=4),
    )  # fmt: skip
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type0, BaseFont=Name.Made, Encoding=Name("/Identity-H"),
            DescendantFonts=Array([pdf.make_indirect(inner)]), ToUnicode=pdf.make_stream(table.encode()),
        )
    )  # fmt: skip


def _long_glyph(pdf: Pdf, text: str) -> Any:
    """A font one of whose glyphs says a whole value."""
    table = _TABLE.format("00", "ff", 1, f"<41> <{text.encode('utf-16-be').hex()}>")
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, ToUnicode=pdf.make_stream(table.encode())
        )
    )


def _annotations(pdf: Pdf, page: Any, font: Any, v: Mapping[str, bytes], places: Mapping[str, str]) -> None:
    note = Dictionary(
        Type=Name.Annot, Subtype=Name.FreeText, Rect=Array([72, 250, 272, 290]), DA=String("/F1 9 Tf 0 g"),
        Contents=String(places["annotation"]), RC=String(f"<body><p>{places['rich_annotation']}</p></body>"),
        AP=Dictionary(N=_stream_form(pdf, font, b"BT /F1 9 Tf 2 9 Td (" + v["appearance"] + b") Tj ET")),
    )  # fmt: skip
    link = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=Array([72, 740, 200, 760]),
        A=Dictionary(S=Name.URI, URI=String(f"mailto:{places['uri']}"),
                     Next=Dictionary(S=Name.JavaScript, JS=String(places["action"]))),
    )  # fmt: skip
    jump = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=Array([72, 700, 200, 720]), Dest=String(places["destination"])
    )
    launch = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]),
        A=Dictionary(S=Name.Launch, F=String(places["launch"])),
    )  # fmt: skip
    remote = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]),
        A=Dictionary(S=Name.GoToR, F=String(places["remote_file"]), D=Array([0, Name.Fit])),
    )  # fmt: skip
    page.Annots = Array([pdf.make_indirect(each) for each in (note, link, jump, launch, remote)])


def _catalogue(pdf: Pdf, page: Any, places: Mapping[str, str]) -> None:
    root = pdf.Root
    named = Dictionary(Names=Array([String(places["destination"]), Array([page, Name.Fit])]))
    root.Names = Dictionary(
        Dests=named,
        JavaScript=Dictionary(
            Names=Array([String("a"), Dictionary(S=Name.JavaScript, JS=pdf.make_stream(places["script"].encode()))])
        ),
        Templates=Dictionary(Names=Array([String(places["template"]), Dictionary(Type=Name.Template)])),
    )
    item = pdf.make_indirect(Dictionary(Title=String(places["bookmark"]), Dest=Array([page, Name.Fit])))
    root.Outlines = pdf.make_indirect(Dictionary(Type=Name.Outlines, First=item, Last=item, Count=1))
    item.Parent = root.Outlines
    root.PageLabels = Dictionary(Nums=Array([0, Dictionary(P=String(places["page_label"]))]))
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String(places["layer"])))
    root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(Order=Array([layer])))
    part = pdf.make_indirect(
        Dictionary(
            Type=Name.StructElem, S=Name.P, Alt=String(places["structure"]), K=0, Pg=page,
            ActualText=String(places["structure_actual"]),
        )
    )  # fmt: skip
    roles = Dictionary({"/" + places["structure_role"]: Name.P})
    root.StructTreeRoot = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Array([part]), RoleMap=roles))
    part.P = root.StructTreeRoot
    thread = Dictionary(I=Dictionary(Title=String(places["thread"])))
    root.Threads = Array([pdf.make_indirect(thread)])
    root.Odd = Dictionary(Of=pdf.make_stream(places["unknown_stream"].encode()))


def _attachments(pdf: Pdf, page: Any, places: Mapping[str, str]) -> None:
    first = _file(pdf, f"{places['attachment_name']}.txt", f"see {places['attachment']}".encode())
    second = _file(pdf, "table.csv", f"name,mail\nJo,{places['page_attachment']}\n".encode())
    third = _file(pdf, "a.exe", b"MZ\x90\x00" + places["binary"].encode())
    fourth = _file(pdf, "b.txt", places["associated"].encode())
    pdf.Root.Names.EmbeddedFiles = Dictionary(
        Kids=Array([Dictionary(Names=Array([String(places["attachment_name"]), first, String("exe"), third]))])
    )
    pdf.Root.AF = Array([fourth])
    page.Annots.append(
        pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=second))
    )


def _file(pdf: Pdf, name: str, data: bytes) -> Any:
    stream = pdf.make_stream(data, Type=Name.EmbeddedFile)
    return pdf.make_indirect(Dictionary(Type=Name.Filespec, F=String(name), UF=String(name), EF=Dictionary(F=stream)))


def _form(pdf: Pdf, page: Any, font: Any, v: Mapping[str, bytes], places: Mapping[str, str]) -> None:
    drawn = b"/Tx BMC BT /F1 10 Tf 2 5 Td (" + v["field_appearance"] + b") Tj ET EMC"
    field = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Ch, Rect=Array([300, 72, 500, 92]), F=4,
        T=String(places["field_name"]), TU=String(places["field_hint"]), V=String(places["field_value"]),
        DV=String(places["field_default"]), Opt=Array([String("none"), String(places["field_option"])]),
        DA=String("/F1 10 Tf 0 g"),
        AP=Dictionary(N=_stream_form(pdf, font, drawn)),
    )  # fmt: skip
    signed = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, Rect=Array([0, 0, 0, 0]), T=String("signature"),
        V=Dictionary(Type=Name.Sig, Name=String(places["signature"]), Contents=String(b"\x30\x01")),
    )  # fmt: skip
    fields = Array([pdf.make_indirect(field), pdf.make_indirect(signed)])
    for each in fields:
        page.Annots.append(each)
    pdf.Root.AcroForm = Dictionary(
        Fields=fields, DA=String("/F1 10 Tf 0 g"), DR=Dictionary(Font=Dictionary(F1=font)),
        XFA=pdf.make_stream(f"<xdp>{places['xfa']}</xdp>".encode()),
    )  # fmt: skip


def _meta(pdf: Pdf, page: Any, places: Mapping[str, str]) -> None:
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(
            Title=String(places["title"]), Author=String(places["author"]), Project=String(places["own_property"])
        )
    )
    for holder, place in ((pdf.Root, "xmp"), (page, "page_xmp")):
        holder.Metadata = pdf.make_stream(_XMP.format(places[place]).encode(), Type=Name.Metadata, Subtype=Name.XML)
    page.PieceInfo = Dictionary(Made=Dictionary(Private=String(places["piece"])))


def _with_older_revision(pdf: Pdf, places: Mapping[str, str]) -> bytes:
    """An update at the end leaves what it replaces in the file; so are objects that nothing refers to."""
    target = io.BytesIO()
    pdf.save(target, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    raw = target.getvalue()
    old = f"900 0 obj\n<</Old ({places['old_revision']}) /Lost ({places['unreferenced']})>>\nendobj\n"
    start = int(raw.rpartition(b"startxref")[2].split()[0])
    size = pdf.trailer.get("/Size", 999)
    at = len(raw)
    root, info = pdf.Root.objgen[0], pdf.trailer.Info.objgen[0]
    with Pdf.open(io.BytesIO(raw)) as again:
        root, info, size = again.Root.objgen[0], again.trailer.Info.objgen[0], max(int(size), 901)
    update = (
        f"xref\n900 1\n{at:010} 00000 n \ntrailer\n<</Size {size} /Root {root} 0 R /Info {info} 0 R /Prev {start} "
        f"/Own ({places['trailer']})>>\nstartxref\n{at + len(old)}\n%%EOF\n"
    )
    return raw + old.encode() + update.encode()


# --- reading ----------------------------------------------------------------------------------------------------------


def read(data: bytes) -> str:
    """What pdfminer sees on the pages, and all strings, names and streams that the file has."""
    parts = [extract_text(io.BytesIO(data)), data.decode("latin-1")]
    with Pdf.open(io.BytesIO(data)) as pdf:
        for each in [*pdf.objects, pdf.trailer]:
            parts += _said(each, 0)
            if isinstance(each, pikepdf.Stream):
                with_it = _decoded(each)
                parts += [with_it, _drawn(each), _hexadecimal(with_it)]
    return "\n".join(parts)


def _decoded(stream: Any) -> str:
    try:
        return str(stream.read_bytes().decode("latin-1"))
    except pikepdf.PdfError:
        return str(stream.read_raw_bytes().decode("latin-1"))


def _said(value: Any, depth: int) -> list[str]:
    if isinstance(value, pikepdf.String):
        return [str(value)]
    if isinstance(value, Name):
        return [str(value)]
    if depth and getattr(value, "is_indirect", False):
        return []
    if isinstance(value, pikepdf.Array):
        return [text for each in value for text in _said(each, depth + 1)]
    if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        return [text for key, each in value.items() for text in (key, *_said(each, depth + 1))]
    return []


def _drawn(stream: Any) -> str:
    """All strings of a content, put together."""
    try:
        instructions = pikepdf.parse_content_stream(stream)
    except (pikepdf.PdfError, TypeError, ValueError):
        return ""
    return "".join(
        bytes(each).decode("latin-1")
        for instruction in instructions
        if not isinstance(instruction, pikepdf.ContentStreamInlineImage)
        for operand in instruction.operands
        for each in (operand if isinstance(operand, pikepdf.Array) else [operand])
        if isinstance(each, pikepdf.String)
    )


def _hexadecimal(text: str) -> str:
    found = [each.split(">")[0] for each in text.split("<")[1:]]
    return "\n".join(bytes.fromhex(each).decode("utf-16-be", "ignore") for each in found if _is_hex(each))


def _is_hex(text: str) -> bool:
    return len(text) % 4 == 0 and all(c in "0123456789abcdefABCDEF" for c in text)


def check(data: bytes) -> None:
    with Pdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
        assert len(pdf.pages) == 2
        assert not pdf.is_linearized
    assert data.count(b"%%EOF") == 1


CASES = [
    Case(
        filename="document.pdf",
        media_type="application/pdf",
        places=(*SHOWN, *SAID, *DROPPED),
        make=made,
        read=read,
        check=check,
        kept=KEPT,
        locations={
            "author": "properties, Author",
            "annotation": "page 1, annotation 1 (box 62 230 262 270), Contents",
            "bookmark": "bookmarks, Title",
            "attachment": "attachment 3",
        },
        dropped=frozenset(DROPPED),
    )
]
