"""JBIG2 pictures (ITU-T T.88): their segments, without what is none of the picture."""

from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.pdf.values import dictionary_of, name_of

_DRAWN: Final = frozenset((0, 4, 6, 7, 16, 20, 22, 23, 36, 38, 39, 40, 42, 43, 48, 49, 50, 52, 53))
"""Kinds of segments that pictures are drawn by (7.3); 62 holds comments, others are none of the standard."""
_HEAD: Final = 11  # bytes of the shortest head of a segment
_LONG_FORM: Final = 7  # where the number of segments that one refers to says that it stands elsewhere (7.2.4)


def tidy(stream: Any) -> bool:
    """Let a JBIG2 picture of a document, and what it shares with others, be nothing but segments that draw it.

    Whether that could be done: it is damaged where it could not. Pictures of other filters stay as they are.
    """
    if name_of(_only(stream.get("/Filter"))) != "JBIG2Decode":
        return True
    said = _only(stream.get("/DecodeParms"))
    shared = dictionary_of(said).get("/JBIG2Globals")
    try:
        if isinstance(shared, pikepdf.Stream):
            shared.write(bare(shared.read_bytes()))
        stream.write(bare(stream.read_raw_bytes()), filter=pikepdf.Name.JBIG2Decode, decode_parms=said)
    except (ValueError, pikepdf.PdfError):
        return False
    return True


def _only(said: Any) -> Any:
    return said[0] if isinstance(said, pikepdf.Array) and len(said) == 1 else said


def bare(data: bytes) -> bytes:
    """The segments that draw. Raises ValueError where it cannot be told how long one is."""
    kept, at = bytearray(), 0
    while len(data) - at >= _HEAD:
        body = at + _head(data, at)
        end = body + int.from_bytes(data[body - 4 : body], "big")
        if end > len(data):
            raise ValueError("a segment that does not end")
        if data[at + 4] & 0x3F in _DRAWN:
            kept += data[at:end]
        at = end
    return bytes(kept)


def _head(data: bytes, at: int) -> int:
    """How long the head of a segment is (7.2)."""
    number, flags = int.from_bytes(data[at : at + 4], "big"), data[at + 4]
    count, size = data[at + 5] >> 5, 1
    if count >= _LONG_FORM:
        count = int.from_bytes(data[at + 5 : at + 9], "big") & 0x1FFFFFFF
        size = 4 + (count + 8) // 8
    size += count * (1 if number <= 256 else 2 if number <= 65_536 else 4)
    return 5 + size + (4 if flags & 0x40 else 1) + 4
