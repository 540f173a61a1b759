"""Areas of cells that one formula gives, such as an array: where a value goes, what would give it again goes too."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

Place = tuple[int, int]
"""The position of a column, from 0, and the number of a row."""
_Owner = TypeVar("_Owner")


class Area(NamedTuple):
    """The first and the last column and row."""

    left: int
    top: int
    right: int
    bottom: int


def touched(areas: Iterable[tuple[_Owner, Area]], places: Iterable[Place]) -> Iterator[_Owner]:
    """Those whose area has one of these places."""
    rows: dict[int, list[int]] = {}
    for column, row in places:
        rows.setdefault(column, []).append(row)
    for found in rows.values():
        found.sort()
    for owner, area in areas:
        if any(_has(rows[column], area) for column in rows if area.left <= column <= area.right):
            yield owner


def _has(rows: list[int], area: Area) -> bool:
    at = bisect_left(rows, area.top)
    return at < len(rows) and rows[at] <= area.bottom
