"""Street addresses, postcodes and towns with them: the rows of all groups of countries."""

from typing import Final

from expunct_server.redaction.patterns import (
    places_any,
    places_asian,
    places_english,
    places_german,
    places_north,
    places_romance,
)
from expunct_server.redaction.patterns.row import Pattern

ROWS: Final[tuple[Pattern, ...]] = (
    *places_english.ROWS,
    *places_german.ROWS,
    *places_romance.ROWS,
    *places_north.ROWS,
    *places_asian.ROWS,
    *places_any.ROWS,
)
