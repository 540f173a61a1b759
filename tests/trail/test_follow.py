"""Following the log: by polling and as a stream, while many write and some commit late."""

import json
import random
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.recorder import writing
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.tenants.auth import Caller
from expunct_server.tenants.places import Places
from expunct_server.trail import follow
from tests.conftest import TESTER, Api
from tests.crash.support import wait_until
from tests.support.server import Server
from tests.trail.helpers import in_order, record, sequence_all
from tests.trail.test_cursors import cursor_of
from tests.web.helpers import on_sqlite, refused

on_postgresql = pytest.mark.parametrize("url", ["postgresql"], indirect=True)
WRITERS, EACH = 16, 12
ACCEPT = {"Accept": "text/event-stream"}


class Tail:
    """A reader that polls with the last cursor."""

    def __init__(self, api: Api, **filters: str) -> None:
        self.api, self.filters, self.cursor = api, filters, ""
        self.seen: list[str] = []

    def poll(self) -> None:
        more = {"cursor": self.cursor} if self.cursor else {}
        response = self.api("GET", "/audit", params={"follow": "true", "limit": 7, **self.filters, **more})
        assert response.status_code == 200, response.text
        self.seen += [each["resource_id"] for each in response.json()]
        self.cursor = cursor_of(response)

    def catch_up(self) -> None:
        before = -1
        while before != len(self.seen):
            before = len(self.seen)
            self.poll()


def test_a_reader_sees_each_event_once_and_in_order_while_many_write(api: Api, database: Database) -> None:
    def write(writer: int) -> None:
        for n in range(EACH):
            with writing(database, TESTER) as unit:
                unit.record(JobReportViewed(), resource_id=f"{writer}.{n}")

    def sequencing() -> None:
        while not done.is_set():
            sequence_all(database, 5)

    done = threading.Event()
    writers = [threading.Thread(target=write, args=(n,)) for n in range(WRITERS)]
    sequencer = threading.Thread(target=sequencing)
    tail = Tail(api, event_type="job.report_viewed")
    for thread in (*writers, sequencer):
        thread.start()
    while any(thread.is_alive() for thread in writers):
        tail.poll()
    done.set()
    sequencer.join()
    sequence_all(database)
    tail.catch_up()
    in_log = [row["resource_id"] for row in in_order(database) if row["event_type"] == "job.report_viewed"][::-1]
    assert tail.seen == in_log
    assert sorted(tail.seen) == sorted(f"{writer}.{n}" for writer in range(WRITERS) for n in range(EACH))


@on_postgresql
def test_what_commits_late_is_not_skipped(api: Api, database: Database) -> None:
    tail = Tail(api, event_type="job.report_viewed")
    with writing(database, TESTER) as late:
        late.record(JobReportViewed(), resource_id="early, and committed late")
        with writing(database, TESTER) as unit:
            unit.record(JobReportViewed(), resource_id="late, and committed early")
        sequence_all(database)
        tail.catch_up()
        assert tail.seen == ["late, and committed early"]
    sequence_all(database)
    tail.catch_up()
    assert tail.seen == ["late, and committed early", "early, and committed late"]


def test_a_cursor_behind_the_newest_stays_valid(api: Api, database: Database) -> None:
    tail = Tail(api)
    tail.poll()  # before there is a log at all
    assert tail.seen == []
    record(database, 3, random.Random(1))
    tail.catch_up()
    assert tail.seen == []  # nothing has its index yet
    sequence_all(database)
    tail.catch_up()
    assert tail.seen == [row["resource_id"] for row in in_order(database)][::-1]
    cursor = tail.cursor
    tail.poll()
    assert tail.cursor == cursor


# --- server-sent events -----------------------------------------------------------------------------------------------


def messages(client: httpx.Client, count: int, **headers: str) -> list[dict[str, Any]]:
    """The first so many events of a stream."""
    found: list[dict[str, Any]] = []
    asked = {"follow": "true", "event_type": "job.report_viewed", "fields": "full"}
    with client.stream("GET", "/audit", params=asked, headers=ACCEPT | headers) as response:
        assert (response.status_code, response.headers["content-type"]) == (
            200, "text/event-stream; charset=utf-8",
        )  # fmt: skip
        event: dict[str, Any] = {}
        for line in response.iter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                event[name] = value
            elif not line and event:
                found.append(event)
                event = {}
            if len(found) == count:
                break
    return found


def test_a_stream_goes_on_where_it_broke_off(serve: Callable[..., Server], database: Database) -> None:
    def write(n: int) -> None:
        with writing(database, TESTER) as unit:
            unit.record(JobReportViewed(), resource_id=f"{n}")

    server = serve(workers=0)
    with server.client() as client:
        for n in range(5):
            write(n)
        sequence_all(database)
        first = messages(client, 3)
        more = threading.Timer(0.5, lambda: [write(5), sequence_all(database)])
        more.start()
        rest = messages(client, 3, **{"Last-Event-ID": first[-1]["id"]})
        more.join()
    found = [json.loads(each["data"]) for each in (*first, *rest)]
    assert [each["resource_id"] for each in found] == ["0", "1", "2", "3", "4", "5"]
    assert {each["event"] for each in (*first, *rest)} == {"audit"}
    assert {each["state"] for each in found} <= {"sequenced", "published"}


