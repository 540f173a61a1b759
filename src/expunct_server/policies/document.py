"""What a policy says: its fields, their bounds, and the canonical form that is stored and hashed.

A setting that this version cannot carry out is refused, not stored and ignored: a policy is a promise. Fields that
documents of older versions do not have are read with their defaults.
"""

import json
import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from expunct_server.audit.codec import canonical
from expunct_server.errors import FieldError, Invalid
from expunct_server.redaction import profiles
from expunct_server.redaction.custom import InvalidPattern, UnknownKey, compile_allowed, compile_custom
from expunct_server.redaction.entities import CATEGORIES, UnknownTypes, resolve_types
from expunct_server.redaction.operators import OPERATORS
from expunct_server.settings import MODEL

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
# Language, script, region and nothing else: events show it, and no number can hide in it.
_LANGUAGE = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Za-z]{2}|[0-9]{3}))?$"
Language = Annotated[str, Field(pattern=_LANGUAGE)]
Profile = Literal["balanced", "strict", "fast"]
Thresholds = dict[str, Share]
Rule = dict[str, str | bool | int | float | None]  # a custom pattern, phrase or entry of a list: a flat object
MAX_BYTES = 768 * 1024  # of a canonical document
READ_ONLY = frozenset({"id", "tenant_id", "version", "created_at", "updated_at"})  # sent back as they were answered
_MAX_FIELDS_NAMED = 20
_OLD_THRESHOLD = 0.5
_DECIMAL = "$decimal"  # how a float is written in canonical JSON, whose profile has none


PROFILE = "balanced; strict finds more, and more that is none; fast looks by patterns alone."
THRESHOLD = "What a finding's score must reach, 0 to 1; what the detection profile says unless set."
THRESHOLDS = "The same for single entity types."
_LISTED = "Texts, or objects with text, match (exact, folded, fuzzy), max_distance and entity_type."
ALLOW = f"Values to let stand where a finding is just that. {_LISTED} Exact unless told; of any type unless told."
DENY = f"Texts to find always, whole words. {_LISTED} Folded unless told; of type CUSTOM unless told."


