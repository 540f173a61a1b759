"""Threads that tenants share: what is begun in them is not waited for, and nobody has more than a share of them."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from expunct_server.errors import described

_log = logging.getLogger(__name__)


class Threads:
    """So many of one kind in this process, and of these only some for a tenant. One thread begins what runs in them."""

    def __init__(self, name: str, most: int, most_of_tenant: int) -> None:
        self._name, self._most, self._most_of_tenant = name, most, most_of_tenant
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)
        self._closing = threading.Event()
        self._running: dict[str, tuple[str, Future[None]]] = {}  # by what runs: its tenant and its end

    @property
    def is_closing(self) -> bool:
        """Whether what runs should come to its end."""
        return self._closing.is_set()

    def running(self) -> set[str]:
        """What was begun and has not ended."""
        self._running = {name: each for name, each in self._running.items() if not each[1].done()}
        return set(self._running)

    def begin(self, name: str, tenant_id: str, act: Callable[[], object]) -> bool:
        """Run `act` soon. False, and nothing is begun, while `name` runs or the tenant has its share, or all are taken.

        What `act` raises is logged, and no more: whoever begins things does so again.
        """
        is_running = name in self.running()
        of_tenants = Counter(tenant for tenant, _ in self._running.values())
        is_full = len(self._running) >= self._most or of_tenants[tenant_id] >= self._most_of_tenant
        if is_running or is_full or self.is_closing:
            return False
        self._running[name] = (tenant_id, self._pool.submit(self._carry_out, act))
        return True

    def _carry_out(self, act: Callable[[], object]) -> None:
        try:
            act()
        except Exception as error:  # such as a database that is away for a moment
            _log.warning("%s: %s", self._name, described(error))

    def settle(self) -> None:
        """Wait until all that was begun has ended."""
        wait([future for _, future in self._running.values()])

    def close(self, seconds: float | None = None) -> bool:
        """Begin nothing more, and wait for what runs, for as long as it takes unless told. Whether all has ended."""
        self._closing.set()
        self._pool.shutdown(wait=False)  # nothing waits in it: no more is begun than there are threads
        return not wait([future for _, future in self._running.values()], seconds).not_done
