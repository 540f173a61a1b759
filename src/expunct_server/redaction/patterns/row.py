"""The shape of a row in the table of pattern detectors."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import regex

Check = Callable[[str], int]
"""How many characters from the start of the candidate hold: 0 refuses it, fewer than all shorten it."""

REACH_BEFORE: Final = 60
REACH_AFTER: Final = 24
"""How far, in code points, context words may be from a candidate."""

STOP: Final = "\0"
"""Stands where context ends: between values that have nothing to do with each other, and in place of what has been
redacted before. No expression of the table matches it."""

FAINT: Final = 0.06
"""The score of a form that says little without a context word: only the profile `strict` takes it at its word."""

LINK: Final = r"[ \t\u00a0]{0,40}+(?:\r?\n)?[ \t\u00a0]{0,40}+"
"""White space between a label and its value, which may be on the next line."""


class Expression:
    """An expression that is compiled when it is first used; the table has many, and most texts need few of them.

    It can be used as the compiled one. Errors in it are raised on first use, which the tests of the table see to.
    """

    def __init__(self, pattern: str, flags: int) -> None:
        self.pattern = pattern
        self.flags = flags

    @cached_property
    def compiled(self) -> Any:
        """What `regex` makes of it."""
        return regex.compile(self.pattern, self.flags)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self.compiled, name)
        setattr(self, name, found)  # asked for many times a text: found at once from now on
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """One detector. When the expression has a group `v`, that is the finding, else the whole match.

    `score` counts without a context word nearby and may be 0: then the row speaks in context only. `context_score`
    counts with one; None means that the row has no use for context. Scores of at least .5 pass the usual threshold.
    The expression has a bounded width, so that a long text can be searched in parts; where a value may go on beyond it,
    `tail` matches the rest, however long, right behind the expression's match, and the finding has it too.
    `countries` (ISO 3166-1 alpha-2) issue what the row finds, `languages` (ISO 639-1) are those of its words; none: all.

    Examples carry «marks» around what must be found; a near miss must not give a finding at .5. They are the tests.
    """

    name: str
    entity_type: str
    expression: Any
    score: float
    examples: tuple[str, ...]
    near_misses: tuple[str, ...]
    check: Check | None = None
    check_name: str | None = None
    context: Any = None
    context_score: float | None = None
    tail: Any = None
    countries: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    @property
    def recognizer(self) -> str:
        return f"pattern:{self.name}"


def expression(*parts: str, ignore_case: bool = False) -> Any:
    """Compiles the parts, joined without anything between them.

    Numbers are fenced by ASCII letters only, not by any letter: in scripts without spaces they touch their neighbours.
    """
    return Expression("".join(parts), regex.V0 | (regex.I if ignore_case else 0))


def words(*alternatives: str) -> Any:
    """Context words as one expression; letters and digits may not touch them, underscores may (`user_ssn`)."""
    return Expression(rf"(?<![a-z0-9])(?:{'|'.join(alternatives)})(?![a-z0-9])", regex.I)
