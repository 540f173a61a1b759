"""Keys of this deployment: one master key outside the database, everything else derived from it.

The master key is 32 bytes, from `EXPUNCT_SERVER_MASTER_KEY` or the file `keys/master.key` below the data folder (mode
0600, made at first start). Derived keys are HKDF-SHA-256 (RFC 5869) with the purpose and the tenant as info, so that no
two purposes or tenants share one. Whoever loses the master key loses pseudonyms and sealed secrets for good.
"""

import hmac
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from expunct_server.audit.recorder import system_actor, writing
from expunct_server.audit.selection import ever_recorded
from expunct_server.db.session import Database
from expunct_server.errors import Unavailable
from expunct_server.settings import Settings
from expunct_server.storage.durable import create_once
from expunct_server.tenants.models import Deployment

_NONCE = 12
_NOTED = select(Deployment.master_check).where(Deployment.number == 1)
# What was ever done with a master key, in a database of a version that noted nothing of it.
_WITH_KEY = (
    *("policy.created", "job.completed", "redaction.performed"),
    *("connector.created", "connector.updated", "webhook.created"),  # which can have a sealed secret
)


def master_key(settings: Settings) -> bytes:
    """The deployment's 32-byte master key, made when there is none. Raises `Unavailable` when its file is damaged."""
    if settings.master_key:
        return bytes.fromhex(settings.master_key)
    path = _path(settings)
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


def _path(settings: Settings) -> Path:
    return settings.data / "keys" / "master.key"


def checked_master_key(settings: Settings, database: Database) -> bytes:
    """The master key, once it is seen to be the one of this deployment: for every process, as it starts.

    The first one to come notes in the database what a key is told by; the key is made only where the database was never
    used with one. Raises `Unavailable`, saying what to do, for another key and where it would have to be made.
    """
    with database.reading() as session:
        noted = session.scalar(_NOTED)
        is_missing = not settings.master_key and not _path(settings).exists()
        if is_missing and (noted is not None or ever_recorded(session, _WITH_KEY)):
            raise Unavailable(
                "The master key of this deployment is not here. Bring the file keys/master.key from a machine that has "
                "it (mode 0600), or give EXPUNCT_SERVER_MASTER_KEY; a new key would make other pseudonyms.",
                code="no_master_key",
            )
    key = master_key(settings)
    check = derive(key, "check")
    if noted is None:
        insert = sqlite.insert if database.dialect == "sqlite" else postgresql.insert
        with writing(database, system_actor("deployment")) as unit:
            unit.session.execute(insert(Deployment).values(number=1, master_check=check).on_conflict_do_nothing())
        with database.reading() as session:  # another may have been first
            noted = session.scalar(_NOTED)
    if noted is None or not hmac.compare_digest(check, noted):
        raise Unavailable(
            "The master key given here is not the one of this deployment: pseudonyms would differ, and sealed secrets "
            "could not be opened. Bring keys/master.key from a machine that has the right one, or give it in "
            "EXPUNCT_SERVER_MASTER_KEY.",
            code="other_master_key",
        )
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
