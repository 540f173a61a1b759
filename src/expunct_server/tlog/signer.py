"""Keys that sign notes. They hold the secret in memory only; where it is kept is the caller's matter."""

import struct
from collections.abc import Callable, Iterable
from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from expunct_server.tlog.cosignature import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44_COSIGNATURE,
    Unsupported,
    cosigned_message,
    cosigned_text,
)
from expunct_server.tlog.note import Note, NoteSignature, VerifierKey, parse_note
from expunct_server.tlog.strict import Rejected, check_size, utf8_bytes

SEED_SIZE = 32
"""Bytes in the secret of any key here: the seed of RFC 8032 section 5.1.5 and of FIPS 204 section 6.1."""


class Signer(Protocol):
    """A key that signs the text of a note."""

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half."""

    def sign(self, text: str) -> NoteSignature:
        """The signature line for a note with this text; raises Rejected for a text that this key does not sign."""


class Ed25519Signer:
    """A log's own key (kind 0x01). `seed`: 32 bytes."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = _ed25519_key(seed)
        self._verifier_key = VerifierKey(name, ED25519, self._key.public_key().public_bytes_raw())

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half."""
        return self._verifier_key

    def sign(self, text: str) -> NoteSignature:
        """The signature line for a note with this text."""
        return _line(self._verifier_key, self._key.sign(utf8_bytes(text)))


class Ed25519Cosigner:
    """A witness's key (kind 0x04). `seed`: 32 bytes; `now`: gives the time of a cosignature in POSIX seconds."""

    def __init__(self, name: str, seed: bytes, now: Callable[[], int]) -> None:
        self._key, self._now = _ed25519_key(seed), now
        self._verifier_key = VerifierKey(name, ED25519_COSIGNATURE, self._key.public_key().public_bytes_raw())

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half."""
        return self._verifier_key

    def sign(self, text: str) -> NoteSignature:
        """The cosignature line for a checkpoint with this text; raises Rejected for another text."""
        time = _time(self._now)
        return _line(self._verifier_key, struct.pack(">Q", time) + self._key.sign(cosigned_text(text, time)))


class MlDsa44Cosigner:
    """A witness's key (kind 0x06). `seed`: 32 bytes; `now`: gives the time of a cosignature in POSIX seconds.

    Raises Unsupported where the installed library has no ML-DSA-44.
    """

    def __init__(self, name: str, seed: bytes, now: Callable[[], int]) -> None:
        _check_seed(seed)
        try:  # imported here: an older library lacks it and still signs with Ed25519
            from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

            self._key = MLDSA44PrivateKey.from_seed_bytes(seed)
        except (ImportError, UnsupportedAlgorithm):
            raise Unsupported("ML-DSA-44 needs a newer cryptography library with OpenSSL 3.5 or later") from None
        self._now = now
        self._verifier_key = VerifierKey(name, ML_DSA_44_COSIGNATURE, self._key.public_key().public_bytes_raw())

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half."""
        return self._verifier_key

    def sign(self, text: str) -> NoteSignature:
        """The cosignature line for a checkpoint with this text; raises Rejected for another text."""
        time = _time(self._now)
        message = cosigned_message(self._verifier_key.name, text, time)
        return _line(self._verifier_key, struct.pack(">Q", time) + self._key.sign(message))


def sign_note(text: str, signers: Iterable[Signer]) -> bytes:
    """The note with this text, signed by each of `signers` in their order; raises Rejected."""
    return Note(text, tuple(signer.sign(text) for signer in signers)).encode()


def add_signatures(note: bytes, signatures: Iterable[NoteSignature]) -> bytes:
    """`note` with further signature lines after its own, those that it already bears left out; raises Rejected.

    Nothing is verified: open the outcome with the keys that are expected.
    """
    parsed = parse_note(note)
    lines = dict.fromkeys((*parsed.signatures, *signatures))
    return Note(parsed.text, tuple(lines)).encode()


def _line(key: VerifierKey, signature: bytes) -> NoteSignature:
    return NoteSignature(key.name, key.key_id, signature)


def _time(now: Callable[[], int]) -> int:
    time = now()
    check_size(time, "the time of a cosignature")
    return time


def _ed25519_key(seed: bytes) -> Ed25519PrivateKey:
    _check_seed(seed)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _check_seed(seed: bytes) -> None:
    if len(seed) != SEED_SIZE:
        raise Rejected("the seed of a key is not 32 bytes long")
