"""Listing a connector's bucket, page by page, and making one job of each object that is new or changed.

A page is listed while no transaction is open. Then one unit of work looks at what is known of its objects, makes the
jobs, notes what was seen of each object and moves the run's cursor. So whoever dies when:

1. before the unit of work, or in it: nothing of the page is there, and the next to go on lists it again;
2. after it: all of the page is there, and the next to go on begins behind it.

Fencing: the unit of work holds the run's row and goes on only where the cursor is still the one that its page was
listed behind. A process that only seemed dead, or that lists at the same time, finds the cursor moved and does nothing.
A failure counts where nothing moved and no other was counted since its turn began. The lease is no lock: it keeps
processes from listing the same page in vain, and so it is longer than a call of a listing.
"""

import logging
import re
import secrets
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from sqlalchemy.orm import Session

from expunct_server import ids
from expunct_server.audit.catalog import ConnectorSyncTriggered
from expunct_server.audit.recorder import Unit, writing
from expunct_server.buckets import service as buckets
from expunct_server.buckets import uris
from expunct_server.buckets.models import Bucket
from expunct_server.buckets.reaching import Reach
from expunct_server.buckets.waiting import Place
from expunct_server.connectors import known, runs, service
from expunct_server.connectors.known import Seen
from expunct_server.connectors.models import Connector, ConnectorSync
from expunct_server.db.session import Database
from expunct_server.errors import Conflict, Invalid, NotFound, Refusal, Unavailable, described
from expunct_server.jobs import service as jobs
from expunct_server.jobs.queue import Queue
from expunct_server.jobs.upload import safe_filename
from expunct_server.policies import service as policies
from expunct_server.policies.plans import Overrides
from expunct_server.settings import Settings
from expunct_server.storage.base import KeyUnsupported, Stat, StoreError, require_key

_log = logging.getLogger(__name__)
PAGE = 500  # objects that are listed and compared at a time
UNIT_JOBS = 200  # jobs a unit of work: SQLite has one writer, and others want to write too
_TURN_SECONDS = 2.0  # then other runs have their turn
FIRST_SECONDS = 3.0  # how long a request waits for the first page
_LEASE: ids.Micros = 75 * ids.SECOND  # a server has a minute for a call
TRIES = 12  # that failed in a row end a run: after half an hour or so
_LONGEST_PAUSE = 300
_OWN_PAUSE = 30  # seconds, after what this server's operator has to mend, such as credentials that cannot be read
_SOON_OVER = frozenset({"database_locked", "database_unavailable", "queue_full"})
OWN_MARK = ".expunct-"  # begins the names of what this server writes for itself
_NOTHING_ASKED = Overrides()
_NO_TEXT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes to list and to make jobs, of one process."""

    settings: Settings
    database: Database
    queue: Queue
    reach: Reach
    master: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """What was listed behind a cursor; `is_last` when there is nothing behind it."""

    objects: list[Stat]
    is_last: bool
    prefix: str | None = None  # what was listed, where another may be asked for by now


@dataclass(frozen=True, slots=True)
class _Wanted:
    stat: Stat
    seen: Seen


@dataclass(slots=True)
class _Turn:
    """A run as it was claimed, and how far it was moved since: by this turn, or else by another process."""

    sync: ConnectorSync
    cursor: str | None
    attempts: int

    def is_overtaken(self, held: ConnectorSync) -> bool:
        return held.listed_at is not None or held.cursor != self.cursor

    def moved(self, held: ConnectorSync) -> None:
        self.cursor, self.attempts = held.cursor, held.attempts


@dataclass(slots=True)
class _Sorted:
    """A page's objects by what becomes of them. `cursor` is the last one that was looked at.

    Not `is_whole`: some were not looked at, as too many jobs wait (no `has_room`) or enough are made in one go.
    """

    wanted: list[_Wanted] = field(default_factory=list)
    seen: int = 0
    unchanged: int = 0
    skipped: int = 0
    cursor: str | None = None
    is_whole: bool = True
    has_room: bool = True


class _Ends(Exception):
    """The run ends here: trying again would not help."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


class _Overtaken(Exception):
    """The run has ended, or its cursor was moved by another process."""


# --- a run by hand: the request lists the first page ------------------------------------------------------------------


