"""Workbooks (ECMA-376 part 1, SpreadsheetML)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from expunct_server.redaction.formats.isolated.work import Text, Work
from expunct_server.redaction.formats.office import (
    columns,
    dates,
    docx,
    formulas,
    lengths,
    markup,
    package,
    parts,
    pivots,
    reading,
    redacting,
    wording,
)
from expunct_server.redaction.formats.office.markup import Element
from expunct_server.redaction.formats.office.names import Taken
from expunct_server.redaction.formats.office.parts import Package
from expunct_server.redaction.formats.office.redacting import Prepared
from expunct_server.redaction.formats.office.sheets import Sheet, set_text
from expunct_server.redaction.formats.office.strings import Strings, is_sound

_CORNER: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_OWN: Final = frozenset(
    f"_xlnm.{name}"
    for name in ("Print_Area", "Print_Titles", "Criteria", "_FilterDatabase", "Extract", "Consolidate_Area", "Database",
                 "Sheet_Title")
)  # fmt: skip
"""Names that the program gives (18.2.5)."""
_FORMULAS: Final = frozenset(("Link", "Range", "Macro", "Txbx", "Group", "Pict"))
_REFERRING: Final = frozenset(("textlink", "linkedCell", "listFillRange", *(f"fmla{each}" for each in _FORMULAS)))
"""Attributes of shapes and controls that name cells (20.5.2.29; [MS-XLSX], CT_FormControlPr)."""
_REFERRING_VML: Final = frozenset(f"Fmla{each}" for each in _FORMULAS)
"""Elements of VML that do (ECMA-376 part 4, 19.4.2)."""


def redact(work: Work) -> None:
    if package.is_empty(work.source):
        return
    found = parts.opened(work, "xl", docx.place_of)
    redacting.redact(found, lambda found: _Book(found).prepared())


def texts(work: Work) -> Iterator[str]:
    yield from reading.texts(work, docx.place_of)


@dataclass(slots=True)
class _Book:
    """A workbook's parts that refer to each other."""

    found: Package
    roots: dict[str, Element] = field(default_factory=dict)
    sheets: dict[str, str] = field(default_factory=dict)
    """New names of sheets by their old ones in lower case, of those that change."""
    names: dict[str, str] = field(default_factory=dict)
    """The same of ranges and tables."""
    given: set[tuple[Element, str]] = field(default_factory=set)
    """Attributes that are names which were dealt with."""
    _strings: Element = None
    """The table of shared strings."""
    _rich: dict[str, set[Element]] = field(default_factory=dict)
    """Of sheets: their rows with cells whose strings are more than text."""

    def prepared(self) -> dict[str, Prepared]:
        """All parts that need more than a walk, redacted so far."""
        main = self.found.main()
        book = self._root(main)
        by_id = {each.id: each.target for each in self.found.relations.get(main, [])}
        listed = [(each, by_id.get(_reference(each), "")) for each in book.iter("{*}sheet")]
        tables = [name for _, part in listed for name in self.found.related(part, "table")]
        self._rename_sheets([each for each, _ in listed])
        self._rename_ranges([*book.iter("{*}definedName")], [self._root(name) for name in tables])
        self._redact_cells(main, listed)
        self._refer()
        for name in [name for name in self.found.members if "/pivotCacheDefinition" in name]:
            self._root(name)
        return {name: self._prepared(root, self._rich.get(name)) for name, root in self.roots.items()}

    def _root(self, name: str) -> Element:
        if name not in self.roots:
            self.roots[name] = markup.parse(self.found.members[name])
        return self.roots[name]

    # --- names ---

    def _rename_sheets(self, listed: list[Element]) -> None:
        old = [each.get("name", "") for each in listed]
        answers = self.found.work.redacted([wording.named(name) for name in old], lambda i, _: f"name of sheet {i + 1}")
        taken = Taken(name for name, answer in zip(old, answers, strict=True) if not answer.edits)
        for each, name, answer in zip(listed, old, answers, strict=True):
            self.given.add((each, "name"))
            if answer.edits:
                self.sheets[name.casefold()] = formulas.sheet_name(answer.text, taken)
                each.set("name", self.sheets[name.casefold()])

    def _rename_ranges(self, defined: list[Element], tables: list[Element]) -> None:
        places = [(each, "name") for each in defined] + [(e, key) for e in tables for key in ("name", "displayName")]
        self.given.update(places)
        old = list(dict.fromkeys(e.get(key, "") for e, key in places if e.get(key, "") not in _OWN))
        answers = self.found.work.redacted(
            [Text(name, (), prose=False) for name in old], lambda *_: "name of a range or table"
        )
        taken = Taken(name for name, answer in zip(old, answers, strict=True) if not answer.edits)
        for name, answer in zip(old, answers, strict=True):
            if answer.edits and name.casefold() not in self.names:
                self.names[name.casefold()] = formulas.range_name(answer.text, taken)
        for element, key in places:
            if element.get(key, "").casefold() in self.names:
                element.set(key, self.names[element.get(key).casefold()])

    def _formula(self, text: str) -> str:
        return formulas.renamed(text, self.sheets, self.names)

    def _refer(self) -> None:
        """Give sheets and ranges their new names wherever they are named, but in cells, where that is done."""
        if not self.sheets and not self.names:
            return
        for name in [name for name in self.found.members if parts.is_xml(self.found, name)]:
            for element in self._root(name).iter("*"):
                kind = markup.local(element)
                is_formula = kind in formulas.ELEMENTS or kind in _REFERRING_VML
                if is_formula and element.text and not _is_in_cell(element):
                    element.text = self._formula(element.text)
                for key, value in element.attrib.items():
                    if key == "sheet":
                        element.set(key, self.sheets.get(value.casefold(), value))
                    elif key == "location" or key in _REFERRING or (key, kind) == ("name", "worksheetSource"):
                        element.set(key, self._formula(value))

    # --- cells ---

    def _redact_cells(self, main: str, listed: list[tuple[Element, str]]) -> None:
        shared = self._shared(main)
        styles = self.found.related(main, "styles")
        looks = self._root(styles[0]) if styles else None
        date_styles, codes = dates.styles(looks), dates.codes(looks)
        since_1904 = dates.since_1904(self._root(main))
        done: list[Sheet] = []
        named = {part: f"sheet {element.get('name')}" for element, part in listed}
        for part in self._sheet_parts():
            place = named.get(part, "sheet that is in no list")
            tables = [self._root(name) for name in self.found.related(part, "table")]
            heads = frozenset(corner[2] for each in tables if (corner := _CORNER.match(each.get("ref", ""))))
            root = self._root(part)
            sheet = Sheet(self.found.work, place, root, shared, date_styles, codes, since_1904, self._formula, heads)
            sheet.run()
            self._rich[part] = sheet.rich
            done.append(sheet)
            for table in tables:
                self.given.update((column, "name") for column in _name_columns(table, sheet))
        for sheet in done:
            sheet.keep_strings()
        shared.finish()

    def _sheet_parts(self) -> list[str]:
        """All parts that have cells, listed or not."""
        return [
            name
            for name in self.found.members
            if parts.is_xml(self.found, name)
            and (name in self.roots or b"sheetData" in self.found.members[name])
            and next(self._root(name).iter("{*}sheetData"), None) is not None
            and not markup.local(self._root(name)).startswith("external")
        ]

    def _shared(self, main: str) -> Strings:
        names = self.found.related(main, "sharedStrings")
        self._strings = self._root(names[0]) if names else None
        return Strings(self._strings)

    def _prepared(self, root: Element, rich: set[Element] | None) -> Prepared:
        """What is left to do of a part: all but what cells say, and the names that are already given. `rich` are the
        rows of a sheet in which there is more."""
        if markup.local(root) == "pivotCacheDefinition":  # has no names that were given
            return Prepared(root, finish=pivots.kept(root))
        if root is self._strings:
            return Prepared(root, lambda each: markup.local(each) == "t" and not is_sound(each))
        if rich is None:
            return Prepared(root, skip_attribute=self._is_given, finish=lengths.kept(root))
        return Prepared(root, lambda each: _is_done(each, rich), self._is_given, lengths.kept(root))

    def _is_given(self, element: Element, key: str) -> bool:
        return (element, key) in self.given


