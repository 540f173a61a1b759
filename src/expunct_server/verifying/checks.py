"""The numbered checks of the verifier, and reading one entry.

Each check has a number, a sentence and a source. What fails says the number, the file, index or event, and what is
wrong. Pure: standard library, `cryptography` and the formats alone, so that the verifier in a bundle is this very code.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final, NamedTuple

from expunct_server.audit.codec import MAX_INTEGER, NotCanonical, spelled
from expunct_server.audit.entry import FIELDS, PARTS, commitment
from expunct_server.tlog.note import VerifierKey, parse_verifier_key
from expunct_server.tlog.strict import Rejected, base64_bytes, split_lines, utf8_text


class Check(NamedTuple):
    """What must hold, and who says so."""

    says: str
    source: str


CHECKS: Final = {
    # Any proof, and the receipts made from them.
    1: Check("The proof is well-formed to the last line.", "C2SP tlog-proof"),
    2: Check("A known key of this log has signed the checkpoint.", "C2SP signed-note, tlog-checkpoint"),
    3: Check("The inclusion proof leads from the entry to the signed root.", "RFC 9162 section 2.1.3.2"),
    4: Check("The checkpoint satisfies the policy: the quorum of witnesses has cosigned it.", "C2SP tlog-policy"),
    5: Check("The extra data is the entry with openings, in their one form.", "audit.openings"),
    6: Check("The entry is canonical JSON with exactly the fields of an entry.", "RFC 8785, audit.entry"),
    7: Check("A shown part and its salt give the commitment in the entry.", "HMAC-SHA-256, RFC 2104, audit.entry"),
    8: Check("The entry's tenant is the one that the log's origin names.", "audit.entry"),
    9: Check("The file has the SHA-256 that the receipt states.", "FIPS 180-4, audit.catalog"),
    # A whole log.
    10: Check("Every tile and entry bundle is there, with the length that the size asks for.", "C2SP tlog-tiles"),
    11: Check("Each tile of level 0 holds the hashes of the entries.", "RFC 6962 section 2.1"),
    12: Check("Each higher tile holds the roots of the tiles below it.", "C2SP tlog-tiles"),
    13: Check("All entries together give the signed root.", "RFC 6962 section 2.1"),
    14: Check("No event stands in the log twice.", "audit.entry"),
    15: Check("created_at never steps back further than is allowed.", "publishing.sequencer"),
    16: Check("The log begins with the tree of the checkpoint that was kept.", "RFC 6962 section 2.1.2"),
    # The log of logs.
    17: Check("Each entry of the log of logs is canonical JSON with exactly its fields.", "publishing.anchors"),
    18: Check("What the log of logs says of this log is what this log is.", "publishing.anchors"),
    19: Check("In the log of logs this log never shrinks and time never steps back.", "publishing.anchors"),
    20: Check("The log of logs knows no larger tree of this log than its checkpoint.", "publishing.anchors"),
    # An auditor's bundle.
    21: Check("The bundle holds the files of its manifest, byte for byte, and no others.", "verifying.bundle"),
    22: Check("The bundle's keys and blind are well-formed.", "C2SP signed-note, verifying.bundle"),
    23: Check("Each record of events.ndjson says what its entry says.", "verifying.bundle"),
    24: Check("Each record shows what its openings prove, and nothing that they do not.", "verifying.bundle"),
    25: Check("The log of logs tells of this log.", "publishing.anchors"),
    26: Check("What a record calls erased an erasure in this log took, after the entry.", "verifying.absent"),
}


def printable(text: str) -> str:
    """`text` on one line, with escapes in the place of all that a terminal would not just print.

    What is verified was written by strangers: a line break could pass for a verdict, an escape could hide one.
    """
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


class Failed(Rejected):
    """A check that failed: its `number`, `where` (a file, an index, an event) and what is wrong. Repeats no value."""

    def __init__(self, number: int, where: str, says: str) -> None:
        check, where, says = CHECKS[number], printable(where), printable(says)
        place = f" at {where}" if where else ""
        super().__init__(f"check {number} failed{place}: {says}. Wanted: {check.says} [{check.source}]")
        self.number, self.where, self.says = number, where, says


@contextmanager
def step(number: int, where: str = "") -> Iterator[None]:
    """What is rejected within is this check's failure."""
    try:
        yield
    except Failed:
        raise
    except (Rejected, NotCanonical) as error:
        raise Failed(number, where, str(error)) from None


