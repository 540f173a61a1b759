"""What names the cells of tables: the heads of columns, and labels that stand beside their values in a row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from expunct_server.redaction import hints
from expunct_server.redaction.realistic.words import word_set

_WORDS: Final = word_set(
    "aantal access account accounts action active activity actual admin age agent agreement alt amount annual "
    "anrede answer anzahl apellido api app application area art at attempts attribute auth author available "
    "average avg balance bank batch bedrag begin bemerkung bemerkungen beschreibung betrag billing birth blood "
    "body booking brand browser budget business by call campaign cantidad card carrier case cases category cell "
    "center centre cents change channel charge check city civilite class client code codice color colour column "
    "comentario comentarios comment commentaire commentaires comments company contact content contract correo "
    "cost count country county created credit currency current customer data database date datum day days db "
    "deadline deal death debit default delivery department dept descripcion description descrizione details "
    "device diagnosis discount distance dob doctor document domain due duration e email emergency employee "
    "employer end entry error estado event example expires expiry ext extension external fecha fee feedback field "
    "file final first flag format frequency from full gender given grade gross group guest guid hash head height "
    "heure hex hire hired home hora host hostname hour hours iban id ids image importe importo index industry "
    "info initial input insurance internal invoice ip issue item items job key kind kommentar kunde label land "
    "language last lat latitude legal length level line link list local locale location log login lon long "
    "longitude mail manager margin max measure medical member membership memo menge message method middle min "
    "minute mobile model modified montant month name names net new next no nota notas note notes number numero "
    "nummer observacao occupation of office on operation opmerking opportunity order orders origin other output "
    "owner parent password patient payment percent period person phone plan platform policy position post postal "
    "posted precio preis prezzo price prijs primary priority prix product profile project province purchase qty "
    "quantita quantite quantity quarter question rank rate rating reason rechnung record ref reference region "
    "remark remarks reply report request response result results review role room row salary sale sales score "
    "seat secondary segment sender sequence serial service session severity sex share shipping shop short size "
    "sku source ssn staff stage start state stato status statut step stock stop store street student subject "
    "subscription subtotal suffix summary summe supplier support system tag tags target task tax team tel "
    "telephone tenant text ticket time timestamp timezone tipo title to token tool topic total town transaction "
    "trip typ type uid unit units update updated uri url usage user username uuid valid valor value vat vehicle "
    "vendor version visit volume warehouse web website week weight wert work year years zeit zip"
)
"""Words that names of columns are made of, and that say nothing of a person when they are shown."""
_LONGEST: Final = 80
_LONGEST_SAID: Final = 200  # code points of a cell that may be a label
_MOST_CELLS: Final = 20  # of a row by which it is told what a table is
_MOST_ASKED: Final = 4  # times: a cell may be read in many parts
_SURE: Final = 0.8
_MOST_FIRST_ROWS: Final = 20
_PARTS: Final = frozenset(("first", "middle", "last"))
_EDGE: Final = " \t\n\r:*"
MOST_ROWS: Final = 200
"""Rows by which it is told what the first column of a table is."""

Names = tuple[str, ...]


def may_be_name(head: str) -> bool:
    """Whether the text of a cell in a first row can be the name of its column."""
    return 0 < len(head) <= _LONGEST and "@" not in head and not any(c.isdigit() for c in head)


def is_usual(name: str) -> bool:
    """Whether all of a name is vocabulary: words that columns are called by, or a whole name that `hints` knows.

    Some of those are known whatever their first word is (`anything password`): then that has to be a usual one too.
    """
    words = hints.plain_name(name).split()
    if not words or len(name) > hints.MAX_NAME:
        return False
    if _WORDS.issuperset(words):
        return True
    return bool(hints.hints_for((name,))) and not hints.hints_for((" ".join(["x", *words[1:]]),))


def completed(heads: Iterable[str]) -> list[str]:
    """Heads of columns, with `First`, `Middle` and `Last` beside each other as what they are short for."""
    found = list(heads)
    plain = [head.strip(_EDGE).lower() for head in found]
    if not {"first", "last"} <= set(plain):
        return found
    return [f"{head} name" if name in _PARTS else head for head, name in zip(found, plain, strict=True)]


class Kind(NamedTuple):
    """What a table is: whether it has labels and beside each of them what it is a label of; whether its first row is
    made of words that columns are called by."""

    in_form: bool = False
    has_heads: bool = False


TABLE: Final = Kind()


def kind_of(rows: Sequence[Sequence[str]]) -> Kind:
    """What a table is whose cells say this, from its first row on. Rows of one cell say nothing of that.

    In a form each label has one value, of those that some label has. A column that says the same again and again has
    kinds of something in it, and one of family names has names that are words (`Price`): but none that `hints` knows,
    below its head.
    """
    rows = [row for row in rows[:MOST_ROWS] if len(row) > 1]
    said = [plain for row in rows if (plain := row[0].strip(_EDGE))]
    if len(said) < 2:
        return TABLE
    has_heads = all(is_usual(cell.strip(_EDGE)) for cell in rows[0])
    known = any(hints.hints_for((text,)) for text in said[has_heads:])
    labels, distinct = sum(map(is_usual, said)), len(set(said))
    in_form = known and labels * 2 >= len(said) and distinct * 2 > len(said)
    return Kind(in_form and sum(map(_is_paired, rows)) * 3 >= len(rows) * 2, has_heads)


def _is_paired(row: Sequence[str]) -> bool:
    """Whether each label has one value beside it, if only a blank one."""
    labels, values = _Labels(), 0
    for cell in row:
        if labels.name(cell) is None:
            values = 0
        elif cell.strip(_EDGE) or labels.is_next:
            values += 1
        if values > 1:
            return False
        labels.end(cell)
    return not labels.is_next


def names_in_row(cells: Sequence[str], heads: Sequence[str], kind: Kind, *, is_first: bool = False) -> list[Names]:
    """What the cells of a row are called, of which some may say nothing; `heads` are those of their columns, "" where
    there is none.

    In a form what stands beside a label has that for a name, and the label none; but for a column with a head that
    `hints` knows. In the first row of another table, which may be all of it, a number behind such a label has.
    """
    if not kind.in_form and not is_first:  # as most rows of most tables
        return [(head,) if head else () for head in (*heads[: len(cells)], *[""] * (len(cells) - len(heads)))]
    found, labels = list[Names](), _Labels()
    for number, cell in enumerate(cells):
        head = heads[number] if number < len(heads) else ""
        found.append(labels.names(cell, head, kind, is_first=is_first))
        labels.end(cell)
    return found


@dataclass(slots=True)
class _Labels:
    """The cells of a row, one after the other. `label` is the last one that was, `before` the last text; the next cell
    `is_next` to a label; `count` cells have ended."""

    label: str = ""
    before: str = ""
    is_next: bool = False
    count: int = 0

    def name(self, cell: str) -> str | None:
        """The label of the next cell, "" without; None for one that is a label itself."""
        text = cell.strip(_EDGE)
        if not text or (self.label and (self.is_next or not may_be_name(text) or not is_usual(text))):
            return self.label
        return None

    def end(self, cell: str) -> None:
        """The cell has ended, which said this."""
        self.count += 1
        if self.name(cell) is None:
            self.label, self.is_next = cell.strip(_EDGE)[:_LONGEST], True
        else:
            self.is_next = False
        self.before = cell.strip(_EDGE)[:_LONGEST] or self.before

    def names(self, cell: str, head: str, kind: Kind, *, is_first: bool) -> Names:
        """What the next cell is called."""
        if not kind.in_form:
            if head:
                return (head,)
            return self._number(cell) if is_first else ()
        if is_first and kind.has_heads:
            return ()
        if self.count and kind.has_heads and hints.hints_for((head,)):
            return (head,)
        name = self.name(cell)
        return (name,) if name and _may_be_of(name, cell) else ()

    def _number(self, cell: str) -> Names:
        is_number = not may_be_name(cell.strip()) and may_be_name(self.before)
        return (self.before,) if is_number and hints.hints_for((self.before,)) else ()


def _may_be_of(label: str, cell: str) -> bool:
    """Whether a cell beside a label may be its value: in tables of other things labels have words beside them (`Yes`,
    `Text`), too. One word is a name beside what can be nothing else, and a secret if it is not written like a word."""
    words = cell.split()
    if any(c.isdigit() or c == "@" for c in cell):
        return True
    if len(words) > 1:
        return all(not each[:1].isalpha() or not each[:1].islower() for each in words)
    sure = {hint.entity_type for hint in hints.hints_for((label,)) if hint.score >= _SURE}
    return "PERSON" in sure or ("SECRET" in sure and cell.strip()[:1].islower())


@dataclass(slots=True)
class Following:
    """The cells of a table one by one, as they are read; what the table is, is told by the rows before."""

    _labels: _Labels = field(default_factory=_Labels)
    _cells: list[str] = field(default_factory=list)  # what those of the row say that have ended
    _rows: list[list[str]] = field(default_factory=list)  # the first ones of the table
    _kind: Kind = TABLE
    _asked: int = 0  # how often the first cell of the row was

    def names(self, said: str, head: str) -> Names:
        """What the open cell is called, which says this, below the head of its column."""
        said = said[:_LONGEST_SAID]
        if not self._cells and self._rows and len(self._rows) < _MOST_FIRST_ROWS and self._asked < _MOST_ASKED:
            self._asked += 1
            self._kind = kind_of([*self._rows, [said, ""]])
        return self._labels.names(said, head, self._kind, is_first=not self._rows)

    def end_cell(self, said: str) -> None:
        """The open cell has ended, which said this."""
        said = said[:_LONGEST_SAID]
        if self._kind.in_form or not self._rows:
            self._labels.end(said)
        self._cells.append(said)

    def end_row(self) -> list[str]:
        """The row has ended; what its cells said."""
        cells, self._cells, self._labels, self._asked = self._cells, [], _Labels(), 0
        if len(self._rows) < _MOST_FIRST_ROWS and cells:
            self._rows.append(cells[:_MOST_CELLS])
        return cells
