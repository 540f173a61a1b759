"""The extra bytes of a proof or receipt: the entry itself, and what is shown of what it only commits to.

Canonical JSON (see `codec`) with exactly these members:

    {"entry": "<the entry's text>",
     "openings": {"actor" | "client" | "metadata": {"salt": "<base64 of the part's 32-byte salt>", "value": <JSON>}},
     "version": 1}

Nothing signs these bytes and nothing has to: the entry is the leaf that the proof leads from, and each opening must
give the commitment that stands in the entry (see `entry`). Pure: standard library alone, for the verifier in a bundle.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from expunct_server.audit.codec import Json, NotCanonical, canonical, spelled
from expunct_server.audit.entry import COMMITMENT_SIZE, PARTS
from expunct_server.tlog.strict import Rejected, base64_bytes, base64_text, utf8_text

OPENINGS_VERSION: Final = 1

Openings = Mapping[str, tuple[bytes, bytes]]
"""Of each part that is shown: its salt (32 bytes) and its value (canonical JSON)."""


def encode(entry: bytes, openings: Openings) -> bytes:
    """The extra bytes for an entry and the parts to show; raises Rejected for what `parse` would not take."""
    shown: dict[str, Json] = {part: shown_opening(*openings[part]) for part in openings}
    data = canonical({"entry": utf8_text(entry), "openings": shown, "version": OPENINGS_VERSION})
    if parse(data) != (entry, dict(openings)):
        raise Rejected("the openings would not read as they were written")
    return data


def parse(data: bytes) -> tuple[bytes, dict[str, tuple[bytes, bytes]]]:
    """The entry, and salt and value of each part that is shown; raises Rejected. Nothing is verified."""
    said = read_canonical(data)
    if not isinstance(said, dict) or said.keys() != {"entry", "openings", "version"}:
        raise Rejected("the extra data is not an object of entry, openings and version")
    if type(said["version"]) is not int or said["version"] != OPENINGS_VERSION:
        raise Rejected("the version of the extra data is unknown")
    if not isinstance(said["entry"], str):
        raise Rejected("the entry in the extra data is not a string")
    return said["entry"].encode(), read_openings(said["openings"])


def read_openings(said: Any) -> dict[str, tuple[bytes, bytes]]:
    """Salt and value of each part in an object of openings that was read from canonical JSON; raises Rejected.

    Nothing is verified.
    """
    if not isinstance(said, dict) or not said.keys() <= set(PARTS):
        raise Rejected("the openings are not an object whose members are among actor, client and metadata")
    found: dict[str, tuple[bytes, bytes]] = {}
    for part, opening in said.items():
        if not isinstance(opening, dict) or opening.keys() != {"salt", "value"}:
            raise Rejected(f"the opening of {part} is not an object of salt and value")
        if not isinstance(opening["salt"], str):
            raise Rejected(f"the salt of {part} is not a string")
        found[part] = base64_bytes(opening["salt"], COMMITMENT_SIZE), spelled(opening["value"])
    return found


def shown_opening(salt: bytes, value: bytes) -> Json:
    """One opening as it stands in `openings`."""
    return {"salt": base64_text(salt), "value": json.loads(value)}


def read_canonical(data: bytes) -> Json:
    """The value that canonical JSON spells; raises Rejected for any other spelling and for what is outside the profile.

    Comparing with what would be written settles white space, order, repeated keys, escapes and numbers at once.
    """
    try:
        value: Json = json.loads(utf8_text(data))
        is_canonical = canonical(value) == data
    except NotCanonical as error:
        raise Rejected(f"the JSON is outside the profile: {error}") from None
    except (ValueError, RecursionError):
        raise Rejected("the text is not JSON") from None
    if not is_canonical:
        raise Rejected("the JSON is not in its canonical form")
    return value
