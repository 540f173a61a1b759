"""Reading numbers, base64 and lines: one spelling for each value."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.tlog.strict import (
    MAX_SIZE,
    Rejected,
    base64_bytes,
    base64_text,
    check_text,
    decimal,
    split_lines,
    utf8_bytes,
    utf8_text,
)

# What `int` takes besides plain digits, what `str.isdigit` takes, and what is out of range.
NOT_DECIMAL = [
    *("", " ", "+1", "-1", "-0", "1_000", "1 ", " 1", "1\n", "\n1", "01", "00", "0x1", "1.0", "1e3", "0b1", "١٢", "１"),
    *("²", "①", "१", "\u00a01", "1\u00a0", "\ufeff1", "1\x00", "\ud8001", "9223372036854775808", "1" * 5000, "None"),
]


@pytest.mark.parametrize("text", NOT_DECIMAL)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(Rejected):
        decimal(text)


@given(st.integers(0, MAX_SIZE))
def test_every_number_reads_as_it_is_written(value: int) -> None:
    assert decimal(str(value)) == value


def test_the_bounds_of_numbers() -> None:
    assert [decimal("0"), decimal("9223372036854775807")] == [0, 2**63 - 1]


@given(st.text(st.sampled_from("0123456789+-_ .\u0660\uff11\u00a0"), max_size=4))
def test_a_number_that_is_read_is_the_one_that_would_be_written(text: str) -> None:
    try:
        value = decimal(text)
    except Rejected:
        return
    assert str(value) == text


NOT_BASE64 = {
    "trailing bits": "AB==",
    "trailing bits of two bytes": "AAB=",
    "no padding": "AA",
    "half the padding": "AA=",
    "too much padding": "AAA==",
    "padding alone": "====",
    "padding inside": "AA==AA==",
    "padding before": "=AAA",
    "URL-safe minus": "-_-_",
    "URL-safe underscore": "____",
    "one character": "A",
    "five characters": "AAAAA",
    "space before": " AAAA",
    "space after": "AAAA ",
    "space inside": "AA AA",
    "newline after": "AAAA\n",
    "newline inside": "AAAA\nAAAA",
    "return after": "AAAA\r",
    "no-break space": "AAAA\u00a0",
    "byte order mark": "\ufeffAAAA",
    "wide letters": "ＡＡＡＡ",
    "surrogate": "\ud800AAA",
    "nul": "AAA\x00",
    "percent": "AA%3D",
}


@pytest.mark.parametrize("text", NOT_BASE64.values(), ids=NOT_BASE64)
def test_what_is_not_base64(text: str) -> None:
    with pytest.raises(Rejected):
        base64_bytes(text)


def test_the_twin_spellings_that_the_decoder_takes_are_refused() -> None:
    """For one byte, 16 spellings decode to the same value; one of them is accepted."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    lenient = [f"/{each}==" for each in alphabet if base64.b64decode(f"/{each}==", validate=True) == b"\xff"]
    strict = [text for text in lenient if _reads(text)]
    assert (len(lenient), strict) == (16, ["/w=="])


@given(st.binary(max_size=100))
def test_all_bytes_read_as_they_are_written(data: bytes) -> None:
    assert base64_bytes(base64_text(data)) == base64_bytes(base64_text(data), len(data)) == data


@pytest.mark.parametrize("length", [0, 2, 4, 32])
def test_the_length_is_checked(length: int) -> None:
    with pytest.raises(Rejected):
        base64_bytes("AAAA", length)


# Everything else at which `str.splitlines` would split.
OTHER_BREAKS = "\x0b\x0c\r\x1c\x1d\x1e\x85\u2028\u2029"


def test_only_the_newline_ends_a_line() -> None:
    assert [len(f"a{each}b\n".splitlines()) for each in OTHER_BREAKS] == [2] * 9
    assert [split_lines(f"a{each}b\n") for each in OTHER_BREAKS] == [[f"a{each}b"] for each in OTHER_BREAKS]
    assert split_lines("a\n\nb\n") == ["a", "", "b"]


@pytest.mark.parametrize("text", ["", "a", "a\r", "a\u2028", "a\nb"])
def test_the_last_line_ends_in_a_newline(text: str) -> None:
    with pytest.raises(Rejected):
        split_lines(text)


@pytest.mark.parametrize("code", [code for code in range(0x20) if code != 0x0A])
def test_control_characters(code: int) -> None:
    with pytest.raises(Rejected):
        check_text(f"a{chr(code)}\n")


@pytest.mark.parametrize("data", [b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80", b"\x80"])
def test_what_is_not_utf_8(data: bytes) -> None:
    with pytest.raises(Rejected):
        utf8_text(data)


def test_surrogates_have_no_bytes() -> None:
    for text in ("\ud800", b"\xff".decode("utf-8", "surrogateescape")):
        with pytest.raises(Rejected):
            utf8_bytes(text)


def _reads(text: str) -> bool:
    try:
        base64_bytes(text)
    except Rejected:
        return False
    return True
