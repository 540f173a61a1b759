"""Runs of connectors: how one begins, how it stands, and its one end, which is an event and a row's last change.

A connector has at most one run that has not ended: a unique index says so, whoever starts one.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from expunct_server import ids
from expunct_server.audit.catalog import ConnectorSyncCompleted, ConnectorSyncFailed
from expunct_server.audit.recorder import Actor, Origin, Recorded, Unit, system_actor, writing
from expunct_server.connectors.models import Connector, ConnectorSync
from expunct_server.db.session import Database
from expunct_server.errors import Conflict, NotFound
from expunct_server.jobs.models import Job

_SCHEDULER = system_actor("scheduler")
_ALREADY = "The connector is being synced already; see its syncs, or cancel that one."


@dataclass(frozen=True, slots=True)
class Jobs:
    """How the jobs of a run stand."""

    completed: int = 0
    failed: int = 0
    unfinished: int = 0


def holder(worker_id: str) -> str:
    """What the leases of a worker begin with; the end of its name has its folder and slot."""
    return f"{worker_id[-20:]}."


def release(database: Database, worker_ids: Collection[str]) -> None:
    """End the leases of workers that are dead, so that others go on at once. A process that lives must not be named."""
    open_ones = update(ConnectorSync).where(ConnectorSync.outcome.is_(None))
    with writing(database, _SCHEDULER) as unit:
        for each in worker_ids:
            held = ConnectorSync.lease.startswith(holder(each), autoescape=True)
            unit.session.execute(open_ones.where(held).values(lease=None, lease_until=None))


def make(unit: Unit, event: Recorded, connector: Connector, sync_id: str, trigger: str) -> ConnectorSync:
    """A run in the name of the unit's actor. Raises `Conflict`, code `sync_running`, while another has not ended."""
    sync = ConnectorSync(
        id=sync_id,
        connector_id=connector.id,
        tenant_id=connector.tenant_id,
        trigger=trigger,
        actor=unit.actor.label,
        actor_id=unit.actor.id,
        request_id=unit.origin.request_id,
        ip_address=unit.origin.ip_address,
        user_agent=unit.origin.user_agent,
        seen=0,
        unchanged=0,
        skipped=0,
        made=0,
        expected=_seen_last(unit.session, connector.id),
        progress_pct=0,
        created_at=event.created_at,
        updated_at=event.created_at,
        attempts=0,
        next_attempt_at=event.created_at,
        audit_event_id=event.id,
    )
    unit.session.add(sync)
    with _one_at_a_time():
        unit.session.flush()
    return sync


def _seen_last(session: Session, connector_id: str) -> int | None:
    """How many objects the connector's last completed run saw."""
    query = select(ConnectorSync.seen).where(ConnectorSync.connector_id == connector_id)
    query = query.where(ConnectorSync.outcome == "completed").order_by(ConnectorSync.created_at.desc())
    return session.scalar(query.limit(1))


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if "uq_connector_sync_open" not in str(error.orig) and "connector_sync.connector_id" not in str(error.orig):
            raise
        raise Conflict(_ALREADY, code="sync_running") from None


def require_none_open(session: Session, connector_id: str) -> None:
    """Raise `Conflict`, code `sync_running`, while a run has not ended. The index decides; this spares the work."""
    if find_open(session, connector_id) is not None:
        raise Conflict(_ALREADY, code="sync_running")


def open_events(session: Session, tenant_id: str) -> Sequence[str]:
    """The events by which the tenant's runs began that have not ended: their rows repeat who did it, and from where."""
    query = select(ConnectorSync.audit_event_id)
    return session.scalars(query.where(ConnectorSync.tenant_id == tenant_id, ConnectorSync.outcome.is_(None))).all()


def actor(sync: ConnectorSync) -> Actor:
    """In whose name the run's jobs are made. It must not have ended."""
    return Actor(sync.actor_id or "", sync.actor or "", sync.tenant_id)


