"""What the elements and attributes of office documents are, as far as it matters where text is.

ECMA-376 (WordprocessingML, SpreadsheetML, PresentationML, DrawingML, VML) and ISO/IEC 26300 (OpenDocument). Whatever is
not named here is text, and searched: the lists only say what is read together, and which values are measures.
"""

import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from expunct_server.redaction.formats.isolated.work import UNSEEN
from expunct_server.redaction.formats.office import measures, number_codes

_VOCABULARIES: Final = re.compile(
    r"(?:https?://schemas\.openxmlformats\.org|https?://schemas\.microsoft\.com|https?://purl\.oclc\.org/ooxml"
    r"|https?://www\.w3\.org|https?://purl\.org/dc|https?://(?:www\.)?openoffice\.org|https?://docs\.oasis-open\.org"
    r"|urn:oasis:names:tc:opendocument|urn:schemas-microsoft-com|urn:org:documentfoundation|https?://xml\.apache\.org"
    r"|https?://(?:schemas\.)?libreoffice\.org)"
    r"(?![^/:])(?!(?:\D*\d){9})[A-Za-z0-9._/:#+-]{0,140}"  # years and versions, but no numbers and no longer host
)
_MAPPINGS: Final = re.compile(r"(?:\s*xmlns:[A-Za-z]{1,8}\d{0,3}=(?:'[^']*'|\"[^\"]*\"))+\s*")
_MAPPED: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")
ODF: Final = "urn:oasis:names:tc:opendocument:xmlns:"
ODF_TEXT: Final = f"{ODF}text:1.0"

_NUMBERS_ODF: Final = f"{ODF}datastyle:1.0"

PARAGRAPHS: Final = frozenset(("p", "h", "si", "is"))
FOLLOWING: Final = frozenset(("p", "h"))
"""Paragraphs that are read one after the other; strings of a workbook stand in a list."""
RUNS: Final = frozenset(("t", "delText"))
CODES: Final = frozenset(("instrText", "delInstrText"))
GLUE: Final = {
    "tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "line-break": "\n", "noBreakHyphen": "-", "s": " ",
}  # fmt: skip
"""Elements that stand for characters between runs."""
_RUNS_OF_NUMBERS: Final = frozenset(("text", "currency-symbol", "embedded-text"))
"""What numbers are shown with (ISO/IEC 26300-3, 16.29); the other elements of these styles stand for parts of them."""
_COUNTS: Final = (f"{{{ODF_TEXT}}}c", f"{ODF_TEXT} c")
_CODE: Final = re.compile(r"(?!D[89A-Fa-f])[0-9A-Fa-f]{4}")  # no half of a character
GONE: Final = frozenset(("del", "moveFrom", "Fallback"))
"""What a reader does not see who accepts all changes and knows all extensions, within a paragraph."""
ADDED: Final = frozenset(("ins", "moveTo", "Choice"))
"""What a reader does not see who rejects all changes and knows no extension, within a paragraph."""
SOUND: Final = frozenset(("rt", "ruby-text"))
"""How what is below it is pronounced (ECMA-376 part 1, 17.3.3.24; ISO/IEC 26300-3, 6.4)."""
FIELDS_ODF: Final = frozenset(
    ("date", "time", "author-name", "author-initials", "initial-creator", "creator", "creation-date", "creation-time",
     "modification-date", "modification-time", "print-date", "print-time", "editing-duration", "printed-by", "title",
     "subject", "description", "keywords", "file-name", "template-name", "user-defined", "user-field-get",
     "sender-firstname", "sender-lastname", "sender-initials", "sender-title", "sender-position", "sender-email",
     "sender-phone-private", "sender-fax", "sender-company", "sender-phone-work", "sender-street", "sender-city",
     "sender-postal-code", "sender-country", "sender-state-or-province")
)  # fmt: skip
"""Fields whose text a program makes anew when it opens the document (ISO/IEC 26300-3, 7): a label would not stay."""
STYLED_ODF: Final = frozenset(("span", "p", "h"))
STYLE_ODF: Final = f"{{{ODF_TEXT}}}style-name"
"""The attribute of these that names their style."""
_OWN_ODF: Final = frozenset(("note", "p", "h", "list", "table", "section", "tracked-changes"))
_DUBLIN_CORE: Final = "http://purl.org/dc/elements/1.1/"

