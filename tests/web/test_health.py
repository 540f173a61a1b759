"""/health and /: answers for machines that have no key, and what they keep to themselves."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from expunct_server import __version__, ids
from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database
from expunct_server.jobs import workers
from expunct_server.publishing import sequencer
from expunct_server.publishing.lag import LATE_SECONDS
from expunct_server.publishing.publisher import Publisher
from tests.conftest import TESTER, Api
from tests.support import canary
from tests.web.helpers import count_now, on_sqlite, operator, rows

SHORT = {"status", "version"}


@pytest.fixture
def away(api: Api) -> Iterator[None]:
    """The API's database cannot be reached."""
    gate = api.client.app.state.gate
    nowhere = Database("postgresql+psycopg://nobody@127.0.0.1:9/none?connect_timeout=2")
    api.client.app.state.gate = replace(gate, database=nowhere)
    yield
    api.client.app.state.gate = gate
    nowhere.close()


def publish(api: Api) -> None:
    """All that waits; the events of the fixtures may be old."""
    publisher = Publisher(api.settings, api.database)
    while publisher.step(now=True):
        pass


def test_it_says_whether_a_worker_lives(api: Api) -> None:
    publish(api)
    assert api("GET", "/health", key="").json() == {"status": "degraded", "version": __version__}
    workers.beat(api.database, "host:worker-1")
    assert api("GET", "/health", key="").json() == {"status": "ok", "version": __version__}


def test_a_lost_key_of_the_log_shows_and_is_not_read(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker lives, no log is stopped, and nothing is published: neither what waits nor what has a place."""
    key, path = operator(api), api.settings.data / "keys" / "log.key"
    publish(api)
    lost = path.read_bytes()
    path.unlink()
    with writing(api.database, TESTER) as unit:
        unit.record(JobReportViewed(), resource_id="job_1")
    now = ids.now()

    def after(seconds: int) -> tuple[str, str | None]:
        monkeypatch.setattr(ids, "now", lambda: now + seconds * ids.SECOND)
        workers.beat(api.database, "host:worker-1")
        body = api("GET", "/health", key=key).json()
        assert api("GET", "/health", key="").json() == {"status": body["status"], "version": __version__}
        return body["status"], body["audit_log"]["late"]

    limit = LATE_SECONDS + api.settings.log_checkpoint_seconds
    assert after(limit - 1) == ("ok", None)
    for _ in range(2):
        status, why = after(limit + 60)
        assert status == "degraded" and why is not None and "keys/log.key, which signs the log, is not there" in why
        while sequencer.sequence(api.database, "default") is not None:  # then it has a place and no checkpoint
            pass
    path.write_bytes(b"damaged")
    assert "No worker runs, or it cannot publish" in (after(limit + 60)[1] or "")
    path.write_bytes(lost)
    path.chmod(0o600)
    publish(api)
    assert after(limit + 60) == ("ok", None)


def test_only_an_operators_key_sees_the_parts_and_no_question_is_an_event(api: Api) -> None:
    workers.beat(api.database, "host:worker-1")
    later = ids.now() + 60 * ids.SECOND
    keys = {"none": "", "unknown": canary.SECRET_KEY, "odd": "x", "tenant": api.key, "operator": operator(api)}
    keys["audit"] = api.make_key(scopes=frozenset({"audit:read"}))
    keys["expiring operator"] = api.make_key(scopes=frozenset({"tenants:any"}), expires_at=later)
    before = len(rows(api.database, "audit_event"))
    found = {name: api("GET", "/health", key=key) for name, key in keys.items()}
    count_now(api)
    assert {name: each.status_code for name, each in found.items()} == dict.fromkeys(keys, 200)
    long = {name for name, each in found.items() if each.json().keys() != SHORT}
    assert long == {"operator", "expiring operator"}
    body = found["operator"].json()
    assert [each["id"] for each in body["workers"]] == ["host:worker-1"]
    assert body["jobs"] == {"queued": 0, "processing": 0}
    assert body["webhooks"] == {"active": 0, "failing": 0, "oldest_waiting_seconds": 0.0}
    assert body["syncs"] == {"running": 0, "failing": 0}
    assert all("worker-1" not in found[name].text for name in keys.keys() - long)
    assert len(rows(api.database, "audit_event")) == before


@on_sqlite
def test_a_revoked_operators_key_and_one_over_its_rate_see_the_short_form(api: Api) -> None:
    key = operator(api)
    made = api("GET", "/api-keys", key=key).json()[0]
    assert api("DELETE", f"/api-keys/{made['id']}").status_code == 200
    assert api("GET", "/health", key=key).json().keys() == SHORT


@on_sqlite
@pytest.mark.usefixtures("away")
def test_without_its_database_it_is_down_and_says_so(api: Api) -> None:
    for key in ("", operator(api)):
        response = api("GET", "/health", key=key)
        body = response.json()
        assert response.status_code == 503 and int(response.headers["retry-after"]) > 0
        assert body.keys() == {"status", "version", "detail", "code", "request_id"}
        assert (body["status"], body["version"], body["code"]) == ("down", __version__, "database_unavailable")
        assert body["request_id"] == response.headers["x-request-id"]
    assert api("HEAD", "/health", key="").status_code == 503


@on_sqlite
def test_head_is_get_without_a_body_and_only_there(api: Api) -> None:
    for key in ("", operator(api)):
        got, head = api("GET", "/health", key=key), api("HEAD", "/health", key=key)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-type", "cache-control"):
            assert head.headers[name] == got.headers[name]
        # What an operator is told holds ages, which can take a digit more a moment later.
        assert abs(int(head.headers["content-length"]) - len(got.content)) <= (8 if key else 0)
    wrong = api("POST", "/health")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD")
    for path in ("/jobs", "/audit", "/policies", "/api-keys"):
        assert api("HEAD", path).status_code == 405


@on_sqlite
def test_the_root_says_what_this_is_and_its_links_lead_somewhere(api: Api) -> None:
    response = api.client.get("http://testserver/")
    body = response.json()
    assert (response.status_code, body["name"], body["version"]) == (200, "Expunct Server", __version__)
    for link in (body["health"], body["openapi"]):
        assert link.startswith("/api/v1/") and api.client.get(f"http://testserver{link}").status_code == 200
    wrong = api.client.post("http://testserver/")
    assert (wrong.status_code, wrong.headers["allow"], wrong.json()["code"]) == (405, "GET", "method_not_allowed")
