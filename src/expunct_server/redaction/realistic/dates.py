"""Dates moved by a number of days that is the same for all of a tenant's: what lies between two of them stays true."""

import re
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from expunct_server.redaction.realistic.draw import Draw
from expunct_server.redaction.realistic.shape import plain, shaped
from expunct_server.redaction.realistic.words import word_set

_LEAST: Final = 31
_MOST: Final = 1826  # five years
_PIVOT: Final = 69  # two digits from here on are of the last century, as POSIX reads them

_MONTHS: Final = (
    "january february march april may june july august september october november december",
    "januar februar märz april mai juni juli august september oktober november dezember",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "januari februari maart april mei juni juli augustus september oktober november december",
    "jan feb mar apr may jun jul aug sep oct nov dec",
)
_DAYS: Final = (
    "monday tuesday wednesday thursday friday saturday sunday",
    "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "lunes martes miércoles jueves viernes sábado domingo",
    "mon tue wed thu fri sat sun",
)
_MONTH_NAMES: Final = tuple(tuple(each.split()) for each in _MONTHS)
_DAY_NAMES: Final = tuple(tuple(each.split()) for each in _DAYS)
_WORD = re.compile(r"[^\W\d_]+")

_NUMERIC: Final = tuple(
    re.compile(expression, re.ASCII)
    for expression in (
        r"(?P<y>\d{4})(?P<s>[-/.])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})(?P<s>\.)\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d\d)(?!\d)",
        r"(?<!\d)(?P<m>\d{1,2})(?P<s>[-/])(?P<d>\d{1,2})(?P=s)(?P<y>\d{4}|\d\d)(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})(?P<s>[-/])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4}|\d\d)(?!\d)",
    )
)
_DAY_OF = re.compile(r"(?<!\d)([0-3]?\d)(?:st|nd|rd|th|\.)?(?!\d)(?! ?[:h])", re.IGNORECASE)
_YEAR_OF = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_PIECE = re.compile(
    r"(?P<stays>(?<!\d)[0-2]?\d:[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?: ?[+\-][01]\d:?[0-5]\d)?(?!\d))|\d+|[^\W\d_]+"
)
_SMALL: Final = word_set("t z utc gmt am pm at on of the to and from until um uhr bis vom le à el de di da a las alle")
KEPT: Final = _SMALL.union(*_MONTH_NAMES, *_DAY_NAMES)
"""Words that may stand in the value and in what is made up for it."""
_MONTH_AND_YEAR = re.compile(r"(0?[1-9]|1[0-2])([-/. ]{1,3})(\d{4}|\d\d)", re.ASCII)

Edit = tuple[int, int, str]


@lru_cache(maxsize=256)
def shift(key: bytes) -> int:
    """By how many days a tenant's dates move: 31 to 1,826, earlier or later."""
    draw = Draw(key, "DATE_SHIFT", "")
    days = _LEAST + draw.below(_MOST - _LEAST + 1)
    return days if draw.below(2) else -days


def moved(value: str, draw: Draw) -> str:
    """The date moved, in its own format, times of day as they were; the rest keeps its shape alone.

    Of `03/04/2024` and the like the month comes first where it can. Names of months and days of the week are known in
    English, German, French, Spanish, Italian, Portuguese and Dutch.
    """
    by = timedelta(days=shift(draw.key))
    for read in (_numeric, _written, _month_alone, _year_alone):
        try:
            edits = read(value, by)
        except (ValueError, OverflowError):  # the 31st of February, or a year beyond the calendar
            continue
        if edits:
            return _edited(value, edits, draw)
    return shaped(value, draw)


def _numeric(value: str, by: timedelta) -> list[Edit]:
    for expression in _NUMERIC:
        try:
            edits = [edit for match in expression.finditer(value) for edit in _whole(value, match, by)]
        except ValueError:
            continue
        if edits:
            return edits
    return []


def _whole(value: str, match: re.Match[str], by: timedelta) -> list[Edit]:
    after = date(_year(match["y"]), int(match["m"]), int(match["d"])) + by
    new = {"y": after.year, "m": after.month, "d": after.day}
    edits = [(*match.span(name), _as_long(match[name], number)) for name, number in new.items()]
    return edits + (_weekdays(value, after) if match.start() == _first_digit(value) else [])


def _first_digit(value: str) -> int:
    return next(i for i, c in enumerate(value) if c.isdigit())


def _written(value: str, by: timedelta) -> list[Edit]:
    """`12 March 2024`, `March 12, 2024`, `March 2024`, `12 March`: what is missing is the 1st, or a leap year."""
    named = next(((m, names) for m in _WORD.finditer(value) if (names := _names_with(m[0], _MONTH_NAMES))), None)
    if named is None:
        return []
    word, names = named
    year = _YEAR_OF.search(value)
    outside = [m for m in _DAY_OF.finditer(value) if not (year and m.start() < year.end() and m.end() > year.start())]
    day = outside[0] if outside else None
    month = names.index(word[0].lower()) + 1
    after = date(int(year[0]) if year else 2000, month, int(day[1]) if day else 1) + by
    edits = [(*word.span(), _cased(word[0], names[after.month - 1]))]
    edits += [(*year.span(), str(after.year))] if year else []
    edits += [(*day.span(), _ordinal(day[0], after.day))] if day else []
    return edits + _weekdays(value, after)


def _month_alone(value: str, by: timedelta) -> list[Edit]:
    """`04/27`, as on a card."""
    match = _MONTH_AND_YEAR.fullmatch(value)
    if match is None:
        return []
    after = date(_year(match[3]), int(match[1]), 1) + by
    return [(*match.span(1), _as_long(match[1], after.month)), (*match.span(3), _as_long(match[3], after.year))]


def _year_alone(value: str, by: timedelta) -> list[Edit]:
    match = _YEAR_OF.fullmatch(value)
    if match is None:
        return []
    years = max(1, round(abs(by.days) / 365))
    return [(*match.span(), str(int(match[0]) + (years if by.days > 0 else -years)))]


def _weekdays(value: str, after: date) -> list[Edit]:
    found = ((m, _names_with(m[0], _DAY_NAMES)) for m in _WORD.finditer(value))
    return [(*m.span(), _cased(m[0], names[after.weekday()])) for m, names in found if names]


def _names_with(word: str, known: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The first list that has the word, empty if none has."""
    return next((names for names in known if word.lower() in names), ())


def _edited(value: str, edits: list[Edit], draw: Draw) -> str:
    parts, position = [], 0
    for start, end, text in sorted(edits):
        parts += [_between(value[position:start], draw), text]
        position = end
    return "".join([*parts, _between(value[position:], draw)])


def _between(text: str, draw: Draw) -> str:
    """Times of day and small words as they are, other digits and letters for all others."""
    return _PIECE.sub(lambda m: m[0] if m["stays"] or m[0].lower() in _SMALL else shaped(m[0], draw), plain(text))


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) > 2 else year + (1900 if year >= _PIVOT else 2000)


def _as_long(text: str, number: int) -> str:
    """The number with as many digits as `text`: two of a year where it had two, a leading 0 where it had one."""
    if len(text) == 4:
        return f"{number:04}"
    return f"{number % 100:02}" if len(text) == 2 else str(number)


def _ordinal(text: str, day: int) -> str:
    if text.endswith("."):
        return f"{day}."
    if not text[-1].isalpha():
        return _as_long(text, day)
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending.upper() if text[-1].isupper() else ending}"


def _cased(original: str, word: str) -> str:
    if original.isupper():
        return word.upper()
    return word.capitalize() if original[0].isupper() else word
