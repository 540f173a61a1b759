"""The first letters of a paragraph, several lines high, which stand in a paragraph of their own."""

from typing import Final

_MOST: Final = 2  # letters and digits; more are words, which say nothing together with what follows
_LONGEST: Final = 10  # code points, quotes and blanks among them: each next paragraph may ask again


def is_initial(text: str) -> bool:
    """Whether a text may be such letters, or is nothing: then what follows is read with it, as one word."""
    return len(text) <= _LONGEST and sum(map(str.isalnum, text)) <= _MOST