def known_types(names: list[str]) -> list[str]:
    """The names, if all are entity types. Raises ValueError, naming what is unknown where that can be said."""
    try:
        resolve_types(names)
    except UnknownTypes as error:
        # Long enough for every type there is, too short for a key that someone put in the wrong field.
        shown = [name for name in error.names if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", name)]
        named = ": " + ", ".join(sorted(shown)) if shown else ""
        raise ValueError(f"holds an unknown entity type{named}") from None
    return names


def thresholds_of(said: Mapping[str, float]) -> dict[str, float]:
    """Each entity type with its threshold. Raises ValueError for what is no type, and for a type named twice."""
    known_types([*said])
    found: dict[str, float] = {}
    for name, least in said.items():
        types = resolve_types([name])
        if len(types) > 1:
            raise ValueError("holds all, which is no entity type; set confidence_threshold instead")
        if types & found.keys():
            raise ValueError(f"holds a threshold for {', '.join(types)} twice, once under another name")
        found |= dict.fromkeys(types, least)
    return found


def known_method(method: str) -> str:
    """The method, if there is such an operator. Raises ValueError."""
    if method not in OPERATORS:
        raise ValueError("must be one of " + ", ".join(sorted(OPERATORS)))
    return method


def _one_threshold_each(said: dict[str, float]) -> dict[str, float]:
    thresholds_of(said)
    return said


# What policies and requests on top of them say alike, checked alike.
TypeNames = Annotated[list[str], Field(max_length=200), AfterValidator(known_types)]
KnownThresholds = Annotated[Thresholds, Field(max_length=200), AfterValidator(_one_threshold_each)]
Method = Annotated[str, AfterValidator(known_method)]


class Document(BaseModel):
    """All settings of a policy but its salt. Unknown fields are refused: a misspelt one would be a broken promise."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=2000)
    is_default: bool = False
    language: Language = "en"
    languages: list[Language] = Field(["en"], min_length=1, max_length=20)
    pii_categories: list[Literal["PII", "PCI", "PHI", "SECRET"]] = ["PII", "PCI", "PHI"]
    pii_types: TypeNames | None = None
    redaction_method: Method = "black_box"
    redaction_mode: Literal["redact", "pseudonymize", "pseudonymization"] = "redact"
    detection_profile: Profile = Field(profiles.BALANCED, description=PROFILE)
    confidence_threshold: Share | None = Field(None, description=THRESHOLD)
    confidence_thresholds: KnownThresholds | None = Field(None, description=THRESHOLDS)
    preserve_labels: bool = True
    hitl_enabled: bool = False
    hitl_threshold: Share = 0.7
    hitl_entity_types: TypeNames | None = None
    pseudonymization_provider: str = "built_in"
    pseudonymization_endpoint: str | None = Field(None, max_length=2000)
    llm_detection_enabled: bool = False
    llm_endpoint: str | None = Field(None, max_length=2000)
    llm_model: str | None = Field(None, pattern=rf"^{MODEL}$")
    custom_patterns: list[Rule] | None = Field(None, max_length=100)
    custom_phrases: list[Rule] | None = Field(None, max_length=100)
    allow_list: list[str | Rule] | None = Field(None, max_length=1000, description=ALLOW)
    deny_list: list[str | Rule] | None = Field(None, max_length=1000, description=DENY)
    category_actions: dict[str, str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, value: Any) -> Any:
        return known_fields(value, {*cls.model_fields, *READ_ONLY})

    @field_validator("name")
    @classmethod
    def _printable(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must hold printable characters only")
        return value

    @field_validator("category_actions")
    @classmethod
    def _known_actions(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        for name, method in (value or {}).items():
            if name not in CATEGORIES:
                known_types([name])
            known_method(method)
        return value

    @field_validator("hitl_enabled")
    @classmethod
    def _not_yet(cls, value: bool) -> bool:
        if value:
            raise ValueError("is not available in this version of the server; leave it false")
        return value

    @field_validator("pseudonymization_provider")
    @classmethod
    def _built_in(cls, value: str) -> str:
        if value != "built_in":
            raise ValueError("must be built_in in this version of the server")
        return value

    @model_validator(mode="after")
    def _patterns_compile(self) -> "Document":
        try:
            custom = compile_custom(self.custom_patterns, self.custom_phrases, self.deny_list)
            compile_allowed(self.allow_list, custom)
        except InvalidPattern as error:
            code = "unknown_field" if isinstance(error, UnknownKey) else None
            place = FieldError(f"{error.field}.{error.index}", error.reason.rstrip("."))
            raise Invalid(str(error), code=code, errors=(place,)) from None
        return self

    @property
    def least(self) -> float:
        """The score that counts where no type has its own: what was set, else the profile's."""
        said = self.confidence_threshold
        return profiles.of(self.detection_profile).threshold if said is None else said

    def canonical(self) -> bytes:
        """Canonical JSON (audit.codec), the bytes a receipt's policy hash is taken over. Raises `NotCanonical`."""
        return canonical(_without_floats(self.model_dump(mode="json")))

    @classmethod
    def read(cls, text: str) -> "Document":
        """The document that `canonical` wrote. It was checked when it was written and is not checked again."""
        stored = _with_floats(json.loads(text))
        if "detection_profile" not in stored and stored.get("confidence_threshold") == _OLD_THRESHOLD:
            stored["confidence_threshold"] = None  # which versions without profiles could not tell from what was set
        return cls.model_construct(**stored)


def known_fields(value: Any, known: Collection[str], place: str = "") -> Any:
    """`value` as it is. Raises `Invalid` when it is an object with other fields than the known, at `place` in a body.

    Only what looks like a field's name is repeated: a caller may have put anything there.
    """
    unknown = [name for name in value if name not in known] if isinstance(value, dict) else []
    if not unknown:
        return value
    shown = [name for name in unknown if isinstance(name, str) and re.fullmatch(r"[a-z_]{1,40}", name)]
    dotted = [f"{place}.{name}" if place else name for name in shown[:_MAX_FIELDS_NAMED]]
    if dotted:
        raise Invalid(
            f"{dotted[0]} is not a known field; leave it out or correct its name.",
            code="unknown_field",
            errors=tuple(FieldError(name, "is not a known field") for name in dotted),
        )
    raise Invalid(
        f"There is a field{f' in {place}' if place else ''} that is not known; leave it out or correct its name.",
        code="unknown_field",
        errors=(FieldError(place or "body", "holds a field that is not known"),),
    )


def is_language(tag: str) -> bool:
    """Whether it has the form of `Language`."""
    return re.fullmatch(_LANGUAGE.strip("^$"), tag, re.ASCII) is not None


def _without_floats(value: Any) -> Any:
    if isinstance(value, float):
        return {_DECIMAL: repr(value)}
    if isinstance(value, dict):
        return {key: _without_floats(item) for key, item in value.items()}
    return [_without_floats(item) for item in value] if isinstance(value, list) else value


def _with_floats(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {_DECIMAL}:
            return float(value[_DECIMAL])
        return {key: _with_floats(item) for key, item in value.items()}
    return [_with_floats(item) for item in value] if isinstance(value, list) else value
