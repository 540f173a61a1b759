"""Characters that look like ASCII ones, or like nothing, hide nothing from patterns."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction import lookalikes
from expunct_server.redaction.engine import redact
from expunct_server.redaction.lookalikes import plain
from tests.redaction.helpers import few, plan

UNSEEN = "\u00ad\u200b\u200d\u2060\ufeff\u202e"


@pytest.mark.parametrize(
    ("value", "entity_type"),
    [
        ("4111\u20111111\u20111111\u20111111", "CREDIT_CARD"),
        ("4111\u00a01111\u20091111\u202f1111", "CREDIT_CARD"),
        ("4111\u200b111111111111", "CREDIT_CARD"),
        ("219\u201109\u20119998", "US_SSN"),
        ("219\u00ad-09-9998", "US_SSN"),
        ("laura@exam\u00adple.com", "EMAIL_ADDRESS"),
        ("laura\uff20example.com", "EMAIL_ADDRESS"),
        ("DE89\u200b 3704 0044 0532\u00a00130 00", "IBAN_CODE"),
        ("192.0.2\u200b.17", "IP_ADDRESS"),
        ("\uff14111 1111 1111 1111", "CREDIT_CARD"),
    ],
)
def test_a_value_in_disguise_is_found_whole(value, entity_type):
    result = redact(f"See {value}, please.", plan())

    assert [(f.entity_type, f.text) for f in result.findings] == [(entity_type, value)]
    assert result.text == f"See <{entity_type}>, please."


@few
@given(st.lists(st.sampled_from([*UNSEEN, "ab", "1", "\u00a0", "\u2011", "é", "\U0001f600", "\uff21"]), max_size=20))
def test_what_was_read_comes_from_where_it_says(parts):
    text = "".join(parts)
    read = plain(text)
    assert not any(c in UNSEEN for c in read.text)
    for start in range(len(read.text)):
        for end in range(start + 1, len(read.text) + 1):
            first, last = read.source(start, end)
            seen = "".join(c for c in text[first:last] if c not in UNSEEN)
            assert unicodedata.normalize("NFKC", seen).replace("\u2010", "-") == unicodedata.normalize(
                "NFKC", read.text[start:end]
            )
            assert text[first] not in UNSEEN
            assert text[last - 1] not in UNSEEN


def test_every_full_width_character_is_the_ascii_one_that_unicode_says():
    assert all(unicodedata.normalize("NFKC", wide) == narrow for wide, narrow in lookalikes._FULL_WIDTH.items())
    assert all(unicodedata.category(c) == "Zs" for c in lookalikes._SPACES)
