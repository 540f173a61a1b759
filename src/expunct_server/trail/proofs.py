"""Proofs from the published log: that an event stands in it, and that it only grew."""

import json
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from expunct_server.audit import openings
from expunct_server.audit.entry import PARTS
from expunct_server.audit.models import SUPER, AuditEntry, AuditEvent, AuditLog, AuditRoot, key_of
from expunct_server.audit.stored import COLUMNS, Stored, entry_of, openings_of, untrue
from expunct_server.db.session import Database
from expunct_server.errors import Conflict, FieldError, Invalid, NotFound, Unavailable
from expunct_server.publishing import home
from expunct_server.publishing.anchors import blinded
from expunct_server.publishing.log_keys import public_keys
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.tenants.auth import Caller
from expunct_server.tenants.places import Places
from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint
from expunct_server.tlog.merkle import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    tree_root,
    verify_consistency,
    verify_inclusion,
)
from expunct_server.tlog.proof import Proof
from expunct_server.tlog.strict import Rejected
from expunct_server.tlog.tiles import Tile, TileReader

_log = logging.getLogger(__name__)
_WAIT_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_MALFORMED = (ValueError, TypeError, AttributeError, KeyError, OverflowError)  # what rows that were edited raise
_waiters = Places(  # of the forty threads that requests share
    8,
    2,
    4,
    refusal="Too many requests {whose} wait for the log to be published; ask again without wait.",
    code="too_many_waiting",
    retry_after=5,
)


@dataclass(frozen=True, slots=True)
class Place:
    """An event's place in its log."""

    index: int
    event: Stored


@dataclass(frozen=True)
class Published:
    """A log as it was published last: the signed note, what it says, and the tree below it."""

    note: bytes
    checkpoint: Checkpoint
    tree: TileReader


def published(settings: Settings, database: Database, tenant_id: str) -> Published:
    """The log's newest checkpoint and its tiles.

    Raises `NotFound` before the first, `Unavailable` when damaged and where this server does not hold the files.
    """
    home.require_here(settings, database)
    origin = _origin(database, tenant_id)
    store = TileStore(log_folder(settings.data, tenant_id))
    note = store.checkpoint()
    if origin is None or note is None:
        raise NotFound("Nothing of this log is published yet.", code="not_published")
    try:
        checkpoint, _ = open_checkpoint(note, public_keys(settings).verifiers(origin), origin)
    except Rejected:
        raise damaged(tenant_id) from None

    def read(tile: Tile) -> bytes:
        data = store.tile(tile)
        if data is None:
            raise damaged(tenant_id)
        return data

    return Published(note, checkpoint, TileReader(read, checkpoint.size))


@dataclass(frozen=True, slots=True)
class ById:
    """An event by its id."""

    event_id: str


@dataclass(frozen=True, slots=True)
class ByResource:
    """The event of a type about a resource, where there is only ever one: a job's completion."""

    event_type: str
    resource_id: str


def proof_of(
    settings: Settings,
    database: Database,
    tenant_id: str,
    which: ById | ByResource,
    opened: Collection[str] = (),
    *,
    waits: Caller | None = None,
) -> tuple[Place, Published, Proof]:
    """The event, the log it is proven against, and the tlog-proof: its entry, and the parts `opened` not erased.

    Raises `NotFound`, and `Conflict` (with Retry-After) while no signed checkpoint covers it. `waits` is the caller who
    gives that ten seconds first, unless too many do: then `Unavailable` is raised, as where the files are elsewhere.
    """
    home.require_here(settings, database)  # before anyone waits for what cannot be shown here
    place = place_of(database, tenant_id, which, waits)
    if place is None:
        raise Conflict(
            "No signed checkpoint covers this event yet. Ask again in a moment, or with wait=published.",
            code="not_published",
            retry_after=settings.log_checkpoint_seconds,
        )
    log = published(settings, database, tenant_id)
    return place, log, _inclusion(log, place, opened)


def place_of(database: Database, tenant_id: str, which: ById | ByResource, waits: Caller | None) -> Place | None:
    """The event's place, if a signed checkpoint covers it; `waits` as in `proof_of`. Raises what that raises."""
    place = _place(database, tenant_id, which)
    if place is None and waits is not None:
        with _waiters.taken(waits):
            place = _waited_for(database, tenant_id, which)
    return place


def _waited_for(database: Database, tenant_id: str, which: ById | ByResource) -> Place | None:
    """Look again and again for ten seconds. Who waits holds a thread of the pool: only so many may."""
    patience = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < patience:
        if (place := _place(database, tenant_id, which)) is not None:
            return place
        time.sleep(_LOOK_SECONDS)
    return None


def _place(database: Database, tenant_id: str, which: ById | ByResource) -> Place | None:
    query = (
        select(AuditEntry.seq, AuditLog.published_size, *COLUMNS)
        .select_from(AuditEvent)
        .outerjoin(AuditEntry, AuditEntry.position == AuditEvent.position)
        .outerjoin(AuditLog, AuditLog.number == AuditEntry.log)
        .where(AuditEvent.tenant_id == tenant_id)
    )
    if isinstance(which, ById):
        query = query.where(AuditEvent.id == which.event_id)
    else:
        query = query.where(
            AuditLog.tenant_id == tenant_id,
            AuditEntry.resource == key_of(which.resource_id),
            AuditEvent.resource_id == which.resource_id,
            AuditEvent.event_type == which.event_type,
        )
    with database.reading() as session:
        row = session.execute(query).first()
    if row is None and isinstance(which, ById):
        raise NotFound("There is no such audit event.")
    if row is None or row.seq is None or row.seq >= row.published_size:
        return None
    return Place(row.seq, Stored._make(row[2:]))


