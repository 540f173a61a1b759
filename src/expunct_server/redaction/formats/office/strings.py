"""The strings that the cells of a workbook share (ECMA-376 part 1, 18.4): each redacted for the cells that show it."""

import copy
from dataclasses import dataclass, field

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.office import markup, package
from expunct_server.redaction.formats.office.markup import Element
from expunct_server.redaction.formats.office.streams import Part, Slot, stream

Key = tuple[int, tuple[Edit, ...]]


def slots(item: Element) -> list[Part]:
    """The runs of a string, but for how it is pronounced. A run has no elements (18.4.12): such as are in it go."""
    said = [each for each in item.iter("{*}t") if not is_sound(each)]
    for each in said:
        del each[:]
    return [Slot(each, keeps_space=True) for each in said]


def is_sound(run: Element) -> bool:
    """Whether a run says how a string is pronounced (18.4.6)."""
    above = run.getparent()
    return above is not None and markup.local(above) == "rPh"


def apply(item: Element, edits: tuple[Edit, ...]) -> None:
    """Carry out edits of a string; how it is pronounced goes."""
    parts = slots(item)
    stream(parts).take(edits)
    for part in parts:
        if isinstance(part, Slot):
            part.write()
    for each in list(item.iter("{*}rPh", "{*}phoneticPr")):
        markup.remove(each)


@dataclass(slots=True)
class Strings:
    """All of them. `root` is None in a workbook that has none."""

    root: Element | None
    items: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    _variants: dict[Key, int] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.root is not None:
            self.items = [each for each in self.root if markup.local(each) == "si"]
            self.texts = [stream(slots(each)).text for each in self.items]

    def index(self, value: str) -> int:
        """Which string a cell's value names. Raises DocumentError."""
        if not value.strip().isdecimal() or len(value) > 9 or int(value) >= len(self.items):
            raise package.damaged()
        return int(value)

    def use(self, index: int) -> None:
        """Keep a string as it is."""
        self._used.add(index)

    def variant(self, index: int, edits: tuple[Edit, ...]) -> int:
        """The string with these edits, as one of its own."""
        key = (index, edits)
        if key not in self._variants:
            made = copy.deepcopy(self.items[index])
            apply(made, edits)
            self._variants[key] = len(self.items)
            self.items.append(made)
            self.texts.append(stream(slots(made)).text)
        self._used.add(self._variants[key])
        return self._variants[key]

    def finish(self) -> None:
        """Write the table anew: what no cell shows is empty, and how strings are pronounced goes with what changed."""
        if self.root is None:
            return
        space = markup.namespace(self.root)
        for each in list(self.root):
            self.root.remove(each)
        for index, item in enumerate(self.items):
            if index not in self._used:
                item = self.root.makeelement(f"{{{space}}}si")  # noqa: PLW2901
                item.append(item.makeelement(f"{{{space}}}t"))
            self.root.append(item)
        self.root.set("uniqueCount", str(len(self.items)))