def _is_done(element: Element, rich: set[Element]) -> bool:
    """Whether a sheet's cells were dealt with that are in an element, or that it is of."""
    name = markup.local(element)
    if name == "row":
        return element not in rich and markup.local(element.getparent()) == "sheetData"
    return name in ("v", "f", "t") and _is_in_cell(element)


def _name_columns(table: Element, sheet: Sheet) -> list[Element]:
    """Call a table's columns what its first row says, which they must be (18.5.1.3). Returns them."""
    corner = _CORNER.match(table.get("ref", ""))
    has_head = table.get("headerRowCount", "1") != "0"
    listed = [*table.iter("{*}tableColumn")]
    cells = [
        sheet.cells.get(f"{columns.letters(columns.position(corner[1]) + at)}{corner[2]}")
        if corner and has_head
        else None
        for at in range(len(listed))
    ]
    asked = [
        wording.named(column.get("name", "") if cell is None else "")
        for column, cell in zip(listed, cells, strict=True)
    ]
    answers = sheet.work.redacted(asked, lambda *_: f"{sheet.place}, name of a column")
    taken = Taken()
    for column, cell, answer in zip(listed, cells, answers, strict=True):
        text = answer.text if cell is None else sheet.text(cell)
        name = formulas.column_name(text, taken)
        if cell is not None and name != text:
            set_text(cell, name)
        column.set("name", name.replace("\n", "_x000a_"))
    return listed


def _reference(element: Element) -> str:
    return next((str(value) for key, value in element.attrib.items() if str(key).startswith("{")), "")


def _is_in_cell(element: Element) -> bool:
    return next(element.iterancestors("{*}sheetData"), None) is not None
