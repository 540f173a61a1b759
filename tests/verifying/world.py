"""Logs made without a database, to be verified and broken."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from expunct_server.audit import openings
from expunct_server.audit.codec import Json, canonical
from expunct_server.audit.entry import PARTS, actor_value, client_value, commitment, entry, part_salts
from expunct_server.publishing.anchors import blinded
from expunct_server.publishing.tail import Tail
from expunct_server.tlog.checkpoint import Checkpoint
from expunct_server.tlog.merkle import inclusion_proof
from expunct_server.tlog.proof import Proof
from expunct_server.tlog.signer import Ed25519Signer, Signer, sign_note
from expunct_server.tlog.strict import base64_text
from expunct_server.tlog.tiles import TileReader
from expunct_server.verifying.verify import Anchors, LogReport, verify_log

HOST = "log.example"
ORIGIN = f"{HOST}/acme"
LOG = Ed25519Signer(ORIGIN, b"\x01" * 32)
SUPER = Ed25519Signer(HOST, b"\x01" * 32)
BLIND = b"\x09" * 32
INPUT, OUTPUT = b"a letter", b"a redacted letter"
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"


def event_id(number: int) -> str:
    text = ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        text = _DIGITS[digit] + text
    return f"evt_{text}"


def facts(number: int, **more: Any) -> dict[str, Any]:
    minutes, micros = divmod(number, 1_000_000)
    return {
        "created_at": f"2026-01-01T00:{minutes:02}:00.{micros:06}Z",
        "event_type": "job.completed",
        "id": event_id(number),
        "is_truncated": False,
        "outcome": "success",
        "request_id": None,
        "resource_id": f"job_{number}",
        "resource_type": "job",
        "schema_version": 1,
        "tenant_id": "acme",
    } | more


def parts(number: int) -> dict[str, tuple[bytes, bytes]]:
    """Salt and value of each part."""
    salts = part_salts(hashlib.sha256(b"%d" % number).digest()[:16])
    values: dict[str, Json] = {
        "actor": actor_value("pk_live_...abcd", "key_1"),
        "client": client_value("192.0.2.7", None),
        "metadata": {
            "input_sha256": hashlib.sha256(INPUT).hexdigest(),
            "output_sha256": hashlib.sha256(OUTPUT).hexdigest(),
        },
    }
    return {part: (salts[part], canonical(values[part])) for part in PARTS}


def leaf(number: int, **more: Any) -> bytes:
    return entry(facts(number, **more), {part: commitment(*each) for part, each in parts(number).items()})


def signed(origin: str, tail: Tail, signers: Sequence[Signer]) -> bytes:
    return sign_note(Checkpoint(origin, tail.size, tail.root()).encode(), signers)


def files_of(entries: Sequence[bytes], origin: str = ORIGIN, signers: Sequence[Signer] = (LOG,)) -> dict[str, bytes]:
    """The files of a log by path."""
    tail = Tail()
    files = {tile.path(): data for tile, data in tail.extend(entries)}
    files |= {tile.path(): data for tile, data in tail.partials()}
    return files | {"checkpoint": signed(origin, tail, signers)}


def root_of(entries: Sequence[bytes]) -> bytes:
    tail = Tail()
    for _ in tail.extend(entries):
        pass
    return tail.root()


def anchor(entries: Sequence[bytes], time: str = "2026-01-02T00:00:00.000000Z", **more: Any) -> bytes:
    """What the log of logs says of a log with these entries."""
    said = {"log": blinded(BLIND, ORIGIN), "root": base64_text(root_of(entries)), "size": len(entries), "time": time}
    return canonical(said | more)


@dataclass
class World:
    """A log and the log of logs as files in memory."""

    entries: list[bytes]
    anchored: list[bytes] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    above: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.files = files_of(self.entries)
        self.above = files_of(self.anchored, HOST, (SUPER,))

    def verify(self, **options: Any) -> LogReport:
        anchors = Anchors(self.above.get, [LOG.verifier_key], BLIND) if self.anchored else None
        return verify_log(self.files.get, [LOG.verifier_key], ORIGIN, anchors=anchors, **options)


def world(size: int, anchored: Sequence[int] = (), change: Callable[[list[bytes]], None] = lambda _: None) -> World:
    entries = [leaf(number) for number in range(size)]
    anchors = [anchor(entries[:at]) for at in anchored]
    change(entries)
    return World(entries, anchors)


def receipt(number: int = 6, size: int = 11, shown: Sequence[str] = ("metadata",), **more: Any) -> bytes:
    """A receipt of one entry of a log."""
    entries = [leaf(each) for each in range(size)]
    entries[number] = leaf(number, **more)
    return receipt_of(entries, number, {part: parts(number)[part] for part in shown})


def receipt_of(
    entries: Sequence[bytes], number: int, shown: openings.Openings, signers: Sequence[Signer] = (LOG,)
) -> bytes:
    files = files_of(entries, signers=signers)
    reader = TileReader(lambda tile: files[tile.path()], len(entries))
    hashes = inclusion_proof(number, len(entries), reader.node)
    return Proof(number, tuple(hashes), files["checkpoint"], openings.encode(entries[number], shown)).encode()
