"""The two ends of a delivery, each one unit of work: it was started, it has ended.

Between them a request goes out, and a process can die there: the start then stays without an end, the endpoint's lease
runs out, and the same event is sent again with the same id. So every event arrives at least once, and in order: the
cursor moves past an event in the unit that says it was delivered, and only for the attempt that holds the lease.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Row, delete, exists, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from expunct_server import ids
from expunct_server.audit.catalog import WebhookDisabled
from expunct_server.audit.recorder import Actor, Unit, system_actor, writing
from expunct_server.db.session import Database
from expunct_server.settings import Settings
from expunct_server.trail import query
from expunct_server.trail.query import Found
from expunct_server.webhooks import following
from expunct_server.webhooks.models import Webhook, WebhookDelivery
from expunct_server.webhooks.service import host_of

HOUR: ids.Micros = 60 * ids.MINUTE
# How long the first, second... failure in a row makes an endpoint wait; the last goes for all that follow.
WAITS: tuple[ids.Micros, ...] = (
    5 * ids.SECOND, 5 * ids.MINUTE, 30 * ids.MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
)  # fmt: skip
_JITTER = 0.1  # of the wait, either way: endpoints that failed together are not all tried together
_SPARE: ids.Micros = 30 * ids.SECOND  # what a lease lasts beyond the time that the endpoint has to answer
_GONE = 410
_UNRESOLVED_AFTER: ids.Micros = 5 * ids.MINUTE
_KEPT: ids.Micros = 30 * 24 * HOUR
PURGED_AT_ONCE = 1000  # in one unit of work
WISHES_AT_ONCE = 4  # of an endpoint


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery that was started: what to send where. `is_wish`: someone asked for it, the cursor stays."""

    delivery_id: str
    webhook_id: str
    tenant_id: str
    url: str
    sealed_secrets: tuple[bytes, ...]
    event: Found
    is_wish: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: a status, or why there is none."""

    status_code: int | None = None
    error_code: str | None = None

    @property
    def is_delivered(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


def due(database: Database) -> Sequence[Row[str, str, str, int]]:
    """Endpoints that may be tried now, whoever waits longest first: id, tenant_id, event_types, cursor."""
    moment = ids.now()
    found = select(Webhook.id, Webhook.tenant_id, Webhook.event_types, Webhook.cursor).where(
        Webhook.active, Webhook.deleted_at.is_(None), Webhook.next_attempt_at <= moment, _is_free(moment)
    )
    with database.reading() as session:
        return session.execute(found.order_by(Webhook.next_attempt_at)).all()


def wishes(database: Database, limit: int = 100) -> Sequence[Row[str, str]]:
    """Redeliveries that wait: of each endpoint the oldest few, each endpoint's first before anyone's second.

    Their ids and tenants.
    """
    oldest = (WebhookDelivery.created_at, WebhookDelivery.id)
    turn = func.row_number().over(partition_by=WebhookDelivery.webhook_id, order_by=oldest).label("turn")
    waiting = (
        select(WebhookDelivery.id, WebhookDelivery.tenant_id, WebhookDelivery.created_at, turn)
        .where(WebhookDelivery.outcome.is_(None), WebhookDelivery.started_at.is_(None))
        .subquery()
    )
    few = select(waiting.c.id, waiting.c.tenant_id).where(waiting.c.turn <= WISHES_AT_ONCE)
    with database.reading() as session:
        return session.execute(few.order_by(waiting.c.turn, waiting.c.created_at).limit(limit)).all()


def start(settings: Settings, database: Database, webhook_id: str) -> Attempt | None:
    """Take the endpoint and say that its next event is being sent; None when there is none or another has it."""
    with database.reading() as session:
        seen = session.get_one(Webhook, webhook_id)
    with database.snapshot() as fetch:
        event = following.next_event(fetch, seen.tenant_id, seen.event_types, seen.cursor)
    if event is None:
        return None
    moment = ids.now()
    free = select(Webhook).where(
        Webhook.id == webhook_id, Webhook.active, Webhook.deleted_at.is_(None), Webhook.next_attempt_at <= moment
    )
    with writing(database, _actor(seen.tenant_id)) as unit:
        webhook = unit.session.scalar(free.where(_is_free(moment)).with_for_update())
        if webhook is None or (webhook.cursor, webhook.event_types) != (seen.cursor, seen.event_types):
            return None
        delivery = WebhookDelivery(
            id=ids.new("dlv"),
            webhook_id=webhook.id,
            tenant_id=webhook.tenant_id,
            event_id=event.id,
            event_type=event.event_type,
            attempt=webhook.attempts + 1,
            created_at=moment,
            started_at=moment,
        )
        unit.session.add(delivery)
        webhook.lease, webhook.lease_until = delivery.id, moment + settings.webhook_seconds * ids.SECOND + _SPARE
        webhook.cursor = _index(event)  # nothing before it is wanted
        return _attempt(webhook, delivery, event, moment)


def start_wish(database: Database, delivery_id: str, tenant_id: str) -> Attempt | None:
    """Say that a redelivery is being sent; None when another worker has it, or the endpoint is to get nothing more."""
    with writing(database, _actor(tenant_id)) as unit:
        delivery = unit.session.get_one(WebhookDelivery, delivery_id, with_for_update=True)
        if delivery.started_at is not None or delivery.outcome is not None:
            return None
        webhook = unit.session.get_one(Webhook, delivery.webhook_id)
        event = query.find(following.fetching(unit.session), delivery.event_id, tenant_id)
        delivery.started_at = moment = ids.now()
        if event is None or not webhook.active:
            delivery.ended_at, delivery.outcome, delivery.error_code = moment, "failed", "webhook_inactive"
            return None
        return _attempt(webhook, delivery, event, moment, is_wish=True)


def _attempt(
    webhook: Webhook, delivery: WebhookDelivery, event: Found, moment: ids.Micros, *, is_wish: bool = False
) -> Attempt:
    previous = webhook.sealed_previous_secret if (webhook.previous_until or 0) > moment else None
    sealed = tuple(each for each in (webhook.sealed_secret, previous) if each is not None)
    return Attempt(delivery.id, webhook.id, webhook.tenant_id, webhook.url, sealed, event, is_wish)


def end(settings: Settings, database: Database, attempt: Attempt, answer: Answer) -> bool:
    """Say what came of an attempt, and move the endpoint's cursor or its next try. Whether to go on with it at once.

    An attempt that has lost its lease (the process was asleep, and another sends the same event) moves nothing.
    """
    moment = ids.now()
    with writing(database, _actor(attempt.tenant_id)) as unit:
        # In the order of `start`: the endpoint, then the delivery.
        webhook = unit.session.get_one(Webhook, attempt.webhook_id, with_for_update=True)
        delivery = unit.session.get_one(WebhookDelivery, attempt.delivery_id)
        delivery.ended_at, delivery.outcome = moment, "delivered" if answer.is_delivered else "failed"
        delivery.status_code, delivery.error_code = answer.status_code, answer.error_code
        if attempt.is_wish or webhook.lease != attempt.delivery_id:
            return False
        webhook.lease = webhook.lease_until = None
        if webhook.cursor != _index(attempt.event):  # someone moved it to the end meanwhile
            return True
        if answer.is_delivered:
            webhook.cursor += 1
            webhook.attempts, webhook.failing_since = 0, None
            webhook.last_success_at = webhook.next_attempt_at = moment
        else:
            _failed(settings, unit, webhook, answer, moment)
        return answer.is_delivered


def _failed(settings: Settings, unit: Unit, webhook: Webhook, answer: Answer, moment: ids.Micros) -> None:
    webhook.attempts += 1
    webhook.failing_since = moment if webhook.failing_since is None else webhook.failing_since
    wait = WAITS[min(webhook.attempts, len(WAITS)) - 1]
    webhook.next_attempt_at = moment + int(wait * random.uniform(1 - _JITTER, 1 + _JITTER))
    if answer.status_code == _GONE:
        _disable(unit, webhook, "gone")
    elif moment - webhook.failing_since >= settings.webhook_disable_hours * HOUR:
        _disable(unit, webhook, "failing")


def _disable(unit: Unit, webhook: Webhook, reason: str) -> None:
    if not webhook.active or webhook.failing_since is None:  # someone switched it off while this was under way
        return
    event = unit.record(
        WebhookDisabled(
            host=host_of(webhook.url),
            reason=reason,
            failing_since=ids.iso(webhook.failing_since),
            attempts=webhook.attempts,
        ),
        resource_id=webhook.id,
    )
    webhook.active, webhook.disabled_reason = False, reason
    webhook.updated_at, webhook.audit_event_id = event.created_at, event.id


def sweep(database: Database) -> None:
    """Say of old starts without an end that nobody knows what came of them, and remove what is a month old."""
    moment = ids.now()
    lost = (WebhookDelivery.outcome.is_(None), WebhookDelivery.started_at < moment - _UNRESOLVED_AFTER)
    old = (WebhookDelivery.webhook_id == Webhook.id, WebhookDelivery.created_at < moment - _KEPT)
    with database.reading() as session:  # mostly there is nothing: that is no reason to take SQLite's write lock
        is_lost = session.scalar(select(exists().where(*lost)))
        cluttered = session.scalars(select(Webhook.id).where(exists().where(*old))).all()
    if is_lost:
        with writing(database, system_actor("webhooks")) as unit:
            unit.session.execute(update(WebhookDelivery).where(*lost).values(outcome="unresolved", ended_at=moment))
    for webhook_id in cluttered:
        while _purge(database, webhook_id, moment - _KEPT) == PURGED_AT_ONCE:
            pass


def _purge(database: Database, webhook_id: str, before: ids.Micros) -> int:
    """Remove some deliveries of an endpoint that are older; says how many, which is all of them when it is few."""
    old = select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.created_at < before
    )
    some = delete(WebhookDelivery).where(WebhookDelivery.id.in_(old.limit(PURGED_AT_ONCE)))
    with writing(database, system_actor("webhooks")) as unit:
        return len(unit.session.scalars(some.returning(WebhookDelivery.id)).all())


def _is_free(moment: ids.Micros) -> ColumnElement[bool]:
    return or_(Webhook.lease.is_(None), Webhook.lease_until < moment)


def _index(event: Found) -> int:
    assert event.log_index is not None  # it was found by its index
    return event.log_index


def _actor(tenant_id: str) -> Actor:
    return system_actor("webhooks", tenant_id)
