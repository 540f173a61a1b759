"""Which numbers of a workbook are shown as dates (ECMA-376 part 1, 18.8.30), and as which."""

import re
from datetime import date, timedelta
from typing import Final

from expunct_server.redaction.formats.office.markup import Element, local

_BUILT_IN: Final = frozenset(map(str, (*range(14, 18), 22, *range(27, 37), *range(50, 59))))
_QUIET: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_START: Final = date(1899, 12, 30)
_START_1904: Final = date(1904, 1, 1)
PARTS: Final = ("year", "month", "day")
"""Attributes that say the day of an item of a filter."""
_LAST: Final = 2_950_000  # in the year 9976


def styles(root: Element | None) -> frozenset[str]:
    """The indexes of the cell formats that show a date."""
    own = _own(root)
    return frozenset(index for index, number in _formats(root) if _is_date(number, own))


def codes(root: Element | None) -> dict[str, str]:
    """The format codes of a workbook's own, by the indexes of the cell formats that have one."""
    own = _own(root)
    return {index: own[number] for index, number in _formats(root) if number in own}


def _own(root: Element | None) -> dict[str, str]:
    """Format codes by their numbers."""
    return (
        {}
        if root is None
        else {each.get("numFmtId", ""): each.get("formatCode", "") for each in root.iter("{*}numFmt")}
    )


def _formats(root: Element | None) -> list[tuple[str, str]]:
    """The indexes of cell formats, with the number of each one's format code."""
    formats = () if root is None else next(root.iter("{*}cellXfs"), ())
    return [(str(index), each.get("numFmtId", "")) for index, each in enumerate(formats)]


def _is_date(number: str, codes: dict[str, str]) -> bool:
    if number in codes:
        return is_date(codes[number])
    return number in _BUILT_IN


def is_date(code: str) -> bool:
    """Whether a format code (18.8.31) shows a date."""
    plain = _QUIET.sub("", code).lower()
    return "y" in plain or "d" in plain


def in_chart(element: Element) -> str | None:
    """The day that the value of a point of a chart is shown as (21.2.2.121), None if as none."""
    point = element.getparent() if local(element) == "v" else element
    cache = None if point is None else point.getparent()
    if cache is None or local(point) != "pt":
        return None
    code = point.get("formatCode") or cache.get("formatCode") or cache.findtext("{*}formatCode", "")
    if not is_date(code):
        return None
    chart = next(cache.iterancestors("{*}chartSpace"), None)
    epoch = None if chart is None else chart.find("{*}date1904")
    return shown(element.text or "", since_1904=epoch is not None and epoch.get("val", "1") in ("1", "true"))


def group(year: str | None, month: str | None, day: str | None) -> str | None:
    """The day of an item of a filter (18.3.2.4), None if it is no whole day."""
    if not (year and month and day) or not (year + month + day).isdecimal():
        return None
    return f"{year}-{month:0>2}-{day:0>2}"


def shown(value: str, *, since_1904: bool) -> str | None:
    """The day that a number is, as YYYY-MM-DD; None if it is none."""
    try:
        days = float(value)
    except ValueError:
        return None
    if not 0 < days < _LAST:
        return None
    return ((_START_1904 if since_1904 else _START) + timedelta(days=int(days))).isoformat()


def since_1904(book: Element) -> bool:
    """Whether a workbook counts its days from 1904."""
    return any(each.get("date1904") in ("1", "true") for each in book.iter("{*}workbookPr"))
