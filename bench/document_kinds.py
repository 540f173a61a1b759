"""The documents that `bench.documents` measures, and what one would write for each with the plain library."""

import io
import re
import tarfile
import zipfile
from collections.abc import Callable
from email import policy as mail_policy
from email.message import EmailMessage
from email.parser import BytesParser
from functools import partial
from typing import Final, NamedTuple

import numpy as np
import olefile
import pikepdf
import pypdfium2
from lxml import etree
from lxml import html as lxml_html
from PIL import Image, ImageDraw, ImageFont
from tests.redaction.formats.cases_odf import odf
from tests.redaction.formats.mail import outlook

from expunct_server.redaction.formats.pictures import reading

PARAGRAPHS: Final = 5_000
_MAIL = re.compile(rb"[\w.]{1,64}@[\w.]{1,255}")
_LINE = "The parcel for jane{0}@corp.example was sent on Monday and waits at the counter of the main hall."


class Kind(NamedTuple):
    """A document, what its size is counted in, and the plain way."""

    filename: str
    unit: str
    units: int
    content: bytes
    plainly: Callable[[bytes], bytes]


def text(lines: int = PARAGRAPHS) -> Kind:
    """Lines that are no document of parts."""
    said = "\n".join(map(_LINE.format, range(lines)))
    return Kind("a.txt", "lines", lines, said.encode(), partial(_MAIL.sub, b"x"))


def _pdf(pages: int) -> Kind:
    made = pikepdf.new()
    font = made.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for number in range(pages):
        lines = "".join(f"({_LINE.format(number * 40 + n)}) Tj T*\n" for n in range(40))
        page = made.add_blank_page(page_size=(595, 842))
        page.Contents = made.make_stream(f"BT /F1 10 Tf 14 TL 50 780 Td\n{lines}ET".encode())
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    target = io.BytesIO()
    made.save(target)
    return Kind("a.pdf", "pages", pages, target.getvalue(), _pdf_plainly)


