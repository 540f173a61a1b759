"""Entity types in words that a model understands, and the names under which models answer."""

import re
from typing import Final

from expunct_server.redaction.entities import ALIASES, ENTITY_TYPES
from expunct_server.redaction.wanted import Wanted

SCORE: Final = 0.6
"""Of every finding, for what a model says of its own sureness is no probability. A check or a label is surer, a bare
shape is not."""

_MEANING: Final = {
    "PERSON": "names, initials and nicknames of people",
    "EMAIL_ADDRESS": "e-mail addresses, also spelt out",
    "PHONE_NUMBER": "telephone and fax numbers, also spelt out",
    "LOCATION": "addresses, towns, regions, countries, named buildings and places",
    "DATE_TIME": "dates, dates of birth and times that can be pointed at, not durations",
    "NRP": "nationality, religion, political or ethnic group of people",
    "ORGANIZATION": "companies, authorities, schools, hospitals, clubs",
    "URL": "addresses of web pages",
    "IP_ADDRESS": "IP addresses",
    "NATIONAL_ID": "national identity and social insurance numbers",
    "TAX_ID": "tax numbers of people and companies",
    "PASSPORT": "passport numbers",
    "DRIVER_LICENSE": "driving licence numbers",
    "USERNAME": "user names and handles",
    "COORDINATES": "geographic coordinates",
    "DEVICE_ID": "identifiers and serial numbers of devices",
    "VEHICLE_ID": "vehicle identification numbers",
    "LICENSE_PLATE": "licence plates of vehicles",
    "CRYPTO": "addresses of cryptocurrency wallets",
    "CARD_HOLDER_NAME": "names on payment cards",
    "ACCOUNT_NUMBER": "bank, customer and contract numbers",
    "US_SSN": "US social security numbers",
    "MEDICAL_RECORD_NUMBER": "patient and medical record numbers",
    "HEALTH_ID": "health insurance numbers",
    "SECRET": "passwords, keys, tokens",
}
_SYNONYMS: Final = {
    "NAME": "PERSON", "FULL_NAME": "PERSON", "FIRST_NAME": "PERSON", "LAST_NAME": "PERSON", "PER": "PERSON",
    "PERSON_NAME": "PERSON", "NICKNAME": "PERSON",
    "EMAIL": "EMAIL_ADDRESS", "E_MAIL": "EMAIL_ADDRESS", "MAIL": "EMAIL_ADDRESS",
    "PHONE": "PHONE_NUMBER", "TELEPHONE": "PHONE_NUMBER", "TELEPHONE_NUMBER": "PHONE_NUMBER", "FAX": "PHONE_NUMBER",
    "MOBILE": "PHONE_NUMBER",
    "LOC": "LOCATION", "PLACE": "LOCATION", "CITY": "LOCATION", "COUNTRY": "LOCATION", "STREET_ADDRESS": "LOCATION",
    "GPE": "LOCATION", "POSTAL_ADDRESS": "LOCATION", "ZIP_CODE": "LOCATION",
    "DATE": "DATE_TIME", "TIME": "DATE_TIME", "DOB": "DATE_TIME", "BIRTHDATE": "DATE_TIME", "DATETIME": "DATE_TIME",
    "NATIONALITY": "NRP", "RELIGION": "NRP", "ETHNICITY": "NRP", "NORP": "NRP",
    "ORG": "ORGANIZATION", "COMPANY": "ORGANIZATION", "ORGANISATION": "ORGANIZATION", "EMPLOYER": "ORGANIZATION",
    "WEBSITE": "URL", "LINK": "URL", "IP": "IP_ADDRESS",
    "ID_NUMBER": "NATIONAL_ID", "NATIONAL_ID_NUMBER": "NATIONAL_ID", "TAX_NUMBER": "TAX_ID",
    "PASSPORT_NUMBER": "PASSPORT", "DRIVERS_LICENSE": "DRIVER_LICENSE", "DRIVING_LICENCE": "DRIVER_LICENSE",
    "USER_NAME": "USERNAME", "HANDLE": "USERNAME", "MAC": "MAC_ADDRESS", "VIN": "VEHICLE_ID",
    "CREDIT_CARD_NUMBER": "CREDIT_CARD", "CARD_NUMBER": "CREDIT_CARD", "IBAN": "IBAN_CODE",
    "BANK_ACCOUNT": "ACCOUNT_NUMBER", "BANK_ACCOUNT_NUMBER": "ACCOUNT_NUMBER", "CUSTOMER_NUMBER": "ACCOUNT_NUMBER",
    "PIN": "PIN_NUMBER", "SOCIAL_SECURITY_NUMBER": "US_SSN", "PATIENT_ID": "MEDICAL_RECORD_NUMBER",
    "PASSWORD": "SECRET", "API_KEY": "SECRET", "TOKEN": "SECRET",
}  # fmt: skip
_NOISE = re.compile(r"[^A-Z0-9]+")


def asked_for(wanted: Wanted) -> tuple[str, ...]:
    """The types that a model is asked for: those of which a finding at SCORE counts. A policy's own are not described
    to it and not among them."""
    return tuple(name for name, least in wanted.thresholds if name in ENTITY_TYPES and least <= SCORE)


def described(entity_type: str) -> str:
    """A line of the prompt."""
    return f"{entity_type}: {_MEANING.get(entity_type) or entity_type.replace('_', ' ').lower()}"


def known(name: str) -> str | None:
    """The entity type that a model means by `name`, None for none."""
    label = _NOISE.sub("_", name.strip().upper()).strip("_")
    label = ALIASES.get(label) or _SYNONYMS.get(label, label)
    return label if label in ENTITY_TYPES else None
