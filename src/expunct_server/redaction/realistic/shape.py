"""A letter for a letter, a digit for a digit: what is left for values that have no writer of their own."""

from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase
from typing import Final

from expunct_server.redaction.realistic.draw import Draw

_KEPT: Final = frozenset("-_.,:;/@+()#*%=~° ")
"""Punctuation that may stay where it was: none of it opens or closes anything in JSON, CSV, HTML or a shell."""


def shaped(value: str, draw: Draw) -> str:
    """As long as the value: each letter and digit is another one, punctuation stays where it is safe everywhere."""
    return "".join([_another(c, draw) for c in value])


def plain(text: str) -> str:
    """The text without the characters that a document's syntax may mind; a space in the place of each."""
    return "".join([c if c.isalnum() or c in _KEPT else " " for c in text])


def refilled(value: str, digits: Iterable[str], draw: Draw) -> str:
    """The value with its digits replaced, in order, and its letters by others; the rest as `shaped` has it."""
    source = iter(digits)
    return "".join([next(source, "0") if c.isdigit() else _another(c, draw) for c in value])


def digits_of(value: str) -> str:
    """The ASCII digits of a value; digits of other scripts count as theirs."""
    return "".join([c if c.isascii() else str(_digit(c)) for c in value if c.isdigit()])


def _digit(character: str) -> int:
    return int(character) if character.isdecimal() else 0


def _another(character: str, draw: Draw) -> str:
    if character.isdigit():
        return "0123456789"[draw.below(10)]
    if character.isalnum():
        return (ascii_uppercase if character.isupper() else ascii_lowercase)[draw.below(26)]
    return character if character in _KEPT else " "
