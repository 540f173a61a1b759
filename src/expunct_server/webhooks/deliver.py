"""Sends events to endpoints, several endpoints at a time and each in the order of its tenant's log.

A worker calls `step` every second. It begins what is due and does not wait for it: an endpoint that is slow to answer
holds a thread, and no more than a few threads are any one tenant's.
"""

import logging
import time
from functools import partial

import orjson

from expunct_server import ids
from expunct_server.db.session import Database
from expunct_server.errors import Refusal, described
from expunct_server.outbound.addresses import AddressRefused
from expunct_server.outbound.client import OutboundError, post
from expunct_server.publishing import sequencer
from expunct_server.settings import Settings
from expunct_server.tenants import sealing
from expunct_server.tenants.threads import Threads
from expunct_server.trail.query import Found
from expunct_server.trail.records import full
from expunct_server.webhooks import attempts, following, service, signing
from expunct_server.webhooks.attempts import Answer, Attempt

THREADS, THREADS_OF_TENANT = 12, 4
_TURN_SECONDS = 5.0  # of an endpoint with more events than that, until others have had their turn
_SWEEP_SECONDS = 60.0
_log = logging.getLogger(__name__)


class Deliverer:
    """Of one process: its threads, and what they are at."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings, self._database = settings, database
        self._threads = Threads("webhooks", THREADS, THREADS_OF_TENANT)  # what runs is an endpoint or a redelivery
        self._idle: dict[str, tuple[str, int, int]] = {}  # endpoints that had nothing to get: types, cursor, log's size
        self._swept = time.monotonic() - _SWEEP_SECONDS

    def step(self) -> int:
        """Begin what is due, as far as there are threads for it; says how much that was."""
        if time.monotonic() - self._swept >= _SWEEP_SECONDS:
            self._swept = time.monotonic()
            attempts.sweep(self._database)
        begin = self._threads.begin
        begun = sum(
            begin(each.id, each.tenant_id, partial(self._redeliver, each.id, each.tenant_id))
            for each in attempts.wishes(self._database)
        )
        return begun + sum(begin(name, tenant, partial(self._deliver, name)) for name, tenant in self._due())

    def settle(self) -> None:
        """Wait until all that was begun has ended."""
        self._threads.settle()

    def close(self) -> None:
        """Begin nothing more, and wait for the requests that are under way."""
        self._threads.close()

    def _due(self) -> list[tuple[str, str]]:
        """Endpoints that have something to get, and their tenants."""
        sizes = {each.tenant_id: each.size for each in sequencer.heads(self._database)}
        found, idle = [], {}
        with self._database.snapshot() as fetch:
            for each in attempts.due(self._database):
                state = (each.event_types, each.cursor, sizes.get(each.tenant_id, 0))
                if self._idle.get(each.id) == state:
                    idle[each.id] = state  # the log has not grown since it was looked through
                elif following.next_event(fetch, each.tenant_id, each.event_types, each.cursor) is None:
                    idle[each.id] = state
                else:
                    found.append((each.id, each.tenant_id))
        self._idle = idle
        return found

    def _deliver(self, webhook_id: str) -> None:
        """Events of one endpoint, one after the other, until there are no more or its turn is over."""
        ends = time.monotonic() + _TURN_SECONDS
        goes_on = True
        while goes_on and time.monotonic() < ends and not self._threads.is_closing:
            attempt = attempts.start(self._settings, self._database, webhook_id)
            goes_on = attempt is not None and self._carry_out(attempt)

    def _redeliver(self, delivery_id: str, tenant_id: str) -> None:
        attempt = attempts.start_wish(self._database, delivery_id, tenant_id)
        if attempt is not None:
            self._carry_out(attempt)

    def _carry_out(self, attempt: Attempt) -> bool:
        answer = _sent(self._settings, attempt)
        # If the process dies here the event is sent again: the receiver knows it by its id.
        return attempts.end(self._settings, self._database, attempt, answer)


def message(event: Found) -> bytes:
    """What is sent of an event: all that the trail shows of it now."""
    return orjson.dumps({"type": event.event_type, "timestamp": ids.iso(event.created_at), "data": full(event)})


def _sent(settings: Settings, attempt: Attempt) -> Answer:
    """Send it. Whatever goes wrong is an answer too: the endpoint is tried again later and others go on."""
    try:
        secrets = service.open_secrets(attempt.webhook_id, attempt.sealed_secrets, sealing.master_key(settings))
        body = message(attempt.event)
        headers = signing.headers(secrets, attempt.event.id, ids.now() // ids.SECOND, body)
        headers["content-type"] = "application/json"
        rules = service.rules_of(settings)
        return Answer(post(attempt.url, body, headers, rules=rules, seconds=settings.webhook_seconds))
    except (AddressRefused, OutboundError, Refusal) as error:
        return Answer(error_code=error.code)
    except Exception as error:
        _log.error("an unexpected error while a webhook was sent: %s", described(error))
        return Answer(error_code="internal_error")
