"""GET /audit: its two shapes, every filter against a model that shares no code with it, and its errors."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounded
from hypothesis import strategies as st

from expunct_server import ids
from expunct_server.audit.catalog import ApiKeyRevoked, JobReportViewed, PolicyDeleted, PolicyUpdated
from expunct_server.audit.recorder import Origin, writing
from expunct_server.db.session import Database
from tests.conftest import TESTER, Api
from tests.web.helpers import on_sqlite, operator, refused, rows

EIGHT = ["id", "event_type", "resource_type", "resource_id", "actor", "metadata", "tenant_id", "created_at"]
ENVELOPE = {*EIGHT, "timestamp", "details", "request_id", "ip_address"}
FULL = ENVELOPE | {
    "user_agent",
    "actor_id",
    "outcome",
    "schema_version",
    "is_truncated",
    "log_index",
    "state",
    "erased",
}
MIDNIGHT = 1_769_904_000 * ids.SECOND  # 2026-02-01T00:00:00Z
DAY = 86_400 * ids.SECOND
ACTORS = ("pk_live_f8a...c21", "pk_test_000...zzz", "system:scheduler")
KINDS: list[Callable[[], Any]] = [
    JobReportViewed,
    lambda: PolicyDeleted(name="letters", version=3),
    lambda: PolicyUpdated(name="letters", from_version=1, version=2, changed=["name"]),
    lambda: ApiKeyRevoked(name="old", masked_key="pk_live_abc...123", scopes=["jobs"]),
]


def history(database: Database) -> None:
    """Events of several kinds, actors and resources around two midnights, in two tenants, not in order of time."""
    moments = [MIDNIGHT + shift for shift in (-DAY, -1, 0, 1, 3_600 * ids.SECOND, DAY - 1, DAY, DAY + 1)]
    for n in range(48):
        tenant = "acme" if n % 7 == 3 else "default"
        who = replace(TESTER, label=ACTORS[n % 3], tenant_id=tenant)
        with writing(database, who, Origin(f"req_{n}", "192.0.2.1", "tests")) as unit:
            unit.record(KINDS[n % 4](), resource_id=f"res_{n % 5}", at=moments[n * 5 % 8])


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """What the contract says of a row, worked out anew."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row["created_at"])
    return {name: row[name] for name in EIGHT if name not in ("metadata", "created_at")} | {
        "metadata": json.loads(row["details"]),
        "created_at": moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }


def model(database: Database, asked: dict[str, Any], tenant: str = "default") -> list[dict[str, Any]]:
    """Which events a request must give, by looking at every row."""
    found = []
    for row in reversed(rows(database, "audit_event", "position")):
        wanted = row["tenant_id"] == tenant
        for name in ("event_type", "resource_type", "resource_id", "actor"):
            wanted = wanted and asked.get(name) in (None, row[name])
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row["created_at"])
        if "from_date" in asked:
            wanted = wanted and moment >= _aware(asked["from_date"])
        if "to_date" in asked:
            wanted = wanted and moment < _aware(asked["to_date"])
        if wanted:
            found.append(shown(row))
    return found


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


VALUES: dict[str, list[str]] = {
    "event_type": ["job.report_viewed", "policy.deleted", "api_key.created", "batch.created"],
    "resource_type": ["policy", "api_key", "webhook"],
    "resource_id": ["res_0", "res_3", "default", "res_99"],
    "actor": [*ACTORS, "nobody"],
    "from_date": ["2026-02-01", "2026-02-01T00:00:00.000001Z", "2026-02-01T01:00:00+01:00", "2100-01-01"],
    "to_date": ["2026-02-01", "2026-02-02T00:00:00Z", "2026-02-01T23:59:59.999999", "2026-01-01"],
}


def ask(api: Api, **asked: Any) -> Any:
    response = api("GET", "/audit", params=asked)
    assert response.status_code == 200, (asked, response.text)
    return response.json()


# --- shapes -----------------------------------------------------------------------------------------------------------


