"""Trust policies: which logs are known, and which witnesses must have cosigned (C2SP tlog-policy)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from expunct_server.tlog.cosignature import ED25519, ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE
from expunct_server.tlog.note import Opened, VerifierKey, parse_verifier_key
from expunct_server.tlog.strict import Rejected, decimal, utf8_text

MAX_POLICY = 1024 * 1024
"""Bytes in the largest policy that is read."""

NO_WITNESS = b"none"
"""The quorum that asks for no cosignature."""

_ALLOWED = re.compile(rb"[\t\n\x20-\x7e\x80-\xff]*")
_BLANK = re.compile(rb"[\t ]+")  # bytes.split() would split at other characters too


@dataclass(frozen=True)
class PolicyLog:
    """A known log: its key (Ed25519), whose name is the origin, and where it is, if the policy says so."""

    key: VerifierKey
    url: bytes | None = None


@dataclass(frozen=True)
class PolicyWitness:
    """A known witness: its name within the policy, its key (a cosignature kind), and where it is, if that is said."""

    name: bytes
    key: VerifierKey
    url: bytes | None = None


@dataclass(frozen=True)
class PolicyGroup:
    """`threshold` of the members, witnesses or groups defined before, 1 to all of them."""

    name: bytes
    threshold: int
    members: tuple[bytes, ...]


@dataclass(frozen=True)
class Policy:
    """A policy as `parse_policy` read it. `quorum` names a witness or group, or is `none`."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[PolicyWitness, ...]
    groups: tuple[PolicyGroup, ...]
    quorum: bytes

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """The keys of all logs and witnesses: open a note with these before asking whether it satisfies."""
        return (*(log.key for log in self.logs), *(witness.key for witness in self.witnesses))

    def satisfied(self, opened: Opened) -> bool:
        """Whether a listed log has signed (or none is listed) and the quorum has cosigned.

        `opened`: a checkpoint's note, opened with `keys` among others. A listed log counts for its own origin alone.
        """
        signed = {key for key, _ in opened.by}
        origin = opened.text.partition("\n")[0]
        if self.logs and not any(log.key in signed and log.key.name == origin for log in self.logs):
            return False
        witnessed = {each.name: each.key in signed for each in self.witnesses}
        witnessed[NO_WITNESS] = True
        for group in self.groups:  # members stand before their group, so each is decided by now
            witnessed[group.name] = sum(witnessed[member] for member in group.members) >= group.threshold
        return witnessed[self.quorum]


def parse_policy(data: bytes) -> Policy:
    """The policy that `data` spells; raises Rejected. Names and addresses are opaque bytes, as the format has it."""
    if len(data) > MAX_POLICY:
        raise Rejected("the policy is too large")
    if not _ALLOWED.fullmatch(data):
        raise Rejected("the policy holds a control character")
    if not data.endswith(b"\n"):
        raise Rejected("the last line does not end in a newline")
    reader = _PolicyReader()
    for line in data[:-1].split(b"\n"):
        items = _BLANK.split(line.strip(b"\t "))
        if items[0] and not items[0].startswith(b"#"):
            reader.take(items[0], items[1:])
    return reader.policy()


class _PolicyReader:
    """Takes the lines of a policy one after another and keeps what they define."""

    def __init__(self) -> None:
        self._logs: list[PolicyLog] = []
        self._witnesses: dict[bytes, PolicyWitness] = {}
        self._groups: dict[bytes, PolicyGroup] = {}
        self._members: set[bytes] = set()
        self._quorum: bytes | None = None

    def take(self, keyword: bytes, items: list[bytes]) -> None:
        """Read one line: its first item and the others; raises Rejected."""
        readers = {b"log": self._log, b"witness": self._witness, b"group": self._group, b"quorum": self._set_quorum}
        reader = readers.get(keyword)
        if reader is None:
            raise Rejected("a line of the policy starts with an unknown word")
        reader(items)

    def policy(self) -> Policy:
        """What the lines have defined; raises Rejected where the quorum is missing."""
        if self._quorum is None:
            raise Rejected("the policy has no quorum")
        return Policy(tuple(self._logs), tuple(self._witnesses.values()), tuple(self._groups.values()), self._quorum)

    def _log(self, items: list[bytes]) -> None:
        _check_count(items, 1, 2)
        key = _policy_key(items[0], {ED25519})
        if any(key.public == log.key.public for log in self._logs):
            raise Rejected("two logs of the policy have one public key")
        self._logs.append(PolicyLog(key, *items[1:]))

    def _witness(self, items: list[bytes]) -> None:
        _check_count(items, 2, 3)
        key = _policy_key(items[1], {ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE})
        if any(key.public == witness.key.public for witness in self._witnesses.values()):
            raise Rejected("two witnesses of the policy have one public key")
        self._witnesses[self._new_name(items[0])] = PolicyWitness(items[0], key, *items[2:])

    def _group(self, items: list[bytes]) -> None:
        _check_count(items, 3, None)
        name, count, members = self._new_name(items[0]), items[1], tuple(items[2:])
        for member in members:
            if not self._is_defined(member):
                raise Rejected("a group of the policy has a member that is not defined before it")
            if member in self._members:  # of this group or of another: each may stand in one place only
                raise Rejected("a name of the policy is a group's member twice")
            self._members.add(member)
        self._groups[name] = PolicyGroup(name, _threshold(count, len(members)), members)

    def _set_quorum(self, items: list[bytes]) -> None:
        _check_count(items, 1, 1)
        if self._quorum is not None:
            raise Rejected("the policy has two quorums")
        if items[0] != NO_WITNESS and not self._is_defined(items[0]):
            raise Rejected("the quorum of the policy is not defined before it")
        self._quorum = items[0]

    def _is_defined(self, name: bytes) -> bool:
        return name in self._witnesses or name in self._groups

    def _new_name(self, name: bytes) -> bytes:
        if name == NO_WITNESS or self._is_defined(name):
            raise Rejected("a name of the policy is defined twice")
        return name


def _threshold(count: bytes, members: int) -> int:
    words: Mapping[bytes, int] = {b"any": 1, b"all": members}
    threshold = words[count] if count in words else decimal(count.decode("latin-1"))
    if not 1 <= threshold <= members:
        raise Rejected("a group of the policy asks for none of its members, or for more than it has")
    return threshold


def _policy_key(item: bytes, kinds: set[int]) -> VerifierKey:
    key = parse_verifier_key(utf8_text(item))
    if key.kind not in kinds:
        raise Rejected("a key of the policy is not of a kind for its use")
    return key


def _check_count(items: list[bytes], least: int, most: int | None) -> None:
    if len(items) < least or (most is not None and len(items) > most):
        raise Rejected("a line of the policy has too few or too many items")
