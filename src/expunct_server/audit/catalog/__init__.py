"""The catalog: one frozen dataclass per event type.

The docstring is the type's documentation, the fields are its metadata; the JSON Schema, the reference page and the
checks derive from them. There is no free-form metadata.

MUST: no detected value, submitted text, salt, key or extracted field is ever a field of an event.
"""

from expunct_server.audit.catalog.access import (
    ApiKeyCreated,
    ApiKeyRevoked,
    AuthDenied,
    AuthFailed,
    PolicyCreated,
    PolicyDeleted,
    PolicyUpdated,
    TenantCreated,
    TenantUpdated,
)
from expunct_server.audit.catalog.base import CATALOG, Counts, Event, Outcome, free_text_fields, json_schema
from expunct_server.audit.catalog.jobs import (
    JobCancelled,
    JobCompleted,
    JobCreated,
    JobDownloaded,
    JobFailed,
    JobOutputStarted,
    JobOutputUnresolved,
    JobOutputWritten,
    JobPurged,
    JobReportViewed,
    RedactionPerformed,
)
from expunct_server.audit.catalog.log import AuditErased, AuditExported, AuditKeyRotated, AuditRebuilt
from expunct_server.audit.catalog.pseudonyms import PseudonymForgotten, PseudonymRevealed, PseudonymRevealRefused
from expunct_server.audit.catalog.sources import (
    BatchCompleted,
    BatchCreated,
    ConnectorCreated,
    ConnectorDeleted,
    ConnectorSyncCompleted,
    ConnectorSyncFailed,
    ConnectorSyncScheduled,
    ConnectorSyncTriggered,
    ConnectorTested,
    ConnectorUpdated,
    WebhookCreated,
    WebhookDeleted,
    WebhookDisabled,
    WebhookRedelivered,
    WebhookUpdated,
)

__all__ = [
    "CATALOG",
    "ApiKeyCreated",
    "ApiKeyRevoked",
    "AuditErased",
    "AuditExported",
    "AuditKeyRotated",
    "AuditRebuilt",
    "AuthDenied",
    "AuthFailed",
    "BatchCompleted",
    "BatchCreated",
    "ConnectorCreated",
    "ConnectorDeleted",
    "ConnectorSyncCompleted",
    "ConnectorSyncFailed",
    "ConnectorSyncScheduled",
    "ConnectorSyncTriggered",
    "ConnectorTested",
    "ConnectorUpdated",
    "Counts",
    "Event",
    "JobCancelled",
    "JobCompleted",
    "JobCreated",
    "JobDownloaded",
    "JobFailed",
    "JobOutputStarted",
    "JobOutputUnresolved",
    "JobOutputWritten",
    "JobPurged",
    "JobReportViewed",
    "Outcome",
    "PolicyCreated",
    "PolicyDeleted",
    "PolicyUpdated",
    "PseudonymForgotten",
    "PseudonymRevealRefused",
    "PseudonymRevealed",
    "RedactionPerformed",
    "TenantCreated",
    "TenantUpdated",
    "WebhookCreated",
    "WebhookDeleted",
    "WebhookDisabled",
    "WebhookRedelivered",
    "WebhookUpdated",
    "free_text_fields",
    "json_schema",
]
