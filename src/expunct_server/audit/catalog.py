"""The catalog: one frozen dataclass per event type.

The docstring is the type's documentation, the fields are its metadata; the JSON Schema, the reference page and the
checks derive from them. There is no free-form metadata. A field is text, a whole number, a boolean, a list of texts, or
counts by entity type; a field marked `free_text` comes from a caller and goes through the detector before it is kept.

MUST: no detected value, submitted text, salt, key or extracted field is ever a field of an event.
"""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, Literal

Outcome = Literal["success", "failure", "denied"]
Counts = Mapping[str, int]


def free_text(**default: Any) -> Any:
    """A field whose value a caller chose: checked for personal data before it is written."""
    return field(metadata={"free_text": True}, **default)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Base of all event types."""

    event_type: ClassVar[str]
    resource_type: ClassVar[str]
    outcome: ClassVar[Outcome] = "success"
    changes: ClassVar[bool] = True  # False: it tells of a look or a refusal, and permits no change (db.guard.LOOKS)
    schema_version: ClassVar[int] = 1


CATALOG: dict[str, type[Event]] = {}


def _listed(cls: type[Event]) -> type[Event]:
    if cls.event_type in CATALOG:
        raise ValueError(f"{cls.event_type} is in the catalog twice")
    CATALOG[cls.event_type] = cls
    return cls


# --- jobs ---------------------------------------------------------------------------------------------------------


@_listed
@dataclass(frozen=True, kw_only=True)
class JobCreated(Event):
    """A job was accepted: an upload, a URI, a member of a batch or a connector's file. Recorded with the job's row.

    `overrides` names the settings that the request itself set, on top of or instead of the policy's.
    """

    event_type = "job.created"
    resource_type = "job"

    input_uri: str = free_text()
    output_uri: str | None = free_text(default=None)
    source: str
    policy_id: str | None
    policy_version: int | None
    language: str
    overrides: list[str] = field(default_factory=list)
    batch_id: str | None = None
    connector_id: str | None = None


@_listed
@dataclass(frozen=True, kw_only=True)
class JobCompleted(Event):
    """A job's status became completed. Recorded with its findings; `created_at` equals the job's `completed_at`.

    `entity_count` is the number of findings and equals the job's `findings_count`. `duration_ms` runs from creation to
    completion. The hashes are SHA-256 in hexadecimal: of the input and the output bytes, and of the policy version's
    canonical document. `engine` and `models` say what found it. This is what a receipt states.
    """

    event_type = "job.completed"
    resource_type = "job"
    schema_version = 2

    input_uri: str = free_text()
    output_uri: str | None = free_text()
    entity_count: int
    entity_counts: Counts
    duration_ms: int
    input_sha256: str
    output_sha256: str
    policy_id: str | None
    policy_version: int | None
    policy_sha256: str | None
    engine: str
    models: list[str]
    submitted_at: str


@_listed
@dataclass(frozen=True, kw_only=True)
class JobFailed(Event):
    """A job ended without a result: its retries were used up, or it cannot succeed. Recorded once."""

    event_type = "job.failed"
    resource_type = "job"
    outcome = "failure"

    input_uri: str = free_text()
    error_code: str
    retry_count: int
    duration_ms: int


@_listed
@dataclass(frozen=True, kw_only=True)
class JobCancelled(Event):
    """Someone asked that a job be stopped. Recorded before the job.failed (error_code `cancelled`) that ends it."""

    event_type = "job.cancelled"
    resource_type = "job"

    input_uri: str = free_text()
    was: str


@_listed
@dataclass(frozen=True, kw_only=True)
class JobDownloaded(Event):
    """A job's result was handed out. Recorded before the first byte leaves."""

    event_type = "job.downloaded"
    resource_type = "job"
    changes = False

    output_sha256: str
    size_bytes: int


@_listed
@dataclass(frozen=True, kw_only=True)
class JobReportViewed(Event):
    """A job's report was handed out. Recorded before the answer leaves."""

    event_type = "job.report_viewed"
    resource_type = "job"
    changes = False


