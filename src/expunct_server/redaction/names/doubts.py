"""What makes a mention doubtful, whatever the model says of it: it then counts for less, as in `strict` alone."""

from collections.abc import Iterator, Sequence
from importlib import resources
from itertools import pairwise
from typing import Final

import regex

from expunct_server.redaction.names.mentions import AGREED, Mention
from expunct_server.redaction.patterns.places_parts import STATE
from expunct_server.redaction.realistic.words import word_set

DOUBTFUL: Final = 0.4
"""The most that a doubtful mention scores: below the usual threshold."""
_ACRONYM: Final = 6  # letters of the longest
_NAMES: Final = ("PERSON", "LOCATION", "ORGANIZATION")  # which English and its relatives write with capitals
_CAPITALS = regex.compile(r"\p{Lu}{2,4}")
_COUNTRY = regex.compile(rf"EU|NZ|UK|US|{STATE}")
_WORD = regex.compile(r"[\p{L}\p{M}]+")
_FORMS: Final = word_set(resources.files(__package__).joinpath("forms.txt").read_text("utf-8"))
"""Words that forms, contracts and bills are made of, in the languages that the carried models read, and that are no
name of anybody or of a place."""
_BETWEEN: Final = word_set("a al and by d da das de del der des di die do dos du e en et for in la le no of on or per")
_LABEL_GOES_ON = regex.compile(r"[ \t](?i:to|from|by|date|no\.?|number)[ \t]*(?::|\r?\n|\Z)")
_AMOUNT_BEHIND = regex.compile(r"[ \t\u00a0]?[-+]?\d")
_AMOUNT_BEFORE = regex.compile(r"\d[ \t\u00a0]?\Z")
_CURRENCIES: Final = word_set(
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
    "PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
"""ISO 4217, without those of funds and metals."""


def weighed(text: str, start: int, end: int, mention: Mention, *, leads: bool) -> float:
    """The score of a mention that stands at `start` to `end` of `text`; `leads` says that the leading model marked it.

    Doubtful are acronyms that a following model alone takes for organizations or, of two letters, places; people whose
    names hold digits; single words in small letters where their line writes others with capitals; words of forms, of
    what a following model alone has marked in the first line; currencies; the beginnings of labels.
    """
    value = text[start:end]
    kind = mention.entity_type
    doubtful = (
        (not leads and _is_acronym(value, kind))
        or (kind == "PERSON" and any(c.isdigit() for c in value))
        or (kind in _NAMES and value.islower() and " " not in value and _has_capitals(text, start, end))
        or (kind in (*_NAMES, "NRP") and is_of_forms(value if leads else value.partition("\n")[0]))
        or (value in _CURRENCIES and _is_currency(text, start, end, mention))
        or (kind == "PERSON" and _begins_label(text, start, end))
    )
    return min(mention.score, DOUBTFUL) if doubtful else mention.score


def told_by_neighbours(text: str, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """The mentions, which are in order; doubtful is a place in capitals behind a person's name and a comma, for that is
    a degree: `Jane Doe, MD`."""
    yield from mentions[:1]
    for before, mention in pairwise(mentions):
        is_degree = (
            (before.entity_type, mention.entity_type) == ("PERSON", "LOCATION")
            and text[before.end : mention.start] == ", "
            and _CAPITALS.fullmatch(text, mention.start, mention.end)
        )
        yield mention._replace(score=min(mention.score, DOUBTFUL)) if is_degree else mention


def is_of_forms(value: str) -> bool:
    """Whether all words are such as forms, contracts and bills are made of, and so no name: `Date of Issue`."""
    words = _WORD.findall(value)
    of_forms = [word.lower() in _FORMS for word in words]
    return any(of_forms) and all(known or word in _BETWEEN for known, word in zip(of_forms, words, strict=True))


def _is_acronym(value: str, kind: str) -> bool:
    if kind == "LOCATION":
        return len(value) == 2 and value.isalpha() and value.isupper() and not _COUNTRY.fullmatch(value)
    return kind == "ORGANIZATION" and len(value) <= _ACRONYM and value.isupper()


def _has_capitals(text: str, start: int, end: int) -> bool:
    """Whether the rest of the line holds a capital letter."""
    line = text[text.rfind("\n", 0, start) + 1 : start], text[end:].partition("\n")[0]
    return any(c.isupper() for part in line for c in part)


def _is_currency(text: str, start: int, end: int, mention: Mention) -> bool:
    """Whether the code of a currency is that: beside an amount, or where one model alone sees an organization."""
    beside = _AMOUNT_BEHIND.match(text, end) or _AMOUNT_BEFORE.search(text, max(0, start - 2), start)
    return beside is not None or (mention.entity_type == "ORGANIZATION" and mention.score < AGREED)


def _begins_label(text: str, start: int, end: int) -> bool:
    """Whether this is the first word of a line that is a label: `Bill to:`."""
    is_first = not text[text.rfind("\n", 0, start) + 1 : start].strip()
    return is_first and " " not in text[start:end] and _LABEL_GOES_ON.match(text, end) is not None
