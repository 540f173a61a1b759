"""AE-1 and AE-2, WinZip's encryption of a ZIP archive's members with AES (winzip.com/en/support/aes-encryption).

Before a member's bytes stand a salt and two bytes that tell a wrong password, after them ten of an HMAC.
"""

import hmac
import zipfile
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

_ROUNDS: Final = 1000
_CHECK, _CODE, _BLOCK = 2, 10, 16
_PIECE: Final = 1 << 16  # blocks that are decrypted together


def decrypted(raw: bytes, size: int, password: bytes) -> bytes | None:
    """A member's compressed bytes, by a key of `size` bytes; None where the password is another.

    Raises zipfile.BadZipFile for one that was changed.
    """
    salt, check = raw[: size // 2], raw[size // 2 : size // 2 + _CHECK]
    content, code = raw[size // 2 + _CHECK : -_CODE], raw[-_CODE:]
    if len(raw) < size // 2 + _CHECK + _CODE:
        raise zipfile.BadZipFile
    keys = PBKDF2HMAC(SHA1(), 2 * size + _CHECK, salt, _ROUNDS).derive(password)  # noqa: S303 - WinZip's choice
    if not hmac.compare_digest(keys[2 * size :], check):
        return None
    if not hmac.compare_digest(hmac.digest(keys[size : 2 * size], content, "sha1")[:_CODE], code):
        raise zipfile.BadZipFile
    return _counted(keys[:size], content)


def _counted(key: bytes, content: bytes) -> bytes:
    """AES in counter mode, whose counter begins with 1 and, other than elsewhere, with its lowest byte."""
    stream = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - makes the counter's stream
    parts = []
    for start in range(0, len(content), _PIECE * _BLOCK):
        piece = content[start : start + _PIECE * _BLOCK]
        first = start // _BLOCK + 1
        last = first - (-len(piece) // _BLOCK)
        mask = stream.update(b"".join(n.to_bytes(_BLOCK, "little") for n in range(first, last)))[: len(piece)]
        mixed = int.from_bytes(piece, "little") ^ int.from_bytes(mask, "little")
        parts.append(mixed.to_bytes(len(piece), "little"))
    return b"".join(parts)
