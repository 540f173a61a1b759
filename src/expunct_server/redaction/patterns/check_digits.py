"""Check digits of identifiers. What python-stdnum knows is asked there; the rest follows the source each names."""

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache, wraps
from importlib import import_module
from typing import Any, Final

from stdnum import luhn

from expunct_server.redaction.patterns.checks import digits_of
from expunct_server.redaction.patterns.row import Check

_SEPARATORS = re.compile(r"[ .\-/()]")
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VIN_VALUES: Final = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)
)
_VIN_WEIGHTS: Final = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def by_stdnum(name: str, **options: Any) -> Check:
    """The check of python-stdnum's module `name` (`pl.pesel`), imported when first asked: all together take long."""

    def check(candidate: str) -> int:
        together = candidate.replace(" ", "")
        return len(candidate) if _has_own_digits(candidate) and _module(name).is_valid(together, **options) else 0

    return check


@lru_cache(maxsize=256)
def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")


def _has_own_digits(candidate: str) -> bool:
    """Digits of other scripts, which `int` would read as well, are none of the numbers that are checked."""
    return all(c.isascii() for c in candidate if c.isdigit())


def plain(holds: Callable[[str], bool]) -> Check:
    """A yes-or-no rule on the candidate's letters and digits alone, in capitals."""

    @wraps(holds)
    def check(candidate: str) -> int:
        compact = _SEPARATORS.sub("", candidate).upper()
        return len(candidate) if compact.isascii() and holds(compact) else 0

    return check


def enough_digits(least: int, most: int = 20) -> Check:
    """Between `least` and `most` ASCII digits, not all of them the same."""

    def check(candidate: str) -> int:
        digits = digits_of(candidate)
        return len(candidate) if least <= len(digits) <= most and len(set(digits)) > 1 else 0

    return check


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    """The sum of each digit times its weight; digits beyond the weights do not count."""
    return sum(int(d) * w for d, w in zip(digits, weights, strict=False))


def is_day(year: int, month: int, day: int) -> bool:
    """Whether the calendar has this day."""
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def is_short_day(day: str, month: str, year: str) -> bool:
    """Whether a date with a year of two digits can be one, in this or the last century."""
    return is_day(2000 + int(year), int(month), int(day)) or is_day(1900 + int(year), int(month), int(day))


def icao(field: str) -> int:
    """The check digit of a field of a machine-readable zone: weights 7, 3, 1 (ICAO Doc 9303 part 3, 4.9)."""
    return sum(max(0, _ALPHABET.find(c)) * (7, 3, 1)[i % 3] for i, c in enumerate(field)) % 10


def _icao_holds(field: str, digit: str) -> bool:
    return (digit if digit != "<" else "0") == str(icao(field))


@plain
def mrz_td3(mrz: str) -> bool:
    """Both lines of a passport, or the second alone: number, birth, expiry and all together (ICAO Doc 9303 part 4)."""
    line = mrz[-44:]
    if len(line) < 44:
        return False
    parts = ((line[:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27]), (line[28:42], line[42]))
    together = line[:10] + line[13:20] + line[21:43]
    return all(_icao_holds(*part) for part in parts) and _icao_holds(together, line[43])


@plain
def mrz_td2(mrz: str) -> bool:
    """The second of two lines of 36 characters (ICAO Doc 9303 part 6)."""
    line = mrz[-36:]
    if len(line) < 36:
        return False
    parts = ((line[:9], line[9]), (line[13:19], line[19]), (line[21:27], line[27]))
    return all(_icao_holds(*part) for part in parts) and _icao_holds(line[:10] + line[13:20] + line[21:35], line[35])


@plain
def mrz_td1_line(line: str) -> bool:
    """The first or the second line of three alone, by the check digits of its number or its dates, however many signs
    fill it up: these are counted wrongly where a card is read from a picture (ICAO Doc 9303 part 5)."""
    if line[0].isdigit():
        return _icao_holds(line[:6], line[6]) and _icao_holds(line[8:14], line[14])
    return _icao_holds(line[5:14], line[14])


@plain
def mrz_td1(mrz: str) -> bool:
    """Three lines of 30 characters, of which the first two have check digits (ICAO Doc 9303 part 5)."""
    first, second = (line.strip() for line in mrz.splitlines()[:2])
    if (len(first), len(second)) != (30, 30):
        return False
    number = (first[5:14], first[14]) if first[14] != "<" else ("", "0")
    together = first[5:30] + second[:7] + second[8:15] + second[18:29]
    dates = ((second[:6], second[6]), (second[8:14], second[14]))
    return all(_icao_holds(*part) for part in (number, *dates)) and _icao_holds(together, second[29])


@plain
def vin(number: str) -> bool:
    """The ninth character of a vehicle's number (49 CFR 565.15; ISO 3779 leaves it to the region)."""
    digits = [int(c) if c.isdigit() else _VIN_VALUES[c] for c in number]
    rest = sum(d * w for d, w in zip(digits, _VIN_WEIGHTS, strict=True)) % 11
    return number[8] == ("X" if rest == 10 else str(rest)) and 3 <= sum(c.isalpha() for c in number) <= 11


@plain
def imei(number: str) -> bool:
    """Luhn over 15 digits, and a reporting body that there is (3GPP TS 23.003, GSMA TS.06)."""
    return luhn.is_valid(number) and number[:2] in {"01", "10", "35", "86", "91", "98", "99", "30", "33", "44", "45", "49", "50", "51", "52", "53", "54"}  # fmt: skip


