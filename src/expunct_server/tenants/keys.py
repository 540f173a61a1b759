"""API keys: how one is made, masked, hashed and recognized."""

import hashlib
import re
import secrets
import string

_ALPHABET = string.ascii_lowercase + string.digits
_FORM = re.compile(r"pk_(?:live|test)_[a-z0-9]{32}\Z", re.ASCII)


def generate(*, test: bool = False) -> str:
    """A fresh key: `pk_live_` or `pk_test_` and 32 lower-case alphanumerics from a CSPRNG (165 bits)."""
    prefix = "pk_test_" if test else "pk_live_"
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(32))


def well_formed(key: str) -> bool:
    """Whether `key` could be a key at all; anything else is refused before the database is asked."""
    return _FORM.match(key) is not None


def digest(key: str) -> bytes:
    """What is stored: SHA-256. A key has 165 bits of entropy, so no slow or salted hash is needed."""
    return hashlib.sha256(key.encode()).digest()


def list_mask(key: str) -> str:
    """`pk_live_f8a...`"""
    return key[:11] + "..."


def actor_mask(key: str) -> str:
    """`pk_live_f8a...c21`"""
    return key[:11] + "..." + key[-3:]
