"""What the structure of a document says instead of what was taken out: its elements may have a letter each.

(ISO 32000-2, 14.7: structure, 14.9: ActualText, Alt, E.)
"""

from collections.abc import Iterator
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.isolated.work import Text, Work
from expunct_server.redaction.formats.pdf.contents import SAID, Content, properties_of
from expunct_server.redaction.formats.pdf.values import dictionary_of, text_of

Cut = dict[tuple[int, int], set[int]]
"""Numbers of marks (MCID), by the page, or the form, that they are on."""
_ABOVE: Final = 50


def silenced(content: Content) -> set[int]:
    """The numbers of marks around what is taken out of a content."""
    said = (properties_of(content, list(content.instructions[number].operands)) for number in content.silent)
    return {each for properties in said if isinstance(each := properties.get("/MCID"), int)}


def forget(work: Work, element: Any, cut: Cut, place: str) -> None:
    """Take from an element of structure what it says instead of a part of what has gone; whatever has all of a value is
    redacted as all other text is."""
    if not cut or not isinstance(element, pikepdf.Dictionary) or not SAID.intersection(element.keys()):
        return
    if not any(number in cut.get(where, ()) for where, number in _marks(element)):
        return
    for key in SAID.intersection(element.keys()):
        said = element[key]
        text = text_of(said) if isinstance(said, pikepdf.String) else ""
        answer = work.redacted([Text(text)], lambda _i, _edit: place)[0]
        if answer.edits:
            element[key] = pikepdf.String(answer.text)
        else:
            del element[key]


def _marks(element: Any) -> Iterator[tuple[tuple[int, int], int]]:
    kids = element.get("/K")
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        number = kid if isinstance(kid, int) else dictionary_of(kid).get("/MCID")
        if isinstance(number, int):
            where = dictionary_of(kid).get("/Stm", dictionary_of(kid).get("/Pg"))
            yield dictionary_of(_page(element) if where is None else where).objgen, number


def _page(element: Any) -> Any:
    """Where the content of an element is that does not say so itself."""
    for _ in range(_ABOVE):
        if "/Pg" in element:
            break
        element = dictionary_of(element.get("/P"))
    return element.get("/Pg")
