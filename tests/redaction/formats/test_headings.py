"""What the cells of tables are called, by their columns and by labels beside them: alike in all formats."""

import html

import pytest

from expunct_server.redaction.formats.headings import TABLE, Following, Kind, completed, kind_of, names_in_row
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


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "a.html"])
@pytest.mark.parametrize(
    ("rows", "values"),
    [
        ("Item,Status,Owner/Phone,Open,Page/Card,Closed,Price/Account,New,Day", ["Page", "Price", "Day"]),
        ("Kind,First name,Last name/Doctor,Anna,Page/Manager,Tom,Price/Owner,Eve,Street",
         ["Anna", "Page", "Tom", "Price", "Eve", "Street"]),
        ("Role,Read,Write/Owner,Always,Always/Manager,Never,Yes/Guest,Yes,Never", []),
        ("Field,Type,Description/name,Text,The name/email,Text,The email/city,Text,The town", []),
        ("Owner,Account/Street,Road/Password,Login/Phone,Call", []),
        ("Name,Yes/Address,Optional/Phone,Required", []),
        ("Name,Value/Email,-/Phone,-", []),
        ("First name,,Last name,/Email,,City,/Name,,Date,", []),
        ("Event,2023,2024/Login,10452,23001/Password,1045,2300/PIN,1045,2300/Phone,4155550187,4155550188", []),
        ("Product,Net,Stock/Coffee,3,9/Tea,4,9/Phone,4155550187,7/PIN,1299,5", []),
    ],
)  # fmt: skip
def test_tables_of_other_things_are_no_forms(name: str, rows: str, values: list[str]):
    made = tuple(tuple(row.split(",")) for row in rows.split("/"))
    assert [text for _, text in found(made, name)] == values


@pytest.mark.parametrize(
    ("rows", "kind"),
    [
        ("Name,Jane Roe/Phone,41", (True, False)),
        ("Phone,41/Room,214", (True, False)),
        ("Field,Value/Phone,41/Room,214", (True, True)),
        ("Room,214/SSN:,1/Diagnosis,x", (True, False)),
        ("Reference,7/E-mail *,x", (True, False)),
        (",x/Phone,41/Room,1/Email,x", (True, False)),
        ("First name,,Last name,/Phone,,City,", (True, False)),
        ("Phone,41,Room,214/Email,x,Date,1", (True, False)),
        ("Phone,41,Room/Email,x,Date", (False, False)),
        ("Phone,41,42/Email,x,y", (False, False)),
        ("Last name,Amount/Price,12/Day,13/Case,14", (False, True)),
        ("Type,Number/Phone,1/Email,2/Phone,3/Email,4/Phone,5", (False, True)),
        ("Name,x/Jane Roe,x/Phone,x/Bob Roe,x/Ann Roe,x", (False, False)),
        ("Phone,41", (False, False)),
        ("Phone/Email", (False, False)),
        ("", (False, False)),
    ],
)
def test_a_form_has_labels_with_a_value_each(rows: str, kind: tuple[bool, bool]):
    assert kind_of([row.split(",") for row in rows.split("/")]) == kind


FORM_ALONE, FORM_WITH_HEADS = Kind(True, False), Kind(True, True)


@pytest.mark.parametrize(
    ("cells", "heads", "kind", "names"),
    [
        (["Jane", "Lyon"], ["Name", "City"], TABLE, ["Name", "City"]),
        (["SSN", "536228714"], ["Name", "Theodora"], FORM_ALONE, ["", "SSN"]),
        (["First name", "Jane", "Room", "214"], [], FORM_ALONE, ["", "First name", "", "Room"]),
        (["Phone", "", "41", "42"], [], FORM_ALONE, ["", "", "Phone", "Phone"]),
        (["Last name", "Price"], ["", "Notes"], FORM_ALONE, ["", "Last name"]),
        (["Last name", "", "City", ""], [], FORM_ALONE, ["", "Last name", "", ""]),
        (["Kind", "Jane Roe"], ["Channel", "Customer"], FORM_WITH_HEADS, ["", "Customer"]),
        (["Doctor", "Anna", "Price"], ["Contact", "First name", "Last name"], FORM_WITH_HEADS,
         ["", "First name", "Last name"]),
        (["Email", "Yes"], [], FORM_ALONE, ["", ""]),
        (["Customer", "Jane Roe"], [], FORM_ALONE, ["", "Customer"]),
        (["Customer", "Jane is here"], [], FORM_ALONE, ["", ""]),
        (["Password", "letmein"], [], FORM_ALONE, ["", "Password"]),
        (["Password", "Always"], [], FORM_ALONE, ["", ""]),
        (["Jane", "Phone", "4155550187"], ["Name", "Kind", "Number"], TABLE, ["Name", "Kind", "Number"]),
        (["Jane", "Phone", "4155550187"], [], TABLE, ["", "", ""]),
        (["12", "13", "14"], [], TABLE, ["", "", ""]),
        (["Phone", "a@b.example"], ["", "Email"], TABLE, ["", "Email"]),
        ([], ["Name"], TABLE, []),
    ],
)  # fmt: skip
def test_cells_have_the_names_of_their_columns_or_of_what_stands_beside(
    cells: list[str], heads: list[str], kind: Kind, names: list[str]
):
    found = names_in_row(cells, heads, kind)
    assert [" ".join(each) for each in found] == names


def test_the_first_row_of_a_form_with_heads_is_not_read_as_one():
    assert names_in_row(["Name", "Jane Roe"], [], FORM_WITH_HEADS, is_first=True) == [(), ()]
    assert names_in_row(["Name", "Jane Roe"], [], FORM_ALONE, is_first=True) == [(), ("Name",)]


def test_a_row_that_may_be_all_of_a_table_has_numbers_beside_their_labels():
    assert names_in_row(["Phone", "4155550187", "12", "Room", "1"], [], TABLE, is_first=True) == [
        (), ("Phone",), (), (), (),
    ]  # fmt: skip
    assert names_in_row(["Phone", "Name"], [], TABLE, is_first=True) == [(), ()]


def test_cells_that_are_read_one_by_one_are_called_alike():
    following = Following()
    rows = [["Name", "Jane Roe"], ["Phone", "41"], ["Room", "214"], ["Last name", "Price"]]
    for number, row in enumerate(rows):
        called = []
        for cell in row:
            called.append(following.names(cell, ""))
            following.end_cell(cell)
        following.end_row()
        if number:
            assert called == names_in_row(row, [], FORM_ALONE)


def test_parts_of_names_are_what_they_are_short_for():
    assert completed(["First", "Middle", "LAST", "Seen"]) == ["First name", "Middle name", "LAST name", "Seen"]
    assert completed(["First", "Second", "Third"]) == ["First", "Second", "Third"]