_TEXT_ATTRIBUTES: Final = frozenset(
    ("alt", "altText", "author", "caption", "descr", "description", "displayName", "displayText", "href", "initials",
     "lastValue", "name", "oldName", "password", "providerId", "prompt", "string-value", "Target", "title", "tooltip",
     "uniqueName", "userId", "userName", "value")
)  # fmt: skip
_TEXT_VALUES: Final = frozenset(
    ("alias", "tag", "docVar", "statusText", "helpText", "default", "listEntry", "listItem", "title", "category",
     "description", "tblCaption", "tblDescription", "entryMacro", "exitMacro", "query", "connectString", "udl",
     "address", "mailSubject")
)  # fmt: skip
"""Elements whose `val` or `value` is text."""
FORMAT: Final = "formatCode"
"""The attribute or element that says how numbers look (18.8.31)."""
URI: Final = "%!#$&'()*+,/:;=?@[]~"
"""Characters that stay in an address (RFC 3986, 2.2), with the percent sign."""
LIMITS: Final = frozenset(
    ("minValue", "maxValue", "minDate", "maxDate", "startNum", "endNum", "startDate", "endDate", "integer", "double")
)
"""Attributes of what the items of a pivot table lie between (18.10.1.90, 18.10.1.80), and numbers that a query is asked
with (18.13.4): they can be left out, and can be nothing but numbers."""
NUMBERS: Final = frozenset(
    (("cfvo", "val"), ("top10", "val"), ("top10", "filterVal"), ("dynamicFilter", "val"), ("dynamicFilter", "maxVal"))
)
"""Elements and attributes, what conditions and filters compare with (18.3.1.11, 18.3.2.10, 18.3.2.5): some of them
cannot be left out, and a label would be no number."""
_ITEMS: Final = frozenset(("s", "n", "d", "b", "e"))
_HEADERS: Final = re.compile(r"(?:odd|even|first)(?:Header|Footer)")
# A size is two digits where more follow than one can have: what comes after it is text then. So is a font's name with
# what no font is called.
_HEADER_CODE: Final = re.compile(
    r'&(?:K[0-9A-F]{6}|K\d\d[+-]\d{3}|\d\d(?=\d\d)|\d{1,3}|"(?![^"]*@|(?:[^"]*\d){4})[^"]{0,100}"|[A-Za-z&])'
)
_SHOWN_CODES: Final = frozenset("LCRPNDTGFAZ&")  # sections of a header, and what stands for a text
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?")
"""xsd:date and xsd:dateTime."""


_NUMBERED: Final = re.compile(r"_([0-9a-f]{2,6})_")
_OF_FONTS: Final = 0xF000  # where characters of fonts for symbols are (ECMA-376 part 1, 17.3.3.30)
_SYMBOLS: Final = re.compile(
    r"(?:symbol|wingdings(?: [23])?|webdings|marlett|mt extra|ms outlook|ms reference specialty|monotype sorts|"
    r"(?:itc )?zapf ?dingbats|bookshelf symbol \d|opensymbol|starsymbol|segoe (?:mdl2 assets|fluent icons)) *",
    re.I,
)
"""Fonts whose letters are pictures."""


def is_run(namespace: str, element: str) -> bool:
    """Whether the text of an element is read with what is beside it."""
    return element in RUNS or (namespace == _NUMBERS_ODF and element in _RUNS_OF_NUMBERS)


def is_glue(namespace: str, element: str) -> bool:
    """Whether an element stands for characters between runs."""
    if namespace == _NUMBERS_ODF:
        return not is_paragraph(namespace, element) and element not in ("text", "currency-symbol")
    return element in GLUE and is_vocabulary(namespace)


def glue(element: str, attributes: Iterable[tuple[str, str]]) -> str:
    """The characters that such an element stands for; its attributes are with their namespaces, in whatever writing."""
    for key, value in attributes:
        if element == "s" and key in _COUNTS and value.isdecimal() and len(value) < 4:
            return " " * int(value)
    return GLUE.get(element, "\n")


def symbol(attributes: Iterable[tuple[str, str]]) -> tuple[str, bool]:
    """The character that a `sym` stands for (ECMA-376 part 1, 17.3.3.30), "" for none, and whether it is a letter for
    no reader, since its font has pictures; its attributes are as for `glue`."""
    said = {key.replace(" ", "}").rpartition("}")[2]: value for key, value in attributes}
    if not _CODE.fullmatch(said.get("char", "")):
        return "", False
    code = int(said["char"], 16)
    shown = chr(code - _OF_FONTS if _OF_FONTS <= code < _OF_FONTS + 256 else code)
    return shown, _SYMBOLS.fullmatch(said.get("font", "")) is not None


