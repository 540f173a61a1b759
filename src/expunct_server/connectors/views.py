"""Wire shapes of connectors, their syncs and tests. None has a place for a secret."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.connectors import runs, trying
from expunct_server.connectors.document import Document
from expunct_server.connectors.models import ConnectorSync
from expunct_server.connectors.service import Found


class SyncSummary(BaseModel):
    """The latest sync of a connector."""

    id: str
    trigger: str
    status: str
    job_count: int
    started_at: str
    ended_at: str | None
    error_code: str | None


class ConnectorView(Document):
    """A connector. Of its secret it says only whether there is one."""

    id: str
    tenant_id: str
    has_secret: bool
    last_sync_at: str | None
    next_run_at: str | None
    last_sync: SyncSummary | None
    created_at: str
    updated_at: str


class SyncView(BaseModel):
    """One run of a connector: `listing`, `processing`, `completed` or `failed`.

    `seen` objects were listed: `unchanged` since the last sync, `skipped` as no job can or should be made of them, or
    `job_count`. `progress_pct` is the share of its jobs that have ended, null while more may be listed.
    """

    id: str
    connector_id: str
    tenant_id: str
    trigger: str
    status: str
    seen: int
    unchanged: int
    skipped: int
    job_count: int
    completed_jobs: int
    failed_jobs: int
    progress_pct: int | None
    started_at: str
    updated_at: str
    ended_at: str | None
    error_code: str | None
    error_message: str | None


class CheckView(BaseModel):
    """One check of a test: `reach`, `list`, `read`, `write` or `remove`."""

    check: str
    ok: bool
    code: str | None
    detail: str | None


class TestView(BaseModel):
    """What came of a test: `ok` when a sync finds all it needs."""

    connector_id: str
    ok: bool
    checks: list[CheckView]


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
        "progress_pct": _progress(sync, jobs),
        "started_at": ids.iso(sync.created_at),
        "updated_at": ids.iso(sync.updated_at),
        "ended_at": ids.iso_or_none(sync.ended_at),
        "error_code": sync.error_code,
        "error_message": sync.error_message,
    }


def _progress(sync: ConnectorSync, jobs: runs.Jobs) -> int | None:
    if sync.listed_at is None:
        return None
    return 100 if not sync.made else 100 * (jobs.completed + jobs.failed) // sync.made


def test(connector_id: str, checks: Iterable[trying.Check]) -> dict[str, Any]:
    """The wire shape of a test."""
    shown = [asdict(each) for each in checks]
    return {"connector_id": connector_id, "ok": all(each["ok"] for each in shown), "checks": shown}
