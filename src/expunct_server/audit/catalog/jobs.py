"""Events of jobs and of text that is redacted at once."""

from dataclasses import dataclass, field

from expunct_server.audit.catalog.base import Counts, Event, free_text, listed


@listed
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


@listed
@dataclass(frozen=True, kw_only=True)
class JobCompleted(Event):
    """A job's status became completed. Recorded with its findings; `created_at` equals the job's `completed_at`.

    `entity_count` is the number of findings and equals the job's `findings_count`. `duration_ms` runs from creation to
    completion. The hashes are SHA-256 in hexadecimal: of the input and the output bytes, and of the policy version's
    canonical document. `engine` and `models` say what found it. `llm_model` and `llm_host` are the language model that
    text was sent to, and where it is; null where none was. This is what a receipt states.
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
    llm_model: str | None = None
    llm_host: str | None = None


@listed
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


@listed
@dataclass(frozen=True, kw_only=True)
class JobCancelled(Event):
    """Someone asked that a job be stopped. Recorded before the job.failed (error_code `cancelled`) that ends it."""

    event_type = "job.cancelled"
    resource_type = "job"

    input_uri: str = free_text()
    was: str


@listed
@dataclass(frozen=True, kw_only=True)
class JobDownloaded(Event):
    """A job's result was handed out, or a picture of one page of it. Recorded before the first byte leaves."""

    event_type = "job.downloaded"
    resource_type = "job"
    changes = False

    output_sha256: str
    size_bytes: int
    page: int | None = None


@listed
@dataclass(frozen=True, kw_only=True)
class JobReportViewed(Event):
    """A job's report was handed out. Recorded before the answer leaves."""

    event_type = "job.report_viewed"
    resource_type = "job"
    changes = False


@listed
@dataclass(frozen=True, kw_only=True)
class JobPurged(Event):
    """Values that a job kept were destroyed by an erasure; with its metadata went its findings and its result."""

    event_type = "job.purged"
    resource_type = "job"

    parts: list[str]
    erasure_id: str


@listed
@dataclass(frozen=True, kw_only=True)
class JobOutputStarted(Event):
    """A job's result is about to be written outside of this server, to its `output_uri`. Recorded before the write.

    One of `job.output_written` and `job.output_unresolved` follows.
    """

    event_type = "job.output_started"
    resource_type = "job"
    changes = False

    output_uri: str = free_text()
    output_sha256: str
    size_bytes: int


@listed
@dataclass(frozen=True, kw_only=True)
class JobOutputWritten(Event):
    """A job's result stands at its `output_uri`; `started` is the event of the write's start.

    Recorded with the job's completion; alone where the job was ended by someone while the write was under way.
    """

    event_type = "job.output_written"
    resource_type = "job"
    changes = False

    started: str
    output_uri: str = free_text()
    output_sha256: str


@listed
@dataclass(frozen=True, kw_only=True)
class JobOutputUnresolved(Event):
    """Whether a write that was started has reached `output_uri` is not known: what wrote failed or died there.

    `started` is the event of the write's start. Recorded by the next attempt at the job, or by a sweep.
    """

    event_type = "job.output_unresolved"
    resource_type = "job"
    outcome = "failure"
    changes = False

    started: str
    output_uri: str = free_text()


@listed
@dataclass(frozen=True, kw_only=True)
class RedactionPerformed(Event):
    """Text was redacted synchronously. Neither the text nor a hash of it is kept.

    `llm_model` and `llm_host` are the language model that it was sent to, and where it is; null where none was.
    """

    event_type = "redaction.performed"
    resource_type = "redaction"

    policy_id: str | None
    policy_version: int | None
    language: str
    overrides: list[str]
    entity_count: int
    entity_counts: Counts
    characters: int
    llm_model: str | None = None
    llm_host: str | None = None
