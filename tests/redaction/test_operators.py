"""What stands in place of a value."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import vault
from expunct_server.redaction.custom import compile_custom
from expunct_server.redaction.engine import redact
from expunct_server.redaction.entities import ENTITY_TYPES
from expunct_server.redaction.operators import (
    OPERATORS,
    REALISTIC,
    NotAPseudonym,
    Numbers,
    fingerprint,
    opened,
    pseudonymize,
    render,
    rendering_expression,
    reveal,
    seal,
    unseal,
)
from tests.redaction.helpers import KEY, few, plan

OTHER = bytes(32)
CARDS = compile_custom([{"pattern": r"\d{16}", "entity_type": "CARD_16"}], None, None)
CARD = "4111 1111 1111 1111"
values = st.text(min_size=1, max_size=60)
kinds = st.sampled_from(sorted(ENTITY_TYPES))
renderers = st.sampled_from(sorted(set(OPERATORS) - {REALISTIC, "drop"}))  # what they write is recognised


def test_the_table_has_the_methods_of_the_contract():
    contract = {"mask", "hash", "pseudonymize", "pseudonymization", "black_box", "blur"}
    assert set(OPERATORS) == contract | {"number", "partial", "drop", "realistic"}


@pytest.mark.parametrize(
    ("method", "labels", "expected"),
    [
        ("mask", True, r"<CREDIT_CARD>"),
        ("mask", False, r"<REDACTED>"),
        ("black_box", True, r"<CREDIT_CARD>"),
        ("blur", True, r"<CREDIT_CARD>"),
        ("number", True, r"<CREDIT_CARD_1>"),
        ("number", False, r"<REDACTED_1>"),
        ("partial", True, r"<CREDIT_CARD_last:1111>"),
        ("partial", False, r"<REDACTED_last:1111>"),
        ("drop", True, r""),
        ("drop", False, r""),
        ("hash", True, r"<CREDIT_CARD_h:[a-p]{20}>"),
        ("hash", False, r"<REDACTED_h:[a-p]{20}>"),
        ("pseudonymize", True, r"<CREDIT_CARD_p:[a-p]{70}>"),
        ("pseudonymization", False, r"<REDACTED_p:[a-p]{70}>"),
        ("realistic", True, r"9999( [0-9]{4}){3}"),
        ("realistic", False, r"9999( [0-9]{4}){3}"),
    ],
)
def test_each_method_writes_its_form(method, labels, expected):
    assert re.fullmatch(expected, render(method, "CREDIT_CARD", CARD, key=KEY, preserve_labels=labels))


@pytest.mark.parametrize("method", ["hash", "pseudonymize", "realistic"])
def test_a_token_is_the_same_in_a_tenant_and_another_for_another_value_type_or_tenant(method):
    def token(value="Jane", kind="PERSON", key=KEY):
        return render(method, kind, value, key=key)

    assert token() == token()
    assert len({token(), token(value="Jana"), token(kind="LOCATION"), token(key=OTHER)}) == 4


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("4111-1111", "<X_last:1111>"),
        ("DE89 3704 0044 0532 0130 00", "<X_last:3000>"),
        ("Jos\u00e9 \u00d1and\u00fa-7", "<X_last:nd\u00fa7>"),
        ("1234567", "<X>"),
        ("123-45-67", "<X>"),
        ("", "<X>"),
    ],
)
def test_the_last_four_are_shown_of_eight_or_more(value, expected):
    assert render("partial", "X", value, key=KEY) == expected


def test_numbers_count_what_is_the_same_once_for_each_label_and_stop_before_they_look_like_data():
    numbers = Numbers()

    def told(kind, value):
        return render("number", kind, value, key=KEY, numbers=numbers)

    assert [told("PERSON", "Jane Doe"), told("PERSON", "John Roe"), told("PERSON", "JANE  DOE")] == [
        "<PERSON_1>", "<PERSON_2>", "<PERSON_1>",
    ]  # fmt: skip
    assert [told("US_SSN", "219-09-9998"), told("US_SSN", "219099998")] == ["<US_SSN_1>", "<US_SSN_1>"]
    numbers._counts["PERSON"] = 999_998
    assert [told("PERSON", "A"), told("PERSON", "B"), told("PERSON", "A")] == [
        "<PERSON_999999>",
        "<PERSON>",
        "<PERSON_999999>",
    ]
    assert "Jane" not in repr(numbers)


@few
@given(values, kinds)
def test_a_pseudonym_gives_its_value_back_under_its_key_alone(value, kind):
    token = pseudonymize(kind, value, KEY)

    assert reveal(token, KEY) == value
    assert opened(token) == (kind, seal(kind, value, KEY))
    with pytest.raises(NotAPseudonym):
        reveal(token, OTHER)


@few
@given(st.sets(values, min_size=2, max_size=2), kinds)
def test_two_values_never_share_a_pseudonym(pair, kind):
    one, two = (pseudonymize(kind, value, KEY) for value in pair)

    assert one != two
    assert opened(one)[1][:16] != opened(two)[1][:16]  # what a vault tells values apart by


@pytest.mark.parametrize("token", ["", "Jane", "<PERSON>", "<PERSON_p:ab>", "<PERSON_p:" + "ab" * 20 + ">"])
def test_what_is_no_pseudonym_is_refused(token):
    with pytest.raises(NotAPseudonym, match=r"^This is not a pseudonym of this tenant.$"):
        reveal(token, KEY)


def test_a_pseudonym_of_another_type_is_refused():
    with pytest.raises(NotAPseudonym):
        reveal(pseudonymize("PERSON", "Jane", KEY).replace("PERSON", "LOCATION"), KEY)


@pytest.mark.parametrize(
    "call", [lambda sealed: unseal("PERSON", sealed, OTHER), lambda sealed: unseal("X", sealed, KEY)]
)
def test_what_is_sealed_opens_under_its_key_and_label_alone(call: Callable[[bytes], str]):
    sealed = seal("PERSON", "Jane", KEY)

    assert unseal("PERSON", sealed, KEY) == "Jane"
    with pytest.raises(NotAPseudonym):
        call(sealed)


def test_what_is_kept_of_a_value_opens_as_it_was_kept_alone():
    one, two = (vault.sealed_for(name, "PERSON", value, KEY) for name, value in (("Elena", "Jane"), ("Abel", "Bo")))

    def opened_with(kept: vault.Entry, sealed: bytes, digest: bytes) -> str:
        return vault.opened(replace(kept, sealed=sealed), digest, KEY)

    assert opened_with(one, one.sealed, one.sealed[:16]) == "Jane"
    for kept, sealed, digest in (
        (one, two.sealed, two.sealed[:16]),
        (one, two.sealed, one.sealed[:16]),
        (one, one.sealed, two.sealed[:16]),
        (replace(one, entity_type="LOCATION"), one.sealed, one.sealed[:16]),
    ):
        with pytest.raises(NotAPseudonym):
            opened_with(kept, sealed, digest)
    with pytest.raises(NotAPseudonym):  # as a token has it: bound to the label alone
        unseal("PERSON", one.sealed, KEY)


@pytest.mark.parametrize(
    "label", ["SSN_078_05_1120_4111111111111111", "JOHN_SMITH", "CREDIT_CARD_4111111111111111", "US_SSN_1"]
)
@pytest.mark.parametrize("token", ["h:" + "a" * 20, "p:" + "ab" * 17, "last:abcd"])
def test_a_label_that_there_is_not_makes_no_rendering(label: str, token: str):
    assert rendering_expression().search(f"<{label}_{token}>") is None


def test_what_is_only_called_a_label_is_searched():
    assert redact("<MY_4111111111111111_last:abcd>", plan(custom=CARDS)).text == "<MY_<CARD_16>_last:abcd>"


def test_tokens_of_a_policys_own_types_are_recognised_under_it_alone():
    token = pseudonymize("CASE_NUMBER", "Jane", KEY)

    assert rendering_expression(frozenset({"CASE_NUMBER"})).fullmatch(token)
    assert rendering_expression().search(token) is None
    assert rendering_expression().fullmatch(pseudonymize("CUSTOM", "Jane", KEY))  # of every deny list


def test_a_fingerprint_is_of_one_tenant_and_says_nothing():
    assert fingerprint("Elena Okafor", KEY) == fingerprint("Elena Okafor", KEY)
    assert len({fingerprint("Elena Okafor", KEY), fingerprint("Elena Okafor", OTHER), fingerprint("x", KEY)}) == 3
    assert len(fingerprint("\ud800", KEY)) == 16


@few
@given(values, renderers, kinds, st.booleans())
def test_our_own_renderings_are_recognised_never_found_and_safe_in_any_format(value, method, kind, labels):
    rendering = render(method, kind, value, key=KEY, preserve_labels=labels)

    assert rendering_expression().fullmatch(rendering)
    assert not set(rendering) & set("[]\"'`,;|\t\r\n\\ ")
    assert redact(f"SSN {rendering} card {rendering}", plan()).findings == []


def test_what_merely_looks_like_a_rendering_is_searched():
    text = "<PERSON_p:4111111111111111> <jane@example.com> <PERSON_h:short> <US_SSN>"

    assert [f.entity_type for f in redact(text, plan()).findings] == ["CREDIT_CARD", "EMAIL_ADDRESS"]


@pytest.mark.parametrize(
    "text", ["<PERSON_0>", "<PERSON_01>", "<PERSON_1234567>", "<NOBODY_1>", "<PERSON_last:12345>", "<PERSON_last:1-23>"]
)
def test_what_has_room_for_data_is_no_rendering(text):
    assert rendering_expression().search(text) is None
