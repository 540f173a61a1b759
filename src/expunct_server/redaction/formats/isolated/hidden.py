"""What a text says in another form: escaped letter by letter, with soft hyphens in it, or carried as base64, base32 or
hexadecimal, a file perhaps.

Documents of all kinds do so: addresses with percent signs, cells with `_x0040_` (ECMA-376, 22.9.2.19), packages of
drawings and queries in attributes (RFC 4648), JSON in settings. What is found there is put into the text that holds it.
"""

import base64
import codecs
import re
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from expunct_server.redaction import escapes
from expunct_server.redaction.numbered import Numbered, numbered
from expunct_server.redaction.removed import inflated, is_said, unbase32, unbase64

if TYPE_CHECKING:
    from expunct_server.redaction.formats.isolated.forms import Edit

DEPTH: Final = 3
"""Forms inside forms; what is deeper is what the check of the written document is for."""
_MASK: Final = "\ufffc"  # for what is already replaced
# Possessive: what a stranger wrote must not be tried in all the ways that it can be divided.
# Between its lines may be the signs of an answer.
_BASE64 = re.compile(
    r"(?:[A-Za-z0-9+/_-]{16,}+(?:[\s>|]{1,20}+(?=[A-Za-z0-9+/_-]{16}))?+)++"
    r"(?:[\s>|]{1,20}[A-Za-z0-9+/_-]{1,15}={1,2}|={0,2})"
)
# Of a word or two: letters of both cases or digits are among it, as in few words that are none.
_SHORT = re.compile(r"(?<![A-Za-z0-9+/_=-])(?=[A-Z]?[a-z]*[A-Z0-9])[A-Za-z0-9+/_-]{8,15}={0,2}(?![A-Za-z0-9+/_=-])")
_NO_SHORT = re.compile(r"[A-Z_-]+|[0-9_-]+")
_BASE32 = re.compile(r"(?<![A-Za-z0-9])[A-Z2-7]{24,}={0,6}(?![A-Za-z0-9=])")
_HEX = re.compile(r"(?:0[xX])?(?:[0-9A-Fa-f]{2}[\s>|]*+){12,}+")  # is read as numbers
_HEX_LINES = re.compile(
    r"(?<![0-9A-Za-z])[0-9A-Fa-f]{16,}+(?:\s{0,20}\n[ \t>|]{0,20}[0-9A-Fa-f]{2,}+)++(?![0-9A-Za-z])"
)
_BETWEEN_LINES = re.compile(r"[\s>|]+")
_LEAST_NUMBERS: Final = 12
_LINE = re.compile(r"[A-Za-z0-9+/_-]{16,}+={0,2}")
# As much of a head as random bytes, such as a hash, do not have by chance.
_FILES = re.compile(
    rb"%PDF-|\x89PNG\r\n|\xff\xd8\xff[\xc0-\xfe]|GIF8[79]a|II\*\0|MM\0\*|\x1f\x8b\x08[\0-\x1f]|\xd0\xcf\x11\xe0\xa1\xb1|\{\\rtf"
    rb"|BZh[1-9]1AY|7z\xbc\xaf\x27|\xfd7zXZ|Rar!\x1a\x07|RIFF....(?:WEBP|WAVE|AVI )",
    re.DOTALL,
)
_PACKAGE: Final = b"PK\x03\x04"
_LEAST: Final = {
    b"%P": 64, b"\x89P": 57, b"\xff\xd8": 100, b"GI": 24, b"II": 26, b"MM": 26, b"\x1f\x8b": 18, b"\xd0\xcf": 512,
    b"{\\": 7, b"BZ": 14, b"7z": 32, b"\xfd7": 32, b"Ra": 20, b"RI": 20, b"PK": 98,
}  # fmt: skip
"""Bytes of the shortest file of a kind, by its first two: what is shorter is read as the bytes that it is."""
_HEAD: Final = 65_536
_REST = re.compile(r"[ \t]*\r?\n[ \t>|]{0,20}(?:[A-Za-z0-9+/_-]{4}){1,3}(?!\S)")
_WIDEST_LINE: Final = 76  # letters (RFC 2045, section 6.8): a longer line is data that is not in lines
_FRONT: Final = 64  # bytes before a package that is led in by something, as in [MS-QDEFF], 2.2
_RUN = re.compile(rb"[\x20-\x7e]{6,}")
_WIDEST: Final = 12  # bytes of the shortest run of wide letters
_WIDE_RUN = re.compile(rb"(?:[\x20-\x7e]\0){6,}+|(?:\0[\x20-\x7e]){6,}+")


