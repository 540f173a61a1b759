"""All that a written document says: as PDFium reads its pages, as its objects have it, decoded and decompressed, and as
pages are seen."""

import re
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any, Final

import pikepdf
import pypdfium2  # type: ignore[import-untyped]

from expunct_server.redaction.formats.isolated.work import Part, Work
from expunct_server.redaction.formats.pdf import beside, cmaps, raw, rereading
from expunct_server.redaction.formats.pdf.contents import INLINE, operator_of
from expunct_server.redaction.formats.pdf.strings import is_palette, members, nested
from expunct_server.redaction.formats.pdf.values import name_of, spelled, text_of
from expunct_server.redaction.formats.pdf.vocabulary import is_own

_STREAM = re.compile(rb"\bstream\r?\n.*?\bendstream\b", re.DOTALL)
_NAME = re.compile(rb"/[^\s()<>\[\]{}/%]+")  # asked about as such: the format has words of its own
_NUMBER = re.compile(rb"(?<![\w.@-])[-+.\d\s]+(?![\w.@-])")
_ENOUGH = re.compile(rb"[A-Za-z\d]{4}")
_HEX = re.compile(r"<[0-9A-Fa-f\s]*>")
_LONG: Final = 4


def texts(work: Work) -> Iterator[str]:
    """Numbers that draw are none: a coordinate can look like any value."""
    data = work.source.read()
    with suppress(pypdfium2.PdfiumError):  # it may be stricter than others: then the objects have to do
        yield from _pages(data)
    yield Part()
    yield from raw.said(data)
    with pikepdf.open(work.source) as pdf:
        yield from _objects(pdf)
        with suppress(pypdfium2.PdfiumError):
            yield from rereading.texts(work, pdf, data)
    yield from plainly(data)


def plainly(data: bytes) -> Iterator[str]:
    """What the file says outside of its streams, by its bytes alone: whatever those who know objects pass over."""
    for match in beside.RUN.finditer(_STREAM.sub(b"\n", data)):
        words = _NUMBER.sub(b" ", _NAME.sub(b" ", match[0]))
        if _ENOUGH.search(words):
            yield words.decode("ascii")


def _pages(data: bytes) -> Iterator[str]:
    """Pages as drawn, and with their annotations and fields made part of them."""
    with pypdfium2.PdfDocument(data) as document:
        for number in range(len(document)):
            with closing(document[number]) as page:
                yield Part(f"page {number + 1}")
                yield _text(page)
                pypdfium2.raw.FPDFPage_Flatten(page, pypdfium2.raw.FLAT_NORMALDISPLAY)
            with closing(document[number]) as page:
                yield _text(page)


def _text(page: Any) -> str:
    with closing(page.get_textpage()) as said:
        text: str = said.get_text_range()
    return text


# --- objects ----------------------------------------------------------------------------------------------------------


def _objects(pdf: pikepdf.Pdf) -> Iterator[str]:
    names: set[str] = set()
    contents = {page.obj.get("/Contents", page.obj).objgen for page in pdf.pages}
    for each in [*pdf.objects, pdf.trailer]:
        yield from _strings(each, names)
        if isinstance(each, pikepdf.Stream):
            yield from _stream(each, names, contents)
    yield from (spelled(name) for name in names if is_own(name))


def _strings(value: Any, names: set[str]) -> Iterator[str]:
    yield from _said(value, names)
    for holder in nested(value):
        for key, each in members(holder):
            if isinstance(key, str):
                names.add(key[1:])
            yield from _said(each, names)
        if isinstance(holder, pikepdf.Array) and is_palette(holder) and isinstance(holder[3], pikepdf.String):
            yield from _runs(bytes(holder[3]))


def _said(value: Any, names: set[str]) -> Iterator[str]:
    if isinstance(value, pikepdf.String):
        yield text_of(value)
    elif isinstance(value, pikepdf.Name):
        names.add(name_of(value))


def _stream(stream: Any, names: set[str], contents: set[tuple[int, int]]) -> Iterator[str]:
    try:
        data = stream.read_bytes()
    except pikepdf.PdfError:  # pictures' own compressions
        data = stream.read_raw_bytes()
    yield from _runs(_behind(stream))
    subtype = name_of(stream.get("/Subtype"))
    if b"begincmap" in data:
        yield from _map(data)
    elif subtype == "Image":
        is_plain = beside.GENERIC.issuperset(beside.filters_of(stream))
        yield from _runs(data[beside.size_of(stream) or 0 :] if is_plain else data)
    elif stream.get("/Type") == "/EmbeddedFile":
        return  # its own format has read it
    elif subtype == "Form" or "/PatternType" in stream or stream.objgen in contents:
        yield from _content(stream, names)
    elif _may_be_drawn(stream):
        yield from _content(stream, names)
        yield from _runs(data)
    else:
        yield from _runs(data)


def _may_be_drawn(stream: Any) -> bool:
    """Glyphs of Type 3 fonts are, and what does not say its kind may be."""
    said = {"/Length1", "/Length2", "/FunctionType", "/N", "/ShadingType", "/Subtype", "/Type"}
    return not said & set(stream.keys())


def _content(stream: Any, names: set[str]) -> Iterator[str]:
    try:
        instructions = pikepdf.parse_content_stream(stream)
    except (pikepdf.PdfError, TypeError, ValueError):
        yield from _runs(stream.read_bytes())
        return
    for instruction in instructions:
        if operator_of(instruction) == INLINE:
            picture: Any = instruction.iimage  # type: ignore[union-attr]
            yield from _strings(picture.obj, names)
            yield from _runs(picture.read_raw_bytes())
            continue
        said = [text for operand in instruction.operands for text in _strings(operand, names)]
        if said:
            yield "".join(said)
            yield from said if len(said) > 1 else ()


def _map(data: bytes) -> Iterator[str]:
    """What glyphs stand for, if that is more than a few letters, and what the program says besides."""
    with suppress(ValueError):
        yield from (text for text in cmaps.parsed(data).texts.values() if len(text) >= _LONG)
    yield _HEX.sub(" ", data.decode("latin-1"))


def _behind(stream: Any) -> bytes:
    """What is behind the end of what is compressed (RFC 1950)."""
    if beside.filters_of(stream)[:1] != ["FlateDecode"]:
        return b""
    return beside.inflated(stream.read_raw_bytes())[1]


def _runs(data: bytes) -> Iterator[str]:
    """What can be read in binary data."""
    for each in (beside.RUN, beside.WIDE):
        found = (match[0] for match in each.finditer(data) if beside.WORDS.search(match[0]))
        yield from (run.replace(b"\0", b"").decode("ascii") for run in found)
