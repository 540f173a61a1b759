"""The bytes of a written PDF, read by plain code and no library, whatever they say of themselves.

One more look beside that of `reading`, which shares nothing with what wrote the document but the list of the format's
own words: nobody is asked which object something belongs to, or what it is for. All of the file is looked at, each
stream once more as it is unpacked (`unpacking`), by one of two rules:

    syntax  what is text for the most part: strings, names, and words that are no instructions. Numbers that draw, and
            those of the format, are none: a coordinate can look like any value.
    noise   all else: what can be read in it, in bytes of one or two a letter. Pixels say any short word by chance, so
            that only longer values are looked for there (`work.Noise`).

(ISO 32000-2, 7.2, 7.3 and annex A.)
"""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Final

from expunct_server.redaction.formats import noise
from expunct_server.redaction.formats.isolated.work import Noise
from expunct_server.redaction.formats.pdf.unpacking import unpacked
from expunct_server.redaction.formats.pdf.vocabulary import is_own

_STREAM: Final = re.compile(rb"stream\r?\n?")
_END: Final = b"endstream"
_HEAD: Final = 4_096  # bytes before a stream, where its dictionary says how it is packed
_EMBEDDED: Final = re.compile(rb"/Type\s*/EmbeddedFile\b")
_PICTURE: Final = re.compile(rb"/Subtype\s*/Image\b")
_BLOCK: Final = 1 << 20
_OVERLAP: Final = 1 << 10
_TEXT: Final = bytes((9, 10, 12, 13, *range(0x20, 0x7F)))
_MOST_ODD: Final = 0.2  # of the bytes of what is text
_LEAST: Final = 4  # letters: shorter values are not looked for
_MOST_SEEN: Final = 200_000
_BLANK: Final = 150.0  # thousandths of the size of letters: a gap between two words
_FAR: Final = 1_300.0  # between two columns
_DIGITS: Final = 30

_OPERATORS: Final = """
b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M MP n q Q re RG rg ri
s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' "
obj R endobj stream endstream xref trailer startxref true false null
abs add atan ceiling cos cvi cvr div exp floor idiv ln log mod mul neg round sin sqrt sub truncate and bitshift eq ge gt
le lt ne not or xor if ifelse copy dup exch index pop roll def put begin end dict array for readonly
"""
_NUMBER: Final = rb"[-+]?+(?:\d++\.?+\d*+|\.\d++)(?![^\0\t\n\f\r ()<>\[\]{}/%])"
_WORD: Final = (
    rb"(?:"
    + b"|".join(re.escape(each.encode()) for each in sorted(_OPERATORS.split(), key=len, reverse=True))
    + rb")(?![^\0\t\n\f\r ()<>\[\]{}/%])"
)
_TOKEN: Final = re.compile(
    rb"""
      <<|>>
    | \((?P<string>(?:[^()\\]++|\\.)*+)                # up to the next bracket: those in each other are rare
    | <(?P<hex>[0-9A-Fa-f\s]*+)>
    | /(?P<name>[^\0\t\n\f\r ()<>\[\]{}/%]*+)
    | (?P<array>\[|\]\s*+(?:TJ)?+)
    | (?<![^\0\t\n\f\r ()<>\[\]{}/%])(?:
          (?:(?:NUMBER\s++)*+WORD\s*+)++
        | (?P<numbers>(?:NUMBER\s*+)++)(?P<used>(?=[\]\[()<>/{}%]))?+
      )
    """.replace(b"NUMBER", _NUMBER).replace(b"WORD", _WORD),
    re.VERBOSE | re.DOTALL,
)
_LARGE: Final = re.compile(rb"(?<![\d.])(\d{9,}+)(?=\.?0*+(?![\d.]))")
_ESCAPE: Final = re.compile(rb"\\(?:([0-7]{1,3})|\r\n?|\n|(.))", re.DOTALL)
_ESCAPED: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_CONTROLS: Final = re.compile(rb"[\0-\x08\x0e-\x1f]")  # numbers of glyphs
_CODE: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_CELLS: Final = re.compile(rb"[^\s,;|]{4,}")

_Reader = Callable[[bytes, bool], Iterator[str]]
"""Reads a block of bytes; it is told whether that is the last one."""


def said(data: bytes) -> Iterator[str]:
    """All that a file says, each text once for the most part. Raises DocumentError for what unpacks without end."""
    seen: set[str] = set()
    for text in _said(data):
        if text not in seen:
            if len(seen) < _MOST_SEEN:
                seen.add(text)
            yield text


def _said(data: bytes) -> Iterator[str]:
    at = 0
    for match in _STREAM.finditer(data):
        start = match.end()
        if match.start() < at or data.endswith(b"end", 0, match.start()):
            continue  # the word inside a stream, or the end of one
        yield from _outside(data[at:start])
        head = data[max(at, start - _HEAD) : start].rpartition(b" obj")[2]
        layers, at = unpacked(data, start, head, _END)
        read = _reader(head)
        for layer in layers:
            yield from _blocks(layer, read)
    yield from _outside(data[at:])


