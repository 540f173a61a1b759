"""Personal data and a secret that occur in the tests' inputs, and the places where they must never turn up.

Looked for: every column of every table of every test database, everything that was logged, every error answer, and the
output of every process that was started. Allowed: results, and the answer of a synchronous redaction.
"""

import logging
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text

from expunct_server.db.session import Database

NAME = "Jonathan Quillfeather"
SSN = "536-22-8841"
EMAIL = "j.quillfeather@canary.example"
PASSWORD = "Reiher-c4n4ry-€7"  # of encrypted documents
SECRET_KEY = "pk_live_c4n4ryc4n4ryc4n4ryc4n4ryc4n4ry00"  # well-formed, known to no server
LETTER = (
    f"Dear {NAME},\n\nwe have your social security number as {SSN} and will write to {EMAIL}.\n"
    f"The key {SECRET_KEY} is no longer valid.\n\nYours, the office\n"
)
ALL = (NAME, SSN, EMAIL, SECRET_KEY, PASSWORD, "Reiher-c4n4ry", "Quillfeather", "c4n4ryc4n4ry", "536228841")
_ENCODED = [each.encode() for each in ALL]


def found_in(content: str | bytes) -> list[str]:
    """Which canaries `content` holds. (Positions of the list, so that a failing test does not print them.)"""
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return [f"canary {n}" for n, each in enumerate(_ENCODED) if each in data]


class Watcher(logging.Handler):
    """Keeps what is logged at any level, and which files were written by started processes."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.files: list[Path] = []
        self.errors: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(("httpx", "httpcore")):
            return  # the tests' own client, not the product
        self.lines.append(f"{record.name} {record.getMessage()} {record.exc_text or ''} {record.args!r}")
        if record.exc_info and record.exc_info[1] is not None:
            self.lines.append(repr(record.exc_info[1]))

    def leaks(self) -> list[str]:
        """Where canaries turned up, by kind."""
        found = [f"log: {leak}: logger {line.split(' ')[0]}" for line in self.lines for leak in found_in(line)]
        found += [f"error answer: {leak}" for body in self.errors for leak in found_in(body)]
        for file in self.files:
            if file.exists():
                found += [f"output {file.name}: {leak}" for leak in found_in(file.read_bytes())]
        return found


def leaks_in_database(database: Database) -> list[str]:
    """Tables and columns that hold a canary, DBOS's tables too."""
    found = []
    with database.reading() as session:
        connection = session.connection()
        inspector = inspect(connection)
        schemas = [None, "dbos"] if database.dialect == "postgresql" else [None]
        for schema in schemas:
            for table in inspector.get_table_names(schema=schema):
                quoted = f'"{schema}"."{table}"' if schema else f'"{table}"'
                rows = connection.execute(text(f"SELECT * FROM {quoted}")).mappings().all()
                found += [f"{quoted}.{column}: {leak}" for row in rows for column, leak in _leaks_in_row(dict(row))]
    return found


def _leaks_in_row(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (column, leak)
        for column, value in row.items()
        if value is not None
        for leak in found_in(value if isinstance(value, bytes) else str(value))
    ]
