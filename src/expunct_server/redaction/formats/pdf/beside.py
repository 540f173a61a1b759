"""What streams hold beside what they are for: bytes behind pixels and behind a filter's end, comments in JPEG 2000,
words in binary data.

(ISO 32000-2, 7.4 and 8.9.5; ITU-T T.800, annexes A and I.)
"""

import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.isolated.work import Edit, Text, Work, edited
from expunct_server.redaction.formats.pdf.strings import strings
from expunct_server.redaction.formats.pdf.values import name_of, number_of, whole_of

RUN: Final = re.compile(rb"[\x20-\x7e]{4,}")
WIDE: Final = re.compile(rb"(?:\0[\x20-\x7e]){4,}|(?:[\x20-\x7e]\0){4,}")
WORDS: Final = re.compile(rb"(?:[A-Za-z]\0?){4}|(?:\d[^A-Za-z]{0,3}){7}")
GENERIC: Final = frozenset(("FlateDecode", "Fl", "LZWDecode", "LZW", "ASCII85Decode", "A85", "ASCIIHexDecode", "AHx",
                             "RunLengthDecode", "RL"))  # fmt: skip
_ASCII: Final = ("ASCII85Decode", "A85", "ASCIIHexDecode", "AHx")
_DEFLATED: Final = ("FlateDecode", "Fl")
_PREDICTED: Final = ("FlateDecode", "Fl", "LZWDecode", "LZW")
_ROWS: Final = frozenset(("/Predictor", "/Colors", "/BitsPerComponent", "/Columns"))
_TIFF, _PNG = 2, 10  # predictors; each row of a PNG says which of its own it has
_BLOCK: Final = 1 << 20
_COMPONENTS: Final = {"DeviceGray": 1, "G": 1, "CalGray": 1, "Indexed": 1, "I": 1, "Separation": 1, "DeviceRGB": 3,
                      "RGB": 3, "CalRGB": 3, "Lab": 3, "DeviceCMYK": 4, "CMYK": 4}  # fmt: skip
_INLINE: Final = frozenset((
    "/BitsPerComponent", "/ColorSpace", "/Decode", "/DecodeParms", "/Filter", "/Height", "/ImageMask", "/Intent",
    "/Interpolate", "/Length", "/Subtype", "/Type", "/Width",
))  # fmt: skip
_KEPT_BOXES: Final = frozenset((b"jP  ", b"ftyp", b"ihdr", b"bpcc", b"colr", b"pclr", b"cmap", b"cdef", b"res "))
_COMMENT, _TILE, _DATA, _END = 0xFF64, 0xFF90, 0xFF93, 0xFFD9


# --- pictures ---------------------------------------------------------------------------------------------------------


def strip(stream: Any) -> bool:
    """Take from a picture what is not its pixels. Its own compression stays, without others around it. False for what
    nobody can show."""
    filters = filters_of(stream)
    if filters and filters[-1] not in GENERIC:
        _peel(stream, filters)
        if filters[-1] == "JPXDecode":
            stream.write(jpx(stream.read_raw_bytes()), filter=pikepdf.Name.JPXDecode)
        return True
    size = size_of(stream)
    if size is None:
        return False
    try:
        stream.write(stream.read_bytes()[:size])
    except pikepdf.PdfError:
        return False
    return True


def filters_of(stream: Any) -> list[str]:
    said = stream.get("/Filter", stream.get("/F"))
    return [name_of(each) for each in (said if isinstance(said, pikepdf.Array) else [said]) if each is not None]


def tidy_parameters(stream: Any) -> None:
    """Let a stream say no more of how it is packed than its filters ask for: predictors that are none, or are of a
    filter that has none, are too much for some readers (ISO 32000-2, 7.4.4.4)."""
    filters, said = filters_of(stream), stream["/DecodeParms"]
    given = list(said) if isinstance(said, pikepdf.Array) else [said]
    given += [None] * (len(filters) - len(given))
    kept = [_needed(name, each) for name, each in zip(filters, given, strict=False)]
    del stream["/DecodeParms"]
    if any(each is not None for each in kept):
        stream.DecodeParms = pikepdf.Array(kept) if isinstance(stream.get("/Filter"), pikepdf.Array) else kept[0]


