"""Texts that are read one after the other: which of them are asked about together, and again with what follows."""

from dataclasses import dataclass, field
from typing import Any, Self

from expunct_server.redaction.formats.isolated.following import STOP, Following, Line, ask
from expunct_server.redaction.formats.isolated.work import Edit, Redacted, edited
from expunct_server.redaction.removed import WALL


@dataclass
class Asked:
    """Work whose document is known to lose `Jane Doe`, also over the end of a line."""

    texts: list[str] = field(default_factory=list)
    places: list[str | None] = field(default_factory=list)
    surveying: bool = False

    def flush(self) -> None:
        """Nothing waits."""

    def going_on(self, text: str, locate: Any) -> Redacted:
        self.texts.append(text)
        at = text.find("Jane\nDoe")
        edits = (Edit(at, at + 8, "<X>", "X", "mask"),) if at >= 0 else ()
        self.places += [locate(edit) for edit in edits]
        return Redacted("", edits)


@dataclass
class Said:
    text: str
    taken: list[Edit] = field(default_factory=list)

    def now(self) -> Self:
        return self

    def take(self, edits: tuple[Edit, ...]) -> None:
        self.taken += edits
        self.text = edited(self.text, edits)


def line(said: Said) -> Line:
    return Line((said.now,), lambda edit: f"{said.text[:4]} {edit.start}", len(said.text))


def test_what_goes_on_is_taken_out_of_each_line_and_placed_in_the_first():
    work, lines = Asked(), [Said("so Jane"), Said("Doe is")]
    ask(work, lambda: map(line, lines))
    assert (work.texts, work.places) == (["so Jane\nDoe is", "so <X>\n is"], ["so J 3"])
    assert [each.taken for each in lines] == [[Edit(3, 7, "<X>", "X", "mask")], [Edit(0, 3, "", "X", "mask")]]


def test_one_long_line_is_asked_about_again_with_the_next():
    work, lines = Asked(), [Said("w" * 60_000 + " Jane"), Said("Doe")]
    ask(work, lambda: map(line, lines))
    assert [len(text) for text in work.texts] == [60_005, 60_009, 60_004]  # then once more, as something was found
    assert [len(each.taken) for each in lines] == [1, 1]


def test_nothing_is_asked_about_while_the_document_is_read_first_nor_twice_without_more():
    ask(Asked(surveying=True), lambda: [Line((lambda: 1 / 0,), lambda _: None, 1)])
    work = Asked()
    following = Following(work)
    following.add(line(Said("a")))
    following.ask()
    following.ask()
    assert work.texts == ["a"]


def test_lines_that_are_read_in_several_ways_are_asked_about_in_each_with_those_around_them():
    work, first, last = Asked(), Said("Jane"), Said("Doe")
    middle = Line((Said("x").now, Said(" ").now, Said("x").now), lambda _: None, 1)
    ask(work, lambda: [line(first), middle, line(last)])
    assert work.texts[:2] == ["Jane\nx\nDoe", "Jane\nDoe"]
    assert [len(each.taken) for each in (first, last)] == [1, 1]


def table(work: Asked, *rows: tuple[Said, ...]) -> Following:
    made = Following(work)
    for row in rows:
        for column, said in enumerate(row):
            made.add(line(said), column)
    return made


def test_cells_are_read_down_each_column():
    rows = (Said("Jane"), Said("x")), (Said("Doe"), Said("y"))
    table(work := Asked(), *rows).ask()
    assert work.texts[:2] == ["Jane\nx\nDoe\ny", f"Jane\nDoe\n{WALL}\nx\ny\n{WALL}"]
    assert [[each.text for each in row] for row in rows] == [["<X>", "x"], ["", "y"]]
    assert STOP.reads[0]().text == WALL


def test_what_an_emptied_cell_stood_between_is_read_together():
    rows = (Said("x"), Said("Jane")), (Said("Jane"), Said("Doe")), (Said("y"), Said("Doe"))
    table(Asked(), *rows).ask()
    assert [[each.text for each in row] for row in rows] == [["x", "<X>"], ["<X>", ""], ["y", ""]]


def test_a_long_table_is_read_in_stretches_and_how_many_columns_it_has_costs_nothing():
    row = tuple(Said("wide " * 200) for _ in range(1_000))
    made = table(work := Asked(), row, *[tuple(Said("w" * 100) for _ in range(1_000)) for _ in range(30)])
    made.ask()
    assert sum(map(len, work.texts)) < 5 * (30 * 100 + 1_000) * 1_000


def test_columns_of_a_table_that_ended_are_not_read_again():
    made = table(work := Asked(), (Said("Jane"),))
    made.end_table()
    made.add(line(Said("x" * 60_000)))
    made.add(line(Said("Doe")), 1)
    made.ask()
    assert [len(each) for each in work.texts] == [60_005, 6, 60_004, 5]
