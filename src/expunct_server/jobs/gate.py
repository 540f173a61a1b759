"""Which attempts of one process may run side by side."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Lets attempts run side by side, but one that may take its process down with it alone.

    Else a document that kills its worker again and again would use up the retries of whatever is worked on beside it.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = self._waiting = 0  # attempts under way; attempts that wait to be alone
        self._is_closed = False

    @contextmanager
    def passing(self, *, alone: bool) -> Iterator[None]:
        """Wait for a place, and hold it while the block runs."""
        with self._changed:
            if alone:
                self._waiting += 1
                self._changed.wait_for(lambda: self._inside == 0)
                self._waiting -= 1
                self._is_closed = True
            else:
                self._changed.wait_for(lambda: not self._is_closed and not self._waiting)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                if alone:
                    self._is_closed = False
                self._changed.notify_all()
