"""The narrow second search finds what searching everything finds, whatever was replaced by whatever."""

from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.redaction import scan
from expunct_server.redaction.engine import redact
from expunct_server.redaction.failures import ResidueFound
from expunct_server.redaction.matching import table
from expunct_server.redaction.matching.gate import needs_for
from expunct_server.redaction.matching.near import Near, reach_of
from expunct_server.redaction.matching.places import overlap
from expunct_server.redaction.matching.program import simple_form
from expunct_server.redaction.operators import OPERATORS
from expunct_server.redaction.patterns import PATTERNS
from expunct_server.redaction.patterns.row import expression
from tests.redaction.helpers import DATA, few, plan, sentences, texts
from tests.redaction.test_matching import mixtures

methods = st.sampled_from(sorted(OPERATORS))
quiet = st.sampled_from(("words and then more of them, ", "x y ", "1 2\n", "ab12 ", "12-34 "))
stretches = st.tuples(quiet, st.integers(900, 1400)).map(lambda some: (some[0] * some[1])[: some[1]])


@st.composite
def nested(draw: st.DrawFn) -> str:
    """A value that stands in the midst of another, or touches it: removing the one may bare the other."""
    outer, inner = draw(st.sampled_from(DATA)), draw(st.sampled_from((*DATA, "Jane Roe", "SSN ", "é", "1")))
    at = draw(st.integers(0, len(outer)))
    glue = draw(st.sampled_from(("", "", " ", ".")))
    return outer[:at] + glue + inner + draw(st.sampled_from(("", "", " "))) + outer[at:]


@st.composite
def long_texts(draw: st.DrawFn) -> str:
    """Values and what comes near them between stretches of text without any."""
    middle = nested() | nested() | texts | sentences | mixtures()
    parts = draw(st.lists(st.tuples(middle, stretches), min_size=1, max_size=2))
    return draw(stretches) + "".join(part for pair in parts for part in pair)


BARED = (
    ("mask", "2001:db8::https://example.com/a?b=c1"),
    ("drop", "CVV: 192.0.2.17  123"),
    ("drop", "+1 212-555- 219-09-9998 2368"),
    ("drop", "password=hunt 2024-02-29 er2!"),
    ("drop", "+1 2112 Main Street, Springfield, IL 627042-555-2368"),
    ("mask", "+1  219-09-9998 212-555-2368"),
    ("drop", "https:/2001:db8::1/example.com/a?b=c"),
    ("drop", "2001:db8:192.0.2.17:1"),
    ("mask", "2001:db8::1 4111 1111 1111 1111 "),
    ("drop", "https://example.com+1 212-555-2368/a?b=c"),
)
"""What removing a value bares, by the second search alone."""
WORDS = "words and then more of them, " * 40


def outcome(text: str, method: str) -> object:
    try:
        redacted = redact(text, plan(method=method))
    except ResidueFound:
        return ResidueFound
    return redacted.text, [(f.start, f.end, f.entity_type, f.score, f.recognizer) for f in redacted.findings]


def both(text: str, method: str, short: int) -> tuple[object, object]:
    """What the narrow second search and the whole come to; texts longer than `short` are searched by anchors."""
    with mock.patch.object(table, "SHORT", short):
        narrow = outcome(text, method)
        with mock.patch.object(scan, "Near", return_value=None):
            return narrow, outcome(text, method)


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    table.warm()


@pytest.mark.parametrize("short", [10_000, 0], ids=["one by one", "by anchors"])
@settings(few, max_examples=100)
@given(long_texts(), methods)
def test_the_narrow_second_search_finds_what_the_whole_finds(short, text, method):
    narrow, whole = both(text, method, short)

    assert narrow == whole


@pytest.mark.parametrize("short", [10_000, 0], ids=["one by one", "by anchors"])
@pytest.mark.parametrize(("method", "text"), BARED)
def test_what_a_replacement_bares_is_found_by_the_narrow_second_search(method, text, short):
    text = f"{WORDS}{text} {WORDS}"
    narrow, whole = both(text, method, short)
    with mock.patch.object(table, "_is_news", return_value=False):
        never = outcome(text, method)

    assert narrow == whole != never


def test_rows_without_a_bounded_reach_are_searched_everywhere_and_the_others_near_the_changes():
    near = Near([(10_000, 10_000), (10_100, 10_120)], 100_000)
    told = {row.name: near.places(row) for row in PATTERNS}

    assert {row.name for row in PATTERNS if row.tail is not None} <= {name for name, at in told.items() if at is None}
    assert sum(at is not None for at in told.values()) > 0.95 * len(PATTERNS)
    for row in PATTERNS:
        if (at := told[row.name]) is not None:
            assert len(at) == 1
            assert at[0][0] <= 10_000 - reach_of(row)
            assert at[0][1] >= 10_120 + reach_of(row)
    assert Near([(0, 0)], 500).places(PATTERNS[0]) is None, "it costs no less"


def test_a_row_sees_as_far_as_one_look_in_another_does():
    assert simple_form(expression(r"(?<!a(?=bc))x(?=y(?!zz))")).look == 3
    assert needs_for(expression(r"(?<![ab])\d{3,9}(?!-\d{2})")).width == 12


def test_the_overlap_of_places_is_what_lies_in_both():
    assert overlap([(1, 5), (8, 8), (10, 20)], [(0, 1), (4, 9), (12, 13), (19, 30)]) == [
        (1, 1), (4, 5), (8, 8), (12, 13), (19, 20),
    ]  # fmt: skip
    assert overlap([(1, 5)], []) == overlap([], [(1, 5)]) == []
