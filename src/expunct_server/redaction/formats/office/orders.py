"""The orders in which paragraphs are read: as they stand in their part, each kind of what stands beside the text by
itself, such as notes and text boxes, and down the columns of tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, TypeVar

from expunct_server.redaction.formats.grids import Grid
from expunct_server.redaction.formats.office import vocabulary

_BESIDE: Final = frozenset(("notes", "annotation"))
"""What stands beside a text though it is in none of its paragraphs."""
_DRAWN: Final = f"{vocabulary.ODF}drawing:1.0"
_CELLS: Final = frozenset(("tc", "table-cell", "covered-table-cell"))
_CAPS: Final = frozenset(("drop", "margin"))
_FORMER: Final = frozenset(("tcPrChange", "trPrChange"))
"""What cells and rows were like before somebody changed them (ECMA-376 part 1, 17.13.5.36 and .37)."""


class Position(NamedTuple):
    """Where a paragraph is: in how many others, and in which column of which table, if it is in a cell."""

    depth: int = 0
    column: tuple[int, int] | None = None

    def beside(self) -> "Position":
        """That of what stands beside the text here."""
        return self._replace(depth=self.depth + 1)


UNPLACED: Final = Position()


class Placed(Protocol):
    """Something that has a position."""

    position: Position


_Placed = TypeVar("_Placed", bound=Placed)


def orders(placed: Sequence[_Placed]) -> Iterator[list[_Placed]]:
    """Each order in which they are read; none of these goes on in the next."""
    yield list(placed)
    by_depth: dict[int, list[_Placed]] = {}
    by_column: dict[Position, list[_Placed]] = {}
    for each in placed:
        by_depth.setdefault(each.position.depth, []).append(each)
        if each.position.column is not None:
            by_column.setdefault(each.position, []).append(each)
    if len(by_depth) > 1:
        yield from by_depth.values()
    yield from by_column.values()


@dataclass(slots=True)
class Places:
    """Follows elements. `position` is that of a paragraph that begins now."""

    _depth: int = 0
    _grid: Grid = field(default_factory=Grid)
    _is_former: bool = False

    @property
    def position(self) -> Position:
        return Position(self._depth, self._grid.column)

    def start(self, space: str, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins; its attributes are with their namespaces, in whatever writing."""
        self._depth += _is_around(space, name)
        if name in ("tbl", "table"):
            self._grid.table()
        elif name in ("tr", "table-row"):
            self._grid.row()
        elif name in _CELLS:
            self._grid.cell(_number(attributes, "number-columns-repeated"))
        elif name in _FORMER:
            self._is_former = True
        elif name in ("gridSpan", "gridBefore") and not self._is_former:  # of cells and rows of WordprocessingML
            self._grid.widen(_number(attributes, "val"))

    def end(self, space: str, name: str) -> None:
        """It ends."""
        self._depth -= _is_around(space, name)
        if name in ("tbl", "table"):
            self._grid.end_table()
        elif name in _CELLS:
            self._grid.end_cell()
        elif name in _FORMER:
            self._is_former = False


def is_framed(name: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element says that its paragraph stands beside the others (ECMA-376 part 1, 17.3.1.11)."""
    return name == "framePr" and not is_cap(name, attributes)


def is_cap(name: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element says that its paragraph is the first letters of the next one."""
    return name == "framePr" and any(_is(key, "dropCap") and value in _CAPS for key, value in attributes.items())


def _is_around(space: str, name: str) -> bool:
    """Whether the paragraphs in an element stand beside those around it."""
    if space == _DRAWN:
        return name != "page"
    return vocabulary.is_paragraph(space, name) or (name in _BESIDE and vocabulary.is_vocabulary(space))


def _number(attributes: Mapping[str, str], name: str) -> int:
    value = next((value for key, value in attributes.items() if _is(key, name)), "")
    return int(value) if value.isdecimal() and len(value) < 9 else 1


def _is(key: str, name: str) -> bool:
    """Whether a key with its namespace, as `{space}name` or `space name`, is of this name."""
    return key.endswith(name) and key[: -len(name)][-1:] in ("", "}", " ")
