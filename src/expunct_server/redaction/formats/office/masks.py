"""Numbers as formats show them that put signs between digits or zeros before them, as those of social security, cards
and telephones do (ECMA-376 part 1, 18.8.31)."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from expunct_server.redaction.formats.office.number_codes import LONGEST

_PART: Final = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[([^\]]*)\]|([0#?])|([-+() :$])|(;)|(@)|(.)', re.S)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)(\d{1,20})")
_MOST_DIGITS: Final = 40
"""Digits of a number that is shown so; a cell holds fifteen."""


class _Section(NamedTuple):
    """What a number is shown as that meets a condition: digits are `0`, `#` and `?`, all else stands there as it is."""

    sign: str
    limit: int
    parts: tuple[tuple[str, bool], ...]
    """Characters, and whether each is a digit."""


def shown(number: str, code: str) -> str | None:
    """What people read of a whole number; None if that is the number, or more than such a format does."""
    sections = _sections(code) if len(number) <= _MOST_DIGITS and number.isascii() and number.isdecimal() else ()
    if not sections:
        return None
    chosen = next((each for each in sections if _meets(int(number), each)), sections[0])
    said = _written(number, chosen.parts)
    return None if said == number else said


@lru_cache(256)
def beside_text(code: str) -> tuple[str, str]:
    """What a format shows before a text and after it; nothing where it has no section for texts."""
    before: str | None = None
    said = ""
    for match in _PART.finditer(code[:LONGEST]):
        quoted, escaped, bracket, digit, sign, end, for_text, other = match.groups()
        if end and before is not None:
            break
        if end:
            said = ""
        elif for_text and before is None:
            before, said = said, ""
        elif bracket is None and not for_text:
            said += quoted or escaped or digit or sign or other or " " * (match[0][0] in "_*")
    return ("", "") if before is None else (before, said)


def _meets(number: int, section: _Section) -> bool:
    limit = section.limit
    return {
        "<": number < limit, "<=": number <= limit, ">": number > limit, ">=": number >= limit, "=": number == limit,
        "<>": number != limit, "": True,
    }[section.sign]  # fmt: skip


def _written(number: str, parts: tuple[tuple[str, bool], ...]) -> str:
    """The digits from the last on; what is left of them goes before the first."""
    digits = list(number)
    first = next(at for at, (_, is_digit) in enumerate(parts) if is_digit)
    said: list[str] = []
    for at in range(len(parts) - 1, -1, -1):
        letter, is_digit = parts[at]
        if not is_digit:
            said.append(letter)
        elif digits:
            said.append(digits.pop())
        elif letter == "0":
            said.append("0")
        if at == first:
            said += reversed(digits)
    return "".join(reversed(said))


@lru_cache(256)
def _sections(code: str) -> tuple[_Section, ...]:
    """Those of a format; none where one does more than to place digits."""
    found: list[_Section] = []
    parts: list[tuple[str, bool]] = []
    condition = ("", 0)
    for match in _PART.finditer(code[:LONGEST] + ";"):
        quoted, escaped, bracket, digit, sign, end, for_text, other = match.groups()
        if for_text is not None and found:
            return tuple(found)
        if for_text is not None or other is not None:
            return ()
        if bracket is not None and (said := _CONDITION.fullmatch(bracket)):
            condition = (said[1], int(said[2]))
        parts += [(each, False) for each in quoted or escaped or sign or ""]
        if digit:
            parts.append((digit, True))
        if end:
            if not any(is_digit for _, is_digit in parts):
                return tuple(found)
            found.append(_Section(*condition, tuple(parts)))
            parts, condition = [], ("", 0)
    return tuple(found)
