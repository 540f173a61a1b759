"""Calendars (RFC 5545) and business cards (RFC 6350, vCard 2.1): lines that are folded, and pictures in them."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from expunct_server.redaction.formats import charsets
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import UNSEEN, Redacted, Text, Work, edited

MAX: Final = 64 * 1024 * 1024
"""Bytes of a file of them, which has to be held whole."""
_FOLD = re.compile(r"\r?\n[ \t]")
_FOLD_OF_BYTES = re.compile(rb"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\([nN,;:\\])")
# There is a colon, or else a line of many parameters would be read to its end for each of them.
_BINARY = re.compile(
    r"(?im)^(?=[^:\r\n]*:)([A-Z0-9.-]++(?:;[^:\r\n]*)?);(?:ENCODING=(?:b|base64)|BASE64)\b[^:\r\n]*:[^\r\n]*"
    r"|(?<=:)data:[^\r\n]*"
)
_DROPPED: Final = "Pictures and files inside a business card or an entry of a calendar were taken out of it."


def redact(work: Work) -> None:
    """Rewrites a file of its own. Findings are at "line 3". Raises DocumentError."""
    data = work.source.read(MAX + 1)
    if len(data) > MAX:
        raise DocumentError("too_large", f"A file of business cards or calendars may have {MAX:,} bytes: split it.")
    work.target.write(redacted(work, data, (), ""))


def redacted(work: Work, data: bytes, names: Iterable[str], place: str) -> bytes:
    """The file redacted in each charset that it may be in, `names` are those declared; as it was where nothing is
    found. What changed is not folded again, which may be: lines are folded by bytes, also within a letter (RFC 5545,
    section 3.1). Raises DocumentError."""
    whole = data if b"\0" in data else _FOLD_OF_BYTES.sub(b"", data)
    made = charsets.in_each_way(whole, names, lambda text: _redacted(work, text, place))
    return data if made == whole else made


def _redacted(work: Work, text: str, place: str) -> str:
    lines = _FOLD.sub("", text)
    plain = _BINARY.sub(lambda m: f"{m[1]}:" if m[1] else "", lines)
    if plain != lines:
        work.note(_DROPPED)
    made = [text if plain == lines else plain]

    def apply(answer: Redacted) -> None:
        made[0] = edited(plain, answer.edits)

    said = _ESCAPE.sub(lambda m: "\n\n" if m[1] in "nN" else UNSEEN + m[1], plain)  # of the same length
    work.add(Text(said), apply, lambda edit: f"{place}line {plain.count(chr(10), 0, edit.start) + 1}")
    work.flush()
    return made[0]


# --- what was written, read another way -------------------------------------------------------------------------------


def texts(work: Work) -> Iterator[str]:
    yield from said(work.source.read(), ())


def said(data: bytes, names: Iterable[str]) -> Iterator[str]:
    """What a file says in all charsets that it may be in, with and without its folds, which are taken out of the bytes
    and, for charsets of two, out of the text."""
    yield from charsets.readings(data.replace(b"\r\n", b"\n").replace(b"\n ", b"").replace(b"\n\t", b""), names)
    for text in charsets.readings(data, names):
        yield text
        lines: list[str] = []
        for line in text.splitlines():
            if line[:1] in (" ", "\t") and lines:
                lines[-1] += line[1:]
            else:
                lines.append(line)
        yield "\n".join(lines)
