"""The kinds of signatures under a note and what each of them signs (C2SP signed-note and tlog-cosignature).

An Ed25519 note signature signs the text alone. A cosignature tells besides when a witness had seen the checkpoint; the
Ed25519 one signs the whole text after two lines of its own, the ML-DSA-44 one a binary structure with the names of
cosigner and log, the size and the root, and not the extension lines.
"""

import struct

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from expunct_server.tlog.merkle import EMPTY_ROOT
from expunct_server.tlog.strict import (
    HASH_SIZE,
    MAX_SIZE,
    Rejected,
    base64_bytes,
    check_text,
    decimal,
    split_lines,
    utf8_bytes,
)

ED25519 = 0x01
"""A log's signature over the text of a note."""

ED25519_COSIGNATURE = 0x04
"""A witness's cosignature of a checkpoint, with its time."""

ML_DSA_44_COSIGNATURE = 0x06
"""The same with ML-DSA-44 (FIPS 204), which commits to the cosigner's name too."""

PUBLIC_KEY_SIZES = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44_COSIGNATURE: 1312}
"""Bytes in the public key of each kind."""

MAX_COSIGNED_NAME = 255
"""Bytes in the longest name of a cosigner or log that an ML-DSA-44 cosignature can hold."""

_ED25519_SIZE = 64
_ML_DSA_44_SIZE = 2420
_TIME_SIZE = 8
_FIELD_PRIME = 2**255 - 19
# The y coordinates of the points of order 1, 2, 4 and 8: under such a key one signature verifies for many texts.
_SMALL_ORDER = {
    0,
    1,
    _FIELD_PRIME - 1,
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
}


class Unsupported(RuntimeError):
    """The installed `cryptography` or its OpenSSL has no ML-DSA-44. No signature was accepted."""


def check_public_key(kind: int, public: bytes) -> None:
    """Raise Rejected unless `public` can be a public key of a kind that is known here, in its one encoding."""
    if len(public) != PUBLIC_KEY_SIZES.get(kind):
        raise Rejected("the kind of the key is unknown, or the key has not its length")
    if kind == ML_DSA_44_COSIGNATURE:
        return
    ordinate = int.from_bytes(public, "little") & (2**255 - 1)
    if ordinate >= _FIELD_PRIME or ordinate in _SMALL_ORDER:
        raise Rejected("the Ed25519 key is not in its canonical form, or of small order")


def split_checkpoint(text: str) -> tuple[str, int, bytes, tuple[str, ...]]:
    """Origin, tree size, root (32 bytes) and extension lines of a checkpoint's text (C2SP tlog-checkpoint).

    Raises Rejected.
    """
    check_text(text)
    lines = split_lines(text)
    if len(lines) < 3 or not all(lines):
        raise Rejected("a checkpoint has three lines or more, none of them empty")
    size, root = decimal(lines[1]), base64_bytes(lines[2], HASH_SIZE)
    if size == 0 and root != EMPTY_ROOT:
        raise Rejected("the root of the empty tree is wrong")
    return lines[0], size, root, tuple(lines[3:])


def cosigned_text(text: str, time: int) -> bytes:
    """What an Ed25519 cosignature signs: two header lines, then the checkpoint's text; `time` in POSIX seconds."""
    split_checkpoint(text)  # a witness vouches for a tree, so no other note can carry its signature
    return b"cosignature/v1\ntime %d\n" % time + utf8_bytes(text)


def cosigned_message(name: str, text: str, time: int) -> bytes:
    """What an ML-DSA-44 cosignature of a checkpoint signs, in the encoding of RFC 8446 section 3.

    `name`: the cosigner's; `time` in POSIX seconds, 0 where no time is claimed. Raises Rejected.
    """
    origin, size, root, _ = split_checkpoint(text)
    subtree = struct.pack(">QQ", 0, size) + root  # the whole tree: its leaves from 0 up to the size
    return b"subtree/v1\n\0" + _short(name) + struct.pack(">Q", time) + _short(origin) + subtree


def verify_signature(name: str, kind: int, public: bytes, text: str, signature: bytes) -> int | None:
    """The time of a cosignature in POSIX seconds, None for a log's signature; raises Rejected where it does not verify.

    `signature`: the bytes after the key's identifier. Raises Unsupported where ML-DSA-44 is not to be had.
    """
    if kind == ED25519:
        _verify_ed25519(public, utf8_bytes(text), signature)
        return None
    time, rest = _split_time(signature)
    if kind == ED25519_COSIGNATURE:
        _verify_ed25519(public, cosigned_text(text, time), rest)
    elif kind == ML_DSA_44_COSIGNATURE:
        _verify_ml_dsa_44(public, cosigned_message(name, text, time), rest)
    else:
        raise Rejected("the kind of the key is unknown")
    return time


def _short(text: str) -> bytes:
    """`opaque<1..2^8-1>`: the bytes after their number."""
    data = utf8_bytes(text)
    if not 1 <= len(data) <= MAX_COSIGNED_NAME:
        raise Rejected("a name does not fit a cosignature")
    return bytes([len(data)]) + data


def _split_time(signature: bytes) -> tuple[int, bytes]:
    """`timestamped_signature`: big-endian uint64, then the signature proper."""
    time = int.from_bytes(signature[:_TIME_SIZE], "big")
    if len(signature) < _TIME_SIZE or time > MAX_SIZE:
        raise Rejected("the time of a cosignature is out of range")
    return time, signature[_TIME_SIZE:]


def _verify_ed25519(public: bytes, message: bytes, signature: bytes) -> None:
    if len(signature) != _ED25519_SIZE:
        raise Rejected("an Ed25519 signature has not its length")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise Rejected("a signature of a known key does not verify") from None


def _verify_ml_dsa_44(public: bytes, message: bytes, signature: bytes) -> None:
    if len(signature) != _ML_DSA_44_SIZE:
        raise Rejected("an ML-DSA-44 signature has not its length")
    try:  # imported here: an older library lacks it and still verifies everything else
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        key = MLDSA44PublicKey.from_public_bytes(public)
    except (ImportError, UnsupportedAlgorithm):
        raise Unsupported("ML-DSA-44 needs a newer cryptography library with OpenSSL 3.5 or later") from None
    except ValueError:
        raise Rejected("the ML-DSA-44 key is malformed") from None
    try:
        key.verify(signature, message)
    except InvalidSignature:
        raise Rejected("a signature of a known key does not verify") from None
