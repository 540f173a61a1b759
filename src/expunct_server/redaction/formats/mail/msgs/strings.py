"""Texts of properties, in UTF-16 or in a code page."""

import codecs
import re
from typing import Final

from expunct_server.redaction.formats.mail import transfer
from expunct_server.redaction.formats.mail.msgs import vocabulary
from expunct_server.redaction.formats.mail.msgs.properties import INT32, MANY, STRING, STRING8, Bag, Property
from expunct_server.redaction.formats.rtf import charsets

WIDE: Final = "utf-16-le"
OF_WIDE: Final = frozenset({WIDE, "utf-16-be"})
_PAGES: Final = {
    1200: "utf-16-le", 1201: "utf-16-be", 20866: "koi8-r", 21866: "koi8-u", 50220: "iso2022_jp", 50221: "iso2022_jp",
    50222: "iso2022_jp", 50225: "iso2022_kr", 51932: "euc_jp", 51936: "gb2312", 51949: "euc_kr", 52936: "hz",
    65000: "utf-7", **{28590 + n: f"iso8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 15)},
}  # fmt: skip
_RUN: Final = re.compile(rb"[\x20-\x7e]{4,}|(?:[\x20-\x7e]\0){4,}")


def codec_of(bag: Bag, *numbers: int) -> str:
    """The codec that the first of these properties which is there says; "" where none does."""
    for number in numbers:
        if (each := bag.get(number << 16 | INT32)) is not None:
            return codec_of_page(each.integer())
    return ""


def codec_of_page(page: int) -> str:
    return _PAGES.get(page) or charsets.of_page(page)


def codec(bag: Bag) -> str:
    """That of texts which are not in UTF-16, whatever is said of them (MS-OXCMSG, 2.2.1.5); "" if nothing is."""
    said = codec_of(bag, vocabulary.CODE_PAGE, vocabulary.INTERNET_CODE_PAGE)
    return "" if said in OF_WIDE else said


def decoded(data: bytes, used: str) -> tuple[str, str]:
    """A text without what ends it, and the codec that it is in: that which is said, if it fits, else what it looks
    like."""
    try:
        text = data.decode(used or "ascii")
    except UnicodeDecodeError:
        if used == WIDE:  # what is no letter is lost
            return data.decode(used, "replace").rstrip("\0"), used
        text, used = transfer.text_of(data, None)
    return text.rstrip("\0"), used or charsets.DEFAULT


def encoded(text: str, used: str, errors: str = "replace") -> bytes:
    return codecs.encode(text, used, errors)


def codec_for(each: Property, narrow: str) -> str:
    return WIDE if each.type & ~MANY == STRING else narrow


def text(bag: Bag, number: int) -> str:
    """What a property says, "" where there is none."""
    for kind, used in ((STRING, WIDE), (STRING8, codec(bag))):
        if (each := bag.get(number << 16 | kind)) is not None:
            return decoded(each.value, used)[0]
    return ""


def runs(data: bytes) -> str:
    """What can be read in data that are no text."""
    return "\n".join(each.replace(b"\0", b"").decode("ascii") for each in _RUN.findall(data))
