"""Rows and events of every audited table, made from the models: a new table or column is tested without a line here."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy import Column, Table, and_, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import class_mapper

import expunct_server.app  # noqa: F401  (brings every model)
from expunct_server import ids
from expunct_server.audit.catalog import CATALOG, Counts, Event
from expunct_server.audit.models import AuditEvent
from expunct_server.audit.recorder import Actor, Recorded, Unit, writing
from expunct_server.db.base import Audited, Base
from expunct_server.db.session import Database

Act = Callable[..., Any]
Attempt = Callable[[Unit], object]
ACCEPTED = "accepted"
WRITTEN_ONCE = {"policy_version"}

_SAMPLES: dict[Any, Any] = {
    str: "text",
    str | None: None,
    int: 1,
    int | None: None,
    bool: True,
    list[str]: ["one", "two"],
    Counts: {"PERSON": 2, "US_SSN": 1},
}


def sample(cls: type[Event], **values: Any) -> Event:
    """An event of this type; fields that are not given hold something of their type."""
    return cls(**{each.name: _SAMPLES[each.type] for each in fields(cls)} | values)


@dataclass(frozen=True)
class Guarded:
    """One audited table."""

    model: type[Base]

    @cached_property
    def table(self) -> Table:
        return self.model.__table__  # type: ignore[return-value]

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def audit(self) -> Audited:
        return self.model.__audit__  # type: ignore[return-value]

    @property
    def significant(self) -> list[str]:
        """Columns that change only with an event, without the one that names it."""
        free = self.audit.operational | {"audit_event_id"}
        return [column.name for column in self.table.columns if column.name not in free]

    @property
    def identity(self) -> set[str]:
        """Columns that never change."""
        return {self.audit.subject} | ({"tenant_id"} & set(self.table.columns.keys()))

    @property
    def some_column(self) -> str:
        """A significant column that is neither part of what never changes nor of the row's key."""
        fixed = self.identity | set(self.table.primary_key.columns.keys())
        return next(name for name in self.significant if name not in fixed)

    @property
    def has_log(self) -> bool:
        """Whether the table itself says in whose log its events belong."""
        return self.name == "tenant" or "tenant_id" in self.table.columns

    @property
    def mutable(self) -> list[str]:
        """Significant columns that an event permits to change."""
        if self.name in WRITTEN_ONCE:
            return []
        fixed = self.identity | set(self.table.primary_key.columns.keys())  # bulk updates find the row by its key
        return [name for name in self.significant if name not in fixed]

    @property
    def event_types(self) -> list[type[Event]]:
        return [cls for cls in CATALOG.values() if cls.resource_type == self.audit.resource_type]

    @property
    def needs(self) -> str:
        """What the database says is missing."""
        return f"needs a {self.audit.resource_type} event of this transaction that names this row and its tenant"

    def values(self, act: Act) -> dict[str, Any]:
        """A row that is not there yet, without an event; the rows it refers to are made."""
        mark = ids.new("red")
        row = {each.name: _value(each, mark) for each in self.table.columns if each.name != "audit_event_id"}
        keys = [each.name for each in self.table.primary_key.columns if each.type.python_type is str]
        row |= dict.fromkeys([*keys, self.audit.subject], mark)
        for key in self.table.foreign_keys:
            target = key.column.table.name
            if target == "tenant":
                row[key.parent.name] = "default"
            elif target != AuditEvent.__tablename__:
                row[key.parent.name] = GUARDED[target].make(act)[key.column.name]
        return row

    def log(self, row: dict[str, Any]) -> str:
        """The tenant in whose log this row's events belong."""
        return str(row["id"]) if self.name == "tenant" else "default"

    def record(self, unit: Unit, row: dict[str, Any], cls: type[Event] | None = None) -> Recorded:
        """An event that names the row."""
        return unit.record(sample(cls or self.event_types[0]), resource_id=row[self.audit.subject])

    def make(self, act: Act) -> dict[str, Any]:
        """A row made as it should be: recorded, then inserted."""
        row = self.values(act)
        with act(self.log(row)) as unit:
            row["audit_event_id"] = self.record(unit, row).id
            unit.session.execute(insert(self.table).values(row))
        return row

    def key(self, row: dict[str, Any]) -> Any:
        """The condition that finds the row."""
        return and_(*(column == row[column.name] for column in self.table.primary_key.columns))

    def attributes(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row under the names that its class gives to its columns."""
        mapper = class_mapper(self.model)
        return {mapper.get_property_by_column(self.table.columns[name]).key: value for name, value in row.items()}

    def read(self, database: Database, row: dict[str, Any]) -> dict[str, Any]:
        """The row as it stands."""
        with database.reading() as session:
            return dict(session.connection().execute(select(self.table).where(self.key(row))).mappings().one())

    def changed(self, name: str, row: dict[str, Any]) -> Any:
        """Another value for one column."""
        return _other(self.table.columns[name], row[name])


GUARDED = {
    model.__tablename__: Guarded(model)
    for model in sorted((each.class_ for each in Base.registry.mappers), key=lambda each: each.__tablename__)
    if isinstance(model.__audit__, Audited)
}


def _value(column: Column[Any], mark: str) -> Any:
    kind = column.type.python_type
    if kind is bytes:
        return hashlib.sha256(f"{column.name} {mark}".encode()).digest()
    return {str: "x", int: 7, bool: False}[kind]


def _other(column: Column[Any], value: Any) -> Any:
    kind = column.type.python_type
    if kind is bytes:
        return hashlib.sha256(value).digest()
    return not value if kind is bool else value + kind(1)


def acting(database: Database) -> Act:
    """The fixture `act` for a database of the test's own."""
    return lambda log="default": writing(database, Actor("cli:tester", "cli:tester", log))


def outcome(act: Act, attempt: Attempt, log: str = "default") -> str:
    """What the database said to a unit of work, without the driver's additions; `accepted` when it committed."""
    try:
        with act(log) as unit:
            attempt(unit)
    except DBAPIError as error:
        return str(error.orig).splitlines()[0]
    except psycopg.Error as error:  # COPY goes past SQLAlchemy
        return str(error).splitlines()[0]
    return ACCEPTED


def outcomes(act: Act, attempts: dict[str, Attempt], log: str = "default") -> dict[str, str]:
    """What became of each attempt, made one after the other."""
    return {way: outcome(act, attempt, log) for way, attempt in attempts.items()}


def state(database: Database) -> dict[str, list[Any]]:
    """Every event and every row of every audited table."""
    tables = [AuditEvent.__table__, *(each.table for each in GUARDED.values())]
    with database.reading() as session:
        connection = session.connection()
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in tables
        }


def events(database: Database, **wanted: Any) -> list[dict[str, Any]]:
    """Events of the log in the order of recording."""
    table = AuditEvent.__table__
    query = select(table).where(*(table.columns[name] == value for name, value in wanted.items()))
    with database.reading() as session:
        return [dict(row) for row in session.connection().execute(query.order_by(table.columns.position)).mappings()]
