"""The detector with a model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import ner
from expunct_server.redaction.engine import redact
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import few, plan


def found(text: str) -> list[tuple[str, str]]:
    return [(f.entity_type, f.text) for f in ner.find([text], Wanted.of(ner.MODEL_TYPES, 0.5))[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yesterday Barack Obama's car was seen in Paris.", [("PERSON", "Barack Obama"), ("LOCATION", "Paris")]),
        ("They met for three days and will meet on Tuesday.", [("DATE_TIME", "Tuesday")]),
        ("She was 45 years old in March 1999.", [("DATE_TIME", "March 1999")]),
        ("The SSN is on file.", []),
        ("", []),
        ("\ud800 Barack Obama", [("PERSON", "Barack Obama")]),
    ],
)
def test_names_and_dates_are_found_and_tidied(text, expected):
    assert found(text) == expected


def test_several_texts_are_read_together_and_kept_apart():
    texts = ["Barack Obama spoke.", "", "He lives in Paris, France."]

    assert [[f.text for f in one] for one in ner.find(texts, Wanted.of(ner.MODEL_TYPES, 0.5))] == [
        ["Barack Obama"],
        [],
        ["Paris", "France"],
    ]


def test_only_wanted_types_above_the_threshold_are_given():
    assert ner.find(["Barack Obama in Paris"], Wanted.of({"PERSON"}, 0.5))[0][0].text == "Barack Obama"
    assert ner.find(["Barack Obama in Paris"], Wanted.of({"PERSON"}, 0.9)) == [[]]
    assert ner.find(["Barack Obama"], Wanted.of({"US_SSN"}, 0.5)) == [[]]


def test_the_same_text_gives_the_same_findings():
    text = "Angela Merkel met Barack Obama in Berlin and wrote to Siemens. " * 60

    assert found(text) == found(text)
    assert len(found(text)) > 100


def test_a_span_that_begins_inside_another_finding_falls_away():
    types = [f.entity_type for f in redact("Mail barack.obama@example.com today.", plan(use_model=True)).findings]

    assert types == ["EMAIL_ADDRESS"]


@few
@given(st.text(alphabet="ab. \n\r\t!\u00e9\U0001f600", max_size=300), st.integers(2, 20))
def test_windows_make_up_the_text_and_none_is_too_long(text, size):
    spans = list(ner.windows(text, size))

    assert "".join(text[start:end] for start, end in spans) == text
    assert all(0 < end - start <= size for start, end in spans)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("aa bb. cc\n\ndd ee ff gg", "aa bb. cc\n\n"),
        ("aa bb cc. dd ee ff gg", "aa bb cc. "),
        ("aa bb cc\ndd ee ff gg", "aa bb cc\n"),
        ("aa bb cc dd ee ff gg", "aa bb cc dd "),
        ("aaaaaaa-aaaaaaaaaaaaaaa", "aaaaaaa-"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaa"),
    ],
)
def test_a_window_ends_at_the_best_break_there_is(text, first):
    start, end = next(ner.windows(text, 12))

    assert text[start:end] == first
