"""Refused requests (401, 403) in the audit log, without letting a flood of them fill the disk.

The first refusal of its kind is recorded at once, in a transaction of its own. Equal ones that follow within the window
are counted in memory and recorded as one event when it ends. Equal means: same tenant, key, reason, method, route and
address (IPv6: its /64). The number of kinds held is bounded. Beyond it all unknown keys share one kind, so a flood of
them costs at most `MAX_KINDS` + 1 events of each sort a window; a known key's refusals always name the key, and share
one kind a key. What was presented is not kept.

A process that is killed loses the counts of its open windows, never the first event of a kind.
"""

import threading
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address, ip_network

from expunct_server import ids
from expunct_server.audit.catalog import AuthDenied, AuthFailed
from expunct_server.audit.recorder import Actor, Origin, writing
from expunct_server.db.session import Database

MAX_KINDS = 256
UNKNOWN = "unknown"  # resource id of a key that is not ours


@dataclass(frozen=True, slots=True)
class Refused:
    """One kind of refusal. `status` is 401 or 403; `route` the route's template, never the path that was asked for."""

    status: int
    actor: Actor
    key_id: str
    reason: str
    method: str
    route: str
    network: str | None


@dataclass(slots=True)
class _Window:
    since: ids.Micros
    suppressed: int
    origin: Origin


class Refusals:
    """The open windows of one process."""

    def __init__(self, database: Database, window_seconds: int) -> None:
        self._database = database
        self._length = window_seconds * ids.SECOND
        self._open: dict[Refused, _Window] = {}
        self._lock = threading.Lock()

    def record(self, kind: Refused, origin: Origin) -> None:
        """Record or count one refusal; returns when what has to be durable is. Raises `Unavailable` if it cannot be."""
        with self._lock:
            due = self._due(ids.now())
            window = self._open.get(kind)
            if window is None and self._is_full(kind):
                kind = replace(kind, network=None, route="(any)", method="(any)", reason="(any)")
                window, origin = self._open.get(kind), Origin()
            if window is not None:
                window.suppressed += 1
            else:
                self._open[kind] = _Window(ids.now(), 0, origin)
        first = [] if window is not None else [(kind, 1, origin)]
        self._write(due + first)

    def _is_full(self, kind: Refused) -> bool:
        """Whether kinds like this one must be thrown together. A flood of unknown keys leaves known keys their own."""
        return sum((each.key_id == UNKNOWN) == (kind.key_id == UNKNOWN) for each in self._open) >= MAX_KINDS

    def flush(self, *, everything: bool = False) -> None:
        """Record the counts of windows that have ended, or of all of them (at shutdown)."""
        with self._lock:
            due = self._due(ids.now() + (self._length if everything else 0))
        self._write(due)

    def _due(self, moment: ids.Micros) -> list[tuple[Refused, int, Origin]]:
        ended = [kind for kind, window in self._open.items() if window.since + self._length <= moment]
        windows = [(kind, self._open.pop(kind)) for kind in ended]
        return [(kind, window.suppressed, window.origin) for kind, window in windows if window.suppressed]

    def _write(self, refusals: list[tuple[Refused, int, Origin]]) -> None:
        for written, (kind, count, origin) in enumerate(refusals):
            event = (AuthFailed if kind.status == 401 else AuthDenied)(
                reason=kind.reason, method=kind.method, route=kind.route, count=count
            )
            try:
                with writing(self._database, kind.actor, origin) as unit:
                    unit.record(event, resource_id=kind.key_id)
            except Exception:
                self._keep(refusals[written:])
                raise

    def _keep(self, refusals: list[tuple[Refused, int, Origin]]) -> None:
        """Count what could not be written as suppressed, so that the end of its window records it."""
        with self._lock:
            for kind, count, origin in refusals:
                self._open.setdefault(kind, _Window(ids.now(), 0, origin)).suppressed += count


def network_of(address: str | None) -> str | None:
    """What counts as one source: an IPv4 address, or the /64 of an IPv6 address."""
    if address is None:
        return None
    parsed = ip_address(address)
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address