@on_sqlite
def test_the_stream_of_a_revoked_key_ends(serve: Callable[..., Server]) -> None:
    server = serve(workers=0)
    with server.client() as owner:
        made = owner.post("/api-keys", json={"name": "short", "scopes": ["audit:read"]}).json()
        with (
            server.client(made["key"]) as client,
            client.stream("GET", "/audit?follow=true", headers={"Accept": "text/event-stream"}) as response,
        ):
            lines = response.iter_lines()
            assert next(lines).startswith(":")
            assert owner.delete(f"/api-keys/{made['id']}").status_code == 200
            assert list(lines) is not None  # it ends: or this would wait until the client's time is up


@on_sqlite
def test_a_stream_is_refused_like_a_listing(api: Api) -> None:
    refused(api("GET", "/audit", params={"follow": "false"}, headers=ACCEPT), 422)
    refused(api("GET", "/audit", params={"follow": "true"}, headers=ACCEPT, key=""), 401)
    refused(api("GET", "/audit?follow=true", headers=ACCEPT | {"Last-Event-ID": "7"}), 422, "bad_cursor")


@on_sqlite
def test_who_has_json_as_well_polls(api: Api) -> None:
    for accept in ("text/event-stream, application/json", "text/event-stream;q=0.5, */*", "*/*"):
        response = api("GET", "/audit?follow=true", headers={"Accept": accept})
        assert (response.headers["content-type"], response.headers["vary"]) == ("application/json", "Accept")
    assert "vary" not in api("GET", "/audit").headers


@on_sqlite
@pytest.mark.parametrize(
    ("most", "taken", "says"),
    [
        ((9, 2, 9), ["mine", "mine"], "open by this key"),
        ((9, 2, 3), ["mine", "sister", "sister"], "open by this tenant"),
        ((2, 2, 2), ["mine", "other"], "open here"),
    ],
)
def test_no_key_and_no_tenant_takes_all_streams(
    api: Api, monkeypatch: pytest.MonkeyPatch, most: tuple[int, int, int], taken: list[str], says: str
) -> None:
    """Up to its share each gets its streams; beyond it, it alone is refused until one of them ends."""
    found: list[Caller] = []
    monkeypatch.setattr(Places, "take", lambda _, caller: found.append(caller) or stop())
    keys = {"mine": api.key, "sister": api.make_key(), "other": api.make_key("other"), "third": api.make_key("third")}
    for key in keys.values():
        api("GET", "/audit?follow=true", headers=ACCEPT, key=key)
    monkeypatch.undo()
    callers = dict(zip(keys, found, strict=True))
    places = Places(*most, refusal="Too many are open {whose}.", code="too_many_streams", retry_after=7)
    for name in taken:
        places.take(callers[name])
    monkeypatch.setattr(follow, "_places", places)
    monkeypatch.setattr(follow, "_messages", at_once)
    refusal = refused(api("GET", "/audit?follow=true", headers=ACCEPT), 503, "too_many_streams")
    assert says in refusal["detail"]
    if says != "open here":
        places.take(callers["third"])
        places.give_back(callers["third"])
    places.give_back(callers[taken[0]])
    places.take(callers["mine"])
    for name in (*taken[1:], "mine"):
        places.give_back(callers[name])
    assert not places._taken


def stop() -> None:
    raise Unavailable("not now")


async def at_once(*_: Any) -> AsyncIterator[bytes]:
    """A stream that ends: one that is let in by mistake must fail a test, not hold it for ever."""
    yield b": the end\n\n"


@on_sqlite
def test_a_stream_that_ends_gives_its_place_back(serve: Callable[..., Server]) -> None:
    server = serve(workers=0)

    def opened() -> bool:
        with server.client() as client, client.stream("GET", "/audit?follow=true", headers=ACCEPT) as response:
            return response.status_code == 200 and next(response.iter_lines()).startswith(":")

    for _ in range(follow.STREAMS_OF_KEY + 1):
        wait_until(opened, "a place to be free")


@on_sqlite
def test_a_server_that_is_told_to_exit_ends_its_streams_in_order(serve: Callable[..., Server]) -> None:
    server = serve(workers=0)
    with server.client() as client, client.stream("GET", "/audit?follow=true", headers=ACCEPT) as response:
        lines = response.iter_lines()
        assert next(lines).startswith(":")
        code = server.stop()
        assert [line for line in lines if line and not line.startswith(":")] == []  # and no error: the end was sent
    log = server.outputs[-1].read_text()
    assert (code, [word for word in ("ERROR", "Traceback", "Cancel") if word in log]) == (0, [])