def _outside(part: bytes) -> Iterator[str]:
    """What is in no stream; large whole numbers too, which are no places on pages there."""
    yield from _syntax(part, True)
    for match in _TOKEN.finditer(part):
        if match["used"] is not None:
            yield from (number.decode() for number in _LARGE.findall(match["numbers"]))
    if not _is_text(part):
        yield from noise.runs(part)


def _reader(head: bytes) -> _Reader:
    """Dark pixels are letters, so that a picture is none for `syntax` whatever its bytes are."""
    return _embedded if _EMBEDDED.search(head) else _pixels if _PICTURE.search(head) else _any


def _blocks(data: bytes, read: _Reader) -> Iterator[str]:
    """Each but the last ends behind a blank: half an instruction would be a word, with numbers beside it."""
    for start in range(0, len(data), _BLOCK):
        end = start + _BLOCK + _OVERLAP
        if end < len(data):
            end = max(data.rfind(b" ", start + _BLOCK, end), data.rfind(b"\n", start + _BLOCK, end), end - _OVERLAP) + 1
        yield from read(data[start:end], end >= len(data))


def _any(block: bytes, is_last: bool) -> Iterator[str]:
    return _syntax(block, is_last) if _is_text(block) else noise.runs(block)


def _pixels(block: bytes, _is_last: bool) -> Iterator[str]:
    return noise.runs(block)


def _is_text(block: bytes) -> bool:
    return len(block.translate(None, _TEXT)) <= _MOST_ODD * len(block)


def _embedded(block: bytes, _is_last: bool) -> Iterator[str]:
    """Of a file by its words: what stands beside each other in a table makes no value, as its own format knows."""
    if _is_text(block):
        return (_plain(word) for word in _CELLS.findall(block))
    return noise.runs(block)


# --- syntax -----------------------------------------------------------------------------------------------------------


def _syntax(block: bytes, is_last: bool) -> Iterator[str]:
    array: _Array | None = None
    at = 0
    for match in _TOKEN.finditer(block if is_last else block + b"("):
        kind = match.lastgroup
        if kind == "numbers":
            continue  # beside words, not before an instruction
        yield from _words(block[at : match.start()])
        at = match.end()
        if kind == "name":
            yield from _name(match["name"])
        elif kind == "array":
            yield from array.said() if array and match["array"].endswith(b"TJ") else ()
            array = _Array() if match["array"] == b"[" else None
        elif kind == "used" and array:
            array.move(match["numbers"])
        elif kind in ("string", "hex"):
            part = _unescaped(match["string"]) if kind == "string" else _from_hex(match["hex"])
            yield from _string(part)
            if array:
                array.parts.append(part)
    yield from _words(block[at:])


class _Array:
    """The strings that one instruction shows, which are one if they stand near each other (ISO 32000-2, 9.4.3)."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def move(self, numbers: bytes) -> None:
        distance = abs(float(numbers.split()[-1][:_DIGITS]))
        if distance > _BLANK:
            self.parts.append(b"\n" if distance > _FAR else b" ")

    def said(self) -> Iterator[str]:
        if len(self.parts) > 1:
            for line in b"".join(self.parts).split(b"\n"):
                yield from _string(line)


def _words(gap: bytes) -> Iterator[str]:
    """What is between what is known."""
    if len(gap) >= _LEAST and not gap.isspace():
        yield _plain(gap)


def _name(name: bytes) -> Iterator[str]:
    text = _plain(_CODE.sub(lambda match: bytes([int(match[1], 16)]), name))
    if is_own(text):
        yield text


def _string(part: bytes) -> Iterator[str]:
    if part[:2] in (b"\xfe\xff", b"\xff\xfe"):
        yield part.decode("utf-16", "replace")
    elif len(part) >= _LEAST:
        yield Noise(_plain(part)) if _CONTROLS.search(part) else _plain(part)
        if b"\0" in part:
            yield Noise(_plain(part.replace(b"\0", b"")))


def _unescaped(string: bytes) -> bytes:
    """ISO 32000-2, 7.3.4.2."""
    return _ESCAPE.sub(_character, string) if b"\\" in string else string


def _character(match: re.Match[bytes]) -> bytes:
    if match[1]:
        return bytes([int(match[1], 8) & 0xFF])
    return _ESCAPED.get(match[2], match[2]) if match[2] else b""


def _from_hex(digits: bytes) -> bytes:
    plain = b"".join(digits.split()).decode()
    return bytes.fromhex(plain + "0" * (len(plain) % 2))


def _plain(raw: bytes) -> str:
    with suppress(UnicodeDecodeError):
        return raw.decode()
    return raw.decode("latin-1")
