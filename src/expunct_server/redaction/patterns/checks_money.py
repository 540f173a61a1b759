"""Checks of cards, accounts and wallets. Each returns how many of the candidate's characters hold."""

import hashlib
import re
from typing import Final

from stdnum import luhn

from expunct_server.redaction.patterns.checks import digits_of

# Issuer ranges (ISO/IEC 7812): American Express, Diners, JCB (also its older ones of 15 digits), Visa, Mastercard, Discover,
# Maestro, UnionPay, RuPay, Mir, Troy, Verve, UATP.
_CARD: Final = re.compile(
    r"3[47]\d{13}|3(?:0[0-59]|[689]\d)\d{11,16}|35\d{14,17}|(?:1800|2131)\d{11}|4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}"
    r"|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|220[0-4]\d{12,15}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|(?:62|81)\d{14,17}"
    r"|(?:5[0678]|6[0-9])\d{10,17}|8[12]\d{14}|9792\d{12}|1[0-9]\d{13}"
)
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_RIPPLE: Final = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_STEPS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_ENDS: Final = (1, 0x2BC830A3)
"""What the checksum comes to: Bech32 (BIP 173) and Bech32m (BIP 350)."""
_CLABE_WEIGHTS: Final = (3, 7, 1)


def card(candidate: str) -> int:
    """Luhn (ISO/IEC 7812-1), a known issuer range with its length, and not one digit repeated."""
    digits = digits_of(candidate)
    good = len(set(digits)) > 1 and _CARD.fullmatch(digits) and luhn.is_valid(digits)
    return len(candidate) if good else 0


def card_of_any_issuer(candidate: str) -> int:
    """Luhn over 12 to 19 digits that a label calls a card."""
    digits = digits_of(candidate)
    return len(candidate) if 12 <= len(digits) <= 19 and len(set(digits)) > 1 and luhn.is_valid(digits) else 0


def card_shape(candidate: str) -> int:
    """As many digits as a card has, more than two different ones; for what its words call a card, mistyped or made up."""
    digits = digits_of(candidate)
    return len(candidate) if len(digits) in (15, 16) and len(set(digits)) > 2 else 0


def iban_prefix(candidate: str) -> int:
    """The longest start that is an IBAN (ISO 13616: mod 97 and the country's own length), dropping whole groups."""
    from stdnum import iban

    while len(candidate) > 14:
        if iban.is_valid(candidate, check_country=False):
            return len(candidate)
        candidate = candidate[: max(candidate.rfind(" "), candidate.rfind("-"), 0)]
    return 0


def clabe(candidate: str) -> int:
    """The control digit of a CLABE (Asociación de Bancos de México): weights 3, 7, 1 over the first 17 digits."""
    digits = [int(d) for d in digits_of(candidate)]
    total = sum(d * _CLABE_WEIGHTS[i % 3] % 10 for i, d in enumerate(digits[:17]))
    return len(candidate) if len(digits) == 18 and (10 - total % 10) % 10 == digits[17] and any(digits) else 0


def base58check(candidate: str) -> int:
    """The last four bytes are those of the double SHA-256 of the others: Bitcoin, Litecoin, Dogecoin, Dash, Tron."""
    return len(candidate) if _base58_sum(candidate, _BASE58) else 0


def ripple(candidate: str) -> int:
    """The same with the alphabet of the XRP Ledger."""
    return len(candidate) if _base58_sum(candidate, _RIPPLE) else 0


def solana(candidate: str) -> int:
    """Base58 of 32 bytes."""
    number = _base58(candidate, _BASE58)
    return len(candidate) if number is not None and 1 << 240 <= number < 1 << 256 else 0


def bech32(candidate: str) -> int:
    """The checksum of Bech32 or Bech32m over prefix and data."""
    prefix, _, data = candidate.lower().rpartition("1")
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + [_BECH32.find(c) for c in data]
    if -1 in values or (candidate != candidate.lower() and candidate != candidate.upper()):
        return 0
    return len(candidate) if _bech32_sum(values) in _BECH32_ENDS else 0


def _bech32_sum(values: list[int]) -> int:
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for bit, step in enumerate(_BECH32_STEPS):
            state ^= step if top >> bit & 1 else 0
    return state


def _base58(candidate: str, alphabet: str) -> int | None:
    number = 0
    for character in candidate:
        place = alphabet.find(character)
        if place < 0:
            return None
        number = number * 58 + place
    return number


def _base58_sum(candidate: str, alphabet: str) -> bool:
    number = _base58(candidate, alphabet)
    if number is None or number >= 1 << 200:
        return False
    raw = number.to_bytes(25, "big")
    return hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4] == raw[21:]