def who_waits(caller: Caller, asked: Mapping[str, str]) -> Caller | None:
    """The caller, where `wait=published` was asked for. Raises `Invalid` for any other wait."""
    if asked.get("wait") not in (None, "published"):
        raise Invalid("wait must be published or be left out.", errors=(FieldError("wait", "must be published"),))
    return caller if "wait" in asked else None


def _inclusion(log: Published, place: Place, opened: Collection[str]) -> Proof:
    """Verified before it is handed out. Raises `Unavailable` when the stored event is not the one in the log."""
    try:
        entry = entry_of(place.event)
        if untrue(place.event):
            raise Rejected("a value is not what the entry commits to")
        shown = {part: each for part, each in openings_of(place.event).items() if part in opened}
        return _proven(log, place.index, entry, openings.encode(entry, shown))
    except _MALFORMED:
        raise damaged(place.event.tenant_id) from None


def _proven(log: Published, index: int, entry: bytes, extra: bytes) -> Proof:
    """The proof that the entry stands there, verified. Raises `Rejected`."""
    hashes = inclusion_proof(index, log.checkpoint.size, log.tree.node)
    verify_inclusion(leaf_hash(entry), index, log.checkpoint.size, hashes, log.checkpoint.root)
    return Proof(index, tuple(hashes), log.note, extra)


def is_erased(place: Place, part: str) -> bool:
    """Whether what the event says in this part was erased."""
    return part not in openings_of(place.event)


def parts(asked: str | None) -> frozenset[str]:
    """The parts that `open` names. Raises `Invalid`."""
    named = frozenset(each for each in (asked or "").split(",") if each)
    if not named <= set(PARTS):
        raise Invalid(f"open must name some of: {', '.join(PARTS)}, joined by commas.")
    return named


def consistency(log: Published, old: int, new: int) -> list[bytes]:
    """The hashes that prove that the tree of `old` entries is the beginning of that of `new`, verified.

    Both trees are shown to be the beginning of the one that was signed. Raises `Invalid`, `Unavailable` when damaged.
    """
    if not 0 < old <= new <= log.checkpoint.size:
        raise Invalid(
            f"from and to must be tree sizes, with 0 < from <= to <= {log.checkpoint.size}, the published size.",
            code="bad_tree_size",
        )
    try:
        old_root, new_root = (tree_root(size, log.tree.node) for size in (old, new))
        hashes = consistency_proof(old, new, log.tree.node)
        verify_consistency(old, new, hashes, old_root, new_root)
        to_signed = consistency_proof(new, log.checkpoint.size, log.tree.node)
        verify_consistency(new, log.checkpoint.size, to_signed, new_root, log.checkpoint.root)
    except Rejected:
        raise damaged(log.checkpoint.origin) from None
    return hashes


@dataclass(frozen=True, slots=True)
class Anchor:
    """An entry of the log of logs, proven in its tree of `size`, and the blind that hides whose log it is about."""

    proof: Proof
    size: int
    entry: str
    blind: bytes


def anchor(settings: Settings, database: Database, tenant_id: str) -> Anchor:
    """The newest entry about this tenant's log in the log of logs.

    Raises `NotFound` while there is none, `Unavailable` when it is not the one in the log, or is about another log.
    """
    log = published(settings, database, SUPER)
    newest = (
        select(AuditRoot.seq, AuditRoot.entry, AuditLog.blind, AuditLog.origin)
        .join(AuditLog, AuditLog.number == AuditRoot.log)
        .where(AuditLog.tenant_id == tenant_id, AuditRoot.seq < log.checkpoint.size)
        .order_by(AuditRoot.seq.desc())
        .limit(1)
    )
    with database.reading() as session:
        row = session.execute(newest).first()
    if row is None:
        raise NotFound("The log of logs says nothing of this log yet.", code="not_published")
    try:
        entry = row.entry.encode()
        proof = _proven(log, row.seq, entry, openings.encode(entry, {}))
        if json.loads(entry)["log"] != blinded(row.blind, row.origin):
            raise Rejected("the entry is about another log")
    except _MALFORMED:
        raise damaged(SUPER) from None
    return Anchor(proof, log.checkpoint.size, row.entry, row.blind)


def _origin(database: Database, tenant_id: str) -> str | None:
    with database.reading() as session:
        return session.scalar(select(AuditLog.origin).where(AuditLog.tenant_id == tenant_id))


def damaged(whose: str) -> Unavailable:
    """What to raise, told to the operator too. `whose`: a tenant, or the log's origin."""
    _log.error("the published log of %s and the database disagree; run audit fsck", whose)
    return Unavailable(
        "The stored log is damaged: what it holds does not give the root that was signed. Tell the operator to run "
        "expunct-server audit fsck.",
        code="log_damaged",
        retry_after=60,
    )
