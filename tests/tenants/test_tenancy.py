"""Whose data a request is about: four places that may name the tenant, and what each key may name."""

from itertools import permutations
from typing import Any

import pytest

from tests.conftest import Api
from tests.support import canary
from tests.web.helpers import on_sqlite, operator, refused


def name_everywhere(api: Api, key: str, tenant: str) -> list[Any]:
    """The same request, naming the tenant in each of the places it may be named."""
    policy, upload = {"name": "p"}, {"file": ("a.txt", b"Dear Sir")}
    return [
        api("POST", "/policies", key=key, json=policy, params={"tenant_id": tenant}),
        api("POST", "/policies", key=key, json=policy, headers={"X-Tenant-ID": tenant}),
        api("POST", "/policies", key=key, json=policy | {"tenant_id": tenant}),
        api("POST", "/api-keys", key=key, json={"name": "k", "tenant_id": tenant}),
        api("POST", "/redact", key=key, json={"text": "x", "tenant_id": tenant}),
        api("POST", "/redact", key=key, files=upload, data={"tenant_id": tenant}),
        api("POST", "/redact", key=key, files=upload, params={"tenant_id": tenant}),
        api("POST", "/redact", key=key, files=upload, headers={"X-Tenant-ID": tenant}),
    ]


def test_a_key_may_name_its_own_tenant_anywhere_and_no_other_anywhere(api: Api) -> None:
    api.make_key("acme")
    for response in name_everywhere(api, api.key, "default"):
        assert response.status_code in (200, 201, 202), response.text
    for tenant in ("acme", "nobody", "system", "Default", "'OR'1'='1"):
        for response in name_everywhere(api, api.key, tenant):
            refused(response, 403, "wrong_tenant")
    assert {e["metadata"]["reason"] for e in api.events(event_type="auth.denied")} == {"tenant_not_allowed"}
    for refused_for in ("acme", "system"):
        seen = api("GET", "/audit", key=operator(api), params={"tenant_id": refused_for, "event_type": "auth.denied"})
        assert seen.json() == []  # whoever was asked for learns nothing


def test_an_operator_may_name_any_tenant_and_the_events_land_there(api: Api) -> None:
    reader = api.make_key("acme")
    key = operator(api)
    before = len(api("GET", "/audit", key=reader).json())
    answers = name_everywhere(api, key, "acme")
    assert [each.status_code for each in answers] == [201, 201, 201, 201, 200, 202, 202, 202]
    made = [each.json() for each in answers]
    assert {each["tenant_id"] for each in made if "tenant_id" in each} == {"acme"}
    events = api("GET", "/audit", key=reader).json()
    assert len(events) == before + len(answers)
    for event in events[: len(answers)]:
        assert event["tenant_id"] == "acme"
        assert event["actor"] == key[:11] + "..." + key[-3:]  # who did it stays visible
    assert {e["resource_id"] for e in events[: len(answers)]} == {each["id"] for each in made}
    assert api("GET", "/policies").json() == []
    for response in name_everywhere(api, key, "nobody"):
        refused(response, 404)


@on_sqlite
def test_an_empty_name_names_nobody(api: Api) -> None:
    for response in name_everywhere(api, api.key, ""):
        assert response.status_code in (200, 201, 202), response.text
        assert response.json().get("tenant_id", "default") == "default"
    assert api("GET", "/audit", params={"tenant_id": ""}).json() == api("GET", "/audit").json()


def test_two_names_that_differ_contradict_each_other(api: Api) -> None:
    for tenant in ("acme", "other"):
        api.make_key(tenant)
    for key in (api.key, operator(api)):
        for one, two in permutations(("default", "acme"), 2):
            both = {"params": {"tenant_id": one}, "headers": {"X-Tenant-ID": two}}
            refused(api("GET", "/policies", key=key, **both), 400, "two_tenants")
            twice = api("GET", f"/policies?tenant_id={one}&tenant_id={two}", key=key)
            refused(twice, 400, "two_tenants")
            headers = [("X-API-Key", key), ("X-Tenant-ID", one), ("X-Tenant-ID", two)]
            refused(api.client.get("policies", headers=headers), 400, "two_tenants")
    key = operator(api)
    for one, two in permutations(("default", "acme", "other"), 2):
        for place in ({"params": {"tenant_id": one}}, {"headers": {"X-Tenant-ID": one}}):
            refused(api("POST", "/policies", key=key, json={"name": "x", "tenant_id": two}, **place), 400)
            refused(api("POST", "/redact", key=key, json={"text": "x", "tenant_id": two}, **place), 400)
            sent = {"files": {"file": ("a.txt", b"x")}, "data": {"tenant_id": two}}
            refused(api("POST", "/redact", key=key, **sent, **place), 400)
    same = {"params": {"tenant_id": "acme"}, "headers": {"X-Tenant-ID": "acme"}}
    assert api("POST", "/policies", key=key, json={"name": "x", "tenant_id": "acme"}, **same).status_code == 201


