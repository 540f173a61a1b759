"""Letters in other forms: one table, for what is written (`formats.isolated.escaped`) and what is checked (`removed`).

Percent signs (RFC 3986, section 2.1; ECMA-262, B.2.1.1), character references (HTML, 13.5), quoted-printable (RFC
2045, section 6.7) and encoded words (RFC 2047), in the charset that the text says before them; UTF-7 (RFC 2152),
cells' `_x0040_` (ECMA-376, 22.9.2.19), and the escapes of JSON, JavaScript, calendars and CSS; also what stands
between letters and is not seen, tags that only set how letters look among it; and UTF-16 that is read with its bytes
in the wrong order.
"""

import base64
import binascii
import codecs
import html
import quopri
import re
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from expunct_server.redaction.charset_names import codecs_of

_SIGNS: Final = ("%", "_x", "\\", "&", "=", "+A", "</", "\u00ad", "\u200b", "\u2060", "\ufeff")
_SWAPPED = re.compile("[" + "".join(chr(letter << 8) for letter in range(0x20, 0x7F)) + "]{6}")
# Possessive: what a stranger wrote must not be tried in all the ways that it can be divided. CSS has but the few signs
# that numbers and paths do not look like.
ESCAPE: Final = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})++)"
    r"|(?P<quoted>(?:=[0-9A-Fa-f]{2}(?:=[ \t]{0,20}\r?\n)*+)++"
    r"(?:[@-~](?:=[0-9A-Fa-f]{2}(?:=[ \t]{0,20}\r?\n)*+)++)*+[@-~]?)"  # a second byte of two may be a letter
    r"|(?P<word>=\?[^?\s]{1,40}\?[BbQq]\?[^?\s]{0,1000}\?="
    r"(?:\s{1,20}+=\?[^?\s]{1,40}\?[BbQq]\?[^?\s]{0,1000}\?=)*+)"
    r"|(?P<soft>=[ \t]{0,20}\r?\n)"
    r"|&(?P<reference>#0*+[0-9]{1,7};?|#[xX]0*+[0-9a-fA-F]{1,6};?|[A-Za-z]{2,31};)"
    r"|_x(?P<cell>[0-9A-Fa-f]{4})_"
    r"|(?:\\{1,8}|%)u(?P<four>[0-9A-Fa-f]{4})|\\{1,8}[xX](?P<two>[0-9A-Fa-f]{2})|\\{1,8}u\{(?P<any>[0-9A-Fa-f]{1,6})\}"
    r"|\\{1,8}U(?P<eight>[0-9A-Fa-f]{8})"
    r"|\\0{0,4}(?P<css>40|2[DEde]|5[Ff]) ?"
    r"|\\(?P<octal>[0-3][0-7]{2})"
    r"|\\{1,8}(?P<blank>[nNrtfv])"
    r"|(?P<tag></?(?:b|i|u|s|em|tt|sub|sup|big|bold|code|font|mark|span|small|italic|strike|strong|underline|wbr)"
    r"(?:\s[^<>]{0,500})?/?>)"
    r"|\+(?P<seven>A[A-Za-z0-9+/]{2,}+)-?"
    r"|(?P<unseen>[\u00ad\u200b\u2060\ufeff]+)"
    rf"|(?P<swapped>{_SWAPPED.pattern}(?:{_SWAPPED.pattern[:-3]})*+)"
)
_LIKELY_QUOTED = re.compile(r"=(?:[89A-F][0-9A-F]|2[0BDE]|3D|40|5F)|=[0-9A-Fa-f]{2}(?:=[ \t]{0,20}\r?\n)*=")
_DATA = re.compile(r"[A-Za-z0-9+/\r\n]{23}[A-Za-z0-9+/=]")  # lines of it
_LINE_OF_DATA: Final = 48  # letters; UTF-7 that goes on to the end of a line is shorter
_BYTE = re.compile(r"([%=])([0-9A-Fa-f]{2})(?:=[ \t]{0,20}\r?\n)*|(.)", re.S)
_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]*)?\?([BbQq])\?([^?\s]*)\?=")
_CHARSET = re.compile(r"(?i)charset[ \t]*=[ \t]*[\"']?([\w.:-]{2,40})")
_BEFORE: Final = 2_000  # characters in which a charset is said
_PARAMETER = re.compile(r"([\w.:-]{2,40})'[\w-]{0,10}'\Z")
_OF_PARAMETER: Final = 52
_ZEROS = re.compile(r"(?<=&#)0+(?=[0-9])|(?<=&#[xX])0+(?=[0-9a-fA-F])")
_TOO_LONG = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9a-fA-F]{7,});?")
_SOFT = re.compile(r"=[ \t]{0,20}\r?\n")
_HIGHEST: Final = 0x10FFFF
CSS: Final = re.compile(r"\\(?:([0-9A-Fa-f]{1,6})(?:\r\n|[ \t\r\n\f])?|\r?\n|([^\r\n\f0-9A-Fa-f]))")
_ORDERED: Final = {"utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_OTHERS: Final = ("cp1252", "cp1251", "koi8-r", "shift_jis", "euc_jp", "gb2312", "big5", "euc_kr")
"""Those of East Asia without what was added to them later: random bytes are seldom valid in these."""
_LEAST_GUESSED: Final = 12  # bytes: fewer are a text by chance
_MOST_SIGNS: Final = 0.2  # of a text's characters; of random bytes, half are no letters
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]")

