"""Choices that look random and depend on a key and a value alone."""

import hmac
from collections.abc import Sequence
from hashlib import shake_256
from typing import Final, TypeVar

Item = TypeVar("Item")

_BLOCK: Final = 64  # bytes drawn at a time
_LEAST: Final = 1 << 64  # what must be left in a block, so that no choice is biased by more than 2^-44
_MARKS: Final = "bcdfghjkmnpqrstvwxyz23456789"  # no vowels: no words; no letters that look like digits


class Draw:
    """A sequence of choices. The same key, purpose and value give the same sequence, in every process."""

    __slots__ = ("_blocks", "_number", "_seed", "key")

    def __init__(self, key: bytes, purpose: str, value: str) -> None:
        self.key = key
        message = purpose.encode() + b"\0" + value.encode("utf-8", "surrogatepass")
        self._seed = hmac.digest(key, message, "sha256")
        self._blocks = self._number = 0

    def below(self, count: int) -> int:
        """A number from 0 to `count` - 1, at most 2^20."""
        if self._number < _LEAST:
            self._number = int.from_bytes(shake_256(self._seed + self._blocks.to_bytes(4)).digest(_BLOCK))
            self._blocks += 1
        self._number, chosen = divmod(self._number, count)
        return chosen

    def pick(self, items: Sequence[Item]) -> Item:
        return items[self.below(len(items))]

    def digits(self, count: int) -> str:
        """So many digits, the first of them not 0."""
        return "".join("123456789"[self.below(9)] if i == 0 else "0123456789"[self.below(10)] for i in range(count))

    def marks(self, count: int) -> str:
        """So many lower-case consonants and digits: 28 to that power, and never a word."""
        return "".join([_MARKS[self.below(28)] for _ in range(count)])

    def filled(self, template: str) -> str:
        """The template with a digit for each `#`, one of 2 to 9 for each `N`, one of 0 and 2 to 8 for each `M`."""
        return "".join(self.pick(_CLASSES[c]) if c in _CLASSES else c for c in template)


_CLASSES: Final = {"#": "0123456789", "N": "23456789", "M": "02345678"}
