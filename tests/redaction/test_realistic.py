"""Values that are made up: of the same kind, the same each time, of nobody."""

import re
from datetime import date
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban, luhn

from expunct_server.redaction.entities import ENTITY_TYPES
from expunct_server.redaction.realistic import WRITERS, dates, folded, made_up, words
from expunct_server.redaction.realistic.people import RESERVED
from tests.redaction.helpers import few

KEY, OTHER = bytes(range(64)), bytes(64)
kinds = st.sampled_from(sorted(ENTITY_TYPES))
SAFE = re.compile(r"[^\W_]*(?:[-_.,:;/@+()#*%=~° ][^\W_]*)*")

# Made up. What each looks like is what must come out: the form is that of the value.
FORMS = [
    ("PERSON", "Jane Doe", r"[A-Z][a-z]+ [A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "JANE DOE", r"[A-Z]+ [A-Z]+-[A-Z]+"),
    ("PERSON", "jane doe", r"[a-z]+ [a-z]+-[a-z]+"),
    ("PERSON", "Dr. Jane M. Doe, Jr.", r"Dr\. [A-Z][a-z]+ [A-Z]\. [A-Z][a-z]+-[A-Z][a-z]+, Jr\."),
    ("PERSON", "Doe, Jane", r"[A-Z][a-z]+-[A-Z][a-z]+, [A-Z][a-z]+"),
    ("PERSON", "Ludwig van Holten", r"[A-Z][a-z]+ van [A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "Al von Doe", r"(?!Al)[A-Z][a-z]+ von [A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "Amartya Sen", r"[A-Z][a-z]+ [A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "Jack Lord", r"[A-Z][a-z]+ [A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "Md Rahman", r"(?!Md)[A-Z][a-z]+ [A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "Lord, Jack", r"(?!Lord)[A-Z][a-z]+-[A-Z][a-z]+, [A-Z][a-z]+"),
    ("PERSON", "Sen Gupta", r"(?!Sen)[A-Z][a-z]+ [A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "Sen. Ann Doe", r"Sen\. [A-Z][a-z]+ [A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "Sen", r"[A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "Jr.", r"[A-Z][a-z]+-[A-Z][a-z]+\."),
    ("PERSON", "Dr. Prof. Miss", r"Dr\. Prof\. [A-Z][a-z]+-[A-Z][a-z]+"),
    ("PERSON", "minh van", r"[a-z]+ [a-z]+-[a-z]+"),
    ("PERSON", "Jane Doe MD", r"[A-Z][a-z]+ [A-Z][a-z]+-[A-Z][a-z]+ MD"),
    ("PERSON", "山田太郎", r"[A-Z][a-z]+-[A-Z][a-z]+"),
    ("CARD_HOLDER_NAME", "J DOE", r"[A-Z] [A-Z]+-[A-Z]+"),
    ("ORGANIZATION", "Acme Widgets GmbH", r"[A-Z][a-z]+-[A-Z][a-z]+ [A-Z][a-z]+ GmbH"),
    ("ORGANIZATION", "Acme", r"[A-Z][a-z]+"),
    ("EMAIL_ADDRESS", "Jane.Doe@corp.test", r"[a-z]+\.[a-z]+\.[a-z0-9]{6}@example\.(com|net|org)"),
    ("USERNAME", "@jdoe", r"@[a-z]+[a-z0-9]{4}"),
    ("URL", "https://corp.test/jane?x=1", r"https://[a-z]+-[a-z0-9]{4}\.example\.(com|net|org)/[a-z0-9]{6}"),
    ("URL", "corp.test", r"[a-z]+-[a-z0-9]{4}\.example\.(com|net|org)"),
    ("NRP", "German", r"[A-Z][a-z]+"),
    ("LOCATION", "12 Main Street, Springfield, IL 62704", r"\d\d [A-Z][a-z]+ Street, [A-Z][a-z]+, [A-Z]{2} \d{5}"),
    ("LOCATION", "Hauptstraße 5, 10115 Berlin", r"[A-Z][a-z]+straße \d, \d{5} [A-Z][a-z]+"),
    ("LOCATION", "12 rue de Rivoli\n75001 Paris", r"\d\d rue de [A-Z][a-z]+ \d{5} [A-Z][a-z]+"),
    ("LOCATION", "Springfield", r"[A-Z][a-z]+"),
    ("COORDINATES", "52.5200, -3.4050", r"[1-8]\d\.\d{4}, -[1-9]\.\d{4}"),
    ("COORDINATES", "52°31'12.5\" N, 3°24' W", r"[1-8]\d°[1-8]\d [1-8]\d\.\d  N, [1-9]°[1-8]\d  W"),
    ("COORDINATES", "849VCWC8+R9", r"(?!...V)\d{3}[A-Z]{4}\d\+[A-Z]\d"),
    ("COORDINATES", "33TWN8943", r"\d\d[A-Z]{3}\d{4}"),
    ("CREDIT_CARD", "4111-1111-1111-1111", r"9999(-\d{4}){3}"),
    ("IBAN_CODE", "DE89 3704 0044 0532 0130 00", r"X[A-JL-Z]\d\d( \d{4}){4} \d\d"),
    ("US_SSN", "219-09-9998", r"9\d\d-(0[1-9]|[1-4]\d|6[6-9]|89)-\d{4}"),
    ("US_ITIN", "912701234", r"9\d\d(0[1-9]|[1-4]\d|6[6-9]|89)\d{4}"),
    ("MAC_ADDRESS", "00:1A:2B:3C:4D:5E", r"[0-9A-F][26AE](:[0-9A-F]{2}){5}"),
    ("IP_ADDRESS", "10.1.2.0/24", r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d{1,3}/24"),
    ("IP_ADDRESS", "fe80::1", r"2001:db8(:[0-9a-f]{1,4}){6}"),
    ("PASSPORT", "C01X00T47", r"[A-Z]\d\d[A-Z]\d\d[A-Z]\d\d"),
    ("CUSTOM", 'Ä"1\\<x', r"[A-Z] \d  [a-z]"),
    ("PHONE_NUMBER", "+1 (212) 555-2368", r"\+1 \([2-9][02-8]\d\) 555-01\d\d"),
    ("PHONE_NUMBER", "212.555.2368 ext. 12", r"[2-9][02-8]\d\.555\.01\d\d ext\. \d\d"),
    ("PHONE_NUMBER", "555-2368", r"555-01\d\d"),
    ("PHONE_NUMBER", "07911 123456", r"0(7700 900|\d{4} \d{3})\d{3}"),
    ("PHONE_NUMBER", "+49 30 12345678", r"\+49 (30 23125|69 90009|40 66969|22 14710|89 99998|17 139200)\d{2,3}"),
    ("PHONE_NUMBER", "+33 6 12 34 56 78", r"\+33 (1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98) \d\d \d\d"),
    ("PHONE_NUMBER", "06 12 34 56 78", r"0(1 99 00|2 61 91|3 53 01|4 65 71|5 36 49|6 39 98) \d\d \d\d"),
    ("PHONE_NUMBER", "+81 3-1234-5678", r"\+99 9-\d{4}-\d{4}"),
    ("PHONE_NUMBER", "030 1234567", r"000 \d{7}"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "form"), FORMS)
def test_what_is_made_up_has_the_form_of_the_value(kind, value, form):
    made = made_up(kind, value, KEY)

    assert made is not None
    assert re.fullmatch(form, made), made


def _moved(text, by):
    return date.fromordinal(date.fromisoformat(text).toordinal() + by)


def test_dates_move_together_and_keep_their_format():
    by = dates.shift(KEY)
    day, later = _moved("2024-02-29", by), _moved("2024-03-10", by)
    english = dates._MONTH_NAMES[0][day.month - 1].capitalize()
    weekday = dates._DAY_NAMES[0][day.weekday()].capitalize()
    march = _moved("2024-03-01", by)

    def made(value, kind="DATE_TIME"):
        return made_up(kind, value, KEY)

    assert 31 <= abs(by) <= 1826
    assert dates.shift(OTHER) != by
    assert made("2024-02-29") == day.isoformat()
    assert made("2024-02-29T10:00:05Z") == f"{day.isoformat()}T10:00:05Z"
    assert made("20240229") == day.strftime("%Y%m%d")
    assert made("02/29/2024") == day.strftime("%m/%d/%Y")
    assert made("29/02/24") == day.strftime("%d/%m/%y")
    assert made("29.2.2024") == f"{day.day}.{day.month}.{day.year}"
    assert made("2024-02-29 to 2024-03-10") == f"{day.isoformat()} to {later.isoformat()}"
    assert re.fullmatch(rf"{weekday}, {english} {day.day}(st|nd|rd|th), {day.year} at 10:30",
                        made("Thursday, February 29th, 2024 at 10:30"))  # fmt: skip
    assert made("March 2024") == f"{dates._MONTH_NAMES[0][march.month - 1].capitalize()} {march.year}"
    assert made("03/24", "EXPIRY_DATE") == march.strftime("%m/%y")
    assert made("1984") == str(1984 + (1 if by > 0 else -1) * max(1, round(abs(by) / 365)))


@pytest.mark.parametrize(
    "value", ["yesterday", "31.02.2024", "12 March 2024, Easter 77", "9999-12-31", "2024-02-29 4711"]
)
def test_of_what_is_no_date_nothing_stays(value):
    made = made_up("DATE_TIME", value, KEY)

    assert made is not None
    kept = set(re.findall(r"\w{3,}", value)) & set(re.findall(r"\w{3,}", made))
    assert kept == set()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("COORDINATES", "849VCWC8+R9"),
        ("PHONE_NUMBER", "1-800-FLOWERS"),
        ("US_SSN", "219-09-9998 Doe"),
        ("PERSON", "Prof. Miss Hon"),
        ("PERSON", "Abel Goldberg Doe"),
        ("ORGANIZATION", "Design Works Studios Energy"),
    ],
)
def test_no_part_of_the_value_stays(kind, value):
    parts = set(re.findall(r"[^\W_]{3,}", value.lower())) - {"prof", "miss"}

    for number in range(60):  # of the short lists, some are drawn first
        made = made_up(kind, value, bytes([number]) * 64)
        assert made is not None
        assert parts.isdisjoint(re.findall(r"[^\W_]+", made.lower())), made


@pytest.mark.parametrize(("kind", "value"), [("URL", "planted://corp.test/x"), ("IP_ADDRESS", "fe80::1/planted")])
def test_where_a_part_would_stay_in_every_draw_nothing_is_made_up(kind, value):
    assert made_up(kind, value, KEY) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("EMAIL_ADDRESS", "planted@example.com"),
        ("URL", "https://www.example.org/x"),
        ("IP_ADDRESS", "2001:db8::1"),
        ("IP_ADDRESS", "192.0.2.1"),
        ("PHONE_NUMBER", "+1 212 555 0142"),
        ("PHONE_NUMBER", "+353 20 912 3456 extension 123"),
        ("CREDIT_CARD", "9999 4020 7741 2247"),
        ("DATE_TIME", "Thursday, 12 March 2024 at 10:30 UTC"),
        ("ORGANIZATION", "Acme Company Ltd"),
        ("LOCATION", "12 New Street, County Doe"),
        ("COORDINATES", "latitude 52.5200 north"),
    ],
)
def test_what_is_kept_for_made_up_values_is_made_up_for_too(kind, value):
    assert all(made_up(kind, value, bytes([number]) * 64) for number in range(20))


def test_check_digits_are_right():
    for number in range(50):
        assert luhn.is_valid(made_up("CREDIT_CARD", f"41111111111{number:05}", KEY))
        compact = made_up("IBAN_CODE", f"DE89370400440532013{number:03}", KEY)
        assert iban.calc_check_digits(compact) == compact[2:4]


def test_addresses_are_reserved_for_documentation():
    reserved = [ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]
    for number in range(50):
        for value in (f"10.0.0.{number}", f"fe80::{number:x}"):
            made = ip_address(made_up("IP_ADDRESS", value, KEY))
            assert any(made in network for network in reserved)
        assert made_up("EMAIL_ADDRESS", f"a{number}@corp.test", KEY).split("@")[1] in RESERVED


@few
@given(kinds, st.text(min_size=1, max_size=60))
def test_the_value_is_never_in_what_is_made_up_nor_anything_that_a_document_minds(kind, value):
    made = made_up(kind, value, KEY)

    if made is None:
        assert not any(c.isalnum() for c in value) or len(folded(kind, value)) < 12 or kind in ("URL", "IP_ADDRESS")
        return
    assert folded(kind, made) != folded(kind, value)
    assert value.casefold().strip() not in made.casefold()
    assert SAFE.fullmatch(made), made
    assert made_up(kind, value, KEY) == made


@few
@given(st.sampled_from(sorted(WRITERS)), st.text("aBc1209 .,-/:+@", min_size=1, max_size=30))
def test_texts_that_nearly_are_what_a_writer_expects_are_written_too(kind, value):
    made = made_up(kind, value, KEY)

    assert made is None or (SAFE.fullmatch(made) and value.casefold().strip() not in made.casefold())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("PERSON", "Jane Doe{}"),
        ("EMAIL_ADDRESS", "jane{}@corp.test"),
        ("ORGANIZATION", "Acme {}"),
        ("URL", "a{}.test"),
        ("PASSPORT", "C01X00T{}"),
        ("SECRET", "pk_live_{}"),
    ],
)
def test_thousands_of_values_share_nothing_where_there_is_room(kind, value):
    letters = str.maketrans("0123456789", "abcdefghij")
    texts = [value.format(f"{number:06}".translate(letters)) for number in range(3000)]

    assert len({made_up(kind, text, KEY) for text in texts}) == len(texts)


def test_one_value_has_one_name_in_a_tenant_and_others_elsewhere():
    assert made_up("PERSON", "jane  doe", KEY) == made_up("PERSON", "JANE DOE", KEY).lower()
    assert made_up("US_SSN", "219099998", KEY) == made_up("US_SSN", "219-09-9998", KEY).replace("-", "")
    assert made_up("PERSON", "Jane Doe", KEY) != made_up("PERSON", "Jane Doe", OTHER)
    # What was written once must be written for ever: others have to find it again.
    assert made_up("PERSON", "Jane Doe", KEY) == "Abel Goldberg-Bildfethal"
    assert made_up("EMAIL_ADDRESS", "jane@corp.test", KEY) == "ernst.buchanan.rgfc69@example.net"


def test_the_lists_are_long_plain_and_without_repeats():
    sizes = {"given": 300, "family": 400, "streets": 150, "groups": 90}
    for name, least in sizes.items():
        found = words.listed(name)
        assert len(set(found)) == len(found) >= least
        assert [word for word in found if not re.fullmatch(r"[A-Z][a-z]+", word)] == []
