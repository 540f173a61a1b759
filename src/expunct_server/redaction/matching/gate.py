"""Which rows a text can hold at all: what they need is looked up in one go, for hundreds of rows in some microseconds.

Working out what a row needs takes milliseconds, which the first text of a process should not wait for. So what the rows
need is written down in `needs.json`, beside the checksum of each expression: one that has changed since is worked out
anew. `python -m expunct_server.redaction.matching` writes the file.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final
from zlib import crc32

import regex

from expunct_server.redaction.matching.needs import CAPITAL, WORD, Needs, needs_of, plain
from expunct_server.redaction.matching.program import simple_form
from expunct_server.redaction.patterns.row import Pattern

STORED: Final = "needs.json"

_GRAM: Final = 4
"""Characters of the pieces that strings are looked up by; most strings have no more."""
_DIGITS: Final = 24
_CAPITALS: Final = 12
_WORD: Final = 48
"""Needs above are taken for these numbers."""


class Gate:
    """For a sequence of rows, each given by all that it needs.

    Rows are bits of an integer; behind those of the rows' first strings come those of their second ones, and so on.
    """

    def __init__(self, rows: Sequence[Sequence[Needs]]) -> None:
        self._rows = len(rows)
        self._digits = _upwards(_DIGITS, [max((n.digits for n in needs), default=0) for needs in rows])
        self._capitals = _upwards(_CAPITALS, [max((n.capitals for n in needs), default=0) for needs in rows])
        self._words = _upwards(_WORD, [max((n.word for n in needs), default=0) for needs in rows])
        told = [[strings for needs in row for strings in needs.strings] for row in rows]
        self._places = max(map(len, told), default=0)
        self._untold = 0
        bits: dict[str, int] = defaultdict(int)
        for row, places in enumerate(told):
            for place in range(self._places):
                bit = 1 << (place * self._rows + row)
                if place >= len(places):
                    self._untold |= bit
                for string in places[place] if place < len(places) else ():
                    bits[string] |= bit
        self._whole = {string: mask for string, mask in bits.items() if len(string) <= _GRAM}
        self._by_gram: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for string, mask in bits.items():
            if string not in self._whole:
                self._by_gram[string[-_GRAM:]].append((string, mask))

    def open_to(self, text: str) -> list[int]:
        """The numbers of the rows that can match in the text, ascending."""
        form = plain(text)
        met = self._untold
        grams = _grams(form)
        for string in self._whole.keys() & grams:
            met |= self._whole[string]
        for gram in self._by_gram.keys() & grams:
            for string, mask in self._by_gram[gram]:
                if string in form:
                    met |= mask
        rows = self._digits[min(form.count("0"), _DIGITS)]
        rows &= self._capitals[min(len(CAPITAL.findall(text)), _CAPITALS)]
        rows &= self._words[min(_longest_word(text), _WORD)]
        for place in range(self._places):
            rows &= met >> (place * self._rows)
        return _numbers(rows)


def _upwards(most: int, needed: Sequence[int]) -> list[int]:
    """For each number up to `most`, the bits of those that need no more."""
    return [sum(1 << row for row, n in enumerate(needed) if min(n, most) <= number) for number in range(most + 1)]


def _grams(form: str) -> set[str]:
    """All pieces of up to _GRAM characters."""
    tails = [form[i:] for i in range(_GRAM)]
    return set(form).union(*(map("".join, zip(*tails[:size], strict=False)) for size in range(2, _GRAM + 1)))


def _longest_word(text: str) -> int:
    return max(map(len, WORD.findall(text)), default=0)


def _numbers(bits: int) -> list[int]:
    """Which bits are set, ascending."""
    numbers = []
    while bits:
        low = bits & -bits
        numbers.append(low.bit_length() - 1)
        bits ^= low
    return numbers


@lru_cache(maxsize=2048)
def needs_for(expression: Any) -> Needs:
    """What a compiled expression needs."""
    stored = _stored().get(_key(expression))
    if stored is None:
        return needs_of(simple_form(expression))
    *numbers, strings = stored
    return Needs(tuple(map(tuple, strings)), *numbers)


def written(expressions: Iterable[Any]) -> str:
    """What belongs into the file STORED for these expressions."""
    found = {_key(each): needs_of(simple_form(each)) for each in expressions}
    lines = (
        f"{json.dumps(key)}: "
        + json.dumps([n.digits, n.capitals, n.word, n.width, n.look, n.strings], separators=(",", ":"))
        for key, n in sorted(found.items())
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


@lru_cache(maxsize=1)
def _stored() -> dict[str, list[Any]]:
    stored: dict[str, list[Any]] = json.loads(files(__package__).joinpath(STORED).read_text())
    return stored


def _key(expression: Any) -> str:
    return (
        f"{crc32(expression.pattern.encode()):08x}{len(expression.pattern)}{'i' if expression.flags & regex.I else ''}"
    )


def expressions_of(rows: Iterable[Pattern]) -> list[Any]:
    """All expressions by which rows are gated."""
    return [each for row in rows for each in (row.expression, row.context) if each is not None]
