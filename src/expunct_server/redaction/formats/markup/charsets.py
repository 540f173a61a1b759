"""The encodings that a document of HTML or XML is read in: what it declares, and what its bytes are."""

import codecs
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from expunct_server.redaction.charset_names import codecs_of
from expunct_server.redaction.formats import charsets, encoding
from expunct_server.redaction.formats.common import DocumentError

# XML in one of these is the same markup for those that do not know them.
_OF_XML: Final = frozenset({
    "utf-8", "ascii", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    *(f"iso8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)), "koi8-r", "koi8-u", "mac-roman",
    "euc_jp", "euc_kr", "gb2312", "gbk", "gb18030",
})  # fmt: skip
# What the search for a `meta` passes over, and the tags that it looks into (HTML, 13.2.3.2).
_TAG = re.compile(rb"<!--.*?(?:-->|\Z)|<meta(?=[\s/])((?:[^>\"']|\"[^\"]*\"?|'[^']*'?)*)", re.I | re.S)
_ATTRIBUTE = re.compile(rb"([^\s=/>\"']+)\s*=\s*(?:\"([^\"]*)\"?|'([^']*)'?|([^\s>]*))")
_CONTENT = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.I)
_XML = re.compile(rb"""\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_NOT_DECLARED: Final = {"utf-16": "utf-8", "utf-16le": "utf-8", "utf-16be": "utf-8", "x-user-defined": "windows-1252"}
"""What a page cannot be in that says so in ASCII (HTML, 13.2.3.2, step 2.13)."""
_HEAD: Final = 4_096
_OTHER: Final = (
    "invalid_encoding",
    "The document is not in the encoding that it declares; save it as UTF-8 and send it again.",
)


def of_html(data: bytes) -> list[encoding.Encoding]:
    """The encodings that a page is read in, one after the other: a byte order mark alone, or else what it declares
    (HTML, 13.2.3), and what its bytes are. Raises DocumentError."""
    names = [_NOT_DECLARED.get(name, name) for name in declared(data)[:1]]
    if _marked(data) or b"\0" in data:
        return [encoding.of(io.BytesIO(data))]
    found = charsets.ways(data, names)
    if not names and found in (["cp1252"], ["latin-1"]):
        encoding.of(io.BytesIO(data))  # what is no text at all is refused there
    return [encoding.Encoding(codec) for codec in found]


def of_xml(data: bytes) -> list[encoding.Encoding]:
    """XML 1.0, appendix F: a byte order mark, then the declaration, else UTF-8; also UTF-8, where it is that in truth.
    Raises DocumentError."""
    said = _XML.match(data[:_HEAD])
    if _marked(data) or not said:
        used = encoding.of(io.BytesIO(data))
        if used.codec == "cp1252":  # which nobody reads it in that does not declare it
            raise DocumentError(*_OTHER)
        return [used]
    found = _usable(said[1].decode("ascii", "replace"), data)
    if found is None:
        raise DocumentError(*_OTHER)
    return [encoding.Encoding(codec) for codec in dict.fromkeys((found, *_in_truth(data)))]


def declared(data: bytes) -> list[str]:
    """The names of charsets that a page or document says it is in, the one that counts first."""
    return [each.decode("ascii", "replace").lower() for each in _declared(data[:_HEAD])]


def _declared(head: bytes) -> Iterator[bytes]:
    for tag in _TAG.finditer(head):
        said = {m[1].lower(): m[2] or m[3] or m[4] or b"" for m in _ATTRIBUTE.finditer(tag[1] or b"")}
        if name := said.get(b"charset", b"").strip():
            yield name
        elif said.get(b"http-equiv", b"").strip().lower() == b"content-type":
            yield from (m[1] for m in _CONTENT.finditer(said.get(b"content", b"")))
    if found := _XML.match(head):
        yield found[1]


def in_each_way(data: bytes, found: Iterable[encoding.Encoding], redacted: Callable[[str], str]) -> bytes:
    """A document redacted in each of its encodings, but those in which what was put in is no text any more."""
    for used in found:
        try:
            text = charsets.decoded(data[len(used.mark) :], used.codec)
        except UnicodeError:
            continue
        if (made := redacted(text)) != text:
            data = bytes_of(made, used)
    return data


def bytes_of(text: str, used: encoding.Encoding) -> bytes:
    """As it was; a character of a replacement that the encoding has not becomes a reference."""
    try:
        return used.mark + text.encode(used.codec, "surrogateescape")
    except UnicodeEncodeError:
        return used.mark + text.encode(used.codec, "xmlcharrefreplace")


def _marked(data: bytes) -> bool:
    return data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _in_truth(data: bytes) -> list[str]:
    try:
        return [] if data.isascii() else [codec for codec in ("utf-8",) if data.decode(codec)]
    except UnicodeDecodeError:
        return []


def _usable(name: str, data: bytes) -> str | None:
    """The declared encoding, if it is known and the bytes come back from it as they were."""
    found = codecs_of(name)
    for codec in found if found[:1] == ("cp1252",) else reversed(found):
        try:
            if codec in _OF_XML and data.decode(codec).encode(codec) == data and b"\0" not in data:
                return codec
        except UnicodeError:
            continue
    return None
