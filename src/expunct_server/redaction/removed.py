"""The values that were removed from a document, and where a text still says one of them.

A document (a PDF, a workbook, a message with attachments) says the same in many places, some of which nobody reads as
text. What is removed in one of them is removed in all, and the written file is searched for it by the same rules:

- a value of one word, letters alone, as it is written: `Rose` is no flower (`rose`);
- any other also in other case and spacing, in compatibility forms, with and without accents, and split by whatever is
  no letter or digit;
- never inside a longer word or number;
- and inside what another encoding hides: base64, hexadecimal, percent signs, character references, escapes.

Values of fewer than four letters and digits (two, where a script needs no more) are too common to be looked for.
"""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

import regex

from expunct_server.redaction.findings import Finding

LEAST: Final = 4
LEAST_IDEOGRAPHS: Final = 2
_KEY: Final = LEAST_IDEOGRAPHS
MOST: Final = 500_000
"""Values of one document; beyond them it is refused rather than searched for some of them."""

_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
# Scripts without blanks between words: there each character may begin and end a value.
_WORD = regex.compile(r"(?V1)[\p{Han}\p{Hiragana}\p{Katakana}]|[[\p{L}\p{M}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}]]+")
_UNSEEN = regex.compile(r"[\p{Cf}\p{Mn}]+")  # soft hyphens, zero-width and combining characters inside a word
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){4,}")
_OCTAL = re.compile(r"\\([0-7]{3})")
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})|\\x([0-9A-Fa-f]{2})")
_QUOTED = re.compile(r"=([0-9A-F]{2})|=\r?\n")
_DEPTH: Final = 3  # encodings inside encodings


class TooManyValues(Exception):
    """A document holds more values to be removed than can be looked for again."""


@dataclass(slots=True)
class Removed:
    """Values by their letters and digits. Not thread-safe: a document is read by one thread.

    What was put in their place may say one of them again: the last digits of another, a date near it, a made-up name.
    """

    _types: dict[str, str] = field(default_factory=dict, repr=False)  # folded value: its entity type
    _as_written: dict[str, str] = field(default_factory=dict, repr=False)
    _lengths: dict[str, list[int]] = field(default_factory=dict, repr=False)  # by the first characters, longest first

    _given: "Removed | None" = field(default=None, repr=False)

    def learn(self, findings: Iterable[Finding]) -> None:
        """Take in what was removed. Raises TooManyValues."""
        for finding in findings:
            self._learn(finding.text, finding.entity_type)
        if len(self._types) + len(self._as_written) > MOST:
            raise TooManyValues

    def gave(self, replacement: str) -> None:
        """Take in what was put in the place of a value: where the written document says that, nothing was left."""
        if self.find(replacement):
            if self._given is None:
                self._given = Removed()
            self._given._learn(replacement, "")

    def _learn(self, text: str, entity_type: str) -> None:
        words = _words(text)
        if not words or not _is_worth_it("".join(words)):
            return
        if len(words) == 1 and words[0].isalpha() and not _IDEOGRAPH.match(words[0]):
            self._as_written.setdefault(text.strip(), entity_type)
        else:
            self._add("".join(words), entity_type)

    def _add(self, squeezed: str, entity_type: str) -> None:
        if squeezed in self._types:
            return
        self._types[squeezed] = entity_type
        lengths = self._lengths.setdefault(squeezed[:_KEY], [])
        if len(squeezed) not in lengths:
            lengths.append(len(squeezed))
            lengths.sort(reverse=True)

    def __bool__(self) -> bool:
        return bool(self._types or self._as_written)

    def find(self, text: str) -> list[tuple[int, int, str]]:
        """Where `text` says a value: start, end and entity type, in order, the longest first; never overlapping."""
        if not self:
            return []
        words = [(m.start(), m.end()) for m in _WORD.finditer(text)]
        squeezed, places, ends = _squeezed(text, words)
        found: list[tuple[int, int, str]] = []
        position = 0
        for start, end in words:
            if start < position:
                continue
            taken = self._at(text, start, end, squeezed, places, ends)
            if taken is not None:
                found.append((start, *taken))
                position = taken[0]
        return found

    def _at(
        self, text: str, start: int, end: int, squeezed: str, places: dict[int, int], ends: dict[int, int]
    ) -> tuple[int, str] | None:
        """Where the longest value that begins with the word at `start` ends, and its type."""
        first = places[start]
        for length in self._lengths.get(squeezed[first : first + _KEY], ()) if self._lengths else ():
            entity_type = self._types.get(squeezed[first : first + length])
            if entity_type is not None and (until := ends.get(first + length)) is not None:
                return until, entity_type
        entity_type = self._as_written.get(text[start:end])
        return None if entity_type is None else (end, entity_type)

    def is_in(self, text: str) -> bool:
        """Whether `text` says a value, plainly or in another encoding, beside what was put in the place of values."""
        return any(self._is_left_in(each) for each in readings(text))

    def _is_left_in(self, text: str) -> bool:
        found = self.find(text)
        if not found or self._given is None:
            return bool(found)
        given = self._given.find(text)
        starts = [start for start, _, _ in given]
        for start, end, _ in found:
            i = bisect_right(starts, start) - 1
            if i < 0 or given[i][1] < end:
                return True
        return False


