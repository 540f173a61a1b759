"""The trail's questions, asked as the route asks them, with fresh parameters each time; beside them the same question
in plain SQL over a copy of the events.

One table is two peers: it has one index a column, as most trails have, and a date is compared as it stands, which no
index of these answers together with another column. Which of both costs more shows by the question: those without a
date are of the first alone. A cursor becomes the offset that leads to the same rows, and the rows are compared.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from bench.trail_data import BEGIN, END, Known
from expunct_server import ids
from expunct_server.db.session import Database, Fetch
from expunct_server.trail import query
from expunct_server.trail.cursor import Place, Zone
from expunct_server.trail.kinds import kinds
from expunct_server.trail.query import BRIEF, Filter, Head, Span

CALLS, WARM, MOST_SECONDS = 200, 20, 8.0
PEER_CALLS, PEER_SECONDS = 12, 3.0
DAY = 86_400 * ids.SECOND
NEWEST = Span(50)


class Figure(NamedTuple):
    """Milliseconds over so many calls."""

    p50: float
    p99: float
    calls: int


@dataclass(frozen=True)
class Question:
    """`which` draws a filter, `span` the part of its listing, from the size of the tenant's log."""

    name: str
    which: Callable[[random.Random], Filter]
    span: Callable[[random.Random, int], Span] = lambda _, __: NEWEST
    counts: bool = False


def questions(known: Known) -> list[Question]:
    """Every documented filter, then deep pages, then counts."""
    by = partial(_drawn, known)
    span = {"deep": _deep, "offset": _offset}
    return [
        Question("no filter", by()),
        Question("no filter, a small tenant", by(tenant_id="wingtip")),
        Question("event_type", by(event_type="job.completed")),
        Question("event_type, rare", by(event_type="policy.deleted")),
        Question("event_type, never there", by(event_type="audit.key_rotated")),
        Question("event_type, three", by(event_type="job.failed,policy.updated,auth.denied")),
        Question("event_type=job.*", by(event_type="job.*")),
        Question("resource_type", by(resource_type="job")),
        Question("resource_type, rare", by(resource_type="tenant")),
        Question("resource_id", by(resource=True)),
        Question("resource_id + event_type", by(resource=True, event_type="job.completed")),
        Question("actor", by(actor=True)),
        Question("actor, rare", by(rare_actor=True)),
        Question("actor + event_type", by(actor=True, event_type="job.completed")),
        Question("actor + rare event_type", by(actor=True, event_type="api_key.revoked")),
        Question("actor + job.*", by(actor=True, event_type="job.*")),
        Question("actor + resource_type", by(actor=True, resource_type="job")),
        Question("a day", by(days=1)),
        Question("7 days", by(days=7)),
        Question("from_date alone", by(since=True)),
        Question("to_date alone", by(until=True)),
        Question("event_type + 7 days", by(event_type="job.completed", days=7)),
        Question("event_type, rare + 7 days", by(event_type="policy.deleted", days=7)),
        Question("job.* + 7 days", by(event_type="job.*", days=7)),
        Question("resource_type + 7 days", by(resource_type="job", days=7)),
        Question("actor + 7 days", by(actor=True, days=7)),
        Question("actor, rare + 7 days", by(rare_actor=True, days=7)),
        Question("actor + event_type + 7 days", by(actor=True, event_type="job.completed", days=7)),
        Question("resource_id + 7 days", by(resource=True, days=7)),
        Question("oldest first", by(), lambda _, __: Span(50, ascending=True)),
        Question("oldest first, event_type + 7 days", by(event_type="job.completed", days=7), _oldest),
        Question("cursor, deep: no filter", by(), span["deep"]),
        Question("cursor, deep: event_type", by(event_type="job.completed"), span["deep"]),
        Question("cursor, deep: job.*", by(event_type="job.*"), span["deep"]),
        Question("cursor, deep: actor", by(actor=True), span["deep"]),
        Question("offset to 100,000: no filter", by(), span["offset"]),
        Question("offset to 100,000: event_type", by(event_type="job.completed"), span["offset"]),
        Question("count: no filter", by(), counts=True),
        Question("count: event_type", by(event_type="job.completed"), counts=True),
        Question("count: job.*", by(event_type="job.*"), counts=True),
        Question("count: actor", by(actor=True), counts=True),
        Question("count: event_type + 7 days", by(event_type="job.completed", days=7), counts=True),
    ]


def _drawn(known: Known, **wanted: Any) -> Callable[[random.Random], Filter]:
    def draw(chance: random.Random) -> Filter:
        values = {name: kinds(wanted[name]) for name in ("event_type", "resource_type") if name in wanted}
        values |= _dates(chance, wanted)
        if "actor" in wanted or "rare_actor" in wanted:
            values["actor"] = chance.choice(known.rare_actors if "rare_actor" in wanted else known.actors)
        if "resource" in wanted:
            values["resource_id"] = chance.choice(known.resources)
        return Filter(wanted.get("tenant_id", known.tenant), **values)

    return draw


