"""Names of columns and keys, in several languages, and what a value below them is."""

import io

import pytest

from expunct_server.redaction import hints
from expunct_server.redaction.entities import ENTITY_TYPES
from expunct_server.redaction.formats import FORMATS, DocumentError, redact_file
from expunct_server.redaction.patterns import checks_phone
from expunct_server.redaction.pool import _redact
from expunct_server.redaction.wanted import Wanted
from tests.redaction.helpers import plan

WANTED = Wanted.of(ENTITY_TYPES, 0.5)


@pytest.mark.parametrize(
    ("entity_type", "names", "value"),
    [
        ("PERSON", ("customerName", "Vorname", "nom de famille", "imię_i_nazwisko", "name.first", "姓名"), "Jane Doe"),
        ("LOCATION", ("Home Address", "Straße", "dirección", "indirizzo", "addressLine1"), "Am Ring 4"),
        ("LOCATION", ("postal_code", "PLZ", "kod pocztowy", "CEP"), "10115"),
        ("COORDINATES", ("lat", "geo.longitude", "gps_coordinates"), "52.520008"),
        ("DATE_TIME", ("dob", "Geburtsdatum", "fecha_de_nacimiento", "дата рождения"), "17.5.1980"),
        ("PHONE_NUMBER", ("homePhone", "Telefonnummer", "móvil", "telefoon", "电话"), "030 901820"),
        ("EMAIL_ADDRESS", ("e-mail", "contact email", "sähköposti"), "jane@localhost"),
        ("IP_ADDRESS", ("client_ip", "remoteAddr", "x-forwarded-for"), "10.0.0.1"),
        ("MAC_ADDRESS", ("mac", "hwAddr"), "001A2B3C4D5E"),
        ("USERNAME", ("userName", "login", "Benutzername", "twitter handle"), "jdoe42"),
        ("CREDIT_CARD", ("card_number", "Kreditkartennummer"), "1234 5678 9012 3456"),
        ("CVV", ("cvc", "Prüfziffer"), "042"),
        ("EXPIRY_DATE", ("expiry_date", "gültig bis"), "04/27"),
        ("IBAN_CODE", ("iban", "customer IBAN"), "GB83WEST12345698765432"),
        ("ACCOUNT_NUMBER", ("accountNumber", "Kontonummer", "sort_code", "customer id"), "A-1234567"),
        ("CRYPTO", ("wallet_address",), "0x" + "0a" * 20),
        (
            "SECRET",
            ("db password", "Passwort", "api_key", "client-secret", "secret", "db.pass", "signingKey"),
            "hunter2",
        ),
        ("SECRET", ("passphrase", "wallet seed phrase", "clientSecret"), "correct horse battery staple"),
    ],
)
def test_a_name_says_what_the_value_below_it_is(entity_type, names, value):
    found = {name: [(f.entity_type, f.text) for f in hints.find(value, (name,), WANTED)] for name in names}

    assert found == {name: [(entity_type, value)] for name in names}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("file_name", "Jane Doe"),
        ("latency", "52.520008"),
        ("lat", "north"),
        ("email_sent", "jane@example.com"),
        ("email", "yes"),
        ("script", "10.0.0.1"),
        ("machine", "001A2B3C4D5E"),
        ("login_count", "12"),
        ("card_number", "unknown"),
        ("expiry", "never"),
        ("phone", "none"),
        ("password", ""),
        ("password", "Choose your new password"),
        ("secret", "false"),
        ("pass", "1234"),
    ],
)
def test_other_names_and_other_values_say_nothing(name, value):
    assert hints.find(value, (name,), WANTED) == []


def test_a_type_with_a_higher_threshold_of_its_own_is_left_out():
    wanted = Wanted.of({"USERNAME", "SECRET"}, 0.5, {"USERNAME": 0.9})

    assert hints.find("jdoe42", ("login",), wanted) == []
    assert [f.entity_type for f in hints.find("hunter2", ("password",), wanted)] == ["SECRET"]


CACHES = (hints._plain, hints._hints, checks_phone._valid, checks_phone._possible)
DOCUMENT = b'{"firstName": "ask +1 503-555-0142 or +49 30 901820", "x": 503555}'


def kept():
    """How many entries each cache holds."""
    return [cache.cache_info().currsize for cache in CACHES]


def test_a_long_name_is_not_kept_by_the_caches():
    hints.forget()
    for name in ("k" * 100_000, "k" * 100_001):
        assert hints.plain_name(name) == "k" * hints.MAX_NAME and hints.hints_for((name,)) == ()
    assert kept()[:2] == [1, 1]  # both are the same once they are cut


def test_nothing_of_a_document_or_text_stays_in_the_caches():
    seen = []
    redact_file(io.BytesIO(DOCUMENT), io.BytesIO(), FORMATS["json"], plan(), lambda _: seen.append(kept()), id)
    assert len(seen) == 2 and min(seen[0]) > 0 and kept() == [0, 0, 0, 0]
    with pytest.raises(DocumentError):
        redact_file(io.BytesIO(DOCUMENT + b"}"), io.BytesIO(), FORMATS["json"], plan(), id, id)
    assert kept() == [0, 0, 0, 0]
    assert "555-0142" not in _redact(DOCUMENT.decode(), plan()).text and kept() == [0, 0, 0, 0]
