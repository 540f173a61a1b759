"""Paragraphs of a written document that are read one after the other, for the check: by braces and control words alone,
with all that is hidden, deleted and inserted in them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from expunct_server.redaction.formats.initials import is_initial
from expunct_server.redaction.formats.isolated.work import Lines
from expunct_server.redaction.formats.rtf import vocabulary
from expunct_server.redaction.formats.rtf.rows import Column, Rows, depth

_Story = tuple[str, int]


def joined(said: str) -> str:
    """Halves of characters beyond the first plane as what they are together."""
    return said.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@dataclass(slots=True, eq=False)
class _Text:
    """What is being read. `story` is what it belongs to, None for what is read alone; `depth` is how many it is in."""

    story: _Story | None
    depth: int
    said: list[str] = field(default_factory=list)
    rows: Rows[str] = field(default_factory=Rows)
    table: int = 0  # its number


@dataclass(slots=True)
class _Group:
    text: _Text
    outside: _Text | None = None  # of \upr
    in_table: int = 0
    is_cap: bool = False  # in the first letter of a paragraph, which stands beside it


@dataclass(slots=True)
class Stories:
    """Those of one document, as far as it was read."""

    _lines: dict[_Story, list[str]] = field(default_factory=dict)
    _columns: dict[tuple[_Story, int, Column], list[str]] = field(default_factory=dict)
    """By story and table."""
    _tables: int = 0
    _group: _Group = field(default_factory=lambda: _Group(_Text(("body", 0), 0)))
    _groups: list[_Group] = field(default_factory=list)
    _is_starred: bool = False

    def text(self, said: str) -> None:
        """Characters at this place."""
        if said:
            self._group.text.said.append(said)
            self._is_starred = False

    def star(self) -> None:
        """What follows in the group is passed over by programs that do not know it."""
        self._is_starred = True

    def brace(self, name: str) -> bool:
        """A group begins or ends; whether an entry of a list ends with it."""
        self._is_starred = False
        is_entry = False
        if name == "{":
            self._groups.append(self._group)
            self._group = _Group(self._group.text, self._group.outside, self._group.in_table, self._group.is_cap)
        elif self._groups:
            is_entry = self._is_own() and (self._group.text.story or ("",))[0] == vocabulary.ENTRIES
            self._leave()
            self._group = self._groups.pop()
        return is_entry

    def word(self, name: str, number: int | None) -> None:
        """A control word that says no character."""
        is_starred, self._is_starred = self._is_starred, False
        group = self._group
        if name in vocabulary.PARAGRAPHS:
            self._paragraph(name)
        elif name == "ud" and group.outside is not None:
            self._leave()
            group.text = group.outside
        elif name in vocabulary.PLACES or (is_starred and name not in vocabulary.INLINE):
            self._enter(name)
        elif name == "pard":
            group.in_table, group.is_cap = 0, False
        elif name == "dropcapli":
            group.is_cap = bool(number)
        elif name == "intbl":
            group.in_table = group.in_table or 1
        elif name == "itap":
            group.in_table = depth(number)
        else:
            group.text.rows.define(name, number)

    def lines(self) -> Iterator[Lines]:
        """What each of them says, and each column of their tables, when all is read."""
        while self._groups:
            self.brace("}")
        self._end_text()
        for said in (*self._lines.values(), *(each for each in self._columns.values() if len(each) > 1)):
            yield Lines(joined("\n".join(said)))

    def _enter(self, name: str) -> None:
        self._leave()
        group = self._group
        kind = vocabulary.story(name)
        if name == "upr":
            group.outside = group.text
        depth = group.text.depth + bool(kind)
        group.text = _Text((kind, depth) if kind else None, depth, table=self._next_table())

    def _next_table(self) -> int:
        self._tables += 1
        return self._tables

    def _leave(self) -> None:
        """The text ends that began in this group."""
        if self._is_own():
            self._end_text()

    def _is_own(self) -> bool:
        """Whether the text began in this group."""
        return bool(self._groups) and self._group.text is not self._groups[-1].text

    def _end_text(self) -> None:
        self._end()
        self._tell(self._group.text, self._group.text.rows.end())

    def _paragraph(self, name: str) -> None:
        text = self._group.text
        within = 1 if name in ("cell", "row") else max(self._group.in_table, 2)
        if name in ("cell", "nestcell"):
            self._end(within)
            text.rows.end_cell(within)
        elif name in ("row", "nestrow"):
            self._end(within)
            self._tell(text, text.rows.end_row(within))
        elif not (self._group.is_cap and is_initial(joined("".join(text.said)))):
            self._end()
            if not self._group.in_table:
                self._tell(text, text.rows.end_table())
                text.table = self._next_table()

    def _end(self, within: int = 0) -> None:
        """A paragraph ends, with a cell if it is given in how many tables that is."""
        text = self._group.text
        said = "".join(text.said)
        text.said.clear()
        if text.story is None or not said.strip():
            return
        self._lines.setdefault(text.story, []).append(said)
        if within := within or self._group.in_table:
            self._tell(text, text.rows.add(said, within, len(said)))

    def _tell(self, text: _Text, read: Iterable[tuple[str, Column]]) -> None:
        for said, column in read:
            if text.story is not None:
                self._columns.setdefault((text.story, text.table, column), []).append(said)
