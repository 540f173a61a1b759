"""The codecs that names of charsets stand for, in declarations and in what texts say of themselves: one table."""

import codecs
import encodings
import encodings.aliases
import os
from typing import Final

_LARGER: Final = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "shift_jis": "cp932", "euc_kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs",
    "iso2022_jp": "iso2022_jp_ext",
}  # fmt: skip
"""What is written under the name of another charset (WHATWG Encoding, 4.2)."""
_OTHER_NAMES: Final = {
    "x-sjis": "cp932", "windows-31j": "cp932", "iso-8859-8-i": "iso8859-8", "iso-8859-8-e": "iso8859-8",
    "windows-874": "cp874", "dos-874": "cp874", "x-gbk": "gb18030", "windows-949": "cp949", "x-euc-jp": "euc_jp",
    "x-mac-cyrillic": "mac-cyrillic", "x-mac-roman": "mac-roman", "utf8mb4": "utf-8", "x-big5": "big5hkscs",
    "cp-850": "cp850", "x-utf-8": "utf-8", "unicode": "utf-16",
}  # fmt: skip
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
_KNOWN: Final = frozenset(
    {*encodings.aliases.aliases, *(name.partition(".")[0] for path in encodings.__path__ for name in os.listdir(path))}
)


def codecs_of(name: str) -> tuple[str, ...]:
    """Python's codecs for a charset's name, the larger one first; none for one that is not known."""
    said = name.strip().strip("\"'").lower()
    said = _OTHER_NAMES.get(said, said)
    if not _is_known(said):
        return ()
    try:
        own = codecs.lookup(said)
    except (LookupError, ValueError):
        return ()
    if own.name in _NO_CHARSETS or not getattr(own, "_is_text_encoding", True):
        return ()
    return tuple(dict.fromkeys((_LARGER.get(own.name, own.name), own.name)))


def _is_known(name: str) -> bool:
    """Whether Python may have it. Others it would look for in files each time and remember for good, and what a
    document says for a name is the document's."""
    normal = encodings.normalize_encoding(name)
    return normal in _KNOWN or normal.replace(".", "_") in _KNOWN
