"""The one table of pattern detectors.

To add a detector, add a row to the family it belongs to; its examples and near misses are its test. Expressions are
linear in practice: every repeat is bounded or possessive, none is nested in another over the same characters.
"""

from typing import Final

from expunct_server.redaction.patterns import (
    banks,
    contact,
    coordinates,
    dates,
    devices,
    driving,
    faint,
    finance,
    health,
    identity,
    national,
    network,
    numbers_labelled,
    organizations,
    people,
    phones,
    places,
    secrets,
    travel,
    usernames,
    vehicles,
    wallets,
)
from expunct_server.redaction.patterns.row import Pattern

__all__ = ["PATTERNS", "Pattern"]

PATTERNS: Final[tuple[Pattern, ...]] = (
    *contact.ROWS,
    *network.ROWS,
    *usernames.ROWS,
    *phones.ROWS,
    *finance.ROWS,
    *banks.ROWS,
    *wallets.ROWS,
    *identity.ROWS,
    *health.ROWS,
    *travel.ROWS,
    *driving.ROWS,
    *national.ROWS,
    *numbers_labelled.ROWS,
    *vehicles.ROWS,
    *devices.ROWS,
    *dates.ROWS,
    *places.ROWS,
    *coordinates.ROWS,
    *secrets.ROWS,
    *people.ROWS,
    *organizations.ROWS,
    *faint.ROWS,
)
