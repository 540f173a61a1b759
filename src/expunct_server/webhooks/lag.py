"""How webhooks stand, of all tenants: for health and for operators."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.webhooks import following
from expunct_server.webhooks.models import Webhook

_LOOKED_AT = 20  # failing endpoints, whichever have failed longest: to look at all would make asking a burden
_ACTIVE = (Webhook.active, Webhook.deleted_at.is_(None))


def lag(session: Session) -> dict[str, Any]:
    """How many endpoints are active, how many of them fail just now, and how long the oldest event waits for one."""
    active, failing = session.execute(select(func.count(), func.count(Webhook.failing_since)).where(*_ACTIVE)).one()
    since = _oldest(session) if failing else None
    return {
        "active": active,
        "failing": failing,
        "oldest_waiting_seconds": 0.0 if since is None else max(0, ids.now() - since) / ids.SECOND,
    }


def _oldest(session: Session) -> ids.Micros | None:
    """When the oldest event was recorded that a failing endpoint is to get next."""
    query = select(Webhook.tenant_id, Webhook.event_types, Webhook.cursor)
    longest = query.where(*_ACTIVE, Webhook.failing_since.is_not(None)).order_by(Webhook.failing_since)
    fetch = following.fetching(session)
    events = [following.next_event(fetch, *each) for each in session.execute(longest.limit(_LOOKED_AT))]
    return min((each.created_at for each in events if each is not None), default=None)