def _dates(chance: random.Random, wanted: dict[str, Any]) -> dict[str, Any]:
    length = wanted.get("days", 0) * DAY
    at = chance.randrange(BEGIN, END - length)
    if length:
        return {"since": at, "until": at + length}
    return {"since": at} if "since" in wanted else {"until": at} if "until" in wanted else {}


def _oldest(_: random.Random, __: int) -> Span:
    return Span(50, ascending=True)


def _deep(chance: random.Random, size: int) -> Span:
    return Span(50, place=Place(Zone.SEQUENCED, chance.randrange(size // 10, size // 2)))


def _offset(chance: random.Random, size: int) -> Span:
    return Span(50, offset=chance.randrange(min(100_000, size // 2)))


def ask(fetch: Fetch, question: Question, which: Filter, span: Callable[[Head], Span]) -> list[tuple[Any, ...]]:
    """What the route does between reading the parameters and writing JSON."""
    head = query.read_head(fetch, which.tenant_id)
    if question.counts:
        return [query.count(fetch, which, span(head), head)]
    return query.listed(fetch, which, span(head), head, BRIEF).rows


def measure(database: Database, question: Question, seed: int) -> Figure:
    """Time from asking for a snapshot of the database to the rows."""
    chance, took, until = random.Random(seed), [], time.perf_counter() + MOST_SECONDS
    for number in range(WARM + CALLS):
        if time.perf_counter() > until and len(took) > 1:
            break
        which = question.which(chance)
        began = time.perf_counter()
        with database.snapshot() as fetch:
            ask(fetch, question, which, lambda head: question.span(chance, head.size))
        if number >= WARM or time.perf_counter() > until:
            took.append(time.perf_counter() - began)
    return figure(took)


def figure(took: list[float]) -> Figure:
    """p50 and p99 of seconds, in milliseconds."""
    ordered = sorted(took)
    return Figure(ordered[len(ordered) // 2] * 1000, ordered[len(ordered) * 99 // 100] * 1000, len(ordered))


# --- the peer ---------------------------------------------------------------------------------------------------------


def measure_peer(database: Database, question: Question, seed: int) -> Figure:
    """The same in plain SQL, fewer times; whatever is listed, both must find the same events."""
    chance, took, began = random.Random(seed), [], time.perf_counter()
    with database.read_engine.connect() as connection:
        while len(took) < PEER_CALLS and (len(took) < 2 or time.perf_counter() - began < PEER_SECONDS):
            which = question.which(chance)
            with database.snapshot() as fetch:
                head = query.read_head(fetch, which.tenant_id)
                span = question.span(chance, head.size)
                ours = ask(fetch, question, which, lambda _, span=span: span)
            if span.place is not None:
                span = Span(span.limit, offset=_above(connection, which, span.place, head))
            statement, values = plain(question, which, span)
            started = time.perf_counter()
            theirs = connection.execute(text(statement), values).all()
            took.append(time.perf_counter() - started)
            if not question.counts and [row[0] for row in ours] != [row[0] for row in theirs]:
                raise AssertionError(f"{question.name}: another answer than plain SQL gives to {which}")
    return figure(took[1:])


def _above(connection: Connection, which: Filter, place: Place, head: Head) -> int:
    """How many events the filter finds above a place: to be skipped by an offset. Not measured."""
    if which == Filter(which.tenant_id):
        return head.size - place.seq
    where, values = _conditions(which)
    where.append("position >= (SELECT position FROM audit_entry WHERE log = :log AND seq = :seq)")
    statement = text(f"SELECT count(*) FROM raw_event WHERE {' AND '.join(where)}")
    return int(connection.execute(statement, values | {"log": head.number, "seq": place.seq}).scalar_one())


def plain(question: Question, which: Filter, span: Span) -> tuple[str, dict[str, Any]]:
    """The question as plain SQL."""
    where, values = _conditions(which)
    if question.counts:
        return f"SELECT count(*) FROM raw_event WHERE {' AND '.join(where)}", values
    order = f"ORDER BY position {'ASC' if span.ascending else 'DESC'} LIMIT 50 OFFSET {span.offset}"
    columns = "id, event_type, resource_type, resource_id, actor, details, tenant_id, created_at"
    return f"SELECT {columns} FROM raw_event WHERE {' AND '.join(where)} {order}", values


def _conditions(which: Filter) -> tuple[list[str], dict[str, Any]]:
    where, values = ["tenant_id = :tenant_id"], {"tenant_id": which.tenant_id}
    for column, named in (("event_type", which.event_type), ("resource_type", which.resource_type)):
        parts = []
        for number, kind in enumerate(named or ()):
            parts.append(f"{column} {'LIKE' if kind.is_family else '='} :{column}_{number}")
            values[f"{column}_{number}"] = kind.text + "%" * kind.is_family
        where += [f"({' OR '.join(parts)})"] if parts else []
    for name, compared in (("resource_id", "="), ("actor", "="), ("since", ">="), ("until", "<")):
        if (value := getattr(which, name)) is not None:
            where.append(f"{'created_at' if name in ('since', 'until') else name} {compared} :{name}")
            values[name] = value
    return where, values