@lru_cache(4096)
def is_vocabulary(value: str) -> bool:
    """Whether a name is that of a namespace, relationship or extension that the makers of office programs defined.

    Or a list of prefixes for such, as bindings of content controls have it (ECMA-376 part 1, 17.5.2.6).
    """
    if _MAPPINGS.fullmatch(value):
        return all(_VOCABULARIES.fullmatch(one or other) for one, other in _MAPPED.findall(value))
    return _VOCABULARIES.fullmatch(value) is not None


def is_known_key(key: str) -> bool:
    """Whether an attribute, as `{namespace}name` or `name`, belongs to the vocabularies if its element does."""
    return not key.startswith("{") or is_vocabulary(key[1:].partition("}")[0])


def is_measure(element: str, attribute: str, value: str, *, known: bool) -> bool:
    """Whether an attribute's value is a number, colour, identifier or reference to cells that can be no text.

    `known` says that both belong to the vocabularies: in other XML everything is text.
    """
    if not known or is_text_attribute(element, attribute) or attribute in LIMITS or is_item(element, attribute):
        return False
    return measures.is_one(element, attribute, value) or is_vocabulary(value)


def is_item(element: str, attribute: str) -> bool:
    """Whether an attribute is the value of an item of a pivot table (18.10.1.65 and .85)."""
    return attribute == "v" and element in _ITEMS


def is_measured(element: str, text: str, *, known: bool) -> bool:
    """Whether an element's content is a number that lays out or counts."""
    return known and measures.is_content(element, text)


def is_text_attribute(element: str, attribute: str) -> bool:
    """Whether an attribute's value is text by its name."""
    return attribute in _TEXT_ATTRIBUTES or (attribute in ("val", "value") and element in _TEXT_VALUES)


def is_paragraph(namespace: str, element: str) -> bool:
    """Whether the runs in an element are read together."""
    if element == "text":  # of a comment in a workbook, 18.7.7
        return namespace.endswith(("/spreadsheetml/main", "/spreadsheetml/2006/main"))
    if namespace == _NUMBERS_ODF:
        return element.endswith("-style")
    return element in PARAGRAPHS and is_vocabulary(namespace)


def is_mixed(namespace: str) -> bool:
    """Whether text between the elements of a paragraph belongs to it."""
    return namespace.startswith(ODF) and namespace != _NUMBERS_ODF


def is_inline_odf(namespace: str, element: str) -> bool:
    """Whether the text of an element inside a paragraph belongs to that (ISO/IEC 26300-3, 6.1). So it does in elements
    that the standard does not have, such as `loext:content-control` (ISO/IEC 26300-1, 3.17)."""
    if element in _OWN_ODF:
        return False
    return namespace == ODF_TEXT or not namespace.startswith((ODF, _DUBLIN_CORE))


def is_hiding(element: str, attributes: Iterable[tuple[str, str]]) -> bool:
    """Whether a property of a run says that it is hidden (ECMA-376 part 1, 17.3.2.41 and 17.17.4)."""
    return element == "vanish" and not any(
        key.endswith(("}val", " val")) and value in ("0", "false", "off") for key, value in attributes
    )


def without_codes(element: str, text: str) -> str:
    """The text of an element as people see it (ECMA-376, 18.3.1.46): codes in headers of sheets are as many blanks, or
    as many characters that draw nothing where they only change how the text looks; and so is how numbers look."""
    if element == FORMAT:
        return number_codes.said(text)
    if "&" not in text or not _HEADERS.fullmatch(element):
        return text
    return _HEADER_CODE.sub(lambda m: (" " if m[0][1] in _SHOWN_CODES else UNSEEN) * len(m[0]), text)


def header_fonts(element: str, text: str) -> Iterator[tuple[int, str]]:
    """Where the codes of a header name fonts, and these, which are no part of what it says."""
    if "&" in text and _HEADERS.fullmatch(element):
        yield from ((m.start() + 2, m[0][2:-1]) for m in _HEADER_CODE.finditer(text) if m[0][1] == '"')


def name_shown(name: str) -> str:
    """A name of OpenDocument as people know it: what names cannot have is written as its number between low lines
    (ISO/IEC 26300-3, 19.498.2)."""
    return _NUMBERED.sub(_character, name) if "_" in name else name


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if code > sys.maxunicode or 0xD800 <= code < 0xE000 else chr(code)
