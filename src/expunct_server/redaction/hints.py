"""What the name of a column or key says about its values: one table.

Only whole names count (`name`, `first_name`, `customerName`, not `file_name`), and a value must look the part. What
patterns recognise by a label (`cvv`, `account_number`) needs no row here: the name is shown to them as the label.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import regex

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.wanted import Wanted

MAX_NAME: Final = 80

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SEPARATORS = re.compile(r"[^\w]+|_+")
_NAME: Final = regex.compile(r"\s*\p{L}[\p{L}\p{M}'’.,\- ]{0,80}")
_CAPITALISED: Final = regex.compile(
    r"\s*[\p{Lu}\p{Lo}][\p{L}\p{M}'’.,\-]{0,40}(?: [\p{Lu}\p{Lo}][\p{L}\p{M}'’.,\-]{0,40}){0,4}\s*"
)
_WORDS: Final = regex.compile(r"\s*[\p{L}\d][^\x00]{0,200}")
_DIALLED: Final = regex.compile(r"\s*[+(]{0,2}\d(?:[ \t().\-/x]{0,3}\d){5,15}\s*")
_DATED: Final = regex.compile(r"\s*(?=[^\x00]{0,30}\d)[\p{L}\d .,/\-:+]{4,40}")
_SSN: Final = regex.compile(r"\s*\d{3}[- ]?\d{2}[- ]?\d{4}\s*")
_SECRET: Final = regex.compile(r"[^\s\x00]{4,512}")


@dataclass(frozen=True, slots=True)
class Hint:
    """Names (lower case, single spaces) and what a value below one of them is, when it has this shape."""

    entity_type: str
    names: re.Pattern[str]
    shape: Any
    score: float


def _row(entity_type: str, names: str, shape: Any, score: float) -> Hint:
    return Hint(entity_type, re.compile(names), shape, score)


HINTS: Final = (
    _row(
        "PERSON",
        r"(?:(?:customer|client|patient|employee|contact|user|member|person|owner|guest|student) )?"
        r"(?:first|last|full|middle|given|family|maiden|legal|birth|display) ?name|surname|forename|lastname|firstname|fullname"
        r"|(?:customer|client|patient|employee|contact|person|guest|student|doctor|physician|spouse|recipient|sender) name"
        r"|name (?:first|last|full|middle|given|family)|vorname|nachname|nom|pr[ée]nom|apellidos?|nombre",
        _NAME, 0.8,
    ),
    _row(
        "PERSON",
        r"name|customer|client|patient|employee|doctor|physician|manager|author|recipient|sender|spouse|contact(?: person)?"
        r"|assignee|reporter|owner|attendees?|participants?|signatory|beneficiary|guest|student|teacher|user|from name|to name",
        _CAPITALISED, 0.65,
    ),
    _row(
        "LOCATION",
        r"(?:(?:home|street|mailing|billing|shipping|postal|work|delivery|residential|customer|patient) )?address(?: ?line)? ?\d?"
        r"|street(?: name| address)?|(?:address )?line ?[1-3]|adresse|anschrift|stra(?:ß|ss)e|address street",
        _WORDS, 0.7,
    ),
    _row("LOCATION", r"(?:(?:address|billing|shipping|home|birth) )?(?:city|town|village|county|country|birthplace)|place of birth|ort|stadt",
         _NAME, 0.65),
    _row("LOCATION", r"(?:(?:address|billing|shipping|home) )?(?:zip|zip ?code|postal ?code|post ?code|plz)",
         regex.compile(r"\s*[A-Z0-9][A-Z0-9 \-]{2,9}\s*"), 0.75),
    _row("ORGANIZATION", r"company(?: name)?|organi[sz]ation(?: name)?|employer(?: name)?|firma", _WORDS, 0.65),
    _row("DATE_TIME", r"(?:\w+ )?(?:dob|date of birth|birth ?date|birthday|born(?: on)?|geburtsdatum)", _DATED, 0.9),
    _row("PHONE_NUMBER",
         r"(?:(?:home|work|mobile|cell|office|contact|customer|daytime|emergency) )?(?:phone|telephone|tel|mobile|cell|fax|cellphone)"
         r"(?: ?(?:number|no|nr|num))? ?\d?|phonenumber|telefon|handy|msisdn", _DIALLED, 0.8),
    _row("US_SSN", r"(?:\w+ )?(?:ssn|social security(?: (?:number|no))?)", _SSN, 0.9),
    _row("NRP", r"nationality|religion|ethnicity|race|citizenship|political (?:party|affiliation)|denomination", _NAME, 0.7),
    _row("SECRET", r"(?:\w+ )?(?:password|passwd|passphrase|pwd|api ?key|api token|access token|secret key|client secret|private key)",
         _SECRET, 0.8),
)  # fmt: skip


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """`customerName`, `customer_name` and `Customer-Name` as `customer name`; cut at 80 characters."""
    return " ".join(_SEPARATORS.sub(" ", _CAMEL.sub(" ", name[:MAX_NAME])).lower().split())


@lru_cache(maxsize=4096)
def hints_for(names: tuple[str, ...]) -> tuple[Hint, ...]:
    """The rows for a value below these names, outermost first; the last alone counts, and all of them together."""
    asked = {plain_name(" ".join(names)), plain_name(names[-1])} if names else set()
    return tuple(hint for hint in HINTS if any(hint.names.fullmatch(name) for name in asked))


def find(text: str, names: tuple[str, ...], wanted: Wanted) -> list[Finding]:
    """The whole value, when the names above it say what it is and it looks the part."""
    least = wanted.by_type()
    return [
        Finding(hint.entity_type, start, end, hint.score, text[start:end], f"header:{hint.entity_type.lower()}")
        for hint in hints_for(names)
        if hint.score >= least.get(hint.entity_type, 2.0) and hint.shape.fullmatch(text)
        for start, end in [_without_spaces(text)]
    ]


def _without_spaces(text: str) -> tuple[int, int]:
    return len(text) - len(text.lstrip()), len(text.rstrip())
