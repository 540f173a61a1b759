"""The cells of OpenDocument tables (ISO/IEC 26300-3, 9.1): where each is, and what it holds besides its text."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from expunct_server.redaction.formats.headings import MOST_ROWS, completed, kind_of, may_be_name, names_in_row
from expunct_server.redaction.formats.isolated.work import Redacted, Text, Work
from expunct_server.redaction.formats.office import areas, columns, formulas, numbers, vocabulary, wording
from expunct_server.redaction.formats.office.markup import Element, local, namespace
from expunct_server.redaction.formats.office.names import Taken
from expunct_server.redaction.formats.office.walking import Where

_OFFICE: Final = f"{{{vocabulary.ODF}office:1.0}}"
_TABLE: Final = f"{{{vocabulary.ODF}table:1.0}}"
_CALC: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_VALUES: Final = ("value", "date-value", "time-value", "boolean-value", "currency")
_SPANNED: Final = ("number-matrix-columns-spanned", "number-matrix-rows-spanned")
"""Attributes of a formula that gives the values of several cells (9.1.4)."""
_PLAIN_NAME: Final = re.compile(r"[^\W\d]\w*")
_SHEET: Final = re.compile(rf"{formulas.STRING}|{formulas.SHEET}(?=\.)|(?<![\w'.])[^\W\d]\w*+(?=\.)")
"""A string, which is passed over, or the name of a sheet."""
_REFERRING: Final = ("formula", "address", "addresses", "condition", "print-ranges", "expression")
_FORMULAS: Final = "Formulas that held or gave what was removed were replaced by their values."


@dataclass(slots=True)
class Cells:
    """Cells with values, and pages, of one part."""

    work: Work
    root: Element
    sheets: dict[str, str] = field(default_factory=dict)
    """New names of sheets by their old ones, of the document; what other parts have of them follows."""
    _where: dict[Element, Where] = field(default_factory=dict)
    _texts: list[tuple[Element, str]] = field(default_factory=list)
    """Cells with a value or formula, and what their text was."""
    _lost: set[Element] = field(default_factory=set)
    """Cells whose value went."""

    def __post_init__(self) -> None:
        for body in self.root.iter("{*}spreadsheet"):
            tables = [each for each in body if local(each) == "table"]
            names = [wording.named(each.get(f"{_TABLE}name", "")) for each in tables]
            answers = self.work.redacted(names, lambda i, _: f"name of sheet {i + 1}")
            taken = Taken(answer.text for answer in answers if not answer.edits)
            self.sheets.clear()  # those of another document, which this one is inside of
            for table, text, answer in zip(tables, names, answers, strict=True):
                name = formulas.sheet_name(answer.text, taken) if answer.edits else answer.text
                if answer.edits:
                    self.sheets[text.text] = name
                table.set(f"{_TABLE}name", name)
                self._take_sheet(table, f"sheet {name}")
        self._refer(self.sheets)
        for number, page in enumerate(self.root.iter("{*}page"), start=1):
            self._where[page] = Where(f"slide {number}", ())
        self._take_values()

    def where(self, element: Element) -> Where | None:
        """Where an element is, and the names of its column."""
        if not self._where:
            return None
        for above in (element, *element.iterancestors()):
            if (found := self._where.get(above)) is not None:
                return found
        return None

    def finish(self) -> None:
        """Make cells that lost something cells of text, without value and formula."""
        for cell, text in self._texts:
            if _text(cell) != text:
                self._to_text(cell)
        spanning = [cell for cell, _ in self._texts if cell.get(f"{_TABLE}{_SPANNED[0]}") and _formula(cell)]
        for table in {next(cell.iterancestors("{*}table"), None) for cell in spanning} - {None}:
            self._lose_spanning(table, set(spanning))

    def _lose_spanning(self, table: Element, spanning: set[Element]) -> None:
        """Take out the formulas of a table that would give what went from another cell."""
        placed = list(_placed(table))
        over = [(cell, _area(cell, *place)) for cell, place in placed if cell in spanning]
        for cell in list(areas.touched(over, (place for cell, place in placed if cell in self._lost))):
            self._lose_formula(cell)

    def _refer(self, renamed: dict[str, str]) -> None:
        """Give sheets their new names in formulas and addresses (ISO/IEC 26300-4, 5.8; ISO/IEC 26300-3, 18.3.1)."""
        if not renamed:
            return
        new = {formulas.quoted(old): formulas.quoted(name) for old, name in renamed.items()}
        new |= {old: formulas.quoted(name) for old, name in renamed.items() if _PLAIN_NAME.fullmatch(old)}
        for element in self.root.iter("*"):
            for key, value in element.attrib.items():
                if "." in value and key.endswith(_REFERRING):
                    element.set(key, _SHEET.sub(lambda found: new.get(found[0], found[0]), value))

    # --- places ---

    def _take_sheet(self, table: Element, place: str) -> None:
        heads: dict[int, str] = {}
        number = 1
        rows = [(row, _positions(row)) for row in table.iter("{*}table-row")]
        kind = kind_of(_said(cells for _, cells in rows))
        is_first = True
        for row, cells in rows:
            said = {at: text for at, cell in cells if (text := _whole(cell))}
            names = names_in_row([said.get(at, "") for at, _ in cells], [heads.get(at, "") for at, _ in cells],
                                 kind, is_first=is_first)  # fmt: skip
            is_first = is_first and len(said) < 2
            for (at, cell), name in zip(cells, names, strict=True):
                if len(cell):
                    self._where[cell] = Where(f"{place}, cell {columns.letters(at)}{number}", name)
            if not heads and len(said) > 1 and all(map(may_be_name, said.values())):
                heads = dict(zip(said, completed(said.values()), strict=True))
            number += _repeated(row, "number-rows-repeated")

    # --- values ---

    def _take_values(self) -> None:
        for cell in self.root.iter("{*}table-cell", "{*}covered-table-cell"):
            if not any(str(key).startswith(_OFFICE) or key == f"{_TABLE}formula" for key in cell.attrib):
                continue
            self._texts.append((cell, _text(cell)))
            where = self.where(cell) or Where("table", ())
            for key in [f"{_OFFICE}{name}" for name in _VALUES] + [f"{_TABLE}formula"]:
                if cell.get(key):
                    self._ask(cell, key, where)
        self.work.flush()

    def _ask(self, cell: Element, key: str, where: Where) -> None:
        def apply(redacted: Redacted) -> None:
            if key == f"{_TABLE}formula" and formulas.is_sound(cell.get(key, ""), redacted.edits, formulas.QUOTED_ODF):
                cell.set(key, redacted.text)
            elif key == f"{_TABLE}formula":
                self._lose_formula(cell)
            else:
                self._to_text(cell)
                if _text(cell).strip():
                    self._replace_text(cell, redacted.text)

        is_formula = key == f"{_TABLE}formula"
        place = f"{where.place}, {'formula' if is_formula else 'value'}"
        self.work.add(
            Text(numbers.plain(cell.get(key)), () if is_formula else where.names, prose=False), apply, lambda _: place
        )  # fmt: skip

    def _replace_text(self, cell: Element, text: str) -> None:
        """A number that went may be written in another way in the cell's text, which it is all of."""
        paragraphs = list(cell.iterchildren("{*}p"))
        for each in paragraphs[1:]:
            cell.remove(each)
        for each in paragraphs[:1]:
            for child in list(each):
                each.remove(child)
            each.text = text

    def _to_text(self, cell: Element) -> None:
        for name in _VALUES:
            cell.attrib.pop(f"{_OFFICE}{name}", None)
        self._lost.add(cell)
        self._lose_formula(cell)
        cell.attrib.pop(_CALC, None)
        cell.set(f"{_OFFICE}value-type", "string")
        cell.attrib.pop(f"{_OFFICE}string-value", None)

    def _lose_formula(self, cell: Element) -> None:
        """Leave a cell the value alone that its formula gave."""
        if cell.attrib.pop(f"{_TABLE}formula", None) is not None:
            self.work.note(_FORMULAS)
        for name in _SPANNED:
            cell.attrib.pop(f"{_TABLE}{name}", None)


