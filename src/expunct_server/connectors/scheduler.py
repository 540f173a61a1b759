"""What workers do for connectors, every second: start what is due, list, and close what has ended.

Any number of workers may do it at once: each change is made in a unit of work that holds its row and looks again.
"""

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from expunct_server import ids
from expunct_server.audit.catalog import ConnectorSyncScheduled
from expunct_server.audit.recorder import system_actor, writing
from expunct_server.buckets.reaching import Reach
from expunct_server.connectors import cron, runs, sync
from expunct_server.connectors.models import Connector, ConnectorSync
from expunct_server.db.session import Database
from expunct_server.errors import described
from expunct_server.jobs.queue import Queue
from expunct_server.settings import Settings
from expunct_server.tenants import sealing

_log = logging.getLogger(__name__)
_LANES = 4  # runs that are listed side by side: a storage server that hangs does not hold up the others
_MOST = 100  # connectors or runs that are looked at in one round


def step(settings: Settings, database: Database, queue: Queue, reach: Reach, worker_id: str) -> int:
    """One round. How many runs were started, listed further or ended."""
    return start_due(database) + _advance(settings, database, queue, reach, worker_id) + finish(database)


def start_due(database: Database) -> int:
    """Start a run of each connector that is due. How many."""
    moment = ids.now()
    due = select(Connector.id, Connector.tenant_id).where(Connector.next_run_at <= moment)
    with database.reading() as session:
        found = session.execute(due.order_by(Connector.next_run_at).limit(_MOST)).all()
    started = 0
    for row in found:
        try:
            started += _start(database, row.id, row.tenant_id)
        except Exception as error:  # one connector's trouble is no other's
            _log.error("connector %s could not be started: %s", row.id, described(error))
    return started


def _start(database: Database, connector_id: str, tenant_id: str) -> bool:
    """Start the run that is due, unless one still runs: then this time is passed over. `next_run_at` moves on."""
    with writing(database, system_actor("scheduler", tenant_id)) as unit:
        query = select(Connector).where(Connector.id == connector_id)
        connector = unit.session.scalar(query.with_for_update(key_share=True))
        moment = ids.now()
        if connector is None or connector.next_run_at is None or connector.next_run_at > moment:
            return False  # another worker was first, or it was changed
        line, zone = connector.schedule_cron or "", connector.schedule_timezone
        first, connector.next_run_at = connector.next_run_at, cron.next_after(line, zone, moment)
        if runs.find_open(unit.session, connector_id) is not None:
            return False
        due = cron.due(line, zone, first, moment)
        sync_id = ids.new("syn")
        event = unit.record(
            ConnectorSyncScheduled(sync_id=sync_id, due_at=ids.iso(due.at), missed=due.missed),
            resource_id=connector_id,
        )
        runs.make(unit, event, connector, sync_id, "schedule")
    return True


def _advance(settings: Settings, database: Database, queue: Queue, reach: Reach, worker_id: str) -> int:
    moment = ids.now()
    due = select(ConnectorSync.id).where(
        ConnectorSync.outcome.is_(None),
        ConnectorSync.listed_at.is_(None),
        ConnectorSync.next_attempt_at <= moment,
        ConnectorSync.lease_until.is_(None) | (ConnectorSync.lease_until <= moment),
    )
    with database.reading() as session:
        found = session.scalars(due.order_by(ConnectorSync.updated_at).limit(_MOST)).all()
    if not found:
        return 0
    means = sync.Means(settings, database, queue, reach, sealing.master_key(settings))
    with ThreadPoolExecutor(_LANES, "sync") as lanes:
        return sum(made > 0 for made in lanes.map(lambda each: _listed(means, each, worker_id), found))


def _listed(means: sync.Means, sync_id: str, worker_id: str) -> int:
    try:
        return sync.advance(means, sync_id, worker_id)
    except Exception as error:  # the database is away for a moment: the lease ends, and someone goes on
        _log.warning("sync %s: %s", sync_id, described(error))
        return 0


def finish(database: Database) -> int:
    """End the runs that have listed everything and whose jobs have all ended. How many."""
    listed = select(ConnectorSync).where(ConnectorSync.outcome.is_(None), ConnectorSync.listed_at.is_not(None))
    with database.reading() as session:
        found: Sequence[ConnectorSync] = session.scalars(listed.order_by(ConnectorSync.updated_at)).all()
        done = [each for each in found if not runs.has_unfinished(session, each.id)]
    ended = 0
    for each in done:
        with writing(database, runs.actor(each), runs.origin(each)) as unit:
            ended += runs.complete(unit, each.connector_id, each.id)
    return ended
