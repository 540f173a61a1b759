"""A row that was edited by hand, with its rules out of the way, is found by what its event states of it."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from expunct_server.audit.recorder import writing
from expunct_server.jobs import service as jobs
from expunct_server.tenants import service
from expunct_server.tenants.models import ApiKey, Tenant
from tests.attacks.support import Scene, told
from tests.conftest import TESTER, Api

POLICY = {"name": "letters", "pii_types": ["EMAIL_ADDRESS"]}


@pytest.fixture
def scene(api: Api) -> Scene:
    """Jobs that ended and one that did not, keys and policies of each kind, a tenant on another plan."""
    first, second = (api("POST", "/policies", json=POLICY | {"name": name}).json()["id"] for name in ("a", "b"))
    assert api("PUT", f"/policies/{first}", json=POLICY | {"name": "c"}).status_code == 200
    assert api("DELETE", f"/policies/{second}").status_code == 200
    assert api.redacted("mail jo@example.org")["status"] == "completed"
    cancelled, waits = (api.upload(text).json()["id"] for text in ("goes", "waits"))
    with writing(api.database, TESTER) as unit:
        jobs.cancel(unit, cancelled)
        assert waits != cancelled
        service.set_plan(unit, unit.session.get_one(Tenant, "default"), "pro")
        short = service.issue_key(unit, name="short", scopes=frozenset({"jobs"}))
        service.revoke_key(unit, short.row.id)
    made = Scene(api.database, replace(api.settings, data=api.settings.data / "log-data"))
    made.publish()
    assert made.fsck() == []
    return made


@pytest.mark.parametrize(
    ("table", "which", "change"),
    [
        ("api_key", "name = 'short'", "revoked_at = NULL"),
        ("api_key", "name = 'short'", "scopes = 'jobs tenants:any'"),
        ("api_key", "name = 'test'", "scopes = 'audit:erase'"),
        ("api_key", "name = 'test'", "networks = '0.0.0.0/0'"),
        ("api_key", "name = 'test'", "expires_at = 4102444800000000"),
        ("api_key", "name = 'test'", "actor_mask = 'pk_live_abc...def'"),
        ("tenant", "id = 'default'", "plan = 'enterprise'"),
        ("policy", "deleted_at IS NOT NULL", "deleted_at = NULL"),
        ("policy", "deleted_at IS NULL", "version = 1"),
        ("policy_version", "version = 2", "created_at = 5"),
        ("job", "outcome = 'completed'", "outcome = 'failed'"),
        ("job", "outcome = 'completed'", "findings_count = 0"),
        ("job", "outcome = 'completed'", "input_sha256 = 'f00'"),
        ("job", "outcome = 'completed'", "output_sha256 = NULL"),
        ("job", "outcome = 'completed'", "completed_at = 5"),
        ("job", "outcome = 'completed'", "created_at = 5"),
        ("job", "outcome = 'error'", "error_code = 'too_large'"),
        ("job", "outcome IS NULL", "language = 'de'"),
    ],
)
def test_an_edited_row_is_named(scene: Scene, table: str, which: str, change: str) -> None:
    scene.by_hand(table, f"UPDATE {table} SET {change} WHERE {which}")
    column = change.partition(" ")[0]
    problems = scene.fsck()
    told(problems, f"table {table}, row ", f"its {column} is not what its event evt_")
    assert all("is not what its event" in each for each in problems)


def test_what_was_erased_of_an_event_is_not_compared(api: Api, scene: Scene) -> None:
    key = api.make_key(scopes=frozenset({"audit:erase", "audit:read"}))
    with api.database.reading() as session:
        events = list(session.scalars(select(ApiKey.audit_event_id)))
    assert api("POST", "/audit/erasures", key=key, json={"event_ids": events}).status_code == 201
    scene.publish()
    assert scene.fsck() == []
    scene.by_hand("api_key", "UPDATE api_key SET revoked_at = NULL WHERE name = 'short'")
    told(scene.fsck(), "table api_key, row ", "its revoked_at is not")
