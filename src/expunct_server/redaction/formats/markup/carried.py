"""Files carried inside a document as `data:` addresses (RFC 2397): redacted as what they are, or taken out."""

import base64
import re
from collections.abc import Iterator
from typing import Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from expunct_server.redaction import escapes
from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import CARRIED, Work
from expunct_server.redaction.formats.markup.pieces import Splice
from expunct_server.redaction.removed import unbase64

_ADDRESS = re.compile(r"data:([A-Za-z0-9.+/-]*)((?:;[^;,\"'<>\s]{0,100}){0,4}),", re.I)
# A few other signs in it are passed over, as most programs do that decode it.
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=_%&#;\s-]*+(?:[^\"'<>(),\sA-Za-z0-9+/=_%&#;-]{1,3}+[A-Za-z0-9+/=_-]{4,}+)*+")
_NO_BASE64: Final = re.compile(rb"[^A-Za-z0-9+/_-]")
_MARKUP: Final = frozenset({"svg+xml", "xml", "html", "xhtml+xml"})
"""Kinds that are read as what they are when they stand there plainly; all others are texts as they stand."""
_UNTIL: Final = {
    '"': '"',
    "'": "'",
    "(": ")",
    "&quot;": "&quot;",
    "&#34;": "&#34;",
    "&#39;": "&#39;",
    "&apos;": "&apos;",
}
_LONGEST: Final = max(map(len, _UNTIL))
_SUFFIXES: Final = {
    "jpeg": "jpg", "svg+xml": "svg", "xhtml+xml": "html", "plain": "txt", "x-icon": "ico", "javascript": "txt",
}  # fmt: skip
_DROPPED: Final = "Files inside the page that cannot be read, such as fonts, were taken out of it."


class _File(NamedTuple):
    """`start` to `end` is the whole address, `low` to `end` what it carries."""

    start: int
    low: int
    end: int
    subtype: str
    data: bytes
    is_base64: bool


def carried(work: Work, source: str, start: int, end: int, place: str) -> Iterator[Splice]:
    """What becomes of each such address in a stretch of the source, in order; one that held nothing stays as it is."""
    for each in _files(source, start, end):
        try:
            redacted = work.inner(f"{CARRIED}.{_SUFFIXES.get(each.subtype, each.subtype)}", each.data, place)
        except DocumentError:
            work.note(_DROPPED)
            yield Splice(each.start, each.end, "data:,")
            continue
        if redacted != each.data:
            written = base64.b64encode(redacted).decode() if each.is_base64 else quote(redacted, safe="/:=,+@;")
            yield Splice(each.low, each.end, written)


def addresses(text: str) -> Iterator[bytes]:
    """What the files inside are, for reading a result; markup also without its tags."""
    for each in _files(text, 0, len(text)):
        yield each.data
        if each.subtype in _MARKUP:
            yield re.sub(rb"<[^<>]*>", b"", each.data)


def _files(source: str, start: int, end: int) -> Iterator[_File]:
    at = start
    while (found := _ADDRESS.search(source, at, end)) is not None:
        at = found.end()
        subtype = found[1].rpartition("/")[2].lower()
        if is_base64 := found[2].lower().endswith(";base64"):
            said = _BASE64.match(source, at, end)
            stop = said.end() if said else at
        else:
            stop = _end(source, start, found.start(), at, end)
        data = _decoded(source[at:stop], is_base64=is_base64) if is_base64 or subtype in _MARKUP else b""
        if data:
            yield _File(found.start(), at, stop, subtype, data, is_base64)
            at = stop


def _end(source: str, start: int, first: int, low: int, end: int) -> int:
    """Where an address ends that is no base64: at what closes what stands before it, or else with the stretch."""
    before = source[max(start, first - _LONGEST) : first]
    for opening, closing in _UNTIL.items():
        if before.endswith(opening):
            stop = source.find(closing, low, end)
            return end if stop < 0 else stop
    return end if first == start else low


def _decoded(raw: str, *, is_base64: bool) -> bytes:
    plain = unquote_to_bytes(escapes.unreferenced(raw))
    if not is_base64:
        return plain
    letters = _NO_BASE64.sub(b"", plain.partition(b"=")[0]).decode()
    return unbase64(letters[: len(letters) - (len(letters) % 4 == 1)]) or b""  # one sign more holds no byte
