"""Schedules: what is due is started once, whoever is late and however many workers there are."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from expunct_server import ids
from expunct_server.connectors import scheduler
from tests.conftest import Api
from tests.connectors.helpers import due_since, folder, inputs, make, start, step, synced, to_its_end, uris, write
from tests.web.helpers import on_sqlite

DAY = 24 * 60 * ids.MINUTE


def syncs(api: Api, made: dict[str, Any]) -> list[dict[str, Any]]:
    response = api("GET", f"/connectors/{made['id']}/syncs")
    assert response.status_code == 200, response.text
    return list(response.json())


def now(api: Api, made: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = api("GET", f"/connectors/{made['id']}").json()
    return found


def midnight() -> int:
    return ids.now() // DAY * DAY


def test_a_connector_that_is_due_is_synced_in_the_scheduler_s_name(api: Api) -> None:
    write(api, "a.txt")
    made = make(api, schedule_cron="0 0 * * *")
    assert made["next_run_at"] == ids.iso(midnight() + DAY)
    step(api)
    assert syncs(api, made) == []
    due_since(api, made, midnight() - 2 * DAY)
    step(api)
    started = syncs(api, made)[0]
    assert (started["trigger"], started["job_count"]) == ("schedule", 1)
    assert now(api, made)["next_run_at"] == ids.iso(midnight() + DAY)
    ended = to_its_end(api, started)
    assert (ended["status"], ended["completed_jobs"]) == ("completed", 1)
    events = api.events(resource_type="connector")
    assert [each["event_type"] for each in events[1:]] == ["connector.sync_scheduled", "connector.sync_completed"]
    assert events[1]["metadata"] == {"sync_id": started["id"], "due_at": ids.iso(midnight()), "missed": 2}
    assert events[2]["metadata"]["trigger"] == "schedule"
    assert {each["actor"] for each in events[1:]} == {"system:scheduler"}
    job = api.events(event_type="job.created")[0]
    assert (job["actor"], job["tenant_id"]) == ("system:scheduler", "default")


def test_of_many_workers_one_starts_what_is_due(api: Api) -> None:
    made = make(api, schedule_cron="0 0 * * *")
    due_since(api, made, midnight())
    with ThreadPoolExecutor(4) as threads:
        started = list(threads.map(lambda _: scheduler.start_due(api.database), range(4)))
    assert sorted(started) == [0, 0, 0, 1]
    assert len(syncs(api, made)) == 1


@on_sqlite
def test_a_time_at_which_a_sync_still_runs_is_passed_over(api: Api) -> None:
    write(api, "a.txt")
    made = make(api, schedule_cron="0 0 * * *")
    started = start(api, made)
    due_since(api, made, midnight())
    step(api)
    assert [each["id"] for each in syncs(api, made)] == [started["id"]]
    assert now(api, made)["next_run_at"] == ids.iso(midnight() + DAY)
    assert "connector.sync_scheduled" not in api.event_types()


@pytest.mark.parametrize("how", ["deleted", "inactive", "by hand"])
@on_sqlite
def test_what_is_switched_off_or_deleted_never_runs(api: Api, how: str) -> None:
    made = make(api, schedule_cron="* * * * *")
    if how == "deleted":
        assert api("DELETE", f"/connectors/{made['id']}").status_code == 200
    else:
        change = {"active": False} if how == "inactive" else {"schedule_cron": None}
        assert api("PUT", f"/connectors/{made['id']}", json=change).json()["next_run_at"] is None
    with api.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM connector WHERE next_run_at IS NOT NULL")) == 0
    assert step(api) == 0


@on_sqlite
def test_a_change_of_the_schedule_reckons_the_next_time_anew(api: Api) -> None:
    made = make(api)
    path = f"/connectors/{made['id']}"
    assert made["next_run_at"] is None
    assert api("PUT", path, json={"schedule_cron": "0 0 * * *"}).json()["next_run_at"] == ids.iso(midnight() + DAY)
    shifted = api("PUT", path, json={"schedule_timezone": "Asia/Kolkata"}).json()["next_run_at"]
    assert shifted.endswith("T18:30:00.000000Z")
    assert api("PUT", path, json={"active": False}).json()["next_run_at"] is None
    assert api("PUT", path, json={"active": True}).json()["next_run_at"] == shifted
    due_since(api, made, midnight() - DAY)
    assert api("PUT", path, json={"name": "another"}).json()["next_run_at"] == ids.iso(midnight() - DAY)


@on_sqlite
def test_one_connector_s_trouble_is_no_other_s(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    write(api, "a.txt")
    broken = make(api, schedule_cron="0 0 * * *", output_prefix="x/")
    well = make(api, schedule_cron="0 0 * * *")
    for each, since in ((broken, midnight() - DAY), (well, midnight())):
        due_since(api, each, since)
    start_one = scheduler._start

    def start_other(database: Any, connector_id: str, tenant_id: str) -> bool:
        if connector_id == broken["id"]:
            raise RuntimeError("a rule of its zone that cannot be read")
        return start_one(database, connector_id, tenant_id)

    monkeypatch.setattr(scheduler, "_start", start_other)
    step(api)
    assert (len(syncs(api, broken)), len(syncs(api, well))) == (0, 1)
    assert inputs(api) == uris(api, "a.txt")


@on_sqlite
def test_a_folder_that_is_away_fails_one_sync_and_the_next_is_well(api: Api) -> None:
    write(api, "a.txt")
    made = make(api, schedule_cron="0 0 * * *")
    folder(api).rename(folder(api).with_name("away"))
    due_since(api, made, midnight())
    step(api)
    assert (syncs(api, made)[0]["status"], syncs(api, made)[0]["error_code"]) == ("failed", "bucket_not_found")
    folder(api).with_name("away").rename(folder(api))
    assert synced(api, made)["completed_jobs"] == 1
