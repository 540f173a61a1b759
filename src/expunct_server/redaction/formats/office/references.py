"""What in a part refers to its relationships (ECMA-376 part 2, 6.5), and goes with those that are no more."""

from collections.abc import Collection, Mapping
from typing import Final

from expunct_server.redaction.formats.office import markup
from expunct_server.redaction.formats.office.markup import Element

_REFERENCES: Final = ("/officeDocument/2006/relationships", "/officeDocument/relationships")
_OPTIONAL: Final = frozenset(("pageSetup", "pgSetup", "printSettings", "pivotCacheDefinition"))
"""Elements that can be without the part that they refer to."""
_HOLDERS: Final = frozenset(
    ("oleObjects", "controls", "control", "embeddedFontLst", "Choice", "Fallback", "AlternateContent", "oleObject",
     "customProperties", "stSnd", "sndAc", "childTnLst", "ext")
)  # fmt: skip
"""Elements that have no sense when nothing is in them."""
_FRAMES: Final = {
    "oleObj": ("{*}graphicFrame",), "contentPart": ("{*}drawing",), "sndTgt": ("{*}audio", "{*}video"),
}  # fmt: skip
"""Elements that go with one of these around them."""


def rename(root: Element, new: Mapping[str, str]) -> None:
    """Refer to relationships by new identifiers, which are here by the old ones."""
    for element in [each for each in root.iter("*") if _refers(each, new)]:
        for key, value in element.attrib.items():
            if _is_reference(str(key)):
                element.set(key, new.get(value, value))


def forget(root: Element, gone: Collection[str]) -> None:
    """Take out what refers to relationships that are no more."""
    if not gone:
        return
    for element in [each for each in root.iter("*") if _refers(each, gone)]:
        for key in [k for k, v in element.attrib.items() if v in gone and _is_reference(str(k))]:
            del element.attrib[key]
        if markup.local(element) in _OPTIONAL:
            continue
        around = _FRAMES.get(markup.local(element))
        frame = next(element.iterancestors(*around), None) if around else None
        _remove(element if frame is None else frame)


def _refers(element: Element, ids: Collection[str]) -> bool:
    return any(value in ids and _is_reference(str(key)) for key, value in element.attrib.items())


def _is_reference(key: str) -> bool:
    return key.startswith("{") and key[1:].partition("}")[0].endswith((*_REFERENCES, "office:office"))


def _remove(element: Element) -> None:
    parent = element.getparent()
    markup.remove(element)
    if parent is None:
        return
    if not len(parent) and markup.local(parent) in _HOLDERS:
        _remove(parent)
    elif markup.local(parent) == "AlternateContent" and parent.find("{*}Choice") is None:
        _take_fallback(parent)


def _take_fallback(element: Element) -> None:
    """Put what is for all programs in the place of what has nothing for newer ones (ECMA-376 part 3, 7.5)."""
    parent = element.getparent()
    fallback = element.find("{*}Fallback")
    if parent is None or fallback is None:
        return
    for child in list(fallback):
        element.addprevious(child)
    markup.remove(element)
