"""Documents in the demo: a PDF and a DOCX with what nobody sees in them, redacted, and read again by other means."""

import io
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import pikepdf
import pypdfium2
from demo_checks import check, expect
from rich.console import Console
from rich.table import Table
from rich.text import Text

# What each document says somewhere and no result may, and what must come through.
DOCUMENTS = {
    "statement.pdf": (
        ["Laura Bennett", "219-09-9999", "April 12, 1984", "4111 1111", "503-555-0142", "laura.bennett@", "Susan"],
        ["Statement of account", "25 minutes: $120.00", "nothing is due."],
    ),
    "referral.docx": (
        ["Laura Bennett", "219-09-9999", "503-555-0142", "laura.bennett@", "Susan Whitfield", "Michael Carter"],
        ["Please see", "for her knee within two weeks.", "The exercises have helped."],
    ),
}


def show_document(console: Console, http: httpx.Client, source: Path, job: dict[str, Any]) -> None:
    """Where something was found in a document and what stands there now; the result is searched for what had to go.

    Raises:
        DemoFailed: something is left, or something is missing.
    """
    result = expect(http.get(f"/jobs/{job['id']}/result")).content
    before, after = _said(source.read_bytes()), _said(result)
    removed, kept = DOCUMENTS[source.name]
    for value in removed:
        check(value in before, f"{source.name} never said what should be removed from it")
        check(value not in after, f"{source.name}: something that had to go is still there")
    for value in kept:
        check(value in before and value in after, f"{source.name}: {value!r} should have been left alone")
    view = expect(http.get(f"/jobs/{job['id']}/pages/1"))
    check(view.headers["content-type"] == "image/png", f"{source.name}: its first page is no picture")
    title = f"\n{source.name}: {job['findings_count']} findings"
    table = Table(title=title, title_justify="left", expand=True)
    for column in ("place", "what stood there", "what stands there now"):
        table.add_column(column, overflow="fold")
    for each in expect(http.get(f"/jobs/{job['id']}")).json()["findings"]:
        table.add_row(each["location"], each["entity_type"], Text(each["redacted"], "bold green"))
    console.print(table)
    console.print(f"[green]✓[/] read again here, {source.name} says none of it, in no place that nobody sees either")


def _said(document: bytes) -> str:
    """All that a document says: pages by PDFium and each string of a PDF; of a package each part, attributes too."""
    return "\n".join(_in_pdf(document) if document.startswith(b"%PDF") else _in_package(document))


def _in_pdf(document: bytes) -> Iterable[str]:
    with pypdfium2.PdfDocument(document) as opened:
        yield from (page.get_textpage().get_text_range() for page in opened)
    with pikepdf.open(io.BytesIO(document)) as opened:
        for each in opened.objects:
            yield from map(str, _strings(each))


def _strings(each: Any) -> Iterable[pikepdf.String]:
    if isinstance(each, pikepdf.String):
        yield each
    elif isinstance(each, pikepdf.Dictionary | pikepdf.Stream | pikepdf.Array):
        inside = each if isinstance(each, pikepdf.Array) else each.values()
        for value in inside:
            if not (isinstance(value, pikepdf.Object) and value.is_indirect):
                yield from _strings(value)


def _in_package(document: bytes) -> Iterable[str]:
    with zipfile.ZipFile(io.BytesIO(document)) as opened:
        for name in opened.namelist():
            markup = opened.read(name).decode()
            yield re.sub(r"<[^>]*>", "", markup)
            yield markup  # for what attributes say
