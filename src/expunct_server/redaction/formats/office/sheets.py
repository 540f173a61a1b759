"""The cells of one sheet (ECMA-376 part 1, 18.3): each by its place, with the name of its column."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import chain, islice
from typing import Final

from expunct_server.redaction.formats.headings import (
    MOST_ROWS,
    TABLE,
    Kind,
    completed,
    kind_of,
    may_be_name,
    names_in_row,
)
from expunct_server.redaction.formats.isolated import following
from expunct_server.redaction.formats.isolated.following import STOP, Line
from expunct_server.redaction.formats.isolated.work import Edit, Redacted, Text, Work, edited
from expunct_server.redaction.formats.office import (
    areas,
    columns,
    dates,
    formulas,
    lengths,
    markup,
    masks,
    numbers,
    strings,
    vocabulary,
)
from expunct_server.redaction.formats.office.markup import Element
from expunct_server.redaction.formats.office.streams import Slot, stream
from expunct_server.redaction.formats.office.strings import Strings
from expunct_server.redaction.removed import WALL

FORMULAS_NOTE: Final = "Formulas that held or gave what was removed were replaced by their values."
_ERRORS: Final = frozenset(
    ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!", "#CALC!",
     "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#EXTERNAL!", "#BUSY!", "#PYTHON!", "#TIMEOUT!")
)  # fmt: skip
"""What cells say instead of a value (18.17.3), and what newer programs do ([MS-XLSX], 2.2.2)."""
_PLACE: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_AREA: Final = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
_OVER_CELLS: Final = frozenset(("array", "dataTable"))
"""Formulas that give the values of several cells (18.3.1.40)."""
_TOKENS: Final = frozenset(
    ("s", "str", "n", "b", "e", "d", "inlineStr", "shared", "array", "dataTable", "normal", "preserve", "default")
)
_CHILDREN: Final = frozenset(("f", "v", "is"))
_PLAIN: Final = frozenset(("f", "v"))
"""Children of cells that have text alone."""
_IN_NOTATION: Final = frozenset(("n", "d"))
"""Kinds of cells whose values are written for programs: numbers and dates."""
_HEADER_WITHIN: Final = 20  # rows from the top
_SHORT: Final = 1_000  # code points of a string that is searched for each cell that shows it
_STRINGS: Final = frozenset(("s", "str", "inlineStr"))
"""Types of cells that hold a string (18.18.11)."""
_Key = tuple[int, tuple[str, ...]]


@dataclass(slots=True)
class Sheet:
    """One sheet on its way. `place` is what it is called."""

    work: Work
    place: str
    root: Element
    shared: Strings
    date_styles: frozenset[str]
    codes: dict[str, str]
    """Format codes by cell formats."""
    since_1904: bool
    rename: Callable[[str], str]
    """A formula with the new names of sheets and ranges."""
    heads: frozenset[str] = frozenset()
    """The rows that are heads of tables."""
    cells: dict[str, Element] = field(default_factory=dict)
    """Of these rows, by place."""
    rich: set[Element] = field(default_factory=set)
    """Rows with cells whose strings are more than text."""
    taken: dict[Element, Slot] = field(default_factory=dict)
    """Cells that lost something with others, what they said, and what of it goes."""
    _kind: Kind = TABLE
    _is_first: bool = True  # whether no row has said something in several cells
    _columns: dict[str, str] = field(default_factory=dict)
    _header: str = ""
    _dropped: set[str] = field(default_factory=set)
    _lost: set[Element] = field(default_factory=set)
    """Cells whose value or formula went."""
    _areas: list[tuple[Element, areas.Area]] = field(default_factory=list)
    """Cells whose formula gives the values of others, and those."""
    _shows: dict[_Key, list[tuple[Element, Element, str]]] = field(default_factory=dict)
    """By shared strings and names of columns: the cells that show one, but for the first, their values and places."""
    _found: dict[_Key, tuple[Edit, ...]] = field(default_factory=dict)

    def run(self) -> None:
        """Redact all cells."""
        for data in self.root.iter("{*}sheetData"):
            _only_known(data, frozenset(("row",)))
            self._kind = kind_of(self._first_rows(data))
            for count, row in enumerate(data, start=1):
                _only_known(row, frozenset(("c",)))
                self._row(row, row.get("r") or str(count))
        self.work.flush()
        self._finish_shared()
        self._ask_beside()
        following.ask(self.work, lambda: chain(self._by_rows(), (STOP,), self._by_columns()))
        self._lose_areas()
        if self._dropped:
            for formula in [each for each in self.root.iter("{*}f") if each.get("si") in self._dropped]:
                _drop_formula(formula.getparent())

    def _lose_areas(self) -> None:
        """Take out the formulas that would give what went from another cell."""
        if self._areas and self._lost:
            lost = (_position(place) for cell, place in self._placed() if cell in self._lost)
            for cell in list(areas.touched(self._areas, lost)):
                self._lose_formula(cell)

    def _by_rows(self) -> Iterator[Line]:
        for cell, place in self._placed():
            yield self._line(cell, place)

    def _by_columns(self) -> Iterator[Line]:
        found: dict[str, list[tuple[Element, str]]] = {}
        for cell, place in self._placed():
            found.setdefault(place.rstrip("0123456789"), []).append((cell, place))
        for cells in found.values():
            yield from (self._line(cell, place) for cell, place in cells)

    def _placed(self) -> Iterator[tuple[Element, str]]:
        for data in self.root.iter("{*}sheetData"):
            for count, row in enumerate(data, start=1):
                number = row.get("r") or str(count)
                yield from ((cell, cell.get("r") or f"{columns.letters(at)}{number}") for at, cell in enumerate(row))

    def _line(self, cell: Element, place: str) -> Line:
        slot = self.taken.get(cell) or self._slot(cell)
        return Line((partial(self._read, cell, slot),), lambda _: f"{self.place}, cell {place}", len(slot.text))

    def _slot(self, cell: Element) -> Slot:
        element = cell.makeelement("t")
        element.text = self._said(cell)
        return Slot(element)

    def _read(self, cell: Element, slot: Slot) -> "_Said":
        slot = self.taken.get(cell, slot)
        return _Said(self, cell, slot, stream([slot], mask=WALL).text)

    def _said(self, cell: Element) -> str:
        """What a cell shows."""
        kind, text = cell.get("t", "n"), self.text(cell)
        return self._shown(cell, text, kind) if text and kind in _IN_NOTATION else text

    def _row(self, row: Element, number: str) -> None:
        for position, cell in enumerate(row):
            _only_known(cell, _CHILDREN)
            _only_once(cell)
            place = cell.get("r", "")
            if not _PLACE.fullmatch(place):
                place = f"{columns.letters(position)}{number}"
            if number in self.heads:
                self.cells[place] = cell
        if not self._header and number.isdecimal() and int(number) <= _HEADER_WITHIN:
            self._take_header(row, number)
        placed = [cell.get("r") or f"{columns.letters(position)}{number}" for position, cell in enumerate(row)]
        heads = {} if number == self._header else self._columns
        said = self._spaced(row)
        above = ["" if cell is None else heads.get(place, "") for cell, place, _ in said]
        named = names_in_row([text for _, _, text in said], above, self._kind, is_first=self._is_first)
        found = [names for (cell, _, _), names in zip(said, named, strict=True) if cell is not None]
        self._is_first = self._is_first and sum(bool(text) for _, _, text in said) < 2
        for cell, place, names in zip(row, placed, found, strict=True):
            self._cell(cell, names, place if _PLACE.fullmatch(place) else number)
        if self.work.surveying and self._columns and number != self._header:
            self._learn_divided(row, number)

    def _learn_divided(self, row: Element, number: str) -> None:
        """Learn numbers that go on in columns without a name, such as that of a card in four: what they are found to be
        is then removed over cells (`_by_rows`)."""
        said: list[str] = []
        names: tuple[str, ...] = ()
        for position, cell in enumerate(row):
            place = cell.get("r") or f"{columns.letters(position)}{number}"
            name, text = self._columns.get(place.rstrip("0123456789")), self._said(cell).strip()
            if name is not None or not text.isdecimal():
                self._learn(said, names, place)
                said, names = [], (name,) if name else ()
            said += [text] if text.isdecimal() and names else []
        self._learn(said, names, number)

    def _learn(self, said: list[str], names: tuple[str, ...], place: str) -> None:
        if len(said) > 1:
            self._add(Text(" ".join(said), names, prose=False), lambda _: None, place)

    def _first_rows(self, rows: Iterable[Element]) -> list[list[str]]:
        """What the cells of the first rows say that say something in several."""
        said = ([text for _, _, text in self._spaced(row)] for row in rows)
        return list(islice((texts for texts in said if sum(map(bool, texts)) > 1), MOST_ROWS))

    def _spaced(self, row: Element) -> list[tuple[Element | None, str, str]]:
        """The cells of a row with their columns and what they say, and a blank where some are left out."""
        found: list[tuple[Element | None, str, str]] = []
        last = -1
        for position, cell in enumerate(row):
            match = _PLACE.fullmatch(cell.get("r") or "")
            at = columns.position(match[1]) if match else position
            if at > last + 1:
                found.append((None, "", ""))
            found.append((cell, match[1] if match else columns.letters(position), self.text(cell).strip()))
            last = at
        return found

    def _take_header(self, row: Element, number: str) -> None:
        """Take a row for the names of the columns, if it has several and all look like that."""
        texts = {}
        for position, cell in enumerate(row):
            match = _PLACE.fullmatch(cell.get("r") or f"{columns.letters(position)}{number}")
            text = self.text(cell).strip()
            if match and text:
                texts[match[1]] = text
        if len(texts) > 1 and all(map(may_be_name, texts.values())):
            self._columns, self._header = dict(zip(texts, completed(texts.values()), strict=True)), number

    def text(self, cell: Element) -> str:
        """What a cell shows, as far as it is a string."""
        value, kind = cell.find("{*}v"), cell.get("t")
        if kind == "inlineStr":
            inline = cell.find("{*}is")
            return "" if inline is None else stream(strings.slots(inline)).text
        if kind == "s" and value is not None and value.text:
            return self.shared.texts[self.shared.index(value.text)]
        return (value.text or "") if value is not None else ""

    # --- one cell ---

    def _cell(self, cell: Element, names: tuple[str, ...], place: str) -> None:
        kind = cell.get("t", "n")
        formula, value, inline = cell.find("{*}f"), cell.find("{*}v"), cell.find("{*}is")
        if formula is not None:
            self._formula(cell, formula, place)
        if inline is not None:
            text = stream(strings.slots(inline)).text
            self._add(Text(text, names), lambda r: strings.apply(inline, r.edits), place)
            for sound in list(inline.iter("{*}rPh")):
                markup.remove(sound)
            if inline.text or any(each.tail or markup.local(each) != "t" for each in inline):
                self.rich.add(cell.getparent())
        if value is None or not value.text:
            return
        if kind == "s":
            self._shared(cell, value, names, place)
        elif not ((kind == "b" and value.text in ("0", "1")) or (kind == "e" and value.text in _ERRORS)):
            text = self._shown(cell, value.text, kind)
            prose = kind == "str"
            self._add(Text(text, names, prose), lambda r: self.to_string(cell, r.text), place)

    def _shown(self, cell: Element, value: str, kind: str) -> str:
        """The text of a number as people see it: whole, a date, or with signs between its digits."""
        if kind != "n":
            return numbers.plain(value) if kind in _IN_NOTATION else value
        look = cell.get("s", "0")
        if look in self.date_styles:
            return dates.shown(value, since_1904=self.since_1904) or value
        number = numbers.plain(value)
        return masks.shown(number, self.codes.get(look, "")) or number

    def _shared(self, cell: Element, value: Element, names: tuple[str, ...], place: str) -> None:
        key = self.shared.index(value.text), names
        if key in self._shows:
            self._shows[key].append((cell, value, place))
        else:
            self._shows[key] = []
            self._ask_shared(key, cell, value, place)

    def _ask_shared(self, key: _Key, cell: Element, value: Element, place: str) -> None:
        index, names = key

        def apply(redacted: Redacted) -> None:
            self._found.setdefault(key, redacted.edits)
            self._show(index, redacted.edits, cell, value)

        self._add(Text(self.shared.texts[index], names), apply, place)

    def _finish_shared(self) -> None:
        """Deal with all cells that show a string as another does: those that held nothing stay, what short ones held
        is found again, for the report; long ones are not searched again and again."""
        for key, edits in self._found.items():
            for cell, value, place in self._shows[key]:
                if len(self.shared.texts[key[0]]) <= _SHORT:
                    self._ask_shared(key, cell, value, place)
                else:
                    self._show(key[0], edits, cell, value)
        self.work.flush()

    def _ask_beside(self) -> None:
        """Read strings, once what they hold themselves is gone, with what their formats show beside them."""
        looks = {look: beside for look, code in self.codes.items() if any(beside := masks.beside_text(code))}
        for cell, place in self._placed() if looks else ():
            before, after = looks.get(cell.get("s", "0"), ("", ""))
            text = self.text(cell) if cell.get("t") in _STRINGS else ""
            if text and (before or after):
                apply = partial(self._lose_shown, cell, text, len(before))
                self._add(Text(f"{before}{text}{after}"), apply, place)
        self.work.flush()

    def _lose_shown(self, cell: Element, text: str, first: int, redacted: Redacted) -> None:
        """Take what goes of the text of a cell that is shown from there on; what stands beside it is the format's."""
        edits = [
            each._replace(start=max(each.start - first, 0), end=min(each.end - first, len(text)))
            for each in redacted.edits
        ]
        edits = [each for each in edits if each.start < each.end]
        if edits:
            self.to_string(cell, edited(text, edits))

    def _show(self, index: int, edits: tuple[Edit, ...], cell: Element, value: Element) -> None:
        value.text = str(self.shared.variant(index, edits))
        self._lose_formula(cell)

    def keep_strings(self) -> None:
        """Mark the strings that cells now show."""
        for cell in self.root.iter("{*}c"):
            value = cell.find("{*}v")
            if cell.get("t") == "s" and value is not None and value.text:
                self.shared.use(self.shared.index(value.text))

    def to_string(self, cell: Element, text: str) -> None:
        """Make a cell one that holds a string."""
        self._lose_formula(cell)
        set_text(cell, text)

    def _formula(self, cell: Element, formula: Element, place: str) -> None:
        if formula.get("t") in _OVER_CELLS:
            self._areas.append((cell, _area(formula.get("ref", ""))))
        if not formula.text:
            return
        formula.text = self.rename(formula.text)

        def apply(redacted: Redacted) -> None:
            if formulas.is_sound(formula.text, redacted.edits):
                formula.text = lengths.fitted(redacted.text)
            else:
                self._lose_formula(cell)

        self._add(Text(formula.text, (), prose=False), apply, f"{place}, formula")

    def _lose_formula(self, cell: Element) -> None:
        self._lost.add(cell)
        formula = cell.find("{*}f")
        if formula is None:
            return
        if formula.get("t") == "shared" and formula.get("si"):
            self._dropped.add(formula.get("si"))
        _drop_formula(cell)
        self.work.note(FORMULAS_NOTE)

    def _add(self, text: Text, apply: Callable[[Redacted], None], place: str) -> None:
        where = f"{self.place}, cell {place}"

        def locate(_: Edit) -> str:
            return where

        self.work.add(text, apply, locate)


