"""Pictures of documents before and after, for docs/how-to/documents.md: `python scripts/document_pictures.py`.

A made-up letter as PDF, and a made-up workbook as LibreOffice shows it, where that is installed: the source on the left
and the result on the right, or below. And the reading view of a made-up message's result.
"""

import io
import shutil
import subprocess
import tempfile
import zipfile
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import pikepdf
import pypdfium2
from PIL import Image

from expunct_server.redaction.custom import NOTHING
from expunct_server.redaction.entities import resolve_types
from expunct_server.redaction.formats import preview, redact_file, sniff
from expunct_server.redaction.formats.common import Emit
from expunct_server.redaction.formats.marks import Placed
from expunct_server.redaction.plan import Plan

_IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
_WIDTH: Final = 640  # pixels of a side
_GAP: Final = 8
_LETTER: Final = (
    (16, "Harbour Clinic"),
    (9, "12 Main Street, Springfield, IL 62704   -   +1 212-555-2368   -   desk@harbour.example"),
    (0, ""),
    (11, "Maria Gonzalez"),
    (11, "48 Elm Avenue"),
    (11, "Springfield, IL 62701"),
    (0, ""),
    (12, "Your appointment on 14 March 2024"),
    (11, "Dear Maria Gonzalez,"),
    (11, "thank you for your call. We have noted your date of birth, 02/29/1980, and your"),
    (11, "social security number, 219-09-9998, for the insurance. The results of the test go to"),
    (11, "maria.gonzalez@example.com; please bring the referral and arrive ten minutes early."),
    (11, "The deposit of 40 dollars was taken from the card 4111 1111 1111 1111."),
    (0, ""),
    (11, "Kind regards"),
    (11, "Peter Novak, reception"),
)
_ROWS: Final = (
    ("Employee", "E-mail", "SSN", "Phone", "Hours", "Rate", "Pay"),
    ("Maria Gonzalez", "maria.gonzalez@example.com", "219-09-9998", "+1 212-555-2368", "38", "31.5", "E2*F2"),
    ("Peter Novak", "peter.novak@example.com", "078-05-1120", "+1 212-555-0187", "40", "28", "E3*F3"),
    ("Aisha Khan", "aisha.khan@example.com", "457-55-5462", "+1 415-555-0133", "24", "35", "E4*F4"),
)
_OFFICE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_KINDS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def main() -> None:
    """Write the pictures."""
    _IMAGES.mkdir(exist_ok=True)
    source = _letter()
    _save("letter.png", source, _redacted("letter.pdf", source), (0.05, 0.02, 0.9, 0.45))
    _save_view("message.png", "message.eml", _message(), (0.03, 0.02, 0.97, 0.345))
    if shutil.which("soffice") is None:
        print("The workbook is left out: LibreOffice is not installed.")
        return
    book = _workbook()
    _save("workbook.png", _shown(book), _shown(_redacted("payroll.xlsx", book)), (0.02, 0.03, 0.88, 0.17))


def _redacted(name: str, content: bytes, emit: Emit = lambda _: None) -> bytes:
    plan = Plan(resolve_types(["all"]), 0.5, "en", "mask", {}, True, NOTHING, bytes(32), use_model=True)
    target = io.BytesIO()
    kind = sniff(content, name, len(content))
    redact_file(io.BytesIO(content), target, kind, plan, emit, lambda _: None, name=name)
    return target.getvalue()


# --- the documents ----------------------------------------------------------------------------------------------------


def _letter() -> bytes:
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=made.make_indirect(font)))
    lines, top = [], 790
    for size, text in _LETTER:
        if text:
            lines.append(f"BT /F1 {size} Tf 1 0 0 1 60 {top} Tm ({text}) Tj ET")
        top -= size + 9 if size else 14
    page.Contents = made.make_stream("\n".join(lines).encode())
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def _workbook() -> bytes:
    rows = "".join(
        f'<row r="{n}">{"".join(_cell(n, column, value) for column, value in zip("ABCDEFG", row, strict=True))}</row>'
        for n, row in enumerate(_ROWS, start=1)
    )
    widths = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate((19, 30, 14, 20, 8, 8, 10), start=1)
    )
    page = '<printOptions headings="1" gridLines="1"/>'
    page += '<pageMargins left="0.4" right="0.4" top="0.4" bottom="0.4" header="0" footer="0"/>'
    page += '<pageSetup orientation="landscape"/><headerFooter/>'
    sheet = f'<worksheet xmlns="{_MAIN}"><cols>{widths}</cols><sheetData>{rows}</sheetData>{page}</worksheet>'
    relation = f'<Relationship Id="r1" Type="{_KINDS}/{{}}" Target="{{}}"/>'
    relations = f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relation}'
    relations += "</Relationships>"
    return _zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_OFFICE}.sheet.main+xml"/><Override '
            f'PartName="/xl/worksheets/sheet1.xml" ContentType="{_OFFICE}.worksheet+xml"/></Types>',
            "_rels/.rels": relations.format("officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_KINDS}"><sheets>'
            '<sheet name="Payroll" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations.format("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": sheet,
        }
    )


