"""What general rules say of telephone numbers, cards, wallets, tokens and dates, beside the cases of each row."""

import zlib
from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expunct_server.redaction.custom import NOTHING
from expunct_server.redaction.patterns import checks_dates, checks_money, checks_network, checks_places, checks_secrets
from expunct_server.redaction.scan import scan
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import few

FORMS = (phonenumbers.PhoneNumberFormat.E164, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize("form", FORMS)
def test_a_number_of_every_numbering_plan_is_found_whole(form):
    examples = (phonenumbers.example_number(region) for region in sorted(phonenumbers.SUPPORTED_REGIONS))
    numbers = [phonenumbers.format_number(number, form) for number in examples if number]
    text = "".join(f"ask {number} again\n" for number in numbers)

    found = {f.text for f in scan(text, Wanted.of({"PHONE_NUMBER"}, 0.5), NOTHING)}

    assert len(numbers) > 230
    assert [number for number in numbers if number not in found] == []


@few
@given(st.integers(0, 10**15 - 1))
def test_one_check_digit_of_ten_makes_a_card(body):
    good = [d for d in range(10) if checks_money.card_of_any_issuer(f"{body:015}{d}")]

    assert len(good) == (1 if len(set(f"{body:015}{good[0] if good else ''}")) > 1 else 0)


@few
@given(st.text(BASE62, min_size=30, max_size=30), st.integers(0, 29))
def test_a_token_with_another_character_fails_its_checksum(body, place):
    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = BASE62[rest] + digits
    token = f"ghp_{body}{digits.rjust(6, '0')}"
    changed = "b" if body[place] == "a" else "a"

    assert checks_secrets.base62_crc32(token) == len(token)
    assert checks_secrets.base62_crc32(token[: 4 + place] + changed + token[5 + place :]) == 0


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (checks_money.base58check, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
        (checks_money.bech32, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        (checks_money.ripple, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"),
        (checks_money.clabe, "032180000118359719"),
        (checks_money.iban_prefix, "DE89370400440532013000"),
    ],
)
def test_a_checksum_notices_any_one_character(check, value):
    assert check(value) == len(value)
    for place in range(4, len(value)):
        other = "2" if value[place] != "2" else "3"
        assert check(value[:place] + other + value[place + 1 :]) == 0


@few
@given(st.dates(date(1880, 1, 1), date(2099, 12, 31)))
def test_every_day_is_on_the_calendar_in_each_order(day):
    forms = (day.isoformat(), f"{day:%d.%m.%Y}", f"{day:%d/%m/%Y}", f"{day:%m/%d/%Y}", f"{day.day} {day:%B} {day.year}")

    assert [checks_dates.of_birth(form) for form in forms] == [len(form) for form in forms]


@few
@given(st.floats(-90, 90), st.floats(-180, 180))
def test_degrees_in_range_are_a_place_and_others_are_not(latitude, longitude):
    pair = f"{latitude:.6f}, {longitude:.6f}"
    same = float(f"{latitude:.6f}") == float(f"{longitude:.6f}")

    assert checks_places.degrees(pair) == (0 if same else len(pair))
    assert checks_places.degrees(f"{latitude + 181:.6f}, {longitude:.6f}") == 0


@few
@given(st.ip_addresses(v=6))
def test_an_address_of_version_six_counts_in_both_its_forms(address):
    written = address.exploded

    assert checks_network.ipv6(written) == len(written)
    assert checks_network.ipv6(written + "%eth0") == len(written) + 5
