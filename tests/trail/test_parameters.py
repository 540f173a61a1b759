"""A question is answered as it was asked, or not at all."""

import threading

import pytest

from expunct_server.tenants.scopes import ERASE
from expunct_server.trail import proofs
from tests.conftest import Api
from tests.trail.test_proofs import publish
from tests.web.helpers import on_sqlite, refused


@on_sqlite
@pytest.mark.parametrize("name", ["event_typ", "request_id", "Order", "q", "from", "Event_Type"])
def test_a_parameter_that_would_be_ignored_is_refused_by_name(api: Api, name: str) -> None:
    body = refused(api("GET", "/audit", params={name: "x"}), 422, "unknown_parameter")
    assert body["detail"].startswith(f"{name} is not a parameter of the audit trail. They are: tenant_id, event_type, ")


@on_sqlite
def test_a_parameter_that_is_no_name_is_not_repeated(api: Api) -> None:
    body = refused(api("GET", "/audit", params={"219-09-9999": "x"}), 422, "unknown_parameter")
    assert body["detail"].startswith("A parameter is not a parameter")


@on_sqlite
@pytest.mark.parametrize("name", ["actor", "from_date", "limit", "fields", "order", "cursor"])
def test_a_parameter_that_is_there_twice_is_refused(api: Api, name: str) -> None:
    body = refused(api("GET", f"/audit?{name}=1&{name}=2"), 422, "invalid")
    assert body["detail"] == f"{name} is there twice; send it once."


# --- beside the listing -----------------------------------------------------------------------------------------------


def reads(api: Api) -> dict[str, set[str]]:
    """Every path below /audit that is read but the listing, and a job's receipt, with the parameters it describes."""
    found = {}
    for path, item in api.client.app.openapi()["paths"].items():
        if "get" in item and (path.startswith("/api/v1/audit/") or path.endswith("/receipt")):
            named = {each["name"] for each in item["get"]["parameters"] if each["in"] == "query"}
            found[path.removeprefix("/api/v1")] = named - {"tenant_id"}
    return found


@on_sqlite
def test_no_path_of_the_trail_ignores_a_parameter(api: Api) -> None:
    known = reads(api)
    assert known["/audit/{event_id}"] == known["/jobs/{job_id}/receipt"] == {"wait"}
    assert known["/audit/{event_id}/proof"] == {"wait", "open"} and known["/audit/log/consistency"] == {"from", "to"}
    assert len(known) == 11
    for path, names in known.items():
        place = path.format(event_id=api.events()[-1]["id"], job_id="job_1", path="0/000")
        for wrong in {"opne", "wait", "x"} if "wait" not in names else {"opne", "x"}:
            body = refused(api("GET", place, params={wrong: "published"}), 422, "unknown_parameter")
            assert body["detail"].startswith(f"{wrong} is not a parameter of this request. They are: tenant_id")
            refused(api("GET", place, params={wrong: "published"}, key=""), 401)
        for name in names:
            twice = refused(api("GET", f"{place}?{name}=1&{name}=1"), 422, "invalid")
            assert twice["detail"] == f"{name} is there twice; send it once."
    key = api.make_key(scopes=frozenset({ERASE}))
    body = refused(api("POST", "/audit/erasures?wait=published", json={}, key=key), 422, "unknown_parameter")
    assert body["detail"] == "wait is not a parameter of this request. They are: tenant_id."


@on_sqlite
def test_an_event_is_waited_for_until_it_is_published(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    path = f"/audit/{api.events()[-1]['id']}"
    assert api("GET", path).json()["state"] == "recorded"
    monkeypatch.setattr(proofs, "_WAIT_SECONDS", 0)
    late = api("GET", path, params={"wait": "published"})
    assert (late.status_code, late.json()["state"]) == (200, "recorded")  # it says how far it is, and is no error
    monkeypatch.undo()
    worker = threading.Timer(0.3, publish, [api])
    worker.start()
    assert api("GET", path, params={"wait": "published"}).json()["state"] == "published"
    worker.join()
    assert not proofs._waiters._taken
    refused(api("GET", path, params={"wait": "sequenced"}), 422, "invalid")
    refused(api("GET", "/audit/evt_none", params={"wait": "published"}), 404, "not_found")
