"""The platform's own detector over what callers chose and events repeat: names, URIs, user agents.

A file can be called after its subject's social security number. Only detectors whose match is checked or has an
unmistakable form run here (no model, no names, no dates): an event must stay legible, and this runs for every event.
"""

from functools import lru_cache

from expunct_server.redaction.custom import NOTHING
from expunct_server.redaction.findings import settle
from expunct_server.redaction.scan import scan

TYPES = frozenset({"US_SSN", "CREDIT_CARD", "IBAN_CODE", "EMAIL_ADDRESS", "SECRET", "US_ITIN", "PHONE_NUMBER"})
_THRESHOLD = 0.6


@lru_cache(maxsize=4096)
def screened(text: str) -> str:
    """`text` with every finding replaced by its label, such as `upload://<US_SSN>.txt`."""
    if not text:
        return text
    for finding in reversed(settle(scan(text, TYPES, _THRESHOLD, NOTHING))):
        text = f"{text[: finding.start]}<{finding.entity_type}>{text[finding.end :]}"
    return text