def origin(sync: ConnectorSync) -> Origin:
    """The request that started the run."""
    return Origin(sync.request_id, sync.ip_address, sync.user_agent)


def end_open(unit: Unit, connector_id: str, code: str, message: str) -> ConnectorSync | None:
    """End the connector's run as failed, in the unit's name, if it has one that has not ended."""
    sync = find_open(unit.session, connector_id, lock=True)
    if sync is not None:
        fail(unit, sync, code, message)
    return sync


def fail(unit: Unit, sync: ConnectorSync, code: str, message: str) -> None:
    """End a run, which the caller holds locked, before its end. Jobs that it made go on."""
    moment = ids.now()
    event = unit.record(
        ConnectorSyncFailed(
            sync_id=sync.id,
            trigger=sync.trigger,
            error_code=code,
            seen=sync.seen,
            job_count=sync.made,
            duration_ms=max(0, moment - sync.created_at) // 1000,
        ),
        resource_id=sync.connector_id,
        at=moment,
    )
    sync.error_code, sync.error_message = code, message[:500]
    _end(unit, sync, "failed", event)


def complete(unit: Unit, connector_id: str, sync_id: str) -> bool:
    """End a run of which all is listed and all jobs have ended. False when someone else has ended it."""
    # The connector first, as whoever changes one does: two that take the same locks in turn never wait for each other.
    held = select(Connector).where(Connector.id == connector_id).with_for_update(key_share=True)
    connector = unit.session.scalars(held).one()
    sync = locked(unit.session, sync_id)
    if sync is None:
        return False
    ended = jobs(unit.session, [sync_id])[sync_id]
    moment = ids.now()
    event = unit.record(
        ConnectorSyncCompleted(
            sync_id=sync.id,
            trigger=sync.trigger,
            seen=sync.seen,
            unchanged=sync.unchanged,
            skipped=sync.skipped,
            job_count=sync.made,
            completed_jobs=ended.completed,
            failed_jobs=ended.failed,
            duration_ms=max(0, moment - sync.created_at) // 1000,
        ),
        resource_id=sync.connector_id,
        at=moment,
    )
    _end(unit, sync, "completed", event)
    connector.last_sync_at = event.created_at
    return True


def _end(unit: Unit, sync: ConnectorSync, outcome: str, event: Recorded) -> None:
    sync.outcome, sync.audit_event_id = outcome, event.id
    sync.ended_at = sync.updated_at = event.created_at
    sync.actor = sync.actor_id = sync.request_id = sync.ip_address = sync.user_agent = None
    sync.cursor = sync.lease = sync.lease_until = sync.trouble_code = sync.trouble_message = None
    unit.session.flush()


def cancel(unit: Unit, connector_id: str, sync_id: str) -> ConnectorSync:
    """End a run that has not ended, in the caller's name. Raises `NotFound`, `Conflict` when it has ended already."""
    sync = get(unit.session, unit.actor.tenant_id, connector_id, sync_id, lock=True)
    if sync.outcome is not None:
        raise Conflict(f"The sync has ended already ({sync.outcome}).", code="already_ended")
    fail(unit, sync, "cancelled", "The sync was cancelled.")
    return sync


def status(sync: ConnectorSync) -> str:
    """`listing`, `processing` once all is listed, or how it ended."""
    return sync.outcome or ("listing" if sync.listed_at is None else "processing")


def progress(sync: ConnectorSync, unfinished: int) -> int | None:
    """The share of the run's objects that are done with, in percent; None where nobody knows how many there are.

    All but the objects of jobs that have not ended are. It never falls, and is 100 when the run has completed alone.
    """
    if sync.outcome == "completed":
        return 100
    if sync.listed_at is None and sync.expected is None:
        return None
    total = sync.seen if sync.listed_at is not None else max(sync.seen, sync.expected or 0)
    done = 99 * (sync.seen - unfinished) // total if total else 0
    return max(sync.progress_pct, done)


