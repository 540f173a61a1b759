"""What an event becomes in the log: a leaf that says what happened and commits to what may have to be forgotten.

An entry is canonical JSON (see `codec`). Who acted, from where, and the metadata are not in it: in their place stand
commitments, `HMAC-SHA-256(salt of the part, canonical(value))`. The event's salt is 16 random bytes, kept beside the
event; the salt of a part is `HMAC-SHA-256(salt, name of the part)`. Whoever is shown a part's value and salt can check
it against the leaf; once both are destroyed nothing tells what it was, while the leaf, the tree and every proof stay.

Pure: standard library alone, so that the verifier in a bundle is this very code.
"""

import base64
import hmac
from collections.abc import Mapping
from typing import Any, Final

from expunct_server.audit.codec import Json, canonical

PARTS: Final = ("actor", "client", "metadata")  # what an erasure destroys, each by itself
ERASED: Final = "erased"  # stands in the place of an erased actor; no key's mask and no user looks like it
SALT_SIZE: Final = 16
COMMITMENT_SIZE: Final = 32
_GONE: Final = bytes(COMMITMENT_SIZE)


def part_salts(salt: bytes) -> dict[str, bytes]:
    """The 32-byte salt of each part that is still there, from what is stored beside the event.

    Stored are the 16 bytes they derive from or, once some part was erased, the salts of the three parts one after the
    other, zeros where one is gone. Raises `ValueError` for anything else.
    """
    if len(salt) == SALT_SIZE:
        return {part: hmac.digest(salt, part.encode(), "sha256") for part in PARTS}
    if len(salt) != len(PARTS) * COMMITMENT_SIZE:
        raise ValueError("a salt has 16 bytes, or 96 after an erasure")
    cut = (salt[at : at + COMMITMENT_SIZE] for at in range(0, len(salt), COMMITMENT_SIZE))
    return {part: each for part, each in zip(PARTS, cut, strict=True) if each != _GONE}


def without(salt: bytes, erased: frozenset[str]) -> bytes:
    """What is stored in place of `salt` once these parts are erased: 96 bytes."""
    kept = {part: each for part, each in part_salts(salt).items() if part not in erased}
    return b"".join(kept.get(part, _GONE) for part in PARTS)


def commitment(part_salt: bytes, value: bytes) -> bytes:
    """32 bytes that commit to a value (its canonical JSON) and tell nothing of it without `part_salt`."""
    return hmac.digest(part_salt, value, "sha256")


def actor_value(label: str, actor_id: str) -> Json:
    """What the commitment `actor` is to."""
    return {"id": actor_id, "label": label}


def client_value(ip_address: str | None, user_agent: str | None) -> Json:
    """What the commitment `client` is to."""
    return {"ip_address": ip_address, "user_agent": user_agent}


LEFT: Final[Mapping[str, bytes]] = {
    "actor": canonical(actor_value(ERASED, ERASED)),
    "client": canonical(client_value(None, None)),
    "metadata": canonical({}),
}
"""What an erasure leaves in the place of each part, as canonical JSON."""


def entry(facts: Mapping[str, Any], commitments: Mapping[str, bytes]) -> bytes:
    """The leaf's bytes. `facts` are the event's fields that stay for good, by the names of `FACTS`."""
    stated: dict[str, Json] = {name: facts[name] for name in FACTS}
    return canonical(stated | {part: base64.b64encode(commitments[part]).decode() for part in PARTS})


FACTS: Final = (
    "created_at",  # ISO 8601, UTC, six fractional digits
    "event_type",
    "id",
    "is_truncated",
    "outcome",
    "request_id",
    "resource_id",
    "resource_type",
    "schema_version",
    "tenant_id",
)
FIELDS: Final = frozenset(FACTS) | frozenset(PARTS)
