"""Requests a key may make in a minute, by its tenant's plan, counted in the database so that all processes agree."""

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from expunct_server import ids
from expunct_server.audit.recorder import system_actor, writing
from expunct_server.db.session import Database
from expunct_server.errors import RateLimited
from expunct_server.settings import Settings
from expunct_server.tenants.models import RateWindow
from expunct_server.web.context import RequestContext

_KEPT_MINUTES = 2
LIMITED_PLANS = frozenset({"free", "pro"})


def count(database: Database, settings: Settings, key_id: str, plan: str, context: RequestContext) -> None:
    """Count this request and put the RateLimit headers on its answer. Raises `RateLimited` beyond the plan's limit.

    The plan `enterprise` has no limit and costs nothing here.
    """
    limit = {"free": settings.rate_limit_free, "pro": settings.rate_limit_pro}.get(plan)
    if limit is None:
        return
    now = ids.now()
    minute = now // ids.MINUTE
    reset = int(((minute + 1) * ids.MINUTE - now + ids.SECOND - 1) // ids.SECOND)
    used = _add_one(database, key_id, minute)
    if used > limit:
        raise RateLimited(
            f"This API key has used its {limit} requests for this minute. Try again in {reset} seconds.",
            retry_after=reset,
            limit=limit,
        )
    for name, value in (("limit", limit), ("remaining", limit - used), ("reset", reset)):
        context.headers.append((f"ratelimit-{name}".encode(), str(value).encode()))


def _add_one(database: Database, key_id: str, minute: int) -> int:
    insert = sqlite.insert if database.dialect == "sqlite" else postgresql.insert
    counted = (
        insert(RateWindow)
        .values(key_id=key_id, minute=minute, used=1)
        .on_conflict_do_update(index_elements=["key_id", "minute"], set_={"used": RateWindow.used + 1})
        .returning(RateWindow.used)
    )
    with writing(database, system_actor("rates")) as unit:
        used = unit.session.scalar(counted) or 1
        if used == 1:
            unit.session.execute(delete(RateWindow).where(RateWindow.minute < minute - _KEPT_MINUTES))
    return used
