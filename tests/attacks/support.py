"""A published log to attack, the tools of an attacker, and both ways of looking at the outcome."""

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

import expunct_server.app  # noqa: F401  (brings every model)
from expunct_server.audit.catalog import JobReportViewed
from expunct_server.audit.codec import canonical
from expunct_server.audit.models import AuditEvent, AuditLog
from expunct_server.audit.recorder import Actor, Origin, writing
from expunct_server.db.session import Database
from expunct_server.publishing import sequencer
from expunct_server.publishing.log_keys import load
from expunct_server.publishing.promised import log_folder
from expunct_server.publishing.publisher import Publisher
from expunct_server.publishing.tail import Tail
from expunct_server.settings import Settings
from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint
from expunct_server.tlog.merkle import Frontier, leaf_hash
from expunct_server.tlog.note import VerifierKey
from expunct_server.tlog.signer import Ed25519Signer, sign_note
from expunct_server.tlog.tiles import Tile, decode_bundle, tiles_of
from expunct_server.verifying import fsck
from expunct_server.verifying.bundle import write_bundle
from expunct_server.verifying.bundle_files import FolderFiles
from expunct_server.verifying.checks import Failed
from expunct_server.verifying.verify import Anchors, LogReport, verify_log
from expunct_server.verifying.verify_bundle import BundleReport, reader, verify_bundle
from tests.conftest import run_sql

AUDITOR = Actor("cli:auditor", "cli:auditor", "default")


@dataclass
class Scene:
    """Tenant `default` with 300 published events; `kept` is the checkpoint that an auditor keeps, of 260."""

    database: Database
    settings: Settings
    tenant_id: str = "default"
    kept: bytes = b""
    made: dict[str, Any] = field(default_factory=dict)

    def prepare(self) -> "Scene":
        """Make the events; the folder keeps `kept` for copies of it."""
        self.record(260)
        self.publish()
        recorded = self.checkpoint.size - 260  # what making the tenant recorded
        (self.settings.data / "kept").write_bytes(self.note)
        self.record(40 - recorded)
        self.publish()
        assert self.checkpoint.size == 300
        return self

    # --- honest ---------------------------------------------------------------------------------------------------

    def record(self, count: int, tenant_id: str | None = None, **options: Any) -> list[str]:
        """That many events; their ids."""
        actor = Actor("key_1", "pk_live_...abcd", tenant_id or self.tenant_id)
        origin = Origin("req_1", "192.0.2.7", "agent/1")
        with writing(self.database, actor, origin) as unit:
            return [unit.record(JobReportViewed(), resource_id=f"job_{n}", **options).id for n in range(count)]

    def publish(self) -> None:
        """All that waits, and what the log of logs says of it."""
        publisher = Publisher(self.settings, self.database)
        while publisher.step(now=True):
            pass

    @property
    def folder(self) -> Path:
        return log_folder(self.settings.data, self.tenant_id)

    @property
    def origin(self) -> str:
        return str(self.column("origin"))

    def column(self, name: str) -> Any:
        """Of the tenant's row in audit_log."""
        column = AuditLog.__table__.c[name]
        with self.database.reading() as session:
            return session.scalars(select(column).where(AuditLog.tenant_id == self.tenant_id)).one()

    @property
    def signer(self) -> Ed25519Signer:
        return load(self.settings, may_make=False).signer(self.origin)

    @property
    def key(self) -> VerifierKey:
        return self.signer.verifier_key

    @property
    def note(self) -> bytes:
        return (self.folder / "checkpoint").read_bytes()

    @property
    def checkpoint(self) -> Checkpoint:
        return open_checkpoint(self.note, [self.key], self.origin)[0]

    def entries(self) -> list[bytes]:
        """The published entries."""
        found: list[bytes] = []
        for tile in tiles_of(self.checkpoint.size):
            if tile.level is None:
                found += decode_bundle((self.folder / tile.path()).read_bytes(), tile.width)
        return found

    def event_id(self, index: int) -> str:
        said: str = json.loads(self.entries()[index])["id"]
        return said

    # --- those who look -------------------------------------------------------------------------------------------

    def verify(self, *, since: bool = False, anchors: bool = False, **options: Any) -> LogReport:
        """As a stranger with the key; with the checkpoint kept from before, and with the log of logs."""
        above = reader(FolderFiles(self.settings.data / "log" / "super"))
        return verify_log(
            reader(FolderFiles(self.folder)),
            [self.key],
            self.origin,
            since=self.kept if since else None,
            anchors=Anchors(above, [self.key], self.column("blind")) if anchors else None,
            **options,
        )

    def refused(self, number: int, at: str = "", **options: Any) -> Failed:
        """That `verify` fails with this check, at a place."""
        return refusal(lambda: self.verify(**options), number, at)

    def fsck(self) -> list[str]:
        """The problems, and that they say nothing of what is in the events."""
        report = fsck.check(self.database, self.settings)
        assert min(report.count, 1) <= len(report.problems) <= min(report.count, fsck.MAX_PROBLEMS)
        assert not any("192.0.2.7" in each or "pk_live_" in each for each in report.problems)
        return report.problems

    def bundle(self, name: str = "bundle", *, tar: bool = False) -> Path:
        out = self.settings.data / (f"{name}.tar" if tar else name)
        return write_bundle(
            self.database, self.settings, self.tenant_id, out, actor=AUDITOR, origin=Origin("req_2")
        ).path

    def verify_bundle(self, path: Path, **options: Any) -> BundleReport:
        return verify_bundle(path, [self.key], **options)

    # --- the attacker -----------------------------------------------------------------------------------------------

    def change_entries(self, number: int, change: Callable[[list[bytes]], list[bytes]]) -> Path:
        """Rewrite one bundle's file and nothing else: an attacker without the key."""
        tile = next(each for each in tiles_of(self.checkpoint.size) if each.level is None and each.number == number)
        path = self.folder / tile.path()
        entries = change(decode_bundle(path.read_bytes(), tile.width))
        path.write_bytes(b"".join(len(each).to_bytes(2, "big") + each for each in entries))
        return path

    def forge(self, entries: Sequence[bytes], *, sign: Ed25519Signer | None = None, origin: str = "") -> None:
        """Rewrite the whole log's files with these entries and sign them: the operator."""
        shutil.rmtree(self.folder)
        write_log(self.folder, origin or self.origin, entries, sign or self.signer)

    def by_hand(self, table: str, *statements: str) -> None:
        """Run SQL with the table's rules out of the way, and put them back so that nobody sees it."""
        if self.database.dialect == "postgresql":
            run_sql(self.database.url, "SET session_replication_role = replica", *statements)
            return
        found = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        with self.database.reading() as session:
            rules = session.execute(found, {"table": table}).all()
        drop, make = [f"DROP TRIGGER {name}" for name, _ in rules], [sql for _, sql in rules]
        run_sql(self.database.url, *drop, *statements, *make)

    def agree(self) -> None:
        """Make the database agree with itself about the tenant's log: size, root and peaks are those of its rows."""
        head = sequencer.head(self.database, self.tenant_id)
        assert head is not None
        frontier = Frontier()
        for each in sequencer.entries(self.database, head, 0, head.size):
            frontier.append(leaf_hash(each))
        root, peaks = frontier.root().hex(), frontier.encode().hex()
        said = "decode('{}', 'hex')" if self.database.dialect == "postgresql" else "X'{}'"
        values = f"root = {said.format(root)}, peaks = {said.format(peaks)}"
        self.by_hand("audit_log", f"UPDATE audit_log SET {values} WHERE tenant_id = '{self.tenant_id}'")

    def position(self, index: int) -> int:
        with self.database.reading() as session:
            event = session.scalars(select(AuditEvent).where(AuditEvent.id == self.event_id(index))).one()
            return event.position


