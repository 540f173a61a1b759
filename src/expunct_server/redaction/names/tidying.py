"""What a model marked, as a finding: without what does not belong to a name, or not at all when it is none."""

import re
import unicodedata
from typing import Final

_POSSESSIVE = re.compile(r"(?:'s|’s|'|’)$")
# German, French, Spanish, Italian, Dutch and Portuguese, where they do not begin like the English ones.
_MONTHS: Final = (
    "jänner|märz|mai|mei|maart|juni|juli|okt(?:ober)?|dez(?:ember)?|janvier|févr(?:ier)?|fév|avr(?:il)?|juin|juil(?:let)?|août"
    "|déc(?:embre)?|enero|ene|abr(?:il)?|junio|julio|ago(?:sto)?|dic(?:iembre|embre)?|gennaio|genn?|maggio|magg|giugno"
    "|giu|luglio|lug|sett(?:embre)?|ottobre|ott|janeiro|fevereiro|fev|maio|junho|julho|setembro|set|outubro|out"
    "|dezembro"
)
_CALENDAR = re.compile(
    r"\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:[a-z]*)\b|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day"
    rf"|\b(?:{_MONTHS})\b"
    r"|\b(?:1[5-9]|20)\d\d\b|\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b\d{1,2}:\d\d\b|\b\d{1,2} ?[ap]\.?m\b",
    re.IGNORECASE,
)
_DURATION = re.compile(
    r"\b(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur(?:y|ies)|quarters?)(?:['’]s?)?"
    r"(?: (?:old|ago|later|earlier|long|straight|before|after))?$|-(?:day|week|month|year|hour|minute)(?:s|-old)?\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?<![\d-])\d{4}[-/](?!(?:1[5-9]|20)\d\d(?!\d))\d{3,}"
)  # what is counted within a year: 2024-00317
# Names of fields in forms, which models take for organizations.
_FIELDS: Final = frozenset({
    "ssn", "iban", "cvv", "cvc", "dob", "mrn", "npi", "dea", "itin", "pin", "ip",
    "url", "id", "email", "e-mail", "phone", "fax", "tel", "mobile", "account", "card",
    "passport", "address", "name", "zip", "swift", "bic", "aba", "vat", "tax", "po",
})  # fmt: skip
_NAMES: Final = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP", "CARD_HOLDER_NAME"})
_NOT_A_NAME = re.compile(r"[@=_<>{}\\^\x00]|://|\d{6,}")
_NOT_IN_A_PERSON = re.compile(r"[@=_<>{}\\^\x00]|://|\d{3,}")
_WORDS = re.compile(r"\S+")
_LABEL = re.compile(r"[^\n:]{1,40}:(?!//)")


def tidied(text: str, start: int, end: int, entity_type: str) -> tuple[int, int] | None:
    """The span without a possessive or punctuation around it; None when that is no name, place or date.

    What is none of these by its type, such as a number that a model marks, is only freed of white space: a plus sign
    or a bracket may belong to it.
    """
    if entity_type not in _NAMES and entity_type != "DATE_TIME":
        return _bare(text, start, end)
    start, end = _without_numbers(text, start, _before_label(text, start, end), entity_type)
    start, end = _stripped(text, start, end)
    value = text[start:end]
    if not any(c.isalnum() for c in value):
        return None
    keep = _is_date(value) if entity_type == "DATE_TIME" else _is_name(value, entity_type)
    return (start, end) if keep else None


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and not text[start].isalnum():
        start += 1
    possessive = _POSSESSIVE.search(text, start, end)
    end = possessive.start() if possessive else end
    while start < end and not (text[end - 1].isalnum() or unicodedata.combining(text[end - 1])):
        end -= 1
    return start, end


def _before_label(text: str, start: int, end: int) -> int:
    """The end, or that of the line before where the last line marked is the label of a form: `Jane\nBank:`."""
    line = text.rfind("\n", start, end)
    return line if line > start and _LABEL.match(text, line + 1) else end


def _without_numbers(text: str, start: int, end: int, entity_type: str) -> tuple[int, int]:
    """The span without words at its ends that cannot belong to a name, such as the number behind a person."""
    odd = {"PERSON": _NOT_IN_A_PERSON, "LOCATION": _NOT_A_NAME}.get(entity_type, _NOT_A_NAME)
    words = [(m.start(), m.end()) for m in _WORDS.finditer(text, start, end)]
    while words and odd.search(text, *words[0]):
        words.pop(0)
    while words and odd.search(text, *words[-1]):
        words.pop()
    return (words[0][0], words[-1][1]) if words else (start, start)


def _bare(text: str, start: int, end: int) -> tuple[int, int] | None:
    value = text[start:end]
    if not any(c.isalnum() for c in value):
        return None
    return start + len(value) - len(value.lstrip()), end - (len(value) - len(value.rstrip(" \t\r\n.,;:")))


def _is_date(value: str) -> bool:
    """A day, month, year or time that can be pointed at; `three days`, `annually` and `45 years old` cannot."""
    return bool(_CALENDAR.search(_NUMBERED.sub(" ", value))) and not _DURATION.search(value)


def _is_name(value: str, entity_type: str) -> bool:
    if value.lower() in _FIELDS or _NOT_A_NAME.search(value):
        return False
    if entity_type == "LOCATION":  # a postcode or the number of a house is part of a place
        return True
    return any(c.isalpha() for c in value)
