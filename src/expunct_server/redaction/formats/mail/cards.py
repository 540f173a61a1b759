"""Calendars (RFC 5545) and business cards (RFC 6350, vCard 2.1): lines that are folded, and pictures in them."""

import re
from collections.abc import Iterator
from typing import Final

from expunct_server.redaction.formats import charsets
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work

MAX: Final = 64 * 1024 * 1024
"""Bytes of a file of them, which has to be held whole."""
_FOLD = re.compile(r"\r?\n[ \t]")
_BINARY = re.compile(
    r"(?im)^([A-Z0-9.-]+(?:;[^:\n]*)?);(?:ENCODING=(?:b|base64)|BASE64)\b[^:\r\n]*:[^\r\n]*|(?<=:)data:[^\r\n]*"
)
_DROPPED: Final = "Pictures and files inside a business card or an entry of a calendar were taken out of it."


def redact(work: Work) -> None:
    """Rewrites a file of its own. Findings are at "line 3". Raises DocumentError."""
    data = work.source.read(MAX + 1)
    if len(data) > MAX:
        raise DocumentError("too_large", f"A file of business cards or calendars may have {MAX:,} bytes: split it.")
    work.target.write(charsets.in_each_way(data, (), lambda text: redacted(work, text, "")))


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


# --- what was written, read another way -------------------------------------------------------------------------------


def texts(work: Work) -> Iterator[str]:
    """What it says in all charsets that it may be in, with and without its folds."""
    for text in charsets.readings(work.source.read()):
        yield text
        lines: list[str] = []
        for line in text.splitlines():
            if line[:1] in (" ", "\t") and lines:
                lines[-1] += line[1:]
            else:
                lines.append(line)
        yield "\n".join(lines)