def test_the_bare_array_has_the_eight_fields_and_no_other(api: Api, database: Database) -> None:
    history(database)
    found = ask(api)
    assert found == model(database, {})[:50]
    assert [list(each) for each in found] == [EIGHT] * len(found)
    assert all(each["id"].startswith("evt_") and each["created_at"].endswith("Z") for each in found)
    assert len({each["id"] for each in found}) == len(found)


def test_the_envelope_has_twelve_fields_a_record_and_the_total(api: Api, database: Database) -> None:
    history(database)
    everything = model(database, {})
    first = ask(api, page=1)
    assert list(first) == ["audit_logs", "total", "page", "page_size", "total_is_exact"]
    assert (first["total"], first["page"], first["page_size"]) == (len(everything), 1, 20)
    gathered, page = [], 1
    while more := ask(api, page=page, page_size=7)["audit_logs"]:
        gathered, page = gathered + more, page + 1
    assert [{name: each[name] for name in EIGHT} for each in gathered] == everything
    for each in gathered:
        assert each.keys() == ENVELOPE
        assert (each["timestamp"], each["details"]) == (each["created_at"], each["metadata"])
    ours = [each for each in gathered if each["resource_id"].startswith("res_")]
    assert {each["ip_address"] for each in ours} == {"192.0.2.1"}
    assert all(each["request_id"].startswith("req_") for each in ours)


@on_sqlite
def test_fields_full_adds_the_rest_in_both_styles(api: Api, database: Database) -> None:
    history(database)
    bare, envelope = ask(api, fields="full"), ask(api, fields="full", page_size=50)["audit_logs"]
    assert bare == envelope
    for each in bare:
        assert each.keys() == FULL
        assert (each["state"], each["log_index"], each["is_truncated"]) == ("recorded", None, False)
        assert each["erased"] == []
        assert ask(api, resource_id=each["resource_id"])
    one = api("GET", f"/audit/{bare[0]['id']}")
    assert (one.status_code, one.json()) == (200, bare[0])
    for wrong in ("", "all", "FULL", "id"):
        refused(api("GET", "/audit", params={"fields": wrong}), 422)


def test_one_event_is_found_in_its_own_tenant_alone(api: Api, database: Database) -> None:
    history(database)
    theirs = next(row for row in rows(database, "audit_event") if row["tenant_id"] == "acme")
    refused(api("GET", f"/audit/{theirs['id']}"), 404, "not_found")
    refused(api("GET", "/audit/evt_00000000000000000000000000"), 404, "not_found")
    key = operator(api)
    assert api("GET", f"/audit/{theirs['id']}", key=key, params={"tenant_id": "default"}).status_code == 404


def test_the_newest_is_first_by_the_order_of_recording_not_by_the_clock(api: Api, act: Callable[..., Any]) -> None:
    for n, moment in enumerate((MIDNIGHT, MIDNIGHT - DAY, MIDNIGHT + DAY)):
        with act() as unit:
            unit.record(JobReportViewed(), resource_id=f"job_{n}", at=moment)
    found = ask(api, event_type="job.report_viewed")
    assert [each["resource_id"] for each in found] == ["job_2", "job_1", "job_0"]


def test_the_total_counts_what_the_filters_leave(api: Api, database: Database) -> None:
    history(database)
    expected = len(model(database, {"resource_type": "policy"}))
    response = api("GET", "/audit", params={"resource_type": "policy", "limit": 3, "count": "true"})
    assert (response.headers["x-total-count"], len(response.json())) == (str(expected), 3)
    assert "x-total-count" not in api("GET", "/audit", params={"limit": 3}).headers
    assert ask(api, resource_type="policy", page=99)["audit_logs"] == []
    assert ask(api, resource_type="policy", page=99)["total"] == expected
    assert ask(api, offset=10_000) == []


# --- filters ----------------------------------------------------------------------------------------------------------


