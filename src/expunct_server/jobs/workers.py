"""Which workers live: heartbeats, and what is said of them."""

from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from expunct_server import __version__, ids
from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database
from expunct_server.jobs.attempt import WORKER
from expunct_server.jobs.models import Job, WorkerProcess

KEPT_SECONDS = 24 * 3600  # how long a worker that ended stays listed


def beat(database: Database, worker_id: str) -> None:
    """Say that this worker lives."""
    insert = sqlite.insert if database.dialect == "sqlite" else postgresql.insert
    moment = ids.now()
    row = insert(WorkerProcess).values(id=worker_id, version=__version__, started_at=moment, heartbeat_at=moment)
    alive = {"heartbeat_at": moment, "version": __version__, "stopped_at": None}
    with writing(database, WORKER) as unit:
        unit.session.execute(row.on_conflict_do_update(index_elements=["id"], set_=alive))


def stopped(database: Database, worker_id: str) -> None:
    """Say that this worker has ended in order and holds no job."""
    with writing(database, WORKER) as unit:
        unit.session.execute(update(WorkerProcess).where(WorkerProcess.id == worker_id).values(stopped_at=ids.now()))


def dead(session: Session, lost_seconds: int) -> list[str]:
    """Workers that neither ended in order nor were heard of for `lost_seconds`."""
    query = select(WorkerProcess.id).where(
        WorkerProcess.stopped_at.is_(None), WorkerProcess.heartbeat_at < ids.now() - lost_seconds * ids.SECOND
    )
    return list(session.scalars(query))


def gone(session: Session) -> list[str]:
    """Workers that ended, in order or not, within the last day.

    They should hold nothing. But one that came back to life after it was taken for dead may have died again before its
    next heartbeat, and one that ended in order may have found no database to give its jobs back to.
    """
    query = select(WorkerProcess.id).where(
        WorkerProcess.stopped_at.is_not(None), WorkerProcess.heartbeat_at > ids.now() - KEPT_SECONDS * ids.SECOND
    )
    return list(session.scalars(query))


def alive(session: Session, lost_seconds: int) -> int:
    """How many workers live."""
    query = select(func.count()).select_from(WorkerProcess).where(*_alive(lost_seconds))
    return session.scalar(query) or 0


def leads(session: Session, worker_id: str, lost_seconds: int) -> bool:
    """Whether this worker is the first of those that live: what one of them is enough for is its to do."""
    return session.scalar(select(func.min(WorkerProcess.id)).where(*_alive(lost_seconds))) == worker_id


def _alive(lost_seconds: int) -> Any:
    return (
        WorkerProcess.stopped_at.is_(None),
        WorkerProcess.heartbeat_at >= ids.now() - lost_seconds * ids.SECOND,
    )


def describe(session: Session, lost_seconds: int) -> list[dict[str, Any]]:
    """The workers that live, for the health page."""
    rows = session.scalars(select(WorkerProcess).where(*_alive(lost_seconds)).order_by(WorkerProcess.id))
    return [
        {
            "id": row.id,
            "version": row.version,
            "started_at": ids.iso(row.started_at),
            "heartbeat_at": ids.iso(row.heartbeat_at),
        }
        for row in rows
    ]


def backlog(session: Session) -> dict[str, int]:
    """How many jobs wait and run, in all tenants."""
    query = select(func.count(), func.count(Job.started_at)).select_from(Job).where(Job.outcome.is_(None))
    unfinished, started = session.execute(query).one()
    return {"queued": unfinished - started, "processing": started}