class Plain(NamedTuple):
    """A text without escapes. Stretches of it begin at `starts`, in the original at `origins`; a stretch is `as_is`, or
    one character for an escape."""

    text: str
    starts: list[int]
    origins: list[int]
    as_is: list[bool]

    def origin(self, at: int) -> int:
        """Where in the original the character at a place begins."""
        i = bisect_right(self.starts, at) - 1
        return self.origins[i] + (at - self.starts[i] if self.as_is[i] else 0)

    def end(self, at: int) -> int:
        """Where in the original the character at a place ends: an escape of several characters is taken whole."""
        i = bisect_right(self.starts, at) - 1
        if self.as_is[i]:
            return self.origin(at) + 1
        return self.origins[bisect_right(self.origins, self.origins[i])]


class Carried(NamedTuple):
    """Data in a text from `start` to `end`: what it says if it is text, in a codec, or else what can be read in it.

    `is_file` data is a document of its own. `write` is the encoding, for data that may be written again.
    """

    start: int
    end: int
    data: bytes
    said: str
    codec: str
    is_file: bool
    write: Callable[[bytes], str]


def unescaped(text: str, taken: Sequence["Edit"]) -> Plain | None:
    """The text without escapes and without what is already replaced; None where it has no escapes."""
    if not escapes.may_be_in(text):
        return None
    made = _Unescaping(text)
    position = 0
    for edit in taken:
        made.take(position, edit.start)
        made.put(_MASK, edit.start)
        position = edit.end
    made.take(position, len(text))
    made.put("", len(text))
    return Plain("".join(made.parts), made.starts, made.origins, made.as_is) if made.has_escapes else None


class _Unescaping:
    def __init__(self, text: str) -> None:
        self.text = text
        self.charsets = escapes.Charsets(text)
        self.is_quoted = "quoted-printable" in text.lower()
        self.parts: list[str] = []
        self.starts: list[int] = []
        self.origins: list[int] = []
        self.as_is: list[bool] = []
        self.has_escapes = False
        self._length = 0

    def take(self, start: int, end: int) -> None:
        for found in escapes.ESCAPE.finditer(self.text, start, end):
            said = escapes.characters(found, self.charsets, is_quoted=self.is_quoted)
            if said is None:
                continue
            self.put(self.text[start : found.start()], start, as_is=True)
            at = found.start()
            for each, width in said:
                self.put(each, at)
                at += width
            self.has_escapes = True
            start = found.end()
        self.put(self.text[start:end], start, as_is=True)

    def put(self, said: str, origin: int, *, as_is: bool = False) -> None:
        self.parts.append(said)
        self.starts.append(self._length)
        self.origins.append(origin)
        self.as_is.append(as_is)
        self._length += len(said)


def placed(edit: "Edit", plain: Plain) -> "Edit":
    """An edit of what is without escapes, where it is in the original."""
    return edit._replace(start=plain.origin(edit.start), end=plain.end(edit.end - 1))


def written(text: str, edits: Iterable["Edit"], plain: Plain) -> list["Edit"]:
    """Edits of what is without escapes, which are in order, as some of the original: all in one escape are one."""
    found = groupby((placed(edit, plain) for edit in edits), key=lambda edit: (edit.start, edit.end))
    return [_written(text, list(each)) for _, each in found]


def _written(text: str, edits: list["Edit"]) -> "Edit":
    """Edits of the same stretch of the original, as one."""
    first, label = edits[0], "".join(edit.replacement for edit in edits)
    start, end = first.start, first.end
    is_address = "%" in text[start:end] and " " not in text[start:end]
    tags = (m[0] for m in escapes.ESCAPE.finditer(text, start, end) if m["tag"])  # those around stay closed
    return first._replace(replacement=(quote(label) if is_address else label) + "".join(tags))


# --- data -------------------------------------------------------------------------------------------------------------


def carried(text: str, taken: Sequence["Edit"]) -> Iterator[Carried]:
    """Data that stands in a text, but where something is already replaced."""
    position = 0
    found = (*_numbered(text), *_base32(text), *_base64(text), *_short(text))
    for each in sorted(found, key=lambda each: each[:2]):
        start, end, data, write = each
        within = within_of(taken, start, end)
        said = start + len(text[start:end].rstrip("="))  # what pads it may be left of data that is replaced
        if start < position or any(edit.start <= start and edit.end >= said for edit in within):
            continue
        if (made := _read(start, end, data, write, is_guessed=not isinstance(each, Numbered))) is not None:
            position = end
            yield made._replace(codec="") if within else made  # of what is left of it nothing can be made


def within_of(edits: Sequence["Edit"], start: int, end: int) -> Sequence["Edit"]:
    """Those of edits, which are in order and do not overlap, that have something of a stretch."""
    first = bisect_right(edits, start, key=lambda edit: edit.end)
    return edits[first : bisect_left(edits, end, first, key=lambda edit: edit.start)]


_Found = tuple[int, int, bytes, Callable[[bytes], str]]
_Lines = Sequence[re.Match[str]]