def write_log(folder: Path, origin: str, entries: Sequence[bytes], signer: Ed25519Signer) -> None:
    """The files of a log with these entries."""
    tail = Tail()
    files: list[tuple[Tile, bytes]] = [*tail.extend(entries), *tail.partials()]
    for tile, data in files:
        (folder / tile.path()).parent.mkdir(parents=True, exist_ok=True)
        (folder / tile.path()).write_bytes(data)
    folder.mkdir(parents=True, exist_ok=True)
    note = sign_note(Checkpoint(origin, tail.size, tail.root()).encode(), [signer])
    (folder / "checkpoint").write_bytes(note)


def relisted(bundle: Path) -> None:
    """Make a bundle's manifest fit its files again, as whoever changed them would."""
    manifest = json.loads((bundle / "manifest.json").read_bytes())
    paths = (each for each in bundle.rglob("*") if each.is_file() and each.name != "manifest.json")
    manifest["files"] = {
        each.relative_to(bundle).as_posix(): {
            "sha256": hashlib.sha256(each.read_bytes()).hexdigest(),
            "size": each.stat().st_size,
        }
        for each in paths
    }
    (bundle / "manifest.json").write_bytes(canonical(manifest))


def refusal(look: Callable[[], Any], number: int, at: str = "") -> Failed:
    """What `look` fails with: this check, at this place, and its text says so."""
    with pytest.raises(Failed) as caught:
        look()
    failed = caught.value
    assert (failed.number, at in failed.where) == (number, True), str(failed)
    assert f"check {number} failed" in str(failed)
    return failed


def changed(entry: bytes, **fields: Any) -> bytes:
    """An entry with other values in some fields, well-formed."""
    return canonical(json.loads(entry) | fields)


def told(problems: Sequence[str], *words: str) -> None:
    """That one line names all of these."""
    assert any(all(word in each for word in words) for each in problems), problems