@plain
def de_pension(number: str) -> bool:
    """Rentenversicherungsnummer: date of birth and check digit (VKVV § 2)."""
    digits = number[:8] + f"{_ALPHABET.index(number[8]) - 9:02d}" + number[9:]
    sums = (sum(divmod(int(d) * w, 10)) for d, w in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=False))
    born = 1 <= int(number[2:4]) <= 99 and int(number[2:4]) % 50 < 32 and 1 <= int(number[4:6]) <= 12
    return born and sum(sums) % 10 == int(digits[12])


@plain
def de_health(number: str) -> bool:
    """Krankenversichertennummer: a letter and nine digits, Luhn from the left with the letter as two digits (§ 290 SGB V)."""
    digits = f"{_ALPHABET.index(number[0]) - 9:02d}" + number[1:]
    return sum(sum(divmod(int(d) * (1 + i % 2), 10)) for i, d in enumerate(digits[:10])) % 10 == int(digits[10])


@plain
def de_card(number: str) -> bool:
    """Serial number of an identity card or passport with its check digit, as in the machine-readable zone."""
    return icao(number[:9]) == int(number[9])


@plain
def de_passport(number: str) -> bool:
    """A passport's number, with its check digit or without."""
    return icao(number[:9]) == int(number[9]) if len(number) == 10 else sum(c.isdigit() for c in number) >= 2


@plain
def lu_matricule(number: str) -> bool:
    """Matricule of 13 digits: date of birth, Luhn over 12, Verhoeff over the 11 and the last."""
    born = is_day(int(number[:4]), int(number[4:6]), int(number[6:8])) and number[:2] in ("18", "19", "20")
    return born and luhn.is_valid(number[:12]) and bool(_module("verhoeff").is_valid(number[:11] + number[12]))


@plain
def hu_taj(number: str) -> bool:
    """TAJ: weights 3 and 7, mod 10 (law LXXXIII of 1997)."""
    return weighted(number, (3, 7) * 4) % 10 == int(number[8])


@plain
def hu_tax(number: str) -> bool:
    """Adóazonosító jel: begins with 8; places as weights, mod 11 (law CL of 2017)."""
    return number[0] == "8" and weighted(number, tuple(range(1, 10))) % 11 == int(number[9])


@plain
def hu_personal(number: str) -> bool:
    """Személyi azonosító: sex, date of birth, serial; rising or falling places as weights, mod 11 (law XX of 1996)."""
    rests = (weighted(number, tuple(range(1, 11))) % 11, weighted(number, tuple(range(10, 0, -1))) % 11)
    return is_short_day(number[5:7], number[3:5], number[1:3]) and int(number[10]) in rests


@plain
def lv_code(number: str) -> bool:
    """Personas kods: a date of birth with a check digit, or 32 to 39 ahead of digits that say nothing."""
    if number[:2] in {str(n) for n in range(32, 40)}:
        return True
    rest = (1101 - weighted(number, (1, 6, 3, 7, 9, 10, 5, 8, 4, 2))) % 11
    return is_short_day(number[:2], number[2:4], number[4:6]) and rest == int(number[10])


@plain
def ru_snils(number: str) -> bool:
    """СНИЛС: falling places as weights, mod 101, 100 as 00."""
    return weighted(number, tuple(range(9, 0, -1))) % 101 % 100 == int(number[9:])


@plain
def kz_iin(number: str) -> bool:
    """ИИН: date of birth, century and sex, check digit by two rows of weights."""
    rest = weighted(number, tuple(range(1, 12))) % 11
    if rest == 10:
        rest = weighted(number, (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)) % 11
    return is_short_day(number[4:6], number[2:4], number[:2]) and "1" <= number[6] <= "6" and rest == int(number[11])


@plain
def es_dni(number: str) -> bool:
    """DNI, also with fewer than eight digits between dots."""
    return bool(_module("es.dni").is_valid(number.zfill(9)))


@plain
def es_nss(number: str) -> bool:
    """Número de afiliación a la Seguridad Social: province, serial and both together mod 97."""
    serial = int(number[2:10])
    whole = int(number[:2]) * 10_000_000 + serial if serial < 10_000_000 else int(number[:10])
    return 1 <= int(number[:2]) <= 66 and whole % 97 == int(number[10:])


@plain
def pl_card(number: str) -> bool:
    """Dowód osobisty: letters as 10 to 35, weights 7 3 1 but for the check digit, the fourth, mod 10."""
    values = [_ALPHABET.index(c) for c in number]
    return sum(v * w for v, w in zip(values, (7, 3, 1, 0, 7, 3, 1, 7, 3), strict=True)) % 10 == values[3]


@plain
def hu_vat(number: str) -> bool:
    """Adószám: the first eight digits, also where the kind of taxation and the county follow."""
    return bool(_module("hu.anum").is_valid(number.removeprefix("HU")[:8]))


@plain
def plate(number: str) -> bool:
    """What a label calls a plate: four to eight letters and digits, and no year alone."""
    digits = sum(c.isdigit() for c in number)
    is_year = digits == len(number) == 4 and number[:2] in ("19", "20")
    return 4 <= len(number) <= 9 and digits >= 1 and not is_year and "-" not in number


@plain
def iccid(number: str) -> bool:
    """Luhn over the 18 or 19 digits of a SIM card's number and its check digit (ITU-T E.118)."""
    digits = number.rstrip("F")
    return luhn.is_valid(digits) or luhn.is_valid(digits[:19])


@plain
def device(name: str) -> bool:
    """What a label calls a device: three digits or more, not all of one kind of character, and no word with a year."""
    return sum(c.isdigit() for c in name) >= 3 and len(set(name)) > 3 and len(name) >= 8


@plain
def serial(name: str) -> bool:
    """What a label calls a serial number: six characters or more with two digits or more."""
    return len(name) >= 6 and sum(c.isdigit() for c in name) >= 2 and len(set(name)) > 2
