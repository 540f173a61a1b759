"""Files carried inside a document as `data:` addresses (RFC 2397): redacted as what they are, or taken out."""

import base64
import binascii
import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.markup.pieces import Splice

_ADDRESS = re.compile(r"data:([A-Za-z0-9.+/-]*)((?:;[^;,\"'<>\s]{0,100}){0,4});base64,([A-Za-z0-9+/=_%&#;\s-]*)", re.I)
_SUFFIXES: Final = {"jpeg": "jpg", "svg+xml": "svg", "plain": "txt", "x-icon": "ico", "javascript": "txt"}
_DROPPED: Final = "Files inside the page that cannot be read, such as fonts, were taken out of it."


def carried(work: Work, source: str, start: int, end: int, place: str) -> Iterator[Splice]:
    """What becomes of each such address in a stretch of the source; one that held nothing stays as it is."""
    if "ase64," not in source[start:end] and "ASE64," not in source[start:end]:
        return
    for found in _ADDRESS.finditer(source, start, end):
        data = _decoded(found[3])
        if not data:
            continue
        subtype = found[1].rpartition("/")[2].lower()
        try:
            redacted = work.inner(f"inside.{_SUFFIXES.get(subtype, subtype)}", data, place)
        except DocumentError:
            work.note(_DROPPED)
            yield Splice(found.start(), found.end(), "data:,")
            continue
        if redacted != data:
            yield Splice(found.start(3), found.end(3), base64.b64encode(redacted).decode())


def addresses(text: str) -> Iterator[bytes]:
    """What the files inside are, for reading a result."""
    for found in _ADDRESS.finditer(text):
        yield _decoded(found[3])


def _decoded(raw: str) -> bytes:
    plain = unquote_to_bytes(html.unescape(raw)).translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(plain + b"=" * (-len(plain.rstrip(b"=")) % 4))
    except (binascii.Error, ValueError):
        return b""
