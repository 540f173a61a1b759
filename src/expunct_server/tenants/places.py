"""Places for what may last: so many at once in a process, and of these only a share for a key and for a tenant."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from expunct_server.errors import Unavailable
from expunct_server.tenants.auth import Caller


class Places:
    """The places of one kind in this process, by API key and by the tenant that the key belongs to. Thread-safe.

    Nobody shuts all others out: of `most` places a key gets `most_of_key` and the keys of a tenant `most_of_tenant`.
    Who gets none is told `refusal`, where `{whose}` says whose places are taken, with `code` and `retry_after` seconds.
    """

    def __init__(
        self, most: int, most_of_key: int, most_of_tenant: int, *, refusal: str, code: str, retry_after: int
    ) -> None:
        self._most, self._shares = most, (most_of_key, most_of_tenant)
        self._refusal, self._code, self._retry_after = refusal, code, retry_after
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, caller: Caller) -> None:
        """One more place. Raises `Unavailable` when the key or the tenant has its share, or all are taken."""
        key, tenant = names = _names(caller)
        with self._lock:
            if self._taken[key] >= self._shares[0]:
                whose = "by this key"
            elif self._taken[tenant] >= self._shares[1]:
                whose = "by this tenant"
            elif self._taken.total() >= self._most * len(names):
                whose = "here"
            else:
                self._taken.update(names)
                return
        raise Unavailable(self._refusal.format(whose=whose), code=self._code, retry_after=self._retry_after)

    def give_back(self, caller: Caller) -> None:
        """One of this caller's places is free."""
        with self._lock:
            self._taken.subtract(_names(caller))
            self._taken = +self._taken  # what is at zero is forgotten

    @contextmanager
    def taken(self, caller: Caller) -> Iterator[None]:
        """A place while the block runs. Raises what `take` raises."""
        self.take(caller)
        try:
            yield
        finally:
            self.give_back(caller)


def _names(caller: Caller) -> tuple[str, str]:
    return f"key {caller.key_id}", f"tenant {caller.home_tenant_id}"