@dataclass(slots=True)
class _Said:
    """What a cell shows, to be read with others."""

    sheet: Sheet
    cell: Element
    slot: Slot
    text: str

    def take(self, edits: tuple[Edit, ...]) -> None:
        """The cell may be read twice by now, with its row and with its column: what either takes is gone."""
        slot = self.sheet.taken.setdefault(self.cell, self.slot)
        stream([slot]).take(edits)
        self.sheet.to_string(self.cell, edited(slot.text, slot.as_edits()))


def set_text(cell: Element, text: str) -> None:
    """Make a cell one that holds this string, in itself, and nothing that belongs to what it held (18.9)."""
    for each in list(cell):
        cell.remove(each)
    for key in ("cm", "vm"):
        cell.attrib.pop(key, None)
    space = markup.namespace(cell)
    cell.set("t", "inlineStr")
    inline = cell.makeelement(f"{{{space}}}is")
    item = cell.makeelement(f"{{{space}}}t")
    item.text = text
    if text != text.strip():
        item.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    inline.append(item)
    cell.append(inline)


def _drop_formula(cell: Element) -> None:
    """Leave a cell the value alone that its formula gave."""
    formula = cell.find("{*}f")
    if formula is not None:
        cell.remove(formula)
    cell.attrib.pop("cm", None)


