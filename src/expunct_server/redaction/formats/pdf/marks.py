"""What marked content says of itself: ActualText, Alt, E and all else (ISO 32000-2, 14.6 and 14.9)."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work
from expunct_server.redaction.formats.pdf.contents import MARKING, SAID, Content, operator_of, properties_of
from expunct_server.redaction.formats.pdf.strings import changed
from expunct_server.redaction.formats.pdf.values import name_of, text_of

PIECE: Final = 40
"""Letters; what says more in one mark is a text of its own."""


def add(work: Work, content: Content, place: str) -> None:
    """Have redacted what marks say."""
    said: dict[str, list[tuple[int, str]]] = {key: [] for key in sorted(SAID)}
    for number, operands, properties in _marks(content):
        changed(work, properties, place, _replacing(content, number, operands))
        for key, pieces in said.items():
            instead = properties.get(key)
            if isinstance(instead, pikepdf.String) and len(text := text_of(instead)) <= PIECE:
                pieces.append((number, text))

    def silence(numbers: set[int]) -> None:
        content.silent |= numbers

    for pieces in said.values():
        add_pieces(work, pieces, place, silence)


def add_pieces(work: Work, said: Sequence[tuple[int, str]], place: str, silence: Callable[[set[int]], None]) -> None:
    """Have found what short texts say together, a letter or a syllable each: `silence` gets the numbers of those that
    have parts of a value."""
    numbers = [number for number, text in said for _ in text]

    def found(redacted: Redacted) -> None:
        for edit in redacted.edits:
            having = set(numbers[edit.start : edit.end])
            if len(having) > 1:
                silence(having)

    if len(said) > 1:
        work.add(Text("".join(text for _, text in said), prose=False), found, lambda _: place)


def told(content: Content, operands: list[Any]) -> str:
    """What a mark says that it is around (ActualText)."""
    said = properties_of(content, operands).get("/ActualText")
    return text_of(said) if isinstance(said, pikepdf.String) else ""


def _marks(content: Content) -> Iterator[tuple[int, list[Any], Any]]:
    """The number of each mark that says something, its operands, and what it says."""
    for number, instruction in enumerate(content.instructions):
        if operator_of(instruction) in MARKING and len(instruction.operands) == 2:
            operands = list(instruction.operands)
            yield number, operands, properties_of(content, operands)


def _replacing(content: Content, number: int, operands: list[Any]) -> Callable[[str], None]:
    def replace(key: str) -> None:
        content.replaced[number] = operands
        content.told.add((number, key))

    return replace


class Shared:
    """What marks say by lists among the resources, of which several may have the same (ISO 32000-2, 14.6.2)."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._silent: dict[tuple[int, int], tuple[Any, set[str]]] = {}  # lists, and what of them was redacted itself
        self._used: set[tuple[int, int]] = set()

    def tell(self, content: Content) -> None:
        """Note which lists the marks of a content have: its `silent` ones are known, its resources not copied yet."""
        for number, operands, properties in _marks(content):
            if not isinstance(operands[1], pikepdf.Name) or not SAID.intersection(properties.keys()):
                continue
            listed = self._object(content, operands[1], properties)
            if number in content.silent:
                told = self._silent.setdefault(listed.objgen, (listed, set()))[1]
                told |= {said for each, said in content.told if each == number}
            else:
                self._used.add(listed.objgen)

    def _object(self, content: Content, name: Any, properties: Any) -> Any:
        """A list as an object of its own."""
        if properties.is_indirect:
            return properties
        listed = self._pdf.make_indirect(properties)
        content.resources.Properties[f"/{name_of(name)}"] = listed
        return listed

    def forget(self) -> None:
        """Take from lists what they say instead of a part of what has gone, if no other mark has them."""
        for number, (listed, told) in self._silent.items():
            for said in SAID.intersection(listed.keys()) - told if number not in self._used else ():
                del listed[said]
