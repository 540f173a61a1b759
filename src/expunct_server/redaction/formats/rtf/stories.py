"""Paragraphs that are read one after the other: of the body, of all headers, of all notes; and the cells of columns."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from expunct_server.redaction.formats.isolated.following import Following, Line
from expunct_server.redaction.formats.isolated.work import Edit, Work, at
from expunct_server.redaction.formats.rtf.rows import Column
from expunct_server.redaction.formats.rtf.units import Cut, Reading, Unit

Story = tuple[str, int]
"""What texts are called, and in how many others they are: a text box in a text box is none of its paragraphs."""


@dataclass(slots=True)
class Stories:
    """Those of one document. `cuts` gets what of them goes."""

    work: Work
    cuts: list[Cut] = field(repr=False)
    _following: dict[Story, Following] = field(default_factory=dict, repr=False)
    _tables: dict[Story, int] = field(default_factory=dict)  # that have ended

    def add(self, story: Story, unit: Unit, place: str, column: Column | None) -> None:
        """Take in the next paragraph of a story; `column` is that of a cell that it is in."""
        if self.work.surveying:
            return
        reads = [partial(self._read, unit, read) for read in unit.left()]
        line = Line(reads, at(place), len(unit.starts))
        key = None if column is None else (self._tables.get(story, 0), *column)
        self._following.setdefault(story, Following(self.work)).add(line, key)

    def end_table(self, story: Story) -> None:
        """The table has ended in which the last paragraphs of a story were."""
        self._tables[story] = self._tables.get(story, 0) + 1
        if story in self._following:
            self._following[story].end_table()

    def ask(self) -> None:
        """The document has ended."""
        for following in self._following.values():
            following.ask()

    def _read(self, unit: Unit, read: Callable[[], Reading]) -> "_Said":
        return _Said(unit, read(), self.cuts)


@dataclass(slots=True)
class _Said:
    unit: Unit
    reading: Reading
    cuts: list[Cut]

    @property
    def text(self) -> str:
        return self.reading.text

    def take(self, edits: tuple[Edit, ...]) -> None:
        self.unit.take(self.reading, edits)
        self.cuts.extend(self.unit.cuts())  # some for the second time, which `carried_out` leaves out