def test_every_filter_alone_and_every_pair_gives_what_the_model_gives(api: Api, database: Database) -> None:
    history(database)
    api.make_key()
    alone = [{name: value} for name, values in VALUES.items() for value in values]
    pairs = [
        {one: first, two: second}
        for one, two in combinations(VALUES, 2)
        for first, second in product(VALUES[one], VALUES[two])
    ]
    some = 0
    for asked in [*alone, *pairs]:
        found = ask(api, limit=100, **asked)
        assert found == model(database, asked), asked
        some += bool(found)
    assert some > 60  # the model was not agreed with by finding nothing


@bounded(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(
    asked=st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}),
    limit=st.integers(1, 100),
    offset=st.integers(0, 60),
)
def test_all_filters_and_paging_combine(
    api: Api, database: Database, asked: dict[str, str], limit: int, offset: int
) -> None:
    if len(rows(database, "audit_event")) < 40:
        history(database)
    assert ask(api, limit=limit, offset=offset, **asked) == model(database, asked)[offset : offset + limit]


def test_from_midnight_to_midnight_is_one_day_and_no_event_is_in_two(api: Api, act: Callable[..., Any]) -> None:
    with act() as unit:
        for shift in (-1, 0, 1, DAY - 1, DAY):
            unit.record(JobReportViewed(), resource_id=f"job_{shift}", at=MIDNIGHT + shift)
    days = {
        day: [e["resource_id"] for e in ask(api, from_date=day, to_date=following, event_type="job.report_viewed")]
        for day, following in (
            ("2026-01-31", "2026-02-01"), ("2026-02-01", "2026-02-02"), ("2026-02-02", "2026-02-03"),
        )
    }  # fmt: skip
    assert days == {
        "2026-01-31": ["job_-1"],
        "2026-02-01": [f"job_{DAY - 1}", "job_1", "job_0"],
        "2026-02-02": [f"job_{DAY}"],
    }


def test_a_name_of_a_type_that_does_not_exist_gives_an_empty_list(api: Api) -> None:
    for name, value in (
        ("event_type", "job.exploded"), ("event_type", "nothing"), ("resource_type", "spaceship"),
        ("resource_type", "a.b.c"), ("resource_id", "x' OR '1'='1"), ("actor", "%"), ("actor", "_______________"),
    ):  # fmt: skip
        assert ask(api, **{name: value}) == []
        none = {"audit_logs": [], "total": 0, "page": 1, "page_size": 20, "total_is_exact": True}
        assert ask(api, page=1, **{name: value}) == none


@on_sqlite
@pytest.mark.parametrize("name", ["event_type", "resource_type"])
def test_a_malformed_type_is_refused(api: Api, name: str) -> None:
    wrong = [
        "",
        "Job.created",
        "job.",
        ".job",
        "job..created",
        "job created",
        "jöb",
        "job*",
        "*",
        ".*",
        "job.*.created",
        "job.created,",
        "job.created,,batch.*",
        ",".join(["job.created"] * 21),
        "j" * 129,
        "job\n",
        "[x]",
    ]
    for value in wrong:
        assert name in refused(api("GET", "/audit", params={name: value}), 422)["detail"]


@on_sqlite
@pytest.mark.parametrize("name", ["resource_id", "actor"])
def test_a_malformed_name_is_refused(api: Api, name: str) -> None:
    for value in ("", "x" * 129, "a\nb", "\u202e"):
        refused(api("GET", "/audit", params={name: value}), 422)


# --- dates ------------------------------------------------------------------------------------------------------------

# What a caller may write for a moment within 2026-02-01, and the microseconds after its midnight that it names.
MOMENTS = {
    "2026-02-01": 0,
    "2026-02-01T00:00": 0,
    "2026-02-01T00:00:00Z": 0,
    "2026-02-01T00:00:00z": 0,
    "2026-02-01t00:00:00Z": 0,
    "2026-02-01 00:00:00": 0,
    "2026-02-01T02:00:00+02:00": 0,
    "2026-02-01T02:00:00 02:00": 0,
    "2026-02-01T02:00+0200": 0,
    "2026-02-01T02:00:00+02": 0,
    "2026-01-31T19:00:00-05:00": 0,
    "2026-01-31T24:00:00Z": 0,
    "2026-01-31T23:59:60Z": 0,
    "2026-01-31T23:59:60.25Z": 250_000,
    "2026-02-01T00:00:00.5Z": 500_000,
    "2026-02-01T00:00:00,5Z": 500_000,
    "2026-02-01T00:00:00.000001": 1,
    "2026-02-01T00:00:00.000000001Z": 1,  # not before the moment: the next microsecond
    "2026-02-01T00:00:00.0000009999999999999999999Z": 1,
    "2026-02-01T00:00:00.000001000Z": 1,
    "2026-02-01T00:00:00.0000010001Z": 2,
}


