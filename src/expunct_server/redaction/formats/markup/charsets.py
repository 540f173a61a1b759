"""The encoding that a document of HTML or XML declares, checked against its bytes."""

import codecs
import io
import re
from typing import Final

from expunct_server.redaction.formats import encoding
from expunct_server.redaction.formats.common import DocumentError

# All keep what is ASCII where it is and have no states, so that a tag is a tag in each of them.
_KNOWN: Final = frozenset({
    "utf-8", "ascii", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258",
    *(f"iso8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)), "koi8-r", "koi8-u", "mac-roman",
    "euc_jp", "euc_kr", "gb2312", "gbk", "gb18030",
})  # fmt: skip
_META = re.compile(rb"""<meta\b[^>]{0,500}?\bcharset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
_XML = re.compile(rb"""\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_HEAD: Final = 4_096


def of_html(data: bytes) -> encoding.Encoding:
    """HTML, 13.2.3: a byte order mark, then a `meta`; then what the bytes are. Raises DocumentError."""
    declared = _META.search(data[:_HEAD]) or _XML.match(data[:_HEAD])
    found = None if _marked(data) else _usable(declared[1] if declared else None, data)
    return found or encoding.of(io.BytesIO(data))


def of_xml(data: bytes) -> encoding.Encoding:
    """XML 1.0, appendix F: a byte order mark, then the declaration, else UTF-8. Raises DocumentError."""
    declared = _XML.match(data[:_HEAD])
    if _marked(data) or not declared:
        return encoding.of(io.BytesIO(data))
    found = _usable(declared[1], data)
    if found is None:
        raise DocumentError(
            "invalid_encoding",
            "The document is not in the encoding that it declares; save it as UTF-8 and send it again.",
        )
    return found


def text_of(data: bytes, used: encoding.Encoding) -> str:
    return data[len(used.mark) :].decode(used.codec)


def bytes_of(text: str, used: encoding.Encoding) -> bytes:
    """As it was; a character of a replacement that the encoding has not becomes a reference."""
    return used.mark + text.encode(used.codec, "xmlcharrefreplace")


def _marked(data: bytes) -> bool:
    return data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def _usable(name: bytes | None, data: bytes) -> encoding.Encoding | None:
    """The declared encoding, if it is known and the bytes come back from it as they were."""
    try:
        codec = codecs.lookup((name or b"").decode("ascii")).name
    except (LookupError, UnicodeDecodeError, ValueError):
        return None
    for each in ("cp1252", codec) if codec in ("iso8859-1", "ascii") else (codec,):
        try:
            if each in _KNOWN and data.decode(each).encode(each) == data and b"\0" not in data:
                return encoding.Encoding(each)
        except UnicodeError:
            continue
    return None
