"""The part of fsck that compares audited rows with what their events say they must be.

A row names the event that told of its newest change. Where that event, or its metadata, states what the row holds since
then, the row holds it: whoever lifts a rule, edits a row and puts the rule back is found. What an erasure took from an
event is not compared, nor what no event states (a key's hash, free text, which events hold as it was screened).
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Table, select

from expunct_server import ids
from expunct_server.audit.models import AuditEvent
from expunct_server.db.base import Audited, Base
from expunct_server.db.session import Database
from expunct_server.verifying.fsck_tree import Problem

_READ = 2000
Wanted = dict[str, Any]
"""By column. `_UNSTATED` where nothing says what it must be."""

_UNSTATED: Final = object()


class _Said:
    """What an event says: when it was, and its metadata."""

    def __init__(self, at: int, details: str, is_truncated: bool) -> None:
        self.at = at
        read = {} if is_truncated else json.loads(details)
        self._metadata: dict[str, Any] = read if isinstance(read, dict) else {}

    def __getitem__(self, name: str) -> Any:
        return self._metadata.get(name, _UNSTATED)

    def words(self, name: str) -> Any:
        """A list as the row keeps it: joined by spaces."""
        found = self[name]
        return " ".join(map(str, found)) if isinstance(found, list) else _UNSTATED


def check_contents(database: Database, problem: Problem) -> None:
    """Every audited row holds what the event that it names states."""
    for mapper in sorted(Base.registry.mappers, key=lambda each: each.class_.__name__):
        audit, table = getattr(mapper.class_, "__audit__", None), mapper.local_table
        if isinstance(audit, Audited) and isinstance(table, Table) and table.name in _RULES:
            _check_table(database, table, audit.subject, problem)


def _check_table(database: Database, table: Table, subject: str, problem: Problem) -> None:
    rules, event = _RULES[table.name], AuditEvent.__table__.c
    said = (event.event_type, event.created_at, event.details, event.is_truncated)
    query = select(*table.c, *(each.label(f"said_{each.name}") for each in said))
    query = query.join_from(table, AuditEvent, event.id == table.c["audit_event_id"])
    ordered = query.where(event.event_type.in_(rules)).order_by(table.c[subject])
    with database.reading() as session:
        for row in session.execute(ordered.execution_options(yield_per=_READ)):
            for column in _wrong(row, rules):
                where = f"table {table.name}, row {row._mapping[subject]}"
                problem(f"{where}: its {column} is not what its event {row.audit_event_id} states")


def _wrong(row: Row[Any], rules: Mapping[str, "Rule"]) -> list[str]:
    """The columns that differ."""
    try:
        said = _Said(row.said_created_at, row.said_details, bool(row.said_is_truncated))
    except ValueError:
        return []  # told where the event itself is checked
    wanted = rules[row.said_event_type](said)
    return [name for name, value in wanted.items() if value is not _UNSTATED and row._mapping[name] != value]


# --- what each event states -------------------------------------------------------------------------------------------

Rule = Callable[[_Said], Wanted]


def _accepted(said: _Said) -> Wanted:
    stated = {name: said[name] for name in ("source", "policy_id", "policy_version", "language")}
    open_ = dict.fromkeys(("outcome", "completed_at", "error_code", "input_sha256", "output_sha256", "result_key"))
    return stated | open_ | {"created_at": said.at, "findings_count": 0}


def _completed(said: _Said) -> Wanted:
    same = {name: said[name] for name in ("input_sha256", "output_sha256", "policy_id", "policy_version")}
    return same | {
        "outcome": "completed",
        "completed_at": said.at,
        "findings_count": said["entity_count"],
        "created_at": _moment(said["submitted_at"]),
        "error_code": None,
    }


def _failed(said: _Said) -> Wanted:
    return {"completed_at": said.at, "error_code": said["error_code"], "output_sha256": None, "result_key": None}


def _key_made(said: _Said) -> Wanted:
    return _key(said) | {
        "created_at": said.at,
        "expires_at": _moment(said["expires_at"]),
        "networks": said.words("networks"),
        "revoked_at": None,
    }


def _key(said: _Said) -> Wanted:
    return {"actor_mask": said["masked_key"], "scopes": said.words("scopes")}


def _moment(text: Any) -> Any:
    """A time in an event as rows keep it."""
    return ids.micros(datetime.fromisoformat(text)) if isinstance(text, str) else text


def _version(said: _Said) -> Wanted:
    return {"version": said["version"], "created_at": said.at}


_RULES: Final[dict[str, dict[str, Rule]]] = {
    "api_key": {
        "api_key.created": _key_made,
        "api_key.revoked": lambda said: _key(said) | {"revoked_at": said.at},
    },
    "job": {"job.completed": _completed, "job.created": _accepted, "job.failed": _failed},
    "policy": {
        "policy.created": lambda said: _version(said) | {"updated_at": said.at, "deleted_at": None},
        "policy.deleted": lambda said: {"version": said["version"], "deleted_at": said.at},
        "policy.updated": lambda said: {"version": said["version"], "updated_at": said.at, "deleted_at": None},
    },
    "policy_version": {"policy.created": _version, "policy.updated": _version},
    "tenant": {
        "tenant.created": lambda said: {"plan": said["plan"], "created_at": said.at},
        "tenant.updated": lambda said: {"plan": said["plan"]},
    },
}