def _position(place: str) -> areas.Place:
    match = _PLACE.fullmatch(place)
    return (columns.position(match[1]), int(match[2])) if match else (0, 0)


def _area(ref: str) -> areas.Area:
    """The cells that a reference names; where it is none, all."""
    match = _AREA.fullmatch(ref)
    if match is None:
        return areas.Area(0, 0, sys.maxsize, sys.maxsize)
    left, right = (columns.position(each or match[1]) for each in match.group(1, 3))
    top, bottom = (int(each or match[2]) for each in match.group(2, 4))
    return areas.Area(left, top, right, bottom)


def _only_known(element: Element, children: frozenset[str]) -> None:
    """Take out what no sheet has there: text between elements, attributes that are no measures, other elements."""
    element.text = None
    for child in list(element):
        child.tail = None
        if not _is_known(child.tag, children):
            element.remove(child)
            continue
        _only_measures(child)
        if markup.local(child) in _PLAIN:
            del child[:]


def _only_once(cell: Element) -> None:
    """Take out what a cell has twice: programs read one of them, and which is not said (18.3.1.4)."""
    if len(cell) < 2:
        return
    names = set[str]()
    for child in list(cell):
        if (name := markup.local(child)) in names:
            cell.remove(child)
        names.add(name)


@lru_cache(1024)
def _is_known(tag: object, children: frozenset[str]) -> bool:
    """Whether an element of this name in lxml's way of writing it is one of these, of the vocabularies."""
    space, _, name = tag.rpartition("}") if isinstance(tag, str) else ("", "", "")
    return name in children and vocabulary.is_vocabulary(space[1:])


def _only_measures(element: Element) -> None:
    name = markup.local(element)
    for key, value in element.items():
        if value not in _TOKENS and not vocabulary.is_measure(
            name, str(key).rpartition("}")[2], str(value), known=True
        ):
            del element.attrib[key]
