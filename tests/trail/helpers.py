"""What tests of the trail share: random trails, their logs' order, and a model that looks at every row."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from expunct_server import ids
from expunct_server.audit.catalog import ApiKeyRevoked, JobReportViewed, PolicyDeleted, PolicyUpdated
from expunct_server.audit.recorder import Origin, writing
from expunct_server.db.session import Database
from expunct_server.publishing.sequencer import ensure_log, sequence, waiting
from tests.conftest import TESTER
from tests.web.helpers import rows

BASE = 1_769_904_000 * ids.SECOND  # 2026-02-01T00:00:00Z
ACTORS = ("pk_live_f8a...c21", "pk_test_000...zzz", "system:scheduler")
KINDS: list[Callable[[], Any]] = [
    JobReportViewed,
    lambda: PolicyDeleted(name="letters", version=3),
    lambda: PolicyUpdated(name="letters", from_version=1, version=2, changed=["name"]),
    lambda: ApiKeyRevoked(name="old", masked_key="pk_live_abc...123", scopes=["jobs"]),
]


def sequence_all(database: Database, limit: int = 2000) -> None:
    """Give every event of every tenant that waits its index, `limit` at a time."""
    for tenant in waiting(database):
        ensure_log(database, tenant, f"log.example/{tenant}")
        while sequence(database, tenant, limit):
            pass


def record(database: Database, count: int, luck: random.Random, tenants: tuple[str, ...] = ("default",)) -> None:
    """Events of several kinds, actors and resources; times are often equal and now and then step back."""
    clock = BASE + luck.randrange(1000) * ids.SECOND
    for _ in range(count):
        clock += luck.choice([0, 0, 1, ids.SECOND, -3 * ids.SECOND, 20 * ids.SECOND])
        who = replace(TESTER, label=luck.choice(ACTORS), tenant_id=luck.choice(tenants))
        with writing(database, who, Origin("req_1", "192.0.2.1", "tests")) as unit:
            unit.record(luck.choice(KINDS)(), resource_id=f"res_{luck.randrange(4)}", at=clock)


def in_order(database: Database, tenant: str = "default") -> list[dict[str, Any]]:
    """Every event of a tenant newest first, each with its `seq` or None; by no statement of ours."""
    places = {row["position"]: row["seq"] for row in rows(database, "audit_entry")}
    found = [row | {"seq": places.get(row["position"])} for row in rows(database, "audit_event")]
    return sorted(
        (row for row in found if row["tenant_id"] == tenant),
        key=lambda row: (row["seq"] is None, row["position"] if row["seq"] is None else row["seq"]),
        reverse=True,
    )


def wanted(row: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether a row answers to the filters; dates are microseconds here."""
    for name in ("event_type", "resource_type"):
        if name in asked:
            parts = asked[name].split(",")
            if not any(row[name] == part or (part[-1] == "*" and row[name].startswith(part[:-1])) for part in parts):
                return False
    if any(name in asked and row[name] != asked[name] for name in ("resource_id", "actor")):
        return False
    return bool(asked.get("since", 0) <= row["created_at"] < asked.get("until", 1 << 62))


def model(found: list[dict[str, Any]], asked: dict[str, Any], *, ascending: bool, as_of: int | None) -> list[str]:
    """The ids that a listing must give, in order."""
    kept = [row for row in found if wanted(row, asked)]
    if ascending or as_of is not None:
        kept = [row for row in kept if row["seq"] is not None and (as_of is None or row["seq"] < as_of)]
    return [row["id"] for row in (reversed(kept) if ascending else kept)]
