"""The API's own part of paging: Link headers, cursors that are refused, pins, totals, states."""

import random
from typing import Any

import httpx
import pytest

from expunct_server.db.session import Database
from expunct_server.publishing import sequencer
from expunct_server.trail import query
from tests.conftest import Api
from tests.trail.helpers import in_order, record, sequence_all
from tests.web.helpers import on_sqlite, operator, refused


def following(api: Api, response: httpx.Response) -> httpx.Response | None:
    """What the Link header leads to."""
    link = response.links.get("next")
    if link is None:
        return None
    assert link["url"].startswith("?") and api.key not in link["url"]
    return api("GET", "/audit" + link["url"])


def cursor_of(response: httpx.Response) -> str:
    return httpx.URL(response.links["next"]["url"]).params["cursor"]


def walked(api: Api, **params: Any) -> list[str]:
    """Every page, by following the Link headers."""
    found: list[str] = []
    response: httpx.Response | None = api("GET", "/audit", params=params)
    while response is not None:
        assert response.status_code == 200, response.text
        body = response.json()
        found += [each["id"] for each in (body["audit_logs"] if isinstance(body, dict) else body)]
        response = following(api, response)
    return found


def test_the_links_lead_through_every_listing_once(api: Api, database: Database) -> None:
    record(database, 60, random.Random(2))
    sequence_all(database)
    record(database, 9, random.Random(3))
    newest = [row["id"] for row in in_order(database)]
    recorded = [row["id"] for row in in_order(database) if row["seq"] is None]
    assert walked(api, limit=7) == walked(api, page_size=7) == newest
    assert walked(api, limit=7, offset=5) == newest[5:]
    assert walked(api, limit=7, order="asc") == newest[len(recorded) :][::-1]
    assert walked(api, limit=7, as_of=20) == newest[-20:]
    both = [row["id"] for row in in_order(database) if row["event_type"].startswith(("policy.", "job."))]
    assert walked(api, limit=7, event_type="policy.*,job.report_viewed") == both
    repeated = api("GET", "/audit?event_type=policy.*&event_type=job.report_viewed&limit=100").json()
    assert [each["id"] for each in repeated] == both
    bare = api("GET", "/audit", params={"limit": 100})
    assert "link" not in bare.headers


@on_sqlite
def test_a_cursor_is_refused_where_it_does_not_belong(api: Api, database: Database) -> None:
    record(database, 30, random.Random(2), ("default", "acme"))
    sequence_all(database)
    cursor = cursor_of(api("GET", "/audit", params={"limit": 3}))
    assert api("GET", "/audit", params={"cursor": cursor, "limit": 50}).status_code == 200
    other = "B" if cursor[20] == "A" else "A"
    for wrong in ("", "x", cursor[:-1], cursor + "A", cursor[:20] + other + cursor[21:], "A" * 67, "é" * 67):
        body = refused(api("GET", "/audit", params={"cursor": wrong}), 422, "bad_cursor")
        assert body["errors"][0]["field"] == "cursor"
    for more in ({"order": "asc"}, {"actor": "x"}, {"from_date": "2026-01-01"}, {"as_of": 3}, {"follow": "true"}):
        refused(api("GET", "/audit", params={"cursor": cursor} | more), 422, "foreign_cursor")
    api.make_key("acme")
    key = operator(api)
    api.make_key("acme")  # which makes the tenant
    refused(api("GET", "/audit", key=key, params={"cursor": cursor, "tenant_id": "acme"}), 422, "foreign_cursor")
    for more in ({"offset": 0}, {"page": 1}, {"page_size": 5}):
        assert "contradict" in refused(api("GET", "/audit", params={"cursor": cursor} | more), 422)["detail"]


@on_sqlite
def test_what_contradicts_itself_is_refused(api: Api, database: Database) -> None:
    sequence_all(database)
    for wrong in (
        {"follow": "true", "order": "desc"}, {"follow": "true", "offset": 1}, {"follow": "true", "as_of": 1},
        {"follow": "yes"}, {"order": "up"}, {"as_of": "-1"}, {"as_of": 10_000}, {"follow": "true", "page": 1},
    ):  # fmt: skip
        refused(api("GET", "/audit", params=wrong), 422)


def test_states_and_indices_are_those_of_the_log(api: Api, database: Database) -> None:
    record(database, 6, random.Random(2))
    sequence_all(database)
    head = sequencer.head(database, "default")
    assert head is not None
    sequencer.mark_published(database, head.number, 4)
    record(database, 2, random.Random(3))
    found = api("GET", "/audit", params={"fields": "full", "limit": 100}).json()
    for row, event in zip(in_order(database), found, strict=True):
        state = "recorded" if row["seq"] is None else "published" if row["seq"] < 4 else "sequenced"
        assert (event["id"], event["log_index"], event["state"]) == (row["id"], row["seq"], state)
        assert event["erased"] == []
        assert api("GET", f"/audit/{event['id']}").json() == event


def test_a_total_beyond_its_bound_says_so(api: Api, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    record(database, 20, random.Random(2))
    monkeypatch.setattr(query, "COUNTED", 15)
    asked = {"actor": "system:scheduler", "count": "true"}
    response = api("GET", "/audit", params=asked)
    assert response.headers["x-total-count"] == str(len(response.json()))
    assert response.headers["x-total-count-exact"] == "true"
    response = api("GET", "/audit", params={"count": "true"})
    assert (response.headers["x-total-count"], response.headers["x-total-count-exact"]) == ("15", "false")
    envelope = api("GET", "/audit", params={"page": 1}).json()
    assert (envelope["total"], envelope["total_is_exact"]) == (15, False)
