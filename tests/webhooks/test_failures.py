"""An endpoint that takes no event: it waits at that event, is tried again over days, and is given up at last."""

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from expunct_server import ids
from expunct_server.audit.catalog import CATALOG
from expunct_server.webhooks import attempts
from tests.conftest import Api
from tests.web.helpers import on_sqlite, operator, refused, rows
from tests.webhooks.support import Hooks, Message, Receiver

DAY = 24 * attempts.HOUR


def refusing(status: int, times: int = 1_000_000) -> Callable[[Message], int]:
    """The answer of a receiver that says `status` so many times, then takes everything."""
    left = [times]

    def answer(_: Message) -> int:
        left[0] -= 1
        return status if left[0] >= 0 else 200

    return answer


def test_the_endpoint_waits_at_the_event_and_others_go_on(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda message: 500 if message.path == "/hook" else 204
    webhook, other = hooks.make(), hooks.make("/other")
    happened = hooks.happen(count=3)
    hooks.deliver()
    assert receiver.ids() == happened[:1] and receiver.ids("/other") == happened
    assert hooks.deliver() == 0  # not before its time
    receiver.answer = refusing(503, 1)
    hooks.due_again(webhook)
    hooks.deliver()
    hooks.due_again(webhook)
    hooks.deliver()
    assert receiver.ids() == [happened[0], happened[0], *happened]
    found = hooks.deliveries(webhook)[::-1]
    assert [(each["event_id"], each["attempt"], each["status"], each["status_code"]) for each in found] == [
        (happened[0], 1, "failed", 500),
        (happened[0], 2, "failed", 503),
        (happened[0], 3, "delivered", 200),
        (happened[1], 1, "delivered", 200),
        (happened[2], 1, "delivered", 200),
    ]
    assert {each["status_code"] for each in hooks.deliveries(other)} == {204}
    assert hooks.deliveries(webhook, status="failed") == found[1::-1]


def test_operators_see_how_many_endpoints_fail_and_how_long_events_wait(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answer = lambda message: 500 if message.path == "/hook" else 204
    hooks.make("/other")
    webhook, deleted = hooks.make(), hooks.make()
    happened = hooks.happen(count=2)
    hooks.deliver()
    assert hooks.api("DELETE", f"/webhooks/{deleted['id']}").status_code == 200
    key, moment = operator(hooks.api), ids.now()
    monkeypatch.setattr(ids, "now", lambda: moment + 3600 * ids.SECOND)
    found = hooks.api("GET", "/health", key=key).json()["webhooks"]
    [recorded] = [row["created_at"] for row in rows(hooks.database, "audit_event") if row["id"] == happened[0]]
    waits = (moment - recorded) / ids.SECOND + 3600
    assert found == {"active": 2, "failing": 1, "oldest_waiting_seconds": pytest.approx(waits)}
    receiver.answer = lambda message: 204
    hooks.due_again(webhook)
    hooks.deliver()
    found = hooks.api("GET", "/health", key=key).json()["webhooks"]
    assert found == {"active": 2, "failing": 0, "oldest_waiting_seconds": 0.0}


@on_sqlite
def test_each_failure_makes_the_wait_longer_and_a_success_makes_it_short_again(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [ids.now()]
    monkeypatch.setattr(ids, "now", lambda: clock[0])
    receiver.answer = refusing(500, 11)
    webhook = hooks.make()
    hooks.happen(count=2)
    waits = []
    for attempt in range(1, 12):
        hooks.deliver()
        stands = rows(hooks.database, "webhook")[0]
        assert (stands["attempts"], len(receiver.messages)) == (attempt, attempt)
        waits.append(stands["next_attempt_at"] - clock[0])
        hooks.set(webhook, failing_since=clock[0])  # how long it may fail is another matter
        clock[0] = stands["next_attempt_at"] - 1
        assert hooks.deliver() == 0
        clock[0] += 1
    said = [*attempts.WAITS, attempts.WAITS[-1], attempts.WAITS[-1]]
    assert all(0.9 * meant <= wait <= 1.1 * meant for wait, meant in zip(waits, said, strict=True))
    assert waits != said  # they differ among endpoints
    hooks.deliver()
    assert len(receiver.messages) == 13
    assert (hooks.get(webhook)["attempts"], hooks.get(webhook)["failing_since"]) == (0, None)
    receiver.answer = refusing(500)
    hooks.happen()
    hooks.deliver()
    stands = rows(hooks.database, "webhook")[0]
    assert 0.9 * attempts.WAITS[0] <= stands["next_attempt_at"] - clock[0] <= 1.1 * attempts.WAITS[0]


def test_an_endpoint_that_fails_for_days_is_switched_off_and_the_log_says_so(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = refusing(500)
    webhook = hooks.make()
    happened = hooks.happen(count=2)
    hooks.deliver()
    since = rows(hooks.database, "webhook")[0]["failing_since"]
    for too_long in (False, True):
        hours = hooks.api.settings.webhook_disable_hours - (not too_long)
        hooks.set(webhook, next_attempt_at=0, failing_since=since - hours * attempts.HOUR)
        hooks.deliver()
        assert hooks.get(webhook)["active"] is not too_long
    stands = hooks.get(webhook)
    assert (stands["disabled_reason"], stands["next_attempt_at"], stands["attempts"]) == ("failing", None, 3)
    event = hooks.api.events(event_type="webhook.disabled", fields="full")[-1]
    assert (event["actor"], event["resource_id"], event["outcome"]) == ("system:webhooks", webhook["id"], "failure")
    assert event["metadata"] == {
        "host": "127.0.0.1", "reason": "failing", "failing_since": stands["failing_since"], "attempts": 3,
    }  # fmt: skip
    hooks.due_again(webhook)
    assert hooks.deliver() == 0 and receiver.ids() == happened[:1] * 3
    receiver.forget()
    elsewhere = hooks.change(webhook, url=receiver.url("/elsewhere"))
    assert elsewhere == stands | {name: elsewhere[name] for name in ("url", "updated_at")}  # and why it is off holds
    again = hooks.change(webhook, active=True, url=receiver.url())
    assert (again["disabled_reason"], again["attempts"], again["failing_since"]) == (None, 0, None)
    hooks.deliver()
    assert receiver.ids() == happened  # it goes on where it stopped


def test_an_endpoint_that_says_it_is_gone_is_switched_off_at_once(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = refusing(410)
    webhook = hooks.make()
    hooks.happen(count=2)
    hooks.deliver()
    assert len(receiver.messages) == 1
    assert (hooks.get(webhook)["active"], hooks.get(webhook)["disabled_reason"]) == (False, "gone")
    assert hooks.api.event_types()[-1] == "webhook.disabled"
    receiver.forget()
    for fields in ({}, {"active": False}, {"url": receiver.url("/new")}):
        skip = hooks.api("PUT", f"/webhooks/{webhook['id']}", json={"skip_missed": True, **fields})
        refused(skip, 422, "webhook_inactive")
    hooks.change(webhook, active=True, skip_missed=True)
    assert hooks.api.events()[-1]["metadata"]["changed"] == ["active", "skip_missed"]
    happened = hooks.happen()
    hooks.deliver()
    assert receiver.ids() == happened  # of what it missed, nothing


@on_sqlite
@pytest.mark.parametrize("status", [300, 301, 302, 307, 400, 404, 429])
def test_whatever_is_no_success_is_a_failure_and_nothing_is_followed(
    hooks: Hooks, receiver: Receiver, status: int
) -> None:
    receiver.answer = refusing(status)
    webhook = hooks.make()
    hooks.happen()
    hooks.deliver()
    found = hooks.deliveries(webhook)[0]
    assert (found["status"], found["status_code"], found["error_code"]) == ("failed", status, None)
    assert receiver.ids() == receiver.ids("/hook") and len(receiver.messages) == 1


@on_sqlite
def test_a_new_address_is_tried_at_once(hooks: Hooks, receiver: Receiver) -> None:
    receiver.answer = lambda message: 404 if message.path == "/hook" else 200
    webhook = hooks.make()
    happened = hooks.happen()
    hooks.deliver()
    assert hooks.deliver() == 0
    hooks.change(webhook, description="no new address", event_types=["job.*"])
    assert hooks.deliver() == 0
    hooks.change(webhook, url=receiver.url("/right"))
    hooks.deliver()
    assert receiver.ids("/right") == happened


@on_sqlite
def test_what_keeps_a_request_from_arriving_is_told_by_a_code(hooks: Hooks, receiver: Receiver) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        closed = nobody.getsockname()[1]
        hooks.api.settings = replace(
            hooks.api.settings, fetch_hosts=(*hooks.api.settings.fetch_hosts, f"127.0.0.1:{closed}"), webhook_seconds=1
        )
        webhook = hooks.make()
        happened = hooks.happen()
        expected = {f"https://127.0.0.1:{closed}/": "connect_failed"}
        # The name stands for an address in no network that the operator allows; nobody could tell when it was made.
        private = replace(hooks.api.settings, private_networks=())
        expected |= {receiver.url().replace("127.0.0.1", "localhost"): "address_not_allowed"}
        for url, code in expected.items():
            hooks.set_url(webhook, url)
            hooks.due_again(webhook)
            hooks.deliver(settings=private if code == "address_not_allowed" else None)
            assert hooks.deliveries(webhook)[0]["error_code"] == code
    assert receiver.messages == []
    hooks.set_url(webhook, receiver.url())
    hooks.due_again(webhook)
    hooks.deliver()
    assert receiver.ids() == happened


@on_sqlite
def test_a_receiver_that_nobody_vouches_for_gets_nothing(
    hooks: Hooks, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    webhook = hooks.make()
    hooks.happen()
    hooks.deliver()
    assert hooks.deliveries(webhook)[0]["error_code"] == "tls_failed"
    assert receiver.messages == []


@on_sqlite
def test_a_secret_that_cannot_be_opened_is_a_failure_like_others(hooks: Hooks, receiver: Receiver) -> None:
    webhook = hooks.make()
    hooks.happen()
    hooks.deliver(settings=replace(hooks.api.settings, master_key="00" * 32))
    assert hooks.deliveries(webhook)[0]["error_code"] == "bad_master_key"
    assert receiver.messages == []


@on_sqlite
def test_what_happens_to_webhooks_is_delivered_and_a_delivery_is_no_event(hooks: Hooks, receiver: Receiver) -> None:
    hooks.make("/all", ("*",))
    webhook = hooks.make()
    receiver.answer = lambda message: 410 if message.path == "/hook" else 200
    hooks.happen()
    assert hooks.deliver() > 0
    hooks.deliver()
    assert hooks.deliver() == 0  # it comes to an end
    told = [each.type for each in receiver.messages if each.path == "/all"]
    assert told[-4:] == ["webhook.created", "webhook.created", "job.report_viewed", "webhook.disabled"]
    assert hooks.get(webhook)["active"] is False
    assert {each for each in hooks.api.event_types() if each.startswith("webhook")} < set(CATALOG)


def test_a_sweep_says_what_nobody_knows_and_removes_what_is_old(hooks: Hooks, receiver: Receiver, api: Api) -> None:
    webhook = hooks.make()
    hooks.happen(count=3)
    hooks.deliver()
    moment = ids.now()
    hooks.set_deliveries(outcome=None, ended_at=None, started_at=moment - 4 * ids.MINUTE)
    attempts.sweep(hooks.database)
    assert {each["status"] for each in hooks.deliveries(webhook)} == {"started"}
    hooks.set_deliveries(started_at=moment - 6 * ids.MINUTE)
    attempts.sweep(hooks.database)
    found: list[dict[str, Any]] = hooks.deliveries(webhook)
    assert {(each["status"], each["ended_at"] is None) for each in found} == {("unresolved", False)}
    hooks.set_deliveries(created_at=moment - 29 * DAY)
    attempts.sweep(hooks.database)
    assert len(hooks.deliveries(webhook)) == 3
    hooks.set_deliveries(created_at=moment - 31 * DAY)
    attempts.sweep(hooks.database)
    assert hooks.deliveries(webhook) == []
