"""Verifies receipts and whole logs, trusting nothing but keys: the verifier that a stranger runs.

The list of checks is `checks.CHECKS`; each function here says which of them it makes. A log is read once, in constant
memory: bundle by bundle its entries are checked and hashed, every tile is recomputed and compared, and on the way the
root is compared wherever someone claims to know it: the checkpoint, a checkpoint that was kept, the log of logs.
"""

import hashlib
import heapq
import hmac
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO, Any, NamedTuple

from expunct_server.audit.codec import Json
from expunct_server.audit.openings import parse, read_canonical
from expunct_server.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from expunct_server.tlog.cosignature import ED25519
from expunct_server.tlog.merkle import Frontier, leaf_hash, node_hash, verify_inclusion
from expunct_server.tlog.note import Opened, VerifierKey, parse_note
from expunct_server.tlog.policy import Policy
from expunct_server.tlog.proof import parse_proof
from expunct_server.tlog.strict import HASH_SIZE, Rejected, base64_bytes, base64_text
from expunct_server.tlog.tiles import TILE_WIDTH, Tile, decode_bundle, encode_bundle
from expunct_server.verifying.checks import (
    Failed,
    check_openings,
    check_tenant,
    read_anchor,
    read_entry,
    seconds_between,
    step,
    tenant_of,
)

Read = Callable[[str], bytes | None]
"""Gives the bytes of a log's file by its path below the log; None where there is none."""

Watch = Callable[[int, dict[str, Any]], None]
"""Is told each entry's index and fields, in order."""

MAX_STEP_BACK_SECONDS = 3600.0
"""By how much `created_at` may step back behind what stands before it: a transaction's length, or a clock put right."""


# --- receipts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Receipt:
    """What a verified receipt says. `opened`: the value of each part that is shown."""

    origin: str
    index: int
    size: int
    entry: dict[str, Any]
    opened: dict[str, Json]
    by: tuple[tuple[VerifierKey, int | None], ...]


def verify_receipt(
    data: bytes, keys: Iterable[VerifierKey], *, policy: Policy | None = None, origin: str | None = None
) -> Receipt:
    """Checks 1 to 8 of a receipt, or of any proof with our extra data; raises Failed.

    `origin`: the log that it must be of; None: whichever log one of `keys` (or of the policy's) has signed.
    """
    with step(1):
        proof = parse_proof(data)
        if proof.extra is None:
            raise Rejected("the proof holds no extra data")
    trusted = (*keys, *policy.keys) if policy else tuple(keys)
    checkpoint, opened = _opened(proof.checkpoint, trusted, origin, "the checkpoint in the proof")
    if policy and not policy.satisfied(opened):
        raise Failed(4, "the checkpoint in the proof", "its signatures do not satisfy the policy")
    with step(5, "the extra data"):
        entry, shown = parse(proof.extra)
    where = f"index {proof.index}"
    with step(3, where):
        verify_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    said = read_entry(entry, where)
    check_openings(said, shown.items(), f"{where} ({said['id']})")
    check_tenant(said, tenant_of(checkpoint.origin), f"{where} ({said['id']})")
    values = {part: read_canonical(value) for part, (_, value) in shown.items()}
    return Receipt(checkpoint.origin, proof.index, checkpoint.size, said, values, opened.by)


def check_document(receipt: Receipt, role: str, file: IO[bytes]) -> None:
    """Check 9: `file` is the document whose hash the receipt states; `role` is input or output. Raises Failed."""
    if (receipt.entry["event_type"], receipt.entry["outcome"]) != ("job.completed", "success"):
        raise Failed(9, receipt.entry["id"], "this is the proof of another event than a job's completion")
    metadata = receipt.opened.get("metadata")
    stated = metadata.get(f"{role}_sha256") if isinstance(metadata, dict) else None
    if not isinstance(stated, str):
        raise Failed(9, receipt.entry["id"], f"the receipt shows no hash of an {role} file")
    if file_hash(file)[0] != stated:
        raise Failed(9, receipt.entry["id"], f"this is not the {role} file of the receipt")


def file_hash(file: IO[bytes]) -> tuple[str, int]:
    """SHA-256 in hexadecimal, and the number of bytes, of what is left to read."""
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(1 << 16):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _opened(note: bytes, keys: Iterable[VerifierKey], origin: str | None, where: str) -> tuple[Checkpoint, Opened]:
    """Check 2: the signed checkpoint; without an origin the one it claims, for which a key must be known."""
    with step(2, where):
        claimed = parse_checkpoint(parse_note(note).text).origin if origin is None else origin
        return open_checkpoint(note, keys, claimed)


# --- trees ----------------------------------------------------------------------------------------------------------


