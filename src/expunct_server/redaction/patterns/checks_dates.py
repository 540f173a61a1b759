"""Months by their names, and whether a date is on the calendar. Each check returns how many characters hold."""

import re
from datetime import date
from typing import Final

_NUMBERS: Final = re.compile(r"[0-9]+")
_YEARS: Final = range(1800, 2200)
_NAMES: Final = (
    "january januar jänner janvier enero gennaio janeiro januari styczeń stycznia leden ledna jan janv ene",
    "february februar février fevrier febrero febbraio fevereiro februari luty lutego února feb févr fév fevr fev",
    "march märz maerz mars marzo março maart marca marzec marts března mar mrz mrt mär",
    "april avril abril aprile kwiecień kwietnia dubna apr avr abr",
    "may mai mayo maggio maio mei maja maj května",
    "june juni juin junio giugno junho czerwiec czerwca června jun",
    "july juli juillet julio luglio julho lipiec lipca července jul juil",
    "august août aout agosto augustus augusti sierpień sierpnia srpna aug ago",
    "september septembre septiembre setiembre settembre setembro wrzesień września září sept sep",
    "october oktober octobre octubre ottobre outubro październik października října oct okt",
    "november novembre noviembre novembro listopad listopada listopadu nov",
    "december dezember décembre decembre diciembre dicembre dezembro grudzień grudnia prosince dec dez déc dic",
)
MONTHS: Final = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
"""The number of a month by its name in lower case, in twelve languages."""
AMBIGUOUS: Final = frozenset(
    [
        "may",
        "mar",
        "mars",
        "mai",
        "maj",
        "mei",
        "march",
        "leden",
        "listopad",
        "luty",
        "ago",
        "ene",
        "dic",
        "sep",
        "dec",
        "abr",
        "jun",
        "mär",
    ]
)
"""Names that are words too, or too short to stand for a month beside a mere day in lower case."""
_EARLIEST: Final = 1880


def numeric(candidate: str) -> int:
    """Year first, or day and month in either order (day first between dots): one reading must be on the calendar."""
    return len(candidate) if _numbers_hold(candidate, "." in candidate) else 0


def of_birth(candidate: str) -> int:
    """Any order of numbers, or eight digits, or a month's name, behind a label that calls it somebody's birth."""
    if any(c.isalpha() for c in candidate):
        return named(candidate)
    digits = "".join(_NUMBERS.findall(candidate))
    if len(digits) == 8 and digits == candidate:
        years, days = (digits[:4], digits[4:6], digits[6:]), (digits[4:], digits[2:4], digits[:2])
        readings = [years, days, (days[0], days[2], days[1])]
        return len(candidate) if any(_on_calendar(*map(int, each)) for each in readings) else 0
    return len(candidate) if _numbers_hold(candidate, False) else 0


def _numbers_hold(candidate: str, day_first: bool) -> bool:
    found = [int(part) for part in _NUMBERS.findall(candidate)[:3]]
    if len(found) < 3:
        return False
    a, b, c = found
    if a >= 100:
        return _on_calendar(a, b, c)
    year = c if c >= 100 else 2000 + c
    return _on_calendar(year, b, a) or (not day_first and _on_calendar(year, a, b))


def named(candidate: str) -> int:
    """A month's name with a day, a year or both that exist."""
    words = [word for word in re.split(r"[^\w]+", candidate.lower()) if word]
    month = next((MONTHS[word] for word in words if word in MONTHS), 0)
    numbers = [int(found[0]) for word in words if (found := _NUMBERS.match(word))]
    days = [number for number in numbers[:2] if 0 < number < 32]
    years = [number for number in numbers if number > 99]
    good = month and all(_on_calendar(2000, month, day) for day in days[:1]) and all(year in _YEARS for year in years)
    return len(candidate) if good and numbers else 0


def week(candidate: str) -> int:
    """A week that its year has (ISO 8601)."""
    year, number, *day = (int(part) for part in _NUMBERS.findall(candidate))
    try:
        date.fromisocalendar(year, number, day[0] if day else 1)
    except ValueError:
        return 0
    return len(candidate)


def year(candidate: str) -> int:
    """A year somebody alive or remembered may have been born in."""
    return len(candidate) if _EARLIEST <= int(candidate) < 2100 else 0


def _on_calendar(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return year in _YEARS