Characters = list[tuple[str, int]]
"""Each character of what an escape says, with how many of the escape are its own; 0 where it is taken whole."""


class Charsets:
    """What a text says of the charset that its letters are in, before each place; read when it is first needed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_read = False
        self._said: list[tuple[int, int, str]] = []  # end, start and codec

    def before(self, place: int) -> str:
        """The codec of bytes that are escaped there: of the parameter that they are in (RFC 2231, section 4), or what
        was said last, not far away; Windows-1252, which older programs write, where nothing was."""
        if self._text[place - 1 : place] == "'":
            said = _PARAMETER.search(self._text, max(place - _OF_PARAMETER, 0), place)
            if said and (codec := _known(said[1])):
                return codec
        if not self._is_read:
            self._read()
        i = bisect_left(self._said, (place + 1,)) - 1
        return self._said[i][2] if i >= 0 and self._said[i][1] >= place - _BEFORE else "cp1252"

    def _read(self) -> None:
        self._is_read = True
        for found in _CHARSET.finditer(self._text):
            if codec := _known(found[1]):
                self._said.append((found.end(), found.start(), codec))


def characters(found: re.Match[str], charsets: Charsets, *, is_quoted: bool) -> Characters | None:
    """What an escape stands for; None for what is none after all. `charsets` are those of its text. `is_quoted` says
    that the text is quoted-printable; elsewhere `=12` is a number, unless there are several or it is a sign that
    quoted-printable is needed for."""
    kind, said = found.lastgroup or "", found[found.lastgroup or 0]
    if kind in ("percent", "quoted"):
        if kind == "quoted" and not (is_quoted or _LIKELY_QUOTED.search(said)):
            return None
        return _of_bytes(said, charsets, found.start())
    if kind in ("soft", "seven") and not is_quoted and _is_data(found, said):
        return None
    whole = _WHOLE[kind](said)
    return None if whole is None else [(each, 0) for each in whole]


def may_be_in(text: str) -> bool:
    """Whether a text has one of the forms; quickly."""
    return any(sign in text for sign in _SIGNS) or _SWAPPED.search(text) is not None


def _is_data(found: re.Match[str], said: str) -> bool:
    """Whether it is a part of base64, or its end: what stands before it, or the rest of a line, is."""
    text, start, end = found.string, found.start(), found.end()
    if _DATA.fullmatch(text, max(start - 24, 0), start):
        return True
    return len(said) >= _LINE_OF_DATA and text[end : end + 1] in ("", "\r", "\n", "=")


def plain(text: str) -> str | None:
    """A text without escapes, as far as they may be some; None where it has none."""
    if not may_be_in(text):
        return None
    text = _SOFT.sub("", text)
    charsets = Charsets(text)
    text = ESCAPE.sub(lambda found: _said(found, charsets), text)
    return unreferenced(text) if "&" in text else text


def unreferenced(text: str) -> str:
    """Without character references, as browsers read them: zeros before a number are nothing, and a number of many
    digits is no character; Python's own function raises ValueError for one of thousands."""
    return html.unescape(_TOO_LONG.sub("\ufffd", _ZEROS.sub("", text)))


def of_css(text: str) -> str:
    """A style sheet without its escapes (CSS Syntax 3, 4.3.7)."""
    return CSS.sub(_of_css, text) if "\\" in text else text


def _of_css(found: re.Match[str]) -> str:
    if not found[1]:
        return found[2] or ""
    code = int(found[1], 16)
    return chr(code) if 0 < code <= _HIGHEST and not 0xD800 <= code < 0xE000 else "\ufffd"


