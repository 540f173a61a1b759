"""Syncs over a folder: what becomes a job, what does not, and what is told of it."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from expunct_server.audit.recorder import writing
from expunct_server.connectors import sync
from expunct_server.connectors.models import ConnectorObject, ConnectorSync
from expunct_server.storage.base import StoreTimeout
from tests.conftest import TESTER, Api
from tests.connectors.helpers import (
    LETTER,
    at_once,
    folder,
    inputs,
    make,
    means,
    shown,
    start,
    start_unlisted,
    step,
    synced,
    to_its_end,
    uris,
    write,
)
from tests.web.helpers import on_sqlite, operator, refused

COUNTS = ("status", "seen", "unchanged", "skipped", "job_count", "completed_jobs", "failed_jobs", "progress_pct")


def counts(found: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(found[name] for name in COUNTS)


def results(api: Api) -> list[str]:
    """Files below `redacted`."""
    root = folder(api) / "redacted"
    return sorted(str(each.relative_to(root)) for each in root.rglob("*") if each.is_file())


def test_each_object_becomes_a_job_and_its_result_lies_below_the_output_prefix(api: Api) -> None:
    write(api, "a.txt", "sub/b.txt")
    made = make(api)
    started = start(api, made)
    assert counts(started) == ("processing", 2, 0, 0, 2, 0, 0, 0)
    assert started == shown(api, started)
    step(api)  # it has not ended while a job of it has not
    assert started == shown(api, started)
    assert counts(to_its_end(api, started)) == ("completed", 2, 0, 0, 2, 2, 0, 100)
    assert results(api) == ["a.txt", "sub/b.txt"]
    assert "jane" not in (folder(api) / "redacted" / "a.txt").read_text()
    jobs = api("GET", "/jobs").json()
    assert {each["output_uri"] for each in jobs} == set(uris(api, "redacted/a.txt", "redacted/sub/b.txt"))
    # What is listed again: two documents that did not change, and two results.
    assert counts(synced(api, made)) == ("completed", 4, 2, 2, 0, 0, 0, 100)
    assert inputs(api) == uris(api, "a.txt", "sub/b.txt")


def test_what_is_new_or_changed_is_done_and_nothing_else(api: Api) -> None:
    write(api, "a.txt", "b.txt")
    made = make(api)
    synced(api, made)
    write(api, "b.txt", text="Another text, of john@example.com.\n")
    write(api, "c.txt")
    again = synced(api, made)
    assert (again["job_count"], again["unchanged"], again["completed_jobs"]) == (2, 1, 2)
    assert inputs(api) == uris(api, "a.txt", "b.txt", "b.txt", "c.txt")
    listed = api("GET", "/jobs", params={"sync_id": again["id"]}).json()
    assert sorted(each["input_uri"] for each in listed) == uris(api, "b.txt", "c.txt")
    of = {(each["source"], each["connector_id"], each["sync_id"], each["batch_id"]) for each in listed}
    assert of == {("connector", made["id"], again["id"], None)}
    assert api("GET", "/jobs", params={"sync_id": again["id"], "batch_id": "batch_none"}).json() == []
    assert api("GET", f"/jobs/{listed[0]['id']}/report").json()["connector_id"] == made["id"]
    assert "Another text" in (folder(api) / "redacted" / "b.txt").read_text()


@on_sqlite
def test_an_object_that_changed_after_it_was_listed_is_compared_with_what_the_job_read(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    started = start(api, made)
    write(api, "a.txt", text="It changed before the job read it: kim@example.com.\n")
    assert to_its_end(api, started)["completed_jobs"] == 1
    assert synced(api, made)["job_count"] == 0
    write(api, "a.txt", text="It changed after the job read it: kim@example.com.\n")
    assert synced(api, made)["job_count"] == 1


@on_sqlite
def test_an_object_whose_job_has_not_ended_is_left_to_it(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    started = start(api, made)
    assert api("POST", f"/connectors/{made['id']}/syncs/{started['id']}/cancel").status_code == 200
    write(api, "a.txt", text="It changed while the job waited: kim@example.com.\n")
    assert counts(start(api, made))[:5] == ("processing", 1, 1, 0, 0)


@on_sqlite
def test_what_failed_by_the_document_s_fault_waits_for_a_change_and_all_else_is_tried_again(api: Api) -> None:
    write(api, "broken.json", text="{")
    write(api, "cancelled.txt", "gone.txt")
    made = make(api)
    started = start(api, made)
    jobs = {each["input_uri"].rpartition("/")[2]: each["id"] for each in api("GET", "/jobs").json()}
    assert api("POST", f"/jobs/{jobs['cancelled.txt']}/cancel").status_code == 200
    (folder(api) / "gone.txt").unlink()
    ended = to_its_end(api, started)
    assert (ended["status"], ended["completed_jobs"], ended["failed_jobs"]) == ("completed", 0, 3)
    write(api, "gone.txt")
    again = start(api, made)
    assert inputs(api, sync_id=again["id"]) == uris(api, "cancelled.txt", "gone.txt")


@pytest.mark.parametrize("prefix", ["", "in"])
@on_sqlite
def test_results_never_feed_a_sync(api: Api, prefix: str) -> None:
    """Nor do those of another connector, of a deleted one, of one of a folder within, or that lie beside inputs."""
    write(api, "in/a.txt", "in/b.redacted.txt", "in/c.redacted")
    one = make(api, prefix=prefix, output_prefix="in/one")
    assert synced(api, one)["job_count"] == 1
    gone = make(api, prefix="in/", output_prefix="in/gone/")
    assert synced(api, gone)["job_count"] == 1
    assert api("DELETE", f"/connectors/{gone['id']}").status_code == 200
    within = make(api, bucket=str(folder(api) / "in"), output_prefix="within/")
    assert synced(api, within)["job_count"] == 1
    two = make(api, prefix=prefix, output_prefix="two/")
    assert synced(api, two)["job_count"] == 1
    assert set(inputs(api)) == set(uris(api, "in/a.txt"))
    for each in (one, within, two):
        assert synced(api, each)["job_count"] == 0
    assert (folder(api) / "two" / ("a.txt" if prefix else "in/a.txt")).exists()


@on_sqlite
def test_a_connector_whose_folder_lies_in_results_finds_nothing(api: Api) -> None:
    write(api, "a.txt")
    synced(api, make(api))
    inner = make(api, bucket=str(folder(api) / "redacted"), output_prefix="again/")
    assert counts(synced(api, inner))[:5] == ("completed", 1, 0, 1, 0)


@on_sqlite
def test_keys_that_are_odd_are_done_and_what_is_no_document_is_skipped(api: Api) -> None:
    odd = [
        "with space.txt",
        "100%.txt",
        "a%41.txt",
        "q?x#y.txt",
        "Ünïcode-☃.txt",
        "'quoted\".txt",
        "a+b&c=d.txt",
        ".env",
    ]
    write(api, *odd)
    write(api, "empty.txt", ".expunct-test-1", text="")
    (folder(api) / "link.txt").symlink_to("/etc/passwd")
    Path(os.fsdecode(bytes(folder(api)) + b"/no\xff text")).write_text(LETTER)
    found = synced(api, make(api))
    assert (found["job_count"], found["completed_jobs"]) == (len(odd), len(odd))
    assert inputs(api) == uris(api, *odd)
    assert results(api) == sorted(odd)
    assert found["seen"] == found["job_count"] + found["skipped"]


@on_sqlite
def test_only_what_the_prefix_names_is_looked_at(api: Api) -> None:
    write(api, "in/a.txt", "inner.txt", "other.txt")
    found = synced(api, make(api, prefix="in"))
    assert (found["seen"], inputs(api)) == (1, uris(api, "in/a.txt"))
    assert results(api) == ["a.txt"]


def test_a_sync_waits_for_its_jobs_and_goes_on_when_half_of_them_have_ended(api: Api, monkeypatch: Any) -> None:
    monkeypatch.setattr(sync, "PAGE", 3)
    names = [f"{number:02}.txt" for number in range(10)]
    write(api, *names)
    api.settings = replace(api.settings, sync_queued_jobs=4)
    made = make(api)
    started = start(api, made)
    assert (started["job_count"], started["status"], started["progress_pct"]) == (3, "listing", None)
    at_once(api)
    sync.advance(means(api), started["id"])
    assert shown(api, started)["job_count"] == 3  # more than half of four wait
    waiting = _waiting(api)
    _work(api, waiting[:2])
    sync.advance(means(api), started["id"])
    assert (shown(api, started)["job_count"], len(_waiting(api))) == (6, 4)
    assert to_its_end(api, started)["completed_jobs"] == 10
    assert inputs(api) == uris(api, *names)


def _waiting(api: Api) -> list[str]:
    return [each["id"] for each in api("GET", "/jobs?status=queued").json()]


def _work(api: Api, jobs: list[str]) -> None:
    executor = api.executor()
    for each in jobs:
        assert executor.run(each) is None


def test_two_workers_that_list_at_once_make_each_job_once(api: Api, monkeypatch: Any) -> None:
    monkeypatch.setattr(sync, "PAGE", 2)
    names = [f"{number:02}.txt" for number in range(16)]
    write(api, *names)
    made = make(api)
    started = start(api, made)
    monkeypatch.setattr(sync, "_LEASE", -1)  # none keeps the other away: only the cursor does
    both = [means(api), means(api)]

    def list_to_the_end(each: sync.Means) -> None:
        while shown(api, started)["status"] == "listing":
            sync.advance(each, started["id"])

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(list_to_the_end, both))
    assert inputs(api) == uris(api, *names)
    assert (shown(api, started)["seen"], shown(api, started)["job_count"]) == (16, 16)


@on_sqlite
def test_how_far_a_sync_is_never_falls_and_is_an_estimate_while_it_lists(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "PAGE", 2)
    monkeypatch.setattr(sync, "_TURN_SECONDS", 0.0)
    write(api, "1.txt", "2.txt", "3.txt")
    made = make(api)
    first = start(api, made)
    assert (first["status"], first["progress_pct"]) == ("listing", None)  # nobody knows how many there are
    assert to_its_end(api, first)["progress_pct"] == 100
    write(api, *(f"{number}-new.txt" for number in range(5)))  # the first saw 3: now there are 8, and 3 results
    found, figures = start(api, made), []
    while found["status"] != "completed":
        figures.append(found["progress_pct"])
        if len(figures) % 2:
            api.work()
        else:
            step(api)
        found = shown(api, found)
    assert figures == sorted(figures) and figures[0] == 0 and 0 < max(figures) <= 99
    assert found["progress_pct"] == 100


@on_sqlite
def test_what_keeps_a_sync_is_told_until_it_goes_on(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    write(api, "a.txt")
    started = start_unlisted(api, make(api))

    def fail(*_: Any, **__: Any) -> sync.Page:
        raise StoreTimeout

    with monkeypatch.context() as patched:
        patched.setattr(sync, "_page", fail)
        sync.advance(means(api), started["id"])
    found = shown(api, started)
    assert (found["last_error_code"], found["error_code"], found["attempts"]) == ("store_timeout", None, 1)
    at_once(api)
    sync.advance(means(api), started["id"])
    found = shown(api, started)
    assert (found["last_error_code"], found["attempts"], found["next_attempt_at"]) == (None, 0, None)


def test_operators_see_how_many_syncs_run_and_fail(api: Api) -> None:
    write(api, "a.txt")
    key, made = operator(api), make(api)
    started = start(api, made)
    assert api("GET", "/health", key=key).json()["syncs"] == {"running": 1, "failing": 0}
    with writing(api.database, TESTER) as unit:
        unit.session.execute(update(ConnectorSync).values(trouble_code="credentials_unreadable"))
    assert api("GET", "/health", key=key).json()["syncs"] == {"running": 1, "failing": 1}
    to_its_end(api, started)
    assert api("GET", "/health", key=key).json()["syncs"] == {"running": 0, "failing": 0}


def test_what_is_told_of_a_sync_by_hand(api: Api) -> None:
    write(api, "a.txt", "broken.json", text="{")
    made = make(api)
    ended = synced(api, made)
    step(api)  # once more: nothing is told twice
    events = api.events(resource_type="connector")
    assert [each["event_type"] for each in events] == [
        "connector.created",
        "connector.sync_triggered",
        "connector.sync_completed",
    ]
    assert events[1]["metadata"] == {"job_count": 2, "sync_id": ended["id"]}
    duration = events[2]["metadata"].pop("duration_ms")
    assert duration >= 0
    assert events[2]["metadata"] == {
        "sync_id": ended["id"], "trigger": "manual", "seen": 2, "unchanged": 0, "skipped": 0, "job_count": 2,
        "completed_jobs": 1, "failed_jobs": 1,
    }  # fmt: skip
    assert {each["actor"] for each in events[1:]} == {events[1]["actor"]}
    assert {each["resource_id"] for each in events} == {made["id"]}
    created = api.events(event_type="job.created")
    assert {(each["metadata"]["source"], each["metadata"]["connector_id"]) for each in created} == {
        ("connector", made["id"])
    }
    assert {each["actor"] for each in created} == {events[1]["actor"]}
    assert ended["ended_at"] == api("GET", f"/connectors/{made['id']}").json()["last_sync_at"]


@on_sqlite
def test_what_was_seen_of_objects_does_not_show_their_names(api: Api) -> None:
    write(api, "jane doe.txt")
    made = make(api)
    other = make(api, output_prefix="other/")
    synced(api, made)
    synced(api, other)
    with api.database.reading() as session:
        hashes = session.scalars(select(ConnectorObject.key_hash)).all()
    assert len(hashes) == len(set(hashes)) == 2  # keyed by connector
    assert all(len(each) == 32 for each in hashes)
    assert api("DELETE", f"/connectors/{made['id']}").status_code == 200
    with api.database.reading() as session:
        assert session.scalars(select(ConnectorObject.connector_id)).all() == [other["id"]]


@on_sqlite
def test_a_folder_that_went_away_ends_the_sync(api: Api) -> None:
    made = make(api)
    Path(folder(api)).rmdir()
    ended = to_its_end(api, start(api, made))
    assert (ended["status"], ended["error_code"]) == ("failed", "bucket_not_found")
    event = api.events(event_type="connector.sync_failed")[0]
    assert (event["metadata"]["error_code"], event["metadata"]["job_count"]) == ("bucket_not_found", 0)
    assert api("GET", f"/connectors/{made['id']}").json()["last_sync_at"] is None


@on_sqlite
def test_a_deleted_policy_ends_the_sync_and_not_the_worker(api: Api) -> None:
    write(api, "a.txt")
    policy = api("POST", "/policies", json={"name": "p"}).json()["id"]
    made = make(api, policy_id=policy)
    assert api("DELETE", f"/policies/{policy}").status_code == 200
    ended = to_its_end(api, start(api, made))
    assert (ended["status"], ended["error_code"], ended["job_count"]) == ("failed", "policy_not_found", 0)


@on_sqlite
def test_a_sync_that_runs_keeps_another_away(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    started = start(api, made)
    refused(api("POST", f"/connectors/{made['id']}/sync"), 409, "sync_running")
    assert len(api("GET", f"/connectors/{made['id']}/syncs").json()) == 1
    to_its_end(api, started)
    start(api, made)


def test_two_syncs_that_begin_at_once_are_one(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: api("POST", f"/connectors/{made['id']}/sync"), range(4)))
    assert sorted(each.status_code for each in answers) == [202, 409, 409, 409]
    assert inputs(api) == uris(api, "a.txt")


@on_sqlite
def test_a_retry_of_a_sync_with_its_idempotency_key_starts_no_second(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    once = {"Idempotency-Key": "once"}
    first = start(api, made, headers=once)
    assert start(api, made, headers=once) == first  # while it runs
    refused(api("POST", f"/connectors/{made['id']}/sync", headers={"Idempotency-Key": "another"}), 409, "sync_running")
    to_its_end(api, first)
    assert start(api, made, headers=once) == first
    assert api("PUT", f"/connectors/{made['id']}", json={"active": False}).status_code == 200
    assert start(api, made, headers=once) == first