def first_page(means: Means, tenant_id: str, connector_id: str, place: Place) -> Page | None:
    """What a sync by hand begins with; None where it cannot be had in a few seconds: then a worker finds out why.

    None also for a connector that is not to be listed now. `start` says so, and not this: the request may be a retry,
    whose first answer is looked up in `start`'s unit of work.
    """
    with means.database.reading() as session:
        found = service.find(session, tenant_id, connector_id)
        if found is None or not found.connector.active or runs.find_open(session, connector_id) is not None:
            return None
    store, prefix = means.reach.bucket, found.connector.prefix
    try:
        page: Page = place.within(FIRST_SECONDS, lambda: _page(store(tenant_id, connector_id).list(prefix), most=PAGE))
    except (StoreError, Refusal, TimeoutError):
        return None
    return replace(page, prefix=prefix)


def start(means: Means, unit: Unit, connector_id: str, first: Page | None) -> ConnectorSync:
    """A run by hand, with the jobs of its first page.

    Raises `NotFound`, and `Conflict` for a connector that is switched off or while another run has not ended.
    """
    found = service.get(unit.session, unit.actor.tenant_id, connector_id)
    _require_active(found.connector)
    runs.require_none_open(unit.session, connector_id)
    is_of_another = first is not None and first.prefix not in (None, found.connector.prefix)  # it changed meanwhile
    if first is None or is_of_another or not _has_policy(unit.session, found.connector):
        first = Page([], is_last=False)  # the worker's part: it also says what is wrong
    room = _room(means.settings, unit.session, found.connector)
    sorted_page = _sort(means, unit.session, found.connector, found.bucket, first, room)
    sync_id = ids.new("syn")
    event = unit.record(
        ConnectorSyncTriggered(job_count=len(sorted_page.wanted), sync_id=sync_id), resource_id=connector_id
    )
    sync = runs.make(unit, event, found.connector, sync_id, "manual")
    _make(means, unit, found.connector, found.bucket, sync, sorted_page)
    _move(sync, sorted_page, first)
    unit.session.flush()
    return sync


def _require_active(connector: Connector) -> None:
    if not connector.active:
        raise Conflict("The connector is switched off; set active to true first.", code="connector_inactive")


# --- a turn of a run, by a worker -------------------------------------------------------------------------------------


def advance(means: Means, sync_id: str, worker_id: str = "") -> int:
    """List some pages of a run and make their jobs; how many jobs. It may be called by several processes at once.

    What fails for a passing reason is tried again later; else, and when that was tried too often, the run ends.
    """
    lease = runs.holder(worker_id) + secrets.token_hex(8)
    sync = _claim(means, sync_id, lease)
    if sync is None:
        return 0
    turn = _Turn(sync, sync.cursor, sync.attempts)
    try:
        return _pages(means, turn)
    except _Overtaken:
        return 0
    except Exception as error:
        code, detail, is_passing, is_counted = _told(error)
        if code == "internal_error":
            _log.error("sync %s: %s", sync_id, described(error))
        else:
            _log.warning("connector %s: sync %s could not be listed further: %s", sync.connector_id, sync_id, code)
        _set_back(means, turn, code, detail, is_passing=is_passing, is_counted=is_counted)
        return 0


def _claim(means: Means, sync_id: str, lease: str) -> ConnectorSync | None:
    with means.database.reading() as session:  # mostly there is nothing to do: no reason to take a lock
        if not _is_due(means.settings, session, session.get(ConnectorSync, sync_id)):
            return None
        sync = session.get_one(ConnectorSync, sync_id)
        actor, origin = runs.actor(sync), runs.origin(sync)
    with writing(means.database, actor, origin) as unit:
        found = runs.locked(unit.session, sync_id)
        if found is None or not _is_due(means.settings, unit.session, found):
            return None
        found.lease, found.lease_until = lease, ids.now() + _LEASE
    return found


def _is_due(settings: Settings, session: Session, sync: ConnectorSync | None) -> bool:
    """Whether there is something to list now. A run that was paused by its jobs goes on when half of them have ended.

    So a turn begins when less than half of the most wait or run, and ends when all of the most do.
    """
    moment = ids.now()
    if sync is None or sync.outcome is not None or sync.listed_at is not None or sync.next_attempt_at > moment:
        return False
    if sync.lease_until is not None and sync.lease_until > moment:
        return False
    return 2 * jobs.unfinished(session, sync.tenant_id, sync.connector_id) < settings.sync_queued_jobs


