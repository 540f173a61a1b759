"""The texts of a message that are documents of their own: as HTML, as RTF, and the headers that it travelled with."""

import codecs
from typing import Final

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.isolated.work import Text, Work
from expunct_server.redaction.formats.mail import emls, entities
from expunct_server.redaction.formats.mail.msgs import properties, rtf, strings, vocabulary
from expunct_server.redaction.formats.mail.msgs.properties import Bag, Property

_BODIES: Final = {
    (vocabulary.HTML, properties.BINARY), (vocabulary.HTML, properties.STRING), (vocabulary.HTML, properties.STRING8),
    (vocabulary.RTF, properties.BINARY), (vocabulary.HEADERS, properties.STRING),
    (vocabulary.HEADERS, properties.STRING8),
}  # fmt: skip


def taken(bag: Bag) -> list[Property]:
    """Those out of the bag, which are then no texts like others."""
    return [bag.pop(tag) for tag, each in list(bag.items()) if (each.number, each.type) in _BODIES]


def name_of(each: Property) -> str:
    """For people."""
    return {vocabulary.RTF: "RTF body", vocabulary.HTML: "HTML body"}.get(each.number, "transport headers")


def redacted(work: Work, each: Property, bag: Bag, place: str) -> None:
    """One of them; `bag` says which code pages they are in. Raises DocumentError."""
    if each.number == vocabulary.RTF:
        if each.value.strip(b"\0"):
            document = rtf.unpacked(each.value)
            made = inner(work, "body.rtf", document, f"{place}{name_of(each)}")
            each.value = rtf.packed(rtf.legible(document, made))
    elif each.type == properties.BINARY:
        used = strings.codec_of(bag, vocabulary.INTERNET_CODE_PAGE, vocabulary.CODE_PAGE)
        each.value = _page(work, each.value, used, f"{place}{name_of(each)}")
    elif each.number == vocabulary.HTML:
        each.value = _page(work, each.value, strings.codec_for(each, strings.codec(bag)), f"{place}{name_of(each)}")
    else:
        text, used = strings.decoded(each.value, strings.codec_for(each, strings.codec(bag)))
        each.value = strings.encoded(_headers(work, text, f"{place}transport "), used)


def inner(work: Work, name: str, data: bytes, place: str) -> bytes:
    """A part as the document that it is. Raises DocumentError, which says which part it is."""
    if not data.strip():
        return data
    try:
        return work.inner(name, data, place)
    except DocumentError as error:
        which = place.rpartition(", ")[2]
        which = which[:1].upper() + which[1:]
        raise DocumentError(error.code, f"{which} of the message cannot be redacted. {error.detail}") from None


def _page(work: Work, data: bytes, used: str, place: str) -> bytes:
    """HTML in the code page that the message says, whatever the page says itself; handed over as UTF-8."""
    if used in strings.OF_WIDE and b"\0" not in data:
        used = ""  # a page has tags, whose letters have a zero in UTF-16
    data = data if used in strings.OF_WIDE else data.rstrip(b"\0")
    if not used or (data.startswith(codecs.BOM_UTF8) and used not in strings.OF_WIDE):
        return inner(work, "body.html", data, place)
    text, used = strings.decoded(data, used)
    asked = codecs.BOM_UTF8 + text.encode("utf-8", "replace")
    made = inner(work, "body.html", asked, place) if text.strip() else asked
    if made == asked:
        return data
    return strings.encoded(made.removeprefix(codecs.BOM_UTF8).decode("utf-8"), used, "xmlcharrefreplace")


def _headers(work: Work, text: str, place: str) -> str:
    """As those of a message of mail; what follows an empty line is a text."""
    data = text.encode("utf-8", "replace")
    body = entities.parsed(data).body
    head = emls.Parts(work).redacted(data[: len(data) - len(body)], place)
    [answer] = work.redacted([Text(body.decode())], lambda *_: f"{place}headers, what follows")
    return head.decode("utf-8", "replace") + answer.text
