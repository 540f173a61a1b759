"""Formulas of workbooks: names in them, and which stay."""

import pytest

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.office import formulas
from tests.redaction.formats.office.test_xlsx import SSN, book, cells, redacted, rows, text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("Doe!A1+Doe!$B$1+'Doe'!C1+'[1]Doe'!D1+Doe.x!E1", "'X'!A1+'X'!$B$1+'X'!C1+'[1]X'!D1+Doe.x!E1"),
        ("[1]Doe!A1+[1]!range", "[1]Doe!A1+[1]!Given"),
        ('Doe(1)+"Doe!A1"+_Doe+Doe.x+range', 'Doe(1)+"Doe!A1"+_Doe+Doe.x+Given'),
        ("T['#a]+'Doe'!A1+'It''s'!B1+'a:Doe'!C1", "T['#a]+'X'!A1+'It''s'!B1+'a:X'!C1"),
        ("a" * 200_000 + "(range)", "a" * 200_000 + "(Given)"),
        ("''" * 20_000 + "&range", "''" * 20_000 + "&Given"),
        ("'" + "a" * 200_000 + "range", "'" + "a" * 200_000 + "range"),
    ],
    ids=lambda text: text[:20],
)
def test_names_in_formulas_are_renamed_where_they_are_names(formula: str, text: str):
    assert formulas.renamed(formula, {"doe": "X"}, {"range": "Given"}) == text


@pytest.mark.parametrize(
    ("formula", "value", "new", "is_sound"),
    [
        ('IF(A1,"to Jane","")', "Jane", "<X>", True),
        ('IF(A1,"to Jane","")', "Jane", "O'Neil!", True),
        ('IF(A1,"to Jane","")', "Jane", 'the "X"', False),
        ('IF(A1,"to ""Jane"" now","")', "Jane", "<X>", True),
        ('IF(A1,"to ""Jane"" now","")', 'Jane"', "<X>", False),
        ('IF(A1,"to Jane","")', 'Jane"', "<X>", False),
        ('"a"&Jane&"b"', "Jane", "<X>", False),
        ('Jane&"b"', "Jane", "<X>", False),
        ("'of Jane'!A1", "Jane", "<X>", True),
        ("'of Jane'!A1", "Jane", "O'Neil", False),
        ("'of Jane'!A1", "Jane", "X!", False),
        ("['of Jane'.A1]&\"Jane\"", "Jane", "<X>", False),
        ('[\'a "b\'.A1]&Jane&""', "Jane", "<X>", False),
        ('[\'a "b\'.A1]&"Joe"', "Joe", "<X>", True),
        ("'file:///of%20Jane.ods'#$Sheet1.A1", "Jane", "<X>", False),
    ],
)
def test_a_formula_is_one_as_long_as_what_goes_is_within_its_quotes(
    formula: str, value: str, new: str, *, is_sound: bool
):
    start = formula.index(value)
    edits = [Edit(start, start + len(value), new, "X", "mask")]
    quoted = (formulas.QUOTED_ODF,) if formula[0] == "[" or "#" in formula else ()

    assert formulas.is_sound(formula, edits, *quoted) is is_sound


def test_a_formula_that_cannot_be_without_a_value_becomes_what_it_gave():
    first = (
        '<c r="A1"><f>219099998+0</f><v>219099998</v></c>'
        '<c r="B1"><f t="shared" ref="B1:C1" si="0">219099998-A1</f><v>0</v></c>'
        '<c r="C1"><f t="shared" si="0"/><v>5</v></c><c r="D1"><f>1+1</f><v>2</v></c>' + text("E1", "SSN: 219-09-9998")
    )

    members, _, summary = redacted(book(rows(first)))
    found = cells(members)
    assert [found["A1"], found["B1"], found["C1"], found["D1"]] == [
        SSN.format("A1"),
        '<c r="B1"><v>0</v></c>',
        '<c r="C1"><v>5</v></c>',
        '<c r="D1"><f>1+1</f><v>2</v></c>',
    ]
    assert summary.notes == ("Formulas that held or gave what was removed were replaced by their values.",)


@pytest.mark.parametrize("kind", ["array", "dataTable"])
@pytest.mark.parametrize(
    ("area", "is_kept"),
    [("A1", True), ("A1:A2", True), ("B1:C1", True), ("A1:B2", False), ("$A$1:$B$1048576", False), ("?", False)],
)
def test_a_formula_that_gives_the_values_of_several_cells_goes_with_one_of_them(kind: str, area: str, *, is_kept: bool):
    formula = f'<f t="{kind}" ref="{area}">D1:E9&amp;"-9998"</f>'
    source = book(rows(f'<c r="A1" t="str">{formula}<v>x</v></c>', '<c r="B2" t="str"><v>219-09-9998</v></c>'))

    members, _, summary = redacted(source)

    assert cells(members) == {
        "A1": f'<c r="A1" t="str">{formula if is_kept else ""}<v>x</v></c>', "B2": SSN.format("B2")
    }  # fmt: skip
    assert len(summary.notes) == (not is_kept)