def _pages(means: Means, turn: _Turn) -> int:
    """Pages until there are no more, the time is over, or as many jobs wait as may."""
    sync, made, goes_on = turn.sync, 0, True
    until = time.monotonic() + _TURN_SECONDS
    with means.database.reading() as session:
        connector = session.get_one(Connector, sync.connector_id)
        if not _has_policy(session, connector):
            raise _Ends("policy_not_found", "The connector's policy was deleted; give it another.")
    objects = means.reach.bucket(sync.tenant_id, sync.connector_id).list(connector.prefix, after=turn.cursor or "")
    page = Page([], is_last=False)
    while goes_on:
        page = page if page.objects else _page(objects, most=PAGE)
        with writing(means.database, runs.actor(sync), runs.origin(sync), alone=True) as unit:
            held = _held(unit.session, turn)
            sorted_page = _take(means, unit, held, page)
            goes_on = held.listed_at is None and sorted_page.has_room and time.monotonic() < until
            held.lease_until = ids.now() + _LEASE if goes_on else None
        turn.moved(held)
        made += len(sorted_page.wanted)
        page = Page(page.objects[sorted_page.seen :], page.is_last)
    return made


def _held(session: Session, turn: _Turn) -> ConnectorSync:
    """The run, locked, if it is still where its page was listed. Raises `_Overtaken`."""
    sync = runs.locked(session, turn.sync.id)
    if sync is None or turn.is_overtaken(sync):
        raise _Overtaken
    return sync


def _take(means: Means, unit: Unit, sync: ConnectorSync, page: Page) -> _Sorted:
    connector = unit.session.get_one(Connector, sync.connector_id)
    bucket = buckets.get(unit.session, sync.tenant_id, sync.connector_id)
    room = _room(means.settings, unit.session, connector)
    sorted_page = _sort(means, unit.session, connector, bucket, page, room)
    sync.progress_pct = runs.progress(sync, runs.unfinished(unit.session, sync.id)) or 0
    _make(means, unit, connector, bucket, sync, sorted_page)
    _move(sync, sorted_page, page)
    unit.session.flush()
    return sorted_page


def _move(sync: ConnectorSync, sorted_page: _Sorted, page: Page) -> None:
    """The run as it stands behind this page."""
    moment = ids.now()
    sync.seen += sorted_page.seen
    sync.unchanged += sorted_page.unchanged
    sync.skipped += sorted_page.skipped
    sync.made += len(sorted_page.wanted)
    sync.attempts, sync.updated_at = 0, moment
    sync.trouble_code = sync.trouble_message = None
    if page.is_last and sorted_page.is_whole:
        sync.cursor, sync.listed_at = None, moment
    elif sorted_page.cursor is not None:
        sync.cursor = sorted_page.cursor


def _told(error: Exception) -> tuple[str, str, bool, bool]:
    """A failure: its code and sentence, whether it may pass, and whether it counts as a try."""
    if isinstance(error, StoreError):
        return error.code, error.detail, error.passing, True
    if isinstance(error, Unavailable):  # of this server: its database is busy, too many jobs wait
        return error.code, error.detail, True, False
    if isinstance(error, _Ends | Refusal):
        return error.code, error.detail, False, True
    return "internal_error", "The server met an error of its own; its operator finds it in the log.", True, True


def _set_back(means: Means, turn: _Turn, code: str, detail: str, *, is_passing: bool, is_counted: bool) -> None:
    """Have the run tried again later, or end it; unless it went on, or failed, in another process meanwhile.

    Whether that one claimed it is no matter: of a server that hangs for longer than a lease, no failure would count.
    """
    sync = turn.sync
    with writing(means.database, runs.actor(sync), runs.origin(sync)) as unit:
        held = runs.locked(unit.session, sync.id)
        if held is None or turn.is_overtaken(held) or held.attempts != turn.attempts:
            return
        held.attempts += is_counted
        if not is_passing or held.attempts >= TRIES:
            runs.fail(unit, held, code, detail)
            return
        if held.lease == sync.lease:
            held.lease = held.lease_until = None
        pause = 2 ** max(held.attempts, 1) if is_counted or code in _SOON_OVER else _OWN_PAUSE
        held.next_attempt_at = ids.now() + min(pause, _LONGEST_PAUSE) * ids.SECOND
        held.trouble_code, held.trouble_message = code, detail[:500]


