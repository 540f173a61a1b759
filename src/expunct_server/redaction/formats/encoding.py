"""Which encoding a document is in, decided before anything is written, and text in and out of it.

1. A byte order mark decides: UTF-8, UTF-16 or UTF-32. The mark is kept.
2. Without one, text that is valid UTF-8 is UTF-8.
3. Otherwise it is Windows-1252 (which includes what is printed of Latin-1), when every byte has a meaning there, no
   control characters but tabs and line ends occur, and the bytes are not UTF-8 with a few broken characters.
4. Anything else is refused: NUL characters as `binary_content`, the rest as `invalid_encoding`.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from expunct_server.redaction.formats.common import DocumentError

CHUNK: Final = 1 << 16
"""Bytes read at a time."""

# The marks of UTF-32 begin like that of UTF-16, so they are tried first.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UTF8_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_NOT_CP1252 = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\x81\x8d\x8f\x90\x9d]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """A Python codec and the byte order mark that stands before the text."""

    codec: str
    mark: bytes = b""

    @property
    def name(self) -> str:
        """`utf-8`, `utf-8 with byte order mark`, `cp1252`, ...: for people."""
        return f"{self.codec} with byte order mark" if self.mark else self.codec


def of(source: BinaryIO) -> Encoding:
    """The encoding of the whole source, which is read once and left at its start. Raises DocumentError."""
    source.seek(0)
    head = source.read(4)
    mark, codec = next(((m, c) for m, c in _MARKS if head.startswith(m)), (b"", "utf-8"))
    valid = _decodes(source, len(mark), codec)
    if not valid and (mark or not _is_cp1252(source)):
        raise DocumentError(
            "invalid_encoding",
            f"The document is not valid {codec.upper()} text; save it as UTF-8 and send it again.",
        )
    source.seek(0)
    return Encoding(codec if valid else "cp1252", mark)


def reader(source: BinaryIO, encoding: Encoding) -> Callable[[int], str]:
    """A `read(n)` over the source's text from its start: at most n code points, "" at the end, line ends untouched."""
    chunks = decoded(source, encoding)
    pending = ""

    def read(limit: int) -> str:
        nonlocal pending
        while not pending:
            following = next(chunks, None)
            if following is None:
                return ""
            pending = following
        taken, pending = pending[:limit], pending[limit:]
        return taken

    return read


def decoded(source: BinaryIO, encoding: Encoding, chunk: int = CHUNK) -> Iterator[str]:
    """The source's text from its start, in pieces of at most `chunk` bytes."""
    source.seek(len(encoding.mark))
    decoder = codecs.getincrementaldecoder(encoding.codec)("strict")
    while data := source.read(chunk):
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def writer(target: BinaryIO, encoding: Encoding) -> Callable[[str], None]:
    """A `write(text)` in the same encoding; the byte order mark is written at once."""
    target.write(encoding.mark)

    def write(text: str) -> None:
        target.write(text.encode(encoding.codec))

    return write


def _decodes(source: BinaryIO, skip: int, codec: str) -> bool:
    """Whether the rest of the source is text in this codec; NUL characters are refused at once."""
    try:
        for text in decoded(source, Encoding(codec, b"\0" * skip)):
            if "\0" in text:
                raise DocumentError(
                    "binary_content",
                    "The document holds NUL characters, so it is not text; UTF-16 needs a byte order mark to be read.",
                )
    except UnicodeDecodeError:
        return False
    return True


def _is_cp1252(source: BinaryIO) -> bool:
    """Whether bytes that are not UTF-8 read as Windows-1252 rather than as damaged UTF-8."""
    source.seek(0)
    sequences = runs = 0
    while data := source.read(CHUNK):
        if b"\0" in data:
            raise DocumentError("binary_content", "The document holds NUL bytes, so it is not text.")
        if _NOT_CP1252.search(data):
            return False
        sequences += len(_UTF8_SEQUENCE.findall(data))
        runs += len(_HIGH_RUN.findall(data))
    return sequences * 2 < runs
