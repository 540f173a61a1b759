"""Checks of telephone numbers: by libphonenumber's tables, by shape, and by what a number reads like instead.

libphonenumber is imported when the first candidate is looked at. Each check returns how many characters hold.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from stdnum import luhn

from expunct_server.redaction.patterns.checks import digits_of

_GROUPS: Final = re.compile(r"[0-9]+")
_LAST_GROUP: Final = re.compile(r"[^0-9]+\(?[0-9]+\)?$")
_EXTENSION: Final = re.compile(
    r"[ ,;\t]*(?:x|ext|#|dw|poste|durchwahl|int|extensi|anexo|ramal)[^0-9]*[0-9]+$", re.IGNORECASE
)
_OTHER: Final = re.compile(
    r"[0-9]{1,2}([-/. ])[0-9]{1,2}\1[0-9]{2}(?:[0-9]{2})?"  # a date
    r"|(?:19|20)[0-9]{2}([-/. ])[0-9]{1,2}\2[0-9]{1,2}(?:[ -].*)?"  # a date, perhaps with a time
    r"|(?:19|20)[0-9]{2}[ ]?[-/–][ ]?(?:19|20)[0-9]{2}"  # from year to year
    r"|[0-9]{3}-[0-9]{2}-[0-9]{4}"  # a Social Security number
    r"|[0-9]{5}-[0-9]{4}"  # a ZIP code
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}"  # an IP address
    r"|[0-9](?:\.[0-9]{1,3}){2,4}"  # a version
)
_TRUNK: Final = (
    "GB", "DE", "FR", "IT", "AT", "CH", "NL", "BE", "IE", "SE", "FI", "AU", "NZ", "ZA", "IN", "JP", "KR", "CN", "TR", "IL", "RO",
    "BG", "SK", "HR", "SI", "RS", "UA", "TW", "TH", "VN", "ID", "PH", "MY", "AR", "BR", "EG", "NG", "KE", "PK", "AE", "SA", "HU",
)  # fmt: skip
"""Plans in which a national number is dialled with a leading 0 (for Hungary 06), those of most people first."""
_PLAIN: Final = (
    "US", "ES", "PT", "PL", "CZ", "DK", "NO", "GR", "LU", "SG", "HK", "MX", "BR", "IN", "CL", "CO", "AR", "PE", "EE", "LV", "LT",
    "IS", "RU", "KZ", "AU", "BE", "CN", "IT", "SE", "FR", "DE",
)  # fmt: skip
"""Plans in which it is dialled, or written, without one."""


def international(candidate: str) -> int:
    """The longest start, group by group, that is a number its plan has handed out; `+`, `00` or `011` in front."""
    return _longest(candidate, lambda text: _valid(_with_plus(text), None))


def possible(candidate: str) -> int:
    """A known country code before as many digits as its plan has; 10 at least where nothing separates them."""
    bare = _EXTENSION.sub("", candidate)
    digits = digits_of(bare)
    parted = len(_GROUPS.findall(bare)) > 1
    good = (8 if parted else 10) <= len(digits) <= 15 and _possible(_with_plus(bare))
    return len(candidate) if good and len(set(digits)) > 2 else 0


def nanp(candidate: str) -> int:
    """A number that the North American plan has handed out."""
    return len(candidate) if _valid(candidate, ("US",)) else 0


def ten_digits(candidate: str) -> int:
    """Three, three and four digits, not all the same."""
    return len(candidate) if len(set(digits_of(candidate))) > 2 else 0


def national(candidate: str) -> int:
    """A number of a plan that dials a leading 0, its longest start, in groups as people write them."""
    return _longest(candidate, lambda text: _grouped(text) and _valid(text, _TRUNK))


def grouped(candidate: str) -> int:
    """A number of a plan without a leading 0, in groups as people write them."""
    return _longest(candidate, lambda text: _grouped(text) and _valid(text, _PLAIN))


def run_of_digits(candidate: str) -> int:
    """A number of some plan, without separators."""
    varied = len(set(candidate)) > 2
    return len(candidate) if varied and _valid(candidate, _TRUNK if candidate.startswith("0") else _PLAIN) else 0


def callable_length(candidate: str) -> int:
    """6 to 15 digits (ITU-T E.164) that read like nothing else, for what a label already calls a telephone number."""
    bare = _EXTENSION.sub("", candidate)
    digits = digits_of(bare)
    good = 6 <= len(digits) <= 15 and not _OTHER.fullmatch(bare) and not _is_card(digits)
    return len(candidate) if good else 0


def with_area_code(candidate: str) -> int:
    """8 to 12 digits, for what stands as an area code in brackets and at least two groups."""
    return callable_length(candidate) if 8 <= len(digits_of(_EXTENSION.sub("", candidate))) <= 12 else 0


def _longest(candidate: str, holds: Callable[[str], bool]) -> int:
    """The longest start that holds, dropping whole groups; a date or a card at the start is not a telephone number."""
    text = candidate.rstrip()
    if _OTHER.fullmatch(text):
        return 0
    while len(digits_of(text)) >= 7:
        bare = _EXTENSION.sub("", text)
        if not _OTHER.fullmatch(bare) and not _is_card(digits_of(bare)) and holds(bare):
            return len(text)
        text = bare if bare != text else _LAST_GROUP.sub("", text) if _LAST_GROUP.search(text) else ""
    return 0


def _grouped(text: str) -> bool:
    """No more than six groups, and none but the first and a trunk prefix of a single digit."""
    sizes = [len(group) for group in _GROUPS.findall(text)]
    return 2 <= len(sizes) <= 6 and all(size > 1 for size in sizes[2:]) and (sizes[1] > 1 or sizes[0] > 1)


def _is_card(digits: str) -> bool:
    return len(digits) in (14, 15) and digits[0] in "3456" and luhn.is_valid(digits)


def _with_plus(text: str) -> str:
    """`00` and `011` written as the plus that they stand for."""
    bare = text.lstrip("(+ ")
    for prefix in ("00", "011"):
        if text.startswith(prefix):
            bare = text.removeprefix(prefix).lstrip(" .-")
    return "+" + bare


# The caches are for one document: the rows ask for the same digits one after the other, and each segment is searched
# again once it is rewritten; without them a number that no plan knows would be tried in 42 plans each time. They hold
# telephone numbers, so they are no larger than a segment needs, and `forget` empties them at the end of each document.


@lru_cache(maxsize=2048)
def _valid(text: str, regions: tuple[str, ...] | None) -> bool:
    import phonenumbers

    for region in regions or (None,):
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(text, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


@lru_cache(maxsize=1024)
def _possible(text: str) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_possible_number(phonenumbers.parse(text, None)))
    except phonenumbers.NumberParseException:
        return False


def forget() -> None:
    """Drop the numbers that were looked at."""
    _valid.cache_clear()
    _possible.cache_clear()
