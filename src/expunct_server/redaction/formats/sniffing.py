"""What kind of document a file is: content first, then its name."""

import codecs
import json
import re
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from expunct_server.redaction.formats import tokens, wrapped
from expunct_server.redaction.formats.common import UnsupportedFormat
from expunct_server.redaction.formats.delimiters import looks_like_table

HEAD: Final = 65_536
"""Bytes of a document's beginning that sniffing wants to see."""

_READ: Final = (
    "Plain text, Markdown, logs, CSV, TSV, JSON, JSON Lines, HTML, XML, EML, MSG, VCF, ICS, DOCX, XLSX, PPTX, ODT, "
    "ODS, ODP, RTF, PDF, ZIP, TAR and pictures are read."
)

_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OF_OUTLOOK: Final = tuple(
    name.encode("utf-16-le") for name in ("__properties_version1.0", "__nameid_version1.0", "__substg1.0_")
)
"""Names in the directory of a message (MS-OXMSG, 2.2), of which not all have to be at its beginning."""
_MAGIC: Final = (
    (b"BM", "a BMP picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"%!PS", "a PostScript document"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\x00", "a program"),
    (b"OggS", "a sound recording"),
    (b"ID3", "a sound recording"),
)
_READ_BINARY: Final = (
    (b"%PDF-", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
_BITMAP_HEADERS: Final = (12, 40, 52, 56, 64, 108, 124)
"""Lengths of the header that follows a bitmap's first 14 bytes, in all of its versions."""
_ZIPPED: Final = (
    (b"mimetypeapplication/vnd.oasis", "an OpenDocument file"),
    (b"mimetypeapplication/epub", "an EPUB book"),
)
_PACKAGES: Final = (
    (b"mimetypeapplication/vnd.oasis.opendocument.text", "odt"),
    (b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "ods"),
    (b"mimetypeapplication/vnd.oasis.opendocument.presentation", "odp"),
    (b"word/", "docx"),
    (b"xl/", "xlsx"),
    (b"ppt/", "pptx"),
)
"""Folders of the kinds of ZIP archives that are read."""
_PACKAGE_NAMES: Final = {
    ".docx": "docx", ".docm": "docx", ".dotx": "docx", ".dotm": "docx", ".xlsx": "xlsx", ".xlsm": "xlsx",
    ".xltx": "xlsx", ".xltm": "xlsx", ".pptx": "pptx", ".pptm": "pptx", ".potx": "pptx", ".ppsx": "pptx",
    ".ppsm": "pptx", ".odt": "odt", ".ott": "odt", ".ods": "ods", ".ots": "ods", ".odp": "odp", ".otp": "odp",
}  # fmt: skip
_MARKED_UP: Final = (
    (
        re.compile(
            r"\s*(?:<\?xml\b[^>]{0,500}>\s*)?(?:<!--.{0,2000}?-->\s*)?(?:<!doctype\s+html\b|<html\b)", re.I | re.S
        ),
        "html",
    ),
    (re.compile(r"\s*(?:<!--.{0,2000}?-->\s*)?<(?:\?xml\b|svg\b|!doctype\s+svg\b)", re.I | re.S), "xml"),
)
_CARDS: Final = (
    (re.compile(r"\s*BEGIN:VCARD\s*\n", re.I), "vcard"),
    (re.compile(r"\s*BEGIN:VCALENDAR\s*\n", re.I), "calendar"),
)
_MESSAGE = re.compile(  # two fields of those that mail programs write first, and then only fields
    r"(?:(?:Return-Path|Received|Delivered-To|From|To|Date|Subject|Message-ID|MIME-Version|X-[\w-]+|DKIM-Signature|"
    r"ARC-[\w-]+|Authentication-Results|Reply-To|Sender|Cc): [^\n]*\n(?:[ \t][^\n]*\n)*){1,40}?"
    r"(?:Message-ID|MIME-Version|Received|Content-Type): ",
    re.I,
)
_NAMES: Final = {
    ".txt": "text", ".text": "text", ".md": "markdown", ".markdown": "markdown", ".log": "log", ".csv": "csv",
    ".tsv": "tsv", ".tab": "tsv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".xml": "xml", ".svg": "xml", ".eml": "eml",
    ".msg": "msg", ".pdf": "pdf", ".rtf": "rtf",
    ".vcf": "vcard", ".vcard": "vcard", ".ics": "calendar", ".zip": "zip", ".tar": "tar", ".tgz": "tgz",
}  # fmt: skip
_OLDER: Final = (
    ("WordDocument", (".doc", ".dot"), "DOCX"),
    ("Workbook", (".xls", ".xlt"), "XLSX"),
    ("PowerPoint Document", (".ppt", ".pps", ".pot"), "PPTX"),
)
"""Office's kinds of before 2007 (MS-DOC, MS-XLS, MS-PPT): their main streams, names, and what took their place."""
_UNNAMED: Final = (
    "This looks like an encrypted Office document: send it with a file name that ends in its kind, such as .docx, and "
    "with its password."
)
_UNREAD_NAMES: Final = {
    ".doc": "an older Office document", ".mbox": "a mailbox",
}  # fmt: skip
_CLAIMS: Final = {
    ".pdf": "a PDF", ".png": "a PNG picture", ".jpg": "a JPEG picture", ".jpeg": "a JPEG picture",
    ".gif": "a GIF picture", ".tif": "a TIFF picture", ".tiff": "a TIFF picture", ".webp": "a WebP picture",
    ".bmp": "a BMP picture", ".zip": "a ZIP archive", ".tar": "a TAR archive", ".tgz": "a TAR archive",
    **dict.fromkeys(_PACKAGE_NAMES, "an office document"),
}  # fmt: skip
"""What names say of kinds that begin with bytes of their own."""
_PDF_WITHIN: Final = 1024  # bytes in which readers look for a PDF's beginning
_BLOCK: Final = 512  # bytes of a member's header in TAR
_TEXT_CONTROLS: Final = frozenset(b"\t\n\r\f\v\x1b")


def kind_of(head: bytes, filename: str | None, size: int) -> str:
    """The name of a row of FORMATS. Raises UnsupportedFormat, saying what the document looks like."""
    packed = _package(head, filename) or _archive(head, filename)
    if packed:
        return packed
    if binary := _binary(head):
        return binary
    named = _kind_of_name(filename)
    if size == 0 or not head:
        return named or "text"
    if named == "pdf" and b"%PDF-" in head[:_PDF_WITHIN]:
        return "pdf"
    looks = _foreign(head)
    if looks:
        raise unsupported(looks)
    text = _head_text(head, _CLAIMS.get(_suffix(filename)))
    for expression, kind in (*_MARKED_UP, *_CARDS):
        if expression.match(text):
            return kind
    if named in ("html", "xml", "eml", "vcard", "calendar"):
        return named
    if _MESSAGE.match(text):
        return "eml"
    return _structured(text, named, whole=len(head) >= size) or _by_name(_unwrapped(text), named)


def _package(head: bytes, filename: str | None) -> str | None:
    """The kind of a ZIP archive that is an office document, by the folders at its beginning, or by its name.

    An encrypted one is no ZIP archive but a compound file (MS-OFFCRYPTO, 1.3), as a message of Outlook is: its kind's
    reader says so.
    """
    if head.startswith(_COMPOUND):
        if any(name in head for name in _OF_OUTLOOK) or _suffix(filename) == ".msg":
            return "msg"
        if _suffix(filename) in _PACKAGE_NAMES:
            return _PACKAGE_NAMES[_suffix(filename)]
        raise _compound(head, _suffix(filename))
    if not head.startswith(b"PK\x03\x04"):
        return None
    folder = next((kind for part, kind in _PACKAGES if _begins_with(head, part)), None)
    if folder is None and not any(_begins_with(head, part) for part, _ in _ZIPPED):
        return _PACKAGE_NAMES.get(_suffix(filename))
    return folder


def _compound(head: bytes, suffix: str) -> UnsupportedFormat:
    """What to do with a compound file that is of no kind which is read."""
    if "EncryptedPackage".encode("utf-16-le") in head:
        return UnsupportedFormat("unsupported_format", _UNNAMED)
    kinds = (new for stream, old, new in _OLDER if stream.encode("utf-16-le") in head or suffix in old)
    new = next(kinds, "DOCX, XLSX or PPTX")
    return UnsupportedFormat(
        "unsupported_format", f"This looks like an older Office document: open it, save it as {new} and send that."
    )


def _archive(head: bytes, filename: str | None) -> str | None:
    """`zip`, `tar` or `tgz`, for what is one and no document of another kind."""
    if head.startswith(b"PK\x05\x06"):
        return "zip"  # without members
    if head.startswith(b"PK\x03\x04"):
        return None if any(_begins_with(head, part) for part, _ in _ZIPPED) else "zip"
    if _is_tar(head) or (_suffix(filename) == ".tar" and head and not head.strip(b"\0")):
        return "tar"
    if head.startswith(b"\x1f\x8b"):
        unpacking = zlib.decompressobj(wbits=31)
        try:
            return "tgz" if _is_tar(unpacking.decompress(head, _BLOCK)) else None
        except zlib.error:
            return None
    return None


def _begins_with(head: bytes, part: bytes) -> bool:
    """Whether a member of a ZIP archive begins so, with its name: `password/` is no `word/`."""
    return any(head.startswith(part, at) for at in _member_names(head))


def _member_names(head: bytes) -> Iterator[int]:
    """Where the names of its members begin (APPNOTE 4.3.7); not those of an archive inside it."""
    at = 0
    while head.startswith(b"PK\x03\x04", at) and at + 30 <= len(head):
        yield at + 30
        size, name, extra = (
            int.from_bytes(head[at + i : at + i + n], "little") for i, n in ((18, 4), (26, 2), (28, 2))
        )
        after = at + 30 + name + extra + size
        is_open = head[at + 6] & 8 and not size  # its size follows it
        at = head.find(b"PK\x03\x04", after) if is_open else after
        if at < 0:
            return


def _is_tar(head: bytes) -> bool:
    """By the mark of POSIX.1-1988, or as what is older by the sum of the header (pax, "ustar Interchange Format")."""
    said = head[148:156].strip(b"\0 ")
    if head[257:262] == b"ustar" or len(head) < _BLOCK or not re.fullmatch(rb"[0-7]{1,7}", said):
        return head[257:262] == b"ustar"
    return sum(head[:148]) + 8 * ord(" ") + sum(head[156:_BLOCK]) == int(said, 8)


def unsupported(what: str) -> UnsupportedFormat:
    return UnsupportedFormat(
        "unsupported_format", f"This looks like {what}, which is not read yet: save it as a kind that is. {_READ}"
    )


def _kind_of_name(filename: str | None) -> str | None:
    """What the name says; a name of a kind that is not read is refused unless the document is text of another."""
    suffix = _suffix(filename)
    if suffix in _UNREAD_NAMES:
        raise unsupported(_UNREAD_NAMES[suffix])
    return _NAMES.get(suffix) or _PACKAGE_NAMES.get(suffix)


def _suffix(filename: str | None) -> str:
    return PurePosixPath((filename or "").replace("\\", "/").strip().lower()).suffix


def _binary(head: bytes) -> str | None:
    """The kind of a document that is read and is no text, by its first bytes."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return "bmp"
    return next((name for magic, name in _READ_BINARY if head.startswith(magic)), None)


def _foreign(head: bytes) -> str | None:
    """What a document is whose first bytes say that it is no text, in words; None for what may be text."""
    if head.startswith(b"PK\x03\x04"):
        return next(what for part, what in _ZIPPED if _begins_with(head, part))
    if head[:4] == b"RIFF":
        return "a recording"
    if head[4:8] == b"ftyp":
        return "a video or HEIF picture"
    return next((what for magic, what in _MAGIC if head.startswith(magic) and _no_words(head, magic)), None)


def _no_words(head: bytes, magic: bytes) -> bool:
    """Marks of two or three letters also begin texts; then only control characters tell."""
    return len(magic) > 3 or not magic.isalnum() or any(b < 32 and b not in _TEXT_CONTROLS for b in head[:512])


def _head_text(head: bytes, claimed: str | None) -> str:
    """The beginning as text, as far as it can be read; UnsupportedFormat for binary content.

    `claimed` is what the document's name says that it is, where that is no text.
    """
    for mark, codec in (
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(mark):
            return head[len(mark) :].decode(codec, "replace")
    is_control = sum(b < 32 and b not in _TEXT_CONTROLS for b in head) * 10 > len(head)
    if claimed and (is_control or b"\0" in head):
        raise UnsupportedFormat(
            "binary_content",
            f"By its name this is {claimed}, but it does not begin as one: it is damaged, cut off or encrypted by "
            "another program. Open it, save it again and send that.",
        )
    if b"\0" in head:
        raise UnsupportedFormat(
            "binary_content",
            f"The document holds NUL bytes, so it is not text; UTF-16 needs a byte order mark to be read. {_READ}",
        )
    if is_control:
        raise UnsupportedFormat("binary_content", f"The document is binary data of an unknown kind. {_READ}")
    return head.decode("utf-8", "replace")


def _structured(text: str, named: str | None, *, whole: bool) -> str | None:
    """`json` or `jsonl` when the content is, beyond doubt."""
    start = text.lstrip()
    if not start.startswith(("{", "[")):
        return None
    lines = [line for line in start.splitlines()[: 20 if whole else -1] if line.strip()]
    if len(lines) > 1 and all(_is_json_object(line) for line in lines[:20]):
        return "jsonl"
    if not tokens.may_be_json(start, whole=whole):
        return None
    return "jsonl" if named == "jsonl" else "json"


def _is_json_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict | list)
    except (ValueError, RecursionError):
        return False


def _unwrapped(text: str) -> str:
    """A text; UnsupportedFormat for one that a file is written in."""
    if (what := wrapped.what(text)) is not None:
        raise unsupported(what)
    return text


def _by_name(text: str, named: str | None) -> str:
    if named:
        return named
    return "csv" if looks_like_table(text) else "text"
