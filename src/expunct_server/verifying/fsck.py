"""Compares the database with itself and with the published files, and changes nothing.

Every event has one leaf or waits for it; every leaf, made again from its row, is the one that was published; tiles and
roots follow from the leaves; what was erased is gone; every audited row has its event and says what that states
(`fsck_rows`); the rules of the database that make all this so are in place (`fsck_guard`). Each problem is one line
that names the event, index or file. It reads piece by piece, in constant memory, and may run beside a server.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, func, select

from expunct_server.audit.catalog import AuditErased
from expunct_server.audit.entry import COMMITMENT_SIZE, ERASED, PARTS
from expunct_server.audit.models import (
    SUPER,
    AuditEntry,
    AuditEvent,
    AuditLog,
    AuditMark,
    AuditPending,
    AuditRoot,
    key_of,
)
from expunct_server.audit.models import AuditType as Type
from expunct_server.audit.stored import COLUMNS, Stored, commitments_of, entry_of, openings_of, untrue
from expunct_server.db.session import Database
from expunct_server.publishing.anchors import blinded
from expunct_server.publishing.log_keys import PublicKeys, public_keys
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.sequencer import MARK_EVERY
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.tlog.merkle import Frontier
from expunct_server.tlog.strict import Rejected, base64_bytes
from expunct_server.verifying import fsck_guard, fsck_rows
from expunct_server.verifying.checks import Failed, read_anchor, read_entry
from expunct_server.verifying.fsck_tree import Problem, TreeCheck, WantedRoot, open_published

MAX_PROBLEMS: Final = 100
MAX_OF_A_KIND: Final = 20
_READ = 2048  # a multiple of a tile's width


@dataclass
class Report:
    """What was found: the first problems, and how many there are; how much was looked at.

    Of one kind, however many there are, it keeps so few that they leave room for the others.
    """

    problems: list[str] = field(default_factory=list)
    count: int = 0
    logs: int = 0
    events: int = 0
    _kinds: Counter[str] = field(default_factory=Counter)

    def add(self, problem: str) -> None:
        """One more problem."""
        self.count += 1
        kind = _kind(problem)
        if len(self.problems) < MAX_PROBLEMS and self._kinds[kind] < MAX_OF_A_KIND:
            self._kinds[kind] += 1
            self.problems.append(problem)


def _kind(problem: str) -> str:
    """A problem without what it is about: its last words, and of these no names and numbers."""
    words = problem.rpartition(": ")[2].split()
    return " ".join(each for each in words if each.isalpha() and each.islower())


def check(database: Database, settings: Settings, tenant_id: str | None = None) -> Report:
    """Look at every tenant's log, or at that of one tenant, at the log of logs, the audited rows and the guard."""
    report, keys = Report(), public_keys(settings)
    fsck_guard.check_rules(database, report.add)
    fsck_guard.check_rows(database, report.add)
    fsck_rows.check_contents(database, report.add)
    _check_places(database, report.add)
    with database.reading() as session:
        tenants = session.scalars(select(AuditLog.tenant_id).order_by(AuditLog.number)).all()
    _check_names(database, settings, report.add)
    if tenant_id is not None and tenant_id not in tenants:
        report.add(f"tenant {tenant_id}: it has no log")
    for each in tenants:
        if tenant_id in (None, each) or each == SUPER:
            report.logs += 1
            _check_log(database, settings, keys, each, report)
    return report


# --- every event has one place --------------------------------------------------------------------------------------


def _check_places(database: Database, problem: Problem) -> None:
    """Each event has a leaf or waits for one, not both; each leaf and each one that waits has its event."""
    event, entry, pending = AuditEvent, AuditEntry, AuditPending
    has_entry = entry.position == event.position
    waits = (pending.position == event.position) & (pending.tenant_id == event.tenant_id)
    both = select(event.id, entry.position, pending.position).outerjoin(entry, has_entry).outerjoin(pending, waits)
    lost = both.where(entry.position.is_(None), pending.position.is_(None)).order_by(event.position)
    twice = both.where(entry.position.is_not(None), pending.position.is_not(None)).order_by(event.position)
    orphan = select(entry.log, entry.seq).outerjoin(event, has_entry).where(event.position.is_(None))
    ghost = select(pending.position).outerjoin(event, waits).where(event.position.is_(None))
    with database.reading() as session:
        for row in session.execute(lost.execution_options(yield_per=_READ)):
            problem(f"event {row[0]}: it has no place in its log and does not wait for one")
        for row in session.execute(twice.execution_options(yield_per=_READ)):
            problem(f"event {row[0]}: it has a place in its log and waits for another")
        for log, seq in session.execute(orphan.order_by(entry.log, entry.seq).execution_options(yield_per=_READ)):
            problem(f"log {log}, index {seq}: its event is gone from the database")
        for position in session.scalars(ghost.order_by(pending.position).execution_options(yield_per=_READ)):
            problem(f"position {position}: an event waits for its place, but it is gone from the database")


