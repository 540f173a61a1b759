"""What the cells of tables are called, by their columns and by labels beside them: alike in all formats."""

import html

import pytest

from expunct_server.redaction.formats.headings import Following, completed, is_form, names_in_row
from tests.redaction.formats.office import test_odf, test_xlsx
from tests.redaction.formats.office.blank import odf
from tests.redaction.formats.office.test_docx import document
from tests.redaction.helpers import redacted_file

TYPES = frozenset({"PERSON", "PHONE_NUMBER", "US_SSN", "ACCOUNT_NUMBER", "US_PASSPORT"})
FORM = (
    ("Name", "Theodora Pemberton"), ("Room", "214"), ("Phone", "4155550187"), ("SSN:", "536228714"),
    ("Diagnosis", "Asthma"), ("Account", "30412277"), ("Passport", "512345678"),
)  # fmt: skip
FOUND = [
    ("PERSON", "Theodora Pemberton"), ("PHONE_NUMBER", "4155550187"), ("US_SSN", "536228714"),
    ("ACCOUNT_NUMBER", "30412277"), ("US_PASSPORT", "512345678"),
]  # fmt: skip
Rows = tuple[tuple[str, ...], ...]


def _csv(rows: Rows) -> bytes:
    return "\n".join(",".join(row) for row in rows).encode()


def _docx(rows: Rows) -> bytes:
    made = ("".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in row) for row in rows)
    return document(f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in made)}</w:tbl>")


def _xlsx(rows: Rows) -> bytes:
    made = (
        "".join(test_xlsx.text(f"{at}{number}", cell) for at, cell in zip("ABCDEFG", row, strict=False))
        for number, row in enumerate(rows, start=1)
    )
    return test_xlsx.book(test_xlsx.rows(*made))


def _ods(rows: Rows) -> bytes:
    return odf("spreadsheet", test_odf.table(*("".join(map(test_odf.text, row)) for row in rows)))


def _odt(rows: Rows) -> bytes:
    return odf("text", test_odf.table(*("".join(map(test_odf.text, row)) for row in rows)))


def _html(rows: Rows) -> bytes:
    made = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in made)}</table>".encode()


def _rtf(rows: Rows) -> bytes:
    made = ("".join(rf"\pard\intbl {cell}\cell" for cell in row) for row in rows)
    return (
        r"{\rtf1\ansi " + "".join(rf"\trowd\cellx3000\cellx6000\cellx9000\cellx12000{row}\row" for row in made) + "}"
    ).encode()


FORMATS = {
    "a.csv": _csv,
    "a.docx": _docx,
    "a.xlsx": _xlsx,
    "a.ods": _ods,
    "a.odt": _odt,
    "a.html": _html,
    "a.rtf": _rtf,
}


def found(rows: Rows, name: str) -> list[tuple[str, str]]:
    _, findings, _ = redacted_file(FORMATS[name](rows), name, entity_types=TYPES)
    return [(f.entity_type, f.text) for f in findings]


@pytest.mark.parametrize("name", FORMATS)
def test_values_beside_their_labels_are_found_and_labels_stay(name: str):
    turned = (*FORM[2:], *FORM[:2])
    wide = tuple((*one, *other) for one, other in zip(turned[::2], (*turned[1::2], ("Date", "1")), strict=True))

    assert sorted(found(turned, name)) == sorted(FOUND)
    assert sorted(found(wide, name)) == sorted(FOUND)
    if name not in ("a.html", "a.rtf"):  # which are read as they come: a form is one from its second label on
        assert found(FORM, name) == FOUND


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "a.html"])
def test_columns_of_people_are_found_by_their_heads(name: str):
    rows = (("First", "Last", "Amount"), ("Will", "Price", "12"), ("Hope", "Day", "13"), ("Mark", "Case", "14"))
    assert [text for _, text in found(rows, name)] == ["Will", "Price", "Hope", "Day", "Mark", "Case"]
    rows = (("Last name", "Amount"), ("Price", "12"), ("Day", "13"), ("Case", "14"))
    assert [text for _, text in found(rows, name)] == ["Price", "Day", "Case"]


