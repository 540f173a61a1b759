"""Formulas of workbooks (ECMA-376 part 1, 18.17): the names in them, and what may be replaced without breaking them."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Final

from expunct_server.redaction.formats.isolated.work import Edit
from expunct_server.redaction.formats.office.names import Taken

ELEMENTS: Final = frozenset(("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula",
                             "totalsRowFormula", "sqref"))  # fmt: skip
NOTHING: Final = '""'
"""A formula that can stand wherever one has to be."""

STRING: Final = r"\"(?:[^\"]|\"\")*+\""
SHEET: Final = r"'(?:[^']|''){0,300}+'"
"""The name of a sheet, with the path of its workbook before it: longer is none, and no text is read again and again."""
_TOKEN: Final = re.compile(rf"{STRING}|{SHEET}(?=!)|(?<![\w.\\\]])[^\W\d][\w.\\]*+(?:!|(?!\())")
_QUOTED: Final = re.compile(rf"({STRING}|{SHEET}(?=!))")
QUOTED_ODF: Final = re.compile(rf"({STRING})|{SHEET}(?=[.#])")
"""The same in OpenDocument (ISO/IEC 26300-4, 5.4.1 and 5.8). In both the group is what may be replaced: what is said of
another file names it no more, and the formula would give an error."""
_NO_SHEET: Final = frozenset("[]!")
_NO_NAME: Final = re.compile(r"[^\w.]")
_LIKE_CELL: Final = re.compile(r"[A-Za-z]{1,3}\d+|[RrCc]\d*(?:[RrCc]\d*)?")
_FORBIDDEN: Final = str.maketrans(dict.fromkeys(":\\/?*[]", "_"))
_LONGEST_SHEET: Final = 31


def renamed(formula: str, sheets: Mapping[str, str], names: Mapping[str, str]) -> str:
    """A formula with the new names of sheets, and of ranges and tables, by their old ones in lower case."""
    if not sheets and not names:
        return formula
    return _TOKEN.sub(lambda match: _token(match[0], sheets, names), formula)


def _token(token: str, sheets: Mapping[str, str], names: Mapping[str, str]) -> str:
    if token.startswith('"'):
        return token
    if token.startswith("'"):
        book, _, plain = token[1:-1].replace("''", "'").rpartition("]")
        new = ":".join(sheets.get(each.casefold(), each) for each in plain.split(":"))
        return quoted(f"{book}]{new}" if book else new)
    if token.endswith("!"):
        sheet = sheets.get(token[:-1].casefold())
        return token if sheet is None else f"{quoted(sheet)}!"
    return names.get(token.casefold(), token)


def quoted(sheet: str) -> str:
    """The name of a sheet as formulas write it."""
    return "'" + sheet.replace("'", "''") + "'"


def is_sound(formula: str, edits: Sequence[Edit], quoted: re.Pattern[str] = _QUOTED) -> bool:
    """Whether a formula is still one when these are replaced: each lies within quotes, holds none and brings none."""
    within = [match.span(1) for match in quoted.finditer(formula) if match[1]]
    starts = [start for start, _ in within]

    def is_within(edit: Edit) -> bool:
        at = bisect_left(starts, edit.start) - 1
        if at < 0 or edit.end >= within[at][1]:
            return False
        quote = formula[within[at][0]]
        changed = set(formula[edit.start : edit.end] + edit.replacement)
        return quote not in changed and (quote == '"' or not _NO_SHEET & set(edit.replacement))

    return all(is_within(edit) for edit in edits)


def sheet_name(text: str, taken: Taken) -> str:
    """A name that a sheet can have (18.2.19), unlike those taken, to which it is added."""
    plain = text.translate(_FORBIDDEN).strip("'")[:_LONGEST_SHEET] or "_"
    return taken.free(plain, lambda number: f"{plain[: _LONGEST_SHEET - 1 - len(number)]} {number}")


def range_name(text: str, taken: Taken) -> str:
    """A name that a range or table can have (18.2.5), unlike those taken, to which it is added."""
    plain = _NO_NAME.sub("_", text)
    if not plain or plain[0].isdigit() or plain[0] == "." or _LIKE_CELL.fullmatch(plain):
        plain = f"_{plain}"
    return taken.free(plain, lambda number: f"{plain}_{number}")


def column_name(text: str, taken: Taken) -> str:
    """A name that a column of a table can have, unlike those taken, to which it is added."""
    return taken.free(text, lambda number: f"{text} {number}")
