"""What goes on from one paragraph, cell or run to the next: a name in two cells, a number in four."""

import re

import pytest

from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import Redacted
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.formats.isolated import parent
from tests.redaction.formats.cases_odf import odf
from tests.redaction.formats.office import test_docx, test_odf, test_xlsx
from tests.redaction.formats.office.test_docx import document
from tests.redaction.formats.office.test_xlsx import book, rows, text
from tests.redaction.helpers import redacted_file

RULES = {
    "custom": compile_custom(None, ["Jane Doe", "555 0001 299", "1234"]),
    "entity_types": frozenset({"CUSTOM"}),
}
GONE = "&lt;CUSTOM&gt;"
KEPT = " was"


def lines(*said: str) -> str:
    return "".join(f"<w:p><w:r><w:t>{each}</w:t></w:r></w:p>" for each in said).replace(
        f"<w:t>{KEPT}", f'<w:t xml:space="preserve">{KEPT}'
    )


def runs(*said: str) -> str:
    return f"<w:p>{''.join(f'<w:r><w:t>{each}</w:t></w:r>' for each in said)}</w:p>"


def table(*cells: str) -> str:
    return f"<w:tbl><w:tr>{''.join(f'<w:tc>{lines(each)}</w:tc>' for each in cells)}</w:tr></w:tbl>"


KNOWN = lines("Jane Doe, 555 0001 299, 1234")


@pytest.mark.parametrize(
    ("source", "result"),
    [
        (table("Jane", "Doe"), table(GONE, "")),
        (table("555", "0001", "299"), table(GONE, "", "")),
        (table("12", "34"), table("12", "34")),
        (lines("J", "ane Doe was"), lines(GONE, KEPT)),
        (lines("J", "anet", "Doe was"), lines("J", "anet", "Doe was")),
        (lines("So Jane", "Doe was"), lines(f"So {GONE}", KEPT)),
        (lines("Jane 1234", "Doe"), lines(f"Jane {GONE}", "Doe")),
        (runs("xyz", "Jane Doe", "abc"), runs("xyz", GONE, "abc")),
        (runs("Jane", "Doe"), runs(GONE, "")),
        (runs("Jan", "et Doe"), runs("Jan", "et Doe")),
    ],
)  # fmt: skip
def test_what_is_removed_elsewhere_goes_over_cells_lines_and_runs_of_a_text(source: str, result: str):
    known = KNOWN.replace("Jane Doe, 555 0001 299, 1234", f"{GONE}, {GONE}, {GONE}")
    assert test_docx.body(document(KNOWN + source), **RULES).replace("<w:t/>", "<w:t></w:t>") == known + result


def test_it_goes_over_the_cells_of_rows_and_columns_of_a_sheet():
    source = book(
        rows(
            text("A1", "Jane") + text("B1", "Doe") + '<c r="C1"><v>12</v></c><c r="D1"><v>34</v></c>',
            text("A2", "at Jane Doe") + '<c r="C2" t="s"><v>0</v></c>' + text("D2", "x"),
            '<c r="C3" t="str"><f>A9</f><v>Doe</v></c>' + text("D3", "555 0001 299, 1234"),
            '<c r="A4"><v>555</v></c><c r="B4"><v>1</v></c><c r="C4"><v>299</v></c>',
            '<c r="A5"><v>555</v></c><c r="B5" t="str"><v>0001</v></c><c r="C5"><v>299</v></c>',
        ),
        strings="<si><t>Jane</t></si>",
    )

    members, found, _ = test_xlsx.redacted(source, **RULES)

    said = {at: re.sub("<[^>]*>", "", cell) for at, cell in test_xlsx.cells(members).items()}
    assert said == {
        "A1": GONE, "B1": "", "C1": "12", "D1": "34",
        "A2": f"at {GONE}", "C2": GONE, "D2": "x",
        "C3": "", "D3": f"{GONE}, {GONE}",
        "A4": "555", "B4": "1", "C4": "299",
        "A5": GONE, "B5": "", "C5": "",
    }  # fmt: skip
    assert "<f>" not in members["xl/worksheets/sheet1.xml"]
    assert [f.location for f in found][-3:] == [f"sheet Sheet1, cell {at}" for at in ("A1", "A5", "C2")]


