"""Which numbers of a workbook are shown as dates (ECMA-376 part 1, 18.8.30), and as which."""

import re
from datetime import date, timedelta
from typing import Final

from expunct_server.redaction.formats.office.markup import Element, local

_BUILT_IN: Final = frozenset((*range(14, 18), 22, *range(27, 37), *range(50, 59)))
_QUIET: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_START: Final = date(1899, 12, 30)
_START_1904: Final = date(1904, 1, 1)
PARTS: Final = ("year", "month", "day")
"""Attributes that say the day of an item of a filter."""
_LAST: Final = 2_950_000  # in the year 9976


def styles(root: Element | None) -> frozenset[str]:
    """The indexes of the cell formats that show a date."""
    if root is None:
        return frozenset()
    codes = {each.get("numFmtId", ""): each.get("formatCode", "") for each in root.iter("{*}numFmt")}
    formats = next(root.iter("{*}cellXfs"), ())
    return frozenset(
        str(index) for index, each in enumerate(formats) if _is_date(each.get("numFmtId", ""), codes)
    )  # fmt: skip


def _is_date(number: str, codes: dict[str, str]) -> bool:
    if number in codes:
        return is_date(codes[number])
    return number.isdecimal() and int(number) in _BUILT_IN


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
