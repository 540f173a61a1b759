"""Small PDF documents, made in code, and what PDFium says of them."""

import io
from contextlib import closing
from typing import Any

import pikepdf
import pypdfium2
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageDraw, ImageFont

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import Summary
from tests.redaction.helpers import redacted_file

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN"})
SIZE = 400, 300
Box = tuple[float, float, float, float]


def paper(*contents: bytes, **resources: Any) -> Pdf:
    """A document with a page for each content; F1 and F2 are Helvetica and Courier."""
    pdf = Pdf.new()
    for content in contents:
        page = pdf.add_blank_page(page_size=SIZE)
        page.obj.Resources = Dictionary(Font=Dictionary(F1=standard("Helvetica"), F2=standard("Courier")), **resources)
        page.obj.Contents = pdf.make_stream(content)
    return pdf


def standard(name: str) -> Dictionary:
    return Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name("/" + name), Encoding=Name.WinAnsiEncoding)


def form(pdf: Pdf, content: bytes, **more: Any) -> Any:
    return pdf.make_stream(
        content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 400, 300]),
        Resources=Dictionary(Font=Dictionary(F1=standard("Helvetica")), **more),
    )  # fmt: skip


def nameless(pdf: Pdf, letters: str) -> Any:
    """A Type 3 font of bitmaps, as printers had them: codes from 1 on, whose names say nothing of the letters."""
    procs, widths = Dictionary(), Array()
    for number, letter in enumerate(letters, start=1):
        mask = Image.new("1", (40, 56), 1)
        ImageDraw.Draw(mask).text((2, 44), letter, font=ImageFont.load_default(44), fill=0, anchor="ls")
        width = round(ImageFont.load_default(44).getlength(letter))
        drawn = b"%d 0 0 -12 40 44 d1 40 0 0 56 0 -12 cm BI /W 40 /H 56 /IM true /BPC 1 ID %s EI" % (
            width, mask.tobytes(),
        )  # fmt: skip
        procs[f"/g{number}"] = pdf.make_stream(drawn)
        widths.append(width)
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font, Subtype=Name.Type3, FontBBox=Array([0, 0, 0, 0]), FirstChar=1, Resources=Dictionary(),
            FontMatrix=Array([1 / 44, 0, 0, 1 / 44, 0, 0]), LastChar=len(letters), CharProcs=procs, Widths=widths,
            Encoding=Dictionary(
                Type=Name.Encoding, Differences=Array([1, *(Name(f"/g{n}") for n in range(1, len(letters) + 1))])
            ),
        )
    )  # fmt: skip


def unsaid(text: str, letters: str, y: int = 200, x: int = 40) -> bytes:
    """A line in such a font, which is F3."""
    codes = bytes(letters.index(c) + 1 for c in text).hex()
    return f"BT /F3 14 Tf {x} {y} Td <{codes}> Tj ET\n".encode()


def line(text: str, y: int = 200, x: int = 40, font: str = "F1") -> bytes:
    return f"BT /{font} 12 Tf {x} {y} Td ({text}) Tj ET\n".encode()


def saved(pdf: Pdf, **how: Any) -> bytes:
    target = io.BytesIO()
    pdf.save(target, **how)
    return target.getvalue()


def redacted(pdf: Pdf | bytes, **changes: Any) -> tuple[bytes, list[Finding], Summary]:
    data = pdf if isinstance(pdf, bytes) else saved(pdf)
    output, findings, summary = redacted_file(data, "a.pdf", **({"entity_types": TYPES} | changes))
    with pikepdf.open(io.BytesIO(output)) as again:
        assert again.check_pdf_syntax() == []
    return output, findings, summary


def text(data: bytes, page: int = 0) -> str:
    with pypdfium2.PdfDocument(data) as document, closing(document[page].get_textpage()) as said:
        return str(said.get_text_range()).replace("\r\n", "\n")


def letters(data: bytes, page: int = 0) -> list[tuple[str, Box]]:
    """Each letter that PDFium sees and where it is, in tenths of points."""
    with pypdfium2.PdfDocument(data) as document, closing(document[page].get_textpage()) as said:
        found = [(said.get_text_range(i, 1), said.get_charbox(i)) for i in range(said.count_chars())]
        return [(c, tuple(round(x, 1) for x in box)) for c, box in found if c.strip()]


def picture(data: bytes, page: int = 0, scale: int = 2) -> Any:
    with pypdfium2.PdfDocument(data) as document:
        return document[page].render(scale=scale).to_pil().convert("RGB")


def drawn(data: bytes, page: int = 0) -> bytes:
    """The page's content."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return bytes(pdf.pages[page].Contents.read_bytes())