_COMMITMENT = re.compile(r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=")  # the one spelling of 32 bytes in base64
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_EVENT_ID = re.compile(r"evt_[0-9a-hjkmnp-tv-z]{26}")
_TEXTS = ("event_type", "resource_id", "resource_type", "tenant_id")
_OUTCOMES = frozenset({"success", "failure", "denied"})


def read_entry(data: bytes, where: str = "") -> dict[str, Any]:
    """Check 6: the fields of an entry; raises Failed.

    Every field is flat, so encoding again and comparing settles the spelling: order, white space, escapes, repeats.
    """
    said = _flat(data)
    if said is None:
        raise Failed(6, where, "the entry is not a canonical JSON object")
    if said.keys() != FIELDS:
        raise Failed(6, where, "the entry does not have exactly the fields of an entry")
    for name in _TEXTS:
        if type(said[name]) is not str or not said[name]:
            raise Failed(6, where, f"{name} is not a text")
    for part in PARTS:
        if type(said[part]) is not str or _COMMITMENT.fullmatch(said[part]) is None:
            raise Failed(6, where, f"the commitment {part} is not 32 bytes in base64")
    if type(said["id"]) is not str or _EVENT_ID.fullmatch(said["id"]) is None:
        raise Failed(6, where, "id is not that of an event")
    if not is_moment(said["created_at"]):
        raise Failed(6, where, "created_at is not a UTC time with six fractional digits")
    wrong = _wrong_rest(said)
    if wrong:
        raise Failed(6, where, wrong)
    return said


def _wrong_rest(said: dict[str, Any]) -> str | None:
    if type(said["is_truncated"]) is not bool:
        return "is_truncated is neither true nor false"
    if type(said["schema_version"]) is not int or not 1 <= said["schema_version"] <= MAX_INTEGER:
        return "schema_version is not a positive integer"
    if type(said["outcome"]) is not str or said["outcome"] not in _OUTCOMES:
        return "outcome is none of success, failure and denied"
    if said["request_id"] is not None and type(said["request_id"]) is not str:
        return "request_id is neither a text nor null"
    return None


def read_anchor(data: bytes, where: str) -> dict[str, Any]:
    """Check 17: the fields of an entry of the log of logs; raises Failed."""
    said = _flat(data)
    if said is None or said.keys() != {"log", "root", "size", "time"}:
        raise Failed(17, where, "the entry is not a canonical JSON object of log, root, size and time")
    for name in ("log", "root"):
        if type(said[name]) is not str or _COMMITMENT.fullmatch(said[name]) is None:
            raise Failed(17, where, f"{name} is not 32 bytes in base64")
    if type(said["size"]) is not int or not 0 < said["size"] <= MAX_INTEGER:
        raise Failed(17, where, "size is not a positive integer")
    if not is_moment(said["time"]):
        raise Failed(17, where, "time is not a UTC time with six fractional digits")
    return said


def _flat(data: bytes) -> dict[str, Any] | None:
    """The object that canonical JSON spells; None for anything else. Much faster than `read_canonical`."""
    try:
        said = json.loads(data.decode())
        if type(said) is dict and spelled(said) == data:
            return said
    except (ValueError, RecursionError):
        pass
    return None


def is_moment(text: Any) -> bool:
    """Whether `text` is a time as events have it: UTC, six fractional digits."""
    if type(text) is not str or _MOMENT.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:  # such as the thirtieth of February
        return False
    return True


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one such time to another."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def check_openings(said: dict[str, Any], opened: Iterable[tuple[str, tuple[bytes, bytes]]], where: str) -> None:
    """Check 7; raises Failed."""
    for part, (salt, value) in opened:
        if commitment(salt, value) != base64_bytes(said[part]):
            raise Failed(7, where, f"the part {part} that is shown is not the one that the entry commits to")


def check_tenant(said: dict[str, Any], tenant_id: str, where: str) -> None:
    """Check 8; raises Failed."""
    if said["tenant_id"] != tenant_id:
        raise Failed(8, where, "the entry belongs to another tenant than this log")


def tenant_of(origin: str) -> str:
    """The tenant that an origin names: what stands behind its last slash; raises Failed."""
    host, slash, tenant_id = origin.rpartition("/")
    if not (host and slash and tenant_id):
        raise Failed(8, origin, "the origin names no tenant")
    return tenant_id


def read_keys(data: bytes) -> tuple[VerifierKey, ...]:
    """Verifier keys, one a line, one at least; raises Rejected."""
    return tuple(parse_verifier_key(line) for line in split_lines(utf8_text(data)))
