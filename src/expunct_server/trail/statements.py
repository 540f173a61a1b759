"""The trail's SELECTs, each built for the filters that are there and compiled once.

What has an index is found by an equality prefix and a range of `seq`, always on one of four indices of `audit_entry`:
(log, seq), (log, event_type, seq), (log, actor, event_type, seq), (log, resource, event_type, seq). What names no type
is asked of each type in turn (there are a few dozen), each part cut to what the page can need: on PostgreSQL by a
LATERAL join, whose text and plan are the same for any number of types, on SQLite, which has none, by UNION ALL. `(:x IS
NULL OR col = :x)` would defeat every index.

SQLite is told which index: it thinks that two bounds of `seq` leave less than two equalities, and would read all of a
log's entries between two dates. PostgreSQL knows how many values a column has.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Integer,
    Select,
    SmallInteger,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.elements import ColumnElement

from expunct_server.audit.models import AuditEntry, AuditEvent, AuditLog, AuditMark, AuditPending, AuditType
from expunct_server.db.prepared import Prepared

_E = AuditEvent.__table__.c
_A = AuditEntry.__table__.c
_P = AuditPending.__table__.c
_L = AuditLog.__table__.c
_M = AuditMark.__table__.c
_T = AuditType.__table__.c

COLUMNS = (
    *(_E[name] for name in ("id", "event_type", "resource_type", "resource_id", "actor", "details", "tenant_id")),
    _E.created_at,
    *(_E[name] for name in ("request_id", "ip_address", "user_agent", "actor_id", "outcome", "schema_version")),
    *(_E[name] for name in ("is_truncated", "salt", "erased_by")),
)
BRIEF = 8  # the first columns are those of the bare array


@dataclass(frozen=True, slots=True)
class Shape:
    """Which filters a statement has; their values come when it is run.

    `branches`: of how many types each is asked in turn; None asks all at once, in the order of the log alone.
    """

    branches: int | None = None
    by_actor: bool = False
    by_erased: bool = False  # of actors that were erased: their key is NULL
    by_resource: bool = False
    since: bool = False
    until: bool = False
    exact: bool = False  # compare texts as well: two texts can have one key
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Which filters a statement about events without an index has, by numbers of types and families named."""

    event_types: int = 0
    resource_types: int = 0
    by_actor: bool = False
    by_resource: bool = False
    since: bool = False
    until: bool = False


# Spelled out: what SQLAlchemy adds by itself would be parameters that a prepared statement's caller does not know of.
_NONE, _ONE = literal_column("0", Integer), literal_column("1", Integer)
_LOWEST = select(func.min(_P.position)).where(_P.tenant_id == bindparam("tenant_id"))
WAITS_FROM = Prepared(_LOWEST)
HEAD = Prepared(
    select(
        _L.number,
        _L.size,
        _L.published_size,
        _L.regress,
        _LOWEST.scalar_subquery(),
    ).where(_L.tenant_id == bindparam("tenant_id"))
)
TYPES = Prepared(select(_T.number, _T.event_type, _T.resource_type))
# All below the mark were created before `since`: the listing begins at the mark.
SINCE = Prepared(
    select(_M.number)
    .where(_M.log == bindparam("log"), _M.latest < bindparam("since"))
    .order_by(_M.latest.desc(), _M.number.desc())
    .limit(_ONE)
    .offset(_NONE)
)
# None from the mark on can have been created before `until`, which the caller has moved by how far time ever went back.
UNTIL = Prepared(
    select(_M.number)
    .where(_M.log == bindparam("log"), _M.latest >= bindparam("until"))
    .order_by(_M.latest, _M.number)
    .limit(_ONE)
    .offset(_NONE)
)
_BY_POSITION = AuditEvent.__table__.outerjoin(AuditEntry.__table__, _A.position == _E.position)
ONE = Prepared(
    select(*COLUMNS, _A.seq, _L.published_size)
    .select_from(_BY_POSITION.outerjoin(AuditLog.__table__, _L.tenant_id == _E.tenant_id))
    .where(_E.id == bindparam("id"))
)


