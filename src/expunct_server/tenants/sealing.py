"""Keys of this deployment: one master key outside the database, everything else derived from it.

The master key is 32 bytes, from `EXPUNCT_SERVER_MASTER_KEY` or the file `keys/master.key` below the data folder (mode
0600, made at first start). Derived keys are HKDF-SHA-256 (RFC 5869) with the purpose and the tenant as info, so that no
two purposes or tenants share one. Whoever loses the master key loses pseudonyms and sealed secrets for good.
"""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from expunct_server.errors import Unavailable
from expunct_server.settings import Settings
from expunct_server.storage.durable import create_once

_NONCE = 12


def master_key(settings: Settings) -> bytes:
    """The deployment's 32-byte master key, made when there is none. Raises `Unavailable` when its file is damaged."""
    if settings.master_key:
        return bytes.fromhex(settings.master_key)
    path = settings.data / "keys" / "master.key"
    if not path.exists():
        create_once(path, f"{secrets.token_hex(32)}\n".encode())
    if path.stat().st_mode & 0o077:
        raise Unavailable("Others may read the file keys/master.key. Take that away: chmod 600.", code="bad_master_key")
    text = path.read_text().strip()
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        raise Unavailable("The file keys/master.key is damaged; restore it from a backup.", code="bad_master_key")
    return key


def derive(secret: bytes, purpose: str, *, salt: bytes | None = None) -> bytes:
    """32 bytes for one purpose, such as `operators:<tenant>`."""
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=f"expunct-server/{purpose}".encode()).derive(secret)


def seal(key: bytes, plain: bytes, context: bytes) -> bytes:
    """AES-256-GCM with a random nonce in front; `context` is authenticated and must be given again to open."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, context)


def unseal(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """The plain bytes. Raises `Unavailable` when the key is not the one that sealed them."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], context)
    except InvalidTag:
        raise Unavailable(
            "A stored secret cannot be opened with this master key; restore the key it was sealed with.",
            code="bad_master_key",
        ) from None
