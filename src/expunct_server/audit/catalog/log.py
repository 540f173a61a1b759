"""Events of the log itself."""

from dataclasses import dataclass

from expunct_server.audit.catalog.base import Event, free_text, listed


@listed
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


@listed
@dataclass(frozen=True, kw_only=True)
class AuditExported(Event):
    """The tenant's log left the building as an auditor's bundle of its first `size` entries."""

    event_type = "audit.exported"
    resource_type = "audit"
    changes = False

    format: str
    size: int


@listed
@dataclass(frozen=True, kw_only=True)
class AuditKeyRotated(Event):
    """The key that signs checkpoints was replaced; the old one stays published and verifies what it signed."""

    event_type = "audit.key_rotated"
    resource_type = "audit"

    key_id: str
    previous_key_id: str


@listed
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
