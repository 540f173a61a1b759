"""Code pages of RTF: that of the document, and those of its fonts (RTF 1.9.1, "Character Set" and "Font Table")."""

import codecs
from typing import Final

DEFAULT: Final = "cp1252"
_BY_CHARSET: Final = {
    0: "cp1252", 2: "cp1252", 77: "mac-roman", 78: "cp932", 79: "cp949", 80: "cp936", 81: "cp950", 83: "cp1255",
    84: "cp1256", 85: "mac-greek", 86: "mac-turkish", 87: "cp874", 88: "mac-latin2", 89: "mac-cyrillic",
    128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 179: "cp1256", 180: "cp1256", 181: "cp1255", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_BY_PAGE: Final = {
    708: "iso8859-6", 936: "gb18030", 1361: "johab", 10000: "mac-roman", 10001: "cp932", 10006: "mac-greek",
    10007: "mac-cyrillic", 10029: "mac-latin2", 10081: "mac-turkish", 20127: DEFAULT, 54936: "gb18030",
    65000: DEFAULT, 65001: "utf-8",
}  # fmt: skip
BY_WORD: Final = {"ansi": DEFAULT, "mac": "mac-roman", "pc": "cp437", "pca": "cp850"}
MULTIBYTE: Final = frozenset({"cp932", "cp949", "johab", "gb18030", "cp950", "utf-8"})


def of_page(number: int) -> str:
    """The codec of a code page; that of Western Windows for one that is not known."""
    if number in _BY_PAGE:
        return _BY_PAGE[number]
    try:
        codec = codecs.lookup(f"cp{number}")
    except LookupError:
        return DEFAULT
    return codec.name if "A".encode(codec.name) == b"A" else DEFAULT  # not EBCDIC, which no brace survives


def of_charset(number: int | None) -> str | None:
    """The codec of a font; None where it is the document's."""
    return _BY_CHARSET.get(number) if number is not None else None


_TABLES: dict[str, str] = {}


def text_of(raw: str, codec: str) -> str:
    """What bytes, held as Latin-1, say in a code page of one byte a character; what it has not stays what it was."""
    table = _TABLES.get(codec)
    if table is None:
        said = (bytes((byte,)).decode(codec, "ignore") or chr(byte) for byte in range(256))
        table = _TABLES[codec] = "".join(said)
    return raw if raw.isascii() else raw.translate(table)  # a string maps numbers too
