"""Documents as people write them, in the form of OpenDocument that is one file (ISO/IEC 26300-3, 2.1.2)."""

from typing import Final

_NS: Final = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "style": "style", "draw": "drawing", "meta": "meta",
        "fo": "xsl-fo-compatible", "svg": "svg-compatible", "presentation": "presentation",
    }.items()
) + ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
_KIND: Final = "application/vnd.oasis.opendocument"
_META: Final = "<office:meta><dc:title>To jane.doe@example.com</dc:title></office:meta>"
GONE: Final = ("jane.doe", "219-09-9998", "212-555-2368", "4111", "DE89370400440532013000", "john.roe")
"""What is in all of them, and must not be in any result."""


def _flat(kind: str, styles: str, body: str, meta: str = _META) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document {_NS} office:version="1.2" '
        f'office:mimetype="{_KIND}.{kind}">{meta}{styles}<office:body><office:{kind}>{body}</office:{kind}>'
        "</office:body></office:document>"
    ).encode()


def letter() -> bytes:
    """A header, headings, a list, a table, a note, a comment, a link, a value that is partly bold; two pages."""
    styles = (
        '<office:automatic-styles><style:style style:name="B" style:family="text"><style:text-properties '
        'fo:font-weight="bold"/></style:style><style:style style:name="N" style:family="paragraph" '
        'style:parent-style-name="Standard"><style:paragraph-properties fo:break-before="page"/></style:style>'
        '<style:page-layout style:name="L"><style:page-layout-properties fo:page-width="21cm" '
        'fo:page-height="29.7cm" fo:margin="2cm"/><style:header-style/></style:page-layout></office:automatic-styles>'
        '<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="L"><style:header>'
        "<text:p>Kept header for jane.doe@example.com</text:p></style:header></style:master-page>"
        "</office:master-styles>"
    )
    cells = "".join(f"<table:table-cell><text:p>{each}</text:p></table:table-cell>" for each in ("Kept", "219-09-9998"))
    body = (
        '<text:h text:outline-level="1">Kept heading</text:h><text:p>Dear jane.<text:span text:style-name="B">doe@exam'
        "</text:span>ple.com, your SSN is 219-09-9998.<text:note text:note-class='footnote'><text:note-citation>1"
        "</text:note-citation><text:note-body><text:p>Kept note, +1 212-555-2368</text:p></text:note-body></text:note>"
        "<office:annotation><dc:creator>X</dc:creator><text:p>ask john.roe@example.com</text:p></office:annotation>"
        "</text:p><text:list><text:list-item><text:p>Kept item: card 4111 1111 1111 1111</text:p></text:list-item>"
        f"</text:list><table:table table:name='T'><table:table-column table:number-columns-repeated='2'/>"
        f"<table:table-row>{cells}</table:table-row></table:table><text:p text:style-name='N'>Kept second page, "
        "IBAN DE89370400440532013000, <text:a xlink:href='mailto:john.roe@example.com'>Kept link</text:a></text:p>"
    )
    return _flat("text", styles, body)


def workbook() -> bytes:
    """Two sheets with formulas, a number that is one and one that is a secret, a comment and a link."""

    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    def cell(value: str, inside: str = "") -> str:
        return f'<table:table-cell office:value-type="string">{inside}<text:p>{value}</text:p></table:table-cell>'

    def number(value: str, formula: str = "") -> str:
        return f'<table:table-cell {formula} office:value-type="float" office:value="{value}"/>'

    note = "<office:annotation><text:p>ask john.roe@example.com</text:p></office:annotation>"
    link = "<text:a xlink:href='mailto:john.roe@example.com'>Kept link</text:a>"
    first = (
        row(cell("Item"), cell("Mail"), cell("SSN"), cell("Amount"))
        + row(cell("Kept one", note), cell("jane.doe@example.com"), cell("219-09-9998"), number("12.5"))
        + row(cell(link), cell("+1 212-555-2368"), cell("card 4111 1111 1111 1111"), number("30"))
        + row(
            cell("Sum"), cell("DE89370400440532013000"), cell(""), number("42.5", 'table:formula="of:=SUM([.D2:.D3])"')
        )
    )
    second = row(cell("Kept other"), cell("jane.doe@example.com"))
    wide = (
        '<office:automatic-styles><style:style style:name="W" style:family="table-column">'
        "<style:table-column-properties "
        'style:column-width="5cm"/></style:style></office:automatic-styles>'
    )
    columns = '<table:table-column table:style-name="W" table:number-columns-repeated="4"/>'
    return _flat(
        "spreadsheet",
        wide,
        f'<table:table table:name="jane.doe@example.com">{columns}{first}</table:table>'
        f'<table:table table:name="Other">{second}</table:table>',
    )


def talk() -> bytes:
    """Two slides with text boxes, a table of values, and notes."""

    def frame(value: str, top: int) -> str:
        return (
            f'<draw:frame svg:x="2cm" svg:y="{top}cm" svg:width="20cm" svg:height="3cm"><draw:text-box><text:p>{value}'
            "</text:p></draw:text-box></draw:frame>"
        )

    def slide(name: str, *values: str) -> str:
        frames = "".join(frame(value, 2 + 4 * i) for i, value in enumerate(values))
        notes = f"<presentation:notes>{frame('ask john.roe@example.com', 10)}</presentation:notes>"
        return f'<draw:page draw:name="{name}" draw:master-page-name="M">{frames}{notes}</draw:page>'

    styles = (
        '<office:automatic-styles><style:page-layout style:name="L"><style:page-layout-properties '
        'fo:page-width="28cm" fo:page-height="21cm"/></style:page-layout></office:automatic-styles>'
        '<office:master-styles><style:master-page style:name="M" style:page-layout-name="L"/></office:master-styles>'
    )
    first = slide("jane.doe@example.com", "Kept title", "to jane.doe@example.com", "SSN 219-09-9998, +1 212-555-2368")
    second = slide("Second", "Kept second", "card 4111 1111 1111 1111", "DE89370400440532013000")
    return _flat("presentation", styles, first + second)


def blank(kind: str) -> bytes:
    """One with nothing of anybody in it: `text`, `spreadsheet` or `presentation`."""
    bodies = {
        "text": "<text:h text:outline-level='1'>first part</text:h><text:p>some words</text:p><text:list>"
        "<text:list-item><text:p>an item</text:p></text:list-item></text:list>",
        "spreadsheet": "<table:table table:name='Sheet8'><table:table-row><table:table-cell><text:p>an item</text:p>"
        "</table:table-cell></table:table-row></table:table>",
        "presentation": "<draw:page draw:name='page1'><draw:frame svg:width='5cm' svg:height='2cm'><draw:text-box>"
        "<text:p>some words</text:p></draw:text-box></draw:frame></draw:page>",
    }
    return _flat(kind, "", bodies[kind], "")
