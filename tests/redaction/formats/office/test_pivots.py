"""What pivot tables keep of their source."""

import pytest

from expunct_server.redaction.custom import compile_custom
from tests.redaction.formats.office.build import S
from tests.redaction.formats.office.test_xlsx import book, redacted, rows, text

_ONLY = 'containsSemiMixedTypes="0" containsString="0" containsNumber="1" '
_MIXED = 'containsMixedTypes="1" containsNumber="1" '
_DATES = 'containsSemiMixedTypes="0" containsNonDate="0" containsDate="1" containsString="0" '


@pytest.mark.parametrize(
    ("attributes", "items", "after", "left"),
    [
        (f'{_ONLY}containsInteger="1" minValue="1" maxValue="219099998" count="2"', '<n v="1"/><n v="219099998"/>',
         f'count="2" {_MIXED}containsInteger="1" minValue="1" maxValue="1"', '<n v="1"/><s v="&lt;US_SSN&gt;"/>'),
        (f'{_ONLY}minValue="-1.5" maxValue="219099998"', '<n v="9"/><n v="-1.5"/><n v="219099998"/><m/>',
         f'containsBlank="1" {_MIXED}minValue="-1.5" maxValue="9"',
         '<n v="9"/><n v="-1.5"/><s v="&lt;US_SSN&gt;"/><m/>'),
        (f'{_ONLY}containsInteger="1" minValue="219099998" maxValue="219099998"', '<n v="219099998"/>',
         "", '<s v="&lt;US_SSN&gt;"/>'),
        (f'{_ONLY}minValue="1" maxValue="219099998"', "", "", ""),
        (f'{_DATES}minDate="1980-02-03T00:00:00" maxDate="2020-01-01T00:00:00"',
         '<d v="1980-02-03T00:00:00"/><d v="2020-01-01T00:00:00"/><d v="2010-01-01T00:00:00"/>',
         'containsDate="1" containsMixedTypes="1" minDate="2010-01-01T00:00:00" maxDate="2020-01-01T00:00:00"',
         '<s v="&lt;CUSTOM&gt;"/><d v="2020-01-01T00:00:00"/><d v="2010-01-01T00:00:00"/>'),
        (f'{_ONLY}minValue="1" maxValue="3"', '<n v="1"/><n v="3"/>',
         f'{_ONLY}minValue="1" maxValue="3"', '<n v="1"/><n v="3"/>'),
    ],
)  # fmt: skip
def test_items_of_pivot_tables_that_become_strings_are_said_to_be_some(
    attributes: str, items: str, after: str, left: str
):
    pivot = (
        f"<pivotCacheDefinition {S} {{}}><cacheFields><cacheField name='x'><sharedItems {{}}>{{}}</sharedItems>"
        "</cacheField></cacheFields></pivotCacheDefinition>"
    )
    name = "xl/pivotCache/pivotCacheDefinition1.xml"
    members, _, _ = redacted(
        book(rows(text("A1", "SSN: 219-09-9998, 1980-02-03")), more={name: pivot.format("", attributes, items)}),
        entity_types=frozenset({"US_SSN", "CUSTOM"}), custom=compile_custom(None, ["1980-02-03"]),
    )  # fmt: skip

    expected = pivot.format("refreshOnLoad='1' saveData='0'", after, left).replace("'", '"')
    assert members[name].partition("?>\n")[2] == (
        expected.replace("<sharedItems ></sharedItems>", "<sharedItems/>").replace("<sharedItems >", "<sharedItems>")
    )


def test_fields_and_items_of_pivot_tables_stay_unlike_each_other():
    cache = (
        f'<pivotCacheDefinition {S} refreshOnLoad="1" saveData="0"><cacheFields><cacheField name="{{0}}"><sharedItems>'
        '<s v="{1}"/><s v="kept"/><s v="{2}"/><n v="7"/></sharedItems></cacheField>'
        '<cacheField name="{3}"/></cacheFields></pivotCacheDefinition>'
    )
    name = "xl/pivotCache/pivotCacheDefinition1.xml"
    mails = [f"{letter}@example.com" for letter in "abcd"]

    members, _, _ = redacted(book(rows(""), more={name: cache.format(*mails)}))

    label = "&lt;EMAIL_ADDRESS&gt;"
    assert members[name].partition("?>\n")[2] == cache.format(label, label, f"{label} 2", f"{label} 2")
