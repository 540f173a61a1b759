"""National, tax and health insurance numbers outside the United States, one file a part of the world."""

from typing import Final

from expunct_server.redaction.patterns.national import (
    africa_oceania,
    americas,
    asia,
    europe_east,
    europe_north,
    europe_south,
    europe_west,
)
from expunct_server.redaction.patterns.row import Pattern

ROWS: Final[tuple[Pattern, ...]] = (
    *europe_west.ROWS,
    *europe_north.ROWS,
    *europe_south.ROWS,
    *europe_east.ROWS,
    *americas.ROWS,
    *asia.ROWS,
    *africa_oceania.ROWS,
)