def readings(text: str, depth: int = _DEPTH) -> Iterator[str]:
    """`text`, and what it says in the encodings that hide text, each inside each other to a depth."""
    yield text
    if depth == 0:
        return
    for decode in _DECODERS:
        decoded = decode(text)
        if decoded is not None and decoded != text:
            yield from readings(decoded, depth - 1)


def _words(text: str) -> list[str]:
    return [squeezed for m in _WORD.finditer(text) if (squeezed := _folded(m[0]))]


def _folded(word: str) -> str:
    """A word as what it looks like, in one case, without what is not seen."""
    if word.isascii():
        return word.lower()
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKD", word))
    return unicodedata.normalize("NFC", plain).casefold()


def _squeezed(text: str, words: list[tuple[int, int]]) -> tuple[str, dict[int, int], dict[int, int]]:
    """All folded words in one; where in it the word that starts at a place of `text` begins, and where in `text` the
    word that ends at a place of it ends."""
    parts: list[str] = []
    places: dict[int, int] = {}
    ends: dict[int, int] = {}
    length = 0
    for start, end in words:
        places[start] = length
        folded = _folded(text[start:end])
        parts.append(folded)
        length += len(folded)
        ends[length] = end
    return "".join(parts), places, ends


def _is_worth_it(squeezed: str) -> bool:
    return len(squeezed) >= (LEAST_IDEOGRAPHS if _IDEOGRAPH.search(squeezed) else LEAST)


# --- encodings --------------------------------------------------------------------------------------------------------


def _references(text: str) -> str | None:
    return html.unescape(text) if "&" in text else None


def _percent(text: str) -> str | None:
    return unquote(text, errors="replace") if "%" in text else None


def _escapes(text: str) -> str | None:
    if "\\" not in text:
        return None
    plain = _ESCAPED.sub(lambda m: chr(int(m[1] or m[2], 16)), text)
    return _OCTAL.sub(lambda m: chr(int(m[1], 8) & 0xFF), plain)


def _quoted_printable(text: str) -> str | None:
    """RFC 2045, section 6.7."""
    if "=" not in text or not _QUOTED.search(text):
        return None
    raw = _QUOTED.sub(lambda m: chr(int(m[1], 16)) if m[1] else "", text)
    try:
        return raw.encode("latin-1").decode()
    except (UnicodeEncodeError, UnicodeDecodeError):
        return raw


def _base64(text: str) -> str | None:
    """RFC 4648, sections 4 and 5; line ends inside are common in mail."""
    decoded = [_bytes_as_text(unbase64(m[0])) for m in _BASE64.finditer(text.replace("\r\n", "").replace("\n", ""))]
    return _joined(decoded)


def unbase64(token: str) -> bytes | None:
    """What base64 (RFC 4648, sections 4 and 5) says, padded or not, whatever blanks it has; None for what is none."""
    plain = "".join(token.split()).rstrip("=").translate({ord("-"): "+", ord("_"): "/"})
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return None


def _hexadecimal(text: str) -> str | None:
    """RFC 4648, section 8; also PDF's hexadecimal strings."""
    return _joined([_bytes_as_text(bytes.fromhex(m[0])) for m in _HEX.finditer(text)])


def _bytes_as_text(raw: bytes | None) -> str:
    """What bytes say in the encoding that they most likely have; "" for what is no text."""
    if not raw:
        return ""
    codec = "utf-8"
    if raw.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        codec = "utf-16"
    elif raw[1::2].count(0) * 2 > len(raw[1::2]):
        codec = "utf-16-le"
    elif raw[::2].count(0) * 2 > len(raw[::2]):
        codec = "utf-16-be"
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return ""


def _joined(parts: list[str]) -> str | None:
    said = [part for part in parts if part]
    return "\n".join(said) if said else None


_DECODERS: Final[tuple[Callable[[str], str | None], ...]] = (
    _references,
    _percent,
    _escapes,
    _quoted_printable,
    _base64,
    _hexadecimal,
)