def _needed(name: str, parameters: Any) -> Any:
    if not isinstance(parameters, pikepdf.Dictionary) or name not in GENERIC:
        return parameters if isinstance(parameters, pikepdf.Dictionary) else None
    if name not in _PREDICTED:
        return None
    predictor = int(number_of(parameters.get("/Predictor")))
    wanted = {"/EarlyChange"}
    if predictor == _TIFF or predictor >= _PNG:
        parameters.Predictor = _TIFF if predictor == _TIFF else _PNG
        wanted |= _ROWS
    return _numbers({key: each for key, each in _items(parameters).items() if key in wanted})


def _items(holder: Any) -> dict[str, Any]:
    return dict(holder.items())


def _peel(stream: Any, filters: list[str]) -> None:
    if len(filters) == 1:
        return
    said = stream.get("/DecodeParms")
    parameters = list(said) if isinstance(said, pikepdf.Array) else []
    last = parameters[-1] if len(parameters) == len(filters) else None
    with pikepdf.new() as scratch:
        outer = scratch.make_stream(stream.read_raw_bytes())
        outer.Filter = pikepdf.Array([pikepdf.Name(f"/{each}") for each in filters[:-1]])
        if len(parameters) == len(filters):
            outer.DecodeParms = pikepdf.Array([_plain(each) for each in parameters[:-1]])
        with suppress(pikepdf.PdfError):
            data = outer.read_bytes()
            stream.write(data, filter=pikepdf.Name(f"/{filters[-1]}"), decode_parms=last)


def _plain(parameters: Any) -> Any:
    """Those of predictors: numbers. An empty dictionary is too much for filters that have none."""
    return _numbers(_items(parameters)) if isinstance(parameters, pikepdf.Dictionary) else None


def _numbers(parameters: dict[str, Any]) -> Any:
    """Those that are numbers, whole: others undo no packing by them. None for no others."""
    numbers = {key: number for key, each in parameters.items() if (number := whole_of(each)) is not None}
    return pikepdf.Dictionary(numbers) if numbers else None


