"""Files that stand in texts as letters, as was the way before MIME: no reader of texts can see into them."""

import re
from typing import Final

# The first line of the file follows: a full one begins with M and has 61 characters, base64 has 60 or 76. All may be in
# an answer, behind its signs.
_UUENCODED = re.compile(
    r"^(?:> ?){0,20}begin(?:-base64)? [0-7]{3,4} [^\r\n]{1,200}\r?\n"
    r"(?:> ?){0,20}(?:M[ -`]{60,61}|[!-L][ -`]{4,60}|[A-Za-z0-9+/=]{4,76})\r?$",
    re.M,
)
_END = re.compile(r"^(?:> ?){0,20}(?:end|====)[ \t]*\r?$", re.M)
_BLANK = re.compile(r"^(?:> ?){0,20}[ \t]*\r?$", re.M)  # no line of a file is empty
_LINES = re.compile(r"(?:\r?\n(?:> ?){0,20}+(?:[!-`][ -`]{1,61}|`|[A-Za-z0-9+/=]{4,76})[ \t]*+(?=\r?$))*+", re.M)
_YENC = re.compile(r"^=ybegin [^\r\n]{0,500}$.*?(?:^=yend[^\r\n]*$|\Z)", re.M | re.S)
_BINHEX = re.compile(r"^\(This file must be converted with BinHex[^\r\n]*$[^:]*(?::[^:]*(?::|\Z))?", re.M)  # RFC 1741
_PGP = re.compile(r"\A\s*-----BEGIN PGP MESSAGE-----")  # RFC 9580, section 6.2; texts about it have it elsewhere
_KINDS: Final = (
    (_UUENCODED, "a file that uuencode wrote"),
    (_YENC, "a file that yEnc wrote"),
    (_BINHEX, "a file that BinHex wrote"),
    (_PGP, "a message that PGP encrypted"),
)


def what(text: str) -> str | None:
    """What is written in a text, in words; None for a text that is one."""
    return next((said for expression, said in _KINDS if expression.search(text)), None)


def without_files(text: str) -> str:
    """A text without the files in it. One of uuencode (POSIX) whose end is missing ends with the last line that is its
    own."""
    parts = []
    at = 0
    begins = list(_UUENCODED.finditer(text))
    for i, begin in enumerate(begins):
        following = begins[i + 1].start() if i + 1 < len(begins) else len(text)
        parts.append(text[at : begin.start()])
        blank = _BLANK.search(text, begin.end(), following)
        last = _END.search(text, begin.end(), blank.start() if blank else following)
        last = last or _LINES.match(text, begin.end(), following)
        at = last.end() if last else begin.end()
    return _BINHEX.sub("", _YENC.sub("", "".join([*parts, text[at:]])))
