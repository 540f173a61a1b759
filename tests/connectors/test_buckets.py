"""Connectors to a real S3 server: syncs, rights that are missing, and a server that is away."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from expunct_server.audit.recorder import system_actor, writing
from expunct_server.connectors import sync
from expunct_server.connectors.models import ConnectorSync
from tests.conftest import Api
from tests.connectors.helpers import LETTER, at_once, inputs, make, means, shown, start, synced, to_its_end
from tests.support.seaweedfs import SeaweedFS
from tests.web.helpers import another_app, on_sqlite


@pytest.fixture
def reaching(api: Api, s3: SeaweedFS) -> Any:
    """The application, allowed to reach the S3 server."""
    with another_app(api, bucket_endpoints=(s3.endpoint,)) as app:
        yield app


def connect(api: Api, s3: SeaweedFS, bucket: str, who: str = "writer", **more: Any) -> dict[str, Any]:
    return make(
        api, provider="s3", bucket=bucket, endpoint=s3.endpoint, region=s3.region, secret=s3.secret(who), **more
    )


def put(s3: SeaweedFS, bucket: str, key: str, text: str = LETTER) -> None:
    s3.request("PUT", f"/{bucket}/{key}", text.encode())


def missing(api: Api, made: dict[str, Any]) -> dict[str, str | None]:
    response = api("POST", f"/connectors/{made['id']}/test")
    assert response.status_code == 200, response.text
    return {each["check"]: each["code"] for each in response.json()["checks"]}


@on_sqlite
def test_a_bucket_is_synced_and_only_what_changed_is_done_again(
    reaching: Api, s3: SeaweedFS, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "PAGE", 2)
    bucket = s3.bucket()
    for key in ("in/a.txt", "in/sub/b.txt", "in/with%20space.txt", "in/%2541.txt", "other.txt"):
        put(s3, bucket, key)
    made = connect(reaching, s3, bucket, prefix="in/", output_prefix="in/clean/")
    ended = synced(reaching, made)
    assert (ended["status"], ended["job_count"], ended["completed_jobs"]) == ("completed", 4, 4)
    keys = ("in/%41.txt", "in/a.txt", "in/sub/b.txt", "in/with space.txt")
    assert inputs(reaching) == [f"s3://{bucket}/{key}" for key in keys]
    cleaned = s3.request("GET", f"/{bucket}/in/clean/sub/b.txt").text
    assert cleaned != LETTER
    assert "jane" not in cleaned
    again = synced(reaching, made)
    assert (again["job_count"], again["unchanged"], again["skipped"]) == (0, 4, 4)
    put(s3, bucket, "in/a.txt", "Now it is for john@example.com.\n")
    assert synced(reaching, made)["job_count"] == 1


@on_sqlite
def test_what_is_missing_is_said_exactly(reaching: Api, s3: SeaweedFS) -> None:
    bucket = s3.bucket()
    put(s3, bucket, "a.txt")
    well = dict.fromkeys(("reach", "list", "read", "write", "remove"))
    assert missing(reaching, connect(reaching, s3, bucket)) == well
    reader = connect(reaching, s3, bucket, "reader", output_prefix="x/")
    assert missing(reaching, reader) == well | {"write": "access_denied", "remove": "not_tried"}
    later = dict.fromkeys(("list", "read", "write", "remove"), "not_tried")
    assert missing(reaching, connect(reaching, s3, "no-such-bucket-1")) == {"reach": "bucket_not_found"} | later
    refused = make(
        reaching, provider="s3", bucket=bucket, endpoint=s3.endpoint, output_prefix="y/",
        secret={"access_key_id": "AKIANOBODY0000000000", "secret_access_key": "wrong-" * 6},
    )  # fmt: skip
    assert missing(reaching, refused) == {"reach": "credentials_refused"} | later
    ended = to_its_end(reaching, start(reaching, refused))
    assert (ended["status"], ended["error_code"]) == ("failed", "credentials_refused")
    # May read and not write: each job says so, and is tried again by the next sync.
    ended = synced(reaching, reader)
    assert (ended["status"], ended["failed_jobs"]) == ("completed", 1)
    assert reaching("GET", "/jobs").json()[0]["error_code"] == "output_not_writable"
    assert start(reaching, reader)["job_count"] == 1


@on_sqlite
def test_a_server_that_is_away_is_tried_again_and_at_last_given_up(
    reaching: Api, s3: SeaweedFS, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away = "http://127.0.0.1:9"
    settings = replace(reaching.settings, bucket_endpoints=(away,))
    with another_app(reaching, bucket_endpoints=settings.bucket_endpoints) as app:
        made = make(app, provider="s3", bucket="letters", endpoint=away, secret=s3.secret())
        monkeypatch.setattr(sync, "FIRST_SECONDS", 0.0)
        started = start(app, made)
        at_once(app)
        assert sync.advance(means(app), started["id"]) == 0
        found = shown(app, started)
        assert (found["status"], found["error_code"]) == ("listing", None)
        assert (found["last_error_code"], found["attempts"]) == ("store_unavailable", 1)
        assert found["last_error_message"] and found["next_attempt_at"] > found["started_at"]
        assert [each.getMessage() for each in caplog.records if each.name == sync.__name__] == [
            f"connector {made['id']}: sync {started['id']} could not be listed further: store_unavailable"
        ]
        with writing(app.database, system_actor("test")) as unit:
            unit.session.execute(update(ConnectorSync).values(attempts=sync.TRIES - 1, next_attempt_at=0))
        assert sync.advance(means(app), started["id"]) == 0
        found = shown(app, started)
        assert (found["status"], found["error_code"]) == ("failed", "store_unavailable")
        assert (found["last_error_code"], found["attempts"], found["next_attempt_at"]) == (None, 0, None)