def _numbered(text: str) -> Iterator[_Found]:
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


def _of_lines(found: re.Match[str]) -> _Found | None:
    """What lines say together, or those before the last, which may be a word."""
    for lines in (found[0], found[0][: found[0].rindex("\n")].rstrip()):
        letters = _BETWEEN_LINES.sub("", lines)
        data = b"" if len(letters) % 2 else bytes.fromhex(letters)
        if _is_file(data) or is_said(data):
            return found.start(), found.start() + len(lines), data, bytes.hex
    return None


def _base64(text: str) -> Iterator[_Found]:
    """In lines together, but each file on its own; or where they say nothing so, see `_apart`."""
    for found in _BASE64.finditer(text):
        if _HEX.fullmatch(found[0]):
            continue
        parts = list(_parted(list(_LINE.finditer(text, *found.span())), _is_new_file))
        for number, lines in enumerate(parts, 1):
            start, end = lines[0].start(), lines[-1].end()
            if number == len(parts):
                end = _end(lines, found.end())
            data = unbase64(text[start:end])
            if data is None or len(lines) < 2 or _says(data):
                yield start, end, data or b"", _encoded
            else:
                yield from _apart(lines, end)


def _end(lines: _Lines, end: int) -> int:
    """Where data in lines ends that goes to `end` at least: the rest of it may be few letters that nothing pads, which
    are a word where it is no text with them."""
    text, start = lines[0].string, lines[0].start()
    last = lines[-1]
    is_full = last.end() == end and len(last[0]) == len(lines[0][0]) and not last[0].endswith("=")
    rest = _REST.match(text, end) if is_full else None
    if rest is None:
        return end
    without, whole = (unbase64(text[start:until]) or b"" for until in (end, rest.end()))
    is_word = _is_text(without) and not _is_text(whole)
    return rest.end() if _says(whole) and not is_word else end


def _apart(lines: _Lines, end: int) -> Iterator[_Found]:
    """Lines of data that is nothing as a whole, with what is left over to `end`: those of a file or a text that some
    others stand before or behind, and all others alone or with those that they go on in."""
    rest: list[re.Match[str]] = []
    for body in _parted(lines, _is_other_body):
        start, until = body[0].start(), end if body[-1] is lines[-1] else body[-1].end()
        data = (unbase64(lines[0].string[start:until]) or b"") if _is_body(body) else b""
        if data and _says(data):
            yield from _going_on(rest)
            rest = []
            yield start, until, data, _encoded
        else:
            rest += body
    yield from _going_on(rest)


def _parted(lines: _Lines, is_other: Callable[[_Lines, re.Match[str]], bool]) -> Iterator[_Lines]:
    """Lines, parted where one is of another part than those before it."""
    part: list[re.Match[str]] = []
    for line in lines:
        if part and is_other(part, line):
            yield part
            part = []
        part.append(line)
    if part:
        yield part


def _is_new_file(part: _Lines, line: re.Match[str]) -> bool:
    """Whether a file begins with a line after the end of other data. One that begins amid lines of a package is a
    member of that."""
    has_ended = _has_ended(part, line) or _gap(part[-1], line) > (_gap(*part[:2]) if len(part) > 1 else 1)
    return (has_ended or len(part[-1][0]) > _WIDEST_LINE) and _begins_as_file(line)


def _is_other_body(body: _Lines, line: re.Match[str]) -> bool:
    return _has_ended(body, line) or (_begins_as_file(line) and not _begins_as_file(body[0]))


def _has_ended(lines: _Lines, line: re.Match[str]) -> bool:
    """Lines of data are as long as each other, but for the last, which may be shorter."""
    return len(lines[-1][0]) < max(len(lines[0][0]), len(line[0]))


def _gap(before: re.Match[str], after: re.Match[str]) -> int:
    return before.string.count("\n", before.end(), after.start())


def _is_body(lines: _Lines) -> bool:
    """Whether lines may be data that is read as one for themselves: two say too little of that."""
    return len(lines) > 2 or _begins_as_file(lines[0])


def _begins_as_file(line: re.Match[str]) -> bool:
    data = unbase64(line[0][:16]) or b""
    return data.startswith(_PACKAGE) or _FILES.match(data) is not None


def _going_on(lines: _Lines) -> Iterator[_Found]:
    """Lines of data that is no text as a whole; those together over whose ends letters go on."""
    start = end = 0
    parts: list[bytes] = []
    is_open = False  # none of its letters is left over
    for line in lines:
        data = unbase64(line[0]) or b""
        if parts and not (is_open and _is_across(parts[-1], data)):
            yield start, end, b"".join(parts), _encoded
            parts = []
        start, end = start if parts else line.start(), line.end()
        parts.append(data)
        is_open = len(line[0]) % 4 == 0 and not line[0].endswith("=")
    if parts:
        yield start, end, b"".join(parts), _encoded


