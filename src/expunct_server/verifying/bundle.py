"""Writes the auditor's bundle: everything needed to verify a tenant's published log without this server.

    README.txt             how to verify it, by hand and with verify.py
    verify.py              the verifier, one file (`single_file`)
    keys.txt               verifier keys of the log and of the log of logs, one a line
    log/                   the published log: checkpoint, tile/..., as C2SP tlog-tiles has it
    super/                 the log of logs likewise; super/blind is base64 of what hides this log's name in it
    events.ndjson          a line for each entry in order: {"erased_by", "event", "index", "openings"}, canonical
                           JSON; erased_by names an erasure for each part that was erased
    catalog/<type>.json    the JSON Schema of each event type's metadata
    policies/<id>/<n>.json every version of every policy, canonical JSON
    manifest.json          sizes, counts, and the SHA-256 of every other file

Memory stays the same however long the log is, but for a line of the manifest for each 128 entries. Files come in one
order and the tar's headers hold nothing but names, sizes and the time of making.
"""

import hashlib
import io
import json
import os
import secrets
import shutil
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, Protocol

from sqlalchemy import func, select

from expunct_server import ids
from expunct_server.audit.catalog import CATALOG, AuditExported, json_schema
from expunct_server.audit.codec import Json, canonical
from expunct_server.audit.entry import PARTS
from expunct_server.audit.models import SUPER, AuditEntry, AuditEvent, AuditLog, AuditRoot
from expunct_server.audit.openings import shown_opening
from expunct_server.audit.recorder import Actor, Origin, writing
from expunct_server.audit.stored import COLUMNS, Stored, facts_of, openings_of, stored
from expunct_server.db.session import Database
from expunct_server.errors import Conflict, NotFound, Unavailable
from expunct_server.publishing import home
from expunct_server.publishing.log_keys import PublicKeys, public_keys
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.tile_store import TileStore
from expunct_server.settings import Settings
from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint
from expunct_server.tlog.strict import Rejected, base64_text
from expunct_server.tlog.tiles import tiles_of
from expunct_server.verifying.bundle_readme import readme
from expunct_server.verifying.single_file import single_file
from expunct_server.verifying.verify import file_hash
from expunct_server.verifying.verify_bundle import MANIFEST

_READ = 1000
_LATER_SECONDS = 5


@dataclass(frozen=True)
class Bundle:
    """What was written."""

    path: Path
    event_id: str
    size: int
    files: int
    bytes: int


@dataclass(frozen=True)
class _Log:
    """A log as it is published."""

    number: int
    origin: str
    blind: bytes
    note: bytes
    checkpoint: Checkpoint
    store: TileStore


def write_bundle(
    database: Database,
    settings: Settings,
    tenant_id: str,
    out: Path,
    *,
    actor: Actor,
    origin: Origin,
    policies: Iterable[tuple[str, bytes]] = (),
) -> Bundle:
    """Write the bundle of a tenant's published log to `out`: a tar file where it ends in .tar, else a folder.

    The export is recorded once something can be written, and before anything is. `policies`: further files below
    policies/. Raises `NotFound` where nothing is published or no folder is there for `out`, `Conflict` where `out` is
    there already, and while what the verifier looks for is not published yet (an entry of the log of logs, an erasure),
    `Unavailable` where the log is damaged or its files are elsewhere, `OSError` where nothing can be written.
    """
    home.require_for_command(settings, database)
    if out.exists():
        raise Conflict(f"{out} is there already; name a new file or folder.", code="file_exists")
    keys = public_keys(settings)
    above = _published(database, settings, keys, SUPER)  # first: then it knows no larger tree than the log's
    log = _published(database, settings, keys, tenant_id)
    _check_anchored(database, log, above)
    with _sink(out) as sink:  # first, for what cannot be written is no export
        with writing(database, actor, origin) as unit:
            event = unit.record(AuditExported(format="bundle", size=log.checkpoint.size), resource_id=ids.new("art"))
        _write_head(sink, keys, log, above)
        _write_log(sink, "log", log)
        _write_log(sink, "super", above)
        sink.add("super/blind", f"{base64_text(log.blind)}\n".encode())
        with sink.spool("events.ndjson") as file:
            for line in _records(database, log):
                file.write(line)
        for event_type in sorted(CATALOG):
            sink.add(f"catalog/{event_type}.json", _pretty(json_schema(CATALOG[event_type])))
        for path, data in policies:
            sink.add(f"policies/{path}", data)
        manifest = _manifest(log, tenant_id, sink.listed)
        sink.add(MANIFEST, manifest)
        total = sum(each["size"] for each in sink.listed.values())
    return Bundle(out, event.id, log.checkpoint.size, len(sink.listed), total)


