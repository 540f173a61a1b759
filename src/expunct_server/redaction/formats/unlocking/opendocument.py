"""Parts of an OpenDocument package that are encrypted (ISO/IEC 26300-3, 4.8 to 4.16): deflated first, and stored then.

AES in CBC mode, which LibreOffice has written since 2012, and Blowfish, which OpenOffice writes, both by a key of
PBKDF2. And packages that are encrypted as one, which LibreOffice 24.8 and newer write where they are told to: with AES
in GCM mode, as XML Encryption 1.1, 5.2.4, has it, by a key of Argon2id (RFC 9106).
"""

import base64
import binascii
import hashlib
import hmac
import zlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.decrepit.ciphers.algorithms import Blowfish
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.office.markup import Element
from expunct_server.redaction.formats.office.package import damaged
from expunct_server.redaction.formats.unlocking import MOST_ROUNDS, OPENED, refused, unknown

_TOO_LARGE: Final = ("too_large", "The encrypted document unpacks to more than one may have: split it.")
_BROKEN: Final = (ValueError, TypeError, binascii.Error, zlib.error)
_CHECKED: Final = 1024  # bytes that the checksum is of (4.16.1)
_BLOCK: Final = 16
_LEAST_KEY: Final = 16  # bytes, where none are said (4.12.3)
_SIGNED: Final = "aes256-gcm"  # tells another key by itself, so that there is no checksum
_MOST_LANES: Final = 16
_MOST_MEMORY: Final = 1 << 18  # KiB
_MOST_ARGON2: Final = 1 << 21
"""KiB times rounds: LibreOffice writes 196,608 (64 MiB, three times). So many take about a second."""


def unlock(work: Work, manifest: Element, members: dict[str, bytes]) -> None:
    """Open all members that the manifest says are encrypted, in place. Raises DocumentError."""
    sealed = {
        _attribute(entry, "full-path"): data
        for entry in manifest.iter("{*}file-entry")
        if (data := next(entry.iter("{*}encryption-data"), None)) is not None
    }
    if not sealed:
        return
    if work.password is None:
        raise refused(work)
    left = work.limits.unpacked
    for name in [name for name in sealed if name in members]:
        try:
            members[name] = _opened(work, sealed[name], members[name], left)
        except _BROKEN:
            raise damaged() from None
        left -= len(members[name])
    work.note(OPENED)


def whole(work: Work, manifest: Element, data: bytes) -> bytes:
    """The package that is the only member of another, and encrypted. Raises DocumentError."""
    said = next(manifest.iter("{*}encryption-data"), None)
    if said is None:
        raise unknown()
    if work.password is None:
        raise refused(work)
    try:
        found = _opened(work, said, data, work.limits.unpacked)
    except _BROKEN:
        raise damaged() from None
    work.note(OPENED)
    return found


def _opened(work: Work, said: Element, data: bytes, most: int) -> bytes:
    """A member, of at most so many bytes. Raises DocumentError, and of `_BROKEN` for what is damaged."""
    algorithm, derivation = (next(said.iter(f"{{*}}{each}"), said) for each in ("algorithm", "key-derivation"))
    name = _attribute(algorithm, "algorithm-name").rpartition("#")[2]
    decrypt = _WAYS.get(name)
    if decrypt is None:
        raise unknown()
    vector = base64.b64decode(_attribute(algorithm, "initialisation-vector"))
    try:
        packed = decrypt(_key(work, said, derivation), vector, data)
    except InvalidTag:
        raise refused(work) from None
    if name != _SIGNED and not _is_right(said, packed):
        raise refused(work)
    content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, most + 1)
    if len(content) > most:
        raise DocumentError(*_TOO_LARGE)
    return content


def _aes(key: bytes, vector: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    plain = decryptor.update(data[: len(data) - len(data) % _BLOCK]) + decryptor.finalize()
    return plain[: -plain[-1]] if plain else b""  # filled up, and the last byte says by how many (4.8.6)


def _blowfish(key: bytes, vector: bytes, data: bytes) -> bytes:
    decryptor = Cipher(Blowfish(key), CFB(vector)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _gcm(key: bytes, vector: bytes, data: bytes) -> bytes:
    """Raises InvalidTag for another key, and for what was changed."""
    if not vector or data[: len(vector)] != vector:
        raise ValueError("another vector than is said")
    return AESGCM(key).decrypt(vector, data[len(vector) :], None)


_WAYS: Final = {
    _SIGNED: _gcm,
    "aes256-cbc": _aes,
    "aes192-cbc": _aes,
    "aes128-cbc": _aes,
    "Blowfish CFB": _blowfish,
    "blowfish": _blowfish,
}


def _key(work: Work, said: Element, derivation: Element) -> bytes:
    """4.12 and 4.14. Raises DocumentError."""
    start = next(said.iter("{*}start-key-generation"), None)
    said_kind = _attribute(derivation, "key-derivation-name")
    name = "#sha1" if start is None else _attribute(start, "start-key-generation-name").lower()
    derive = next((made for kind, made in _KEYS.items() if said_kind.endswith(kind)), None)
    if not name.endswith(("sha1", "sha256")) or derive is None:
        raise unknown()
    password = (work.password or "").encode("utf-8", "surrogatepass")
    first = hashlib.new("sha256" if name.endswith("sha256") else "sha1", password).digest()
    size = int(_attribute(derivation, "key-size") or _LEAST_KEY)
    if size not in (16, 24, 32):
        raise unknown()
    return derive(derivation, size, base64.b64decode(_attribute(derivation, "salt"), validate=True), first)


def _by_pbkdf2(derivation: Element, size: int, salt: bytes, first: bytes) -> bytes:
    rounds = int(_attribute(derivation, "iteration-count"))
    if not 0 < rounds <= MOST_ROUNDS:
        raise unknown()
    return PBKDF2HMAC(SHA1(), size, salt, rounds).derive(first)  # noqa: S303 - as the standard has it


def _by_argon2(derivation: Element, size: int, salt: bytes, first: bytes) -> bytes:
    rounds, memory, lanes = (
        int(_attribute(derivation, f"argon2-{each}")) for each in ("iterations", "memory", "lanes")
    )
    if rounds < 1 or not 1 <= lanes <= _MOST_LANES or not 8 * lanes <= memory <= _MOST_MEMORY:
        raise unknown()
    if rounds * memory > _MOST_ARGON2:
        raise unknown()
    return Argon2id(salt=salt, length=size, iterations=rounds, lanes=lanes, memory_cost=memory).derive(first)


_KEYS: Final = {"PBKDF2": _by_pbkdf2, "argon2id": _by_argon2}


def _is_right(said: Element, packed: bytes) -> bool:
    """Whether the checksum is that of what was made by this password (4.16.1)."""
    kind = _attribute(said, "checksum-type").lower()
    if not kind.endswith(("sha1-1k", "sha1/1k", "sha256-1k")):
        raise unknown()
    made = hashlib.new("sha256" if "sha256" in kind else "sha1", packed[:_CHECKED]).digest()
    return hmac.compare_digest(made, base64.b64decode(_attribute(said, "checksum")))


def _attribute(element: Element, name: str) -> str:
    """An attribute of the manifest's namespace, whichever of its versions; "" for none."""
    return next((str(value) for key, value in element.attrib.items() if str(key).endswith(f"}}{name}")), "")