def _is_across(before: bytes, after: bytes) -> bool:
    """Whether letters go on from some bytes to the next ones."""
    near, width = before[-_WIDEST:] + after[:_WIDEST], len(before[-_WIDEST:])
    return any(m.start() < width < m.end() for run in (_RUN, _WIDE_RUN) for m in run.finditer(near))


def _short(text: str) -> Iterator[_Found]:
    """Base64 of a word or two, which is some where it says one."""
    for found in _SHORT.finditer(text):
        data = None if _NO_SHORT.fullmatch(found[0]) else unbase64(found[0])
        if data and is_said(data):
            yield found.start(), found.end(), data, _encoded


def _base32(text: str) -> Iterator[_Found]:
    """RFC 4648, section 6, of texts; what else looks so is a key or a number."""
    for found in _BASE32.finditer(text):
        if is_said(data := unbase32(found[0])):
            yield found.start(), found.end(), data, lambda data: base64.b32encode(data).decode()


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _is_text(data: bytes) -> bool:
    made = _read(0, 0, data, _encoded)
    return made is not None and bool(made.codec)


def _says(data: bytes) -> bool:
    """Whether data is a file or a text."""
    made = _read(0, 0, data, _encoded)
    return made is not None and (made.is_file or bool(made.codec) or bool(escapes.guessed(data)))


def _read(
    start: int, end: int, data: bytes, write: Callable[[bytes], str], *, is_guessed: bool = False
) -> Carried | None:
    if not data:
        return None
    if (plain := inflated(data)) is not None:
        made = _as_it_is(start, end, plain, _deflating(data, write))
        if made and (made.codec or made.is_file):
            return made
    return _as_it_is(start, end, data, write, is_guessed=is_guessed)


def is_one(text: str) -> bool:
    """Whether among lines of data that a text ends with a file or a text begins, which are one then."""
    *_, last = _BASE64.finditer(text)
    lines = list(_LINE.finditer(last[0]))
    return _begins(lines) or any(_begins(body) for body in _parted(lines, _is_other_body) if _is_body(body))


def _begins(lines: _Lines) -> bool:
    letters = "".join(line[0] for line in lines[: _HEAD // 16])[:_HEAD]
    data = unbase64(letters[: len(letters) // 4 * 4]) or b""
    with suppress(zlib.error):
        data = zlib.decompressobj().decompress(data, _HEAD) or data
    return _is_file(data) or any(_begins_as_text(data, codec) for codec in _codecs(data))


def _begins_as_text(data: bytes, codec: str) -> bool:
    try:
        return _is_printed(codecs.getincrementaldecoder(codec)().decode(data))
    except UnicodeDecodeError:
        return False


def _is_printed(said: str) -> bool:
    return all(each.isprintable() or each in "\r\n\t\ufeff" for each in said)


def _is_file(data: bytes) -> bool:
    at = 0 if _FILES.match(data) else data.find(_PACKAGE, 0, _FRONT + len(_PACKAGE))
    return at >= 0 and len(data) - at >= _LEAST[data[at : at + 2]]


def _as_it_is(
    start: int, end: int, data: bytes, write: Callable[[bytes], str], *, is_guessed: bool = False
) -> Carried | None:
    if _is_file(data):
        return Carried(start, end, data, "", "", True, write)
    for codec in _codecs(data):
        with suppress(UnicodeDecodeError):
            said = data.decode(codec)
            if _is_printed(said):
                return Carried(start, end, data, said, codec, False, write)
    runs = [m[0] for m in _RUN.finditer(data)] + [m[0].replace(b"\0", b"") for m in _WIDE_RUN.finditer(data)]
    guessed = escapes.guessed(data) if is_guessed else []  # numbers are seldom texts
    said = "\n".join(guessed or (run.decode("ascii") for run in runs))
    return Carried(start, end, data, said, "", False, write) if said else None


def _deflating(data: bytes, write: Callable[[bytes], str]) -> Callable[[bytes], str]:
    """Writes what was compressed, with a head (RFC 1950) where it had one."""
    bits = zlib.MAX_WBITS if data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0 else -zlib.MAX_WBITS

    def compressed(made: bytes) -> str:
        packing = zlib.compressobj(wbits=bits)
        return write(packing.compress(made) + packing.flush())

    return compressed


def _codecs(data: bytes) -> Iterator[str]:
    """What a text of these bytes may be in; every other byte of most texts in UTF-16 is 0, and of other data seldom."""
    yield "utf-8"
    for codec, high in (("utf-16-le", data[1::2]), ("utf-16-be", data[::2])):
        if high.count(0) * 2 > len(high):
            yield codec
