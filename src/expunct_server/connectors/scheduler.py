"""What workers do for connectors, every second: start what is due, list, and close what has ended.

Any number of workers may do it at once: each change is made in a unit of work that holds its row and looks again. Only
listing waits for storage servers, in threads of its own: one that hangs holds up no schedule, no end of a run and
nothing that other tenants list.
"""

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, select

from expunct_server import ids
from expunct_server.audit.catalog import ConnectorSyncScheduled
from expunct_server.audit.recorder import system_actor, writing
from expunct_server.buckets.reaching import Reach
from expunct_server.connectors import cron, runs, sync
from expunct_server.connectors.models import Connector, ConnectorSync
from expunct_server.db.session import Database
from expunct_server.errors import described
from expunct_server.jobs.models import Job
from expunct_server.jobs.queue import Queue
from expunct_server.settings import Settings
from expunct_server.tenants import sealing
from expunct_server.tenants.threads import Threads

_log = logging.getLogger(__name__)
THREADS, THREADS_OF_TENANT = 12, 3  # for runs that are listed side by side
_MOST = 100  # connectors or runs that are looked at in one round, each tenant's in turn


def _in_turn(tenant_id: Any, since: Any) -> tuple[ColumnElement[int], Any]:
    """An order: the first of each tenant, then the second of each, and so on."""
    return func.row_number().over(partition_by=tenant_id, order_by=since), since


def start_due(database: Database) -> int:
    """Start a run of each connector that is due. How many."""
    moment = ids.now()
    due = select(Connector.id, Connector.tenant_id).where(Connector.next_run_at <= moment)
    with database.reading() as session:
        found = session.execute(due.order_by(*_in_turn(Connector.tenant_id, Connector.next_run_at)).limit(_MOST)).all()
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


class Lister:
    """Lists runs further, of one process: some side by side, and of these no more than a few of a tenant's."""

    def __init__(self, settings: Settings, database: Database, queue: Queue, reach: Reach, worker_id: str) -> None:
        self._means = sync.Means(settings, database, queue, reach, sealing.master_key(settings))
        self._worker_id = worker_id
        self._threads = Threads("syncs", THREADS, THREADS_OF_TENANT)

    def step(self) -> int:
        """Begin a turn of the runs that are due, as far as there are threads for them; how many. It does not wait."""
        found = _due(self._means, self._threads.running())
        begin, turn = self._threads.begin, partial(sync.advance, self._means, worker_id=self._worker_id)
        # What a turn raises, such as a database that is away: the lease ends, and someone goes on.
        return sum(begin(row.id, row.tenant_id, partial(turn, row.id)) for row in found)

    def settle(self) -> None:
        """Wait until the turns that were begun have ended."""
        self._threads.settle()

    def close(self, seconds: float) -> bool:
        """Begin nothing more, and wait so long for the turns that run. Whether they have ended: else a server hangs."""
        return self._threads.close(seconds)


def _due(means: sync.Means, running: set[str]) -> Sequence[Row[str, str]]:
    """Runs with something to list that nobody lists, and whose jobs have left room. `sync.advance` looks once more."""
    moment = ids.now()
    waiting = select(func.count()).where(
        Job.tenant_id == ConnectorSync.tenant_id, Job.connector_id == ConnectorSync.connector_id, Job.outcome.is_(None)
    )
    moved, again = ConnectorSync.updated_at, ConnectorSync.next_attempt_at
    due = select(ConnectorSync.id, ConnectorSync.tenant_id).where(
        ConnectorSync.outcome.is_(None),
        ConnectorSync.listed_at.is_(None),
        ConnectorSync.id.not_in(running),
        again <= moment,
        ConnectorSync.lease_until.is_(None) | (ConnectorSync.lease_until <= moment),
        2 * waiting.scalar_subquery() < means.settings.sync_queued_jobs,
    )
    since = case((again > moved, again), else_=moved)  # who failed goes behind those that waited meanwhile
    with means.database.reading() as session:
        return session.execute(due.order_by(*_in_turn(ConnectorSync.tenant_id, since)).limit(_MOST)).all()


def finish(database: Database) -> int:
    """End the runs that have listed everything and whose jobs have all ended. How many."""
    listed = select(ConnectorSync).where(ConnectorSync.outcome.is_(None), ConnectorSync.listed_at.is_not(None))
    with database.reading() as session:
        found: Sequence[ConnectorSync] = session.scalars(listed.order_by(ConnectorSync.updated_at)).all()
        done = [each for each in found if not runs.has_unfinished(session, each.id)]
    ended = 0
    for each in done:
        try:
            with writing(database, runs.actor(each), runs.origin(each)) as unit:
                ended += runs.complete(unit, each.connector_id, each.id)
        except Exception as error:
            _log.error("sync %s could not be ended: %s", each.id, described(error))
    return ended
