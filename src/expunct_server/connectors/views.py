"""Wire shapes of connectors, their syncs and tests. None has a place for a secret."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.connectors import runs, trying
from expunct_server.connectors.document import Document
from expunct_server.connectors.models import ConnectorSync
from expunct_server.connectors.service import Found

_TRIGGER = "`manual`, or `schedule` for one that the connector's schedule started."
_STATUS = (
    "`listing` while more may be listed, `processing` while jobs have not ended, then `completed`, or `failed` when it "
    "was not listed to its end: it could not be, was cancelled, or its connector was switched off or deleted."
)
_WHY = "Why it failed; null unless it did."


class SyncSummary(BaseModel):
    """The latest sync of a connector."""

    id: str = Field(description="Of the sync.")
    trigger: str = Field(description=_TRIGGER)
    status: str = Field(description=_STATUS)
    job_count: int = Field(description="How many jobs it made.")
    started_at: str = Field(description="When it was started.")
    ended_at: str | None = Field(description="When it completed or failed; null before.")
    error_code: str | None = Field(description=_WHY)


class ConnectorView(Document):
    """A connector. Of its secret it says only whether there is one."""

    id: str = Field(description="Of the connector.")
    tenant_id: str = Field(description="Whose connector it is.")
    has_secret: bool = Field(description="Whether it has credentials of its own, kept sealed.")
    last_sync_at: str | None = Field(description="When a sync of it last completed.")
    next_run_at: str | None = Field(description="When its schedule starts the next sync; null without, or while off.")
    last_sync: SyncSummary | None = Field(description="Its latest sync, however it stands; null before the first.")
    created_at: str = Field(description="When it was made.")
    updated_at: str = Field(description="When one of its settings last changed.")


class SyncView(BaseModel):
    """One run of a connector. Times are ISO 8601 in UTC, with six digits of the second's fraction."""

    id: str = Field(description="Of the sync; its jobs are those of `GET /jobs?sync_id=`.")
    connector_id: str = Field(description="The connector that is synced.")
    tenant_id: str = Field(description="Whose connector it is.")
    trigger: str = Field(description=_TRIGGER)
    status: str = Field(description=_STATUS)
    seen: int = Field(description="Objects that were listed: `unchanged`, `skipped` or `job_count`.")
    unchanged: int = Field(description="Objects that are as their last job left them, or whose job has not ended.")
    skipped: int = Field(description="Objects that no job can or should be made of, such as results.")
    job_count: int = Field(description="Jobs that were made, one an object.")
    completed_jobs: int = Field(description="How many of them have completed.")
    failed_jobs: int = Field(description="How many of them ended without a result.")
    progress_pct: int | None = Field(
        description="The share of its objects that are done with, 100 when it has completed. While it is `listing`, "
        "how many there will be is taken from the connector's last completed sync: an estimate, and null without one."
    )
    started_at: str = Field(description="When it was started.")
    updated_at: str = Field(description="When it was last listed further, or ended.")
    ended_at: str | None = Field(description="When it completed or failed; null before.")
    error_code: str | None = Field(description=_WHY)
    error_message: str | None = Field(description=_WHY)
    last_error_code: str | None = Field(
        description="Why the last attempt to list further failed, for a reason that may pass; null once one does not."
    )
    last_error_message: str | None = Field(description="The same as a sentence.")
    attempts: int = Field(description="How many attempts to list further failed one after another; some do not count.")
    next_attempt_at: str | None = Field(description="When it is tried again after that; null when nothing failed.")


class CheckView(BaseModel):
    """One check of a test."""

    check: str = Field(description="What was tried: `reach`, `list`, `read`, `write` or `remove`.")
    ok: bool = Field(description="Whether it works.")
    code: str | None = Field(description="What is missing, or why it was not tried; null when there is nothing to say.")
    detail: str | None = Field(description="The same as a sentence.")


class TestView(BaseModel):
    """What came of a test."""

    connector_id: str = Field(description="The connector that was tried.")
    ok: bool = Field(description="Whether a sync finds all it needs.")
    checks: list[CheckView] = Field(description="All five, in the order in which they were tried.")


def connectors(session: Session, found: Sequence[Found]) -> list[dict[str, Any]]:
    """The wire shapes of connectors."""
    latest = runs.latest(session, [each.connector.id for each in found])
    return [_connector(each, latest.get(each.connector.id)) for each in found]


def _connector(found: Found, last: ConnectorSync | None) -> dict[str, Any]:
    connector = found.connector
    return found.document.model_dump() | {
        "id": connector.id,
        "tenant_id": connector.tenant_id,
        "has_secret": found.bucket.sealed_secret is not None,
        "last_sync_at": ids.iso_or_none(connector.last_sync_at),
        "next_run_at": ids.iso_or_none(connector.next_run_at),
        "last_sync": None if last is None else _summary(last),
        "created_at": ids.iso(connector.created_at),
        "updated_at": ids.iso(connector.updated_at),
    }


def _summary(sync: ConnectorSync) -> dict[str, Any]:
    return {
        "id": sync.id,
        "trigger": sync.trigger,
        "status": runs.status(sync),
        "job_count": sync.made,
        "started_at": ids.iso(sync.created_at),
        "ended_at": ids.iso_or_none(sync.ended_at),
        "error_code": sync.error_code,
    }


def syncs(session: Session, found: Sequence[ConnectorSync]) -> list[dict[str, Any]]:
    """The wire shapes of runs."""
    jobs = runs.jobs(session, [each.id for each in found])
    return [_sync(each, jobs[each.id]) for each in found]


def _sync(sync: ConnectorSync, jobs: runs.Jobs) -> dict[str, Any]:
    return {
        "id": sync.id,
        "connector_id": sync.connector_id,
        "tenant_id": sync.tenant_id,
        "trigger": sync.trigger,
        "status": runs.status(sync),
        "seen": sync.seen,
        "unchanged": sync.unchanged,
        "skipped": sync.skipped,
        "job_count": sync.made,
        "completed_jobs": jobs.completed,
        "failed_jobs": jobs.failed,
        "progress_pct": runs.progress(sync, jobs.unfinished),
        "started_at": ids.iso(sync.created_at),
        "updated_at": ids.iso(sync.updated_at),
        "ended_at": ids.iso_or_none(sync.ended_at),
        "error_code": sync.error_code,
        "error_message": sync.error_message,
        "last_error_code": sync.trouble_code,
        "last_error_message": sync.trouble_message,
        "attempts": 0 if sync.outcome else sync.attempts,
        "next_attempt_at": None if sync.trouble_code is None else ids.iso(sync.next_attempt_at),
    }


def test(connector_id: str, checks: Iterable[trying.Check]) -> dict[str, Any]:
    """The wire shape of a test."""
    shown = [asdict(each) for each in checks]
    return {"connector_id": connector_id, "ok": all(each["ok"] for each in shown), "checks": shown}
