"""The table of pattern detectors: each row carries its own cases."""

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from expunct_server.redaction.entities import ENTITY_TYPES
from expunct_server.redaction.failures import PatternTimeout, RecognizerFailed
from expunct_server.redaction.matching.table import run_row
from expunct_server.redaction.patterns import PATTERNS
from expunct_server.redaction.patterns.row import Pattern
from expunct_server.redaction.profiles import PROFILES
from expunct_server.redaction.scan import scan
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import ALL, few

USUAL = 0.5
# Types that only the model, the name of a column or a policy's own rules find.
NO_PATTERN = {"NRP"}


def spans(row: Pattern, text: str) -> list[tuple[int, int]]:
    return [(f.start, f.end) for f in run_row(row, text, threshold(row))]


def threshold(row: Pattern) -> float:
    """The usual one, but for rows that only the profile `strict` has any use for."""
    return USUAL if max(row.score, row.context_score or 0.0) >= USUAL else PROFILES["strict"].threshold


@pytest.mark.parametrize(
    ("row", "example"), [(r, e) for r in PATTERNS for e in r.examples], ids=lambda v: getattr(v, "name", "")
)
def test_a_row_finds_what_its_example_marks(row, example):
    before, marked, after = example.replace("»", "«").split("«")

    assert spans(row, before + marked + after) == [(len(before), len(before) + len(marked))]


@pytest.mark.parametrize(
    ("row", "text"), [(r, t) for r in PATTERNS for t in r.near_misses], ids=lambda v: getattr(v, "name", "")
)
def test_a_row_lets_its_near_misses_pass(row, text):
    assert spans(row, text) == []


def test_every_type_is_found_by_some_row_and_every_row_has_cases_and_its_own_name():
    assert {row.entity_type for row in PATTERNS} == set(ENTITY_TYPES) - NO_PATTERN
    assert all(row.examples and row.near_misses for row in PATTERNS)
    assert len({row.name for row in PATTERNS}) == len(PATTERNS)


RUNS = ("a", "1", "A1 ", "1-", "aA.", "<", "@a", " ", "\n", "a@", "x://", "Ab ", "1.", "é", ":1")


@pytest.mark.parametrize("row", PATTERNS, ids=lambda row: row.name)
def test_a_row_gets_through_long_runs_of_anything(row):
    """Not how fast, which depends on the machine, but that the time limit of a scan, far above linear, is kept."""
    for unit in RUNS:
        for _ in row.expression.finditer(unit * 2_000, timeout=20):
            pass


@pytest.mark.parametrize("row", PATTERNS, ids=lambda row: row.name)
def test_one_attempt_of_a_row_ends_soon_whatever_follows_an_example(row):
    """A single attempt at one place is not timed in a scan, so nothing that a row reads may make it take long."""
    for example in row.examples:
        text = example.replace("«", "").replace("»", "")
        for unit in RUNS:
            for cut in range(1, len(text), 7):
                row.expression.match(text[:cut] + unit * 200 + "\0", timeout=5)


@pytest.mark.parametrize("unit", ["a'", "'", "a’", ".'a", "a'@b", "a@b.co'", "'@", "-"])
def test_the_e_mail_row_reads_each_run_of_its_characters_once(unit):
    """300 kB with an @, without which the row would not be tried: quadratic, this would take minutes."""
    row = next(row for row in PATTERNS if row.name == "email")
    for _ in row.expression.finditer((unit * 300_000)[:300_000] + " @", timeout=5):
        pass


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a@b.com'c@d.com", ["a@b.com", "c@d.com"]),
        ("a@b.com+c@d.com", ["a@b.com", "c@d.com"]),
        ("x@b'c@d.com", ["b'c@d.com"]),
        ("'a@b.com','c@d.com'", ["a@b.com", "c@d.com"]),
        ("+'x@example.org'", ["x@example.org"]),
        (" ...jane@example.org", ["jane@example.org"]),
        ("''o’neil@example.org''", ["o’neil@example.org"]),
    ],
)
def test_an_e_mail_address_behind_punctuation_or_another_is_found(text, found):
    row = next(row for row in PATTERNS if row.name == "email")
    assert [text[start:end] for start, end in spans(row, text)] == found


CASES = [case.replace("«", "").replace("»", "") for row in PATTERNS for case in row.examples + row.near_misses]
OTHER_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@settings(few, max_examples=300)
@given(
    st.lists(st.sampled_from(CASES), min_size=1, max_size=4),
    st.sampled_from(["", " ", ", ", "\n", "-", "."]),
    st.data(),
)
def test_no_check_ever_crashes_on_what_its_row_matches(cases, between, data):
    text = between.join(cases)
    cut = data.draw(st.integers(0, len(text)))
    foreign = text[:cut] + text[cut:].translate(OTHER_DIGITS)

    for mixed in (text, text[cut:], foreign):
        for finding in scan(mixed, Wanted.of(ALL, 0.05), no_rules()):
            assert mixed[finding.start : finding.end] == finding.text


def test_context_raises_the_score_and_a_wall_stops_it():
    def scores(text: str) -> list[float]:
        return [
            f.score for f in scan(text, Wanted.of({"US_SSN"}, USUAL), no_rules()) if f.recognizer == "pattern:us_ssn"
        ]

    assert scores("SSN is on file as 219-09-9998") == [0.95]
    assert scores("on file as 219-09-9998") == [0.8]
    assert scores("SSN is on file as\x00 219-09-9998") == [0.8]


def test_a_row_that_runs_out_of_time_fails_the_search(monkeypatch):
    slow = Pattern("slow", "URL", regex.compile(r"(?:a|aa|aaa)+$"), 0.9, ("«a»",), ("b",))
    monkeypatch.setattr("expunct_server.redaction.matching.table.PATTERNS", (slow,))
    monkeypatch.setattr("expunct_server.redaction.matching.table.TIMEOUT", 0.01)

    with pytest.raises(PatternTimeout) as caught:
        scan("a" * 5_000 + "b", Wanted.of({"URL"}, 0.51), no_rules())
    assert caught.value.recognizer == "pattern:slow"
    assert "aaa" not in str(caught.value)


def test_a_check_that_crashes_fails_the_search_without_its_message(monkeypatch):
    def crash(candidate: str) -> int:
        raise ValueError(candidate)

    row = Pattern("broken", "URL", regex.compile("secret"), 0.9, ("«secret»",), ("b",), check=crash)
    monkeypatch.setattr("expunct_server.redaction.matching.table.PATTERNS", (row,))

    with pytest.raises(RecognizerFailed, match=r"^The recognizer pattern:broken stopped with an error.$") as caught:
        scan("a secret", Wanted.of({"URL"}, 0.52), no_rules())
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_only_wanted_types_are_searched():
    text = "jane@example.com 219-09-9998"

    assert {f.entity_type for f in scan(text, Wanted.of(ALL, USUAL), no_rules())} == {"EMAIL_ADDRESS", "US_SSN"}
    assert [f.entity_type for f in scan(text, Wanted.of({"US_SSN"}, USUAL), no_rules())] == ["US_SSN"]


def no_rules():
    from expunct_server.redaction.custom import NOTHING

    return NOTHING
