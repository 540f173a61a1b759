"""Office documents that are encrypted: a compound file with the package in a stream (MS-OFFCRYPTO, 2.3.4).

Agile encryption (2.3.4.10 and following), which Office has written since 2010, and standard encryption (2.3.4.5 and
following), which Office 2007 and LibreOffice write. What is in the package is checked by the package's own checksums.
"""

import base64
import hashlib
import hmac
import struct
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from expunct_server.redaction.formats.compound import reading as compound
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.office import markup
from expunct_server.redaction.formats.office.markup import Element
from expunct_server.redaction.formats.office.package import damaged
from expunct_server.redaction.formats.unlocking import MOST_ROUNDS, OPENED, refused, unknown

_ENCRYPTOR: Final = "http://schemas.microsoft.com/office/2006/keyEncryptor/password"
_PACKAGE, _INFO = "EncryptedPackage", "EncryptionInfo"
_MOST_INFO: Final = 1 << 16  # bytes; those of programs have two thousand
_BROKEN: Final = (ValueError, TypeError, AttributeError, struct.error)
_HASHES: Final = {"SHA1": "sha1", "SHA256": "sha256", "SHA384": "sha384", "SHA512": "sha512"}
_SEGMENT: Final = 4096
_BLOCK: Final = 16
_KEY_BITS: Final = (128, 192, 256)
_INPUT: Final = bytes.fromhex("fea7d2763b4b9e79")  # block keys (2.3.4.13)
_VALUE: Final = bytes.fromhex("d7aa0f6d3061344e")
_KEY: Final = bytes.fromhex("146e0be7abacd0d6")
_STANDARD_ROUNDS: Final = 50_000  # 2.3.4.7


def unlocked(work: Work) -> bytes | None:
    """The package of an encrypted document; None for a compound file that is none. Raises DocumentError."""
    file = compound.tree(work.source.read())
    if not {_PACKAGE, _INFO} <= set(file.entries):
        return None
    if work.password is None:
        raise refused(work)
    password = work.password.encode("utf-16-le", "surrogatepass")
    try:
        package = _opened(file.stream(_INFO), file.stream(_PACKAGE), password)
    except _BROKEN:
        raise damaged() from None
    if package is None:
        raise refused(work)
    work.note(OPENED)
    return package


def _opened(info: bytes, data: bytes, password: bytes) -> bytes | None:
    """The package, None where the password is another. Raises DocumentError, and of `_BROKEN` for what is damaged."""
    if len(info) > _MOST_INFO:
        raise unknown()
    major, minor = struct.unpack_from("<2H", info)
    (size,) = struct.unpack_from("<Q", data)  # in bytes, of what is padded then
    if (major, minor) == (4, 4):
        pieces = _agile(info[8:], data[8:], password)
    elif minor == 2 and major in (2, 3, 4):
        pieces = _standard(info, data[8:], password)
    else:
        raise unknown()
    return None if pieces is None else b"".join(pieces)[:size]


# --- agile ------------------------------------------------------------------------------------------------------------


class _Way(NamedTuple):
    """How something is encrypted: the hash by hashlib's name, the salt, bytes of the key."""

    hash: str
    salt: bytes
    size: int

    def hashed(self, *parts: bytes) -> bytes:
        return hashlib.new(self.hash, b"".join(parts)).digest()


def _agile(info: bytes, data: bytes, password: bytes) -> Iterable[bytes] | None:
    root = markup.parse(info)
    content = _way(_first(root, "{*}keyData"))
    said = _first(root, f"{{{_ENCRYPTOR}}}encryptedKey")
    way, rounds = _way(said), int(said.get("spinCount"))
    if not 0 <= rounds <= MOST_ROUNDS:
        raise unknown()
    stretched = _stretched(way, password, rounds)

    def value(name: str, block: bytes) -> bytes:
        key = _sized(way.hashed(stretched, block), way.size)
        return _cbc(key, _sized(way.salt, _BLOCK), base64.b64decode(said.get(name)))

    proof = way.hashed(value("encryptedVerifierHashInput", _INPUT)[: len(way.salt)])
    if not hmac.compare_digest(value("encryptedVerifierHashValue", _VALUE)[: len(proof)], proof):
        return None
    return _segments(content, value("encryptedKeyValue", _KEY)[: content.size], data)


def _first(root: Element, name: str) -> Element:
    found = next(root.iter(name), None)
    if found is None:
        raise ValueError("an element is missing")
    return found


def _way(said: Element) -> _Way:
    """What the attributes say (2.3.4.10). Raises DocumentError for another cipher or hash than those of programs."""
    get = said.get
    hash_, bits, salt = _HASHES.get(get("hashAlgorithm", "").replace("-", "")), int(get("keyBits")), get("saltValue")
    if (get("cipherAlgorithm"), get("cipherChaining")) != ("AES", "ChainingModeCBC") or not hash_:
        raise unknown()
    if bits not in _KEY_BITS or int(get("blockSize")) != _BLOCK:
        raise unknown()
    return _Way(hash_, base64.b64decode(salt, validate=True), bits // 8)


def _stretched(way: _Way, password: bytes, rounds: int) -> bytes:
    """2.3.4.11."""
    found, new, number = way.hashed(way.salt, password), getattr(hashlib, way.hash), struct.Struct("<I").pack
    for i in range(rounds):
        found = new(number(i) + found).digest()
    return found


def _segments(way: _Way, key: bytes, data: bytes) -> Iterator[bytes]:
    """2.3.4.15."""
    for number, start in enumerate(range(0, len(data) - len(data) % _BLOCK, _SEGMENT)):
        vector = _sized(way.hashed(way.salt, struct.pack("<I", number)), _BLOCK)
        piece = data[start : start + _SEGMENT]
        yield _cbc(key, vector, piece[: len(piece) - len(piece) % _BLOCK])


def _sized(value: bytes, size: int) -> bytes:
    """Cut, or filled as the standard says (2.3.4.12)."""
    return value[:size].ljust(size, b"\x36")


def _cbc(key: bytes, vector: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


# --- standard ---------------------------------------------------------------------------------------------------------


def _standard(info: bytes, data: bytes, password: bytes) -> Iterable[bytes] | None:
    """2.3.4.6: the header, as long as it says, and the verifier."""
    (length,) = struct.unpack_from("<I", info, 8)
    _, _, cipher, hash_, bits = struct.unpack_from("<5I", info, 12)
    if cipher not in (0, 0x660E, 0x660F, 0x6610) or hash_ not in (0, 0x8004) or bits not in _KEY_BITS:
        raise unknown()
    (salt,) = struct.unpack_from("<16s", info, 16 + length)
    verifier, proof = struct.unpack_from("<16s4x32s", info, 32 + length)
    key = _standard_key(password, salt, bits // 8)
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()  # noqa: S305 - as the standard has it
    said = hashlib.sha1(decryptor.update(verifier)).digest()  # noqa: S324 - as the standard has it
    if not hmac.compare_digest(decryptor.update(proof)[: len(said)], said):
        return None
    return [decryptor.update(data[: len(data) - len(data) % _BLOCK])]


def _standard_key(password: bytes, salt: bytes, size: int) -> bytes:
    """2.3.4.7."""
    way = _Way("sha1", salt, size)
    last = way.hashed(_stretched(way, password, _STANDARD_ROUNDS), bytes(4))
    halves = (
        bytes(a ^ b for a, b in zip(last.ljust(64, b"\0"), each * 64, strict=True)) for each in (b"\x36", b"\x5c")
    )
    return b"".join(way.hashed(each) for each in halves)[:size]