def _pdf_plainly(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as opened:
        for page in opened.pages:
            stream = page.Contents
            stream.write(_MAIL.sub(b"x", stream.read_bytes()))
        target = io.BytesIO()
        opened.save(target)
    return target.getvalue()


def _zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return target.getvalue()


def _unzipped_plainly(content: bytes) -> bytes:
    """Each part through lxml, its texts through the expression."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as opened, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in opened.namelist():
            root = etree.fromstring(opened.read(name))
            for element in root.iter():
                if element.text:
                    element.text = _MAIL.sub(b"x", element.text.encode()).decode()
            packed.writestr(name, etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))
    return target.getvalue()


_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
    'ContentType="application/xml"/>{}</Types>'
)
_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/></Relationships>'
)
_OFFICE = "application/vnd.openxmlformats-officedocument."


def _docx() -> Kind:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{_LINE.format(n)}</w:t></w:r></w:p>" for n in range(PARAGRAPHS))
    override = f'<Override PartName="/word/document.xml" ContentType="{_OFFICE}wordprocessingml.document.main+xml"/>'
    parts = {
        "[Content_Types].xml": _TYPES.format(override),
        "_rels/.rels": _RELS.format("officeDocument", "word/document.xml"),
        "word/document.xml": f'<w:document xmlns:w="{w}"><w:body>{body}</w:body></w:document>',
    }
    content = _zipped({name: part.encode() for name, part in parts.items()})
    return Kind("a.docx", "paragraphs", PARAGRAPHS, content, _unzipped_plainly)


def _xlsx(count: int) -> Kind:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = [
        '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>mail</t></is></c></row>'
    ]
    for n in range(2, count + 2):
        mail = f'<c r="B{n}" t="inlineStr"><is><t>jane{n}@corp.example</t></is></c>'
        rows.append(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c>{mail}</row>')
    overrides = (
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}spreadsheetml.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_OFFICE}spreadsheetml.worksheet+xml"/>'
    )
    r = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": _TYPES.format(overrides),
        "_rels/.rels": _RELS.format("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{r}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _RELS.format("worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(rows)}</sheetData></worksheet>',
    }
    content = _zipped({name: part.encode() for name, part in parts.items()})
    return Kind("a.xlsx", "rows", count, content, _unzipped_plainly)


def _html() -> Kind:
    body = "".join(f"<p>{_LINE.format(n)}</p>\n" for n in range(PARAGRAPHS))
    return Kind(
        "a.html", "paragraphs", PARAGRAPHS, f"<!DOCTYPE html><html><body>{body}</body></html>".encode(), _html_plainly
    )


def _html_plainly(content: bytes) -> bytes:
    root = lxml_html.fromstring(content)
    for element in root.iter():
        if element.text:
            element.text = _MAIL.sub(b"x", element.text.encode()).decode()
    return bytes(lxml_html.tostring(root))


def _mail() -> Kind:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@corp.example", "b@corp.example", "The parcels"
    message.set_content("\n".join(_LINE.format(n) for n in range(PARAGRAPHS)))
    message.add_attachment(
        "\n".join(f"{n},jane{n}@corp.example" for n in range(PARAGRAPHS)), filename="a.csv", subtype="csv"
    )
    return Kind("a.eml", "lines", 2 * PARAGRAPHS, message.as_bytes(), _mail_plainly)


def _mail_plainly(content: bytes) -> bytes:
    message = BytesParser(policy=mail_policy.default).parsebytes(content)
    for part in message.walk():
        if part.get_content_maintype() == "text":
            text = _MAIL.sub(b"x", part.get_content().encode()).decode()
            part.set_content(text, subtype=part.get_content_subtype())
    return message.as_bytes()


def _archive() -> Kind:
    count = 200
    text = "\n".join(_LINE.format(n) for n in range(100)).encode()
    content = _zipped({f"letter-{n}.txt": text for n in range(count)})
    return Kind("a.zip", "files", count, content, _archive_plainly)


def _archive_plainly(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        return _zipped({name: _MAIL.sub(b"x", opened.read(name)) for name in opened.namelist()})


def _pptx(slides: int = 250) -> Kind:
    """Slides of 20 paragraphs."""
    spaces = (
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    )
    kind = f'ContentType="{_OFFICE}presentationml'
    numbers = range(1, slides + 1)
    overrides = f'<Override PartName="/ppt/presentation.xml" {kind}.presentation.main+xml"/>' + "".join(
        f'<Override PartName="/ppt/slides/slide{n}.xml" {kind}.slide+xml"/>' for n in numbers
    )
    relation = (
        '<Relationship Id="r{0}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/slide" '
        'Target="slides/slide{0}.xml"/>'
    )
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in numbers)
    parts = {
        "[Content_Types].xml": _TYPES.format(overrides),
        "_rels/.rels": _RELS.format("officeDocument", "ppt/presentation.xml"),
        "ppt/presentation.xml": f"<p:presentation {spaces}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'relationships">{"".join(map(relation.format, numbers))}</Relationships>',
    }
    for n in numbers:
        body = "".join(f"<a:p><a:r><a:t>{_LINE.format(n * 20 + i)}</a:t></a:r></a:p>" for i in range(20))
        shape = f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="s"/></p:nvSpPr><p:txBody>{body}</p:txBody></p:sp>'
        parts[f"ppt/slides/slide{n}.xml"] = (
            f"<p:sld {spaces}><p:cSld><p:spTree><p:nvGrpSpPr/><p:grpSpPr/>{shape}</p:spTree></p:cSld></p:sld>"
        )
    content = _zipped({name: part.encode() for name, part in parts.items()})
    return Kind("a.pptx", "paragraphs", slides * 20, content, _unzipped_plainly)


def _odt() -> Kind:
    body = "".join(f"<text:p>{_LINE.format(n)}</text:p>" for n in range(PARAGRAPHS))
    return Kind("a.odt", "paragraphs", PARAGRAPHS, odf("text", body), _odf_plainly)


def _ods(count: int = 10_000) -> Kind:
    cell = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    number = "<table:table-cell office:value-type='float' office:value='{0}'><text:p>{0}</text:p></table:table-cell>"
    row = "<table:table-row>{}{}</table:table-row>"
    rows = [row.format(cell.format("id"), cell.format("mail"))]
    rows += [row.format(number.format(n), cell.format(f"jane{n}@corp.example")) for n in range(2, count + 2)]
    content = odf("spreadsheet", f"<table:table table:name='S'>{''.join(rows)}</table:table>")
    return Kind("a.ods", "rows", count, content, _odf_plainly)


def _odp(slides: int = 250) -> Kind:
    frame = "<draw:page draw:name='p{}'><draw:frame><draw:text-box>{}</draw:text-box></draw:frame></draw:page>"
    pages = [
        frame.format(n, "".join(f"<text:p>{_LINE.format(n * 20 + i)}</text:p>" for i in range(20)))
        for n in range(slides)
    ]
    return Kind("a.odp", "paragraphs", slides * 20, odf("presentation", "".join(pages)), _odf_plainly)


def _odf_plainly(content: bytes) -> bytes:
    """All texts of `content.xml` through the expression; the other members as they are."""
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    return _zipped(parts | {"content.xml": _xml_plainly(parts["content.xml"])})


def _xml() -> Kind:
    body = "".join(f'<letter n="{n}"><text>{_LINE.format(n)}</text></letter>\n' for n in range(PARAGRAPHS))
    return Kind("a.xml", "elements", PARAGRAPHS, f"<letters>{body}</letters>".encode(), _xml_plainly)


def _xml_plainly(content: bytes) -> bytes:
    root = etree.fromstring(content)
    for element in root.iter():
        if element.text:
            element.text = _MAIL.sub(b"x", element.text.encode()).decode()
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _rtf() -> Kind:
    body = "".join(f"\\pard {_LINE.format(n)}\\par\r\n" for n in range(PARAGRAPHS))
    content = rb"{\rtf1\ansi\deff0{\fonttbl{\f0 Arial;}}\f0\fs20 " + body.encode() + b"}"
    return Kind("a.rtf", "paragraphs", PARAGRAPHS, content, partial(_MAIL.sub, b"x"))


def _msg() -> Kind:
    """A message with its body as text."""
    body = "\r\n".join(_LINE.format(n) for n in range(PARAGRAPHS))
    values = {0x001A001F: "IPM.Note", 0x0037001F: "The parcels", 0x1000001F: body}
    return Kind("a.msg", "lines", PARAGRAPHS, outlook.message(values), _msg_plainly)


def _msg_plainly(content: bytes) -> bytes:
    """Each stream of text with as many letters as it had: the plain library writes no stream of another size."""
    target = io.BytesIO(content)
    with olefile.OleFileIO(target, write_mode=True) as opened:
        for path in opened.listdir():
            if path[-1].endswith("001F"):
                said = opened.openstream(path).read().decode("utf-16-le").encode()
                opened.write_stream(path, _MAIL.sub(lambda m: b"x" * len(m[0]), said).decode().encode("utf-16-le"))
    return target.getvalue()


def _tar() -> Kind:
    text = "\n".join(_LINE.format(n) for n in range(100)).encode()
    content = _tarred({f"letter-{n}.txt": text for n in range(200)})
    return Kind("a.tar", "files", 200, content, _tar_plainly)


def _tarred(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as packed:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            packed.addfile(entry, io.BytesIO(data))
    return target.getvalue()


def _tar_plainly(content: bytes) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(content)) as opened:
        read = ((each.name, opened.extractfile(each)) for each in opened)
        return _tarred({name: _MAIL.sub(b"x", file.read()) for name, file in read if file is not None})


# --- what is read as a picture: the plain way is one sight of the same networks, and boxes over what they read -------


def _drawn(number: int) -> Image.Image:
    """A page of A4 at 200 dpi with 40 lines of 10 points."""
    page = Image.new("RGB", (1654, 2339), "white")
    font, draw = ImageFont.load_default(size=28), ImageDraw.Draw(page)
    for n in range(40):
        draw.text((140, 160 + 50 * n), _LINE.format(number * 40 + n), font=font, fill="black")
    return page


def _png() -> Kind:
    target = io.BytesIO()
    _drawn(0).save(target, "PNG", dpi=(200, 200))
    return Kind("a.png", "pages", 1, target.getvalue(), _png_plainly)


def _png_plainly(content: bytes) -> bytes:
    target = io.BytesIO()
    with Image.open(io.BytesIO(content)) as opened:
        _covered(opened.convert("RGB")).save(target, "PNG")
    return target.getvalue()


def _covered(page: Image.Image) -> Image.Image:
    draw = ImageDraw.Draw(page)
    for line in reading.lines(np.asarray(page)[:, :, ::-1].copy(), 1.0):
        if _MAIL.search(line.text.encode()):
            draw.polygon([(float(x), float(y)) for x, y in line.corners], fill="black")
    return page


def _scan(pages: int = 2) -> Kind:
    """Pages that are pictures, with no text behind them."""
    made = [_drawn(number) for number in range(pages)]
    return Kind("scan.pdf", "pages", pages, _bound(made), _scan_plainly)


def _bound(pages: list[Image.Image]) -> bytes:
    target = io.BytesIO()
    pages[0].save(target, "PDF", resolution=200, save_all=True, append_images=pages[1:])
    return target.getvalue()


def _scan_plainly(content: bytes) -> bytes:
    opened = pypdfium2.PdfDocument(content)
    return _bound([_covered(page.render(scale=200 / 72).to_pil().convert("RGB")) for page in opened])


KINDS: Final[dict[str, Callable[[], Kind]]] = {
    "txt": text,
    "pdf": partial(_pdf, 300),
    "docx": _docx,
    "xlsx": partial(_xlsx, 100_000),
    "pptx": _pptx,
    "odt": _odt,
    "ods": _ods,
    "odp": _odp,
    "rtf": _rtf,
    "html": _html,
    "xml": _xml,
    "eml": _mail,
    "msg": _msg,
    "zip": _archive,
    "tar": _tar,
    "png": _png,
    "scan": _scan,
    "pdf-small": partial(_pdf, 30),
    "xlsx-small": partial(_xlsx, 10_000),
}
"""By the names of their rows. The small ones are there for their memory, beside that of the large ones."""
