"""From what a policy says, and what a request asks for on top of it, to what the engine does."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from expunct_server.errors import FieldError, Invalid
from expunct_server.policies.document import (
    PROFILE,
    THRESHOLD,
    THRESHOLDS,
    Document,
    KnownThresholds,
    Method,
    Profile,
    Share,
    TypeNames,
    is_language,
    known_fields,
    thresholds_of,
)
from expunct_server.redaction import profiles
from expunct_server.redaction.custom import compile_allowed, compile_custom
from expunct_server.redaction.engine import Plan
from expunct_server.redaction.entities import resolve_types, types_of_categories
from expunct_server.redaction.llm import Llm
from expunct_server.redaction.operators import OPERATORS
from expunct_server.tenants import sealing

_UNSAID = Document(name="(none)", redaction_method="mask")  # what holds where neither policy nor request says anything
# Settings for pictures and video, which the published client's RedactConfig holds and text has no use for.
FOR_PICTURES = frozenset({"sample_fps", "blur_kernel_size", "padding"})


class Overrides(BaseModel):
    """What one request may ask for itself. Where a policy is in force, the event names each field that was set."""

    model_config = ConfigDict(extra="ignore")

    pii_types: TypeNames | None = Field(
        None, description="Entity types to look for; the policy's when left out, else PII, PCI and PHI."
    )
    redaction_method: Method | None = Field(
        None, description=f"{', '.join(OPERATORS)}; the policy's when left out, else mask."
    )
    detection_profile: Profile | None = Field(None, description=f"{PROFILE} The policy's when left out.")
    confidence_threshold: Share | None = Field(None, description=f"{THRESHOLD} Goes before the policy's.")
    confidence_thresholds: KnownThresholds | None = Field(
        None, description=f"{THRESHOLDS} Each goes before the policy's for that type."
    )
    preserve_labels: bool | None = Field(
        None, description="Whether what stands in a finding's place names its type; the policy's when left out."
    )

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, value: Any) -> Any:
        return known_fields(value, {*cls.model_fields, *FOR_PICTURES}, place="config")

    def said(self) -> dict[str, Any]:
        """The fields that were set, with their values."""
        return self.model_dump(exclude_none=True)


def language_of(document: Document | None, asked: str | None) -> str:
    """The language in force: the one asked for, else the policy's, else English. Raises `Invalid` for no language."""
    if asked is None:
        return document.language if document else "en"
    if not is_language(asked):
        raise Invalid(
            "language must be a language tag such as en or pt-BR.",
            errors=(FieldError("language", "has the wrong form"),),
        )
    return asked


def plan(
    document: Document | None,
    overrides: Overrides,
    *,
    language: str,
    tenant_id: str,
    salt: bytes | None,
    master: bytes,
    models: tuple[str, ...],
    llm: Llm | None = None,
) -> Plan:
    """The engine's instructions. `salt` is the policy's own: with another one, hashes and pseudonyms are others.

    `models` are those that the deployment's settings name.
    """
    before = document or _UNSAID
    said = before.model_copy(update=overrides.said())
    profile = profiles.of(said.detection_profile)
    custom = compile_custom(said.custom_patterns, said.custom_phrases, said.deny_list, checked=True)
    names = said.pii_types
    types = _types_of(said.pii_categories) if names is None else resolve_types(names, custom.types)
    return Plan(
        entity_types=types,
        threshold=said.least,
        thresholds=_thresholds(before, said),
        language=language,
        method="pseudonymize" if said.redaction_mode != "redact" else said.redaction_method,
        category_methods=said.category_actions or {},
        preserve_labels=said.preserve_labels,
        custom=custom,
        allowed=compile_allowed(said.allow_list, custom, checked=True),
        profile=said.detection_profile,
        use_model=profile.use_model,
        models=models,
        key=operator_key(master, tenant_id, salt),
        llm=llm,
    )


def _thresholds(before: Document, said: Document) -> dict[str, float]:
    """What counts for single types: what the request says, else the policy, else the profile.

    A threshold for all types that somebody set goes before what a profile says of single ones.
    """
    by_profile = profiles.of(said.detection_profile).thresholds if said.confidence_threshold is None else {}
    return {
        **by_profile,
        **thresholds_of(before.confidence_thresholds or {}),
        **thresholds_of(said.confidence_thresholds or {}),
    }


def operator_key(master: bytes, tenant_id: str, salt: bytes | None) -> bytes:
    """The key of hashes and pseudonyms: a tenant's own, and another for each salt."""
    return sealing.derive(master, f"operators:{tenant_id}", salt=salt)


def _types_of(categories: Sequence[str]) -> frozenset[str]:
    """Types of the categories. Clients know PII, PCI and PHI alone; secrets come with PII, or they would stay."""
    return types_of_categories([*categories, "SECRET"] if "PII" in categories else categories)
