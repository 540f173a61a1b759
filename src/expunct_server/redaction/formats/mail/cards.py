"""Calendars (RFC 5545) and business cards (RFC 6350): lines that are folded, and pictures in them."""

import re
from typing import Final

from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work

_FOLD = re.compile(r"\r?\n[ \t]")
_BINARY = re.compile(r"(?im)^([A-Z-]+(?:;[^:\n]*)?);(?:ENCODING=(?:b|base64)|BASE64)\b[^:\n]*:.*$|(?<=:)data:[^\r\n]*")
_DROPPED: Final = "Pictures and files inside a business card or an entry of a calendar were taken out of it."


def redacted(work: Work, text: str, place: str) -> str:
    """The text redacted; as it was where nothing is found. What changed is not folded again, which may be."""
    lines = _FOLD.sub("", text)
    plain = _BINARY.sub(lambda m: f"{m[1]}:" if m[1] else "", lines)
    if plain != lines:
        work.note(_DROPPED)
    made = [text if plain == lines else plain]

    def apply(answer: Redacted) -> None:
        made[0] = answer.text

    work.add(Text(plain), apply, lambda edit: f"{place}line {plain.count(chr(10), 0, edit.start) + 1}")
    work.flush()
    return made[0]
