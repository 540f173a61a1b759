"""Values that plain text gives names to: tables within a text, keys of JSON and of logs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import named
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import ALL, few

WANTED = Wanted.of(ALL, 0.5)


def found(text):
    return {(f.text, f.entity_type) for f in named.find(text, WANTED)}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("patient,mrn\nJane Doe,MR-5592", {("Jane Doe", "PERSON"), ("MR-5592", "MEDICAL_RECORD_NUMBER")}),
        ("| Name | Role |\n|---|:-:|\n| Max Muster | Cook |", {("Max Muster", "PERSON")}),
        ("lat\tlon\n52.37\t4.89", {("52.37", "COORDINATES"), ("4.89", "COORDINATES")}),
        ('login;note\njdoe;"so; so"\nmroe;', {("jdoe", "USERNAME"), ("mroe", "USERNAME")}),
        ("pan|pin\n|3097\n|6648", {("3097", "PIN_NUMBER"), ("6648", "PIN_NUMBER")}),
        ("Below:\n\nfirst_name,age\nAna,31\n\nfirst_name is Bo", {("Ana", "PERSON")}),
    ],
)  # fmt: skip
def test_cells_are_what_the_head_of_their_table_says(table, values, end):
    assert found(table.replace("\n", end)) == values


@pytest.mark.parametrize(
    "text",
    [
        "Jane came, saw\nand went, too",
        "name,price\nJane,4",
        "| Name | Version |\n| Hugo | 1.2 |",
        "mrn,ward",
        "mrn,mrn\n5592,5593",
        "mrn,4\n55923,5",
        "mrn,ward\n55923,3B,x",
        "a=1;b=2\nc=3;d=4",
    ],
)
def test_what_is_no_table_of_people_has_no_cells(text):
    assert found(text) == set()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"firstName": "Søren", "age": 31}', {("Søren", "PERSON")}),
        ("{'medicalRecordNumber': 'E20419983'}", {("E20419983", "MEDICAL_RECORD_NUMBER")}),
        ("first_name=Ana last_name=Doe", {("Ana", "PERSON"), ("Doe", "PERSON")}),
        ('"routingNumber":"021000021"', {("021000021", "US_BANK_NUMBER")}),
        ('{"name": "Atlas"}', set()),
        ("x == firstName", set()),
        ("firstName: required", set()),
    ],
)
def test_strings_are_what_their_keys_say(text, values):
    assert found(text) == values


@few
@given(
    st.lists(
        st.sampled_from(["mrn", "name", "pin", "Jane Doe", "5592", *',|\t;\n"=: \0é']),
        max_size=40,
    )
)  # fmt: skip
def test_offsets_are_those_of_the_text(parts):
    text = "".join(parts)
    assert [f.text for f in named.find(text, WANTED)] == [text[f.start : f.end] for f in named.find(text, WANTED)]