class Wanted(NamedTuple):
    """The root that the tree must have at a size, the check that says so, and where it is claimed."""

    size: int
    root: bytes
    number: int
    where: str


class Tree:
    """Recomputes a log's tree from its entries and compares every tile and every root that is wanted."""

    def __init__(self, read: Read, checkpoint: Checkpoint, wanted: Iterator[Wanted], name: str = "") -> None:
        """`wanted`: by rising size. `name`: how to call the log's files in a failure."""
        self._read, self._size, self._name = read, checkpoint.size, name
        signed = Wanted(checkpoint.size, checkpoint.root, 13, "checkpoint")
        self._wanted = heapq.merge(iter((signed,)), wanted, key=lambda each: each.size)
        self._levels: list[list[bytes]] = []
        self._frontier = Frontier()

    def bundles(self) -> Iterator[tuple[int, list[bytes]]]:
        """The entries of each bundle and the index of the first; checks 10 to 13 hold once this is exhausted."""
        following = next(self._wanted, None)
        for start in range(0, self._size, TILE_WIDTH):
            number, width = start // TILE_WIDTH, min(TILE_WIDTH, self._size - start)
            bundle = Tile(None, number, width)
            with step(10, self._name + bundle.path()):
                entries = decode_bundle(self._tile(bundle), width)
            leaves = list(map(leaf_hash, entries))
            self._compare(Tile(0, number, width), leaves)
            yield start, entries
            if width == TILE_WIDTH:
                self._carry(0, leaves, start + width)
            if start + width == self._size:
                self._compare_partial()
            following = self._extend(leaves, following)
        following = self._extend([], following)
        if following is not None:
            says = f"it tells of {following.size} entries, but the log has {self._size}: its end is missing"
            raise Failed(20 if following.number == 18 else following.number, following.where, says)

    def again(self) -> Iterator[tuple[int, bytes]]:
        """Every entry once more, with its index, without any check of the tree."""
        for start in range(0, self._size, TILE_WIDTH):
            width = min(TILE_WIDTH, self._size - start)
            yield from enumerate(decode_bundle(self._tile(Tile(None, start // TILE_WIDTH, width)), width), start)

    def _extend(self, leaves: Sequence[bytes], following: Wanted | None) -> Wanted | None:
        done, end = 0, self._frontier.size + len(leaves)
        while following is not None and following.size <= end:
            upto = done + max(0, following.size - self._frontier.size)
            self._frontier.extend(leaves[done:upto])
            done = upto
            if self._frontier.size != following.size or self._frontier.root() != following.root:
                says = f"the first {following.size} entries of the log give another root"
                raise Failed(following.number, following.where, says)
            following = next(self._wanted, None)
        self._frontier.extend(leaves[done:])
        return following

    def _compare_partial(self) -> None:
        for level, hashes in enumerate(self._levels, 1):
            if hashes:
                self._compare(Tile(level, self._size >> (8 * (level + 1)), len(hashes)), hashes)

    def _carry(self, level: int, hashes: list[bytes], size: int) -> None:
        """A full tile's root goes into the level above; `size`: how many entries there are up to its end."""
        while len(hashes) > 1:
            hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
        if level == len(self._levels):
            self._levels.append([])
        above = self._levels[level]
        above.append(hashes[0])
        if len(above) == TILE_WIDTH:
            number = (size >> (8 * (level + 2))) - 1
            self._compare(Tile(level + 1, number), above)
            self._levels[level] = []
            self._carry(level + 1, above, size)

    def _compare(self, tile: Tile, hashes: list[bytes]) -> None:
        data, where = self._tile(tile), self._name + tile.path()
        if len(data) != tile.width * HASH_SIZE:
            raise Failed(10, where, f"the file has {len(data)} bytes instead of {tile.width * HASH_SIZE}")
        if data == b"".join(hashes):
            return
        place = next(at for at, each in enumerate(hashes) if data[at * HASH_SIZE : (at + 1) * HASH_SIZE] != each)
        index = tile.number * TILE_WIDTH + place
        if tile.level == 0:
            raise Failed(11, where, f"the hash of entry {index} is not that of the entry in the bundle")
        raise Failed(12, where, f"hash {place} of the tile is not the root of tile {index} of the level below")

    def _tile(self, tile: Tile) -> bytes:
        """A tile's bytes; a partial one is cut from the full one where only that is there."""
        data = self._read(tile.path())
        if data is None and tile.width < TILE_WIDTH:
            full = self._read(Tile(tile.level, tile.number).path())
            if full is not None and tile.level is not None:
                data = full[: tile.width * HASH_SIZE]
            elif full is not None:
                data = encode_bundle(decode_bundle(full, TILE_WIDTH)[: tile.width])
        if data is None:
            raise Failed(10, self._name + tile.path(), "the file is missing")
        return data


def _no_roots() -> Iterator[Wanted]:
    return iter(())


# --- a tenant's log -------------------------------------------------------------------------------------------------


@dataclass
class LogReport:
    """What a verified log is. Times as the entries have them; None where there is no entry."""

    origin: str
    tenant_id: str
    size: int
    root: str
    signed_by: list[str] = field(default_factory=list)
    first_created_at: str | None = None
    latest_created_at: str | None = None
    largest_step_back_seconds: float = 0.0
    largest_step_back_index: int | None = None
    extends_size: int | None = None
    anchors: dict[str, Any] | None = None


def verify_log(
    read: Read,
    keys: Iterable[VerifierKey],
    origin: str | None,
    *,
    tenant_id: str | None = None,
    since: bytes | None = None,
    anchors: "Anchors | None" = None,
    watch: Watch | None = None,
    max_step_back: float = MAX_STEP_BACK_SECONDS,
) -> LogReport:
    """Checks 2, 6, 8 and 10 to 15 of a published log, 16 with `since`, 17 to 20 and 25 with `anchors`; raises Failed.

    `origin`: the log that it must be, None: whichever log `keys` have signed. `tenant_id`: whose entries must stand
    in it, None: the tenant that its origin names. `since`: the note of a checkpoint that was kept.
    """
    trusted = tuple(keys)
    note = read("checkpoint")
    if note is None:
        raise Failed(2, "checkpoint", "the file is missing")
    checkpoint, opened = _opened(note, trusted, origin, "checkpoint")
    named = tenant_of(checkpoint.origin)
    if tenant_id not in (None, named):
        raise Failed(8, "checkpoint", "the log is that of another tenant")
    report = LogReport(checkpoint.origin, named, checkpoint.size, base64_text(checkpoint.root))
    report.signed_by = [signed_by(key, time) for key, time in opened.by]
    wanted = []
    if since is not None:
        kept = kept_checkpoint(since, trusted, checkpoint)
        report.extends_size = kept.size
        wanted.append(kept)
    roots = heapq.merge(iter(wanted), anchors.wanted(checkpoint.origin) if anchors else _no_roots(), key=_size)
    _read_entries(Tree(read, checkpoint, roots), report, watch, max_step_back)
    report.anchors = anchors.report() if anchors else None
    return report


def kept_checkpoint(since: bytes, keys: Iterable[VerifierKey], now: Checkpoint) -> Wanted:
    """Check 16, before the log is read: a kept checkpoint is of this log, and not larger than it; raises Failed."""
    where = "the checkpoint that was kept"
    old, _ = _opened(since, keys, now.origin, where)
    if old.size > now.size:
        raise Failed(16, where, f"it was of {old.size} entries, but the log has {now.size} now: entries were removed")
    return Wanted(old.size, old.root, 16, where)


def signed_by(key: VerifierKey, time: int | None) -> str:
    """A signature as reports show it: name and id of the key, and when a witness says it has cosigned."""
    when = "" if time is None else f" (cosigned at {time})"
    return f"{key.name}+{key.key_id.hex()}{when}"


def _size(wanted: Wanted) -> int:
    return wanted.size


def _read_entries(tree: Tree, report: LogReport, watch: Watch | None, max_step_back: float) -> None:
    """Checks 6, 8, 14 and 15 of every entry while `tree` makes its own."""
    seen, latest, tenant_id = SeenIds(), "", report.tenant_id
    for start, entries in tree.bundles():
        for index, data in enumerate(entries, start):
            said = read_entry(data, f"entry {index}")
            if said["tenant_id"] != tenant_id:
                check_tenant(said, tenant_id, f"entry {index} ({said['id']})")
            seen.add(said["id"])
            created_at = said["created_at"]
            if created_at >= latest:  # text order is time order
                latest = created_at
            else:
                _stepped_back(report, said, index, seconds_between(created_at, latest), max_step_back)
            if watch is not None:
                watch(index, said)
            if index == 0:
                report.first_created_at = created_at
    report.latest_created_at = latest or None
    suspects = seen.repeated()
    if suspects:
        _name_repeated(tree, seen, suspects)


def _stepped_back(report: LogReport, said: dict[str, Any], index: int, seconds: float, most: float) -> None:
    """Check 15."""
    if seconds > most:
        says = (
            f"created_at steps back by {seconds:.6f} seconds, more than {most:g}. If a clock was put back then, allow "
            "it with --max-step-back"
        )
        raise Failed(15, f"entry {index} ({said['id']})", says)
    if seconds > report.largest_step_back_seconds:
        report.largest_step_back_seconds, report.largest_step_back_index = seconds, index


class SeenIds:
    """Which event ids there were: 8 bytes for each, keyed by chance so that nobody can make two meet."""

    def __init__(self) -> None:
        self._key = os.urandom(16)
        self._buckets = [array("Q") for _ in range(256)]

    def add(self, event_id: str) -> None:
        """Remember an id."""
        mark = self.mark(event_id)
        self._buckets[mark & 255].append(mark)

    def mark(self, event_id: str) -> int:
        """The number that stands for an id here."""
        return int.from_bytes(hashlib.blake2b(event_id.encode(), digest_size=8, key=self._key).digest())

    def repeated(self) -> set[int]:
        """Numbers that came more than once: of one id twice or, most rarely, of two."""
        found: set[int] = set()
        for bucket in self._buckets:
            if len(set(bucket)) != len(bucket):
                ordered = sorted(bucket)
                found.update(one for one, other in pairwise(ordered) if one == other)
        return found


def _name_repeated(tree: Tree, seen: SeenIds, suspects: set[int]) -> None:
    """Check 14, by a second look at the entries that may be the same event."""
    first: dict[str, int] = {}
    for index, data in tree.again():
        event_id = read_entry(data)["id"]
        if seen.mark(event_id) not in suspects:
            continue
        if event_id in first:
            raise Failed(14, f"entry {index} ({event_id})", f"the same event stands at entry {first[event_id]}")
        first[event_id] = index


# --- the log of logs ------------------------------------------------------------------------------------------------


class Anchors:
    """What the log of logs says of one tenant's log."""

    def __init__(
        self, read: Read, keys: Iterable[VerifierKey], blind: bytes, *, max_step_back: float = MAX_STEP_BACK_SECONDS
    ) -> None:
        """`blind`: the 32 bytes that hide the tenant's name there, which the tenant has."""
        self._read, self._keys, self._blind, self._most = read, tuple(keys), blind, max_step_back
        self._count, self._size, self._total = 0, 0, 0
        self._first: str | None = None
        self._last: str | None = None
        self._longest = 0.0

    def wanted(self, origin: str) -> Iterator[Wanted]:
        """The roots that the log of logs gives the log `origin`, one at least.

        Checks 2, 10 to 13, 17 and 19 of it on the way, and 25 at its end.
        """
        host = origin.rpartition("/")[0]
        note = self._read("checkpoint")
        if note is None:
            raise Failed(2, "super/checkpoint", "the file is missing")
        checkpoint, _ = _opened(note, super_keys(self._keys, host), host, "super/checkpoint")
        name = base64_text(hmac.digest(self._blind, origin.encode(), "sha256"))
        self._total = checkpoint.size
        for start, entries in Tree(self._read, checkpoint, _no_roots(), "super/").bundles():
            for index, data in enumerate(entries, start):
                where = f"entry {index} of the log of logs"
                said = read_anchor(data, where)
                if hmac.compare_digest(said["log"], name):
                    self._take(said, where)
                    yield Wanted(said["size"], base64_bytes(said["root"]), 18, where)
        if not self._count:
            raise Failed(
                25, "the log of logs", "no entry tells of this log: the blind is not its own, or it was left out"
            )

    def _take(self, said: dict[str, Any], where: str) -> None:
        """Check 19."""
        if said["size"] < self._size:
            raise Failed(19, where, f"the log shrank from {self._size} to {said['size']} entries")
        passed = 0.0 if self._last is None else seconds_between(self._last, said["time"])
        if -passed > self._most:
            raise Failed(19, where, f"time steps back by {-passed:.6f} seconds, more than {self._most:g}")
        self._count, self._size = self._count + 1, said["size"]
        self._first, self._last = self._first or said["time"], said["time"]
        self._longest = max(self._longest, passed)

    def report(self) -> dict[str, Any]:
        """How often and when the log of logs tells of this log, and the longest time in which it does not."""
        return {
            "entries_of_the_log_of_logs": self._total,
            "entries_about_this_log": self._count,
            "first_at": self._first,
            "last_at": self._last,
            "last_size": self._size,
            "longest_gap_seconds": self._longest,
        }


def super_keys(keys: Iterable[VerifierKey], host: str) -> tuple[VerifierKey, ...]:
    """The keys of the log of logs: those of its name or, as a deployment signs all its logs with one key, that key.

    That key is one of a log of this very host: neither that of another deployment's log nor a witness's.
    """
    known = tuple(key for key in keys if key.kind == ED25519)
    own = tuple(key for key in known if key.name == host)
    return own or tuple(
        VerifierKey(host, ED25519, each.public) for each in known if each.name.rpartition("/")[0] == host
    )
