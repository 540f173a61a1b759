"""Requests that wait for a bucket: in threads of their own, and no more of them at once than a few of each tenant.

A storage server may be anyone's, and may take its time. All requests share some forty threads, in which their keys are
checked too: were buckets waited for in these, a few requests to a server that hangs would hold up everyone.
"""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Self, TypeVar

from anyio import CapacityLimiter, to_thread

from expunct_server.tenants.auth import Caller
from expunct_server.tenants.places import Places

PLACES, PLACES_OF_TENANT = 16, 4
_T = TypeVar("_T")
_places = Places(
    PLACES,
    PLACES_OF_TENANT,
    PLACES_OF_TENANT,
    refusal="Too many requests {whose} wait for buckets; send it again in a moment.",
    code="buckets_busy",
    retry_after=5,
)


class Place:
    """A place to wait in: a context, used once. It is free again when the context has ended and all that it gave up."""

    def __init__(self, free: Callable[[], None] = lambda: None) -> None:
        self._free, self._used = free, 0
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        with self._lock:
            self._used += 1
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._used -= 1
            is_free = self._used == 0
        if is_free:
            self._free()

    def within(self, seconds: float, act: Callable[[], Any]) -> Any:
        """What `act` returns or raises; TimeoutError when that takes longer. It is then left to itself.

        The place stays taken for as long as it goes on: who asks again and again has no more threads for it.
        """
        done: list[Any] = []

        def carry_out() -> None:
            try:
                done.append((act(), None))
            except Exception as error:
                done.append((None, error))
            finally:
                self.__exit__()

        thread = threading.Thread(target=carry_out, name="within", daemon=True)
        self.__enter__()
        try:
            thread.start()
        except BaseException:
            self.__exit__()
            raise
        thread.join(seconds)
        if not done:
            raise TimeoutError
        result, error = done[0]
        if error is not None:
            raise error
        return result


async def waiting(caller: Caller, act: Callable[[Place], _T]) -> _T:
    """What `act` gives, in a thread that other requests do without.

    Raises `Unavailable`, code `buckets_busy`, and begins nothing, when the tenant has its share or all are taken.
    """
    _places.take(caller)
    with Place(lambda: _places.give_back(caller)) as place:
        return await to_thread.run_sync(partial(act, place), limiter=CapacityLimiter(1))  # the places are the bound
