"""Standard Webhooks: how a receiver knows that a message comes from this server, and is not an old one sent again.

The secret is `whsec_` and the base64 of 32 random bytes. Each message is signed as `{id}.{timestamp}.{body}` with
HMAC-SHA-256; while a secret is being replaced both sign, and a receiver takes either.
"""

import base64
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
_SIZE = 32


def new_secret() -> str:
    """A fresh secret, as its receiver is to store it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SIZE)).decode()


def headers(keys: Sequence[str], message_id: str, moment: int, body: bytes) -> dict[str, str]:
    """The headers of a message that is sent at `moment`, in seconds since 1970, signed with each of the secrets."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(_signature(key, message_id, moment, body) for key in keys),
    }


def _signature(key: str, message_id: str, moment: int, body: bytes) -> str:
    signed = f"{message_id}.{moment}.".encode() + body
    digest = hmac.digest(base64.b64decode(key.removeprefix(PREFIX)), signed, "sha256")
    return "v1," + base64.b64encode(digest).decode()
