"""Events of what jobs come from, and of who is told: connectors, batches, webhooks."""

from dataclasses import dataclass

from expunct_server.audit.catalog.base import Event, free_text, listed


@listed
@dataclass(frozen=True, kw_only=True)
class ConnectorCreated(Event):
    """A connector to a bucket or folder was made. Its credentials are never part of the event.

    `credentials` tells what opens the bucket: the name of an entry of the operator's credentials file, `sealed` for a
    secret that was given for this connector, null for an entry that is for the bucket, or a folder. The fields from
    `output_prefix` on may be missing in early events.
    """

    event_type = "connector.created"
    resource_type = "connector"

    provider: str
    bucket: str = free_text()
    prefix: str = free_text()
    schedule_cron: str | None
    policy_id: str | None
    output_prefix: str | None = free_text(default=None)
    endpoint: str | None = None
    region: str | None = free_text(default=None)
    credentials: str | None = None
    active: bool = True


@listed
@dataclass(frozen=True, kw_only=True)
class ConnectorSyncTriggered(Event):
    """Someone started a sync by hand. Scheduled syncs are not this event.

    `job_count` is how many jobs were made before the answer left; a large bucket is listed further afterwards, and
    `connector.sync_completed` has the sum.
    """

    event_type = "connector.sync_triggered"
    resource_type = "connector"

    job_count: int
    sync_id: str


@listed
@dataclass(frozen=True, kw_only=True)
class ConnectorSyncScheduled(Event):
    """A sync was started by the connector's schedule; `due_at` is the time it names.

    `missed` counts the earlier times since the last run for which none was started, as no worker ran then.
    """

    event_type = "connector.sync_scheduled"
    resource_type = "connector"

    sync_id: str
    due_at: str
    missed: int


@listed
@dataclass(frozen=True, kw_only=True)
class ConnectorSyncCompleted(Event):
    """A sync listed all there was, and all jobs it made have ended.

    `seen` counts the objects that were listed, `unchanged` those that were as the last sync had found them, `skipped`
    those that no job can be made of.
    """

    event_type = "connector.sync_completed"
    resource_type = "connector"

    sync_id: str
    trigger: str
    seen: int
    unchanged: int
    skipped: int
    job_count: int
    completed_jobs: int
    failed_jobs: int
    duration_ms: int


@listed
@dataclass(frozen=True, kw_only=True)
class ConnectorSyncFailed(Event):
    """A sync could not list the bucket to its end. The jobs that it made until then go on."""

    event_type = "connector.sync_failed"
    resource_type = "connector"
    outcome = "failure"

    sync_id: str
    trigger: str
    error_code: str
    seen: int
    job_count: int
    duration_ms: int


@listed
@dataclass(frozen=True, kw_only=True)
class ConnectorUpdated(Event):
    """A connector changed. `changed` names the fields; the others say how it is since, as in `connector.created`."""

    event_type = "connector.updated"
    resource_type = "connector"

    provider: str
    bucket: str = free_text()
    prefix: str = free_text()
    schedule_cron: str | None
    policy_id: str | None
    output_prefix: str | None = free_text(default=None)
    endpoint: str | None = None
    region: str | None = free_text(default=None)
    credentials: str | None = None
    active: bool = True
    changed: list[str]


@listed
@dataclass(frozen=True, kw_only=True)
class ConnectorDeleted(Event):
    """A connector was closed and its sealed credentials destroyed. The jobs that it made stay."""

    event_type = "connector.deleted"
    resource_type = "connector"

    provider: str
    bucket: str = free_text()
    prefix: str = free_text()


@listed
@dataclass(frozen=True, kw_only=True)
class ConnectorTested(Event):
    """Someone had a connector tried: the server lists, reads, and writes and removes a small object of its own.

    Recorded before the first of these; what came of them is in the answer.
    """

    event_type = "connector.tested"
    resource_type = "connector"
    changes = False

    provider: str
    bucket: str = free_text()


@listed
@dataclass(frozen=True, kw_only=True)
class BatchCreated(Event):
    """Several documents were accepted as one batch. Recorded with its jobs, each of which has its own job.created."""

    event_type = "batch.created"
    resource_type = "batch"

    job_count: int
    policy_id: str | None
    policy_version: int | None


@listed
@dataclass(frozen=True, kw_only=True)
class BatchCompleted(Event):
    """All jobs of a batch have ended, well or not. Recorded once."""

    event_type = "batch.completed"
    resource_type = "batch"

    job_count: int
    completed_jobs: int
    failed_jobs: int
    duration_ms: int


@listed
@dataclass(frozen=True, kw_only=True)
class WebhookCreated(Event):
    """An endpoint was named that events are delivered to. Of its address the host alone is told."""

    event_type = "webhook.created"
    resource_type = "webhook"

    host: str = free_text()
    event_types: list[str]


@listed
@dataclass(frozen=True, kw_only=True)
class WebhookUpdated(Event):
    """An endpoint changed, was switched on or off by someone, or got a new secret. `changed` names the fields."""

    event_type = "webhook.updated"
    resource_type = "webhook"

    host: str = free_text()
    event_types: list[str]
    active: bool
    changed: list[str]


@listed
@dataclass(frozen=True, kw_only=True)
class WebhookDeleted(Event):
    """An endpoint was closed and its secret destroyed; nothing is delivered to it any more."""

    event_type = "webhook.deleted"
    resource_type = "webhook"

    host: str = free_text()


@listed
@dataclass(frozen=True, kw_only=True)
class WebhookDisabled(Event):
    """The server stopped delivering to an endpoint: it failed for too long, or said that it is gone."""

    event_type = "webhook.disabled"
    resource_type = "webhook"
    outcome = "failure"

    host: str = free_text()
    reason: str
    failing_since: str
    attempts: int


@listed
@dataclass(frozen=True, kw_only=True)
class WebhookRedelivered(Event):
    """Someone asked that an event be delivered to an endpoint once more."""

    event_type = "webhook.redelivered"
    resource_type = "webhook"
    changes = False

    host: str = free_text()
    event_id: str
