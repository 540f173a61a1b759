"""Plans and made-up texts for the tests of redaction."""

import io
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from expunct_server.redaction.custom import NOTHING
from expunct_server.redaction.engine import Plan
from expunct_server.redaction.entities import resolve_types
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.formats import Summary, redact_file, sniff
from expunct_server.redaction.formats.isolated.limits import DEFAULT, Limits

KEY = bytes(range(32))
ALL = resolve_types(["all"])

few = settings(max_examples=40, deadline=None, derandomize=True)

# Made up; each is found by a pattern wherever it stands alone.
DATA = (
    "jane.doe@example.com", "4111 1111 1111 1111", "219-09-9998", "+1 212-555-2368", "DE89370400440532013000",
    "192.0.2.17", "https://example.com/a?b=c", "2024-02-29", "12 Main Street, Springfield, IL 62704", "2001:db8::1",
    "CVV: 123", "pk_live_" + "a1b2" * 8, "password=hunter2!", "AB1234563",
)  # fmt: skip
NOISE = (
    "e\u0301", "\U0001f600", "\u05e9\u05dc\u05d5\u05dd", "\r\n", "\t", "plain words", "a", "1", ".", ", ", "-", "@",
    "<", ">", "<PERSON>", "SSN", "card", "phone", " ", " ", "\n\n", "\u00a0", "\ud800", "0123456789", '"', "'", "x=1;",
)  # fmt: skip

texts = st.lists(st.sampled_from(DATA + NOISE) | st.text(max_size=4), max_size=14).map("".join)
sentences = st.lists(st.sampled_from(DATA + NOISE), max_size=14).map(" ".join)


def plan(**changes: Any) -> Plan:
    """A plan for all types that masks and, unless told, leaves the model out."""
    values: dict[str, Any] = {
        "entity_types": ALL,
        "threshold": 0.5,
        "language": "en",
        "method": "mask",
        "category_methods": {},
        "preserve_labels": True,
        "custom": NOTHING,
        "key": KEY,
        "use_model": False,
    }
    return Plan(**(values | changes))


def redacted_file(
    content: bytes, name: str | None = None, password: str | None = None, *, limits: Limits = DEFAULT, **changes: Any
) -> tuple[bytes, list[Finding], Summary]:
    """What comes out of a file, what was found in it, and the summary."""
    target = io.BytesIO()
    findings: list[Finding] = []
    kind = sniff(content, name, len(content))
    wanted = plan(**changes)
    source = io.BytesIO(content)
    more: dict[str, Any] = {"password": password, "limits": limits}
    summary = redact_file(source, target, kind, wanted, findings.append, lambda _: None, **more)
    return target.getvalue(), findings, summary