def _message() -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "Peter Novak <peter.novak@harbour.example>", "billing@insurer.example"
    made["Subject"] = "Appointment of Maria Gonzalez"
    made["Date"] = "Mon, 11 Mar 2024 09:00:00 +0000"
    made.set_content(
        "Good morning,\n\nMaria Gonzalez (SSN 219-09-9998) comes on Thursday; her card ends in 1111.\n"
        "Please answer to +1 212-555-2368.\n\nKind regards\nPeter Novak\n"
    )
    rows = "\n".join(",".join((name, mail, phone)) for name, mail, _, phone, *_ in _ROWS)
    made.add_attachment(rows, subtype="csv", filename="team.csv")
    return bytes(made)


def _cell(row: int, column: str, value: str) -> str:
    if value.startswith("E") and "*" in value:
        return f'<c r="{column}{row}"><f>{value}</f></c>'
    if value.replace(".", "").isdecimal():
        return f'<c r="{column}{row}"><v>{value}</v></c>'
    return f'<c r="{column}{row}" t="inlineStr"><is><t>{value}</t></is></c>'


def _zipped(parts: dict[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(name, part)
    return target.getvalue()


# --- the pictures -----------------------------------------------------------------------------------------------------


def _shown(book: bytes) -> bytes:
    """A workbook as a PDF, by LibreOffice in a profile of its own."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "payroll.xlsx"
        source.write_bytes(book)
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)
        return source.with_suffix(".pdf").read_bytes()


def _save(name: str, before: bytes, after: bytes, part: tuple[float, float, float, float]) -> None:
    """Both first pages beside each other; `part` is what is shown of them: left, top, right, bottom in shares."""
    sides = [_side(each, part) for each in (before, after)]
    is_wide = sides[0].width > 2 * sides[0].height
    width, height = sides[0].size
    right, down = (0, height + _GAP) if is_wide else (width + _GAP, 0)
    both = Image.new("RGB", (width + right, height + down), "#888888")
    both.paste(sides[0], (0, 0))
    both.paste(sides[1], (right, down))
    both.quantize(16).save(_IMAGES / name, optimize=True)
    print(f"{name}: {(_IMAGES / name).stat().st_size:,} bytes")


def _save_view(name: str, filename: str, content: bytes, part: tuple[float, float, float, float]) -> None:
    """The first page of the view of a result; `part` as above."""
    findings: list[Placed] = []
    result = _redacted(
        filename,
        content,
        lambda f: findings.append(Placed(f.location, f.replacement, f.entity_type, f.start, f.end)),
    )
    with tempfile.TemporaryFile() as file:
        file.write(result)
        file.flush()
        shown = Image.open(io.BytesIO(preview(file, sniff(result, filename, len(result)), 1, findings)))
    sides = (round(share * size) for share, size in zip(part, shown.size * 2, strict=True))
    shown.crop(tuple(sides)).quantize(32).save(_IMAGES / name, optimize=True)
    print(f"{name}: {(_IMAGES / name).stat().st_size:,} bytes")


def _side(pdf: bytes, part: tuple[float, float, float, float]) -> Image.Image:
    left, top, right, bottom = part
    with pypdfium2.PdfDocument(pdf) as opened:
        page = opened[0]
        wide = page.get_width() > page.get_height()
        scale = _WIDTH * (1.4 if wide else 1) / page.get_width() / (right - left)
        picture = page.render(scale=scale).to_pil().convert("RGB")
    box = (left * picture.width, top * picture.height, right * picture.width, bottom * picture.height)
    return picture.crop(tuple(round(each) for each in box))


if __name__ == "__main__":
    main()
