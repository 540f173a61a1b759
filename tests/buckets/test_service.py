"""Rows of buckets: kept with their events, changed, closed; what is sealed opens for its connector and no other."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from expunct_server.audit.catalog import ConnectorDeleted, ConnectorUpdated
from expunct_server.buckets import sealed, service
from expunct_server.buckets.models import Bucket
from expunct_server.buckets.reaching import Reach
from expunct_server.db.session import Database
from expunct_server.errors import Invalid, NotFound, Unavailable
from expunct_server.settings import Settings
from expunct_server.tenants import sealing
from tests.buckets.conftest import Keep, MakeReach
from tests.buckets.helpers import AZURE_SECRET, HUSH, S3_SECRET, gcs_secret, service_account
from tests.support import canary
from tests.web.helpers import on_sqlite

ONE, TWO = "https://one.example", "https://two.example"


def row(database: Database, connector: str) -> Bucket:
    with database.reading() as session:
        return session.get_one(Bucket, connector)


def opened(settings: Settings, bucket: Bucket) -> Mapping[str, str]:
    return sealed.opened(sealing.master_key(settings), bucket)


def change(act: Any, reach: Reach, connector: str, tenant: str = "acme", **fields: Any) -> Bucket:
    updated = ConnectorUpdated(
        provider="s3", bucket="x", prefix="", schedule_cron=None, policy_id=None, changed=sorted(fields)
    )
    with act(tenant) as unit:
        event = unit.record(updated, resource_id=connector)
        given: dict[str, Any] = {"name": "acme-in", "endpoint": None, "region": None, "credentials": None} | fields
        return service.change(unit, event, reach, connector, **given)


def close(act: Any, connector: str, tenant: str = "acme") -> None:
    with act(tenant) as unit:
        event = unit.record(ConnectorDeleted(provider="s3", bucket="x", prefix=""), resource_id=connector)
        service.close(unit, event, connector)


def test_a_bucket_is_kept_changed_and_closed(
    reach_with: MakeReach, keep: Keep, act: Any, settings: Settings, database: Database
) -> None:
    reach = reach_with(bucket_endpoints=(ONE, TWO))
    connector = keep(reach, name="acme-in", endpoint=f"{ONE.upper()}:443/", region="eu-west-1", secret=S3_SECRET)
    kept = row(database, connector)
    assert (kept.tenant_id, kept.provider, kept.name, kept.endpoint, kept.region) == (
        "acme", "s3", "acme-in", ONE, "eu-west-1"
    )  # fmt: skip
    assert opened(settings, kept) == S3_SECRET
    change(act, reach, connector, name="acme-out", endpoint=ONE)
    changed = row(database, connector)
    assert (changed.name, changed.region, changed.sealed_secret) == ("acme-out", None, kept.sealed_secret)
    assert changed.audit_event_id != kept.audit_event_id
    change(act, reach, connector, endpoint=TWO, secret=S3_SECRET | {"access_key_id": "NEXT"})
    assert opened(settings, row(database, connector))["access_key_id"] == "NEXT"
    with database.reading() as session:
        assert service.get(session, "acme", connector).endpoint == TWO
    close(act, connector)
    closed = row(database, connector)
    assert closed.sealed_secret is None and closed.closed_at is not None
    for call in (
        lambda: close(act, connector),
        lambda: change(act, reach, connector),
        lambda: reach.bucket("acme", connector),
    ):
        with pytest.raises(NotFound):
            call()
    # The database's own watch, at the end of this test, finds no secret in any table: neither in rows nor in events.


@on_sqlite
def test_a_sealed_secret_goes_to_no_server_that_it_was_not_given_for(
    reach_with: MakeReach, keep: Keep, act: Any, database: Database
) -> None:
    reach = reach_with(bucket_endpoints=(ONE, TWO))
    connector = keep(reach, name="acme-in", endpoint=ONE, secret=S3_SECRET)
    for endpoint in (TWO, None):
        with pytest.raises(Invalid) as error:
            change(act, reach, connector, endpoint=endpoint)
        assert error.value.code == "secret_needed"
    with pytest.raises(Invalid) as error:
        change(act, reach, connector, endpoint="https://evil.example", secret=S3_SECRET)
    assert error.value.code == "endpoint_not_allowed"
    assert row(database, connector).endpoint == ONE


@on_sqlite
def test_a_name_in_the_place_of_a_secret_destroys_it(
    reach_with: MakeReach, keep: Keep, act: Any, database: Database, tmp_path: Any
) -> None:
    file = tmp_path / "etc" / "credentials.toml"
    file.parent.mkdir()
    file.write_text('[named]\nprovider = "s3"\ntenants = ["acme"]\nenvironment = "X"\n')
    reach = reach_with(credentials_file=str(file))
    connector = keep(reach, name="acme-in", secret=S3_SECRET)
    change(act, reach, connector, credentials="named")
    assert row(database, connector).sealed_secret is None
    change(act, reach, connector, secret=S3_SECRET)
    found = row(database, connector)
    assert found.sealed_secret is not None and found.credentials is None


@on_sqlite
def test_of_another_tenant_nothing_is_changed_or_closed(
    reach_with: MakeReach, keep: Keep, act: Any, database: Database
) -> None:
    reach = reach_with()
    connector = keep(reach, name="acme-in", secret=S3_SECRET)
    for call in (
        lambda: change(act, reach, connector, "rival", secret=S3_SECRET),
        lambda: close(act, connector, "rival"),
    ):
        with pytest.raises(NotFound):
            call()
    with database.reading() as session, pytest.raises(NotFound):
        service.get(session, "rival", connector)
    assert row(database, connector).closed_at is None


@on_sqlite
@pytest.mark.parametrize(
    ("provider", "given", "kept"),
    [
        ("s3", S3_SECRET | {"session_token": HUSH}, S3_SECRET | {"session_token": HUSH}),
        ("azure", AZURE_SECRET, AZURE_SECRET),
        ("gcs", None, None),
    ],
)
def test_what_is_sealed_is_what_opens_the_bucket_and_nothing_else(
    reach_with: MakeReach, keep: Keep, settings: Settings, database: Database, provider: str, given: Any, kept: Any
) -> None:
    reach = reach_with()
    connector = keep(reach, provider=provider, name="acme-in", secret=given or service_account())
    bucket = row(database, connector)
    assert opened(settings, bucket) == (kept or gcs_secret())
    assert reach.bucket("acme", connector)
    assert (
        bucket.sealed_secret is not None
        and json.dumps(AZURE_SECRET["account_key"]).encode() not in bucket.sealed_secret
    )
    assert canary.found_in(bucket.sealed_secret) == [] and canary.found_in(repr(bucket) + repr(vars(reach))) == []


@on_sqlite
def test_a_sealed_secret_opens_for_its_connector_under_its_key_alone(
    reach_with: MakeReach, keep: Keep, settings: Settings, database: Database
) -> None:
    reach = reach_with()
    one, other = (keep(reach, name="acme-in", secret=S3_SECRET) for _ in range(2))
    swapped = Bucket(id=other, sealed_secret=row(database, one).sealed_secret)
    for master, bucket in ((sealing.master_key(settings), swapped), (b"x" * 32, row(database, one))):
        with pytest.raises(Unavailable) as error:
            sealed.opened(master, bucket)
        assert error.value.code == "bad_master_key"


@on_sqlite
def test_a_refused_bucket_leaves_neither_row_nor_event(reach_with: MakeReach, keep: Keep, database: Database) -> None:
    with pytest.raises(Invalid):
        keep(reach_with(), name="acme-in", secret={"access_key_id": HUSH})
    with database.reading() as session:
        assert session.scalars(select(Bucket)).all() == []
        assert (
            session.connection()
            .exec_driver_sql("SELECT count(*) FROM audit_event WHERE event_type LIKE 'conn%'")
            .scalar()
            == 0
        )
