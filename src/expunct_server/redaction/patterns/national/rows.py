"""How the rows of national numbers are written down: what they share, said once."""

from functools import lru_cache
from typing import Any

from expunct_server.redaction.patterns.labels import NOT_AFTER, NOT_BEFORE
from expunct_server.redaction.patterns.row import Check, Pattern, expression, words


@lru_cache(maxsize=512)
def _fenced(shape: str) -> Any:
    """One expression for all numbers of a shape, so that it is looked for once."""
    return expression(NOT_BEFORE, f"(?:{shape})", NOT_AFTER)


def number(
    name: str,
    entity_type: str,
    shape: str,
    check: Check,
    context: tuple[str, ...],
    languages: tuple[str, ...],
    examples: tuple[str, ...],
    near_misses: tuple[str, ...],
    bare: float = 0.0,
    known: float = 0.95,
) -> Pattern:
    """A row for a number of the country that `name` begins with (`pl_pesel`), checked as `name` goes on.

    `bare` is its score where no context word is near: 0 unless the shape and the check together are rare enough.
    """
    country, _, check_name = name.partition("_")
    return Pattern(
        name=name,
        entity_type=entity_type,
        expression=_fenced(shape),
        score=bare,
        check=check,
        check_name=check_name,
        context=words(*context),
        context_score=known,
        countries=(country.upper(),),
        languages=languages,
        examples=examples,
        near_misses=near_misses,
    )


def acronym(capitals: str) -> str:
    """An acronym that is a word when small: in capitals, or as a key or a column (`nit_cliente`, `"sin":`)."""
    return rf"(?-i:{capitals})|{capitals.lower()}(?=[_\"':=])"
