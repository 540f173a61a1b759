"""Whether anybody has committed anything, asked again and again for next to nothing: so that who waits can rest.

SQLite counts for each connection what others commit (`PRAGMA data_version`). A snapshot of PostgreSQL names the
transactions that are over: two that are equal show the same rows.
"""

import time
from typing import Any, Final

from sqlalchemy import Engine

_ASKED: Final = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_current_snapshot()::text"}
AT_REST_SECONDS: Final = 5.0
"""How long it is relied on that nothing happens: what is due by the clock is seen that much later."""


class Changes:
    """A connection of an engine's, made when it is first asked. For one thread, but for `close`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Any = None

    def version(self) -> object:
        """Equal to what was given before only if nothing was committed since; never where that cannot be told."""
        try:
            if self._connection is None:
                self._connection = self._made()
            return self._connection.execute(_ASKED[self._engine.dialect.name]).fetchone()[0]
        except Exception:  # whatever the driver raises: those who look at the database tell what is wrong with it
            self.close()
            return object()

    def _made(self) -> Any:
        pooled = self._engine.raw_connection()
        pooled.detach()
        connection: Any = pooled.dbapi_connection
        if self._engine.dialect.name == "postgresql":
            connection.rollback()
            connection.autocommit = True  # a transaction that stays open would see what was, and hold it
        return connection

    def close(self) -> None:
        """End the connection; whoever asks again has another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


class Rest:
    """Tells who looks for work whether a look can be left out: there was none, and nothing was committed since."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._version: object = object()
        self._quiet: object = object()
        self._until = 0.0

    def goes_on(self) -> bool:
        """Whether this look can be left out; it is asked before each."""
        self._version = self._changes.version()
        return self._version == self._quiet and time.monotonic() < self._until

    def found_nothing(self) -> None:
        """There was nothing to do in the look that was just taken, and nothing will be until somebody commits."""
        self._quiet, self._until = self._version, time.monotonic() + AT_REST_SECONDS

    def close(self) -> None:
        self._changes.close()