# --- a page -----------------------------------------------------------------------------------------------------------


def _page(objects: Iterator[Stat], *, most: int) -> Page:
    found = list(islice(objects, most))
    return Page(found, is_last=len(found) < most)


def _has_policy(session: Session, connector: Connector) -> bool:
    try:
        policies.in_force(session, connector.tenant_id, connector.policy_id)
    except NotFound:
        return False
    return True


def _room(settings: Settings, session: Session, connector: Connector) -> int:
    """How many jobs may be made now."""
    of_connector = settings.sync_queued_jobs - jobs.unfinished(session, connector.tenant_id, connector.id)
    return max(0, min(of_connector, settings.max_queued_jobs - jobs.unfinished(session, connector.tenant_id)))


def _sort(means: Means, session: Session, connector: Connector, bucket: Bucket, page: Page, room: int) -> _Sorted:
    """What becomes of each object, in their order, until `room` jobs are wanted or as many as a unit of work makes."""
    marks = known.marks(means.master, connector.id)
    outputs = known.output_prefixes(session, bucket)
    of_others = known.written_by_others(session, means.master, bucket, page.objects)
    hashes = [marks.of(each.key) for each in page.objects]
    before = known.last_seen(session, connector.id, hashes)
    found = _Sorted()
    for stat, key_hash in zip(page.objects, hashes, strict=True):
        etag_hash = marks.of(stat.etag)
        if stat.key in of_others or not is_input(stat, bucket, outputs):
            found.skipped += 1
        elif key_hash in before and known.is_unchanged(before[key_hash], stat, etag_hash):
            found.unchanged += 1
        elif len(found.wanted) == min(room, UNIT_JOBS):
            found.is_whole, found.has_room = False, len(found.wanted) < room
            break
        else:
            found.wanted.append(_Wanted(stat, Seen(key_hash, etag_hash, ids.new("job"))))
        found.seen += 1
        found.cursor = stat.key if _is_text(stat.key) else found.cursor
    return found


def _is_text(key: str) -> bool:
    """Whether it can be kept: names of files can be bytes that are no UTF-8, and PostgreSQL's texts hold no NUL."""
    return not _NO_TEXT.search(key)


def is_input(stat: Stat, bucket: Bucket, outputs: Collection[str]) -> bool:
    """Whether a job can and should be made of this object: results and what the server writes for itself are not."""
    key = stat.key
    if key.endswith("/") or stat.size == 0 or any(key.startswith(each) for each in outputs) or uris.is_output(key):
        return False
    if any(part.startswith(OWN_MARK) for part in key.split("/")):
        return False
    if not _is_text(key) or (bucket.provider == "folder" and "\ufffd" in key):  # how names that are no text are listed
        return False
    try:
        require_key(key)
        uris.parse(uris.of_object(bucket.provider, bucket.name, key))
    except (Invalid, KeyUnsupported):
        return False
    return True


def _make(
    means: Means, unit: Unit, connector: Connector, bucket: Bucket, sync: ConnectorSync, sorted_page: _Sorted
) -> None:
    """The jobs of a page, and what was seen of their objects."""
    new = [
        jobs.NewJob(
            id=each.seen.job_id,
            source="connector",
            input_uri=uris.of_object(bucket.provider, bucket.name, each.stat.key),
            output_uri=uris.of_object(bucket.provider, bucket.name, output_key(connector, each.stat.key)),
            filename=safe_filename(each.stat.key),
            language=connector.language,
            overrides=_NOTHING_ASKED,
            policy_id=connector.policy_id,
            connector_id=connector.id,
            sync_id=sync.id,
            size=each.stat.size,
        )
        for each in sorted_page.wanted
    ]
    jobs.submit_all(unit, means.queue, new, max_retries=means.settings.max_retries)
    if sorted_page.wanted:
        known.note(unit.session, connector.id, [each.seen for each in sorted_page.wanted])


def output_key(connector: Connector, key: str) -> str:
    """Where the result of an object goes: below `output_prefix`, as the object lies below `prefix`."""
    return connector.output_prefix + key.removeprefix(connector.prefix)
