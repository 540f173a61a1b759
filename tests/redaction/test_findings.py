"""The table of types, the rule for overlaps, and the masked form."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.entities import ENTITY_TYPES, UnknownTypes, resolve_types, types_of_categories
from expunct_server.redaction.findings import Finding, mask_value, settle
from expunct_server.redaction.findings import _settled as settled_together
from tests.redaction.helpers import few

TEXT = "abcdefghijklmnopqrstuvwxyz" * 2


def finding(entity_type: str, start: int, end: int, score: float) -> Finding:
    return Finding(entity_type, start, end, score, TEXT[start:end], "test")


spans = st.builds(
    lambda kind, start, length, score: finding(kind, start, start + length, score),
    st.sampled_from(["PERSON", "URL", "LOCATION"]),
    st.integers(0, 40),
    st.integers(1, 10),
    st.sampled_from([0.5, 0.7, 0.9]),
)


@few
@given(st.lists(spans, max_size=12), st.randoms(use_true_random=False))
def test_settled_findings_never_overlap_whatever_the_order_and_cover_all_that_was_found(found, random):
    settled = settle(found)
    shuffled = list(found)
    random.shuffle(shuffled)

    assert settle(shuffled) == settled
    assert settle(settled) == settled
    assert all(a.end <= b.start for a, b in pairwise(settled))
    assert all(TEXT[f.start : f.end] == f.text for f in settled)
    assert {i for f in settled for i in range(f.start, f.end)} == {i for f in found for i in range(f.start, f.end)}


@few
@given(st.lists(spans, max_size=12))
def test_findings_that_do_not_touch_are_settled_apart_as_they_are_together(found):
    assert settle(found) == settled_together(found)


def test_the_stronger_finding_wins_and_the_weaker_keeps_the_rest():
    card, place = finding("CREDIT_CARD", 4, 8, 0.9), finding("LOCATION", 2, 12, 0.8)

    assert [(f.entity_type, f.start, f.end) for f in settle([place, card])] == [
        ("LOCATION", 2, 4),
        ("CREDIT_CARD", 4, 8),
        ("LOCATION", 8, 12),
    ]


def test_overlapping_findings_of_one_type_become_one():
    assert settle([finding("PERSON", 2, 8, 0.5), finding("PERSON", 6, 12, 0.9)]) == [
        Finding("PERSON", 2, 12, 0.9, TEXT[2:12], "test")
    ]


def test_a_repr_shows_neither_value_nor_replacement():
    shown = repr(Finding("PERSON", 0, 4, 0.9, "Jane", "test", replacement="<X>"))

    assert "Jane" not in shown
    assert "<X>" not in shown


@pytest.mark.parametrize(
    ("value", "masked"),
    [
        ("Jane Doe", "J*** ***"),
        ("jane.doe@example.com", "j***"),
        ("219-09-9998", "***"),
        ("4111 1111 1111 1111", "************1111"),
        ("4111 1111 1111 1112", "*** *** *** ***"),
        ("12 Main Street", "*** M*** S***"),
        ("Jo", "***"),
        ("[Anna] [x]", "*** ***"),
        ("", "***"),
        ("\ud800", "***"),
    ],
)
def test_a_masked_value_shows_first_letters_of_long_words_at_most(value, masked):
    assert mask_value(value) == masked


@few
@given(st.text(max_size=40))
def test_a_masked_value_never_shows_digits_brackets_or_most_of_the_value(value):
    masked = mask_value(value)

    assert not set(masked) & set("[]")
    assert not any(c in "0123456789" for c in masked)
    assert sum(c.isalnum() for c in masked) <= len(value.split())


def test_aliases_and_all_and_any_case_are_types():
    assert resolve_types(["SSN", "address", "Date_Of_Birth"]) == {"US_SSN", "LOCATION", "DATE_TIME"}
    assert resolve_types(["all"]) == set(ENTITY_TYPES)
    assert resolve_types(["all", "EMPLOYEE"], extra={"EMPLOYEE"}) == {*ENTITY_TYPES, "EMPLOYEE"}
    assert resolve_types([]) == frozenset()


def test_unknown_types_are_named_without_brackets_or_long_text():
    with pytest.raises(UnknownTypes, match=r"^Unknown entity types: \(not a name\), SHOE_SIZE\.$") as caught:
        resolve_types(["PERSON", "SHOE_SIZE", "[red]" + "x" * 500])
    assert caught.value.names == ("(not a name)", "SHOE_SIZE")


def test_categories_give_their_types_and_unknown_ones_are_named():
    assert types_of_categories(["phi"]) == {
        "US_SSN", "MEDICAL_LICENSE", "US_NPI", "MEDICAL_RECORD_NUMBER", "HEALTH_ID",
    }  # fmt: skip
    assert types_of_categories(["all"]) == set(ENTITY_TYPES)
    with pytest.raises(UnknownTypes) as caught:
        types_of_categories(["PII", "FBI"])
    assert caught.value.names == ("FBI",)
