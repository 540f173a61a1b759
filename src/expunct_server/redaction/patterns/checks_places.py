"""Checks of addresses and coordinates. Each returns how many of the candidate's characters hold."""

import re
from typing import Final

_DIGIT: Final = re.compile(r"[0-9]")
_CAPITAL: Final = re.compile(r"[^\W\d_a-zß-öø-ÿ]\w|[^\x00-\x7f]{2}")
_MONTHS: Final = re.compile(
    r"\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?"
    r"|Januar|Februar|März|Mai|Juni|Juli|Oktober|Dezember|Room|Version|Windows|Python|Ubuntu|Debian|Page|Level|Table|Chapter|Section|Phase|Step"
    r"|Day|Week|Season|Episode|Grade|Category|Type|Class|Group|Tier)\b"
)
_NUMBERS: Final = re.compile(r"[0-9]+(?:[.,][0-9]+)?")


def labelled(candidate: str) -> int:
    """What a label calls an address: a number, a word with a capital, and more than one word; its sentence's end cut."""
    text = re.split(r"\.[ ](?=[A-Z][a-z])|[ ](?:and|but|or|who|which)[ ](?=[a-z])", candidate, maxsplit=1)[0].rstrip(
        " .,"
    )
    parts = text.split()
    good = (
        len(parts) > 1
        and _DIGIT.search(text)
        and _CAPITAL.search(text)
        and not text.lower().startswith(("0x", "see ", "the "))
    )
    return len(text) if good else 0


def dwelling(candidate: str) -> int:
    """A number and a name behind a verb of dwelling or sending that are no date and no version."""
    return 0 if _MONTHS.search(candidate) else len(candidate)


def postcode_length(candidate: str) -> int:
    """4 to 10 letters and digits: there is no shorter postcode to speak of, and no longer one."""
    return len(candidate) if 4 <= sum(c.isalnum() for c in candidate) <= 10 else 0


def parted(candidate: str) -> int:
    """With a space in it, as post offices ask for."""
    return len(candidate) if " " in candidate else 0


def degrees(candidate: str) -> int:
    """A latitude from -90 to 90 and a longitude from -180 to 180, both with a fraction, not both the same."""
    numbers = re.findall(r"[-+−]?[0-9]{1,3}\.[0-9]+", candidate)
    if len(numbers) < 2:
        return 0
    latitude, longitude = (float(number.replace("−", "-")) for number in numbers[:2])
    return len(candidate) if abs(latitude) <= 90 and abs(longitude) <= 180 and latitude != longitude else 0


def sexagesimal(candidate: str) -> int:
    """Degrees, minutes and seconds in their ranges, the latitude first."""
    parts = [
        [float(n.replace(",", ".")) for n in _NUMBERS.findall(half)]
        for half in re.split(r"(?<=[NSns])", candidate, maxsplit=1)
    ]
    if len(parts) != 2:
        return 0
    return len(candidate) if _in_range(parts[0], 90) and _in_range(parts[1], 180) else 0


def _in_range(parts: list[float], most: int) -> bool:
    return bool(parts) and parts[0] <= most and all(part < 60 for part in parts[1:])
