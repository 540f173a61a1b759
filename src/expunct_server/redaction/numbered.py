"""Texts that are written as numbers: bytes in hexadecimal (RFC 4648, section 8), lists of codes such as those of
`String.fromCharCode` (ECMA-262, 22.1.2.1), and addresses that pages keep from programs by XOR with their first byte.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple

# Possessive: or a hundred bytes are held for each that a text says.
# Databases write `0x` (MySQL) or `\x` (PostgreSQL) before it.
_HEX: Final = re.compile(r"((?<![0-9A-Za-z])(?:0[xX])?|\\x)((?:[0-9A-Fa-f]{2}){4,}+)(?![0-9A-Za-z])")
CODE: Final = r"(?:0[xX])?[0-9A-Fa-f]{2,3}"
DIVIDING: Final = r"(?:[,:;]\s{1,20}|[ ,:;-])"
"""What stands between two of a list."""
_LIST: Final = re.compile(rf"(?<![0-9A-Za-z.]){CODE}(?:{DIVIDING}{CODE}(?![0-9A-Za-z])){{7,}}+")
_DIVIDED: Final = re.compile(r"[^0-9A-Za-z]+")
_LEAST_CLOAKED: Final = 6
_ADDRESS: Final = re.compile(rb"[!-~]{1,64}@[!-~]{3,190}")


class Numbered(NamedTuple):
    """From `start` to `end` a text says these bytes; `write` gives others as they are written there."""

    start: int
    end: int
    data: bytes
    write: Callable[[bytes], str]


def numbered(text: str) -> Iterator[Numbered]:
    """All that a text says so, in no order; what may be one thing or another, as each of them."""
    for found in _HEX.finditer(text):
        data = bytes.fromhex(found[2])
        said = _cloaked(data)
        if said is None:
            yield Numbered(*found.span(), data, partial(_bytes, found[1], None))
        else:
            yield Numbered(*found.span(), said, partial(_bytes, found[1], data[0]))
    for found in _LIST.finditer(text):
        codes = _DIVIDED.split(found[0])
        for base, form in ((10, "{}"), (16, "0x{:02x}" if "x" in found[0].lower() else "{:02x}")):
            if (listed := _listed(codes, base)) is not None:
                dividing = found[0][len(codes[0]) : found[0].index(codes[1], len(codes[0]))]
                yield Numbered(*found.span(), listed, partial(_list, dividing, form))
                break


def _listed(codes: list[str], base: int) -> bytes | None:
    """The bytes that codes are; None for what are none that say a text."""
    prefixed = {code[:2] in ("0x", "0X") for code in codes}
    if len(prefixed) > 1 or (base == 10 and prefixed == {True}):
        return None
    try:
        numbers = [int(code, base) for code in codes]
    except ValueError:
        return None
    return bytes(numbers) if all(9 <= number < 256 for number in numbers) and min(numbers) < 127 else None


def _list(dividing: str, form: str, data: bytes) -> str:
    return dividing.join(map(form.format, data))


def _cloaked(data: bytes) -> bytes | None:
    """The address that is kept from programs; None where none is."""
    if len(data) < _LEAST_CLOAKED:
        return None
    said = bytes(each ^ data[0] for each in data[1:])
    return said if _ADDRESS.fullmatch(said) else None


def _bytes(prefix: str, key: int | None, data: bytes) -> str:
    """As they stand there, or kept from programs by a key, which may be 0."""
    return prefix + (data if key is None else bytes([key, *(each ^ key for each in data)])).hex()
