"""Webhooks over HTTP: what can be named, what is answered, what is recorded, and what is refused."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from expunct_server.audit.catalog import CATALOG
from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.settings import Settings
from expunct_server.tenants.scopes import SCOPES
from expunct_server.webhooks import service, signing
from tests.conftest import TESTER, Api
from tests.web.helpers import on_sqlite, refused, rows
from tests.webhooks.support import Hooks, Receiver

NEW = {"url": "https://hooks.example.com/in?x=1", "event_types": ["job.*", "policy.created"]}
BRIEF = {
    "tenant_id": "default", "url": NEW["url"], "event_types": NEW["event_types"], "description": "", "active": True,
    "disabled_reason": None, "attempts": 0, "failing_since": None, "next_attempt_at": None, "last_success_at": None,
    "previous_secret_until": None,
}  # fmt: skip
MADE = {"id", "next_index", "created_at", "updated_at"}


def make(api: Api, **more: Any) -> dict[str, Any]:
    response = api("POST", "/webhooks", json=NEW | more)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def test_what_is_made_is_shown_and_its_secret_once(api: Api) -> None:
    made = make(api)
    secret = made.pop("secret")
    assert secret.startswith(signing.PREFIX) and len(secret) == 50
    assert made == BRIEF | {name: made[name] for name in MADE}
    assert made["id"].startswith("whk_") and made["created_at"] == made["updated_at"]
    assert api("GET", f"/webhooks/{made['id']}").json() == made
    assert api("GET", "/webhooks").json() == [made]
    event = api.events(event_type="webhook.created")[-1]
    assert (event["resource_id"], event["resource_type"]) == (made["id"], "webhook")
    assert event["metadata"] == {"host": "hooks.example.com", "event_types": NEW["event_types"]}


def test_a_change_is_recorded_and_no_change_is_none(api: Api) -> None:
    made = make(api)
    changed = api("PUT", f"/webhooks/{made['id']}", json={"description": "ours", "event_types": ["*"], "url": None})
    assert changed.status_code == 200, changed.text
    body = changed.json()
    assert (body["description"], body["event_types"], body["url"]) == ("ours", ["*"], NEW["url"])
    assert "secret" not in body and body["updated_at"] > made["updated_at"]
    metadata = api.events(event_type="webhook.updated")[-1]["metadata"]
    assert metadata == {
        "host": "hooks.example.com", "event_types": ["*"], "active": True, "changed": ["description", "event_types"],
    }  # fmt: skip
    count = len(api.events())
    assert api("PUT", f"/webhooks/{made['id']}", json=body).json() == body  # sent back as it was answered
    assert api("PUT", f"/webhooks/{made['id']}", json={"active": True}).json() == body
    assert len(api.events()) == count
    assert api("PUT", f"/webhooks/{made['id']}", json={"active": False}).json()["active"] is False


def test_a_deleted_endpoint_is_gone_and_its_secrets_with_it(api: Api) -> None:
    made = make(api)
    api("POST", f"/webhooks/{made['id']}/rotate-secret")
    deleted = api("DELETE", f"/webhooks/{made['id']}")
    assert (deleted.status_code, deleted.json()) == (200, {"detail": "Webhook deleted"})
    assert api.events()[-1]["metadata"] == {"host": "hooks.example.com"}
    row = rows(api.database, "webhook")[0]
    assert (row["sealed_secret"], row["sealed_previous_secret"], bool(row["active"])) == (None, None, False)
    assert api("GET", "/webhooks").json() == []
    for method, path in (
        ("GET", ""), ("PUT", ""), ("DELETE", ""), ("POST", "/rotate-secret"), ("GET", "/deliveries"),
        ("POST", "/deliveries/dlv_1/redeliver"),
    ):  # fmt: skip
        more = {"json": {}} if method == "PUT" else {}
        refused(api(method, f"/webhooks/{made['id']}{path}", **more), 404, "not_found")


@on_sqlite
def test_another_tenant_sees_nothing_of_it(hooks: Hooks, api: Api, receiver: Receiver) -> None:
    made = hooks.make()
    hooks.happen()
    hooks.deliver()
    delivery = hooks.deliveries(made)[0]["id"]
    key = api.make_key("other")
    theirs = hooks.make("/theirs", key=key)
    for method, path in (
        ("GET", f"/{made['id']}"), ("PUT", f"/{made['id']}"), ("DELETE", f"/{made['id']}"),
        ("POST", f"/{made['id']}/rotate-secret"), ("GET", f"/{made['id']}/deliveries"),
        ("POST", f"/{made['id']}/deliveries/{delivery}/redeliver"),
        ("POST", f"/{theirs['id']}/deliveries/{delivery}/redeliver"),
    ):  # fmt: skip
        more = {"json": {}} if method == "PUT" else {}
        refused(api(method, f"/webhooks{path}", key=key, **more), 404, "not_found")
    assert [each["id"] for each in api("GET", "/webhooks", key=key).json()] == [theirs["id"]]
    operator = api.make_key(scopes=frozenset(SCOPES))
    found = api("GET", "/webhooks", key=operator, params={"tenant_id": "other"}).json()
    assert [each["id"] for each in found] == [theirs["id"]]
    for_them = api("POST", "/webhooks", key=operator, json=NEW | {"tenant_id": "other"})
    assert for_them.json()["tenant_id"] == "other"
    assert [each["resource_id"] for each in api.events(event_type="webhook.created")] == [made["id"]]


@on_sqlite
@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"url": "http://hooks.example.com/"}, "scheme_not_allowed"),
        ({"url": "https://user:word@hooks.example.com/"}, "url_malformed"),
        ({"url": "https://2130706433/"}, "url_malformed"),
        ({"url": "https://hooks.example.com/in#part"}, "url_malformed"),
        ({"url": ""}, "invalid"),
        ({"url": 7}, "invalid"),
        ({"event_types": []}, "invalid"),
        ({"event_types": ["job.*"] * 101}, "invalid"),
        ({"event_types": "job.*"}, "invalid"),
        ({"event_types": ["job.frobnicated"]}, "unknown_event_type"),
        ({"event_types": ["nothing.*"]}, "unknown_event_type"),
        ({"event_types": ["jo*"]}, "unknown_event_type"),
        ({"event_types": ["job"]}, "unknown_event_type"),
        ({"event_types": ["job."]}, "unknown_event_type"),
        ({"event_types": [".*"]}, "unknown_event_type"),
        ({"event_types": [""]}, "unknown_event_type"),
        ({"description": "x" * 201}, "invalid"),
        ({"description": "two\nlines"}, "invalid"),
        ({"secret": "whsec_mine"}, "unknown_field"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused_when_made_and_when_changed(
    api: Api, fields: dict[str, Any], code: str
) -> None:
    made = make(api)
    body = refused(api("POST", "/webhooks", json=NEW | fields), 422, code)
    assert body["errors"][0]["field"].partition(".")[0] in fields
    refused(api("PUT", f"/webhooks/{made['id']}", json=fields), 422, code)
    assert len(rows(api.database, "webhook")) == 1
    made.pop("secret")
    assert api("GET", f"/webhooks/{made['id']}").json() == made


@on_sqlite
@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("https://hooks.example.com:8443/", "host_not_allowed"),
        ("https://10.0.0.1/", "address_not_allowed"),
        ("https://169.254.169.254/latest/meta-data", "address_not_allowed"),
        ("https://[::1]/", "address_not_allowed"),
    ],
)
def test_an_address_that_is_not_allowed_is_refused_and_that_is_recorded(api: Api, address: str, code: str) -> None:
    made = make(api)
    refused(api("POST", "/webhooks", json=NEW | {"url": address}), 403, code)
    refused(api("PUT", f"/webhooks/{made['id']}", json={"url": address}), 403, code)
    told = [each["metadata"] for each in api.events(event_type="auth.denied")]
    assert [(each["reason"], each["method"]) for each in told] == [
        ("uri_not_allowed", "POST"),
        ("uri_not_allowed", "PUT"),
    ]
    assert api("GET", f"/webhooks/{made['id']}").json()["url"] == NEW["url"]


@on_sqlite
def test_a_switch_is_true_or_false_and_a_body_that_nobody_reads_is_refused(api: Api) -> None:
    made = make(api)
    for fields in ({"active": "yes"}, {"active": 1}, {"skip_missed": "true"}):
        body = refused(api("PUT", f"/webhooks/{made['id']}", json=fields), 422, "invalid")
        assert body["errors"][0]["field"] in fields
    rotate = f"/webhooks/{made['id']}/rotate-secret"
    for body in (b'{"secret": "whsec_mine"}', b"[]", b" " * 70 + b"x"):
        refused(api("POST", rotate, content=body), 422, "unknown_field")
    assert rows(api.database, "webhook")[0]["sealed_previous_secret"] is None
    for body in (b"", b"{}\n"):
        assert api("POST", rotate, content=body).status_code == 200


@on_sqlite
def test_every_type_of_the_catalog_can_be_named_and_each_is_kept_once(api: Api) -> None:
    families = sorted({f"{name.partition('.')[0]}.*" for name in CATALOG})
    for types in (sorted(CATALOG), families, ["*"], ["connector.sync_completed"]):
        assert make(api, event_types=[*types, *types][:100])["event_types"] == types


@on_sqlite
def test_a_host_that_holds_personal_data_is_not_repeated_by_events(api: Api) -> None:
    make(api, url="https://536-90-4399.example.com/")
    assert api.events(event_type="webhook.created")[-1]["metadata"]["host"] == "<US_SSN>.example.com"


@on_sqlite
def test_the_scope_is_needed(api: Api) -> None:
    made = make(api)
    key = api.make_key(scopes=frozenset(SCOPES) - {"webhooks"})
    for method, path in (("GET", ""), ("POST", ""), ("GET", f"/{made['id']}"), ("DELETE", f"/{made['id']}")):
        more = {"json": NEW} if method == "POST" else {}
        refused(api(method, f"/webhooks{path}", key=key, **more), 403, "missing_scope")
    assert api("GET", "/webhooks", key=api.make_key(scopes=frozenset({"webhooks"}))).status_code == 200


@on_sqlite
def test_what_decides_who_is_sent_events_needs_the_right_to_read_them(
    hooks: Hooks, api: Api, receiver: Receiver
) -> None:
    made = hooks.make()
    hooks.happen()
    hooks.deliver()
    path = f"/webhooks/{made['id']}"
    wish = f"{path}/deliveries/{hooks.deliveries(made)[0]['id']}/redeliver"
    key = api.make_key(scopes=frozenset({"webhooks"}))
    stands = rows(api.database, "webhook")
    for method, where, body in (
        ("POST", "/webhooks", NEW), ("PUT", path, {"url": receiver.url("/mine")}),
        ("PUT", path, {"event_types": ["*"]}), ("POST", f"{path}/rotate-secret", None), ("POST", wish, None),
    ):  # fmt: skip
        refused(api(method, where, key=key, **({} if body is None else {"json": body})), 403, "missing_scope")
    assert rows(api.database, "webhook") == stands and len(hooks.deliveries(made)) == 1
    assert {each["metadata"]["reason"] for each in api.events(event_type="auth.denied")} == {"missing_scope"}
    shown = api("GET", path, key=key).json()
    off = api("PUT", path, key=key, json=shown | {"active": False, "event_types": ["job.*", "job.*"]})
    assert (off.status_code, off.json()["active"]) == (200, False)
    assert api("DELETE", path, key=key).status_code == 200
    both = api.make_key(scopes=frozenset({"webhooks", "audit:read"}))
    assert api("POST", "/webhooks", key=both, json=NEW).status_code == 201


def test_a_tenant_has_twenty_also_when_it_asks_for_many_at_once(api: Api) -> None:
    for _ in range(service.MOST - 2):
        made = make(api)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: api("POST", "/webhooks", json=NEW), range(4)))
    assert sorted(each.status_code for each in found) == [201, 201, 409, 409]
    refused(next(each for each in found if each.status_code == 409), 409, "too_many_webhooks")
    api("DELETE", f"/webhooks/{made['id']}")
    make(api)
    page = api("GET", "/webhooks", params={"page": 2, "page_size": 15}).json()
    assert (page["total"], len(page["webhooks"]), page["page"]) == (20, 5, 2)
    newest = [each["created_at"] for each in api("GET", "/webhooks").json()]
    assert newest == sorted(newest, reverse=True)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_whoever_makes_one_waits_for_who_is_making_one(url: str, settings: Settings) -> None:
    database = Database(url, busy_timeout_seconds=1)
    new: Any = {"url": NEW["url"], "event_types": ["*"], "description": "", "master": bytes(32)}
    with writing(database, TESTER) as first:
        service.create(first, **new)
        with pytest.raises(Unavailable), writing(database, TESTER) as second:
            service.create(second, **new)  # it would not count the first
    database.close()


def test_the_same_request_again_makes_nothing_again(hooks: Hooks, api: Api, receiver: Receiver) -> None:
    once = {"headers": {"Idempotency-Key": "one"}}
    made, again = (api("POST", "/webhooks", json=NEW, **once) for _ in range(2))
    assert made.json() == again.json() and len(rows(api.database, "webhook")) == 1
    refused(api("POST", "/webhooks", json=NEW | {"description": "x"}, **once), 409, "idempotency_mismatch")
    rotate = f"/webhooks/{made.json()['id']}/rotate-secret"
    new, same, third = (
        api("POST", rotate, headers={"Idempotency-Key": each}).json()["secret"] for each in ("a", "a", "b")
    )
    assert new == same != third
    webhook = hooks.make()
    hooks.happen()
    hooks.deliver()
    path = f"/webhooks/{webhook['id']}/deliveries/{hooks.deliveries(webhook)[0]['id']}/redeliver"
    wished, same = (api("POST", path, headers={"Idempotency-Key": "two"}) for _ in range(2))
    assert wished.json() == same.json() and same.status_code == 202
    assert len(hooks.deliveries(webhook)) == 2


def test_deliveries_are_listed_in_pages_and_by_status(hooks: Hooks, receiver: Receiver, api: Api) -> None:
    webhook = hooks.make()
    hooks.happen(count=7)
    hooks.deliver()
    path = f"/webhooks/{webhook['id']}/deliveries"
    everything = hooks.deliveries(webhook)
    assert [each["created_at"] for each in everything] == sorted((e["created_at"] for e in everything), reverse=True)
    page = api("GET", path, params={"page": 2, "page_size": 3, "status": "delivered"}).json()
    assert page == {"deliveries": everything[3:6], "total": 7, "page": 2, "page_size": 3}
    assert api("GET", path, params={"limit": 2, "offset": 6}).json() == everything[6:]
    assert api("GET", path, params={"count": "true"}).headers["x-total-count"] == "7"
    for status in service.STATUSES:
        assert len(hooks.deliveries(webhook, status=status)) == (7 if status == "delivered" else 0)
    refused(api("GET", path, params={"status": "lost"}), 422)
