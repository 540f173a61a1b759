"""Which charsets bytes can be in: those in which a text is read to be written, and those in which a result is checked.

Senders declare what is not so, or nothing: UTF-8 is called ISO-8859-1, Windows-1251 goes without a name. So a text is
read in every way (`ways`) that somebody may see it in, one after the other, and what was written is read in many more
(`readings`), without asking how it was read before.
"""

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final

from expunct_server.redaction.charset_names import codecs_of
from expunct_server.redaction.formats.common import DocumentError

_NAMELESS: Final = frozenset(
    {"", "unknown", "unknown-8bit", "x-unknown", "default", "default_charset", "_charset_", "8bit", "none"}
    | {"x-user-defined", "binary"}
)
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_WIDE: Final = {"utf-16": 2, "utf-32": 4}
_OF_WORDS: Final = ("cp932", "gb18030", "big5hkscs", "cp949", "euc_jp", "cp1251", "koi8-r")
_WORD = re.compile(rb"[\x80-\xff]{4}")  # letters of a script that is not Latin: seldom more than three in a row there
_OF_UTF_8 = re.compile(rb"[\xc3-\xdf][\x80-\xbf][\x00-\x7f]|[\xe1-\xef][\x80-\xbf]{2}")
_SHIFT = re.compile(rb"\x1b[$(]")
_UNREAD: Final = DocumentError(
    "invalid_encoding", "A text is in an encoding that is not read: save it as UTF-8 and send it again."
)


def marked(data: bytes) -> tuple[bytes, str]:
    """The byte order mark that a text begins with, none perhaps, and the codec that it stands for."""
    return next(((mark, codec) for mark, codec in _MARKS if data.startswith(mark)), (b"", "utf-8"))


def ways(data: bytes, names: Iterable[str] = ()) -> list[str]:
    """The codecs in which a text is read, one after the other: what its bytes surely are, what is declared, or else
    what they may be. `decoded` and `encoded` take them. Raises DocumentError for what cannot be read."""
    mark, codec = marked(data)
    if mark:
        return [codec]
    declared = [name for name in names if name.strip().lower() not in _NAMELESS]
    found = [each for name in declared if (each := _first(data, name)) is not None]
    if b"\0" not in data and _decodes(data, "utf-8"):
        found = [*found, *_of_ascii(data, found)] if data.isascii() else ["utf-8", *found]
    elif declared and not any(codecs_of(name) for name in declared):
        raise _UNREAD
    elif not found:
        found = [*(each for name in declared for each in _nearly(data, name)), *_guessed(data)]
    return _unlike(data, found)


def in_each_way(data: bytes, names: Iterable[str], redacted: Callable[[str], str]) -> bytes:
    """A text redacted in each charset that somebody may see it in. What held nothing stays byte for byte. Raises
    DocumentError for what cannot be read."""
    for codec in ways(data, names):
        try:
            text = decoded(data, codec)
        except UnicodeError:  # what was put in can be no text in another charset
            continue
        made = redacted(text)
        data = data if made == text else encoded(made, codec)
    return data


def decoded(data: bytes, codec: str) -> str:
    """The text; what is no character becomes a lone surrogate, which `encoded` makes the same byte of."""
    return data.decode(codec, "strict" if _width(codec) else "surrogateescape")


def encoded(text: str, codec: str) -> bytes:
    """The bytes of a text; what the charset does not have becomes a question mark."""
    with suppress(UnicodeEncodeError):
        return text.encode(codec, "strict" if _width(codec) else "surrogateescape")
    return text.encode(codec, "replace")


def _first(data: bytes, name: str) -> str | None:
    """The codec of this name that fits best; None for one that does not at all."""
    for codec in codecs_of(name):
        if codec in _WIDE:
            return next(iter(_wide(data, codec)), None)
        if _decodes(data, codec):
            return codec
    return None


def _nearly(data: bytes, name: str) -> list[str]:
    """The codec of this name, if what it does not take comes back from it as it was."""
    with suppress(UnicodeError):
        return [codec for codec in codecs_of(name)[:1] if encoded(decoded(data, codec), codec) == data]
    return []


def _wide(data: bytes, codec: str) -> Iterator[str]:
    """UTF-16 or UTF-32 in the order that most of its zeros say; that of RFC 2781, section 4.3, where there are none."""
    width = _WIDE[codec]
    big = sum(each == 0 for each in data[::width]) if width == 4 else data[::2].count(0)
    little = data[width - 1 :: width].count(0)
    orders = ("-be", "-le") if big > little or not little else ("-le", "-be")
    return (each for order in orders if _decodes(data, each := codec + order))


