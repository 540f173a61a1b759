"""What every table shares: the declarative base, naming of constraints, and how a table stands to the audit log.

A table says in `__audit__` whether its rows may change unrecorded:

- `Audited`: a row commits only together with an event that names it. `operational` lists the columns that may change
  without one (counters, heartbeats, progress); every other column is significant.
- `Operational`: nothing in it is an act of anyone; the reason says why.

A table with neither is refused by the census test.
"""

from dataclasses import dataclass, field
from typing import ClassVar

from sqlalchemy import BigInteger, ForeignKeyConstraint, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase


@dataclass(frozen=True)
class Audited:
    """Rows of this table are recorded: `subject` is the column that the event's resource_id must equal."""

    resource_type: str
    subject: str = "id"
    operational: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Operational:
    """Rows of this table are no one's act, for this reason."""

    reason: str


class Base(DeclarativeBase):
    """Base of all tables; the naming convention keeps constraint names equal on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    __audit__: ClassVar[Audited | Operational]


def references_event(subject: str = "id") -> ForeignKeyConstraint:
    """`(audit_event_id, subject)` refers to an event and what it is about: no row outlives its event.

    Deferred, so that it is checked once, at the commit.
    """
    event = ["audit_event.id", "audit_event.resource_id"]
    return ForeignKeyConstraint(["audit_event_id", subject], event, deferrable=True, initially="DEFERRED")


# SQLite makes only INTEGER PRIMARY KEY an alias of the row id; PostgreSQL needs BIGINT to outlast 2^31 rows.
RowNumber = BigInteger().with_variant(Integer(), "sqlite")
