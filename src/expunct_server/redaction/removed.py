"""The values that were removed from a document, and where a text still says one of them.

A document (a PDF, a workbook, a message with attachments) says the same in many places, some of which nobody reads as
text. What is removed in one of them is removed in all, and the written file is searched for it by the same rules:

- a value of one word, letters alone, as it is written: `Rose` is no flower (`rose`);
- any other also in other case and spacing, in compatibility forms, with and without accents, and split by whatever is
  no letter or digit;
- never inside a longer word or number;
- and inside what another encoding hides: base64, base32, hexadecimal, percent signs, character references, escapes.

Values of fewer than four letters and digits (two, where a script needs no more) are too common to be looked for.
"""

import base64
import binascii
import codecs
import re
import unicodedata
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import regex

from expunct_server.redaction import escapes
from expunct_server.redaction.findings import Finding
from expunct_server.redaction.numbered import numbered

LEAST: Final = 4
LEAST_IDEOGRAPHS: Final = 2
LEAST_IN_NOISE: Final = 6
"""In bytes that may be no text: in a gigabyte of random ones a word of six letters stands by chance once in 500,000
times, one of four once in 8."""
WALL: Final = "\ua66e"
"""A letter that is in no value: it parts what is not read together."""
_LEAST_OVER_LINES: Final = 7
_KEY: Final = LEAST_IDEOGRAPHS
MOST: Final = 500_000
"""Values of one document; beyond them it is refused rather than searched for some of them."""

_IDEOGRAPH = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
# Scripts without blanks between words: there each character may begin and end a value.
_WORD = regex.compile(r"(?V1)[\p{Han}\p{Hiragana}\p{Katakana}]|[[\p{L}\p{M}\p{N}]--[\p{Han}\p{Hiragana}\p{Katakana}]]+")
_UNSEEN = regex.compile(r"[\p{Cf}\p{Mn}]+")  # soft hyphens, zero-width and combining characters inside a word
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_BASE32 = re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{24,}={0,6}(?![A-Za-z0-9=])")
_LINE_END = re.compile(r"\r?\n(?:[>|] ?)*")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){4,}+")
_DEPTH: Final = 3  # encodings inside encodings
_MOST_INFLATED: Final = 4 << 20


class TooManyValues(Exception):
    """A document holds more values to be removed than can be looked for again."""


class Left(NamedTuple):
    """The entity types of values that a written document still says, and whether in another encoding."""

    types: tuple[str, ...]
    is_encoded: bool = False


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

    def is_in(self, text: str, least: int = 0) -> bool:
        """Whether `text` says a value, plainly or in another encoding, beside what was put in the place of values; one
        of `least` letters and digits."""
        return self.left_in(text, least) is not None

    def left_in(self, text: str, least: int = 0) -> "Left | None":
        """What of that is in the first of its readings that has any."""
        for number, each in enumerate(readings(text)):
            found = [(i, j, kind) for i, j, kind in self.find(each) if sum(map(str.isalnum, each[i:j])) >= least]
            if types := self._types_of(found, each):
                return Left(types, is_encoded=number > 0)
        return None

    def left_over_lines(self, text: str) -> "Left | None":
        """What lines that are read one after the other say together (`may_go_on`)."""
        found = [each for each in self.find(text) if may_go_on(text[each[0] : each[1]])]
        types = self._types_of(found, text)
        return Left(types) if types else None

    def _types_of(self, found: list[tuple[int, int, str]], text: str) -> tuple[str, ...]:
        """The types of those that are others than what was put in the place of values."""
        if found and self._given is not None:
            given = self._given.find(text)
            starts = [start for start, _, _ in given]
            found = [
                each for each in found
                if (i := bisect_right(starts, each[0]) - 1) < 0 or given[i][1] < each[1]
            ]  # fmt: skip
        return tuple(sorted({kind for _, _, kind in found}))


def readings(text: str) -> Iterator[str]:
    """`text`, and what it says in the encodings that hide text, each inside each other to a depth; nothing twice."""
    said = {text}
    latest = [text]
    yield text
    for _ in range(_DEPTH):
        decoded = [decode(each) for each in latest for decode in _DECODERS]
        latest = [each for each in dict.fromkeys(decoded) if each is not None and each not in said]
        said.update(latest)
        yield from latest


