"""What documents of many parts cost: `make bench-documents`.

Each kind is made up in a size that people have, redacted as a job would be (patterns alone, so that the formats are
measured and not the models), and set beside what one would write with the plain library: open it, replace by a regular
expression, save it, without looking into hidden places, without verifying. The best of three rounds each, in one run.
Time is what processors worked, for this process and for those of documents, so that it is the same on a machine that
does other things too. Memory is the most that any process of a document held in all (VmHWM), the program among it that
forks them.
"""

import io
import os
import re
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from email import policy as mail_policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import NamedTuple

import pikepdf
from lxml import etree
from lxml import html as lxml_html

from expunct_server.redaction.custom import NOTHING
from expunct_server.redaction.entities import resolve_types
from expunct_server.redaction.formats import redact_file, sniff
from expunct_server.redaction.formats.isolated.processes import PICTURES, STARTER
from expunct_server.redaction.plan import Plan

ROUNDS = 3
PAGES, ROWS, PARAGRAPHS = 300, 100_000, 5_000
_MAIL = re.compile(rb"[\w.]{1,64}@[\w.]{1,255}")
_LINE = "The parcel for jane{0}@corp.example was sent on Monday and waits at the counter of the main hall."


class Kind(NamedTuple):
    """A document, what its size is counted in, and the plain way."""

    filename: str
    unit: str
    units: int
    content: bytes
    plainly: Callable[[bytes], bytes]


def main() -> None:
    """Print the table."""
    print("## Documents\n\n| | size | a CPU second | kB a CPU second | the plain library | of it | memory |")
    print("|---|---|---:|---:|---:|---:|---:|")
    enough = "\n".join(_LINE.format(n) for n in range(PARAGRAPHS)).encode()
    _ours(Kind("a.txt", "lines", PARAGRAPHS, enough, bytes))  # so many that the patterns are made ready
    for kind in (_pdf(), _docx(), _xlsx(), _html(), _mail(), _archive()):
        taken, memory = _ours(kind)
        plain = min(_timed(lambda kind=kind: kind.plainly(kind.content)) for _ in range(ROUNDS))  # type: ignore[misc]
        kilobytes = len(kind.content) / 1e3
        size, ours = f"{kind.units:,} {kind.unit}, {kilobytes:,.0f} kB", f"{kind.units / taken:,.0f} {kind.unit}"
        shares = f"{kilobytes / taken:,.1f} | {kind.units / plain:,.0f} {kind.unit} | {plain / taken:.4f}"
        print(f"| {kind.filename} | {size} | {ours} | {shares} | {memory:.0f} MB |", flush=True)


def _ours(kind: Kind) -> tuple[float, float]:
    """Seconds of processors' time of the best round, and the most megabytes of a process."""
    plan = Plan(resolve_types(["all"]), 0.5, "en", "mask", {}, True, NOTHING, bytes(32), use_model=False)
    row = sniff(kind.content[:65536], kind.filename, len(kind.content))
    with _Memory() as memory:
        taken = min(
            _timed(
                lambda: redact_file(
                    io.BytesIO(kind.content),
                    io.BytesIO(),
                    row,
                    plan,
                    lambda _: None,
                    lambda _: None,
                    name=kind.filename,
                )
            )
            for _ in range(ROUNDS)
        )
    return taken, memory.most


def _timed(act: Callable[[], object]) -> float:
    began = _worked()
    act()
    return _worked() - began


def _worked() -> float:
    """Seconds of processors' time: of this process, of the programs that fork documents' processes, and of those."""
    ticks = 0
    for program in _programs():
        fields = Path(f"/proc/{program}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(map(int, fields[11:15]))  # proc(5): utime to cstime
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def _programs() -> list[int]:
    return [each.program for each in (STARTER, PICTURES) if each.program is not None]


class _Memory:
    """Looks again and again at what the processes of documents hold."""

    def __init__(self) -> None:
        self.most = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "_Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            for program in _programs():
                self.most = max([self.most, *map(_held, _children(program))])


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _held(pid: int) -> float:
    """Megabytes of memory that a process has held at most."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1000 if found else 0.0


# --- the documents, and the plain way ---------------------------------------------------------------------------------


def _pdf() -> Kind:
    made = pikepdf.new()
    font = made.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for number in range(PAGES):
        lines = "".join(f"({_LINE.format(number * 40 + n)}) Tj T*\n" for n in range(40))
        page = made.add_blank_page(page_size=(595, 842))
        page.Contents = made.make_stream(f"BT /F1 10 Tf 14 TL 50 780 Td\n{lines}ET".encode())
        page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    target = io.BytesIO()
    made.save(target)
    return Kind("a.pdf", "pages", PAGES, target.getvalue(), _pdf_plainly)


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


def _xlsx() -> Kind:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = [
        '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>mail</t></is></c></row>'
    ]
    for n in range(2, ROWS + 2):
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
    return Kind("a.xlsx", "rows", ROWS, content, _unzipped_plainly)


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


if __name__ == "__main__":
    main()
    sys.exit(0)
