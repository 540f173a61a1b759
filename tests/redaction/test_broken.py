"""Values that a line break or a tab splits are found whole; numbers below each other are no values."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.engine import redact
from tests.redaction.helpers import DATA, NOISE, few, plan

BROKEN = (
    ("ring «415-555-\n2671» now", "PHONE_NUMBER"),
    ("ring «415-\n  555-2671» now", "PHONE_NUMBER"),
    ("ring «(415)\n555-2671» now", "PHONE_NUMBER"),
    ("ring «(415) 555- \r\n2671» now", "PHONE_NUMBER"),
    ("at «415-555-\t2671»", "PHONE_NUMBER"),
    ("reach us at «+44 20\n7946 0958», please", "PHONE_NUMBER"),
    ("reach us at «+49 30 90-\n1820».", "PHONE_NUMBER"),
    ("ring «+1 212\n555-2368» now", "PHONE_NUMBER"),
    ("«+1 212-555-\t2368»", "PHONE_NUMBER"),
    ("she is «219-09-\n9998» there", "US_SSN"),
    ("she is «219-\n    09-9998» there", "US_SSN"),
    ("paid with «4111 1111\n1111 1111» today", "CREDIT_CARD"),
    ("paid with «4111 1111 1111\r\n1111», thanks", "CREDIT_CARD"),
    ("«4111-1111-\n1111-1111»", "CREDIT_CARD"),
    ("paid with «3782\n822463 10005» today", "CREDIT_CARD"),
    ("paid with «4111 1111\t1111 1111» today", "CREDIT_CARD"),
    ("to «DE89 3704 0044\n0532 0130 00» at once", "IBAN_CODE"),
    ("to «GB82\nWEST 1234 5698 7654 32» at once", "IBAN_CODE"),
    ("to «GB82 WEST\n1234 5698 7654 32» at once", "IBAN_CODE"),
    ("write to «jane.doe@\nexample.com» or not", "EMAIL_ADDRESS"),
    ("write to «jane.doe@ \r\n  mail.example.co.uk».", "EMAIL_ADDRESS"),
    ("write to «jane.doe@example.\ncom», please", "EMAIL_ADDRESS"),
    ("write to «jane.doe@mail.\nexample.com», please", "EMAIL_ADDRESS"),
    ("write to «jane.doe\n@example.com», please", "EMAIL_ADDRESS"),
)
APART = (
    "4111 1111\n1111 1111",  # a table of numbers
    "a 12 4111 1111\n1111 1111 b",
    "a 4111 1111\n1111 1111 12 b",
    "a 4111 1111\n1111 1112 b",
    "a 4111-1111\n1111-1111 b",
    "4111\n1111\n1111\n1111",
    "a\t4111\t1111\t1111\t1111\tb",
    "219-09\n9998",
    "219\n09\n9998",
    "000-12-\n3456",
    "lot 219-09-\n99987",
    "415\n555\n2671",
    "room 415\n555 2671 people",
    "took 415 ms\n555-2671 items",
    "2024-01-01 10:00:00 +0100\n2024-01-02 10:00:00 +0100",
    "status 200\n404 300\n",
    "diff +44 -20\n7946 0958 lines",
    "up +3\n20 7946 0958",
    "sum +819596\n87715 of them",
    "sum +49646\n22343 of them",
    "+44 20\n7946 0958",
    "a +44 20\n7946 0958 7 b",
    "GB83 WEST\n1234 5698 7654 32",
    "DE12 3456\n7890 1234",
    "We met at noon.\ncom is short for command.",
    "as root@server.\nit works",
    "as root@server.\nAnd it works",
    "@\nexample.com",
    "return x.y\n@app.route('/a')",
    "def a1(): pass\n@click.command",
    "value.two\n@router.app(1)",
    "return value.two\n@cli.command\ndef three():",
    "see thanks\n@example.com",
)


def split(marked: str) -> tuple[str, str]:
    before, value, after = marked.replace("»", "«").split("«")
    return before + value + after, value


@pytest.mark.parametrize(("marked", "kind"), BROKEN)
def test_a_broken_value_is_found_whole_and_gone(marked, kind):
    text, value = split(marked)
    result = redact(text, plan())

    assert (kind, value) in [(f.entity_type, f.text) for f in result.findings]
    assert all(text[f.start : f.end] == f.text for f in result.findings)
    assert result.text == text.replace(value, f"<{kind}>")
    assert redact(result.text, plan()).text == result.text


@pytest.mark.parametrize("text", APART)
def test_what_stands_on_two_lines_without_belonging_together_is_no_value(text):
    breaks = {i for i, c in enumerate(text) if c in "\n\t"}

    assert [f.text for f in redact(text, plan()).findings if breaks & set(range(f.start, f.end))] == []


def test_a_number_that_is_whole_takes_nothing_from_the_next_line():
    text = "reach us at +49 30 901820\n12 of us are here"

    assert redact(text, plan()).text == "reach us at <PHONE_NUMBER>\n12 of us are here"


def test_only_wanted_types_at_their_thresholds_are_joined():
    text = "ring 415-555-\n2671 or jane.doe@\nexample.com"
    wanted = plan(entity_types=frozenset({"EMAIL_ADDRESS", "PHONE_NUMBER"}), thresholds={"PHONE_NUMBER": 0.99})

    assert redact(text, wanted).text == "ring 415-555-\n2671 or <EMAIL_ADDRESS>"


@few
@given(
    st.lists(st.sampled_from(DATA + NOISE) | st.sampled_from([split(marked)[0] for marked, _ in BROKEN]), max_size=9),
    st.sampled_from(["\n", "", " \r\n\t", "-\n", "\t"]),
    st.sampled_from(["mask", "drop", "number"]),
)
def test_redacting_lines_twice_changes_nothing_more_and_spans_are_true(parts, glue, method):
    text = glue.join(parts)
    once = redact(text, plan(method=method))

    assert redact(once.text, plan(method=method)).text == once.text
    assert [text[f.start : f.end] for f in once.findings] == [f.text for f in once.findings]
