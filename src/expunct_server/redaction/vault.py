"""What is kept of a value that a made-up one replaced, so that it can be undone: sealed, and found by a fingerprint."""

from dataclasses import dataclass, field

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.operators import NotAPseudonym, fingerprint, rendering_expression, seal, unseal
from expunct_server.redaction.plan import Plan

DIGEST_BYTES = 16
"""How many bytes at the beginning of `sealed` tell its value from all others that share the pseudonym."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One replacement. `sealed` holds the value, bound to the entity type and the pseudonym's fingerprint: `opened`."""

    entity_type: str
    fingerprint: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


def entry(finding: Finding, plan: Plan) -> Entry | None:
    """What to keep of a finding; None where nothing was made up, or what stands there holds the value itself."""
    if not plan.is_realistic(finding.entity_type) or _is_token(finding.replacement, plan):
        return None
    return sealed_for(finding.replacement, finding.entity_type, finding.text, plan.key)


def sealed_for(pseudonym: str, entity_type: str, value: str, key: bytes) -> Entry:
    """What is kept of a value that the pseudonym replaced."""
    found = fingerprint(pseudonym, key)
    return Entry(entity_type, found, seal(entity_type, value, key, found))


def opened(kept: Entry, digest: bytes, key: bytes) -> str:
    """The value. Raises NotAPseudonym where the parts were not kept together, whoever put them there."""
    if kept.sealed[:DIGEST_BYTES] != digest:
        raise NotAPseudonym
    return unseal(kept.entity_type, kept.sealed, key, kept.fingerprint)


def _is_token(replacement: str, plan: Plan) -> bool:
    return rendering_expression(plan.custom.types).fullmatch(replacement) is not None
