"""XML parts of packages: parsed without entities, document types or network, and written as UTF-8."""

import html
import re
from typing import Any, Final
from xml.sax.saxutils import quoteattr

from lxml import etree

from expunct_server.redaction.formats.common import DocumentError
from expunct_server.redaction.formats.office.package import damaged

Element = Any
"""An element of lxml, which has no types."""

_DECLARED: Final = re.compile(rb'\sxmlns(?::[^\s=<>]+)?="([^"<]*)"')
_DECLARATION: Final = re.compile(rb"(\sxmlns(?::[^\s=<>]+)?=)(\"[^\"<]*\"|'[^'<]*')")
_DOCTYPE: Final = re.compile(rb"<\0?!\0?(?:D\0?O\0?C\0?T\0?Y\0?P\0?E|E\0?N\0?T\0?I\0?T\0?Y)", re.I)
NAMES: Final = ("unreadable", "Names of XML elements hold what has to be removed: save the document anew.")
"""For what can neither be replaced nor left out."""


_QUOTED: Final = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.S)
"""Where a document type is only text. What is hidden behind it from here the parser sees all the same."""
_NAMED_DOCTYPE: Final = re.compile(
    rb"\A((?:\xef\xbb\xbf)?(?:<\?xml\s[^<>]*\?>)?\s*)<!DOCTYPE\s+[\w:.-]+\s+"
    rb"(?:PUBLIC\s+\"[^\"<>\[\]]*\"|SYSTEM)\s+\"[^\"<>\[\]]*\"\s*>"
)
"""One that names a file and declares nothing, which OpenOffice.org wrote: it is left out, and the file not read."""


def parse(data: bytes) -> Element:
    """The root of a part, without comments and processing instructions. Raises DocumentError.

    Nesting deeper than 256 and texts longer than 10 MB are refused by the parser.
    """
    data = _NAMED_DOCTYPE.sub(rb"\1", data)
    if _DOCTYPE.search(data) and _DOCTYPE.search(_QUOTED.sub(b"", data)):
        raise DocumentError(
            "unreadable", "The document declares XML entities or a document type, which is not allowed."
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise damaged() from None
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise damaged()
    return root


def written(root: Element, namespaces: dict[str, str] | None = None) -> bytes:
    """A part as bytes; `namespaces` are those that get another name, which only their declarations say."""
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    new = {said.encode(): quoteattr(name).encode() for old, name in (namespaces or {}).items() for said in _said(old)}
    return _DECLARATION.sub(lambda match: match[1] + new.get(match[2], match[2]), data) if new else data


def _said(name: str) -> set[str]:
    """A namespace's name as declarations have it."""
    return {quoteattr(name), f'"{_escaped(name)}"'}


def declared(root: Element) -> set[str]:
    """The names of all namespaces that a part declares; an element's own mapping would be made anew for each."""
    return {html.unescape(found.decode()) for found in _DECLARED.findall(etree.tostring(root, encoding="UTF-8"))}


def _escaped(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def local(element: Element) -> str:
    """An element's name without its namespace; "" for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def namespace(element: Element) -> str:
    """An element's namespace, or ""."""
    tag = element.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def remove(element: Element) -> None:
    """Take an element out, with what is in it, but not the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    tail, before = element.tail, element.getprevious()
    parent.remove(element)
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
