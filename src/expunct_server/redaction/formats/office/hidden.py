"""Styles by which text is hidden: `vanish` of Word (ECMA-376 part 1, 17.3.2.41), `text:display` of OpenDocument
(ISO/IEC 26300-3, 20.325). Whatever may hide something counts: more is read then, never less."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from expunct_server.redaction.formats.office import vocabulary

_DEEPEST: Final = 50  # styles that are based on each other
_PARTS: Final = ("styles.xml", "content.xml")
_TYPES: Final = ("styles+xml", "stylesWithEffects+xml")


def is_said_in(part: str, content_type: str) -> bool:
    """Whether a part may define such styles."""
    return part.endswith(_PARTS) or content_type.endswith(_TYPES)


def styles(parts: Iterable[bytes]) -> frozenset[str]:
    """The identifiers of such styles, and of those that are based on them."""
    found = _Styles()
    for data in parts:
        found.read(data)
    return frozenset(style for style in found.own if found.hides(style))


@dataclass(slots=True)
class _Styles:
    own: dict[str, bool | None] = field(default_factory=dict)
    """Whether styles hide text, None where they say nothing of it."""
    _based: dict[str, str] = field(default_factory=dict)
    _style: str = ""

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = _refuse
        try:
            parser.Parse(data, True)
        except expat.ExpatError:
            return  # who reads the part says so

    def hides(self, style: str) -> bool:
        for _ in range(_DEEPEST):
            if (own := self.own.get(style)) is not None:
                return own
            style = self._based.get(style, "")
        return False

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        said = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if name == "style":
            self._style = said.get("styleId") or said.get("name", "")
            self.own.setdefault(self._style, None)
            self._based[self._style] = said.get("parent-style-name", "")
        elif name == "basedOn" and self._style:
            self._based[self._style] = said.get("val", "")
        elif name == "vanish" and self._style:
            self.own[self._style] = vocabulary.is_hiding(name, attributes.items())
        elif name == "text-properties" and self._style and "display" in said:
            self.own[self._style] = said["display"] != "true"

    def _end(self, tag: str) -> None:
        if tag.rpartition(" ")[2] == "style":
            self._style = ""


def _refuse(*_: object) -> None:
    raise expat.ExpatError
