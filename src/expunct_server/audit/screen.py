"""The platform's own detector over what callers chose and events repeat: names, URIs, user agents.

A file can be called after its subject's social security number. Only detectors whose match is checked or has an
unmistakable form run here (no model, no names, no dates): an event must stay legible, and this runs for every event.
"""

from functools import lru_cache
from urllib.parse import unquote

from expunct_server.redaction.custom import NOTHING
from expunct_server.redaction.findings import settle
from expunct_server.redaction.scan import scan
from expunct_server.redaction.wanted import Wanted

TYPES = frozenset({"US_SSN", "CREDIT_CARD", "IBAN_CODE", "EMAIL_ADDRESS", "SECRET", "US_ITIN", "PHONE_NUMBER"})
_WANTED = Wanted.of(TYPES, 0.6)


@lru_cache(maxsize=4096)
def screened(text: str) -> str:
    """`text` with every finding replaced by its label, such as `upload://<US_SSN>.txt`.

    File names join words by underscores, which patterns rightly take for part of a word: those are looked at as spaces
    too. What a URI's escapes hide is looked for as well; when there is something, the text is kept without escapes.
    """
    found = _labelled(text)
    if "%" in text:
        plain = unquote(text)
        without = _labelled(plain)
        return without if without != plain else found
    return found


def _labelled(text: str) -> str:
    if not text:
        return text
    findings = scan(text, _WANTED, NOTHING)
    if "_" in text:
        findings += scan(text.replace("_", " "), _WANTED, NOTHING)
    for finding in reversed(settle(findings)):
        text = f"{text[: finding.start]}<{finding.entity_type}>{text[finding.end :]}"
    return text
