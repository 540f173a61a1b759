"""Texts and attributes that have to be numbers, dates or formulas: as people read them, and what becomes of them."""

from typing import Final
from urllib.parse import quote

from expunct_server.redaction.formats.office import dates, formulas, number_codes, numbers, vocabulary
from expunct_server.redaction.formats.office.markup import Element, local, namespace, remove
from expunct_server.redaction.formats.office.streams import Slot

_OFFICE: Final = f"{{{vocabulary.ODF}office:1.0}}"


def shown(element: Element) -> str:
    """The number or date that an element's text is for people, "" where they read it as it is."""
    text = element.text.strip()
    said = dates.in_chart(element) or numbers.plain(text)
    return "" if said == text else said


def write(slot: Slot) -> None:
    """Carry out a slot's edits; what has to be a number or a date and is none any more goes, or becomes a string."""
    element = slot.element
    if local(element) in formulas.ELEMENTS and not formulas.is_sound(slot.text, slot.as_edits()):
        element.text = formulas.NOTHING
        return
    if local(element) == vocabulary.FORMAT:
        element.text = number_codes.edited(slot.text, slot.as_edits())
        return
    typed = vocabulary.DATE.fullmatch(slot.text.strip()) or _is_number(numbers.plain(slot.text.strip()))
    slot.write()
    if not slot.is_tail and namespace(element) == vocabulary.ODF_TEXT and local(element) in vocabulary.FIELDS_ODF:
        element.tag = f"{{{vocabulary.ODF_TEXT}}}span"
        element.attrib.clear()
        return
    if not typed or slot.is_tail:
        return
    space, name = namespace(element), local(element)
    parent = element.getparent()
    if space.endswith("/docPropsVTypes"):
        element.tag = f"{{{space}}}lpwstr"
    elif name == "v" and parent is not None and local(parent) == "pt" and local(parent.getparent()) != "strCache":
        remove(parent)
    elif name == "v" and parent is not None and local(parent) == "cell":  # of another workbook, 18.14.2
        parent.set("t", "str")
    elif name == "user-defined":
        element.attrib.pop(f"{{{space}}}value-type", None)
    elif name in ("created", "modified", "lastPrinted", "date", "creation-date", "print-date", "editing-duration"):
        remove(element)


def put(element: Element, key: str, text: str) -> None:
    """Give an attribute another value; one that has to be a date or a limit goes, a number becomes 0, and an item a
    string."""
    if (local(element), key) in vocabulary.NUMBERS:
        text = "0"
    elif vocabulary.is_item(local(element), key):
        element.tag = f"{{{namespace(element)}}}s"
    elif vocabulary.DATE.fullmatch(element.get(key, "")) or key in vocabulary.LIMITS:
        del element.attrib[key]
        return
    elif key == f"{_OFFICE}value":
        del element.attrib[key]
        element.set(f"{_OFFICE}value-type", "string")
        key = f"{_OFFICE}string-value"
    element.set(key, quote(text, safe=vocabulary.URI) if key.endswith("}href") else text)


def _is_number(text: str) -> bool:
    return not any(c.isalpha() for c in text)