@cache
def sequenced(shape: Shape, columns: int) -> Prepared:
    """A page of what has an index: the columns, then `seq`."""
    return Prepared(_page(shape, columns, _in_turn), postgresql=_page(shape, columns, _lateral))


@cache
def counted(shape: Shape) -> Prepared:
    """How many have an index, up to `reach`."""
    return Prepared(_number(shape, _in_turn), postgresql=_number(shape, _lateral))


@cache
def waiting(which: Waiting, columns: int) -> Prepared:
    """A page of what has no index yet, newest first: the columns, NULL for `seq`, `position`."""
    joined = AuditPending.__table__.join(AuditEvent.__table__, _E.position == _P.position)
    found = select(*COLUMNS[:columns], literal_column("NULL"), _P.position).select_from(joined)
    page = found.where(_P.tenant_id == bindparam("tenant_id"), *_plainly(which)).order_by(_P.position.desc())
    return Prepared(page.limit(bindparam("limit")).offset(bindparam("offset")))


@cache
def waiting_counted(which: Waiting) -> Prepared:
    """How many have no index yet, up to `reach`."""
    joined = AuditPending.__table__.join(AuditEvent.__table__, _E.position == _P.position)
    some = select(_P.position).select_from(joined).where(_P.tenant_id == bindparam("tenant_id"), *_plainly(which))
    return Prepared(select(func.count()).select_from(some.limit(bindparam("reach")).offset(_NONE).subquery("some")))


@cache
def waited(which: Waiting, columns: int) -> Prepared:
    """A page of what had no index when a listing began, newest first: the columns, `seq` (or NULL), `position`.

    A range of positions: as many rows of all tenants as were recorded while the oldest of them waited.
    """
    page = (
        select(*COLUMNS[:columns], _A.seq, _E.position)
        .select_from(_BY_POSITION)
        .where(_E.position >= bindparam("lowest"), _E.position < bindparam("position"))
        .where(_E.tenant_id == bindparam("tenant_id"), or_(_A.seq.is_(None), _A.seq >= bindparam("began")))
        .where(*_plainly(which))
    )
    return Prepared(page.order_by(_E.position.desc()).limit(bindparam("limit")).offset(_NONE))


Several = Callable[[Shape], Select[Any]]  # a SELECT of `seq` over several types


def _page(shape: Shape, columns: int, several: Several) -> Select[Any]:
    joined = AuditEntry.__table__.join(AuditEvent.__table__, _E.position == _A.position)
    order = _A.seq.asc() if shape.ascending else _A.seq.desc()
    if shape == Shape(ascending=shape.ascending):  # the bounds of seq say it all: the page is read as it stands
        page = select(*COLUMNS[:columns], _A.seq).select_from(joined).where(*_bounds())
        return page.order_by(order).limit(bindparam("limit")).offset(_NONE)
    # The page's indices first, from the index alone where that can be; then rows for them and for no other.
    inner = _indices(shape, several)
    chosen = inner.order_by(_ordered(inner, shape)).limit(bindparam("limit")).offset(bindparam("offset"))
    picked = chosen.subquery("picked")
    entries = picked.join(AuditEntry.__table__, and_(_A.log == bindparam("log"), _A.seq == picked.c.seq))
    rows = entries.join(AuditEvent.__table__, _E.position == _A.position)
    outer = picked.c.seq.asc() if shape.ascending else picked.c.seq.desc()
    return select(*COLUMNS[:columns], picked.c.seq).select_from(rows).order_by(outer)


