"""All that a page of HTML says, as lxml has it: joined and apart, with and without what is aside or hidden."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from expunct_server.redaction import escapes
from expunct_server.redaction.formats.grids import Grid
from expunct_server.redaction.formats.isolated.work import Lines
from expunct_server.redaction.formats.markup import tags
from expunct_server.redaction.formats.markup.elements import ASIDE, BLOCKS, RUBY
from expunct_server.redaction.formats.markup.hidden import DIVIDING, Hiding
from expunct_server.redaction.formats.markup.tables import follow
from expunct_server.redaction.removed import WALL


class _Part(NamedTuple):
    text: str
    is_aside: bool
    is_hidden: bool


_WAYS: Final = (
    lambda _: True,
    lambda part: not part.is_aside,
    lambda part: part.is_aside,
    lambda part: not (part.is_aside or part.is_hidden),
)


@dataclass(slots=True)
class Page:
    """One page on its way. `lines` are its texts one after the other, and those of each column, with what is hidden and
    without."""

    hiding: Hiding
    unit: list[_Part] = field(default_factory=list)
    around: list[_Part] | None = None  # the text in which a block is hidden
    hidden: int = 0  # elements around, the outermost of which is hidden
    root: str = ""  # that one
    aside: bool = False
    grid: Grid = field(default_factory=Grid)
    lines: list[tuple[str, str]] = field(default_factory=list)
    columns: dict[tuple[int, int] | None, list[tuple[str, str]]] = field(default_factory=dict)

    def said(self, root: Any) -> Iterator[str]:
        from lxml import etree

        for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event in ("comment", "pi"):
                yield element.text or ""
                self._add(element.tail)
            elif event == "start":
                yield from self._start(element)
            else:
                yield from self._end(element)
        yield from self._end_unit()
        self.columns.pop(None, None)
        for lines in (self.lines, *self.columns.values()):
            yield from map(Lines, dict.fromkeys("\n".join(way) for way in zip(*lines, strict=True)))

    def _start(self, element: Any) -> Iterator[str]:
        attributes = {name.lower(): value for name, value in element.attrib.items()}
        is_root = not self.hidden and self.hiding.hides(element.tag, attributes)
        self.root = element.tag if is_root else self.root
        if (self.hidden or is_root) and self.around is None and element.tag in BLOCKS and self.root not in DIVIDING:
            self.around, self.unit = self.unit, []
        yield from self._mark(element, "start")
        self.hidden += bool(self.hidden or is_root)
        yield from (value for name, value in element.attrib.items() if not name.startswith("xmlns"))
        yield element.text or ""
        yield escapes.of_css((element.text if element.tag == "style" else attributes.get("style")) or "")
        said = WALL if element.tag in tags.RAW else element.text
        self._add("\n" if element.tag == "br" else said)

    def _end(self, element: Any) -> Iterator[str]:
        yield from self._mark(element, "end")
        self.hidden = max(self.hidden - 1, 0)
        if not self.hidden and self.around is not None:
            self.unit, self.around = self.around, None
        yield element.tail or ""
        self._add(element.tail)

    def _mark(self, element: Any, event: str) -> Iterator[str]:
        """The start or end of an element, behind the text before it."""
        if element.tag in BLOCKS:
            yield from self._end_unit()
            follow(self.grid, element.tag, opening=event == "start", attribute=element.get)
            self.aside = False
        if element.tag in RUBY:
            self.aside = event == "start" and element.tag in ASIDE

    def _add(self, text: str | None) -> None:
        if text:
            self.unit.append(_Part(text, self.aside, self.hidden > 0))

    def _end_unit(self) -> Iterator[str]:
        """What a text says in all ways."""
        unit, self.unit = self.unit, []
        ways = ["".join(part.text for part in unit if way(part)) for way in _WAYS]
        yield from dict.fromkeys(filter(None, ways))
        self.lines.append((ways[1], ways[3]))
        self.columns.setdefault(self.grid.column, []).append(self.lines[-1])
