"""Connectors over HTTP: what goes in comes out, what is wrong is told by field, and no secret comes out at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Api
from tests.connectors.helpers import folder, inputs, make, start, start_unlisted, to_its_end, write
from tests.web.helpers import another_app, on_sqlite, refused, rows, tables_holding

DEFAULTS: dict[str, Any] = {
    "name": None, "prefix": "", "output_prefix": "redacted/", "schedule_cron": None, "schedule_timezone": "UTC",
    "policy_id": None, "language": None, "active": True, "endpoint": None, "region": None, "credentials": None,
    "has_secret": False, "last_sync_at": None, "next_run_at": None, "last_sync": None, "tenant_id": "default",
}  # fmt: skip
SECRET = {"access_key_id": "AKIAEXAMPLE000000001", "secret_access_key": "not-a-word-of-this-is-shown-0001"}


def change(api: Api, made: dict[str, Any], **fields: Any) -> Any:
    return api("PUT", f"/connectors/{made['id']}", json=fields)


def test_only_provider_and_bucket_are_needed_and_the_rest_has_defaults(api: Api) -> None:
    made = make(api)
    given = {"provider": "folder", "bucket": str(folder(api))}
    assert made == DEFAULTS | given | {name: made[name] for name in ("id", "created_at", "updated_at")}
    assert made["id"].startswith("con_")
    assert api("GET", f"/connectors/{made['id']}").json() == made
    assert api("GET", "/connectors").json() == [made]
    paged = api("GET", "/connectors?page=1&page_size=5").json()
    assert paged == {"connectors": [made], "total": 1, "page": 1, "page_size": 5}
    event = api.events(event_type="connector.created")[0]
    told = ("prefix", "output_prefix", "schedule_cron", "policy_id", "endpoint", "region", "credentials", "active")
    assert event["metadata"] == given | {name: DEFAULTS[name] for name in told}


def test_every_field_comes_back_as_it_was_sent_and_the_secret_never(api: Api) -> None:
    policy = api("POST", "/policies", json={"name": "p"}).json()["id"]
    sent = {
        "name": "Ünïcode", "provider": "s3", "bucket": "letters", "prefix": "in/", "output_prefix": "out/",
        "schedule_cron": "30 4 * * MON", "schedule_timezone": "Europe/Berlin", "policy_id": policy, "language": "de",
        "active": False, "region": "eu-central-1",
    }  # fmt: skip
    made = make(api, **sent, secret=SECRET)
    assert {name: made[name] for name in sent} == sent
    assert made["has_secret"] is True
    assert "secret" not in made
    everywhere = json.dumps(
        [api("GET", "/connectors").json(), api.events(), rows(api.database, "audit_event")], default=str
    )
    for each in SECRET.values():
        assert each not in everywhere
        assert tables_holding(api.database, each) == []
    changed = change(api, made, **made | {"region": "eu-west-1"}).json()  # sent back as it was answered
    assert changed == made | {"region": "eu-west-1", "updated_at": changed["updated_at"]}
    assert api.events(event_type="connector.updated")[0]["metadata"]["changed"] == ["region"]


@on_sqlite
def test_a_change_is_recorded_by_its_fields_and_none_is_no_event(api: Api) -> None:
    made = make(api, provider="s3", bucket="letters", secret=SECRET)
    assert change(api, made, name=None, prefix="").json() == made
    assert "connector.updated" not in api.event_types()
    changed = change(api, made, prefix="in", active=False, secret=SECRET | {"secret_access_key": "another"}).json()
    assert (changed["prefix"], changed["active"], changed["has_secret"]) == ("in/", False, True)
    event = api.events(event_type="connector.updated")[0]
    assert event["metadata"] == {
        "provider": "s3", "bucket": "letters", "prefix": "in/", "schedule_cron": None, "policy_id": None,
        "output_prefix": "redacted/", "endpoint": None, "region": None, "credentials": "sealed", "active": False,
        "changed": ["active", "prefix", "secret"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"provider": "ftp"}, "provider", "invalid"),
        ({"provider": None}, "provider", "invalid"),
        ({"bucket": ""}, "bucket", "invalid"),
        ({"bucket": "relative/path"}, "bucket", None),
        ({"unknown": 1}, "unknown", "unknown_field"),
        ({"output_prefix": ""}, "output_prefix", "invalid"),
        ({"output_prefix": "/x/"}, "output_prefix", "invalid"),
        ({"output_prefix": "a//b"}, "output_prefix", "invalid"),
        ({"prefix": "../up"}, "prefix", "invalid"),
        ({"prefix": "a\nb"}, "prefix", "invalid"),
        ({"prefix": "x" * 801}, "prefix", "invalid"),
        ({"prefix": "redacted"}, "output_prefix", "prefixes_overlap"),
        ({"prefix": "redacted/deep/"}, "output_prefix", "prefixes_overlap"),
        ({"schedule_cron": "* * * *"}, "schedule_cron", "bad_cron"),
        ({"schedule_cron": "0 0 30 2 *"}, "schedule_cron", "bad_cron"),
        ({"schedule_timezone": "Mars/Olympus"}, "schedule_timezone", "bad_timezone"),
        ({"language": "German"}, "language", "invalid"),
        ({"secret": {"a": 1}}, "secret", "invalid"),
        ({"name": "two\nlines"}, "name", "invalid"),
    ],
)
@on_sqlite
def test_what_is_wrong_is_told_by_its_field(api: Api, fields: dict[str, Any], field: str, code: str | None) -> None:
    folder(api).mkdir()
    body = refused(
        api("POST", "/connectors", json={"provider": "folder", "bucket": str(folder(api))} | fields), 422, code
    )
    assert body["errors"][0]["field"].partition(".")[0] == field
    assert api("GET", "/connectors").json() == []
    made = make(api)
    if "unknown" not in fields:
        refused(change(api, made, **fields), 422)
    assert api("GET", f"/connectors/{made['id']}").json() == made


@on_sqlite
def test_a_folder_lies_below_what_the_operator_allows(api: Api) -> None:
    refused(api("POST", "/connectors", json={"provider": "folder", "bucket": "/etc"}), 403)
    assert len(api.events(event_type="auth.denied")) == 1
    assert api("GET", "/connectors").json() == []


@on_sqlite
def test_a_policy_must_be_there_and_a_bucket_stays_what_it_is(api: Api) -> None:
    folder(api).mkdir()
    body = {"provider": "folder", "bucket": str(folder(api)), "policy_id": "pol_none"}
    refused(api("POST", "/connectors", json=body), 404)
    made = make(api)
    refused(change(api, made, policy_id="pol_none"), 404)
    (folder(api) / "other").mkdir()
    refused(change(api, made, bucket=str(folder(api) / "other")), 422, "fixed_field")
    refused(change(api, made, provider="s3"), 422, "fixed_field")


@on_sqlite
def test_the_place_of_results_stays_once_there_are_some(api: Api) -> None:
    write(api, "a.txt", "in/b.txt")
    made = make(api)
    assert change(api, made, output_prefix="clean/").status_code == 200
    started = start(api, made)
    refused(change(api, made, prefix="in/"), 409, "sync_running")
    to_its_end(api, started)
    refused(change(api, made, output_prefix="redacted/"), 409, "output_prefix_in_use")
    assert change(api, made, prefix="in/", output_prefix="redacted/").status_code == 200  # out of what is read


def test_a_deleted_connector_is_gone_its_sync_has_ended_and_its_jobs_fail(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    start(api, made)
    deleted = api("DELETE", f"/connectors/{made['id']}")
    assert (deleted.status_code, deleted.json()) == (200, {"detail": "Connector deleted"})
    for method, path in (
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/sync"),
        ("POST", "/test"),
        ("GET", "/syncs"),
    ):
        more = {"json": {"name": "x"}} if method == "PUT" else {}
        refused(api(method, f"/connectors/{made['id']}{path}", **more), 404)
    assert api("GET", "/connectors").json() == []
    types = [each["event_type"] for each in api.events(resource_type="connector")]
    assert types[-2:] == ["connector.sync_failed", "connector.deleted"]
    failed = api.events(event_type="connector.sync_failed")[0]["metadata"]
    assert (failed["error_code"], failed["job_count"]) == ("connector_deleted", 1)
    assert [each["actor"] for each in rows(api.database, "connector_sync")] == [None]
    api.work()
    assert [each["status"] for each in api("GET", "/jobs").json()] == ["error"]


@on_sqlite
def test_to_switch_off_ends_the_sync_and_refuses_another(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    started = start(api, made)
    assert change(api, made, active=False).json()["last_sync"]["error_code"] == "connector_inactive"
    assert api("GET", f"/connectors/{made['id']}/syncs/{started['id']}").json()["status"] == "failed"
    refused(api("POST", f"/connectors/{made['id']}/sync"), 409, "connector_inactive")
    assert len(inputs(api)) == 1


@on_sqlite
def test_a_sync_can_be_cancelled_once(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    started = start(api, made)
    path = f"/connectors/{made['id']}/syncs/{started['id']}/cancel"
    cancelled = api("POST", path).json()
    assert (cancelled["status"], cancelled["error_code"], cancelled["job_count"]) == ("failed", "cancelled", 1)
    refused(api("POST", path), 409, "already_ended")
    refused(api("POST", f"/connectors/{made['id']}/syncs/syn_none/cancel"), 404)


@on_sqlite
def test_tenants_and_scopes_are_kept_apart(api: Api) -> None:
    write(api, "a.txt")
    made = make(api)
    started = start(api, made)
    other = api.make_key("other")
    for method, path in (
        ("GET", ""), ("DELETE", ""), ("POST", "/sync"), ("POST", "/test"), ("GET", "/syncs"),
        ("GET", f"/syncs/{started['id']}"), ("POST", f"/syncs/{started['id']}/cancel"),
    ):  # fmt: skip
        refused(api(method, f"/connectors/{made['id']}{path}", key=other), 404)
    refused(api("PUT", f"/connectors/{made['id']}", json={"name": "x"}, key=other), 404)
    assert api("GET", "/connectors", key=other).json() == []
    limited = api.make_key(scopes=frozenset({"jobs"}))
    refused(api("GET", "/connectors", key=limited), 403, "missing_scope")
    assert api("GET", f"/connectors/{made['id']}").json()["last_sync"]["status"] == "processing"


@on_sqlite
def test_a_retry_of_a_creation_makes_no_second(api: Api) -> None:
    folder(api).mkdir()
    body = {"provider": "folder", "bucket": str(folder(api))}
    answers = [api("POST", "/connectors", json=body, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(api("GET", "/connectors").json()) == 1


@on_sqlite
def test_the_test_of_a_connector_says_what_works(api: Api) -> None:
    made = make(api)
    found = api("POST", f"/connectors/{made['id']}/test").json()
    assert (found["connector_id"], found["ok"]) == (made["id"], True)
    assert [each["check"] for each in found["checks"]] == ["reach", "list", "read", "write", "remove"]
    assert [each["code"] for each in found["checks"]] == [None, None, "nothing_to_read", None, None]
    write(api, "a.txt")
    assert api("POST", f"/connectors/{made['id']}/test").json()["checks"][2] == {
        "check": "read", "ok": True, "code": None, "detail": None,
    }  # fmt: skip
    assert [each for each in folder(api).rglob("*") if each.is_file()] == [folder(api) / "a.txt"]
    tested = api.events(event_type="connector.tested")
    assert [each["metadata"] for each in tested] == [{"provider": "folder", "bucket": str(folder(api))}] * 2
    (folder(api) / "a.txt").unlink()
    (folder(api) / "redacted").rmdir()
    folder(api).rmdir()
    gone = api("POST", f"/connectors/{made['id']}/test").json()
    assert not gone["ok"]
    assert [each["code"] for each in gone["checks"]] == ["bucket_not_found", *["not_tried"] * 4]


@on_sqlite
def test_a_server_that_hangs_leaves_the_first_page_to_a_worker(api: Api) -> None:
    write(api, "a.txt")
    started = start_unlisted(api, make(api))
    assert started["job_count"] == 0
    assert api.events(event_type="connector.sync_triggered")[0]["metadata"]["job_count"] == 0
    assert to_its_end(api, started)["completed_jobs"] == 1


@on_sqlite
def test_a_path_of_a_file_is_told_as_such(api: Api) -> None:
    folder(api).write_text("no folder")
    response = api("POST", "/connectors", json={"provider": "folder", "bucket": str(folder(api))})
    made = response.json()
    found = api("POST", f"/connectors/{made['id']}/test").json()["checks"][0]
    assert (found["code"], "is a file" in found["detail"]) == ("not_a_folder", True)
    assert to_its_end(api, start(api, made))["error_code"] == "not_a_folder"


@on_sqlite
def test_a_secret_of_null_is_destroyed_and_an_entry_opens_the_bucket(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"TESTS_{name}", "example-0001-of-a-text-that-is-long")
    file = tmp_path / "credentials.toml"
    file.write_text('[all]\nprovider = "s3"\ntenants = ["default"]\nbuckets = ["letters"]\nenvironment = "TESTS"\n')
    with another_app(api, credentials_file=str(file)) as app:
        other = make(app, provider="s3", bucket="others", secret=SECRET)
        refused(change(app, other, secret=None), 422, "no_credentials")
        made = make(app, provider="s3", bucket="letters", secret=SECRET)
        assert change(app, made, name="kept").json()["has_secret"] is True
        assert change(app, made, secret=None).json()["has_secret"] is False
        assert [each["sealed_secret"] is None for each in rows(app.database, "bucket")] == [False, True]
        told = change(app, made, secret=None).json()
        assert change(app, made, secret=None).json() == told  # nothing to destroy is no change
        metadata = app.events(event_type="connector.updated")[-1]["metadata"]
        assert (metadata["credentials"], metadata["changed"]) == (None, ["secret"])
        change(app, made, credentials="all")
    metadata = api.events(event_type="connector.updated")[-1]["metadata"]
    assert (metadata["credentials"], metadata["changed"]) == ("all", ["credentials"])
