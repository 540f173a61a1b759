"""What tests of views share."""

import re
import tempfile
from collections.abc import Iterable

from expunct_server.redaction import formats
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats.isolated.limits import DEFAULT, Limits
from expunct_server.redaction.formats.marks import Placed
from expunct_server.redaction.formats.views import showing
from expunct_server.redaction.formats.views.rows import Row
from tests.redaction.helpers import redacted_file

MAILS = frozenset({"EMAIL_ADDRESS"})


def placed(findings: Iterable[Finding]) -> list[Placed]:
    return [Placed(f.location, f.replacement, f.entity_type, f.start, f.end) for f in findings]


def rows_of(output: bytes, name: str, findings: Iterable[Finding], limits: Limits = DEFAULT) -> list[Row]:
    """The rows of the view of a result."""
    kind = formats.sniff(output, name, len(output))
    with tempfile.TemporaryFile() as file:
        file.write(output)
        file.flush()
        return showing.Showing(limits, limits.budget()).view(file, kind, placed(findings), formats.sniff).rows


def rows_after(source: bytes, name: str, method: str = "mask", types: frozenset[str] = MAILS) -> list[Row]:
    """The rows of the view of a document once it is redacted."""
    output, findings, _ = redacted_file(source, name, entity_types=types, method=method)
    return rows_of(output, name, findings)


def said(rows: Iterable[Row]) -> list[str]:
    """Rows as people see them: headings in equals signs, captions before a bar, frames as braces."""
    return [_said(row) for row in rows]


def named(rows: Iterable[Row]) -> int:
    """How many findings are listed, having no frame."""
    lists = [row.text.removesuffix(".") for row in rows if row.kind == "note" and row.text.startswith("Also removed: ")]
    counts = [re.search(r"^and (\d+) more$|\((\d+)\)$", each) for said in lists for each in said.split("; ")]
    return sum(int(each[1] or each[2]) if each else 1 for each in counts)


def _said(row: Row) -> str:
    if row.kind == "heading":
        return f"= {row.text} ="
    text = row.text
    for start, end in reversed(row.frames):
        text = f"{text[:start]}{{{text[start:end]}}}{text[end:]}"
    if row.kind == "picture":
        return f"page {tuple(row.picture or ())}"
    return f"{row.caption} | {text}" if row.kind == "text" else f"* {text}"