def _published(database: Database, settings: Settings, keys: PublicKeys, tenant_id: str) -> _Log:
    row_of = select(AuditLog.number, AuditLog.origin, AuditLog.blind).where(AuditLog.tenant_id == tenant_id)
    with database.reading() as session:
        row = session.execute(row_of).one_or_none()
    store = TileStore(log_folder(settings.data, tenant_id))
    note = store.checkpoint()
    if row is None or note is None:
        raise NotFound("Nothing of this log is published yet. Publish it: expunct-server audit publish.")
    try:
        checkpoint, _ = open_checkpoint(note, keys.verifiers(row.origin), row.origin)
    except Rejected as error:
        raise _damaged(f"its checkpoint cannot be trusted ({error})") from None
    return _Log(row.number, row.origin, row.blind, note, checkpoint, store)


def _check_anchored(database: Database, log: _Log, above: _Log) -> None:
    """A log of which the log of logs says nothing would not verify. Raises `Conflict`."""
    told = select(AuditRoot.seq).where(AuditRoot.log == log.number, AuditRoot.seq < above.checkpoint.size).limit(1)
    with database.reading() as session:
        if session.scalar(told) is None:
            raise Conflict(
                "The log of logs tells nothing of this log yet. Publish it: expunct-server audit publish.",
                code="not_published",
                retry_after=_LATER_SECONDS,
            )


def _damaged(how: str) -> Unavailable:
    return Unavailable(f"The published log is damaged: {how}. Run `expunct-server audit fsck`.", code="log_damaged")


def standing(database: Database) -> list[dict[str, Any]]:
    """Each log: how many entries it has, how many are published, and why it is stopped, if it is."""
    columns = (AuditLog.tenant_id, AuditLog.origin, AuditLog.size, AuditLog.published_size, AuditLog.stopped)
    with database.reading() as session:
        rows = session.execute(select(*columns).order_by(AuditLog.number)).all()
    return [dict(row._mapping) | {"tenant_id": None if row.tenant_id == SUPER else row.tenant_id} for row in rows]


# --- what is in it --------------------------------------------------------------------------------------------------


def _write_head(sink: "_Sink", keys: PublicKeys, log: _Log, above: _Log) -> None:
    verifiers = (*keys.verifiers(log.origin), *keys.verifiers(above.origin))
    sink.add("README.txt", readme(log.origin, log.checkpoint, [each.encode() for each in verifiers]).encode())
    sink.add("verify.py", single_file().encode())
    sink.add("keys.txt", "".join(f"{each.encode()}\n" for each in verifiers).encode())


def _write_log(sink: "_Sink", folder: str, log: _Log) -> None:
    sink.add(f"{folder}/checkpoint", log.note)
    for tile in tiles_of(log.checkpoint.size):
        data = log.store.tile(tile)
        if data is None:
            raise _damaged(f"{tile.path()} is missing")
        sink.add(f"{folder}/{tile.path()}", data)


def _records(database: Database, log: _Log) -> Iterator[bytes]:
    """A line for each published event. Read piece by piece: an entry never changes, and an erasure counts at once."""
    for low in range(0, log.checkpoint.size, _READ):
        high = min(log.checkpoint.size, low + _READ)
        within = (AuditEntry.log == log.number, AuditEntry.seq >= low, AuditEntry.seq < high)
        rows = select(*COLUMNS).join(AuditEntry, AuditEntry.position == AuditEvent.position)
        with database.reading() as session:
            events = stored(session.execute(rows.where(*within).order_by(AuditEntry.seq)))
        if len(events) != high - low:
            raise _damaged(f"events between {low} and {high} are gone from the database")
        _check_erasures(database, log, {event.erased_by for event in events if event.erased_by is not None})
        for index, event in enumerate(events, low):
            yield record(index, event) + b"\n"


