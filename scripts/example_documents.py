"""The documents below `examples` that are no text: `python scripts/example_documents.py` writes them anew.

`statement.pdf` and `referral.docx` are made up. Each says names and numbers where nobody sees them too: in an invisible
layer, a comment, a bookmark and the properties; in deleted and hidden text, a comment and over split runs.
"""

import io
import zipfile
from pathlib import Path
from typing import Final

import pikepdf
from pikepdf import Array, Dictionary, Name

_EXAMPLES: Final = Path(__file__).parents[1] / "examples"
_STATEMENT: Final = (
    (15, "Lakeside Family Practice"),
    (9, "14 Harbor Street, Portland, OR 97201"),
    (0, ""),
    (11, "Statement of account 20418"),
    (11, "Patient: Laura Bennett, born April 12, 1984"),
    (11, "Consultation on March 2, 2026, 25 minutes: $120.00"),
    (11, "Paid by card 4111 1111 1111 1111; nothing is due."),
    (11, "Questions? Call +1 503-555-0142."),
)
_UNSEEN: Final = "Laura Bennett, SSN 219-09-9999"  # in rendering mode 3, as OCR layers are
_WORD: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPES: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_KINDS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STAMP: Final = (2026, 3, 3, 9, 0, 0)


def main() -> None:
    """Write them."""
    for name, content in (("statement.pdf", statement()), ("referral.docx", referral())):
        (_EXAMPLES / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes")


def statement() -> bytes:
    """A PDF of a page."""
    made = pikepdf.new()
    page = made.add_blank_page(page_size=(420, 298))
    font = made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    page.Resources = Dictionary(Font=Dictionary(F1=font))
    lines, top = [f"BT /F1 11 Tf 3 Tr 1 0 0 1 40 60 Tm ({_UNSEEN}) Tj ET"], 250
    for size, text in _STATEMENT:
        if text:
            lines.append(f"BT /F1 {size} Tf 0 Tr 1 0 0 1 40 {top} Tm ({text}) Tj ET")
        top -= size + 9
    page.Contents = made.make_stream("\n".join(lines).encode())
    comment = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Text,
        Rect=Array([370, 240, 390, 260]),
        Contents=pikepdf.String("Sent again to laura.bennett@mail.example"),
        T=pikepdf.String("Susan Whitfield"),
    )
    page.Annots = Array([made.make_indirect(comment)])
    with made.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Laura Bennett", 0))
    made.docinfo["/Author"] = "Susan Whitfield"
    made.docinfo["/Title"] = "Statement for Laura Bennett"
    target = io.BytesIO()
    made.save(target, deterministic_id=True)
    return target.getvalue()


def referral() -> bytes:
    """A DOCX of a page."""
    split = _run("Ms. Lau") + _run("ra Ben", "<w:b/>") + _run("nett")
    body = (
        _paragraph(_run("Referral", "<w:b/>")),
        _paragraph(_run("Please see ") + split + _run(" for her knee within two weeks.")),
        _paragraph(
            _run("Reach her on ")
            + '<w:del w:id="1" w:author="Susan Whitfield" w:date="2026-03-03T09:00:00Z"><w:r><w:delText>'
            "+1 503-555-0142</w:delText></w:r></w:del>"
            + '<w:ins w:id="2" w:author="Susan Whitfield" w:date="2026-03-03T09:00:00Z">'
            + _run("laura.bennett@mail.example")
            + "</w:ins>"
            + _run(".")
        ),
        _paragraph(_run("SSN 219-09-9999", "<w:vanish/>")),
        _paragraph(
            '<w:commentRangeStart w:id="0"/>' + _run("The exercises have helped.") + '<w:commentRangeEnd w:id="0"/>'
            '<w:r><w:commentReference w:id="0"/></w:r>'
        ),
    )
    comment = (
        '<w:comment w:id="0" w:author="Michael Carter" w:initials="MC">'
        + _paragraph(_run("Laura Bennett said so on the telephone."))
        + "</w:comment>"
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_TYPES}.document.main+xml"/>'
        f'<Override PartName="/word/comments.xml" ContentType="{_TYPES}.comments+xml"/>'
        '<Override PartName="/docProps/core.xml" '
        'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
        "_rels/.rels": _relations(
            (f"{_KINDS}/officeDocument", "word/document.xml"),
            (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{"".join(body)}</w:body></w:document>',
        "word/_rels/document.xml.rels": _relations((f"{_KINDS}/comments", "comments.xml")),
        "word/comments.xml": f'<w:comments xmlns:w="{_WORD}">{comment}</w:comments>',
        "docProps/core.xml": f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>Susan Whitfield</dc:creator></cp:coreProperties>',
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, part in parts.items():
            packed.writestr(zipfile.ZipInfo(name, _STAMP), _HEAD + part, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _paragraph(content: str) -> str:
    return f"<w:p>{content}</w:p>"


def _run(text: str, properties: str = "") -> str:
    how = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{how}<w:t xml:space="preserve">{text}</w:t></w:r>'


def _relations(*targets: tuple[str, str]) -> str:
    each = "".join(
        f'<Relationship Id="r{n}" Type="{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


if __name__ == "__main__":
    main()