def _guessed(data: bytes) -> list[str]:
    """What a text may be in that says nothing of it and is no UTF-8. Never empty."""
    if b"\0" in data:
        zeros = data.count(0)
        for codec, least in (("utf-32", 0.6), ("utf-16", 0.3)):
            if zeros >= len(data) * least and (found := list(_wide(data, codec))):
                return found[:1]
    found = ["utf-8"] if _OF_UTF_8.search(data) else []
    western = "cp1252" if _decodes(data, "cp1252") else "latin-1"
    return [*found, western, *(each for each in _OF_WORDS if _WORD.search(data) and _decodes(data, each))]


def _of_ascii(data: bytes, declared: list[str]) -> list[str]:
    """ASCII alone; but what has the marks of ISO-2022 (RFC 1468, RFC 1557) is no text without them."""
    if not _SHIFT.search(data):
        return ["utf-8"]
    if any(codec.startswith("iso2022") for codec in declared):
        return []
    return ["iso2022_jp_ext" if _decodes(data, "iso2022_jp_ext") else "utf-8"]


def _unlike(data: bytes, found: list[str]) -> list[str]:
    """Those that say different things, in their order."""
    made: dict[str, str] = {}
    for codec in found:
        with suppress(UnicodeError):
            made.setdefault(decoded(data, codec), codec)
    return list(made.values())


def _decodes(data: bytes, codec: str) -> bool:
    try:
        return bool(data.decode(codec)) or not data
    except UnicodeError:
        return False


def _width(codec: str) -> int:
    return _WIDE.get(codec[:6], 0)


# --- for the check of a result ----------------------------------------------------------------------------------------

_LETTERS = re.compile(rb"[A-Za-z ]{4}")
_HIGH = re.compile(rb"[\x80-\xff]")
_OF_EAST = re.compile(rb"[\x80-\xff]{2}|[\x81-\x9f][\x40-\x7e]")
# In which charsets lines may be, and what they then have. Of what is UTF-8, the first alone: texts in the others are
# not UTF-8 by chance, but for a few letters.
_MANY: Final = (
    ("cp1252", _HIGH),
    ("utf-8", _OF_UTF_8),
    *((codec, _OF_EAST) for codec in ("cp932", "euc_jp", "gb18030", "big5hkscs", "cp949")),
    ("cp1251", _WORD),
    ("koi8-r", _WORD),
)
_MOST_BROKEN: Final = 0.1
"""Of what is not ASCII, in a charset that nobody has declared; beyond it the text is in another."""
_LONG: Final = 200  # bytes that are not ASCII
_NO_ASCII: Final = dict.fromkeys(range(128))


def readings(data: bytes, names: Iterable[str] = ()) -> Iterator[str]:
    """What bytes say in each charset that they may be in, other than in those before; `names` are those declared."""
    first = data.decode("utf-8", "replace")
    is_unicode = "\ufffd" not in first
    declared = [codec for name in names for codec in codecs_of(name)]
    said: set[str] = set()
    for codec in (
        *(() if declared and not is_unicode else ("utf-8",)),
        *declared,
        *_unusual(data, is_unicode=is_unicode),
    ):
        with suppress(UnicodeError):
            if (text := data.decode(codec, "replace")) not in said:
                said.add(text)
                yield text
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    for codec, has in _MANY[: 1 if is_unicode or _is_sure(data, declared) else None] if lines else ():
        text = b"\n".join(filter(has.search, lines)).decode(codec, "replace")
        if text not in said and text.count("\ufffd") <= _MOST_BROKEN * len(text.translate(_NO_ASCII)):
            said.add(text)
            yield text


def _is_sure(data: bytes, declared: list[str]) -> bool:
    """Whether a long text fits into a charset of several bytes, which it does not by chance."""
    fits = any(codec in _OF_WORDS[:5] and _decodes(data, codec) for codec in declared)
    return fits and len(data.translate(None, bytes(range(128)))) >= _LONG


def _unusual(data: bytes, *, is_unicode: bool) -> Iterator[str]:
    """Charsets in which letters are other bytes than in ASCII, as far as there are signs of them."""
    if b"+" in data:
        yield "utf-7"
    if b"\x1b" in data or b"~{" in data:
        yield from ("iso2022_jp_ext", "iso2022_kr", "hz")
    if b"\0" in data or not (is_unicode or _LETTERS.search(data)):
        yield from ("utf-16-le", "utf-16-be", "cp037")
    if b"\0\0" in data:
        yield from ("utf-32-le", "utf-32-be")
