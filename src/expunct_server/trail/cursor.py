"""Cursors: where a listing stands, in the log's order. Never a time, and never a row number that could drift.

A cursor is encrypted and authenticated (AES-SIV, RFC 5297) with a key of this deployment: nothing can be read from it,
a changed or invented one is refused, and the same place always has the same cursor. It holds a digest of the question
that it was made for (tenant, filters, order), so that it cannot be used to go on with another.
"""

import base64
import binascii
import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from expunct_server.errors import FieldError, Invalid
from expunct_server.settings import Settings
from expunct_server.tenants import sealing

_VERSION = b"\x01"
_PLAIN = struct.Struct(">Bqqq8s")
_LENGTH = 67  # characters: version, 16 bytes of AES-SIV and the plain bytes


class Zone(IntEnum):
    """What part of the order a cursor stands in."""

    ASCENDING = 1
    SEQUENCED = 2
    RECORDED = 3


@dataclass(frozen=True, slots=True)
class Place:
    """What comes next.

    ASCENDING: from index `seq` on. SEQUENCED: newest first, below index `seq`. RECORDED: newest first, among what had
    no index when the first page was answered: positions from `lowest` to below `position`, whether they were given an
    index since (`seq` or higher) or not; then what was below `seq` already.
    """

    zone: Zone
    seq: int
    position: int = 0
    lowest: int = 0


class Cursors:
    """Makes and reads the cursors of a deployment."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESSIV(key)

    def write(self, place: Place, question: str) -> str:
        """The cursor of a place in the answer to `question`."""
        plain = _PLAIN.pack(place.zone, place.seq, place.position, place.lowest, _digest(question))
        return base64.urlsafe_b64encode(_VERSION + self._cipher.encrypt(plain, [_VERSION])).rstrip(b"=").decode()

    def read(self, text: str, question: str, name: str = "cursor") -> Place:
        """The place. Raises `Invalid` for what is no cursor of this server's, or one of another question."""
        try:
            if len(text) != _LENGTH or not text.isascii():
                raise ValueError("length")
            raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            if raw[:1] != _VERSION or base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
                raise ValueError("form")
            zone, seq, position, lowest, digest = _PLAIN.unpack(self._cipher.decrypt(raw[1:], [_VERSION]))
        except (ValueError, binascii.Error, InvalidTag):
            raise Invalid(
                f"{name} is not a cursor that this server gave; start without one.",
                code="bad_cursor",
                errors=(FieldError(name, "is not a cursor of this server"),),
            ) from None
        if digest != _digest(question):
            raise Invalid(
                f"{name} belongs to another listing; use it with the tenant, filters and order it was given for.",
                code="foreign_cursor",
                errors=(FieldError(name, "belongs to another listing"),),
            )
        return Place(Zone(zone), seq, position, lowest)


def _digest(question: str) -> bytes:
    return sha256(question.encode()).digest()[:8]


@lru_cache(maxsize=8)
def cursors_of(settings: Settings) -> Cursors:
    """The deployment's; its key is derived from the master key, the same in every process."""
    return Cursors(sealing.derive(sealing.master_key(settings), "audit-cursor"))
