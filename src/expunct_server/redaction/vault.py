"""What is kept of a value that a made-up one replaced, so that it can be undone: sealed, and found by a fingerprint."""

from dataclasses import dataclass, field

from expunct_server.redaction.findings import Finding
from expunct_server.redaction.operators import fingerprint, rendering_expression, seal
from expunct_server.redaction.plan import Plan

DIGEST_BYTES = 16
"""How many bytes at the beginning of `sealed` tell its value from all others."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One replacement: `operators.unseal` opens `sealed`, with the tenant's key and the entity type."""

    entity_type: str
    fingerprint: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


def entry(finding: Finding, plan: Plan) -> Entry | None:
    """What to keep of a finding; None where nothing was made up, or what stands there holds the value itself."""
    if not plan.is_realistic(finding.entity_type) or rendering_expression().fullmatch(finding.replacement):
        return None
    found = fingerprint(finding.replacement, plan.key)
    return Entry(finding.entity_type, found, seal(finding.entity_type, finding.text, plan.key))
