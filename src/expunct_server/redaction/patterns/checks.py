"""Check functions: whether a candidate that looks right is right. Each returns how many of its characters hold."""

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from stdnum import luhn
from stdnum.us import itin, rtn, ssn

_DIGITS = re.compile(r"\d")
_NOT_DIGITS = re.compile(r"[^0-9]")
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


def expiry(candidate: str) -> int:
    """A month from 01 to 12 before the year."""
    return len(candidate) if 1 <= int(_NOT_DIGITS.split(candidate.strip())[0]) <= 12 else 0
