"""Made-up values in the place of real ones: a name for a name, a date for a date, in the same format.

`made_up(entity_type, value, key)` gives the same value for the same input under one key, everywhere and for ever, and
never the value itself. It is too short to hold the value, so nobody can compute the value from it, with the key or
without: undoing it takes a record of what was replaced. How many there are to choose from is said at each writer; two
values come to share one by chance, likely so once there are as many values as the square root of that. A date, moved,
says its value to whoever knows the shift.

What is written here may not be changed: it would give every value another pseudonym. A better list or writer is one
more purpose for the key.
"""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from expunct_server.redaction.realistic import dates, network, numbers, people, places
from expunct_server.redaction.realistic.draw import Draw
from expunct_server.redaction.realistic.shape import shaped

__all__ = ["WRITERS", "folded", "made_up"]

Writer = Callable[[str, Draw], str]
"""(value, choices) to a value of the same kind."""

_ATTEMPTS: Final = 8

WRITERS: Final[dict[str, Writer]] = {
    "PERSON": people.person,
    "CARD_HOLDER_NAME": people.person,
    "ORGANIZATION": people.organization,
    "NRP": people.group,
    "USERNAME": people.username,
    "EMAIL_ADDRESS": people.email,
    "URL": people.url,
    "LOCATION": places.location,
    "COORDINATES": places.coordinates,
    "DATE_TIME": dates.moved,
    "EXPIRY_DATE": dates.moved,
    "PHONE_NUMBER": numbers.phone,
    "CREDIT_CARD": numbers.card,
    "IBAN_CODE": numbers.iban,
    "US_SSN": numbers.ssn,
    "US_ITIN": numbers.itin,
    "IP_ADDRESS": network.ip,
    "MAC_ADDRESS": network.mac,
}
"""A writer for each type that has one; the others get letters for letters and digits for digits."""

_BY_MARKS: Final = frozenset(
    ("PHONE_NUMBER", "CREDIT_CARD", "IBAN_CODE", "US_SSN", "US_ITIN", "US_NPI", "US_BANK_NUMBER", "ACCOUNT_NUMBER")
)
"""Types whose values are the same whatever stands between their letters and digits."""

_KEPT: Final = {
    "PERSON": people.KEPT_OF_NAMES,
    "CARD_HOLDER_NAME": people.KEPT_OF_NAMES,
    "ORGANIZATION": people.KEPT_OF_FIRMS,
    "EMAIL_ADDRESS": people.KEPT_OF_ADDRESSES,
    "URL": people.KEPT_OF_ADDRESSES,
    "LOCATION": places.KEPT,
    "COORDINATES": places.KEPT,
    "DATE_TIME": dates.KEPT,
    "EXPIRY_DATE": dates.KEPT,
    "PHONE_NUMBER": numbers.KEPT,
    "CREDIT_CARD": frozenset(("9999",)),
}
"""Words that say nothing of a value, which may be in it and in what is made up for it."""

_DIGITS_BY_RULE: Final = frozenset(("DATE_TIME", "EXPIRY_DATE", "PHONE_NUMBER", "IP_ADDRESS"))
"""Types whose digits come out of a calendar or a range that is kept for this: some may be those of the value."""

_PART = re.compile(r"[^\W_]{3,}")
_WORD = re.compile(r"[^\W\d_]{3,}")


def made_up(entity_type: str, value: str, key: bytes) -> str | None:
    """A value of the same kind, which neither is nor holds the value, nor any part of it that says something.

    None where none can be made.
    """
    same = folded(entity_type, value)
    if not any(c.isalnum() for c in same):
        return None
    write = WRITERS.get(entity_type, shaped)
    bare, parts = value.casefold().strip(), _parts(entity_type, value)
    for attempt in range(_ATTEMPTS):
        made = write(value, Draw(key, f"{entity_type} {attempt}", same))
        is_another = made.strip() and bare not in made.casefold() and folded(entity_type, made) != same
        if is_another and _parts(entity_type, made).isdisjoint(parts):
            return made
    return None


def _parts(entity_type: str, text: str) -> set[str]:
    """Words and numbers of three and more letters and digits, but for those that say nothing."""
    expression = _WORD if entity_type in _DIGITS_BY_RULE else _PART
    return set(expression.findall(_caseless(text))) - _KEPT.get(entity_type, frozenset())


def folded(entity_type: str, value: str) -> str:
    """What values have in common that count as the same: not case, white space or, in numbers, what stands between."""
    text = _caseless(value)
    if entity_type in _BY_MARKS:
        return "".join([c for c in text if c.isalnum()]) or text
    return " ".join(text.split())


def _caseless(value: str) -> str:
    return (value if value.isascii() else unicodedata.normalize("NFKC", value)).casefold()
