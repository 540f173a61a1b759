"""What makes a mention doubtful, whatever the model says of it: it then counts for less, as in `strict` alone."""

from typing import Final

from expunct_server.redaction.names.mentions import Mention

DOUBTFUL: Final = 0.4
"""The most that a doubtful mention scores: below the usual threshold."""
_ACRONYM: Final = 6  # letters of the longest
_NAMES: Final = ("PERSON", "LOCATION", "ORGANIZATION")  # which English and its relatives write with capitals


def weighed(text: str, start: int, end: int, mention: Mention, *, leads: bool) -> float:
    """The score of a mention that stands at `start` to `end` of `text`; `leads` says that the leading model marked it.

    Doubtful are acronyms that a following model alone takes for organizations, people whose names hold digits, and
    single words in small letters where their line writes others with capitals.
    """
    value = text[start:end]
    kind = mention.entity_type
    doubtful = (
        (kind == "ORGANIZATION" and not leads and len(value) <= _ACRONYM and value.isupper())
        or (kind == "PERSON" and any(c.isdigit() for c in value))
        or (kind in _NAMES and value.islower() and " " not in value and _has_capitals(text, start, end))
    )
    return min(mention.score, DOUBTFUL) if doubtful else mention.score


def _has_capitals(text: str, start: int, end: int) -> bool:
    """Whether the rest of the line holds a capital letter."""
    line = text[text.rfind("\n", 0, start) + 1 : start], text[end:].partition("\n")[0]
    return any(c.isupper() for part in line for c in part)
