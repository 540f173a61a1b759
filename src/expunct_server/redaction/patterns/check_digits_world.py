"""Check digits of identifiers outside Europe that python-stdnum does not know; each names its source or rule."""

from typing import Final

from stdnum import luhn
from stdnum.iso7064 import mod_11_2

from expunct_server.redaction.patterns.check_digits import is_day, is_short_day, plain, weighted

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_TW_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_NHI_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_MEDICARE: Final = (1, 3, 7, 9, 1, 3, 7, 9)


@plain
def sg_nric(number: str) -> bool:
    """NRIC and FIN: weights 2 7 6 5 4 3 2, an offset and a row of letters for each first letter."""
    offset = {"S": 0, "F": 0, "T": 4, "G": 4, "M": 3}[number[0]]
    rest = (weighted(number[1:], (2, 7, 6, 5, 4, 3, 2)) + offset) % 11
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}
    return letters[number[0]][10 - rest if number[0] == "M" else rest] == number[8]


@plain
def cn_id(number: str) -> bool:
    """Citizen identification number: date of birth, ISO 7064 mod 11-2 (GB 11643-1999). Any region: they come and go."""
    born = is_day(int(number[6:10]), int(number[10:12]), int(number[12:14])) and number[6:8] in ("18", "19", "20")
    return born and bool(mod_11_2.is_valid(number))


@plain
def hk_id(number: str) -> bool:
    """HKID: one or two letters (a space counts 36) and six digits, weights 9 to 2, mod 11."""
    head = [_ALPHABET.index(c) for c in number[:-7]]
    values = [36, *head] if len(head) == 1 else head
    total = sum(v * w for v, w in zip(values, (9, 8), strict=True)) + weighted(number[-7:-1], (7, 6, 5, 4, 3, 2))
    return (total + (10 if number[-1] == "A" else int(number[-1]))) % 11 == 0


@plain
def tw_id(number: str) -> bool:
    """National identification number: the letter as two digits, weights 1 9 8 ... 1, mod 10."""
    digits = f"{_TW_LETTERS.index(number[0]) + 10}{number[1:]}"
    return weighted(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


@plain
def sa_id(number: str) -> bool:
    """National ID (1) or Iqama (2): Luhn."""
    return luhn.is_valid(number)


@plain
def ae_id(number: str) -> bool:
    """Emirates ID: 784, the year of birth, serial, Luhn."""
    return luhn.is_valid(number) and 1900 <= int(number[3:7]) <= 2100


@plain
def eg_id(number: str) -> bool:
    """Egyptian national ID: century, date of birth, governorate."""
    year = {"2": 1900, "3": 2000}[number[0]] + int(number[1:3])
    return is_day(year, int(number[3:5]), int(number[5:7])) and 1 <= int(number[7:9]) <= 88


@plain
def au_medicare(number: str) -> bool:
    """Medicare card: weights 1 3 7 9 over eight digits, mod 10, then the issue and perhaps the person."""
    return "2" <= number[0] <= "6" and weighted(number, _MEDICARE) % 10 == int(number[8])


@plain
def nz_nhi(number: str) -> bool:
    """National Health Index, old (mod 11, digit) or new form (mod 24, letter): HISO 10046."""
    values = [_NHI_LETTERS.index(c) + 1 if c.isalpha() else int(c) for c in number]
    total = sum(v * w for v, w in zip(values, range(7, 1, -1), strict=False))
    if number[-1].isalpha():
        return _NHI_LETTERS[23 - total % 24] == number[-1]
    return total % 11 != 0 and (11 - total % 11) % 10 == int(number[-1])


@plain
def uy_ci(number: str) -> bool:
    """Cédula de identidad: weights 2 9 8 7 6 3 4, mod 10."""
    return -weighted(number.zfill(8), (2, 9, 8, 7, 6, 3, 4)) % 10 == int(number[-1])


@plain
def ramq(number: str) -> bool:
    """Québec's health card: four letters of the name, then the date of birth, women's months 50 higher."""
    return is_short_day(number[8:10], str(int(number[6:8]) % 50), number[4:6])


@plain
def ohip(number: str) -> bool:
    """Ontario's health card: Luhn over the ten digits, then the version."""
    return luhn.is_valid(number[:10])


@plain
def gb_driver(number: str) -> bool:
    """Surname, decade, month (women 50 higher), day, year, initials (DVLA)."""
    return 1 <= int(number[6:8]) % 50 <= 12 and 1 <= int(number[8:10]) <= 31 and int(number[6:8]) <= 62


@plain
def gb_chi(number: str) -> bool:
    """Community Health Index of Scotland: date of birth, then the mod 11 of the NHS number."""
    rest = -weighted(number, tuple(range(10, 1, -1))) % 11
    return is_short_day(number[:2], number[2:4], number[4:6]) and rest == int(number[9])
