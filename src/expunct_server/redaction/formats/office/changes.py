"""Tracked changes, and what stands above the line: the ways in which a paragraph is read, now and before."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.office import vocabulary
from expunct_server.redaction.formats.office.markup import Element, local
from expunct_server.redaction.formats.office.streams import Part, Slot

_ID: Final = f"{{{vocabulary.ODF_TEXT}}}id"
_XML_ID: Final = "{http://www.w3.org/XML/1998/namespace}id"
_CHANGE: Final = f"{{{vocabulary.ODF_TEXT}}}change-id"
_CHANGES: Final = frozenset(("insertion", "deletion", "change", "change-start", "change-end"))
_MAY_BE_ONE = re.compile(r"@|\d(?:\W?\d){3}")
ABOVE: Final = vocabulary.GONE | vocabulary.ADDED | vocabulary.SOUND
"""Elements that say how what is in them is read."""
HIDDEN: Final = "vanish"
"""What is above a run that is hidden."""
_STYLES: Final = {"r": "{*}rPr/{*}rStyle", "p": "{*}pPr/{*}pStyle"}


@dataclass(slots=True)
class Changes:
    """Those of an OpenDocument text (ISO/IEC 26300-3, 5.5), which are said before it and pointed at in it."""

    _added: set[str] = field(default_factory=set)
    _gone: dict[str, list[Part]] = field(default_factory=dict)
    _open: set[str] = field(default_factory=set)

    @property
    def is_added(self) -> bool:
        """Whether what is being read was added."""
        return bool(self._open)

    def take(self, element: Element, name: str, outer: list[Part] | None, inner: Iterator[list[Part]]) -> None:
        """Take in an element of texts that has ended: `outer` are the parts of the paragraph that it is in, `inner`
        those of the paragraphs in it. What was deleted is put back where it was, as what is gone."""
        if name not in _CHANGES:
            return
        above, at = element.getparent(), element.get(_CHANGE, "")
        region = "" if above is None else above.get(_ID) or above.get(_XML_ID) or ""
        if name == "insertion":
            self._added.add(region)
        elif name == "deletion":
            self._gone[region] = _gone(inner)
        elif name == "change" and outer is not None:
            outer += self._gone.pop(at, [])
        elif name == "change-start" and at in self._added:
            self._open.add(at)
        elif name == "change-end":
            self._open.discard(at)


def _gone(paragraphs: Iterator[list[Part]]) -> list[Part]:
    found: list[Part] = []
    for parts in paragraphs:
        if found:
            found.append("\n")
        for part in parts:
            if isinstance(part, Slot):
                part.gone = True
        found += parts
    return found


def hides(element: Element, name: str, styles: frozenset[str]) -> bool:
    """Whether a run or paragraph is hidden, by itself or by one of these styles."""
    if name == "r" and any(vocabulary.is_hiding(local(each), each.items()) for each in element.iterfind("{*}rPr/{*}*")):
        return True
    if not styles:
        return False
    if name in vocabulary.STYLED_ODF and element.get(vocabulary.STYLE_ODF) in styles:
        return True
    path = _STYLES.get(name)
    return path is not None and any(styles.intersection(each.attrib.values()) for each in element.iterfind(path))


def shown(parts: list[Part]) -> list[Part]:
    """What is read with all changes accepted."""
    return _those(parts, lambda slot: not (slot.gone or slot.is_sound or slot.is_hidden))


def with_hidden(parts: list[Part]) -> list[Part]:
    """That with what is hidden."""
    return _those(parts, lambda slot: not (slot.gone or slot.is_sound))


def has_hidden(parts: list[Part]) -> bool:
    """Whether something is hidden."""
    return any(part.is_hidden for part in parts if isinstance(part, Slot))


def before(parts: list[Part]) -> list[Part]:
    """What is read with all changes rejected."""
    return _those(parts, lambda slot: not (slot.added or slot.is_sound or slot.is_hidden))


def are_in(parts: list[Part]) -> bool:
    """Whether something was changed."""
    return any(part.gone or part.added for part in parts if isinstance(part, Slot))


def otherwise(parts: list[Part]) -> Iterator[list[Part]]:
    """What was read before: with all changes rejected; with what one author added and another deleted."""
    if are_in(parts):
        yield before(parts)
        yield _those(parts, lambda slot: slot.gone == slot.added and not (slot.is_sound or slot.is_hidden))


def whole(parts: list[Part]) -> Iterator[list[Part]]:
    """All that a paragraph has or ever had, where that is read nowhere else; how it is pronounced; both."""
    slots = [part for part in parts if isinstance(part, Slot)]
    if any(slot.gone or slot.added for slot in slots):
        yield _those(parts, lambda slot: not slot.is_sound)
    if any(slot.is_sound for slot in slots):
        yield _those(parts, lambda slot: slot.is_sound)
        yield parts


def touch(parts: list[Part]) -> bool:
    """Whether a letter or digit of a run touches one of the next, so that what one says by itself is no word."""
    last = ""
    for part in parts:
        text = part if isinstance(part, str) else part.text
        if text and last[-1:].isalnum() and text[0].isalnum():
            return True
        last = text or last
    return False


def alone(parts: list[Part]) -> Iterator[Slot]:
    """Those that may be a number or an address."""
    return (part for part in parts if isinstance(part, Slot) and _MAY_BE_ONE.search(part.text))


def _those(parts: list[Part], which: Callable[[Slot], bool]) -> list[Part]:
    return [part for part in parts if not isinstance(part, Slot) or which(part)]


def silence(parts: list[Part]) -> None:
    """Take out how something is pronounced of which something goes."""
    sounds = [part for part in parts if isinstance(part, Slot) and part.is_sound]
    if not sounds:
        return
    changed = {_ruby(part) for part in parts if isinstance(part, Slot) and part.edits} - {None}
    for slot in sounds:
        if _ruby(slot) in changed:
            slot.take(0, len(slot.text), "")


def _ruby(slot: Slot) -> Element | None:
    return next(slot.element.iterancestors("{*}ruby"), None)
