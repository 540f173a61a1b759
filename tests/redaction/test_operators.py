"""What stands in place of a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.engine import redact
from expunct_server.redaction.entities import ENTITY_TYPES
from expunct_server.redaction.operators import (
    OPERATORS,
    NotAPseudonym,
    pseudonymize,
    render,
    rendering_expression,
    reveal,
)
from tests.redaction.helpers import KEY, few, plan

OTHER = bytes(32)
values = st.text(min_size=1, max_size=60)


def test_the_table_has_the_methods_of_the_contract():
    assert set(OPERATORS) == {"mask", "hash", "pseudonymize", "pseudonymization", "black_box", "blur"}


@pytest.mark.parametrize(
    ("method", "labels", "expected"),
    [
        ("mask", True, r"<PERSON>"),
        ("mask", False, r"<REDACTED>"),
        ("black_box", True, r"<PERSON>"),
        ("blur", True, r"<PERSON>"),
        ("hash", True, r"<PERSON_h:[a-p]{20}>"),
        ("hash", False, r"<REDACTED_h:[a-p]{20}>"),
        ("pseudonymize", True, r"<PERSON_p:[a-p]{48}>"),
        ("pseudonymization", False, r"<REDACTED_p:[a-p]{48}>"),
    ],
)
def test_each_method_writes_its_form(method, labels, expected):
    assert __import__("re").fullmatch(expected, render(method, "PERSON", "Jane Doe", key=KEY, preserve_labels=labels))


@pytest.mark.parametrize("method", ["hash", "pseudonymize"])
def test_a_token_is_the_same_in_a_tenant_and_another_for_another_value_type_or_tenant(method):
    def token(value="Jane", kind="PERSON", key=KEY):
        return render(method, kind, value, key=key)

    assert token() == token()
    assert len({token(), token(value="Jana"), token(kind="LOCATION"), token(key=OTHER)}) == 4


@few
@given(values, st.sampled_from(sorted(ENTITY_TYPES)))
def test_a_pseudonym_gives_its_value_back_under_its_key_alone(value, kind):
    token = pseudonymize(kind, value, KEY)

    assert reveal(token, KEY) == value
    with pytest.raises(NotAPseudonym):
        reveal(token, OTHER)


@pytest.mark.parametrize("token", ["", "Jane", "<PERSON>", "<PERSON_p:ab>", "<PERSON_p:" + "ab" * 20 + ">"])
def test_what_is_no_pseudonym_is_refused(token):
    with pytest.raises(NotAPseudonym, match=r"^This is not a pseudonym of this tenant.$"):
        reveal(token, KEY)


def test_a_pseudonym_of_another_type_is_refused():
    with pytest.raises(NotAPseudonym):
        reveal(pseudonymize("PERSON", "Jane", KEY).replace("PERSON", "LOCATION"), KEY)


@few
@given(values, st.sampled_from(sorted(OPERATORS)), st.sampled_from(sorted(ENTITY_TYPES)), st.booleans())
def test_our_own_renderings_are_recognised_never_found_and_safe_in_any_format(value, method, kind, labels):
    rendering = render(method, kind, value, key=KEY, preserve_labels=labels)

    assert rendering_expression().fullmatch(rendering)
    assert not set(rendering) & set("[]\"'`,;|\t\r\n\\ 0123456789")
    assert redact(f"SSN {rendering} card {rendering}", plan()).findings == []


def test_what_merely_looks_like_a_rendering_is_searched():
    text = "<PERSON_p:4111111111111111> <jane@example.com> <PERSON_h:short> <US_SSN>"

    assert [f.entity_type for f in redact(text, plan()).findings] == ["CREDIT_CARD", "EMAIL_ADDRESS"]
