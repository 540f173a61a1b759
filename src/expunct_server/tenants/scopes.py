"""What a key may do."""

from collections.abc import Iterable

from expunct_server.errors import FieldError, Invalid

OPERATOR = "tenants:any"
ERASE = "audit:erase"
REVEAL = "pseudonyms:reveal"
SCOPES: dict[str, str] = {
    "redact": "redact text and submit files",
    "jobs": "see jobs, fetch results and reports, cancel",
    "policies": "see and change policies",
    "connectors": "see and change connectors, start syncs",
    "reviews": "see and decide reviews",
    "documents": "parse and extract documents",
    "webhooks": "see webhooks, switch them on and off, delete them; with audit:read make them and say what goes where",
    "audit:read": "read the audit trail",
    ERASE: "destroy values of audit events and of the jobs they tell of, and what pseudonyms stand for; never part of "
    "all scopes",
    REVEAL: "see the values behind pseudonyms; never part of all scopes",
    "api_keys": "issue, list and revoke keys, never with more scopes than the key itself has",
    OPERATOR: "act for any tenant; for operators",
}
TENANT_SCOPES: frozenset[str] = frozenset(SCOPES) - {OPERATOR, ERASE, REVEAL}  # what "all scopes" means


def checked(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes, all known and at least one. Raises `Invalid`."""
    found = frozenset(scopes)
    if not found:
        raise Invalid("A key needs at least one scope.", errors=(FieldError("scopes", "must not be empty"),))
    if found - SCOPES.keys():
        allowed = ", ".join(SCOPES)
        raise Invalid(
            f"A scope is not known. The scopes are: {allowed}.",
            errors=(FieldError("scopes", "holds an unknown scope"),),
        )
    return found
