"""Numbers that look right and were never given to anybody, by the rules of those who give them."""

import re
from typing import Final

from stdnum import luhn

from expunct_server.redaction.realistic.draw import Draw
from expunct_server.redaction.realistic.shape import digits_of, plain, refilled, shaped

_UK: Final = (  # Ofcom: numbers for use in drama
    *("7700900###", "2079460###", "1134960###", "1144960###", "1154960###", "1164960###", "1174960###", "1184960###"),
    *("1214960###", "1314960###", "1414960###", "1514960###", "1614960###", "1914980###", "2920180###", "2896496###"),
    *("1632960###", "8081570###", "3069990###"),
)
_FR: Final = (
    "19900####",
    "26191####",
    "35301####",
    "46571####",
    "53649####",
    "63998####",
)  # Arcep: for audiovisual works
_US: Final = "NM#55501##"  # NANPA: 555-0100 to 555-0199, in any area
FICTION: Final[dict[str, tuple[str, ...]]] = {
    "1": (_US,),
    "33": _FR,
    "44": _UK,
    # Bundesnetzagentur: numbers for use in media
    "49": ("3023125###", "6990009###", "4066969###", "2214710###", "8999998###", "17139200##", "176040690##"),
    # ACMA: numbers for use in radio, books, film and television
    "61": ("25550####", "27010####", "35550####", "37010####", "75550####", "77010####", "85550####", "87010####"),
    "353": ("2091#####",),  # ComReg
    "46": ("3139006##", "4062804##", "8465004##", "7017406##"),  # PTS
}
"""National numbers, without the trunk's 0, that are kept for fiction, by country code."""

_NOWHERE: Final = "999"  # a country code that the ITU keeps and has given to nobody
_NO_PREFIX: Final = "000"  # no national numbering plan has subscribers below it
KEPT: Final = frozenset(("ext", "extension", "durchwahl", "poste"))
_EXTENSION = re.compile(r"\s*(?:x|ext\.?|extension|durchwahl|poste)\s*\d+\s*\Z", re.IGNORECASE)
_IN_PAIRS = re.compile(r"(?<!\d)0\d(?:[ .\-]\d\d){4}(?!\d)", re.ASCII)
_NEVER_A_COUNTRY: Final = "ABCDEFGHIJLMNOPQRSTUVWXYZ"  # after X: for users' own codes (ISO 3166); Kosovo took XK
_NO_ITIN: Final = (*range(1, 50), 66, 67, 68, 69, 89)  # groups in which the IRS gives no number that begins with 9


def phone(value: str, draw: Draw) -> str:
    """A number from a range kept for fiction where its country has one, else one that leads nowhere; same format."""
    extension = _EXTENSION.search(value)
    main, tail = (value[: extension.start()], extension[0]) if extension else (value, "")
    return refilled(main, _dialled(main, draw), draw) + shaped_digits(tail, draw)


def card(value: str, draw: Draw) -> str:
    """A number that begins with 9999 and has the right check digit (Luhn).

    ISO/IEC 7812 has issuers that begin with 9 name their country next, and 999 is no country: nobody issues these.
    """
    count = len(digits_of(value))
    if count < 12:
        return shaped(value, draw)
    body = "9999" + "".join(str(draw.below(10)) for _ in range(count - 5))
    return refilled(value, body + luhn.calc_check_digit(body), draw)


def iban(value: str, draw: Draw) -> str:
    """An account of the same form in a country that is none (X and a letter: ISO 3166), check digits right."""
    compact = "".join(c for c in value if c.isalnum())
    if len(compact) < 8:
        return shaped(value, draw)
    country, account = "X" + draw.pick(_NEVER_A_COUNTRY), shaped(compact[4:], draw).upper()
    number = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    made = iter(f"{country}{98 - int(number) % 97:02}{account}")
    return "".join(next(made) if c.isalnum() else c for c in plain(value))


def ssn(value: str, draw: Draw) -> str:
    """Nine digits that begin with 9, which the SSA never gives, in a group that is no ITIN's; same format."""
    if len(digits_of(value)) != 9:
        return shaped(value, draw)
    return refilled(value, f"9{draw.filled('##')}{draw.pick(_NO_ITIN):02}{draw.filled('####')}", draw)


def itin(value: str, draw: Draw) -> str:
    """Nine digits in a group that the IRS never gives; same format."""
    return ssn(value, draw)


def shaped_digits(text: str, draw: Draw) -> str:
    """Other digits, the same words."""
    return "".join([str(draw.below(10)) if c.isdigit() else c for c in plain(text)])


def _dialled(main: str, draw: Draw) -> str:
    """As many digits as `main` has."""
    digits = digits_of(main)
    if "+" in main:
        return _abroad(digits, draw)
    if digits.startswith("00"):
        return "00" + _abroad(digits[2:], draw)
    return _at_home(main, digits, draw)


def _abroad(digits: str, draw: Draw) -> str:
    for length in (1, 2, 3):
        code, national = digits[:length], digits[length:]
        if code in FICTION:
            trunk = "0" if national.startswith("0") and code not in ("1", "39") else ""
            fitting = [t for t in FICTION[code] if len(t) == len(national) - len(trunk)]
            if fitting:
                return code + trunk + draw.filled(draw.pick(fitting))
    return draw.filled(_NOWHERE + "#" * len(digits))[: len(digits)]


def _at_home(main: str, digits: str, draw: Draw) -> str:
    """A number without a country code: North American, British and French ones are told by their form."""
    count, first = len(digits), digits[:1]
    if count == 10 and first not in ("0", "1"):
        return draw.filled(_US)
    if count == 11 and first == "1":
        return "1" + draw.filled(_US)
    if count == 7 and first not in ("0", "1"):
        return draw.filled("55501##")
    if count == 11 and first == "0":
        return "0" + draw.filled(draw.pick(_UK))
    if _IN_PAIRS.search(main):
        return "0" + draw.filled(draw.pick(_FR))
    return draw.filled(_NO_PREFIX + "#" * count)[:count]
