"""Synchronous redaction of a text: answered at once, recorded before the answer leaves, and nothing of it kept."""

from typing import Any

from pydantic import BaseModel, Field, model_validator
from starlette.responses import Response

from expunct_server import ids
from expunct_server.audit.catalog import RedactionPerformed
from expunct_server.errors import Invalid, Unavailable
from expunct_server.policies import asking
from expunct_server.policies import service as policies
from expunct_server.policies.document import (
    PROFILE,
    THRESHOLD,
    THRESHOLDS,
    Language,
    Profile,
    Share,
    Thresholds,
    known_fields,
)
from expunct_server.policies.plans import FOR_PICTURES, Overrides, language_of, plan
from expunct_server.pseudonyms import service as pseudonyms
from expunct_server.redaction.engine import Plan, Redacted
from expunct_server.redaction.pool import TextBusy, TextFailed, TextPool, TextStopped
from expunct_server.redaction.vault import entry
from expunct_server.tenants import sealing
from expunct_server.tenants.auth import Caller
from expunct_server.web import bodies
from expunct_server.web.answers import answer

LANGUAGE = "A language tag; the policy's language when left out, else en."
POLICY = "The policy to redact under; the tenant's default when left out, none where it has no default."
CONFIG = "What this request sets itself, in place of what the policy says."
METADATA = "An object of your own, at most 16 KiB of JSON; the job shows it again."


class NewText(BaseModel):
    """A text to redact."""

    text: str = Field(min_length=1)
    pii_types: list[str] | None = Field(None, description="Entity types to look for; the policy's when left out.")
    confidence_threshold: Share | None = Field(None, description=f"{THRESHOLD} Goes before the policy's.")
    detection_profile: Profile | None = Field(None, description=f"{PROFILE} The policy's when left out.")
    confidence_thresholds: Thresholds | None = Field(None, max_length=200, description=THRESHOLDS)
    redaction_method: str | None = None
    language: Language | None = Field(None, description=LANGUAGE)
    policy_id: bodies.Id | None = None
    tenant_id: bodies.Id | None = None

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, value: Any) -> Any:
        return known_fields(value, {*cls.model_fields, *FOR_PICTURES})


class TextFindingView(BaseModel):
    """What was found; `text[start:end] == original`, in code points."""

    entity_type: str
    start: int
    end: int
    score: float
    original: str
    redacted: str
    recognizer: str
    check: str | None


class RedactedView(BaseModel):
    """The redacted text. `id` is the resource that the audit event redaction.performed names."""

    id: str
    redacted_text: str
    findings: list[TextFindingView]
    entity_count: int
    policy_id: str | None
    policy_version: int | None
    notes: list[str]


def redact(caller: Caller, new: NewText, pool: TextPool) -> Response:
    """Redact the text under the policy that is in force. Raises `NotFound`, `Invalid`, `Unavailable`."""
    overrides = _overrides(new)
    master = sealing.master_key(caller.settings)
    with caller.reading() as session:
        found = policies.in_force(session, caller.tenant_id, new.policy_id or None)
    document = found.document if found else None
    wanted = plan(
        document,
        overrides,
        language=language_of(document, new.language),
        tenant_id=caller.tenant_id,
        salt=policies.open_salt(found, master) if found else None,
        master=master,
        models=caller.settings.detection_models,
        llm=asking.llm_of(document, caller.settings),
    )
    redacted = _redacted(pool, new.text, wanted, caller.tenant_id)
    redaction_id = ids.new("red")
    counts: dict[str, int] = {}
    for finding in redacted.findings:
        counts[finding.entity_type] = counts.get(finding.entity_type, 0) + 1
    policy_id, version = (found.policy.id, found.version.version) if found else (None, None)
    kept = [each for finding in redacted.findings if (each := entry(finding, wanted))]
    with caller.writing() as unit:
        pseudonyms.keep(unit, kept)
        unit.record(
            RedactionPerformed(
                policy_id=policy_id,
                policy_version=version,
                language=wanted.language,
                overrides=sorted(overrides.said()),
                entity_count=len(redacted.findings),
                entity_counts=counts,
                characters=len(new.text),
                llm_model=redacted.llm.model if redacted.llm else None,
                llm_host=redacted.llm.host if redacted.llm else None,
            ),
            resource_id=redaction_id,
        )
    return answer(_view(redaction_id, redacted) | {"policy_id": policy_id, "policy_version": version})


def _overrides(new: NewText) -> Overrides:
    return bodies.validated(Overrides, new.model_dump(include=set(Overrides.model_fields)))


def _redacted(pool: TextPool, text: str, wanted: Plan, tenant_id: str) -> Redacted:
    try:
        return pool.redact(text, wanted, tenant_id)
    except TextBusy:
        raise Unavailable(
            "Too many texts are waiting to be redacted. Try again in a few seconds, or send it as a file.",
            code="redaction_busy",
        ) from None
    except TextFailed as error:
        if error.passing:
            raise Unavailable(error.detail, code=error.code) from None
        raise Invalid(error.detail, code=error.code) from None
    except TextStopped:
        raise Unavailable(
            "Redacting this text took too long or its process stopped. Try again, or send it as a file.",
            code="redaction_stopped",
        ) from None


def _view(redaction_id: str, redacted: Redacted) -> dict[str, Any]:
    findings = [
        {
            "entity_type": each.entity_type,
            "start": each.start,
            "end": each.end,
            "score": round(each.score, 4),
            "original": each.text,
            "redacted": each.replacement,
            "recognizer": each.recognizer,
            "check": each.check,
        }
        for each in redacted.findings
    ]
    return {
        "id": redaction_id,
        "redacted_text": redacted.text,
        "findings": findings,
        "entity_count": len(findings),
        "notes": list(redacted.notes),
    }
