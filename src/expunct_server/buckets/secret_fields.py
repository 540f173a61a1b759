"""What the credentials of each provider consist of, whoever gives them: a tenant, or the operator's own files.

Only what is named here is kept. A service account's file names the address where its key is exchanged for a token: that
is dropped, or whoever gives such a file could have the server talk to any address.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

_LONGEST = {
    "s3": {"access_key_id": 128, "secret_access_key": 256, "session_token": 8192},
    "gcs": {"client_email": 320, "private_key": 8192, "private_key_id": 128},
    "azure": {"account_name": 24, "account_key": 128, "sas_token": 2048},
}
_OPTIONAL = frozenset({"session_token", "account_key", "sas_token"})
_DROPPED = {
    "gcs": frozenset({"type", "project_id", "client_id", "auth_uri", "token_uri", "universe_domain"})
    | {"auth_provider_x509_cert_url", "client_x509_cert_url"}
}
_VISIBLE = re.compile(r"[!-~]+\Z", re.ASCII)
_FORMS = {
    "access_key_id": re.compile(r"[\w.+@:-]+\Z", re.ASCII),  # stands in a header between slashes and commas
    "account_name": re.compile(r"[a-z0-9]{3,24}\Z", re.ASCII),  # becomes part of a host's name
    "client_email": re.compile(r"[\w.+-]+@[\w.-]+\Z", re.ASCII),
    "private_key_id": re.compile(r"\w+\Z", re.ASCII),
}


class BadSecret(Exception):
    """Credentials that cannot be used: which field, empty for all of them, and what is wrong. Holds no value."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def fields_of(provider: str) -> tuple[str, ...]:
    """The fields a secret of this provider may have."""
    return tuple(_LONGEST[provider])


def checked(provider: str, given: Mapping[str, Any]) -> dict[str, str]:
    """The secret, of known fields alone. Raises `BadSecret`."""
    known = _LONGEST[provider]
    if given.keys() - known.keys() - _DROPPED.get(provider, frozenset()):
        raise BadSecret("", f"holds a field that is not known; there are {', '.join(known)}")
    secret = {}
    for name, longest in known.items():
        value = given.get(name)
        if value is not None:
            secret[name] = _value(name, value, longest)
        elif name not in _OPTIONAL:
            raise BadSecret(name, "is missing")
    if provider == "azure" and len(secret) != 2:
        raise BadSecret("", "needs account_key or sas_token, one of them")
    return secret


def _value(name: str, value: Any, longest: int) -> str:
    if not isinstance(value, str) or not value:
        raise BadSecret(name, "must be a text that is not empty")
    if len(value) > longest:
        raise BadSecret(name, f"is longer than {longest} characters")
    if name == "private_key":
        return _private_key(value)
    if not _FORMS.get(name, _VISIBLE).match(value) or (name == "account_key" and not _is_base64(value)):
        raise BadSecret(name, "has a character or a form that it cannot have")
    return value


def _private_key(text: str) -> str:
    """Only whether it is one: that its numbers belong together is left to the provider, as it takes long."""
    try:
        key = load_pem_private_key(text.encode(), None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise BadSecret("private_key", "is no RSA private key in PEM form, without a password")
    return text


def _is_base64(text: str) -> bool:
    try:
        return bool(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        return False
