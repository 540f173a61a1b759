"""A reach over the test's database, and connectors' buckets kept in the name of tenants."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from expunct_server import ids
from expunct_server.audit.catalog import ConnectorCreated
from expunct_server.buckets import service
from expunct_server.buckets.reaching import Reach
from expunct_server.db.session import Database
from expunct_server.settings import Settings
from expunct_server.tenants.service import ensure_tenant

MakeReach = Callable[..., Reach]
Keep = Callable[..., str]


@pytest.fixture
def reach_with(settings: Settings, database: Database, act: Any) -> MakeReach:
    """`reach_with(bucket_endpoints=...)`: a reach with other settings. Tenants acme and rival exist beside default."""
    for tenant in ("acme", "rival"):
        with act(tenant) as unit:
            ensure_tenant(unit, tenant)
    return lambda **changed: Reach(replace(settings, **changed), database)


@pytest.fixture
def keep(act: Any) -> Keep:
    """`keep(reach, tenant, provider=..., name=...)`: a connector's bucket; its id."""

    def kept(reach: Reach, tenant: str = "acme", *, provider: str = "s3", **fields: Any) -> str:
        connector_id = ids.new("con")
        created = ConnectorCreated(
            provider=provider, bucket=fields["name"], prefix="", schedule_cron=None, policy_id=None
        )
        with act(tenant) as unit:
            event = unit.record(created, resource_id=connector_id)
            service.keep(unit, event, reach, connector_id=connector_id, provider=provider, **fields)
        return connector_id

    return kept
