"""A key acts only while it counts, and hands on no more than it has; regressions of a security review."""

import threading
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from expunct_server import ids
from expunct_server.audit.recorder import SYSTEM_TENANT, writing
from expunct_server.errors import Invalid
from expunct_server.tenants import auth, service
from expunct_server.tenants.refusals import MAX_KINDS
from tests.conftest import TESTER, Api
from tests.support import canary


def key_id(api: Api, key: str) -> str:
    return next(each["id"] for each in api("GET", "/api-keys").json() if key.startswith(each["prefix"][:11]))


@pytest.mark.parametrize("lapse", ["revoked", "expired"])
def test_a_key_that_lapses_while_its_body_arrives_acts_no_more(
    api: Api, monkeypatch: pytest.MonkeyPatch, lapse: str
) -> None:
    key = api.make_key(expires_at=ids.now() + 60 * ids.SECOND if lapse == "expired" else None)
    admitted = auth.authenticate

    def then_lapse(*arguments: Any) -> Any:
        caller = admitted(*arguments)
        if lapse == "revoked":
            with writing(api.database, TESTER) as unit:
                service.revoke_key(unit, caller.key_id)
        else:
            monkeypatch.setattr(auth.ids, "now", lambda: caller.expires_at + 1)
        return caller

    monkeypatch.setattr(auth, "authenticate", then_lapse)
    refused = api("POST", "/api-keys", key=key, json={"name": "successor"})
    monkeypatch.undo()

    assert (refused.status_code, refused.json()["code"]) == (401, f"key_{lapse}")
    assert "successor" not in [event["metadata"].get("name") for event in api.events()]
    assert api.events(event_type="auth.failed")[-1]["metadata"]["reason"] == lapse


def test_a_limited_key_issues_keys_within_its_limits(api: Api) -> None:
    soon = ids.now() + 3600 * ids.SECOND
    key = api.make_key(expires_at=soon, networks=(ip_network("10.0.0.0/8"), ip_network("0.0.0.0/0")))
    create: Callable[..., Any] = lambda **more: api("POST", "/api-keys", key=key, json={"name": "child", **more})  # noqa: E731
    limited = api.make_key(expires_at=soon, networks=(ip_network("10.0.0.0/8"),))
    with writing(api.database, TESTER) as unit:
        within = service.within_limits(None, (), soon, (ip_network("10.0.0.0/8"),))
        assert within == (soon, (ip_network("10.0.0.0/8"),))
        narrower = (ip_network("10.1.0.0/16"),)
        assert service.within_limits(soon - 1, narrower, soon, (ip_network("10.0.0.0/8"),)) == (soon - 1, narrower)
        for expiry, networks in ((soon + 1, ()), (None, (ip_network("11.0.0.0/8"),)), (None, (ip_network("::/0"),))):
            with pytest.raises(service.Escalation):
                service.within_limits(expiry, networks, soon, (ip_network("10.0.0.0/8"),))
        assert unit is not None and limited and create is not None


def test_over_http_the_limits_are_inherited_and_an_escape_is_refused_and_recorded(api: Api) -> None:
    soon = ids.now() + 3600 * ids.SECOND
    key = api.make_key(expires_at=soon)
    child = api("POST", "/api-keys", key=key, json={"name": "child"})
    assert (child.status_code, child.json()["expires_at"]) == (201, ids.iso(soon))
    later = api("POST", "/api-keys", key=key, json={"name": "child", "expires_at": ids.iso(soon + 1)})
    assert (later.status_code, later.json()["code"]) == (403, "scope_escalation")
    assert api.events(event_type="auth.denied")[-1]["metadata"]["reason"] == "scope_escalation"


def test_nothing_but_the_server_writes_to_the_tenant_system(api: Api) -> None:
    operator = api.make_key(scopes=frozenset({"tenants:any", "api_keys", "policies", "audit:read"}))
    for body in ({"name": "k", "tenant_id": "system"}, {"name": "k"}):
        refused = api("POST", "/api-keys", key=operator, json=body, params={"tenant_id": "system"})
        assert (refused.status_code, refused.json()["code"]) == (403, "read_only")
    assert api("GET", "/audit", key=operator, params={"tenant_id": "system"}).status_code == 200
    with pytest.raises(Invalid), writing(api.database, replace(TESTER, tenant_id=SYSTEM_TENANT)) as unit:
        service.issue_key(unit, name="k")


def test_a_flood_of_unknown_keys_does_not_hide_who_a_known_key_is(api: Api) -> None:
    weak = api.make_key(scopes=frozenset({"jobs"}))
    refusals = api.client.app.state.gate.refusals  # type: ignore[attr-defined]
    nobody = auth.Actor("anonymous", "anonymous", SYSTEM_TENANT)
    for number in range(MAX_KINDS + 10):
        kind = auth.Refused(401, nobody, auth.UNKNOWN, "unknown_key", "GET", "/jobs", f"192.0.2.{number}")
        refusals.record(kind, auth.Origin())
    assert api("GET", "/policies", key=weak).status_code == 403
    denied = api.events(event_type="auth.denied")[-1]
    assert (denied["actor"], denied["metadata"]["reason"]) == (weak[:11] + "..." + weak[-3:], "missing_scope")


def test_a_request_id_that_is_a_secret_is_not_taken(api: Api) -> None:
    for secret in (canary.SECRET_KEY, canary.SSN):
        answer = api("GET", "/jobs", headers={"X-Request-ID": secret})
        assert answer.status_code == 200
        assert answer.headers["x-request-id"].startswith("req_")


def test_the_event_loop_answers_while_every_pooled_connection_is_taken(api: Api) -> None:
    first = api("GET", "/audit")
    assert first.status_code == 200
    if api.database.dialect != "sqlite":
        return  # PostgreSQL is never asked on the loop
    held = [api.database.read_engine.connect() for _ in range(16)]
    done = threading.Event()
    answers = []

    def ask() -> None:
        answers.append(api("GET", "/audit", params={"limit": 7}).status_code)
        done.set()

    thread = threading.Thread(target=ask)
    thread.start()
    answered = done.wait(20)
    for connection in held:
        connection.close()
    thread.join()
    assert answered
    assert answers == [200]
