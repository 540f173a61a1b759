"""The keys that sign checkpoints: one Ed25519 key at a time, in a file, never in the database.

`keys/log.key` (PKCS #8, PEM, mode 0600) signs; `keys/log.pub` lists every public key that ever did, the current one
first, so that what an older key signed stays verifiable. All logs of a deployment share the key material; what keeps
them apart is the origin, which is the name of the verifier key, part of its id, and the first line of what is signed.

Whoever writes either file holds `keys/.lock` and reads both again under it: what another process listed is not lost.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from expunct_server.errors import Unavailable
from expunct_server.settings import Settings
from expunct_server.storage.durable import drafted, file_lock, sync_folder, write_durably
from expunct_server.tlog.cosignature import ED25519
from expunct_server.tlog.note import VerifierKey
from expunct_server.tlog.signer import Ed25519Signer
from expunct_server.tlog.strict import Rejected, base64_bytes, base64_text

_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class PublicKeys:
    """The public keys of this deployment's logs, 32 bytes each, the current one first."""

    publics: tuple[bytes, ...]

    def verifiers(self, origin: str) -> tuple[VerifierKey, ...]:
        """The verifier keys of the log with this origin."""
        return tuple(VerifierKey(origin, ED25519, public) for public in self.publics)


@dataclass(frozen=True)
class LogKeys(PublicKeys):
    """The public keys and the seed of the current one."""

    seed: bytes

    def __repr__(self) -> str:  # a dataclass would print the seed
        return f"LogKeys({len(self.publics)} keys)"

    def signer(self, origin: str) -> Ed25519Signer:
        """What signs the checkpoints of the log with this origin."""
        return Ed25519Signer(origin, self.seed)


def public_keys(settings: Settings) -> PublicKeys:
    """The published keys; none before the first start. Raises `Unavailable` when the file is damaged."""
    return PublicKeys(_publics(_folder(settings) / "log.pub"))


def load(settings: Settings, *, may_make: bool) -> LogKeys:
    """The signing key, made when there is none and it may be. Raises `Unavailable`, saying what to do.

    `may_make` is False once anything was signed: a fresh key would sign a log that others know under the old one.
    """
    folder = _folder(settings)
    published = _publics(folder / "log.pub")
    key = _signing(settings, folder)
    if key is not None and published[:1] == (_public(key),):
        return LogKeys(published, _seed(key))
    with _locked(folder):
        published = _publics(folder / "log.pub")
        key = _signing(settings, folder)
        if key is None and may_make and not published:
            key = Ed25519PrivateKey.generate()
            write_durably(folder / "log.key", _pem(key))
        if key is None:
            raise Unavailable(
                "The file keys/log.key, which signs the audit log, is missing. Restore it from a backup, or make a new "
                "key with `expunct-server keys rotate-log`: what the old one signed stays verifiable.",
                code="no_log_key",
            )
        return _listed(folder, key, published)


def rotate(settings: Settings, record: Callable[[PublicKeys, PublicKeys], None] = lambda _new, _old: None) -> LogKeys:
    """Replace the signing key by a fresh one; the old public key stays listed. Raises `Unavailable`.

    `record` is told the public keys as they will be and as they are, before anything is changed: what it raises leaves
    them as they are.
    """
    if settings.log_key:
        raise Unavailable(
            "The log's key is given by EXPUNCT_SERVER_LOG_KEY: give another one there; it is listed at the next start."
        )
    folder = _folder(settings)
    with _locked(folder):
        published = _publics(folder / "log.pub")
        key = Ed25519PrivateKey.generate()
        with drafted(folder / "log.key", _pem(key)) as draft:
            record(PublicKeys((_public(key), *published)), PublicKeys(published))
            # First the list, then the key: a key that signs and is not listed would make checkpoints nobody can verify.
            keys = _listed(folder, key, published)
            draft.rename(folder / "log.key")
        sync_folder(folder)
    return keys


def _folder(settings: Settings) -> Path:
    return settings.data / "keys"


def _publics(path: Path) -> tuple[bytes, ...]:
    try:
        return tuple(base64_bytes(line, 32) for line in path.read_text("ascii").splitlines())
    except FileNotFoundError:
        return ()
    except (Rejected, UnicodeDecodeError):
        raise Unavailable("The file keys/log.pub is damaged; restore it from a backup.", code="bad_log_key") from None


def _signing(settings: Settings, folder: Path) -> Ed25519PrivateKey | None:
    """The key that signs; None when there is none."""
    if settings.log_key:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(settings.log_key))
    return _read(folder / "log.key") if (folder / "log.key").exists() else None


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _seed(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def _listed(folder: Path, key: Ed25519PrivateKey, published: tuple[bytes, ...]) -> LogKeys:
    """List a key before all others, within `_locked`."""
    public = _public(key)
    publics = (public, *(each for each in published if each != public))
    if publics != published:
        write_durably(folder / "log.pub", "".join(f"{base64_text(each)}\n" for each in publics).encode())
    return LogKeys(publics, _seed(key))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time writes here; the kernel frees the lock of one that dies. Raises `Unavailable`."""
    busy = Unavailable("Another process is changing the log's keys.", code="log_keys_busy")
    with file_lock(folder / ".lock", _PATIENCE_SECONDS, busy):
        for draft in folder.glob(".log.*"):  # of a process that died: it may hold a private key
            draft.unlink(missing_ok=True)
        yield


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        mode, data = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise Unavailable(f"The file keys/log.key cannot be read: {error.strerror}.", code="bad_log_key") from None
    if mode & 0o077:
        raise Unavailable("Others may read the file keys/log.key. Take that away: chmod 600.", code="bad_log_key")
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError):  # damaged, or sealed with a password
        key = None
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise Unavailable("The file keys/log.key is damaged; restore it from a backup.", code="bad_log_key")


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