def test_a_head_of_html_is_one_of_a_column_that_says_so():
    rows = b"<table><tr><th>First<th>Last<th>Phone<tr><td>Will<td>Price<td>4155550187</table>"
    _, findings, _ = redacted_file(rows, "a.html", entity_types=TYPES)
    assert [f.text for f in findings] == ["Will", "Price", "4155550187"]


@pytest.mark.parametrize(
    ("firsts", "beside", "form"),
    [
        (["Name", "Phone"], "Jane Roe", True),
        (["Phone", "Room"], "41", True),
        (["Field", "Phone", "Room"], "Value", True),
        (["Room", "SSN:", "Diagnosis"], "214", True),
        (["Reference", "E-mail *"], "7", True),
        (["", "Phone", "", "Email"], "", True),
        (["Last name", "Price", "Day", "Case"], "Amount", False),
        (["Type", "Phone", "Email", "Phone", "Email", "Phone"], "Number", False),
        (["Name", "Jane Roe", "Phone", "Bob Roe", "Ann Roe"], "x", False),
        (["Phone"], "41", False),
        ([], "", False),
    ],
)
def test_a_form_has_labels_in_its_first_column(firsts: list[str], beside: str, form: bool):
    assert is_form([[first, "x" if number else beside] for number, first in enumerate(firsts)]) is form
    assert not is_form([[first] for first in firsts])


@pytest.mark.parametrize(
    ("cells", "heads", "in_form", "names"),
    [
        (["Jane", "Lyon"], ["Name", "City"], False, ["Name", "City"]),
        (["SSN", "536228714"], ["Name", "Theodora"], True, ["", "SSN"]),
        (["First name", "Jane", "Room", "214"], [], True, ["", "First name", "", "Room"]),
        (["Phone", "", "41", "42"], [], True, ["", "Phone", "Phone", "Phone"]),
        (["Last name", "Price"], ["", "Notes"], True, ["", "Last name"]),
        (["Kind", "Jane Roe"], ["Channel", "Customer"], True, ["", "Customer"]),
        (["Jane", "Phone", "4155550187"], ["Name", "Kind", "Number"], False, ["Name", "Kind", "Phone"]),
        (["Jane", "Manager", "Sales"], ["Name", "Title", "Team"], False, ["Name", "Title", "Team"]),
        (["Phone", "a@b.example"], ["", "Email"], False, ["", "Email"]),
        ([], ["Name"], False, []),
    ],
)
def test_cells_have_the_names_of_their_columns_or_of_what_stands_beside(
    cells: list[str], heads: list[str], in_form: bool, names: list[str]
):
    found = names_in_row(cells, heads, in_form=in_form)
    assert [" ".join(each) for each in found] == names

    following = Following()
    if in_form:
        for row in (("Name", "Jane"), ("Phone", "41")):
            for cell in row:
                following.end_cell(cell)
            following.end_row()
    one_by_one = []
    for at, cell in enumerate(cells):
        one_by_one.append(following.names(cell, heads[at] if at < len(heads) else ""))
        following.end_cell(cell)
    assert one_by_one == found


def test_a_row_of_very_many_cells_is_read_by_heads_alone():
    following = Following()
    for _ in range(1_000):
        following.names("Phone", "")
        following.end_cell("Phone")
    assert following.names("4155550187", "City") == ("City",)
    assert following.names("4155550187", "") == ()
    assert following.end_row() == ["Phone"] * 1_000


def test_parts_of_names_are_what_they_are_short_for():
    assert completed(["First", "Middle", "LAST", "Seen"]) == ["First name", "Middle name", "LAST name", "Seen"]
    assert completed(["First", "Second", "Third"]) == ["First", "Second", "Third"]
