"""When a key was last used and how often, kept without a write for each call.

Calls are counted in memory and added to the rows every few seconds. A process that is killed loses the last few seconds
of counts; nothing else depends on them.
"""

import threading

from sqlalchemy import case, func, update

from expunct_server import ids
from expunct_server.audit.recorder import system_actor, writing
from expunct_server.db.session import Database
from expunct_server.tenants.models import ApiKey


class Usage:
    """The uncommitted counts of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counts: dict[str, tuple[int, ids.Micros]] = {}
        self._lock = threading.Lock()

    def count(self, key_id: str) -> None:
        """Note one call with this key."""
        with self._lock:
            self._counts[key_id] = (self._counts.get(key_id, (0, 0))[0] + 1, ids.now())

    def flush(self) -> None:
        """Add what was counted to the keys' rows."""
        with self._lock:
            counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            self._add(counts)
        except Exception:
            with self._lock:  # the database could not be written: the next flush tries again
                for key_id, (used, last) in counts.items():
                    more, later = self._counts.get(key_id, (0, 0))
                    self._counts[key_id] = (used + more, max(last, later))
            raise

    def _add(self, counts: dict[str, tuple[int, ids.Micros]]) -> None:
        with writing(self._database, system_actor("usage")) as unit:
            for key_id, (used, last) in sorted(counts.items()):  # one order for all processes: no deadlock
                latest = case((func.coalesce(ApiKey.last_used_at, 0) > last, ApiKey.last_used_at), else_=last)
                counted = update(ApiKey).where(ApiKey.id == key_id)
                unit.session.execute(counted.values(usage_count=ApiKey.usage_count + used, last_used_at=latest))
