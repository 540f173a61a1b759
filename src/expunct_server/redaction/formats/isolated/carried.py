"""Data that a text carries: packages of drawings and queries in attributes, as base64 or base32 (RFC 4648), as
hexadecimal or lists of codes."""

import base64
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from expunct_server.redaction.formats.isolated import base64s, contents
from expunct_server.redaction.formats.isolated.contents import Carried, Found
from expunct_server.redaction.numbered import Numbered, numbered
from expunct_server.redaction.removed import is_said, unbase32

if TYPE_CHECKING:
    from expunct_server.redaction.formats.isolated.forms import Edit

_BASE32 = re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{24,}={0,6}(?![A-Za-z0-9=])")
_HEX_LINES = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Fa-f]{16,}+(?:\s{0,20}\n[ \t>|]{0,20}[0-9A-Fa-f]{2,}+)++(?![0-9A-Za-z])"
)
_BETWEEN_LINES = re.compile(r"[\s>|]+")
_LEAST_NUMBERS: Final = 12


def all_in(text: str, taken: Sequence["Edit"]) -> Iterator[Carried]:
    """Data that stands in a text, but where something is already replaced."""
    position = 0
    found = (*_numbered(text), *_base32(text), *base64s.in_lines(text), *base64s.short(text))
    for each in sorted(found, key=lambda each: each[:2]):
        start, end, data, write = each
        within = within_of(taken, start, end)
        said = start + len(text[start:end].rstrip("="))  # what pads it may be left of data that is replaced
        if start < position or any(edit.start <= start and edit.end >= said for edit in within):
            continue
        if (made := contents.read(start, end, data, write, is_guessed=not isinstance(each, Numbered))) is not None:
            position = end
            yield made._replace(codec="") if within else made  # of what is left of it nothing can be made


def within_of(edits: Sequence["Edit"], start: int, end: int) -> Sequence["Edit"]:
    """Those of edits, which are in order and do not overlap, that have something of a stretch."""
    first = bisect_right(edits, start, key=lambda edit: edit.end)
    return edits[first : bisect_left(edits, end, first, key=lambda edit: edit.start)]


def _numbered(text: str) -> Iterator[Found]:
    """Hexadecimal in lines that say a text or are a file together. Few numbers are some where they say a word, and are
    no number of a person."""
    together = [each for found in _HEX_LINES.finditer(text) if (each := _of_lines(found))]
    yield from together
    starts = [start for start, *_ in together]
    for found in numbered(text):
        at = bisect_right(starts, found.start) - 1
        if at >= 0 and found.start < together[at][1]:
            continue
        is_one = text[found.start : found.end].isdecimal()
        if len(found.data) >= _LEAST_NUMBERS or (is_said(found.data) and not is_one):
            yield found


def _of_lines(found: re.Match[str]) -> Found | None:
    """What lines say together, or those before the last, which may be a word."""
    for lines in (found[0], found[0][: found[0].rindex("\n")].rstrip()):
        letters = _BETWEEN_LINES.sub("", lines)
        data = b"" if len(letters) % 2 else bytes.fromhex(letters)
        if contents.is_file(data) or is_said(data):
            return found.start(), found.start() + len(lines), data, bytes.hex
    return None


def _base32(text: str) -> Iterator[Found]:
    """RFC 4648, section 6, of texts; what else looks so is a key or a number."""
    for found in _BASE32.finditer(text):
        if is_said(data := unbase32(found[0])):
            yield found.start(), found.end(), data, lambda data: base64.b32encode(data).decode()
