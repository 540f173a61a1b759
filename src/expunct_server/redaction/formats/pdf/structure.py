"""What the structure of a document says instead of what was taken out: its elements may have a letter each.

(ISO 32000-2, 14.7: structure, 14.9: ActualText, Alt, E.)
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

import pikepdf

from expunct_server.redaction.formats.isolated.work import Work
from expunct_server.redaction.formats.pdf import marks
from expunct_server.redaction.formats.pdf.contents import SAID, Content, properties_of
from expunct_server.redaction.formats.pdf.values import dictionary_of, text_of, whole_of

Cut = dict[tuple[int, int], set[int]]
"""Numbers of marks (MCID), by the page, or the form, that they are on."""
_DESCRIBING: Final = "/Alt"  # of what is below, such as a table; the others say it in other letters
_ABOVE: Final = 50
_TOGETHER: Final = 5_000  # elements that are read in one
_TWICE: Final = 100  # of them that the next ones begin with
_PLACE: Final = "structure"


def silenced(content: Content) -> set[int]:
    """The numbers of marks around what is taken out of a content."""
    said = (properties_of(content, list(content.instructions[number].operands)) for number in content.silent)
    return {each for properties in said if (each := whole_of(properties.get("/MCID"))) is not None}


class _Below(NamedTuple):
    """What an element is of: whether some of it was taken out, and whether it is of one mark alone."""

    is_cut: bool
    is_one: bool


class Elements:
    """All elements that say something, with what they said before it was redacted, as they are met."""

    def __init__(self) -> None:
        self._met: list[tuple[Any, dict[str, str]]] = []
        self._below: dict[tuple[int, int], _Below] = {}
        self._cut: Cut = {}

    def see(self, holder: Any) -> None:
        """Remember an element."""
        if isinstance(holder, pikepdf.Dictionary):
            texts = {key: holder[key] for key in SAID.intersection(holder.keys())}
            said = {key: text_of(each) for key, each in texts.items() if isinstance(each, pikepdf.String)}
            if said:
                self._met.append((holder, said))

    def forget(self, cut: Cut) -> None:
        """Take from elements what they say instead of a part of what has gone. What had all of a value was redacted as
        all other text is, and stays."""
        self._below.clear()
        self._cut = {where: numbers for where, numbers in cut.items() if numbers}
        for element, said in self._met if self._cut else ():
            below = self._of(element, _page(element), 0)
            if below.is_cut:
                is_of_all = below.is_one or self._is_around(element)
                _drop(element, said, set(said) if is_of_all else set(said) - {_DESCRIBING})

    def ask(self, work: Work) -> None:
        """Have found what elements say one after the other, a letter or a syllable each, of what is still as it was."""
        for key in sorted(SAID):
            still = [(n, _still(element, said, key)) for n, (element, said) in enumerate(self._met)]
            short = [(n, text) for n, text in still if 0 < len(text) <= marks.PIECE]
            for first in range(0, max(len(short) - _TWICE, 1), _TOGETHER - _TWICE):
                marks.add_pieces(work, short[first : first + _TOGETHER], _PLACE, self._dropping(key))

    def _dropping(self, key: str) -> Callable[[set[int]], None]:
        def drop(numbers: set[int]) -> None:
            for number in numbers:
                _drop(*self._met[number], {key})

        return drop

    def _is_around(self, element: Any) -> bool:
        """Whether it has a mark of its own around what was taken out."""
        page = _page(element)
        return any(self._is_cut(kid, page) for kid in _kids(element))

    def _of(self, element: Any, page: Any, depth: int) -> _Below:
        key = element.objgen
        if element.is_indirect and key in self._below:
            return self._below[key]
        if depth > _ABOVE:
            return _Below(True, False)
        if element.is_indirect:
            self._below[key] = _Below(True, False)  # until it is known: one in itself is of who knows what
        page = element.get("/Pg", page)
        found = [each for kid in _kids(element) for each in self._of_kid(kid, page, depth)]
        below = _Below(any(each.is_cut for each in found), len(found) == 1 and found[0].is_one)
        if element.is_indirect:
            self._below[key] = below
        return below

    def _of_kid(self, kid: Any, page: Any, depth: int) -> Iterator[_Below]:
        if _number(kid) is not None:
            yield _Below(self._is_cut(kid, page), True)
        if "/K" in dictionary_of(kid):
            yield self._of(kid, page, depth + 1)

    def _is_cut(self, kid: Any, page: Any) -> bool:
        number, said = _number(kid), dictionary_of(kid)
        if number is None:
            return False
        where = said.get("/Stm", said.get("/Pg", page))
        if isinstance(where, pikepdf.Dictionary | pikepdf.Stream):
            return number in self._cut.get(where.objgen, ())
        return any(number in numbers for numbers in self._cut.values())


def _still(element: Any, said: dict[str, str], key: str) -> str:
    """What an element says under a key as it did before; "" for nothing."""
    before, now = said.get(key, ""), element.get(key)
    return before if isinstance(now, pikepdf.String) and text_of(now) == before else ""


def _drop(element: Any, said: dict[str, str], keys: set[str]) -> None:
    for key in keys:
        if _still(element, said, key):
            del element[key]


def _kids(element: Any) -> list[Any]:
    kids = element.get("/K")
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _number(kid: Any) -> int | None:
    """Of the mark that a kid is, by itself or in a dictionary (ISO 32000-2, 14.7.5)."""
    return whole_of(dictionary_of(kid).get("/MCID") if isinstance(kid, pikepdf.Dictionary) else kid)


def _page(element: Any) -> Any:
    """Where the content of an element is that does not say so itself."""
    for _ in range(_ABOVE):
        if "/Pg" in element:
            break
        element = dictionary_of(element.get("/P"))
    return element.get("/Pg")