def test_what_belongs_to_another_tenant_is_not_there(api: Api) -> None:
    policy = api("POST", "/policies", json={"name": "p"}).json()["id"]
    job = api.redacted("Dear Sir", data={"policy_id": policy})["id"]
    key_id = api("GET", "/api-keys").json()[0]["id"]
    event = api.events()[0]["id"]
    routes = [
        ("GET", f"/jobs/{job}"), ("GET", f"/jobs/{job}/result"), ("GET", f"/jobs/{job}/download"),
        ("GET", f"/jobs/{job}/findings"),
        ("GET", f"/jobs/{job}/report"), ("POST", f"/jobs/{job}/cancel"), ("GET", f"/policies/{policy}"),
        ("PUT", f"/policies/{policy}"), ("DELETE", f"/policies/{policy}"), ("GET", f"/policies/{policy}/versions"),
        ("DELETE", f"/api-keys/{key_id}"), ("GET", f"/audit/{event}"),
    ]  # fmt: skip
    stranger = api.make_key("acme")
    before = len(api.events())
    for verb, path in routes:
        theirs = refused(api(verb, path, key=stranger, json={"name": "mine"}), 404)
        nobodys = refused(api(verb, path.replace(path.split("/")[2], "none"), key=stranger, json={"name": "mine"}), 404)
        assert theirs["detail"] == nobodys["detail"]  # nor can its existence be told
    refused(api("POST", "/redact", key=stranger, json={"text": "x", "policy_id": policy}), 404)
    refused(api.upload("x", key=stranger, data={"policy_id": policy}), 404)
    for path in ("/jobs", "/policies"):
        assert api("GET", path, key=stranger).json() == []
    assert {row["tenant_id"] for row in api("GET", "/api-keys", key=stranger).json()} == {"acme"}
    assert {e["tenant_id"] for e in api("GET", "/audit", key=stranger).json()} == {"acme"}
    assert api("GET", "/audit", key=stranger, params={"resource_id": job}).json() == []
    assert len(api.events()) == before
    assert api("GET", f"/policies/{policy}").json()["version"] == 1
    assert api("GET", "/jobs").json()[0]["id"] == job


def test_a_policy_of_the_body_can_only_be_changed_where_it_belongs(api: Api) -> None:
    api.make_key("acme")
    policy = api("POST", "/policies", json={"name": "p"}).json()["id"]
    refused(api("PUT", f"/policies/{policy}", json={"name": "q", "tenant_id": "acme"}), 403)
    refused(api("PUT", f"/policies/{policy}", key=operator(api), json={"name": "q", "tenant_id": "acme"}), 404)
    refused(api("PUT", f"/policies/{policy}", json={"name": "q", "tenant_id": 5}), 422)
    refused(api("PUT", f"/policies/{policy}", key=operator(api), json={"name": "q", "tenant_id": "a\0b"}), 422)
    assert api("PUT", f"/policies/{policy}", json={"name": "q", "tenant_id": "default"}).json()["version"] == 2


@on_sqlite
@pytest.mark.parametrize("tenant", ["a b", "a\tb", "é", canary.SECRET_KEY, "x" * 65, "a/b", "%00", "[/x]"])
def test_a_name_no_tenant_can_have_is_refused_and_not_repeated(api: Api, tenant: str) -> None:
    for key, statuses in ((api.key, (403, 422)), (operator(api), (404, 422))):
        asked = api("POST", "/redact", key=key, json={"text": "x", "tenant_id": tenant})
        refused(asked, asked.status_code)
        assert asked.status_code in statuses
        queried = api("GET", "/jobs", key=key, params={"tenant_id": tenant})
        refused(queried, queried.status_code)
        assert queried.status_code == statuses[0]
