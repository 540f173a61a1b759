"""Requests a key may make in a minute, by its tenant's plan."""

from types import SimpleNamespace
from typing import Any

import pytest

from expunct_server import ids
from expunct_server.tenants import rates, service
from tests.conftest import Api
from tests.web.helpers import another_app, on_sqlite, refused, rows

MINUTE = 29_500_000  # some minute since 1970


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The time that rates are counted by: it stands still, 20.5 seconds into a minute, until a test moves it."""
    clock = SimpleNamespace(MINUTE=ids.MINUTE, SECOND=ids.SECOND, moment=MINUTE * ids.MINUTE + 20_500_000)
    clock.now = lambda: clock.moment
    monkeypatch.setattr(rates, "ids", clock)
    return clock


def planned(api: Api, act: Any, plan: str) -> str:
    """A key of a tenant on a plan."""
    key = api.make_key(f"on-{plan}")
    with act(f"on-{plan}") as unit:
        service.set_plan(unit, service.get_tenant(unit.session, f"on-{plan}"), plan)
    return key


def test_a_key_has_its_plans_requests_a_minute_in_all_instances_together(api: Api, act: Any, clock: Any) -> None:
    key = planned(api, act, "free")
    with another_app(api, rate_limit_free=4) as one, another_app(api, rate_limit_free=4) as two:
        for n, instance in enumerate((one, two, two, one)):
            answer = instance("GET", "/jobs", key=key)
            assert answer.status_code == 200
            limits = {name: answer.headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")}
            assert limits == {"limit": "4", "remaining": str(3 - n), "reset": "40"}
        for instance in (one, two):
            answer = instance("GET", "/jobs", key=key)
            body = refused(answer, 429, "rate_limited")
            assert "4 requests" in body["detail"]
            assert (answer.headers["retry-after"], answer.headers["ratelimit-remaining"]) == ("40", "0")
            assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-reset"]) == ("4", "40")
        clock.moment = (MINUTE + 1) * ids.MINUTE - 1
        assert one("GET", "/jobs", key=key).headers["retry-after"] == "1"
        clock.moment += 1
        assert one("GET", "/jobs", key=key).headers["ratelimit-remaining"] == "3"


@on_sqlite
def test_each_key_has_a_limit_of_its_own_and_each_plan_another(api: Api, act: Any, clock: Any) -> None:
    free, pro, enterprise = (planned(api, act, plan) for plan in ("free", "pro", "enterprise"))
    second = api.make_key("on-free")
    with another_app(api, rate_limit_free=1, rate_limit_pro=3) as app:
        statuses = {
            name: [app("GET", "/jobs", key=key).status_code for _ in range(5)]
            for name, key in (("free", free), ("second", second), ("pro", pro), ("enterprise", enterprise))
        }
        assert "ratelimit-limit" not in app("GET", "/jobs", key=enterprise).headers
    assert statuses == {
        "free": [200, 429, 429, 429, 429],
        "second": [200, 429, 429, 429, 429],
        "pro": [200, 200, 200, 429, 429],
        "enterprise": [200] * 5,
    }


def test_counting_makes_no_events_and_forgets(api: Api, act: Any, clock: Any) -> None:
    key = planned(api, act, "free")
    before = len(rows(api.database, "audit_event"))
    for _ in range(5):
        assert api("GET", "/jobs", key=key).status_code == 200
        clock.moment += ids.MINUTE
    assert len(rows(api.database, "audit_event")) == before
    assert len(rows(api.database, "rate_window")) <= 3


@on_sqlite
def test_a_refused_request_does_nothing(api: Api, act: Any, clock: Any) -> None:
    key = planned(api, act, "free")
    with another_app(api, rate_limit_free=1) as app:
        assert app("POST", "/policies", key=key, json={"name": "first"}).status_code == 201
        refused(app("POST", "/policies", key=key, json={"name": "second"}), 429)
        refused(app.upload("Dear Sir", key=key), 429)
    assert [row["tenant_id"] for row in rows(api.database, "policy")] == ["on-free"]
    assert rows(api.database, "job") == []


def test_a_new_tenant_has_no_limit_and_a_changed_plan_is_an_event(api: Api, act: Any) -> None:
    assert {row["plan"] for row in rows(api.database, "tenant")} == {"enterprise"}
    key = planned(api, act, "pro")
    changed = api("GET", "/audit", key=key, params={"event_type": "tenant.updated"}).json()
    assert [e["metadata"] for e in changed] == [{"from_plan": "enterprise", "plan": "pro"}]
    with pytest.raises(service.Invalid), act("on-pro") as unit:
        service.set_plan(unit, service.get_tenant(unit.session, "on-pro"), "gold")