def may_go_on(value: str) -> bool:
    """Whether what a document says over several lines, such as the cells of a table, is a value. Numbers of few digits
    stand beside each other in tables by chance."""
    said = [letter for letter in value if letter.isalnum()]
    return "\n" not in value or len(said) >= _LEAST_OVER_LINES or not all(map(str.isdecimal, said))


def _words(text: str) -> list[str]:
    return [squeezed for m in _WORD.finditer(text) if (squeezed := _folded(m[0]))]


def _folded(word: str) -> str:
    """A word as what it looks like, in one case, without what is not seen."""
    if word.isascii():
        return word.lower()
    plain = _UNSEEN.sub("", unicodedata.normalize("NFKD", word))
    plain = "".join(str(unicodedata.decimal(each, each)) for each in plain)  # digits of all scripts
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


def _base64(text: str) -> str | None:
    """RFC 4648, sections 4 and 5; line ends inside are common in mail, and the signs of an answer behind them."""
    return _joined([_bytes_as_text(unbase64(m[0])) for m in _BASE64.finditer(_LINE_END.sub("", text))])


def _base32(text: str) -> str | None:
    """RFC 4648, section 6."""
    return _joined([data.decode() for m in _BASE32.finditer(text) if is_said(data := unbase32(m[0]))])


def unbase32(token: str) -> bytes:
    """What base32 (RFC 4648, section 6) says, padded or not; nothing for what is none."""
    plain = token.rstrip("=")
    try:
        return base64.b32decode(plain + "=" * (-len(plain) % 8))
    except (binascii.Error, ValueError):
        return b""


def is_said(data: bytes) -> bool:
    """Whether data is a text of UTF-8, of letters that can be printed."""
    try:
        return bool(said := data.decode()) and all(each.isprintable() or each in "\r\n\t" for each in said)
    except UnicodeDecodeError:
        return False


def unbase64(token: str) -> bytes | None:
    """What base64 (RFC 4648, sections 4 and 5) says, padded or not, whatever blanks and signs of an answer are between
    its lines; None for what is none."""
    plain = "".join(token.split()).rstrip("=").translate({ord("-"): "+", ord("_"): "/", ord(">"): "", ord("|"): ""})
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return None


def _hexadecimal(text: str) -> str | None:
    """RFC 4648, section 8; also PDF's hexadecimal strings."""
    return _joined([_bytes_as_text(bytes.fromhex(m[0]), is_guessed=False) for m in _HEX.finditer(text)])


def inflated(raw: bytes) -> bytes | None:
    """What data says that was compressed whole (RFC 1950, RFC 1951), as drawings and requests carry it; None for what
    was not, or is more than `_MOST_INFLATED` bytes."""
    for bits in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpacking = zlib.decompressobj(bits)
        with suppress(zlib.error):
            made = unpacking.decompress(raw, _MOST_INFLATED)
            if unpacking.eof and not unpacking.unused_data and made:
                return made
    return None


def _bytes_as_text(raw: bytes | None, *, is_guessed: bool = True) -> str:
    """What bytes say in the encoding that they most likely have; "" for what is no text."""
    if not raw:
        return ""
    raw = inflated(raw) or raw
    codec = "utf-8"
    if raw.startswith((codecs.BOM_UTF16_BE, codecs.BOM_UTF16_LE)):
        codec = "utf-16"
    elif raw[1::2].count(0) * 2 > len(raw[1::2]):
        codec = "utf-16-le"
    elif raw[::2].count(0) * 2 > len(raw[::2]):
        codec = "utf-16-be"
    try:
        said = raw.decode(codec)
    except UnicodeDecodeError:
        said = ""
    return "\n".join(
        filter(None, [said, *(escapes.guessed(raw) if is_guessed and (not said or b"\x1b" in raw) else ())])
    )


def _numbered(text: str) -> str | None:
    return _joined([_bytes_as_text(each.data, is_guessed=False) for each in numbered(text)])


def _joined(parts: list[str]) -> str | None:
    said = [part for part in parts if part]
    return "\n".join(said) if said else None


_DECODERS: Final[tuple[Callable[[str], str | None], ...]] = (
    escapes.plain,
    _base64,
    _base32,
    _hexadecimal,
    _numbered,
)