def find_open(session: Session, connector_id: str, *, lock: bool = False) -> ConnectorSync | None:
    """The connector's run that has not ended, if there is one."""
    query = select(ConnectorSync).where(ConnectorSync.connector_id == connector_id, ConnectorSync.outcome.is_(None))
    return session.scalar(query.with_for_update() if lock else query)


def locked(session: Session, sync_id: str) -> ConnectorSync | None:
    """The run, held until the unit of work ends; None when it has ended."""
    query = select(ConnectorSync).where(ConnectorSync.id == sync_id, ConnectorSync.outcome.is_(None))
    return session.scalar(query.with_for_update())


def get(session: Session, tenant_id: str, connector_id: str, sync_id: str, *, lock: bool = False) -> ConnectorSync:
    """One run of the tenant's connector. Raises `NotFound`."""
    query = select(ConnectorSync).where(
        ConnectorSync.id == sync_id, ConnectorSync.connector_id == connector_id, ConnectorSync.tenant_id == tenant_id
    )
    sync = session.scalar(query.with_for_update() if lock else query)
    if sync is None:
        raise NotFound("There is no such sync of this connector.")
    return sync


def list_runs(session: Session, connector_id: str, *, limit: int, offset: int) -> Sequence[ConnectorSync]:
    """The connector's runs, newest first."""
    query = select(ConnectorSync).where(ConnectorSync.connector_id == connector_id)
    query = query.order_by(ConnectorSync.created_at.desc(), ConnectorSync.id.desc())
    return session.scalars(query.limit(limit).offset(offset)).all()


def count(session: Session, connector_id: str) -> int:
    """How many runs the connector has had."""
    query = select(func.count()).select_from(ConnectorSync)
    return session.scalar(query.where(ConnectorSync.connector_id == connector_id)) or 0


def latest(session: Session, connector_ids: Collection[str]) -> dict[str, ConnectorSync]:
    """The newest run of each of these connectors that has had one."""
    each = aliased(ConnectorSync)
    newest = select(each.id).where(each.connector_id == Connector.id).order_by(each.created_at.desc(), each.id.desc())
    query = select(ConnectorSync).join(Connector, ConnectorSync.id == newest.limit(1).scalar_subquery())
    return {row.connector_id: row for row in session.scalars(query.where(Connector.id.in_(connector_ids)))}


def standing(session: Session) -> dict[str, int]:
    """How many runs have not ended, of all tenants, and how many of them could not be listed further the last time."""
    failing = func.count().filter(ConnectorSync.trouble_code.is_not(None))
    query = select(func.count(), failing).select_from(ConnectorSync).where(ConnectorSync.outcome.is_(None))
    running, failed = session.execute(query).one()
    return {"running": running, "failing": failed}


def jobs(session: Session, sync_ids: Collection[str]) -> dict[str, Jobs]:
    """How the jobs of each of these runs stand."""
    query = select(Job.sync_id, Job.outcome, func.count()).where(Job.sync_id.in_(sync_ids))
    found: dict[str, dict[str | None, int]] = {each: {} for each in sync_ids}
    for sync_id, outcome, number in session.execute(query.group_by(Job.sync_id, Job.outcome)):
        found[sync_id or ""][outcome] = number
    return {
        sync_id: Jobs(counts.get("completed", 0), counts.get("failed", 0) + counts.get("error", 0), counts.get(None, 0))
        for sync_id, counts in found.items()
    }


def unfinished(session: Session, sync_id: str) -> int:
    """How many jobs of the run have not ended."""
    query = select(func.count()).select_from(Job)
    return session.scalar(query.where(Job.sync_id == sync_id, Job.outcome.is_(None))) or 0


def has_unfinished(session: Session, sync_id: str) -> bool:
    """Whether a job of the run has not ended."""
    return session.scalar(select(Job.id).where(Job.sync_id == sync_id, Job.outcome.is_(None)).limit(1)) is not None
