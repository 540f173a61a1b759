"""SELECTs for the hottest reads: compiled once, then run by the database's driver alone.

What SQLAlchemy adds to one execution (a connection from the pool, a compiled-cache lookup, a result object) is several
times what SQLite needs to answer it: 0.26 ms against 0.07 ms for the newest 50 events. So `GET /audit` and the check of
the API key take this way; everything else takes sessions. The statements are still SQLAlchemy's, and so is the
connection's set-up.
"""

from functools import cached_property
from typing import Any

from sqlalchemy import Insert, Select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler


class _HintedCompiler(SQLiteCompiler):
    """Writes the hints for `sqlite` behind their table (INDEXED BY); SQLAlchemy leaves them out."""

    def get_from_hint_text(self, _: Any, text: str | None) -> str | None:
        return text


_SQLITE = sqlite.dialect(paramstyle="named")
_SQLITE.statement_compiler = _HintedCompiler


class Prepared:
    """One SELECT or INSERT with named bind parameters; `text(dialect)` is its SQL.

    `postgresql`: what PostgreSQL is asked instead, where one text for both would be slow.
    """

    def __init__(self, statement: Select[Any] | Insert, *, postgresql: Select[Any] | None = None) -> None:
        self._statement = statement
        self._for_postgresql = statement if postgresql is None else postgresql

    @cached_property
    def _sqlite(self) -> str:
        return str(self._statement.compile(dialect=_SQLITE))

    @cached_property
    def _postgresql(self) -> str:
        return str(self._for_postgresql.compile(dialect=postgresql.psycopg.dialect()))  # type: ignore[no-untyped-call]

    def text(self, dialect: str) -> str:
        """The SQL for `sqlite` or `postgresql`."""
        return self._sqlite if dialect == "sqlite" else self._postgresql