def _check_erasures(database: Database, log: _Log, erasures: set[str]) -> None:
    """An erasure counts at once, but is proven once it is published. Raises `Conflict` for one that is not."""
    published = (
        select(func.count()).select_from(AuditEvent).join(AuditEntry, AuditEntry.position == AuditEvent.position)
    )
    within = (AuditEntry.log == log.number, AuditEntry.seq < log.checkpoint.size, AuditEvent.id.in_(erasures))
    with database.reading() as session:
        if erasures and session.scalar(published.where(*within)) != len(erasures):
            raise Conflict(
                "Values were erased, and the erasure is not published yet. Publish it, expunct-server audit publish, "
                "and write the bundle then.",
                code="not_published",
                retry_after=_LATER_SECONDS,
            )


def record(index: int, event: Stored) -> bytes:
    """An event as events.ndjson has it: the API's fields, what shows that the entry commits to them, and erasures."""
    shown: dict[str, Json] = dict(facts_of(event)) | {
        "actor": event.actor,
        "actor_id": event.actor_id,
        "ip_address": event.ip_address,
        "metadata": json.loads(event.details),
        "user_agent": event.user_agent,
    }
    openings: dict[str, Json] = {part: shown_opening(*each) for part, each in openings_of(event).items()}
    erased: dict[str, Json] = {part: event.erased_by for part in PARTS if part not in openings}
    return canonical({"erased_by": erased, "event": shown, "index": index, "openings": openings})


def _manifest(log: _Log, tenant_id: str, listed: dict[str, dict[str, Any]]) -> bytes:
    files: dict[str, Json] = dict(listed)
    said: dict[str, Json] = {
        "checkpoint": {"root": base64_text(log.checkpoint.root), "size": log.checkpoint.size},
        "event_count": log.checkpoint.size,
        "files": files,
        "made_at": ids.iso(ids.now()),
        "origin": log.origin,
        "server_version": version("expunct-server"),
        "tenant_id": tenant_id,
        "version": 1,
    }
    return canonical(said)


def _pretty(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=2, sort_keys=True).encode() + b"\n"


# --- where it goes --------------------------------------------------------------------------------------------------


class _Target(Protocol):
    def put(self, name: str, file: IO[bytes], size: int) -> None: ...


class _Sink:
    """Takes files one after another and lists them."""

    def __init__(self, target: _Target, drafts: Path) -> None:
        self._target, self._drafts = target, drafts
        self.listed: dict[str, dict[str, Any]] = {}

    def add(self, name: str, data: bytes) -> None:
        """A file that is at hand."""
        self._list(name, hashlib.sha256(data).hexdigest(), len(data))
        self._target.put(name, io.BytesIO(data), len(data))

    @contextmanager
    def spool(self, name: str) -> Iterator[IO[bytes]]:
        """A file whose length is known once it is written; meanwhile it is beside the bundle, for its user alone."""
        with tempfile.TemporaryFile(dir=self._drafts) as file:
            yield file
            file.seek(0)
            digest, size = file_hash(file)
            self._list(name, digest, size)
            file.seek(0)
            self._target.put(name, file, size)

    def _list(self, name: str, digest: str, size: int) -> None:
        if name in self.listed or ".." in name.split("/"):
            raise ValueError("a file of the bundle comes twice, or lies outside of it")
        self.listed[name] = {"sha256": digest, "size": size}


class _Folder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, file: IO[bytes], size: int) -> None:  # noqa: ARG002  (a tar file's header needs it)
        path = self._folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("xb") as out:
            shutil.copyfileobj(file, out)


class _Tar:
    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar, self._made = tar, ids.now() // ids.SECOND

    def put(self, name: str, file: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mtime, member.mode = size, self._made, 0o644
        self._tar.addfile(member, file)


@contextmanager
def _sink(out: Path) -> Iterator[_Sink]:
    """A draft beside `out` that takes its name once it is whole."""
    if not out.absolute().parent.is_dir():
        raise NotFound(f"There is no folder {out.parent}; make it first.", code="no_folder")
    draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
    try:
        if out.suffix == ".tar":
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with (
                os.fdopen(descriptor, "wb") as file,
                tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                yield _Sink(_Tar(tar), out.parent)
        else:
            draft.mkdir(mode=0o700)
            yield _Sink(_Folder(draft), out.parent)
        draft.rename(out)
    except BaseException:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        else:
            draft.unlink(missing_ok=True)
        raise
