"""Storage servers that hang: they hold a few threads of their tenant, and nothing else."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from typing import Any

import pytest
from anyio import to_thread
from sqlalchemy import select

from expunct_server import ids
from expunct_server.buckets import waiting
from expunct_server.connectors import scheduler, service, sync
from expunct_server.connectors.models import ConnectorSync
from expunct_server.storage import failures
from expunct_server.storage.base import StoreTimeout
from tests.conftest import Api
from tests.connectors.helpers import (
    a_lister,
    at_once,
    due_since,
    make,
    means,
    shown,
    start,
    start_unlisted,
    to_its_end,
    write,
)
from tests.crash.support import wait_until
from tests.support.liar import Liar, says
from tests.web.helpers import another_app, on_sqlite, refused

SECRET = {"access_key_id": "AKIAEXAMPLE000000001", "secret_access_key": "not-a-word-of-this-is-shown-0001"}


@pytest.fixture
def silent() -> Iterator[Liar]:
    """A storage server that never answers."""
    with Liar() as server:
        yield server


@pytest.fixture
def reaching(api: Api, silent: Liar, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The application, allowed to reach it; once it is away nobody tries again."""
    monkeypatch.setattr(failures, "_PAUSES", ())
    with another_app(api, bucket_endpoints=(silent.url,)) as app:
        yield app


def connect(api: Api, server: Liar, count: int, **more: Any) -> list[dict[str, Any]]:
    places = {"provider": "s3", "endpoint": server.url, "region": "us-east-1", "secret": SECRET} | more
    return [make(api, bucket=f"letters-{number}", **places) for number in range(count)]


def of_other(api: Api) -> Api:
    """The same application, for a key of another tenant."""
    other = copy(api)
    other.key = api.make_key("other")
    return other


def until(true: Callable[[], Any]) -> None:
    wait_until(true, "what the server holds up")


# --- workers ----------------------------------------------------------------------------------------------------------


def test_a_server_that_hangs_holds_up_no_schedule_and_no_other_tenant(reaching: Api, silent: Liar) -> None:
    other = of_other(reaching)
    write(other, "a.txt")
    hanging = connect(reaching, silent, scheduler.THREADS_OF_TENANT + 2, schedule_cron="0 0 * * *")
    well = make(other, schedule_cron="0 0 * * *")
    for each in hanging:
        due_since(reaching, each, ids.now() - ids.MINUTE)
    assert scheduler.start_due(reaching.database) == len(hanging)
    lister = a_lister(reaching)
    assert lister.step() == scheduler.THREADS_OF_TENANT
    until(lambda: len(silent.asked) == scheduler.THREADS_OF_TENANT)
    due_since(reaching, well, ids.now() - ids.MINUTE)
    assert scheduler.start_due(reaching.database) == 1
    assert lister.step() == 1  # of the tenant whose share is not taken
    [started] = other("GET", f"/connectors/{well['id']}/syncs").json()
    until(lambda: shown(other, started)["status"] == "processing")
    other.work()
    assert scheduler.finish(reaching.database) == 1
    assert shown(other, started)["completed_jobs"] == 1
    assert len(silent.asked) == scheduler.THREADS_OF_TENANT
    assert lister.close(0) is False
    silent.stop()
    lister.settle()
    assert (lister.close(0), lister.step()) == (True, 0)


@on_sqlite
def test_each_tenant_has_its_turn_however_many_runs_of_others_wait(
    reaching: Api, silent: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler, "_MOST", 2)
    other = of_other(reaching)
    hanging = connect(reaching, silent, 3, schedule_cron="0 0 * * *")
    last = make(other, schedule_cron="0 0 * * *")
    for number, each in enumerate((*hanging, last)):
        due_since(reaching, each, ids.now() - ids.MINUTE + number)
    assert scheduler.start_due(reaching.database) == 2
    assert len(other("GET", f"/connectors/{last['id']}/syncs").json()) == 1
    assert scheduler.start_due(reaching.database) == 2
    found = scheduler._due(means(reaching), set())
    assert sorted(row.tenant_id for row in found) == ["default", "other"]
    assert len(scheduler._due(means(reaching), {row.id for row in found})) == 2


@pytest.mark.parametrize("tries", [1, sync.TRIES])
def test_a_failure_counts_although_another_process_took_the_lease(
    api: Api, monkeypatch: pytest.MonkeyPatch, tries: int
) -> None:
    write(api, "a.txt")
    started = start_unlisted(api, make(api))

    def hang(*_: Any, **__: Any) -> sync.Page:
        """What another worker does while this one waits for its server."""
        at_once(api)
        assert sync._claim(means(api), started["id"], "another") is not None
        raise StoreTimeout

    with monkeypatch.context() as patched:
        patched.setattr(sync, "_page", hang)
        for _ in range(tries):
            at_once(api)
            assert sync.advance(means(api), started["id"]) == 0
    with api.database.reading() as session:
        run = session.scalars(select(ConnectorSync)).one()
    assert (run.attempts, run.lease) == (tries, None if tries == sync.TRIES else "another")
    found = shown(api, started)
    assert (found["status"], found["error_code"]) == (
        ("failed", "store_timeout") if tries == sync.TRIES else ("listing", None)
    )


