"""Check functions: whether a candidate that looks right is right. Each returns how many of its characters hold."""

import re
from collections.abc import Callable
from datetime import date
from ipaddress import ip_address
from typing import Final

from stdnum import luhn
from stdnum.us import itin, rtn, ssn

_DIGITS = re.compile(r"\d")
_DATE_PARTS = re.compile(r"\d+")
_NOT_DIGITS = re.compile(r"[^0-9]")
_YEARS: Final = range(1800, 2200)
_MONTHS: Final = [
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
    "mär",
    "mai",
    "okt",
    "dez",
    "janv",
    "févr",
    "mars",
    "avr",
    "juin",
    "juil",
    "août",
    "déc",
    "ene",
    "abr",
    "ago",
    "dic",
]
_MONTH_NUMBERS: Final = dict(
    zip(
        _MONTHS,
        (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 3, 5, 10, 12, 1, 2, 3, 4, 6, 7, 8, 12, 1, 4, 8, 12),
        strict=True,
    )
)
_DEA_WEIGHTS: Final = (1, 2, 1, 2, 1, 2)


def whole(holds: Callable[[str], object]) -> Callable[[str], int]:
    """A yes-or-no check as one that counts characters."""

    def check(candidate: str) -> int:
        return len(candidate) if holds(candidate) else 0

    return check


def digits_of(candidate: str) -> str:
    """The ASCII digits alone."""
    return _NOT_DIGITS.sub("", candidate)


def address(candidate: str) -> int:
    """An IPv4 or IPv6 address as Python's ipaddress reads it; `::` with nothing around it is not worth finding."""
    try:
        ip_address(candidate)
    except ValueError:
        return 0
    return len(candidate) if sum(c.isalnum() for c in candidate) > 2 else 0


def us_ssn(candidate: str) -> int:
    """Area, group and serial that can have been issued (Social Security Administration)."""
    return len(candidate) if ssn.is_valid(digits_of(candidate)) else 0


def us_itin(candidate: str) -> int:
    """The ranges of the Internal Revenue Service."""
    return len(candidate) if itin.is_valid(digits_of(candidate)) else 0


def aba_routing(candidate: str) -> int:
    """The check digit of the American Bankers Association and a Federal Reserve district."""
    district = int(candidate[:2])
    known = district <= 12 or 21 <= district <= 32 or 61 <= district <= 72 or district == 80
    return len(candidate) if known and rtn.is_valid(candidate) else 0


def dea(candidate: str) -> int:
    """The check digit of the Drug Enforcement Administration: odd places plus twice the even ones."""
    digits = [int(c) for c in candidate[2:]]
    total = sum(w * d for w, d in zip(_DEA_WEIGHTS, digits, strict=False))
    return len(candidate) if total % 10 == digits[6] and any(digits) else 0


def npi(candidate: str) -> int:
    """Luhn over the number with the prefix 80840 (45 CFR 162.406)."""
    return len(candidate) if luhn.is_valid("80840" + candidate) else 0


def has_digit(candidate: str) -> int:
    """At least one digit: what separates a number from a word."""
    return len(candidate) if _DIGITS.search(candidate) else 0


def numeric_date(candidate: str) -> int:
    """Year first, or day and month in either order (day first between dots): one reading must be on the calendar."""
    a, b, c = (int(part) for part in _DATE_PARTS.findall(candidate)[:3])
    if a >= 100:
        readings = [(a, b, c)]
    else:
        year = c if c >= 100 else 2000 + c
        readings = [(year, b, a)] if "." in candidate else [(year, b, a), (year, a, b)]
    return len(candidate) if any(_on_calendar(*reading) for reading in readings) else 0


def named_date(candidate: str) -> int:
    """A month's name with a day, a year or both that exist."""
    words = [w for w in re.split(r"[^\w]+", candidate.lower()) if w]
    month = next((m for w in words if (m := _month(w))), 0)
    numbers = [int(d) for w in words if (d := re.sub(r"\D", "", w))]
    days = [n for n in numbers if n < 32]
    years = [n for n in numbers if n > 99]
    good = month and all(_on_calendar(2000, month, d) for d in days) and all(y in _YEARS for y in years)
    return len(candidate) if good and numbers else 0


def _month(word: str) -> int:
    return _MONTH_NUMBERS.get(word[:4]) or _MONTH_NUMBERS.get(word[:3]) or 0


def _on_calendar(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return year in _YEARS


def expiry(candidate: str) -> int:
    """A month from 01 to 12 before the year."""
    return len(candidate) if 1 <= int(_NOT_DIGITS.split(candidate.strip())[0]) <= 12 else 0
