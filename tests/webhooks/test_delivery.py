"""What arrives: the tenant's events of the types that were asked for, in the order of the log, signed."""

import json
import threading
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from expunct_server.audit.catalog import PolicyDeleted
from expunct_server.db.session import Database
from expunct_server.webhooks import following
from expunct_server.webhooks.deliver import THREADS_OF_TENANT, Deliverer
from tests.conftest import Api
from tests.web.helpers import on_sqlite, rows
from tests.webhooks.support import Hooks, Receiver, verified


def test_events_arrive_signed_in_the_order_of_the_log_each_once(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make()
    happened = hooks.happen(count=30) + hooks.happen(count=5)
    hooks.deliver()
    assert receiver.ids() == happened
    trail = {each["id"]: each for each in hooks.api.events(fields="full")}
    for message in receiver.messages:
        body = verified(message, webhook["secret"])
        event = trail[message.id]
        assert body == {"type": event["event_type"], "timestamp": event["created_at"], "data": event}
        assert message.headers["content-type"] == "application/json"
    assert hooks.deliver() == 0 and len(receiver.messages) == 35  # and nothing twice
    found = hooks.deliveries(webhook, limit=100)
    assert [each["event_id"] for each in found] == happened[::-1]
    assert {(each["status"], each["status_code"], each["error_code"], each["attempt"]) for each in found} == {
        ("delivered", 200, None, 1)
    }
    stands = hooks.get(webhook)
    assert (stands["attempts"], stands["failing_since"], stands["next_attempt_at"]) == (0, None, None)
    assert stands["last_success_at"] == max(each["ended_at"] for each in found)


@on_sqlite
def test_a_signature_holds_for_its_body_its_id_and_its_secret_alone(hooks: Hooks, receiver: Receiver) -> None:
    webhook, other = hooks.make(), hooks.make("/other")
    hooks.happen()
    hooks.deliver()
    message = next(each for each in receiver.messages if each.path == "/hook")
    verified(message, webhook["secret"])
    changed = [
        (message.body + b" ", message.headers, webhook["secret"]),
        (message.body, message.headers | {"webhook-id": "evt_other"}, webhook["secret"]),
        (message.body, message.headers, other["secret"]),
    ]
    for body, headers, secret in changed:
        with pytest.raises(WebhookVerificationError):
            verified(type(message)(message.path, headers, body), secret)


def test_only_what_was_asked_for_and_only_of_the_tenant(hooks: Hooks, receiver: Receiver) -> None:
    key = hooks.api.make_key("other")
    hooks.make("/jobs", ("job.*",))
    hooks.make("/exact", ("policy.deleted", "policy.created"))
    hooks.make("/all", ("job.failed", "*"))
    hooks.make("/theirs", ("*",), key=key)
    of_policy = hooks.happen(PolicyDeleted(name="letters", version=1))
    of_job = hooks.happen()
    theirs = hooks.happen(tenant="other")
    hooks.deliver()
    assert receiver.ids("/jobs") == of_job
    assert receiver.ids("/exact") == of_policy
    made = [each["id"] for each in hooks.api.events(event_type="webhook.created")][2:]
    assert receiver.ids("/all") == made + of_policy + of_job  # the first is that of its own making
    assert receiver.ids("/theirs")[1:] == theirs


def test_a_new_endpoint_begins_at_the_end_of_the_log(hooks: Hooks, receiver: Receiver) -> None:
    hooks.happen(count=5)
    hooks.make()
    assert hooks.deliver() == 0
    after = hooks.happen()
    hooks.deliver()
    assert receiver.ids() == after


def test_events_that_have_no_index_yet_wait_for_it(hooks: Hooks, receiver: Receiver) -> None:
    hooks.make(event_types=("policy.created",))
    hooks.deliver()
    hooks.api("POST", "/policies", json={"name": "letters"})
    deliverer = Deliverer(hooks.api.settings, hooks.database)
    assert deliverer.step() == 0
    deliverer.close()
    hooks.deliver()
    assert [each.type for each in receiver.messages] == ["policy.created"]


def test_new_types_bring_nothing_of_what_lies_behind(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(event_types=("policy.*",))
    hooks.happen(count=3)
    waits = hooks.happen(PolicyDeleted(name="letters", version=1))
    later = hooks.happen(count=2)
    hooks.change(webhook, event_types=["job.*", "policy.*"])  # what was still to be delivered stays to be
    hooks.deliver()
    assert receiver.ids() == waits + later
    hooks.happen(PolicyDeleted(name="letters", version=2))
    hooks.deliver()
    hooks.change(webhook, event_types=["job.*"])
    hooks.happen(PolicyDeleted(name="letters", version=3))
    hooks.change(webhook, event_types=["policy.*"])
    hooks.deliver()
    assert len(receiver.ids()) == 4  # version 3 came while nobody asked for it


@on_sqlite
def test_an_erased_event_is_delivered_as_it_is_now(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make(event_types=("policy.created",))
    hooks.api("POST", "/policies", json={"name": "Bluebird"})
    hooks.deliver()
    assert b"Bluebird" in receiver.messages[0].body
    key = hooks.api.make_key(scopes=frozenset({"audit:erase", "audit:read", "webhooks"}))
    policy = json.loads(receiver.messages[0].body)["data"]["resource_id"]
    erased = hooks.api(
        "POST", "/audit/erasures", key=key, json={"resource_id": policy, "reason": "test", "parts": ["metadata"]}
    )
    assert erased.status_code < 300, erased.text
    delivery = hooks.deliveries(webhook)[0]
    assert hooks.api("POST", f"/webhooks/{webhook['id']}/deliveries/{delivery['id']}/redeliver").status_code == 202
    hooks.deliver()
    assert receiver.ids() == [receiver.messages[0].id] * 2
    assert b"Bluebird" not in receiver.messages[1].body
    assert json.loads(receiver.messages[1].body)["data"]["erased"] == ["metadata"]


@on_sqlite
def test_a_slow_endpoint_keeps_nobody_else_waiting(hooks: Hooks, receiver: Receiver) -> None:
    open_again, arrived = threading.Event(), threading.Semaphore(0)

    def answer(message: Any) -> int:
        arrived.release()
        if message.path.startswith("/slow"):
            assert open_again.wait(20)
        return 200

    receiver.answer = answer
    key = hooks.api.make_key("other")
    for number in range(THREADS_OF_TENANT + 1):
        hooks.make(f"/slow{number}")
    hooks.make("/quick", key=key)
    slow, quick = hooks.happen(count=2), hooks.happen(tenant="other")
    deliverer = Deliverer(hooks.api.settings, hooks.database)
    try:
        assert deliverer.step() == THREADS_OF_TENANT + 1  # a tenant gets no more threads than that, another one its own
        for _ in range(THREADS_OF_TENANT + 1):
            assert arrived.acquire(timeout=20)
        quick += hooks.happen(tenant="other")
        while len(receiver.ids("/quick")) < 2:
            deliverer.step()
            arrived.acquire(timeout=0.05)
        assert receiver.ids("/quick") == quick
        open_again.set()
        deliverer.settle()
        while deliverer.step():
            deliverer.settle()
    finally:
        open_again.set()
        deliverer.close()
    assert all(receiver.ids(f"/slow{number}") == slow for number in range(THREADS_OF_TENANT + 1))


@on_sqlite
def test_what_nobody_wants_costs_nothing_to_pass(hooks: Hooks, database: Database) -> None:
    hooks.make(event_types=("policy.*", "batch.completed"))
    cursor = rows(database, "webhook")[0]["cursor"]
    few = _steps(hooks, cursor, 20)
    many = _steps(hooks, cursor, 2000)
    assert many < 2 * few, (few, many)


def _steps(hooks: Hooks, cursor: int, count: int) -> int:
    """How many instructions SQLite takes to see that among some events more there is nothing for the endpoint."""
    hooks.happen(count=count)
    counted = 0

    def progress() -> int:
        nonlocal counted
        counted += 1
        return 0

    with hooks.database.reading() as session:
        driver: Any = session.connection().connection.dbapi_connection
        fetch = following.fetching(session)
        types = json.dumps(["policy.*", "batch.completed"])
        assert following.next_event(fetch, "default", types, cursor) is None
        driver.set_progress_handler(progress, 1)
        assert following.next_event(fetch, "default", types, cursor) is None
        driver.set_progress_handler(None, 0)
    return counted


@on_sqlite
def test_no_secret_and_no_address_is_logged_or_stored_in_the_open(hooks: Hooks, api: Api, receiver: Receiver) -> None:
    webhook = hooks.make("/hook?token=t0k3n-of-the-address")  # for the tenant alone to see
    rotated = api("POST", f"/webhooks/{webhook['id']}/rotate-secret").json()
    secrets = [webhook["secret"], rotated["secret"]]
    receiver.answer = lambda message: 500
    hooks.happen()
    hooks.deliver()
    shown = json.dumps([hooks.get(webhook), api("GET", "/webhooks").json(), hooks.deliveries(webhook), api.events()])
    stored = {table: repr(rows(hooks.database, table)) for table in ("webhook", "webhook_delivery", "audit_event")}
    logged = "\n".join(api.watcher.lines)
    for secret in (*secrets, *(each.removeprefix("whsec_") for each in secrets)):
        assert secret not in shown and secret not in logged
        assert all(secret not in each for each in stored.values())
    assert "t0k3n" not in logged and "t0k3n" not in stored["audit_event"]
    assert "127.0.0.1" in stored["audit_event"]  # the host is told
