"""The one table of entity types, their categories and the other names they answer to."""

import re
from collections.abc import Collection, Iterable
from typing import Final, Literal

Category = Literal["PII", "PCI", "PHI", "SECRET"]

ENTITY_TYPES: Final[dict[str, Category]] = {
    "PERSON": "PII",
    "EMAIL_ADDRESS": "PII",
    "PHONE_NUMBER": "PII",
    "LOCATION": "PII",
    "DATE_TIME": "PII",
    "NRP": "PII",
    "ORGANIZATION": "PII",
    "URL": "PII",
    "IP_ADDRESS": "PII",
    "US_DRIVER_LICENSE": "PII",
    "US_PASSPORT": "PII",
    "US_ITIN": "PII",
    "NATIONAL_ID": "PII",
    "TAX_ID": "PII",
    "PASSPORT": "PII",
    "DRIVER_LICENSE": "PII",
    "USERNAME": "PII",
    "COORDINATES": "PII",
    "MAC_ADDRESS": "PII",
    "DEVICE_ID": "PII",
    "VEHICLE_ID": "PII",
    "LICENSE_PLATE": "PII",
    "CREDIT_CARD": "PCI",
    "US_BANK_NUMBER": "PCI",
    "IBAN_CODE": "PCI",
    "CRYPTO": "PCI",
    "CVV": "PCI",
    "EXPIRY_DATE": "PCI",
    "CARD_HOLDER_NAME": "PCI",
    "PIN_NUMBER": "PCI",
    "ACCOUNT_NUMBER": "PCI",
    "US_SSN": "PHI",
    "MEDICAL_LICENSE": "PHI",
    "US_NPI": "PHI",
    "MEDICAL_RECORD_NUMBER": "PHI",
    "HEALTH_ID": "PHI",
    "SECRET": "SECRET",
}
CATEGORIES: Final[tuple[Category, ...]] = ("PII", "PCI", "PHI", "SECRET")
ALIASES: Final[dict[str, str]] = {
    "SSN": "US_SSN",
    "ADDRESS": "LOCATION",
    "DATE_OF_BIRTH": "DATE_TIME",
    "NPI": "US_NPI",
    "MRN": "MEDICAL_RECORD_NUMBER",
}
ALL: Final = "ALL"
CUSTOM: Final = "CUSTOM"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,63}")
_LABEL = re.compile(r"[A-Z][A-Z0-9_]{0,63}")


class UnknownTypes(ValueError):
    """Names that are no entity type; `names` holds them, made safe to show (no brackets, no long text)."""

    def __init__(self, names: Iterable[str], what: str = "entity type") -> None:
        self.names = tuple(sorted({n if _NAME.fullmatch(n) else "(not a name)" for n in names}))
        plural = "" if len(self.names) == 1 else "s"
        super().__init__(f"Unknown {what}{plural}: {', '.join(self.names)}.")


def is_label(name: str) -> bool:
    """Whether `name` may be an entity type: upper-case ASCII letters, digits and underscores, at most 64."""
    return _LABEL.fullmatch(name) is not None


def resolve_types(names: Iterable[str], extra: Collection[str] = ()) -> frozenset[str]:
    """Entity types for the names of a request, in any case; aliases and `all` count, `extra` are a policy's own types.

    Raises UnknownTypes naming every name that is none.
    """
    wanted = {name: _canonical(name) for name in names}
    unknown = [n for n, t in wanted.items() if t != ALL and t not in ENTITY_TYPES and t not in extra and t != CUSTOM]
    if unknown:
        raise UnknownTypes(unknown)
    if ALL in wanted.values():
        return frozenset(ENTITY_TYPES) | frozenset(extra)
    return frozenset(wanted.values())


def types_of_categories(categories: Iterable[str]) -> frozenset[str]:
    """Every type of the named categories (PII, PCI, PHI, SECRET, or `all`); UnknownTypes names the others."""
    wanted = {name: name.strip().upper() for name in categories}
    unknown = [name for name, category in wanted.items() if category not in (*CATEGORIES, ALL)]
    if unknown:
        raise UnknownTypes(unknown, "category")
    chosen = set(CATEGORIES) if ALL in wanted.values() else set(wanted.values())
    return frozenset(name for name, category in ENTITY_TYPES.items() if category in chosen)


def category_of(entity_type: str) -> Category | None:
    """The category of a type, None for a policy's own types."""
    return ENTITY_TYPES.get(entity_type)


def _canonical(name: str) -> str:
    upper = name.strip().upper()
    return ALIASES.get(upper, upper)
