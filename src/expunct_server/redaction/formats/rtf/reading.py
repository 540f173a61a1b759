"""What a written RTF document says, read without its structure: groups and known control words are left out, all else
counts, whether programs show it or not.

It shares nothing with what wrote the document but the list of control words that say nothing of their own, and where
columns of tables are (`rows`): each byte is read in every code page that the document names, each character of Unicode
with and without what stands for it in older programs, each picture's data as the text that may be in them.
"""

import re
from collections.abc import Iterator
from typing import Final

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.rtf import charsets, vocabulary
from expunct_server.redaction.formats.rtf.lines import Stories, joined

_PAGES: Final = re.compile(rb"\\(ansicpg|cpg|fcharset)(\d{1,6})")
_MARK: Final = re.compile(
    rb"\\bin(\d{1,10}) ?|\\u(-?\d{1,6}) ?((?:\\'[0-9A-Fa-f]{2}|[^\\{}\r\n])?)|\\'([0-9A-Fa-f]{2})"
    rb"|\\([A-Za-z]+)(-?\d{1,20})? ?|\\([^A-Za-z])|([{}])|[\r\n\0]+"
)
_UNICODE: Final = re.compile(rb"\\u-?\d")
_DIGITS: Final = re.compile(r"(?:[0-9A-Fa-f][ \t]*){400,}")
_SIGNED: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
_UTF_16: Final = re.compile(rb"(?:[\x01-\xff]\0){3,}")
_LONG: Final = 8  # digits of a number that is rarely a measure
_SHOWN: Final = {**vocabulary.CHARACTERS, **vocabulary.BREAKS, **dict.fromkeys(vocabulary.PARAGRAPHS, "\f")}
_SYMBOLS: Final = {b"\\": b"\\", b"{": b"{", b"}": b"}", b"~": b" ", b"_": b"-", b"\t": b"\t"}


def texts(work: Work) -> Iterator[str]:
    """Every reading of it; what several of them say alike once."""
    data = work.source.read()
    said: set[int] = set()
    for codec in _codecs(data):
        for between in ("", " "):
            for kept in ("newer", "older", "both") if _UNICODE.search(data) else ("newer",):
                for text in _reading(data, codec, between, kept):
                    if hash(text) not in said:
                        said.add(hash(text))
                        yield text


def _codecs(data: bytes) -> list[str]:
    """Those that are named, and that of Western Windows; only one where all is ASCII."""
    found = {charsets.DEFAULT}
    for word, number in _PAGES.findall(data):
        codec = charsets.of_charset(int(number)) if word == b"fcharset" else charsets.of_page(int(number))
        found.add(codec or charsets.DEFAULT)
    if b"\\'" not in data and data.isascii():
        return [charsets.DEFAULT]
    return sorted(found)


def _reading(data: bytes, codec: str, between: str, kept: str) -> Iterator[str]:
    """The document as one text. `between` stands where a control word or a brace was; `kept` is what counts of a
    character of Unicode and what follows it: the newer, the older, or both."""
    said: list[str] = []
    stories = Stories()
    raw = bytearray()  # in the code page, not decoded yet
    position = 0
    while (found := _MARK.search(data, position)) is not None:
        raw += data[position : found.start()]
        position = found.end()
        if found[1] is not None:
            inside = data[position : position + int(found[1])]
            position += len(inside)
            yield from _of_bytes(inside)
        elif found[4] is not None:
            raw.append(int(found[4], 16))
        elif found[7] is not None and found[7] not in b"*\r\n":
            raw += _SYMBOLS.get(found[7], b"")
        elif found[0].strip(b"\r\n\0"):
            said.append(_decoded(raw, codec))
            raw.clear()
            stories.text(said[-1])
            said.append(_marked(found, codec, between, kept, stories))
    said.append(_decoded(raw + data[position:], codec))
    for text in joined("".join(said)).split("\f"):  # paragraphs, cells and entries say no value together, but as lines
        yield from _without_data(text)
    if not between:
        yield from stories.lines()


def _marked(found: "re.Match[bytes]", codec: str, between: str, kept: str, stories: Stories) -> str:
    """What a character of Unicode, a control word, a brace or a symbol says."""
    if found[2] is not None:
        said = _unicode(found, codec, kept)
        stories.text(said)
        return said
    if found[8] is not None:
        return "\f" if stories.brace(found[8].decode()) else between
    if found[7] is not None:
        if found[7] == b"*":
            stories.star()
        else:
            stories.word("par", None)
        return ""
    said = _word(found, between)
    name = found[5].decode()
    if name in vocabulary.CHARACTERS or name in vocabulary.BREAKS:
        stories.text(said)
    else:
        stories.word(name, int(found[6]) if found[6] else None)
    return said


def _decoded(raw: bytes | bytearray, codec: str) -> str:
    return bytes(raw).decode(codec, "replace") if codec in charsets.MULTIBYTE else bytes(raw).decode(codec, "ignore")


def _unicode(found: "re.Match[bytes]", codec: str, kept: str) -> str:
    newer, older = chr(int(found[2]) & 0xFFFF), found[3]
    raw = bytes((int(older[2:], 16),)) if older.startswith(b"\\") else older
    return (newer if kept != "older" else "") + (raw.decode(codec, "ignore") if kept != "newer" else "")


def _word(found: "re.Match[bytes]", between: str) -> str:
    name = found[5].decode()
    if name in _SHOWN:
        return _SHOWN[name]
    number = (found[6] or b"").decode()
    if len(number) < _LONG and name in vocabulary.PLACES:
        return "\f" if vocabulary.story(name) == vocabulary.ENTRIES else between and "\f"
    if len(number) < _LONG and name in vocabulary.IGNORED:
        return between
    return f" {name}{' ' if len(number) >= _LONG else ''}{number} "


def _without_data(text: str) -> Iterator[str]:
    """The text without long hexadecimal data, and what these say."""
    position = 0
    parts = []
    for found in _DIGITS.finditer(text):
        parts.append(text[position : found.start()])
        position = found.end()
        digits = "".join(found[0].split())
        yield from _of_bytes(bytes.fromhex(digits[: len(digits) // 2 * 2]))
    yield "".join([*parts, text[position:]])


def _of_bytes(data: bytes) -> Iterator[str]:
    """What may be read in data of another kind. Pictures that are redacted as such were verified as such."""
    if data.startswith(_SIGNED):
        return
    yield data.decode("latin-1")
    yield "\n".join(each.decode("utf-16-le") for each in _UTF_16.findall(data))
