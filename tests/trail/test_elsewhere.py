"""An API on a machine that does not hold the log's files: it says so, and everything else works."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from expunct_server import ids
from expunct_server.jobs import workers
from expunct_server.publishing import sequencer
from expunct_server.publishing.lag import LATE_SECONDS
from tests.conftest import Api
from tests.trail.test_proofs import publish
from tests.web.helpers import operator, refused


@pytest.fixture
def move(api: Api) -> Callable[[], None]:
    """From now on the API's data folder is another, on a machine of its own."""

    def moved() -> None:
        gate = api.client.app.state.gate
        folder = gate.settings.data / "another machine"
        folder.mkdir()
        api.client.app.state.gate = replace(gate, settings=replace(gate.settings, data=folder))

    return moved


def test_what_is_in_files_is_refused_and_nothing_else(api: Api, move: Callable[[], None]) -> None:
    publish(api)
    event = api.events()[-1]
    size = next(each.size for each in sequencer.heads(api.database) if each.tenant_id == "default")
    move()
    for path in (
        f"/audit/{event['id']}/proof",
        f"/audit/{event['id']}/proof?wait=published",
        "/audit/log/checkpoint",
        f"/audit/log/tile/0/000.p/{size}",
        "/audit/log/key",
        f"/audit/log/consistency?from=1&to={size}",
        "/audit/log/anchor",
        "/audit/log/super/checkpoint",
        "/audit/log/super/tile/0/000.p/1",
        "/audit/log/super/key",
    ):
        said = refused(api("GET", path), 503, "log_elsewhere")
        assert "does not hold the files" in said["detail"]
    assert api.events()[-1] == event
    assert api("GET", f"/audit/{event['id']}").json()["state"] == "published"
    assert api("GET", "/policies").status_code == 200


def test_a_receipt_is_refused_too(api: Api, move: Callable[[], None]) -> None:
    job = api.redacted("Dear Anna Smith")
    publish(api)
    move()
    refused(api("GET", f"/jobs/{job['id']}/receipt"), 503, "log_elsewhere")


def test_health_says_where_the_files_are_and_judges_the_lag_by_the_database(
    api: Api, move: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = operator(api)
    publish(api)
    workers.beat(api.database, "host:worker-1")

    def log() -> tuple[str, Any]:
        body = api("GET", "/health", key=key).json()
        return body["status"], body["audit_log"]

    status, here = log()
    assert (status, here["home"]["is_here"]) == ("ok", True) and here["home"]["since"].endswith("Z")
    move()
    status, elsewhere = log()
    assert status == "ok" and elsewhere == here | {"home": here["home"] | {"is_here": False}}

    later = ids.now() + (LATE_SECONDS + 10) * ids.SECOND
    api("POST", "/policies", json={"name": "letters"})
    monkeypatch.setattr(ids, "now", lambda: later)
    workers.beat(api.database, "host:worker-1")
    status, waiting = log()
    assert status == "degraded" and "published from another data folder" in waiting["late"]
