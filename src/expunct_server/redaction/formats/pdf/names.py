"""Names that somebody chose, of fonts, colours, resources, structure: asked about, and renamed wherever they stand.

A name means what it is the name of, so that another does as well, if it stands in each place of the document. The new
one has as many bytes, for font programs, which may have it too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import pikepdf

from expunct_server.redaction.formats.isolated.work import Edit, Text, Work
from expunct_server.redaction.formats.pdf.contents import INLINE, Content, operator_of
from expunct_server.redaction.formats.pdf.strings import members, nested
from expunct_server.redaction.formats.pdf.values import name_of, spelled
from expunct_server.redaction.formats.pdf.vocabulary import is_own

_NAMING: Final = frozenset(
    ("Tf", "Do", "gs", "cs", "CS", "scn", "SCN", "sh", "ri", "BMC", "BDC", "MP", "DP", INLINE)
)  # fmt: skip
_IN_TEXT: Final = re.compile(r"/([^\s()<>\[\]{}/%]+)")


class Names:
    """All names of a document that may say something. `renamed` are those that did."""

    def __init__(self) -> None:
        self.renamed: dict[str, str] = {}
        self._asked: set[str] = set()

    def ask(self, work: Work, names: Iterable[str], place: str) -> None:
        """Have names redacted that are new."""
        new = sorted({name for name in names if is_own(name)} - self._asked)
        self._asked.update(new)
        texts = [Text(spelled(name), prose=" " in name) for name in new]
        for name, answer in zip(new, work.redacted(texts, lambda _i, _edit: f"{place}, name"), strict=True):
            if answer.edits:
                self.renamed[name] = self._other(spelled(name), answer.edits)

    def _other(self, name: str, edits: Sequence[Edit]) -> str:
        """A name that says nothing in the place of what was found in it, and that no other has."""
        parts, at = [], 0
        for edit in edits:
            number = f"{len(self.renamed):x}"
            length = len(name[edit.start : edit.end].encode())
            parts += [name[at : edit.start], number.rjust(length, "x")]
            at = edit.end
        return "".join([*parts, name[at:]])

    # --- where they stand ---

    def in_content(self, work: Work, content: Content, place: str) -> None:
        """Ask about those of a content stream, and rename them there."""
        naming = [i for i, each in enumerate(content.instructions) if operator_of(each) in _NAMING]
        found = {i: set(_names(_operands(content, i))) for i in naming}
        self.ask(work, set().union(*found.values()), place)
        if not self.renamed:
            return
        for i in (i for i, names in found.items() if not names.isdisjoint(self.renamed)):
            if operator_of(content.instructions[i]) == INLINE:
                content.replaced[i] = None  # its colours are named among the resources
            else:
                content.replaced[i] = [self._with(each) for each in _operands(content, i)]

    def in_object(self, value: Any) -> None:
        """Rename those that are in a dictionary or an array itself."""
        for key, each in members(value):
            name, own_key = name_of(each), key[1:] if isinstance(key, str) else ""
            new = pikepdf.Name(f"/{self.renamed[name]}") if name in self.renamed else each
            if own_key in self.renamed:
                if new is not None:
                    value[f"/{self.renamed[own_key]}"] = new
                value[key] = 0  # what refers to no object is None: not there to be deleted, and written all the same
                del value[key]
            elif new is not each:
                value[key] = new

    def in_text(self, work: Work, text: str, place: str) -> str:
        """The same for a string of instructions, such as a default appearance (ISO 32000-2, 12.7.4.3)."""
        self.ask(work, (match[1] for match in _IN_TEXT.finditer(text)), place)
        return _IN_TEXT.sub(lambda match: f"/{self.renamed.get(match[1], match[1])}", text)

    def _with(self, operand: Any) -> Any:
        if isinstance(operand, pikepdf.Name):
            name = name_of(operand)
            return pikepdf.Name(f"/{self.renamed.get(name, name)}") if name in self.renamed else operand
        for each in nested(operand):
            self.in_object(each)
        return operand


def own(holder: Any) -> set[str]:
    """The names that are keys or values in a dictionary or an array itself, and were chosen by somebody."""
    return {name for name in _members(holder) if is_own(name)}


def _operands(content: Content, number: int) -> list[Any]:
    instruction = content.instructions[number]
    if operator_of(instruction) == INLINE:
        return [instruction.iimage.obj]
    return content.replaced.get(number) or list(instruction.operands)


def _names(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, pikepdf.Name):
            yield name_of(value)
        for holder in nested(value):
            yield from _members(holder)


def _members(holder: Any) -> Iterator[str]:
    for key, each in members(holder):
        if isinstance(key, str):
            yield key[1:]
        if isinstance(each, pikepdf.Name):
            yield name_of(each)