def _check_names(database: Database, settings: Settings, problem: Problem) -> None:
    """Each log has an origin of its own, which names its tenant; each folder of a log has a log."""
    above = settings.data / "log" / "tenants"
    folders = sorted(above.iterdir()) if above.is_dir() else []  # before the database is asked: logs only come
    with database.reading() as session:
        logs = session.execute(select(AuditLog.tenant_id, AuditLog.origin).order_by(AuditLog.number)).all()
    first: dict[str, str] = {}
    for tenant_id, origin in logs:
        if tenant_id != SUPER and not origin.endswith(f"/{tenant_id}"):
            problem(f"tenant {tenant_id}: its log has the origin {origin}, which is not its own")
        if first.setdefault(origin, tenant_id) != tenant_id:
            problem(f"tenant {tenant_id}: its log has the origin of the log of tenant {first[origin]}")
    known = {tenant_id for tenant_id, _ in logs if tenant_id != SUPER}
    for folder in folders:
        is_begun = folder.is_dir() and all(each.name == ".lock" for each in folder.iterdir())
        if folder.name not in known and not is_begun:
            problem(f"folder log/tenants/{folder.name}: the database has no such log")


# --- one log --------------------------------------------------------------------------------------------------------


def _check_log(database: Database, settings: Settings, keys: PublicKeys, tenant_id: str, report: Report) -> None:
    named = "the log of logs" if tenant_id == SUPER else f"tenant {tenant_id}"

    def problem(text: str) -> None:
        report.add(f"{named}: {text}")

    store = TileStore(log_folder(settings.data, tenant_id))
    note = store.checkpoint()  # before the database is asked: it can only be ahead of this
    with database.reading() as session:
        log = session.execute(select(*AuditLog.__table__.c).where(AuditLog.tenant_id == tenant_id)).one()
        types = {
            number: (a, b) for number, a, b in session.execute(select(Type.number, Type.event_type, Type.resource_type))
        }
        above = AuditRoot.seq if tenant_id == SUPER else AuditEntry.seq
        places = select(func.count(), func.max(above))
        count, last = session.execute(
            places if tenant_id == SUPER else places.where(AuditEntry.log == log.number)
        ).one()
    if count != log.size or (last is not None and last != log.size - 1):
        problem(f"{count} entries up to index {last} are there, but the log has {log.size}")
    published = open_published(note, keys.verifiers(log.origin), log.origin, problem)
    _check_head(log, None if published is None else published.size, problem)
    roots = _no_roots() if tenant_id == SUPER else _anchored(database, log, problem)
    tree = TreeCheck(store, published, log.size, log.root, roots, problem)
    if tenant_id == SUPER:
        _check_super(database, log, tree, problem)
    else:
        _check_entries(database, log, types, tree, problem)
        report.events += log.size
    tree.end()


def _check_head(log: Row[Any], published: int | None, problem: Problem) -> None:
    try:
        if Frontier.decode(log.size, log.peaks).root() != log.root:
            problem("its stored peaks give another root than the stored one")
    except Rejected as error:
        problem(f"its stored peaks cannot be read: {error}")
    if published is not None and published > log.size:
        problem(f"a checkpoint of {published} entries is published, but the database has {log.size}: it is older")
    if (published or 0) < log.published_size:
        problem(f"{log.published_size} entries were published, but the checkpoint there tells of {published or 0}")


