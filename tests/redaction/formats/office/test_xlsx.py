"""Workbooks: cells, names, and what refers to them."""

import io
import re
from typing import Any

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import FORMATS, DocumentError, Summary, redact_file
from expunct_server.redaction.formats.isolated import parent
from expunct_server.redaction.formats.office import columns, formulas
from expunct_server.redaction.formats.office.names import Taken
from tests.redaction.formats.office.build import R, S, check, rels, types, unzipped, zipped
from tests.redaction.helpers import plan

TYPES = frozenset({"EMAIL_ADDRESS", "US_SSN", "DATE_TIME"})
MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
DATES = f'<styleSheet {S}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'


def book(
    *sheets: str,
    names: tuple[str, ...] = ("Sheet1", "Sheet2"),
    strings: str = "",
    defined: str = "",
    more: dict[str, str | bytes] | None = None,
    pr: str = "",
) -> bytes:
    """A workbook with these sheets' contents."""
    numbers = range(1, len(sheets) + 1)
    listed = "".join(f'<sheet name="{names[n - 1]}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    return zipped(
        {
            "[Content_Types].xml": types({"xl/workbook.xml": MAIN}),
            "_rels/.rels": rels(("rId1", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f"<workbook {S} {R}>{pr}<sheets>{listed}</sheets><definedNames>{defined}</definedNames>"
            "</workbook>",
            "xl/_rels/workbook.xml.rels": rels(
                *((f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers),
                ("rId8", "sharedStrings", "sharedStrings.xml"),
                ("rId9", "styles", "styles.xml"),
            ),
            **{f"xl/worksheets/sheet{n}.xml": f"<worksheet {S} {R}>{sheets[n - 1]}</worksheet>" for n in numbers},
            "xl/sharedStrings.xml": f"<sst {S}>{strings}</sst>",
            "xl/styles.xml": DATES,
            **(more or {}),
        }
    )


def rows(*cells: str) -> str:
    """Rows of cells that are given as XML; a row a string."""
    made = [f'<row r="{n}">{row}</row>' for n, row in enumerate(cells, start=1)]
    return f"<sheetData>{''.join(made)}</sheetData>"


def text(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


def redacted(source: bytes, **changes: Any) -> tuple[dict[str, str], list[Finding], Summary]:
    target, found = io.BytesIO(), list[Finding]()
    wanted = plan(**({"entity_types": TYPES} | changes))
    summary = redact_file(io.BytesIO(source), target, FORMATS["xlsx"], wanted, found.append, lambda _: None)
    check(target.getvalue())
    return {name: data.decode() for name, data in unzipped(target.getvalue()).items()}, found, summary


def cells(members: dict[str, str], sheet: int = 1) -> dict[str, str]:
    """The cells of a sheet as XML, by their places."""
    found = re.findall(r'<c r="(\w+)".*?(?:</c>|/>)', members[f"xl/worksheets/sheet{sheet}.xml"])
    whole = re.findall(r'<c r="\w+".*?(?:</c>|/>)', members[f"xl/worksheets/sheet{sheet}.xml"])
    return dict(zip(found, whole, strict=True))


SSN = '<c r="{0}" t="inlineStr"><is><t>&lt;US_SSN&gt;</t></is></c>'
DOB = '<c r="{0}" s="1" t="inlineStr"><is><t>&lt;DATE_TIME&gt;</t></is></c>'


def test_numbers_are_read_with_the_names_of_their_columns_and_become_strings():
    source = book(
        rows(
            text("A1", "Amount") + text("B1", "SSN"),
            '<c r="A2"><v>12.5</v></c><c r="B2"><v>219099998</v></c>',
            '<c r="A3"><v>7</v></c><c r="B3"><v>2.19099998E8</v></c>',
        )
    )

    members, found, _ = redacted(source)
    assert cells(members) == {
        "A1": text("A1", "Amount"),
        "B1": text("B1", "SSN"),
        "A2": '<c r="A2"><v>12.5</v></c>',
        "B2": SSN.format("B2"),
        "A3": '<c r="A3"><v>7</v></c>',
        "B3": SSN.format("B3"),
    }
    assert [(f.text, f.location) for f in found] == [
        ("219099998", "sheet Sheet1, cell B2"),
        ("219099998", "sheet Sheet1, cell B3"),
    ]


@pytest.mark.parametrize(("pr", "value"), [("", "29280"), ("<workbookPr date1904='1'/>", "27818")])
def test_numbers_that_are_shown_as_dates_are_read_as_dates(pr: str, value: str):
    source = book(
        rows(
            text("A1", "Date of birth") + text("B1", "Amount"),
            f'<c r="A2" s="1"><v>{value}</v></c><c r="B2"><v>{value}</v></c>',
        ),
        pr=pr,
    )

    members, found, _ = redacted(source)
    assert cells(members)["A2"] == DOB.format("A2")
    assert cells(members)["B2"] == f'<c r="B2"><v>{value}</v></c>'
    assert [(f.text, f.location) for f in found] == [("1980-02-29", "sheet Sheet1, cell A2")]


def test_a_number_is_read_with_the_signs_that_its_format_shows_between_its_digits():
    look = f'<styleSheet {S}><numFmts><numFmt numFmtId="164" formatCode="000\\-00\\-0000"/></numFmts><cellXfs>'
    look += '<xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'
    cell = '<c r="A1" s="1"><v>219099998</v></c><c r="B1" s="1"><v>40221234</v></c><c r="C1"><v>219099997</v></c>'

    members, found, _ = redacted(book(rows(cell), more={"xl/styles.xml": look}))

    assert [f.text for f in found] == ["219-09-9998", "040-22-1234"]
    assert cells(members) == {
        "A1": '<c r="A1" s="1" t="inlineStr"><is><t>&lt;US_SSN&gt;</t></is></c>',
        "B1": '<c r="B1" s="1" t="inlineStr"><is><t>&lt;US_SSN&gt;</t></is></c>',
        "C1": '<c r="C1"><v>219099997</v></c>',
    }


def test_a_shared_string_changes_for_all_that_show_it_and_what_nobody_shows_is_empty():
    strings = "<si><t>to jane@example.com</t></si><si><t>plain</t></si><si><t>never shown, jo@example.com</t></si>"
    first = '<c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="s"><v>0</v></c>'

    members, found, _ = redacted(book(rows(first), strings=strings))
    assert members["xl/sharedStrings.xml"].partition("<si>")[2] == (
        "<t/></si><si><t>plain</t></si><si><t/></si><si><t>to &lt;EMAIL_ADDRESS&gt;</t></si></sst>"
    )
    assert [cells(members)[place] for place in ("A1", "B1", "C1")] == [
        '<c r="A1" t="s"><v>3</v></c>', '<c r="B1" t="s"><v>1</v></c>', '<c r="C1" t="s"><v>3</v></c>',
    ]  # fmt: skip
    assert [f.location for f in found] == ["sheet Sheet1, cell A1", "sheet Sheet1, cell C1"]


def test_a_string_is_redacted_under_one_name_and_kept_under_another():
    strings = "<si><t>219099998</t></si><si><t>Item</t></si><si><t>SSN</t></si>"
    first = '<c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>2</v></c>'
    second = '<c r="A2" t="s"><v>1</v></c><c r="B2" t="s"><v>0</v></c>'

    members, _, _ = redacted(book(rows(first, second), strings=strings))
    assert cells(members)["A2"] == '<c r="A2" t="s"><v>1</v></c>'
    assert cells(members)["B2"] == '<c r="B2" t="s"><v>3</v></c>'


def test_a_renamed_sheet_and_range_are_renamed_wherever_they_are_named():
    mail = "jane@example.com"
    first = (
        f"<c r=\"A1\"><f>'{mail}'!B1+Sum_219099998</f><v>1</v></c>"
        f'<c r="B1" t="str"><f>"\'{mail.upper()}\'"</f><v>x</v></c>'
        "<c r=\"C1\"><f>SUM('[1]Other'!A1,Kept)</f><v>1</v></c>"
    )
    rest = (
        f"<conditionalFormatting sqref='A1'><cfRule><formula>'{mail}'!A1&gt;1</formula></cfRule>"
        f"</conditionalFormatting>"
    )
    rest += f"<hyperlinks><hyperlink ref='A1' location=\"'{mail}'!A1\"/></hyperlinks>"
    source = book(
        rows(first) + rest,
        rows(text("A1", "SSN: 219-09-9998")),
        names=("Kept", mail),
        defined=f"<definedName name='Sum_219099998'>'{mail}'!$A$1</definedName><definedName name='Kept'>1"
        f"</definedName>",
    )

    members, found, summary = redacted(source)
    new = "'&lt;EMAIL_ADDRESS&gt;'!"
    assert '<sheet name="&lt;EMAIL_ADDRESS&gt;" sheetId="2"' in members["xl/workbook.xml"]
    assert f'<definedName name="Sum__US_SSN_">{new}$A$1</definedName>' in members["xl/workbook.xml"]
    assert f"<f>{new}B1+Sum__US_SSN_</f>" in members["xl/worksheets/sheet1.xml"]
    assert "<f>\"'&lt;EMAIL_ADDRESS&gt;'\"</f>" in members["xl/worksheets/sheet1.xml"]
    assert "<f>SUM('[1]Other'!A1,Kept)</f>" in members["xl/worksheets/sheet1.xml"]
    assert f"<formula>{new}A1&gt;1</formula>" in members["xl/worksheets/sheet1.xml"]
    assert f'location="{new}A1"' in members["xl/worksheets/sheet1.xml"]
    assert "sheet <EMAIL_ADDRESS>, cell A1" in {f.location for f in found}
    assert summary.notes == ()


def test_two_sheets_that_lose_their_names_get_different_ones_of_allowed_length():
    names = ("a.long.name.of.one@example.com", "a.long.name.of.two@example.com")
    defined = f"<definedName name='Second'>'{names[1]}'!$A$1</definedName>"
    members, _, _ = redacted(book(rows(""), rows(""), names=names, defined=defined))

    assert re.findall(r'<sheet name="([^"]*)"', members["xl/workbook.xml"]) == [
        "&lt;EMAIL_ADDRESS&gt;", "&lt;EMAIL_ADDRESS&gt; 2",
    ]  # fmt: skip
    assert "<definedName name=\"Second\">'&lt;EMAIL_ADDRESS&gt; 2'!$A$1<" in members["xl/workbook.xml"]


def test_the_columns_of_a_table_are_called_what_its_first_row_says():
    table = (
        f'<table {S} id="1" name="T" displayName="T" ref="A1:C2"><tableColumns><tableColumn name="jane@example.com"/>'
        '<tableColumn name="jo@example.com"/><tableColumn name="Kept&#10;one"/></tableColumns></table>'
    )
    source = book(
        rows(text("A1", "jane@example.com") + text("B1", "jo@example.com") + text("C1", "Kept\none"))
        + "<tableParts><tablePart r:id='rId1'/></tableParts>",
        more={
            "xl/tables/table1.xml": table,
            "xl/worksheets/_rels/sheet1.xml.rels": rels(("rId1", "table", "../tables/table1.xml")),
        },
    )

    members, _, _ = redacted(source)
    assert re.findall(r'tableColumn name="([^"]*)"', members["xl/tables/table1.xml"]) == [
        "&lt;EMAIL_ADDRESS&gt;", "&lt;EMAIL_ADDRESS&gt; 2", "Kept_x000a_one",
    ]  # fmt: skip
    assert cells(members)["A1"] == text("A1", "&lt;EMAIL_ADDRESS&gt;")
    assert cells(members)["B1"] == text("B1", "&lt;EMAIL_ADDRESS&gt; 2")


def test_the_day_that_a_cell_says_in_a_programs_notation_goes_with_the_day():
    cell = '<c r="{}" t="d"><v>1980-02-03T{}:00:00</v></c>'
    source = book(rows(text("A1", "born 1980-02-03"), cell.format("A2", "00"), cell.format("A3", "14")))

    members, found, _ = redacted(
        source, entity_types=frozenset({"CUSTOM"}), custom=compile_custom(None, ["1980-02-03"])
    )

    assert cells(members)["A2"] == text("A2", "&lt;CUSTOM&gt;")
    assert cells(members)["A3"] == cell.format("A3", "14")
    assert [each.text for each in found] == ["1980-02-03"] * 2


def test_shapes_and_controls_follow_a_sheet_that_has_another_name():
    names = ("a@example.com", "b@example.com")
    more = {
        "xl/drawings/drawing1.xml": "<x:sp xmlns:x='http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing'"
        " textlink=\"'b@example.com'!$A$1\"/>",
        "xl/ctrlProps/ctrlProp1.xml": f'<formControlPr {S} fmlaLink="\'b@example.com\'!$B$1" fmlaRange="kept!A1"/>',
        "xl/drawings/vml1.xml": '<xml xmlns:x="urn:schemas-microsoft-com:office:excel">'
        "<x:FmlaLink>'b@example.com'!$B$1</x:FmlaLink></xml>",
    }

    members, _, _ = redacted(book(rows(""), rows(""), names=names, more=more))

    new = "'&lt;EMAIL_ADDRESS&gt; 2'!$"
    assert f'textlink="{new}A$1"' in members["xl/drawings/drawing1.xml"]
    assert f'fmlaLink="{new}B$1" fmlaRange="kept!A1"' in members["xl/ctrlProps/ctrlProp1.xml"]
    assert f"<x:FmlaLink>{new}B$1</x:FmlaLink>" in members["xl/drawings/vml1.xml"]


def test_rows_and_cells_without_places_are_counted():
    inline = "<c t='inlineStr'><is><t>{}</t></is></c>"
    data = f"<sheetData><row>{inline.format('x')}{inline.format('jane@example.com')}</row>"
    _, found, _ = redacted(book(data + "</sheetData>"))

    assert [f.location for f in found] == ["sheet Sheet1, cell B1"]


@pytest.mark.parametrize("value", ["99", "-1", "x", "1e3"])
def test_a_cell_that_names_no_string_is_refused(value: str):
    with pytest.raises(DocumentError) as caught:
        redacted(book(rows(f'<c r="A1" t="s"><v>{value}</v></c>')))
    assert caught.value.code == "unreadable"


def test_a_value_in_a_header_is_found_through_the_codes_that_change_how_it_looks():
    header = (
        "&amp;L&amp;&quot;Arial,Bold&quot;jane&amp;B@exam&amp;&quot;Arial&quot;ple.com&amp;10 kept&amp;Rjo@example.org"
    )
    source = book(f"<sheetData/><headerFooter><oddHeader>{header}</oddHeader></headerFooter>")

    members, found, _ = redacted(source)

    assert [f.text for f in found] == [
        "jane\u2060\u2060@exam\u2060\u2060\u2060\u2060\u2060\u2060\u2060\u2060ple.com",
        "jo@example.org",
    ]
    assert (
        '<oddHeader>&amp;L&amp;"Arial,Bold"&lt;EMAIL_ADDRESS&gt;&amp;10 kept&amp;R&lt;EMAIL_ADDRESS&gt;</oddHeader>'
        in members["xl/worksheets/sheet1.xml"]
    )


def test_the_name_of_a_font_in_a_header_may_say_something_too():
    header = '&amp;C&amp;"{},Bold"Page&amp;"Univers 55 Roman,Bold" 1'

    members, _, _ = redacted(book(f"<headerFooter><oddHeader>{header.format('jane@example.com')}</oddHeader>"
                                  "</headerFooter>"))  # fmt: skip

    assert header.format("&lt;EMAIL_ADDRESS&gt;") in members["xl/worksheets/sheet1.xml"]


def test_what_becomes_too_long_for_its_place_is_cut():
    """And what was too long before is left as it is."""
    mail, label, long = "a@b.example", "&lt;EMAIL_ADDRESS&gt;", "x" * 300
    parts = (
        '<dataValidations><dataValidation promptTitle="{title}" prompt="{text}" error="{long}" sqref="A1"><formula1>'
        '"{text}"</formula1><formula2>"{long}"</formula2></dataValidation></dataValidations><hyperlinks><hyperlink '
        'ref="A1" tooltip="{text}"/></hyperlinks><headerFooter><oddHeader>{text}</oddHeader></headerFooter>'
    )
    cell = '<c r="A1" t="str"><f>LEN("{text}")</f><v>1</v></c>'
    given = {"title": f"Tell them: {mail} {mail}", "text": f"{'y' * 230} {mail}, {mail}"}

    members, _, _ = redacted(book(rows(cell.format(**given)) + parts.format(**given, long=long)))

    made = {"title": f"Tell them: {label} ", "text": f"{'y' * 230} {label}, "}
    assert members["xl/worksheets/sheet1.xml"].partition("</sheetData>")[2] == (
        parts.format(**made, long=long) + "</worksheet>"
    )
    assert cells(members)["A1"] == cell.format(**made)


def test_queries_with_their_programs_go_and_that_is_said():
    """Power Query: a package in base64, led in by its length, in a part of its own."""
    queries = '<DataMashup xmlns="http://schemas.microsoft.com/DataMashup">AAAAAFBLAwQKAAAAAAAA</DataMashup>'
    source = book(rows(text("A1", "kept")), more={"customXml/item1.xml": queries})

    members, _, summary = redacted(source)

    assert "customXml/item1.xml" not in members
    assert summary.notes == ("Queries that fetch data were removed; what they have fetched is still there.",)


def test_numbers_in_filters_scenarios_and_other_attributes_go_with_the_cell():
    card = "4111111111111111"
    rest = (
        '<scenarios><scenario name="x"><inputCells r="A2" val="{0}"/></scenario></scenarios>'
        '<autoFilter ref="A1:A2"><filterColumn colId="0"><filters><filter val="{0}"/></filters></filterColumn>'
        '<filterColumn colId="1"><customFilters><customFilter val="{0}"/></customFilters></filterColumn></autoFilter>'
        '<conditionalFormatting sqref="A1"><cfRule type="containsText" dxfId="0" priority="12345" text="{0}">'
        '<formula>TRUE</formula></cfRule><cfRule type="dataBar"><dataBar><cfvo val="{0}"/></dataBar></cfRule>'
        '</conditionalFormatting><dataValidations><dataValidation type="whole" sqref="A1" error="{0}" errorTitle="{0}" '
        'promptTitle="{0}"/></dataValidations><hyperlinks><hyperlink ref="A2" location="S!A1" display="{0}"/>'
        "</hyperlinks>"
    )
    parameter = f'<connections {S}><connection id="1"><parameters><parameter name="p" {{}}/></parameters></connection>'
    parameter += "</connections>"
    source = book(
        rows(text("A1", "Card") + text("B1", "Item"), f'<c r="A2"><v>{card}</v></c>') + rest.format(card),
        more={"xl/connections.xml": parameter.format(f'string="{card}" double="{card}"')},
    )

    members, _, _ = redacted(source, entity_types=frozenset({"CREDIT_CARD"}))
    left = rest.format("&lt;CREDIT_CARD&gt;").replace('<cfvo val="&lt;CREDIT_CARD&gt;"', '<cfvo val="0"')
    assert members["xl/worksheets/sheet1.xml"].partition("</sheetData>")[2] == left + "</worksheet>"
    assert parameter.format('string="&lt;CREDIT_CARD&gt;"') in members["xl/connections.xml"]


def chart(value: str, code: str) -> str:
    return (
        '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:numCache><c:formatCode>'
        f'{code}</c:formatCode><c:pt idx="0"><c:v>7</c:v></c:pt><c:pt idx="1"><c:v>{value}</c:v></c:pt></c:numCache>'
        "</c:chartSpace>"
    )


def test_a_number_goes_in_whatever_notation_charts_and_pivot_tables_say_it():
    card, other = "4111111111111111", "4.111111111111111E15"
    pivot = (
        f"<pivotCacheDefinition {S}><cacheFields><sharedItems>{{}}</sharedItems></cacheFields></pivotCacheDefinition>"
    )
    source = book(
        rows(text("A1", "Card") + text("B1", "Item"), f'<c r="A2"><v>{card}</v></c><c r="B2"><v>{other}</v></c>'),
        more={
            "xl/charts/chart1.xml": chart(other, "General"),
            "xl/pivotCache/pivotCacheDefinition1.xml": pivot.format(f'<n v="{other}"/><n v="1.5E-7"/>'),
        },
    )

    members, _, _ = redacted(source, entity_types=frozenset({"CREDIT_CARD"}))
    assert "E15" not in "".join(members.values())
    assert '<c:pt idx="0"><c:v>7</c:v></c:pt></c:numCache>' in members["xl/charts/chart1.xml"]
    assert '<s v="&lt;CREDIT_CARD&gt;"/><n v="1.5E-7"/>' in members["xl/pivotCache/pivotCacheDefinition1.xml"]


def test_a_date_goes_from_charts_and_filters_too():
    day = '<dateGroupItem year="1980" month="2" day="29" dateTimeGrouping="day"/>'
    kept = '<dateGroupItem year="1980" dateTimeGrouping="year"/>'
    filters = '<autoFilter ref="A1:A2"><filterColumn colId="0"><filters>{}</filters></filterColumn></autoFilter>'
    source = book(
        rows(text("A1", "Date of birth") + text("B1", "Item"), '<c r="A2" s="1"><v>29280</v></c>')
        + filters.format(day + kept),
        more={"xl/charts/chart1.xml": chart("29280", "dd/mm/yyyy"), "xl/charts/chart2.xml": chart("29280", "0")},
    )

    members, found, _ = redacted(source)
    assert [f.text for f in found if f.location == "sheet Sheet1, cell A2"] == ["1980-02-29"]
    assert filters.format(kept) in members["xl/worksheets/sheet1.xml"]
    assert "29280" not in members["xl/charts/chart1.xml"]
    assert "29280" in members["xl/charts/chart2.xml"]


@pytest.mark.parametrize(("words", "reported"), [(1, 3), (1_000, 1)])
def test_a_string_that_many_cells_show_goes_from_all_and_is_searched_again_only_if_it_is_short(
    words: int, reported: int
):
    shown = '<c r="A{0}" t="s"><v>0</v></c><c r="B{0}" t="s"><v>1</v></c>'
    long = "word " * words
    strings = f"<si><t>{long}jane@example.com</t></si><si><t>Kept</t></si>"

    members, found, _ = redacted(book(rows(*(shown.format(n) for n in (1, 2, 3))), strings=strings))
    assert [f.location for f in found] == [f"sheet Sheet1, cell A{n}" for n in (1, 2, 3)][:reported]
    assert re.findall("<v>(.*?)</v>", members["xl/worksheets/sheet1.xml"]) == ["2", "1"] * 3
    assert members["xl/sharedStrings.xml"].count("&lt;EMAIL_ADDRESS&gt;") == 1


def test_what_holds_properties_that_are_no_more_goes_with_them():
    source = book(
        rows(text("A1", "x")) + '<customProperties><customPr name="x" r:id="rId1"/></customProperties>',
        more={
            "[Content_Types].xml": types({"xl/workbook.xml": MAIN}, bin="application/octet-stream"),
            "xl/customProperty1.bin": b"x",
            "xl/worksheets/_rels/sheet1.xml.rels": rels(("rId1", "customProperty", "../customProperty1.bin")),
        },
    )

    members, _, _ = redacted(source)
    assert members["xl/worksheets/sheet1.xml"].endswith("</sheetData></worksheet>")


def test_the_name_of_a_font_in_a_header_goes_where_it_is_known():
    header = '&amp;C&amp;"{},Bold"Page&amp;"Arial"&amp;8 1'
    source = book(rows(text("A1", "by Georgia")), f"<headerFooter><oddHeader>{header.format('Georgia')}</oddHeader>"
                  "</headerFooter>")  # fmt: skip

    members, _, _ = redacted(source, custom=compile_custom(None, ["Georgia"]), entity_types=frozenset({"CUSTOM"}))

    assert header.format("&lt;CUSTOM&gt;") in members["xl/worksheets/sheet2.xml"]


def test_what_conditions_and_filters_compare_with_stays_a_number():
    condition = '<cfvo type="num" val="{0}"/><cfvo type="max"/>'
    filters = '<top10 val="{0}" filterVal="{0}"/><dynamicFilter type="aboveAverage" val="{0}" maxVal="{0}"/>'
    rules = (
        f'<conditionalFormatting sqref="A1"><cfRule><colorScale>{condition}</colorScale></cfRule>'
        f'</conditionalFormatting><autoFilter ref="A1:B2"><filterColumn colId="0">{filters}</filterColumn></autoFilter>'
    )

    members, found, _ = redacted(
        book(rules.format("4111111111111111")), entity_types=frozenset({"CREDIT_CARD"}),
    )  # fmt: skip

    assert rules.format("0") in members["xl/worksheets/sheet1.xml"]
    assert {f.text for f in found} == {"4111111111111111"}


def test_many_fonts_in_a_header_take_no_time():
    header = "&amp;&quot;" * 30_000
    source = book(f"<headerFooter><oddHeader>{header}jane@example.com</oddHeader></headerFooter>")

    members, _, _ = redacted(source)

    assert (
        f"{header.replace('&quot;', chr(34))}&lt;EMAIL_ADDRESS&gt;</oddHeader>" in members["xl/worksheets/sheet1.xml"]
    )


def test_a_number_behind_a_size_in_a_header_is_found():
    header = "<headerFooter><oddHeader>&amp;L&amp;12{}&amp;R&amp;112 x</oddHeader></headerFooter>"
    members, _, _ = redacted(book(rows() + header.format("4111111111111111")), entity_types=frozenset({"CREDIT_CARD"}))

    assert header.format("&lt;CREDIT_CARD&gt;") in members["xl/worksheets/sheet1.xml"]


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A1"><v>1</v><v>jane@example.com</v></c>',
        '<c r="A1"><f>1</f><f>"jane@example.com"</f><v>1</v></c>',
        '<c r="A1" t="inlineStr"><is><t>a</t></is><is><t>jane@example.com</t></is></c>',
        '<c r="A1"><v>12<x>jane@example.com</x></v></c>',
        '<c r="A1"><f>1+1<x>jane@example.com</x></f><v>2</v></c>',
        '<c r="A1" t="inlineStr"><is><t>a</t><x>jane@example.com</x></is></c>',
        '<c r="A1" t="inlineStr"><is>jane@example.com<t>a</t></is></c>',
        '<c r="A1" t="inlineStr"><is><t>a</t>jane@example.com</is></c>',
        '<c r="A1" t="inlineStr"><is><t>a<x>jane@example.com</x></t></is></c>',
        '<c r="A1" t="inlineStr"><is><r><rPr><rFont val="jane@example.com"/></rPr><t>a</t></r></is></c>',
        '<c r="A1" t="s"><v>0</v></c>',
        '<c r="A1" t="s"><v>1</v></c>',
        '<c r="A1" t="s"><v>2</v></c>',
    ],
)
def test_what_is_in_a_cell_or_string_beside_its_text_is_read_too(cell: str):
    strings = (
        '<si><r><rPr><rFont val="jane@example.com"/></rPr><t>a</t></r></si>',
        '<si>jane@example.com<t>a</t><extLst><ext uri="jane@example.com">jane@example.com</ext></extLst></si>',
        '<si><t>a</t><rPh sb="0" eb="1"><t>jane@example.com</t></rPh></si>',
    )

    members, _, _ = redacted(book(rows(cell), strings="".join(strings)))

    assert "jane@example.com" not in "".join(members.values())


def test_only_the_names_that_were_given_anew_are_not_read_again():
    """Not all that are called so, which others may be in any part, and rows and strings which no cells are."""
    table = (
        f'<table {S} id="1" name="{{0}}@example.com" displayName="{{0}}b@example.com" ref="A1:A2"><tableColumns>'
        '<tableColumn id="1" name="{0}c@example.com"/></tableColumns></table>'
    )
    source = book(
        rows(text("A1", "a"))
        + "<extLst><row>h@example.com<c><v>i@example.com</v><t>j@example.com</t></c></row></extLst>",
        names=("x@example.com",),
        defined='<definedName name="_xlnm.Print_Area">Sheet1!$A$1</definedName>'
        '<definedName name="_xlnm.a@example.com">1</definedName>',
        more={
            "xl/externalLinks/externalLink1.xml": f"<externalLink {S}><externalBook><definedNames>"
            "<definedName name='d@example.com'/></definedNames></externalBook></externalLink>",
            "customXml/item1.xml": "<x><sheet name='e@example.com'/><table displayName='f@example.com'/></x>",
            "xl/tables/table1.xml": table.format("one"),
            "xl/worksheets/sheet5.xml": f"<worksheet {S}>{rows('')}</worksheet>",
            "xl/worksheets/_rels/sheet5.xml.rels": rels(("rId1", "table", "../tables/table2.xml")),
            "xl/tables/table2.xml": table.format("two"),
            "xl/other.xml": f"<sst {S}><si><t>g@example.com</t></si></sst>",
        },
    )

    members, _, _ = redacted(source)

    assert re.findall(r"\w+@example", "".join(members.values())) == []
    assert '<definedName name="_xlnm.Print_Area">' in members["xl/workbook.xml"]


def test_what_only_looks_like_an_error_is_read():
    errors = '<c r="A1" t="e"><v>#4111111111111111</v></c><c r="B1" t="e"><v>#N/A</v></c>'

    members, _, _ = redacted(book(rows(errors)), entity_types=frozenset({"CREDIT_CARD"}))

    assert cells(members) == {"A1": text("A1", "#&lt;CREDIT_CARD&gt;"), "B1": '<c r="B1" t="e"><v>#N/A</v></c>'}


def test_what_belongs_to_a_value_goes_with_it():
    cell = '<c r="A1" cm="1" vm="2" t="str"><v>jane@example.com</v></c><c r="B1" vm="2" t="e"><v>#VALUE!</v></c>'

    members, _, _ = redacted(book(rows(cell)))

    assert cells(members) == {
        "A1": text("A1", "&lt;EMAIL_ADDRESS&gt;"), "B1": '<c r="B1" vm="2" t="e"><v>#VALUE!</v></c>',
    }  # fmt: skip


def test_the_look_of_what_is_kept_in_a_cell_is_kept():
    look = '<rPr><rFont val="Arial"/><sz val="11"/></rPr>'
    cell = f'<c r="A1" t="inlineStr"><is><r>{look}<t>see jane@example.com</t></r></is></c>'

    members, _, _ = redacted(book(rows(cell)))

    assert cell.replace("jane@example.com", "&lt;EMAIL_ADDRESS&gt;") in members["xl/worksheets/sheet1.xml"]


def test_names_that_become_the_same_are_numbered_without_counting_anew():
    taken = Taken(["Data"])
    made = [formulas.range_name("data", taken) for _ in range(20_000)]

    assert (made[0], made[1], made[-1], len(set(made))) == ("data_2", "data_3", "data_20001", 20_000)


def test_the_columns_of_a_table_are_asked_about_together(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []
    answer = parent._Serving._answer

    def counted(serving: Any, wire: Any, texts: Any, redacted: Any) -> None:
        asked.append(len(texts))
        answer(serving, wire, texts, redacted)

    monkeypatch.setattr(parent._Serving, "_answer", counted)
    columns = "".join(f'<tableColumn id="{n}" name="u{n}@example.com"/>' for n in range(300))
    table = f'<table {S} id="1" name="T" displayName="T" ref="A1:B2"><tableColumns>{columns}</tableColumns></table>'
    more: dict[str, str | bytes] = {
        "xl/worksheets/_rels/sheet1.xml.rels": rels(("rId1", "table", "../tables/table1.xml")),
        "xl/tables/table1.xml": table,
    }

    members, _, _ = redacted(book(rows(""), more=more))

    assert members["xl/tables/table1.xml"].count("EMAIL_ADDRESS") == 300
    assert len(asked) < 40


def test_a_binary_workbook_is_told_what_to_become():
    binary = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    members = {
        "[Content_Types].xml": types({"xl/workbook.bin": binary}),
        "_rels/.rels": rels(("rId1", "officeDocument", "xl/workbook.bin")),
        "xl/workbook.bin": b"\x83\x01\x00",
    }
    with pytest.raises(DocumentError) as caught:
        redacted(zipped(members))
    assert (caught.value.code, "save it as XLSX" in caught.value.detail) == ("unsupported_format", True)


@pytest.mark.parametrize(("position", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (16_383, "XFD")])
def test_columns_have_the_letters_that_programs_give_them(position: int, letters: str):
    assert (columns.letters(position), columns.position(letters)) == (letters, position)
