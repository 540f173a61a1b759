"""What a written message says, by olefile, which shares nothing with what wrote the file: each stream as what it is."""

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from expunct_server.redaction.formats.archives.members import as_text
from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.mail import emls
from expunct_server.redaction.formats.markup import htmls
from expunct_server.redaction.formats.rtf import reading as rtfs

_PLACE: Final = re.compile(r"__(?:recip|attach)_version1\.0_#[0-9A-F]{8}|__nameid_version1\.0|__properties_version1\.0")
_VALUE: Final = re.compile(r"__substg1\.0_([0-9A-F]{4})([0-9A-F]{4})(?:-[0-9A-F]{8})?")
_HTML, _RTF, _HEADERS, _DATA = "1013", "1009", "007D", "3701"
_NAMES: Final = "__nameid_version1.0"  # whose streams have names of properties that they are not
_TEXTS: Final = frozenset({"001F", "001E", "101F", "101E"})
_BINARY: Final = "0102"
_ONE: Final = frozenset({"001F", "001E", _BINARY})
"""Types of what may be a document of its own."""
_RUN: Final = re.compile(rb"[\x20-\x7e]{4,}")
_WIDE_RUN: Final = re.compile(rb"(?:[^\0]\0){2,}|(?:[\0-\xff][\x01-\xff]){8,}")
_BESIDE_HTML: Final = re.compile(rb"\\htmlrtf(?!0)\d* ?.*?(?:\\htmlrtf0 ?|\Z)", re.S)
"""What is no part of the page of HTML that RTF may carry (MS-OXRTFEX, 2.1.3.1.1)."""
_HEAD: Final = 16  # bytes before an RTF document that is not compressed
_PAGES: Final = re.compile(rb"(?:\x03\x00\xfd\x3f|\x03\x00\xde\x3f).{4}(.{4})", re.S)


def texts(work: Work) -> Iterator[str]:
    """Raises ValueError where anything is in the file that is no part of a message."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(work.source.read())) as file:
        pages = _codecs(file.openstream("__properties_version1.0").read())
        for path in file.listdir(streams=True, storages=True):
            found = _VALUE.fullmatch(path[-1])
            if not found and not _PLACE.fullmatch(path[-1]):
                raise ValueError("something is beside the message")
            if file.get_type(path) != olefile.STGTY_STREAM:
                continue
            data = file.openstream(path).read()
            if found and _NAMES not in path:
                yield from _said(work, found[1], found[2], data, pages)
            else:
                yield from _runs(data)


def _codecs(raw: bytes) -> set[str]:
    """Those of texts that are not in UTF-16, and of HTML."""
    from expunct_server.redaction.formats.mail.msgs.strings import codec_of_page

    said = (int.from_bytes(each, "little") for each in _PAGES.findall(raw))
    return {"utf-8", "cp1252", *(codec_of_page(each) for each in said)}


def _said(work: Work, number: str, kind: str, data: bytes, pages: set[str]) -> Iterator[str]:
    """One stream as what its property is; one of the number of a document but of another type is none."""
    what = number if kind in _ONE else ""
    if what == _DATA and kind == _BINARY:
        yield as_text(data)  # what is no text was read on its own
    elif what == _RTF and kind == _BINARY:
        yield from _of_rtf(work, data)
    elif what == _HTML:
        for text in _readings(data, kind, pages):
            yield from htmls.texts(_with(work, codecs.BOM_UTF8 + text.replace("\0", "").encode()))
    elif what == _HEADERS and kind != _BINARY:
        for text in _readings(data, kind, pages):
            yield from emls.texts(_with(work, text.encode()))
    else:
        yield from _readings(data, kind, pages) if kind in _TEXTS else _runs(data)


def _of_rtf(work: Work, data: bytes) -> Iterator[str]:
    """The document, which is not compressed, and the page that it may carry."""
    if data[8:12] != b"MELA" and data:
        raise ValueError("a text that cannot be read")
    document = data[_HEAD:]
    yield from rtfs.texts(_with(work, document))
    if (page := _BESIDE_HTML.sub(b"", document)) != document:
        yield from rtfs.texts(_with(work, page))


def _readings(data: bytes, kind: str, pages: set[str]) -> set[str]:
    """What a text says, in each code page that it may be in."""
    wide = kind in ("001F", "101F")
    return {data.decode(codec, "replace") for codec in (("utf-16-le",) if wide else pages)}


def _with(work: Work, data: bytes) -> Work:
    return replace(work, source=io.BytesIO(data))


def _runs(data: bytes) -> Iterator[str]:
    """Each alone: what is no text says nothing with what follows it."""
    yield from (found.decode("ascii") for found in _RUN.findall(data))
    yield from (found.decode("utf-16-le", "replace") for found in _WIDE_RUN.findall(data))