def size_of(stream: Any) -> int | None:
    """Bytes of a picture's pixels; None where nobody can tell."""
    is_stencil = stream.get("/ImageMask") is True
    components = 1 if is_stencil else components_of(stream.get("/ColorSpace"))
    bits = 1 if is_stencil else int(number_of(stream.get("/BitsPerComponent")))
    width, height = int(number_of(stream.get("/Width"))), int(number_of(stream.get("/Height")))
    if not components or min(bits, width, height) <= 0:
        return None
    return -(-width * components * bits // 8) * height


def components_of(space: Any) -> int:
    """Numbers of a colour in a colour space (ISO 32000-2, 8.6); 0 for what is none."""
    if not isinstance(space, pikepdf.Array):
        return _COMPONENTS.get(name_of(space), 0)
    kind = name_of(space[0]) if len(space) else ""
    if kind == "ICCBased" and len(space) > 1 and isinstance(space[1], pikepdf.Stream):
        return int(number_of(space[1].get("/N")))
    if kind == "DeviceN" and len(space) > 1 and isinstance(space[1], pikepdf.Array):
        return len(space[1])
    return _COMPONENTS.get(kind, 0)


def is_bare(image: Any) -> bool:
    """Whether a picture in a content stream has nothing beside its pixels (ISO 32000-2, 8.9.7)."""
    said = image.obj
    if not _INLINE.issuperset(said.keys()) or RUN.search(said_by(image)):
        return False
    size, raw, filters = size_of(said), image.read_raw_bytes(), filters_of(said)
    first = filters[0] if filters else ""
    if not first:
        return size is None or len(raw) <= size + 2  # blanks before EI
    if first in _ASCII:
        return not raw.partition(b">")[2].strip()
    if first in _DEFLATED:
        unpacked, behind = inflated(raw)
        rows = int(number_of(said.get("/Height"))) if "/DecodeParms" in said else 0
        return not behind.strip() and (size is None or len(filters) > 1 or unpacked <= size + rows + 1)
    return not any(WORDS.search(run) for run in RUN.findall(raw))


def inflated(raw: bytes) -> tuple[int, bytes]:
    """How long compressed data (RFC 1950) is unpacked, and what is behind its end."""
    unpacking, waiting, size = zlib.decompressobj(), raw, 0
    try:
        while waiting and not unpacking.eof:
            size += len(unpacking.decompress(waiting, _BLOCK))
            waiting = unpacking.unconsumed_tail
    except zlib.error:
        return size, waiting
    return size, unpacking.unused_data


def said_by(image: Any) -> bytes:
    """The strings in a picture's dictionary in a content stream, tables of colours too."""
    spaces = (each for each in image.obj.values() if isinstance(each, pikepdf.Array | pikepdf.Dictionary))
    return b"\n".join(bytes(part) for each in spaces for *_, part in strings(each))


# --- JPEG 2000 --------------------------------------------------------------------------------------------------------


def jpx(data: bytes) -> bytes:
    """A JPEG 2000 file without boxes that say something, and with its comments blank."""
    with suppress(struct.error, IndexError):
        if data[:2] == b"\xff\x4f":
            return _codestream(data)
        return b"".join(_boxes(data))
    return data


def _boxes(data: bytes) -> Iterator[bytes]:
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        front = 8
        if size == 1:
            size, front = struct.unpack_from(">Q", data, at + 8)[0], 16
        end = at + size if size >= front else len(data)
        inside = data[at + front : end]
        if kind == b"jp2h":
            inside = b"".join(_boxes(inside))
        elif kind == b"jp2c":
            inside = _codestream(inside)
        if kind in _KEPT_BOXES or kind in (b"jp2h", b"jp2c"):
            yield struct.pack(">I4s", len(inside) + 8, kind) + inside
        at = end


def _codestream(data: bytes) -> bytes:
    """The same length but for what is behind its end: tiles say where the next one begins."""
    kept, at, tile = bytearray(data), 2, 0
    while at + 4 <= len(data):
        marker, length = struct.unpack_from(">HH", data, at)
        if marker == _END:
            return bytes(kept[: at + 2])
        if marker == _DATA:
            if not tile:  # the last one, up to the end
                return bytes(kept[: data.rindex(b"\xff\xd9") + 2]) if b"\xff\xd9" in data else bytes(kept)
            at = tile
            continue
        if marker == _TILE:
            size = struct.unpack_from(">I", data, at + 6)[0]
            tile = at + size if size else 0
        elif marker == _COMMENT:
            kept[at + 6 : at + 2 + length] = bytes(max(length - 4, 0))
        at += 2 + length
    return bytes(kept)


# --- words ------------------------------------------------------------------------------------------------------------


def redact(work: Work, stream: Any, place: str) -> bool:
    """Redact what can be read in data that is for no reader. False for what cannot be decoded."""
    try:
        data = stream.read_bytes()
    except pikepdf.PdfError:
        return False
    redacted = _without_words(work, data, place)
    if redacted != data:
        stream.write(redacted)
    return True


def redact_palette(work: Work, space: Any, place: str) -> None:
    """A table of colours (ISO 32000-2, 8.6.6.3): as many as there are, and no words."""
    table = space[3]
    size = (int(number_of(space[2])) + 1) * (components_of(space[1]) or 1)
    try:
        data = table.read_bytes() if isinstance(table, pikepdf.Stream) else bytes(table)
    except pikepdf.PdfError:
        data = b""
    space[3] = pikepdf.String(_without_words(work, data, place)[:size])


def _without_words(work: Work, data: bytes, place: str) -> bytes:
    """Binary data with what is found in its readable parts overwritten; nothing changes its place."""
    runs = [(m.span(), 1) for m in RUN.finditer(data) if WORDS.search(m[0])]
    runs += [(m.span(), 2) for m in WIDE.finditer(data) if WORDS.search(m[0])]
    texts = [Text(data[start:end].replace(b"\0", b"").decode("ascii"), prose=False) for (start, end), _ in runs]
    answers = work.redacted(texts, lambda _i, _edit: place)
    if not any(answer.edits for answer in answers):
        return data
    kept = bytearray(data)
    for ((start, end), step), text, answer in zip(runs, texts, answers, strict=True):
        if answer.edits:
            first = start + (data[start] == 0)
            kept[first:end:step] = _crossed(text.text, answer.edits)
    return bytes(kept)


def _crossed(text: str, edits: tuple[Edit, ...]) -> bytes:
    return edited(text, [each._replace(replacement="x" * (each.end - each.start)) for each in edits]).encode()
