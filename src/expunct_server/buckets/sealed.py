"""A tenant's own credentials, sealed in the row of its bucket under a key that is outside the database.

What is sealed opens for the connector that it was given for and no other. It is never shown again, not even masked.
"""

import json
from collections.abc import Mapping

from expunct_server.buckets.models import Bucket
from expunct_server.buckets.secret_fields import BadSecret, checked
from expunct_server.errors import FieldError, Invalid
from expunct_server.tenants import sealing

_PURPOSE = "bucket-secret"


def seal(master: bytes, provider: str, connector_id: str, secret: Mapping[str, str]) -> bytes:
    """The secret, checked by its provider's rules, sealed. Raises `Invalid`, naming the field and never its value."""
    try:
        plain = json.dumps(checked(provider, secret)).encode()
    except BadSecret as error:
        field = f"secret.{error.field}" if error.field else "secret"
        raise Invalid(
            f"{field} {error.message}.", code="bad_secret", errors=(FieldError(field, error.message),)
        ) from None
    return sealing.seal(sealing.derive(master, _PURPOSE), plain, connector_id.encode())


def opened(master: bytes, bucket: Bucket) -> dict[str, str]:
    """The secret of a bucket that has one. Raises `Unavailable` when the master key is not the one that sealed it."""
    sealed = bucket.sealed_secret or b""
    secret: dict[str, str] = json.loads(sealing.unseal(sealing.derive(master, _PURPOSE), sealed, bucket.id.encode()))
    return secret