def _number(shape: Shape, several: Several) -> Select[Any]:
    inner = _indices(shape, several)
    if shape.branches in (None, 1):  # or PostgreSQL may think that reading the whole table would be quicker
        inner = inner.order_by(_ordered(inner, shape))
    return select(func.count()).select_from(inner.limit(bindparam("reach")).offset(_NONE).subquery("some"))


def _bounds() -> list[Any]:
    # Every bound is there always: one statement for first pages, later ones and dates, and the plan is the same.
    return [
        _A.log == bindparam("log"),
        _A.seq >= bindparam("low", type_=BigInteger),
        _A.seq < bindparam("high", type_=BigInteger),
    ]


def _indices(shape: Shape, several: Several) -> Select[Any]:
    """A SELECT of `seq`; of several types each is in order and cut to `reach`, the whole is not."""
    if shape.branches is None:
        return _branch(shape, None)
    return _branch(shape, _type(0)) if shape.branches == 1 else several(shape)


def _in_turn(shape: Shape) -> Select[Any]:
    parts = [_cut(shape, _type(number)).subquery(f"branch_{number}") for number in range(shape.branches or 0)]
    merged = union_all(*(select(each.c.seq) for each in parts)).subquery("merged")
    return select(merged.c.seq)


def _lateral(shape: Shape) -> Select[Any]:
    kinds = func.unnest(bindparam("types", type_=ARRAY(SmallInteger))).table_valued("number").render_derived("kinds")
    of_one = _cut(shape, kinds.c.number).lateral("of_one")
    return select(of_one.c.seq).select_from(kinds.join(of_one, true()))


def _type(number: int) -> ColumnElement[int]:
    return bindparam(f"type_{number}", type_=SmallInteger)


def _cut(shape: Shape, kind: ColumnElement[int]) -> Select[Any]:
    order = _A.seq.asc() if shape.ascending else _A.seq.desc()
    return _branch(shape, kind).order_by(order).limit(bindparam("reach")).offset(_NONE)


def _ordered(inner: Select[Any], shape: Shape) -> Any:
    column = inner.selected_columns[0]
    return column.asc() if shape.ascending else column.desc()


def _branch(shape: Shape, kind: ColumnElement[int] | None) -> Select[Any]:
    found = select(_A.seq).where(*_bounds())
    if kind is not None:
        index = "resource" if shape.by_resource else "actor" if shape.by_actor else "type"
        found = found.where(_A.event_type == kind)
        found = found.with_hint(AuditEntry.__table__, f"INDEXED BY ix_audit_entry_{index}", "sqlite")
    if shape.by_resource:
        found = found.where(_A.resource == bindparam("resource_key"))
    if shape.by_erased:
        found = found.where(_A.actor.is_(None))
    elif shape.by_actor:
        found = found.where(_A.actor == bindparam("actor_key"))
    if shape.since:
        found = found.where(_A.created_at >= bindparam("since"))
    if shape.until:
        found = found.where(_A.created_at < bindparam("until"))
    if shape.exact:
        found = found.join(AuditEvent.__table__, _E.position == _A.position).where(*_texts(shape))
    return found


def _texts(which: Shape | Waiting) -> list[Any]:
    texts = [_E.resource_id == bindparam("resource_id")] if which.by_resource else []
    return [*texts, _E.actor == bindparam("actor")] if which.by_actor else texts


def _plainly(which: Waiting) -> list[Any]:
    """Conditions on the events' own columns."""
    found = _texts(which)
    for column, many in ((_E.event_type, which.event_types), (_E.resource_type, which.resource_types)):
        names = [
            # A family compares the beginning, a whole type more characters than any has. LIKE would take `_` for any.
            func.substr(column, _ONE, bindparam(f"{column.name}_length_{n}", type_=Integer))
            == bindparam(f"{column.name}_{n}")
            for n in range(many)
        ]
        found += [or_(*names)] if names else []
    if which.since:
        found.append(_E.created_at >= bindparam("since"))
    if which.until:
        found.append(_E.created_at < bindparam("until"))
    return found
