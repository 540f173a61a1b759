"""Numbers and dates as people read them, whatever notation a program wrote them in."""

import re
from decimal import Decimal
from typing import Final

_NOTATION: Final = re.compile(r"[-+]?\d{1,40}(?:\.\d{0,40}(?:[Ee][-+]?\d{1,3})?|[Ee][-+]?\d{1,3})")
_DAY: Final = re.compile(r"(\d{4}-\d\d-\d\d)T00:00(?::00(?:\.0{1,9})?)?Z?")
_MOST: Final = 10**19  # longer than any number that stands for somebody and that a cell can hold as one


def plain(text: str) -> str:
    """A number that is written with a fraction or an exponent (xsd:double), as the whole number that it is; midnight of
    a day (xsd:dateTime) as that day; anything else as it is."""
    if day := _DAY.fullmatch(text):
        return day[1]
    if not _NOTATION.fullmatch(text):
        return text
    number = Decimal(text)
    return str(int(number)) if abs(number) < _MOST and number == number.to_integral_value() else text
