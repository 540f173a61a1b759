"""Numbers as formats show them, and what formats show beside them."""

import html
import re

import pytest

from expunct_server.redaction.formats.office import masks, number_codes, reading
from tests.redaction.formats.office.build import C, S
from tests.redaction.formats.office.test_xlsx import book, cells, redacted, rows

PHONE = r"[<=9999999]###\-####;\(###\)\ ###\-####"


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        ("5552368", PHONE, "555-2368"), ("2125552368", PHONE, "(212) 555-2368"),
        ("4111111111111111", "0000 0000 0000 0000", "4111 1111 1111 1111"), ("345", "00000", "00345"),
        ("12", '+"1" (000) 000', "+1 (000) 012"), ("1234567", "[Red]0-00_);0", "12345-67"),
        ("7", "[>9]00;[=7]0\\x;0", "7x"),
        ("5", "0", None), ("5", "General", None), ("5", "#,##0", None), ("5", "0.00", None), ("5", "yyyy-mm", None),
        ("5", '"a"', None), ("-5", "0-0", None), ("5.5", "0-0", None), ("5", "", None),
        ("5", "0" * 300 + "-0", "0" * 254 + "5"), ("9" * 5_000, "0-0", None),
        ("12345", "000-00;@", "123-45"), ("5", "@", None), ("5", '"a"@;0-0', None),
    ],
)  # fmt: skip
def test_a_number_as_a_format_shows_it(number: str, code: str, text: str | None):
    assert masks.shown(number, code) == text


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ('"SSN: "000-00-0000', '"SSN: "000-00-0000'), ('"219-09-9998 "0', '"<US_SSN> "0'),
        ("219-09-9998;0", "General"),
        ('0"a@example.com";0"b@ex""ample.com"', '0"<EMAIL_ADDRESS>";0"<EMAIL_ADDRESS>"'),
        (r"0\ \a\@\e\x\a\m\p\l\e\.\c\o\m\ 0", r'0\ "<EMAIL_ADDRESS>"\ 0'),
        (r'"to a@"\e"xample"\."com "0;[Red]-0_)', r'"to <EMAIL_ADDRESS>"" "0;[Red]-0_)'),
        ('[$a@example.com-409]#,##0.00', '"<EMAIL_ADDRESS>"#,##0.00'), ("[$€-407] #,##0.00", "[$€-407] #,##0.00"),
        ('"219"-"09"-"9998";0', '"<US_SSN>";0'), ('"SSN 219"\\-"09"-"9998"*a0', '"SSN <US_SSN>"*a0'),
        ("[a@example.com]0", "General"), ('"' + "a@exa.co " * 28 + '"', "General"),
        ("[" * 2_000 + '"a@exa.co"', "General"), (r'yyyy_)\a\@\e"xa.co"', 'yyyy_)"<EMAIL_ADDRESS>"'),
    ],
)  # fmt: skip
def test_a_format_of_numbers_stays_one(code: str, result: str):
    said = html.escape(code)
    look = f'<styleSheet {S}><numFmts><numFmt numFmtId="164" formatCode="{said}"/></numFmts></styleSheet>'
    chart = f"<c:chartSpace {C}><c:numCache><c:formatCode>{said}</c:formatCode></c:numCache></c:chartSpace>"

    members, _, _ = redacted(book(more={"xl/styles.xml": look, "xl/charts/chart1.xml": chart}))

    assert html.unescape(re.findall('formatCode="([^"]*)"', members["xl/styles.xml"])[0]) == result
    assert html.unescape(re.findall("formatCode>(.*)</c:formatCode", members["xl/charts/chart1.xml"])[0]) == result


@pytest.mark.parametrize(
    ("code", "beside"),
    [
        ('0;0;0;"219-09-"@', ("219-09-", "")), ('@"@example.com"', ("", "@example.com")), ("@", ("", "")),
        (r'0"x";[Red]\a@_)"b"@;0"y"', ("a", " b")),
        ('"a;b"@\\;-(c', ("a;b", ";-(c")), ('0"x"', ("", "")), ("", ("", "")),
    ],
)  # fmt: skip
def test_what_a_format_shows_beside_a_text(code: str, beside: tuple[str, str]):
    assert masks.beside_text(code) == beside


@pytest.mark.parametrize("code", ["l0_", "0_)", "l0*_", "0*", "0\\", '"a', "[$", "0" * 1_001 + "_"])
def test_what_a_format_says_has_as_many_characters(code: str):
    assert len(number_codes.said(code)) == len(code)


def test_the_check_reads_formats_so_too():
    said = reading._Reader().read(f"<numFmt {S} formatCode='0\\J\\a\"ne\"'/>".encode())
    assert "#\u2060J\u2060a\u2060ne\u2060" in said


@pytest.mark.parametrize("kind", ["s", "str", "inlineStr"])
def test_a_text_is_read_with_what_its_format_shows_beside_it(kind: str):
    codes = enumerate(('@"@example.com"', '0;0;0;"219-09-"@', '"a@example.com "@" b@example.com"'), start=164)
    numbers = "".join(f'<numFmt numFmtId="{n}" formatCode="{html.escape(code)}"/>' for n, code in codes)
    looks = "".join(f'<xf numFmtId="{n}"/>' for n in (0, 164, 165, 166))
    look = f"<styleSheet {S}><numFmts>{numbers}</numFmts><cellXfs>{looks}</cellXfs></styleSheet>"
    texts = ("jane.doe", "9998 is what we have here", "to jane.doe", "jane.doe", "9998", "so it is")
    said = [f"<is><t>{each}</t></is>" if kind == "inlineStr" else f"<v>{i if kind == 's' else each}</v>"
            for i, each in enumerate(texts)]  # fmt: skip
    shown = (f'<c r="A{row}" s="{style}" t="{kind}">{each}</c>'
             for row, (style, each) in enumerate(zip((1, 2, 1, 0, 0, 3), said, strict=True), start=1))  # fmt: skip
    strings = "".join(f"<si><t>{each}</t></si>" for each in texts)
    source = book(rows(*shown), strings=strings, more={"xl/styles.xml": look})

    members, found, _ = redacted(source)

    made = [reading_of(each, members["xl/sharedStrings.xml"]) for each in cells(members).values()]
    assert made == [
        "<EMAIL_ADDRESS>",
        "<US_SSN> is what we have here",
        "to <EMAIL_ADDRESS>",
        "jane.doe",
        "9998",
        "so it is",
    ]
    places = [each.location for each in found if each.location and "cell" in each.location]
    assert places == [f"sheet Sheet1, cell A{row}" for row in (1, 2, 3, 6, 6)]  # what the last shows is its format's


def reading_of(cell: str, strings: str) -> str:
    """What a cell holds."""
    [said] = re.findall(r"<(?:v|t)[^>]*>([^<]*)</(?:v|t)>", cell)
    return html.unescape(
        re.findall(r"<si>(?:<t/>|<t[^>]*>([^<]*)</t>)</si>", strings)[int(said)] if 't="s"' in cell else said
    )
