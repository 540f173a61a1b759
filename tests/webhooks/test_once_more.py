"""Sending again: when a process died in between, when two want to, when someone asks, and with a new secret."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from standardwebhooks.webhooks import WebhookVerificationError

from expunct_server import ids
from expunct_server.audit.recorder import system_actor, writing
from expunct_server.webhooks import attempts, service
from expunct_server.webhooks.attempts import Answer
from expunct_server.webhooks.deliver import Deliverer
from expunct_server.webhooks.models import WebhookDelivery
from tests.web.helpers import on_sqlite, refused, rows
from tests.webhooks.support import Hooks, Message, Receiver, verified

_WORKER = """
from expunct_server import app, settings
from expunct_server.db.session import Database
from expunct_server.webhooks.deliver import Deliverer

given = settings.load()
deliverer = Deliverer(given, Database(given.url))
print(deliverer.step(), flush=True)
deliverer.settle()
"""


@on_sqlite
def test_a_process_killed_before_it_could_say_so_makes_it_arrive_again(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make()
    happened = hooks.happen(count=3)
    given = hooks.api.settings
    environment = os.environ | {
        "EXPUNCT_SERVER_DATA": str(given.data),
        "EXPUNCT_SERVER_DATABASE_URL": given.database_url,
        "EXPUNCT_SERVER_FETCH_HOSTS": ",".join(given.fetch_hosts),
        "EXPUNCT_SERVER_PRIVATE_NETWORKS": "127.0.0.1/32",
    }
    worker = subprocess.Popen([sys.executable, "-c", _WORKER], env=environment, stdout=subprocess.PIPE)

    def kill(message: Message) -> int:
        if message.id == happened[1]:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        return 200

    receiver.answer = kill
    output, _ = worker.communicate(timeout=60)
    assert (worker.returncode, output.strip()) == (-signal.SIGKILL, b"1")
    assert receiver.ids() == happened[:2]
    receiver.answer = lambda message: 200
    assert hooks.deliver() == 0  # the dead process has it until its time is over
    hooks.set(webhook, lease_until=0)
    hooks.deliver()
    assert receiver.ids() == [*happened[:2], *happened[1:]]
    statuses = [each["status"] for each in hooks.deliveries(webhook)]
    assert statuses == ["delivered", "delivered", "started", "delivered"]
    hooks.set_deliveries(started_at=0)
    attempts.sweep(hooks.database)
    assert [each["status"] for each in hooks.deliveries(webhook)] == [
        "delivered", "delivered", "unresolved", "delivered",
    ]  # fmt: skip


def test_an_end_that_cannot_be_written_makes_it_arrive_again(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook = hooks.make()
    happened = hooks.happen(count=2)
    with monkeypatch.context() as broken:
        broken.setattr(attempts, "end", lambda *_: 1 / 0)
        deliverer = Deliverer(hooks.api.settings, hooks.database)
        assert deliverer.step() == 1
        deliverer.close()
    assert receiver.ids() == happened[:1]
    hooks.set(webhook, lease_until=0)
    hooks.deliver()
    assert receiver.ids() == [happened[0], *happened]


def test_two_workers_deliver_each_event_once_and_in_order(hooks: Hooks, receiver: Receiver) -> None:
    paths = [f"/{number}" for number in range(4)]
    for path in paths:
        hooks.make(path)
    happened = hooks.happen(count=15)

    def work(_: int) -> int:
        deliverer = Deliverer(hooks.api.settings, hooks.database)
        began = 0
        while any(receiver.ids(path)[-1:] != happened[-1:] for path in paths):
            began += deliverer.step()
            deliverer.settle()
        deliverer.close()
        return began

    with ThreadPoolExecutor(2) as workers:
        assert all(workers.map(work, range(2)))
    for path in paths:
        assert receiver.ids(path) == happened
    assert {each["attempt"] for each in rows(hooks.database, "webhook_delivery")} == {1}


def test_of_two_that_want_an_endpoint_one_gets_it_and_a_lost_lease_moves_nothing(
    hooks: Hooks, receiver: Receiver
) -> None:
    webhook = hooks.make()
    hooks.happen(count=2)
    settings, database = hooks.api.settings, hooks.database
    first = attempts.start(settings, database, webhook["id"])
    assert first is not None and attempts.start(settings, database, webhook["id"]) is None
    hooks.set(webhook, lease_until=ids.now() - 1)  # the first one sleeps for too long
    second = attempts.start(settings, database, webhook["id"])
    assert second is not None and second.event.id == first.event.id
    before = rows(database, "webhook")
    for answer in (Answer(200), Answer(500), Answer(410)):
        assert attempts.end(settings, database, first, answer) is False
        assert rows(database, "webhook") == before
    assert attempts.end(settings, database, second, Answer(204)) is True
    third = attempts.start(settings, database, webhook["id"])
    assert third is not None and third.event.log_index is not None
    assert third.event.log_index > (first.event.log_index or 0)


@pytest.mark.parametrize("how", ["delete", "switch off", "skip"])
def test_what_was_closed_between_two_attempts_gets_nothing_more(hooks: Hooks, receiver: Receiver, how: str) -> None:
    webhook = hooks.make(event_types=("job.*", "webhook.updated") if how == "skip" else ("job.*",))

    def answer(_: Message) -> int:  # while the first request is under way
        receiver.answer = lambda message: 200
        if how == "delete":
            hooks.api("DELETE", f"/webhooks/{webhook['id']}")
        else:
            hooks.change(webhook, **({"active": False} if how == "switch off" else {"skip_missed": True}))
        return 200

    receiver.answer = answer
    happened = hooks.happen(count=3)
    hooks.deliver()
    assert receiver.ids() == happened[:1]
    assert [each["outcome"] for each in rows(hooks.database, "webhook_delivery")] == ["delivered"]
    if how == "switch off":
        hooks.change(webhook, active=True)
        hooks.deliver()
        assert receiver.ids() == happened  # the one that arrived is not sent again
    elif how == "skip":
        hooks.deliver()
        skipped = hooks.api.events(event_type="webhook.updated")[-1]["id"]  # the first behind what was missed
        assert receiver.ids() == [happened[0], skipped]


@pytest.mark.parametrize("how", ["url", "switched on", "skipped"])
def test_what_is_under_way_to_an_old_address_does_not_count_against_the_new(
    hooks: Hooks, receiver: Receiver, how: str
) -> None:
    webhook = hooks.make("/old")
    happened = hooks.happen()
    settings, database = hooks.api.settings, hooks.database
    late = attempts.start(settings, database, webhook["id"])
    assert late is not None
    if how == "url":
        hooks.change(webhook, url=receiver.url("/new"))
    elif how == "switched on":
        hooks.change(webhook, active=False)
        hooks.change(webhook, active=True)
    else:
        hooks.change(webhook, skip_missed=True)
    assert attempts.end(settings, database, late, Answer(410)) is False
    stands = hooks.get(webhook)
    assert (stands["active"], stands["attempts"], stands["failing_since"]) == (True, 0, None)
    hooks.deliver()  # at once, not when the lease is over
    assert receiver.ids("/new" if how == "url" else "/old") == ([] if how == "skipped" else happened)


# --- asked for --------------------------------------------------------------------------------------------------------


def test_what_someone_asks_for_is_sent_once_more_under_the_same_id(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make()
    happened = hooks.happen(count=2)
    hooks.deliver()
    first = hooks.deliveries(webhook)[1]
    asked = hooks.api("POST", f"/webhooks/{webhook['id']}/deliveries/{first['id']}/redeliver")
    assert asked.status_code == 202, asked.text
    wish = asked.json()
    assert (wish["status"], wish["attempt"], wish["event_id"]) == ("waiting", 0, happened[0])
    assert wish["id"].startswith("dlv_") and wish["id"] != first["id"]
    assert hooks.deliveries(webhook, status="waiting") == [wish]
    event = hooks.api.events()[-1]
    assert (event["event_type"], event["metadata"]) == (
        "webhook.redelivered", {"host": "127.0.0.1", "event_id": happened[0]},
    )  # fmt: skip
    stands = hooks.get(webhook)
    hooks.deliver()
    assert receiver.ids() == [*happened, happened[0]]
    again, once = receiver.messages[-1], receiver.messages[0]
    assert verified(again, webhook["secret"]) == verified(once, webhook["secret"])
    assert (hooks.deliveries(webhook)[0]["status"], hooks.get(webhook)) == ("delivered", stands)


@on_sqlite
def test_a_wish_is_tried_once_and_moves_nothing_when_it_fails(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make()
    hooks.happen()
    hooks.deliver()
    stands = hooks.get(webhook)
    path = f"/webhooks/{webhook['id']}/deliveries/{hooks.deliveries(webhook)[0]['id']}/redeliver"
    receiver.answer = lambda message: 410
    hooks.api("POST", path)
    hooks.deliver()
    assert hooks.deliver() == 0 and len(receiver.messages) == 2
    assert (hooks.deliveries(webhook)[0]["status_code"], hooks.get(webhook)) == (410, stands)
    for _ in range(service.MOST_WAITING):
        assert hooks.api("POST", path).status_code == 202
    refused(hooks.api("POST", path), 409, "too_many_redeliveries")
    hooks.change(webhook, active=False)
    refused(hooks.api("POST", path), 409, "webhook_inactive")
    hooks.deliver()
    assert len(receiver.messages) == 2
    assert {each["error_code"] for each in hooks.deliveries(webhook)[:50]} == {"webhook_inactive"}


@on_sqlite
def test_many_wishes_of_one_keep_nobody_else_waiting(hooks: Hooks, receiver: Receiver) -> None:
    made = {name: hooks.make(f"/{name}", key=hooks.api.make_key(name))["id"] for name in ("many", "one")}
    for tenant in made:
        hooks.happen(tenant=tenant)
    hooks.deliver()
    asked: dict[str, list[str]] = {"many": [], "one": []}
    for tenant in ["many"] * 7 + ["one"]:
        with writing(hooks.database, system_actor("tester", tenant)) as unit:
            sent = unit.session.scalars(select(WebhookDelivery).filter_by(tenant_id=tenant, attempt=1)).one()
            asked[tenant].append(service.redeliver(unit, made[tenant], sent.id).id)
    found = [each.id for each in attempts.wishes(hooks.database)]
    assert found == [asked["many"][0], asked["one"][0], *asked["many"][1 : attempts.WISHES_AT_ONCE]]
    assert [each.id for each in attempts.wishes(hooks.database, 2)] == [asked["many"][0], asked["one"][0]]
    hooks.deliver()
    assert (len(receiver.ids("/many")), len(receiver.ids("/one"))) == (8, 2)


@on_sqlite
def test_however_many_are_old_one_sweep_removes_them(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "PURGED_AT_ONCE", 2)
    webhook = hooks.make()
    hooks.happen(count=5)
    hooks.deliver()
    hooks.set_deliveries(created_at=ids.now() - 31 * 24 * attempts.HOUR)
    attempts.sweep(hooks.database)
    assert hooks.deliveries(webhook) == []


def test_of_two_workers_one_carries_out_a_wish(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make()
    hooks.happen()
    hooks.deliver()
    path = f"/webhooks/{webhook['id']}/deliveries/{hooks.deliveries(webhook)[0]['id']}/redeliver"
    wish = hooks.api("POST", path).json()["id"]
    assert attempts.start_wish(hooks.database, wish, "default") is not None
    assert attempts.start_wish(hooks.database, wish, "default") is None


# --- a new secret -----------------------------------------------------------------------------------------------------


def test_for_a_day_both_secrets_sign(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make()
    rotated = hooks.api("POST", f"/webhooks/{webhook['id']}/rotate-secret")
    assert rotated.status_code == 200, rotated.text
    old, new = webhook["secret"], rotated.json()["secret"]
    assert old != new and hooks.api.events()[-1]["metadata"]["changed"] == ["secret"]
    stands = rows(hooks.database, "webhook")[0]
    assert stands["previous_until"] - stands["updated_at"] == service.OVERLAP == 24 * attempts.HOUR
    assert hooks.get(webhook)["previous_secret_until"] == ids.iso(stands["previous_until"])
    hooks.happen()
    hooks.deliver()
    assert len(receiver.messages[0].headers["webhook-signature"].split(" ")) == 2
    verified(receiver.messages[0], old)
    verified(receiver.messages[0], new)
    happened, a_day_later = hooks.happen(), ids.now() + service.OVERLAP
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ids, "now", lambda: a_day_later)
        attempt = attempts.start(hooks.api.settings, hooks.database, webhook["id"])
    assert attempt is not None and (attempt.event.id, len(attempt.sealed_secrets)) == (happened[0], 1)
    hooks.set(webhook, lease=None, lease_until=None)
    third = hooks.api("POST", f"/webhooks/{webhook['id']}/rotate-secret").json()["secret"]
    hooks.deliver()
    for secret in (new, third):
        verified(receiver.messages[-1], secret)
    with pytest.raises(WebhookVerificationError):
        verified(receiver.messages[-1], old)  # the last two count, however soon
