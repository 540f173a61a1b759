"""Columns of a page: what stands below each other, of lines in whatever units."""

from collections.abc import Iterable, Sequence
from typing import Final, Generic, NamedTuple, Protocol, TypeVar

_BUCKET: Final = 64.0  # units: columns are looked for among those near
_MOST_BUCKETS: Final = 32


class Segment(Protocol):
    """What stands together in a line: from `u0` to `u1` along it, at the height `v`, which grows upwards; `size` is
    that of its letters."""

    @property
    def u0(self) -> float: ...

    @property
    def u1(self) -> float: ...

    @property
    def v(self) -> float: ...

    @property
    def size(self) -> float: ...


S = TypeVar("S", bound=Segment)


class Limits(NamedTuple):
    """How far below a line of a column the next one is, in the smaller of their sizes, and how much these differ."""

    apart: float
    sizes: float


PARAGRAPHS: Final = Limits(2.1, 1.5)


def columns(lines: Iterable[Sequence[S]], limits: Limits = PARAGRAPHS) -> list[list[S]]:
    """Segments that stand below each other. `lines` are from top to bottom, each from left to right."""
    found: list[list[S]] = []
    open_ones: list[list[S]] = []
    for line in lines:
        open_ones = [c for c in open_ones if c[-1].v - line[0].v < limits.apart * c[-1].size * limits.sizes]
        near = _Near(open_ones)
        for segment in line:
            column = _column_above(segment, near.free(segment), limits)
            if column is None:
                column = []
                found.append(column)
                open_ones.append(column)
            near.take(column)
            column.append(segment)
    return found


class _Near(Generic[S]):
    """Columns by where their last segments are: one line may have thousands, and each is asked for what is above it."""

    def __init__(self, columns: Sequence[list[S]]) -> None:
        self._taken: set[int] = set()
        self._wide: list[list[S]] = []
        self._buckets: dict[int, list[list[S]]] = {}
        for column in columns:
            buckets = _buckets(column[-1])
            if len(buckets) > _MOST_BUCKETS:
                self._wide.append(column)
            else:
                for bucket in buckets:
                    self._buckets.setdefault(bucket, []).append(column)

    def free(self, segment: S) -> list[list[S]]:
        """Those that may be above a segment, and that no other of its line is in yet."""
        buckets = _buckets(segment)
        around = buckets if len(buckets) <= len(self._buckets) else self._buckets
        found = {id(c): c for bucket in around if bucket in buckets for c in self._buckets.get(bucket, ())}
        found |= {id(c): c for c in self._wide}
        return [column for key, column in found.items() if key not in self._taken]

    def take(self, column: list[S]) -> None:
        self._taken.add(id(column))


def _buckets(segment: Segment) -> range:
    return range(int(segment.u0 // _BUCKET), int(segment.u1 // _BUCKET) + 1)


def _column_above(segment: S, columns: Sequence[list[S]], limits: Limits) -> list[S] | None:
    fitting = [column for column in columns if _is_below(segment, column[-1], limits)]
    return min(fitting, key=lambda c: abs(c[-1].u0 - segment.u0), default=None)


def _is_below(segment: Segment, above: Segment, limits: Limits) -> bool:
    small, large = sorted((segment.size, above.size))
    overlaps = segment.u0 < above.u1 and above.u0 < segment.u1
    return overlaps and large <= small * limits.sizes and above.v - segment.v <= limits.apart * small