def _said(found: re.Match[str], charsets: Charsets) -> str:
    made = characters(found, charsets, is_quoted=True)
    return found[0] if made is None else "".join(each for each, _ in made)


def _of_bytes(said: str, charsets: Charsets, place: int) -> Characters:
    """Letters of UTF-8, or else of the charset that is said before the place."""
    pieces = [(ord(m[3]) if m[3] else int(m[2], 16), len(m[0])) for m in _BYTE.finditer(said)]
    raw = bytes(byte & 0xFF for byte, _ in pieces)
    is_utf_8 = _is_utf_8(raw)
    if is_utf_8 and len(raw) == len(pieces) and raw.isascii():
        return [(chr(byte), width) for byte, width in pieces]
    decoder = codecs.getincrementaldecoder("utf-8" if is_utf_8 else charsets.before(place))("replace")
    made: Characters = []
    width = 0
    for i, (_, taken) in enumerate(pieces):
        width += taken
        if text := decoder.decode(raw[i : i + 1], i + 1 == len(raw)):
            made += [(each, 0) for each in text[:-1]] + [(text[-1], width)]
            width = 0
    return made


def _is_utf_8(raw: bytes) -> bool:
    """But what shifts between sets of letters (ISO 2022) is in another."""
    try:
        return bool(raw.decode()) and b"\x1b" not in raw
    except UnicodeDecodeError:
        return False


def _known(name: str) -> str | None:
    """The codec of a charset's name, the larger one where that has two; None for what is none."""
    codec = next(iter(codecs_of(name)), None)
    return _ORDERED.get(codec, codec) if codec else None


def _in_charset(raw: bytes, name: str) -> str:
    return raw.decode(_known(name) or "cp1252", "replace")


def of_words(said: str, decoded: Callable[[bytes, str], str] = _in_charset) -> str:
    """What encoded words say, one after the other; letters may begin in one and end in the next. `decoded` gives what
    bytes say in a charset of a name. What is none stays as it is."""
    parts: list[tuple[str, bytes]] = []
    for found in _WORD.finditer(said):
        charset, raw = found[1].lower(), _of_word(found[2], found[3])
        if raw is None:
            charset, raw = "utf-8", found[0].encode("utf-8", "replace")
        if parts and parts[-1][0] == charset:
            raw = parts.pop()[1] + raw
        parts.append((charset, raw))
    return "".join(decoded(raw, charset) for charset, raw in parts)


def _of_word(encoding: str, text: str) -> bytes | None:
    try:
        return quopri.decodestring(text, header=True) if encoding in "Qq" else base64.b64decode(text + "===")
    except (binascii.Error, ValueError):
        return None


def guessed(raw: bytes) -> list[str]:
    """What bytes may say that are no UTF-8, in the charsets in which most such texts are; nothing for what is none.
    Words of ASCII, which are the same in all of them, are said once."""
    if len(raw) < _LEAST_GUESSED or _CONTROL.search(raw):
        return []
    if raw.isascii():
        return [raw.decode("iso2022_jp_ext", "replace")] if b"\x1b$" in raw else []
    said: list[str] = []
    for codec in _OTHERS:
        with suppress(UnicodeDecodeError):
            text = raw.decode(codec)
            if sum(not each.isalpha() and each != " " for each in text) <= _MOST_SIGNS * len(text):
                said.append(" ".join(word for word in text.split() if not word.isascii()) if said else text)
    return list(dict.fromkeys(said))


def _of_number(said: str, base: int) -> str | None:
    number = int(said, base)
    return chr(number) if number <= _HIGHEST else None


def _of_reference(said: str) -> str | None:
    made = unreferenced(f"&{said}")
    return made if len(made) == 1 else None


def _of_seven(said: str) -> str | None:
    try:
        made = f"+{said}-".encode().decode("utf-7")
    except UnicodeDecodeError:
        return None
    return made if made.isprintable() else None


def _of_swapped(said: str) -> str:
    return said.encode("utf-16-le").decode("utf-16-be")


_WHOLE: Final = {
    **dict.fromkeys(("soft", "unseen", "tag"), lambda _: ""),
    "blank": lambda said: "\t" if said == "t" else "\n",
    "word": of_words,
    "reference": _of_reference,
    **dict.fromkeys(("cell", "four", "two", "any", "eight", "css"), lambda said: _of_number(said, 16)),
    "octal": lambda said: _of_number(said, 8),
    "seven": _of_seven,
    "swapped": _of_swapped,
}
