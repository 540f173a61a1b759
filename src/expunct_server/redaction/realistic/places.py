"""Places: addresses keep their form, towns become towns."""

import re
from typing import Final

from expunct_server.redaction.realistic.draw import Draw
from expunct_server.redaction.realistic.shape import plain, shaped
from expunct_server.redaction.realistic.words import coined, in_case_of, listed, word_set

_KEPT: Final = word_set(
    "street st road rd avenue ave boulevard blvd lane ln drive dr court ct place pl square sq terrace way close "
    "crescent row mews parkway pkwy highway hwy circle cir trail alley apt apartment suite ste unit floor fl room "
    "box po straße strasse str weg platz allee gasse ring rue chemin quai impasse cours de du des la le les calle "
    "avenida avda paseo plaza carrer camino el los las via viale piazza corso rua travessa praça straat laan "
    "plein gracht north south east west n s e w ne nw se sw upper lower new the of and county city state bis ter"
)
"""Kinds of streets and rooms, directions and small words: they are of every place."""

_AXES: Final = word_set("lat lon lng long latitude longitude north south east west deg degrees min sec and")
KEPT: Final = _KEPT | _AXES
"""Words that may stand in the value and in what is made up for it."""

_PART = re.compile(r"[^\W\d_]+|[^\W_]+|[\W_]+")
_SEPARATES = re.compile(r"[,;\n\r]")
_JOINED = re.compile(r"(?<=\w\w)(?:straße|strasse|str|weg|gasse|allee|platz|straat|laan|gatan|vägen)\Z", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(\.\d+)?")
_RUN = re.compile(r"[^\W_]+")
_MEASURE = re.compile(r"[nsewo]?\d*|\d+[nsewo]", re.IGNORECASE)


def location(value: str, draw: Draw) -> str:
    """An address with other numbers, another street and another town; or another town for a town.

    Words of the first part become streets where a number says that it is an address, all others towns; postcodes keep
    their shape. A town is one of 2^22 coined names for each word.
    """
    is_address, in_street = any(c.isdigit() for c in value), True
    parts = []
    for part in _PART.findall(value):
        if not part[0].isalnum():
            in_street = in_street and not _SEPARATES.search(part)
            parts.append(plain(part))
        else:
            parts.append(_place(part, draw, is_address and in_street))
    return "".join(parts)


def coordinates(value: str, draw: Draw) -> str:
    """Other degrees and fractions of the same length, at most 89.

    Where letters say more than the quarter of the earth (plus codes, squares of a grid), they are replaced too.
    """
    if not all(_MEASURE.fullmatch(run) or run.lower() in _AXES for run in _RUN.findall(value)):
        return shaped(value, draw)
    return _NUMBER.sub(lambda match: _degrees(match[0], draw), plain(value))


def _place(word: str, draw: Draw, is_street: bool) -> str:
    if any(c.isdigit() for c in word):
        return draw.digits(len(word)) if word.isdigit() else shaped(word, draw)
    if word.lower() in _KEPT:
        return word
    if len(word) <= 2:
        return shaped(word, draw)
    joined = _JOINED.search(word)
    if joined:
        return in_case_of(word, coined(draw) + joined[0])
    if is_street:
        return in_case_of(word, draw.pick(listed("streets")))
    return in_case_of(word, coined(draw))


def _degrees(number: str, draw: Draw) -> str:
    whole, point, fraction = number.partition(".")
    degrees = str(10 + draw.below(80)) if len(whole) > 1 else str(1 + draw.below(9))
    return degrees + point + "".join(str(draw.below(10)) for _ in fraction)
