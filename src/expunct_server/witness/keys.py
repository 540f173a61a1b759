"""The witness's name and secret: one file, `witness/key` below the data folder, mode 0600, beside what it remembers.

Two lines: the name, and 32 random bytes in base64. Both keys are made from them, so that one file is all there is to
keep; the key and the memory lie side by side, for a key without its memory would cosign a second history.
"""

import hmac
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from expunct_server.errors import Invalid, NotFound, Unavailable
from expunct_server.storage.durable import create_once
from expunct_server.tlog.cosignature import MAX_COSIGNED_NAME, Unsupported
from expunct_server.tlog.note import check_key_name
from expunct_server.tlog.signer import SEED_SIZE, Ed25519Cosigner, MlDsa44Cosigner, Signer
from expunct_server.tlog.strict import Rejected, base64_bytes, base64_text


def _now() -> int:
    return int(time.time())


def load(data: Path, name: str | None, now: Callable[[], int] = _now) -> list[Signer]:
    """The witness's keys: Ed25519, and ML-DSA-44 where the library has it; made where there are none, if named.

    Raises `NotFound` without keys and name, `Invalid` for a name that is not theirs, `Unavailable` for a damaged file.
    """
    path = data / "witness" / "key"
    if not path.exists():
        if name is None:
            raise NotFound("This witness has no key yet: name it with --name, such as witness.example.com/w1.")
        _make(path, name)
    owner, seed = _read(path)
    if name not in (None, owner):
        raise Invalid(f"This witness is called {owner}; a name is part of its keys. Leave --name out.")
    signers: list[Signer] = [Ed25519Cosigner(owner, _derived(seed, b"ed25519"), now)]
    with suppress(Unsupported):
        signers.append(MlDsa44Cosigner(owner, _derived(seed, b"ml-dsa-44"), now))
    return signers


def _derived(seed: bytes, kind: bytes) -> bytes:
    """A seed for each kind, for a secret should serve one algorithm only."""
    return hmac.digest(seed, b"expunct witness " + kind, "sha256")


def _make(path: Path, name: str) -> None:
    try:
        check_key_name(name)
    except Rejected as error:
        raise Invalid(f"this cannot name a witness: {error}.") from None
    if len(name.encode()) > MAX_COSIGNED_NAME:
        raise Invalid(f"it is longer than {MAX_COSIGNED_NAME} bytes.")
    create_once(path, f"{name}\n{base64_text(secrets.token_bytes(SEED_SIZE))}\n".encode())


def _read(path: Path) -> tuple[str, bytes]:
    if path.stat().st_mode & 0o077:
        raise Unavailable("Others may read the file witness/key. Take that away: chmod 600.", code="bad_witness_key")
    try:
        name, encoded, rest = path.read_bytes().decode().split("\n")
        check_key_name(name)
        seed = base64_bytes(encoded, SEED_SIZE)
    except ValueError:  # Rejected is one too
        raise Unavailable("The file witness/key is damaged.", code="bad_witness_key") from None
    if rest:
        raise Unavailable("The file witness/key is damaged.", code="bad_witness_key")
    return name, seed