def test_a_cell_of_a_row_and_a_column_loses_what_it_says_with_either():
    source = book(
        rows(
            text("A1", "Jane Doe, 555 0001 299"),
            text("A2", "Jane") + text("B2", "Doe and 555") + text("C2", "x"),
            text("B3", "0001 299"),
        )
    )

    members, _, _ = test_xlsx.redacted(source, **RULES)

    said = {at: re.sub("<[^>]*>", "", cell) for at, cell in test_xlsx.cells(members).items()}
    assert said == {"A1": f"{GONE}, {GONE}", "A2": GONE, "B2": f" and {GONE}", "C2": "x", "B3": ""}


def test_it_goes_over_the_cells_of_a_table_in_opendocument():
    source = odf("spreadsheet", test_odf.table(test_odf.text("Jane Doe"), test_odf.text("Jane") + test_odf.text("Doe")))
    said = re.findall("<text:p>(.*?)</text:p>|<text:p/>", test_odf.body(test_odf.redacted(source, **RULES)[0]))
    assert said == [GONE, GONE, ""]


def test_long_documents_are_read_in_stretches_that_overlap():
    """Of 50,000 code points: in one of these the name lies over the end of the first."""
    before = lines(*["word " * 2_000] * 4)
    fill = [("Jane", "Doe", "w" * n) for n in range(280, 320)]
    source = document(lines("Jane Doe") + before + "".join(lines(*each) for each in fill))
    members, found, _ = test_docx.redacted(source, **RULES)
    assert len(found) == 1 + len(fill)
    made = members["word/document.xml"].decode().partition("<w:body>")[2].partition("</w:body>")[0]
    result = "".join(lines(GONE, "", each[2]) for each in fill)
    assert made.replace("<w:t/>", "<w:t></w:t>") == lines(GONE) + before + result


def test_the_check_reads_over_paragraphs_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parent, "redact_lines", lambda text, _: Redacted(text, []))
    with pytest.raises(ResidueFound):
        redacted_file(document(lines("Jane Doe", "Jane", "Doe")), "a.docx", **RULES)


def test_a_number_that_goes_on_in_columns_without_a_name_is_found_there():
    numbers = ("4111", "1111", "1111", "1111")
    head = text("A1", "Name") + text("B1", "Card number") + text("F1", "Sum")
    source = book(
        rows(
            head,
            text("A2", "x") + "".join(f'<c r="{at}2"><v>{n}</v></c>' for at, n in zip("BCDE", numbers, strict=True)),
            text("A3", "x") + '<c r="B3"><v>41</v></c><c r="C3"><v>11</v></c><c r="F3"><v>1111</v></c>',
        )
    )

    members, found, _ = test_xlsx.redacted(source, entity_types=frozenset({"CREDIT_CARD"}))

    said = {at: re.sub("<[^>]*>", "", cell) for at, cell in test_xlsx.cells(members).items()}
    assert [said[f"{at}2"] for at in "ABCDE"] == ["x", "&lt;CREDIT_CARD&gt;", "", "", ""]
    assert [said[f"{at}3"] for at in "ABCF"] == ["x", "41", "11", "1111"]
    assert [each.location for each in found] == ["sheet Sheet1, cell B2"]


def test_numbers_in_columns_of_their_own_are_none_together():
    numbers = ("4111", "1111", "1111", "1111")
    names = ("First", "Second", "Third", "Fourth")
    heads = "".join(text(f"{at}1", name) for at, name in zip("ABCD", names, strict=True))
    cells = "".join(f'<c r="{at}2"><v>{n}</v></c>' for at, n in zip("ABCD", numbers, strict=True))

    members, found, _ = test_xlsx.redacted(book(rows(heads, cells)), entity_types=frozenset({"CREDIT_CARD"}))

    assert (cells in members["xl/worksheets/sheet1.xml"], found) == (True, [])
