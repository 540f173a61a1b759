"""Numbers as people read them: whole, whatever notation a program wrote them in."""

import re
from decimal import Decimal
from typing import Final

_NOTATION: Final = re.compile(r"[-+]?\d{1,40}(?:\.\d{0,40}(?:[Ee][-+]?\d{1,3})?|[Ee][-+]?\d{1,3})")
_MOST: Final = 10**19  # longer than any number that stands for somebody and that a cell can hold as one


def plain(text: str) -> str:
    """A number that is written with a fraction or an exponent (xsd:double), as the whole number that it is; anything
    else as it is."""
    if not _NOTATION.fullmatch(text):
        return text
    number = Decimal(text)
    return str(int(number)) if abs(number) < _MOST and number == number.to_integral_value() else text
