"""Verifies an auditor's bundle, a folder or a tar file, as `verifying.bundle` writes it. Nothing is unpacked."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from expunct_server.audit.codec import spelled
from expunct_server.audit.entry import FACTS, LEFT, actor_value, client_value
from expunct_server.audit.openings import read_canonical, read_openings
from expunct_server.tlog.note import VerifierKey
from expunct_server.tlog.strict import Rejected, base64_bytes, utf8_text
from expunct_server.verifying.absent import Absent, read_claims
from expunct_server.verifying.bundle_files import Files, files_of
from expunct_server.verifying.checks import Failed, check_openings, read_keys, step
from expunct_server.verifying.verify import MAX_STEP_BACK_SECONDS, Anchors, LogReport, Read, file_hash, verify_log

MANIFEST: Final = "manifest.json"
MAX_RECORD: Final = 1 << 20
_MANIFEST_BYTES = 64 << 10
_LISTED_BYTES = 160  # of a line of the manifest, without the name
RECORD_FIELDS: Final = frozenset(FACTS) | {"actor", "actor_id", "ip_address", "user_agent", "metadata"}
_MANIFEST_FIELDS = {
    "checkpoint": dict,
    "event_count": int,
    "files": dict,
    "made_at": str,
    "origin": str,
    "server_version": str,
    "tenant_id": str,
    "version": int,
}
_MAX_HEAD = 1 << 20  # of the keys and the blind
_MAX_FILE = 16 << 20  # of those read whole: the largest bundle of entries has 256 * 65,537 bytes


def reader(files: Files, prefix: str = "") -> Read:
    """Reads whole files below a prefix; raises Rejected for one that no log has."""

    def read(name: str) -> bytes | None:
        return _whole(files, prefix + name, _MAX_FILE)

    return read


def _whole(files: Files, name: str, limit: int) -> bytes | None:
    file = files.open(name)
    if file is None:
        return None
    with file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Rejected("a file is larger than it can be")
    return data


def _needed(files: Files, name: str, number: int) -> bytes:
    data = _whole(files, name, _MAX_HEAD)
    if data is None:
        raise Failed(number, name, "the file is missing")
    return data


@dataclass(frozen=True)
class BundleReport:
    """What a verified bundle holds. `own_keys`: the keys came with it, so they prove nothing of who signed.

    `erased` and `withheld`: how many events do not show each of their parts, for which of the two reasons.
    """

    log: LogReport
    manifest: Mapping[str, Any]
    keys: tuple[str, ...]
    own_keys: bool
    erased: Mapping[str, int]
    withheld: Mapping[str, int]


def verify_bundle(
    path: Path,
    keys: Iterable[VerifierKey] = (),
    *,
    since: bytes | None = None,
    max_step_back: float = MAX_STEP_BACK_SECONDS,
) -> BundleReport:
    """All checks of a bundle: 21 to 26, and those of `verify_log` and of the log of logs; raises Failed.

    `keys`: those to trust, got by another way; none: the bundle's own.
    """
    with step(21, path.name):
        files = files_of(path)
        manifest = _manifest(files)
    with step(22, "keys.txt"):
        brought = read_keys(_needed(files, "keys.txt", 22))
    with step(22, "super/blind"):
        line = utf8_text(_needed(files, "super/blind", 22))
        blind = base64_bytes(line.removesuffix("\n"), 32)
    given = tuple(keys)
    trusted = given or brought
    anchors = Anchors(reader(files, "super/"), trusted, blind, max_step_back=max_step_back)
    records = Records(files)
    log = verify_log(
        reader(files, "log/"),
        trusted,
        manifest["origin"],
        tenant_id=manifest["tenant_id"],
        since=since,
        anchors=anchors,
        watch=records.watch,
        max_step_back=max_step_back,
    )
    records.end()
    _compare_manifest(manifest, log)
    absent = records.absent
    return BundleReport(
        log, manifest, tuple(key.encode() for key in trusted), not given, absent.erased, absent.withheld
    )


def _manifest(files: Files) -> dict[str, Any]:
    """Check 21."""
    there = files.names() - {MANIFEST}
    # It lists what is there, and nothing else makes it large: no more is parsed than an honest one has.
    data = _whole(files, MANIFEST, _MANIFEST_BYTES + sum(_LISTED_BYTES + 6 * len(name) for name in there))
    if data is None:
        raise Failed(21, MANIFEST, "the file is missing")
    said = read_canonical(data)
    if not isinstance(said, dict) or {name: type(each) for name, each in said.items()} != _MANIFEST_FIELDS:
        raise Failed(21, MANIFEST, "it does not have exactly the fields of a manifest")
    if said["version"] != 1:
        raise Failed(21, MANIFEST, "its version is unknown")
    listed = said["files"]
    assert isinstance(listed, dict)
    for name in sorted(there - listed.keys()):
        raise Failed(21, name, "the file is not in the manifest")
    for name in sorted(listed):
        file = files.open(name) if name in there else None
        if file is None:
            raise Failed(21, name, "the file is missing")
        with file:
            digest, size = file_hash(file)
        if spelled(listed[name]) != spelled({"sha256": digest, "size": size}):
            raise Failed(21, name, "the file is not the one that the manifest lists")
    return said


def _compare_manifest(manifest: Mapping[str, Any], log: LogReport) -> None:
    """Check 21: what the manifest says of the log."""
    if manifest["origin"] != log.origin or manifest["event_count"] != log.size:
        raise Failed(21, MANIFEST, "it tells of another log, or of another number of events")
    if spelled(manifest["checkpoint"]) != spelled({"root": log.root, "size": log.size}):
        raise Failed(21, MANIFEST, "it tells of another checkpoint")


class Records:
    """Reads events.ndjson beside the log: a line for each entry, in order. Checks 7, 23, 24 and 26."""

    def __init__(self, files: Files) -> None:
        file = files.open("events.ndjson")
        if file is None:
            raise Failed(23, "events.ndjson", "the file is missing")
        self._file, self.absent = file, Absent()

    def watch(self, index: int, said: dict[str, Any]) -> None:
        """Compare the next line with the entry at `index`; raises Failed."""
        where = f"line {index + 1} of events.ndjson ({said['id']})"
        line = self._file.readline(MAX_RECORD + 1)
        if not line.endswith(b"\n"):
            raise Failed(23, where, "the record is missing, too long, or its line has no end")
        with step(23, where):
            record = read_canonical(line[:-1])
            if not isinstance(record, dict) or record.keys() != {"erased_by", "event", "index", "openings"}:
                raise Rejected("the record is not an object of erased_by, event, index and openings")
            opened, claimed = read_openings(record["openings"]), read_claims(record["erased_by"])
        event = record["event"]
        if not isinstance(event, dict) or event.keys() != RECORD_FIELDS:
            raise Failed(23, where, "the record does not have exactly the fields of an event")
        if type(record["index"]) is not int or record["index"] != index:
            raise Failed(23, where, "the record has another index")
        for name in FACTS:
            if type(event[name]) is not type(said[name]) or event[name] != said[name]:
                raise Failed(23, where, f"{name} is not what the entry says")
        check_openings(said, opened.items(), where)
        _check_shown(event, opened, where)
        self.absent.take(index, said, opened, claimed, where)

    def end(self) -> None:
        """No record follows the last entry's, and every erasure that was named came; raises Failed."""
        with self._file as file:
            if file.read(1):
                raise Failed(23, "events.ndjson", "records follow the last entry's")
        self.absent.end()


def _check_shown(event: dict[str, Any], opened: dict[str, tuple[bytes, bytes]], where: str) -> None:
    """Check 24: each value is the one that was opened; of a part that is not shown, what an erasure leaves."""
    shown = {
        "actor": actor_value(event["actor"], event["actor_id"]),
        "client": client_value(event["ip_address"], event["user_agent"]),
        "metadata": event["metadata"],
    }
    for part, value in shown.items():
        proven = opened[part][1] if part in opened else LEFT[part]
        if spelled(value) != proven:
            says = "is not what its opening proves" if part in opened else "is shown without an opening that proves it"
            raise Failed(24, where, f"the part {part} {says}")
