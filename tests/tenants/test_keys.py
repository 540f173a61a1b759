"""API keys: which count, what they may do, what is kept of them, and what a refusal leaves behind."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from expunct_server import ids
from expunct_server.tenants import service
from expunct_server.tenants.refusals import MAX_KINDS
from expunct_server.tenants.scopes import OPERATOR, SCOPES, TENANT_SCOPES
from tests.conftest import Api
from tests.support import canary
from tests.web.helpers import another_app, asgi, count_now, on_sqlite, operator, refused, rows, tables_holding

KEY = re.compile(r"pk_(live|test)_[a-z0-9]{32}\Z")
PREFIX = "/api/v1"
# The whole surface. A route that is new has to be put here with its scope, or this table's test fails.
_ROUTES = {
    "redact": ("POST /redact", "POST /redact/uri", "POST /redact/batch", "POST /batch/redact"),
    "jobs": (
        "GET /jobs", "GET /jobs/{job_id}", "GET /jobs/{job_id}/result", "GET /jobs/{job_id}/download",
        "GET /jobs/{job_id}/findings", "GET /jobs/{job_id}/pages/{page}",
        "GET /jobs/{job_id}/report", "GET /jobs/{job_id}/receipt", "POST /jobs/{job_id}/cancel",
        "GET /batch", "GET /batch/{batch_id}",
    ),
    "policies": (
        "GET /policies", "POST /policies", "GET /policies/{policy_id}", "PUT /policies/{policy_id}",
        "DELETE /policies/{policy_id}", "GET /policies/{policy_id}/versions",
    ),
    "connectors": (
        "GET /connectors", "POST /connectors", "GET /connectors/{connector_id}", "PUT /connectors/{connector_id}",
        "DELETE /connectors/{connector_id}", "POST /connectors/{connector_id}/test",
        "POST /connectors/{connector_id}/sync", "GET /connectors/{connector_id}/syncs",
        "GET /connectors/{connector_id}/syncs/{sync_id}", "POST /connectors/{connector_id}/syncs/{sync_id}/cancel",
    ),
    "webhooks": (
        "GET /webhooks", "POST /webhooks", "GET /webhooks/{webhook_id}", "PUT /webhooks/{webhook_id}",
        "DELETE /webhooks/{webhook_id}", "POST /webhooks/{webhook_id}/rotate-secret",
        "GET /webhooks/{webhook_id}/deliveries", "POST /webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
    ),
    "api_keys": ("GET /api-keys", "POST /api-keys", "DELETE /api-keys/{key_id}"),
    "audit:read": (
        "GET /audit", "GET /audit/{event_id}", "GET /audit/{event_id}/proof", "GET /audit/log/checkpoint",
        "GET /audit/log/tile/{path:path}", "GET /audit/log/key", "GET /audit/log/consistency", "GET /audit/log/anchor",
        "GET /audit/log/super/checkpoint", "GET /audit/log/super/tile/{path:path}", "GET /audit/log/super/key",
    ),
    "audit:erase": ("POST /audit/erasures", "POST /pseudonyms/forget"),
    "pseudonyms:reveal": ("POST /pseudonyms/reveal",),
}  # fmt: skip
SCOPE_OF = {tuple(each.split(" ")): scope for scope, routes in _ROUTES.items() for each in routes}
# What these do wants a second one: where events go is for who may read them.
AND_READ = ("/webhooks/{webhook_id}/rotate-secret", "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver")
OPEN = {("GET", "/"), *((verb, path) for verb in ("GET", "HEAD") for path in ("/health", "/openapi.json"))}


def concrete(path: str) -> str:
    return re.sub(r"\{.*?\}", "none", path)


def refusals(api: Api, kind: str, tenant: str = "system") -> list[dict[str, Any]]:
    """Events of refusals, oldest first."""
    return _events(api, operator(api), kind, tenant)


def _events(api: Api, key: str, kind: str, tenant: str) -> list[dict[str, Any]]:
    asked = {"event_type": kind, "tenant_id": tenant, "fields": "full", "limit": 100}
    response = api("GET", "/audit", key=key, params=asked)
    assert response.status_code == 200, response.text
    return list(response.json()[::-1])


# --- who is let in ----------------------------------------------------------------------------------------------------


@on_sqlite
def test_the_table_of_scopes_names_every_route(api: Api) -> None:
    found = {
        (method, str(each.path).removeprefix(PREFIX))
        for each in iter_route_contexts(api.client.app.routes)
        for method in each.methods or ()
    }
    assert found == SCOPE_OF.keys() | OPEN


def test_every_route_wants_a_key_and_exactly_its_scope(api: Api) -> None:
    keys = {scope: api.make_key(scopes=frozenset({scope})) for scope in SCOPES}
    for (method, path), needed in SCOPE_OF.items():
        refused(api(method, concrete(path), key=""), 401, "no_key")
        for scope, key in keys.items():
            response = api(method, concrete(path), key=key)
            if scope == needed and path in AND_READ:
                assert "audit:read" in refused(response, 403, "missing_scope")["detail"], path
            elif scope == needed:
                assert response.status_code not in (401, 403), (method, path, scope, response.text)
            else:
                assert needed in refused(response, 403, "missing_scope")["detail"], (method, path, scope)


def test_the_description_needs_no_key(api: Api) -> None:
    assert api("GET", "/openapi.json", key="").status_code == 200


@on_sqlite
@pytest.mark.parametrize(
    "presented",
    [
        canary.SECRET_KEY,
        "pk_live_",
        "pk_live_" + "a" * 31,
        "pk_live_" + "a" * 33,
        "pk_live_" + "A" * 32,
        "pk_prod_" + "a" * 32,
        "Bearer " + canary.SECRET_KEY,
        "' OR 1=1 --",
        "é" * 40,
        "x" * 10_000,
    ],
)
def test_what_is_no_key_of_ours_is_refused_and_never_repeated(api: Api, presented: str) -> None:
    headers = {"X-API-Key": presented.encode("latin-1")}
    response = api.client.get("jobs", headers=headers)
    refused(response, 401, "unknown_key")
    assert presented not in response.text
    assert response.headers["www-authenticate"].startswith("ApiKey ")


@on_sqlite
def test_a_key_counts_in_the_header_alone(api: Api) -> None:
    assert api("GET", "/jobs").status_code == 200
    for name in ("api_key", "X-API-Key", "x-api-key", "key", "token", "access_token"):
        refused(api("GET", "/jobs", key="", params={name: api.key}), 401, "no_key")
    refused(api("GET", "/jobs", key="", headers={"Authorization": f"Bearer {api.key}"}), 401, "no_key")
    refused(api("GET", "/jobs", key="", cookies={"X-API-Key": api.key}), 401, "no_key")
    refused(api("GET", "/jobs", key=api.key.upper()), 401, "unknown_key")


@on_sqlite
def test_two_keys_that_differ_contradict_each_other(api: Api) -> None:
    other = api.make_key("other")
    for path in ("jobs", "audit"):
        for one, two in ((api.key, other), (other, api.key), (api.key, "x")):
            refused(api.client.get(path, headers=[("X-API-Key", one), ("X-API-Key", two)]), 400, "two_keys")
        assert api.client.get(path, headers=[("X-API-Key", api.key)] * 2).status_code == 200
    assert api.client.get("health", headers=[("X-API-Key", api.key), ("X-API-Key", other)]).status_code == 200


def test_a_revoked_key_is_refused_at_once_in_every_instance(api: Api) -> None:
    victim = api.make_key()
    key_id = next(row["id"] for row in api("GET", "/api-keys").json() if row["prefix"] == victim[:11] + "...")
    with another_app(api) as other:
        assert other("GET", "/jobs", key=victim).status_code == 200
        answer = api("DELETE", f"/api-keys/{key_id}")
        assert (answer.status_code, answer.json()) == (200, {"detail": "API key revoked"})
        refused(other("GET", "/jobs", key=victim), 401, "key_revoked")
        refused(api("GET", "/jobs", key=victim), 401, "key_revoked")
    listed = {row["id"]: row for row in api("GET", "/api-keys").json()}
    assert listed[key_id]["is_active"] is False and listed[key_id]["revoked_at"].endswith("Z")
    refused(api("DELETE", f"/api-keys/{key_id}"), 409, "already_revoked")
    assert api.event_types(resource_id=key_id) == ["api_key.created", "api_key.revoked", "auth.failed", "auth.failed"]
    assert [e["metadata"] for e in api.events(resource_id=key_id, event_type="auth.failed")] == [
        {"count": 1, "method": "GET", "reason": "revoked", "route": "/jobs"}
    ] * 2  # each instance counts by itself


@on_sqlite
def test_a_key_may_revoke_itself_and_is_then_refused(api: Api) -> None:
    key_id = api("GET", "/api-keys").json()[0]["id"]
    assert api("DELETE", f"/api-keys/{key_id}").status_code == 200
    refused(api("GET", "/api-keys"), 401, "key_revoked")


def test_a_key_ends_with_its_expiry(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    made = api("POST", "/api-keys", json={"name": "short", "expires_at": "2099-01-01"}).json()
    assert made["expires_at"] == "2099-01-01T00:00:00.000000Z" and made["is_active"] is True
    assert api("GET", "/jobs", key=made["key"]).status_code == 200
    new_year = 4_070_908_800 * ids.SECOND
    assert ids.iso(new_year) == made["expires_at"]
    monkeypatch.setattr(ids, "now", lambda: new_year - 1)
    assert api("GET", "/jobs", key=made["key"]).status_code == 200
    monkeypatch.setattr(ids, "now", lambda: new_year)
    refused(api("GET", "/jobs", key=made["key"]), 401, "key_expired")
    assert {row["name"]: row["is_active"] for row in api("GET", "/api-keys").json()} == {"short": False, "test": True}


@on_sqlite
@pytest.mark.parametrize(
    ("expires_at", "status"),
    [
        ("2999-12-31T23:59:59.999999Z", 201),
        ("9999-12-31T23:59:59Z", 201),
        ("2999-01-01 00:00:00 02:00", 201),
        (None, 201),
        ("9999-12-31T23:59:59-01:00", 422),
        ("9999-12-31T23:59:60Z", 422),
        ("2020-01-01", 422),
        ("0001-01-01T00:00:00+23:59", 422),
        ("tomorrow", 422),
        ("", 422),
        (4102444800, 422),
        (True, 422),
    ],
)
def test_an_expiry_is_a_moment_in_the_future_that_can_be_written(api: Api, expires_at: Any, status: int) -> None:
    response = api("POST", "/api-keys", json={"name": "x", "expires_at": expires_at})
    if status == 201:
        assert response.status_code == 201, response.text
    else:
        assert "expires_at" in refused(response, 422)["detail"]


# --- from where -------------------------------------------------------------------------------------------------------

PROXIES = tuple(ip_network(each) for each in ("10.0.0.0/8", "fd00::/8"))


@on_sqlite
@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["192.0.2.1"], "203.0.113.9"),  # nobody's proxy: its claim is worth nothing
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.66, 192.0.2.1"], "192.0.2.1"),  # the left one is what the caller sent
        ("10.0.0.1", ["192.0.2.66, 192.0.2.1, 10.0.0.7"], "192.0.2.1"),
        ("10.0.0.1", ["192.0.2.66", "192.0.2.1", "10.0.0.7"], "192.0.2.1"),  # several headers are one list
        ("10.0.0.1", ["192.0.2.66,192.0.2.1", " 10.0.0.7 "], "192.0.2.1"),
        ("10.0.0.1", ["10.0.0.5, 10.0.0.6"], "10.0.0.5"),
        ("10.0.0.1", ["192.0.2.66, unknown"], "10.0.0.1"),  # garbage ends the chain
        ("10.0.0.1", ["192.0.2.66, 192.0.2.1:4711"], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.66, "], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.66, 192.0.02.1"], "10.0.0.1"),  # ambiguous: some read a leading zero as octal
        ("10.0.0.1", [f"{canary.SSN}"], "10.0.0.1"),
        ("10.0.0.1", ["2001:db8::1"], "2001:db8::1"),
        ("10.0.0.1", ["2001:DB8:0:0::1"], "2001:db8::1"),
        ("10.0.0.1", [f"fe80::1%{canary.SECRET_KEY}"], "fe80::1"),  # a zone is any text and longer than the column
        ("fd00::1", ["192.0.2.1"], "192.0.2.1"),
        ("::ffff:10.0.0.1", ["192.0.2.1"], "192.0.2.1"),  # a dual-stack socket sees our proxy like this
        ("10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"),
        ("::ffff:203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
    ],
)
def test_the_address_is_the_nearest_that_is_not_our_proxy(api: Api, peer: str, forwarded: list[str], seen: str) -> None:
    with another_app(api, address=peer, trusted_proxies=PROXIES) as behind:
        headers = [("X-Forwarded-For", each) for each in forwarded] + [("X-API-Key", api.key)]
        made = behind.client.post("policies", headers=headers, json={"name": "x"})
        assert made.status_code == 201, made.text
    event = api("GET", "/audit", params={"fields": "full", "resource_id": made.json()["id"]}).json()[0]
    assert event["ip_address"] == seen


@on_sqlite
@pytest.mark.parametrize(
    ("networks", "peer", "forwarded", "allowed"),
    [
        (["192.0.2.0/24"], "192.0.2.1", "", True),
        (["192.0.2.0/24"], "192.0.3.1", "", False),
        (["192.0.2.0/24"], "203.0.113.9", "192.0.2.1", False),  # spoofed
        (["192.0.2.0/24"], "10.0.0.1", "192.0.2.1", True),
        (["192.0.2.0/24"], "10.0.0.1", "192.0.2.1, 203.0.113.9", False),  # spoofed through our proxy
        (["192.0.2.0/24"], "::ffff:192.0.2.1", "", True),
        (["192.0.2.7"], "192.0.2.7", "", True),
        (["192.0.2.7"], "192.0.2.8", "", False),
        (["2001:db8::/32"], "2001:db8:1::5", "", True),
        (["2001:db8::/32"], "2001:db9::5", "", False),
        (["2001:db8::/32"], "192.0.2.1", "", False),
        (["2001:db8::/32", "192.0.2.0/24"], "192.0.2.1", "", True),
        (["192.0.2.0/24"], "a-unix-socket", "", False),  # no address at all
    ],
)
def test_a_key_of_networks_works_from_there_alone(
    api: Api, networks: list[str], peer: str, forwarded: str, allowed: bool
) -> None:
    made = api("POST", "/api-keys", json={"name": "bound", "networks": networks}).json()
    with another_app(api, address=peer, trusted_proxies=PROXIES) as there:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        response = there("GET", "/jobs", key=made["key"], headers=headers)
    if allowed:
        assert response.status_code == 200, response.text
    else:
        refused(response, 403, "wrong_address")
        assert api.events(event_type="auth.denied")[0]["metadata"]["reason"] == "address_not_allowed"


# --- issuing ----------------------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_masked_ever_after_and_stored_as_a_hash(api: Api, database: Any) -> None:
    response = api("POST", "/api-keys", json={"name": "mine", "created_by": "a label", "test": True})
    made = response.json()
    assert response.status_code == 201
    assert KEY.match(made["key"]) and made["key"].startswith("pk_test_")
    assert made["prefix"] == made["key_prefix"] == made["key"][:11] + "..."
    assert (made["created_by"], made["tenant_id"], made["usage_count"]) == ("a label", "default", 0)
    assert set(made["scopes"]) == TENANT_SCOPES
    assert made["expires_at"] is made["revoked_at"] is made["last_used_at"] is None
    listed = next(row for row in api("GET", "/api-keys").json() if row["id"] == made["id"])
    assert listed == {name: value for name, value in made.items() if name != "key"}
    event = api.events(event_type="api_key.created")[-1]
    mask = made["key"][:11] + "..." + made["key"][-3:]
    assert (event["resource_id"], event["resource_type"]) == (made["id"], "api_key")
    assert event["actor"] == api.key[:11] + "..." + api.key[-3:]  # the calling key, never the label
    assert event["metadata"] == {
        "name": "mine", "masked_key": mask, "scopes": made["scopes"], "expires_at": None, "networks": [],
    }  # fmt: skip
    assert api("GET", "/policies", key=made["key"]).status_code == 200
    assert tables_holding(database, made["key"]) == tables_holding(database, made["key"][8:]) == []
    assert tables_holding(database, "a label") == ["api_key.created_by"]  # the search finds what is there


@on_sqlite
def test_keys_are_random(api: Api) -> None:
    made = {api("POST", "/api-keys", json={"name": f"{n}"}).json()["key"] for n in range(5)}
    assert len({key[8:14] for key in made}) == 5
    assert all(KEY.match(key) and key.startswith("pk_live_") for key in made)


@on_sqlite
@pytest.mark.parametrize(
    ("own", "asked", "allowed"),
    [
        ({"api_keys", "redact"}, ["redact"], True),
        ({"api_keys", "redact"}, None, True),
        ({"api_keys", "redact"}, ["redact", "jobs"], False),
        (TENANT_SCOPES, [OPERATOR], False),
        (TENANT_SCOPES | {OPERATOR}, [OPERATOR], True),
        (TENANT_SCOPES | {OPERATOR}, None, True),
    ],
)
def test_a_key_hands_on_no_scope_it_lacks(api: Api, own: set[str], asked: list[str] | None, allowed: bool) -> None:
    caller = api.make_key(scopes=frozenset(own))
    before = len(api("GET", "/api-keys").json())
    response = api("POST", "/api-keys", key=caller, json={"name": "x"} | ({} if asked is None else {"scopes": asked}))
    if allowed:
        assert set(response.json()["scopes"]) == (own - {OPERATOR} if asked is None else set(asked))
        return
    refused(response, 403, "scope_escalation")
    assert len(api("GET", "/api-keys").json()) == before
    assert api.events(event_type="auth.denied")[0]["metadata"]["reason"] == "scope_escalation"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 201},
        {"name": "a\nb"},
        {"name": "a\u0000b"},
        {"name": 5},
        {"name": None},
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "x", "scopes": "redact"},
        {"name": "x", "networks": ["10.0.0.1/8"]},
        {"name": "x", "networks": ["somewhere"]},
        {"name": "x", "networks": [10]},
        {"name": "x", "networks": ["10.0.0.0/8"] * 51},
        {"name": "x", "created_by": "a\u0000b"},
        {"name": "x", "created_by": "y" * 201},
        {"name": "x", "created_by": None},
        {"name": "x", "tenant_id": "a\u0000b"},
        {"name": "x", "tenant_id": 7},
        {"name": "x", "test": "perhaps"},
    ],
)
def test_a_bad_key_request_is_refused_and_makes_nothing(api: Api, body: dict[str, Any]) -> None:
    refused(api("POST", "/api-keys", key=operator(api), json=body), 422)
    assert len(api("GET", "/api-keys").json()) == 2


def test_use_is_counted_without_an_event(api: Api) -> None:
    before = len(api.events())
    used = len(api("GET", "/api-keys").json()) and 2  # the two requests so far
    for _ in range(5):
        api("GET", "/jobs")
    row = api("GET", "/api-keys").json()[0]
    assert row["usage_count"] == used + 5 + 1
    assert row["last_used_at"] >= row["created_at"]
    assert len(api.events()) == before


# --- what refusals leave behind ---------------------------------------------------------------------------------------


@contextmanager
def flooded(api: Api, address: str = "203.0.113.9") -> Iterator[Api]:
    with another_app(api, address=address) as other:
        yield other
        count_now(other)


def test_equal_refusals_are_one_event_and_then_their_count(api: Api) -> None:
    with flooded(api) as other:
        for _ in range(6):
            refused(other("GET", "/jobs", key=canary.SECRET_KEY), 401)
        assert [e["metadata"]["count"] for e in refusals(api, "auth.failed")] == [1]
    events = refusals(api, "auth.failed")
    assert [e["metadata"]["count"] for e in events] == [1, 5]
    for event in events:
        assert event["metadata"] == {
            "reason": "unknown_key", "method": "GET", "route": "/jobs", "count": event["metadata"]["count"],
        }  # fmt: skip
        assert (event["actor"], event["tenant_id"], event["outcome"]) == ("anonymous", "system", "denied")
        assert (event["resource_type"], event["resource_id"]) == ("api_key", "unknown")
        assert event["ip_address"] == "203.0.113.9"
        assert event["request_id"]


@on_sqlite
def test_unlike_refusals_are_events_of_their_own(api: Api) -> None:
    with flooded(api) as other:
        other("GET", "/jobs", key="")
        other("GET", "/jobs", key=canary.SECRET_KEY)
        other("GET", "/policies", key="")
        other("POST", "/policies", key="")
    with flooded(api, "203.0.113.10") as other:
        other("GET", "/jobs", key="")
    assert [e["metadata"]["count"] for e in refusals(api, "auth.failed")] == [1] * 5


def test_a_denied_key_is_named_in_its_own_tenants_log(api: Api) -> None:
    weak = api.make_key("acme", scopes=frozenset({"redact"}))
    reader = api.make_key("acme", scopes=frozenset({"audit:read"}))
    with flooded(api) as other:
        for _ in range(4):
            refused(other("GET", "/jobs/job_of_somebody", key=weak), 403, "missing_scope")
    events = _events(api, reader, "auth.denied", "acme")
    assert [e["metadata"]["count"] for e in events] == [1, 3]
    assert {e["actor"] for e in events} == {weak[:11] + "..." + weak[-3:]}
    assert {e["metadata"]["route"] for e in events} == {"/jobs/{job_id}"}  # never the path that was asked for
    assert refusals(api, "auth.denied") == []


@on_sqlite
def test_a_flood_of_bad_keys_writes_a_bounded_number_of_events(api: Api, database: Any) -> None:
    with another_app(api, trusted_proxies=PROXIES) as other:
        flood = (
            ("GET", "/jobs", {"X-Forwarded-For": f"198.51.{n // 250}.{n % 250}", "X-API-Key": f"pk_live_{n:032d}"})
            for n in range(2000)
        )
        assert {status for status, _ in asgi(other.client.app, flood)} == {401}
        count_now(other)
    events = [row for row in rows(database, "audit_event", "position") if row["event_type"] == "auth.failed"]
    assert len(events) == MAX_KINDS + 2  # one each, one for all the others, and their count
    counts = [int(re.findall(r'"count":(\d+)', row["details"])[0]) for row in events]
    assert sum(counts) == 2000
    assert tables_holding(database, f"{1999:032d}") == []


@on_sqlite
def test_addresses_of_one_ipv6_network_are_one_source(api: Api) -> None:
    with another_app(api, address="10.0.0.1", trusted_proxies=PROXIES) as other:
        for n in range(50):
            other.client.get("jobs", headers={"X-Forwarded-For": f"2001:db8:0:1::{n:x}"})
        count_now(other)
    assert [e["metadata"]["count"] for e in refusals(api, "auth.failed")] == [1, 49]


def test_only_operators_read_the_log_of_unknown_keys(api: Api) -> None:
    api("GET", "/jobs", key=canary.SECRET_KEY)
    assert api.events(event_type="auth.failed") == []
    refused(api("GET", "/audit", params={"tenant_id": "system"}), 403, "wrong_tenant")
    key = operator(api)
    found = api("GET", "/audit", key=key, params={"tenant_id": "system", "event_type": "auth.failed"}).json()
    assert [e["metadata"]["reason"] for e in found] == ["unknown_key"]
    refused(api("GET", f"/audit/{found[0]['id']}"), 404)
    assert api("GET", f"/audit/{found[0]['id']}", key=key, params={"tenant_id": "system"}).status_code == 200


def test_no_key_belongs_to_the_servers_own_tenant(api: Api) -> None:
    with pytest.raises(service.Invalid):
        api.make_key("system")


def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal_and_is_recorded_later(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from expunct_server.errors import Unavailable
    from expunct_server.tenants import refusals as module

    def away(*_: Any, **__: Any) -> Any:
        raise Unavailable("The database cannot be reached.")

    with monkeypatch.context() as broken:
        broken.setattr(module, "writing", away)
        response = api("GET", "/jobs", key=canary.SECRET_KEY)
        assert response.status_code == 503  # if an event cannot be recorded, no answer pretends that it was
    count_now(api)
    assert [e["metadata"]["count"] for e in refusals(api, "auth.failed")] == [1]