def _check_entries(
    database: Database, log: Row[Any], types: dict[int, tuple[str, str]], tree: TreeCheck, problem: Problem
) -> None:
    """Every leaf made again from its row, in order; what is kept beside it for listings; the marks."""
    latest, regress, marks = 0, 0, _marks(database, log)
    for low in range(0, log.size, _READ):
        high = min(log.size, low + _READ)
        rows = {row.seq: row for row in _places(database, log.number, low, high)}
        entries: list[tuple[str, bytes | None]] = []
        for seq in range(low, high):
            row = rows.get(seq)
            if seq % MARK_EVERY == 0 and next(marks, None) != (seq // MARK_EVERY, latest):
                problem(f"index {seq}: the mark that finds it by date is missing or wrong")
            if row is None or row.id is None:
                problem(f"index {seq}: its {'place' if row is None else 'event'} is gone from the database")
                entries.append(("?", None))
                continue
            event = Stored._make(row[5:])
            entries.append((event.id, _leaf(event, problem)))
            _check_place(row, event, log.tenant_id, types, problem)
            regress, latest = max(regress, latest - event.created_at), max(latest, event.created_at)
        tree.extend(entries)
    if (log.latest, log.regress) != (latest, regress):
        problem("its stored bounds of created_at are not those of its events")
    _check_erasures(database, log, problem)


def _places(database: Database, number: int, low: int, high: int) -> Sequence[Row[Any]]:
    n = AuditEntry
    rows = select(
        n.seq,
        n.event_type.label("type_number"),
        n.actor.label("actor_key"),
        n.resource,
        n.created_at.label("at"),
        *COLUMNS,
    )
    rows = rows.outerjoin(AuditEvent, AuditEvent.position == n.position)
    with database.reading() as session:
        return session.execute(rows.where(n.log == number, n.seq >= low, n.seq < high).order_by(n.seq)).all()


def _marks(database: Database, log: Row[Any]) -> Iterator[tuple[int, int]]:
    at = -1
    while True:
        query = select(AuditMark.number, AuditMark.latest).where(AuditMark.log == log.number, AuditMark.number > at)
        with database.reading() as session:
            rows = session.execute(query.order_by(AuditMark.number).limit(_READ)).all()
        if not rows:
            return
        yield from ((row.number, row.latest) for row in rows)
        at = rows[-1].number


def _check_place(
    row: Row[Any], event: Stored, tenant_id: str, types: dict[int, tuple[str, str]], problem: Problem
) -> None:
    """What `audit_entry` keeps for listings is what the event says."""
    where = f"index {row.seq}, event {event.id}"
    if event.tenant_id != tenant_id:
        problem(f"{where}: the event belongs to another tenant")
    if types.get(row.type_number) != (event.event_type, event.resource_type):
        problem(f"{where}: it is listed under another type")
    is_erased = event.erased_by is not None and event.actor == ERASED
    if row.actor_key != (None if is_erased else key_of(event.actor)):
        problem(f"{where}: it is listed under another actor")
    if row.resource != key_of(event.resource_id):
        problem(f"{where}: it is listed under another resource")
    if row.at != event.created_at:
        problem(f"{where}: it is listed under another created_at")


def _leaf(event: Stored, problem: Problem) -> bytes | None:
    """The event's entry; None where the row can make none. Of an erased event, what must be gone is."""
    where = f"event {event.id}"
    try:
        entry = entry_of(event)
        read_entry(entry, where)
        if event.erased_by is None and event.commitments is None:
            return entry
        commitments, openings, wrong = commitments_of(event), openings_of(event), untrue(event)
    except Failed as error:
        problem(f"{where}: no verifier accepts its entry: {error.says}")
        return entry
    except (ValueError, KeyError, OverflowError) as error:
        problem(f"{where}: its row makes no entry ({error})")
        return None
    if (event.erased_by is None) != (event.commitments is None):
        problem(f"{where}: it is half erased: commitments and the erasure that left them go together")
    if event.event_type == AuditErased.event_type:
        problem(f"{where}: it tells of an erasure and was erased itself, which no rule lets pass")
    for part in PARTS:
        if commitments[part] == bytes(COMMITMENT_SIZE):
            problem(f"{where}: its commitment {part} is gone")
        if part in wrong and part in openings:
            problem(f"{where}: its {part} was changed: it is not what the entry commits to")
        elif part in wrong:
            problem(f"{where}: {part} was erased, but a value is there")
    return entry


def _check_erasures(database: Database, log: Row[Any], problem: Problem) -> None:
    """Who was erased names an erasure of the same log, and no more do than it says. Each names the last one."""
    by = AuditEvent.__table__.alias("by")
    erased = AuditEvent.erased_by
    is_one = (by.c.event_type == AuditErased.event_type) & (by.c.tenant_id == AuditEvent.tenant_id)
    wrong = select(AuditEvent.id).outerjoin(by, (by.c.id == erased) & is_one).where(by.c.id.is_(None))
    wrong = wrong.where(AuditEvent.tenant_id == log.tenant_id, erased.is_not(None)).order_by(AuditEvent.position)
    with database.reading() as session:
        for event_id in session.scalars(wrong.execution_options(yield_per=_READ)):
            problem(f"event {event_id}: the erasure that it names is no event of this log")
        named = select(erased, func.count()).where(AuditEvent.tenant_id == log.tenant_id, erased.is_not(None))
        is_erasure = AuditEvent.event_type == AuditErased.event_type
        for erasure_id, count in session.execute(named.group_by(erased).order_by(erased)).all():
            details = session.scalar(select(AuditEvent.details).where(AuditEvent.id == erasure_id, is_erasure))
            if details is not None and count > _event_count(details):
                problem(f"event {erasure_id}: {count} events name this erasure, which is more than it says")


def _event_count(details: str) -> int:
    """How many events an erasure says that it is about; none where it does not say so."""
    try:
        said = json.loads(details)["event_count"]
    except (ValueError, KeyError, TypeError):
        return 0
    return said if type(said) is int else 0


# --- the log of logs ------------------------------------------------------------------------------------------------


def _no_roots() -> Iterator[WantedRoot]:
    return iter(())


def _super_rows(database: Database, number: int | None, low: int, high: int) -> Sequence[Any]:
    """Up to `_READ` rows of the log of logs, about one log or all, by index."""
    columns = AuditRoot.__table__.c
    query = select(columns.seq, columns.log, columns.size, columns.entry).where(AuditRoot.seq >= low)
    query = query.where(AuditRoot.seq < high) if number is None else query.where(AuditRoot.log == number)
    with database.reading() as session:
        return session.execute(query.order_by(AuditRoot.seq).limit(_READ)).all()


def _anchored(database: Database, log: Row[Any], problem: Problem) -> Iterator[WantedRoot]:
    """The roots that the log of logs gives this log, where they are within it."""
    at, size = 0, 0
    while rows := _super_rows(database, log.number, at, 0):
        at = rows[-1].seq + 1
        for row in rows:
            where = f"entry {row.seq} of the log of logs"
            try:
                said = read_anchor(row.entry.encode(), where)
            except Rejected:
                continue  # told where the log of logs itself is checked
            if not size <= said["size"] <= log.size:
                problem(
                    f"{where}: it tells of {said['size']} entries, but the log had {size} before and has {log.size}"
                )
                continue
            size = said["size"]
            yield WantedRoot(size, base64_bytes(said["root"]), where)


def _check_super(database: Database, log: Row[Any], tree: TreeCheck, problem: Problem) -> None:
    with database.reading() as session:
        known = session.execute(select(AuditLog.number, AuditLog.blind, AuditLog.origin, AuditLog.tenant_id)).all()
    names = {row.number: blinded(row.blind, row.origin) for row in known if row.tenant_id != SUPER}
    for low in range(0, log.size, _READ):
        high = min(log.size, low + _READ)
        rows = {row.seq: row for row in _super_rows(database, None, low, high)}
        entries: list[tuple[str, bytes | None]] = []
        for seq in range(low, high):
            row = rows.get(seq)
            if row is None:
                problem(f"index {seq}: its entry is gone from the database")
                entries.append(("?", None))
                continue
            entries.append((f"entry {seq}", row.entry.encode()))
            try:
                said = read_anchor(row.entry.encode(), f"index {seq}")
            except Rejected as error:
                problem(str(error))
                continue
            if said["log"] != names.get(row.log) or said["size"] != row.size:
                problem(f"index {seq}: the entry tells of another log or size than its row")
        tree.extend(entries)