@on_sqlite
def test_of_two_processes_that_fail_at_once_one_counts(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    write(api, "a.txt")
    started = start_unlisted(api, make(api))
    inner: list[int] = []

    def hang(*_: Any, **__: Any) -> sync.Page:
        at_once(api)
        if not inner:
            inner.append(1)
            sync.advance(means(api), started["id"])
        raise StoreTimeout

    with monkeypatch.context() as patched:
        patched.setattr(sync, "_page", hang)
        at_once(api)
        sync.advance(means(api), started["id"])
    with api.database.reading() as session:
        assert session.scalar(select(ConnectorSync.attempts)) == 1
    assert to_its_end(api, started)["completed_jobs"] == 1


# --- requests ---------------------------------------------------------------------------------------------------------


@on_sqlite
def test_requests_that_wait_for_buckets_leave_room_for_all_others(reaching: Api, silent: Liar) -> None:
    other = of_other(reaching)
    made = connect(reaching, silent, 1)[0]
    theirs = make(other)
    path, most = f"/connectors/{made['id']}/test", waiting.PLACES_OF_TENANT
    with ThreadPoolExecutor(most) as threads:
        hanging = [threads.submit(reaching, "POST", path) for _ in range(most)]
        until(lambda: len(silent.asked) == most)
        assert _threads_of_all(reaching) == 0
        answer = reaching("POST", path)
        refused(answer, 503, "buckets_busy")
        assert int(answer.headers["retry-after"]) > 0
        refused(reaching("POST", f"/connectors/{made['id']}/sync"), 503, "buckets_busy")
        assert reaching("GET", "/jobs").status_code == 200
        assert other("POST", f"/connectors/{theirs['id']}/test").json()["ok"] is True
        tested = [each["event_type"] for each in reaching.events(resource_type="connector")]
        assert tested.count("connector.tested") == most  # who is refused has tried nothing
        silent.stop()
        assert {each.result().json()["ok"] for each in hanging} == {False}
    assert reaching("POST", path).status_code == 200
    assert not waiting._places._taken


def _threads_of_all(api: Api) -> int:
    """How many of the threads that all requests share are in use."""
    portal: Any = api.client.portal
    return int(portal.call(lambda: to_thread.current_default_thread_limiter().borrowed_tokens))


@on_sqlite
def test_what_a_request_gave_up_keeps_its_place_until_it_ends(
    reaching: Api, silent: Liar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "FIRST_SECONDS", 0.0)
    *made, last = connect(reaching, silent, waiting.PLACES_OF_TENANT + 1)
    for each in made:
        assert start(reaching, each)["status"] == "listing"
    until(lambda: len(silent.asked) == len(made))
    refused(reaching("POST", f"/connectors/{last['id']}/sync"), 503, "buckets_busy")
    silent.stop()
    until(lambda: not waiting._places._taken)
    assert start(reaching, last)["status"] == "listing"
    until(lambda: not waiting._places._taken)


def test_a_tenant_has_so_many_connectors_also_when_it_asks_for_many_at_once(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.MOST == 100
    monkeypatch.setattr(service, "MOST", 3)
    made = make(api)
    new = {"provider": "folder", "bucket": made["bucket"]}
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: api("POST", "/connectors", json=new), range(4)))
    assert sorted(each.status_code for each in found) == [201, 201, 409, 409]
    refused(next(each for each in found if each.status_code == 409), 409, "too_many_connectors")
    make(of_other(api))
    assert api("DELETE", f"/connectors/{made['id']}").status_code == 200
    make(api)


# --- what is odd ------------------------------------------------------------------------------------------------------


def test_a_key_that_no_database_takes_is_passed_over(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync, "PAGE", 1)
    objects = "".join(
        f"<Contents><Key>{key}</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>&quot;1&quot;</ETag>"
        "<Size>5</Size></Contents>"
        for key in ("a%00.txt", "b%00.txt")
    )
    body = f"<ListBucketResult><IsTruncated>false</IsTruncated>{objects}</ListBucketResult>"
    with Liar(says("200 OK", body.encode())) as server, another_app(api, bucket_endpoints=(server.url,)) as app:
        ended = to_its_end(app, start(app, connect(app, server, 1)[0]))
    assert (ended["status"], ended["job_count"]) == ("completed", 0)
    assert ended["skipped"] == ended["seen"] > 0
