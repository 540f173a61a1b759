"""What is known at a place of an RTF document: the text that it belongs to, and what its group has set."""

from dataclasses import dataclass, field

from expunct_server.redaction.formats.headings import Following, Names, completed, may_be_name
from expunct_server.redaction.formats.rtf import charsets
from expunct_server.redaction.formats.rtf.pictures import Picture
from expunct_server.redaction.formats.rtf.rows import Column, Rows
from expunct_server.redaction.formats.rtf.stories import Story
from expunct_server.redaction.formats.rtf.units import Unit


@dataclass(slots=True)
class Stream:
    """Texts of one kind that are read together: the body, a header, a property. `name` is its control word."""

    name: str
    place: str
    names: tuple[str, ...] = ()
    unit: Unit = field(default_factory=Unit)
    number: int = 0  # of the paragraph
    in_paragraphs: bool = False
    is_named: bool = False  # what is said in its next group has the name that the one before said
    rows: "Rows[tuple[Unit, str]]" = field(default_factory=Rows)
    row: int = 0  # its number in the table
    cells: Following = field(default_factory=Following)
    heads: dict[Column, str] = field(default_factory=dict)
    story: Story | None = None  # None for what is not read one after the other
    depth: int = 0  # how many stories it is in

    def cell_names(self, said: str) -> Names:
        """What the open cell of a row is called, which says this."""
        return self.cells.names(said, self.heads.get(self.rows.column(1), ""))

    def end_row(self) -> None:
        """The row has ended; the first one of a table names its columns."""
        cells = self.cells.end_row()
        if self.row == 0:
            named = ((number, said) for number, said in enumerate(completed(cells)) if may_be_name(said))
            self.heads = {self.rows.column(1, number): said for number, said in named}
        self.row += 1

    def end_table(self) -> None:
        """The table has ended, if there was one."""
        self.row, self.cells, self.heads = 0, Following(), {}


@dataclass(slots=True)
class State:
    """What ends with a group."""

    stream: Stream | None  # None for what goes
    start: int = 0
    codec: str = charsets.DEFAULT
    font: int = -1  # whose code page is the document's
    is_rtl: bool = False
    fallback: int = 1  # characters after one of Unicode that stand for it in older programs
    marks: int = 0
    in_table: int = 0  # in how many, one inside the other
    is_starred: bool = False
    star: int = -1
    is_new: bool = True  # nothing was said in the group
    begins_text: bool = False  # a text of its own began in the group
    in_object: bool = False
    picture: Picture | None = None
    outside: Stream | None = None  # of \upr
    upr: int = -1  # where what older programs read of it begins
    newer: tuple[int, int] | None = None  # in \ud: where that of older programs begins, and where it ends
    is_older: bool = False  # shown by older programs alone, beside another that is redacted
    cut_from: int = -1
    is_beside: bool = False  # of a page of HTML that the document carries


@dataclass(slots=True)
class Fonts:
    """The code pages of the fonts, as far as they were said."""

    document: str = charsets.DEFAULT
    used: dict[int, str] = field(default_factory=dict)
    current: int = -1
    first: int = 0

    def codec(self, number: int) -> str:
        return self.used.get(number, self.document)