@_listed
@dataclass(frozen=True, kw_only=True)
class JobPurged(Event):
    """Values that a job kept were destroyed by an erasure; with its metadata went its findings and its result."""

    event_type = "job.purged"
    resource_type = "job"

    parts: list[str]
    erasure_id: str


@_listed
@dataclass(frozen=True, kw_only=True)
class RedactionPerformed(Event):
    """Text was redacted synchronously. Neither the text nor a hash of it is kept."""

    event_type = "redaction.performed"
    resource_type = "redaction"

    policy_id: str | None
    policy_version: int | None
    language: str
    overrides: list[str]
    entity_count: int
    entity_counts: Counts
    characters: int


# --- policies -----------------------------------------------------------------------------------------------------


@_listed
@dataclass(frozen=True, kw_only=True)
class PolicyCreated(Event):
    """A policy was made; its first version is 1."""

    event_type = "policy.created"
    resource_type = "policy"

    name: str = free_text()
    version: int


@_listed
@dataclass(frozen=True, kw_only=True)
class PolicyUpdated(Event):
    """A policy changed: a new immutable version. `changed` names the fields, never their values."""

    event_type = "policy.updated"
    resource_type = "policy"

    name: str = free_text()
    from_version: int
    version: int
    changed: list[str]


@_listed
@dataclass(frozen=True, kw_only=True)
class PolicyDeleted(Event):
    """A policy was closed to new jobs. Its versions stay, for the jobs that ran under them."""

    event_type = "policy.deleted"
    resource_type = "policy"

    name: str = free_text()
    version: int


# --- connectors ---------------------------------------------------------------------------------------------------


@_listed
@dataclass(frozen=True, kw_only=True)
class ConnectorCreated(Event):
    """A connector to a bucket or folder was made. Its credentials are never part of the event."""

    event_type = "connector.created"
    resource_type = "connector"

    provider: str
    bucket: str = free_text()
    prefix: str = free_text()
    schedule_cron: str | None
    policy_id: str | None


@_listed
@dataclass(frozen=True, kw_only=True)
class ConnectorSyncTriggered(Event):
    """Someone started a sync by hand. Scheduled syncs are not this event."""

    event_type = "connector.sync_triggered"
    resource_type = "connector"

    job_count: int


# --- access -------------------------------------------------------------------------------------------------------


@_listed
@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(Event):
    """An API key was issued. `masked_key` shows prefix, first and last three characters."""

    event_type = "api_key.created"
    resource_type = "api_key"

    name: str = free_text()
    masked_key: str
    scopes: list[str]
    expires_at: str | None = None
    networks: list[str] = field(default_factory=list)


@_listed
@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(Event):
    """An API key was revoked; from this commit on no process accepts it."""

    event_type = "api_key.revoked"
    resource_type = "api_key"

    name: str = free_text()
    masked_key: str
    scopes: list[str]


@_listed
@dataclass(frozen=True, kw_only=True)
class TenantCreated(Event):
    """A tenant was made."""

    event_type = "tenant.created"
    resource_type = "tenant"

    name: str = free_text()
    plan: str


@_listed
@dataclass(frozen=True, kw_only=True)
class TenantUpdated(Event):
    """A tenant's plan changed."""

    event_type = "tenant.updated"
    resource_type = "tenant"

    from_plan: str
    plan: str


@_listed
@dataclass(frozen=True, kw_only=True)
class AuthFailed(Event):
    """Requests came without a key that counts (401). Equal refusals within a window are one event with their `count`.

    What was presented is never kept. A key that is unknown belongs to no tenant: the event goes to tenant `system`.
    """

    event_type = "auth.failed"
    resource_type = "api_key"
    outcome = "denied"
    changes = False

    reason: str
    method: str
    route: str
    count: int