def is_value(element: Element, key: str) -> bool:
    """Whether an attribute is what a cell holds besides its text, or a sheet's name, which are dealt with here."""
    name = local(element)
    if name in ("table-cell", "covered-table-cell"):
        return key == f"{_TABLE}formula" or key in {f"{_OFFICE}{each}" for each in _VALUES}
    parent = element.getparent()
    return key == f"{_TABLE}name" and name == "table" and parent is not None and local(parent) == "spreadsheet"


def _text(cell: Element) -> str:
    """What a cell says itself, without the notes and shapes that are tied to it."""
    return "".join("".join(each.itertext()) for each in cell if namespace(each) == vocabulary.ODF_TEXT)


def _whole(cell: Element) -> str:
    """What a cell says, with what is tied to it."""
    return " ".join("".join(cell.itertext()).split())


def _said(rows: Iterable[list[tuple[int, Element]]]) -> list[list[str]]:
    """What the cells of the first rows say that say something in several."""
    said = ([_whole(cell) for _, cell in cells] for cells in rows)
    return list(islice((texts for texts in said if sum(map(bool, texts)) > 1), MOST_ROWS))


def _formula(cell: Element) -> str:
    return str(cell.get(f"{_TABLE}formula", ""))


def _placed(table: Element) -> Iterator[tuple[Element, areas.Place]]:
    """All cells of a table, and where they are."""
    number = 1
    for row in table.iter("{*}table-row"):
        yield from ((cell, (at, number)) for at, cell in _positions(row))
        number += _repeated(row, "number-rows-repeated")


def _area(cell: Element, column: int, row: int) -> areas.Area:
    """The cells that a formula gives the values of."""
    wide, high = (_repeated(cell, name) for name in _SPANNED)
    return areas.Area(column, row, column + wide - 1, row + high - 1)


def _positions(row: Element) -> list[tuple[int, Element]]:
    """The cells of a row with their positions from 0."""
    found, at = [], 0
    for cell in row:
        if local(cell) in ("table-cell", "covered-table-cell"):
            found.append((at, cell))
            at += _repeated(cell, "number-columns-repeated")
    return found


def _repeated(element: Element, name: str) -> int:
    count = element.get(f"{_TABLE}{name}", "1")
    return int(count) if count.isdecimal() and len(count) < 9 else 1
