"""Names that have to be unlike each other, such as those of styles and bookmarks, and what refers to them.

Two that lose the same would become one: a document that is not valid, and links that lead to the first. So they are
numbered, the same in all parts of a document.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.office import vocabulary
from expunct_server.redaction.formats.office.markup import Element, local, namespace

OF_STYLES: Final = frozenset(
    ("style", "pStyle", "rStyle", "tblStyle", "basedOn", "next", "link", "numStyleLink", "styleLink",
     "clickAndTypeStyle", "defaultTableStyle")
)  # fmt: skip
"""Elements of OOXML that have a style's identifier: ECMA-376 part 1, 17.7.4."""
_NAMED: Final = frozenset(
    (
        ("bookmarkStart", "name"), ("hyperlink", "anchor"), ("style", "styleId"), ("property", "name"),
        ("property", "linkTarget"), ("docVar", "name"), *((element, "val") for element in OF_STYLES),
    )
)  # fmt: skip
"""Elements and attributes of OOXML: 17.13.6, 17.16.22, 17.7.4, 22.3.2.2 and 17.15.1.32."""
_STYLE: Final = "style"  # whose name is in an element of its own (17.7.4.9)
_NAMES_ODF: Final = frozenset(("name", "marker-start", "marker-end", "stroke-dash"))


class Taken(set[str]):
    """Names in lower case that are taken."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        super().__init__(name.casefold() for name in names)
        self._counts: dict[str, int] = {}  # how often each was asked for, so that many of one are not counted anew

    def free(self, plain: str, numbered: Callable[[str], str]) -> str:
        """A name unlike these, to which it is added: as it is, or as `numbered` writes it with a number from 2."""
        found, number = plain, self._counts.get(plain, 2)
        while found.casefold() in self:
            found = numbered(str(number))
            number += 1
        self._counts[plain] = number
        self.add(found.casefold())
        return found


@dataclass(slots=True)
class Names:
    """Those of one document that were replaced, and by what. `present` gives all that it has, and is asked once there
    is one to be replaced."""

    present: Callable[[], Iterable[str]] = tuple
    _given: dict[str, str] = field(default_factory=dict, repr=False)
    _taken: Taken | None = field(default=None, repr=False)

    def give(self, given: Mapping[str, str]) -> None:
        """Take in what names became elsewhere, such as those of sheets, for what refers to them by the name alone."""
        self._given.update(given)

    def of(self, old: str, new: str) -> str:
        """What stands in the place of a name that became `new`: the same for the same, and else another. A reference
        may have a sign before it (RFC 3986, 3.5)."""
        if old[:1] == "#" == new[:1]:
            return f"#{self.of(old[1:], new[1:])}"
        if self._taken is None:
            self._taken = Taken(self.present())
        if old not in self._given:
            self._given[old] = self._taken.free(new, lambda number: f"{new}_{number}")
        return self._given[old]


def all_in(roots: Iterable[Element]) -> Iterator[str]:
    """All such names in parts, and what refers to them."""
    for root in roots:
        for element in root.iter("*"):
            yield from (str(value) for key, value in element.attrib.items() if is_one(element, str(key)))


def _is_reference(element: Element, key: str, attribute: str) -> bool:
    """Whether an attribute refers to a place in the document itself."""
    return attribute == "href" and str(element.get(key)).startswith("#")


def is_one(element: Element, key: str) -> bool:
    """Whether an attribute is such a name or refers to one."""
    name, attribute = local(element), key.rpartition("}")[2]
    if namespace(element).startswith(vocabulary.ODF):
        return attribute in _NAMES_ODF or attribute.endswith("-name") or _is_reference(element, key, attribute)
    if (name, attribute) == ("name", "val"):
        return local(element.getparent()) == _STYLE
    return (name, attribute) in _NAMED