def test_a_date_means_the_same_however_it_is_written(api: Api, act: Callable[..., Any]) -> None:
    with act() as unit:
        for shift in (-1, 0, 1, 2, 249_999, 250_000, 499_999, 500_000):
            unit.record(JobReportViewed(), resource_id=f"{shift}", at=MIDNIGHT + shift)
    kind = {"event_type": "job.report_viewed"}
    everything = [int(e["resource_id"]) for e in ask(api, **kind)]
    for text, micros in MOMENTS.items():
        assert [int(e["resource_id"]) for e in ask(api, from_date=text, **kind)] == [
            each for each in everything if each >= micros
        ], text
        assert [int(e["resource_id"]) for e in ask(api, to_date=text, **kind)] == [
            each for each in everything if each < micros
        ], text


def test_a_plus_that_was_not_escaped_is_still_an_offset(api: Api, act: Callable[..., Any]) -> None:
    with act() as unit:
        unit.record(JobReportViewed(), resource_id="job_1", at=MIDNIGHT)
    for sign in ("+", "%2B", "%20"):
        path = f"/audit?event_type=job.report_viewed&from_date=2026-02-01T02:00:00{sign}02:00"
        assert len(api("GET", path).json()) == 1
        assert len(api("GET", path.replace("from_date", "to_date")).json()) == 0


def test_the_first_and_last_years_are_dates_like_others(api: Api) -> None:
    everything = ask(api)
    assert everything
    for text in ("0001-01-01", "0001-01-01T00:00:00+23:59"):
        assert (ask(api, from_date=text), ask(api, to_date=text)) == (everything, [])
    for text in ("9999-12-31", "9999-12-31T23:59:59.999999999-23:59", "9999-12-31T24:00"):
        assert (ask(api, from_date=text), ask(api, to_date=text)) == ([], everything)


@on_sqlite
@pytest.mark.parametrize("name", ["from_date", "to_date"])
def test_a_bad_date_is_refused(api: Api, name: str) -> None:
    for text in (
        "", " ", "yesterday", "2026", "2026-02", "2026-2-1", "20260201", "2026-02-30", "2026-13-01", "0000-01-01",
        "10000-01-01", "-001-01-01", "2026-02-01T", "2026-02-01T24:00:01", "2026-02-01T25:00", "2026-02-01T00:60",
        "2026-02-01T00:00:61", "2026-02-01T00:00:60", "2026-02-01T00:00:00+24:00", "2026-02-01T00:00:00+02:60",
        "2026-02-01T00:00:00.", "2026-02-01T00:00:00ZZ", "1769904000", "１９９９-01-01", "2026-02-01\n2026",
        "2026-02-01T00:00:00[UTC]", "2026-W05-1", "2026-02-01+02:00", "9" * 5000,
    ):  # fmt: skip
        body = refused(api("GET", f"/audit?{name}={quote(text)}"), 422)
        assert body["errors"][0]["field"] == name, text
        assert len(text) < 8 or text.strip() not in body["detail"]


# --- verbs ------------------------------------------------------------------------------------------------------------


@on_sqlite
def test_the_trail_is_read_and_never_written(api: Api) -> None:
    event = api.events()[0]
    for path, verb in product(("/audit", f"/audit/{event['id']}"), ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")):
        response = api(verb, path, json={})
        refused(response, 405, "method_not_allowed")
        assert response.headers["allow"] == "GET"
    assert api("HEAD", "/audit").status_code == 405
    assert event in ask(api)
