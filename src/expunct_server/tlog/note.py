"""Signed notes and the keys that verify them (C2SP signed-note).

A note is a text, an empty line, and signature lines. Whoever reads one ignores the signatures of keys unknown to him
and wants every signature of a known key to verify.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from expunct_server.tlog.cosignature import (
    MAX_COSIGNED_NAME,
    ML_DSA_44_COSIGNATURE,
    check_public_key,
    verify_signature,
)
from expunct_server.tlog.strict import (
    Rejected,
    base64_bytes,
    base64_text,
    check_text,
    split_lines,
    utf8_bytes,
    utf8_text,
)

MAX_NOTE = 1024 * 1024
"""Bytes in the largest note that is read."""

MAX_SIGNATURES = 100
"""Signature lines under one note."""

_KEY_ID_SIZE = 4
_LINE_START = "\u2014 "  # em dash and space


def check_key_name(name: str) -> None:
    """Raise Rejected unless `name` may name a key: not empty, no Unicode space, no plus, no control character."""
    check_text(name)
    if not name or "+" in name or any(each.isspace() for each in name):
        raise Rejected("the name of the key is empty or holds a space or a plus")


@dataclass(frozen=True)
class VerifierKey:
    """A public key with its name and its kind (0x01, 0x04 or 0x06); raises Rejected for what cannot be one."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        check_public_key(self.kind, self.public)
        if self.kind == ML_DSA_44_COSIGNATURE and len(utf8_bytes(self.name)) > MAX_COSIGNED_NAME:
            raise Rejected("the name of the key does not fit a cosignature")

    @cached_property
    def key_id(self) -> bytes:
        """SHA-256(name || 0x0A || kind || public key)[:4]."""
        return sha256(utf8_bytes(self.name) + b"\n" + self._material).digest()[:_KEY_ID_SIZE]

    @property
    def _material(self) -> bytes:
        return bytes([self.kind]) + self.public

    def encode(self) -> str:
        """The key as text: name+hex(key id)+base64(kind || public key)."""
        return f"{self.name}+{self.key_id.hex()}+{base64_text(self._material)}"


def parse_verifier_key(text: str) -> VerifierKey:
    """The key that `text` spells; raises Rejected for anything but the one spelling that `VerifierKey.encode` gives."""
    name, _, rest = text.partition("+")  # neither a name nor the hexadecimal identifier holds a plus; base64 may
    _, _, encoded = rest.partition("+")
    material = base64_bytes(encoded)
    if not material:
        raise Rejected("the key is empty")
    key = VerifierKey(name, material[0], material[1:])
    if key.encode() != text:
        raise Rejected("the key is not in its canonical form, or its identifier is not its own")
    return key


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: the key's name, its identifier (4 bytes), and the signature, 1 byte or more."""

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.key_id) != _KEY_ID_SIZE or not self.signature:
            raise Rejected("a signature line lacks the key's identifier or the signature")

    def line(self) -> str:
        """The line with its newline."""
        return f"{_LINE_START}{self.name} {base64_text(self.key_id + self.signature)}\n"


@dataclass(frozen=True)
class Note:
    """A text and what is signed below it; nothing here says that a signature verifies.

    `text` ends in a newline and holds no other control character. Raises Rejected.
    """

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        check_text(self.text)
        if not self.text.endswith("\n"):
            raise Rejected("the text of the note does not end in a newline")
        if not 1 <= len(self.signatures) <= MAX_SIGNATURES:
            raise Rejected("a note has 1 to 100 signatures")

    def encode(self) -> bytes:
        """The note: text, empty line, signature lines, in UTF-8; raises Rejected above 1 MiB."""
        data = utf8_bytes(self.text + "\n" + "".join(each.line() for each in self.signatures))
        if len(data) > MAX_NOTE:
            raise Rejected("the note is too large")
        return data


@dataclass(frozen=True)
class Opened:
    """A text that known keys have signed.

    `by`: each key once, in the order of the lines, with the time of its first cosignature in POSIX seconds, None for
    a log's signature.
    """

    text: str
    by: tuple[tuple[VerifierKey, int | None], ...]


def parse_note(data: bytes) -> Note:
    """The note in `data`, well-formed to the last line; raises Rejected. No signature is verified."""
    if len(data) > MAX_NOTE:
        raise Rejected("the note is too large")
    whole = utf8_text(data)
    check_text(whole)
    end = whole.rfind("\n\n")  # the last empty line: the text may hold others
    if end < 0:
        raise Rejected("the note has no empty line before its signatures")
    return Note(whole[: end + 1], parse_signature_lines(whole[end + 2 :]))


def parse_signature_lines(text: str) -> tuple[NoteSignature, ...]:
    """The signature lines in `text`, 1 to 100, each with its newline; raises Rejected."""
    lines = split_lines(text)
    if len(lines) > MAX_SIGNATURES:
        raise Rejected("there are too many signatures")
    return tuple(_signature(line) for line in lines)


def _signature(line: str) -> NoteSignature:
    if not line.startswith(_LINE_START):
        raise Rejected("a signature line does not start with a dash and a space")
    name, _, encoded = line.removeprefix(_LINE_START).partition(" ")
    data = base64_bytes(encoded)
    return NoteSignature(name, data[:_KEY_ID_SIZE], data[_KEY_ID_SIZE:])


def open_note(data: bytes, keys: Iterable[VerifierKey]) -> Opened:
    """The text of a note, signed by one of `keys` at least; raises Rejected.

    A line counts as a known key's where name and identifier both match. All of those are verified, repeated ones
    too, and one that fails rejects the whole note. Raises Unsupported as `verify_signature` does.
    """
    note, known = parse_note(data), _by_name_and_id(keys)
    times: dict[VerifierKey, int | None] = {}
    for each in note.signatures:
        key = known.get((each.name, each.key_id))
        if key is not None:
            time = verify_signature(key.name, key.kind, key.public, note.text, each.signature)
            times.setdefault(key, time)
    if not times:
        raise Rejected("the note bears no signature of a known key")
    return Opened(note.text, tuple(times.items()))


def _by_name_and_id(keys: Iterable[VerifierKey]) -> dict[tuple[str, bytes], VerifierKey]:
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise Rejected("two different keys have one name and one identifier")
    return known