@_listed
@dataclass(frozen=True, kw_only=True)
class AuthDenied(Event):
    """A valid key asked for what it may not do (403). Equal refusals within a window are one event with a `count`."""

    event_type = "auth.denied"
    resource_type = "api_key"
    outcome = "denied"
    changes = False

    reason: str
    method: str
    route: str
    count: int


# --- the log itself -------------------------------------------------------------------------------------------------


@_listed
@dataclass(frozen=True, kw_only=True)
class AuditErased(Event):
    """Values of events were destroyed: what the events' leaves commit to can no longer be shown.

    `parts` are any of actor, client (address and user agent) and metadata; `selected_by` names the criteria, never
    their values. The events stay, their leaves stay, every proof stays valid.
    """

    event_type = "audit.erased"
    resource_type = "audit"

    parts: list[str]
    selected_by: list[str]
    event_count: int
    job_count: int
    reason: str = free_text()


@_listed
@dataclass(frozen=True, kw_only=True)
class AuditExported(Event):
    """The tenant's log left the building as an auditor's bundle of its first `size` entries."""

    event_type = "audit.exported"
    resource_type = "audit"
    changes = False

    format: str
    size: int


@_listed
@dataclass(frozen=True, kw_only=True)
class AuditKeyRotated(Event):
    """The key that signs checkpoints was replaced; the old one stays published and verifies what it signed."""

    event_type = "audit.key_rotated"
    resource_type = "audit"

    key_id: str
    previous_key_id: str


@_listed
@dataclass(frozen=True, kw_only=True)
class AuditRebuilt(Event):
    """An operator vouched for the database: the published files of all logs were made anew from it.

    `without_checkpoint` counts the logs whose last checkpoint was gone, so that nothing here says how far they were
    signed: compare with checkpoints that others kept.
    """

    event_type = "audit.rebuilt"
    resource_type = "audit"

    logs: int
    without_checkpoint: int


# --- derived ------------------------------------------------------------------------------------------------------

_JSON_TYPES: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    str | None: {"type": ["string", "null"]},
    int: {"type": "integer"},
    int | None: {"type": ["integer", "null"]},
    bool: {"type": "boolean"},
    list[str]: {"type": "array", "items": {"type": "string"}},
    Counts: {"type": "object", "additionalProperties": {"type": "integer", "minimum": 0}},
}


def free_text_fields(cls: type[Event]) -> frozenset[str]:
    """Names of the fields whose values a caller chose."""
    return frozenset(each.name for each in fields(cls) if each.metadata.get("free_text"))


def json_schema(cls: type[Event]) -> dict[str, Any]:
    """JSON Schema (2020-12) of the metadata of one event type."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:expunct-server:event:{cls.event_type}:{cls.schema_version}",
        "title": cls.event_type,
        "description": cls.__doc__,
        "type": "object",
        "properties": {each.name: _JSON_TYPES[each.type] for each in fields(cls)},
        "required": sorted(
            each.name for each in fields(cls) if each.default is MISSING and each.default_factory is MISSING
        ),
        "additionalProperties": False,
    }


def documentation() -> Iterator[str]:
    """The reference page of all event types, in Markdown, line by line."""
    yield "# Audit events\n"
    yield "Made from the catalog in the source; `python -m expunct_server.audit.catalog` prints it anew.\n"
    for cls in CATALOG.values():
        yield f"## {cls.event_type}\n"
        yield "\n".join(line.strip() for line in (cls.__doc__ or "").splitlines()).strip() + "\n"
        yield f"Resource: `{cls.resource_type}`. Outcome: `{cls.outcome}`. Schema version: {cls.schema_version}.\n"
        if fields(cls):
            yield "| Metadata | Type |\n|---|---|"
            for name, schema in json_schema(cls)["properties"].items():
                kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
                note = " (checked for personal data)" if name in free_text_fields(cls) else ""
                yield f"| `{name}` | {' or '.join(kinds)}{note} |"
            yield ""


if __name__ == "__main__":
    import sys

    sys.stdout.write("\n".join(documentation()) + "\n")
