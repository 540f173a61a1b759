"""Columns of sheets, by the letters that people call them (ECMA-376 part 1, 18.3.1.4; ISO/IEC 26300-4, 5.8)."""


def letters(position: int) -> str:
    """Those of a column by its position from 0."""
    found, number = "", position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


def position(letters: str) -> int:
    """Where a column is, from 0."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found - 1
