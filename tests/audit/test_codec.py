"""Canonical JSON: RFC 8785 within the profile, and everything outside of it refused by place."""

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.audit.codec import MAX_DEPTH, MAX_INTEGER, NotCanonical, canonical, check

KEYS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


# --- what RFC 8785 shows ----------------------------------------------------------------------------------------------


def test_the_literals_of_section_3_2_2() -> None:
    assert canonical({"literals": [None, True, False]}) == b'{"literals":[null,true,false]}'


def test_the_string_of_section_3_2_2() -> None:
    value = json.loads(r'{"string": "\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/"}')
    expected = '{"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert canonical(value) == expected.encode()


def test_the_example_of_section_3_2_3_with_the_keys_that_the_profile_allows() -> None:
    value = {
        "\\u20ac": 0,
        "1": "One",
        "peach": "a",
        "</script>": "Browser Challenge",
        "Z": "z",
        "a": "A",
        "_": "u",
        "10": 2,
    }
    expected = '{"1":"One","10":2,"</script>":"Browser Challenge","Z":"z","\\\\u20ac":0,"_":"u","a":"A","peach":"a"}'
    assert canonical(value) == expected.encode()


def test_the_integers_of_appendix_b() -> None:
    assert canonical([0, 9007199254740991, -9007199254740991]) == b"[0,9007199254740991,-9007199254740991]"


def test_every_control_character_has_its_one_form() -> None:
    short = {0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0C: "\\f", 0x0D: "\\r"}
    found = {code: canonical(chr(code)).decode().strip('"') for code in range(0x20)}
    assert found == {code: f"\\u{code:04x}" for code in range(0x20)} | short


@pytest.mark.parametrize(
    "character", ["/", "'", "<", "&", "\x7f", "\x80", "\xa0", "\u2028", "\u2029", "\ufeff", "\uffff", "😂"]
)
def test_nothing_else_is_escaped_or_normalised(character: str) -> None:
    assert canonical(character) == f'"{character}"'.encode()


def test_composed_and_decomposed_letters_stay_apart() -> None:
    assert canonical(["é", "e\u0301"]) == '["é","e\u0301"]'.encode()


# --- what always holds ------------------------------------------------------------------------------------------------


@given(VALUES)
def test_the_bytes_say_the_value_and_are_always_the_same(value: Any) -> None:
    encoded = canonical(value)
    read = json.loads(encoded)
    assert (read, _types(read)) == (value, _types(value))  # 1 == True in Python
    assert canonical(read) == encoded


@given(VALUES)
def test_keys_are_sorted_everywhere_and_nothing_is_padded(value: Any) -> None:
    pairs = []
    json.loads(canonical(value), object_pairs_hook=lambda each: pairs.append([key for key, _ in each]))
    assert pairs == [sorted(keys) for keys in pairs]
    assert canonical(value).decode() == json.dumps(
        json.loads(canonical(value)), separators=(",", ":"), sort_keys=True, ensure_ascii=False
    )


@given(st.dictionaries(KEYS, SCALARS, min_size=2, max_size=6), st.randoms())
def test_the_order_in_which_members_were_added_does_not_matter(value: dict[str, Any], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert canonical(dict(items)) == canonical(value)


@given(VALUES, VALUES)
def test_two_values_share_their_bytes_only_if_they_are_equal(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == ((one, _types(one)) == (other, _types(other)))


def _types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _types(item) for key, item in value.items()}
    return [_types(item) for item in value] if isinstance(value, list) else type(value).__name__


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.0, "$ is a float"),
        (float("nan"), "$ is a float"),
        (float("inf"), "$ is a float"),
        (-0.0, "$ is a float"),
        (2**53, "$ is an integer beyond 2^53-1"),
        (-(2**53), "$ is an integer beyond 2^53-1"),
        ({"a": {"b": [0, 2**53]}}, "$.a.b.1 is an integer beyond 2^53-1"),
        ({"a": [{"b": 0.5}]}, "$.a.0.b is a float"),
        ({"clé": 1}, "$ has a key that is not printable ASCII"),
        ({"a": {"tab\t": 1}}, "$.a has a key that is not printable ASCII"),
        ({"": 1}, "$ has a key that is not printable ASCII"),
        ({"line\n": 1}, "$ has a key that is not printable ASCII"),
        ({1: 1}, "$ has a key that is not printable ASCII"),
        ({None: 1}, "$ has a key that is not printable ASCII"),
        ({"\ud800": 1}, "$ has a key that is not printable ASCII"),
        ("\ud800", "$ holds a lone surrogate"),
        (["ok", "Quince \udfff"], "$.1 holds a lone surrogate"),
        ("\ud83d\ude02", "$ holds a lone surrogate"),  # a pair that Python did not join
        ((1, 2), "$ is a tuple"),
        ({"a": {1, 2}}, "$.a is a set"),
        ({"a": b"Quince"}, "$.a is a bytes"),
        (["Quince", object()], "$.1 is a object"),
    ],
)
def test_a_value_outside_the_profile_is_refused_by_place(value: Any, message: str) -> None:
    with pytest.raises(NotCanonical) as error:
        canonical(value)
    assert str(error.value) == message


@given(st.text(min_size=4, max_size=20), st.sampled_from([0.5, 2**60, "\ud800", b"x"]))
def test_a_refusal_never_repeats_the_value(secret: str, wrong: Any) -> None:
    value = f"{secret}\ud800" if isinstance(wrong, str) else wrong
    with pytest.raises(NotCanonical) as error:
        canonical({"field": [secret, value]})
    kinds = {
        float: "is a float",
        int: "is an integer beyond 2^53-1",
        str: "holds a lone surrogate",
        bytes: "is a bytes",
    }
    assert str(error.value) == f"$.field.1 {kinds[type(wrong)]}"


# --- depth ------------------------------------------------------------------------------------------------------------


def nested(depth: int, *, lists: bool = True) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value] if lists else {"a": value}
    return value


@pytest.mark.parametrize("lists", [True, False])
def test_depth_is_bounded(lists: bool) -> None:
    assert json.loads(canonical(nested(MAX_DEPTH, lists=lists))) == nested(MAX_DEPTH, lists=lists)
    for depth in (MAX_DEPTH + 1, 10 * sys.getrecursionlimit()):
        with pytest.raises(NotCanonical) as error:
            canonical(nested(depth, lists=lists))
        assert str(error.value) == f"a value is nested more than {MAX_DEPTH} deep"


def test_a_value_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(NotCanonical):
        check(value)
